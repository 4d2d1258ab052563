"""What a network achieved when it was played."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from flowopt.core.tables import make_frame
from flowopt.inventory.distributions import Floats
from flowopt.inventory.simulation.estimate import Estimates, ratio_of
from flowopt.inventory.simulation.kernels import network as k
from flowopt.inventory.simulation.result import Played

if TYPE_CHECKING:
    from flowopt.inventory.simulation.network.simulate import NetworkSetup

FIGURES = (
    "fill_rate",
    "ready_rate",
    "supply_rate",
    "average_stock",
    "average_backorders",
    "average_under_way",
    "cost_per_period",
)
"""The figures of a stage."""


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class NetworkSimulation(Played):
    """What the stages of a network achieved when they were played, one row a stage.

    NaN stands where there is nothing to tell: the fill rate of a stage without outside demand, the
    supply rate of one that supplies none.

    Parameters
    ----------
    setup
        What was played.
    estimates
        What came of it.
    """

    setup: NetworkSetup
    estimates: Estimates
    backend: str

    @classmethod
    def of(cls, setup: NetworkSetup) -> Self:
        """Play a network and return what came of it.

        Parameters
        ----------
        setup
            What to play.
        """
        sums = setup.play()
        return cls(setup=setup, estimates=_estimated(setup, sums), backend=setup.stages.backend)

    @property
    def fill_rate(self) -> Floats:
        """(n,) share of the outside demand that was met from stock when it was due."""
        return self.estimates.value["fill_rate"]

    @property
    def ready_rate(self) -> Floats:
        """(n,) share of the periods with stock on hand at their end."""
        return self.estimates.value["ready_rate"]

    @property
    def supply_rate(self) -> Floats:
        """(n,) share of what other stages were owed that was sent when it was due."""
        return self.estimates.value["supply_rate"]

    @property
    def average_stock(self) -> Floats:
        """(n,) mean stock on hand at the end of a period, units."""
        return self.estimates.value["average_stock"]

    @property
    def average_backorders(self) -> Floats:
        """(n,) mean outside demand that waits at the end of a period, units."""
        return self.estimates.value["average_backorders"]

    @property
    def average_under_way(self) -> Floats:
        """(n,) mean stock that was sent from the stage and is not yet on the next shelf, units."""
        return self.estimates.value["average_under_way"]

    @property
    def cost_per_period(self) -> Floats:
        """(n,) mean cost of stock, of what is under way, and of waiting, of a period, money."""
        return self.estimates.value["cost_per_period"]

    def tables(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the table ``stages``."""
        columns: dict[str, Any] = {"stage": self.setup.stages["stage"]}
        for name in FIGURES:
            columns |= self._with_intervals(name)
        return {"stages": columns}

    def summary(self) -> dict[str, Any]:
        """Return the headline figures: name → value."""
        demand = self.estimates.demand
        figures: dict[str, Any] = {
            "stages": len(demand),
            "periods": int(self.estimates.periods.max(initial=0)),
        }
        if demand.sum() > 0:
            figures["fill_rate"] = float(np.nansum(self.fill_rate * demand) / demand.sum())
        for name in FIGURES[3:]:
            figures[name] = float(self.estimates.value[name].sum())
        return figures

    def path(self) -> Any:
        """Return a frame of the stock of each stage, less what it owes outside, by period."""
        stages = self.setup.stages["stage"].tolist()
        path = self._path()
        columns: dict[str, npt.NDArray[Any]] = {"period": np.arange(len(path))}
        return make_frame(columns | dict(zip(map(str, stages), path.T, strict=True)), self.backend)

    def plot(self, ax: Any = None, most: int = 200) -> Any:
        """Draw the stock of each stage over time.

        Parameters
        ----------
        ax
            Matplotlib axes to draw on; None makes a figure.
        most
            Number of periods to show, the first that count.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        if ax is None:
            from matplotlib.figure import Figure

            ax = Figure(figsize=(9, 3.6), layout="constrained").subplots()
        first = min(self.setup.warmup, self.setup.periods)
        path = self._path()[first : first + most]
        for stage, stock in zip(self.setup.stages["stage"].tolist(), path.T, strict=True):
            ax.step(np.arange(first, first + len(path)), stock, where="post", label=str(stage))
        ax.axhline(0, color="black", linewidth=0.6)
        ax.set_xlabel("period")
        ax.set_ylabel("on hand − owed outside, units")
        ax.legend(fontsize="small", loc="upper right")
        return ax

    def _path(self) -> Floats:
        path = np.zeros((self.setup.periods, self.setup.stages.num_rows))
        self.setup.play(path, replications=1)
        return path


def _estimated(setup: NetworkSetup, sums: Floats) -> Estimates:
    """Return the figures of all stages."""
    stages = setup.stages
    periods, demand = sums[..., k.PERIODS], sums[..., k.DEMAND]
    held = sums[..., k.STOCK] + sums[..., k.UNDER_WAY]
    cost = held * stages["holding_cost"][:, None]
    cost += sums[..., k.BACKORDERS] * stages["stockout_cost"][:, None]
    parts = {
        "fill_rate": (demand - sums[..., k.SHORT], demand),
        "ready_rate": (sums[..., k.READY], periods),
        "supply_rate": (sums[..., k.ASKED] - sums[..., k.LATE], sums[..., k.ASKED]),
        "average_stock": (sums[..., k.STOCK], periods),
        "average_backorders": (sums[..., k.BACKORDERS], periods),
        "average_under_way": (sums[..., k.UNDER_WAY], periods),
        "cost_per_period": (cost, periods),
    }
    count = np.full(stages.num_rows, float(sums.shape[1]))
    sure = setup.length.confidence
    found = {name: ratio_of(*pair, count, sure) for name, pair in parts.items()}
    counted = periods.sum(axis=1)
    return Estimates(
        {name: value for name, (value, _) in found.items()},
        {name: half for name, (_, half) in found.items()},
        demand.sum(axis=1) / np.maximum(counted, 1.0),
        counted,
    )
