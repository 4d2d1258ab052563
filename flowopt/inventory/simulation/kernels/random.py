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
_UNIT = 2.0**-53

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


@njit(cache=True, nogil=True)
def normal(random: Stream, kind: int) -> float:
    """Return a number of the standard normal distribution."""
    while True:
        bits = draw(random, kind)
        layer = np.int64(bits & _LAYER)
        signed = 2.0 * as_share(bits) - 1.0
        if abs(signed) < _SHARE[layer]:
            return float(signed * _WIDTH[layer])
        if layer == 0:  # beyond the edge
            while True:
                x = math.log(share(random, kind)) / _EDGE
                if -2.0 * math.log(share(random, kind)) >= x * x:
                    break
            return x - _EDGE if signed < 0 else _EDGE - x
        x = signed * _WIDTH[layer]
        low = math.exp(-0.5 * (_WIDTH[layer] * _WIDTH[layer] - x * x))
        high = math.exp(-0.5 * (_WIDTH[layer + 1] * _WIDTH[layer + 1] - x * x))
        if high + share(random, kind) * (low - high) < 1.0:
            return float(x)


@njit(cache=True, nogil=True)
def gamma(random: Stream, kind: int, shape: float) -> float:
    """Return a number of the gamma distribution with a scale of 1."""
    raised = shape if shape >= 1.0 else shape + 1.0
    d = raised - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        x = normal(random, kind)
        v = 1.0 + c * x
        if v <= 0.0:
            continue
        v = v * v * v
        chance = share(random, kind)
        if chance < 1.0 - 0.0331 * x * x * x * x:  # a squeeze that spares nearly all logarithms
            break
        if math.log(chance) < 0.5 * x * x + d * (1.0 - v + math.log(v)):
            break
    if shape >= 1.0:
        return d * v
    return d * v * math.exp(math.log(share(random, kind)) / shape)


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
