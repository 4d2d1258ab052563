"""Lead times of the simulation: certain, or drawn from a distribution over whole periods."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from flowopt.inventory.distributions import Floats, Rows
from flowopt.inventory.simulation.kernels.single import CROSSING, FIXED, IN_TURN

_ROUNDING = 1e-12
_TAIL = 1e-10


@dataclass(frozen=True)
class LeadTimeDraws:
    """How long the orders of (n,) items take.

    Parameters
    ----------
    kind
        (n,) `FIXED`, `IN_TURN` or `CROSSING`.
    fixed
        (n,) the lead time where it is certain, periods.
    table
        What draws of the others fall through, all items in a row.
    start
        (n + 1,) where each item's table begins.
    """

    kind: Rows
    fixed: Floats
    table: Floats
    start: Rows

    def take(self, rows: Rows) -> LeadTimeDraws:
        """Return the lead times of some items."""
        size = np.diff(self.start)[rows]
        parts = [self.table[self.start[row] : self.start[row + 1]] for row in rows[size > 0]]
        table = np.concatenate(parts) if parts else np.empty(0)
        return LeadTimeDraws(
            self.kind[rows], self.fixed[rows], table, np.concatenate([[0], np.cumsum(size)])
        )


def lead_time_draws(mean: Floats, sd: Floats, pmf: Floats | None = None) -> LeadTimeDraws:
    """Return lead times of given means and standard deviations.

    A lead time between two whole numbers is the one or the other, by chance; one with a standard
    deviation has a gamma distribution, shared out to whole periods with mean and deviation kept.

    Orders arrive in the turn they were placed in and each lead time has its distribution, where
    that is possible (Kaplan 1970: a period brings all orders of a random age or more, which takes
    a distribution whose hazard rises); otherwise each order draws its own and orders may cross.

    Parameters
    ----------
    mean, sd
        (n,) periods.
    pmf
        (M,) or (n, M) chance of a lead time of 0, 1, … periods; instead of the others.
    """
    if pmf is not None:
        rows = np.broadcast_to(np.atleast_2d(pmf), (len(mean), np.shape(pmf)[-1]))
        return _of_chances([_trimmed(row) for row in rows])
    pairs, which = np.unique(np.stack([mean, sd]), axis=1, return_inverse=True)
    chances = [whole_lead_times(*pair) for pair in pairs.T.tolist()]
    return _of_chances(chances).take(which.reshape(-1))


def with_tables(
    draws: LeadTimeDraws, rows: Rows, periods: Floats, chances: Floats
) -> LeadTimeDraws:
    """Return lead times of which some are drawn from tables instead.

    Parameters
    ----------
    draws
        The lead times of all items.
    rows
        (k,) the items with a table.
    periods, chances
        (k, m) the lead times that each may have, and their chances; parts of a period are the one
        whole number or the other, by chance.
    """
    if not len(rows):
        return draws
    low = np.floor(periods)
    share = periods - low
    tables = []
    for row in range(len(rows)):
        known = chances[row] > 0
        places = low[row][known].astype(np.int64)
        size = int(places.max()) + 2
        weight, part = chances[row][known], share[row][known]
        table = np.zeros(size)
        np.add.at(table, places, weight * (1 - part))
        np.add.at(table, places + 1, weight * part)
        tables.append(_trimmed(table))
    others = _of_chances(tables)
    both = LeadTimeDraws(
        np.concatenate([draws.kind, others.kind]),
        np.concatenate([draws.fixed, others.fixed]),
        np.concatenate([draws.table, others.table]),
        np.concatenate([draws.start, others.start[1:] + draws.start[-1]]),
    )
    place = np.arange(len(draws.kind))
    place[rows] = len(place) + np.arange(len(rows))
    return both.take(place)


def whole_lead_times(mean: float, sd: float) -> Floats:
    """Return the chances of 0, 1, … periods that have a mean and a standard deviation.

    Examples
    --------
    >>> whole_lead_times(2.25, 0.0)
    array([0.  , 0.  , 0.75, 0.25])
    """
    low = math.floor(mean)
    share = mean - low
    if sd**2 <= share * (1 - share) + _ROUNDING:
        return np.concatenate([np.zeros(low), [1 - share, share]])[: low + 1 + (share > 0)]
    least, most = 0.0, sd**2
    for _ in range(60):
        middle = (least + most) / 2
        chance = _shared_out(mean, middle)
        values = np.arange(len(chance))
        wide = chance @ (values - mean) ** 2 > sd**2
        least, most = (least, middle) if wide else (middle, most)
        if most - least < 1e-9 * sd**2:
            break
    return chance


def _shared_out(mean: float, variance: float) -> Floats:
    """Return a gamma distribution shared out to whole numbers, each part to its two neighbours."""
    shape = mean**2 / variance
    scale = variance / mean
    end = int(special.gammainccinv(shape, _TAIL) * scale) + 3
    level = np.arange(end + 1.0)
    above = special.gammaincc(shape + 1, level / scale), special.gammaincc(shape, level / scale)
    loss = mean * above[0] - level * above[1]  # E[(X - k)+]; its second difference is the share
    chance = np.concatenate([[1 - loss[0] + loss[1]], loss[:-2] - 2 * loss[1:-1] + loss[2:]])
    chance = np.maximum(chance, 0.0)
    return np.asarray(chance / chance.sum())


def _trimmed(chance: Floats) -> Floats:
    last = np.flatnonzero(chance > 0)[-1]
    return np.array(chance[: last + 1] / chance.sum())


def _of_chances(chances: list[Floats]) -> LeadTimeDraws:
    kinds, fixed, tables = [], [], []
    for chance in chances:
        kind, table = _falling(chance)
        kinds.append(kind)
        fixed.append(float(len(chance) - 1))
        tables.append(table)
    start = np.concatenate([[0], np.cumsum([len(table) for table in tables])]).astype(np.int64)
    joined = np.concatenate(tables) if tables else np.empty(0)
    return LeadTimeDraws(np.array(kinds, dtype=np.int64), np.array(fixed), joined, start)


def _falling(chance: Floats) -> tuple[int, npt.NDArray[np.float64]]:
    """Return the kind of a lead time, and the table that its draws fall through."""
    certain = np.flatnonzero(chance > _ROUNDING)
    if len(certain) == 1 and certain[0] == len(chance) - 1:
        return FIXED, np.empty(0)
    longer = np.append(np.maximum(1 - np.cumsum(chance), 0.0)[:-1], 0.0)  # P(L > j)
    before = np.concatenate([[1.0], longer[:-1]])
    stays = longer / np.maximum(before, _TAIL**2)  # P(L > j | L > j - 1)
    stays = np.where(before < _TAIL * 10, np.minimum.accumulate(stays), stays)  # rounding
    if (np.diff(stays) <= 1e-9).all():
        return IN_TURN, np.minimum.accumulate(stays)
    return CROSSING, longer
