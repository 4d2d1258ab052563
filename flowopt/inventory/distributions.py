r"""Demand over an interval: the tail probabilities and expected shortages that policies rest on.

For demand :math:`D` and a level :math:`x`, every distribution gives, for whole columns at once,

* ``survival``: :math:`P(D > x)`,
* ``loss``: :math:`E[(D - x)^+]`, the units short of :math:`x`,
* ``second_loss``: the loss summed over all levels above :math:`x`, which is
  :math:`\int_x^\infty E[(D - y)^+]\,dy` where demand is continuous and
  :math:`\sum_{y > x} E[(D - y)^+]` where it is counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol, Self

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]

_NOTHING = 1e-100  # a smaller mean or spread is none: its ratios would overflow
_LEAST_EXCESS = 1e-12  # below it a negative binomial is a Poisson in every digit that counts
_STIRLING_FROM = 30.0  # from here on the series below is exact to 3e-14


class Tail(NamedTuple):
    """What lies above a level: see the module."""

    density: Floats
    survival: Floats
    loss: Floats
    second_loss: Floats


class Demand(Protocol):
    """Demand over an interval, one row an item."""

    @property
    def mean(self) -> Floats:
        """Expected demand."""

    @property
    def variance(self) -> Floats:
        """Variance of demand."""

    def tail(self, level: Floats) -> Tail:
        """Return what lies above a level."""

    def take(self, rows: Rows) -> Self:
        """Return the demand of some rows."""


@dataclass(frozen=True)
class NormalDemand:
    """Demand that is normal; certain where its variance is 0.

    Parameters
    ----------
    mean
        (n,) expected demand.
    variance
        (n,) its variance.
    """

    mean: Floats
    variance: Floats

    @cached_property
    def sd(self) -> Floats:
        """(n,) standard deviation."""
        return np.sqrt(self.variance)

    def take(self, rows: Rows) -> NormalDemand:
        """Return the demand of some rows."""
        return NormalDemand(self.mean[rows], self.variance[rows])

    def tail(self, level: Floats) -> Tail:
        """Return what lies above a level; precise far out in the tail too."""
        certain = self.sd < _NOTHING
        scale = np.where(certain, 1.0, self.sd)
        z = (level - self.mean) / scale
        density, survival, loss, second = standard_normal_tail(z)
        if not certain.any():
            return Tail(density / scale, survival, scale * loss, scale**2 * second)
        short = np.maximum(self.mean - level, 0.0)
        return Tail(
            np.where(certain, 0.0, density / scale),
            np.where(certain, (level < self.mean).astype(np.float64), survival),
            np.where(certain, short, scale * loss),
            np.where(certain, short**2 / 2, scale**2 * second),
        )


def standard_normal_tail(z: Floats) -> Tail:
    r"""Return the tail of the standard normal distribution above `z`.

    With Mills' ratio :math:`M(z) = Q(z) / \varphi(z)`, the loss is :math:`\varphi (1 - zM)` and
    the second-order loss :math:`\varphi ((z^2 + 1) M - z) / 2`; below 0 by reflection
    (Zipkin, *Foundations of Inventory Management*, section C.2.5.4).
    """
    far = np.minimum(np.abs(z), 40.0)  # nothing is left beyond
    density = np.exp(-(far**2) / 2) / np.sqrt(2 * np.pi)
    mills = np.sqrt(np.pi / 2) * special.erfcx(far / np.sqrt(2))
    survival = density * mills
    loss = density * np.maximum(1 - far * mills, 0.0)
    second = density * np.maximum((far**2 + 1) * mills - far, 0.0) / 2
    low = z < 0
    return Tail(
        density,
        np.where(low, 1 - survival, survival),
        np.where(low, loss - z, loss),
        np.where(low, (z**2 + 1) / 2 - second, second),
    )


@dataclass(frozen=True)
class CountDemand:
    """Demand in whole units: negative binomial, down to Poisson where variance = mean.

    Parameters
    ----------
    mean
        (n,) expected demand; 0 where there is none.
    variance
        (n,) its variance, not below the mean.
    """

    mean: Floats
    variance: Floats

    @cached_property
    def excess(self) -> Floats:
        """(n,) variance / mean - 1: how far it is from Poisson."""
        safe = np.where(self.mean > _NOTHING, self.mean, 1.0)
        return np.maximum(self.variance / safe - 1, _LEAST_EXCESS)

    def take(self, rows: Rows) -> CountDemand:
        """Return the demand of some rows."""
        return CountDemand(self.mean[rows], self.variance[rows])

    def tail(self, level: Floats) -> Tail:
        r"""Return what lies above a level; the level is a whole number.

        Zipkin, *Foundations of Inventory Management*, section C.2.3.6, with
        :math:`\beta` the excess, :math:`\mu = n\beta` the mean, :math:`g` the probability of
        exactly :math:`x` and :math:`G` the survival:
        :math:`G^1 = (\mu - x) G + (\mu + x\beta) g` and
        :math:`2 G^2 = (\mu(\mu+\beta) - 2\mu x + x(x+1)) G + (\mu+\beta-x)(\mu+x\beta) g`.
        """
        mean, excess, x = self.mean, self.excess, level
        inside = (x >= 0) & (mean > _NOTHING)
        at = np.where(inside, x, 0.0)
        safe = np.where(mean > _NOTHING, mean, 1.0)
        exactly = np.where(inside, count_density(at, safe, excess), 0.0)
        above = special.betainc(at + 1, safe / excess, excess / (1 + excess))
        survival = np.where(inside, above, (x < 0).astype(np.float64))
        edge = (mean + x * excess) * exactly
        loss = (mean - x) * survival + edge
        square = mean * (mean + excess) - 2 * mean * x + x * (x + 1)
        second = (square * survival + (mean + excess - x) * edge) / 2
        return Tail(exactly, survival, np.maximum(loss, 0.0), np.maximum(second, 0.0))


def count_density(x: Floats, mean: Floats, excess: Floats) -> Floats:
    """Return the probability of exactly `x` units under a negative binomial.

    For a large number of successes n = mean/excess, the difference of two log gammas is taken by
    Stirling's series, so that nothing cancels on the way to Poisson.
    """
    n = mean / excess
    wide = np.maximum(n, _STIRLING_FROM)
    series = (
        x * np.log(mean)
        - x
        + (wide + x - 0.5) * np.log1p(x / wide)
        - (wide + x) * np.log1p(excess)
        + _stirling(wide + x)
        - _stirling(wide)
    )
    log_p, log_q = -np.log1p(excess), np.log(excess) - np.log1p(excess)
    direct = special.gammaln(x + n) - special.gammaln(n) + n * log_p + x * log_q
    exponent = np.where(n > _STIRLING_FROM, series, direct) - special.gammaln(x + 1)
    return np.asarray(np.exp(exponent))


def _stirling(x: Floats) -> Floats:
    inverse = 1 / x
    square = inverse * inverse
    return np.asarray(inverse * (1 / 12 - square * (1 / 360 - square / 1260)))


_KINDS: dict[str, Any] = {"normal": NormalDemand, "negative_binomial": CountDemand}


def demand_of(distribution: str, mean: Floats, variance: Floats) -> Demand:
    """Return demand of a distribution named as in the input table."""
    demand: Demand = _KINDS[distribution](mean, variance)
    return demand
