"""Ratios of sums, as a whole and period by period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from flowopt.kpi.calendar import NO_PERIOD, Calendar, Floats, Ints

Trend = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Ratio:
    """A ratio of sums and its trend.

    Parameters
    ----------
    numerator, denominator
        The sums.
    trend
        (label, value) period by period.
    """

    numerator: float
    denominator: float
    trend: Trend

    @property
    def value(self) -> float:
        """The ratio; NaN when nothing is divided by."""
        return quotient(self.numerator, self.denominator)


def quotient(numerator: float, denominator: float) -> float:
    """Return a quotient; NaN, neither 0 nor 1, when nothing is divided by.

    Examples
    --------
    >>> quotient(3, 4), quotient(0, 0)
    (0.75, nan)
    """
    return float(numerator) / float(denominator) if denominator > 0 else float("nan")


def ratio(
    numerators: npt.NDArray[np.generic],
    denominators: npt.NDArray[np.generic],
    periods: Ints,
    calendar: Calendar,
) -> Ratio:
    """Return the ratio of two sums, as a whole and period by period.

    Parameters
    ----------
    numerators, denominators
        (n,) what is summed.
    periods
        (n,) the period of each; those of `NO_PERIOD` count in the whole only.
    calendar
        Names the periods.
    """
    above, below = numerators.astype(np.float64), denominators.astype(np.float64)
    trend = trend_of(above, periods, below, periods, calendar)
    return Ratio(float(above.sum()), float(below.sum()), trend)


def trend_of(
    above: Floats, above_periods: Ints, below: Floats, below_periods: Ints, calendar: Calendar
) -> Trend:
    """Return a ratio of sums period by period, from the first to the last without a gap."""
    both = np.concatenate([above_periods, below_periods])
    dated = both[both != NO_PERIOD]
    if not len(dated):
        return ()
    first, count = int(dated.min()), int(dated.max() - dated.min()) + 1
    tops = _sums(above, above_periods, first, count)
    bottoms = _sums(below, below_periods, first, count)
    return tuple(
        (calendar.label(first + offset), quotient(top, bottom))
        for offset, (top, bottom) in enumerate(zip(tops, bottoms, strict=True))
    )


def _sums(values: Floats, periods: Ints, first: int, count: int) -> Floats:
    dated = periods != NO_PERIOD
    return sums(values[dated], periods[dated] - first, count)


def sums(values: Floats, groups: Ints, count: int) -> Floats:
    """Return the sum of the values of each of `count` groups.

    Examples
    --------
    >>> sums(np.array([1.0, 2.0, 4.0]), np.array([0, 2, 0]), 3).tolist()
    [5.0, 0.0, 2.0]
    """
    return np.bincount(groups, weights=values, minlength=count).astype(np.float64)
