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
    order, first, num = problem.flow_order, problem.first, problem.num_systems
    mean = problem.systems["demand_mean"]
    review = problem.systems["review_period"].astype(np.float64)
    ordered = np.ascontiguousarray(level[order])
    lead_time = np.ascontiguousarray(problem.stages["lead_time"][order])
    position = np.zeros(len(order))
    waiting, fill, ready = np.zeros(num), np.ones(num), np.ones(num)
    owner = problem.system_of[order]
    known = np.bincount(owner[np.isnan(ordered)], minlength=num) == 0
    for spread, kernel, counted in _kernels(problem):
        skipped = (problem.counted != counted) | (mean == 0) | ~known
        kernel(
            *(first, lead_time, ordered, mean, spread, review),
            *(position, waiting, fill, ready, skipped, 0, num),
        )
    position = np.where((mean == 0)[owner], ordered, position)
    lag = mean[owner] * lead_time
    echelon = position - lag - (mean * review)[owner]  # with all that is further on
    last = np.zeros(len(order), dtype=np.bool_)
    last[first[:-1]] = True
    further = np.roll(echelon + lag, 1)
    stock = echelon - np.where(last, -waiting[owner], further)
    cost = problem.stages["holding_cost"][order]
    rate_before = np.append(cost[1:], 0.0)
    rate_before[first[1:] - 1] = 0.0
    held = np.bincount(owner, weights=stock * cost + lag * rate_before, minlength=num)
    result = [np.empty(len(order)), np.empty(len(order))]
    for column, values in zip(result, (stock, lag), strict=True):
        column[order] = np.where(known[owner], values, np.nan)
    missed = problem.systems["stockout_cost"] * waiting
    rest = (waiting, fill, ready, held, missed)
    return SerialPerformance(*result, *(np.where(known, values, np.nan) for values in rest))


def _kernels(problem: SerialSystemProblem) -> list[tuple[Floats, Any, bool]]:
    """Return the kernels: spread of demand that each takes, itself, whether demand is counted."""
    from flowopt.inventory.echelon.kernels.serial_counted import counted_performance
    from flowopt.inventory.echelon.kernels.serial_normal import normal_performance

    return [
        (problem.demand_sd, normal_performance, False),
        (problem.excess, counted_performance, True),
    ]
