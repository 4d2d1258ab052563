"""What policies achieve, recomputed from the problem alone, for `check`.

The formulas are others than the engine's: losses by their definitions, from survival functions of
shifted distributions, where the engine takes densities and Mills' ratio.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy import special

from flowopt.inventory.replenishment.resample import sums_of_samples

if TYPE_CHECKING:
    from flowopt.inventory.replenishment.problem import ReplenishmentProblem
    from flowopt.inventory.replenishment.solution import ReplenishmentSolution

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_LARGE = 1000.0  # a mean from which differences of sums over counts lose their digits
_NOTHING = 1e-100  # a smaller mean or spread is none: its ratios would overflow


@dataclass(frozen=True)
class Rows:
    """Items that have a level, with what the formulas need of them."""

    rows: npt.NDArray[np.int64]
    counted: Mask
    gamma: Mask
    empirical: Mask
    sums: npt.NDArray[np.object_]  # of demand samples; None where there are none
    batches: Mask
    triggers: Mask
    mean: Floats
    sd: Floats
    lead_time: Floats
    lead_time_sd: Floats
    review: Floats
    quantity: Floats
    pack: Floats
    least: Floats
    periods: Floats  # (n, m) lengths that the lead time may have, and their chances
    chances: Floats

    @classmethod
    def of(cls, solution: ReplenishmentSolution, rows: npt.NDArray[np.int64]) -> Rows:
        """Return some rows of an answer."""
        problem, items = solution.problem, solution.problem.items
        batches, triggers = items["policy"][rows] == "rq", items["policy"][rows] == "rss"
        width = solution.order_up_to_level[rows] - solution.reorder_point[rows]
        pack = items["pack_size"][rows]
        periods, chances = lead_times(problem, rows)
        return cls(
            rows,
            problem.counted[rows],
            problem.distribution[rows] == "gamma",
            problem.distribution[rows] == "empirical",
            sums_of_samples(problem, rows),
            batches,
            triggers,
            items["demand_mean"][rows],
            items["demand_sd"][rows],
            items["lead_time"][rows],
            items["lead_time_sd"][rows],
            items["review_period"][rows],
            np.where(triggers, width, np.where(batches, solution.order_quantity[rows], np.nan)),
            pack,
            np.ceil(items["min_order_quantity"][rows] / pack - 1e-9) * pack,
            periods,
            chances,
        )

    def take(self, keep: Any) -> Rows:
        """Return some of these items."""
        if len(keep) == len(self.rows) and np.asarray(keep).dtype == np.bool_ and keep.all():
            return self
        return Rows(**{name: column[keep] for name, column in vars(self).items()})

    def variance(self, length: Floats) -> Floats:
        """Return the variance of demand from an order until `length` after it."""
        return self.sd**2 * length + (self.mean * self.lead_time_sd) ** 2

    def tails(self, length: Floats, level: Floats, order: int = 2) -> list[Floats]:
        """Return P(D > x), E[(D-x)+] and its sum above x, up to an order of 0, 1 or 2.

        The demand is that from an order until `length` after it: where the lead time is one of
        several, the mean over them.
        """
        mixed: Mask = np.asarray(self.chances.any(axis=1))
        added = np.where(mixed, 0.0, (self.mean * self.lead_time_sd) ** 2)
        if not mixed.any():
            return self._over(length, added, level, order)
        total = [np.zeros_like(level) for _ in range(order + 1)]
        weights = np.where(mixed[:, None], self.chances, np.eye(1, self.chances.shape[1]))
        for place, weight in enumerate(weights.T):
            rows = np.flatnonzero(weight > 0)
            shift = np.where(mixed, self.periods[:, place] - self.lead_time, 0.0)
            ends = np.maximum(length + shift, 0.0)[rows]
            found = self.take(rows)._over(ends, added[rows], level[rows], order)
            for column, values in zip(total, found, strict=True):
                column[rows] += weight[rows] * values
        return total

    def between_tails(self, level: Floats, order: int) -> list[Floats]:
        """Return the tails of the demand between reviews."""
        return self._over(self.review, np.zeros_like(level), level, order)

    def _over(self, length: Floats, added: Floats, level: Floats, order: int) -> list[Floats]:
        """Return the tails of the demand of some periods, with variance added to it."""
        mean, variance = self.mean * length, self.sd**2 * length + added
        variance = np.where(self.counted, np.maximum(variance, mean), variance)
        if not self.empirical.any():
            return tails(self.counted, self.gamma, mean, variance, level, order)
        result = [np.empty_like(level) for _ in range(order + 1)]
        rest = ~self.empirical
        kinds = self.counted[rest], self.gamma[rest]
        found = tails(*kinds, mean[rest], variance[rest], level[rest], order)
        for column, values in zip(result, found, strict=True):
            column[rest] = values
        for row in np.flatnonzero(self.empirical):
            for column, value in zip(
                result, self.sums[row].tails(length[row], level[row], order), strict=True
            ):
                column[row] = value
        return result

    def tail(self, length: Floats, level: Floats, order: int) -> Floats:
        """Return one of the tails."""
        return self.tails(length, level, order)[order]

    def over_span(self, length: Floats, level: Floats, span: Floats) -> tuple[Floats, Floats]:
        """Return means of survival and loss over the levels of a span."""
        narrow = self.narrow(length, level, span)
        if narrow.any():
            means = np.empty_like(level), np.empty_like(level)
            for mask, formula in ((narrow, Rows._narrow_span), (~narrow, Rows.over_span)):
                found = formula(self.take(mask), length[mask], level[mask], span[mask])
                means[0][mask], means[1][mask] = found
            return means
        mean = self.mean * length
        low, top = mean - level, mean - level - span
        first, second = self._beyond(length, level)
        first_top, second_top = self._beyond(length, level + span)
        missing = np.maximum(low, 0) - np.maximum(top, 0)
        area = missing * (np.maximum(low, 0) + np.maximum(top, 0)) / 2
        return (missing + first - first_top) / span, (area + second - second_top) / span

    def narrow(self, length: Floats, level: Floats, span: Floats) -> Mask:
        """Return where counted demand is large, and a span a small part of its smooth spread."""
        mean, variance = self.mean * length, self.variance(length)
        smooth = (variance < mean * (mean + 1)) & (level > 10 * span)
        wide = 50 * span < np.sqrt(variance)
        return np.asarray(self.counted & (mean > _LARGE) & smooth & wide)

    def _narrow_span(self, length: Floats, level: Floats, span: Floats) -> tuple[Floats, Floats]:
        """Return the means over a span by a rule of three points, exact for cubics.

        The difference of second-order losses would be one of numbers as large as the mean's square.
        """
        half = (span - 1) / 2
        ends = np.where(span > 1, (span + 1) / (6 * np.maximum(span - 1, 1.0)), 0.0)
        means = []
        for order, first in ((0, level), (1, level + 1)):
            points = (first, first + half, first + span - 1)
            low, middle, top = (self.tail(length, point, order) for point in points)
            means.append(ends * (low + top) + (1 - 2 * ends) * middle)
        return means[0], means[1]

    def _beyond(self, length: Floats, level: Floats) -> tuple[Floats, Floats]:
        """Return loss and second-order loss less those of demand that is always its mean."""
        _, loss, second = self.tails(length, level, 2)
        missing = np.maximum(self.mean * length - level, 0.0)
        loss, second = loss - missing, second - missing**2 / 2
        normal = ~self.counted & ~self.gamma & (self.variance(length) >= _NOTHING**2)
        normal &= ~self.empirical & ~self.chances.any(axis=1)
        mean, variance = (self.mean * length)[normal], self.variance(length)[normal]
        far = mean + np.abs(level[normal] - mean)  # mirrored, so that nothing large is taken off
        _, loss[normal], mirrored = _normal_tails(mean, variance, far, 2)
        second[normal] = np.where(level[normal] < mean, variance / 2 - mirrored, mirrored)
        return loss, second


def lead_times(problem: ReplenishmentProblem, rows: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Return the lengths that lead times may have, and their chances, read once more."""
    table, items = problem.lead_times, problem.items
    found: dict[tuple[str, Any], list[int]] = {}
    for row, key in enumerate(zip(table["item"].tolist(), table["site"].tolist(), strict=True)):
        found.setdefault((str(key[0]), key[1]), []).append(row)
    most = max(map(len, found.values()), default=0)
    periods, chances = np.zeros((len(rows), most)), np.zeros((len(rows), most))
    if found:
        keys = zip(items["item"][rows].tolist(), items["site"][rows].tolist(), strict=True)
        for row, key in enumerate(keys):
            places = found.get((str(key[0]), key[1]), [])
            periods[row, : len(places)] = table["lead_time"][places]
            chances[row, : len(places)] = table["probability"][places]
    return periods, chances


