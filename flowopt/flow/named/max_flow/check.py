"""Recomputes a maximum flow from the problem alone, and the cut that proves it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from flowopt.core.report import Report, same
from flowopt.core.status import Status
from flowopt.flow.check import collect_not_finite, exact_sum
from flowopt.flow.named.base import FloatArray, Mask

if TYPE_CHECKING:
    from flowopt.flow.named.max_flow.problem import MaxFlowProblem
    from flowopt.flow.named.max_flow.solution import MaxFlowSolution, MaxFlowValues

_TOLERANCE = 1e-6  # of the larger of 1 and the numbers compared
_ROUNDING = 1e-12  # of the largest quantity: sums of floats are not more exact


def throughput(problem: MaxFlowProblem, values: MaxFlowValues) -> FloatArray:
    """Return what goes through each site: flow in, whichever way a lane is used, and supplied."""
    forward, backward = np.maximum(values.flow, 0.0), np.maximum(-values.flow, 0.0)
    inflow = np.bincount(problem.target, weights=forward, minlength=problem.num_sites)
    inflow += np.bincount(problem.source, weights=backward, minlength=problem.num_sites)
    through: FloatArray = inflow + values.supplied
    return through


def cut_parts(problem: MaxFlowProblem, values: MaxFlowValues) -> dict[str, tuple[Mask, FloatArray]]:
    """Return what crosses the cut: lanes, through sites, supplies, demands; and its capacity."""
    entry, leave = values.entry_side, values.exit_side
    crossing = leave[problem.source] & ~entry[problem.target]
    back = leave[problem.target] & ~entry[problem.source] & problem.undirected
    return {
        "lane": (crossing | back, problem.capacity),
        "site": (entry & ~leave, problem.site_capacity),
        "supply": (~entry & (problem.supply > 0), problem.supply),
        "demand": (leave & (problem.demand > 0), problem.demand),
    }


def cut_capacity(problem: MaxFlowProblem, values: MaxFlowValues) -> float:
    """Return the capacity of the cut, summed exactly."""
    parts = cut_parts(problem, values).values()
    return exact_sum(np.concatenate([capacity[mask] for mask, capacity in parts]))


def check_max_flow(problem: MaxFlowProblem, solution: MaxFlowSolution) -> Report:
    """Return what an answer breaks; empty when it holds, and is as good as its status says.

    Parameters
    ----------
    problem
        What was to be solved.
    solution
        Its answer; one without values has nothing to break.
    """
    report = Report()
    values = solution.values
    if values is None or not solution.status.has_solution:
        return report
    if not collect_not_finite(values, report):
        return report
    slack = _ROUNDING * float(np.abs(values.flow).max(initial=values.supplied.max(initial=0.0)))
    _check_limits(problem, values, slack, report)
    _check_balance(problem, values, slack, report)
    value = exact_sum(values.supplied)
    if not same(-value, solution.cost):
        message = f"comes to {-value:.10g}, stated is {solution.cost:.10g}"
        report.add("cost", "total", -value - solution.cost, message)
    if solution.status is Status.OPTIMAL:
        _check_cut(problem, values, value, report)
    return report


def _check_limits(
    problem: MaxFlowProblem, values: MaxFlowValues, slack: float, report: Report
) -> None:
    site_name = problem.site_id.__getitem__
    lowest = np.where(problem.undirected, -problem.capacity, 0.0)
    zeros = np.zeros(problem.num_sites)
    through = throughput(problem, values)
    for name, what, low, value, high in (
        ("capacity", problem.lane_name, lowest, values.flow, problem.capacity),
        ("supply", site_name, zeros, values.supplied, problem.supply),
        ("demand", site_name, zeros, values.delivered, problem.demand),
        ("site_capacity", site_name, zeros, through, problem.site_capacity),
    ):
        above, below = value - high, low - value
        room = slack + _TOLERANCE * np.maximum(1.0, np.where(np.isfinite(high), high, 1.0))
        for row in np.flatnonzero((above > room) | (below > room)).tolist():
            message = f"{value[row]:.10g} is not within {low[row]:.10g} and {high[row]:.10g}"
            report.add(name, what(row), max(above[row], below[row]), message)


def _check_balance(
    problem: MaxFlowProblem, values: MaxFlowValues, slack: float, report: Report
) -> None:
    """Check that each site passes on or delivers what comes in."""
    net = values.supplied - values.delivered
    net += np.bincount(problem.target, weights=values.flow, minlength=problem.num_sites)
    net -= np.bincount(problem.source, weights=values.flow, minlength=problem.num_sites)
    room = slack + _TOLERANCE * np.maximum(1.0, throughput(problem, values))
    for site in np.flatnonzero(np.abs(net) > room).tolist():
        message = f"{net[site]:.10g} more comes in than goes out or is delivered"
        report.add("balance", problem.site_id[site], abs(net[site]), message)


def _check_cut(
    problem: MaxFlowProblem, values: MaxFlowValues, value: float, report: Report
) -> None:
    """Check that the cut proves the flow: none can be more than what the cut lets through."""
    capacity = cut_capacity(problem, values)
    if not (math.isfinite(capacity) and same(value, capacity)):
        message = f"the cut lets {capacity:.10g} through, the flow is {value:.10g}"
        report.add("bound", "total", abs(capacity - value), message)
