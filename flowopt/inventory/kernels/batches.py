"""The optimal (r,Q) policy of continuous review, item by item, compiled.

The inventory position is uniform over the Q levels above r, and each level y costs g(y) a period,
what a newsvendor pays for the demand of a lead time. So the policy costs
(K λ + ∫ g(y) dy over r < y < r + Q) / Q, a sum where demand is counted.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from flowopt.inventory.kernels.counts import count_table, least_level, least_tail, loss_at, tails

Floats = npt.NDArray[np.float64]
_ROOT_TWO = math.sqrt(2.0)
_DENSITY_AT_0 = 1 / math.sqrt(2 * math.pi)
_MOST_STEPS = 200
_NARROW = 1e-4


# ---- normal demand


@njit(cache=True, nogil=True)
def best_normal_batches(
    holding_cost: Floats, stockout_cost: Floats, set_up: Floats, quantity: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return r, Q and the cost for standard normal demand: all in standard deviations.

    Parameters
    ----------
    holding_cost, stockout_cost
        (n,) costs of a unit on hand, and of one owed, for a period.
    set_up
        (n,) K λ / σ²: what is paid for orders in a period, for Q = σ = 1.
    quantity
        (n,) Q / σ where it is given; NaN where the best is asked for.
    """
    n = set_up.size
    r, q, cost = np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):
        if math.isnan(quantity[i]):
            r[i], q[i], cost[i] = _best_normal(holding_cost[i], stockout_cost[i], set_up[i])
        else:
            q[i] = quantity[i]
            r[i] = _normal_point(holding_cost[i], stockout_cost[i], q[i])
            cost[i] = normal_batch_cost(holding_cost[i], stockout_cost[i], set_up[i], r[i], q[i])
    return r, q, cost


@njit(cache=True, nogil=True)
def normal_costs(
    holding_cost: Floats, stockout_cost: Floats, set_up: Floats, point: Floats, quantity: Floats
) -> Floats:
    """Return the costs of given policies: see `best_normal_batches` for the parameters."""
    cost = np.empty(point.size)
    for i in range(point.size):
        cost[i] = normal_batch_cost(
            holding_cost[i], stockout_cost[i], set_up[i], point[i], quantity[i]
        )
    return cost


@njit(cache=True, nogil=True)
def _upper(z: float) -> tuple[float, float]:
    """Return the density at z and the chance of more."""
    return _DENSITY_AT_0 * math.exp(-0.5 * z * z), 0.5 * math.erfc(z / _ROOT_TWO)


@njit(cache=True, nogil=True)
def _loss_and_chance(z: float) -> tuple[float, float]:
    """Return E[(Z - z)^+] and the chance of more than z, 0 or more.

    Above 5 the loss is φ(z) / (z + 1 / (z + 2 / (z + 3 / …)))², less what the density adds: there
    its two terms would cancel.
    """
    density, chance = _upper(z)
    if z < 5 or density == 0.0:
        return max(density - z * chance, 0.0), chance
    tail = z
    for k in range(14, 1, -1):
        tail = z + k / tail
    return density / (z + 1 / tail) / tail, chance  # Mills' ratio M and 1 - z M = M / tail


@njit(cache=True, nogil=True)
def _level_cost(z: float, holding_cost: float, stockout_cost: float) -> tuple[float, float]:
    """Return g(z) and its slope, from the side on which nothing cancels."""
    loss, chance = _loss_and_chance(abs(z))
    both = holding_cost + stockout_cost
    if z > 0:
        return holding_cost * z + both * loss, holding_cost - both * chance
    return -stockout_cost * z + both * loss, both * chance - stockout_cost


@njit(cache=True, nogil=True)
def _beyond(z: float) -> float:
    """Return the second-order loss of z, 0 or more: the losses above it, integrated."""
    density, chance = _upper(z)
    return 0.5 * max((z * z + 1) * chance - z * density, 0.0)


