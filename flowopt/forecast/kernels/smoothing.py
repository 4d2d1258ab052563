"""Exponential smoothing of many histories, compiled.

Histories lie one after another in one array: history ``i`` is
``values[starts[i]:starts[i + 1]]``. Every kernel fills ``errors`` with the one-step-ahead errors
(demand less forecast) of each period, NaN where there was nothing to forecast from yet, and the
forecast of the period after the last. A history without periods has the forecast NaN; one without
demand, 0.

Where `warm` is true, a smoothed value is a plain mean until its parameter is more than one over the
number of values: what came first weighs no more than the rest. Else it starts at the first value.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]


@njit(cache=True, nogil=True)
def smooth(
    values: Floats, starts: Index, alpha: Floats, warm: bool, forecast: Floats, errors: Floats
) -> None:
    """Smooth exponentially; the level starts at the first period's demand."""
    for i in range(starts.size - 1):
        first, last = starts[i], starts[i + 1]
        if first == last:
            forecast[i] = np.nan
            continue
        level = values[first]
        errors[first] = np.nan
        for t in range(first + 1, last):
            error = values[t] - level
            errors[t] = error
            level += (max(alpha[i], 1.0 / (t - first + 1)) if warm else alpha[i]) * error
        forecast[i] = level


@njit(cache=True, nogil=True)
def croston(
    values: Floats,
    starts: Index,
    alpha: Floats,
    factor: Floats,
    warm: bool,
    forecast: Floats,
    errors: Floats,
) -> None:
    """Run Croston's method: the size of a demand over the interval between demands, both smoothed.

    `factor` is 1 for Croston's own forecast, 1 - alpha / 2 for the approximation of Syntetos and
    Boylan.
    """
    for i in range(starts.size - 1):
        first, last = starts[i], starts[i + 1]
        forecast[i] = np.nan if first == last else 0.0
        size = interval = 0.0
        seen = 0
        since = 0
        for t in range(first, last):
            errors[t] = values[t] - forecast[i] if seen > 0 else np.nan
            since += 1
            if values[t] > 0:
                seen += 1
                if seen > 1:
                    step = max(alpha[i], 1.0 / seen) if warm else alpha[i]
                    size += step * (values[t] - size)
                    interval += step * (since - interval)
                else:
                    size, interval = values[t], float(since)
                forecast[i] = factor[i] * size / interval
                since = 0


@njit(cache=True, nogil=True)
def tsb(
    values: Floats,
    starts: Index,
    alpha: Floats,
    beta: Floats,
    warm: bool,
    forecast: Floats,
    errors: Floats,
) -> None:
    """Run TSB (see `flowopt.forecast.methods.tsb`): the size of a demand times the chance of one.

    The chance, by `beta`, is updated in every period, so that the forecast falls while there is no
    demand; the size, by `alpha`, in periods with demand.
    """
    for i in range(starts.size - 1):
        first, last = starts[i], starts[i + 1]
        if first == last:
            forecast[i] = np.nan
            continue
        chance = 1.0 if values[first] > 0 else 0.0
        size = 0.0
        seen = 0
        for t in range(first, last):
            errors[t] = values[t] - chance * size if seen > 0 else np.nan
            if t > first:
                step = max(beta[i], 1.0 / (t - first + 1)) if warm else beta[i]
                chance += step * ((1.0 if values[t] > 0 else 0.0) - chance)
            if values[t] > 0:
                seen += 1
                step = max(alpha[i], 1.0 / seen) if warm else alpha[i]
                size = size + step * (values[t] - size) if seen > 1 else values[t]
        forecast[i] = chance * size


@njit(cache=True, nogil=True)
def average(values: Floats, starts: Index, window: int, forecast: Floats, errors: Floats) -> None:
    """Take the mean of the last periods, `window` of them, or all where there are fewer."""
    for i in range(starts.size - 1):
        first, last = starts[i], starts[i + 1]
        if first == last:
            forecast[i] = np.nan
            continue
        total = 0.0
        errors[first] = np.nan
        for t in range(first, last):
            count = t - first
            if count > 0:
                errors[t] = values[t] - total / min(count, window)
            total += values[t]
            if count >= window:
                total -= values[t - window]
        exact = 0.0  # summed anew: the running total has gathered rounding
        from_ = max(first, last - window)
        for t in range(from_, last):
            exact += values[t]
        forecast[i] = exact / (last - from_)


@njit(cache=True, nogil=True)
def seasonal(values: Floats, starts: Index, season: int, forecast: Floats, errors: Floats) -> None:
    """Repeat the demand of the same period a season ago; `forecast` is (n, horizon).

    A history shorter than a season repeats its last period.
    """
    for i in range(starts.size - 1):
        first, last = starts[i], starts[i + 1]
        length = last - first
        step = season if length >= season else 1
        for t in range(first, last):
            errors[t] = values[t] - values[t - step] if t - first >= step else np.nan
        for h in range(forecast.shape[1]):
            forecast[i, h] = values[last - step + h % step] if length > 0 else np.nan


@njit(cache=True, nogil=True)
def describe(values: Floats, starts: Index, errors: Floats, out: Floats) -> None:
    """Fill (n, 9) figures of each history.

    They are: the number of periods with demand, the periods up to the last of them, the sum of
    demand, the sum of squares of demand about its mean per demand, the periods since the last
    demand, the number of errors, their sum, the sum of their sizes, the sum of their squares.
    """
    for i in range(starts.size - 1):
        count = since = 0
        up_to = 0
        total = 0.0
        mean = spread = 0.0  # by Welford, in one pass without cancellation
        num_errors = 0
        error_sum = error_size = error_squares = 0.0
        for t in range(starts[i], starts[i + 1]):
            since += 1
            if values[t] > 0:
                count += 1
                total += values[t]
                off = values[t] - mean
                mean += off / count
                spread += off * (values[t] - mean)
                up_to += since
                since = 0
            if errors[t] == errors[t]:
                num_errors += 1
                error_sum += errors[t]
                error_size += abs(errors[t])
                error_squares += errors[t] * errors[t]
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = count, up_to, total, spread
        out[i, 4], out[i, 5] = since, num_errors
        out[i, 6], out[i, 7], out[i, 8] = error_sum, error_size, error_squares
