"""What echelon base-stock levels do, recomputed from the source to the customers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from flowopt.inventory.echelon.serial.problem import SerialSystemProblem

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SerialPerformance:
    """What the levels of serial systems do.

    Parameters
    ----------
    mean_stock
        (m,) mean stock on hand at each stage at the end of a period, units.
    in_transit
        (m,) mean number of units on their way to each stage.
    backorders
        (n,) mean demand that waits for stock at the end of a period, units.
    fill_rate
        (n,) share of demand met from stock.
    no_stockout
        (n,) probability that nothing waits at the end of a period.
    holding_cost
        (n,) cost of stock, and of what is on the way between stages, money per period.
    stockout_cost
        (n,) cost of what waits, money per period.
    """

    mean_stock: Floats
    in_transit: Floats
    backorders: Any
    fill_rate: Any
    no_stockout: Any
    holding_cost: Any
    stockout_cost: Any

    @property
    def cost(self) -> Any:
        """(n,) cost per period, money."""
        return self.holding_cost + self.stockout_cost


def evaluate(problem: SerialSystemProblem, level: Floats) -> SerialPerformance:
    """Return what levels do.

    Parameters
    ----------
    problem
        The systems.
    level
        (m,) echelon base-stock level of each stage; inf asks for all that there is; NaN of a
        system that is left out.
    """
    evaluation = Evaluation(problem)
    ordered = np.ascontiguousarray(level[problem.flow_order])
    evaluation.follow(ordered, 0, problem.num_systems)
    return evaluation.result(ordered)


class Evaluation:
    """Follows the shortfalls of systems from the source to the customers, some at a time.

    Parameters
    ----------
    problem
        The systems.
    """

    def __init__(self, problem: SerialSystemProblem) -> None:
        from flowopt.inventory.echelon.kernels.serial_counted import counted_performance
        from flowopt.inventory.echelon.kernels.serial_normal import normal_performance

        self.problem, num = problem, problem.num_systems
        self._mean = problem.systems["demand_mean"]
        self._review = problem.systems["review_period"].astype(np.float64)
        self._owner = problem.system_of[problem.flow_order]
        self._lead_time = np.ascontiguousarray(problem.stages["lead_time"][problem.flow_order])
        self._position = np.zeros(len(self._owner))
        self._waiting, self._fill, self._ready = np.zeros(num), np.ones(num), np.ones(num)
        idle = self._mean == 0
        self._calls: list[tuple[Any, Floats, npt.NDArray[np.bool_]]] = [
            (normal_performance, problem.demand_sd, problem.counted | idle),
            (counted_performance, problem.excess, ~problem.counted | idle),
        ]

    def follow(self, level: Floats, begin: int, end: int) -> None:
        """Follow some systems.

        Parameters
        ----------
        level
            (m,) echelon base-stock level of each stage, in `SerialSystemProblem.flow_order`.
        begin, end
            The systems.
        """
        first = self.problem.first
        span = slice(first[begin], first[end])
        without = self._owner[span][np.isnan(level[span])]
        for kernel, spread, skipped in self._calls:
            if len(without):
                skipped = skipped.copy()
                skipped[without] = True
            kernel(
                *(first, self._lead_time, level, self._mean, spread, self._review),
                *(self._position, self._waiting, self._fill, self._ready, skipped, begin, end),
            )

    def result(self, level: Floats) -> SerialPerformance:
        """Return what the levels do; NaN for systems with stages that have none.

        Parameters
        ----------
        level
            As in `follow`.
        """
        problem, owner, num = self.problem, self._owner, self.problem.num_systems
        known = np.bincount(owner[np.isnan(level)], minlength=num) == 0
        position = np.where((self._mean == 0)[owner], level, self._position)
        lag = self._mean[owner] * self._lead_time
        echelon = position - lag - (self._mean * self._review)[owner]  # with all further on
        last = np.zeros(len(owner), dtype=np.bool_)
        last[problem.first[:-1]] = True
        stock = echelon - np.where(last, -self._waiting[owner], np.roll(echelon + lag, 1))
        rate = problem.stages["holding_cost"][problem.flow_order]
        before = np.append(rate[1:], 0.0)
        before[problem.first[1:] - 1] = 0.0
        held = np.bincount(owner, weights=stock * rate + lag * before, minlength=num)
        columns = [np.empty(len(owner)), np.empty(len(owner))]
        for column, values in zip(columns, (stock, lag), strict=True):
            column[problem.flow_order] = np.where(known[owner], values, np.nan)
        missed = problem.systems["stockout_cost"] * self._waiting
        rest = (self._waiting, self._fill, self._ready, held, missed)
        return SerialPerformance(*columns, *(np.where(known, values, np.nan) for values in rest))
