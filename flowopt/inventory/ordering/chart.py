"""The chart of orders under shared limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from flowopt.inventory.ordering.solution import OrderSolution


def plot_orders(solution: OrderSolution, ax: Any = None, most: int = 30) -> Any:
    """Draw orders beside what would be ordered without limits; return the axes.

    Parameters
    ----------
    solution
        The answer to be drawn.
    ax
        Matplotlib axes to draw on; None makes a figure.
    most
        Number of items to show: those that would be ordered for the most money.
    """
    items = solution.problem.items
    worth = solution.wanted * items["unit_cost"]
    rows = np.lexsort((-solution.wanted, -worth))[:most]
    if ax is None:
        from matplotlib.figure import Figure

        ax = Figure(figsize=(8, 1.2 + 0.28 * max(len(rows), 3)), layout="constrained").subplots()
    place = np.arange(len(rows))
    ax.barh(place, solution.wanted[rows], color="#dde3ea", label="without shared limits")
    ax.barh(place, solution.quantity[rows], height=0.5, color="#f2b06c", label="order")
    pairs = zip(items["item"][rows].tolist(), items["site"][rows].tolist(), strict=True)
    ax.set_yticks(place, [f"{item} · {site}" if site != "" else str(item) for item, site in pairs])
    ax.invert_yaxis()
    ax.set_xlabel("units")
    ax.set_title(f"Orders: {len(rows)} of {solution.problem.num_items} items")
    ax.legend(fontsize="small", loc="lower right")
    return ax
