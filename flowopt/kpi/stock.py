"""The stock level: average stock weighted by time, days of supply, turns."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from flowopt.core.errors import Failures
from flowopt.core.ids import key_codes
from flowopt.core.tables import Columns
from flowopt.kpi.calendar import DAY, Calendar, Floats, Ints
from flowopt.kpi.history import History, one_word
from flowopt.kpi.indicator import Indicator, unknown
from flowopt.kpi.ratio import Trend, quotient
from flowopt.kpi.shipped import units_shipped

DAYS_OF_A_YEAR = 365.0


@dataclass(frozen=True, eq=False)
class _Spans:
    """(n,) stock that stayed the same from one count to the next."""

    start: Floats
    end: Floats
    on_hand: Floats
    value: Floats

    def unit_days(self, start: float, end: float, level: Floats) -> float:
        """Return the integral of `level` over the time from `start` to `end`."""
        shared = np.minimum(self.end, end) - np.maximum(self.start, start)
        return float((np.maximum(0.0, shared) * level).sum()) / DAY


def stock_level_of(history: History, failures: Failures) -> Indicator:
    """Return the stock level of validated records; see `flowopt.kpi.stock_level`."""
    if history.lacks("stock_snapshots"):
        return unknown("stock_level", "unit", "records", history.lacks("stock_snapshots"))
    stock = history["stock_snapshots"]
    unit = one_word("stock_snapshots", "unit", stock["unit"], failures, "mixed_units") or "unit"
    seen = history.happened(stock["at"])
    if not seen.any():
        return unknown("stock_level", unit, "records", "there is no count of stock")
    spans, late = _spans(history, stock, np.flatnonzero(seen))
    start, end = float(spans.start.min()), float(spans.end.max())
    notes = [f"{late} of the items were first counted later than others: 0 till then"] * bool(late)
    if end > start:
        integral, days = spans.unit_days(start, end, spans.on_hand), (end - start) / DAY
        breakdown = _breakdown(history, spans, start, end, failures)
    else:
        integral, days, breakdown = float(spans.on_hand.sum()), 1.0, {}
        notes.append("the stock of one moment: there is no second count, nor an as_of after it")
    return Indicator(
        key="stock_level",
        value=integral / days,
        unit=unit,
        source="records",
        numerator=integral,
        denominator=days,
        basis={"average": "over time", "from": history.calendar.show(start)}
        | {"to": history.calendar.show(end)}
        | history.basis,
        note="; ".join(notes),
        breakdown=breakdown,
        trend=_trend(spans, start, end, history.calendar),
    )


def _spans(history: History, stock: Columns, rows: Ints) -> tuple[_Spans, int]:
    """Return the spans between counts, and how many items were first counted late.

    The last count of an item holds until `as_of`, or until the last count of all.
    """
    series = key_codes(stock["site"][rows], stock["commodity"][rows])
    at = stock["at"][rows]
    in_time = np.lexsort((at, series))
    rows, series, at = rows[in_time], series[in_time], at[in_time]
    close = float(at.max()) if math.isnan(history.as_of) else history.as_of
    last_of_item = np.append(series[1:] != series[:-1], True)
    end = np.where(last_of_item, close, np.append(at[1:], close))
    first_of_item = np.append(True, last_of_item[:-1])
    late = int((at[first_of_item] > at.min()).sum())
    on_hand = stock["on_hand"][rows]
    return _Spans(at, end, on_hand, on_hand * stock["unit_value"][rows]), late


def _breakdown(
    history: History, spans: _Spans, start: float, end: float, failures: Failures
) -> dict[str, float]:
    """Return days of supply and turns, where shipments tell the use; and the stock's value."""
    days = (end - start) / DAY
    average = spans.unit_days(start, end, spans.on_hand) / days
    parts = {}
    shipped = units_shipped(history, failures)
    if shipped is not None:
        inside = (shipped.at >= start) & (shipped.at <= end)
        used_a_day = float(shipped.quantity[inside].sum()) / days
        parts["days_of_supply"] = quotient(average, used_a_day)
        parts["turns"] = quotient(used_a_day * DAYS_OF_A_YEAR, average)
    if not np.isnan(spans.value).any():
        parts["value"] = spans.unit_days(start, end, spans.value) / days
    return parts


def _trend(spans: _Spans, start: float, end: float, calendar: Calendar) -> Trend:
    first, last = calendar.periods(np.array([start, end])).tolist()
    numbers = np.arange(first, last + 1)
    bounds = calendar.start(np.arange(first, last + 2))
    trend = []
    for number, opens, closes in zip(numbers.tolist(), bounds[:-1], bounds[1:], strict=True):
        since, until = max(start, float(opens)), min(end, float(closes))
        if until > since:
            integral = spans.unit_days(since, until, spans.on_hand)
            trend.append((calendar.label(number), integral * DAY / (until - since)))
    return tuple(trend)
