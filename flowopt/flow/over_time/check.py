"""Recomputes a plan over time in the terms of sites and periods, and the prices that prove it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from flowopt.core.report import Report, same
from flowopt.core.status import Status
from flowopt.flow.check import exact_sum
from flowopt.flow.over_time.values import FloatArray, FlowOverTimeValues, inbound, left, sendings

if TYPE_CHECKING:
    from flowopt.flow.over_time.problem import FlowOverTimeProblem
    from flowopt.flow.over_time.solution import FlowOverTimeSolution

_TOLERANCE = 1e-6  # of the larger of 1 and the numbers compared
_ROUNDING = 1e-12  # of the largest quantity: sums of floats are not more exact


def plan_cost(problem: FlowOverTimeProblem, values: FlowOverTimeValues) -> float:
    """Return the cost of a plan, summed exactly."""
    network = problem.expanded
    missing = values.unmet > 0  # a price of inf times 0 is no number
    terms = [
        (network.unit_cost * values.flow).ravel(),
        (network.handling_cost * inbound(network, values)).ravel(),
        (network.holding_cost * values.stock).ravel(),
        problem.unmet_cost[missing] * values.unmet[missing],
    ]
    return exact_sum(np.concatenate(terms))


def check_over_time(problem: FlowOverTimeProblem, solution: FlowOverTimeSolution) -> Report:
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
    for name, array in vars(values).items():
        if not np.isfinite(array).all():
            report.add("finite", name, 1, "some values are not finite")
    if not report.ok:
        return report
    parts = _parts(problem, values)
    _check_limits(problem, values, parts, report)
    _check_stock(problem, values, report)
    cost = plan_cost(problem, values)
    if not (math.isfinite(cost) and same(cost, solution.cost)):
        message = f"comes to {cost:.10g}, stated is {solution.cost:.10g}"
        report.add("cost", "total", cost - solution.cost, message)
    if solution.status is Status.OPTIMAL:
        _check_prices(problem, values, parts, cost, report)
    return report


class _Part:
    """One kind of decision: its values, limits, and what one unit more costs, all considered."""

    def __init__(self, name: str, what: Any, value: Any, low: Any, high: Any, reduced: Any) -> None:
        self.name, self.what = name, what
        self.value, self.low, self.high, self.reduced = value, low, high, reduced


def _parts(problem: FlowOverTimeProblem, values: FlowOverTimeValues) -> list[_Part]:
    network, hold, entry = problem.expanded, values.prices, values.entry_prices
    lane, leaves, arrives = sendings(network)
    ends = hold[network.source[lane], leaves], entry[network.target[lane], arrives]
    later = np.hstack([hold[:, 1:], np.zeros((network.num_sites, 1))])  # worth nothing at the end
    zeros = np.zeros_like(network.demand)
    least = zeros.copy()
    least[:, -1:] = network.final_stock[:, None]
    priced = np.isfinite(problem.unmet_cost)
    price = np.where(priced, problem.unmet_cost, 0.0)
    through = inbound(network, values)

    def sites(row: int) -> str:
        site, period = divmod(row, network.num_periods)
        return f"{network.site_id[site]} in {network.period_id[period]}"

    def lanes(row: int) -> str:
        return f"{network.lane_name(lane[row])} in {network.period_id[leaves[row]]}"

    kinds = (
        (
            "capacity",
            lanes,
            values.flow[lane, leaves],
            network.min_flow[lane, leaves],
            network.capacity[lane, leaves],
            network.unit_cost[lane, leaves] + ends[0] - ends[1],
        ),
        ("supply", sites, values.supplied, zeros, network.supply, -entry),
        ("unmet", sites, values.unmet, zeros, np.where(priced, network.demand, 0.0), price - hold),
        (
            "site_capacity",
            sites,
            through,
            zeros,
            network.site_capacity,
            network.handling_cost + entry - hold,
        ),
        (
            "storage",
            sites,
            values.stock,
            least,
            network.storage_capacity,
            network.holding_cost + hold - later,
        ),
    )
    return [_Part(name, what, *(np.ravel(a) for a in arrays)) for name, what, *arrays in kinds]


def _room(problem: FlowOverTimeProblem, values: FlowOverTimeValues, limit: FloatArray) -> Any:
    largest = max(float(a.max(initial=0.0)) for a in (values.flow, values.supplied, values.stock))
    finite = np.where(np.isfinite(limit), np.abs(limit), 1.0)
    return _ROUNDING * largest + _TOLERANCE * np.maximum(1.0, finite)


def _check_limits(
    problem: FlowOverTimeProblem, values: FlowOverTimeValues, parts: list[_Part], report: Report
) -> None:
    for part in parts:
        over = np.maximum(part.value - part.high, part.low - part.value)
        wrong = over > _room(problem, values, np.where(part.value < part.low, part.low, part.high))
        for row in np.flatnonzero(wrong).tolist():
            limits = f"{part.low[row]:.10g} and {part.high[row]:.10g}"
            message = f"{part.value[row]:.10g} is not within {limits}"
            report.add(part.name, part.what(row), over[row], message)
    never = values.flow.copy()
    lane, leaves, _ = sendings(problem.expanded)
    never[lane, leaves] = 0.0
    for row, period in np.argwhere(never != 0).tolist():
        name = f"{problem.expanded.lane_name(row)} in {problem.expanded.period_id[period]}"
        report.add("lead_time", name, never[row, period], "would arrive after the last period")


def _check_stock(problem: FlowOverTimeProblem, values: FlowOverTimeValues, report: Report) -> None:
    """Check that at each site and in each period what comes in goes out, is used, or stays."""
    network = problem.expanded
    before = np.hstack([network.opening_stock[:, None], values.stock[:, :-1]])
    there = before + inbound(network, values)
    gone = left(network, values.flow) + network.demand - values.unmet + values.stock
    wrong = np.abs(there - gone) > _room(problem, values, np.maximum(there, gone))
    for site, period in np.argwhere(wrong).tolist():
        name = f"{network.site_id[site]} in {network.period_id[period]}"
        message = f"{there[site, period]:.10g} is there, {gone[site, period]:.10g} goes or stays"
        report.add("balance", name, abs(there[site, period] - gone[site, period]), message)


def _check_prices(
    problem: FlowOverTimeProblem,
    values: FlowOverTimeValues,
    parts: list[_Part],
    cost: float,
    report: Report,
) -> None:
    """Check that the prices prove the cost: what they promise is a lower bound (weak duality)."""
    network, terms = problem.expanded, []
    for part in parts:
        endless = np.isinf(part.high) & (part.reduced < -_TOLERANCE * _size(values))
        for row in np.flatnonzero(endless).tolist():
            message = f"one unit more would save {-part.reduced[row]:.10g}"
            report.add("optimality", part.what(row), -part.reduced[row], message)
        full = np.isfinite(part.high) & (part.reduced < 0)
        terms += [part.high[full] * part.reduced[full]]
        terms += [part.low[part.reduced > 0] * part.reduced[part.reduced > 0]]
    terms.append((network.demand * values.prices).ravel())
    terms.append(-network.opening_stock * values.prices[:, 0])
    # what arrives anyway is part of what comes in, but not of what is decided
    terms.append(-(network.receipts * values.entry_prices).ravel())
    numbers = np.concatenate(terms)
    bound, scale = exact_sum(numbers), float(np.abs(numbers).sum())
    if abs(cost - bound) > _TOLERANCE * max(1.0, scale):
        message = f"the prices prove {bound:.10g} only, not {cost:.10g}"
        report.add("bound", "total", cost - bound, message)


def _size(values: FlowOverTimeValues) -> float:
    largest = (np.abs(array).max(initial=0.0) for array in (values.prices, values.entry_prices))
    return max(1.0, float(max(largest)))
