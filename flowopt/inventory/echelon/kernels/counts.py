"""Counted demand of an interval: Poisson and negative binomial, compiled."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

FloatArray = npt.NDArray[np.float64]

NEGLIGIBLE = 1e-18
"""Of the likeliest count: what is less likely is left out."""


@njit(cache=True, nogil=True)
def count_pmf(mean: float, excess: float) -> Any:
    """Return the least count that matters, and the probabilities from there on.

    From the likeliest count the ratios of neighbours lead both ways, and the sum is made 1, so
    that nothing underflows and no logarithms of large numbers cancel.

    Parameters
    ----------
    mean
        Expected demand; 0 gives 0 for certain.
    excess
        Variance / mean - 1; 0 for Poisson.

    Returns
    -------
    tuple
        The least count, and the probabilities of it and the counts above.
    """
    if mean <= 0.0:
        return 0, np.ones(1)
    share = excess / (1.0 + excess)  # of a success, and n of them fail: n·share is mean / (1 + b)
    start = mean / (1.0 + excess)
    mode = max(0, math.floor(mean - excess))
    low, weight = mode, 1.0
    while low > 0:
        weight *= low / (start + share * (low - 1))
        if weight < NEGLIGIBLE:
            break
        low -= 1
    high, weight = mode, 1.0
    while True:
        weight *= (start + share * high) / (high + 1)
        high += 1
        if weight < NEGLIGIBLE:
            break
    pmf = np.empty(high - low + 1)
    pmf[mode - low] = 1.0
    for count in range(mode, low, -1):
        pmf[count - 1 - low] = pmf[count - low] * count / (start + share * (count - 1))
    for count in range(mode, high):
        pmf[count + 1 - low] = pmf[count - low] * (start + share * count) / (count + 1)
    total = 0.0
    for value in pmf:
        total += value
    return low, pmf / total


@njit(cache=True, nogil=True)
def survival(pmf: FloatArray) -> FloatArray:
    """Return the probability of more than each count, summed from the far end."""
    above = np.empty(pmf.size)
    tail = 0.0
    for place in range(pmf.size - 1, -1, -1):
        above[place] = tail
        tail += pmf[place]
    return above


@njit(cache=True, nogil=True)
def convolved(left: FloatArray, right: FloatArray) -> FloatArray:
    """Return the probabilities of a sum."""
    total = np.zeros(left.size + right.size - 1)
    for i in range(left.size):
        if left[i] > 0.0:
            for k in range(right.size):
                total[i + k] += left[i] * right[k]
    return total
