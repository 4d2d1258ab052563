"""The delivery lead time: from the order to its last delivery."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flowopt.core.errors import Failures
from flowopt.core.ids import key_codes
from flowopt.kpi.calendar import DAY, Floats, Ints
from flowopt.kpi.fulfilment import reaches
from flowopt.kpi.history import History, Mask, days_between, one_word
from flowopt.kpi.indicator import Indicator, unknown
from flowopt.kpi.ratio import quotient, ratio
from flowopt.kpi.rule import Level

PERCENTILES = (50, 90, 95)


@dataclass(frozen=True, eq=False)
class _Times:
    """(n,) what was ordered and delivered: orders, lines or parts of lines, with a weight."""

    ordered_at: Floats
    delivered_at: Floats
    dwell: Floats  # days
    weight: Floats

    def where(self, mask: Mask) -> _Times:
        return _Times(*(column[mask] for column in vars(self).values()))


def delivery_lead_time_of(history: History, level: Level, failures: Failures) -> Indicator:
    """Return the lead time of validated records; see `flowopt.kpi.delivery_lead_time`."""
    lacking = history.lacks("order_lines", "deliveries")
    if lacking:
        return unknown("delivery_lead_time", "days", "records", lacking)
    if level == "unit":
        used = history["order_lines"]["unit"][history.delivery_line]
        one_word("order_lines", "unit", used, failures, "mixed_units")
    times = _unit_times(history) if level == "unit" else _line_times(history)
    if level == "order":
        times = _order_times(history, times)
    delivered = ~np.isnan(times.delivered_at)
    dated = delivered & ~np.isnan(times.ordered_at)
    undated = int((delivered & ~dated).sum())
    times = times.where(dated)
    days = days_between(times.ordered_at, times.delivered_at)
    periods = history.calendar.periods(times.delivered_at)
    mean = ratio(days * times.weight, times.weight, periods, history.calendar)
    notes = [f"{undated} delivered without an order date"] if undated else []
    notes += [] if mean.denominator else [f"no {level} was delivered"]
    return Indicator(
        key="delivery_lead_time",
        value=mean.value,
        unit="days",
        source="records",
        numerator=mean.numerator,
        denominator=mean.denominator,
        basis={"level": level} | history.basis,
        note="; ".join(notes),
        breakdown=_breakdown(days, times, mean.value),
        trend=mean.trend,
    )


def _breakdown(days: Floats, times: _Times, mean: float) -> dict[str, float]:
    dwell = quotient(float((times.dwell * times.weight).sum()), float(times.weight.sum()))
    return {"dwell": dwell, "without_dwell": mean - dwell} | percentiles(days, times.weight)


def percentiles(days: Floats, weight: Floats) -> dict[str, float]:
    """Return the percentiles of weighted days: ``p50`` → days, …; none of no days.

    Examples
    --------
    >>> percentiles(np.array([1.0, 2.0, 9.0]), np.array([1.0, 8.0, 1.0]))
    {'p50': 2.0, 'p90': 2.0, 'p95': 9.0}
    """
    if not len(days):
        return {}
    levels = np.percentile(days, PERCENTILES, weights=weight, method="inverted_cdf")
    return {f"p{p}": level for p, level in zip(PERCENTILES, levels.tolist(), strict=True)}


def _unit_times(history: History) -> _Times:
    """Return one row a delivery of a line that was not cancelled, weighted by its units."""
    orders, deliveries, line = history["order_lines"], history["deliveries"], history.delivery_line
    came = history.delivered & ~orders["cancelled"][line]
    moments = np.where(came, deliveries["delivered_at"], np.nan)
    dwell = orders["dwell"][line] / DAY
    return _Times(orders["ordered_at"][line], moments, dwell, deliveries["quantity"])


def _line_times(history: History) -> _Times:
    """Return one row a line; delivered when its deliveries reach what was ordered."""
    orders = history["order_lines"]
    done = np.where(_wanted(history), _completed_at(history), np.nan)
    weight = np.ones(orders.num_rows)
    return _Times(orders["ordered_at"], done, orders["dwell"] / DAY, weight)


def _wanted(history: History) -> Mask:
    orders = history["order_lines"]
    return ~orders["cancelled"] & (orders["quantity"] > 0)


def _completed_at(history: History) -> Floats:
    """Return (L,) when the deliveries of a line reached what was ordered; NaN when not yet.

    What was sent back later was delivered nevertheless.
    """
    import pandas as pd

    orders, deliveries = history["order_lines"], history["deliveries"]
    rows = np.flatnonzero(history.delivered)
    line, moment = history.delivery_line[rows], deliveries["delivered_at"][rows]
    in_time = np.lexsort((moment, line))
    rows, line, moment = rows[in_time], line[in_time], moment[in_time]
    so_far = pd.Series(deliveries["quantity"][rows]).groupby(line).cumsum().to_numpy()
    enough = reaches(so_far, orders["quantity"][line])
    done = np.full(orders.num_rows, np.nan)
    done[line[enough][::-1]] = moment[enough][::-1]  # the last write, the first to suffice, stays
    return done


def _order_times(history: History, lines: _Times) -> _Times:
    """Return one row an order: from its first line ordered to its last line delivered."""
    wanted = _wanted(history)
    order: Ints = key_codes(history["order_lines"]["order"][wanted])
    lines = lines.where(wanted)
    count = int(order.max(initial=-1)) + 1
    ordered_at = -_latest(order, -lines.ordered_at, count)
    dwell = _latest(order, lines.dwell, count)
    return _Times(ordered_at, _latest(order, lines.delivered_at, count), dwell, np.ones(count))


def _latest(groups: Ints, values: Floats, count: int) -> Floats:
    """Return the greatest value of each group; NaN where one of them is NaN."""
    latest = np.full(count, -np.inf)
    np.maximum.at(latest, groups, np.where(np.isnan(values), np.inf, values))
    latest[np.isposinf(latest)] = np.nan
    return latest
