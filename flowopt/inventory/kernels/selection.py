"""Choosing one option an item under shared limits, compiled.

The options of all items stand one after another, those of item i from ``start[i]`` to
``start[i + 1]``, each with an amount, rising within an item, and a cost.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_FITS = 1e-12  # relative: by how much rounding may make a use larger than what is left


@njit(cache=True, nogil=True)
def lower_hull(
    start: Ints, amount: Floats, cost: Floats, hull_start: Ints, hull: Ints, slope: Floats
) -> int:
    """Find the options that some price per unit of amount makes the cheapest; return how many.

    Parameters
    ----------
    start
        (n + 1,) where each item's options begin.
    amount, cost
        (O,) amount and cost of the options.
    hull_start
        (n + 1,) where each item's part of the hull begins; set in place.
    hull
        (O,) the options on the hull; set in place, as far as it goes.
    slope
        (O,) what each saves per unit of amount over the one before it, falling; inf for the first.
    """
    end = 0
    for item in range(start.size - 1):
        first = end
        hull_start[item] = first
        for option in range(start[item], start[item + 1]):
            if end > first and cost[option] >= cost[hull[end - 1]]:
                continue  # more for no less cost
            saving = np.inf
            while end > first:
                wider = amount[option] - amount[hull[end - 1]]
                saving = np.inf
                if wider > 0:
                    saving = (cost[hull[end - 1]] - cost[option]) / wider
                    if saving < slope[end - 1]:
                        break
                end -= 1
            if end == first:
                saving = np.inf
            hull[end] = option
            slope[end] = saving
            end += 1
    hull_start[start.size - 1] = end
    return end


@njit(cache=True, nogil=True)
def cheapest(hull_start: Ints, slope: Floats, price: Floats, place: Ints) -> None:
    """Set each item's place on the hull at a price per unit of amount; of equals, the least amount.

    Parameters
    ----------
    hull_start, slope
        The hull, as `lower_hull` sets it.
    price
        (n,) price per unit of amount of each item.
    place
        (n,) set in place.
    """
    for item in range(price.size):
        low, high = hull_start[item], hull_start[item + 1]
        while high - low > 1:
            middle = (low + high) // 2
            if slope[middle] > price[item]:
                low = middle
            else:
                high = middle
        place[item] = low


@njit(cache=True, nogil=True)
def move_along(
    order: Ints,
    step: int,
    hull_start: Ints,
    hull: Ints,
    amount: Floats,
    place: Ints,
    pointer: Ints,
    limit: Ints,
    rate: Floats,
    slack: Floats,
    grain: Floats,
) -> int:
    """Move items one place along the hull, in turn; return how many were moved.

    Upwards (step 1) an item is moved when that fits into the slack of all its limits; downwards
    (step -1) when one of its limits is overdrawn.

    Parameters
    ----------
    order
        (k,) items, the best first.
    step
        1 or -1.
    hull_start, hull, amount
        The hull and the amounts of the options.
    place
        (n,) each item's place on the hull; changed in place.
    pointer, limit, rate
        Limits of each item, and what a unit of its amount takes of them, in compressed rows.
    slack
        (m,) what is left of the limits; changed in place.
    grain
        (m,) what of a limit is rounding.
    """
    moved = 0
    for item in order:
        target = place[item] + step
        if target < hull_start[item] or target >= hull_start[item + 1]:
            continue
        wider = amount[hull[target]] - amount[hull[place[item]]]
        fits, helps = True, False
        for entry in range(pointer[item], pointer[item + 1]):
            row = limit[entry]
            if rate[entry] * wider > slack[row] + grain[row]:
                fits = False
            if slack[row] < -grain[row] and rate[entry] > 0:
                helps = True
        if (step > 0 and fits) or (step < 0 and helps):
            for entry in range(pointer[item], pointer[item + 1]):
                slack[limit[entry]] -= rate[entry] * wider
            place[item] = target
            moved += 1
    return moved


@njit(cache=True, nogil=True)
def take_best(
    order: Ints,
    start: Ints,
    amount: Floats,
    cost: Floats,
    chosen: Ints,
    pointer: Ints,
    limit: Ints,
    rate: Floats,
    slack: Floats,
    grain: Floats,
) -> int:
    """Give each item in turn the cheapest of all its options that fits; return how many changed.

    Parameters
    ----------
    order
        (k,) items, in turn.
    start, amount, cost
        The options.
    chosen
        (n,) option of each item; changed in place.
    pointer, limit, rate, slack, grain
        As in `move_along`.
    """
    changed = 0
    for item in order:
        now = chosen[item]
        best = now
        for option in range(start[item], start[item + 1]):
            if cost[option] >= cost[best]:
                continue
            wider = amount[option] - amount[now]
            fits = True
            for entry in range(pointer[item], pointer[item + 1]):
                row = limit[entry]
                if rate[entry] * wider > slack[row] + grain[row]:
                    fits = False
                    break
            if fits:
                best = option
        if best != now:
            wider = amount[best] - amount[now]
            for entry in range(pointer[item], pointer[item + 1]):
                slack[limit[entry]] -= rate[entry] * wider
            chosen[item] = best
            changed += 1
    return changed


@njit(cache=True, nogil=True)
def cheapest_positive(start: Ints, amount: Floats, cost: Floats, price: Floats, best: Ints) -> None:
    """Set each item's cheapest option of an amount above 0, at a price per unit; -1 for none.

    Parameters
    ----------
    start, amount, cost
        The options.
    price
        (n,) price per unit of amount of each item.
    best
        (n,) set in place.
    """
    for item in range(price.size):
        best[item] = -1
        least = np.inf
        for option in range(start[item], start[item + 1]):
            total = cost[option] + price[item] * amount[option]
            if amount[option] > 0 and total < least:
                least = total
                best[item] = option


@njit(cache=True, nogil=True)
def best_pair(
    item: Ints, change: Floats, use: Floats, slack: Floats, grain: Floats, pair: Ints
) -> float:
    """Find the two moves, or one, that together fit and save most; return what they save.

    Parameters
    ----------
    item
        (k,) item of each move.
    change
        (k,) what each adds to the cost, rising.
    use
        (k, m) what each adds to the use of the limits.
    slack
        (m,) what is left of the limits.
    grain
        (m,) what of a limit is rounding.
    pair
        (2,) the moves found, the same twice for one, -1 for none; set in place.
    """
    num_moves, num_limits = use.shape
    best = 0.0
    pair[0] = pair[1] = -1
    for first in range(num_moves):
        if 2 * change[first] >= best:
            break  # the cheaper move of a pair comes first: no later pair saves more
        for second in range(first, num_moves):
            alone = first == second
            total = change[first] if alone else change[first] + change[second]
            if total >= best and not alone:
                break
            if total >= best or (item[first] == item[second] and not alone):
                continue
            fits = True
            for row in range(num_limits):
                added = use[first, row] if alone else use[first, row] + use[second, row]
                if added > slack[row] + grain[row]:
                    fits = False
                    break
            if fits:
                best = total
                pair[0], pair[1] = first, second
    return -best
