"""The chart of a safety-stock solution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from flowopt.inventory.safety_stock.solution import SafetyStockSolution


def draw_stages(solution: SafetyStockSolution, ax: Any = None, most: int = 30) -> Any:
    """Draw what the safety stock of each stage costs, the dearest on top.

    Parameters
    ----------
    solution
        The answer to be drawn.
    ax
        Matplotlib axes to draw on; None makes a figure.
    most
        Number of stages to show.

    Returns
    -------
    matplotlib.axes.Axes
        The axes.
    """
    cost, problem = solution.holding_cost, solution.problem
    rows = np.argsort(-cost, kind="stable")[:most]
    if ax is None:
        from matplotlib.figure import Figure

        ax = Figure(figsize=(8, 1.2 + 0.28 * max(len(rows), 3)), layout="constrained").subplots()
    places = np.arange(len(rows))
    ax.barh(places, cost[rows], color="#4c78a8")
    for place, row in zip(places.tolist(), rows.tolist(), strict=True):
        net = solution.net_replenishment_time[row]
        ax.annotate(f" {net:.4g} periods", (cost[row], place), va="center", fontsize="small")
    ax.set_yticks(places, [str(name) for name in problem.stages["stage"][rows].tolist()])
    ax.invert_yaxis()
    ax.margins(x=0.15)
    ax.set_xlabel("cost of holding safety stock; beside it the time that it covers")
    ax.set_title(f"Safety stock: {len(rows)} of {problem.num_stages} stages")
    return ax
