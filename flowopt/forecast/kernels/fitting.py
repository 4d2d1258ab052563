"""Smoothing parameters with the least mean squared one-step error, compiled."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

SES, CROSTON, SBA, TSB = 0, 1, 2, 3
"""The methods that have a parameter to fit."""

_GRID = 9
_GOLDEN = 0.6180339887498949
_STEPS = 16  # of the golden section; each leaves 0.618 of the interval
_ROUNDS = 3  # of the two parameters in turn


@njit(cache=True, nogil=True)
def squared_error(
    values: Floats, first: int, last: int, method: int, alpha: float, beta: float, warm: bool
) -> float:
    """Return the sum of squared one-step errors of one history."""
    total = 0.0
    if method == SES:
        level = values[first]
        for t in range(first + 1, last):
            error = values[t] - level
            total += error * error
            level += (max(alpha, 1.0 / (t - first + 1)) if warm else alpha) * error
        return total
    factor = 1.0 - alpha / 2 if method == SBA else 1.0
    size = interval = forecast = 0.0
    chance = 1.0 if values[first] > 0 else 0.0
    since = seen = 0
    for t in range(first, last):
        since += 1
        positive = values[t] > 0
        if size > 0:
            error = values[t] - forecast
            total += error * error
        if method == TSB and t > first:
            step = max(beta, 1.0 / (t - first + 1)) if warm else beta
            chance += step * ((1.0 if positive else 0.0) - chance)
        if positive:
            seen += 1
            if seen > 1:
                step = max(alpha, 1.0 / seen) if warm else alpha
                size += step * (values[t] - size)
                interval += step * (since - interval)
            else:
                size, interval = values[t], float(since)
            since = 0
            if method != TSB:
                forecast = factor * size / interval
        if method == TSB:
            forecast = chance * size
    return total


@njit(cache=True, nogil=True)
def _least(
    values: Floats,
    first: int,
    last: int,
    method: int,
    other: float,
    second: bool,
    bounds: Floats,
    warm: bool,
) -> float:
    """Return the best of one parameter: the best of a grid, refined by a golden section."""
    best, best_error = float(bounds[0]), np.inf
    width = (bounds[1] - bounds[0]) / (_GRID - 1)
    for k in range(_GRID):
        x = bounds[0] + k * width
        a, b = (other, x) if second else (x, other)
        error = squared_error(values, first, last, method, a, b, warm)
        if error < best_error:
            best, best_error = x, error
    low, high = max(bounds[0], best - width), min(bounds[1], best + width)
    for _ in range(_STEPS):
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        a, b = (other, left) if second else (left, other)
        error_left = squared_error(values, first, last, method, a, b, warm)
        a, b = (other, right) if second else (right, other)
        error_right = squared_error(values, first, last, method, a, b, warm)
        if error_left <= error_right:
            high = right
            if error_left < best_error:
                best, best_error = left, error_left
        else:
            low = left
            if error_right < best_error:
                best, best_error = right, error_right
    return best


@njit(cache=True, nogil=True)
def _best_pair(
    values: Floats, first: int, last: int, method: int, bounds: Floats, warm: bool
) -> tuple[float, float]:
    """Return the best two parameters of a grid: each may be best beside a poor other."""
    best = np.inf
    alpha = beta = 0.0
    width = (bounds[1] - bounds[0]) / (_GRID - 1)
    for j in range(_GRID):
        for k in range(_GRID):
            a, b = bounds[0] + j * width, bounds[0] + k * width
            error = squared_error(values, first, last, method, a, b, warm)
            if error < best:
                best, alpha, beta = error, a, b
    return alpha, beta


@njit(cache=True, nogil=True)
def fit(
    values: Floats,
    starts: Index,
    method: int,
    bounds: Floats,
    warm: bool,
    wanted_alpha: Floats,
    wanted_beta: Floats,
    alpha: Floats,
    beta: Floats,
) -> None:
    """Fill `alpha` and `beta` with the wanted ones, fitted where those are NaN."""
    for i in range(starts.size - 1):
        alpha[i], beta[i] = wanted_alpha[i], wanted_beta[i]
        first, last = starts[i], starts[i + 1]
        free_alpha, free_beta = np.isnan(alpha[i]), np.isnan(beta[i])
        if free_alpha:
            alpha[i] = 0.1
        if free_beta:
            beta[i] = 0.1
        if last - first < 2 or not (free_alpha or free_beta):
            continue
        if free_alpha and free_beta:
            alpha[i], beta[i] = _best_pair(values, first, last, method, bounds, warm)
        for _ in range(_ROUNDS if free_alpha and free_beta else 1):
            if free_alpha:
                alpha[i] = _least(values, first, last, method, beta[i], False, bounds, warm)
            if free_beta:
                beta[i] = _least(values, first, last, method, alpha[i], True, bounds, warm)
