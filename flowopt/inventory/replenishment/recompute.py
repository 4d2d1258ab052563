"""What policies achieve, recomputed from the problem alone, for `check`.

The formulas are others than the engine's: losses by their definitions, from survival functions of
shifted distributions, where the engine takes densities and Mills' ratio.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

if TYPE_CHECKING:
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
    batches: Mask
    mean: Floats
    sd: Floats
    lead_time: Floats
    lead_time_sd: Floats
    review: Floats
    quantity: Floats
    pack: Floats
    least: Floats

    @classmethod
    def of(cls, solution: ReplenishmentSolution, rows: npt.NDArray[np.int64]) -> Rows:
        """Return some rows of an answer."""
        items = solution.problem.items
        return cls(
            rows,
            solution.problem.distribution[rows] == "negative_binomial",
            items["policy"][rows] == "rq",
            items["demand_mean"][rows],
            items["demand_sd"][rows],
            items["lead_time"][rows],
            items["lead_time_sd"][rows],
            items["review_period"][rows],
            np.where(items["policy"] == "rq", solution.order_quantity, np.nan)[rows],
            items["pack_size"][rows],
            (np.ceil(items["min_order_quantity"] / items["pack_size"] - 1e-9) * items["pack_size"])[
                rows
            ],
        )

    def take(self, keep: Any) -> Rows:
        """Return some of these items."""
        return Rows(**{name: column[keep] for name, column in vars(self).items()})

    def variance(self, length: Floats) -> Floats:
        """Return the variance of demand from an order until `length` after it."""
        return self.sd**2 * length + (self.mean * self.lead_time_sd) ** 2

    def tails(self, length: Floats, level: Floats, order: int = 2) -> list[Floats]:
        """Return P(D > x), E[(D-x)+] and its sum above x, up to an order of 0, 1 or 2."""
        return tails(self.counted, self.mean * length, self.variance(length), level, order)

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
        normal = ~self.counted & (self.variance(length) >= _NOTHING**2)
        mean, variance = (self.mean * length)[normal], self.variance(length)[normal]
        far = mean + np.abs(level[normal] - mean)  # mirrored, so that nothing large is taken off
        _, loss[normal], mirrored = _normal_tails(mean, variance, far, 2)
        second[normal] = np.where(level[normal] < mean, variance / 2 - mirrored, mirrored)
        return loss, second


def tails(counted: Mask, mean: Floats, variance: Floats, level: Floats, order: int) -> list[Floats]:
    """Return the tails of demand above a level: survival, loss, loss of the second order."""
    result = [np.empty_like(mean) for _ in range(order + 1)]
    certain = (variance < _NOTHING**2) | (counted & (mean < _NOTHING))
    for mask, formula in (
        (certain & ~counted, _certain_tails),
        (certain & counted, _no_tails),
        (~certain & ~counted, _normal_tails),
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


# ---- what a level achieves


class FillRate(NamedTuple):
    """Share of demand met from stock at a level, and what the last unit of the level adds."""

    share: Floats
    last_unit: Floats


def fill_rate(items: Rows, level: Floats) -> FillRate:
    """Return the fill rate at a level (S, or the reorder point)."""
    result = FillRate(np.empty_like(level), np.empty_like(level))
    many = items.batches & (items.review > 0)
    for mask, formula in (
        (~items.batches, _periodic_fill),
        (many, _batch_fill),
        (items.batches & ~many, _continuous_fill),
    ):
        if mask.any():
            result.share[mask], result.last_unit[mask] = formula(items.take(mask), level[mask])
    return result


def _periodic_fill(items: Rows, level: Floats) -> FillRate:
    late, early = items.lead_time + items.review, items.lead_time
    per_cycle = items.mean * items.review
    short = items.tail(late, level, 1) - items.tail(early, level, 1)
    last = items.tail(late, level - 1, 0) - items.tail(early, level - 1, 0)
    return FillRate(1 - short / per_cycle, last / per_cycle)


def _batch_fill(items: Rows, level: Floats) -> FillRate:
    late, early = items.lead_time + items.review, items.lead_time
    per_cycle = items.mean * items.review
    last, short = items.over_span(late, level, items.quantity)
    last_early, short_early = items.over_span(early, level, items.quantity)
    return FillRate(1 - (short - short_early) / per_cycle, (last - last_early) / per_cycle)


def _continuous_fill(items: Rows, level: Floats) -> FillRate:
    early, top = items.lead_time, level + items.quantity
    short, _ = items.over_span(early, level, items.quantity)
    last = items.tail(early, level - 1, 0) - items.tail(early, top - 1, 0)
    return FillRate(1 - short, last / items.quantity)


def cycle_service(items: Rows, level: Floats) -> Floats:
    """Return the probability that demand over the protection interval stays within a level."""
    return 1 - items.tail(items.lead_time + items.review, level, 0)


def average_stock(items: Rows, level: Floats) -> Floats:
    """Return the mean of the stock on hand at the ends of the periods of a review cycle."""
    count = np.maximum(np.ceil(items.review), 1.0)
    total = np.zeros_like(level)
    for weight, base, span in _positions(items, level):
        for step in range(1, int(count.max(initial=0)) + 1):
            rows = np.flatnonzero((step <= count) & (weight > 0))
            part = items.take(rows)
            length = part.lead_time + part.review * step / count[rows]
            total[rows] += weight[rows] * _stock_after(part, base[rows], span[rows], length)
    return total / count


def _positions(items: Rows, level: Floats) -> list[tuple[Floats, Floats, Floats]]:
    """Return the spans over which a review leaves the position uniform: weight, base, length.

    (r,Q) leaves it within Q of the reorder point. (R,S) leaves it at S, or within a pack of it, or
    within the minimum order while demand between reviews does not exceed that.
    """
    mean, variance = between_reviews(items)
    least = np.maximum(items.least, items.pack)
    packs = np.round(mean / items.pack)
    fits = (variance == 0) & (mean >= least * (1 - 1e-9))
    fits &= np.abs(mean / items.pack - packs) < 1e-9 * np.maximum(packs, 1)
    exact = ~items.batches & (fits | (items.counted & (least <= 1)))
    exceeded = tails(items.counted, mean, variance, least, 0)[0]
    rounded = ~items.batches & ~exact
    small = np.where(rounded & (least > items.pack), exceeded, 1.0)
    base = level - np.where(rounded & items.counted, 1.0, 0.0)
    first = np.where(items.batches, items.quantity, np.where(exact, 0.0, items.pack))
    return [(small, base, first), (1 - small, base, least)]


def _stock_after(items: Rows, base: Floats, span: Floats, length: Floats) -> Floats:
    """Return the expected stock on hand `length` after an order, over a span of positions."""
    stock = base - items.mean * length
    one, many = np.flatnonzero(span == 0), np.flatnonzero(span > 0)
    stock[one] += items.take(one).tail(length[one], base[one], 1)
    part, low, width = items.take(many), base[many], span[many]
    _, short = part.over_span(length[many], low, width)
    stock[many] += (width + part.counted) / 2 + short
    return stock


def orders_per_period(items: Rows, level: Floats) -> Floats:
    """Return the mean number of orders in a period."""
    mean, variance = between_reviews(items)
    some, asked = tails(items.counted, mean, variance, np.zeros_like(mean), 1)
    total = np.zeros_like(mean)
    for weight, _, span in _positions(items, level):
        width = np.where(span > 0, span, 1.0)
        kept = np.minimum(asked - tails(items.counted, mean, variance, width, 1)[1], mean)
        chance = np.where(span > 0, np.maximum(kept, 0.0) / width, some)
        review = np.where(items.review > 0, items.review, 1.0)
        total += weight * np.where(items.review > 0, chance / review, items.mean / width)
    return total


def between_reviews(items: Rows) -> tuple[Floats, Floats]:
    """Return mean and variance of the demand between reviews; counted: Poisson at least."""
    mean, variance = items.mean * items.review, items.sd**2 * items.review
    return mean, np.where(items.counted, np.maximum(variance, mean), variance)
