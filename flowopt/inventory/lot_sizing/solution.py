"""The answer to a `LotSizingProblem`: what is made when, or what keeps it from being so."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.report import Report
from flowopt.core.solution import Solution
from flowopt.inventory.lot_sizing import check
from flowopt.inventory.lot_sizing.problem import LotSizingProblem

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LotValues:
    """The numbers of a plan.

    Parameters
    ----------
    quantity
        (N, T) what is made, by the period in which it is started, units.
    lost
        (N, T) demand not met, units.
    """

    quantity: FloatArray
    lost: FloatArray

    def __post_init__(self) -> None:
        for array in vars(self).values():
            array.setflags(write=False)


@dataclass(frozen=True)
class Shortfall:
    """The least that would make a plan possible, each kind alone.

    Parameters
    ----------
    remedies
        One sentence each.
    """

    remedies: tuple[str, ...]

    @property
    def message(self) -> str:
        """All of it, for people."""
        if not self.remedies:
            return "No plan meets every rule."
        head = "No plan meets every rule. Each of these alone would help:"
        return "\n".join([head, *(f"- {remedy}" for remedy in self.remedies)])

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class LotSizingSolution(Solution[LotSizingProblem]):
    """When to make how much of what; or what would help when nothing does.

    Parameters
    ----------
    values
        The numbers; None when there is no solution.
    explanation
        What would make a plan possible; None when there is one.

    Examples
    --------
    >>> problem = LotSizingProblem.from_arrays([[40, 60, 30]], fixed_cost=50, holding_cost=1,
    ...                                        capacity=55)
    >>> solution = problem.solve()
    >>> solution.to_frame("stock")[["period", "demand", "made", "stock"]]
       period  demand  made  stock
    0       0    40.0  45.0    5.0
    1       1    60.0  55.0    0.0
    2       2    30.0  30.0    0.0
    >>> print(problem.replace(capacity=problem.capacity - 13).solve().explanation)
    No plan meets every rule. Each of these alone would help:
    - capacity raised by 16 in all: 0 in period 1 by 16
    - demand lowered by 16 in all: 0 in period 1 by 16
    """

    values: LotValues | None = None
    explanation: Shortfall | None = None

    def _values(self) -> LotValues:
        self.require_solution()
        assert self.values is not None
        return self.values

    @property
    def quantity(self) -> FloatArray:
        """(N, T) what is made, by the period in which it is started, units."""
        return self._values().quantity

    @property
    def lost(self) -> FloatArray:
        """(N, T) demand not met, units."""
        return self._values().lost

    @property
    def stock(self) -> FloatArray:
        """(N, T) stock at the end of each period, units."""
        return check.net_stock(self.problem, self._values()) + self.backorders

    @property
    def backorders(self) -> FloatArray:
        """(N, T) demand that waits at the end of each period, units."""
        return check.waiting(self.problem, self._values())

    @property
    def costs(self) -> dict[str, float]:
        """Parts of the cost: set_up, units, holding, backorders, lost_sales, overtime."""
        return check.lot_costs(self.problem, self._values())

    def tables(self) -> dict[str, dict[str, Any]]:
        """Return "lots", "stock" and "capacity"."""
        return {"lots": self._lots(), "stock": self._stock(), "capacity": self._capacity()}

    def _lots(self) -> dict[str, Any]:
        problem, quantity = self.problem, self.quantity
        item, period = np.nonzero(quantity)
        due = np.minimum(period + problem.lead_time[item], problem.shape[1] - 1)
        return {
            "item": problem.item_id[item],
            "period": problem.period_id[period],
            "quantity": quantity[item, period],
            "available": problem.period_id[due],
            "fixed_cost": problem.fixed_cost[item, period],
        }

    def _stock(self) -> dict[str, Any]:
        problem, values = self.problem, self._values()
        items, periods = problem.shape
        return {
            "item": np.repeat(problem.item_id, periods),
            "period": np.tile(problem.period_id, items),
            "demand": problem.demand.ravel(),
            "taken": check.taken(problem, values).ravel(),
            "made": values.quantity.ravel(),
            "arrived": check.arrivals(problem, values).ravel(),
            "stock": self.stock.ravel(),
            "backorders": self.backorders.ravel(),
            "lost": values.lost.ravel(),
        }

    def _capacity(self) -> dict[str, Any]:
        problem, values = self.problem, self._values()
        resources, periods = problem.capacity.shape
        return {
            "resource": np.repeat(problem.resource_id, periods),
            "period": np.tile(problem.period_id, resources),
            "capacity": problem.capacity.ravel(),
            "load": check.load(problem, values).ravel(),
            "overtime": check.overtime(problem, values).ravel(),
        }

    def check(self) -> Report:
        """Recompute the cost and every rule."""
        return check.check_lots(self.problem, self)

    def summary(self) -> dict[str, Any]:
        """Return the headline figures, or what would help."""
        figures = super().summary()
        if self.explanation is not None:
            return figures | {"explanation": self.explanation.message}
        if not self.status.has_solution:
            return figures
        return figures | {"lots": int((self.quantity > 0).sum()), "lost": float(self.lost.sum())}

    def to_dict(self) -> dict[str, Any]:
        """Return the outcome, the explanation and all tables as plain Python values."""
        why = self.explanation
        return super().to_dict() | {"explanation": None if why is None else asdict(why)}

    def plot(self, ax: Any = None) -> Any:
        """Draw the load of each resource against its capacity, and return the axes.

        Without resources, what is made in each period is drawn.

        Parameters
        ----------
        ax
            Matplotlib axes to draw on; None makes new ones.
        """
        from flowopt.inventory.lot_sizing.chart import draw_load

        return draw_load(self, ax)
