"""The engine of exact formulas: expected shortages in closed form, levels by search, in batches."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import product

import numpy as np
import numpy.typing as npt

from flowopt.core.options import Run
from flowopt.core.status import Limit, Status
from flowopt.inventory.cycle import CycleDemand
from flowopt.inventory.distributions import Floats, Rows
from flowopt.inventory.levels import least_levels
from flowopt.inventory.models.eoq import economic_quantity
from flowopt.inventory.orders import admissible_quantity, need_of_policy
from flowopt.inventory.performance import batch_performance, periodic_performance
from flowopt.inventory.replenishment.problem import ReplenishmentProblem
from flowopt.inventory.replenishment.solution import ReplenishmentSolution
from flowopt.inventory.replenishment.status import OrderStatus, PolicyStatus

NAME = "closed_form"

ROWS_AT_ONCE = 16_384
"""Items of one iteration, between two looks at the clock: some tens of milliseconds."""

SELDOM = 0.01
"""A maximum order that cuts fewer reviews than this is left out of account."""

_DONE = (PolicyStatus.OPTIMAL, PolicyStatus.DETERMINISTIC, PolicyStatus.NO_DEMAND)
_HOPELESS = (PolicyStatus.INFEASIBLE, PolicyStatus.OVERLOADED)


@dataclass(frozen=True)
class _Policies:
    """The columns of the answer, filled batch by batch; NaN where nothing applies."""

    reorder_point: Floats
    order_up_to_level: Floats
    order_quantity: Floats
    safety_stock: Floats
    expected_fill_rate: Floats
    expected_cycle_service_level: Floats
    average_stock: Floats
    orders_per_period: Floats
    policy_status: npt.NDArray[np.str_]

    @classmethod
    def empty(cls, num_items: int) -> _Policies:
        unknown = {
            field.name: np.full(num_items, np.nan)
            for field in fields(cls)
            if field.name != "policy_status"
        }
        status = np.full(num_items, PolicyStatus.NOT_SOLVED.value, dtype="<U13")
        return cls(**unknown, policy_status=status)


def solve(problem: ReplenishmentProblem, run: Run) -> ReplenishmentSolution:
    """Return the least levels that meet the targets, and the orders of today."""
    policies = _Policies.empty(problem.num_items)
    limit = None
    for step, start in enumerate(range(0, problem.num_items, ROWS_AT_ONCE)):
        limit = run.stopped(iterations=step) if step else None  # some answer always comes back
        if limit is not None:
            break
        rows = np.arange(start, min(start + ROWS_AT_ONCE, problem.num_items))
        _solve_rows(problem, rows, policies)
        run.report(iterations=step + 1)
    return _answer(problem, run, policies, limit)


def _solve_rows(problem: ReplenishmentProblem, rows: Rows, policies: _Policies) -> None:
    """Fill in the policies of one batch."""
    items = problem.items
    quantity = _batch_quantities(problem, rows)
    status = _statuses(problem, rows, quantity)
    policies.policy_status[rows] = status
    _fill_no_demand(rows[status == PolicyStatus.NO_DEMAND], policies)
    asleep = (PolicyStatus.NO_DEMAND, PolicyStatus.INFEASIBLE)
    solvable = ~np.isin(status, asleep)
    for policy, distribution in product(("rs", "rq"), ("normal", "negative_binomial")):
        group = solvable & (items["policy"][rows] == policy)
        group &= problem.distribution[rows] == distribution
        if group.any():
            _solve_group(problem, rows[group], distribution, quantity[group], policies)


def cycle_demand(problem: ReplenishmentProblem, rows: Rows, distribution: str) -> CycleDemand:
    """Return the demand of some rows that share a distribution."""
    items = problem.items
    return CycleDemand(
        distribution,
        items["demand_mean"][rows],
        items["demand_sd"][rows],
        items["lead_time"][rows],
        items["lead_time_sd"][rows],
        items["review_period"][rows],
    )


def _batch_quantities(problem: ReplenishmentProblem, rows: Rows) -> Floats:
    """Return Q of the policy (r,Q): given or economic, then made admissible, one pack at least."""
    items = problem.items
    given = items["order_quantity"][rows]
    economic = economic_quantity(
        items["fixed_cost"][rows], items["holding_cost"][rows], items["demand_mean"][rows]
    )
    pack = items["pack_size"][rows]
    wanted = np.maximum(np.where(np.isnan(given), economic, given), pack)
    quantity = admissible_quantity(
        wanted, items["min_order_quantity"][rows], pack, problem.largest_order[rows]
    )
    return np.where(items["policy"][rows] == "rq", quantity, np.nan)


def _statuses(problem: ReplenishmentProblem, rows: Rows, quantity: Floats) -> npt.NDArray[np.str_]:
    """Return the status of each item; one that names a cause comes before one that does not."""
    items = problem.items
    mean, review = items["demand_mean"][rows], items["review_period"][rows]
    largest = problem.largest_order[rows]
    batches = items["policy"][rows] == "rq"
    impossible = (largest < problem.least_order[rows]) | (batches & ~(quantity > 0))
    conditions = [
        (mean == 0, PolicyStatus.NO_DEMAND),
        (impossible, PolicyStatus.INFEASIBLE),
        (largest < mean * review * (1 - 1e-9), PolicyStatus.OVERLOADED),
        (problem.certain[rows], PolicyStatus.DETERMINISTIC),
        (_often_capped(problem, rows, largest), PolicyStatus.CAPPED),
    ]
    return np.select(
        [mask for mask, _ in conditions],
        [status.value for _, status in conditions],
        default=PolicyStatus.OPTIMAL.value,
    )


def _often_capped(
    problem: ReplenishmentProblem, rows: Rows, largest: Floats
) -> npt.NDArray[np.bool_]:
    """Return where demand between reviews exceeds the maximum order more than seldom."""
    often = np.zeros(len(rows), dtype=np.bool_)
    limited = np.isfinite(largest) & (problem.items["demand_mean"][rows] > 0)
    for distribution in ("normal", "negative_binomial"):
        group = np.flatnonzero(limited & (problem.distribution[rows] == distribution))
        if len(group):
            between = cycle_demand(problem, rows[group], distribution).between_reviews
            often[group] = between.tail(np.floor(largest[group])).survival > SELDOM
    return often


def _fill_no_demand(rows: Rows, policies: _Policies) -> None:
    """Fill in reorder point -1 and Q = 0: an order only covers what is owed already."""
    policies.reorder_point[rows] = -1.0
    policies.order_quantity[rows] = 0.0
    policies.order_up_to_level[rows] = 0.0
    policies.safety_stock[rows] = 0.0
    policies.expected_fill_rate[rows] = 1.0
    policies.expected_cycle_service_level[rows] = 1.0
    policies.average_stock[rows] = 0.0
    policies.orders_per_period[rows] = 0.0


def _solve_group(
    problem: ReplenishmentProblem,
    rows: Rows,
    distribution: str,
    quantity: Floats,
    policies: _Policies,
) -> None:
    """Fill in the policies of items that share policy and distribution."""
    demand = cycle_demand(problem, rows, distribution)
    targets = problem.items["fill_rate"][rows], problem.items["cycle_service_level"][rows]
    if problem.items["policy"][rows[0]] == "rs":
        level = least_levels(demand, *targets)
        policies.order_up_to_level[rows] = level
        pack, least = problem.items["pack_size"][rows], problem.least_order[rows]
        reached = periodic_performance(demand, level, pack, least)
    else:
        level = least_levels(demand, *targets, quantity)
        policies.reorder_point[rows] = level
        policies.order_quantity[rows] = quantity
        reached = batch_performance(demand, level, quantity)
    policies.safety_stock[rows] = level - demand.protected.mean
    known = policies.policy_status[rows] != PolicyStatus.OVERLOADED
    kept = rows[known]
    policies.expected_fill_rate[kept] = reached.fill_rate[known]
    policies.expected_cycle_service_level[kept] = reached.cycle_service_level[known]
    policies.average_stock[kept] = reached.average_stock[known]
    policies.orders_per_period[kept] = reached.orders_per_period[known]


def _answer(
    problem: ReplenishmentProblem, run: Run, policies: _Policies, limit: Limit | None
) -> ReplenishmentSolution:
    """Return the solution, with the orders of today and the cost of the policies."""
    quantity, order_status = _orders(problem, policies)
    items = problem.items
    cost = items["holding_cost"] * policies.average_stock
    cost = cost + items["fixed_cost"] * policies.orders_per_period
    status = _overall(policies.policy_status)
    total = float(np.nansum(cost)) if status.has_solution else None
    outcome = run.outcome(
        status,
        NAME,
        cost=total,
        bound=total if status == Status.OPTIMAL else None,
        limit=limit,
        rows_at_once=ROWS_AT_ONCE,
    )
    return ReplenishmentSolution(
        problem=problem,
        outcome=outcome,
        order=quantity,
        order_status=order_status,
        **vars(policies),
    )


def _overall(statuses: npt.NDArray[np.str_]) -> Status:
    """Return the status of the batch: the best of its items unless all of them are lost."""
    if np.isin(statuses, _DONE).all():
        return Status.OPTIMAL
    return Status.INFEASIBLE if np.isin(statuses, _HOPELESS).all() else Status.FEASIBLE


def _orders(
    problem: ReplenishmentProblem, policies: _Policies
) -> tuple[Floats, npt.NDArray[np.str_]]:
    """Return what to order today, and its status."""
    items = problem.items
    position = problem.inventory_position
    need = need_of_policy(
        position, policies.order_up_to_level, policies.reorder_point, policies.order_quantity
    )
    blind = policies.policy_status == PolicyStatus.INFEASIBLE  # there is no level to order up to
    need = np.where(blind, np.maximum(-position, 0.0), need)
    quantity = admissible_quantity(
        need, items["min_order_quantity"], items["pack_size"], problem.largest_order
    )
    stuck = np.isnan(quantity) & ~np.isnan(need)
    unknown = policies.policy_status == PolicyStatus.NOT_SOLVED
    cut = need - quantity > 1e-9 * np.maximum(items["pack_size"], need)
    status = np.select(
        [unknown, blind | (stuck & (need > 0)), cut, quantity == 0],
        [OrderStatus.NOT_SOLVED, OrderStatus.INFEASIBLE, OrderStatus.CAPPED, OrderStatus.NONE],
        default=OrderStatus.ORDER,
    )
    return np.where(np.isnan(quantity) | blind, 0.0, quantity), status
