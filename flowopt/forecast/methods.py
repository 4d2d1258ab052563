r"""The forecasting methods, of many items at once.

All but the seasonal one forecast the same demand for every period to come. A forecast's *own
variance*, relative to that of demand, says how uncertain the level itself is:

==================  ==========================================================
``ses``             :math:`\alpha / (2 - \alpha)`
``croston``         :math:`\alpha / ((2 - \alpha)\,p)`, with p periods between demands
``croston_sba``     the same, times :math:`(1 - \alpha / 2)^2`
``tsb``             as ``ses``, with the larger parameter
``moving_average``  :math:`1 / N`
``seasonal_naive``  0: periods of one season err each for itself
==================  ==========================================================
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from flowopt.forecast.history import DemandHistory
from flowopt.forecast.kernels import fitting, smoothing
from flowopt.forecast.reading import Floats

ALPHA_BOUNDS = np.array([0.01, 0.99])
"""Where the parameter of simple exponential smoothing is sought."""

SPARSE_BOUNDS = np.array([0.05, 0.3])
"""Where the parameters of the intermittent methods are sought (Syntetos and Boylan, 2005)."""


class Settings(NamedTuple):
    """What the methods are run with.

    Parameters
    ----------
    alpha, beta
        (n,) smoothing parameters; NaN: fitted.
    window
        Periods of the moving average.
    season_length
        Periods of a season.
    horizon
        Periods to forecast.
    warm
        Whether smoothed values are plain means until their parameter outweighs those.
    """

    alpha: Floats
    beta: Floats
    window: int
    season_length: int
    horizon: int
    warm: bool

    def take(self, rows: npt.NDArray[np.int64]) -> Settings:
        """Return the settings of some items."""
        return self._replace(alpha=self.alpha[rows], beta=self.beta[rows])


class Fitted(NamedTuple):
    """What a method makes of the histories.

    Parameters
    ----------
    demand
        (n, horizon) forecast, units per period; NaN for a history without periods.
    errors
        (N,) demand less forecast in each period of the past, NaN where there was no forecast.
    alpha, beta
        (n,) parameters that were used; NaN where the method has none.
    """

    demand: Floats
    errors: Floats
    alpha: Floats
    beta: Floats


def fit_ses(history: DemandHistory, settings: Settings) -> Fitted:
    """Run simple exponential smoothing."""
    alpha, _ = _fit(history, settings, fitting.SES, ALPHA_BOUNDS, one=True)
    forecast, errors = _room(history)
    smoothing.smooth(history.values, history.starts, alpha, settings.warm, forecast, errors)
    return _flat(forecast, errors, settings, alpha)


def fit_croston(history: DemandHistory, settings: Settings) -> Fitted:
    """Run Croston's method."""
    alpha, _ = _fit(history, settings, fitting.CROSTON, SPARSE_BOUNDS, one=True)
    return _croston(history, settings, alpha, np.ones_like(alpha))


def fit_croston_sba(history: DemandHistory, settings: Settings) -> Fitted:
    """Run Croston's method in the approximation of Syntetos and Boylan."""
    alpha, _ = _fit(history, settings, fitting.SBA, SPARSE_BOUNDS, one=True)
    return _croston(history, settings, alpha, 1 - alpha / 2)


def _croston(history: DemandHistory, settings: Settings, alpha: Floats, factor: Floats) -> Fitted:
    forecast, errors = _room(history)
    warm = settings.warm
    smoothing.croston(history.values, history.starts, alpha, factor, warm, forecast, errors)
    return _flat(forecast, errors, settings, alpha)


def fit_tsb(history: DemandHistory, settings: Settings) -> Fitted:
    """Run the method of Teunter, Syntetos and Babai."""
    alpha, beta = _fit(history, settings, fitting.TSB, SPARSE_BOUNDS)
    forecast, errors = _room(history)
    warm = settings.warm
    smoothing.tsb(history.values, history.starts, alpha, beta, warm, forecast, errors)
    return _flat(forecast, errors, settings, alpha)._replace(beta=beta)


def fit_moving_average(history: DemandHistory, settings: Settings) -> Fitted:
    """Run the moving average."""
    forecast, errors = _room(history)
    smoothing.average(history.values, history.starts, settings.window, forecast, errors)
    return _flat(forecast, errors, settings, np.full(history.num_items, np.nan))


