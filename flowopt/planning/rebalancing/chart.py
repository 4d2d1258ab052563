"""The chart of a rebalancing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from flowopt.planning.rebalancing.solution import RebalancingSolution


def plot_balance(solution: RebalancingSolution, ax: Any = None, most: int = 24) -> Any:
    """Draw stock before and after, and the targets, where most is given or received.

    Parameters
    ----------
    solution
        The answer to be drawn.
    ax
        Matplotlib axes to draw on; None makes a figure.
    most
        Number of rows of the stock to show.

    Returns
    -------
    matplotlib.axes.Axes
        The axes.
    """
    now, stock = solution.balance, solution.problem.stock
    moved = now.given + now.received
    rows = np.argsort(-moved, kind="stable")[:most][::-1]
    if ax is None:
        from matplotlib.figure import Figure

        ax = Figure(figsize=(8, 1.2 + 0.32 * max(len(rows), 3)), layout="constrained").subplots()
    place = np.arange(len(rows))
    ax.barh(place + 0.2, stock["on_hand"][rows], height=0.38, color="#c9ced6", label="before")
    ax.barh(place - 0.2, now.after[rows], height=0.38, color="#4c78a8", label="after")
    ax.plot(stock["target"][rows], place, "|", color="black", markersize=14, label="target")
    ax.set_yticks(place, [solution.stock_name(row) for row in rows.tolist()])
    ax.set_xlabel("units")
    ax.legend()
    return ax