@njit(cache=True, nogil=True)
def _area(low: float, high: float, holding_cost: float, stockout_cost: float) -> float:
    """Return the integral of g from `low` to `high`."""
    both = holding_cost + stockout_cost
    if low >= 0:
        middle = 0.5 * holding_cost * (high - low) * (high + low)
        return middle + both * (_beyond(low) - _beyond(high))
    if high <= 0:
        middle = 0.5 * stockout_cost * (low - high) * (low + high)
        return middle + both * (_beyond(-high) - _beyond(-low))
    left = 0.5 * stockout_cost * low * low + both * (0.25 - _beyond(-low))
    return left + 0.5 * holding_cost * high * high + both * (0.25 - _beyond(high))


@njit(cache=True, nogil=True)
def normal_batch_cost(
    holding_cost: float, stockout_cost: float, set_up: float, point: float, quantity: float
) -> float:
    """Return the cost of one policy; that of a base stock where Q is 0."""
    if quantity <= 0:
        return _level_cost(point, holding_cost, stockout_cost)[0]
    area = _area(point, point + quantity, holding_cost, stockout_cost)
    return (set_up + area) / quantity


@njit(cache=True, nogil=True)
def _cheapest_level(holding_cost: float, stockout_cost: float) -> float:
    """Return the z that is exceeded with the chance h / (h + p), by Newton's steps."""
    allowed = holding_cost / (holding_cost + stockout_cost)
    turned = allowed > 0.5
    if turned:
        allowed = stockout_cost / (holding_cost + stockout_cost)
    z = 0.0
    for _ in range(_MOST_STEPS):  # the log of the chance is concave: no step goes too far
        density, chance = _upper(z)
        if chance <= 0.0:
            break
        step = (math.log(chance) - math.log(allowed)) * chance / density
        z += step
        if abs(step) <= 1e-15 * (1 + z):
            break
    return -z if turned else z


@njit(cache=True, nogil=True)
def _root(
    start: float, side: float, cost: float, holding_cost: float, stockout_cost: float
) -> float:
    """Return where g is `cost`, from outside: g is convex, so that Newton's steps never pass it."""
    z = start
    for _ in range(_MOST_STEPS):
        value, slope = _level_cost(z, holding_cost, stockout_cost)
        if value <= cost or side * slope <= 0:
            return z
        step = (value - cost) / slope
        z -= step
        if abs(step) <= 1e-14 * (1 + abs(z)):
            return z
    return z


@njit(cache=True, nogil=True)
def _best_normal(
    holding_cost: float, stockout_cost: float, set_up: float
) -> tuple[float, float, float]:
    """Return the best r, Q and cost.

    The best Q levels are those with g(y) below the cost C of the policy itself, which makes
    F(C) = ∫ (C - g(y))^+ dy = K λ. F is convex, its slope is Q, and the cost of certain demand on
    top of that of a base stock is no lower than C (Zheng 1992): Newton's steps from there.
    """
    centre = _cheapest_level(holding_cost, stockout_cost)
    floor, _ = _level_cost(centre, holding_cost, stockout_cost)
    if set_up <= 0:
        return centre, 0.0, floor
    both = holding_cost + stockout_cost
    bend = both * _upper(centre)[0]
    width = (1.5 * set_up / bend) ** (1 / 3) if bend > 0 else math.inf
    if width * (1 + abs(centre)) < _NARROW:  # g is a parabola there, and a difference no number
        low = centre + centre * width * width / 6 - width
        return low, 2 * width, floor + 0.5 * bend * width * width
    cost = floor + math.sqrt(2 * set_up * holding_cost * stockout_cost / both)
    low, high = -cost / stockout_cost, cost / holding_cost
    for _ in range(_MOST_STEPS):
        low = _root(low, -1.0, cost, holding_cost, stockout_cost)
        high = _root(high, 1.0, cost, holding_cost, stockout_cost)
        quantity = high - low
        found = normal_batch_cost(holding_cost, stockout_cost, set_up, low, quantity)
        step = cost - found  # Newton's: (F(C) - K λ) / Q
        if step <= 1e-15 * cost:
            break
        cost = found  # lower, so that the roots of before are outside of the next
    return low, high - low, found


