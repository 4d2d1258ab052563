"""The least level whose shortage is allowed, for whole columns at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from flowopt.inventory.distributions import Floats, Rows

Shortage = Callable[[Rows, Floats], tuple[Floats, Floats]]
"""(rows, their levels) → (shortage at the level, its slope); the shortage falls with the level."""

_MOST_STEPS = 400
_CLOSE = 1e-12  # of the level and its scale: two levels no further apart are one


def least_level(
    shortage: Shortage, allowed: Floats, start: Floats, scale: Floats, whole: bool
) -> Floats:
    """Return the least level, 0 or more, at which the shortage is at most what is allowed.

    Newton's method within a bracket: a step that leaves it, and every fourth, halves it. For whole
    levels the bracket closes to one unit, which proves the level least; for real ones to the
    rounding of numbers.

    Parameters
    ----------
    shortage
        The shortage and its slope at a level.
    allowed
        (n,) shortage allowed.
    start
        (n,) where to look first.
    scale
        (n,) length over which the shortage changes, e.g. the standard deviation of demand.
    whole
        Whether levels are whole numbers.
    """
    rows = np.arange(len(allowed))
    low = np.zeros(len(allowed))
    high = np.full(len(allowed), np.inf)
    at_zero, _ = shortage(rows, low)
    high[at_zero <= allowed] = 0.0
    x = np.maximum(np.ceil(start) if whole else start, 1.0 if whole else _CLOSE * scale)
    rows = rows[high > 0]
    for step in range(_MOST_STEPS):
        if not len(rows):
            return high
        value, slope = shortage(rows, x[rows])
        excess = value - allowed[rows]
        met = excess <= 0
        high[rows[met]] = x[rows[met]]
        low[rows[~met]] = x[rows[~met]]
        moved = x[rows] - excess / np.minimum(slope, -1e-300)
        x[rows] = _inside(low[rows], high[rows], moved, scale[rows], whole, step)
        rows = rows[~_closed(low[rows], high[rows], scale[rows], whole)]
    raise ArithmeticError("the search for a level did not end")  # pragma: no cover


def _inside(
    low: Floats, high: Floats, wish: Floats, scale: Floats, whole: bool, step: int
) -> Floats:
    """Return the next level to try: the wish when it lies inside the bracket, else the middle."""
    open_ended = np.isinf(high)
    middle = np.where(open_ended, 2 * low + scale, low + (np.minimum(high, 1e300) - low) / 2)
    if whole:
        least = low + 1
        most = np.where(open_ended, np.inf, high - 1)
        wish, middle = np.ceil(wish), np.floor(middle)
    else:
        step_in = _tolerance(low, scale) / 2
        least, most = low + step_in, np.where(open_ended, np.inf, high - step_in)
        wish = wish + step_in  # so that the bracket closes from the other side too
    most = np.where(open_ended, middle + scale, most)  # no wild leap on a slope of nearly 0
    good = (wish >= low) & (wish <= np.where(open_ended, most, high))
    if step % 4 == 3:
        good &= open_ended
    return np.clip(np.where(good, wish, middle), least, np.maximum(most, least))


def _tolerance(low: Floats, scale: Floats) -> Floats:
    return _CLOSE * (scale + np.abs(low))


def _closed(low: Floats, high: Floats, scale: Floats, whole: bool) -> npt.NDArray[np.bool_]:
    gap = high - low
    return gap <= (1.0 if whole else 2 * _tolerance(low, scale))
