"""Datetimes in the windows of routing tables: one origin for all, and the way back."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.tables import Columns
from flowopt.routing.parts import Floats

TIME_COLUMNS = ("tw_early", "tw_late", "release_time", "start")
"""The columns that hold moments; all other times are durations."""

_DURATION_COLUMNS = (
    "service_duration",
    "max_duration",
    "max_overtime",
    "reload_duration",
    "max_driving_before_break",
    "driving_break_duration",
    "max_driving_duration",
    "duration",
)
_EPOCH = dt.datetime(1970, 1, 1)
_SECONDS_OF_A_DAY = 86400.0


def check_durations(tables: Sequence[Columns], failures: Failures) -> None:
    """Collect the durations that are given as dates.

    Parameters
    ----------
    tables
        The tables as read.
    failures
        Where the faults are collected.
    """
    for table in tables:
        for name in _DURATION_COLUMNS:
            if name in table and _of_datetimes(table, name):
                message, fix = "holds dates, where durations are due", "write seconds, or HH:MM"
                failures.add(table.spec.name, name, None, None, "wrong_type", message, fix)


def has_clock_times(frame: Any) -> bool:
    """Return whether a window is a clock time or a timedelta: then times are seconds.

    Parameters
    ----------
    frame
        A table as the caller gave it.

    Examples
    --------
    >>> has_clock_times({"tw_early": [0, "08:00"]}), has_clock_times({"tw_early": [0, 8]})
    (True, False)
    """
    return any(_is_clock_time(cell) for name in TIME_COLUMNS for cell in _cells(frame, name))


def _is_clock_time(cell: Any) -> bool:
    if isinstance(cell, str):
        return ":" in cell
    return isinstance(cell, (dt.timedelta, dt.time, np.timedelta64))


def _cells(frame: Any, name: str) -> Sequence[Any]:
    """Return the cells of a column of any frame; none where it is not there."""
    if isinstance(frame, list):
        return [row.get(name) for row in frame if isinstance(row, Mapping)]
    if isinstance(frame, Mapping):
        cells = frame.get(name, ())
        return list(cells) if np.ndim(cells) == 1 else ()
    table = nw.from_native(frame, pass_through=True)
    if isinstance(table, nw.LazyFrame):
        table = table.collect()
    if not isinstance(table, nw.DataFrame) or name not in table.columns:
        return ()
    return table[name].to_list()


def read_origin(tables: Sequence[Columns], failures: Failures) -> dt.datetime | None:
    """Return midnight of the earliest day in any window, or None when there are no datetimes.

    Datetimes with a time zone are counted in UTC.

    Parameters
    ----------
    tables
        The tables as read.
    failures
        Where it is collected that datetimes with a time zone stand beside other times: nobody
        knows what these would be in that zone.
    """
    clocks = {
        (table.spec.name, name): table.clocks[name]
        for table in tables
        for name in TIME_COLUMNS
        if name in table.clocks
    }
    zoned = "aware" in clocks.values()
    for (table_name, column), clock in clocks.items():
        if zoned and clock != "aware":
            message = "has no time zone, and other windows have one"
            fix = "give all windows as datetimes with a time zone, or none"
            failures.add(table_name, column, None, None, "mixed_time_zones", message, fix)
    moments = [_moments(table, name) for table in tables for name in TIME_COLUMNS]
    earliest = min((float(known.min()) for known in moments if known.size), default=math.inf)
    if not math.isfinite(earliest):
        return None
    midnight = earliest // _SECONDS_OF_A_DAY * _SECONDS_OF_A_DAY
    origin = _EPOCH + dt.timedelta(seconds=midnight)
    return origin.replace(tzinfo=dt.UTC) if zoned else origin


def shifted(table: Columns, name: str, origin: dt.datetime | None) -> Floats:
    """Return a column of moments in seconds from the origin.

    Parameters
    ----------
    table
        The table as read: datetimes are seconds of the epoch, all else counts from the origin.
    name
        Name of the column.
    origin
        As from `read_origin`.
    """
    seconds: Floats = table[name]
    if origin is None or not _of_datetimes(table, name):
        return seconds
    since_epoch = (origin.replace(tzinfo=None) - _EPOCH).total_seconds()
    given = seconds != table.spec[name].default  # an empty cell has the default
    return np.where(given, seconds - since_epoch, seconds)


def to_moments(
    seconds: npt.ArrayLike, origin: dt.datetime | None
) -> Floats | npt.NDArray[np.object_]:
    """Return times for the caller's tables: datetimes when windows came as such, else seconds.

    Examples
    --------
    >>> to_moments([60.0], dt.datetime(2026, 3, 2))
    array([datetime.datetime(2026, 3, 2, 0, 1)], dtype=object)
    """
    values = np.asarray(seconds, dtype=np.float64)
    if origin is None:
        return values
    moments = np.empty(len(values), dtype=object)
    for row, value in enumerate(values.tolist()):
        if math.isfinite(value):
            moments[row] = origin + dt.timedelta(seconds=value)
    return moments


def _of_datetimes(table: Columns, name: str) -> bool:
    return table.clocks.get(name) in ("naive", "aware")


def _moments(table: Columns, name: str) -> Floats:
    """Return the finite datetimes of a column in seconds of the epoch, the given ones only."""
    if not _of_datetimes(table, name):
        return np.zeros(0)
    seconds: Floats = table[name]
    given: Floats = seconds[np.isfinite(seconds) & (seconds != table.spec[name].default)]
    return given
