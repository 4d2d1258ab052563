"""Periods: numbers that count them, or hours, days, weeks, months, quarters and years of dates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

PERIODS = ("hour", "day", "week", "month", "quarter", "year")
"""The periods that dates may be counted in."""

_UNITS = {"hour": ("h", 1), "day": ("D", 1), "week": ("D", 7), "month": ("M", 1)}
_UNITS |= {"quarter": ("M", 3), "year": ("Y", 1)}


@dataclass(frozen=True)
class Calendar:
    """How the periods of a history are counted.

    Parameters
    ----------
    period
        One of `PERIODS`, or ``"number"`` for periods that are numbers already.
    offset
        For weeks, the weekday that they begin on as days after Thursday, 1 January 1970; for
        months, the day of the month (from 0) that their labels show; -1: the last.
    """

    period: str = "number"
    offset: int = 0

    def numbers(self, seconds: Floats) -> Index:
        """Return the number of the period that each moment lies in."""
        if self.period == "number":
            return seconds.astype(np.int64)
        unit, length = _UNITS[self.period]
        moments = seconds.astype(np.int64).astype("datetime64[s]")
        units = moments.astype(f"datetime64[{unit}]").astype(np.int64)
        shift = self.offset if self.period == "week" else 0
        return np.floor_divide(units - shift, length)

    def labels(self, numbers: npt.ArrayLike) -> npt.NDArray[Any]:
        """Return what stands in the column ``ds`` for each period: its number, or a date."""
        counted = np.asarray(numbers, dtype=np.int64)
        if self.period == "number":
            return counted
        unit, length = _UNITS[self.period]
        shift = self.offset if self.period == "week" else 0
        first = (counted * length + shift).astype(f"datetime64[{unit}]")
        if self.period in ("month", "quarter", "year") and self.offset:
            last = (first + length).astype("datetime64[D]") - 1
            first = last if self.offset < 0 else first.astype("datetime64[D]") + self.offset
        return first.astype("datetime64[us]")


def infer_calendar(seconds: Floats) -> Calendar:
    """Return the longest period of which every date names another.

    Months (quarters, years), when all dates are the same day of the month, up to the 28th, or the
    last; weeks, when all are the same weekday; else days; hours, when some are not midnight.

    Examples
    --------
    >>> days = np.array(["2026-01-31", "2026-02-28", "2026-03-31"], dtype="datetime64[s]")
    >>> infer_calendar(days.astype(float))
    Calendar(period='month', offset=-1)
    """
    moments = np.unique(seconds).astype(np.int64).astype("datetime64[s]")
    days = moments.astype("datetime64[D]")
    if (days != moments).any():
        return Calendar("hour")
    if len(days) < 2:
        return Calendar("day")
    months = days.astype("datetime64[M]")
    day_of_month = np.unique((days - months).astype(np.int64))
    is_last = ((days + 1).astype("datetime64[M]") > months).all()
    if (len(day_of_month) == 1 and day_of_month[0] < 28) or is_last:
        steps = np.gcd.reduce(np.diff(months.astype(np.int64)))
        offset = -1 if is_last else int(day_of_month[0])
        whole_year = steps % 12 == 0 and months[0].astype(np.int64) % 12 == 0
        whole_quarter = steps % 3 == 0 and months[0].astype(np.int64) % 3 == 0
        if is_last:  # a quarter is named by its first or its last month
            whole_year = steps % 12 == 0 and months[0].astype(np.int64) % 12 == 11
            whole_quarter = steps % 3 == 0 and months[0].astype(np.int64) % 3 == 2
        period = "year" if whole_year else "quarter" if whole_quarter else "month"
        return Calendar(period, offset)
    numbers = days.astype(np.int64)
    if (np.diff(numbers) % 7 == 0).all():
        return Calendar("week", int(numbers[0] % 7))
    return Calendar("day")
