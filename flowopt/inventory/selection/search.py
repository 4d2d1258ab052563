"""Selections within shared limits: prices, repair to what fits, and proof where it is within reach.

The options that are cheapest at the best prices nearly keep the limits. They are repaired by giving
up what saves least per unit of a limit that is overdrawn, and what is left of the limits is then
given away again. The distance to the bound is known, and bounds what any option may cost more than
the cheapest at its prices to be of use: where few are left, HiGHS chooses among them, which closes
the distance or proves what remains of it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from flowopt.core.options import Run
from flowopt.inventory.kernels.selection import move_along, take_best
from flowopt.inventory.selection.exchange import balanced, trade
from flowopt.inventory.selection.model import select_by_model
from flowopt.inventory.selection.options import (
    Floats,
    Ints,
    Options,
    Selection,
    Sharing,
    cost_of,
    relative_gap,
)
from flowopt.inventory.selection.prices import Hull, Priced, best_prices

ENOUGH = 1e-6
"""Relative gap at which the search ends."""

_MOST_OPTIONS_LEFT, _MOST_NODES = 1_500, 100  # that are given to HiGHS, and that it may search
_MOST_PASSES = 60


def select(
    options: Options,
    sharing: Sharing,
    run: Run,
    priced: Priced | None = None,
    *,
    exact: bool = True,
) -> Selection | None:
    """Return the cheapest selection found and a bound; None when there is none within the limits.

    Parameters
    ----------
    options
        What each item can choose from.
    sharing
        The limits.
    run
        Clock and cancel of the search.
    priced
        The cheapest options at the best prices, where they are known.
    exact
        Whether the options are all there are, so that trying them out can raise the bound.
    """
    hull = Hull(options, sharing)
    least = options.start[:-1]
    if not sharing.fits(options.amount[least]):
        return None
    proven = True
    if priced is None:
        priced, proven = best_prices(hull, run)
    chosen = _repaired(hull, priced, run)
    cost = cost_of(options, chosen)
    bound = min(priced.value, cost)
    found = Selection(chosen, cost, bound, priced.price, proven and not run.stopped())
    run.report(cost, bound)
    if relative_gap(cost, bound) <= ENOUGH or run.stopped():
        return found
    better = _tried_out(options, sharing, priced, found, run)
    return better if exact else replace(better, bound=min(bound, better.cost))


def _repaired(hull: Hull, priced: Priced, run: Run) -> Ints:
    """Return options within the limits that cost little more than the cheapest at the prices."""
    starts = [priced]
    if hull.sharing.num_limits > 1 and not run.stopped():
        starts.append(balanced(hull, priced))
    found = []
    for start in starts:
        place, slack = _fitted(hull, priced.price, start)
        trade(hull, priced, place, slack, ENOUGH * abs(priced.value), run)
        found.append(_filled(hull, place, slack))
    return min(found, key=lambda chosen: cost_of(hull.options, chosen))


def _fitted(hull: Hull, price: Floats, start: Priced) -> tuple[Ints, Floats]:
    """Return places on the hulls that keep the limits, near to a start, and what is left."""
    sharing = hull.sharing
    place, slack = start.place.copy(), sharing.capacity - start.use
    for _ in range(_MOST_PASSES):
        if (slack >= -sharing.grain).all():
            break
        if not _moved(hull, _cheapest_to_lower(hull, price, place, slack), -1, place, slack):
            break
    if (slack < -sharing.grain).any():  # the last resort always fits
        place = hull.start[:-1].copy()
        slack = sharing.capacity - sharing.use(hull.options.amount[hull.option[place]])
    for _ in range(_MOST_PASSES):
        if not _moved(hull, _best_to_raise(hull, price, place), 1, place, slack):
            break
    return place, slack


def _filled(hull: Hull, place: Ints, slack: Floats) -> Ints:
    """Return the options at some places, some changed for the cheapest that fit what is left."""
    options, sharing = hull.options, hull.sharing
    chosen = hull.option[place]
    order = np.argsort(-options.cost[chosen], kind="stable")
    take_best(
        order,
        options.start,
        options.amount,
        options.cost,
        chosen,
        *sharing.rows,
        slack,
        sharing.grain,
    )
    return chosen


def _moved(hull: Hull, order: Ints, step: int, place: Ints, slack: Floats) -> int:
    return int(
        move_along(
            order,
            step,
            hull.start,
            hull.option,
            hull.options.amount,
            place,
            *hull.sharing.rows,
            slack,
            hull.sharing.grain,
        )
    )


def _cheapest_to_lower(hull: Hull, price: Floats, place: Ints, slack: Floats) -> Ints:
    """Return the items on overdrawn limits, the one first that loses least per unit given back."""
    over = np.maximum(-slack, 0.0)
    weight = np.where(slack < -hull.sharing.grain, over / hull.sharing.capacity.clip(1e-12), 0.0)
    relief = np.asarray(hull.sharing.rate @ weight)
    movable = np.flatnonzero((place > hull.start[:-1]) & (relief > 0))
    worth = np.asarray(hull.sharing.rate @ price)[movable]
    loss = np.maximum(hull.slope[place[movable]] - worth, 0.0)
    return movable[np.argsort(loss / relief[movable], kind="stable")]


def _best_to_raise(hull: Hull, price: Floats, place: Ints) -> Ints:
    """Return the items that can be raised, the one first that saves most for what it takes."""
    movable = np.flatnonzero(place + 1 < hull.start[1:])
    worth = np.asarray(hull.sharing.rate @ price)[movable]
    saving = hull.slope[place[movable] + 1]
    return movable[np.argsort(-saving / np.maximum(worth, 1e-300), kind="stable")]


def _tried_out(
    options: Options, sharing: Sharing, priced: Priced, found: Selection, run: Run
) -> Selection:
    """Return the best selection among the options that can still be of use, if these are few."""
    item_price = np.asarray(sharing.rate @ priced.price, dtype=np.float64)
    dearer = options.cost + item_price[options.item] * options.amount - priced.each[options.item]
    useful = dearer <= (found.cost - priced.value) * (1 + 1e-9) + 1e-12 * abs(found.cost)
    useful[found.chosen] = True
    counts = np.bincount(options.item[useful], minlength=options.num_items)
    if int(counts[counts > 1].sum()) > _MOST_OPTIONS_LEFT:
        return found
    return _among(options, sharing, useful, found, run)


def _among(
    options: Options,
    sharing: Sharing,
    useful: npt.NDArray[np.bool_],
    found: Selection,
    run: Run,
) -> Selection:
    """Return the best selection among some options; what has but one is fixed."""
    few = options.take(useful)
    number = np.flatnonzero(useful)
    free = np.flatnonzero(np.diff(few.start) > 1)
    fixed = np.flatnonzero(np.diff(few.start) == 1)
    chosen = found.chosen.copy()
    chosen[fixed] = number[few.start[fixed]]
    spent = sharing.rate[fixed].T @ options.amount[chosen[fixed]]
    keep = np.isin(few.item, free)
    part = Options(
        np.concatenate([[0], np.cumsum(np.diff(few.start)[free])]).astype(np.int64),
        few.amount[keep],
        few.cost[keep],
    )
    left = Sharing(csr_array(sharing.rate[free]), np.maximum(sharing.capacity - spent, 0.0))
    places = np.flatnonzero(keep)
    begin = np.searchsorted(number[places], found.chosen[free])
    result = select_by_model(part, left, run, start=begin, gap=ENOUGH / 10, nodes=_MOST_NODES)
    fixed_cost = cost_of(options, chosen[fixed])
    bound = found.bound
    if result.bound is not None and bound is not None:
        bound = max(bound, min(fixed_cost + result.bound, found.cost))
    if result.chosen is None:
        return Selection(found.chosen, found.cost, bound, found.price, found.complete)
    chosen[free] = number[places[result.chosen]]
    cost = cost_of(options, chosen)
    if cost > found.cost or not sharing.fits(options.amount[chosen]):
        chosen, cost = found.chosen, found.cost
    bound = None if bound is None else min(bound, cost)
    return Selection(chosen, cost, bound, found.price, result.limit is None)
