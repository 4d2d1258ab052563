"""The least level whose shortage is allowed, for whole columns at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from flowopt.inventory.distributions import Floats, Rows

Shortage = Callable[[Rows, Floats], tuple[Floats, Floats]]
"""(rows, their levels) → (shortage at the level, its slope); the shortage falls with the level."""

_MOST_STEPS = 400
_SHORT = 1e-3  # of the scale: a step this short converges by itself
_CLOSE = 1e-12  # of the level and its scale: two levels no further apart are one


def least_level(
    shortage: Shortage, allowed: Floats, start: Floats, scale: Floats, whole: bool
) -> Floats:
    """Return the least level, 0 or more, at which the shortage is at most what is allowed.

    Newton's method within a bracket that bisection narrows while the steps are long. For whole
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
    low = np.zeros(len(allowed))  # the shortage is too large here, and small enough at `high`
    high = np.full(len(allowed), np.inf)
    high[shortage(rows, low)[0] <= allowed] = 0.0
    level = np.maximum(np.ceil(start) if whole else start, 1.0 if whole else _CLOSE * scale)
    rows = rows[high > 0]
    for step in range(_MOST_STEPS):
        if not len(rows):
            return high
        value, slope = shortage(rows, level[rows])
        excess = value - allowed[rows]
        met = excess <= 0
        high[rows[met]] = level[rows[met]]
        low[rows[~met]] = level[rows[~met]]
        bracket = _Bracket(low[rows], high[rows], scale[rows], whole)
        move = excess / np.maximum(-slope, 1e-200)
        level[rows] = bracket.next(level[rows], move, halve=step % 4 == 3)
        rows = rows[~bracket.closed]
    raise ArithmeticError("the search for a level did not end")  # pragma: no cover


@dataclass(frozen=True)
class _Bracket:
    """Where the least level lies: above `low`, at most `high`."""

    low: Floats
    high: Floats
    scale: Floats
    whole: bool

    @property
    def tolerance(self) -> Floats:
        return _CLOSE * (self.scale + np.where(np.isinf(self.high), self.low, self.high))

    @property
    def closed(self) -> npt.NDArray[np.bool_]:
        """(n,) whether nothing is left between its ends."""
        return self.high - self.low <= (1.0 if self.whole else 2 * self.tolerance)

    def next(self, level: Floats, move: Floats, halve: bool) -> Floats:
        """Return the level to try next: Newton's where it lies inside, else the middle."""
        open_ended = np.isinf(self.high)
        end = np.where(open_ended, 2 * self.low + 4 * self.scale + 1, self.high)  # no wild leap
        middle = self.low + (end - self.low) / 2
        if self.whole:
            wish, middle, edge = np.ceil(level + move), np.floor(middle), np.ones_like(level)
        else:
            edge = self.tolerance / 2
            wish = level + move + np.copysign(edge, move)  # to the far side: the bracket closes
        inside = (wish >= self.low) & (wish <= end)
        if halve:
            inside &= open_ended | (np.abs(move) < _SHORT * self.scale)
        last = np.where(open_ended, np.inf, self.high - edge)
        return np.clip(np.where(inside, wish, middle), self.low + edge, last)
