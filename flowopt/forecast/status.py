"""What is known about the forecast of one item, and what a planner should know of its history."""

from enum import StrEnum


class ForecastStatus(StrEnum):
    """What is known about the forecast of one item."""

    FORECAST = "forecast"
    """Forecast by the method beside it."""
    NO_DEMAND = "no_demand"
    """The history has no demand: the forecast is 0."""
    NO_HISTORY = "no_history"
    """There is no period to forecast from: nothing is forecast (NaN)."""
    BAD_HISTORY = "bad_history"
    """A period's demand is negative, infinite, too large or no number: nothing is forecast."""


class DemandClass(StrEnum):
    """How demand comes, by its interval and the variation of its sizes."""

    SMOOTH = "smooth"
    ERRATIC = "erratic"
    INTERMITTENT = "intermittent"
    LUMPY = "lumpy"
    NONE = "none"
    """The history has no demand."""


class Flag(StrEnum):
    """What a planner should know before trusting a forecast."""

    SHORT_HISTORY = "short_history"
    """Fewer than 12 periods."""
    FEW_DEMANDS = "few_demands"
    """Fewer than 4 periods with demand."""
    FADING = "fading"
    """No demand for longer than 4 usual intervals, and for 6 periods: it may be at its end."""
    NEW = "new"
    """The first demand came in the last quarter of a history of 12 periods or more."""
    BIASED = "biased"
    """Errors lean to one side: their sum is beyond three of its standard deviations."""
    OUTLIER = "outlier"
    """The largest demand is more than half of all, of 4 demands or more."""
