"""The reorder points of a service mix, and the service and stock that follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.report import Report
from flowopt.core.solution import Solution
from flowopt.inventory.service_mix.problem import ServiceMixProblem
from flowopt.inventory.service_mix.status import MixStatus

if TYPE_CHECKING:
    from flowopt.inventory.distributions import Floats


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ServiceMixSolution(Solution[ServiceMixProblem]):
    """The cheapest stock found for an aggregate service.

    Columns have one row an item, in the order of the input.

    Parameters
    ----------
    reorder_point
        (n,) s of the policy (R,s,nQ), units; -1 for an item without demand.
    order_quantity
        (n,) Q, units; 0 for an item without demand.
    expected_fill_rate
        (n,) share of the item's demand met from stock.
    average_stock
        (n,) mean stock on hand at the end of a period, units.
    shadow_price
        (1 + classes,) what a point of service (0.01) less, of all and of each class, would save;
        NaN where the engine does not tell.
    item_status
        (n,) see `flowopt.inventory.service_mix.status.MixStatus`.

    Examples
    --------
    >>> solution = ServiceMixProblem.from_frames({
    ...     "item": ["fuse", "motor"], "demand_mean": [6.0, 0.3], "demand_sd": [4.0, 0.7],
    ...     "lead_time": [3, 6], "unit_cost": [0.5, 250.0], "min_fill_rate": [0.0, 0.6],
    ... }, fill_rate=0.97).solve()
    >>> solution.reorder_point, solution.expected_fill_rate.round(3)
    (array([42.,  2.]), array([0.988, 0.625]))
    >>> round(solution.cost, 2), solution.status
    (336.18, <Status.OPTIMAL: 'OPTIMAL'>)
    """

    reorder_point: Floats
    order_quantity: Floats
    expected_fill_rate: Floats
    average_stock: Floats
    shadow_price: Floats
    item_status: npt.NDArray[np.str_]

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    @property
    def stock_value(self) -> Floats:
        """(n,) value of the average stock."""
        self.require_solution()
        return np.asarray(self.average_stock * self.problem.items["unit_cost"])

    @property
    def fill_rate(self) -> float:
        """Share of all demand that is met from stock, weighted as asked."""
        self.require_solution()
        return _share(self.problem.weighted_demand, self.expected_fill_rate)

    def tables(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the tables ``levels`` and ``classes``."""
        self.require_solution()
        items = self.problem.items
        names = {name: items[name] for name in ("item", "site", "class")}
        levels = names | {
            "distribution": self.problem.distribution,
            "reorder_point": self.reorder_point,
            "order_quantity": self.order_quantity,
            "fill_rate": self.expected_fill_rate,
            "average_stock": self.average_stock,
            "stock_value": self.stock_value,
            "status": self.item_status,
        }
        return {"levels": levels, "classes": self._classes()}

    def _classes(self) -> dict[str, Any]:
        """Return demand, service and stock of all items (an empty name) and of every class."""
        problem = self.problem
        of_item = problem.items["class"]
        named = [name for name in np.unique(of_item).tolist() if name != ""]
        floors = dict(
            zip(
                problem.classes["class"].tolist(),
                problem.classes["fill_rate"].tolist(),
                strict=True,
            )
        )
        members = [np.ones(problem.num_items, dtype=np.bool_), *(of_item == n for n in named)]
        prices = dict(zip(["", *floors], self.shadow_price.tolist(), strict=True))
        demand, fill = problem.weighted_demand, self.expected_fill_rate
        return {
            "class": np.array(["", *named]),
            "items": np.array([int(mask.sum()) for mask in members]),
            "target": np.array([problem.fill_rate, *(floors.get(n, np.nan) for n in named)]),
            "fill_rate": np.array([_share(demand[mask], fill[mask]) for mask in members]),
            "stock_value": np.array([float(self.stock_value[mask].sum()) for mask in members]),
            "shadow_price": np.array([prices.get(name, np.nan) for name in ["", *named]]),
        }

    def check(self) -> Report:
        """Recompute service, stock and cost from the problem alone."""
        from flowopt.inventory.service_mix.check import check

        return check(self)

    def summary(self) -> dict[str, Any]:
        """Return the headline figures: name → value."""
        figures = super().summary()
        if not self.status.has_solution:
            return figures
        figures |= {"items": self.problem.num_items, "fill_rate": self.fill_rate}
        for status in MixStatus:
            count = int(np.count_nonzero(self.item_status == status))
            if count:
                figures[f"{status}_items"] = count
        return figures

    def plot(self, ax: Any = None) -> Any:
        """Draw the fill rate of each item against the value of a unit.

        Parameters
        ----------
        ax
            Matplotlib axes to draw on; None makes a figure.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        from flowopt.inventory.service_mix.chart import draw_mix

        return draw_mix(self, ax)


def _share(demand: Floats, fill_rate: Floats) -> float:
    """Return the weighted mean of fill rates; 1 where there is no demand."""
    total = float(demand.sum())
    return float(demand @ fill_rate) / total if total > 0 else 1.0
