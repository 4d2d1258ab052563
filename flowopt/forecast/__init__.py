"""Demand to come: forecasts of many items at once, and their spread over a lead time.

The names are imported when they are first used (PEP 562).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flowopt.forecast.classes import Classes as Classes
    from flowopt.forecast.classes import class_of as class_of
    from flowopt.forecast.history import DemandHistory as DemandHistory
    from flowopt.forecast.interval import IntervalDemand as IntervalDemand
    from flowopt.forecast.measures import compare_methods as compare_methods
    from flowopt.forecast.measures import forecast_errors as forecast_errors
    from flowopt.forecast.measures import quantile_loss as quantile_loss
    from flowopt.forecast.methods import croston as croston
    from flowopt.forecast.methods import croston_sba as croston_sba
    from flowopt.forecast.methods import moving_average as moving_average
    from flowopt.forecast.methods import seasonal_naive as seasonal_naive
    from flowopt.forecast.methods import ses as ses
    from flowopt.forecast.methods import tsb as tsb
    from flowopt.forecast.result import DemandForecast as DemandForecast
    from flowopt.forecast.solve import forecast_demand as forecast_demand
    from flowopt.forecast.status import DemandClass as DemandClass
    from flowopt.forecast.status import Flag as Flag
    from flowopt.forecast.status import ForecastStatus as ForecastStatus
    from flowopt.forecast.with_statsforecast import (
        forecast_with_statsforecast as forecast_with_statsforecast,
    )

_HOME = {
    "Classes": "classes",
    "DemandClass": "status",
    "DemandForecast": "result",
    "DemandHistory": "history",
    "Flag": "status",
    "ForecastStatus": "status",
    "IntervalDemand": "interval",
    "class_of": "classes",
    "compare_methods": "measures",
    "croston": "methods",
    "croston_sba": "methods",
    "forecast_demand": "solve",
    "forecast_errors": "measures",
    "forecast_with_statsforecast": "with_statsforecast",
    "moving_average": "methods",
    "quantile_loss": "measures",
    "seasonal_naive": "methods",
    "ses": "methods",
    "tsb": "methods",
}
"""Public name → the module below this folder that has it."""

__all__ = [*_HOME]


if not TYPE_CHECKING:  # type checkers know the names from above, and reject all others

    def __getattr__(name: str) -> Any:
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
        globals()[name] = value  # the next look-up is direct
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
