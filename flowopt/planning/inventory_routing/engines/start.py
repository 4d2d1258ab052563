"""The plan that a search starts from, where the caller gives one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.tables import positions
from flowopt.planning.inventory_routing.kernels.layout import (
    DEPOT_RATE,
    PRICE,
    Data,
    Plan,
)
from flowopt.planning.inventory_routing.outcome import Visits, levels
from flowopt.planning.inventory_routing.solution import InventoryRoutingSolution

if TYPE_CHECKING:
    from flowopt.planning.inventory_routing.problem import InventoryRoutingProblem

Ints = npt.NDArray[np.int64]


def load_plan(problem: InventoryRoutingProblem, data: Data, plan: Plan, initial: Any) -> Ints:
    """Put the visits of a previous answer into an empty plan; return the customers left out.

    Of an answer to another problem, customers and periods are found by their ids; customers whose
    visits would break a rule of this one are left out.

    Parameters
    ----------
    problem, data
        The problem, and it for the kernels.
    plan
        A plan without visits; filled in place.
    initial
        A previous solution, or None.

    Raises
    ------
    ValidationError
        When `initial` is no solution of inventory routing with values.
    """
    every = np.arange(problem.demand.shape[0])
    if initial is None:
        return every
    if not isinstance(initial, InventoryRoutingSolution) or not initial.status.has_solution:
        failures, fix = Failures(), "give an InventoryRoutingSolution that has values, or None"
        value = type(initial).__name__
        failures.add("solve", "initial", None, value, "wrong_type", "is no plan to start from", fix)
        failures.raise_if_any()
    visits = _fitting(problem, _translated(problem, initial))
    _fill(data, plan, visits)
    now = levels(problem, visits)
    got = np.cumsum(now.delivered + now.shortage, axis=1)
    left = np.arange(got.shape[1], 0, -1)
    price = data.number[PRICE] + data.number[DEPOT_RATE] * left
    plan.part[:] = data.rate * got.sum(axis=1) + now.shortage @ price
    plan.short[:] = now.shortage.sum(axis=1)
    return np.setdiff1d(every, np.unique(visits.customer))


def _translated(problem: InventoryRoutingProblem, initial: InventoryRoutingSolution) -> Visits:
    """Return the visits of an answer as those of this problem; what it has not is left out."""
    given, old = initial.visits, initial.problem
    customer = positions(old.customers["id"][given.customer], problem.customers["id"])
    period = positions(old.period_id[given.period], problem.period_id)
    known = (customer >= 0) & (period >= 0) & (given.vehicle < problem.num_vehicles)
    order = np.flatnonzero(known)
    order = order[np.lexsort((given.vehicle[order], period[order]))]
    return Visits(period[order], given.vehicle[order], customer[order], given.quantity[order])


def _fitting(problem: InventoryRoutingProblem, visits: Visits) -> Visits:
    """Return the visits of the customers for whom no rule is broken, one after another."""
    kept: list[int] = []
    load = np.zeros((problem.demand.shape[1], problem.num_vehicles))
    free = problem.available.copy()
    for customer in np.unique(visits.customer).tolist():
        rows = np.flatnonzero(visits.customer == customer)
        alone = Visits(*(values[rows] for values in vars(visits).values()))
        more, taken = np.zeros_like(load), np.zeros_like(free)
        np.add.at(more, (alone.period, alone.vehicle), alone.quantity)
        np.add.at(taken, alone.period, alone.quantity)
        taken = np.cumsum(taken)
        slack = 1e-9 * max(1.0, float(alone.quantity.max()))
        fits = (load + more <= problem.capacity + slack).all() and (taken <= free + slack).all()
        if fits and _keeps_levels(problem, alone, customer, slack):
            load, free = load + more, free - taken
            kept += rows.tolist()
    chosen = np.sort(np.array(kept, dtype=np.int64))
    return Visits(*(values[chosen] for values in vars(visits).values()))


def _keeps_levels(
    problem: InventoryRoutingProblem, alone: Visits, customer: int, slack: float
) -> bool:
    """Return whether the visits of one customer are one a period, and within its maximum."""
    if len(np.unique(alone.period)) != len(alone):
        return False
    now = levels(problem, alone)
    full = (now.customers - now.shortage + problem.demand)[customer, alone.period]
    high = problem.customers["max_stock"][customer]
    below = problem.policy != "order_up_to" or bool((full >= high - slack).all())
    return below and bool((full <= high + slack).all())


def _fill(data: Data, plan: Plan, visits: Visits) -> None:
    """Write routes and quantities into a plan without any."""
    num = len(data.size)
    for row, begins in enumerate(visits.first.tolist()):
        t, k, i = int(visits.period[row]), int(visits.vehicle[row]), int(visits.customer[row])
        head = num + k
        before = head if begins else int(plan.previous[t, head])
        plan.next[t, before], plan.previous[t, i] = i, before
        plan.next[t, i], plan.previous[t, head] = head, i
        plan.vehicle[t, i], plan.amount[t, i] = k, visits.quantity[row]
        plan.load[t, k] += visits.quantity[row]
        plan.visits[t, k] += 1
        plan.sent[t] += visits.quantity[row]
