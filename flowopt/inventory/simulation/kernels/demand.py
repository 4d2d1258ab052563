"""Random demand, compiled: buffers full of it, a distribution at a time."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from flowopt.inventory.simulation.kernels.random import (
    FloatArray,
    Stream,
    as_share,
    gamma,
    gamma_of,
    gamma_scales,
    mixed,
    normal_of,
    poisson,
    step,
)

HISTORY, NORMAL, GAMMA, COUNTED, SAMPLED = range(5)
"""Where demand comes from: an array, a distribution, a table of chances, drawn samples."""

LONGEST_TABLE = 65536
"""Most values that a table of chances holds; wider counts are drawn as a mixed Poisson."""

_STEP = np.uint64(0x9E3779B97F4A7C15)
_HALF, _LOW = np.uint64(32), np.uint64(0xFFFFFFFF)
_NEGLIGIBLE = 1e-17  # of the chance of the likeliest value


@njit(cache=True, nogil=True)
def chances_of_counts(mean: float, variance: float) -> tuple[int, FloatArray]:
    """Return the first value and the chances of a negative binomial; Poisson at least.

    Both ways from the likeliest value, so that nothing underflows; no chances when the table would
    be too long.

    Parameters
    ----------
    mean, variance
        Of the demand of a period; mean above 0.
    """
    beta = max(variance / mean - 1.0, 0.0)
    mode = max(math.floor(mean - beta), 0)
    up = np.empty(LONGEST_TABLE)
    size, weight, value = 0, 1.0, mode
    while weight > _NEGLIGIBLE or value < mean:
        if size >= LONGEST_TABLE:
            return 0, np.empty(0)
        up[size] = weight
        size += 1
        weight *= (value * beta + mean) / ((value + 1) * (1.0 + beta))
        value += 1
    down = np.empty(mode)
    num_down, weight, value = 0, 1.0, mode
    while value > 0:
        weight *= value * (1.0 + beta) / ((value - 1) * beta + mean)
        if weight <= _NEGLIGIBLE:
            break
        if size + num_down >= LONGEST_TABLE:
            return 0, np.empty(0)
        down[num_down] = weight
        num_down += 1
        value -= 1
    chance = np.concatenate((down[:num_down][::-1], up[:size]))
    return mode - num_down, chance / chance.sum()


@njit(cache=True, nogil=True)
def alias_table(
    chance: FloatArray,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return Walker's table of a distribution, from which a draw takes one step (Vose 1991).

    Parameters
    ----------
    chance
        (M,) chances, summing to 1.

    Returns
    -------
    tuple
        (M,) up to which 32 random bits a value stands for itself, and which it stands for beyond.
    """
    size = chance.size
    scaled = chance * size
    limit = np.full(size, 1 << 32, dtype=np.int64)
    alias = np.arange(size)
    small = np.empty(size, dtype=np.int64)
    large = np.empty(size, dtype=np.int64)
    num_small, num_large = 0, 0
    for value in range(size):
        if scaled[value] < 1.0:
            small[num_small] = value
            num_small += 1
        else:
            large[num_large] = value
            num_large += 1
    while num_small > 0 and num_large > 0:
        num_small -= 1
        low, high = small[num_small], large[num_large - 1]
        limit[low] = int(scaled[low] * 4294967296.0)
        alias[low] = high
        scaled[high] -= 1.0 - scaled[low]
        if scaled[high] < 1.0:
            num_large -= 1
            small[num_small] = high
            num_small += 1
    return limit, alias


@njit(cache=True, nogil=True)
def fill_from_table(
    buffer: FloatArray,
    count: int,
    random: Stream,
    first: int,
    limit: npt.NDArray[np.int64],
    alias: npt.NDArray[np.int64],
) -> None:
    """Fill a buffer with draws of a table."""
    state, size = random[0], np.uint64(limit.size)
    for place in range(count):
        state += _STEP
        bits = mixed(state)
        column = np.int64(((bits >> _HALF) * size) >> _HALF)
        other = alias[column]
        value = column if np.int64(bits & _LOW) < limit[column] else other
        buffer[place] = first + value
    random[0] = state


@njit(cache=True, nogil=True)
def _fill_gamma(
    buffer: FloatArray, count: int, random: Stream, mean: float, variance: float
) -> None:
    """Fill a buffer with gamma demand; `mean` and `variance` are above 0."""
    scale, state = variance / mean, random[0]
    shape = mean / scale
    d, c = gamma_scales(shape)
    if shape >= 1.0:
        for place in range(count):
            x, state = gamma_of(state, d, c)
            buffer[place] = scale * x
    else:
        for place in range(count):
            x, state = gamma_of(state, d, c)
            state = step(state)
            buffer[place] = scale * x * math.exp(math.log(as_share(mixed(state))) / shape)
    random[0] = state


@njit(cache=True, nogil=True)
def fill(
    buffer: FloatArray,
    count: int,
    random: Stream,
    kind: int,
    mean: float,
    variance: float,
    samples: FloatArray,
) -> None:
    """Fill a buffer with demand; what would be negative is none.

    Parameters
    ----------
    buffer, count
        Where to, and how many.
    random
        The streams of the item.
    kind
        `NORMAL`, `GAMMA`, `COUNTED` (too wide for a table) or `SAMPLED`.
    mean, variance
        Of the demand of a period.
    samples
        What to draw from, when it is `SAMPLED`.
    """
    if kind == NORMAL:
        sd, state = math.sqrt(variance), random[0]
        for place in range(count):
            state = step(state)
            x, state = normal_of(mixed(state), state)
            buffer[place] = max(mean + sd * x, 0.0)
        random[0] = state
    elif kind == SAMPLED:
        state, size = random[0], np.uint64(samples.size)
        for place in range(count):
            state += _STEP
            buffer[place] = samples[np.int64(((mixed(state) >> _HALF) * size) >> _HALF)]
        random[0] = state
    elif mean <= 0.0:
        buffer[:count] = 0.0
    elif kind == GAMMA and variance > 0.0:
        _fill_gamma(buffer, count, random, mean, variance)
    elif kind == GAMMA:
        buffer[:count] = mean
    else:
        beta = variance / mean - 1.0
        for place in range(count):
            rate = mean if beta <= 1e-12 else beta * gamma(random, 0, mean / beta)
            buffer[place] = poisson(random, 0, rate)
