"""The chart of a serial system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from flowopt.core.tables import positions

if TYPE_CHECKING:
    from flowopt.inventory.echelon.serial.solution import SerialSystemSolution


def plot_stages(solution: SerialSystemSolution, ax: Any = None, system: Any = None) -> Any:
    """Draw the mean stock at, and on the way to, each stage of a system.

    Parameters
    ----------
    solution
        The answer to be drawn.
    ax
        Matplotlib axes to draw on; None makes a figure.
    system
        Id of the system; None takes the first.

    Returns
    -------
    matplotlib.axes.Axes
        The axes.
    """
    problem, found = solution.problem, solution.performance
    ids = problem.systems["system"]
    chosen = 0 if system is None else int(positions([system], ids)[0])
    if chosen < 0:
        raise KeyError(f"no system {system!r}")
    rows = np.flatnonzero(problem.system_of == chosen)
    if ax is None:
        from matplotlib.figure import Figure

        ax = Figure(figsize=(1.5 + 0.9 * len(rows), 4), layout="constrained").subplots()
    place = np.arange(len(rows))
    ax.bar(place, found.in_transit[rows], color="#f2b06c", label="on the way")
    ax.bar(
        *(place, found.mean_stock[rows]),
        bottom=found.in_transit[rows],
        color="#4c78a8",
        label="on hand",
    )
    ax.set_xticks(place, [str(name) for name in problem.stages["stage"][rows]])
    ax.set_ylabel("mean units")
    ax.set_title(f"System {ids[chosen]}: from the source to the customers")
    ax.legend()
    return ax
