"""The chart of a simulation: stock over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from flowopt.core.errors import Failures

if TYPE_CHECKING:
    from flowopt.inventory.simulation.result import Simulation


def plot_stock(simulation: Simulation, ax: Any = None, item: int = 0, most: int = 200) -> Any:
    """Draw net stock and inventory position of one item, period by period.

    Parameters
    ----------
    simulation
        What was played.
    ax
        Matplotlib axes to draw on; None makes a figure.
    item
        The row of the item.
    most
        Number of periods to show, the first that count.

    Returns
    -------
    matplotlib.axes.Axes
        The axes.
    """
    if not hasattr(item, "__index__") or not 0 <= item < simulation.num_items:
        failures, fix = Failures(), f"give the row of an item, 0 to {simulation.num_items - 1}"
        failures.add("plot", "item", None, item, "out_of_range", "is no row", fix)
        failures.raise_if_any()
    if ax is None:
        from matplotlib.figure import Figure

        ax = Figure(figsize=(9, 3.6), layout="constrained").subplots()
    setup = simulation.setup
    first = int(setup.warm[item])
    last = min(first + most, int(setup.last[item]))
    _, net, position, order = setup.trace(item)[first:last].T
    period = np.arange(first, last)
    ax.fill_between(period, np.maximum(net, 0), step="post", color="#4c78a8", label="on hand")
    if (net < 0).any():
        owed = np.minimum(net, 0)
        ax.fill_between(period, owed, step="post", color="#e45756", label="owed to customers")
    ax.step(period, position, where="post", color="black", linewidth=0.8, label="position")
    placed = order > 0
    ax.plot(period[placed], position[placed], "^", color="#f2b06c", markersize=4, label="order")
    ax.set_xlabel("period")
    ax.set_ylabel("units")
    fill = simulation.fill_rate[item]
    ax.set_title(f"{_name(simulation, item)}: fill rate {fill:.1%}" if fill == fill else "")
    ax.legend(fontsize="small", loc="upper right")
    return ax


def _name(simulation: Simulation, item: int) -> str:
    words = [str(column[item]) for column in simulation.names.values()]
    return " · ".join(word for word in words if word) or f"item {item}"
