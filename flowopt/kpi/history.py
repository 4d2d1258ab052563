"""Operational records, read and held against each other: what the indicators are computed from."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from flowopt.core.columns import Table
from flowopt.core.errors import Failures
from flowopt.core.ids import key_positions, positions
from flowopt.core.tables import DEFAULT_BACKEND, Columns, read_table
from flowopt.core.times import Clock, parse_time
from flowopt.kpi.calendar import DAY, Calendar, Floats, Ints, Period
from flowopt.kpi.spec import TABLES

_DURATIONS = ("dwell",)  # columns of kind time that are no moments
_MICROSECOND = 1e-6
_A_DATE = re.compile(r"\d{4}-\d\d-\d\d")

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class AsOf:
    """The moment whose knowledge counts.

    Parameters
    ----------
    end
        The moment, in seconds; of a date, the end of its day. NaN when nobody named one.
    last
        The last moment that counts as past: `end`, or just before it when it ends a day.
    label
        What the caller wrote.
    """

    end: float = math.nan
    last: float = math.nan
    label: str = ""


@dataclass(frozen=True, eq=False)
class History:
    """Validated records, as they were known at one moment.

    Parameters
    ----------
    tables
        Name → columns, of the tables that the caller has.
    moment
        The moment whose knowledge counts.
    calendar
        Days and periods of the caller's time zone.
    delivery_line
        (D,) position of each delivery's order line; -1 without a table of order lines.
    """

    tables: Mapping[str, Columns]
    moment: AsOf
    calendar: Calendar
    delivery_line: Ints

    def __getitem__(self, name: str) -> Columns:
        return self.tables[name]

    def lacks(self, *names: str) -> str:
        """Return a sentence that names the tables that are missing; empty when none is."""
        missing = [name for name in names if name not in self.tables]
        return f"needs the table{'s' * (len(missing) > 1)} {' and '.join(missing)}" * bool(missing)

    def happened(self, moments: Floats) -> Mask:
        """Return which moments are known and not after `as_of`."""
        known: Mask = ~np.isnan(moments)
        last = self.moment.last
        return known if math.isnan(last) else known & (moments <= last)

    def not_later(self, moments: Floats) -> Mask:
        """Return which moments are unknown, or not after `as_of`."""
        return self.happened(moments) | np.isnan(moments)

    @property
    def as_of(self) -> float:
        """The moment whose knowledge counts, in seconds; NaN when nobody named one."""
        return self.moment.end

    @property
    def delivered(self) -> Mask:
        """(D,) which deliveries had arrived."""
        return self.happened(self["deliveries"]["delivered_at"])

    @property
    def backend(self) -> str:
        """The frame library of the first table."""
        return next((table.backend for table in self.tables.values()), DEFAULT_BACKEND)

    @property
    def basis(self) -> dict[str, Any]:
        """The part of an indicator's basis that all share."""
        basis: dict[str, Any] = {}
        if not math.isnan(self.as_of):
            basis["as_of"] = self.moment.label
        if self.calendar.clock == "aware":
            basis["timezone"] = self.calendar.timezone
        return basis


def read_history(
    tables: Mapping[str, Any],
    failures: Failures,
    *,
    as_of: Any = None,
    timezone: str | None = None,
    period: Period = "month",
) -> History:
    """Read the tables that are given, and collect the faults of each and between them.

    Parameters
    ----------
    tables
        Name → frame; None for a table that the caller does not have.
    failures
        Where faults are collected; the history is of no use when there are any.
    as_of
        The moment whose knowledge counts; a date stands for the end of its day.
    timezone
        The zone whose days and periods count, for times with a zone; None is UTC.
    period
        Length of the periods of trends.
    """
    found = {
        spec.name: read_table(spec, tables[spec.name], failures)
        for spec in TABLES
        if tables.get(spec.name) is not None
    }
    clock = _common_clock(found, failures)
    if timezone is not None and not _is_timezone(timezone):
        fix = "use a name such as Europe/Paris"
        failures.add("kpi", "timezone", None, timezone, "unknown_choice", "is no time zone", fix)
        timezone = None
    if period not in ("month", "week"):
        fix = "use month or week"
        failures.add("kpi", "period", None, period, "unknown_choice", "is no period", fix)
    calendar = Calendar(clock, timezone or "UTC", period)
    moment = _read_as_of(as_of, calendar, failures)
    lines = _link_deliveries(found, failures)
    if not len(failures):  # what follows compares values that must be sound
        _check_deliveries(found, lines, failures)
        _check_currency(found, failures)
    return History(found, moment, calendar, lines)


def _is_timezone(name: object) -> bool:
    try:
        ZoneInfo(str(name))
    except (ValueError, OSError, LookupError):
        return False
    return isinstance(name, str)


def _moment_columns(spec: Table) -> list[str]:
    return [c.name for c in spec.columns if c.kind == "time" and c.name not in _DURATIONS]


def _common_clock(found: Mapping[str, Columns], failures: Failures) -> Clock:
    """Return the clock of all moments; collect the columns that are on another."""
    clocks = [
        (name, column, table.clocks[column])
        for name, table in found.items()
        for column in _moment_columns(table.spec)
        if column in table.clocks
    ]
    if not clocks:
        return "naive"
    first_table, first_column, first = clocks[0]
    words = {"aware": "has a time zone", "naive": "has no time zone", "seconds": "has no date"}
    for name, column, clock in clocks[1:]:
        if clock != first:
            message = f"{words[clock]}, but {first_table}.{first_column} {words[first]}"
            fix = "write all dates and times with their time zone, or all without"
            failures.add(name, column, None, None, "mixed_time_zones", message, fix)
    return first


