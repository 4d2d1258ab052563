"""The non-conformity rate: what was wrong with what was delivered, by cause."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.ids import Array, distinct, key_codes
from flowopt.core.tables import Columns
from flowopt.kpi.calendar import NO_PERIOD, Floats, Ints
from flowopt.kpi.history import History, Mask, one_word, units_of_deliveries
from flowopt.kpi.indicator import Indicator, unknown
from flowopt.kpi.ratio import quotient, ratio, sums
from flowopt.kpi.rule import Level

_NAMES = ("order", "line", "delivery")  # the columns by which an event names deliveries


@dataclass(frozen=True, eq=False)
class Hits:
    """Pairs of a quality event and a delivery that it hits.

    Parameters
    ----------
    event, delivery
        (K,) positions in their tables.
    quantity
        (K,) units hit, the event's quantity in proportion to those delivered.
    """

    event: Ints
    delivery: Ints
    quantity: Floats

    def units(self, history: History, chosen: Mask | None = None) -> Floats:
        """Return (D,) the units hit of each delivery, by all events or those of (K,) `chosen`.

        Several events may hit the same unit, so no delivery has more hit than delivered.
        """
        keep = np.ones(len(self.event), dtype=np.bool_) if chosen is None else chosen
        delivered = history["deliveries"]["quantity"]
        hit = sums(self.quantity[keep], self.delivery[keep], len(delivered))
        return np.minimum(hit, delivered)


def non_conformity_rate_of(history: History, level: Level, failures: Failures) -> Indicator:
    """Return the rate of validated records; see `flowopt.kpi.non_conformity_rate`."""
    lacking = history.lacks("deliveries", "quality_events")
    if lacking:
        return unknown("non_conformity_rate", "1", "records", lacking)
    deliveries, came = history["deliveries"], history.delivered
    if level == "unit":
        used = units_of_deliveries(history)[came]
        one_word("deliveries", "unit", used, failures, "mixed_units")
    hits = find_hits(history, failures)
    groups = _groups(history, level)
    periods = history.calendar.periods(np.where(came, deliveries["delivered_at"], np.nan))
    weights = np.where(came, deliveries["quantity"], 0.0)
    delivered = _per_group(weights, groups, level)
    hit = _per_group(hits.units(history), groups, level)
    rate = ratio(hit, delivered, _last(periods, groups), history.calendar)
    return Indicator(
        key="non_conformity_rate",
        value=rate.value,
        unit="1",
        source="records",
        numerator=rate.numerator,
        denominator=rate.denominator,
        basis={"level": level} | history.basis,
        note="" if rate.denominator else "nothing was delivered",
        breakdown=_by_cause(history, hits, groups, level, rate.denominator),
        trend=rate.trend,
    )


def _groups(history: History, level: Level) -> Ints:
    """Return (D,) the order, line or row that each delivery belongs to, numbered from 0."""
    deliveries = history["deliveries"]
    if level == "unit":
        return np.arange(deliveries.num_rows)
    keys = [deliveries["order"]]
    return key_codes(*keys) if level == "order" else key_codes(*keys, _line_names(history))


def _line_names(history: History) -> Array:
    """Return (D,) the line of each delivery, also where its row leaves the only one unnamed."""
    if "order_lines" not in history.tables or not len(history.delivery_line):
        return history["deliveries"]["line"]
    return history["order_lines"]["line"][history.delivery_line]


def _per_group(units: Floats, groups: Ints, level: Level) -> Floats:
    """Return the units of each group; for orders and lines, 1 where there are any."""
    totals = sums(units, groups, int(groups.max(initial=-1)) + 1)
    return totals if level == "unit" else (totals > 0).astype(np.float64)


def _last(periods: Ints, groups: Ints) -> Ints:
    last = np.full(groups.max(initial=-1) + 1, NO_PERIOD)
    np.maximum.at(last, groups, periods)
    return last


def _by_cause(
    history: History, hits: Hits, groups: Ints, level: Level, delivered: float
) -> dict[str, float]:
    """Return cause → share of what was delivered, the most frequent first."""
    codes, causes = distinct(history["quality_events"]["cause"])
    shares = {}
    for code, cause in enumerate(causes):
        units = hits.units(history, codes[hits.event] == code)
        shares[cause] = quotient(float(_per_group(units, groups, level).sum()), delivered)
    return dict(sorted(shares.items(), key=lambda item: -item[1]))


# ---- which deliveries an event hits


def find_hits(history: History, failures: Failures) -> Hits:
    """Return which arrived deliveries each event hits; collect the events that name none."""
    events, deliveries = history["quality_events"], history["deliveries"]
    event, delivery = _named_deliveries(events, deliveries, _line_names(history), failures)
    seen = history.not_later(events["at"])[event] & history.delivered[delivery]
    event, delivery = event[seen], delivery[seen]
    delivered = deliveries["quantity"][delivery]
    reach = sums(delivered, event, events.num_rows)
    wished = events["quantity"]
    excess = np.isfinite(wished) & (wished > reach * (1 + 1e-9)) & (reach > 0)
    for row in np.flatnonzero(excess):
        message, fix = f"is more than the {reach[row]:g} delivered", "correct the quantity"
        value = wished[row].item()
        failures.add("quality_events", "quantity", int(row), value, "out_of_range", message, fix)
    share = np.minimum(wished, reach)[event] / reach[event]
    return Hits(event, delivery, delivered * share)


def _named_deliveries(
    events: Columns, deliveries: Columns, line_names: Array, failures: Failures
) -> tuple[Ints, Ints]:
    """Return the pairs of an event and a delivery that it names."""
    filled = np.stack([events[name].astype(np.str_) != "" for name in _NAMES])
    _check_names(filled, failures)
    columns = {
        "order": deliveries["order"],
        "line": line_names,
        "delivery": deliveries["delivery"],
    }
    pairs = []
    for pattern in np.unique(filled, axis=1).T:
        rows = np.flatnonzero((filled == pattern[:, None]).all(axis=0))
        names = [name for name, used in zip(_NAMES, pattern, strict=True) if used]
        if names:
            wanted = [events[name][rows] for name in names]
            found, delivery = _matches(wanted, [columns[name] for name in names])
            _fail_unmatched(
                events, names, rows[np.bincount(found, minlength=len(rows)) == 0], failures
            )
            pairs.append((rows[found], delivery))
    empty = np.empty(0, dtype=np.int64)
    return (
        np.concatenate([event for event, _ in pairs] or [empty]),
        np.concatenate([delivery for _, delivery in pairs] or [empty]),
    )


def _check_names(filled: npt.NDArray[np.bool_], failures: Failures) -> None:
    order, line, delivery = filled
    for row in np.flatnonzero(~(order | delivery)):
        message, fix = "names neither an order nor a delivery", "name one"
        failures.add("quality_events", "order", int(row), None, "missing", message, fix)
    for row in np.flatnonzero(line & ~order & delivery):
        message, fix = "names a line without its order", "name the order too"
        failures.add("quality_events", "order", int(row), None, "missing", message, fix)


def _fail_unmatched(events: Columns, names: list[str], rows: Ints, failures: Failures) -> None:
    for row in rows:
        value = tuple(events[name][row].item() for name in names)
        fix = "add the delivery, or correct the name"
        message, shown = "names no delivery", value[0] if len(value) == 1 else value
        column = "+".join(names)
        failures.add("quality_events", column, int(row), shown, "unknown_id", message, fix)


def _matches(wanted: list[Array], among: list[Array]) -> tuple[Ints, Ints]:
    """Return all pairs (position in wanted, position in among) with equal keys."""
    count = len(among[0])
    codes = key_codes(*(_texts(a, w) for a, w in zip(among, wanted, strict=True)))
    known, asked = codes[:count], codes[count:]
    by_code = np.argsort(known, kind="stable")
    first = np.searchsorted(known[by_code], asked, side="left")
    after = np.searchsorted(known[by_code], asked, side="right")
    times = after - first
    asker = np.repeat(np.arange(len(asked)), times)
    offset = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
    return asker, by_code[first[asker] + offset]


def _texts(first: Array, second: Array) -> Array:
    return np.concatenate([first.astype(np.str_), second.astype(np.str_)])
