"""Demand in parts of units that is never negative: gamma."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import special

from flowopt.inventory.distributions.base import NOTHING, Floats, Rows, Span, Tail
from flowopt.inventory.distributions.counted import deviance, stirling_error

_NARROW = 0.01  # of the standard deviation: over a shorter span differences would lose digits


@dataclass(frozen=True)
class GammaDemand:
    """Demand that is gamma distributed; certain where its variance is 0.

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
    def _certain(self) -> npt.NDArray[np.bool_]:
        return (self.variance < NOTHING) | (self.mean < NOTHING)

    @cached_property
    def scale(self) -> Floats:
        """(n,) θ = variance / mean; 1 where demand is certain."""
        return np.where(self._certain, 1.0, self.variance / np.where(self._certain, 1, self.mean))

    def take(self, rows: Rows) -> GammaDemand:
        """Return the demand of some rows."""
        return GammaDemand(self.mean[rows], self.variance[rows])

    def tail(self, level: Floats) -> Tail:
        r"""Return what lies above a level.

        With :math:`g` the density and :math:`G` the survival at :math:`x`, the loss is
        :math:`(\mu - x) G + \theta x g`, and twice the second-order loss
        :math:`((\mu - x)^2 + \sigma^2) G + (\mu - x + \theta) \theta x g`: partial integration
        (Zipkin, *Foundations of Inventory Management*, section C.2.5.3).
        """
        density, survival, edge = self._at(level)
        gap = self.mean - level
        loss = gap * survival + edge
        second = ((gap**2 + self.variance) * survival + (gap + self.scale) * edge) / 2
        return Tail(density, survival, np.maximum(loss, 0.0), np.maximum(second, 0.0))

    def over_span(self, level: Floats, length: Floats) -> Span:
        """Return means over the levels of a span, without differences of large numbers."""
        top = level + length
        loss, second = self._rest(level)
        top_loss, top_second = self._rest(top)
        missing, above = np.maximum(self.mean - level, 0.0), np.maximum(self.mean - top, 0.0)
        spread = np.where(level < self.mean, self.variance / 2, 0.0)
        spread -= np.where(top < self.mean, self.variance / 2, 0.0)
        area = (missing - above) * (missing + above) / 2
        wide = Span(
            (missing - above + loss - top_loss) / length,
            (area + spread + second - top_second) / length,
        )
        narrow = (length < _NARROW * np.sqrt(self.variance)) & (level > length) & ~self._certain
        if not narrow.any():
            return wide
        points = [self.tail(np.maximum(level + part * length, 0.0)) for part in (0.0, 0.5, 1.0)]
        low, middle, high = points  # Simpson's rule: nothing cancels
        return Span(
            np.where(narrow, (low[1] + 4 * middle[1] + high[1]) / 6, wide.survival),
            np.where(narrow, (low[2] + 4 * middle[2] + high[2]) / 6, wide.loss),
        )

    def _rest(self, level: Floats) -> tuple[Floats, Floats]:
        """Return the losses less what they would be, were demand above the level for certain."""
        _, survival, edge = self._at(level)
        gap = self.mean - level
        chance = np.where(level < self.mean, survival - 1, survival)
        second = (gap**2 + self.variance) * chance + (gap + self.scale) * edge
        return gap * chance + edge, second / 2

    def _at(self, level: Floats) -> tuple[Floats, Floats, Floats]:
        """Return density and survival at a level, and the edge term θ x g of the losses."""
        safe = np.where(self._certain, 1.0, self.mean)
        shape = safe / self.scale
        inside = (level > 0) & ~self._certain
        x = np.where(inside, level / self.scale, 1.0)
        exponent = -deviance(shape, x) - stirling_error(shape)  # of x^k e^-x / Γ(k + 1)
        weight = np.where(inside, np.exp(exponent) / np.sqrt(2 * np.pi * shape), 0.0)
        survival = np.where(inside, special.gammaincc(shape, x), 1.0)
        survival = np.where(self._certain, (level < self.mean).astype(np.float64), survival)
        density = np.where(inside, weight * shape / np.where(inside, level, 1.0), 0.0)
        return density, survival, self.mean * weight
