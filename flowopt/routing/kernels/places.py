"""Finds the cheapest place for a client, each looked at in constant time."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from flowopt.routing.kernels.compiled import inlined, inner
from flowopt.routing.kernels.layout import (
    A_DURATION,
    A_EARLY,
    B_DURATION,
    B_EARLY,
    B_LATE,
    DEPARTURE,
    DISTANCE,
    DURATION,
    EARLY,
    FIRST,
    FIXED,
    LATE,
    LATEST,
    MAX_DISTANCE,
    MAX_DURATION,
    NEXT,
    PER_DISTANCE,
    PER_DURATION,
    PREVIOUS,
    PRIZE,
    ROUTE,
    SERVICE,
    SHIFT_EARLY,
    SHIFT_LATE,
    SIZE,
    SKIP,
    TYPE,
    WHICH,
    Data,
    Plan,
    Scratch,
)
from flowopt.routing.kernels.ways import distance_into, distance_of, duration_into, duration_of

SLACK = 1e-9
"""By how much a limit may be exceeded, relative to numbers of the size of 1: rounding."""

TYPE_SKIP = 0.3
"""Share of the vehicle types that are not looked at for a new route: else a dear one never is."""


@inlined
def rnd(random: Any) -> Any:
    """Return a random number from 0 to below 1 (xorshift, Marsaglia 2003)."""
    x = random[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    random[0] = x
    return (x >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@inlined
def skips(d: Data, s: Plan) -> Any:
    """Return whether to pass a place by: one in a hundred, counted down between two."""
    if s.counts[SKIP] > 0:
        s.counts[SKIP] -= 1
        return False
    s.counts[SKIP] = int(math.log(1.0 - rnd(s.random)) / d.skip)
    return True


@inlined
def fits(d: Data, s: Plan, c: int, r: int) -> Any:
    """Return whether route r has room for the load of client c."""
    good = True
    for dim in range(s.load.shape[1]):
        most = d.capacity[s.route[r, TYPE], dim]
        if s.load[r, dim] + d.demand[c, dim] > most + SLACK * max(1.0, most):
            good = False
    return good


@inner
def rich_cost(d: Data, s: Plan, c: int, r: int, a: int, b: int, detour: float) -> Any:
    """Return the cost of c between a and b of route r with its duration; inf where it may not be.

    Parameters
    ----------
    d, s, c, r, a, b
        Problem, plan, client, route, the clients around the place (-1: the ends).
    detour
        Change of the route's distance.
    """
    m, client, time = d.num_depots, d.client, s.time
    k = s.route[r, TYPE]
    most = d.vehicle[k, MAX_DISTANCE]
    if s.length[r, DISTANCE] + detour > most + SLACK * max(1.0, most):
        return np.inf
    if a < 0:
        bd, early, late = 0.0, d.vehicle[k, SHIFT_EARLY], d.vehicle[k, SHIFT_LATE]
        reach = duration_into(d, m + c, d.ends[k, 0])
    else:
        bd, early, late = time[a, B_DURATION], time[a, B_EARLY], time[a, B_LATE]
        reach = bd + duration_into(d, m + c, m + a)
    if early + reach > client[c, LATE] + SLACK:
        return np.inf
    wait = max(0.0, client[c, EARLY] - reach - late)
    early = max(client[c, EARLY] - reach, early) - wait
    late = min(client[c, LATE] - reach, late)
    bd = reach + wait + client[c, SERVICE]
    if b < 0:
        ad, start, latest = 0.0, d.vehicle[k, SHIFT_EARLY], d.vehicle[k, SHIFT_LATE]
        reach = bd + duration_of(d, m + c, d.ends[k, 1])
    else:
        ad, start, latest = time[b, A_DURATION], time[b, A_EARLY], time[b, LATEST]
        reach = bd + duration_of(d, m + c, m + b)
    if early + reach > latest + SLACK:
        return np.inf
    total = reach + max(0.0, start - reach - late) + ad
    most = d.vehicle[k, MAX_DURATION]
    if total > most + SLACK * max(1.0, most):
        return np.inf
    more = total - s.length[r, DURATION]
    return d.vehicle[k, PER_DISTANCE] * detour + d.vehicle[k, PER_DURATION] * more


@inner
def in_time(d: Data, s: Plan, c: int, r: int, a: int, b: int, at: int, to: int) -> Any:
    """Return whether c between a and b of route r keeps all windows."""
    k = s.route[r, TYPE]
    start = d.vehicle[k, SHIFT_EARLY] if a < 0 else s.time[a, DEPARTURE]
    start += duration_into(d, d.num_depots + c, at)
    if start > d.client[c, LATE] + SLACK:
        return False
    end = max(start, d.client[c, EARLY]) + d.client[c, SERVICE]
    end += duration_of(d, d.num_depots + c, to)
    return end <= (d.vehicle[k, SHIFT_LATE] if b < 0 else s.time[b, LATEST]) + SLACK


@inner
def allowed(d: Data, s: Plan, c: int, r: int, a: int, b: int, detour: float, best: float) -> Any:
    """Return the cost of c between a and b of route r; inf when not below best, or not allowed.

    Parameters
    ----------
    d, s, c, r, a, b
        Problem, plan, client, route with room for it, the clients around the place (-1: the ends).
    detour
        Change of the route's distance; the whole of it where the route is empty.
    best
        The cost to be below.
    """
    k, m = s.route[r, TYPE], d.num_depots
    fixed = 0.0 if s.route[r, SIZE] > 0 else d.vehicle[k, FIXED]
    cost = fixed + d.vehicle[k, PER_DISTANCE] * detour
    if d.rich:
        cost = fixed + rich_cost(d, s, c, r, a, b, detour)
    elif d.timed:
        at = d.ends[k, 0] if a < 0 else m + a
        to = d.ends[k, 1] if b < 0 else m + b
        if not in_time(d, s, c, r, a, b, at, to):
            cost = np.inf
    return cost if cost < best else np.inf


@inner
def first_detour(d: Data, c: int, k: int, b: int) -> Any:
    """Return the detour by c before client b, the first of a route; -1: of an empty route."""
    at, m = d.ends[k, 0], d.num_depots
    to = d.ends[k, 1] if b < 0 else m + b
    gap = 0.0 if b < 0 else distance_into(d, to, at)
    return distance_into(d, m + c, at) + distance_of(d, m + c, to) - gap


@inner
def best_place(d: Data, s: Plan, u: Scratch, c: int, touched: int) -> Any:
    """Return the cheapest place of a client below its prize: cost, route (-1: none), client before.

    Places next to the clients near it, those in routes that this iteration has touched, and one
    empty route of each type, are looked at first; all others only when none of these will do. The
    touched routes have room, and may pass the client on a long way between two that are not near.
    """
    best, where, after = d.client[c, PRIZE], -1, -1
    best, where, after = best_nearby(d, s, u, c, best, where, after)
    for place in range(touched):
        r = u.saved[place, WHICH]
        if s.route[r, SIZE] > 0 and fits(d, s, c, r):
            best, where, after = best_in_route(d, s, c, r, d.far[c], best, where, after)
    several = d.vehicle.shape[0] > 1
    for k in range(d.vehicle.shape[0]):
        if s.num_free[k] == 0 or (several and rnd(s.random) < TYPE_SKIP):
            continue
        r = s.free[k, s.num_free[k] - 1]
        if fits(d, s, c, r):
            cost = allowed(d, s, c, r, -1, -1, first_detour(d, c, k, -1), best)
            if cost < best:
                best, where, after = cost, r, -1
    if where < 0:
        best, where, after = best_place_anywhere(d, s, c)
    return best, where, after


@inlined
def best_nearby(d: Data, s: Plan, u: Scratch, c: int, best: float, where: int, after: int) -> Any:
    """Return the cheapest place next to the clients near one, or what is known if that is cheaper.

    To go from v to c and on costs at least twice what c is farther from v than the next visit
    (triangle inequality). So most places are seen to be too far, or without room, by little; they
    are sorted out in a loop without branches, which a processor cannot foresee.
    """
    m, count = d.num_depots, 0
    double, fullest = 2.0 * cheapest_way(d), most_before(d, c)
    latest = d.client[c, LATE] + SLACK
    for place in range(d.near.shape[1]):
        v = d.near[c, place]
        r = s.node[v, ROUTE]
        close = double * (d.near_way[c, place] - s.way[v] - d.bend) < best
        if d.timed:
            close = close & (s.time[v, DEPARTURE] + d.near_time[c, place] <= latest)
        u.open[count] = place
        count += (close | (s.node[v, PREVIOUS] < 0)) & (s.load[r, 0] <= fullest) & (r >= 0)
    for at in range(count):
        place = u.open[at]
        v = d.near[c, place]
        r, b = s.node[v, ROUTE], s.node[v, NEXT]
        if not fits(d, s, c, r):
            continue
        k = s.route[r, TYPE]
        per = d.vehicle[k, PER_DISTANCE]
        to = d.ends[k, 1] if b < 0 else m + b
        detour = distance_into(d, m + c, m + v) + distance_of(d, m + c, to) - s.way[v]
        if per * detour < best:
            cost = allowed(d, s, c, r, v, b, detour, best)
            if cost < best and not skips(d, s):
                best, where, after = cost, r, v
        if s.node[v, PREVIOUS] < 0:
            detour = first_detour(d, c, k, v)
            if per * detour < best:
                cost = allowed(d, s, c, r, -1, v, detour, best)
                if cost < best and not skips(d, s):
                    best, where, after = cost, r, -1
    return best, where, after


@inlined
def cheapest_way(d: Data) -> Any:
    """Return the least cost of a unit of distance."""
    least = d.vehicle[0, PER_DISTANCE]
    for k in range(1, d.vehicle.shape[0]):
        least = min(least, d.vehicle[k, PER_DISTANCE])
    return least


@inlined
def most_before(d: Data, c: int) -> Any:
    """Return the load, in the first dimension, above which no vehicle has room for a client."""
    most = d.capacity[0, 0]
    for k in range(1, d.capacity.shape[0]):
        most = max(most, d.capacity[k, 0])
    return most + SLACK * max(1.0, most) - d.demand[c, 0]


@inner
def best_in_route(
    d: Data, s: Plan, c: int, r: int, far: float, best: float, where: int, after: int
) -> Any:
    """Return the cheapest place of a client in one route, or what is known if that is cheaper.

    Parameters
    ----------
    d, s, c, r
        Problem, plan, client, route with room for it.
    far
        Distance from the client of all that need to be looked at, at least.
    best, where, after
        The cheapest place known: cost, route, client before.
    """
    m, k, a, b = d.num_depots, s.route[r, TYPE], -1, s.route[r, FIRST]
    per = d.vehicle[k, PER_DISTANCE]
    gap = distance_into(d, m + b, d.ends[k, 0])
    while True:
        if per * 2.0 * (far - gap) < best:  # triangle inequality, as above
            at = d.ends[k, 0] if a < 0 else m + a
            to = d.ends[k, 1] if b < 0 else m + b
            detour = distance_into(d, m + c, at) + distance_of(d, m + c, to) - gap
            if per * detour < best:
                cost = allowed(d, s, c, r, a, b, detour, best)
                if cost < best and not skips(d, s):
                    best, where, after = cost, r, a
        if b < 0 or (d.timed and s.time[b, DEPARTURE] > d.client[c, LATE]):
            return best, where, after
        gap, a, b = s.way[b], b, s.node[b, NEXT]


@inner
def best_place_anywhere(d: Data, s: Plan, c: int) -> Any:
    """Return the cheapest place of a client in any route that is in use; as `best_place`."""
    best, where, after = d.client[c, PRIZE], -1, -1
    for r in range(s.route.shape[0]):
        if s.route[r, SIZE] > 0 and fits(d, s, c, r):
            best, where, after = best_in_route(d, s, c, r, 0.0, best, where, after)
    return best, where, after
