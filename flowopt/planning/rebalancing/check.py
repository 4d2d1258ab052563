"""Recomputes a rebalancing from the problem alone: cost and every rule; no solver is asked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from flowopt.core.report import Report, same
from flowopt.planning.rebalancing.outcome import balance, costs

if TYPE_CHECKING:
    from flowopt.planning.rebalancing.problem import RebalancingProblem
    from flowopt.planning.rebalancing.solution import RebalancingSolution

TOLERANCE = 1e-6
"""Of the larger of 1 and the numbers compared."""


def check_rebalancing(problem: RebalancingProblem, solution: RebalancingSolution) -> Report:
    """Return what an answer breaks; empty when it holds.

    Parameters
    ----------
    problem
        What was to be solved.
    solution
        Its answer; one without values has nothing to break.
    """
    report = Report()
    quantity = solution.quantity
    if not solution.status.has_solution:
        return report
    if quantity.shape != (len(problem.pairs),) or not np.isfinite(quantity).all():
        report.add("finite", "quantity", 1.0, "is not one finite number for each pair")
        return report
    _check_pairs(problem, quantity, report)
    _check_lanes(problem, quantity, report)
    over = balance(problem, quantity).given - problem.available
    for row in np.flatnonzero(over > TOLERANCE * np.maximum(1.0, problem.available)).tolist():
        message = f"gives {over[row]:.10g} more than it may"
        report.add("stock", solution.stock_name(row), over[row], message)
    cost = math.fsum(costs(problem, quantity).values())
    if not same(cost, solution.cost):
        message = f"comes to {cost:.10g}, stated is {solution.cost:.10g}"
        report.add("cost", "total", cost - solution.cost, message)
    bound = solution.bound
    if bound is not None and bound > cost + TOLERANCE * max(1.0, abs(cost)):
        report.add("bound", "total", bound - cost, f"{bound:.10g} is above the cost")
    return report


def _check_pairs(problem: RebalancingProblem, quantity: np.ndarray, report: Report) -> None:
    pack = problem.pairs.pack_size
    for pair in np.flatnonzero(quantity < 0).tolist():
        name = f"pair {pair}"
        report.add("negative", name, -quantity[pair], "less than nothing is sent")
    packs = quantity / np.where(pack > 0, pack, 1.0)
    broken = np.where(pack > 0, np.abs(packs - np.rint(packs)), 0.0)
    for pair in np.flatnonzero(broken > TOLERANCE).tolist():
        message = f"{quantity[pair]:.10g} is no number of packs of {pack[pair]:.10g}"
        report.add("pack_size", f"pair {pair}", broken[pair], message)


def _check_lanes(problem: RebalancingProblem, quantity: np.ndarray, report: Report) -> None:
    lanes = problem.lanes
    sent = np.bincount(problem.pairs.lane, weights=quantity, minlength=lanes.num_rows)
    room = TOLERANCE * np.maximum(1.0, sent)
    low = np.where(sent > 0, lanes["min_transfer"], 0.0)
    for rule, excess in (("capacity", sent - lanes["capacity"]), ("min_transfer", low - sent)):
        for row in np.flatnonzero(excess > room).tolist():
            name = f"{lanes['source'][row]} → {lanes['target'][row]}"
            report.add(rule, name, excess[row], f"{sent[row]:.10g} is {excess[row]:.10g} off")
