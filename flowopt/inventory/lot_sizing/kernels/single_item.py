"""Lot sizes of single items without capacity, a batch at a time, compiled.

Items are rows of ``need``; costs are (n or 1, T or 1) tables, one entry standing for all that it is
spread over. Nothing of the arguments is changed but what is said to be.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

FloatArray = npt.NDArray[np.float64]

PER_PERIOD, PER_UNIT = 0, 1
"""What `grow_lots` keeps the cost of small: a period, or a unit."""


@njit(cache=True, nogil=True)
def cheapest_lots(
    need: FloatArray,
    fixed_cost: FloatArray,
    holding_cost: FloatArray,
    unit_cost: FloatArray,
    lots: FloatArray,
    least: FloatArray,
) -> None:
    r"""Find the lots of least cost by dynamic programming over the periods of the last lot.

    What a last lot in t costs rises with the demand that it covers, along a line; where nobody
    gains by buying early (:math:`c_{t+1} \le c_t + h_t`) later lines are flatter, so that the best
    last lot never moves back (Wagner and Whitin 1958). Costs are only ever added up: a prohibitive
    one leaves the digits of the others alone.

    Parameters
    ----------
    need
        (n, T) what must be there in each period.
    fixed_cost, holding_cost, unit_cost
        Costs of a lot, of a unit held over the end of a period, of a unit made.
    lots
        (n, T) what to make in each period; overwritten.
    least
        (n,) its cost; overwritten.
    """
    num_items, num_periods = need.shape
    total = np.empty(num_periods)  # cost of all so far, with the last lot in each period
    rate = np.empty(num_periods)  # of a unit more in that lot, held until now
    choice = np.empty(num_periods, dtype=np.int64)
    best = np.empty(num_periods + 1)
    for item in range(num_items):
        fixed = fixed_cost[item if fixed_cost.shape[0] > 1 else 0]
        holding = holding_cost[item if holding_cost.shape[0] > 1 else 0]
        unit = unit_cost[item if unit_cost.shape[0] > 1 else 0]
        first, steady, dearest, held = 0, True, np.inf, 0.0
        best[0] = 0.0
        for period in range(num_periods):
            price = unit[period if unit.shape[0] > 1 else 0]
            steady = steady and price <= dearest
            amount = need[item, period]
            for start in range(first, period):
                rate[start] += held
                total[start] += amount * rate[start]
            rate[period] = price
            setup = fixed[period if fixed.shape[0] > 1 else 0]
            total[period] = best[period] + setup + amount * price
            best[period + 1] = best[period]
            choice[period] = -1
            if amount > 0.0:
                lowest = np.inf
                for start in range(first, period + 1):
                    if total[start] <= lowest:
                        lowest, choice[period] = total[start], start
                best[period + 1] = lowest
                if steady:
                    first = choice[period]
            held = holding[period if holding.shape[0] > 1 else 0]
            dearest = price + held
        least[item] = best[num_periods]
        _place_lots(need, choice, item, lots)


@njit(cache=True, nogil=True)
def _place_lots(
    need: FloatArray, choice: npt.NDArray[np.int64], item: int, lots: FloatArray
) -> None:
    """Write the lots that the choices of the last lot lead to, from the end back."""
    period = need.shape[1] - 1
    lots[item] = 0.0
    while period >= 0:
        start = choice[period]
        if start < 0:
            period -= 1
            continue
        total = 0.0
        for covered in range(start, period + 1):
            total += need[item, covered]
        lots[item, start] = total
        period = start - 1


@njit(cache=True, nogil=True)
def grow_lots(
    need: FloatArray,
    fixed_cost: FloatArray,
    holding_cost: FloatArray,
    measure: int,
    lots: FloatArray,
) -> None:
    """Let each lot cover one more period as long as its cost by some measure does not rise.

    Parameters
    ----------
    need
        (n, T) what must be there in each period.
    fixed_cost, holding_cost
        Costs of a lot, and of a unit held over the end of a period.
    measure
        `PER_PERIOD` (Silver and Meal) or `PER_UNIT` (least unit cost).
    lots
        (n, T) what to make in each period; overwritten.
    """
    num_items, num_periods = need.shape
    for item in range(num_items):
        fixed = fixed_cost[item if fixed_cost.shape[0] > 1 else 0]
        holding = holding_cost[item if holding_cost.shape[0] > 1 else 0]
        lots[item] = 0.0
        start = 0
        while start < num_periods:
            if need[item, start] <= 0.0:
                start += 1
                continue
            total = need[item, start]
            cost = fixed[start if fixed.shape[0] > 1 else 0]
            mean = cost / (total if measure == PER_UNIT else 1.0)
            held, end = 0.0, start + 1
            while end < num_periods:
                held += holding[end - 1 if holding.shape[0] > 1 else 0]
                more = cost + held * need[item, end]
                units = total + need[item, end]
                next_mean = more / (units if measure == PER_UNIT else end - start + 1.0)
                if next_mean > mean:
                    break
                cost, total, mean = more, units, next_mean
                end += 1
            lots[item, start] = total
            start = end


@njit(cache=True, nogil=True)
def net_needs(
    demand: FloatArray, initial_stock: FloatArray, need: FloatArray, left: FloatArray
) -> None:
    """Serve demand from the stock at the beginning, the first demand first.

    Parameters
    ----------
    demand
        (n, T) demand.
    initial_stock
        (n or 1,) stock before the first period.
    need
        (n, T) what is left to be made; overwritten.
    left
        (n, T) what is left of the first stock at the end of each period; overwritten.
    """
    num_items, num_periods = demand.shape
    for item in range(num_items):
        stock = initial_stock[item if initial_stock.shape[0] > 1 else 0]
        for period in range(num_periods):
            used = min(stock, demand[item, period])
            stock -= used
            need[item, period] = demand[item, period] - used
            left[item, period] = stock
