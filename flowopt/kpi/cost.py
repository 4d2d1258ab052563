"""The logistics cost of a unit shipped."""

from __future__ import annotations

import numpy as np

from flowopt.core.errors import Failures
from flowopt.core.ids import distinct
from flowopt.kpi.calendar import Floats
from flowopt.kpi.history import History
from flowopt.kpi.indicator import Indicator, unknown
from flowopt.kpi.ratio import Trend, quotient, sums, trend_of
from flowopt.kpi.shipped import Shipped, units_shipped

_MONEY = "money"  # the unit of amounts whose currency nobody named


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
    periods = history.calendar.periods
    trend = trend_of(amount, periods(at), shipped.quantity, periods(shipped.at), history.calendar)
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
        note="; ".join(_notes(shipped, trend, at)),
        breakdown=dict(sorted(parts.items(), key=lambda item: -item[1])),
        trend=trend,
    )


def _notes(shipped: Shipped, trend: Trend, cost_at: Floats) -> list[str]:
    notes = [] if shipped.quantity.sum() > 0 else ["nothing was shipped"]
    empty = [label for label, value in trend if np.isnan(value)]
    if empty and shipped.quantity.sum() > 0:
        notes.append(f"costs but no shipments, or neither, in {', '.join(empty)}")
    undated = int(np.isnan(cost_at).sum())
    if undated and undated < len(cost_at):
        notes.append(f"{undated} costs without a date stand in the value, not in the trend")
    return notes
