"""A chart of demand, supply and stock from period to period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from flowopt.flow.over_time.solution import FlowOverTimeSolution

_MOST_LABELS = 26


def draw_periods(solution: FlowOverTimeSolution, ax: Any = None) -> Any:
    """Draw the stock of all sites as bars, demand and what is delivered as lines.

    Parameters
    ----------
    solution
        An answer that has values.
    ax
        Matplotlib axes to draw on; None makes new ones.
    """
    network = solution.problem.expanded
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=(7.0, 3.6), layout="constrained")
    periods = np.arange(network.num_periods)
    demand = network.demand.sum(axis=0)
    ax.bar(periods, solution.stock.sum(axis=0), color="#dde3ea", label="stock at the end")
    ax.step(periods, demand, where="mid", color="#c0504d", label="demand")
    delivered = demand - solution.unmet.sum(axis=0)
    ax.step(periods, delivered, where="mid", color="#1f6f8b", label="delivered")
    shown = periods[:: -(-len(periods) // _MOST_LABELS)]
    ax.set_xticks(shown, [str(name) for name in network.period_id[shown].tolist()])
    ax.set_xlabel("period")
    ax.set_ylabel("units")
    ax.legend(frameon=False)
    return ax
