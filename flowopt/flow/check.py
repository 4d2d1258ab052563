"""Recomputes an answer from the problem alone: constraints, cost, and the proof of optimality."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.report import Report, same
from flowopt.core.status import Status

if TYPE_CHECKING:
    from flowopt.flow.problem import FlowProblem
    from flowopt.flow.solution import FlowSolution, FlowValues

FloatArray = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_TOLERANCE = 1e-6  # of the numbers compared, or of 1, or of the problem's unit where that is less
_ROUNDING = 1e-12  # of the largest quantity: sums of floats are not more exact


def throughput(problem: FlowProblem, values: FlowValues) -> FloatArray:
    """Return what goes through each site: flow in and supplied.

    Parameters
    ----------
    problem
        Sites and lanes.
    values
        The answer.
    """
    through: FloatArray = passing(problem, values.flow)[0] + values.supplied
    return through


def passing(problem: FlowProblem, flow: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return what comes to each site and what leaves it on lanes.

    Parameters
    ----------
    problem
        Sites and lanes.
    flow
        (A,) flow of each lane, below 0 where it goes from its target to its source.
    """
    num_sites, backward = len(problem.site_id), np.maximum(-flow, 0.0)
    either = np.flatnonzero(problem.undirected & (backward > 0))
    forward = flow.copy()
    forward[either] = 0.0
    backward, source, target = backward[either], problem.source, problem.target
    inflow = summed(target, forward, num_sites)
    outflow = summed(source, forward, num_sites)
    if len(either):
        inflow += summed(source[either], backward, num_sites)
        outflow += summed(target[either], backward, num_sites)
    return inflow, outflow


def summed(rows: npt.NDArray[np.int64], amounts: FloatArray, count: int) -> FloatArray:
    """Return the sum of the amounts that belong to each of `count` rows.

    Parameters
    ----------
    rows
        (n,) the row of each amount.
    amounts
        (n,) amounts.
    count
        Number of rows.
    """
    return np.bincount(rows, weights=amounts, minlength=count).astype(np.float64, copy=False)


def flow_cost(problem: FlowProblem, values: FlowValues) -> float:
    """Return the cost of an answer, summed exactly.

    Parameters
    ----------
    problem
        Sites and lanes.
    values
        The answer.
    """
    priced = values.unmet > 0  # a price of inf times 0 is no number
    unused = np.isfinite(problem.unused_cost) & (problem.unused_cost > 0)
    terms = [
        problem.unit_cost * lane_volume(problem, values.flow),
        problem.handling_cost * throughput(problem, values),
        problem.unmet_cost[priced] * values.unmet[priced],
        problem.unused_cost[unused] * (problem.supply - values.supplied)[unused],
    ]
    return exact_sum(np.concatenate(terms))


def lane_volume(problem: FlowProblem, flow: FloatArray) -> FloatArray:
    """Return what each lane carries, whichever way; the parameters are those of `passing`."""
    return np.where(problem.undirected, np.abs(flow), flow)


def exact_sum(numbers: FloatArray) -> float:
    """Return a sum without rounding but the last; most of the numbers are often 0."""
    return math.fsum(numbers[numbers != 0].tolist())


def check_flow(problem: FlowProblem, solution: FlowSolution) -> Report:
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
    units = _Units.of(problem, values)
    _check_bounds(problem, values, units.quantity, report)
    _check_balance(problem, values, units.quantity, report)
    cost = flow_cost(problem, values)
    if not same(cost, solution.cost):
        message = f"comes to {cost:.10g}, stated is {solution.cost:.10g}"
        report.add("cost", "total", cost - solution.cost, message)
    if solution.status is Status.OPTIMAL:
        _check_slackness(problem, values, units, report)
        _check_bound(problem, values, cost, units, report)
    return report


