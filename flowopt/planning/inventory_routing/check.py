"""Recomputes an inventory routing plan from the problem alone: cost and every rule; no solver."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.core.report import Report, same
from flowopt.planning.inventory_routing.outcome import TOLERANCE, Visits, costs, levels

if TYPE_CHECKING:
    from flowopt.planning.inventory_routing.problem import InventoryRoutingProblem
    from flowopt.planning.inventory_routing.solution import InventoryRoutingSolution

Floats = npt.NDArray[np.float64]


def check_inventory_routing(
    problem: InventoryRoutingProblem, solution: InventoryRoutingSolution
) -> Report:
    """Return what an answer breaks; empty when it holds.

    What customers lack is no breach: the answer names it in its table ``shortages``.

    Parameters
    ----------
    problem
        What was to be solved.
    solution
        Its answer; one without values has nothing to break.
    """
    report = Report()
    if not solution.status.has_solution:
        return report
    visits = solution.visits
    if not _check_form(problem, visits, report):
        return report
    _check_routes(problem, visits, report)
    _check_stock(problem, visits, report)
    cost = math.fsum(costs(problem, visits).values())
    if not same(cost, solution.cost):
        message = f"comes to {cost:.10g}, stated is {solution.cost:.10g}"
        report.add("cost", "total", cost - solution.cost, message)
    bound = solution.bound
    if bound is not None and bound > cost and not same(bound, cost):
        report.add("bound", "total", bound - cost, f"{bound:.10g} is above the cost")
    return report


def _check_form(problem: InventoryRoutingProblem, visits: Visits, report: Report) -> bool:
    """Return whether the visits can be read at all."""
    num, periods = problem.demand.shape
    limits = {"period": periods, "vehicle": problem.num_vehicles, "customer": num}
    for name, limit in limits.items():
        values = getattr(visits, name)
        wrong = (values < 0) | (values >= limit)
        for row in np.flatnonzero(wrong).tolist():
            report.add(name, f"visit {row}", values[row], f"there is no {name} {values[row]}")
    for row in np.flatnonzero(~np.isfinite(visits.quantity) | (visits.quantity < 0)).tolist():
        amount = visits.quantity[row]
        report.add("quantity", f"visit {row}", 1.0, f"{amount} cannot be brought")
    order = np.lexsort((visits.vehicle, visits.period))
    if not np.array_equal(order, np.arange(len(visits))):
        report.add("order", "visits", 1.0, "are not in the order of periods and vehicles")
    return report.ok


def _check_routes(problem: InventoryRoutingProblem, visits: Visits, report: Report) -> None:
    periods, fleet = problem.period_id, problem.num_vehicles
    _, row, count = np.unique(
        np.stack([visits.period, visits.customer]), axis=1, return_index=True, return_counts=True
    )
    for place in np.flatnonzero(count > 1).tolist():
        customer = problem.customers["id"][visits.customer[row[place]]]
        name = f"{customer}, {periods[visits.period[row[place]]]}"
        report.add("visits", name, count[place] - 1, f"is visited {count[place]} times")
    route = visits.period * fleet + visits.vehicle
    load = np.bincount(route, visits.quantity, len(periods) * fleet)
    over = load - problem.capacity
    for place in np.flatnonzero(over > TOLERANCE * np.maximum(1.0, load)).tolist():
        name = f"{periods[place // fleet]}, vehicle {place % fleet}"
        message = f"brings {load[place]:.10g} where {problem.capacity:.10g} fit"
        report.add("capacity", name, over[place], message)


def _check_stock(problem: InventoryRoutingProblem, visits: Visits, report: Report) -> None:
    now, customers = levels(problem, visits), problem.customers
    before = np.concatenate([customers["initial_stock"][:, None], now.customers[:, :-1]], axis=1)
    high, full = customers["max_stock"][:, None], before + now.delivered
    visited = np.zeros(full.shape, dtype=np.bool_)
    visited[visits.customer, visits.period] = True
    near = TOLERANCE * np.maximum(1.0, np.where(np.isfinite(high), high, 1.0))
    _collect(problem, visited & (full - high > near), full - high, "max_stock", report)
    if problem.policy == "order_up_to":
        gap = np.where(visited, high - full, 0.0)
        _collect(problem, gap > near, gap, "order_up_to", report)
    least = TOLERANCE * np.maximum(1.0, np.where(np.isfinite(now.depot), problem.available, 1.0))
    for period in np.flatnonzero(now.depot < -least).tolist():
        name, amount = f"depot, {problem.period_id[period]}", -now.depot[period]
        report.add("supply", name, amount, f"sends out {amount:.10g} more than there is")


def _collect(
    problem: InventoryRoutingProblem,
    broken: npt.NDArray[np.bool_],
    amount: Floats,
    rule: str,
    report: Report,
) -> None:
    for customer, period in np.argwhere(broken).tolist():
        name = f"{problem.customers['id'][customer]}, {problem.period_id[period]}"
        by = float(amount[customer, period])
        report.add(rule, name, by, f"the stock after the visit is {by:.10g} off")
