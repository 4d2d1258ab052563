"""Joint replenishment, compiled: the best common interval and multiples of it."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

FloatArray = npt.NDArray[np.float64]

_MOST_STEPS = 1_000_000


@njit(cache=True, nogil=True)
def cyclic_policies(
    shared: FloatArray,
    own: FloatArray,
    holding: FloatArray,
    powers: bool,
    interval: FloatArray,
    multiple: npt.NDArray[np.int64],
    cost: FloatArray,
    bound: FloatArray,
    proven: npt.NDArray[np.bool_],
) -> None:
    """Set the best cyclic policy of each group, and a bound on the cost of every policy.

    For given multiples the cost is that of an economic order quantity, and the best multiples for
    an interval change at known intervals only: going down from one to the next, from the longest
    interval that can be best to the shortest, passes every candidate.

    Parameters
    ----------
    shared
        (n,) fixed cost of an order of any items, above 0.
    own
        (n, m) fixed cost of each item in it.
    holding
        (n, m) cost of holding per period and period of the interval, h·d/2; 0 of no item.
    powers
        Whether multiples are powers of 2 only.
    interval
        (n,) set in place; inf where there are no items.
    multiple
        (n, m) set in place; 0 of no item.
    cost, bound
        (n,) set in place, per period.
    proven
        (n,) set in place: whether all candidates were passed. Where they are too many, multiples
        beside the interval of the bound are tried, too.
    """
    num, width = own.shape
    trial = np.empty(width, dtype=np.int64)
    change = np.empty(width)
    for group in range(num):
        orders, stock, rest = shared[group], 0.0, 0.0
        for item in range(width):
            trial[item] = 1 if holding[group, item] > 0.0 else 0
            multiple[group, item] = trial[item]
            change[item] = 0.0
            if trial[item]:
                orders += own[group, item]
                stock += holding[group, item]
                rest += 2.0 * math.sqrt(own[group, item] * holding[group, item])
                square = own[group, item] / holding[group, item]
                change[item] = math.sqrt(square / 2.0)  # 2 is as good as 1: k(k + 1), and 2k²
        if stock == 0.0:
            interval[group], cost[group], bound[group] = np.inf, 0.0, 0.0
            proven[group] = True
            continue
        best, proven[group] = np.inf, False
        for _ in range(_MOST_STEPS):
            now = 2.0 * math.sqrt(orders * stock)
            if now < best:
                best = now
                interval[group] = math.sqrt(orders / stock)
                multiple[group, :] = trial
            item = int(np.argmax(change))
            if change[item] <= 0.0 or change[item] * (best - rest) < shared[group]:
                proven[group] = True
                break  # at shorter intervals the shared cost alone is too much
            old, ratio = trial[item], own[group, item] / holding[group, item]
            new = 2 * old if powers else old + 1
            orders += own[group, item] * (1.0 / new - 1.0 / old)
            stock += holding[group, item] * (new - old)
            trial[item] = new
            later = 2.0 * new * new if powers else new * (new + 1.0)
            change[item] = math.sqrt(ratio / later)
        bound[group], length = _relaxed(shared[group], own[group], holding[group])
        while not proven[group]:
            orders, stock = _beside(
                length, shared[group], own[group], holding[group], powers, trial
            )
            now, length = 2.0 * math.sqrt(orders * stock), math.sqrt(orders / stock)
            if now >= best:
                break
            best, interval[group], multiple[group, :] = now, length, trial
        cost[group] = best


@njit(cache=True, nogil=True)
def _beside(
    length: float,
    shared: float,
    own: FloatArray,
    holding: FloatArray,
    powers: bool,
    trial: npt.NDArray[np.int64],
) -> tuple[float, float]:
    """Write the best multiples of an interval; return what orders and stock then cost with them.

    They are the least k with k(k + 1), or 2k² of powers, at least the ratio of costs ÷ interval².
    """
    orders, stock = shared, 0.0
    for item in range(own.size):
        if holding[item] > 0.0:
            ratio, most = own[item] / holding[item] / length**2, 1.0
            if powers and ratio > 2.0:
                most = 2.0 ** math.ceil(math.log2(ratio / 2.0) / 2.0)
            elif ratio > 2.0:
                most = math.ceil(math.sqrt(ratio + 0.25) - 0.5)
            trial[item] = int(most)
            orders += own[item] / most
            stock += holding[item] * most
    return orders, stock


@njit(cache=True, nogil=True)
def _relaxed(shared: float, own: FloatArray, holding: FloatArray) -> tuple[float, float]:
    """Return cost and interval when no item comes more often than the shared cost is paid."""
    ratio = np.full(own.size, np.inf)
    for item in range(own.size):
        if holding[item] > 0.0:
            ratio[item] = own[item] / holding[item]
    orders, stock, alone = shared, 0.0, 0.0
    for item in np.argsort(ratio):
        if ratio[item] == np.inf:
            break
        if stock == 0.0 or ratio[item] * stock < orders:
            orders += own[item]
            stock += holding[item]
        else:
            alone += 2.0 * math.sqrt(own[item] * holding[item])
    return 2.0 * math.sqrt(orders * stock) + alone, math.sqrt(orders / stock)