@dataclass(frozen=True, slots=True)
class _Units:
    """What counts as one, and as rounding.

    Parameters
    ----------
    quantity, price
        1, or less where all quantities, or costs, are smaller.
    dearest
        The largest cost: prices, sums of costs, are not more exact than a rounding of it.
    demand
        All that must move.
    """

    quantity: float
    price: float
    dearest: float
    demand: float

    @classmethod
    def of(cls, problem: FlowProblem, values: FlowValues) -> _Units:
        costs = (problem.unit_cost, problem.handling_cost, problem.unmet_cost, problem.unused_cost)
        dearest = max(float(np.abs(c[np.isfinite(c)]).max(initial=0.0)) for c in costs)
        moved = max(float(c.max(initial=0.0)) for c in (problem.demand, problem.min_flow))
        moved = moved or _largest(values)
        demand = float(problem.demand.sum() + problem.min_flow.sum())
        return cls(min(1.0, moved or 1.0), min(1.0, dearest or 1.0), dearest, demand)


def collect_not_finite(values: Any, report: Report) -> bool:
    """Report values that are not finite, and return whether there are none.

    Parameters
    ----------
    values
        A dataclass of arrays.
    report
        Where violations are added.
    """
    for name, array in vars(values).items():
        count = int((~np.isfinite(array)).sum())
        if count:
            report.add("finite", name, count, f"{count} values are not finite")
    return report.ok


# ---- constraints


def _check_bounds(problem: FlowProblem, values: FlowValues, unit: float, report: Report) -> None:
    slack = _ROUNDING * _largest(values)
    allowed = np.where(np.isfinite(problem.unmet_cost), problem.demand, 0.0)
    through = throughput(problem, values)
    zeros = np.zeros(len(problem.site_id))
    site_name = problem.site_id.__getitem__
    volume = lane_volume(problem, values.flow)
    for name, what, low, value, high in (
        ("capacity", problem.lane_name, problem.min_flow, volume, problem.capacity),
        ("supply", site_name, _least_supply(problem), values.supplied, problem.supply),
        ("unmet", site_name, zeros, values.unmet, allowed),
        ("site_capacity", site_name, zeros, through, problem.site_capacity),
    ):
        for row in np.flatnonzero(value > high + _room(high, unit) + slack).tolist():
            message = f"{value[row]:.10g} is more than {high[row]:.10g}"
            report.add(name, what(row), value[row] - high[row], message)
        for row in np.flatnonzero(value < low - _room(low, unit) - slack).tolist():
            least = "min_flow" if name == "capacity" else name
            message = f"{value[row]:.10g} is less than {low[row]:.10g}"
            report.add(least, what(row), low[row] - value[row], message)


def _least_supply(problem: FlowProblem) -> FloatArray:
    return np.where(np.isinf(problem.unused_cost), problem.supply, 0.0)


def _check_balance(problem: FlowProblem, values: FlowValues, unit: float, report: Report) -> None:
    inflow, outflow = passing(problem, values.flow)
    through = inflow + values.supplied
    used = outflow + problem.demand - values.unmet
    room = _TOLERANCE * np.maximum(unit, np.maximum(through, used))
    room += _ROUNDING * _largest(values)
    for site in np.flatnonzero(np.abs(through - used) > room):
        message = f"{through[site]:.10g} comes in, {used[site]:.10g} goes out or is used"
        report.add("balance", problem.site_id[site], abs(through[site] - used[site]), message)


def _largest(values: FlowValues) -> float:
    parts = (values.flow, -values.flow, values.supplied, values.unmet)
    return max(float(part.max(initial=0.0)) for part in parts)


def _room(limit: FloatArray, unit: float) -> FloatArray:
    """Return by how much a limit may be passed."""
    room: FloatArray = _TOLERANCE * np.maximum(unit, np.where(np.isfinite(limit), limit, unit))
    return room


# ---- proof of optimality


