"""The optimal (s,S) policy of periodic review, item by item, compiled."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from flowopt.inventory.kernels.counts import (
    convolved,
    count_table,
    least_level,
    least_tail,
    loss_at,
    tails,
)

Floats = npt.NDArray[np.float64]


@njit(cache=True, nogil=True)
def best_levels(
    holding_cost: Floats,
    stockout_cost: Floats,
    fixed_cost: Floats,
    mean: Floats,
    excess: Floats,
    periods: Floats,
) -> tuple[Floats, Floats, Floats]:
    """Return s, S and the cost a period of the optimal policy of items with counted demand.

    Parameters
    ----------
    holding_cost, stockout_cost, fixed_cost
        (n,) costs of a unit left over, of a unit short, and of an order.
    mean, excess
        (n,) of the demand of a period: its mean, and variance / mean - 1.
    periods
        (n,) how many periods an order covers: lead time + 1.
    """
    n = mean.size
    s, big, cost = np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):
        allowed = holding_cost[i] / (holding_cost[i] + stockout_cost[i])
        least = least_tail(allowed)
        begin, period = count_table(mean[i], excess[i], least)
        total = mean[i] * periods[i]
        if periods[i] == 1.0:
            start, cover = begin, period
        else:
            start, cover = count_table(total, excess[i], least)
        survival, loss = tails(cover)
        s[i], big[i], cost[i] = _search(
            holding_cost[i], stockout_cost[i], fixed_cost[i], begin, period,
            total, start, survival, loss,
        )  # fmt: skip
    return s, big, cost


@njit(cache=True, nogil=True)
def best_levels_of_tables(
    holding_cost: Floats,
    stockout_cost: Floats,
    fixed_cost: Floats,
    probabilities: Floats,
    periods: Floats,
) -> tuple[Floats, Floats, Floats]:
    """Return s, S and the cost a period of the optimal policy of items with any counted demand.

    Parameters
    ----------
    holding_cost, stockout_cost, fixed_cost
        (n,) costs of a unit left over, of a unit short, and of an order.
    probabilities
        (n, m) chances of a demand of 0, 1, … in a period.
    periods
        (n,) how many periods an order covers: lead time + 1, whole.
    """
    n = periods.size
    s, big, cost = np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):
        period, survival, loss = _tables(probabilities[i], int(periods[i]))
        s[i], big[i], cost[i] = _search(
            holding_cost[i], stockout_cost[i], fixed_cost[i], 0, period,
            loss[0], 0, survival, loss,
        )  # fmt: skip
    return s, big, cost


@njit(cache=True, nogil=True)
def costs_of_levels(
    holding_cost: Floats,
    stockout_cost: Floats,
    fixed_cost: Floats,
    mean: Floats,
    excess: Floats,
    periods: Floats,
    point: Floats,
    level: Floats,
) -> Floats:
    """Return the costs of given policies: see `best_levels` for the parameters."""
    cost = np.empty(mean.size)
    for i in range(mean.size):
        begin, period = count_table(mean[i], excess[i], least_tail(1.0))
        start, cover = count_table(mean[i] * periods[i], excess[i], least_tail(1.0))
        _, loss = tails(cover)
        cost[i] = _cost_of(
            int(point[i]), int(level[i]), holding_cost[i], stockout_cost[i], fixed_cost[i],
            begin, period, mean[i] * periods[i], start, loss,
        )  # fmt: skip
    return cost


@njit(cache=True, nogil=True)
def costs_of_levels_of_tables(
    holding_cost: Floats,
    stockout_cost: Floats,
    fixed_cost: Floats,
    probabilities: Floats,
    periods: Floats,
    point: Floats,
    level: Floats,
) -> Floats:
    """Return the costs of given policies: see `best_levels_of_tables` for the parameters."""
    cost = np.empty(periods.size)
    for i in range(periods.size):
        period, _, loss = _tables(probabilities[i], int(periods[i]))
        cost[i] = _cost_of(
            int(point[i]), int(level[i]), holding_cost[i], stockout_cost[i], fixed_cost[i],
            0, period, loss[0], 0, loss,
        )  # fmt: skip
    return cost


@njit(cache=True, nogil=True)
def _tables(probabilities: Floats, periods: int) -> tuple[Floats, Floats, Floats]:
    """Return the chances of a period's demand, and the tails of that of several periods."""
    period = _trimmed(probabilities)
    cover = period
    for _ in range(1, periods):
        cover = convolved(cover, period)
    survival, loss = tails(cover)
    return period, survival, loss


@njit(cache=True, nogil=True)
def _cost_of(
    s: int,
    big: int,
    holding_cost: float,
    stockout_cost: float,
    fixed_cost: float,
    begin: int,
    period: Floats,
    mean: float,
    start: int,
    loss: Floats,
) -> float:
    """Return the cost a period of a given policy: see `_search` for the parameters."""
    renewal = np.empty(big - s)
    renew(renewal, 0, big - s, begin, period)
    paid, length = fixed_cost, 0.0
    for j in range(big - s):
        paid += renewal[j] * _one_period(big - j, holding_cost, stockout_cost, mean, start, loss)
        length += renewal[j]
    return paid / length


