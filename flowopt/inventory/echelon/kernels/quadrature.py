"""Integrals against a normal density, compiled."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

FloatArray = npt.NDArray[np.float64]

WIDTH = 8.0
"""Standard deviations beyond which a normal demand is not followed."""

_ROOT_2 = math.sqrt(2.0)
_ROOT_2_PI = math.sqrt(2.0 * math.pi)
_PANEL = 3.0  # standard deviations of the narrowest density, of a panel with these nodes:
_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(12)


@njit(cache=True, nogil=True)
def density(z: float) -> float:
    """Return the density of the standard normal distribution."""
    return math.exp(-0.5 * z * z) / _ROOT_2_PI


@njit(cache=True, nogil=True)
def upper(z: float) -> float:
    """Return the probability of more than `z` standard deviations above the mean."""
    return 0.5 * math.erfc(z / _ROOT_2)


@njit(cache=True, nogil=True)
def standard_loss(z: float) -> float:
    """Return the mean excess of a standard normal over `z`."""
    return density(z) - z * upper(z)


@njit(cache=True, nogil=True)
def num_nodes(length: float, scale: float) -> int:
    """Return the number of nodes for an interval in which densities have a scale."""
    return _POINTS.size * max(1, math.ceil(length / (_PANEL * scale)))


@njit(cache=True, nogil=True)
def place_nodes(low: float, high: float, node: FloatArray, weight: FloatArray) -> None:
    """Set Gauss and Legendre's nodes and weights of equal panels of an interval.

    Parameters
    ----------
    low, high
        The interval.
    node, weight
        (k,) set in place, in rising order; k is a number of `num_nodes`.
    """
    points = _POINTS.size
    panels = node.size // points
    half = (high - low) / (2.0 * panels)
    for panel in range(panels):
        middle = low + (2 * panel + 1) * half
        for k in range(points):
            node[panel * points + k] = middle + half * _POINTS[k]
            weight[panel * points + k] = half * _WEIGHTS[k]
