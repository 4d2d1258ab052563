"""Charts of designs: what goes through the open sites, and cost against another measure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from flowopt.flow.design.states import FREE, OPEN

if TYPE_CHECKING:
    from flowopt.flow.design.pareto import ParetoFront
    from flowopt.flow.design.solution import DesignSolution

_MOST_BARS = 20
_AXES = {"distance": "mean distance to demand, km", "emissions": "emissions, kg CO2e"}


def draw_sites(solution: DesignSolution, ax: Any = None) -> Any:
    """Draw what goes through the sites that are open, with their capacity; return the axes.

    Parameters
    ----------
    solution
        An answer that has values.
    ax
        Matplotlib axes to draw on; None makes new ones.
    """
    sites = solution.tables()["sites"]
    running = np.flatnonzero(sites["open"] & (sites["throughput"] > 0))
    decided = running[np.isin(solution.problem.site_states[running], (FREE, OPEN))]
    shown = decided if len(decided) else running
    shown = shown[np.argsort(-sites["throughput"][shown], kind="stable")][:_MOST_BARS][::-1]
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=(7.0, 1.2 + 0.3 * len(shown)), layout="constrained")
    rows, through = np.arange(len(shown)), sites["throughput"][shown]
    capacity = sites["capacity"][shown]
    finite = np.isfinite(capacity)
    ax.barh(rows[finite], capacity[finite], color="#dde3ea", label="capacity")
    ax.barh(rows, through, height=0.5, color="#1f6f8b", label="throughput")
    ax.set_xlim(0.0, 1.5 * through.max(initial=0.0) or 1.0)
    ax.set_yticks(rows, [str(name) for name in sites["site"][shown]])
    ax.set_xlabel("units per period")
    ax.set_title(f"What goes through {len(shown)} open sites")
    if finite.any():
        ax.legend(loc="lower right", frameon=False)
    return ax


def draw_front(front: ParetoFront, ax: Any = None) -> Any:
    """Draw cost against the other measure, one point a design; return the axes.

    Parameters
    ----------
    front
        What `DesignProblem.pareto` returned.
    ax
        Matplotlib axes to draw on; None makes new ones.
    """
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=(6.0, 4.0), layout="constrained")
    columns = front.columns()
    ax.plot(columns[front.measure], columns["cost"], "o-", color="#1f6f8b")
    for row, count in enumerate(columns["sites_open"].tolist()):
        point = (columns[front.measure][row], columns["cost"][row])
        ax.annotate(str(count), point, xytext=(4, 4), textcoords="offset points", fontsize=8)
    ax.set_xlabel(_AXES[front.measure])
    ax.set_ylabel("cost")
    ax.set_title("Each point a design, with its number of open sites")
    return ax
