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
from flowopt.routing.kernels.ways import distance_of, duration_of

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
        reach = duration_of(d, d.ends[k, 0], m + c)
    else:
        bd, early, late = time[a, B_DURATION], time[a, B_EARLY], time[a, B_LATE]
        reach = bd + duration_of(d, m + a, m + c)
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


@inlined
def in_time(d: Data, s: Plan, c: int, r: int, a: int, b: int, at: int, to: int) -> Any:
    """Return whether c between a and b of route r keeps all windows."""
    k = s.route[r, TYPE]
    start = d.vehicle[k, SHIFT_EARLY] if a < 0 else s.time[a, DEPARTURE]
    start += duration_of(d, at, d.num_depots + c)
    if start > d.client[c, LATE] + SLACK:
        return False
    end = max(start, d.client[c, EARLY]) + d.client[c, SERVICE]
    end += duration_of(d, d.num_depots + c, to)
    return end <= (d.vehicle[k, SHIFT_LATE] if b < 0 else s.time[b, LATEST]) + SLACK


@inlined
def place_cost(d: Data, s: Plan, c: int, r: int, a: int, b: int, best: float) -> Any:
    """Return the cost of c between a and b of route r; inf when not below best, or not allowed."""
    k, m = s.route[r, TYPE], d.num_depots
    at = d.ends[k, 0] if a < 0 else m + a
    to = d.ends[k, 1] if b < 0 else m + b
    detour = distance_of(d, at, m + c) + distance_of(d, m + c, to)
    cost = np.inf
    if s.route[r, SIZE] > 0:
        detour -= distance_of(d, at, to)
        cost = d.vehicle[k, PER_DISTANCE] * detour
    else:
        cost = d.vehicle[k, PER_DISTANCE] * detour + d.vehicle[k, FIXED]
    if d.rich:
        fixed = cost - d.vehicle[k, PER_DISTANCE] * detour
        cost = fixed + rich_cost(d, s, c, r, a, b, detour)
    elif d.timed and cost < best and not in_time(d, s, c, r, a, b, at, to):
        cost = np.inf
    return cost if cost < best else np.inf


@inner
def best_place(d: Data, s: Plan, u: Scratch, c: int, touched: int) -> Any:
    """Return the cheapest place of a client below its prize: cost, route (-1: none), client before.

    Places next to the clients near it, those in routes that this iteration has touched, and one
    empty route of each type, are looked at first; all others only when none of these will do. The
    touched routes have room, and may pass the client on a long way between two that are not near.
    """
    node = s.node
    best, where, after = d.client[c, PRIZE], -1, -1
    for place in range(d.near.shape[1]):
        v = d.near[c, place]
        r = node[v, ROUTE]
        if r < 0 or not fits(d, s, c, r):
            continue
        cost = place_cost(d, s, c, r, v, node[v, NEXT], best)
        if cost < best and not skips(d, s):
            best, where, after = cost, r, v
        if node[v, PREVIOUS] < 0:
            cost = place_cost(d, s, c, r, -1, v, best)
            if cost < best and not skips(d, s):
                best, where, after = cost, r, -1
    for place in range(touched):
        r = u.saved[place, WHICH]
        if s.route[r, SIZE] > 0 and fits(d, s, c, r):
            best, where, after = best_in_route(d, s, c, r, best, where, after)
    several = d.vehicle.shape[0] > 1
    for k in range(d.vehicle.shape[0]):
        if s.num_free[k] == 0 or (several and rnd(s.random) < TYPE_SKIP):
            continue
        r = s.free[k, s.num_free[k] - 1]
        if fits(d, s, c, r):
            cost = place_cost(d, s, c, r, -1, -1, best)
            if cost < best:
                best, where, after = cost, r, -1
    if where < 0:
        best, where, after = best_place_anywhere(d, s, c)
    return best, where, after


@inlined
def best_in_route(d: Data, s: Plan, c: int, r: int, best: float, where: int, after: int) -> Any:
    """Return the cheapest place of a client in one route, or what is known if that is cheaper."""
    a = -1
    while True:
        if d.timed and a >= 0 and s.time[a, DEPARTURE] > d.client[c, LATE]:
            return best, where, after
        b = s.route[r, FIRST] if a < 0 else s.node[a, NEXT]
        cost = place_cost(d, s, c, r, a, b, best)
        if cost < best and not skips(d, s):
            best, where, after = cost, r, a
        if b < 0:
            return best, where, after
        a = b


@inner
def best_place_anywhere(d: Data, s: Plan, c: int) -> Any:
    """Return the cheapest place of a client in any route that is in use; as `best_place`."""
    best, where, after = d.client[c, PRIZE], -1, -1
    for r in range(s.route.shape[0]):
        if s.route[r, SIZE] == 0 or not fits(d, s, c, r):
            continue
        a = -1
        while True:
            b = s.route[r, FIRST] if a < 0 else s.node[a, NEXT]
            cost = place_cost(d, s, c, r, a, b, best)
            if cost < best:
                best, where, after = cost, r, a
            if b < 0:
                break
            a = b
    return best, where, after
