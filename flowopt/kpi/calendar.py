"""Calendar days and periods of moments that are counted in seconds."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from flowopt.core.times import Clock

Period = Literal["month", "week"]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

DAY = 86400.0
NO_PERIOD = np.iinfo(np.int64).min
_MONDAY = 3  # 1970-01-01 was a Thursday, three days after a Monday


@dataclass(frozen=True)
class Calendar:
    """Turns seconds since 1970-01-01 into days and periods of a time zone.

    Parameters
    ----------
    clock
        ``"aware"`` when the seconds are of UTC; otherwise days are taken as they were written.
    timezone
        The zone whose days count, for aware times.
    period
        Length of the periods of a trend.

    Examples
    --------
    >>> paris = Calendar("aware", "Europe/Paris", "month")
    >>> half_past_eleven_in_utc = np.array([86400.0 - 1800.0])
    >>> paris.days(half_past_eleven_in_utc).tolist()
    [1.0]
    """

    clock: Clock
    timezone: str
    period: Period

    def days(self, seconds: Floats) -> Floats:
        """Return the number of the calendar day of each moment, 0 on 1970-01-01; NaN of NaN."""
        local = self._local(seconds)
        numbers = local.astype("datetime64[D]").astype(np.int64).astype(np.float64)
        return np.where(np.isnat(local), np.nan, numbers)

    def periods(self, seconds: Floats) -> Ints:
        """Return the number of the period of each moment; `NO_PERIOD` of NaN."""
        local = self._local(seconds)
        if self.period == "month":
            numbers = local.astype("datetime64[M]").astype(np.int64)
        else:
            numbers = (local.astype("datetime64[D]").astype(np.int64) + _MONDAY) // 7
        return np.where(np.isnat(local), NO_PERIOD, numbers)

    def start(self, periods: Ints) -> Floats:
        """Return the first moment of each period, in seconds."""
        if self.period == "month":
            first = periods.astype("datetime64[M]").astype("datetime64[D]")
        else:
            first = (periods * 7 - _MONDAY).astype("datetime64[D]")
        return self.midnight(first)

    def midnight(self, days: npt.NDArray[np.datetime64]) -> Floats:
        """Return the moment at which each day begins, in seconds."""
        if self.clock != "aware":
            return days.astype("datetime64[s]").astype(np.int64).astype(np.float64)
        import pandas as pd

        written = pd.DatetimeIndex(days.astype("datetime64[s]"))
        first_of_two = np.ones(len(written), dtype=np.bool_)  # an hour that comes twice
        local = written.tz_localize(
            self.timezone, ambiguous=first_of_two, nonexistent="shift_forward"
        )
        utc = local.tz_convert("UTC").tz_localize(None).to_numpy()
        return utc.astype("datetime64[s]").astype(np.int64).astype(np.float64)

    def label(self, period: int) -> str:
        """Return the name of a period: ``2026-03``, or ``2026-W10`` of a week (ISO 8601)."""
        if self.period == "month":
            return str(np.datetime64(period, "M"))
        monday = dt.date(1970, 1, 1) + dt.timedelta(days=period * 7 - _MONDAY)
        year, week, _ = monday.isocalendar()
        return f"{year}-W{week:02d}"

    def show(self, moment: float) -> str:
        """Return a moment as text."""
        local = self._local(np.array([moment]))[0]
        return str(local.astype("datetime64[s]"))

    def _local(self, seconds: Floats) -> npt.NDArray[np.datetime64]:
        """Return the date and time that a clock on the wall shows; NaT of NaN and inf."""
        known = np.isfinite(seconds)
        ticks = np.where(known, seconds * 1e6, 0.0).astype(np.int64).astype("datetime64[us]")
        ticks[~known] = np.datetime64("NaT", "us")
        if self.clock != "aware":
            return ticks
        import pandas as pd

        local = pd.DatetimeIndex(ticks).tz_localize("UTC").tz_convert(self.timezone)
        shown: npt.NDArray[np.datetime64] = local.tz_localize(None).to_numpy()
        return shown
