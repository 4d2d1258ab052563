"""Tables of demand that comes in whole units, compiled: probabilities, tails, expected shortages.

A table starts at its first value, `start`; entry i stands for the value start + i. What lies
outside of it has a probability that no level feels.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]
_LEAST = 1e-20
_TINY = 1e-290


@njit(cache=True, nogil=True)
def least_tail(allowed: float) -> float:
    """Return the smallest tail that counts where a chance of `allowed` is looked for."""
    return max(_TINY, min(_LEAST, allowed * 1e-6))


@njit(cache=True, nogil=True)
def count_table(mean: float, excess: float, least: float) -> tuple[int, Floats]:
    """Return the first value and the probabilities of a negative binomial, or of a Poisson.

    From the mode outwards, each by its ratio to the one before, and scaled to a sum of 1: neither
    underflow nor large logarithms cost digits.

    Parameters
    ----------
    mean
        Expected demand, 0 or more.
    excess
        Variance / mean - 1; 0 for Poisson.
    least
        Smallest tail that counts, as a share of all.
    """
    if mean <= 0.0:
        return 0, np.ones(1)
    share = excess / (1 + excess)
    growth = mean / (1 + excess)  # the ratio of k + 1 to k is (growth + k share) / (k + 1)
    mode = max(0, math.floor(mean - excess))
    while growth + mode * share > mode + 1:  # rounding may have missed it
        mode += 1
    edge = least / ((1 + excess) * (1 + excess))
    weight, top = 1.0, mode
    while weight > edge:
        weight *= (growth + top * share) / (top + 1)
        top += 1
    weight, start = 1.0, mode
    while weight > edge and start > 0:
        weight *= start / (growth + (start - 1) * share)
        start -= 1
    table = np.empty(top - start + 1)
    table[mode - start] = total = 1.0
    weight = 1.0
    for k in range(mode, top):
        weight *= (growth + k * share) / (k + 1)
        table[k + 1 - start] = weight
        total += weight
    weight = 1.0
    for k in range(mode, start, -1):
        weight *= k / (growth + (k - 1) * share)
        table[k - 1 - start] = weight
        total += weight
    for i in range(table.size):
        table[i] /= total
    return start, table


@njit(cache=True, nogil=True)
def convolved(one: Floats, other: Floats) -> Floats:
    """Return the probabilities of a sum of two demands, both tables from 0.

    Parameters
    ----------
    one, other
        Their tables.
    """
    result = np.zeros(one.size + other.size - 1)
    for i in range(one.size):
        if one[i] > 0:
            for j in range(other.size):
                result[i + j] += one[i] * other[j]
    return result


@njit(cache=True, nogil=True)
def tails(table: Floats) -> tuple[Floats, Floats]:
    """Return the chances of more than each value, and the expected units beyond it.

    Parameters
    ----------
    table
        The probabilities.
    """
    survival, loss = np.empty(table.size), np.empty(table.size)
    above, beyond = 0.0, 0.0
    for i in range(table.size - 1, -1, -1):
        survival[i], loss[i] = above, beyond
        above += table[i]
        beyond += above
    return survival, loss


@njit(cache=True, nogil=True)
def loss_at(level: int, start: int, loss: Floats, mean: float) -> float:
    """Return the expected units beyond a level.

    Parameters
    ----------
    level
        Any whole number.
    start, loss
        The table of `tails`.
    mean
        Expected demand.
    """
    place = level - start
    if place < 0:
        return mean - level
    return loss[place] if place < loss.size else 0.0


@njit(cache=True, nogil=True)
def least_level(start: int, survival: Floats, allowed: float) -> int:
    """Return the least level that demand exceeds with at most a given chance.

    Parameters
    ----------
    start, survival
        The table of `tails`.
    allowed
        The chance.
    """
    for place in range(survival.size):
        if survival[place] <= allowed:
            return start + place
    return start + survival.size - 1


@njit(cache=True, nogil=True)
def levels_and_losses(
    mean: Floats, excess: Floats, allowed: Floats, wanted: Floats
) -> tuple[Floats, Floats]:
    """Return levels of items, and the expected units beyond them.

    Parameters
    ----------
    mean, excess
        (n,) mean demand, and variance / mean - 1.
    allowed
        (n,) chance of a demand of more than the level, of which the least is returned.
    wanted
        (n,) level that is given; NaN where the least is asked for.
    """
    level, short = np.empty(mean.size), np.empty(mean.size)
    for i in range(mean.size):
        start, table = count_table(mean[i], excess[i], least_tail(allowed[i]))
        survival, loss = tails(table)
        level[i] = wanted[i]
        if math.isnan(wanted[i]):
            level[i] = least_level(start, survival, allowed[i]) if allowed[i] < 1 else 0.0
        short[i] = loss_at(int(level[i]), start, loss, mean[i])
    return level, short