def _read_as_of(as_of: Any, calendar: Calendar, failures: Failures) -> AsOf:
    if as_of is None:
        return AsOf()
    fix = "give a date or datetime, with a time zone when the tables have one"
    day = _calendar_day(as_of)
    if day is not None and calendar.clock != "seconds":
        end = float(calendar.midnight(np.array([day + np.timedelta64(1, "D")]))[0])
        return AsOf(end, end - _MICROSECOND, str(day))
    try:
        seconds, clock = parse_time(as_of)
    except (TypeError, ValueError, OverflowError):
        failures.add("kpi", "as_of", None, as_of, "wrong_type", "is not a time", fix)
        return AsOf()
    if clock != calendar.clock or not math.isfinite(seconds):
        message = "cannot be compared with the times of the tables"
        failures.add("kpi", "as_of", None, as_of, "mixed_time_zones", message, fix)
        return AsOf()
    return AsOf(seconds, seconds, str(as_of))


def _calendar_day(value: Any) -> np.datetime64 | None:
    """Return the day that a date without a time of day names."""
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return np.datetime64(value, "D")
    if isinstance(value, str) and _A_DATE.fullmatch(value.strip()):
        try:
            return np.datetime64(value.strip(), "D")
        except ValueError:  # the 30th of February
            return None
    return None


# ---- deliveries against the lines that they deliver


def _link_deliveries(found: Mapping[str, Columns], failures: Failures) -> Ints:
    """Return the order line of each delivery; collect the deliveries that have none."""
    deliveries = found.get("deliveries")
    if deliveries is None:
        return np.empty(0, dtype=np.int64)
    num_rows = deliveries.num_rows
    if "order_lines" not in found:
        return np.full(num_rows, -1, dtype=np.int64)
    orders = found["order_lines"]
    first_line = positions(deliveries["order"], orders["order"])
    exact = key_positions(
        [deliveries["order"], deliveries["line"]], [orders["order"], orders["line"]]
    )
    unnamed = deliveries["line"].astype(np.str_) == ""
    order_of_line = positions(orders["order"], orders["order"])
    lines_of_order = np.bincount(order_of_line, minlength=max(1, orders.num_rows))
    several = unnamed & (first_line >= 0) & (lines_of_order[first_line] > 1)
    lines = np.where(unnamed, first_line, exact)
    for row in np.flatnonzero(several):
        value, fix = deliveries["order"][row].item(), "name the line that was delivered"
        message = f"has {lines_of_order[first_line[row]]} lines"
        failures.add("deliveries", "line", int(row), value, "ambiguous", message, fix)
    for row in np.flatnonzero(lines < 0):
        value = (deliveries["order"][row].item(), deliveries["line"][row].item())
        fix = "add it to order_lines, or correct it"
        message = "is not a line of order_lines"
        failures.add("deliveries", "order+line", int(row), value, "unknown_id", message, fix)
    return lines


def _check_deliveries(found: Mapping[str, Columns], lines: Ints, failures: Failures) -> None:
    deliveries = found.get("deliveries")
    if deliveries is None:
        return
    excess = deliveries["returned"] > deliveries["quantity"]
    for row in np.flatnonzero(excess):
        value, fix = deliveries["returned"][row].item(), "write what was sent back of this row"
        message = "is more than was delivered"
        failures.add("deliveries", "returned", int(row), value, "out_of_range", message, fix)
    if "order_lines" not in found:
        return
    orders = found["order_lines"]
    for column in ("shipped_at", "delivered_at"):
        early = deliveries[column] < orders["ordered_at"][lines]
        for row in np.flatnonzero(early):
            value, fix = deliveries[column][row].item(), "correct one of the two"
            message = "(seconds since 1970) is before the line was ordered"
            failures.add("deliveries", column, int(row), value, "out_of_order", message, fix)
    units, wanted = deliveries["unit"], orders["unit"][lines]
    for row in np.flatnonzero((units != "") & (units != wanted)):
        message, fix = f"is not the unit of its order line, {wanted[row]!s}", "convert one of them"
        value = units[row].item()
        failures.add("deliveries", "unit", int(row), value, "mixed_units", message, fix)


def _check_currency(found: Mapping[str, Columns], failures: Failures) -> None:
    if "costs" in found:
        one_word("costs", "currency", found["costs"]["currency"], failures, "mixed_currencies")


def one_word(
    table: str, column: str, words: npt.NDArray[np.str_], failures: Failures, code: str
) -> str:
    """Return the one word that all cells hold; collect a failure when there are several.

    Parameters
    ----------
    table, column
        Where the cells stand.
    words
        (n,) the cells.
    failures
        Where the fault is collected.
    code
        Its code: ``"mixed_units"`` or ``"mixed_currencies"``.
    """
    found = np.unique(words)
    if len(found) > 1:
        shown = ", ".join(repr(str(word)) for word in found[:5])
        message, fix = f"holds {shown}: they cannot be summed", "convert them to one"
        failures.add(table, column, None, None, code, message, fix)
    return str(found[0]) if len(found) else ""


def units_of_deliveries(history: History) -> npt.NDArray[np.str_]:
    """Return (D,) the unit of measure of each delivery, its line's where it names none."""
    own = history["deliveries"]["unit"]
    if "order_lines" not in history.tables or not len(own):
        return np.asarray(own)
    return np.where(own == "", history["order_lines"]["unit"][history.delivery_line], own)


def days_between(start: Floats, end: Floats) -> Floats:
    """Return the days from one moment to another, fractions included."""
    return (end - start) / DAY
