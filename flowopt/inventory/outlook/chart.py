"""Draws the outlook of one item."""

from __future__ import annotations

from typing import Any

from flowopt.core.ids import row_of
from flowopt.inventory.outlook.result import StockOutlook


def plot_outlook(outlook: StockOutlook, item: Any, ax: Any = None) -> Any:
    """Draw one item; see `StockOutlook.plot`."""
    stock = outlook.inputs.stock
    row = row_of(item, stock["item"], stock["site"])
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots()
    periods = outlook.inputs.periods
    ax.bar(periods, outlook.inputs.receipts[row], color="C2", alpha=0.5, label="receipts")
    ax.plot(periods, outlook.risk.stock[row], marker="o", label="expected stock")
    ax.axhline(0, color="black", linewidth=0.8)
    ax.set_ylabel("units")
    ax.set_title(str(item))
    chance = ax.twinx()
    chance.plot(periods, outlook.risk.probability[row], color="C3", linestyle="--")
    chance.set_ylim(0, 1)
    chance.set_ylabel("chance of a stock-out (dashed)")
    ax.legend()
    return ax
