"""What counts as equal, and as too much."""

from __future__ import annotations

import math

from flowopt.core.report import same

TOLERANCE = 1e-6
"""Relative (above 1) or absolute tolerance of every comparison."""

TIE = 1e-9
"""The same, where one side of an equality means another course of events: a window, a break."""


def exceeds(amount: float, limit: float, tolerance: float = TOLERANCE) -> bool:
    """Return whether an amount is above a limit by more than a tolerance; NaN always is.

    Examples
    --------
    >>> exceeds(5.1, 5.0), exceeds(5.0 + 1e-9, 5.0), exceeds(5.0, math.inf), exceeds(math.nan, 5.0)
    (True, False, False, True)
    """
    if amount <= limit:
        return False
    slack = tolerance * max(1.0, abs(limit)) if math.isfinite(limit) else 0.0
    return not amount <= limit + slack


def close(left: float, right: float) -> bool:
    """Return whether two amounts agree; equal infinities do.

    Examples
    --------
    >>> close(math.inf, math.inf), close(1.0, 1.0 + 1e-9), close(1.0, 1.1)
    (True, True, False)
    """
    return left == right or same(left, right, TOLERANCE)
