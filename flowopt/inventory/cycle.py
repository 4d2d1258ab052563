"""Demand over the intervals of a replenishment cycle: the lead time and the protection interval."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from flowopt.inventory.distributions import Demand, Floats, Rows, demand_of

MOST_COUNTED = 1e6
"""Mean demand over the protection interval above which single units are lost in rounding."""

LOW_MEAN = 30.0
"""Mean demand over the protection interval below which whole units matter."""

WILD = 1 / 3
"""Coefficient of variation above which a normal demand would too often be negative."""


@dataclass(frozen=True)
class CycleDemand:
    """Demand of items of one distribution, period by period, and how long stock must cover it.

    An order placed at a review is used from its arrival, a lead time later, until the arrival of
    the next, a review period after that. Stock covers the *protection interval*, both together.

    Parameters
    ----------
    distribution
        ``"normal"`` or ``"negative_binomial"``.
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
    """

    distribution: str
    mean: Floats
    sd: Floats
    lead_time: Floats
    lead_time_sd: Floats
    review_period: Floats

    def take(self, rows: Rows) -> CycleDemand:
        """Return the demand of some rows."""
        return CycleDemand(
            self.distribution,
            self.mean[rows],
            self.sd[rows],
            self.lead_time[rows],
            self.lead_time_sd[rows],
            self.review_period[rows],
        )

    def from_order_on(self, length: Floats) -> Demand:
        r"""Return the demand from an order until `length` after it, its lead time included.

        Its variance is that of `length` periods plus that which the lead time adds,
        :math:`\sigma^2 \ell + \mu^2 \sigma_L^2`.
        """
        variance = self.sd**2 * length + (self.mean * self.lead_time_sd) ** 2
        return demand_of(self.distribution, self.mean * length, variance)

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
        mean = self.mean * self.review_period
        variance = self.sd**2 * self.review_period
        if self.distribution == "negative_binomial":  # less than Poisson: taken as Poisson
            variance = np.maximum(variance, mean)
        return demand_of(self.distribution, mean, variance)

    @property
    def counted(self) -> bool:
        """Whether demand comes in whole units."""
        return self.distribution == "negative_binomial"


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
