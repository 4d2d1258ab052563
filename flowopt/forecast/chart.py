"""Draws the history and the forecast of one item."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowopt.core.ids import row_of
from flowopt.forecast.result import DemandForecast


def plot_forecast(forecast: DemandForecast, item: Any, ax: Any = None) -> Any:
    """Draw one item; see `DemandForecast.plot`."""
    row = row_of(item, forecast.items, forecast.sites)
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots()
    calendar, end = forecast.calendar, forecast.start
    if forecast.past is not None:
        past = forecast.past.history[item]
        ax.bar(calendar.labels(end - len(past) + np.arange(len(past))), past, label="demand")
    ahead = calendar.labels(end + np.arange(forecast.horizon))
    mean, sd = forecast.mean[row], forecast.sd[row]
    (line,) = ax.plot(ahead, mean, marker="o", color="C1", label="forecast")
    low = np.maximum(mean - sd, 0.0)
    ax.fill_between(ahead, low, mean + sd, color=line.get_color(), alpha=0.2, label="± 1 sd")
    ax.set_title(str(item))
    ax.set_ylabel("units per period")
    ax.legend()
    return ax
