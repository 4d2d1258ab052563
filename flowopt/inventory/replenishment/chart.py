"""The chart of a replenishment solution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from flowopt.inventory.replenishment.solution import ReplenishmentSolution


def plot_orders(solution: ReplenishmentSolution, ax: Any = None, most: int = 30) -> Any:
    """Draw each item's inventory position, today's order on top, and the level it aims at.

    Parameters
    ----------
    solution
        The answer to be drawn.
    ax
        Matplotlib axes to draw on; None makes a figure.
    most
        Number of items to show: those with the largest orders, then the most stock.

    Returns
    -------
    matplotlib.axes.Axes
        The axes.
    """
    rows = _largest(solution, most)
    if ax is None:
        from matplotlib.figure import Figure

        ax = Figure(figsize=(8, 1.2 + 0.28 * max(len(rows), 3)), layout="constrained").subplots()
    position, order = solution.problem.inventory_position[rows], solution.order[rows]
    place = np.arange(len(rows))
    held, owed = np.maximum(position, 0), np.minimum(position, 0)
    ax.barh(place, held, color="#4c78a8", label="on hand and on order")
    ax.barh(place, order, left=position, color="#f2b06c", label="order today")
    if (owed < 0).any():
        ax.barh(place, owed, height=0.3, color="#e45756", label="owed to customers")
    level = _levels(solution)[rows]
    ax.plot(level, place, "|", color="black", markersize=12, label="order-up-to or reorder level")
    ax.set_yticks(place, _labels(solution, rows))
    ax.invert_yaxis()
    ax.set_xlabel("units")
    ax.set_title(f"Stock and orders: {len(rows)} of {solution.problem.num_items} items")
    ax.legend(fontsize="small", loc="lower right")
    return ax


def _largest(solution: ReplenishmentSolution, most: int) -> Any:
    """Return the rows with the largest orders, those with the most stock next."""
    stock = np.nan_to_num(solution.average_stock)
    return np.lexsort((-stock, -solution.order))[:most]


def _levels(solution: ReplenishmentSolution) -> Any:
    level = solution.order_up_to_level
    return np.where(np.isnan(level), solution.reorder_point, level)


def _labels(solution: ReplenishmentSolution, rows: Any) -> list[str]:
    items = solution.problem.items
    pairs = zip(items["item"][rows].tolist(), items["site"][rows].tolist(), strict=True)
    return [f"{item} · {site}" if site != "" else str(item) for item, site in pairs]
