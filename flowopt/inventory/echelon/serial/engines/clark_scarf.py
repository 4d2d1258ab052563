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
from flowopt.inventory.echelon.serial.performance import Evaluation
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
    num, mean, order = problem.num_systems, problem.systems["demand_mean"], problem.flow_order
    level, cost = np.full(len(order), np.nan), np.full(num, np.nan)
    level[(mean == 0)[problem.system_of[order]]], cost[mean == 0] = 0.0, 0.0
    evaluation = Evaluation(problem)
    reached, limit = _recursion(problem, run, level, cost, evaluation)
    solved = np.arange(num) < reached
    level[problem.first[reached] :], cost[reached:] = np.nan, np.nan
    status = np.full(num, str(SystemStatus.OPTIMAL), dtype="U16")
    status[problem.demand_sd == 0] = SystemStatus.DETERMINISTIC
    status[mean == 0] = SystemStatus.NO_DEMAND
    status[~solved] = SystemStatus.NOT_SOLVED
    total = math.fsum(cost[solved].tolist())
    known = Status.OPTIMAL
    if reached < num:
        known = Status.FEASIBLE if reached else Status.NO_SOLUTION_FOUND
    outcome = run.outcome(
        known,
        NAME,
        cost=total if known.has_solution else None,
        bound=total if known is Status.OPTIMAL else None,
        limit=limit,
    )
    in_rows = np.empty(len(level))
    in_rows[order] = level
    solution = SerialSystemSolution(
        problem=problem,
        outcome=outcome,
        echelon_base_stock_level=in_rows,
        system_cost=cost,
        system_status=status,
    )
    vars(solution)["performance"] = evaluation.result(level)  # what the check compares with
    return solution


def _recursion(
    problem: SerialSystemProblem, run: Run, level: Floats, cost: Floats, evaluation: Evaluation
) -> tuple[int, Limit | None]:
    """Set levels and costs; return how many systems were reached, and what stopped it before all.

    What the levels do is found at once, from the other end, so that no check takes time at the end.
    """
    from flowopt.inventory.echelon.kernels.serial_counted import counted_levels
    from flowopt.inventory.echelon.kernels.serial_normal import normal_levels

    num, order, first = problem.num_systems, problem.flow_order, problem.first
    mean, review = problem.systems["demand_mean"], problem.systems["review_period"]
    lead_time = problem.stages["lead_time"][order].copy()
    lead_time[first[:-1]] += review
    rise = np.ascontiguousarray(problem.echelon_holding_cost[order])
    later = np.add.reduceat(rise, first[:-1]) - rise[first[:-1]]
    late = mean * review * later  # costs are charged at the end of the period
    price, idle = problem.systems["stockout_cost"], mean == 0
    calls = [
        (normal_levels, problem.demand_sd, problem.counted | idle),
        (counted_levels, problem.excess, ~problem.counted | idle),
    ]
    for begin in range(0, num, _AT_ONCE):
        run.report(iterations=begin)
        limit = run.stopped()
        if limit:
            return begin, limit
        end = min(begin + _AT_ONCE, num)
        for kernel, spread, skipped in calls:
            kernel(*(first, lead_time, rise, mean, spread, price, level, cost, skipped, begin, end))
        cost[begin:end] -= late[begin:end]
        evaluation.follow(level, begin, end)
    return num, None


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
