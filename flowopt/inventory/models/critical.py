"""Levels that demand exceeds with a given chance, and the units short of a level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from flowopt.inventory.distributions import (
    Demand,
    EmpiricalDemand,
    Floats,
    GammaDemand,
    NormalDemand,
    Rows,
)
from flowopt.inventory.models.columns import COUNTED
from flowopt.inventory.models.moments import excess_of


@dataclass(frozen=True)
class Covered:
    """The demand that a level must cover, of items of several distributions.

    Parameters
    ----------
    kind
        (n,) name of the distribution.
    mean, variance
        (n,) its moments.
    seen
        The demand of all items where it is given by samples; the other three tell its moments.
    """

    kind: npt.NDArray[np.str_]
    mean: Floats
    variance: Floats
    seen: EmpiricalDemand | None = None

    @property
    def certain(self) -> npt.NDArray[np.bool_]:
        """(n,) whether there is just one value."""
        return np.asarray(self.variance <= 0)

    def level_and_shortage(self, allowed: Floats, wanted: Floats) -> tuple[Floats, Floats]:
        """Return the least levels, 0 or more, and the expected units short of them.

        Parameters
        ----------
        allowed
            (n,) chance of more than the level.
        wanted
            (n,) level that is given; NaN where the least is asked for.
        """
        if self.seen is not None:
            best = np.where(allowed < 1, self.seen.quantile(1 - allowed), 0.0)
            return _level_and_shortage(self.seen, best, wanted)
        level, short = np.zeros_like(self.mean), np.zeros_like(self.mean)
        certain = self.certain
        for kind in np.unique(self.kind):
            rows = np.flatnonzero((self.kind == kind) & ~certain)
            if len(rows):
                part = self._one_kind(str(kind), rows, allowed[rows], wanted[rows])
                level[rows], short[rows] = part
        asked = ~np.isnan(wanted)
        fixed = np.where(asked, wanted, np.where(allowed < 1, self.mean, 0.0))
        level = np.where(certain, fixed, level)
        return level, np.where(certain, np.maximum(self.mean - level, 0.0), short)

    def _one_kind(
        self, kind: str, rows: Rows, allowed: Floats, wanted: Floats
    ) -> tuple[Floats, Floats]:
        mean, variance = self.mean[rows], self.variance[rows]
        if kind in COUNTED:
            from flowopt.inventory.kernels.counts import levels_and_losses

            excess = excess_of(mean, variance)
            return levels_and_losses(mean, excess, allowed, wanted)
        if kind == "normal":
            level = mean - np.sqrt(variance) * special.ndtri(allowed)
            return _level_and_shortage(NormalDemand(mean, variance), level, wanted)
        if kind == "gamma":
            demand = GammaDemand(mean, variance)
            level = demand.scale * special.gammainccinv(mean / demand.scale, allowed)
            return _level_and_shortage(demand, level, wanted)
        return _lognormal(mean, variance, allowed, wanted)


def _level_and_shortage(demand: Demand, best: Floats, wanted: Floats) -> tuple[Floats, Floats]:
    level = np.where(np.isnan(wanted), np.maximum(best, 0.0), wanted)
    return level, demand.tail(level).loss


def _lognormal(
    mean: Floats, variance: Floats, allowed: Floats, wanted: Floats
) -> tuple[Floats, Floats]:
    r"""Return levels and shortages of a lognormal of these moments.

    With m and s of its logarithm, :math:`E[(D - x)^+] = \mu \Phi(s - z) - x \Phi(-z)` at
    :math:`z = (\ln x - m) / s`.
    """
    spread = np.sqrt(np.log1p(variance / mean**2))
    middle = np.log(mean) - spread**2 / 2
    best = np.exp(middle - spread * special.ndtri(allowed))
    level = np.where(np.isnan(wanted), best, wanted)
    inside = level > 0
    z = np.where(inside, (np.log(np.where(inside, level, 1.0)) - middle) / spread, -np.inf)
    loss = mean * special.ndtr(spread - z) - level * special.ndtr(-z)
    return level, np.where(inside, np.maximum(loss, 0.0), mean - level)
