"""Demand in whole units: negative binomial and Poisson."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special

from flowopt.inventory.distributions.base import NOTHING, Floats, Rows, Span, Tail

_LEAST_EXCESS = 1e-12  # below it a negative binomial is a Poisson in every digit that counts
_LARGE_MEAN = 1000.0
_STIRLING_FROM = 20.0  # from here on the series below is exact to 1e-15
_LOG_ROOT_2PI = 0.5 * np.log(2 * np.pi)


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
        safe = np.where(self.mean > NOTHING, self.mean, 1.0)
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
        :math:`2 G^2 = ((\mu - x)^2 + \mu\beta + x) G + (\mu + \beta - x)(\mu + x\beta) g`.
        """
        density, survival, edge = self._at(level)
        gap = self.mean - level
        loss = gap * survival + edge
        second = self._moment(gap) * survival + (gap + self.excess) * edge / 2
        return Tail(density, survival, np.maximum(loss, 0.0), np.maximum(second, 0.0))

    def over_span(self, level: Floats, length: Floats) -> Span:
        """Return means over the levels of a span, without differences of large numbers."""
        narrow = (self.mean > _LARGE_MEAN) & (self.excess < self.mean) & (level > 10 * length)
        narrow &= 50 * length < np.sqrt(self.variance)
        result = Span(np.empty_like(level), np.empty_like(level))
        for mask, formula in (
            (narrow, CountDemand._over_narrow_span),
            (~narrow, CountDemand._over_wide_span),
        ):
            rows = np.flatnonzero(mask)
            if len(rows):
                part = formula(self.take(rows), level[rows], length[rows])
                result.survival[rows], result.loss[rows] = part
        return result

    def _over_narrow_span(self, level: Floats, length: Floats) -> Span:
        """Return the means by Euler and Maclaurin: the middle, and a little for curvature.

        The middle is half a unit off the level where the length is even: the formulas hold there.
        """
        middle = level + (length - 1) / 2
        density, survival, loss, _ = self.tail(middle)
        curvature = (length**2 - 1) / 24
        n, q = self.mean / self.excess, self.excess / (1 + self.excess)
        falling = density * np.log((n + middle - 0.5) * q / (middle + 0.5))
        return Span(survival - curvature * falling, loss - survival + curvature * density)

    def _over_wide_span(self, level: Floats, length: Floats) -> Span:
        top = level + length
        missing, above = np.maximum(self.mean - level, 0.0), np.maximum(self.mean - top, 0.0)
        loss, second = self._rest(level)
        top_loss, top_second = self._rest(top)
        shared = np.where(level < self.mean, self._moment(missing), 0.0)
        shared -= np.where(top < self.mean, self._moment(above), 0.0)
        both = top < self.mean
        shared = np.where(both, (missing + above - 1) / 2, shared / length)
        return Span(
            (missing - above + loss - top_loss) / length,
            np.maximum(shared + (second - top_second) / length, 0.0),
        )

    def _rest(self, level: Floats) -> tuple[Floats, Floats]:
        """Return the losses less what they would be, were demand above the level for certain.

        Below the mean that is nearly so, and the rest is small; above it, nothing is taken off.
        """
        _, survival, edge = self._at(level)
        gap = self.mean - level
        chance = np.where(level < self.mean, survival - 1, survival)
        return gap * chance + edge, self._moment(gap) * chance + (gap + self.excess) * edge / 2

    def _moment(self, gap: Floats) -> Floats:
        """Return E[(D - x)(D - x - 1)] / 2 over all D, at a gap of mean - x."""
        return (gap * (gap - 1) + self.mean * (1 + self.excess)) / 2

    def _at(self, level: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the chances of the level itself and of more, and the edge term of the losses."""
        inside = (level >= 0) & (self.mean > NOTHING)
        x = np.where(inside, level, 0.0)
        mean = np.where(self.mean > NOTHING, self.mean, 1.0)
        density = np.where(inside, count_density(x, mean, self.excess), 0.0)
        above = count_survival(x, mean, self.excess)
        survival = np.where(inside, above, (level < 0).astype(np.float64))
        return density, survival, (self.mean + x * self.excess) * density


def count_survival(x: Floats, mean: Floats, excess: Floats) -> Floats:
    """Return the probability of more than `x` units under a negative binomial.

    It is an incomplete beta function whose argument nears 1 where the excess is large; then, for
    large means, the complement is exact where the function itself has few digits left.
    """
    n = mean / excess
    turned = (excess > 1) & (mean > _LARGE_MEAN)
    first, second = np.where(turned, n, x + 1), np.where(turned, x + 1, n)
    share = special.betainc(first, second, np.where(turned, 1.0, excess) / (1 + excess))
    return np.asarray(np.where(turned, 1 - share, share))


def count_density(x: Floats, mean: Floats, excess: Floats) -> Floats:
    r"""Return the probability of exactly `x` units under a negative binomial.

    By the saddle point expansion, so that no large numbers cancel (Loader, *Fast and Accurate
    Computation of Binomial Probabilities*, 2000). With n successes it is
    :math:`\sqrt{n / 2 \pi x (n + x)}\, \exp(d(n + x, n + \mu) - d(x, \mu)
    + s(n + x) - s(n) - s(x))`, where d is `deviance` and s the error of Stirling's formula.
    """
    n = mean / excess
    some = np.maximum(x, 1.0)
    exponent = deviance(n + some, n + mean) - deviance(some, mean)
    exponent += stirling_error(n + some) - stirling_error(n) - stirling_error(some)
    root = np.sqrt(n / (2 * np.pi * some * (n + some)))
    return np.where(x > 0, root * np.exp(exponent), np.exp(-n * np.log1p(excess)))


def deviance(x: Floats, mean: Floats) -> Floats:
    """Return x log(x / mean) + mean - x, by a series where the two are close."""
    ratio = (x - mean) / (x + mean)
    square = ratio * ratio
    powers = np.full_like(ratio, 1 / 17)
    for divisor in (15, 13, 11, 9, 7, 5, 3):
        powers = powers * square + 1 / divisor
    near = (x - mean) * ratio + 2 * x * ratio * square * powers
    return np.where(np.abs(ratio) < 0.1, near, x * np.log(x / mean) + mean - x)


def stirling_error(x: Floats) -> Floats:
    """Return log Γ(x + 1) less Stirling's formula, (x + 1/2) log x - x + log √2π."""
    far = np.maximum(x, _STIRLING_FROM)
    inverse = 1 / far
    square = inverse * inverse
    series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)))
    near = np.minimum(x, _STIRLING_FROM)
    exact = special.gammaln(near + 1) - (near + 0.5) * np.log(near) + near - _LOG_ROOT_2PI
    return np.where(x > _STIRLING_FROM, series, exact)
