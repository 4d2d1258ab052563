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
from flowopt.routing.problem import Floats

TIME_COLUMNS = ("tw_early", "tw_late")
"""The columns that hold moments; all other times are durations."""


def read_origin(frames: Mapping[str, Any], failures: Failures) -> dt.datetime | None:
    """Return midnight of the earliest day in any window, or None when there are no datetimes.

    Parameters
    ----------
    frames
        Name of a table → the caller's frame.
    failures
        Where it is collected that some datetimes have a time zone and others none.

    Examples
    --------
    >>> frame = {"tw_early": [dt.datetime(2026, 3, 2, 8), None]}
    >>> read_origin({"clients": frame}, Failures())
    datetime.datetime(2026, 3, 2, 0, 0)
    """
    found = [
        (table, name, moment)
        for table, frame in frames.items()
        for name in TIME_COLUMNS
        for moment in _cells(frame, name)
        if isinstance(moment, dt.datetime)
    ]
    if not found:
        return None
    zoned = [moment.tzinfo is not None for _, _, moment in found]
    if any(zoned) and not all(zoned):
        table, name, _ = found[zoned.index(not zoned[0])]
        message = "has a time zone in some windows and none in others"
        fix = "give all datetimes a time zone, or none"
        failures.add(table, name, None, None, "mixed_time_zones", message, fix)
        return None
    earliest = min(moment for _, _, moment in found)
    return _plain(earliest).replace(hour=0, minute=0, second=0, microsecond=0)


def shifted(seconds: Floats, frame: Any, name: str, origin: dt.datetime | None) -> Floats:
    """Return a column of times in seconds from the origin.

    Parameters
    ----------
    seconds
        (n,) column as read: datetimes are seconds of the epoch, all else counts from the origin.
    frame
        The caller's frame.
    name
        Name of the column.
    origin
        As from `read_origin`.
    """
    if origin is None:
        return seconds
    cells = _cells(frame, name)
    moments = np.array([isinstance(cell, dt.datetime) for cell in cells], dtype=np.bool_)
    if not moments.any():
        return seconds
    epoch = origin.replace(tzinfo=origin.tzinfo or dt.UTC).timestamp()
    return np.where(moments, seconds - epoch, seconds)


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
    zone = origin.tzinfo
    start = origin if zone is None else origin.astimezone(dt.UTC)
    for row, value in enumerate(values.tolist()):
        if not math.isfinite(value):
            continue
        moment = start + dt.timedelta(seconds=value)
        moments[row] = moment if zone is None else moment.astimezone(zone)
    return moments


def _plain(moment: dt.datetime) -> dt.datetime:
    """Return a datetime of the standard library (pandas has a subclass of its own)."""
    parts = (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
    return dt.datetime(*parts, tzinfo=moment.tzinfo)


def _cells(frame: Any, name: str) -> Sequence[Any]:
    """Return the cells of a column that may hold datetimes; empty when it cannot."""
    if isinstance(frame, list):
        return [row.get(name) for row in frame if isinstance(row, Mapping)]
    if isinstance(frame, Columns):
        return []
    if isinstance(frame, Mapping):
        return _datetimes(frame.get(name, ()))
    try:
        table = nw.from_native(frame)
        eager = table.collect() if isinstance(table, nw.LazyFrame) else table
        column = eager[name] if name in eager.columns else None
    except TypeError:  # not a frame: read_table says so
        return []
    return [] if column is None or column.dtype.is_numeric() else column.to_list()


def _datetimes(values: Any) -> Sequence[Any]:
    array = values if isinstance(values, np.ndarray) else None
    if array is None:
        return list(values) if isinstance(values, Sequence) else []
    if array.dtype.kind == "M":
        return list(array.astype("datetime64[us]").tolist())
    return list(array.tolist()) if array.dtype.kind == "O" else []
