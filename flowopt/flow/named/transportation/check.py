"""Recomputes a transportation plan from the problem alone, and the prices that prove it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from flowopt.core.report import Report, same
from flowopt.core.status import Status
from flowopt.flow.check import collect_not_finite, exact_sum
from flowopt.flow.named.base import FloatArray, IndexArray

if TYPE_CHECKING:
    from flowopt.flow.named.transportation.problem import TransportationProblem
    from flowopt.flow.named.transportation.solution import (
        TransportationSolution,
        TransportationValues,
    )

_TOLERANCE = 1e-6  # of the larger of 1 and the numbers compared
_ROUNDING = 1e-12  # of the largest quantity: sums of floats are not more exact


def sent(problem: TransportationProblem, values: TransportationValues) -> FloatArray:
    """Return what each origin sends."""
    return _summed(problem.origin, values.flow, len(problem.supply))


def received(problem: TransportationProblem, values: TransportationValues) -> FloatArray:
    """Return what each destination receives."""
    return _summed(problem.destination, values.flow, len(problem.demand))


def _summed(places: IndexArray, amounts: FloatArray, count: int) -> FloatArray:
    sums: FloatArray = np.bincount(places, weights=amounts, minlength=count).astype(np.float64)
    return sums


def transportation_cost(problem: TransportationProblem, values: TransportationValues) -> float:
    """Return the cost of a plan, summed exactly."""
    terms = [
        problem.unit_cost * values.flow,
        _priced(problem.unmet_cost, values.unmet),
        _priced(problem.unused_cost, values.unused),
    ]
    return exact_sum(np.concatenate(terms))


def _priced(price: FloatArray, amount: FloatArray) -> FloatArray:
    some = (amount > 0) & (price != 0)  # inf times 0 is no number
    priced: FloatArray = price[some] * amount[some]
    return priced


def check_transportation(
    problem: TransportationProblem, solution: TransportationSolution
) -> Report:
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
    finite = np.isfinite(problem.supply)
    shown = {**vars(values), "unused": values.unused[finite]}
    if not collect_not_finite(_Shown(shown), report):
        return report
    _check_amounts(problem, values, report)
    cost = transportation_cost(problem, values)
    if not (math.isfinite(cost) and same(cost, solution.cost)):
        message = f"comes to {cost:.10g}, stated is {solution.cost:.10g}"
        report.add("cost", "total", cost - solution.cost, message)
    if solution.status is Status.OPTIMAL:
        _check_prices(problem, values, cost, report)
    return report


class _Shown:
    """Arrays as the attributes of something."""

    def __init__(self, arrays: dict[str, FloatArray]) -> None:
        self.__dict__.update(arrays)


def _check_amounts(
    problem: TransportationProblem, values: TransportationValues, report: Report
) -> None:
    slack = _ROUNDING * float(values.flow.max(initial=0.0))

    def room(limit: FloatArray) -> FloatArray:
        finite = np.where(np.isfinite(limit), limit, 1.0)
        wide: FloatArray = slack + _TOLERANCE * np.maximum(1.0, finite)
        return wide

    over = np.maximum(values.flow - problem.capacity, -values.flow)
    for pair in np.flatnonzero(over > room(problem.capacity)).tolist():
        message = f"{values.flow[pair]:.10g} is not within 0 and {problem.capacity[pair]:.10g}"
        report.add("capacity", problem.pair_name(pair), over[pair], message)
    shipped, got = sent(problem, values), received(problem, values)
    limited = np.isfinite(problem.supply)
    supply = np.where(limited, problem.supply, 0.0)
    off = np.where(limited, shipped + np.where(limited, values.unused, 0.0) - supply, 0.0)
    for name, ids, wrong, limit in (
        ("supply", problem.origin_id, np.abs(off), problem.supply),
        ("supply", problem.origin_id, -np.where(limited, values.unused, 0.0), problem.supply),
        ("demand", problem.destination_id, np.abs(got + values.unmet - problem.demand), got),
        ("demand", problem.destination_id, -values.unmet, problem.demand),
    ):
        for row in np.flatnonzero(wrong > room(limit)).tolist():
            what = "sent and unused" if name == "supply" else "received and unmet"
            message = f"{what} miss what there is by {wrong[row]:.10g}"
            report.add(name, ids[row], wrong[row], message)


def _check_prices(
    problem: TransportationProblem, values: TransportationValues, cost: float, report: Report
) -> None:
    """Check that the prices are ones of this problem, and prove its cost (weak duality)."""
    u, v = values.origin_prices, values.destination_prices
    reduced = problem.unit_cost - u[problem.origin] - v[problem.destination]
    size = np.abs(problem.unit_cost) + np.abs(u[problem.origin]) + np.abs(v[problem.destination])
    gains = (reduced < -_TOLERANCE * np.maximum(1.0, size)) & np.isinf(problem.capacity)
    for pair in np.flatnonzero(gains).tolist():
        message = f"one unit more would save {-reduced[pair]:.10g}"
        report.add("optimality", problem.pair_name(pair), -reduced[pair], message)
    for ids, excess, price in (
        (problem.origin_id, u - problem.unused_cost, u),
        (problem.destination_id, v - problem.unmet_cost, v),
    ):
        for row in np.flatnonzero(excess > _TOLERANCE * np.maximum(1.0, np.abs(price))).tolist():
            message = f"a price of {price[row]:.10g} is more than leaving a unit costs"
            report.add("optimality", ids[row], excess[row], message)
    limited = np.isfinite(problem.capacity) & (reduced < 0)
    given = np.isfinite(problem.supply)
    terms = np.concatenate(
        [
            problem.supply[given] * u[given],
            problem.demand * v,
            problem.capacity[limited] * reduced[limited],
        ]
    )
    for row in np.flatnonzero(~given & (np.abs(u) > _TOLERANCE)).tolist():
        message = "supply without limit has no price"
        report.add("optimality", problem.origin_id[row], abs(u[row]), message)
    bound, scale = exact_sum(terms), float(np.abs(terms).sum())
    if abs(cost - bound) > _TOLERANCE * max(1.0, scale):
        message = f"the prices prove {bound:.10g} only, not {cost:.10g}"
        report.add("bound", "total", cost - bound, message)
