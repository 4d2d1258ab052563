"""Recomputes an answer from the problem alone: every time, the stock it takes, the cost."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.report import Report, same
from flowopt.core.status import Status

if TYPE_CHECKING:
    from flowopt.inventory.safety_stock.solution import SafetyStockSolution

_ROUNDING = 1e-9  # of the times that are compared
Floats = npt.NDArray[np.float64]


def check(solution: SafetyStockSolution) -> Report:
    """Return what an answer breaks; empty when all service times hold and the cost is right.

    Parameters
    ----------
    solution
        The answer to be checked.
    """
    report = Report()
    problem = solution.problem
    names = problem.stages["stage"]
    inbound, service = solution.inbound_service_time, solution.service_time
    for name, times in (("inbound_service_time", inbound), ("service_time", service)):
        for row in np.flatnonzero(~np.isfinite(times)):
            report.add(name, names[row], math.inf, "is no time")
    if not report.ok:
        return report
    available = inbound + problem.stages["stage_time"]
    outside = problem.stages["inbound_service_time"]
    rules = (
        ("service_time", -service, service, "is below 0"),
        ("max_service_time", service - problem.max_service_time, service, "is above its limit"),
        ("inbound_service_time", outside - inbound, outside, "is before outside inputs are there"),
        ("net_replenishment_time", service - available, available, "is below 0"),
    )
    for name, excess, size, message in rules:
        _collect(report, name, names, excess, size, message)
    arrival = service[problem.source] + problem.links["lead_time"]
    ends = [f"{names[a]} → {names[b]}" for a, b in zip(problem.source, problem.target, strict=True)]
    late = arrival - inbound[problem.target]
    _collect(report, "link", ends, late, arrival, "arrives after its target expects it")
    _check_cost(solution, report, np.maximum(available - service, 0.0), available)
    return report


def _collect(
    report: Report, constraint: str, subjects: Any, excess: Floats, size: Floats, message: str
) -> None:
    """Add a violation for each excess beyond rounding."""
    for row in np.flatnonzero(excess > _ROUNDING * np.maximum(1.0, np.abs(size))):
        report.add(constraint, subjects[row], excess[row], f"{message} ({excess[row]:g})")


def _check_cost(
    solution: SafetyStockSolution, report: Report, net: Floats, available: Floats
) -> None:
    """Check cost, bound and status against the stock that the times take."""
    problem, outcome = solution.problem, solution.outcome
    demand, total = problem.demand, []
    for row, time in enumerate(net.tolist()):
        covered = 0.0 if time <= _ROUNDING * available[row] else time
        stock = math.hypot(demand.spread[row] * math.sqrt(covered), demand.time_spread[row])
        total.append(problem.holding_cost[row] * stock)
    cost = math.fsum(total)
    stated = outcome.cost
    if stated is None or not same(cost, stated):
        report.add("cost", "all", cost - (stated or 0.0), f"is {cost:.10g}, not {stated}")
        return
    if outcome.bound is not None and outcome.bound > cost * (1 + 1e-9):
        report.add("bound", "all", outcome.bound - cost, "is above the cost")
    proven = outcome.bound is not None and same(outcome.bound, cost)
    if outcome.status is Status.OPTIMAL and not proven:
        report.add("status", "all", 1.0, "is optimal without a bound that proves it")
