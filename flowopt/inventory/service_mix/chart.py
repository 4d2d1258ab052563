"""The charts of a service mix: its items, and what service costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from flowopt.inventory.service_mix.pareto import ServiceCurve
    from flowopt.inventory.service_mix.solution import ServiceMixSolution

_LARGEST_DOT, _SMALLEST_DOT = 200.0, 4.0


def draw_mix(solution: ServiceMixSolution, ax: Any = None) -> Any:
    """Draw the fill rate of each item against the value of a unit; return the axes.

    Parameters
    ----------
    solution
        An answer that has values.
    ax
        Matplotlib axes to draw on; None makes a figure.
    """
    solution.require_solution()
    items = solution.problem.items
    rows = np.flatnonzero(items["demand_mean"] > 0)
    ax = _axes(ax)
    value = solution.stock_value[rows]
    size = _LARGEST_DOT * value / max(float(value.max(initial=0.0)), 1e-300)
    ax.scatter(
        items["unit_cost"][rows],
        solution.expected_fill_rate[rows],
        s=np.maximum(size, _SMALLEST_DOT),
        color="#1f6f8b",
        alpha=0.5,
    )
    ax.axhline(solution.problem.fill_rate, color="#e45756", linewidth=1, label="target of all")
    if (items["unit_cost"][rows] > 0).all() and len(rows):
        ax.set_xscale("log")
    ax.set_xlabel("value of a unit")
    ax.set_ylabel("fill rate")
    ax.set_title("Each item, as large as the value of its stock")
    ax.legend(fontsize="small", loc="lower left")
    return ax


def draw_curve(curve: ServiceCurve, ax: Any = None) -> Any:
    """Draw the value of stock against service; return the axes.

    Parameters
    ----------
    curve
        What `ServiceMixProblem.pareto` returned.
    ax
        Matplotlib axes to draw on; None makes a figure.
    """
    ax = _axes(ax)
    columns = curve.columns()
    ax.plot(columns["fill_rate"], columns["cost"], "o-", color="#1f6f8b", label="mix")
    ax.plot(
        columns["target"],
        columns["uniform_cost"],
        "--",
        color="#b07aa1",
        label="one target for all",
    )
    ax.set_xlabel("fill rate of all items")
    ax.set_ylabel("value of the average stock")
    ax.set_title("What service costs")
    ax.legend(fontsize="small", loc="upper left")
    return ax


def _axes(ax: Any) -> Any:
    if ax is not None:
        return ax
    from matplotlib.figure import Figure

    return Figure(figsize=(7, 4.5), layout="constrained").subplots()
