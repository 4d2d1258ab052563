"""The restricted master of path flows: a primal simplex whose basis holds only the full rows.

Each demand is met by its *key* path and by any number of other basic paths; each row (a joint
capacity) is *under* (price 0), *over* (its excess costs the penalty) or *tight*. As many other
basic paths as there are tight rows make a square *working basis*, whose inverse is kept
(generalized upper bounding: Dantzig and Van Slyke, 1967; for multicommodity flow: Barr, Farvolden
et al., Operations Research 41 (1993) 669–693). The excess makes every start feasible, and the
ratio test goes past a row as long as that pays (a long step).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.flow.multicommodity.kernels.basis import (
    drop,
    grow,
    part_of_path,
    product_of_row,
    replace_column,
    replace_row,
    swap_key,
)
from flowopt.flow.multicommodity.kernels.compiled import inner, kernel
from flowopt.flow.multicommodity.kernels.state import (
    KEY,
    NONE,
    NUM_LOST,
    NUM_PIVOTS,
    PIVOT,
    SMALL,
    TIGHT_COUNT,
    WAITING,
    add_rows,
    clear_rows,
    path_price,
    reduced_cost,
)

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]


@inner
def _flip(m: Any, count: int) -> None:
    """Let rows change between under and over, and the tight rows' prices follow."""
    size = m.counts[TIGHT_COUNT]
    for i in range(count):
        row = m.flips[i]
        rise = -m.penalty[0] if m.over[row] else m.penalty[0]
        m.over[row] = not m.over[row]
        m.price[row] += rise
    # the basic paths must cost what their keys do: all anew, many rows may have changed
    for j in range(size):
        m.step[j] = reduced_cost(m, m.basic[j])
    for place in range(size):
        total = 0.0
        line = m.inverse[place]
        for j in range(size):
            total += m.step[j] * line[j]
        m.price[m.tight[place]] -= total


@inner
def _direction(m: Any, entering: int, keyed: int) -> int:
    """Fill `change` and `key_change` for a unit of the direction in `step`; return the touched."""
    count = 0
    if entering >= 0:
        count = add_rows(m, entering, 1.0, count)
        count = add_rows(m, m.key[keyed], -1.0, count)
        m.key_change[keyed] -= 1.0
    for j in range(m.counts[TIGHT_COUNT]):
        amount = m.step[j]
        if abs(amount) > SMALL:
            demand = m.demand[m.basic[j]]
            count = add_rows(m, m.basic[j], -amount, count)
            count = add_rows(m, m.key[demand], amount, count)
            m.key_change[demand] += amount
    return count


@inner
def pivot(m: Any, entering: int, leaving_row: int, slope: float) -> bool:
    """Let a path, or the slack or excess of a tight row, enter as far as it pays.

    Parameters
    ----------
    m
        The state.
    entering
        A column that waits, -1 when it is a row that is to be tight no longer.
    leaving_row
        That row.
    slope
        Change of the cost with a unit; below 0.

    Returns
    -------
    done
        False when a number too small to divide by stood in the way.
    """
    size = m.counts[TIGHT_COUNT]
    sign, keyed, row_place = 0.0, -1, -1
    if entering >= 0:
        part_of_path(m, entering)
        keyed = m.demand[entering]
    else:
        row_place = m.place[leaving_row]
        sign = 1.0 if m.price[leaving_row] > 0 else -1.0
        for j in range(size):
            m.step[j] = -sign * m.inverse[row_place, j]
    count = _direction(m, entering, keyed)
    # the first path to become empty
    longest, leaving, leaving_demand = np.inf, -1, -1
    for j in range(size):
        if m.step[j] > PIVOT:
            length = max(0.0, m.value[m.basic[j]]) / m.step[j]
            if length < longest:
                longest, leaving = length, j
    for j in range(-1, size):
        demand = keyed if j < 0 else m.demand[m.basic[j]]
        if demand >= 0 and m.key_change[demand] < -PIVOT:
            length = max(0.0, m.value[m.key[demand]]) / -m.key_change[demand]
            if length < longest:
                longest, leaving, leaving_demand = length, -1, demand
    # rows on the way: each that becomes over, or under, makes the slope less steep
    blocking, num_flips = -1, 0
    while True:
        nearest, row_at = longest, -1
        for i in range(count):
            row = m.touched[i]
            rate = m.change[row]
            if m.place[row] >= 0 or not m.marked[row] or abs(rate) <= PIVOT:
                continue
            if (rate > 0) == m.over[row]:
                continue
            length = max(0.0, (m.capacity[row] - m.flow[row]) / rate)
            if length < nearest:
                nearest, row_at = length, row
        if row_at < 0:
            break
        rise = m.penalty[0] * abs(m.change[row_at])
        if slope + rise >= 0.0:
            longest, blocking = nearest, row_at
            break
        slope += rise
        m.marked[row_at] = False  # seen
        m.flips[num_flips] = row_at
        num_flips += 1
    for i in range(count):
        m.marked[m.touched[i]] = True
    done = longest < np.inf
    if done:
        _walk(m, entering, keyed, longest, count)
    rate = m.change[blocking] if blocking >= 0 else 0.0
    for j in range(size):
        m.key_change[m.demand[m.basic[j]]] = 0.0
    if keyed >= 0:
        m.key_change[keyed] = 0.0
    clear_rows(m, count)
    if not done:
        return False
    m.counts[NUM_PIVOTS] += 1
    if num_flips:
        for j in range(size):
            m.other[j] = m.step[j]
        _flip(m, num_flips)
        for j in range(size):
            m.step[j] = m.other[j]
    if blocking >= 0:
        m.flow[blocking] = m.capacity[blocking]
    if entering >= 0:
        entered: bool = _enter_path(m, entering, blocking, leaving, leaving_demand, slope, rate)
        return entered
    left: bool = _enter_row(m, leaving_row, sign, blocking, leaving, leaving_demand)
    return left


