"""Why customers could not be kept in stock, as far as plain sums tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.planning.inventory_routing.outcome import TOLERANCE
from flowopt.planning.inventory_routing.requirements import needed

if TYPE_CHECKING:
    from flowopt.planning.inventory_routing.problem import InventoryRoutingProblem

Floats = npt.NDArray[np.float64]

MESSAGES = {
    "vehicle_too_small": "even a full vehicle in each period brings too little",
    "no_supply": "the depot has not come by enough for all customers by then",
    "fleet_too_small": "all vehicles full in each period bring too little for all customers",
    "not_found": "the search found no plan that avoids it; there may be one",
}
"""Reason → what it means. All but the last are proofs that some shortage cannot be avoided."""


def reasons(problem: InventoryRoutingProblem) -> npt.NDArray[np.str_]:
    """Return why each customer may be short in each period, (N, T); the first that is proven.

    Parameters
    ----------
    problem
        The problem.
    """
    least = needed(problem)
    alone, total = _most_alone(problem) < least, least.sum(axis=0)
    slack = TOLERANCE * np.maximum(1.0, total)
    supply = problem.available < total - slack
    room = problem.capacity * problem.num_vehicles * np.arange(1, len(total) + 1)
    fleet = room < total - slack
    why = np.full(problem.demand.shape, "not_found", dtype=object)
    why[:, fleet] = "fleet_too_small"
    why[:, supply] = "no_supply"
    why[alone] = "vehicle_too_small"
    return why.astype(np.str_)


def _most_alone(problem: InventoryRoutingProblem) -> Floats:
    """Return what each can have received by then, a vehicle in each period to itself, (N, T)."""
    customers, used = problem.customers, np.cumsum(problem.demand, axis=1)
    total, most = np.zeros(problem.demand.shape[0]), np.zeros(problem.demand.shape)
    for period in range(problem.demand.shape[1]):
        stock = customers["initial_stock"] + total - (used[:, period] - problem.demand[:, period])
        brought = np.minimum(problem.capacity, customers["max_stock"] - stock)
        total = total + np.maximum(brought, 0.0)
        most[:, period] = total
    return most + TOLERANCE * np.maximum(1.0, used)
