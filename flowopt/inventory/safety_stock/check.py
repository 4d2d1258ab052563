"""Recomputes an answer from the two tables alone: every time, the stock it takes, the cost.

No arithmetic is shared with the engines: outside demand is led up the links, costs down, link by
link.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.report import Report, same
from flowopt.core.status import Status

if TYPE_CHECKING:
    from flowopt.inventory.safety_stock.problem import SafetyStockProblem
    from flowopt.inventory.safety_stock.solution import SafetyStockSolution

_ROUNDING = 1e-9  # of the times that are compared
_MOST_NUMBERS = 5_000_000  # in memory at once
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
    stages, graph = problem.stages, _Graph.of(problem)
    names = stages["stage"]
    inbound, service = solution.inbound_service_time, solution.service_time
    for name, times in (("inbound_service_time", inbound), ("service_time", service)):
        for row in np.flatnonzero(~np.isfinite(times)):
            report.add(name, names[row], math.inf, "is no time")
    if not report.ok:
        return report
    available = inbound + stages["stage_time"]
    outside = stages["inbound_service_time"]
    limit = np.where(np.isnan(stages["max_service_time"]) & _sells(problem), 0.0, np.inf)
    limit = np.fmin(limit, stages["max_service_time"])
    rules = (
        ("service_time", -service, service, "is below 0"),
        ("max_service_time", service - limit, service, "is above its limit"),
        ("inbound_service_time", outside - inbound, outside, "is before outside inputs are there"),
        ("net_replenishment_time", service - available, available, "is below 0"),
    )
    for name, excess, size, message in rules:
        _collect(report, name, names, excess, size, message)
    arrival = service[graph.source] + problem.links["lead_time"]
    ends = [f"{names[a]} → {names[b]}" for a, b in zip(graph.source, graph.target, strict=True)]
    late = arrival - inbound[graph.target]
    _collect(report, "link", ends, late, arrival, "arrives after its target expects it")
    net = np.maximum(available - service, 0.0)
    _check_cost(solution, report, np.where(net <= _ROUNDING * available, 0.0, net), graph)
    return report


def _collect(
    report: Report, constraint: str, subjects: Any, excess: Floats, size: Floats, message: str
) -> None:
    """Add a violation for each excess beyond rounding."""
    for row in np.flatnonzero(excess > _ROUNDING * np.maximum(1.0, np.abs(size))):
        report.add(constraint, subjects[row], excess[row], f"{message} ({excess[row]:g})")


def _check_cost(solution: SafetyStockSolution, report: Report, net: Floats, graph: _Graph) -> None:
    """Check cost, bound and status against the stock that the times take."""
    problem, outcome = solution.problem, solution.outcome
    spread, time_spread = _stock_per_period(problem, graph)
    holding_cost = _holding_costs(problem, graph)
    cost = math.fsum((holding_cost * np.hypot(spread * np.sqrt(net), time_spread)).tolist())
    stated = outcome.cost
    if stated is None or not same(cost, stated):
        report.add("cost", "all", cost - (stated or 0.0), f"is {cost:.10g}, not {stated}")
        return
    if outcome.bound is not None and outcome.bound > cost * (1 + 1e-9):
        report.add("bound", "all", outcome.bound - cost, "is above the cost")
    proven = outcome.bound is not None and same(outcome.bound, cost)
    if outcome.status is Status.OPTIMAL and not proven:
        report.add("status", "all", 1.0, "is optimal without a bound that proves it")


@dataclass(frozen=True)
class _Graph:
    """Stages in the order of supply, and positions of the ends of their links."""

    order: list[int]
    source: npt.NDArray[np.int64]
    target: npt.NDArray[np.int64]
    inputs: list[list[int]]

    @classmethod
    def of(cls, problem: SafetyStockProblem) -> _Graph:
        names = problem.stages["stage"].astype(str).tolist()
        position = {name: row for row, name in enumerate(names)}
        source, target = (
            np.array(
                [position[name] for name in problem.links[end].astype(str).tolist()], dtype=np.int64
            )
            for end in ("source", "target")
        )
        inputs: list[list[int]] = [[] for _ in position]  # links, of each stage
        for link, stage in enumerate(target.tolist()):
            inputs[stage].append(link)
        sorter = TopologicalSorter(
            {stage: source[links].tolist() for stage, links in enumerate(inputs)}
        )
        return cls(list(sorter.static_order()), source, target, inputs)


def _sells(problem: SafetyStockProblem) -> npt.NDArray[np.bool_]:
    """Return (n,) whether there is outside demand."""
    return (problem.stages["demand_mean"] > 0) | (problem.stages["demand_sd"] > 0)


def _stock_per_period(problem: SafetyStockProblem, graph: _Graph) -> tuple[Floats, Floats]:
    """Return (n,) safety stock for a period of demand, and for the stage time's own variation."""
    stages, normal = problem.stages, NormalDist()
    outside, num = np.flatnonzero(_sells(problem)), problem.num_stages
    given, level = stages["safety_factor"][outside], stages["cycle_service_level"][outside]
    stated = np.isnan(given) & (level > 0) & (level < 1)
    of_level = [normal.inv_cdf(p) for p in np.where(stated, level, 0.5).tolist()]
    factor = np.where(np.isnan(given), of_level, given)
    deviation = factor * stages["demand_sd"][outside]
    mean = factor * np.nan_to_num(stages["demand_mean"][outside])
    power, total, covered = stages["risk_pooling"], np.zeros(num), np.zeros(num)
    largest = np.maximum(_largest(problem, graph, outside, deviation), 1e-300)
    for some, units in _units(problem, graph, outside):
        share = units * deviation[some] / largest[:, None]
        finite = np.where(np.isinf(power), 1.0, power)
        total += np.where(share > 0, share ** finite[:, None], 0.0).sum(axis=1)
        covered += units @ mean[some]
    pooled = np.where(np.isinf(power), total > 0, total ** (1 / np.minimum(power, 1e300)))
    return largest * pooled, covered * stages["stage_time_sd"]


