"""What policies achieve at their levels, recomputed for `check` (see `recompute`)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from flowopt.inventory.replenishment.recompute import Floats, Rows

CELLS, PACKS = 32, 4
"""Parts of a pack by which undershoots are told apart, and packs up to which they are."""


class FillRate(NamedTuple):
    """Share of demand met from stock at a level, and what the last unit of the level adds."""

    share: Floats
    last_unit: Floats


def fill_rate(items: Rows, level: Floats) -> FillRate:
    """Return the fill rate at a level (S, or the reorder point)."""
    result = FillRate(np.empty_like(level), np.empty_like(level))
    many = items.batches & (items.review > 0)
    for mask, formula in (
        (~items.batches & ~items.triggers, _periodic_fill),
        (items.triggers, _trigger_fill),
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


def _trigger_fill(items: Rows, level: Floats) -> FillRate:
    share, last = np.zeros_like(level), np.zeros_like(level)
    for weight, position in positions_between(items, level)[0]:
        rows = np.flatnonzero(weight > 0)
        found = _periodic_fill(items.take(rows), position[rows])
        share[rows] += weight[rows] * found.share
        last[rows] += weight[rows] * found.last_unit
    return FillRate(share, last)


def positions_between(
    items: Rows, level: Floats, pack: Floats | None = None
) -> tuple[list[tuple[Floats, Floats]], Floats]:
    """Return the weights of the positions of (R,s,S), and the reviews from order to order.

    Demand between reviews is split onto a grid, so that its mean stays; the weight of a position is
    pushed down to those that it leads to. Packs lift the position above S by less than a pack.
    """
    width, unit = items.quantity, items.counted.astype(np.float64)
    size = np.maximum(unit if pack is None else pack, unit)
    reach = width + size - unit
    fine = np.where(reach <= 256, 1.0, np.ceil(reach / 64))
    step = np.where(items.counted, fine, width / np.maximum(np.rint(64 * width / reach + 1e-6), 2))
    raised = np.ceil((size - unit) / step - 1e-9)
    count = np.ceil(width / step - 1e-9) + raised
    most = int(count.max(initial=1))
    losses = [np.zeros_like(level) for _ in range(most + 1)]
    for place, loss in enumerate(losses):
        rows = np.flatnonzero(count >= place)
        loss[rows] = items.take(rows).between_tails(place * step[rows], 1)[1]
    chances = [
        np.where(j < count, np.maximum(losses[j - 1] - 2 * losses[j] + losses[j + 1], 0), 0) / step
        for j in range(1, most)
    ]
    stay = 1 - (losses[0] - losses[1]) / step
    visits = _first_visits(items, size, step, raised, most)
    for place in range(most):
        visits[place] = visits[place] / np.maximum(1 - np.maximum(stay, 0.0), 1e-12)
        for later in range(place + 1, most):
            visits[later] += visits[place] * chances[later - place - 1]
    visits = [np.where(place < count, visit, 0.0) for place, visit in enumerate(visits)]
    reviews = np.asarray(np.sum(visits, axis=0))
    top = level + width + raised * step
    return [(visit / reviews, top - j * step) for j, visit in enumerate(visits)], reviews


def _first_visits(
    items: Rows, size: Floats, step: Floats, raised: Floats, most: int
) -> list[Floats]:
    """Return how likely an order lifts the position to each point of the grid, from the highest on.

    Without packs, it is always lifted to S.
    """
    visits = np.zeros((most, len(size)))
    visits[raised.astype(np.int64), np.arange(len(size))] = 1.0
    rows = np.flatnonzero(size > items.counted)
    if rows.size:
        packed = items.take(rows), size[rows], step[rows], raised[rows]
        visits[:, rows] = _visits_by_packs(*packed, most)
    return list(visits)


def _visits_by_packs(items: Rows, pack: Floats, step: Floats, raised: Floats, most: int) -> Floats:
    """Return the same where orders are whole packs.

    A position that is x below s, with a chance of P(D > x) / E[D], is lifted by whole packs.
    """
    unit = items.counted.astype(np.float64)
    cell = np.where(items.counted, np.ceil(pack / CELLS), pack / CELLS)
    far = CELLS * PACKS
    left = [items.between_tails(cell * place, 1)[1] for place in range(far + 1)]
    whole = np.where(left[0] > 0, left[0], 1.0)
    lifts = []
    for place in range(far):
        below = cell * (place + 0.5) - unit / 2
        packs = np.ceil((items.quantity + below) / pack)
        lifts.append(
            ((left[place] - left[place + 1]) / whole, packs * pack - items.quantity - below)
        )
    rest = 1 - (left[0] - left[far]) / whole
    lifts += [(rest / CELLS, (pack - unit) * (k + 0.5) / CELLS) for k in range(CELLS)]
    visits = np.zeros((most + 2, len(pack)))
    for chance, lift in lifts:
        steps = np.clip(lift, 0.0, pack - unit) / step
        under = np.floor(steps)
        for point, part in ((under, 1 - (steps - under)), (under + 1, steps - under)):
            at = np.maximum(raised - point, 0).astype(np.int64)
            visits[at, np.arange(len(pack))] += chance * part
    return visits[:most]


def owed_share(items: Rows, level: Floats) -> Floats:
    """Return the share of period ends at which one unit above the position would be owed."""
    count = np.maximum(np.ceil(items.review), 1.0)
    total = np.zeros_like(level)
    for weight, base, span in _positions(items, level):
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


def stock_and_backorders(items: Rows, level: Floats) -> tuple[Floats, Floats]:
    """Return the means of stock on hand and backorders at the ends of the periods of a cycle."""
    count = np.maximum(np.ceil(items.review), 1.0)
    total, owed = np.zeros_like(level), np.zeros_like(level)
    for weight, base, span in _positions(items, level):
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


_Span = tuple[Floats, Floats, Floats]


def _positions(items: Rows, level: Floats) -> list[_Span]:
    """Return the spans over which a review leaves the position uniform: weight, base, length.

    (r,Q) leaves it within Q of the reorder point. (R,S) leaves it at S, or within a pack of it, or
    within the minimum order while demand between reviews does not exceed that.
    """
    mean, variance = items.mean * items.review, items.sd**2 * items.review
    least = np.maximum(items.least, items.pack)
    packs = np.round(mean / items.pack)
    fits = (variance == 0) & (mean >= least * (1 - 1e-9)) & ~items.counted
    fits &= np.abs(mean / items.pack - packs) < 1e-9 * np.maximum(packs, 1)
    periodic = ~items.batches & ~items.triggers
    exact = periodic & (fits | (items.counted & (least <= 1)))
    (exceeded,) = items.between_tails(least, 0)
    rounded = periodic & ~exact
    small = np.where(rounded & (least > items.pack), exceeded, 1.0)
    base = level - np.where(rounded & items.counted, 1.0, 0.0)
    first = np.where(items.batches, items.quantity, np.where(exact, 0.0, items.pack))
    spans = [(small, base, first), (1 - small, base, least)]
    return spans if not items.triggers.any() else _with_triggers(items, level, spans)


def _with_triggers(items: Rows, level: Floats, spans: list[_Span]) -> list[_Span]:
    """Return the spans of positions with those of (R,s,S), which packs lift by less than one."""
    none, rest = np.zeros_like(level), ~items.triggers
    result = [(np.where(rest, weight, none), base, span) for weight, base, span in spans]
    rows = np.flatnonzero(items.triggers)
    part = items.take(rows)
    for weight, position in positions_between(part, level[rows], part.pack)[0]:
        columns = none.copy(), none.copy(), none.copy()
        columns[0][rows], columns[1][rows] = weight, position
        result.append(columns)
    return result


def orders_per_period(items: Rows, level: Floats) -> Floats:
    """Return the mean number of orders in a period."""
    some, asked = items.between_tails(np.zeros_like(level), 1)
    total = np.zeros_like(level)
    review = np.where(items.review > 0, items.review, 1.0)
    rest = items.take(~items.triggers)
    for weight, _, span in _positions(rest, level[~items.triggers]):
        rows = np.flatnonzero(~items.triggers)
        width = np.where(span > 0, span, 1.0)
        kept = np.minimum(asked[rows] - rest.between_tails(width, 1)[1], rest.mean * rest.review)
        chance = np.where(span > 0, np.maximum(kept, 0.0) / width, some[rows])
        every = np.where(rest.review > 0, chance / review[rows], rest.mean / width)
        total[rows] += weight * every
    rows = np.flatnonzero(items.triggers)
    if len(rows):
        _, reviews = positions_between(items.take(rows), level[rows], items.pack[rows])
        total[rows] = 1 / (reviews * items.review[rows])
    return total