def tails(
    counted: Mask, gamma: Mask, mean: Floats, variance: Floats, level: Floats, order: int
) -> list[Floats]:
    """Return the tails of demand above a level: survival, loss, loss of the second order."""
    result = [np.empty_like(mean) for _ in range(order + 1)]
    certain = (variance < _NOTHING**2) | (counted & (mean < _NOTHING))
    for mask, formula in (
        (certain & ~counted, _certain_tails),
        (certain & counted, _no_tails),
        (~certain & ~counted & ~gamma, _normal_tails),
        (~certain & ~counted & gamma, _gamma_tails),
        (~certain & counted, _count_tails),
    ):
        if mask.any():
            found = formula(mean[mask], variance[mask], level[mask], order)
            for column, values in zip(result, found, strict=False):
                column[mask] = values
    return result


def _certain_tails(mean: Floats, variance: Floats, level: Floats, order: int) -> list[Floats]:
    short = np.maximum(mean - level, 0.0)
    return [np.sign(short), short, short**2 / 2]


def _no_tails(mean: Floats, variance: Floats, level: Floats, order: int) -> list[Floats]:
    """Return the tails of no demand, counted; certain demand otherwise is not counted."""
    short = np.maximum(-level, 0.0)
    return [np.sign(short), short, short * np.maximum(short - 1, 0.0) / 2]


