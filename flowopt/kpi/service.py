"""The service rate: what was delivered on time and in full."""

from __future__ import annotations

import numpy as np

from flowopt.core.errors import Failures
from flowopt.kpi.calendar import NO_PERIOD, Floats
from flowopt.kpi.fulfilment import Fulfilment, fulfilment_of
from flowopt.kpi.history import History, Mask, one_word
from flowopt.kpi.indicator import Indicator, unknown
from flowopt.kpi.ratio import Ratio, ratio
from flowopt.kpi.rule import MEASURES, Measure, Rule


def service_rate_of(history: History, rule: Rule, failures: Failures) -> Indicator:
    """Return the service rate of validated records; see `flowopt.kpi.service_rate`."""
    needed = ("order_lines", "deliveries")
    judged = (*needed, "quality_events") if rule.measure == "perfect_order" else needed
    if history.lacks(*judged):
        return unknown("service_rate", "1", "records", history.lacks(*judged))
    lines = fulfilment_of(history, rule, failures)
    if rule.level == "unit":
        used = history["order_lines"]["unit"][lines.counted]
        one_word("order_lines", "unit", used, failures, "mixed_units")
    rates = {
        measure: _rate(lines, rule, measure, history)
        for measure in MEASURES
        if measure != "perfect_order" or "quality_events" in history.tables
    }
    chosen = rates[rule.measure]
    notes = lines.notes if chosen.denominator else ("no order line was due", *lines.notes)
    return Indicator(
        key="service_rate",
        value=chosen.value,
        unit="1",
        source="records",
        numerator=chosen.numerator,
        denominator=chosen.denominator,
        basis=rule.basis | history.basis,
        note="; ".join(notes),
        breakdown={name: rate.value for name, rate in rates.items()},
        trend=chosen.trend,
    )


def _rate(lines: Fulfilment, rule: Rule, measure: Measure, history: History) -> Ratio:
    if rule.level == "unit":
        good, all_ = np.where(lines.counted, [_good_units(lines, measure), lines.ordered], 0.0)
        return ratio(good, all_, lines.period, history.calendar)
    good = _good_lines(lines, measure)
    if rule.level == "line":
        return ratio(good & lines.counted, lines.counted, lines.period, history.calendar)
    return _order_rate(lines, good, history)


def _good_lines(lines: Fulfilment, measure: Measure) -> Mask:
    if measure == "on_time":
        return lines.is_punctual
    if measure == "in_full":
        return lines.is_full
    return lines.is_otif if measure == "otif" else lines.is_otif & ~(lines.hit > 0)


def _good_units(lines: Fulfilment, measure: Measure) -> Floats:
    if measure == "in_full":
        return np.minimum(lines.total, lines.ordered)
    on_time = np.minimum(lines.on_time, lines.ordered)  # a unit is late or it is not
    return on_time if measure != "perfect_order" else np.maximum(0.0, on_time - lines.hit)


def _order_rate(lines: Fulfilment, good: Mask, history: History) -> Ratio:
    """Return the share of orders whose lines are all good.

    An order counts once all its lines are settled, or one of them has failed.
    """
    num_orders = lines.order.max(initial=-1) + 1

    def orders_with(mask: Mask) -> Mask:
        return np.bincount(lines.order[mask], minlength=num_orders) > 0

    failed = orders_with(lines.counted & ~lines.is_otif)
    counted = failed | (orders_with(lines.counted) & ~orders_with(lines.open))
    all_good = counted & ~orders_with(lines.counted & ~good)
    due = np.full(num_orders, NO_PERIOD)
    np.maximum.at(due, lines.order[lines.counted], lines.period[lines.counted])
    return ratio(all_good, counted, due, history.calendar)
