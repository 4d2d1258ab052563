"""The engine of exact formulas: expected shortages in closed form, levels by search, in batches."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from flowopt.core.options import Run
from flowopt.core.status import Limit, Status
from flowopt.inventory.distributions import Floats, Rows
from flowopt.inventory.orders import need_of_policy, packed_quantity, whole_packs_down
from flowopt.inventory.replenishment.engines.policies import Found, first_quantities, solve_group
from flowopt.inventory.replenishment.problem import ReplenishmentProblem
from flowopt.inventory.replenishment.solution import ReplenishmentSolution
from flowopt.inventory.replenishment.status import OrderStatus, PolicyStatus

NAME = "closed_form"

ROWS_AT_ONCE = 16_384
"""Items of one iteration, between two looks at the clock: some tens of milliseconds."""

SELDOM = 0.01
"""A maximum order that cuts fewer reviews than this is left out of account."""

_DONE = (PolicyStatus.OPTIMAL, PolicyStatus.DETERMINISTIC, PolicyStatus.NO_DEMAND)
_HOPELESS = (PolicyStatus.INFEASIBLE, PolicyStatus.OVERLOADED, PolicyStatus.INVALID)
_WITHOUT_LEVEL = (PolicyStatus.NO_DEMAND, PolicyStatus.INFEASIBLE, PolicyStatus.INVALID)


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
    average_backorders: Floats
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
    quantity = first_quantities(problem, rows)
    status = _statuses(problem, rows, quantity)
    policies.policy_status[rows] = status
    _fill_no_demand(rows[status == PolicyStatus.NO_DEMAND], policies)
    for group in problem.groups(rows[~np.isin(status, _WITHOUT_LEVEL)]):
        found = solve_group(problem, group, quantity[group - rows[0]])
        _fill(problem, group, found, policies)


def _statuses(problem: ReplenishmentProblem, rows: Rows, quantity: Floats) -> npt.NDArray[np.str_]:
    """Return the status of each item; one that names a cause comes before one that does not."""
    items = problem.items
    mean, review = items["demand_mean"][rows], items["review_period"][rows]
    largest, at_once = problem.largest_order[rows], problem.largest_at_once[rows]
    batches = items["policy"][rows] != "rs"
    covered = problem.certain[rows] & np.isnan(items["stockout_cost"][rows])
    impossible = (at_once < problem.least_order[rows]) | (batches & ~(quantity > 0))
    conditions = [
        (problem.invalid[rows], PolicyStatus.INVALID),
        (mean == 0, PolicyStatus.NO_DEMAND),
        (impossible, PolicyStatus.INFEASIBLE),
        (largest < mean * review * (1 - 1e-9), PolicyStatus.OVERLOADED),
        (covered, PolicyStatus.DETERMINISTIC),
        (_often_capped(problem, rows, largest), PolicyStatus.CAPPED),
        (problem.items["unmet_demand"][rows] == "lost_sales", PolicyStatus.APPROXIMATE),
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
    limited = rows[np.isfinite(largest) & (problem.items["demand_mean"][rows] > 0)]
    for group in problem.groups(limited):
        between = problem.cycle_demand(group).between_reviews
        most = np.floor(problem.largest_order[group])
        often[group - rows[0]] = between.tail(most).survival > SELDOM
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
    policies.average_backorders[rows] = 0.0


def _fill(problem: ReplenishmentProblem, rows: Rows, found: Found, policies: _Policies) -> None:
    """Fill in the policies found for items that share the policy."""
    policy = problem.items["policy"][rows[0]]
    if policy == "rs":
        policies.order_up_to_level[rows] = found.level
    else:
        policies.reorder_point[rows] = found.level
    if policy == "rss":
        policies.order_up_to_level[rows] = found.level + found.quantity
    if policy == "rq":
        policies.order_quantity[rows] = found.quantity
    top = found.level + (found.quantity if policy == "rss" else 0.0)
    policies.safety_stock[rows] = (found.level if policy == "rss" else top) - found.protected_mean
    proven = policies.policy_status[rows] == PolicyStatus.OPTIMAL
    policies.policy_status[rows[found.searched & proven]] = PolicyStatus.BEST_FOUND
    known = policies.policy_status[rows] != PolicyStatus.OVERLOADED
    policies.policy_status[rows[found.limited & known]] = PolicyStatus.SHELF_LIMITED
    kept, reached = rows[known], found.reached
    lost = problem.items["unmet_demand"][kept] == "lost_sales"
    fill = reached.fill_rate[known]
    policies.expected_fill_rate[kept] = np.where(lost, 1 / (2 - fill), fill)
    policies.expected_cycle_service_level[kept] = reached.cycle_service_level[known]
    policies.average_stock[kept] = reached.average_stock[known]
    policies.orders_per_period[kept] = reached.orders_per_period[known]
    policies.average_backorders[kept] = np.where(lost, 0.0, reached.average_backorders[known])


def _answer(
    problem: ReplenishmentProblem, run: Run, policies: _Policies, limit: Limit | None
) -> ReplenishmentSolution:
    """Return the solution, with the orders of today and the cost of the policies."""
    quantity, order_status = _orders(problem, policies)
    items = problem.items
    cost = items["holding_cost"] * policies.average_stock
    cost = cost + items["fixed_cost"] * policies.orders_per_period
    cost = cost + np.nan_to_num(items["stockout_cost"]) * policies.average_backorders
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
    wait = problem.extra_demand
    need = need_of_policy(
        position,
        policies.order_up_to_level + wait,
        policies.reorder_point + wait,
        policies.order_quantity,
    )
    blind = np.isin(policies.policy_status, (PolicyStatus.INFEASIBLE, PolicyStatus.INVALID))
    need = np.where(blind, np.maximum(-position, 0.0), need)  # there is no level to order up to
    quantity = packed_quantity(
        need, items["min_order_quantity"], items["pack_size"], problem.largest_order
    )
    room = whole_packs_down(problem.shelf_room, items["pack_size"])
    fitting = np.where(room < problem.least_order, 0.0, np.minimum(quantity, room))
    stuck = np.isnan(quantity) & ~np.isnan(need)
    quantity = np.where(stuck, quantity, fitting)
    cut = need - quantity > 1e-9 * np.maximum(items["pack_size"], need)
    status = np.select(
        [
            problem.invalid,
            policies.policy_status == PolicyStatus.NOT_SOLVED,
            blind | (stuck & (need > 0)),
            ~items["orderable"] & (need > 0),
            cut,
            quantity == 0,
        ],
        [
            OrderStatus.INVALID,
            OrderStatus.NOT_SOLVED,
            OrderStatus.INFEASIBLE,
            OrderStatus.CLOSED,
            OrderStatus.CAPPED,
            OrderStatus.NONE,
        ],
        default=OrderStatus.ORDER,
    )
    none = np.isnan(quantity) | blind | ~items["orderable"]
    return np.where(none, 0.0, quantity), status
