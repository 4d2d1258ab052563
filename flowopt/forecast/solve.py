"""Forecasts the demand of many items: picks the method of each, runs it, says how far it was off.

With ``"auto"`` an item's method follows from how its demand comes (`flowopt.forecast.classes`):

* fading demand (see `flowopt.forecast.status.Flag.FADING`): ``tsb``, which falls without demand;
* intermittent and lumpy demand: ``croston_sba``;
* smooth and erratic demand: ``ses``; or ``seasonal_naive``, when a ``season_length`` is given, the
  history has two seasons or more, and its squared one-step errors over the last seasons are less.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.forecast.classes import Classes, describe
from flowopt.forecast.flags import fading
from flowopt.forecast.history import DemandHistory
from flowopt.forecast.methods import FITS, Fitted, Settings, own_variance
from flowopt.forecast.reading import Floats
from flowopt.forecast.result import DemandForecast, Past
from flowopt.forecast.status import DemandClass, ForecastStatus

Words = npt.NDArray[np.str_]


def forecast_demand(
    history: DemandHistory,
    method: Any = "auto",
    *,
    horizon: int = 12,
    alpha: npt.ArrayLike | None = None,
    beta: npt.ArrayLike | None = None,
    window: int = 12,
    season_length: int | None = None,
    start: str = "mean",
) -> DemandForecast:
    """Forecast the demand of many items.

    Parameters
    ----------
    history
        What was asked for in the past.
    method
        ``"auto"`` (see the module), ``"ses"``, ``"croston"``, ``"croston_sba"``, ``"tsb"``,
        ``"moving_average"`` or ``"seasonal_naive"``; or one for each item.
    horizon
        How many periods to forecast.
    alpha, beta
        Smoothing parameters above 0 and up to 1, or one for each item; None fits them to the least
        squared one-step error, within the bounds of `flowopt.forecast.methods`. `beta` is that of
        the chance of demand of ``tsb``.
    window
        Periods of the moving average.
    season_length
        Periods of a season; ``seasonal_naive`` needs it.
    start
        Where smoothing starts: ``"mean"``, the plain mean until the parameter outweighs it, so that
        what came first counts no more than the rest; or ``"first"``, the first value, as in the
        textbooks.

    Returns
    -------
    DemandForecast
        With a status for each item.

    Raises
    ------
    ValidationError
        When an option cannot be used.

    Examples
    --------
    >>> history = DemandHistory.from_lists({"bolt": [9, 11, 10, 12, 9, 10], "pump": [0, 0, 3, 0]})
    >>> forecast_demand(history, alpha=0.1).to_frame("series")[["item", "demand_class", "method"]]
       item  demand_class       method
    0  bolt        smooth          ses
    1  pump  intermittent  croston_sba
    """
    settings = read_settings(history, alpha, beta, window, season_length, horizon, start)
    classes = history.classes()
    methods = _read_methods(history, method, season_length)
    automatic = methods == "auto"
    methods = np.where(automatic, _by_class(classes), methods)
    fitted, shares = _run(history, classes, methods, settings)
    if season_length is not None and automatic.any():
        better = automatic & _more_seasonal(history, classes, fitted, settings)
        methods = np.where(better, "seasonal_naive", methods)
        fitted, shares = _run(history, classes, methods, settings)
    return _result(history, classes, methods, fitted, shares)


def read_settings(
    history: DemandHistory,
    alpha: npt.ArrayLike | None = None,
    beta: npt.ArrayLike | None = None,
    window: int = 12,
    season_length: int | None = None,
    horizon: int = 1,
    start: str = "first",
) -> Settings:
    """Return the options of the methods, valid, or raise `ValidationError` with every fault."""
    failures = Failures()
    season = 1 if season_length is None else season_length
    counts = {"window": window, "season_length": season, "horizon": horizon}
    for name, value in counts.items():
        if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < 1:
            fix = "give a whole number, 1 or more"
            failures.add(
                "forecast", name, None, value, "out_of_range", "is no number of periods", fix
            )
    if start not in ("first", "mean"):
        fix = 'use "mean" or "first"'
        failures.add("forecast", "start", None, start, "unknown_choice", "is not known", fix)
    parameters = [
        _parameter(name, value, history.num_items, failures)
        for name, value in (("alpha", alpha), ("beta", beta))
    ]
    failures.raise_if_any()
    counted = int(window), int(season), int(horizon)
    return Settings(parameters[0], parameters[1], *counted, start == "mean")


def _parameter(
    name: str, value: npt.ArrayLike | None, num_items: int, failures: Failures
) -> Floats:
    """Return (n,) smoothing parameters, NaN where they are to be fitted."""
    if value is None:
        return np.full(num_items, np.nan)
    try:
        given = np.broadcast_to(np.asarray(value, dtype=np.float64), (num_items,)).copy()
    except (TypeError, ValueError):
        fix = f"give a number, or one for each of {num_items} items"
        failures.add("forecast", name, None, value, "wrong_type", "cannot be used", fix)
        return np.full(num_items, np.nan)
    for row in np.flatnonzero(~((given > 0) & (given <= 1))):
        fix = "give a number above 0 and up to 1, or None to fit it"
        failures.add(
            "forecast", name, int(row), given[row].item(), "out_of_range", "is out of range", fix
        )
    return given


def _read_methods(history: DemandHistory, method: Any, season_length: int | None) -> Words:
    failures = Failures()
    words = np.asarray(method)
    if words.shape not in ((), (history.num_items,)):
        fix = "give one method, or one for each item"
        failures.add("forecast", "method", None, None, "shape", "are not as many as items", fix)
        words = np.asarray("auto")
    known = ["auto", *FITS]
    for word in np.unique(words).tolist():
        if word not in known:
            fix = f"use one of {', '.join(known)}"
            failures.add("forecast", "method", None, word, "unknown_choice", "is not known", fix)
    if season_length is None and "seasonal_naive" in words:
        fix = "give season_length, e.g. 12 for months"
        failures.add(
            "forecast", "season_length", None, None, "missing", "seasonal_naive needs it", fix
        )
    failures.raise_if_any()
    return np.broadcast_to(words.astype(np.str_), (history.num_items,))


def _by_class(classes: Classes) -> Words:
    seldom = np.isin(classes.demand_class, [str(DemandClass.INTERMITTENT), str(DemandClass.LUMPY)])
    usual = np.where(seldom, "croston_sba", "ses")
    return np.where(fading(classes), "tsb", usual)


def _run(
    history: DemandHistory, classes: Classes, methods: Words, settings: Settings
) -> tuple[Fitted, Floats]:
    """Run every method on its items; return what they make of them, and their own variances."""
    lengths = history.lengths.astype(np.float64)
    names = np.unique(methods).tolist()
    if len(names) == 1:
        whole = FITS[names[0]](history, settings)
        return whole, own_variance(names[0], whole, classes.interval, settings, lengths)
    num_items = history.num_items
    together = Fitted(
        np.empty((num_items, settings.horizon)),
        np.empty(len(history.values)),
        np.empty(num_items),
        np.empty(num_items),
    )
    shares = np.empty(num_items)
    for name in names:
        mine = methods == name
        rows = np.flatnonzero(mine)
        some = settings.take(rows)
        part = FITS[name](history.take(rows), some)
        together.demand[rows] = part.demand
        together.errors[np.repeat(mine, history.lengths)] = part.errors
        together.alpha[rows], together.beta[rows] = part.alpha, part.beta
        shares[rows] = own_variance(name, part, classes.interval[rows], some, lengths[rows])
    return together, shares


def _more_seasonal(
    history: DemandHistory, classes: Classes, fitted: Fitted, settings: Settings
) -> npt.NDArray[np.bool_]:
    """Return where last season's demand was closer than the level, of items with two or more."""
    often = np.isin(classes.demand_class, [str(DemandClass.SMOOTH), str(DemandClass.ERRATIC)])
    often &= history.lengths >= 2 * settings.season_length
    seasonal = FITS["seasonal_naive"](history, settings).errors
    both = np.isfinite(seasonal) & np.isfinite(fitted.errors)
    squares = [
        describe(history, np.where(both, errors, np.nan))[:, 8]
        for errors in (seasonal, fitted.errors)
    ]
    return often & (squares[0] < squares[1])


