"""A chart of the lanes that carry most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from flowopt.flow.check import lane_volume

if TYPE_CHECKING:
    from flowopt.flow.solution import FlowSolution

_MOST_BARS = 20
_MOST_ROOM = 1.5  # of the largest flow: the axis ends there, wherever a limit lies


def draw_flows(solution: FlowSolution, ax: Any = None) -> Any:
    """Draw the lanes that carry most, with their limits, and return the axes.

    Parameters
    ----------
    solution
        An answer that has values.
    ax
        Matplotlib axes to draw on; None makes new ones.
    """
    problem = solution.problem
    flow = lane_volume(problem, solution.flow)
    used = np.flatnonzero(flow)
    shown = used[np.argsort(-flow[used], kind="stable")][:_MOST_BARS][::-1]
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=(7.0, 1.2 + 0.3 * len(shown)), layout="constrained")
    rows = np.arange(len(shown))
    limit = problem.capacity[shown]
    finite = np.isfinite(limit)
    ax.barh(rows[finite], limit[finite], color="#dde3ea", label="capacity")
    ax.barh(rows, flow[shown], height=0.5, color="#1f6f8b", label="flow")
    ax.set_xlim(0.0, _MOST_ROOM * flow.max(initial=0.0) or 1.0)
    ax.set_yticks(rows, [problem.lane_name(lane) for lane in shown])
    ax.set_xlabel("units per period")
    ax.set_title(f"The {len(shown)} busiest of {len(used)} lanes in use")
    if finite.any():
        ax.legend(loc="lower right", frameon=False)
    return ax
