"""What policies achieve at their levels, recomputed for `check` (see `recompute`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from flowopt.inventory.replenishment.overshoot import overshoot
from flowopt.inventory.replenishment.recompute import Floats, Mask, Rows

CELLS, PACKS = 32, 4
"""Parts of a pack by which undershoots are told apart, and packs up to which they are."""

_NARROW = 1 / 32  # of the standard deviation of demand: a span as good as its middle
_NEVER = 1e-9  # a smaller chance is none


class FillRate(NamedTuple):
    """Share of demand met from stock at a level, and what the last unit of the level adds."""

    share: Floats
    last_unit: Floats


@dataclass(frozen=True)
class Span:
    """Positions that are uniform over a span, at a level of 0: (n,) each.

    `above` is from S to where it begins; for (R,s,S) that is not told.
    """

    weight: Floats
    base: Floats
    length: Floats
    above: Floats

    def take(self, keep: Any) -> Span:
        """Return those of some rows."""
        return Span(self.weight[keep], self.base[keep], self.length[keep], self.above[keep])


@dataclass(frozen=True)
class Standing:
    """Where reviews leave the positions of items, and for (R,s,S) how many there are an order."""

    spans: list[Span]
    reviews: Floats

    def take(self, keep: Any) -> Standing:
        """Return that of some rows."""
        return Standing([span.take(keep) for span in self.spans], self.reviews[keep])


def fill_rate(items: Rows, standing: Standing, level: Floats) -> FillRate:
    """Return the fill rate at a level (S, or the reorder point)."""
    result = FillRate(np.zeros_like(level), np.zeros_like(level))
    sd = np.sqrt(items.variance(items.lead_time + items.review))
    narrow = np.where(items.counted, 1.0, _NARROW * sd)
    continuous = items.review == 0
    for span in standing.spans:
        used = span.weight > 0
        point = (span.length <= narrow) & ~items.batches
        for mask, formula in (
            (used & continuous, _continuous_fill),
            (used & ~continuous & point, _periodic_fill),
            (used & ~continuous & ~point, _batch_fill),
        ):
            rows = np.flatnonzero(mask)
            if len(rows):
                low, length = level[rows] + span.base[rows], span.length[rows]
                found = formula(items.take(rows), low, length)
                result.share[rows] += span.weight[rows] * found.share
                result.last_unit[rows] += span.weight[rows] * found.last_unit
    return result


def _periodic_fill(items: Rows, level: Floats, span: Floats) -> FillRate:
    """Return the fill rate of a position in the middle of a span."""
    level = level + np.where(span > 0, (span + items.counted) / 2, 0.0)
    late, early = items.lead_time + items.review, items.lead_time
    per_cycle = items.mean * items.review
    short = items.tail(late, level, 1) - items.tail(early, level, 1)
    last = items.tail(late, level - 1, 0) - items.tail(early, level - 1, 0)
    return FillRate(1 - short / per_cycle, last / per_cycle)


def positions_between(items: Rows) -> tuple[list[tuple[Floats, Floats]], Floats]:
    """Return the weights of the positions of (R,s,S) above s, and the reviews from order to order.

    Demand between reviews is split onto a grid, so that its mean stays; the weight of a position is
    pushed down to those that it leads to. Packs lift the position above S by less than a pack.
    """
    width, unit = items.quantity, items.counted.astype(np.float64)
    size = np.maximum(items.pack, unit)
    reach = width + size - unit
    fine = np.where(reach <= 256, 1.0, 1 + 2 * np.ceil(reach / 128))  # odd, to have a middle
    step = np.where(items.counted, fine, width / np.maximum(np.rint(64 * width / reach + 1e-6), 2))
    least = (step + unit) / 2
    count = np.maximum(np.ceil((reach - least) / step - 1e-9), 0.0) + 1
    top = least + (count - 1) * step
    most = int(count.max(initial=1))
    losses = [np.zeros_like(width) for _ in range(most + 1)]
    for place, loss in enumerate(losses):
        rows = np.flatnonzero(count >= place)
        loss[rows] = items.take(rows).between_tails(place * step[rows], 1)[1]
    chances = [
        np.where(j < count, np.maximum(losses[j - 1] - 2 * losses[j] + losses[j + 1], 0), 0) / step
        for j in range(1, most)
    ]
    stay = 1 - (losses[0] - losses[1]) / step
    visits = _first_visits(items, size, step, top, most)
    for place in range(most):
        visits[place] = visits[place] / np.maximum(1 - np.maximum(stay, 0.0), 1e-12)
        for later in range(place + 1, most):
            visits[later] += visits[place] * chances[later - place - 1]
    visits = [np.where(place < count, visit, 0.0) for place, visit in enumerate(visits)]
    reviews = np.asarray(np.sum(visits, axis=0))
    return [(visit / reviews, top - j * step) for j, visit in enumerate(visits)], reviews


def _first_visits(items: Rows, size: Floats, step: Floats, top: Floats, most: int) -> list[Floats]:
    """Return how likely an order lifts the position to each point of the grid, from the highest on.

    Without packs, it is always lifted to S.
    """
    visits = np.zeros((most, len(size)))
    rows = np.flatnonzero(size <= items.counted)
    _add_lift(visits, rows, (top - items.quantity)[rows] / step[rows], np.ones(len(rows)))
    rows = np.flatnonzero(size > items.counted)
    if rows.size:
        packed = items.take(rows)
        for chance, lift in _lifts_by_packs(packed, size[rows]):
            _add_lift(visits, rows, ((top - items.quantity)[rows] - lift) / step[rows], chance)
    return list(visits)


def _add_lift(visits: Floats, rows: Any, steps: Floats, chance: Floats) -> None:
    """Add a lift to what is so many steps below the highest point, to the two points next to it."""
    steps = np.clip(steps, 0.0, len(visits) - 1)
    under = np.floor(steps)
    np.add.at(visits, (under.astype(np.int64), rows), chance * (1 - (steps - under)))
    after = np.minimum(under + 1, len(visits) - 1).astype(np.int64)
    np.add.at(visits, (after, rows), chance * (steps - under))


def _lifts_by_packs(items: Rows, pack: Floats) -> list[tuple[Floats, Floats]]:
    """Return the chances that whole packs lift the position by so much above S.

    A position that is x below s has a chance of P(D > x) / E[D].
    """
    unit = items.counted.astype(np.float64)
    cell = np.where(items.counted, np.ceil(pack / CELLS), pack / CELLS)
    far = CELLS * PACKS
    left = [items.between_tails(cell * place, 1)[1] for place in range(far + 1)]
    whole = np.where(left[0] > 0, left[0], 1.0)
    lifts = []
    for place in range(far):
        chance = (left[place] - left[place + 1]) / whole
        first = np.where(unit, 1 / cell, 0.5)  # the least undershoots of a cell, and the others
        for part, of_units, of_parts in ((first, 0.0, 1 / 4), (1 - first, 1 / 2, 3 / 4)):
            below = cell * (place + np.where(unit, of_units, of_parts))
            packs = np.ceil((items.quantity + below) / pack - 1e-9)
            lift = np.clip(packs * pack - items.quantity - below, 0.0, pack - unit)
            lifts.append((chance * part, lift))
    rest = 1 - (left[0] - left[far]) / whole
    return lifts + [(rest / CELLS, (pack - unit) * (k + 0.5) / CELLS) for k in range(CELLS)]


def owed_share(items: Rows, standing: Standing, level: Floats) -> Floats:
    """Return the share of period ends at which one unit above the position would be owed."""
    count = np.maximum(np.ceil(items.review), 1.0)
    total = np.zeros_like(level)
    for place in standing.spans:
        weight, base, span = place.weight, level + place.base, place.length
        for step in range(1, int(count.max(initial=0)) + 1):
            rows = np.flatnonzero((step <= count) & (weight > 0))
            part = items.take(rows)
            length = part.lead_time + part.review * step / count[rows]
            total[rows] += weight[rows] * _owed_after(part, base[rows], span[rows], length)
    return total / count


def _owed_after(items: Rows, base: Floats, span: Floats, length: Floats) -> Floats:
    share = np.empty_like(base)
    one, many = np.flatnonzero(span == 0), np.flatnonzero(span > 0)
    share[one] = items.take(one).tail(length[one], base[one], 0)
    part = items.take(many)
    share[many], _ = part.over_span(length[many], base[many] + part.counted, span[many])
    return share


def _batch_fill(items: Rows, level: Floats, span: Floats) -> FillRate:
    late, early = items.lead_time + items.review, items.lead_time
    per_cycle = items.mean * items.review
    last, short = items.over_span(late, level, span)
    last_early, short_early = items.over_span(early, level, span)
    return FillRate(1 - (short - short_early) / per_cycle, (last - last_early) / per_cycle)


def _continuous_fill(items: Rows, level: Floats, span: Floats) -> FillRate:
    early, top = items.lead_time, level + span
    short, _ = items.over_span(early, level, span)
    last = items.tail(early, level - 1, 0) - items.tail(early, top - 1, 0)
    return FillRate(1 - short, last / span)


def cycle_service(items: Rows, level: Floats) -> Floats:
    """Return the probability that demand over the protection interval stays within a level."""
    return 1 - items.tail(items.lead_time + items.review, level, 0)


def stock_and_backorders(items: Rows, standing: Standing, level: Floats) -> tuple[Floats, Floats]:
    """Return the means of stock on hand and backorders at the ends of the periods of a cycle."""
    count = np.maximum(np.ceil(items.review), 1.0)
    total, owed = np.zeros_like(level), np.zeros_like(level)
    for place in standing.spans:
        weight, base, span = place.weight, level + place.base, place.length
        for step in range(1, int(count.max(initial=0)) + 1):
            rows = np.flatnonzero((step <= count) & (weight > 0))
            part = items.take(rows)
            length = part.lead_time + part.review * step / count[rows]
            short = _short_after(part, base[rows], span[rows], length)
            middle = base[rows] + np.where(span[rows] > 0, (span[rows] + part.counted) / 2, 0.0)
            total[rows] += weight[rows] * (middle - part.mean * length + short)
            owed[rows] += weight[rows] * short
    return total / count, owed / count


def _short_after(items: Rows, base: Floats, span: Floats, length: Floats) -> Floats:
    """Return the expected backorders `length` after an order, over a span of positions."""
    short = np.empty_like(base)
    one, many = np.flatnonzero(span == 0), np.flatnonzero(span > 0)
    short[one] = items.take(one).tail(length[one], base[one], 1)
    _, short[many] = items.take(many).over_span(length[many], base[many], span[many])
    return short


def standing(items: Rows) -> Standing:
    """Return where reviews leave the positions: whatever the level is, as far from it.

    (r,Q) leaves them uniform within Q of the reorder point. (R,S) leaves them at S, or within a
    pack of it, or within the minimum order while demand between reviews does not exceed that.
    """
    mean, variance = items.mean * items.review, items.sd**2 * items.review
    least = np.maximum(items.least, items.pack)
    packs = np.round(mean / items.pack)
    fits = (variance == 0) & (mean >= least * (1 - 1e-9)) & ~items.counted
    fits &= np.abs(mean / items.pack - packs) < 1e-9 * np.maximum(packs, 1)
    periodic = ~items.batches & ~items.triggers
    rounded = periodic & ~(fits | (items.counted & (least <= 1)))
    (within,), (beyond,) = (items.between_tails(x, 0) for x in (least, least + items.pack))
    small = rounded & (least > items.pack)
    chain = small & (within >= _NEVER) & (beyond <= 1 - _NEVER)
    length = np.where(rounded, np.where(small & (within < _NEVER), least, items.pack), 0.0)
    length = np.where(items.batches, items.quantity, length)
    none = np.zeros_like(mean)
    base = np.where(rounded & items.counted, -1.0, 0.0)
    spans = [Span(np.where(chain | items.triggers, 0.0, 1.0), base, length, none)]
    if chain.any():
        found = overshoot(items.take(chain))
        spans += [_spread(chain, weight, low, length) for weight, low, length in found]
        for span in spans[1:]:
            span.base[:] += np.where(chain, base, 0.0)
    reviews = np.full_like(mean, np.nan)
    if items.triggers.any():
        positions, reviews[items.triggers] = positions_between(items.take(items.triggers))
        for weight, above in positions:
            spans.append(_spread(items.triggers, weight, above, np.zeros_like(above)))
    return Standing(spans, reviews)


def _spread(mask: Mask, weight: Floats, above: Floats, length: Floats) -> Span:
    """Return a span of some of all items."""
    columns = np.zeros((4, len(mask)))
    columns[0, mask], columns[1, mask] = weight, above
    columns[2, mask], columns[3, mask] = length, above
    return Span(*columns)


def orders_per_period(items: Rows, standing: Standing) -> Floats:
    """Return the mean number of orders in a period."""
    total = np.zeros_like(items.mean)
    review = np.where(items.review > 0, items.review, 1.0)
    for span in standing.spans:
        rows = np.flatnonzero(~items.triggers & (span.weight > 0))
        if not len(rows):
            continue
        part, above = items.take(rows), span.above[rows]
        width = np.where(span.length > 0, span.length, 1.0)[rows]
        some, asked = part.between_tails(above, 1)
        kept = np.minimum(asked - part.between_tails(above + width, 1)[1], part.mean * part.review)
        chance = np.where(span.length[rows] > 0, np.maximum(kept, 0.0) / width, some)
        every = np.where(part.review > 0, chance / review[rows], part.mean / width)
        total[rows] += span.weight[rows] * every
    return np.where(items.triggers, 1 / (standing.reviews * review), total)
