"""Recomputes orders from the problem alone: quantities, limits, statuses, costs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.core.report import Report, same
from flowopt.core.status import Status
from flowopt.inventory.ordering.status import OrderingStatus
from flowopt.inventory.selection.recompute import COUNTED, Floats, losses

if TYPE_CHECKING:
    from flowopt.inventory.ordering.problem import OrderProblem
    from flowopt.inventory.ordering.solution import OrderSolution

Rows = npt.NDArray[np.int64]
_PACKS = 1e-6  # of a pack: what rounding may leave over
_LIMIT = 2e-9  # of a limit: by how much rounding may overdraw it
_COST = 1e-7  # relative, of an item's costs
_COST_COLUMNS = (
    *("demand_mean", "demand_sd", "lead_time", "lead_time_sd", "review_period"),
    *("on_hand", "on_order", "backorders", "reserved"),
    *("holding_cost", "stockout_cost", "fixed_cost"),
)


def check(solution: OrderSolution) -> Report:
    """Return what an answer breaks; empty when every order and limit holds and the cost is right.

    Parameters
    ----------
    solution
        The answer to be checked.
    """
    report = Report()
    if not solution.status.has_solution:
        return report
    _check_quantities(solution, report)
    _check_limits(solution, report)
    _check_statuses(solution, report)
    _check_costs(solution, report)
    return report


def _check_quantities(solution: OrderSolution, report: Report) -> None:
    items, quantity = solution.problem.items, solution.quantity
    pack = items["pack_size"]
    some = quantity != 0
    space = items["shelf_space"] - items["on_hand"] - items["on_order"]
    slack = _PACKS * pack
    broken = np.abs(quantity / pack - np.rint(quantity / pack)) > _PACKS
    with np.errstate(invalid="ignore"):  # unknown maximums are NaN, which nothing exceeds
        rules = (
            ("pack_size", broken, "is no whole number of packs"),
            ("sign", quantity < 0, "is below 0"),
            ("orderable", some & ~items["orderable"], "is ordered, but cannot be today"),
            ("min_order_quantity", quantity < items["min_order_quantity"] - slack, "is too little"),
            ("max_order_quantity", quantity > items["max_order_quantity"] + slack, "is too much"),
            ("shelf_space", quantity > space + slack, "does not fit on the shelf"),
        )
    for name, wrong, message in rules:
        report.add_rows(name, items["item"], some & wrong, quantity, f"what is ordered {message}")


def _check_limits(solution: OrderSolution, report: Report) -> None:
    problem = solution.problem
    limits = problem.limits
    for row, unit in enumerate(problem.unit_uses):
        used, capacity = math.fsum((unit * solution.quantity).tolist()), problem.capacity[row]
        if used > capacity + _LIMIT * max(capacity, 1e-3):
            message = f"orders take {used:g} of {capacity:g}"
            report.add("limit", limits["limit"][row], used - capacity, message)


def _check_statuses(solution: OrderSolution, report: Report) -> None:
    """Check that each status says what the quantity is."""
    status, quantity, wanted = solution.order_status, solution.quantity, solution.wanted
    less = quantity < wanted * (1 - 1e-9)
    allowed = {
        OrderingStatus.ORDER: (quantity > 0) & ~less,
        OrderingStatus.CAPPED: (quantity > 0) & ~less,
        OrderingStatus.NONE: (quantity == 0) & (wanted == 0),
        OrderingStatus.CUT: less,
        OrderingStatus.NO_QUANTITY: quantity == 0,
        OrderingStatus.NOT_ORDERABLE: (quantity == 0) & ~solution.problem.items["orderable"],
        OrderingStatus.NOT_SOLVED: (quantity == 0) & (solution.limit is not None),
    }
    names = solution.problem.items["item"]
    for word, cause in allowed.items():
        wrong = (status == word) & ~cause
        report.add_rows("status", names, wrong, quantity, f"is not {word.value}")
    unknown = ~np.isin(status, [word.value for word in allowed])
    report.add_rows("status", names, unknown, quantity, "has no known status")


def _check_costs(solution: OrderSolution, report: Report) -> None:
    """Check the cost of every item with and without its order, the sum, and the bound."""
    problem, quantity = solution.problem, solution.quantity
    with_order = _costs(problem, np.arange(len(quantity)), quantity)
    without, ordered = np.array(with_order), np.flatnonzero(quantity)
    without[:, ordered] = _costs(problem, ordered, np.zeros(len(ordered)))
    for name, (cost, size), told in (
        ("expected_cost", with_order, solution.expected_cost),
        ("cost_without_order", without, solution.cost_without_order),
    ):
        for row in np.flatnonzero(np.abs(cost - told) > _COST * np.maximum(size, 1e-9)).tolist():
            message = f"costs {cost[row]:g}, not {told[row]:g}"
            report.add(name, problem.items["item"][row], told[row] - cost[row], message)
    total = math.fsum(solution.expected_cost.tolist())
    if not same(total, solution.cost, 1e-9):
        report.add("cost", "total", solution.cost - total, f"is {total:g}, not {solution.cost:g}")
    bound = solution.bound
    if bound is not None and bound > solution.cost * (1 + 1e-9):
        report.add("bound", "total", bound - solution.cost, "is above the cost")
    if solution.status is Status.OPTIMAL and (bound is None or not same(bound, solution.cost)):
        report.add("bound", "total", 1.0, "does not prove that the answer is optimal")


def _costs(problem: OrderProblem, rows: Rows, quantity: Floats) -> tuple[Floats, Floats]:
    """Return the cost of orders, and the size of the numbers that it is the difference of."""
    items = {name: problem.items[name][rows] for name in _COST_COLUMNS}
    position = items["on_hand"] + items["on_order"] - items["backorders"] - items["reserved"]
    level = position + quantity
    review = items["review_period"]
    count = np.maximum(np.ceil(review), 1.0)
    total, size = np.zeros_like(level), np.zeros_like(level)
    for point in range(1, int(count.max(initial=0)) + 1):
        length = items["lead_time"] + review * point / count
        mean = items["demand_mean"] * length
        variance = items["demand_sd"] ** 2 * length
        variance += (items["demand_mean"] * items["lead_time_sd"]) ** 2
        short = _short(problem.distribution[rows], mean, variance, level)
        each = items["holding_cost"] * (level - mean + short) + items["stockout_cost"] * short
        total += np.where(point <= count, each * review / count, 0.0)
        size = np.maximum(size, np.abs(level) + mean)
    rates = (items["holding_cost"] + items["stockout_cost"]) * review
    fixed = np.where(quantity > 0, items["fixed_cost"], 0.0)
    return total + fixed, np.abs(total) + fixed + rates * size * 1e-3


def _short(
    distribution: npt.NDArray[np.str_], mean: Floats, variance: Floats, level: Floats
) -> Floats:
    """Return the units expected to be short; linear between whole units where these are counted."""
    counted = np.isin(distribution, COUNTED)
    low = np.where(counted, np.floor(level), level)
    short, _ = losses(distribution, mean, variance, low, both=False)
    part = np.flatnonzero(low != level)
    if len(part):
        moments = mean[part], variance[part]
        above, _ = losses(distribution[part], *moments, low[part] + 1, both=False)
        share = (level - low)[part]
        short[part] = (1 - share) * short[part] + share * above
    return short
