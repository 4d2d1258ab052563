"""Normal demand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special

from flowopt.inventory.distributions.base import NOTHING, Floats, Rows, Span, Tail


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
        missing = np.maximum(self.mean - level, 0.0)
        density, survival, loss, second = self._beyond(level)
        low = level < self.mean
        return Tail(
            density,
            np.where(low, 1 - survival, survival),
            missing + loss,
            missing**2 / 2 + np.where(low, self.variance / 2 - second, second),
        )

    def over_span(self, level: Floats, length: Floats) -> Span:
        """Return means over the levels of a span, without differences of large numbers."""
        top = level + length
        missing, above = np.maximum(self.mean - level, 0.0), np.maximum(self.mean - top, 0.0)
        covered = (missing - above) / length
        _, _, loss, second = self._beyond(level)
        _, _, top_loss, top_second = self._beyond(top)
        turned = self.variance / 2  # where the span begins below the mean, by reflection
        rest = np.where(level < self.mean, turned - second, second)
        rest -= np.where(top < self.mean, turned - top_second, top_second)
        return Span(
            covered + (loss - top_loss) / length,
            covered * (missing + above) / 2 + rest / length,
        )

    def _beyond(self, level: Floats) -> Tail:
        """Return what lies further from the mean than a level, on its side."""
        certain = self.sd < NOTHING
        scale = np.where(certain, 1.0, self.sd)
        distance = np.where(certain, np.inf, np.abs(level - self.mean) / scale)
        density, survival, loss, second = upper_normal_tail(distance)
        return Tail(density / scale, survival, scale * loss, scale**2 * second)


def upper_normal_tail(z: Floats) -> Tail:
    r"""Return the tail of the standard normal distribution above `z`, 0 or more.

    With Mills' ratio :math:`M(z) = Q(z) / \varphi(z)`, the loss is :math:`\varphi (1 - zM)` and
    the second-order loss :math:`\varphi ((z^2 + 1) M - z) / 2` (Zipkin, *Foundations of Inventory
    Management*, section C.2.5.4).
    """
    far = np.minimum(z, 40.0)  # nothing is left beyond
    density = np.exp(-(far**2) / 2) / np.sqrt(2 * np.pi)
    mills = np.sqrt(np.pi / 2) * special.erfcx(far / np.sqrt(2))
    loss = density * np.maximum(1 - far * mills, 0.0)
    second = density * np.maximum((far**2 + 1) * mills - far, 0.0) / 2
    return Tail(density, density * mills, loss, second)
