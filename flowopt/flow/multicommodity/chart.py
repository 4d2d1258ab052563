"""A chart of the lanes whose capacity costs most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from flowopt.flow.multicommodity.solution import MultiCommoditySolution

_MOST_BARS = 20


def draw_lanes(solution: MultiCommoditySolution, ax: Any = None) -> Any:
    """Draw the lanes whose capacity costs most, else those that carry most; return the axes.

    Parameters
    ----------
    solution
        An answer that has values.
    ax
        Matplotlib axes to draw on; None makes new ones.
    """
    problem, used, price = solution.problem, solution.lane_flow, solution.lane_prices
    order = np.lexsort((-used, -price))
    shown = order[used[order] > 0][:_MOST_BARS][::-1]
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=(7.0, 1.2 + 0.3 * len(shown)), layout="constrained")
    rows = np.arange(len(shown))
    limit = problem.capacity[shown]
    finite = np.isfinite(limit)
    ax.barh(rows[finite], limit[finite], color="#dde3ea", label="capacity")
    ax.barh(rows, used[shown], height=0.5, color="#1f6f8b", label="used")
    for row, lane in enumerate(shown.tolist()):
        if price[lane] > 0:
            ax.annotate(f" +{price[lane]:.4g} a unit", (used[lane], row), va="center", size=8)
    ax.set_yticks(rows, [problem.lane_name(lane) for lane in shown.tolist()])
    ax.set_xlabel("joint capacity per period")
    full = int((price > 0).sum())
    ax.set_title(f"{len(shown)} lanes; the capacity of {full} costs money")
    if finite.any():
        ax.legend(loc="lower right", frameon=False)
    return ax
