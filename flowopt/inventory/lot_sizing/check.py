"""Recomputes a plan of lots from the problem alone: cost and every rule; no solver is asked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.core.report import Report, same

if TYPE_CHECKING:
    from flowopt.inventory.lot_sizing.problem import LotSizingProblem
    from flowopt.inventory.lot_sizing.solution import LotSizingSolution, LotValues

FloatArray = npt.NDArray[np.float64]

TOLERANCE = 1e-6
"""Of the larger of 1 and the numbers compared."""


# ---- what follows from the values


def net_stock(problem: LotSizingProblem, values: LotValues) -> FloatArray:
    """Return stock less backorders at the end of each period, (N, T)."""
    change = arrivals(problem, values) - (problem.demand - values.lost) - taken(problem, values)
    net: FloatArray = problem.initial_stock[:, None] + np.cumsum(change, axis=1)
    net[np.abs(net) <= slack(problem)[:, None]] = 0.0
    return net


def waiting(problem: LotSizingProblem, values: LotValues) -> FloatArray:
    """Return the least that waits at the end of each period, (N, T).

    Only customers' demand may wait: what lots of other items will take while there is less is kept
    for them, and more customers wait before.
    """
    net = net_stock(problem, values)
    wanted = problem.demand - values.lost
    late = np.maximum(-net, 0.0)
    for period in range(problem.shape[1] - 2, -1, -1):
        late[:, period] = np.maximum(late[:, period], late[:, period + 1] - wanted[:, period + 1])
    late[late <= slack(problem)[:, None]] = 0.0
    return late


def slack(problem: LotSizingProblem) -> FloatArray:
    """Return what counts as nothing in the stock of each item, (N,)."""
    largest = np.maximum(problem.demand.max(axis=1, initial=0.0), problem.initial_stock)
    tolerance: FloatArray = TOLERANCE * np.maximum(1.0, largest)
    return tolerance


def arrivals(problem: LotSizingProblem, values: LotValues) -> FloatArray:
    """Return what of the lots comes into stock in each period, (N, T)."""
    come = np.zeros(problem.shape)
    periods = problem.shape[1]
    for lead in np.unique(problem.lead_time).tolist():
        rows = problem.lead_time == lead
        if lead < periods:
            come[rows, lead:] = values.quantity[rows, : periods - lead]
    return come


def taken(problem: LotSizingProblem, values: LotValues) -> FloatArray:
    """Return what lots of other items take out of stock in each period, (N, T)."""
    out = np.zeros(problem.shape)
    amounts = problem.component_quantity[:, None] * values.quantity[problem.component_of]
    np.add.at(out, problem.component, amounts)
    return out


def load(problem: LotSizingProblem, values: LotValues) -> FloatArray:
    """Return the time that lots take of each resource in each period, (R, T)."""
    work = problem.unit_time.T @ values.quantity
    total: FloatArray = work + problem.setup_time.T @ (values.quantity > 0).astype(np.float64)
    return total


def overtime(problem: LotSizingProblem, values: LotValues) -> FloatArray:
    """Return the time beyond capacity, (R, T); rounding is none."""
    capacity = problem.capacity
    over = load(problem, values) - capacity
    least = TOLERANCE * np.maximum(1.0, np.where(np.isfinite(capacity), capacity, 1.0))
    return np.where(over > least, over, 0.0)


def lot_costs(problem: LotSizingProblem, values: LotValues) -> dict[str, float]:
    """Return the parts of the cost of a plan: name → money.

    Parameters
    ----------
    problem
        The problem.
    values
        The plan.
    """
    late = waiting(problem, values)
    parts = {
        "set_up": (problem.fixed_cost, (values.quantity > 0).astype(np.float64)),
        "units": (problem.unit_cost, values.quantity),
        "holding": (problem.holding_cost, np.maximum(net_stock(problem, values) + late, 0.0)),
        "backorders": (problem.backorder_cost, late),
        "lost_sales": (problem.lost_sale_cost, values.lost),
        "overtime": (problem.overtime_cost, overtime(problem, values)),
    }
    return {name: _total(price, amount) for name, (price, amount) in parts.items()}


def _total(price: FloatArray, amount: FloatArray) -> float:
    """Return the sum of price × amount, exactly; what costs inf is a broken rule, not a cost."""
    counted = (amount > 0) & np.isfinite(price)
    return math.fsum((price[counted] * amount[counted]).tolist())


# ---- the check


def check_lots(problem: LotSizingProblem, solution: LotSizingSolution) -> Report:
    """Return what a solution breaks; empty when all holds.

    Parameters
    ----------
    problem
        The problem.
    solution
        Its answer.
    """
    report = Report()
    values = solution.values
    if values is None:
        return report
    check_values(problem, values, report)
    cost = math.fsum(lot_costs(problem, values).values())
    stated = solution.outcome.cost
    if stated is not None and not same(cost, stated):
        report.add("cost", "plan", stated - cost, f"states {stated:.10g}, costs {cost:.10g}")
    bound = solution.bound
    if bound is not None and bound > cost and not same(bound, cost):
        report.add("bound", "plan", bound - cost, f"is {bound:.10g}, above the cost {cost:.10g}")
    return report


def check_values(problem: LotSizingProblem, values: LotValues, report: Report) -> None:
    """Collect the rules that a plan breaks.

    Parameters
    ----------
    problem
        The problem.
    values
        The plan.
    report
        Where they are collected.
    """
    for array, shape in ((values.quantity, problem.shape), (values.lost, problem.shape)):
        if array.shape != shape or not np.isfinite(array).all():
            report.add("values", "plan", 1.0, f"are no {shape} finite numbers")
            return
    _check_lots(problem, values, report)
    _check_stock(problem, values, report)
    _check_demand(problem, values, report)
    over = overtime(problem, values)
    for resource, period in np.argwhere((over > 0) & np.isinf(problem.overtime_cost)):
        name = f"{problem.resource_id[resource]}, {problem.period_id[period]}"
        amount = float(over[resource, period])
        report.add("capacity", name, amount, f"takes {amount:.6g} more than there is")


def _check_lots(problem: LotSizingProblem, values: LotValues, report: Report) -> None:
    quantity, near = values.quantity, slack(problem)[:, None]
    running = quantity > 0
    _collect(problem, quantity < 0, -quantity, "quantity", "makes less than nothing", report)
    small = problem.min_order_quantity[:, None] - quantity
    _collect(problem, running & (small > near), small, "min_order", "is below the least", report)
    large = quantity - problem.max_order_quantity[:, None]
    _collect(problem, running & (large > near), large, "max_order", "is above the most", report)
    pack = problem.pack_size[:, None]
    size = np.where(pack > 0, pack, 1.0)
    off = np.abs(quantity - np.rint(quantity / size) * size)
    broken = running & (pack > 0) & (off > near)
    _collect(problem, broken, off, "pack", "is no whole number of packs", report)


def _check_stock(problem: LotSizingProblem, values: LotValues, report: Report) -> None:
    late, near = waiting(problem, values), slack(problem)[:, None]
    stock = net_stock(problem, values) + late
    unmet = (late > 0) & np.isinf(problem.backorder_cost)
    unmet[:, -1] |= late[:, -1] > 0
    _collect(problem, unmet, late, "demand", "waits where it may not", report)
    before = np.concatenate(
        [np.maximum(-problem.initial_stock[:, None], 0.0), late[:, :-1]], axis=1
    )
    more = late - before - (problem.demand - values.lost)
    _collect(problem, more > near, more, "components", "waits for other items' lots", report)
    low = problem.min_stock - stock
    _collect(problem, low > near, low, "min_stock", "is below the least", report)
    high = stock - problem.max_stock
    _collect(problem, high > near, high, "max_stock", "is above the most", report)


def _check_demand(problem: LotSizingProblem, values: LotValues, report: Report) -> None:
    lost, near = values.lost, slack(problem)[:, None]
    _collect(problem, lost < 0, -lost, "lost", "loses less than nothing", report)
    above = lost - problem.demand
    _collect(problem, above > near, above, "lost", "loses more than is wanted", report)
    given_up = (lost > 0) & np.isinf(problem.lost_sale_cost)
    _collect(problem, given_up, lost, "demand", "is not met, and must be", report)


def _collect(
    problem: LotSizingProblem,
    broken: npt.NDArray[np.bool_],
    amount: FloatArray,
    name: str,
    message: str,
    report: Report,
) -> None:
    for item, period in np.argwhere(broken):
        subject = f"{problem.item_id[item]}, {problem.period_id[period]}"
        by = float(np.broadcast_to(amount, broken.shape)[item, period])
        report.add(name, subject, by, f"{message}, by {by:.6g}")
