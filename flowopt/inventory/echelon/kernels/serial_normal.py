r"""Serial systems under normal demand, compiled: levels to the rounding of numbers.

With the words of `serial_counted`, the marginal cost of the level of stage j is

.. math::

    G_0(x) = -c\,[x < 0], \qquad
    G_j(y) = h_j + E\big[G_{j-1}(y - D_j)\,[y - D_j < S_{j-1}]\big], \qquad G_j(S_j) = 0

(van Houtum & Zijm 1991). Far below it is a constant, and up to :math:`S_j` it is smooth: the
integral is taken by Gauss and Legendre's rule on panels no wider than the densities ask for. A
stage without lead time only shifts the function, and is not integrated.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from flowopt.inventory.echelon.kernels.quadrature import (
    WIDTH,
    density,
    num_nodes,
    place_nodes,
    standard_loss,
    upper,
)

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]

_MOST_STEPS = 200


@njit(cache=True, nogil=True)
def _mean_of(
    y: float,
    node: FloatArray,
    share: FloatArray,
    low: float,
    high: float,
    below: float,
    above: float,
    mu: float,
    sd: float,
) -> float:
    """Return the mean of a function of `y` less normal demand.

    Parameters
    ----------
    y
        The level.
    node, share
        Nodes between `low` and `high`, and the weight × value of the function there.
    low, high, below, above
        The function is `below` under `low`, and `above` from `high` on.
    mu, sd
        Of the demand.
    """
    total = below * upper((y - low - mu) / sd) + above * upper((mu - y + high) / sd)
    middle, reach = y - mu, (WIDTH + 1.0) * sd
    begin = np.searchsorted(node, middle - reach)
    for k in range(begin, node.size):
        if node[k] > middle + reach:
            break
        total += share[k] * density((middle - node[k]) / sd) / sd
    return total


@njit(cache=True, nogil=True)
def _root(
    left: float,
    right: float,
    offset: float,
    node: FloatArray,
    share: FloatArray,
    low: float,
    high: float,
    below: float,
    above: float,
    mu: float,
    sd: float,
) -> float:
    """Return where `_mean_of` plus an offset is 0, between two levels: regula falsi, Illinois."""
    at_left = _mean_of(left, node, share, low, high, below, above, mu, sd) + offset
    at_right = _mean_of(right, node, share, low, high, below, above, mu, sd) + offset
    while at_right < 0.0:
        left, at_left = right, at_right
        right += sd
        at_right = _mean_of(right, node, share, low, high, below, above, mu, sd) + offset
    side = 0
    for step in range(_MOST_STEPS):
        if right - left <= 1e-14 * (abs(right) + sd):
            break
        middle = left - at_left * (right - left) / (at_right - at_left)
        if step % 3 == 2 or not left < middle < right:
            middle = 0.5 * (left + right)
        value = _mean_of(middle, node, share, low, high, below, above, mu, sd) + offset
        if value < 0.0:
            left, at_left = middle, value
            at_right *= 0.5 if side == -1 else 1.0
            side = -1
        else:
            right, at_right = middle, value
            at_left *= 0.5 if side == 1 else 1.0
            side = 1
            if value == 0.0:
                break
    return right


@njit(cache=True, nogil=True)
def normal_levels(
    first: IndexArray,
    lead_time: FloatArray,
    echelon_cost: FloatArray,
    mean: FloatArray,
    sd: FloatArray,
    stockout_cost: FloatArray,
    level: FloatArray,
    cost: FloatArray,
    done: npt.NDArray[np.bool_],
    begin: int,
    end: int,
) -> None:
    """Set the optimal echelon base-stock levels, and their cost, of some systems.

    Parameters
    ----------
    first, lead_time, echelon_cost, mean, stockout_cost, level, cost, done, begin, end
        As in `flowopt.inventory.echelon.kernels.serial_counted.counted_levels`.
    sd
        (n,) standard deviation of the demand of a period; 0 for certain demand.
    """
    for system in range(begin, end):
        if done[system]:
            continue
        start, stop = first[system], first[system + 1]
        total = stockout_cost[system]
        for stage in range(start, stop):
            total += echelon_cost[stage]
        # the function up to the last stage with uncertain demand: see `_mean_of`; before it, a step
        node, share = np.empty(0), np.empty(0)
        low, high, below, above, mu, scale = 0.0, 0.0, -total, 0.0, 0.0, 0.0
        # since then: shifted by, plus, and cut off at a level of its own
        shift, offset, cut, beyond = 0.0, 0.0, np.inf, 0.0
        slope, intercept = -total, 0.0
        spread, middle = 0.0, 0.0
        for stage in range(start, stop):
            lag = mean[system] * lead_time[stage]
            deviation = sd[system] * math.sqrt(lead_time[stage])
            rise = echelon_cost[stage]
            slope += rise
            intercept -= slope * lag
            middle += lag
            if deviation > 0.0:
                if scale > 0.0:  # write down the function so far, in its own levels
                    bottom = middle - lag - shift - WIDTH * spread
                    top = min(cut, middle - lag - shift + WIDTH * spread)
                    bottom = min(bottom, top)
                    size = num_nodes(top - bottom, min(scale, deviation))
                    points, weights = np.empty(size), np.empty(size)
                    place_nodes(bottom, top, points, weights)
                    for k in range(size):
                        value = _mean_of(points[k], node, share, low, high, below, above, mu, scale)
                        weights[k] *= value + offset
                    points += shift
                    node, share, low, high = points, weights, bottom + shift, top + shift
                else:
                    low = high = shift
                below, above = slope - rise, beyond
                mu, scale = lag, deviation
                spread = math.sqrt(spread**2 + deviation**2)
                shift, offset, cut, beyond = 0.0, rise, np.inf, beyond + rise
            else:
                shift += lag
                offset += rise
                beyond += rise
            level[stage] = np.inf
            if beyond > 0.0:
                if scale > 0.0:
                    at = middle - shift
                    ends = min(cut, at + WIDTH * spread)
                    begins = min(at - WIDTH * spread, ends - spread)  # surely below 0 there
                    value = _mean_of(ends, node, share, low, high, below, above, mu, scale)
                    if cut == np.inf or value + offset > 0.0:
                        cut = _root(
                            begins, ends, offset, node, share, low, high, below, above, mu, scale
                        )
                else:
                    cut = min(cut, 0.0)
                level[stage] = cut + shift
                beyond = 0.0
        if scale > 0.0:
            bottom = min(middle - shift - WIDTH * spread, cut)
            size = num_nodes(cut - bottom, scale)
            points, weights = np.empty(size), np.empty(size)
            place_nodes(bottom, cut, points, weights)
            saved = 0.0
            for k in range(size):
                value = _mean_of(points[k], node, share, low, high, below, above, mu, scale)
                saved += weights[k] * (value + offset)
            cost[system] = intercept + slope * (bottom + shift) + saved
        else:
            cost[system] = intercept + slope * (cut + shift)


@njit(cache=True, nogil=True)
def _excess(point: FloatArray, mass: FloatArray, mu: float, sd: float, level: float) -> float:
    """Return the mean by which points with masses, plus normal demand, exceed a level."""
    total = 0.0
    for k in range(point.size):
        total += mass[k] * sd * standard_loss((level - point[k] - mu) / sd)
    return total


@njit(cache=True, nogil=True)
def _chance(point: FloatArray, mass: FloatArray, mu: float, sd: float, level: float) -> float:
    """Return the probability that points with masses, plus normal demand, exceed a level."""
    total = 0.0
    for k in range(point.size):
        total += mass[k] * upper((level - point[k] - mu) / sd)
    return total


@njit(cache=True, nogil=True)
def _floored(
    point: FloatArray,
    mass: FloatArray,
    mu: float,
    sd: float,
    off: float,
    floor: float,
    level: float,
) -> float:
    """Return the mean excess over a level of what is at least the floor; see below."""
    most = max(level, floor)
    above = floor - level if floor > level else 0.0
    return above + (_excess(point, mass, mu, sd, most + off) if sd > 0.0 else 0.0)


@njit(cache=True, nogil=True)
def normal_performance(
    first: IndexArray,
    lead_time: FloatArray,
    level: FloatArray,
    mean: FloatArray,
    sd: FloatArray,
    review: FloatArray,
    position: FloatArray,
    backorders: FloatArray,
    fill_rate: FloatArray,
    no_stockout: FloatArray,
    done: npt.NDArray[np.bool_],
    begin: int,
    end: int,
) -> None:
    r"""Set what given levels do, from the source to the customers, of some systems.

    The shortfall of a position from its level is :math:`\max(f, W - o)`, with a floor f, and W the
    points that it stood at when demand was last uncertain, plus that demand.

    Parameters
    ----------
    first, lead_time, level, mean, review, position, backorders, fill_rate, no_stockout, done
        As in `flowopt.inventory.echelon.kernels.serial_counted.counted_performance`.
    sd
        (n,) standard deviation of the demand of a period.
    begin, end
        The systems.
    """
    for system in range(begin, end):
        if done[system]:
            continue
        start, stop = first[system], first[system + 1]
        point, mass = np.zeros(1), np.ones(1)
        mu, scale, off, floor = 0.0, 0.0, 0.0, 0.0
        short, drift, spread = (
            0.0,
            0.0,
            0.0,
        )  # the last two: where it goes on average, and how far off
        target = level[stop - 1]
        for stage in range(stop - 1, start - 2, -1):
            review_only = stage < start  # the review period follows the last lead time
            if review_only and review[system] == 0.0:
                break
            if not review_only:
                missing = 0.0
                if floor == -np.inf:  # nothing was held back: no shortfall, but what is left
                    for k in range(point.size):
                        missing += mass[k] * (point[k] + mu - off)
                else:
                    missing = _floored(point, mass, mu, scale, off, floor, 0.0)
                position[stage] = target - missing
            length = review[system] if review_only else lead_time[stage]
            lag, deviation = mean[system] * length, sd[system] * math.sqrt(length)
            if deviation > 0.0:
                if scale > 0.0:
                    bottom = max(floor, point[0] + mu - WIDTH * scale - off)
                    top = max(bottom, drift + WIDTH * spread)
                    size = num_nodes(top - bottom, min(scale, deviation))
                    points, masses = np.empty(size + 1), np.empty(size + 1)
                    place_nodes(bottom, top, points[1:], masses[1:])
                    for k in range(1, size + 1):
                        total = 0.0
                        for i in range(point.size):
                            z = (points[k] + off - point[i] - mu) / scale
                            if abs(z) < WIDTH + 1.0:
                                total += mass[i] * density(z) / scale
                        masses[k] *= total
                    points[0] = bottom
                    masses[0] = 1.0 - _chance(point, mass, mu, scale, bottom + off)
                    point, mass = points, masses
                else:
                    point, mass = np.array([floor]), np.ones(1)
                mu, scale, off, floor = lag, deviation, 0.0, -np.inf
                spread = math.sqrt(spread**2 + deviation**2)
            else:
                off -= lag
                floor += lag
            drift += lag
            if stage > start:  # the shortfall of the next stage
                if level[stage - 1] < np.inf:  # else it asks for all that there is
                    gap = target - level[stage - 1]
                    target = level[stage - 1]
                    off += gap
                    floor = max(0.0, floor - gap)
                    drift = max(0.0, drift - gap)
            elif review_only or review[system] == 0.0:
                earlier = short
                short = _floored(point, mass, mu, scale, off, floor, target)
                ready = 1.0 if floor <= target else 0.0
                if scale > 0.0 and ready > 0.0:
                    ready -= _chance(point, mass, mu, scale, target + off)
                backorders[system], no_stockout[system] = short, ready
                fill_rate[system] = ready
                if review_only:
                    fill_rate[system] = 1.0 - (short - earlier) / (mean[system] * length)
            else:
                short = _floored(point, mass, mu, scale, off, floor, target)
