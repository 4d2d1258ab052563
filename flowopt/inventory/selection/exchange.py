"""Ways to use up several limits at once, none of which is to be overdrawn.

Raising items one by one ends when the first limit is used up. So prices are sought near the best
ones at which all limits are used up nearly; and of what is then left, two items at once are moved
along their hulls, of which one gives back what the other takes.
"""

from __future__ import annotations

import numpy as np

from flowopt.core.options import Run
from flowopt.inventory.kernels.selection import best_pair
from flowopt.inventory.selection.options import Floats, Ints
from flowopt.inventory.selection.prices import Hull, Priced

_MOST_BALANCED, _MOST_BALANCINGS = 30, 10  # limits, steps
_MOST_TRADES = 60
_MOST_MOVES = 2_500
_STEPS = (-2, -1, 1, 2)
_SMALL = 0.01  # of the distance to the bound: smaller moves and gains are left aside


def balanced(hull: Hull, priced: Priced) -> Priced:
    """Return what is cheapest at prices near the best, where the limits with a price are used up.

    With many items the use is nearly smooth in the prices: Newton's method, with differences.

    Parameters
    ----------
    hull
        The options and limits.
    priced
        The best prices.
    """
    capacity = np.maximum(hull.sharing.capacity, 1e-12)
    tight = np.flatnonzero(priced.price > 0)[:_MOST_BALANCED]
    best, reach = priced, 1e-3
    for _ in range(_MOST_BALANCINGS):
        off = ((best.use - capacity) / capacity)[tight]
        size = float(np.abs(off).max(initial=0.0))
        if size <= 1e-9:
            break
        columns = []
        for limit in tight:
            price = best.price.copy()
            price[limit] *= 1 + reach
            columns.append((hull.at(price).use - best.use)[tight] / capacity[tight] / reach)
        step, *_ = np.linalg.lstsq(np.column_stack(columns), -off, rcond=1e-9)
        price = best.price.copy()
        price[tight] *= 1 + np.clip(step, -0.02, 0.02)
        trial = hull.at(price)
        worse = np.abs((trial.use - capacity) / capacity)[tight].max() >= size
        best, reach = (best, reach / 4) if worse else (trial, reach / 2)
    return best


def trade(hull: Hull, priced: Priced, place: Ints, slack: Floats, enough: float, run: Run) -> None:
    """Move pairs of items along their hulls while that saves something; changes `place`, `slack`.

    Parameters
    ----------
    hull
        The options and limits.
    priced
        The best prices, which rank the moves.
    place
        (n,) place of each item on its hull.
    slack
        (m,) what is left of the limits.
    enough
        Distance of cost and bound at which to stop.
    run
        Clock and cancel of the search.
    """
    item_price = np.asarray(hull.sharing.rate @ priced.price, dtype=np.float64)
    for _ in range(_MOST_TRADES):
        cost = float(hull.options.cost[hull.option[place]].sum())
        distance = cost - priced.value
        if distance <= enough or run.stopped():
            return
        item, target, change, use = _moves(hull, item_price, place, distance)
        pair = np.empty(2, dtype=np.int64)
        saved = best_pair(item, change, use, slack, hull.sharing.grain, pair)
        if saved <= _SMALL * distance:
            return
        for move in set(pair.tolist()):
            place[item[move]] = target[move]
            slack -= use[move]


def _moves(
    hull: Hull, item_price: Floats, place: Ints, distance: float
) -> tuple[Ints, Ints, Floats, Floats]:
    """Return item, target, change of cost and of use of the moves that are worth a try.

    They cost little more than the limits they free are worth, and are of the size that is needed.
    """
    items, targets = [], []
    for step in _STEPS:
        target = place + step
        item = np.flatnonzero((target >= hull.start[:-1]) & (target < hull.start[1:]))
        items.append(item)
        targets.append(target[item])
    item, target = np.concatenate(items), np.concatenate(targets)
    before, after = hull.option[place[item]], hull.option[target]
    change = hull.options.cost[after] - hull.options.cost[before]
    wider = hull.options.amount[after] - hull.options.amount[before]
    worth = item_price[item] * wider
    loss = change + worth
    useful = np.flatnonzero((loss <= distance) & (np.abs(worth) >= _SMALL * distance))
    kept = useful[np.argsort(loss[useful], kind="stable")[:_MOST_MOVES]]
    kept = kept[np.argsort(change[kept], kind="stable")]
    use = hull.sharing.rate[item[kept]].multiply(wider[kept, None]).toarray()
    return item[kept], target[kept], change[kept], np.ascontiguousarray(use)
