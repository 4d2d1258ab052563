r"""How good a forecast was: the usual measures of error, item by item.

With errors :math:`e_t = y_t - \hat y_t` over the periods compared (Hyndman and Koehler, *Another
look at measures of forecast accuracy*, International Journal of Forecasting 22, 2006):

===============  ==========================================================================
``bias``         mean of the forecast less demand; above 0: too high
``mae``          mean of :math:`|e_t|`
``rmse``         root of the mean of :math:`e_t^2`
``wape``         sum of :math:`|e_t|` over the sum of demand
``mase``         ``mae`` over the mean size of the naive errors of the past
``rmsse``        ``rmse`` over the root mean square of the naive errors of the past
===============  ==========================================================================

A measure that would divide by 0 is NaN; so is every measure of an item without a forecast.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.forecast.history import DemandHistory
from flowopt.forecast.reading import Floats
from flowopt.forecast.result import DemandForecast

MEASURES = ("bias", "mae", "rmse", "wape", "mase", "rmsse")


def forecast_errors(
    actual: npt.ArrayLike, forecast: npt.ArrayLike, history: Any = None, season_length: int = 1
) -> dict[str, Floats]:
    """Return measures of error; see the module.

    Parameters
    ----------
    actual
        (n, T) demand as it came, units.
    forecast
        (n, T) as it was forecast, or (n, 1) for all periods alike.
    history
        `DemandHistory` or (n, t) array of the periods before, for ``mase`` and ``rmsse``; None
        leaves those NaN.
    season_length
        The naive forecast is the demand so many periods ago.

    Returns
    -------
    dict
        Measure → (n,) values.

    Raises
    ------
    ValidationError
        When the shapes do not fit, or actual demand is no number.

    Examples
    --------
    >>> errors = forecast_errors([[12, 8, 10, 14]], [[10, 10, 10, 10]], [[9, 11, 10, 13]])
    >>> {name: round(float(values[0]), 3) for name, values in errors.items()}
    {'bias': -1.0, 'mae': 2.0, 'rmse': 2.449, 'wape': 0.182, 'mase': 1.0, 'rmsse': 1.134}
    """
    y, predicted = _read(actual, forecast)
    errors = y - predicted
    mae, rmse = np.abs(errors).mean(axis=1), np.sqrt((errors**2).mean(axis=1))
    naive_size, naive_square = _naive(history, len(y), season_length)
    return {
        "bias": -errors.mean(axis=1),
        "mae": mae,
        "rmse": rmse,
        "wape": _ratio(np.abs(errors).sum(axis=1), y.sum(axis=1)),
        "mase": _ratio(mae, naive_size),
        "rmsse": _ratio(rmse, np.sqrt(naive_square)),
    }


def quantile_loss(actual: npt.ArrayLike, quantile: npt.ArrayLike, probability: float) -> Any:
    r"""Return the loss of a quantile forecast, least on average for the true quantile.

    :math:`p\,(y - q)^+ + (1 - p)\,(q - y)^+` (Koenker and Bassett, *Regression quantiles*,
    Econometrica 46, 1978).

    Parameters
    ----------
    actual
        Demand as it came.
    quantile
        Forecast of the quantile.
    probability
        Its probability p, between 0 and 1.

    Raises
    ------
    ValidationError
        When it is no probability.

    Examples
    --------
    >>> quantile_loss([12.0, 20.0], [15.0, 15.0], 0.9).round(2).tolist()
    [0.3, 4.5]
    """
    failures = Failures()
    if not _is_number(probability) or not 0 <= probability <= 1:
        fix = "give a number from 0 to 1"
        message = "is no probability"
        failures.add("forecast", "probability", None, probability, "out_of_range", message, fix)
    failures.raise_if_any()
    above = np.asarray(actual, dtype=np.float64) - np.asarray(quantile, dtype=np.float64)
    return np.where(above > 0, probability * above, (probability - 1) * above)


def compare_methods(
    history: DemandHistory, methods: Any, *, holdout: int = 12, **options: Any
) -> dict[str, dict[str, float]]:
    """Return how methods do on the last periods, which they are not shown.

    Parameters
    ----------
    history
        The histories.
    methods
        Names of methods, as `flowopt.forecast.forecast_demand` takes them.
    holdout
        How many of the last periods to keep from them, 1 or more; items with no earlier period to
        learn from do not count.
    options
        Options of `flowopt.forecast.forecast_demand`.

    Returns
    -------
    dict
        Method → ``wape`` over all items together, ``bias`` relative to all demand, and the mean
        ``rmsse`` of the items that have one; NaN where there is none, or no demand to compare with.

    Raises
    ------
    ValidationError
        When an option cannot be used.

    Examples
    --------
    >>> history = DemandHistory.from_array([[4, 6, 5, 4, 6, 5, 5], [0, 0, 2, 0, 0, 2, 0]])
    >>> table = compare_methods(history, ["ses", "croston_sba"], holdout=2, alpha=0.1)
    >>> {name: round(measures["wape"], 3) for name, measures in table.items()}
    {'ses': 0.167, 'croston_sba': 0.208}
    """
    failures = Failures()
    if not _is_count(holdout) or holdout < 1:
        fix = "give a whole number, 1 or more"
        message = "is no number of periods"
        failures.add("forecast", "holdout", None, holdout, "out_of_range", message, fix)
    failures.raise_if_any()
    past = history.until(holdout)
    learnt = (past.lengths > 0) & ~past.bad
    rows = np.flatnonzero(learnt)
    last = history.starts[1:][rows]
    actual = history.values[last[:, None] - holdout + np.arange(holdout)]
    known = past.take(rows)
    result = {}
    for method in methods:
        forecast = known.forecast(method, horizon=holdout, **options)
        errors = forecast_errors(actual, forecast.mean, known)
        total = float(actual.sum()) or float("nan")
        rmsse = errors["rmsse"][np.isfinite(errors["rmsse"])]
        result[str(method)] = {
            "wape": float((errors["mae"] * holdout).sum() / total),
            "bias": float((errors["bias"] * holdout).sum() / total),
            "rmsse": float(rmsse.mean()) if len(rmsse) else float("nan"),
        }
    return result


def evaluate(forecast: DemandForecast, actual: DemandHistory) -> dict[str, Any]:
    """Return measures of a forecast against what came; see `DemandForecast.evaluate`."""
    from flowopt.core.ids import key_positions

    rows = key_positions([forecast.items, forecast.sites], [actual.items, actual.sites])
    count = min(forecast.horizon, actual.end - forecast.start)
    failures = Failures()
    if count < 1 or actual.calendar != forecast.calendar:
        message, fix = "shares no period with the forecast", "give the periods that came after"
        failures.add("history", "ds", None, None, "out_of_range", message, fix)
    for row in np.flatnonzero(rows < 0):
        value, fix = forecast.items[row].item(), "add it to the history"
        failures.add("history", "unique_id", None, value, "unknown_id", "has no history", fix)
    failures.raise_if_any()
    after = actual.end - forecast.start
    place = actual.starts[1:][rows][:, None] - after + np.arange(count)
    inside = place >= actual.starts[:-1][rows][:, None]
    y = np.where(inside, actual.values[np.maximum(place, 0)], 0.0)
    past = None if forecast.past is None else forecast.past.history
    measures = forecast_errors(y, forecast.mean[:, :count], past)
    return {"item": forecast.items, "site": forecast.sites} | measures


def _read(actual: npt.ArrayLike, forecast: npt.ArrayLike) -> tuple[Floats, Floats]:
    failures = Failures()
    y, predicted = np.empty((0, 1)), np.empty((0, 1))
    try:
        y = np.asarray(actual, dtype=np.float64)
        predicted = np.broadcast_to(np.asarray(forecast, dtype=np.float64), y.shape)
    except (TypeError, ValueError):
        fix = "give (n, T) numbers for both"
        failures.add("forecast", "actual", None, None, "shape", "does not fit the forecast", fix)
    if y.ndim != 2 or not y.shape[-1] or np.isnan(y).any():
        fix = "give an (n, T) array without NaN, T at least 1"
        failures.add("forecast", "actual", None, None, "nan", "is no (n, T) table of demand", fix)
    failures.raise_if_any()
    return y, predicted


def _naive(history: Any, num_items: int, season_length: int) -> tuple[Floats, Floats]:
    """Return (n,) mean sizes and mean squares of the naive errors of the past."""
    if history is None:
        unknown = np.full(num_items, np.nan)
        return unknown, unknown
    past = history if isinstance(history, DemandHistory) else DemandHistory.from_array(history)
    naive = past.forecast("seasonal_naive", season_length=season_length, horizon=1).past
    assert naive is not None
    count = np.where(naive.num_errors > 0, naive.num_errors, np.nan)
    return naive.error_size / count, naive.error_squares / count


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating))


def _is_count(value: object) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _ratio(above: Floats, below: Floats) -> Floats:
    return above / np.where(below > 0, below, np.nan)