@inner
def _walk(m: Any, entering: int, keyed: int, length: float, count: int) -> None:
    """Go along the direction."""
    size = m.counts[TIGHT_COUNT]
    for i in range(count):
        m.flow[m.touched[i]] += length * m.change[m.touched[i]]
    if entering >= 0:
        m.value[entering] = length
        m.value[m.key[keyed]] += length * m.key_change[keyed]
        m.key_change[keyed] = 0.0
    for j in range(size):
        if abs(m.step[j]) > SMALL:
            m.value[m.basic[j]] -= length * m.step[j]
        demand = m.demand[m.basic[j]]
        if m.key_change[demand] != 0.0:
            m.value[m.key[demand]] += length * m.key_change[demand]
            m.key_change[demand] = 0.0


@inner
def _basic_of(m: Any, demand: int) -> int:
    """Return the place of the basic path of a demand that flows most, -1 when there is none."""
    best, found = -1.0, -1
    for j in range(m.counts[TIGHT_COUNT]):
        column = m.basic[j]
        if m.demand[column] == demand and m.value[column] > best:
            best, found = m.value[column], j
    return found


@inner
def _release(m: Any, column: int) -> None:
    m.state[column] = WAITING
    m.value[column] = 0.0


@inner
def _enter_path(
    m: Any, entering: int, blocking: int, leaving: int, empty: int, slope: float, rate: float
) -> bool:
    size = m.counts[TIGHT_COUNT]
    if blocking >= 0:
        product_of_row(m, blocking)
        rise = -slope / rate
        before = m.price[blocking]
        for place in range(size):
            m.price[m.tight[place]] -= rise * m.other[place]
        m.price[blocking] = before + rise
        grow(m, blocking, entering)
        m.over[blocking] = False
        return True
    if leaving < 0:
        leaving = _basic_of(m, empty)
        if leaving < 0:  # the demand has no other path: the new one is its key
            old = m.key[empty]
            m.key[empty], m.state[entering] = entering, KEY
            _release(m, old)
            return True
        swap_key(m, leaving)
        part_of_path(m, entering)
    if abs(m.step[leaving]) < SMALL:
        m.counts[NUM_LOST] += 1
        return False
    out = m.basic[leaving]
    ratio = -slope / m.step[leaving]
    for place in range(size):
        m.price[m.tight[place]] += ratio * m.inverse[place, leaving]
    replace_column(m, leaving, entering)
    _release(m, out)
    return True


@inner
def _enter_row(
    m: Any, leaving_row: int, sign: float, blocking: int, leaving: int, empty: int
) -> bool:
    size = m.counts[TIGHT_COUNT]
    row_place = m.place[leaving_row]
    aim = m.penalty[0] if sign > 0 else 0.0
    if blocking >= 0:
        product_of_row(m, blocking)
        if abs(m.other[row_place]) < SMALL:
            m.counts[NUM_LOST] += 1
            return False
        rise = (m.price[leaving_row] - aim) / m.other[row_place]
        for place in range(size):
            m.price[m.tight[place]] -= rise * m.other[place]
        m.price[blocking] += rise
        replace_row(m, row_place, blocking)
        m.over[blocking] = False
    else:
        if leaving < 0:
            leaving = _basic_of(m, empty)
            swap_key(m, leaving)
        if abs(m.inverse[row_place, leaving]) < SMALL:
            m.counts[NUM_LOST] += 1
            return False
        out = m.basic[leaving]
        ratio = (aim - m.price[leaving_row]) / m.inverse[row_place, leaving]
        for place in range(size):
            m.price[m.tight[place]] += ratio * m.inverse[place, leaving]
        drop(m, row_place, leaving)
        _release(m, out)
    m.price[leaving_row] = aim
    m.over[leaving_row] = sign > 0
    return True


