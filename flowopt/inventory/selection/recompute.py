"""Expected shortages by their definitions, for checks: other formulas than those of the engines."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]

COUNTED = ("poisson", "negative_binomial")
"""The distributions that count whole units."""

_NOTHING = 1e-100


def losses(
    distribution: npt.NDArray[np.str_],
    mean: Floats,
    variance: Floats,
    level: Floats,
    *,
    both: bool = True,
) -> tuple[Floats, Floats]:
    r"""Return :math:`E[(D-x)^+]` and its sum (or integral) over all levels above x.

    Parameters
    ----------
    distribution
        (n,) names of distributions.
    mean, variance
        (n,) of demand.
    level
        (n,) x; a whole number where units are counted.
    both
        Whether the second is needed; else it may be NaN, which takes less time.
    """
    first, second = np.empty_like(mean), np.empty_like(mean)
    for name, exact in _FORMULAS.items():
        rows = np.flatnonzero(distribution == name)
        certain = (variance[rows] < _NOTHING) & (name != "poisson")
        certain |= mean[rows] < _NOTHING
        sure = _none if name in COUNTED else _certain
        for part, formula in ((rows[certain], sure), (rows[~certain], exact)):
            if len(part):
                moments = mean[part], variance[part]
                first[part], second[part] = formula(*moments, level[part], both)
    return first, second


def _certain(mean: Floats, variance: Floats, level: Floats, both: bool) -> tuple[Floats, Floats]:
    short = np.maximum(mean - level, 0.0)
    return short, short**2 / 2


def _none(mean: Floats, variance: Floats, level: Floats, both: bool) -> tuple[Floats, Floats]:
    """Return the losses of no demand, counted: above a level below 0, its units are owed."""
    owed = np.maximum(-level, 0.0)
    return owed, owed * np.maximum(owed - 1, 0.0) / 2


def _normal(mean: Floats, variance: Floats, level: Floats, both: bool) -> tuple[Floats, Floats]:
    sd = np.sqrt(variance)
    z = (level - mean) / sd
    above, density = special.ndtr(-z), np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return sd * (density - z * above), variance * ((z * z + 1) * above - z * density) / 2


def _gamma(mean: Floats, variance: Floats, level: Floats, both: bool) -> tuple[Floats, Floats]:
    """Return the losses from moments above the level, which are gammas of a larger shape."""
    shape, scale = mean**2 / variance, variance / mean
    x = np.maximum(level, 0.0) / scale
    above = [special.gammaincc(shape + k, x) for k in range(3 if both else 2)]
    first = mean * above[1] - level * above[0]
    if not both:
        return first, np.full_like(first, np.nan)
    square = mean * (mean + scale) * above[2]
    return first, (square - 2 * level * mean * above[1] + level**2 * above[0]) / 2


def _counted(mean: Floats, variance: Floats, level: Floats, both: bool) -> tuple[Floats, Floats]:
    """Return the losses of the negative binomial, from x·p(x; n) = μ·p(x-1; n+1)."""
    excess = np.maximum(variance / mean - 1, 1e-12)
    n = mean / excess
    above = []
    for k in range(3 if both else 2):  # P(D > x - k) with n + k successes
        x = np.maximum(level - k, 0.0)
        direct = special.betainc(x + 1, n + k, excess / (1 + excess))
        turned = np.flatnonzero((excess > 1) & (mean > 1000))  # 1 - p: p near 1 has few digits
        odds = 1 / (1 + excess[turned])
        direct[turned] = 1 - special.betainc(n[turned] + k, x[turned] + 1, odds)
        above.append(np.where(level < k, 1.0, direct))
    first = mean * above[1] - level * above[0]
    if not both:
        return first, np.full_like(first, np.nan)
    square = mean * (mean + excess) * above[2] - 2 * level * mean * above[1]
    return first, (square + level * (level + 1) * above[0]) / 2


_FORMULAS = {
    "normal": _normal,
    "gamma": _gamma,
    "poisson": lambda mean, variance, *more: _counted(mean, np.maximum(variance, mean), *more),
    "negative_binomial": _counted,
}
