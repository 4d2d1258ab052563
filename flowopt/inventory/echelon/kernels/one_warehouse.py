"""One warehouse and its retailers under one-for-one orders, compiled.

Units on order from the warehouse's supplier are Poisson, and the warehouse serves in the order in
which retailers ask. What it owes is split among them binomially, so what is on order at a retailer,
from there or on the way, is the sum of its share and of the demand of its own lead time (Simon
1971; Graves 1985).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from flowopt.inventory.echelon.kernels.counts import convolved, count_pmf

FloatArray = npt.NDArray[np.float64]

EXACT, METRIC, TWO_MOMENT = 0, 1, 2
_NOTHING_OWED = 1e-13


@njit(cache=True, nogil=True)
def _thinned(owed: FloatArray, share: float) -> FloatArray:
    """Return the probabilities of a share of a count, each unit being in it or not: by Horner."""
    size = owed.size
    result = np.zeros(size)
    for place in range(size - 1, -1, -1):
        used = size - 1 - place
        for k in range(used, 0, -1):
            result[k] = result[k] * (1.0 - share) + result[k - 1] * share
        result[0] = result[0] * (1.0 - share) + owed[place]
    return result


@njit(cache=True, nogil=True)
def _owed(low: int, pmf: FloatArray, level: int) -> Any:
    """Return the probabilities of what a warehouse owes, from 0 on, its mean, variance and stock.

    Parameters
    ----------
    low, pmf
        Least number of units on order, and the probabilities from there on.
    level
        Base-stock level.
    """
    high = max(low + pmf.size - 1 - level, 0)
    owed = np.zeros(high + 1)
    stock = 0.0
    for place in range(pmf.size):
        over = low + place - level
        if over > 0:
            owed[over] += pmf[place]
        else:
            owed[0] += pmf[place]
            stock -= over * pmf[place]
    mean, square = 0.0, 0.0
    for count in range(owed.size):
        mean += count * owed[count]
        square += count * count * owed[count]
    return owed, mean, square - mean * mean, stock


@njit(cache=True, nogil=True)
def _on_order(
    method: int, owed: FloatArray, mean: float, variance: float, share: float, demand: float
) -> Any:
    """Return the least number of units on order at a retailer, and the probabilities from there.

    Parameters
    ----------
    method
        `EXACT`, `METRIC` (Poisson with the same mean, Sherbrooke 1968) or `TWO_MOMENT` (negative
        binomial with the same mean and variance, Graves 1985).
    owed, mean, variance
        Of what the warehouse owes.
    share
        Of the retailer.
    demand
        Mean demand over its lead time.
    """
    if method == EXACT:
        low, pmf = count_pmf(demand, 0.0)
        return low, convolved(_thinned(owed, share), pmf)
    total = demand + share * mean
    excess = 0.0
    if method == TWO_MOMENT and total > 0.0:
        excess = max(0.0, share * share * (variance - mean) / total)
    return count_pmf(total, excess)


@njit(cache=True, nogil=True)
def _least_level(low: int, pmf: FloatArray, ratio: float) -> int:
    """Return the least level, 0 or more, that is not exceeded with a probability."""
    total = 0.0
    for place in range(pmf.size):
        total += pmf[place]
        if total >= ratio * (1.0 - 1e-14):
            return max(low + place, 0)
    return low + pmf.size


@njit(cache=True, nogil=True)
def _at_level(low: int, pmf: FloatArray, level: int) -> Any:
    """Return mean stock, mean backorders and the chance of stock at a level."""
    stock, short, ready = 0.0, 0.0, 0.0
    for place in range(pmf.size):
        left = level - low - place
        if left > 0:
            stock += left * pmf[place]
            ready += pmf[place]
        else:
            short -= left * pmf[place]
    return stock, short, ready


@njit(cache=True, nogil=True)
def evaluate(
    method: int,
    on_order: Any,
    level: int,
    optimise: bool,
    demand: FloatArray,
    lead_time: FloatArray,
    holding: FloatArray,
    stockout: FloatArray,
    levels: npt.NDArray[np.int64],
    stock: FloatArray,
    short: FloatArray,
    ready: FloatArray,
) -> Any:
    """Set what a warehouse level leads to; return its stock, what it owes, and the retailers' cost.

    Parameters
    ----------
    method
        See `_on_order`.
    on_order
        Least number on order at the warehouse, and the probabilities from there on.
    level
        Of the warehouse.
    optimise
        Whether to choose the levels of the retailers; else they are given.
    demand, lead_time, holding, stockout
        (N,) columns of the retailers.
    levels, stock, short, ready
        (N,) set in place.
    """
    owed, mean, variance, kept = _owed(on_order[0], on_order[1], level)
    whole = demand.sum()
    cost = 0.0
    for retailer in range(demand.size):
        share = demand[retailer] / whole if whole > 0.0 else 0.0
        own = demand[retailer] * lead_time[retailer]
        low, pmf = _on_order(method, owed, mean, variance, share, own)
        if optimise:
            ratio = stockout[retailer] / (stockout[retailer] + holding[retailer])
            levels[retailer] = _least_level(low, pmf, ratio) if demand[retailer] > 0.0 else 0
        stock[retailer], short[retailer], ready[retailer] = _at_level(low, pmf, levels[retailer])
        cost += holding[retailer] * stock[retailer] + stockout[retailer] * short[retailer]
    return kept, mean, cost


@njit(cache=True, nogil=True)
def one_warehouse(
    method: int,
    optimise: bool,
    warehouse_lead_time: FloatArray,
    warehouse_holding: FloatArray,
    demand: FloatArray,
    lead_time: FloatArray,
    holding: FloatArray,
    stockout: FloatArray,
    warehouse_level: npt.NDArray[np.int64],
    levels: npt.NDArray[np.int64],
    warehouse_stock: FloatArray,
    warehouse_owed: FloatArray,
    stock: FloatArray,
    short: FloatArray,
    ready: FloatArray,
    cost: FloatArray,
) -> None:
    """Set the best levels, or what given ones do, of many items.

    The cost is not convex in the level of the warehouse. All are tried until its stock alone, and
    retailers who never wait for it, would cost as much as the best.

    Parameters
    ----------
    method, optimise, demand, lead_time, holding, stockout, levels, stock, short, ready
        As in `evaluate`, (n, N).
    warehouse_lead_time, warehouse_holding
        (n,) columns of the warehouse.
    warehouse_level, warehouse_stock, warehouse_owed, cost
        (n,) set in place; the level only where it is to be chosen.
    """
    for item in range(demand.shape[0]):
        rows = (demand[item], lead_time[item], holding[item], stockout[item])
        result = (levels[item], stock[item], short[item], ready[item])
        on_order = count_pmf(demand[item].sum() * warehouse_lead_time[item], 0.0)
        rate = warehouse_holding[item]
        moving = 0.0  # goods on the way to retailers cost what they cost at the warehouse
        for retailer in range(demand.shape[1]):
            moving += rate * demand[item, retailer] * lead_time[item, retailer]
        if optimise:
            last = on_order[0] + on_order[1].size
            _, _, least = evaluate(method, on_order, last, True, *rows, *result)
            best = np.inf
            for level in range(last + 1):
                kept, owed, part = evaluate(method, on_order, level, True, *rows, *result)
                if part + rate * kept < best * (1.0 - 1e-14):
                    best = part + rate * kept
                    warehouse_level[item] = level
                if least + rate * kept >= best or owed < _NOTHING_OWED:
                    break
        kept, owed, part = evaluate(
            method, on_order, warehouse_level[item], optimise, *rows, *result
        )
        warehouse_stock[item], warehouse_owed[item] = kept, owed
        cost[item] = part + rate * kept + moving