@kernel
def improve(
    m: Any,
    columns: IndexArray,
    count: int,
    tolerance: float,
    most: int,
    listed: IndexArray,
    slopes: FloatArray,
) -> int:
    """Let waiting paths and rows enter until none pays; return the pivots done.

    The paths that pay most are listed; from the list enters what pays most, until none there pays
    (multiple partial pricing).

    Parameters
    ----------
    m
        The state.
    columns
        The columns to look at.
    count
        How many of them.
    tolerance
        By how much a path must be cheaper than the key.
    most
        Pivots after which to stop.
    listed, slopes
        (L,) work.
    """
    done = 0
    while done < most:
        num_listed = _list_best(m, columns, count, tolerance, listed, slopes)
        if num_listed == 0 and _worst_row(m, tolerance) < 0:
            return done
        first = True
        while done < most:
            if m.counts[TIGHT_COUNT] + 1 >= m.tight.size:
                return done
            best, chosen = -tolerance, -1
            for i in range(num_listed):
                if not first:
                    column = listed[i]
                    waits = m.state[column] == WAITING
                    slopes[i] = reduced_cost(m, column) if waits else 0.0
                if slopes[i] < best:
                    best, chosen = slopes[i], i
            first = False
            row = _worst_row(m, tolerance)
            if row >= 0:
                fault = max(-m.price[row], m.price[row] - m.penalty[0])
                if fault > -best:
                    best, chosen = -fault, -1
                else:
                    row = -1
            if row < 0 and chosen < 0:
                break
            entering = -1 if row >= 0 else listed[chosen]
            if not pivot(m, entering, row, best):
                if entering < 0:
                    return done
                m.state[entering] = NONE  # forgotten, for it would be chosen again
            done += 1
    return done


@inner
def _worst_row(m: Any, tolerance: float) -> int:
    """Return the tight row whose price is furthest below 0 or above the penalty, -1 for none."""
    worst, chosen = tolerance, -1
    for place in range(m.counts[TIGHT_COUNT]):
        price = m.price[m.tight[place]]
        fault = max(-price, price - m.penalty[0])
        if fault > worst:
            worst, chosen = fault, m.tight[place]
    return chosen


@inner
def _list_best(
    m: Any,
    columns: IndexArray,
    count: int,
    tolerance: float,
    listed: IndexArray,
    slopes: FloatArray,
) -> int:
    """List the waiting columns that pay most; return how many."""
    found = 0
    for demand in range(m.key.size):
        m.key_price[demand] = path_price(m, m.key[demand])
    place = -1  # of the least of the listed
    for i in range(count):
        column = columns[i]
        if m.state[column] != WAITING:
            continue
        slope = path_price(m, column) - m.key_price[m.demand[column]]
        if slope >= -tolerance:
            continue
        if found < listed.size:
            listed[found], slopes[found] = column, slope
            found += 1
            place = -1
            continue
        if place < 0:
            place = 0
            for j in range(found):
                if slopes[j] > slopes[place]:
                    place = j
        if slope < slopes[place]:
            listed[place], slopes[place] = column, slope
            place = -1
    return found


@kernel
def refresh(m: Any) -> float:
    """Recompute values, flows and prices from the inverse; return the lowest value of a path."""
    size = m.counts[TIGHT_COUNT]
    for row in range(m.flow.size):
        m.flow[row] = 0.0
        if m.place[row] < 0:
            m.price[row] = m.penalty[0] if m.over[row] else 0.0
        else:
            m.price[row] = 0.0
    for demand in range(m.key.size):
        column = m.key[demand]
        m.value[column] = m.quantity[demand]
        for entry in range(m.first[column], m.first[column] + m.size[column]):
            m.flow[m.row[entry]] += m.quantity[demand] * m.use[entry]
    lowest = 0.0
    for j in range(size):
        total = 0.0
        for place in range(size):
            row = m.tight[place]
            total += m.inverse[place, j] * (m.capacity[row] - m.flow[row])
        m.step[j] = total
    for j in range(size):
        column, total = m.basic[j], m.step[j]
        m.value[column] = total
        m.value[m.key[m.demand[column]]] -= total
        m.other[j] = reduced_cost(m, column)
    for place in range(size):
        total = 0.0
        for j in range(size):
            total += m.other[j] * m.inverse[place, j]
        m.price[m.tight[place]] = -total
    for row in range(m.flow.size):
        m.flow[row] = 0.0
    for demand in range(m.key.size):
        lowest = min(lowest, _load(m, m.key[demand]))
    for j in range(size):
        lowest = min(lowest, _load(m, m.basic[j]))
    for row in range(m.flow.size):
        if m.place[row] < 0:
            over = m.flow[row] > m.capacity[row]
            if over != m.over[row]:
                m.over[row] = over
                m.counts[NUM_LOST] += 1
    return lowest


@inner
def _load(m: Any, column: int) -> float:
    for entry in range(m.first[column], m.first[column] + m.size[column]):
        m.flow[m.row[entry]] += m.value[column] * m.use[entry]
    value: float = m.value[column]
    return value