def _reduced_costs(
    problem: FlowProblem, values: FlowValues
) -> dict[str, tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]]:
    """Return for each kind of variable: reduced cost, value, bounds, size of the sums.

    An undirected lane has two, one each way.
    """
    prices, entry = values.prices, values.entry_prices
    either = np.flatnonzero(problem.undirected)
    source = np.concatenate([problem.source, problem.target[either]])
    target = np.concatenate([problem.target, problem.source[either]])
    cost = np.concatenate([problem.unit_cost, problem.unit_cost[either]])
    flow = np.concatenate([values.flow, np.maximum(-values.flow[either], 0.0)])
    flow[either] = np.maximum(flow[either], 0.0)
    at_source, at_target = prices[source], entry[target]
    supply_price = np.where(np.isinf(problem.unused_cost), 0.0, problem.unused_cost)
    zeros = np.zeros(len(prices))
    price_of_unmet = np.where(np.isfinite(problem.unmet_cost), problem.unmet_cost, 0.0)
    allowed = np.where(np.isfinite(problem.unmet_cost), problem.demand, 0.0)
    return {
        "lane": (
            cost + at_source - at_target,
            flow,
            np.concatenate([problem.min_flow, np.zeros(len(either))]),
            np.concatenate([problem.capacity, problem.capacity[either]]),
            np.abs(cost) + np.abs(at_source) + np.abs(at_target),
        ),
        "supply": (
            -supply_price - entry,
            values.supplied,
            _least_supply(problem),
            problem.supply,
            supply_price + np.abs(entry),
        ),
        "unmet": (
            price_of_unmet - prices,
            values.unmet,
            zeros,
            allowed,
            price_of_unmet + np.abs(prices),
        ),
        "site": (
            problem.handling_cost + entry - prices,
            throughput(problem, values),
            zeros,
            problem.site_capacity,
            problem.handling_cost + np.abs(entry) + np.abs(prices),
        ),
    }


def _check_slackness(
    problem: FlowProblem, values: FlowValues, units: _Units, report: Report
) -> None:
    """Check complementary slackness: what could take more does not gain by it, nor by less."""
    for kind, (reduced, value, low, high, size) in _reduced_costs(problem, values).items():
        room = _TOLERANCE * np.maximum(units.price, size) + _ROUNDING * units.dearest
        slack = _ROUNDING * _largest(values)
        could_rise = value < high - _room(high, units.quantity) - slack
        could_fall = value > low + _room(low, units.quantity) + slack
        wrong = (could_rise & (reduced < -room)) | (could_fall & (reduced > room))
        for row in np.flatnonzero(wrong).tolist():
            name = _lane_of(problem, row) if kind == "lane" else problem.site_id[row]
            message = f"at {value[row]:.10g}, one unit more costs {reduced[row]:.10g}"
            report.add(f"optimality_{kind}", name, abs(reduced[row]), message)


def _lane_of(problem: FlowProblem, row: int) -> str:
    lanes = problem.num_lanes
    return problem.lane_name(
        row if row < lanes else int(np.flatnonzero(problem.undirected)[row - lanes])
    )


def _check_bound(
    problem: FlowProblem, values: FlowValues, cost: float, units: _Units, report: Report
) -> None:
    """Check that the prices prove the cost: their dual objective is a lower bound on it."""
    bound, size, lost = dual_bound(problem, values)
    room = _TOLERANCE * max(units.quantity * units.price, size) + lost
    if abs(cost - bound) > room + _ROUNDING * units.dearest * units.demand:
        message = f"the prices prove {bound:.10g} only, not {cost:.10g}"
        report.add("bound", "total", cost - bound, message)


def dual_bound(problem: FlowProblem, values: FlowValues) -> tuple[float, float, float]:
    """Return the lower bound on the cost that the prices prove, its size, and what rounding loses.

    Each unit of demand is worth its price; what bounds hold back is paid for at reduced cost. A
    reduced cost below 0 where there is no limit counts as rounding; `check_flow` looks at each.
    Where there is one, the rounding of prices, which are sums along paths of up to all sites, is
    lost as often as units can pass.

    Parameters
    ----------
    problem
        Sites and lanes.
    values
        The answer with its prices.
    """
    unused = np.isfinite(problem.unused_cost) & (problem.unused_cost > 0)
    terms = [problem.demand * values.prices, problem.unused_cost[unused] * problem.supply[unused]]
    lost, rounding = 0.0, 4 * problem.num_sites * float(np.finfo(np.float64).eps)
    for reduced, _, low, high, size in _reduced_costs(problem, values).values():
        limited = np.isfinite(high) & (reduced < 0)
        terms.append(high[limited] * reduced[limited])
        lost += float(high[limited] @ np.minimum(-reduced[limited], rounding * size[limited]))
        terms.append(low[reduced > 0] * reduced[reduced > 0])
    numbers = np.concatenate(terms)
    return exact_sum(numbers), float(np.abs(numbers).sum()), lost