@njit(cache=True, nogil=True)
def _trimmed(row: Floats) -> Floats:
    """Return probabilities without the zeros behind them, summing to 1 to the last digit."""
    size = row.size
    while size > 1 and not row[size - 1] > 0:
        size -= 1
    total = row[:size].sum()
    kept = row[:size].copy()
    for i in range(size):
        kept[i] /= total
    return kept


@njit(cache=True, nogil=True)
def _one_period(
    level: int, holding_cost: float, stockout_cost: float, mean: float, start: int, loss: Floats
) -> float:
    """Return the expected cost of the period for which an inventory position must last."""
    short = loss_at(level, start, loss, mean)
    return holding_cost * (level - mean) + (holding_cost + stockout_cost) * short


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract", "nsz"})
def _inner(one: Floats, first: int, other: Floats, second: int, count: int) -> float:
    total = 0.0
    for i in range(count):
        total += one[first + i] * other[second + i]
    return total


@njit(cache=True, nogil=True)
def renew(renewal: Floats, known: int, wanted: int, begin: int, period: Floats) -> None:
    """Fill in how often the position is j below S in a cycle, in the mean, from `known` on.

    m(0) = 1 / (1 - p(0)), m(j) = m(0) Σ p(l) m(j - l) over the l from 1 to j.
    """
    size = period.size
    if begin > 0:
        stay, low = 1.0, begin
    else:
        moved = 0.0
        for i in range(size - 1, 0, -1):  # the small ones first
            moved += period[i]
        stay, low = 1.0 / moved, 1
    turned = period[::-1].copy()
    for j in range(known, wanted):
        if j == 0:
            renewal[0] = stay
            continue
        high = min(j, begin + size - 1)
        count = high - low + 1
        if count <= 0:
            renewal[j] = 0.0
        else:  # p(high) meets m(j - high), …, p(low) meets m(j - low)
            place = begin + size - 1 - high
            renewal[j] = stay * _inner(turned, place, renewal, j - high, count)


@njit(cache=True, nogil=True)
def _search(
    holding_cost: float,
    stockout_cost: float,
    fixed_cost: float,
    begin: int,
    period: Floats,
    mean: float,
    start: int,
    survival: Floats,
    loss: Floats,
) -> tuple[float, float, float]:
    """Return s, S and the cost of the best policy (Zheng & Federgruen 1991).

    Parameters
    ----------
    holding_cost, stockout_cost, fixed_cost
        The costs.
    begin, period
        Table of the demand of a period.
    mean, start, survival, loss
        Mean and table of the demand that the position must cover.
    """
    best = least_level(start, survival, holding_cost / (holding_cost + stockout_cost))
    # the best s for S = best: lower s until an order is no dearer than waiting
    renewal = np.empty(64)
    known = 0
    s, paid, length = best, fixed_cost, 0.0
    while True:
        j = best - s
        if j >= known:
            if known == renewal.size:
                wider = np.empty(2 * renewal.size)
                wider[:known] = renewal
                renewal = wider
            renew(renewal, known, renewal.size, begin, period)
            known = renewal.size
        paid += renewal[j] * _one_period(s, holding_cost, stockout_cost, mean, start, loss)
        length += renewal[j]
        s -= 1
        waiting = _one_period(s, holding_cost, stockout_cost, mean, start, loss)
        if paid / length <= waiting:
            break
    big, cost = best, paid / length
    # any better S has a one-period cost of no more than that: larger ones, and then a larger s
    last = best + 1
    while _one_period(last, holding_cost, stockout_cost, mean, start, loss) <= cost:
        last += 1
    width = last - s
    if width > renewal.size:
        wider = np.empty(width)
        wider[:known] = renewal[:known]
        renewal = wider
    once = np.empty(width)  # entry i: the position last - i
    for i in range(width):
        once[i] = _one_period(last - i, holding_cost, stockout_cost, mean, start, loss)
    sums = np.empty(width + 1)
    sums[0] = 0.0
    for j in range(min(known, width)):
        sums[j + 1] = sums[j] + renewal[j]
    summed = min(known, width)
    for level in range(best + 1, last + 1):
        shift = last - level
        if once[shift] > cost:
            break
        while summed < level - s:
            if summed >= known:
                upto = min(width, max(known + 16, level - s))
                renew(renewal, known, upto, begin, period)
                known = upto
            sums[summed + 1] = sums[summed] + renewal[summed]
            summed += 1
        count = level - s
        found = (fixed_cost + _inner(renewal, 0, once, shift, count)) / sums[count]
        if found < cost:
            big = level
            cost = found
            while s + 1 < big and cost <= once[last - s - 1]:
                s += 1
                count = big - s
                cost = (fixed_cost + _inner(renewal, 0, once, shift, count)) / sums[count]
    return float(s), float(big), cost
