"""What is to be expected of stock: item by item, period by period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.tables import make_frame
from flowopt.inventory.distributions import Floats, Rows
from flowopt.inventory.outlook.reading import Inputs
from flowopt.inventory.outlook.risk import Risk

Mask = npt.NDArray[np.bool_]


class EarlyWarning(StrEnum):
    """What a planner should act on."""

    OUT_OF_STOCK = "out_of_stock"
    """Nothing is available now, and there is demand."""
    RUNS_OUT = "runs_out"
    """It is likely to run out before its next receipt: with the probability `alarm`, or more."""
    SHORT_LATER = "short_later"
    """It is likely to be short in a period after its next receipt."""
    PEAK = "peak"
    """A period's demand is `peak` times the usual, or more."""
    OVERDUE = "overdue_receipt"
    """An open order should have arrived before the first period."""
    NO_FORECAST = "no_forecast"
    """Nothing is known of its demand: nothing is said (NaN)."""


@dataclass(frozen=True, eq=False, repr=False)
class StockOutlook:
    """What is to be expected of stock over the horizon; made by `stock_outlook`.

    Parameters
    ----------
    inputs
        What it was computed from.
    risk
        Expected stock, chances of a stock-out and units short, (n, T).
    alarm
        Probability from which on a stock-out is warned of.
    peak
        Multiple of usual demand from which on a period is a peak.

    Examples
    --------
    >>> from flowopt.inventory import stock_outlook
    >>> demand = {"unique_id": ["bolt"] * 3, "ds": [1, 2, 3], "y": [10, 10, 30], "sd": [3, 3, 6]}
    >>> outlook = stock_outlook({"item": ["bolt"], "on_hand": [45]}, demand)
    >>> outlook
    <StockOutlook items=1, periods=3, expected_short=6.03868, runs_out=1, peak=1>
    >>> outlook.to_frame("periods")[["ds", "expected_stock", "stockout_probability"]].round(3)
       ds  expected_stock  stockout_probability
    0   1            35.0                 0.000
    1   2            25.0                 0.000
    2   3            -5.0                 0.724
    """

    inputs: Inputs
    risk: Risk
    alarm: float
    peak: float

    @property
    def num_items(self) -> int:
        """Number of items."""
        return self.inputs.stock.num_rows

    @property
    def num_periods(self) -> int:
        """Number of periods."""
        return len(self.inputs.periods)

    @cached_property
    def next_receipt(self) -> Rows:
        """(n,) place of the period of the next receipt; the number of periods when there is none.

        What arrives in the first period is there before its demand: the receipt after it counts.
        """
        later = self.inputs.receipts > 0
        later[:, :1] = False
        return np.where(later.any(axis=1), later.argmax(axis=1), self.num_periods)

    @cached_property
    def forecast(self) -> Mask:
        """(n,) whether the demand of every period is known."""
        return np.asarray(~np.isnan(self.risk.probability).any(axis=1))

    @cached_property
    def run_out_probability(self) -> Floats:
        """(n,) chance of running out before the next receipt; without one, over the horizon."""
        last = np.maximum(self.next_receipt - 1, 0)
        return self.risk.probability[np.arange(self.num_items), last]

    @property
    def expected_short(self) -> Floats:
        """(n,) units short on arrival over the horizon, expected."""
        return np.asarray(self.risk.short.sum(axis=1))

    @property
    def expected_short_before_receipt(self) -> Floats:
        """(n,) units short on arrival before the next receipt, expected."""
        before = np.arange(self.num_periods) < self.next_receipt[:, None]
        return np.asarray((self.risk.short * before).sum(axis=1))

    @property
    def expected_stockout_periods(self) -> Floats:
        """(n,) number of periods that end with a stock-out, expected."""
        return np.asarray(self.risk.probability.sum(axis=1))

    @cached_property
    def cover(self) -> Floats:
        """(n,) periods that stock lasts under expected demand, receipts left aside; inf: all."""
        level = np.maximum(self.inputs.available, 0.0)
        total = np.cumsum(self.inputs.mean, axis=1)
        gone = total > level[:, None]
        period = np.where(gone.any(axis=1), gone.argmax(axis=1), 0)
        rows = np.arange(self.num_items)
        before = total[rows, period] - self.inputs.mean[rows, period]
        use = np.where(self.inputs.mean[rows, period] > 0, self.inputs.mean[rows, period], 1.0)
        lasting = np.where(gone.any(axis=1), period + (level - before) / use, np.inf)
        return np.where(self.forecast, lasting, np.nan)

    @cached_property
    def peaks(self) -> Mask:
        """(n, T) whether a period's demand is a peak."""
        mean = self.inputs.mean
        usual = self.inputs.stock["usual_demand"]
        usual = np.where(np.isnan(usual), mean.mean(axis=1), usual)
        return np.asarray((mean >= self.peak * usual[:, None]) & (mean > 0))

    @cached_property
    def warnings(self) -> npt.NDArray[np.str_]:
        """(n,) see `EarlyWarning`, with ``;`` between."""
        after = np.arange(self.num_periods) >= self.next_receipt[:, None]
        some = (self.inputs.mean > 0).any(axis=1)
        likely = self.risk.probability >= self.alarm
        found = {
            EarlyWarning.OUT_OF_STOCK: some & (self.inputs.available <= 0),
            EarlyWarning.RUNS_OUT: self.run_out_probability >= self.alarm,
            EarlyWarning.SHORT_LATER: (likely & after).any(axis=1),
            EarlyWarning.PEAK: self.peaks.any(axis=1),
            EarlyWarning.OVERDUE: self.inputs.overdue,
            EarlyWarning.NO_FORECAST: ~self.forecast,
        }
        texts = np.full(self.num_items, "", dtype=object)
        for warning, rows in found.items():
            before = np.where(texts[rows] == "", "", ";").astype(object)
            texts[rows] = texts[rows] + before + str(warning)
        return texts.astype(np.str_)

    # ---- ways out

    def tables(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the tables ``items``, the most urgent first, ``periods`` and ``peaks``."""
        return {"items": self._items(), "periods": self._periods(), "peaks": self._peaks()}

    def _items(self) -> dict[str, Any]:
        names = self.inputs.stock
        columns = {
            "item": names["item"],
            "site": names["site"],
            "available": self.inputs.available,
            "cover": self.cover,
            "next_receipt": self._label_or_none(self.next_receipt),
            "run_out_probability": self.run_out_probability,
            "short_before_receipt": self.expected_short_before_receipt,
            "expected_short": self.expected_short,
            "stockout_periods": self.expected_stockout_periods,
            "warnings": self.warnings,
        }
        short = np.nan_to_num(self.expected_short)
        order = np.lexsort((-short, -np.nan_to_num(self.run_out_probability)))
        return {name: np.asarray(values)[order] for name, values in columns.items()}

    def _label_or_none(self, places: Rows) -> npt.NDArray[Any]:
        """Return the labels of periods; an empty date or NaN for the one after the last."""
        labels = self.inputs.periods
        nothing = np.array([np.nan])
        if labels.dtype.kind == "M":
            nothing = np.array(["NaT"], dtype=labels.dtype)
        return np.concatenate([labels, nothing])[places]

    def _periods(self) -> dict[str, Any]:
        count = self.num_periods
        return {
            "item": np.repeat(self.inputs.stock["item"], count),
            "site": np.repeat(self.inputs.stock["site"], count),
            "ds": np.tile(self.inputs.periods, self.num_items),
            "receipts": self.inputs.receipts.reshape(-1),
            "demand": self.inputs.mean.reshape(-1),
            "expected_stock": self.risk.stock.reshape(-1),
            "stockout_probability": self.risk.probability.reshape(-1),
            "expected_short": self.risk.short.reshape(-1),
        }

    def _peaks(self) -> dict[str, Any]:
        rows, periods = np.nonzero(self.peaks)
        usual = self.inputs.stock["usual_demand"]
        usual = np.where(np.isnan(usual), self.inputs.mean.mean(axis=1), usual)[rows]
        demand = self.inputs.mean[rows, periods]
        return {
            "item": self.inputs.stock["item"][rows],
            "site": self.inputs.stock["site"][rows],
            "ds": self.inputs.periods[periods],
            "demand": demand,
            "times_usual": demand / np.where(usual > 0, usual, np.nan),
            "stockout_probability": self.risk.probability[rows, periods],
        }

    def to_frame(self, name: str = "items") -> Any:
        """Return a table as a frame of the library that stock came in.

        Parameters
        ----------
        name
            ``"items"``, ``"periods"`` or ``"peaks"``.
        """
        tables = self.tables()
        if name not in tables:
            raise KeyError(f"no table {name!r}; there are {', '.join(tables)}")
        return make_frame(tables[name], self.inputs.stock.backend)

    def summary(self) -> dict[str, Any]:
        """Return the headline figures: name → value."""
        figures: dict[str, Any] = {
            "items": self.num_items,
            "periods": self.num_periods,
            "expected_short": float(np.nansum(self.expected_short)),
        }
        for warning in EarlyWarning:
            count = sum(str(warning) in text.split(";") for text in self.warnings.tolist())
            if count:
                figures[str(warning)] = count
        return figures

    def __repr__(self) -> str:
        figures = ", ".join(f"{name}={_shown(value)}" for name, value in self.summary().items())
        return f"<StockOutlook {figures}>"

    def plot(self, item: Any, ax: Any = None) -> Any:
        """Draw the expected stock of one item, and the chance of a stock-out.

        Parameters
        ----------
        item
            Its id, or (id, site).
        ax
            Matplotlib axes to draw on; None makes a figure.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        from flowopt.inventory.outlook.chart import plot_outlook

        return plot_outlook(self, item, ax)


def _shown(value: Any) -> str:
    return f"{value:,.6g}" if isinstance(value, float) else str(value)
