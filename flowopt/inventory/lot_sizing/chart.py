"""The chart of a plan of lots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from flowopt.inventory.lot_sizing import check

if TYPE_CHECKING:
    from flowopt.inventory.lot_sizing.solution import LotSizingSolution


def draw_load(solution: LotSizingSolution, ax: Any = None) -> Any:
    """Draw the load of resources, or what is made in each period; return the axes.

    Parameters
    ----------
    solution
        An answer that has values.
    ax
        Matplotlib axes to draw on; None makes new ones.
    """
    solution.require_solution()
    assert solution.values is not None
    problem = solution.problem
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=(7.0, 3.5), layout="constrained")
    limited = bool(len(problem.resource_id))
    series = check.load(problem, solution.values) if limited else solution.quantity
    names = problem.resource_id if limited else problem.item_id
    places = np.arange(problem.shape[1])
    width = 0.8 / max(1, len(series))
    for row, values in enumerate(series):
        left = places - 0.4 + (row + 0.5) * width
        bars = ax.bar(left, values, width, label=str(names[row]))
        if limited:
            capacity = np.where(np.isfinite(problem.capacity[row]), problem.capacity[row], np.nan)
            color = bars.patches[0].get_facecolor()
            ax.step(places, capacity, where="mid", color=color, linestyle="--")
    ax.set_xticks(places, [str(name) for name in problem.period_id])
    ax.set_xlabel("period")
    ax.set_ylabel("time" if limited else "units")
    ax.set_title("Load of the resources (dashed: capacity)" if limited else "What is made")
    if len(series) <= 10:
        ax.legend(frameon=False)
    return ax
