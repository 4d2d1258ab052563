"""Forecasts by a model of statsforecast; it is imported when it is used (extra ``forecast``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from flowopt.core.errors import EngineNotAvailableError, Failures
from flowopt.forecast.external import read_forecast
from flowopt.forecast.history import DemandHistory
from flowopt.forecast.result import DemandForecast
from flowopt.forecast.status import ForecastStatus


def forecast_with_statsforecast(
    history: DemandHistory,
    model: Any,
    *,
    horizon: int = 12,
    levels: Sequence[float] = (80, 95),
) -> DemandForecast:
    """Forecast by a model of statsforecast, with its prediction intervals as the spread.

    Parameters
    ----------
    history
        What was asked for in the past.
    model
        A model such as ``statsforecast.models.AutoETS(season_length=12)``; one of intermittent
        demand needs ``prediction_intervals``.
    horizon
        How many periods to forecast.
    levels
        Central intervals to ask for, percent.

    Returns
    -------
    DemandForecast
        Items without demand are not handed to the model.

    Raises
    ------
    EngineNotAvailableError
        When statsforecast is not installed.
    ValidationError
        When an option cannot be used.
    """
    try:
        from statsforecast import StatsForecast
    except ImportError as error:
        hint = "forecasts by statsforecast need: pip install 'flowopt[forecast]'"
        raise EngineNotAvailableError(hint) from error
    failures = Failures()
    if not levels:
        fix = "give at least one, e.g. (80,)"
        failures.add("forecast", "levels", None, None, "missing", "is empty", fix)
    failures.raise_if_any()
    rows = np.flatnonzero(history.totals > 0)
    if not len(rows):
        return history.forecast("ses", horizon=horizon)
    engine = StatsForecast(models=[model], freq=1)
    frame = engine.forecast(df=_long(history.take(rows)), h=horizon, level=list(levels))
    found = read_forecast(frame, _name_of(model))
    return _scatter(history, rows, found)


def _long(history: DemandHistory) -> Any:
    """Return a pandas frame whose items and periods are numbers."""
    import pandas as pd

    item = np.repeat(np.arange(history.num_items), history.lengths)
    period = history.end + np.arange(len(history.values))
    period -= np.repeat(history.starts[1:], history.lengths)
    return pd.DataFrame({"unique_id": item, "ds": period, "y": np.array(history.values)})


def _name_of(model: Any) -> str:
    return str(getattr(model, "alias", None) or model)


def _scatter(history: DemandHistory, rows: Any, found: DemandForecast) -> DemandForecast:
    """Return the forecast of all items; those without demand have 0, or nothing at all."""
    plain = history.forecast("ses", horizon=found.horizon)
    mean, sd, status = plain.mean.copy(), plain.sd.copy(), plain.status.copy()
    mean[rows], sd[rows] = found.mean[found.items], found.sd[found.items]
    status[rows] = str(ForecastStatus.FORECAST)
    shares = np.where(history.totals > 0, 0.0, plain.own_variance)
    return replace(plain, mean=mean, sd=sd, status=status, own_variance=shares, past=None)
