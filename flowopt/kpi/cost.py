"""The logistics cost of a unit shipped."""

from __future__ import annotations

from flowopt.core.errors import Failures
from flowopt.core.ids import distinct
from flowopt.kpi.calendar import NO_PERIOD, Floats
from flowopt.kpi.history import History
from flowopt.kpi.indicator import Indicator, unknown
from flowopt.kpi.ratio import Trend, quotient, sums, trend_of
from flowopt.kpi.shipped import Shipped, units_shipped

_MONEY = "money"  # the unit of amounts whose currency nobody named
_MOST_LABELS = 6
_MOST_LABELS = 6


def cost_per_unit_of(history: History, failures: Failures) -> Indicator:
    """Return the cost of validated records; see `flowopt.kpi.cost_per_unit`."""
    shipped = None if history.lacks("costs") else units_shipped(history, failures)
    if shipped is None:
        note = history.lacks("costs") or "needs the table deliveries or shipments"
        return unknown("cost_per_unit", f"{_MONEY}/unit", "records", note)
    costs = history["costs"]
    if not costs.num_rows:
        return unknown("cost_per_unit", f"{_MONEY}/unit", "records", "there are no costs")
    due = history.not_later(costs["at"])
    amount, at, kind = costs["amount"][due], costs["at"][due], costs["kind"][due]
    total, units = float(amount.sum()), float(shipped.quantity.sum())
    trend, notes = _trend_and_notes(history, amount, at, shipped)
    codes, kinds = distinct(kind)
    by_kind = sums(amount, codes, len(kinds)).tolist()
    parts = {name: quotient(part, units) for name, part in zip(kinds, by_kind, strict=True)}
    currency = str(costs["currency"][0]) or _MONEY
    return Indicator(
        key="cost_per_unit",
        value=quotient(total, units),
        unit=f"{currency}/{shipped.unit}",
        source="records",
        numerator=total,
        denominator=units,
        basis={"per": "unit shipped"} | history.basis,
        note="; ".join(notes),
        breakdown=dict(sorted(parts.items(), key=lambda item: -item[1])),
        trend=trend,
    )


def _trend_and_notes(
    history: History, amount: Floats, cost_at: Floats, shipped: Shipped
) -> tuple[Trend, list[str]]:
    """Return the trend, and what a reader should know; without dates there is no honest trend."""
    if not shipped.quantity.sum() > 0:
        return (), ["nothing was shipped"]
    paid, active = history.calendar.periods(cost_at), history.calendar.periods(shipped.at)
    undated = (paid == NO_PERIOD).sum() + (active == NO_PERIOD).sum()
    if undated:
        return (), [f"no trend: costs or shipments without a date: {undated}"]
    trend = trend_of(amount, paid, shipped.quantity, active, history.calendar)
    notes = []
    if idle := set(paid.tolist()) - set(active.tolist()):
        notes.append(f"costs but no shipments in {_labels(history, idle)}")
    if free := set(active.tolist()) - set(paid.tolist()):
        notes.append(f"shipments but no costs in {_labels(history, free)}")
    return trend, notes


def _labels(history: History, periods: set[int]) -> str:
    shown = [history.calendar.label(period) for period in sorted(periods)[:_MOST_LABELS]]
    return ", ".join(shown) + " …" * (len(periods) > _MOST_LABELS)
