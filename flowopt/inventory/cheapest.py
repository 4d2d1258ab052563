"""The levels of least cost: of holding stock, of owing it to customers, and of placing orders."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from flowopt.inventory.cycle import CycleDemand
from flowopt.inventory.distributions import Demand, Floats, Rows
from flowopt.inventory.positions import Layer, pieces
from flowopt.inventory.search import Shortage, least_level

_STEPS = 40
_POINTS = 32  # of the first look: costs may have a valley for each number of reviews that Q covers
_GOLDEN = (np.sqrt(5) - 1) / 2


def cheapest_levels(
    demand: CycleDemand,
    holding_cost: Floats,
    stockout_cost: Floats,
    layers: list[Layer],
    lowest: Floats,
) -> Floats:
    r"""Return the level of least holding and stock-out cost, given how much is ordered.

    One unit more costs h where it is left over at the end of a period, and saves p where it would
    be short. So the level is the least :math:`x` with
    :math:`P(D > y) \\le h / (h + p)` on average over the positions y that go with it and over the
    ends of the periods of a review cycle: the newsvendor's rule (Zipkin, *Foundations of Inventory
    Management*, sections 6.4 and 6.5).

    Parameters
    ----------
    demand
        Demand of (n,) items.
    holding_cost
        (n,) h, money per unit and period.
    stockout_cost
        (n,) p, money per unit short and period.
    layers
        Where reviews leave the position at a level of 0, packs and minimum orders included (see
        `flowopt.inventory.positions`).
    lowest
        (n,) the lowest level that is looked at, 0 or less.

    Returns
    -------
    numpy.ndarray
        (n,) S of (R,S), or the reorder point of the others.
    """
    allowed = holding_cost / (holding_cost + stockout_cost)
    of_level = _owed_share(demand, layers)

    def shortage(rows: Rows, raised: Floats) -> tuple[Floats, Floats]:
        return of_level(rows, raised + lowest[rows])

    protected = demand.protected
    scale = np.where(protected.variance > 0, np.sqrt(protected.variance), 1.0)
    start = np.maximum(protected.mean, 0.0)
    return least_level(shortage, allowed, start, scale, demand.counted) + lowest


def _owed_share(demand: CycleDemand, layers: list[Layer]) -> Shortage:
    """Return the share of period ends at which a further unit would be owed to a customer."""
    count = np.maximum(np.ceil(demand.review_period), 1.0)

    def shortage(rows: Rows, level: Floats) -> tuple[Floats, Floats]:
        totals = np.zeros_like(level), np.zeros_like(level)
        for point in range(int(count[rows].max(initial=1))):
            part = np.flatnonzero(point < count[rows])
            some = rows[part]
            share = (point + 1) / count[some]
            after = demand.lead_time[some] + demand.review_period[some] * share
            since = demand.take(some).from_order_on(after)
            for place, weight, base, span in pieces(layers, some):
                position = level[part[place]] + base
                found = _owed_beyond(since.take(place), position, span, demand.counted)
                for total, figure in zip(totals, found, strict=True):
                    average = weight / count[some[place]] * figure
                    total += np.bincount(part[place], average, len(rows))
        return totals

    return shortage


def _owed_beyond(since: Demand, base: Floats, span: Floats, counted: bool) -> tuple[Floats, Floats]:
    """Return the mean of P(D > y) over the positions y of a layer, and its slope."""
    short, slope = np.empty_like(base), np.empty_like(base)
    fixed, spread = np.flatnonzero(span == 0), np.flatnonzero(span > 0)
    if len(fixed):
        tail = since.take(fixed).tail(base[fixed])
        short[fixed], slope[fixed] = tail.survival, -tail.density
    if len(spread):
        part, width = since.take(spread), span[spread]
        low = base[spread] + counted  # counted positions are those above the base
        ends = part.tail(low + width).survival - part.tail(low).survival
        short[spread], slope[spread] = part.over_span(low, width).survival, ends / width
    return short, slope


def cheapest_quantities(
    cost: Callable[[Floats], Floats], least: Floats, most: Floats, pack_size: Floats
) -> Floats:
    """Return a quantity of little cost, in whole packs: the bottom of the deepest valley seen.

    Some quantities, evenly spread on a scale of ratios, show the valleys; golden sections lead
    to the bottom of the deepest. Where the cost has one valley only (continuous review: Zheng
    1992), no quantity costs less.

    Parameters
    ----------
    cost
        (n,) quantities → their costs.
    least, most
        (n,) where the quantity lies, in whole packs.
    pack_size
        (n,) units in a pack.
    """
    low, high = least / pack_size, np.maximum(most, least) / pack_size
    if (high - low > 3).any():
        low, high = _deepest_valley(lambda packs: cost(packs * pack_size), low, high)
    for _ in range(_STEPS):
        if (high - low <= 3).all():
            break
        cut = (high - low) * _GOLDEN
        left, right = np.floor(high - cut), np.ceil(low + cut)
        better = cost(left * pack_size) <= cost(right * pack_size)
        wide = high - low > 3
        low, high = (
            np.where(wide & ~better, left, low),
            np.where(wide & better, right, high),
        )
    trials = [np.minimum(low + extra, high) * pack_size for extra in range(4)]
    costs = np.stack([cost(trial) for trial in trials])
    return np.asarray(np.stack(trials)[costs.argmin(axis=0), np.arange(len(low))])


def _deepest_valley(
    cost: Callable[[Floats], Floats], low: Floats, high: Floats
) -> tuple[Floats, Floats]:
    """Return the neighbours of the cheapest of some numbers of packs between two."""
    ratio = high / np.where(low > 0, low, 1.0)
    points = np.stack([np.rint(low * ratio ** (k / (_POINTS - 1))) for k in range(_POINTS)])
    best = np.stack([cost(packs) for packs in points]).argmin(axis=0)
    rows = np.arange(len(low))
    before = points[np.maximum(best - 1, 0), rows]
    after = points[np.minimum(best + 1, _POINTS - 1), rows]
    return before, after
