"""What must be made by when at the least: material requirements of demand, stock and components."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.inventory.lot_sizing.check import TOLERANCE

if TYPE_CHECKING:
    from flowopt.inventory.lot_sizing.problem import LotSizingProblem

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def levels(num_items: int, component_of: IndexArray, component: IndexArray) -> IndexArray:
    """Return how deep each item lies in the bill of materials; -1 in, or below, a loop.

    Parameters
    ----------
    num_items
        Number of items.
    component_of, component
        Positions of the item made, and of what goes into it.

    Examples
    --------
    >>> levels(4, np.array([0, 0, 1]), np.array([1, 2, 2])).tolist()
    [0, 1, 2, 0]
    """
    level = np.zeros(num_items, dtype=np.int64)
    waiting = np.bincount(component, minlength=num_items)
    ready = np.flatnonzero(waiting == 0).tolist()
    done = np.zeros(num_items, dtype=np.bool_)
    while ready:
        item = ready.pop()
        done[item] = True
        for row in np.flatnonzero(component_of == item):
            part = component[row]
            level[part] = max(level[part], level[item] + 1)
            waiting[part] -= 1
            if waiting[part] == 0:
                ready.append(int(part))
    level[~done] = -1
    return level


@dataclass(frozen=True, eq=False)
class Needs:
    """What each item must have made for each period at the least.

    Parameters
    ----------
    amount
        (N, T) units that must be made in time for a period, stock at the beginning taken off.
    late
        (N,) whether they may come later, because what they are for may wait.
    known
        (N,) whether that much must be made for sure; not where sales of what it is for may be lost.
    most
        (N,) most that a lot need ever be.
    """

    amount: FloatArray
    late: Mask
    known: Mask
    most: FloatArray


def needs_of(problem: LotSizingProblem) -> Needs:
    """Return the needs of a problem.

    Lot for lot from the end items down: what must be made of an item by a period is what demand,
    and its least stock, take beyond the stock at the beginning; its components are needed a lead
    time before (Orlicky: *Material Requirements Planning*, 1975).

    Parameters
    ----------
    problem
        The problem.
    """
    items, periods = problem.shape
    level = levels(items, problem.component_of, problem.component)
    gross = problem.demand.copy()
    late, known = problem.waits.copy(), ~problem.loses
    amount, total = np.zeros((items, periods)), gross.sum(axis=1)
    most = np.zeros(items)
    for item in np.argsort(level, kind="stable"):
        firm = not late[item]
        floor = problem.min_stock[item] if firm else np.zeros(periods)
        wanted = np.maximum.accumulate(np.cumsum(gross[item]) + floor)
        net = np.maximum(wanted - problem.initial_stock[item], 0.0)
        amount[item] = np.diff(net, prepend=0.0)
        amount[item][amount[item] <= 1e-12 * max(1.0, float(net[-1]))] = 0.0
        amount[item] = _without_dust(amount[item])
        largest = total[item] + problem.min_stock[item].max(initial=0.0)
        most[item] = max(largest, problem.min_order_quantity[item]) + problem.pack_size[item]
        made = largest + problem.min_order_quantity[item] + problem.pack_size[item]
        lead = int(problem.lead_time[item])
        for row in np.flatnonzero(problem.component_of == item):
            part, quantity = problem.component[row], problem.component_quantity[row]
            shifted = _earlier(amount[item], lead)
            gross[part] += quantity * shifted
            total[part] += quantity * made
            late[part] |= late[item]
            known[part] &= known[item]
    return Needs(amount, late, known, most)


def _without_dust(amounts: FloatArray) -> FloatArray:
    """Return amounts of which those that are nothing to a check wait until they are something.

    A solver meets a need as small as its tolerance without a lot, and still claims its set-up.
    """
    if not ((amounts > 0) & (amounts <= TOLERANCE)).any():
        return amounts
    kept, left = np.zeros(len(amounts)), 0.0
    for period, amount in enumerate(amounts.tolist()):
        left += amount
        if left > TOLERANCE:
            kept[period], left = left, 0.0
    return kept


def _earlier(amounts: FloatArray, lead: int) -> FloatArray:
    """Return amounts a lead time before; what comes too early to be started falls to the first."""
    if lead == 0:
        return amounts
    shifted = np.zeros(len(amounts))
    cut = min(lead + 1, len(amounts))
    shifted[: max(len(amounts) - lead, 0)] = amounts[lead:]
    shifted[0] = amounts[:cut].sum()
    return shifted
