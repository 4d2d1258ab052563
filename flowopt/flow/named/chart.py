"""A chart of the largest amounts of an answer."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowopt.flow.named.base import FloatArray

_MOST_BARS = 20


def draw_bars(labels: list[str], amounts: FloatArray, what: str, ax: Any = None) -> Any:
    """Draw the largest amounts as bars, and return the axes.

    Parameters
    ----------
    labels
        Names of the bars.
    amounts
        (n,) lengths of the bars.
    what
        What they measure.
    ax
        Matplotlib axes to draw on; None makes new ones.
    """
    used = np.flatnonzero(amounts)
    shown = used[np.argsort(-np.abs(amounts[used]), kind="stable")][:_MOST_BARS][::-1]
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=(7.0, 1.2 + 0.3 * len(shown)), layout="constrained")
    rows = np.arange(len(shown))
    ax.barh(rows, amounts[shown], height=0.6, color="#1f6f8b")
    ax.set_yticks(rows, [labels[place] for place in shown])
    ax.set_xlabel(what)
    ax.set_title(f"The {len(shown)} largest of {len(used)}")
    return ax
