"""Recomputes a service mix from the problem alone: service, stock, targets, cost."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from flowopt.core.report import Report, same
from flowopt.core.status import Status
from flowopt.inventory.selection.recompute import COUNTED, Floats, losses

if TYPE_CHECKING:
    from flowopt.inventory.service_mix.problem import ServiceMixProblem
    from flowopt.inventory.service_mix.solution import ServiceMixSolution

_SERVICE = 1e-7  # by how much a fill rate may be off
_STOCK = 1e-6  # relative, of an item's stock and order quantity
_ROUNDING = 1e-14  # of squares that second-order losses are differences of


def check(solution: ServiceMixSolution) -> Report:
    """Return what an answer breaks; empty when every target is met and the cost is right.

    Parameters
    ----------
    solution
        The answer to be checked.
    """
    report = Report()
    if not solution.status.has_solution:
        return report
    _check_levels(solution, report)
    _check_performance(solution, report)
    _check_targets(solution, report)
    _check_cost(solution, report)
    return report


def _check_levels(solution: ServiceMixSolution, report: Report) -> None:
    """Check that reorder points and quantities are allowed, and what items without demand have."""
    names = solution.problem.items["item"]
    problem, items = solution.problem, solution.problem.items
    level, quantity = solution.reorder_point, solution.order_quantity
    idle = items["demand_mean"] == 0
    pack = items["pack_size"]
    wrong = (level != -1) | (quantity != 0)
    report.add_rows("no_demand", names, idle & wrong, level, "holds stock for no demand")
    least = np.maximum(np.nan_to_num(items["order_quantity"]), items["min_order_quantity"])
    short = quantity < least - _STOCK * pack
    broken = np.abs(quantity / pack - np.rint(quantity / pack)) > _STOCK
    broken |= quantity < pack * (1 - _STOCK)
    report.add_rows("order_quantity", names, ~idle & short, quantity, "is too little")
    report.add_rows("pack_size", names, ~idle & broken, quantity, "is no number of packs")
    low = level < problem.least_level - _STOCK * pack
    report.add_rows("least_reorder_point", names, ~idle & low, level, "is too low")
    counted = np.isin(problem.distribution, COUNTED)
    part = counted & (level != np.rint(level))
    report.add_rows("reorder_point", names, part, level, "is no whole number")
    words = np.where(level < 0, "on_demand", "stocked")
    wrong = solution.item_status != np.where(idle, "no_demand", words)
    report.add_rows("status", names, wrong, level, "does not fit the reorder point")


def _check_performance(solution: ServiceMixSolution, report: Report) -> None:
    """Check fill rates and stock, but for the rounding of differences of large numbers."""
    names = solution.problem.items["item"]
    problem = solution.problem
    fill, stock, noise = _performance(problem, solution.reorder_point, problem.order_quantity)
    per_cycle = problem.items["demand_mean"] * problem.items["review_period"]
    off = np.abs(fill - solution.expected_fill_rate)
    wrong = off > _SERVICE + noise / np.where(per_cycle > 0, per_cycle, 1.0)
    report.add_rows("fill_rate", names, wrong, fill, "is another")
    off = np.abs(stock - solution.average_stock)
    wrong = off > _STOCK * np.maximum(stock, 1e-3) + noise
    report.add_rows("average_stock", names, wrong, stock, "is another")


def _check_targets(solution: ServiceMixSolution, report: Report) -> None:
    """Check the service of all, of classes, and of single items."""
    names = solution.problem.items["item"]
    problem, fill = solution.problem, solution.expected_fill_rate
    demand = problem.weighted_demand
    targets = [("all", np.ones(len(fill), dtype=np.bool_), problem.fill_rate)]
    for name, target in zip(
        problem.classes["class"].tolist(), problem.classes["fill_rate"].tolist(), strict=True
    ):
        targets.append((name, problem.items["class"] == name, target))
    for name, mask, target in targets:
        total = math.fsum(demand[mask].tolist())
        reached = math.fsum((demand * fill)[mask].tolist()) / total if total > 0 else 1.0
        if reached < target - _SERVICE:
            message = f"reaches {reached:.6g} of {target:g}"
            report.add("service", name, target - reached, message)
    low = fill < problem.items["min_fill_rate"] - _SERVICE
    report.add_rows("min_fill_rate", names, low, fill, "is too low")


def _check_cost(solution: ServiceMixSolution, report: Report) -> None:
    value = solution.average_stock * solution.problem.items["unit_cost"]
    total = math.fsum(value.tolist())
    if not same(total, solution.cost, 1e-9):
        report.add("cost", "total", solution.cost - total, f"is {total:g}, not {solution.cost:g}")
    bound = solution.bound
    if bound is not None and bound > solution.cost * (1 + 1e-9):
        report.add("bound", "total", bound - solution.cost, "is above the cost")
    if solution.status is Status.OPTIMAL and (bound is None or not same(bound, solution.cost)):
        report.add("bound", "total", 1.0, "does not prove that the answer is optimal")


def _performance(
    problem: ServiceMixProblem, level: Floats, quantity: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return fill rate, mean stock at the ends of periods, and the rounding of shortages."""
    items = problem.items
    lead, review, mean = items["lead_time"], items["review_period"], items["demand_mean"]
    short = _short(problem, lead + review, level, quantity) - _short(problem, lead, level, quantity)
    idle = mean == 0
    fill = np.where(idle, 1.0, 1 - short / np.where(idle, 1.0, mean * review))
    count = np.maximum(np.ceil(review), 1.0)
    counted = np.isin(problem.distribution, COUNTED)
    stock = np.zeros_like(level)
    for point in range(1, int(count.max(initial=0)) + 1):
        length = lead + review * point / count
        owed = _short(problem, length, level, quantity)
        held = level + (quantity + counted) / 2 - mean * length + owed
        stock += np.where(point <= count, held / count, 0.0)
    variance = items["demand_sd"] ** 2 * (lead + review) + (mean * items["lead_time_sd"]) ** 2
    largest = (np.abs(level) + quantity + mean * (lead + review)) ** 2 + variance
    noise = _ROUNDING * largest / quantity
    return np.clip(fill, 0, 1), np.where(idle, 0.0, np.maximum(stock, 0.0)), noise


def _short(problem: ServiceMixProblem, length: Floats, level: Floats, quantity: Floats) -> Floats:
    """Return the units owed `length` after an order, over the positions that a review leaves."""
    items = problem.items
    mean = items["demand_mean"] * length
    variance = (
        items["demand_sd"] ** 2 * length + (items["demand_mean"] * items["lead_time_sd"]) ** 2
    )
    _, low = losses(problem.distribution, mean, variance, level)
    _, high = losses(problem.distribution, mean, variance, level + quantity)
    return (low - high) / quantity
