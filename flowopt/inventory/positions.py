"""Where the inventory position stands after a review, and the stock and orders that follow.

The policy (r,Q) leaves the position uniform over the Q units above the reorder point, and (R,s,S)
where the renewals of demand leave it (see `flowopt.inventory.renewal`). The policy (R,S) leaves it
at S, or above it by what rounding an order up to packs or to the minimum adds:

* packs alone leave it uniform over the pack that begins at S, exactly, since ordering whole packs
  up to S is the policy (r,Q) with the pack as Q;
* a minimum order larger than a pack acts like such a pack where the demand between reviews always
  stays below it, and not at all where demand always exceeds it; else see
  `flowopt.inventory.overshoot`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from flowopt.inventory.cycle import CycleDemand
from flowopt.inventory.distributions import Demand, Floats, Rows
from flowopt.inventory.overshoot import CELLS, num_cells, overshoot
from flowopt.inventory.renewal import Renewals

_DUST = 1e-9  # of a pack
_NEVER = 1e-9  # a smaller chance is none
_MOST_AT_ONCE = 1 << 18  # positions of all items together


@dataclass(frozen=True)
class Layer:
    """Positions that are uniform over a span above a base, and their weight.

    Parameters
    ----------
    weight
        (n,) share of reviews that leave the position in this layer.
    base
        (n,) where the span begins; not part of it where units are counted.
    span
        (n,) its length, units; 0 for a position that is always the base.
    above
        Units from S to where it begins, (n,); 0 where the policy has no other positions.
    """

    weight: Floats
    base: Floats
    span: Floats
    above: Floats | float = 0.0

    def take(self, rows: Rows) -> Layer:
        """Return those of some rows."""
        above = np.broadcast_to(self.above, self.span.shape)[rows]
        return Layer(self.weight[rows], self.base[rows], self.span[rows], above)


def batch_layers(reorder_point: Floats, quantity: Floats) -> list[Layer]:
    """Return where the policy (r,Q) leaves the position."""
    return [Layer(np.ones_like(quantity), reorder_point, quantity)]


def renewal_layers(reorder_point: Floats, width: Floats, found: Renewals) -> list[Layer]:
    """Return where the policy (R,s,S) leaves the position."""
    top, none = reorder_point + width + found.raised, np.zeros_like(width)
    return [
        Layer(weight, top - place * found.step, none)
        for place, weight in enumerate(found.weights.T)
    ]


def periodic_layers(
    demand: CycleDemand, level: Floats, pack_size: Floats, least_order: Floats
) -> list[Layer]:
    """Return where the policy (R,S) leaves the position.

    Parameters
    ----------
    demand
        Demand of (n,) items.
    level
        (n,) S.
    pack_size
        (n,) units in a pack; 0 for orders of any size.
    least_order
        (n,) minimum order in whole packs, units; 0 where there is none.
    """
    least = np.maximum(least_order, pack_size)
    between = demand.between_reviews
    plain = (least <= demand.counted) | (least == 0) | _fits(demand, pack_size, least)
    weight = np.ones_like(level)
    span = np.where(plain, 0.0, pack_size)
    base = level - np.where(plain, 0.0, float(demand.counted))
    rows = np.flatnonzero(~plain & (least > pack_size))
    ends = least[rows], least[rows] + pack_size[rows]
    low, high = (between.take(rows).tail(end).survival for end in ends)
    span[rows] = np.where(low < _NEVER, least[rows], pack_size[rows])
    rows = rows[(low >= _NEVER) & (high <= 1 - _NEVER)]
    if not len(rows):
        return [Layer(weight, base, span)]
    weight[rows] = 0.0
    return [Layer(weight, base, span), *_cells(demand, level, pack_size, least, rows)]


def _cells(
    demand: CycleDemand, level: Floats, pack: Floats, least: Floats, rows: Rows
) -> Iterator[Layer]:
    """Yield the layers of items whose overshoot is a chain, uniform each."""
    size, unit = (least[rows], pack[rows], demand.counted), float(demand.counted)
    weights = overshoot(demand.between_reviews.take(rows), *size)
    count = num_cells(*size)
    for cell, found in enumerate(weights.T):
        ends = [size[0] * np.minimum(end / count, 1.0) for end in (cell, cell + 1)]
        if cell == CELLS:
            ends = [np.zeros_like(found), size[1]]
        low, high = (np.floor(end + 0.5) for end in ends) if demand.counted else ends
        weight, base, span, above = np.zeros((4, len(level)))
        base[rows] = level[rows] - unit + low
        weight[rows], span[rows], above[rows] = found, high - low, low
        yield Layer(weight, base, span, above)


def _fits(demand: CycleDemand, pack_size: Floats, least: Floats) -> npt.NDArray[np.bool_]:
    """Return whether the demand between reviews is certain and needs no rounding up."""
    between = demand.between_reviews
    packs = between.mean / np.where(pack_size > 0, pack_size, 1.0)
    whole = np.abs(packs - np.round(packs)) < _DUST * np.maximum(packs, 1.0)
    return np.asarray((between.variance == 0) & whole & (between.mean >= least * (1 - _DUST)))


def pieces(layers: list[Layer], rows: Rows) -> Iterator[tuple[Rows, Floats, Floats, Floats]]:
    """Yield the layers of some items one after the other, as many at once as memory allows.

    Parameters
    ----------
    layers
        Layers of (n,) items.
    rows
        (k,) the items.

    Yields
    ------
    tuple
        (m,) places in `rows`, and weight, base and span of a layer of each.
    """
    at_once = max(1, _MOST_AT_ONCE // max(1, len(rows)))
    for first in range(0, len(layers), at_once):
        some = layers[first : first + at_once]
        weight = np.concatenate([layer.weight[rows] for layer in some])
        used = np.flatnonzero(weight > 0)
        base, span = (
            np.concatenate(columns)[used]
            for columns in zip(*((one.base[rows], one.span[rows]) for one in some), strict=True)
        )
        yield used % max(1, len(rows)), weight[used], base, span


def stock_and_backorders(demand: CycleDemand, layers: list[Layer]) -> tuple[Floats, Floats]:
    """Return the means of stock on hand and of backorders at the ends of the periods of a cycle."""
    count = np.maximum(np.ceil(demand.review_period), 1.0)
    total, owed = np.zeros_like(count), np.zeros_like(count)
    for point in range(int(count.max(initial=0))):
        rows = np.flatnonzero(point < count)
        after = demand.lead_time + demand.review_period * (point + 1) / count
        since = demand.take(rows).from_order_on(after[rows])
        for place, weight, base, span in pieces(layers, rows):
            stock, short = _stock_after(since.take(place), base, span, demand.counted)
            total += np.bincount(rows[place], weight * stock, len(count))
            owed += np.bincount(rows[place], weight * short, len(count))
    return np.maximum(total / count, 0.0), owed / count


def _stock_after(since: Demand, base: Floats, span: Floats, counted: bool) -> tuple[Floats, Floats]:
    """Return the expected stock on hand and backorders after the demand since an order."""
    short = np.zeros_like(base)
    fixed, spread = np.flatnonzero(span == 0), np.flatnonzero(span > 0)
    if len(fixed):
        short[fixed] = since.take(fixed).tail(base[fixed]).loss
    if len(spread):
        short[spread] = since.take(spread).over_span(base[spread], span[spread]).loss
    middle = base + np.where(span > 0, (span + counted) / 2, 0.0)
    return middle - since.mean + short, short


def orders_per_period(demand: CycleDemand, layers: list[Layer]) -> Floats:
    """Return the mean number of orders in a period.

    A review orders when demand since the last one took the position below S, with chance
    E[min(D, span)] / span from a span that begins at S, where D counts as 0 when a normal demand is
    negative, and no more is ordered than demanded; from a fixed position, when there was any
    demand. Continuous review orders once a span.
    """
    between = demand.between_reviews
    reviewed = demand.review_period > 0
    rate = np.zeros_like(demand.mean)
    for layer in layers:
        rows = np.flatnonzero(layer.weight > 0)
        span = layer.span[rows]
        part, size = between.take(rows), np.where(span > 0, span, 1.0)
        above = np.broadcast_to(layer.above, layer.span.shape)[rows]
        ordered = np.minimum(part.over_span(above, size).survival, part.mean / size)
        chance = np.where(span > 0, ordered, part.tail(above).survival)
        periods = np.where(reviewed, demand.review_period, 1.0)[rows]
        each = np.where(reviewed[rows], chance / periods, demand.mean[rows] / size)
        rate[rows] += layer.weight[rows] * each
    return rate
