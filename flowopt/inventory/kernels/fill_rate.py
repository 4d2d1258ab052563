"""The least levels of counted demand for a fill rate, item by item, compiled.

From no stock on, each unit more on the shelf is short in a cycle with a chance less, that of demand
over the protection interval beyond it less that over the lead time; the two distributions are
summed up as the level rises, so that an item costs a few operations a unit.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]

_MOST_UNITS = 20_000  # of a level and of a quantity: beyond, columns are quicker
_LEAST_LOG = -600.0  # of the chance of no demand, from which the sums begin
_LEAST_ALLOWED = 1e-8  # a smaller shortage would drown in the rounding of sums
_LEAST_EXCESS = 1e-12


@njit(cache=True, nogil=True)
def least_levels_for_fill(
    lead_mean: Floats,
    lead_excess: Floats,
    mean: Floats,
    excess: Floats,
    per_cycle: Floats,
    allowed: Floats,
    quantity: Floats,
) -> Floats:
    """Return the least S of (R,S), or reorder point of (r,Q); NaN where sums are not exact enough.

    Parameters
    ----------
    lead_mean, lead_excess
        (n,) of the demand over the lead time: its mean, and variance / mean - 1.
    mean, excess
        (n,) of the demand over the protection interval.
    per_cycle
        (n,) mean demand between reviews.
    allowed
        (n,) share of demand that may be short.
    quantity
        (n,) Q, whole units; 0 for (R,S).
    """
    level = np.full(mean.size, np.nan)
    for i in range(mean.size):
        none = _log_of_none(mean[i], excess[i])
        if none < _LEAST_LOG or allowed[i] < _LEAST_ALLOWED or per_cycle[i] <= 0.0:
            continue
        if quantity[i] > _MOST_UNITS:
            continue
        shares = _short_shares(
            lead_mean[i], lead_excess[i], mean[i], excess[i], per_cycle[i], allowed[i],
            int(quantity[i]),
        )  # fmt: skip
        if shares.size == 0:
            continue
        level[i] = _least(shares, allowed[i], int(quantity[i]))
    return level


@njit(cache=True, nogil=True)
def _log_of_none(mean: float, excess: float) -> float:
    """Return the logarithm of the chance of no demand."""
    return -mean if excess < _LEAST_EXCESS else -mean / excess * math.log1p(excess)


@njit(cache=True, nogil=True)
def _short_shares(
    lead_mean: float,
    lead_excess: float,
    mean: float,
    excess: float,
    per_cycle: float,
    allowed: float,
    quantity: int,
) -> Floats:
    """Return the share short at 0, 1, 2, … units, up to Q units beyond the first that is allowed.

    Empty when that takes too many units.
    """
    shares = np.empty(64 + quantity)
    early, late = (
        math.exp(_log_of_none(lead_mean, lead_excess)),
        math.exp(_log_of_none(mean, excess)),
    )
    early_growth, late_growth = lead_mean / (1 + lead_excess), mean / (1 + excess)
    early_ratio, late_ratio = lead_excess / (1 + lead_excess), excess / (1 + excess)
    gained, share, units, last = early - late, 1.0, 0, -1
    while units <= _MOST_UNITS + quantity:
        if units == shares.size:
            longer = np.empty(2 * units)
            longer[:units] = shares
            shares = longer
        shares[units] = share
        if last < 0 and share <= allowed:
            last = units + quantity
        if units == last:
            return shares[: units + 1]
        share -= gained / per_cycle
        early *= (early_growth + units * early_ratio) / (units + 1)
        late *= (late_growth + units * late_ratio) / (units + 1)
        units += 1
        gained += early - late  # P(D_{L+R} > x) - P(D_L > x)
    return np.empty(0)


@njit(cache=True, nogil=True)
def _least(shares: Floats, allowed: float, quantity: int) -> int:
    """Return the least level: of (R,S), or with the mean over the Q positions above it allowed."""
    if quantity == 0:
        return shares.size - 1
    total = shares[1 : quantity + 1].sum()
    level = 0
    while total > allowed * quantity and level + quantity + 1 < shares.size:
        total += shares[level + quantity + 1] - shares[level + 1]
        level += 1
    return level


def load_fill_rate_kernel() -> None:
    """Compile the kernel, or load it from the cache."""
    one = np.ones(1)
    least_levels_for_fill(one, one, 2 * one, one, one, one / 2, one)
