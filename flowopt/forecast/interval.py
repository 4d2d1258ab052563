r"""Demand over a protection interval, and the distribution that an item's is taken to have.

With :math:`\sigma_t^2` the mean squared one-step error of period t and k the forecast's own
variance relative to demand's, demand over P periods misses its forecast by a variance of

.. math:: \frac{1 + k P}{1 + k} \sum_{t=1}^{P} \sigma_t^2

since the demand of each period errs for itself, but the level errs for all of them alike (Prak,
Teunter and Syntetos, *On the calculation of safety stocks when demand is forecasted*, European
Journal of Operational Research 256, 2017: for simple exponential smoothing, where
:math:`k = \alpha / (2 - \alpha)`, the factor is :math:`1 + \alpha (P - 1) / 2`).

The distribution ``"auto"`` is, for the first line that holds (mean and variance over the interval;
over one period, where the interval has no length):

1. ``empirical``, when the forecast came as samples;
2. ``normal``, when the variance is 0 or nothing is forecast;
3. where demand comes in whole units, and the mean is below 30 units or the standard deviation above
   a third of it: ``negative_binomial`` when the variance is above the mean, ``poisson`` when it is
   the mean, or less but not below half of it;
4. ``gamma``, when the standard deviation is above a third of the mean and units may be broken;
5. ``normal``.

A bootstrap is had by asking for ``"empirical"``: samples of the interval are sums of periods drawn
from the history with replacement, and mean and spread are those of the samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.tables import make_frame
from flowopt.forecast.kernels.bootstrap import bootstrap
from flowopt.forecast.reading import Floats
from flowopt.forecast.result import DemandForecast

LOW_MEAN = 30.0
WILD = 1 / 3
MOST_COUNTED = 1e6
NEARLY_POISSON = 0.5
DISTRIBUTIONS = ("normal", "gamma", "poisson", "negative_binomial", "empirical")


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class IntervalDemand:
    """Demand over a protection interval, one row an item.

    Parameters
    ----------
    forecast
        The forecast that it comes from.
    protection_interval
        (n,) periods.
    mean, sd
        (n,) expected demand over the interval and the standard deviation of what it will be,
        units; NaN where nothing is forecast.
    distribution
        (n,) its distribution.
    samples
        (n, S) samples of it, of the items whose distribution is empirical, else NaN; None when
        there are none of those.

    Examples
    --------
    >>> from flowopt.forecast import DemandHistory
    >>> history = DemandHistory.from_lists({"bolt": [9, 11, 10, 12, 9, 10], "pump": [0, 0, 3, 0]})
    >>> over = history.forecast("ses", alpha=0.1).over([4, 2])
    >>> over.quantile(0.95).round(1)
    array([46.3,  6. ])
    >>> over.mean.round(2), over.sd.round(2), over.distribution.tolist()
    (array([40.67,  1.5 ]), array([3.43, 2.32]), ['normal', 'negative_binomial'])
    """

    forecast: DemandForecast
    protection_interval: Floats
    mean: Floats
    sd: Floats
    distribution: npt.NDArray[np.str_]
    samples: Floats | None = None

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    @property
    def per_period(self) -> tuple[Floats, Floats]:
        """Mean and standard deviation of independent periods that add up to the interval.

        Where the interval has no length, those of the first period: there is demand all the same.
        """
        none = self.protection_interval == 0
        length = np.where(none, 1.0, self.protection_interval)
        mean = np.where(none, self.forecast.mean[:, 0], self.mean / length)
        sd = np.where(none, self.forecast.sd[:, 0], self.sd / np.sqrt(length))
        return mean, np.where(mean > 0, sd, self.sd)

    def quantile(self, probability: npt.ArrayLike) -> Floats:
        """Return (n,) the demand that is not exceeded with a probability, e.g. of 0.95.

        Parameters
        ----------
        probability
            Above 0 and below 1, or one for each item.

        Raises
        ------
        ValidationError
            When it is no probability.
        """
        from flowopt.forecast.quantiles import quantiles

        failures = Failures()
        try:
            given = np.asarray(probability, dtype=np.float64)
        except (TypeError, ValueError):
            given = np.array(np.nan)
        if given.shape not in ((), self.mean.shape) or not ((given > 0) & (given < 1)).all():
            fix = "give a number above 0 and below 1, or one for each item"
            message = "is no probability"
            failures.add("forecast", "probability", None, probability, "out_of_range", message, fix)
        failures.raise_if_any()
        chances = np.broadcast_to(given, self.mean.shape)
        return quantiles(self.distribution, self.mean, self.sd, self.samples, chances)

    def columns(self) -> dict[str, Any]:
        """Return the columns that ``ReplenishmentProblem.from_frames`` takes from a forecast."""
        mean, sd = self.per_period
        return {
            "item": self.forecast.items,
            "site": self.forecast.sites,
            "demand_mean": mean,
            "demand_sd": sd,
            "distribution": self.distribution,
        }

    def to_frame(self) -> Any:
        """Return `columns` as a frame of the library that the history came in."""
        return make_frame(self.columns(), self.forecast.backend)


def demand_over(
    forecast: DemandForecast,
    protection_interval: npt.ArrayLike,
    distribution: Any = "auto",
    num_samples: int = 500,
    seed: int = 0,
) -> IntervalDemand:
    """Return the demand over an interval; the parameters are those of `DemandForecast.over`."""
    failures = Failures()
    length = _lengths(forecast, protection_interval, failures)
    asked = _distributions(forecast, distribution, failures)
    for name, value, least in (("num_samples", num_samples, 1), ("seed", seed, 0)):
        if not isinstance(value, (int, np.integer)) or value < least:
            fix = f"give a whole number, {least} or more"
            failures.add("forecast", name, None, value, "out_of_range", "is out of range", fix)
    failures.raise_if_any()
    mean, variance = _moments(forecast, length)
    sampled = (asked == "empirical") & ~np.isnan(mean)
    samples = None
    if forecast.samples is not None:
        sampled |= (asked == "auto") & ~np.isnan(mean)
        samples = _sums_of_paths(forecast.samples, length)
        samples[~sampled] = np.nan
    elif sampled.any():
        samples = _bootstrapped(forecast, length, np.flatnonzero(sampled), num_samples, seed)
    if samples is not None:
        mean[sampled] = samples[sampled].mean(axis=1)
        variance[sampled] = samples[sampled].var(axis=1)
    variance[mean <= 0] = 0.0  # nothing is expected: nothing is held for it
    once = _moments(forecast, np.ones_like(length))  # for no interval, a period stands
    of_mean, of_variance = (
        np.where(length > 0, *two) for two in zip((mean, variance), once, strict=True)
    )
    chosen = choose_distribution(of_mean, of_variance, forecast.counted)
    chosen = np.where(asked == "auto", chosen, asked)
    return IntervalDemand(
        forecast=forecast,
        protection_interval=length,
        mean=mean,
        sd=np.sqrt(variance),
        distribution=np.where(sampled, "empirical", chosen),
        samples=samples,
    )


def choose_distribution(
    mean: Floats, variance: Floats, counted: npt.NDArray[np.bool_]
) -> npt.NDArray[np.str_]:
    """Return the distribution that ``"auto"`` gives each item without samples; see the module.

    Parameters
    ----------
    mean, variance
        (n,) of demand over the protection interval.
    counted
        (n,) whether demand comes in whole units.

    Examples
    --------
    >>> mean, variance = np.array([100.0, 2, 2, 2, 50]), np.array([100.0, 9, 1.8, 0, 900])
    >>> choose_distribution(mean, variance, np.array([True] * 4 + [False])).tolist()
    ['normal', 'negative_binomial', 'poisson', 'normal', 'gamma']
    """
    wild = variance > (WILD * mean) ** 2
    small = counted & (mean <= MOST_COUNTED) & ((mean < LOW_MEAN) | wild)
    near = small & (variance >= NEARLY_POISSON * mean) & (variance > 0)
    broken = np.where(wild & ~counted & (variance > 0) & (mean > 0), "gamma", "normal")
    counts = np.where(variance > mean, "negative_binomial", "poisson")
    return np.where(near & (mean > 0), counts, broken)


def _lengths(forecast: DemandForecast, interval: npt.ArrayLike, failures: Failures) -> Floats:
    """Return (n,) periods; collect what is no length or beyond what is forecast."""
    try:
        given = np.asarray(interval, dtype=np.float64)
        length = np.broadcast_to(given, (forecast.num_items,)).copy()
    except (TypeError, ValueError):
        fix = f"give a number, or one for each of {forecast.num_items} items"
        name = "protection_interval"
        failures.add("forecast", name, None, None, "wrong_type", "cannot be used", fix)
        return np.ones(forecast.num_items)
    far = (length > forecast.horizon) & ~forecast.flat
    for rows, message, fix in (
        (~((length >= 0) & (length <= 1e4)), "is out of range", "give a number of periods"),
        (far, "is longer than what is forecast", "forecast with a longer horizon"),
    ):
        for row in np.flatnonzero(rows):
            failures.add(
                "forecast",
                "protection_interval",
                int(row),
                length[row].item(),
                "out_of_range",
                message,
                fix,
            )
        length[rows] = 1.0
    return length


def _distributions(
    forecast: DemandForecast, distribution: Any, failures: Failures
) -> npt.NDArray[np.str_]:
    words = np.asarray(distribution)
    if words.shape not in ((), (forecast.num_items,)):
        message, fix = "are not as many as items", "give one, or one for each item"
        failures.add("forecast", "distribution", None, None, "shape", message, fix)
        words = np.asarray("auto")
    for word in np.unique(words).tolist():
        if word not in ("auto", *DISTRIBUTIONS):
            fix = f"use one of {', '.join(('auto', *DISTRIBUTIONS))}"
            failures.add(
                "forecast", "distribution", None, word, "unknown_choice", "is not known", fix
            )
    if "empirical" in words and forecast.past is None and forecast.samples is None:
        message, fix = "needs a history or samples", "use another distribution"
        failures.add("forecast", "distribution", None, "empirical", "missing", message, fix)
    return np.broadcast_to(words.astype(np.str_), (forecast.num_items,))


def _moments(forecast: DemandForecast, length: Floats) -> tuple[Floats, Floats]:
    """Return (n,) mean and variance of the demand over the interval."""
    mean = _up_to(forecast.mean, length)
    k = forecast.own_variance
    return mean, _up_to(forecast.sd**2, length) * (1 + k * length) / (1 + k)


def _up_to(periods: Floats, length: Floats) -> Floats:
    """Return (n,) sums over the first `length` periods; the last stands for all beyond it."""
    horizon = periods.shape[1]
    whole = np.minimum(np.floor(length), horizon).astype(np.int64)
    rows = np.arange(len(length))
    sums = np.concatenate([np.zeros((len(length), 1)), np.cumsum(periods, axis=1)], axis=1)
    rest = length - whole
    beyond = np.where(rest > 0, periods[rows, np.minimum(whole, horizon - 1)] * rest, 0.0)
    return np.asarray(sums[rows, whole] + beyond)


def _sums_of_paths(paths: Floats, length: Floats) -> Floats:
    """Return (n, S) sums of sampled paths over the interval."""
    num_items, num_samples, horizon = paths.shape
    flat = paths.reshape(-1, horizon)
    return _up_to(flat, np.repeat(length, num_samples)).reshape(num_items, num_samples)


def _bootstrapped(
    forecast: DemandForecast, length: Floats, rows: npt.NDArray[np.int64], count: int, seed: int
) -> Floats:
    """Return (n, S) samples of some items, drawn from their histories; NaN for the others."""
    assert forecast.past is not None
    history = forecast.past.history
    drawn = np.empty((len(rows), count))
    window = np.iinfo(np.int64).max // 2
    bootstrap(history.values, history.starts, rows, length[rows], window, int(seed), drawn)
    samples = np.full((forecast.num_items, count), np.nan)
    samples[rows] = drawn
    return samples
