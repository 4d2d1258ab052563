"""The quantities worth a thought for each item, with what they cost.

Above the least order the expected cost is convex in the quantity, so that no price of a limit makes
more than the best quantity without limits worth ordering. Of a long range only some quantities are
taken at first; where prices then point to one, those around it are added, until it has the next
larger and smaller ones beside it. Being convex, the cost then has no lower point anywhere between.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from flowopt.core.errors import UnsupportedFeatureError
from flowopt.core.options import Run
from flowopt.inventory.distributions import Floats, Rows
from flowopt.inventory.kernels.selection import cheapest_positive
from flowopt.inventory.ordering.costs import best_levels, expected_cost
from flowopt.inventory.ordering.problem import OrderProblem
from flowopt.inventory.selection.options import Ints, Options, Sharing

MOST_AT_ONCE = 24
"""Quantities of an item that are all taken at first; of more, some."""

_FIRST, _AROUND = 16, 8
_ROWS_AT_ONCE, _PRICED_AT_ONCE = 4_096, 65_536  # items, quantities between two looks at the clock
_MOST_IN_ALL = 1e6
_MOST_STEPS = 200


@dataclass(frozen=True, eq=False)
class Quantities:
    """What each item may order.

    Parameters
    ----------
    problem
        What to order.
    need
        (n,) units to the level of least stock and shortage cost; NaN where there was no time.
    wanted
        (n,) best quantity without shared limits, units.
    packs
        (O,) packs of each option, rising within an item from 0.
    options
        The options, with amounts in units.
    """

    problem: OrderProblem
    need: Floats
    wanted: Floats
    packs: Floats
    options: Options

    @property
    def complete(self) -> bool:
        """Whether no quantity that can be of use is left out."""
        packs, item = self.packs, self.options.item
        follows = (item[1:] == item[:-1]) & (packs[:-1] > 0)
        return not bool((follows & (packs[1:] - packs[:-1] > 1)).any())

    def around(self, price: Floats, sharing: Sharing, run: Run) -> Quantities | None:
        """Return more quantities around those that prices point to; None when none are missing.

        None, too, when the search was stopped before they were all priced.

        Parameters
        ----------
        price
            (m,) prices of the limits.
        sharing
            The limits.
        run
            Clock and cancel of the search.
        """
        options = self.options
        item_price = np.asarray(sharing.rate @ price, dtype=np.float64)
        best = np.empty(options.num_items, dtype=np.int64)
        cheapest_positive(options.start, options.amount, options.cost, item_price, best)
        item = np.flatnonzero(best >= 0)
        here = best[item]
        more_items, more_packs = [], []
        for step in (-1, 1):
            there = here + step
            inside = (there > options.start[item]) & (there < options.start[item + 1])
            rows = np.flatnonzero(inside)
            rows = rows[np.abs(self.packs[there[rows]] - self.packs[here[rows]]) > 1]
            near, far = self.packs[here[rows]], self.packs[there[rows]]
            share = np.arange(1, _AROUND + 1) / (_AROUND + 1)
            middle = np.rint(near[:, None] + (far - near)[:, None] * share)
            more = np.column_stack([middle, near + step]).reshape(-1)  # the next one always
            more_items.append(np.repeat(item[rows], _AROUND + 1))
            more_packs.append(more)
        items, packs = np.concatenate(more_items), np.concatenate(more_packs)
        if not len(items):
            return None
        return _with_packs(self, items, packs, run)


def sharing_of(problem: OrderProblem) -> Sharing:
    """Return the shared limits of a problem."""
    columns = [np.zeros(problem.num_items), *problem.unit_uses]
    rate = csr_array(np.column_stack(columns)[:, 1:])
    rate.eliminate_zeros()
    return Sharing(rate, problem.capacity.copy())


def first_quantities(problem: OrderProblem, run: Run, *, every: bool = False) -> Quantities:
    """Return the quantities to begin with: nothing, the best one, and some or all below it.

    What the search has no time for may order nothing.

    Parameters
    ----------
    problem
        What to order.
    run
        Clock and cancel of the search.
    every
        Whether to take all, however many they are.

    Raises
    ------
    UnsupportedFeatureError
        When `every` quantity would be too many.
    """
    num_items = problem.num_items
    everyone = np.arange(num_items)
    nothing = np.zeros(num_items)
    parts = [(everyone, nothing, expected_cost(problem, everyone, nothing))]
    need = np.full(num_items, np.nan)
    for begin in range(0, num_items, _ROWS_AT_ONCE):
        if run.stopped():
            break
        rows = np.arange(begin, min(begin + _ROWS_AT_ONCE, num_items))
        need[rows] = best_levels(problem, rows) - problem.inventory_position[rows]
        part = rows[problem.can_order[rows]]
        least, best = best_packs(problem, part, need[part])
        if every and (best - least).sum() > _MOST_IN_ALL:
            raise UnsupportedFeatureError(f"more than {_MOST_IN_ALL:g} quantities to choose from")
        item, packs = _spread(part, least, best, every)
        amount = packs * problem.items["pack_size"][item]
        parts.append((item, packs, expected_cost(problem, item, amount)))
    return _quantities(problem, need, parts)


def _quantities(
    problem: OrderProblem, need: Floats, parts: list[tuple[Ints, Floats, Floats]]
) -> Quantities:
    """Return quantities of items, packs and costs; the parts come with rising items and packs."""
    items, packs, cost = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.argsort(items, kind="stable")
    items, packs, cost = items[order], packs[order], cost[order]
    start = np.concatenate([[0], np.cumsum(np.bincount(items, minlength=problem.num_items))])
    options = Options(start.astype(np.int64), packs * problem.items["pack_size"][items], cost)
    return Quantities(problem, need, _wanted(options), packs, options)


def best_packs(problem: OrderProblem, rows: Rows, need: Floats) -> tuple[Floats, Floats]:
    """Return the least packs of an order, and the best ones if there is to be an order.

    Parameters
    ----------
    problem
        What to order.
    rows
        (k,) rows of items that can be ordered.
    need
        (k,) units to the level of least stock and shortage cost.
    """
    pack = problem.items["pack_size"][rows]
    least = np.rint(problem.least_order[rows] / pack)
    most = np.floor(problem.largest_order[rows] / pack + 1e-9)
    best = np.clip(np.floor(need / pack), least, most)
    moving = np.arange(len(rows))
    for _ in range(_MOST_STEPS):  # the level lies within a pack: a step or two
        trial = np.stack([best[moving] + step for step in (-1, 0, 1)])
        trial = np.clip(trial, least[moving], most[moving])
        part = np.broadcast_to(rows[moving], trial.shape)
        cost = expected_cost(problem, part.reshape(-1), (trial * pack[moving]).reshape(-1))
        pick = trial[np.argmin(cost.reshape(trial.shape), axis=0), np.arange(len(moving))]
        changed = pick != best[moving]
        best[moving] = pick
        moving = moving[changed]
        if not len(moving):
            break
    return least, best


def _spread(rows: Rows, least: Floats, best: Floats, every: bool) -> tuple[Ints, Floats]:
    """Return items and packs: 0 for all, and from the least to the best, all or some."""
    count = best - least + 1
    taken = np.where((count <= MOST_AT_ONCE) | every, count, _FIRST).astype(np.int64)
    item = np.repeat(np.arange(len(rows)), taken)
    place = np.arange(len(item)) - np.repeat(np.cumsum(taken) - taken, taken)
    share = place / np.maximum(taken[item] - 1, 1)
    packs = np.rint(least[item] + share * (count[item] - 1))
    return rows[item], packs


def _with_packs(old: Quantities, items: Ints, packs: Floats, run: Run) -> Quantities | None:
    """Return quantities with more packs of some items; what is there already is not added."""
    problem, options = old.problem, old.options
    order = np.lexsort((packs, items))
    items, packs = items[order], packs[order]
    new = np.ones(len(items), dtype=np.bool_)
    new[1:] = (items[1:] != items[:-1]) | (packs[1:] != packs[:-1])
    items, packs = items[new], packs[new]
    amount = packs * problem.items["pack_size"][items]
    cost = np.empty(len(items))
    for begin in range(0, len(items), _PRICED_AT_ONCE):
        if run.stopped():
            return None
        part = slice(begin, begin + _PRICED_AT_ONCE)
        cost[part] = expected_cost(problem, items[part], amount[part])
    all_items = np.concatenate([options.item, items])
    all_packs = np.concatenate([old.packs, packs])
    order = np.lexsort((all_packs, all_items))
    keep = np.ones(len(order), dtype=np.bool_)
    item, pack = all_items[order], all_packs[order]
    keep[1:] = (item[1:] != item[:-1]) | (pack[1:] != pack[:-1])
    order, item = order[keep], item[keep]
    start = np.concatenate([[0], np.cumsum(np.bincount(item, minlength=options.num_items))])
    joined = Options(
        start.astype(np.int64),
        np.concatenate([options.amount, amount])[order],
        np.concatenate([options.cost, cost])[order],
    )
    return Quantities(problem, old.need, old.wanted, all_packs[order], joined)


def _wanted(options: Options) -> Floats:
    """Return the amount of each item's cheapest option; of equals, the least."""
    start = options.start[:-1]
    if not len(start):
        return np.empty(0)
    cheapest = np.flatnonzero(
        options.cost == np.minimum.reduceat(options.cost, start)[options.item]
    )
    return options.amount[cheapest[np.searchsorted(cheapest, start)]]
