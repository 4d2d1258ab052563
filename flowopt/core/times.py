"""Moments and durations as seconds, whatever way a cell writes them."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Literal

import numpy as np

Clock = Literal["seconds", "naive", "aware"]
"""What a time is counted on: plain seconds, dates without a time zone, dates with one."""

_CLOCK_TIME = re.compile(r"(-?)(\d{1,3}):([0-5]\d)(?::([0-5]\d(?:\.\d+)?))?")
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ].+)?")
_ONE_SECOND = np.timedelta64(1, "s")


def parse_time(value: Any) -> tuple[float, Clock]:
    """Return a time in seconds, and the clock that it is counted on.

    Parameters
    ----------
    value
        A number or its text (seconds), ``"HH:MM"`` or ``"HH:MM:SS"``, a timedelta or time of day,
        a date or datetime or its ISO 8601 text. Dates become seconds since 1970-01-01, in UTC
        when they name a time zone, else as they are written.

    Raises
    ------
    ValueError, TypeError
        When the value is none of these.

    Examples
    --------
    >>> parse_time("08:30"), parse_time(90)
    ((30600.0, 'seconds'), (90.0, 'seconds'))
    >>> parse_time("1970-01-02"), parse_time("1970-01-02T00:00+01:00")
    ((86400.0, 'naive'), (82800.0, 'aware'))
    """
    if isinstance(value, str):
        return _parse_text(value.strip())
    if isinstance(value, np.datetime64):
        return float((value - np.datetime64(0, "s")) / _ONE_SECOND), "naive"
    if isinstance(value, np.timedelta64):
        return float(value / _ONE_SECOND), "seconds"
    if isinstance(value, dt.datetime):
        return _since_epoch(value)
    if isinstance(value, dt.date):
        return _since_epoch(dt.datetime.combine(value, dt.time()))
    if isinstance(value, dt.timedelta):
        return value.total_seconds(), "seconds"
    if isinstance(value, dt.time):
        return value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6, (
            "seconds"
        )
    if isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{value!r} is no time")
    return float(value), "seconds"


def _parse_text(text: str) -> tuple[float, Clock]:
    if _ISO_DATE.fullmatch(text):
        return _since_epoch(dt.datetime.fromisoformat(text))
    time_of_day = _CLOCK_TIME.fullmatch(text)
    if time_of_day is None:
        return float(text), "seconds"
    sign, hours, minutes, seconds = time_of_day.groups()
    total = int(hours) * 3600 + int(minutes) * 60 + float(seconds or 0)
    return (-total if sign else total), "seconds"


def _since_epoch(moment: dt.datetime) -> tuple[float, Clock]:
    if moment.tzinfo is None:
        return moment.replace(tzinfo=dt.UTC).timestamp(), "naive"
    return moment.timestamp(), "aware"
