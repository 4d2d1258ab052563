"""Random numbers, compiled: a stream of its own for each item and replication.

The generator is SplitMix64 (Steele, Lea & Flood, *Fast Splittable Pseudorandom Number Generators*,
2014): a counter, mixed. Normal numbers come from a ziggurat of 128 layers (Doornik, *An Improved
Ziggurat Method to Generate Normal Random Samples*, 2005), gamma ones by Marsaglia & Tsang (2000).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

Stream = npt.NDArray[np.uint64]
FloatArray = npt.NDArray[np.float64]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_S11, _S27, _S30, _S31 = np.uint64(11), np.uint64(27), np.uint64(30), np.uint64(31)
_LAYER = np.uint64(127)
_S7, _SPARE = np.uint64(7), np.uint64(15)  # bits that a normal number leaves
_UNIT = 2.0**-53
_CENTRE = np.int64(1 << 52)

_EDGE, _AREA = 3.442619855899, 9.91256303526217e-3  # of the ziggurat with 128 layers


def _layers() -> tuple[FloatArray, FloatArray]:
    """Return the widths of the layers, and each as a share of the one below."""
    width = np.zeros(129)
    width[0], width[1] = _AREA / math.exp(-0.5 * _EDGE**2), _EDGE
    for i in range(2, 128):
        above = _AREA / width[i - 1] + math.exp(-0.5 * width[i - 1] ** 2)
        width[i] = math.sqrt(-2 * math.log(above))
    return width, width[1:] / width[:-1]


_WIDTH, _SHARE = _layers()
_BOUND, _SCALE = _SHARE * 2.0**52, _WIDTH * 2.0**-52  # for whole numbers of 53 bits


@njit(cache=True, nogil=True, inline="always")
def mixed(counter: np.uint64) -> np.uint64:
    """Return 64 random bits made of a counter."""
    bits = (counter ^ (counter >> _S30)) * _FIRST
    bits = (bits ^ (bits >> _S27)) * _SECOND
    return bits ^ (bits >> _S31)


@njit(cache=True, nogil=True)
def begin(random: Stream, seed: int, item: int, replication: int, kind: int) -> None:
    """Set a stream to its beginning; `kind` parts demand from lead times."""
    key = mixed(np.uint64(seed) + _STEP)
    key = mixed(key ^ mixed(np.uint64(item) + _STEP))
    key = mixed(key ^ mixed(np.uint64(replication) * np.uint64(2) + np.uint64(kind) + _STEP))
    random[kind] = key


@njit(cache=True, nogil=True, inline="always")
def draw(random: Stream, kind: int) -> np.uint64:
    """Return the next 64 bits of a stream."""
    random[kind] += _STEP
    return mixed(random[kind])


@njit(cache=True, nogil=True, inline="always")
def as_share(bits: np.uint64) -> float:
    """Return bits as a number above 0 and below 1."""
    return float((np.int64(bits >> _S11) + 0.5) * _UNIT)


@njit(cache=True, nogil=True)
def share(random: Stream, kind: int) -> float:
    """Return a number above 0 and below 1."""
    return float(as_share(draw(random, kind)))


@njit(cache=True, nogil=True, inline="always")
def step(state: np.uint64) -> np.uint64:
    """Return the state after this one; `mixed` makes bits of it."""
    return state + _STEP


@njit(cache=True, nogil=True)
def _outside(bits: np.uint64, state: np.uint64) -> tuple[float, np.uint64]:
    """Return a normal number of bits that point beside the inner part of a layer."""
    while True:
        layer = np.int64(bits & _LAYER)
        wide = (np.int64(bits >> _S11) - _CENTRE) + 0.5
        x = wide * _SCALE[layer]
        if abs(wide) < _BOUND[layer]:
            return x, state
        state = step(state)
        if layer == 0:  # beyond the edge
            while True:
                x = math.log(as_share(mixed(state))) / _EDGE
                state = step(state)
                if -2.0 * math.log(as_share(mixed(state))) >= x * x:
                    break
                state = step(state)
            return (x - _EDGE if wide < 0 else _EDGE - x), state
        low = math.exp(-0.5 * (_WIDTH[layer] * _WIDTH[layer] - x * x))
        high = math.exp(-0.5 * (_WIDTH[layer + 1] * _WIDTH[layer + 1] - x * x))
        if high + as_share(mixed(state)) * (low - high) < 1.0:
            return x, state
        state = step(state)
        bits = mixed(state)


@njit(cache=True, nogil=True, inline="always")
def normal_of(bits: np.uint64, state: np.uint64) -> tuple[float, np.uint64]:
    """Return a standard normal number of bits, and the state of the stream after it."""
    layer = np.int64(bits & _LAYER)
    wide = (np.int64(bits >> _S11) - _CENTRE) + 0.5
    x = wide * _SCALE[layer]
    if abs(wide) >= _BOUND[layer]:
        x, state = _outside(bits, state)
    return x, state


@njit(cache=True, nogil=True)
def normal(random: Stream, kind: int) -> float:
    """Return a number of the standard normal distribution."""
    state = step(random[kind])
    x, state = normal_of(mixed(state), state)
    random[kind] = state
    return float(x)


@njit(cache=True, nogil=True, inline="always")
def gamma_scales(shape: float) -> tuple[float, float]:
    """Return d and c of Marsaglia and Tsang for a shape of at least 1; that of one less + 1."""
    d = (shape if shape >= 1.0 else shape + 1.0) - 1.0 / 3.0
    return d, 1.0 / math.sqrt(9.0 * d)


@njit(cache=True, nogil=True, inline="always")
def gamma_of(state: np.uint64, d: float, c: float) -> tuple[float, np.uint64]:
    """Return a gamma number with a scale of 1, and the state of the stream after it.

    The bits that its normal number leaves tell the chance of keeping it to a sixteenth, which
    mostly is enough: then it costs no second draw.
    """
    while True:
        state = step(state)
        bits = mixed(state)
        x, state = normal_of(bits, state)
        v = 1.0 + c * x
        if v <= 0.0:
            continue
        v = v * v * v
        spare = float(np.int64((bits >> _S7) & _SPARE))
        squeeze = 1.0 - 0.0331 * (x * x) * (x * x)  # that spares nearly all logarithms
        if spare + 1.0 <= 16.0 * squeeze:
            break
        state = step(state)
        chance = (spare + as_share(mixed(state))) * 0.0625
        if chance < squeeze or math.log(chance) < 0.5 * x * x + d * (1.0 - v + math.log(v)):
            break
    return d * v, state


@njit(cache=True, nogil=True)
def gamma(random: Stream, kind: int, shape: float) -> float:
    """Return a number of the gamma distribution with a scale of 1."""
    d, c = gamma_scales(shape)
    value, state = gamma_of(random[kind], d, c)
    random[kind] = state
    if shape < 1.0:
        value *= math.exp(math.log(share(random, kind)) / shape)
    return float(value)


_SMALL = 1000.0  # from here on a rounded normal number is a Poisson one to a thousandth


@njit(cache=True, nogil=True)
def poisson(random: Stream, kind: int, mean: float) -> float:
    """Return a number of the Poisson distribution."""
    if mean >= _SMALL:
        return max(math.floor(mean + math.sqrt(mean) * normal(random, kind) + 0.5), 0.0)
    count = 0.0
    left = mean
    while True:  # gaps between events, exponential, until the mean is used up
        left += math.log(share(random, kind))
        if left < 0.0:
            return count
        count += 1.0
