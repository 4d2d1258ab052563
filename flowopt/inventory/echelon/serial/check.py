"""Recomputes the cost of echelon base-stock levels from the problem alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.core.report import Report, same
from flowopt.inventory.echelon.serial.status import SystemStatus

if TYPE_CHECKING:
    from flowopt.inventory.echelon.serial.problem import SerialSystemProblem
    from flowopt.inventory.echelon.serial.solution import SerialSystemSolution

_TOLERANCE = 1e-6
_DIGITS = 1e-14  # relative, to which expected shortages are known


def check_serial(problem: SerialSystemProblem, solution: SerialSystemSolution) -> Report:
    """Return what an answer breaks; empty when it holds.

    The cost of the levels is found anew by following shortfalls from the source to the customers,
    where the engine went the other way. Levels called optimal under normal demand must leave
    nothing waiting with probability :math:`p / (p + h)`, h the holding cost of the last stage (van
    Houtum & Zijm 1991).

    Parameters
    ----------
    problem
        What was to be solved.
    solution
        Its answer; one without values has nothing to break.
    """
    report = Report()
    if not solution.status.has_solution:
        return report
    names = problem.systems["system"]
    solved = solution.system_status != str(SystemStatus.NOT_SOLVED)
    level = solution.echelon_base_stock_level
    missing = np.bincount(problem.system_of[np.isnan(level)], minlength=len(names)) > 0
    for row in np.flatnonzero(missing & solved).tolist():
        report.add("level", names[row], 1.0, "has stages without a level")
    if not report.ok:
        return report
    found = solution.performance  # kept with these very levels; found anew with any others
    apart = np.abs(found.cost - solution.system_cost)
    allowed = _TOLERANCE * np.maximum(1.0, np.abs(found.cost)) + _rounding(problem)
    for row in np.flatnonzero(solved & ~(apart <= allowed)).tolist():
        message = f"comes to {found.cost[row]:.10g}, stated is {solution.system_cost[row]:.10g}"
        report.add("cost", names[row], apart[row], message)
    total = math.fsum(found.cost[solved].tolist())
    rounding = float(_rounding(problem)[solved].sum())
    if not same(total, solution.cost) and abs(total - solution.cost) > rounding:
        message = f"comes to {total:.10g}, stated is {solution.cost:.10g}"
        report.add("cost", "total", total - solution.cost, message)
    _check_chances(problem, solution, found.no_stockout, report)
    return report


def _rounding(problem: SerialSystemProblem) -> npt.NDArray[np.float64]:
    """Return (k,) what digits leave open of costs: units short are known to some of the demand."""
    systems = problem.systems
    length = np.bincount(problem.system_of, problem.stages["lead_time"], len(systems["system"]))
    demand = systems["demand_mean"] * (length + systems["review_period"])
    return np.asarray(_DIGITS * systems["stockout_cost"] * demand)


def _check_chances(
    problem: SerialSystemProblem,
    solution: SerialSystemSolution,
    no_stockout: npt.NDArray[np.float64],
    report: Report,
) -> None:
    price = problem.systems["stockout_cost"]
    last = problem.flow_order[problem.first[:-1]]  # the stage that serves customers
    held = problem.stages["holding_cost"][last]
    claimed = (solution.system_status == str(SystemStatus.OPTIMAL)) & ~problem.counted
    # without a wait there, as much may be on hand as is asked for: no equation holds then
    claimed &= (problem.stages["lead_time"][last] > 0) | (problem.systems["review_period"] > 0)
    off = no_stockout - price / (price + held)
    for row in np.flatnonzero(claimed & ~(np.abs(off) <= _TOLERANCE)).tolist():
        message = f"nothing waits with probability {no_stockout[row]:.8g}, which is not the best"
        report.add("optimality", problem.systems["system"][row], off[row], message)
