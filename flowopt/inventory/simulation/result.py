"""What policies achieved when they were played."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.tables import DEFAULT_BACKEND, make_frame
from flowopt.inventory.distributions import Floats
from flowopt.inventory.simulation.estimate import FIGURES, Estimates
from flowopt.inventory.simulation.setup import Setup
from flowopt.inventory.simulation.status import SimulationStatus


class Played:
    """What all simulations have: intervals, frames, a summary in words."""

    estimates: Estimates
    backend: str

    def low(self, figure: str) -> Floats:
        """Return the lower ends of the confidence intervals of a figure."""
        return np.maximum(self.estimates.value[figure] - self.estimates.half_width[figure], 0.0)

    def high(self, figure: str) -> Floats:
        """Return the upper ends of the confidence intervals of a figure."""
        end = self.estimates.value[figure] + self.estimates.half_width[figure]
        return np.minimum(end, 1.0) if figure.endswith(("rate", "level")) else end

    def tables(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the tables: name → column name → (n,) values."""
        raise NotImplementedError

    def summary(self) -> dict[str, Any]:
        """Return the headline figures: name → value."""
        raise NotImplementedError

    def to_frame(self, name: str | None = None) -> Any:
        """Return a table as a frame of the caller's library.

        Parameters
        ----------
        name
            Name of the table; None takes the first.
        """
        tables = self.tables()
        chosen = next(iter(tables)) if name is None else name
        if chosen not in tables:
            raise KeyError(f"no table {chosen!r}; there are {', '.join(tables)}")
        return make_frame(tables[chosen], self.backend)

    def _with_intervals(self, figure: str) -> dict[str, Floats]:
        """Return the columns of a figure."""
        return {
            figure: self.estimates.value[figure],
            f"{figure}_low": self.low(figure),
            f"{figure}_high": self.high(figure),
        }

    def __repr__(self) -> str:
        figures = ", ".join(f"{name}={_shown(value)}" for name, value in self.summary().items())
        return f"<{type(self).__name__} {figures}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{escape(name)}</th><td>{_shown(value)}</td></tr>"
            for name, value in self.summary().items()
        )
        return f"<table><caption>{type(self).__name__}</caption>{rows}</table>"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Simulation(Played):
    """What policies achieved when they were played, one row an item.

    Attributes named like the figures hold the estimates, `low` and `high` the ends of their
    confidence intervals. NaN stands where there is nothing to tell; the status of the item says
    why.

    Parameters
    ----------
    setup
        What was played.
    estimates
        What came of it.
    names
        Columns that name the items, for the tables.
    expected
        Figure → (n,) what was promised, where it was.
    backend
        The library of the frames.

    Examples
    --------
    >>> from flowopt.inventory import simulate_policy
    >>> played = simulate_policy(demand_mean=10.0, demand_sd=4.0, distribution="normal",
    ...                          order_up_to_level=37.43, lead_time=2, periods=20_000)
    >>> played.fill_rate.round(2), (played.high("fill_rate") - played.low("fill_rate") < 0.01).all()
    (array([0.95]), np.True_)
    """

    setup: Setup
    estimates: Estimates
    names: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)
    expected: Mapping[str, Floats] = field(default_factory=dict)
    backend: str = DEFAULT_BACKEND

    @property
    def num_items(self) -> int:
        """Number of items."""
        return self.setup.num_items

    @property
    def fill_rate(self) -> Floats:
        """(n,) share of the demand that was met from stock on its arrival."""
        return self.estimates.value["fill_rate"]

    @property
    def cycle_service_level(self) -> Floats:
        """(n,) share of the review cycles, from receipt to receipt, without a stock-out."""
        return self.estimates.value["cycle_service_level"]

    @property
    def order_cycle_service_level(self) -> Floats:
        """(n,) share of the order cycles, of those receipts that bring something, likewise."""
        return self.estimates.value["order_cycle_service_level"]

    @property
    def ready_rate(self) -> Floats:
        """(n,) share of the periods with stock on hand at their end."""
        return self.estimates.value["ready_rate"]

    @property
    def average_stock(self) -> Floats:
        """(n,) mean stock on hand at the end of a period, units."""
        return self.estimates.value["average_stock"]

    @property
    def average_backorders(self) -> Floats:
        """(n,) mean demand that waits at the end of a period, units."""
        return self.estimates.value["average_backorders"]

    @property
    def orders_per_period(self) -> Floats:
        """(n,) mean number of orders placed in a period."""
        return self.estimates.value["orders_per_period"]

    @property
    def cost_per_period(self) -> Floats:
        """(n,) mean cost of holding, stock-outs and orders of a period, money."""
        return self.estimates.value["cost_per_period"]

    @property
    def demand_per_period(self) -> Floats:
        """(n,) mean demand of a period, units."""
        return self.estimates.demand

    @property
    def status(self) -> npt.NDArray[np.str_]:
        """(n,) see `flowopt.inventory.simulation.status.SimulationStatus`."""
        unsure = np.isnan(self.estimates.half_width["average_stock"])
        conditions = [
            (self.estimates.periods == 0, SimulationStatus.NOT_PLAYED),
            (self.estimates.demand == 0, SimulationStatus.NO_DEMAND),
            (unsure, SimulationStatus.TOO_SHORT),
        ]
        return np.select(
            [mask for mask, _ in conditions],
            [status.value for _, status in conditions],
            default=SimulationStatus.SIMULATED.value,
        )

    def tables(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the table ``achieved``: what was promised, then what came, figure by figure."""
        columns: dict[str, Any] = dict(self.names) or {"item": np.arange(self.num_items)}
        for name in FIGURES:
            if name in self.expected:
                columns[f"expected_{name}"] = self.expected[name]
            columns |= self._with_intervals(name)
        columns["demand_per_period"] = self.demand_per_period
        columns["status"] = self.status
        return {"achieved": columns}

    def summary(self) -> dict[str, Any]:
        """Return the headline figures over all items: name → value."""
        played = self.estimates.demand > 0
        weight = np.where(played, self.estimates.demand, 0.0) / max(self.estimates.demand.sum(), 1)
        weight = weight / weight.sum() if weight.sum() > 0 else weight
        figures: dict[str, Any] = {
            "items": self.num_items,
            "periods": int(self.estimates.periods.max(initial=0)),
            "fill_rate": float(np.nansum(self.fill_rate * weight)),
        }
        if "fill_rate" in self.expected:
            promised = np.nan_to_num(self.expected["fill_rate"]) @ weight
            figures["expected_fill_rate"] = float(promised)
        for name in ("average_stock", "average_backorders", "orders_per_period", "cost_per_period"):
            figures[name] = float(np.nansum(self.estimates.value[name]))
        for status in SimulationStatus:
            count = int(np.count_nonzero(self.status == status))
            if count and status != SimulationStatus.SIMULATED:
                figures[f"{status}_items"] = count
        return figures

    def path(self, item: int = 0) -> Any:
        """Return a frame of what happens to one item, period by period, warm-up included.

        Parameters
        ----------
        item
            Its row.
        """
        demand, net, position, order = self.setup.trace(item).T
        columns = {
            "period": np.arange(len(demand)),
            "demand": demand,
            "on_hand": np.maximum(net, 0.0),
            "backorders": np.maximum(-net, 0.0),
            "inventory_position": position,
            "order": order,
        }
        return make_frame(columns, self.backend)

    def plot(self, ax: Any = None, item: int = 0, most: int = 200) -> Any:
        """Draw the stock of one item over time.

        Parameters
        ----------
        ax
            Matplotlib axes to draw on; None makes a figure.
        item
            Its row.
        most
            Number of periods to show, the first that count.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        from flowopt.inventory.simulation.chart import plot_stock

        return plot_stock(self, ax, item, most)


def _shown(value: Any) -> str:
    return f"{value:,.6g}" if isinstance(value, float) else str(value)
