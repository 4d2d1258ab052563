"""Demand over the intervals of a replenishment cycle: the lead time and the protection interval."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from flowopt.inventory.distributions import (
    COUNTED,
    Demand,
    Floats,
    MixtureDemand,
    Rows,
    Samples,
    demand_of,
)

MOST_COUNTED = 1e6
"""Mean demand over the protection interval above which single units are lost in rounding."""

LOW_MEAN = 30.0
"""Mean demand over the protection interval below which whole units matter."""

WILD = 1 / 3
"""Coefficient of variation above which a normal demand would too often be negative."""


@dataclass(frozen=True)
class LeadTimes:
    """Lead times of items that have one of several lengths, each with its chance.

    Parameters
    ----------
    periods
        (n, m) lengths, periods; what an item does not need has a chance of 0.
    chances
        (n, m) their chances, which sum to 1 for each item.
    """

    periods: Floats
    chances: Floats

    def take(self, rows: Rows) -> LeadTimes:
        """Return the lead times of some rows."""
        return LeadTimes(self.periods[rows], self.chances[rows])


@dataclass(frozen=True)
class CycleDemand:
    """Demand of items of one distribution, period by period, and how long stock must cover it.

    An order placed at a review is used from its arrival, a lead time later, until the arrival of
    the next, a review period after that. Stock covers the *protection interval*, both together.

    Parameters
    ----------
    distribution
        ``"normal"``, ``"gamma"``, ``"poisson"``, ``"negative_binomial"`` or ``"empirical"``.
    mean
        (n,) mean demand of a period.
    sd
        (n,) standard deviation of the demand of a period.
    lead_time
        (n,) mean lead time, periods.
    lead_time_sd
        (n,) its standard deviation.
    review_period
        (n,) from one review to the next, periods; 0 for continuous review.
    lead_times
        Where each lead time is one of several: their lengths and chances.
    samples
        The samples of the demand of a period, of the distribution ``"empirical"``.
    """

    distribution: str
    mean: Floats
    sd: Floats
    lead_time: Floats
    lead_time_sd: Floats
    review_period: Floats
    lead_times: LeadTimes | None = None
    samples: Samples | None = None

    def take(self, rows: Rows) -> CycleDemand:
        """Return the demand of some rows."""
        return CycleDemand(
            self.distribution,
            self.mean[rows],
            self.sd[rows],
            self.lead_time[rows],
            self.lead_time_sd[rows],
            self.review_period[rows],
            None if self.lead_times is None else self.lead_times.take(rows),
            None if self.samples is None else self.samples.take(rows),
        )

    def from_order_on(self, length: Floats) -> Demand:
        r"""Return the demand from an order until `length` after it, its lead time included.

        Its variance is that of `length` periods plus that which the lead time adds,
        :math:`\sigma^2 \ell + \mu^2 \sigma_L^2`. Where the chances of the lead times are known,
        it is the mixture of the demands that go with each.
        """
        if self.lead_times is None:
            return self._over(length, (self.mean * self.lead_time_sd) ** 2)
        rest = length - self.lead_time
        parts = [
            self._over(np.maximum(periods + rest, 0.0), np.zeros_like(rest))
            for periods in self.lead_times.periods.T
        ]
        return MixtureDemand(parts, list(self.lead_times.chances.T))

    def _over(self, length: Floats, added_variance: Floats) -> Demand:
        """Return the demand of some periods, with variance added to it."""
        if self.samples is not None:
            return self.samples.over(length)
        mean, variance = self.mean * length, self.sd**2 * length + added_variance
        if self.distribution == "negative_binomial" and self.lead_times is not None:
            variance = np.maximum(variance, mean)
        return demand_of(self.distribution, mean, variance)

    @cached_property
    def protected(self) -> Demand:
        """Demand over the protection interval, lead time + review period."""
        return self.from_order_on(self.lead_time + self.review_period)

    @cached_property
    def before_arrival(self) -> Demand:
        """Demand over the lead time."""
        return self.from_order_on(self.lead_time)

    @cached_property
    def between_reviews(self) -> Demand:
        """Demand over the review period."""
        if self.samples is not None:
            return self.samples.over(self.review_period)
        mean = self.mean * self.review_period
        variance = self.sd**2 * self.review_period
        if self.counted:  # less than Poisson: taken as Poisson
            variance = np.maximum(variance, mean)
        return demand_of(self.distribution, mean, variance)

    @property
    def counted(self) -> bool:
        """Whether demand comes in whole units."""
        if self.samples is not None:
            return bool(self.samples.whole.all())
        return self.distribution in COUNTED


def choose_distribution(
    demand_mean: npt.ArrayLike,
    demand_sd: npt.ArrayLike,
    protection_interval: npt.ArrayLike = 1.0,
    lead_time_sd: npt.ArrayLike = 0.0,
    pack_size: npt.ArrayLike = 1.0,
) -> npt.NDArray[np.str_]:
    """Return the distribution that ``"auto"`` gives each item.

    Negative binomial, when demand over the protection interval has a variance above its mean, and
    a mean below 30 units or a standard deviation above a third of the mean, and packs are whole
    units; else normal, as is demand above a million units. A normal model of the former has parts
    of units and a good chance of being negative, and so misses its targets.

    Parameters
    ----------
    demand_mean
        Mean demand of a period, units.
    demand_sd
        Standard deviation of the demand of a period, units.
    protection_interval
        Lead time + review period, periods.
    lead_time_sd
        Standard deviation of the lead time, periods.
    pack_size
        Units in a pack.

    Returns
    -------
    numpy.ndarray
        ``"normal"`` or ``"negative_binomial"`` for each item.

    Examples
    --------
    >>> choose_distribution([100, 100, 2, 2], [10, 80, 3, 1]).tolist()
    ['normal', 'negative_binomial', 'negative_binomial', 'normal']
    """
    mean = np.asarray(demand_mean, dtype=np.float64) * np.asarray(protection_interval)
    lead_variance = (np.asarray(demand_mean) * np.asarray(lead_time_sd)) ** 2
    spread = np.asarray(demand_sd, dtype=np.float64) ** 2
    variance = spread * np.asarray(protection_interval) + lead_variance
    odd = (mean < LOW_MEAN) | (variance > (WILD * mean) ** 2)
    whole = (np.asarray(pack_size) == np.floor(pack_size)) & (mean <= MOST_COUNTED)
    return np.where((variance > mean) & odd & whole, "negative_binomial", "normal")
