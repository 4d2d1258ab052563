"""Recomputes a rebalancing from the two tables alone, with code of its own: cost and every rule."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.core.report import Report, same

if TYPE_CHECKING:
    from flowopt.planning.rebalancing.problem import RebalancingProblem
    from flowopt.planning.rebalancing.solution import RebalancingSolution

TOLERANCE = 1e-6
"""Of the larger of 1 and the numbers compared."""

Floats = npt.NDArray[np.float64]


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
    _check_stock(problem, solution, report)
    cost = _cost(problem, quantity)
    if not same(cost, solution.cost):
        message = f"comes to {cost:.10g}, stated is {solution.cost:.10g}"
        report.add("cost", "total", cost - solution.cost, message)
    bound = solution.bound
    if bound is not None and bound > cost + TOLERANCE * max(1.0, abs(cost)):
        report.add("bound", "total", bound - cost, f"{bound:.10g} is above the cost")
    return report


def _sums(rows: npt.NDArray[np.int64], quantity: Floats, num: int) -> Floats:
    """Return (num,) sums of what stands in each row."""
    total = np.zeros(num)
    np.add.at(total, rows, quantity)
    return total


def _check_pairs(problem: RebalancingProblem, quantity: Floats, report: Report) -> None:
    """Check that what moves goes over a lane for it, in whole packs."""
    stock, lanes = problem.stock, problem.lanes
    moved = np.flatnonzero(quantity)
    units, lane = quantity[moved], problem.pairs.lane[moved]
    giver, taker = problem.pairs.giver[moved], problem.pairs.taker[moved]
    items, sites = stock["item"].astype(str), stock["site"].astype(str)
    item, only = items[giver], lanes["item"].astype(str)[lane]
    wrong = (sites[giver] != lanes["source"].astype(str)[lane]) | (item != items[taker])
    wrong |= sites[taker] != lanes["target"].astype(str)[lane]
    wrong |= (only != "") & (only != item)
    of_lane = lanes["pack_size"][lane]
    pack = np.where(np.isnan(of_lane), stock["pack_size"][giver], of_lane)
    packs = np.divide(units, pack, out=np.zeros(len(units)), where=pack > 0)
    for rule, excess, message in (
        ("lane", wrong.astype(float), "goes over a lane that is not for it"),
        ("lane", _overruled(problem, item, lane), "goes over a lane that another stands in for"),
        ("negative", -units, "less than nothing is sent"),
        ("pack_size", np.abs(packs - np.rint(packs)), "is no number of whole packs"),
    ):
        for row in np.flatnonzero(excess > TOLERANCE).tolist():
            message = f"{message} ({units[row]:.10g})"
            report.add(rule, f"pair {moved[row]}", excess[row], message)


def _overruled(
    problem: RebalancingProblem, item: npt.NDArray[np.str_], lane: npt.NDArray[np.int64]
) -> Floats:
    """Return 1 where an item goes over a lane for all items beside one of its own, else 0."""
    lanes = problem.lanes
    ends = list(zip(lanes["source"].tolist(), lanes["target"].tolist(), strict=True))
    only = lanes["item"].astype(str)
    own = {(name, *end) for name, end in zip(only.tolist(), ends, strict=True) if name}
    over = np.zeros(len(lane))
    if own:
        for row in np.flatnonzero(only[lane] == "").tolist():
            over[row] = (item[row].item(), *ends[lane[row]]) in own
    return over


def _check_lanes(problem: RebalancingProblem, quantity: Floats, report: Report) -> None:
    lanes = problem.lanes
    sent = _sums(problem.pairs.lane, quantity, lanes.num_rows)
    room = TOLERANCE * np.maximum(1.0, sent)
    low = np.where(sent > 0, lanes["min_transfer"], 0.0)
    for rule, excess in (("capacity", sent - lanes["capacity"]), ("min_transfer", low - sent)):
        for row in np.flatnonzero(excess > room).tolist():
            name = f"{lanes['source'][row]} → {lanes['target'][row]}"
            report.add(rule, name, excess[row], f"{sent[row]:.10g} is {excess[row]:.10g} off")


def _check_stock(
    problem: RebalancingProblem, solution: RebalancingSolution, report: Report
) -> None:
    """Check that no site gives what it keeps, or does not have."""
    stock = problem.stock
    given = _sums(problem.pairs.giver, solution.quantity, stock.num_rows)
    kept = np.where(np.isnan(stock["min_stock"]), stock["target"], stock["min_stock"])
    over = np.where(given > 0, given - np.maximum(stock["on_hand"] - kept, 0.0), 0.0)
    for row in np.flatnonzero(over > TOLERANCE * np.maximum(1.0, given)).tolist():
        message = f"gives {over[row]:.10g} more than it may"
        report.add("stock", solution.stock_name(row), over[row], message)


def _cost(problem: RebalancingProblem, quantity: Floats) -> float:
    """Return the cost of transfers, and of what is then short and over."""
    stock, lanes, pairs = problem.stock, problem.lanes, problem.pairs
    after = stock["on_hand"] + _sums(pairs.taker, quantity, stock.num_rows)
    after -= _sums(pairs.giver, quantity, stock.num_rows)
    missing = stock["target"] - after
    price = np.where(missing > 0, stock["shortage_cost"], -stock["surplus_cost"])
    sent = _sums(pairs.lane, quantity, lanes.num_rows)
    of_lanes = lanes["unit_cost"] * sent + np.where(sent > 0, lanes["fixed_cost"], 0.0)
    return math.fsum((price * missing).tolist()) + math.fsum(of_lanes.tolist())
