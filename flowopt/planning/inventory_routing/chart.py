"""The chart of an inventory routing plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from flowopt.planning.inventory_routing.solution import InventoryRoutingSolution


def plot_stock(solution: InventoryRoutingSolution, ax: Any = None) -> Any:
    """Draw what is brought in each period, and the stock of all customers and of the depot.

    Parameters
    ----------
    solution
        The answer to be drawn.
    ax
        Matplotlib axes to draw on; None makes a figure.

    Returns
    -------
    matplotlib.axes.Axes
        The axes.
    """
    problem, now = solution.problem, solution.levels
    if ax is None:
        from matplotlib.figure import Figure

        ax = Figure(figsize=(8, 4), layout="constrained").subplots()
    place = np.arange(len(problem.period_id))
    ax.bar(place, now.delivered.sum(axis=0), width=0.5, color="#c9ced6", label="brought")
    ax.plot(place, now.customers.sum(axis=0), "o-", color="#4c78a8", label="stock of customers")
    if np.isfinite(now.depot).all():
        ax.plot(place, now.depot, "s-", color="#f58518", label="stock of the depot")
    ax.set_xticks(place, [str(name) for name in problem.period_id.tolist()])
    ax.set_xlabel("period")
    ax.set_ylabel("units")
    ax.legend()
    return ax
