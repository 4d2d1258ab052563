"""What became of each order line: how much came, how much of it on time."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from flowopt.core.errors import Failures
from flowopt.core.ids import key_codes
from flowopt.kpi.calendar import Floats, Ints
from flowopt.kpi.history import History, Mask, days_between
from flowopt.kpi.quality import find_hits
from flowopt.kpi.ratio import sums
from flowopt.kpi.rule import Rule

_TOLERANCE = 1e-9  # relative; a sum of partial deliveries may miss the ordered quantity by rounding


@dataclass(frozen=True, eq=False)
class Fulfilment:
    """What became of each order line, as (L,) columns.

    Parameters
    ----------
    ordered
        Units ordered.
    total
        Units delivered at any time, less what was sent back.
    on_time
        Of `total`, the units that came within the window.
    hit
        Units with a quality event.
    counted
        Whether the line is settled: delivered in full, or past due.
    open
        Whether it may still be delivered in full and on time.
    order
        The order that it belongs to, numbered from 0.
    period
        The period in which it is due.
    notes
        What a reader should know of the lines that do not count.
    """

    ordered: Floats
    total: Floats
    on_time: Floats
    hit: Floats
    counted: Mask
    open: Mask
    order: Ints
    period: Ints
    notes: tuple[str, ...]

    @property
    def is_full(self) -> Mask:
        """Whether all that was ordered came."""
        return reaches(self.total, self.ordered)

    @property
    def is_otif(self) -> Mask:
        """Whether all that was ordered came on time."""
        return reaches(self.on_time, self.ordered)

    @property
    def is_punctual(self) -> Mask:
        """Whether something came, and all that came (up to what was ordered) came on time."""
        return (self.total > 0) & reaches(self.on_time, np.minimum(self.total, self.ordered))


def reaches(quantity: Floats, wanted: Floats) -> Mask:
    """Return which quantities are as large as wanted, but for rounding."""
    return quantity >= wanted - _TOLERANCE * np.maximum(1.0, wanted)


def fulfilment_of(history: History, rule: Rule, failures: Failures) -> Fulfilment:
    """Return what became of each order line up to the history's moment."""
    orders = history["order_lines"]
    due, ordered = orders[f"{rule.date}_at"], orders["quantity"]
    total, on_time = _delivered_units(history, rule, due)
    wanted = ~orders["cancelled"] & (ordered > 0) & history.not_later(orders["ordered_at"])
    dated = wanted & ~np.isnan(due)
    short = dated & ~reaches(total, ordered)
    if short.any():
        _require_as_of(history, int(short.sum()), failures)
    now = np.full(len(due), history.as_of)
    open_ = short & ~(_days_late(history, rule, due, now) > rule.window[1])
    notes = {
        "cancelled": orders["cancelled"],
        "not yet due": open_,
        f"without a {rule.date} date": wanted & ~dated,
    }
    return Fulfilment(
        ordered=ordered,
        total=total,
        on_time=on_time,
        hit=_hit_units(history, failures),
        counted=dated & ~open_,
        open=open_,
        order=key_codes(orders["order"]),
        period=history.calendar.periods(due),
        notes=tuple(f"lines {what}: {mask.sum()}" for what, mask in notes.items() if mask.any()),
    )


def _delivered_units(history: History, rule: Rule, due: Floats) -> tuple[Floats, Floats]:
    """Return (L,) the units that came, and of them those within the window."""
    deliveries, came = history["deliveries"], history.delivered
    line = history.delivery_line[came]
    net = (deliveries["quantity"] - deliveries["returned"])[came]
    late = _days_late(history, rule, due[line], deliveries["delivered_at"][came])
    inside = (late >= -rule.window[0]) & (late <= rule.window[1])
    return sums(net, line, len(due)), sums(net[inside], line[inside], len(due))


def _days_late(history: History, rule: Rule, due: Floats, moment: Floats) -> Floats:
    if rule.timing == "moment":
        return days_between(due, moment)
    return history.calendar.days(moment) - history.calendar.days(due)


def _hit_units(history: History, failures: Failures) -> Floats:
    count = history["order_lines"].num_rows
    if "quality_events" not in history.tables:
        return np.zeros(count)
    units = find_hits(history, failures).units(history)
    return sums(units, history.delivery_line, count)


def _require_as_of(history: History, num_short: int, failures: Failures) -> None:
    if math.isnan(history.as_of):
        message = f"is missing: {num_short} order lines are not delivered in full"
        fix = "say up to when the records are complete, so that the late lines count late"
        failures.add("kpi", "as_of", None, None, "missing", message, fix)