def _result(
    history: DemandHistory, classes: Classes, methods: Words, fitted: Fitted, shares: Floats
) -> DemandForecast:
    figures = describe(history, fitted.errors)
    num_errors, bias, size, squares = figures[:, 5:].T
    count = np.maximum(num_errors, 1)
    variance = np.where(num_errors > 0, squares / count, _plain_variance(history, figures))
    variance = np.minimum(variance, _largest_variance(fitted, figures))
    empty = history.lengths == 0
    status = np.where(figures[:, 0] > 0, str(ForecastStatus.FORECAST), "no_demand")
    status = np.where(empty, str(ForecastStatus.NO_HISTORY), status)
    status = np.where(history.bad, str(ForecastStatus.BAD_HISTORY), status)
    past = Past(
        history=history,
        classes=classes,
        method=methods,
        alpha=fitted.alpha,
        beta=fitted.beta,
        errors=fitted.errors,
        num_errors=num_errors,
        error_sum=bias,
        error_size=size,
        error_squares=squares,
    )
    sd = np.sqrt(np.where(empty, np.nan, variance))
    return DemandForecast(
        items=history.items,
        sites=history.sites,
        start=history.end,
        calendar=history.calendar,
        mean=fitted.demand,
        sd=np.repeat(sd[:, None], fitted.demand.shape[1], axis=1),
        own_variance=shares,
        status=status,
        counted=history.counted,
        backend=history.backend,
        past=past,
    )


def _largest_variance(fitted: Fitted, figures: Floats) -> Floats:
    """Return (n,) the variance of demand that comes seldom, in the sizes of the past.

    With the chance d of a demand and its size z it is d E[z²] less the mean squared, at most mean
    E[z²] / E[z]: where the forecast has fallen to nearly nothing, errors of better times say
    nothing of what is still to come.
    """
    count, total, spread = (figures[:, column] for column in (0, 2, 3))
    size = np.where(total > 0, total, 1.0) / np.maximum(count, 1)
    square = spread / np.maximum(count, 1) + size**2
    return np.asarray(fitted.demand.mean(axis=1) * square / size)


def _plain_variance(history: DemandHistory, figures: Floats) -> Floats:
    """Return (n,) a spread for items whose forecast was never put to the test.

    That of a Poisson demand of their mean, which says only that little is known.
    """
    total, length = figures[:, 2], np.maximum(history.lengths, 1)
    mean: Floats = total / length
    return mean