@njit(cache=True, nogil=True)
def _normal_point(holding_cost: float, stockout_cost: float, quantity: float) -> float:
    """Return the best r for a given Q: g(r) = g(r + Q)."""
    centre = _cheapest_level(holding_cost, stockout_cost)
    low, high = centre - quantity, centre
    point = centre - quantity * holding_cost / (holding_cost + stockout_cost)
    for _ in range(_MOST_STEPS):
        here, fall = _level_cost(point, holding_cost, stockout_cost)
        there, rise = _level_cost(point + quantity, holding_cost, stockout_cost)
        if there > here:
            high = point
        else:
            low = point
        wish = point - (there - here) / (rise - fall) if rise > fall else math.inf
        if not low < wish < high:
            wish = 0.5 * (low + high)
        step = wish - point
        point = wish
        if abs(step) <= 1e-14 * (1 + abs(point)):
            break
    return point


# ---- counted demand


@njit(cache=True, nogil=True)
def best_count_batches(
    holding_cost: Floats,
    stockout_cost: Floats,
    set_up: Floats,
    mean: Floats,
    excess: Floats,
    quantity: Floats,
) -> tuple[Floats, Floats, Floats]:
    """Return r, Q and the cost for counted demand of single units (Federgruen & Zheng 1992).

    Parameters
    ----------
    holding_cost, stockout_cost
        (n,) costs of a unit on hand, and of one owed, for a period.
    set_up
        (n,) K λ, what is paid for orders in a period, for Q = 1.
    mean, excess
        (n,) of the demand of a lead time: its mean, and variance / mean - 1.
    quantity
        (n,) Q where it is given; NaN where the best is asked for.
    """
    n = mean.size
    r, q, cost = np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):
        holding, stockout = holding_cost[i], stockout_cost[i]
        allowed = holding / (holding + stockout)
        least = least_tail(allowed)
        start, table = count_table(mean[i], excess[i], least)
        survival, loss = tails(table)
        high = least_level(start, survival, allowed)
        low = high - 1
        paid = set_up[i] + _count_cost(high, holding, stockout, mean[i], start, loss)
        below = _count_cost(low, holding, stockout, mean[i], start, loss)
        above = _count_cost(high + 1, holding, stockout, mean[i], start, loss)
        while True:
            next_one = min(below, above)
            if math.isnan(quantity[i]):
                if next_one * (high - low) >= paid:
                    break
            elif high - low >= quantity[i]:
                break
            paid += next_one
            if below < above:
                low -= 1
                below = _count_cost(low, holding, stockout, mean[i], start, loss)
            else:
                high += 1
                above = _count_cost(high + 1, holding, stockout, mean[i], start, loss)
        r[i], q[i], cost[i] = low, high - low, paid / (high - low)
    return r, q, cost


@njit(cache=True, nogil=True)
def count_costs(
    holding_cost: Floats,
    stockout_cost: Floats,
    set_up: Floats,
    mean: Floats,
    excess: Floats,
    point: Floats,
    quantity: Floats,
) -> Floats:
    """Return the costs of given policies: see `best_count_batches` for the parameters."""
    cost = np.empty(mean.size)
    for i in range(mean.size):
        start, table = count_table(mean[i], excess[i], least_tail(1.0))
        _, loss = tails(table)
        paid = set_up[i]
        for level in range(int(point[i]) + 1, int(point[i] + quantity[i]) + 1):
            paid += _count_cost(level, holding_cost[i], stockout_cost[i], mean[i], start, loss)
        cost[i] = paid / quantity[i]
    return cost


@njit(cache=True, nogil=True)
def _count_cost(
    level: int, holding_cost: float, stockout_cost: float, mean: float, start: int, loss: Floats
) -> float:
    short = loss_at(level, start, loss, mean)
    return holding_cost * (level - mean) + (holding_cost + stockout_cost) * short
