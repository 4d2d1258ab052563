"""Says, item by item, why a target or an order cannot be had, and what would change it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from flowopt.inventory.replenishment.status import PolicyStatus

if TYPE_CHECKING:
    from flowopt.inventory.replenishment.solution import ReplenishmentSolution

_REASONS = {
    PolicyStatus.INFEASIBLE: (
        "no order is possible: at least {least:g} at once, at most {largest:g}",
        "raise max_order_quantity to {least:g} or lower min_order_quantity or pack_size",
    ),
    PolicyStatus.OVERLOADED: (
        "demand of {demand:g} between reviews, orders of at most {largest:g}",
        "raise max_order_quantity above {demand:g} or review more often",
    ),
    PolicyStatus.CAPPED: (
        "orders of at most {largest:g} cut more than one review in 100, the service is lower "
        "than expected",
        "raise max_order_quantity or review more often",
    ),
    PolicyStatus.SHELF_LIMITED: (
        "the shelf holds {shelf:g}, less than the target or the least cost asks for",
        "raise shelf_space, or lower the target or order_quantity",
    ),
    PolicyStatus.NOT_SOLVED: ("the search was stopped before this item", "give it more time"),
}


def explanations(solution: ReplenishmentSolution) -> dict[str, Any]:
    """Return the table ``explanations``: item, site, code, message, fix.

    Parameters
    ----------
    solution
        The answer to be explained.
    """
    problem, status = solution.problem, solution.policy_status
    items = problem.items
    rows = np.flatnonzero(status != PolicyStatus.OPTIMAL)  # few of many
    rows = rows[np.isin(status[rows], [reason.value for reason in _REASONS])]
    codes = [PolicyStatus(word) for word in status[rows].tolist()]
    demand = items["demand_mean"] * items["review_period"]
    figures = [
        {
            "least": max(problem.least_order[row], items["pack_size"][row]),
            "largest": problem.largest_at_once[row],
            "shelf": items["shelf_space"][row],
            "demand": demand[row],
        }
        for row in rows
    ]
    texts = [_REASONS[code] for code in codes]
    faults = problem.faults
    left_out = np.array([fault.row for fault in faults], dtype=np.int64)
    every = np.concatenate([rows, left_out])
    filled = [
        tuple(part.format(**f) for part in text) for text, f in zip(texts, figures, strict=True)
    ]
    filled += [(str(fault), fault.fix) for fault in faults]
    return {
        "item": items["item"][every],
        "site": items["site"][every],
        "code": [*(code.value for code in codes), *("invalid" for _ in faults)],
        "message": [message for message, _ in filled],
        "fix": [fix for _, fix in filled],
    }
