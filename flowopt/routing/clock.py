"""Times in the words of messages: as the caller writes them, not as seconds."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

_LONGEST = 1000 * 3600.0  # hours of four digits are no time that a table takes
_ROUNDING = 1e-6  # seconds by which a float may miss a whole one


@dataclass(frozen=True, slots=True)
class TimeFormat:
    """How the messages on a problem write its times.

    Parameters
    ----------
    origin
        The moment that is 0 s, where windows came as datetimes.
    of_day
        Whether times are seconds from midnight; else, without an origin, they have no known unit
        and are written as numbers.

    Examples
    --------
    >>> TimeFormat(of_day=True).moment(34200), TimeFormat().moment(34200)
    ('09:30', '34200')
    >>> TimeFormat(dt.datetime(2026, 3, 2)).moment(34201, up=True)
    '2026-03-02 09:31'
    """

    origin: dt.datetime | None = None
    of_day: bool = False

    @property
    def known(self) -> bool:
        """Whether times are known to be seconds."""
        return self.of_day or self.origin is not None

    def moment(self, seconds: float, *, up: bool = False) -> str:
        """Return a moment: ``09:30``, ``26:00`` (past midnight), a date and time, or a number.

        Parameters
        ----------
        seconds
            The moment, from midnight or the origin.
        up
            Whether to round up to a whole minute, so that a limit raised to it suffices.
        """
        if not self.known or not abs(seconds) < _LONGEST:
            return f"{seconds:.10g}"
        whole = _whole(seconds, up)
        if self.origin is None:
            return _clock_time(whole)
        try:
            moment = self.origin + dt.timedelta(seconds=whole)
        except OverflowError:  # beyond the year 9999
            return f"{seconds:.10g}"
        return moment.isoformat(" ", "seconds" if whole % 60 else "minutes")

    def duration(self, seconds: float, *, up: bool = False) -> str:
        """Return a duration: ``12 h 36``, ``45 min``, or a number.

        Parameters
        ----------
        seconds
            The duration.
        up
            Whether to round up to a whole minute.
        """
        if not self.known or not 0 <= seconds < math.inf:
            return f"{seconds:.10g}"
        minutes, rest = divmod(_whole(seconds, up), 60)
        hours, minutes = divmod(minutes, 60)
        if rest:
            words = (f"{hours} h" * (hours > 0), f"{minutes} min" * (minutes > 0), f"{rest} s")
            return " ".join(filter(None, words))
        return f"{hours} h {minutes:02d}" if hours else f"{minutes} min"


def _whole(seconds: float, up: bool) -> int:
    """Return whole seconds, or whole minutes in seconds, that are not less."""
    unit = 60 if up else 1
    return math.ceil((seconds - _ROUNDING) / unit) * unit


def _clock_time(seconds: int) -> str:
    minutes, rest = divmod(abs(seconds), 60)
    text = f"{'-' * (seconds < 0)}{minutes // 60:02d}:{minutes % 60:02d}"
    return f"{text}:{rest:02d}" if rest else text
