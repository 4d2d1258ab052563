"""Optimal policies when what is not in stock is not sold, item by item, compiled."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from flowopt.inventory.kernels.counts import count_table, least_tail, tails

Floats = npt.NDArray[np.float64]


@njit(cache=True, nogil=True)
def best_one_for_one(
    holding_cost: Floats, stockout_cost: Floats, rate: Floats, ahead: Floats, wanted: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return S, the share of demand lost and the cost, where each sale is ordered at once.

    The units on order are the busy servers of Erlang's loss system, whatever the lead times: with
    the offered load a, B(0) = 1 and B(S) = a B(S - 1) / (S + a B(S - 1)). B is convex in S.

    Parameters
    ----------
    holding_cost, stockout_cost
        (n,) costs of a unit on hand for a period, and of a unit lost.
    rate, ahead
        (n,) mean demand of a period, and of a lead time.
    wanted
        (n,) S where it is given; NaN where the best is asked for.
    """
    n = rate.size
    level, lost, cost = np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):
        blocked, stock = 1.0, 0
        paid = stockout_cost[i] * rate[i]
        while math.isnan(wanted[i]) or stock < wanted[i]:
            busy = ahead[i] * blocked
            next_blocked = busy / (stock + 1 + busy)
            held = stock + 1 - ahead[i] * (1 - next_blocked)
            next_paid = holding_cost[i] * held + stockout_cost[i] * rate[i] * next_blocked
            if math.isnan(wanted[i]) and next_paid >= paid:
                break
            blocked, paid = next_blocked, next_paid
            stock += 1
        level[i], lost[i], cost[i] = stock, blocked, paid
    return level, lost, cost


@njit(cache=True, nogil=True)
def best_lost_batches(
    holding_cost: Floats,
    stockout_cost: Floats,
    fixed_cost: Floats,
    rate: Floats,
    ahead: Floats,
    point: Floats,
    quantity: Floats,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return r, Q > r, the share of demand lost and the cost, with one order at most on its way.

    Parameters
    ----------
    holding_cost, stockout_cost, fixed_cost
        (n,) costs of a unit on hand for a period, of a unit lost, and of an order.
    rate, ahead
        (n,) mean demand of a period, and of a lead time.
    point, quantity
        (n,) r and Q where they are given; NaN where the best are asked for.
    """
    n = rate.size
    r, q, lost, cost = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):
        asked = not math.isnan(point[i])
        r[i], q[i], lost[i] = -1.0, 0.0, 1.0  # nothing is ordered, all is lost
        cost[i] = math.inf if asked else stockout_cost[i] * rate[i]
        start, table = count_table(ahead[i], 0.0, least_tail(1.0))
        survival, loss = tails(table)
        left, square, held, above = 0.0, 0.0, 0.0, 0.0
        level = 0
        while True:
            # of Z = (r - D)^+: left = E Z, square = E Z²; held: what stock there is while waiting
            place = level - start
            short = ahead[i] - level + left
            if place >= 0:
                short = loss[place] if place < loss.size else 0.0
            more = 1.0 if place < 0 else (survival[place] if place < survival.size else 0.0)
            if not asked or level == point[i]:
                base = rate[i] * (fixed_cost[i] + stockout_cost[i] * short)
                base += holding_cost[i] * (0.5 * (square + left) - 0.5 * level * (level + 1) + held)
                slope = holding_cost[i] * (left + 0.5)
                best = _best_quantity(base, slope, 0.5 * holding_cost[i], short, level + 1)
                if asked:
                    best = quantity[i]
                for further in range(2):
                    batch = math.floor(best) + float(further)
                    paid = base + slope * batch + 0.5 * holding_cost[i] * batch * batch
                    found = paid / (batch + short)
                    if found < cost[i]:
                        r[i], q[i], cost[i] = level, batch, found
                        lost[i] = short / (batch + short)
                    if asked:
                        break
            if asked and level >= point[i]:
                break
            if not asked and (short <= 0.0 or holding_cost[i] * (level - ahead[i]) > cost[i]):
                break  # nothing is lost, or stock before an arrival alone costs more: ever more
            above += more
            held += above
            square += 2 * left + (1 - more)
            left += 1 - more
            level += 1
    return r, q, lost, cost


@njit(cache=True, nogil=True)
def _best_quantity(base: float, slope: float, curve: float, short: float, least: int) -> float:
    """Return the Q of the least (base + slope Q + curve Q²) / (Q + short), at least `least`."""
    rest = base - slope * short + curve * short * short
    return max(math.sqrt(max(rest, 0.0) / curve) - short, float(least))
