"""Clark and Scarf's recursion: the exact echelon base-stock levels of serial systems."""

from __future__ import annotations

import math
import time
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.core.options import Options, Run
from flowopt.core.status import Limit, Status
from flowopt.inventory.echelon.serial.solution import SerialSystemSolution
from flowopt.inventory.echelon.serial.status import SystemStatus

if TYPE_CHECKING:
    from flowopt.inventory.echelon.serial.problem import SerialSystemProblem

Floats = npt.NDArray[np.float64]

NAME = "clark_scarf"
_AT_ONCE = 16  # systems between two looks at the clock


def solve(problem: SerialSystemProblem, run: Run) -> SerialSystemSolution:
    """Return the levels of all systems.

    Parameters
    ----------
    problem
        The systems.
    run
        The live options.
    """
    run.discount(load_kernels())
    return _solve(problem, run)


def _solve(problem: SerialSystemProblem, run: Run) -> SerialSystemSolution:
    num, mean = problem.num_systems, problem.systems["demand_mean"]
    level, cost = np.full(problem.stages.num_rows, np.nan), np.full(num, np.nan)
    solved, limit = _recursion(problem, run, level, cost)
    level = np.where(solved[problem.system_of[problem.flow_order]], level, np.nan)
    in_rows = np.empty(len(level))
    in_rows[problem.flow_order] = level
    status = np.full(num, str(SystemStatus.OPTIMAL), dtype="U16")
    status[problem.demand_sd == 0] = SystemStatus.DETERMINISTIC
    status[mean == 0] = SystemStatus.NO_DEMAND
    status[~solved] = SystemStatus.NOT_SOLVED
    total = math.fsum(cost[solved].tolist())
    known = Status.OPTIMAL
    if not solved.all():
        known = Status.FEASIBLE if solved.any() else Status.NO_SOLUTION_FOUND
    outcome = run.outcome(
        known,
        NAME,
        cost=total if known.has_solution else None,
        bound=total if known is Status.OPTIMAL else None,
        limit=limit,
    )
    return SerialSystemSolution(
        problem=problem,
        outcome=outcome,
        echelon_base_stock_level=in_rows,
        system_cost=np.where(solved, cost, np.nan),
        system_status=status,
    )


def _recursion(
    problem: SerialSystemProblem, run: Run, level: Floats, cost: Floats
) -> tuple[npt.NDArray[np.bool_], Limit | None]:
    """Set levels and costs; return which systems were reached, and what stopped it before all."""
    from flowopt.inventory.echelon.kernels.serial_counted import counted_levels
    from flowopt.inventory.echelon.kernels.serial_normal import normal_levels

    num, order, first = problem.num_systems, problem.flow_order, problem.first
    mean, review = problem.systems["demand_mean"], problem.systems["review_period"]
    lead_time = problem.stages["lead_time"][order].copy()
    lead_time[first[:-1]] += review
    rise = np.ascontiguousarray(problem.echelon_holding_cost[order])
    penalty = problem.systems["stockout_cost"]
    idle = mean == 0
    calls = [
        (normal_levels, problem.demand_sd, problem.counted | idle),
        (counted_levels, problem.excess, ~problem.counted | idle),
    ]
    solved, limit = np.zeros(num, dtype=np.bool_), None
    for begin in range(0, num, _AT_ONCE):
        run.report(iterations=begin)
        limit = run.stopped()
        if limit:
            break
        end = min(begin + _AT_ONCE, num)
        for kernel, spread, skipped in calls:
            kernel(
                *(first, lead_time, rise, mean, spread, penalty, level, cost, skipped, begin, end)
            )
        solved[begin:end] = True
    owner = problem.system_of[order]
    level[idle[owner]] = 0.0
    last = np.zeros(len(order), dtype=np.bool_)
    last[first[:-1]] = True
    later = np.bincount(owner, weights=np.where(last, 0.0, rise), minlength=num)
    cost -= mean * review * later  # costs are charged at the end of the period
    cost[idle] = 0.0
    return solved, limit


def load_kernels() -> float:
    """Compile the kernels, or load them from the cache; return the seconds that it took.

    Examples
    --------
    >>> load_kernels() < 3600
    True
    """
    began = time.perf_counter()
    _run_kernels()
    return time.perf_counter() - began


@cache
def _run_kernels() -> None:
    """Run each kernel once."""
    from flowopt.inventory.echelon.serial.problem import SerialSystemProblem

    problem = SerialSystemProblem.from_arrays(
        holding_cost=[1.0, 2.0],
        lead_time=[1.0, 1.0],
        demand_mean=[2.0, 2.0],
        demand_sd=[1.0, 2.0],
        distribution=["normal", "negative_binomial"],
        stockout_cost=9.0,
    )
    _solve(problem, Run(Options())).check()