def fit_seasonal_naive(history: DemandHistory, settings: Settings) -> Fitted:
    """Repeat the last season."""
    demand = np.empty((history.num_items, settings.horizon))
    errors = np.empty(len(history.values))
    smoothing.seasonal(history.values, history.starts, settings.season_length, demand, errors)
    unknown = np.full(history.num_items, np.nan)
    return Fitted(demand, errors, unknown, unknown)


FITS: dict[str, Callable[[DemandHistory, Settings], Fitted]] = {
    "ses": fit_ses,
    "croston": fit_croston,
    "croston_sba": fit_croston_sba,
    "tsb": fit_tsb,
    "moving_average": fit_moving_average,
    "seasonal_naive": fit_seasonal_naive,
}
"""Method → what runs it."""


def own_variance(
    method: str, fitted: Fitted, interval: Floats, settings: Settings, lengths: Floats
) -> Floats:
    """Return (n,) the variance of a forecast's level relative to that of demand.

    Parameters
    ----------
    method
        Its name.
    fitted
        What it made of the histories.
    interval
        (n,) periods between demands.
    settings
        What it was run with.
    lengths
        (n,) periods of each history: no method knows more than those.
    """
    known = np.maximum(lengths, 1)
    alpha = fitted.alpha
    if method == "moving_average":
        return 1 / np.minimum(known, settings.window)
    if method == "seasonal_naive":
        return np.zeros(len(known))
    if method == "tsb":
        alpha = np.fmax(alpha, fitted.beta)
    share = alpha / (2 - alpha)
    if method in ("croston", "croston_sba"):
        share = share / np.where(np.isfinite(interval), np.maximum(interval, 1), 1)
    if method == "croston_sba":
        share = share * (1 - alpha / 2) ** 2
    return np.maximum(share, 1 / known)


def _fit(
    history: DemandHistory, settings: Settings, method: int, bounds: Floats, one: bool = False
) -> tuple[Floats, Floats]:
    alpha, beta = np.empty(history.num_items), np.empty(history.num_items)
    second = np.ones_like(beta) if one else settings.beta
    fitting.fit(
        history.values,
        history.starts,
        method,
        bounds,
        settings.warm,
        settings.alpha,
        second,
        alpha,
        beta,
    )
    return alpha, beta


def _room(history: DemandHistory) -> tuple[Floats, Floats]:
    return np.empty(history.num_items), np.empty(len(history.values))


def _flat(forecast: Floats, errors: Floats, settings: Settings, alpha: Floats) -> Fitted:
    demand = np.repeat(forecast[:, None], settings.horizon, axis=1)
    return Fitted(demand, errors, alpha, np.full(len(alpha), np.nan))


# ---- textbook functions


def ses(history: Any, alpha: npt.ArrayLike | None = 0.1) -> Any:
    r"""Forecast by simple exponential smoothing.

    The level starts at the first period's demand and moves by
    :math:`\hat y_{t+1} = \hat y_t + \alpha (y_t - \hat y_t)` (Brown, *Statistical Forecasting for
    Inventory Control*, 1959).

    Parameters
    ----------
    history
        A `DemandHistory`, an (n, T) array, or (T,) demand of one item, units per period.
    alpha
        Smoothing parameter, or one for each item; None fits it to the squared one-step errors.

    Returns
    -------
    numpy.ndarray or float
        (n,) demand of each period to come, units per period; a number for one item.

    Examples
    --------
    >>> round(ses([10, 12, 11, 15], alpha=0.2), 3)
    11.416
    """
    return _textbook("ses", history, alpha)


def croston(history: Any, alpha: npt.ArrayLike | None = 0.1) -> Any:
    r"""Forecast intermittent demand by Croston's method.

    After each period with demand, its size and the interval since the one before are smoothed; the
    forecast is the ratio :math:`\hat z / \hat p` (Croston, *Forecasting and stock control for
    intermittent demands*, Operational Research Quarterly 23, 1972).

    Parameters
    ----------
    history, alpha
        As in `ses`.

    Returns
    -------
    numpy.ndarray or float
        (n,) mean demand of each period to come.

    Examples
    --------
    >>> round(croston([0, 0, 3, 0, 1, 0, 0, 5]), 6)
    1.037801
    """
    return _textbook("croston", history, alpha)


