"""What each customer must, and may, have received by when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from flowopt.planning.inventory_routing.problem import InventoryRoutingProblem

Floats = npt.NDArray[np.float64]


def needed(problem: InventoryRoutingProblem) -> Floats:
    """Return what each must have received in all by the end of each period, (N, T).

    Parameters
    ----------
    problem
        The problem.
    """
    customers = problem.customers
    spare = customers["initial_stock"] - customers["min_stock"]
    total = np.cumsum(problem.demand, axis=1) - spare[:, None]
    least: Floats = np.maximum.accumulate(np.maximum(total, 0.0), axis=1)
    return least


def most_received(problem: InventoryRoutingProblem) -> Floats:
    """Return the most that each may have received in all when a period's visit has come, (N, T).

    Parameters
    ----------
    problem
        The problem.
    """
    customers = problem.customers
    room = customers["max_stock"] - customers["initial_stock"]
    before = np.cumsum(problem.demand, axis=1) - problem.demand
    most: Floats = np.maximum(room[:, None] + before, 0.0)
    return most


def whole_numbers(problem: InventoryRoutingProblem) -> bool:
    """Return whether all quantities of a problem are whole numbers, so that deliveries are, too.

    Parameters
    ----------
    problem
        The problem.
    """
    customers = problem.customers
    columns = [customers[name] for name in ("initial_stock", "min_stock", "max_stock")]
    figures = np.concatenate([*columns, problem.demand.ravel()])
    figures = figures[np.isfinite(figures)]
    return bool((figures % 1.0 == 0).all())