def _normal_tails(mean: Floats, variance: Floats, level: Floats, order: int) -> list[Floats]:
    sd = np.sqrt(variance)
    z = (level - mean) / sd
    above, density = special.ndtr(-z), np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    second = variance * ((z * z + 1) * above - z * density) / 2
    return [above, sd * (density - z * above), second]


def _gamma_tails(mean: Floats, variance: Floats, level: Floats, order: int) -> list[Floats]:
    """Return the tails of the gamma distribution, from x·g(x; k) = μ·g(x; k+1)."""
    scale = variance / mean
    shape, x = mean / scale, np.maximum(level, 0.0) / scale
    found = [special.gammaincc(shape, x)]
    if order >= 1:
        more = special.gammaincc(shape + 1, x)
        found.append(mean * more - level * found[0])
    if order >= 2:
        square = mean * (mean + scale) * special.gammaincc(shape + 2, x)
        found.append((square - 2 * level * mean * more + level**2 * found[0]) / 2)
    return found


def _count_tails(mean: Floats, variance: Floats, level: Floats, order: int) -> list[Floats]:
    """Return the tails of the negative binomial, from x·p(x; n) = μ·p(x-1; n+1)."""
    excess = np.maximum(variance / mean - 1, 1e-12)
    n, inside = mean / excess, np.maximum(level, 0.0)
    above = []
    for k in range(order + 1):  # P(D > x - k) with n + k successes
        x = np.maximum(inside - k, 0.0)
        direct = special.betainc(x + 1, n + k, excess / (1 + excess))
        turned = (excess > 1) & (mean > _LARGE)  # 1 less a number near 1 has few digits
        other = 1 - special.betainc((n + k)[turned], (x + 1)[turned], 1 / (1 + excess[turned]))
        direct[turned] = other
        above.append(np.where(level < k, 1.0, direct))
    found = [above[0]]
    if order >= 1:
        found.append(mean * above[1] - level * above[0])
    if order >= 2:
        square = mean * (mean + excess) * above[2] - 2 * level * mean * above[1]
        found.append((square + level * (level + 1) * above[0]) / 2)
    return found