def _largest(
    problem: SafetyStockProblem, graph: _Graph, outside: npt.NDArray[np.int64], deviation: Floats
) -> Floats:
    """Return (n,) the most that a stage holds for one outside demand."""
    largest = np.zeros(problem.num_stages)
    for some, units in _units(problem, graph, outside):
        np.maximum(largest, (units * deviation[some]).max(axis=1, initial=0.0), out=largest)
    return largest


def _units(
    problem: SafetyStockProblem, graph: _Graph, outside: npt.NDArray[np.int64]
) -> Iterator[tuple[slice, Floats]]:
    """Give (n, k) units of each stage in a unit of some outside demands, some at a time."""
    num, links = problem.num_stages, problem.links["quantity"].tolist()
    step = max(1, _MOST_NUMBERS // max(num, 1))
    for first in range(0, len(outside), step):
        some = slice(first, min(first + step, len(outside)))
        units = np.zeros((num, some.stop - first))
        units[outside[some], np.arange(some.stop - first)] = 1.0
        for stage in reversed(graph.order):
            for link in graph.inputs[stage]:
                units[graph.source[link]] += links[link] * units[stage]
        yield some, units


def _holding_costs(problem: SafetyStockProblem, graph: _Graph) -> Floats:
    """Return (n,) cost of keeping a unit, given or of the rate on what the inputs have cost."""
    value = problem.stages["added_cost"].tolist()
    quantity, source = problem.links["quantity"].tolist(), graph.source.tolist()
    for stage in graph.order:
        value[stage] += math.fsum(quantity[i] * value[source[i]] for i in graph.inputs[stage])
    given = problem.stages["holding_cost"]
    return np.where(np.isnan(given), (problem.holding_rate or 0.0) * np.array(value), given)