def croston_sba(history: Any, alpha: npt.ArrayLike | None = 0.1) -> Any:
    r"""Forecast intermittent demand by Croston's method without its bias.

    The ratio of Croston is too high on average; :math:`(1 - \alpha / 2)\,\hat z / \hat p` is not
    (Syntetos and Boylan, *The accuracy of intermittent demand estimates*, International Journal of
    Forecasting 21, 2005).

    Parameters
    ----------
    history, alpha
        As in `ses`.

    Returns
    -------
    numpy.ndarray or float
        (n,) mean demand of each period to come.

    Examples
    --------
    >>> round(croston_sba([0, 0, 3, 0, 1, 0, 0, 5]), 6)
    0.985911
    """
    return _textbook("croston_sba", history, alpha)


def tsb(history: Any, alpha: npt.ArrayLike | None = 0.1, beta: npt.ArrayLike | None = 0.1) -> Any:
    r"""Forecast intermittent demand that may come to its end.

    The size of a demand, smoothed by :math:`\alpha`, times the chance of one, smoothed by
    :math:`\beta` in every period, so that it falls while there is none (Teunter, Syntetos and
    Babai, *Intermittent demand: Linking forecasting to inventory obsolescence*, European Journal
    of Operational Research 214, 2011).

    Parameters
    ----------
    history, alpha
        As in `ses`.
    beta
        Smoothing parameter of the chance, or one for each item; None fits it.

    Returns
    -------
    numpy.ndarray or float
        (n,) mean demand of each period to come.

    Examples
    --------
    >>> round(tsb([4, 0, 4, 0, 0, 0]), 4)
    2.6536
    """
    return _textbook("tsb", history, alpha, beta)


def moving_average(history: Any, window: int = 12) -> Any:
    """Forecast by the mean of the last periods.

    Parameters
    ----------
    history
        As in `ses`.
    window
        How many periods; all where there are fewer.

    Returns
    -------
    numpy.ndarray or float
        (n,) demand of each period to come.

    Examples
    --------
    >>> moving_average([[9, 3, 4, 5], [0, 0, 0, 6]], window=3).tolist()
    [4.0, 2.0]
    """
    return _textbook("moving_average", history, window=window)


def seasonal_naive(history: Any, season_length: int, horizon: int = 1) -> Any:
    """Forecast each period by the same one a season ago.

    Parameters
    ----------
    history
        As in `ses`.
    season_length
        Periods of a season; a shorter history repeats its last period.
    horizon
        How many periods to forecast.

    Returns
    -------
    numpy.ndarray
        (n, horizon) demand; (horizon,) for one item.

    Examples
    --------
    >>> seasonal_naive([1, 2, 3, 4, 5, 6], season_length=3, horizon=4).tolist()
    [4.0, 5.0, 6.0, 4.0]
    """
    from flowopt.forecast.solve import forecast_demand

    histories, single = _histories(history)
    demand = forecast_demand(
        histories, "seasonal_naive", season_length=season_length, horizon=horizon
    ).mean
    return demand[0] if single else demand


def _textbook(
    method: str,
    history: Any,
    alpha: npt.ArrayLike | None = None,
    beta: npt.ArrayLike | None = None,
    window: int = 12,
) -> Any:
    """Return the forecast of the next period; a number for one item."""
    from flowopt.forecast.solve import read_settings

    histories, single = _histories(history)
    settings = read_settings(histories, alpha, beta, window)
    demand = FITS[method](histories, settings).demand[:, 0]
    return float(demand[0]) if single else demand


def _histories(history: Any) -> tuple[DemandHistory, bool]:
    """Return histories, and whether there is one that came by itself."""
    if isinstance(history, DemandHistory):
        return history, False
    if isinstance(history, (list, tuple)) and any(np.ndim(one) == 1 for one in history):
        return DemandHistory.from_lists(history), False
    if np.ndim(history) == 1:
        return DemandHistory.from_lists([history]), True
    return DemandHistory.from_array(history), False
