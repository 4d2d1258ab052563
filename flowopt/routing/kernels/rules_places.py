"""Where a client can come into a route, and what that costs: by what is known at the nodes there.

Only where costs depend on durations, or where there are breaks, is a place that may do judged by a
walk along the route.
"""

from __future__ import annotations

import math
from typing import Any

from flowopt.routing.kernels.compiled import inlined, inner
from flowopt.routing.kernels.rules_layout import (
    BEFORE,
    BEHIND,
    COLLECTED,
    COST,
    DISTANCE,
    DURATION,
    FIXED,
    FROM_HERE,
    LATE,
    LATEST,
    LEAST_SLOWNESS,
    LEAVE,
    LEG,
    LOSS,
    MAX_DISTANCE,
    MAX_RELOADS,
    MAX_VISITS,
    MOST,
    NEXT,
    NUMBER,
    PARTNER,
    PER_DISTANCE,
    PER_DURATION,
    PLAIN,
    PREVIOUS,
    READY,
    REFILL,
    REFILL_END,
    RELEASE,
    RELOAD_DURATION,
    RELOADS,
    ROUTE,
    SERVICE,
    SIZE,
    SKIP,
    SO_FAR,
    TRIP,
    TYPE,
    USED,
    WORK,
    Data,
    Plan,
    Scratch,
)
from flowopt.routing.kernels.rules_moves import (
    JOIN,
    RELOAD_AFTER,
    RELOAD_FIRST,
    add_reload,
    drop_reload,
    link_in,
    link_out,
)
from flowopt.routing.kernels.rules_state import head_of, is_client, is_tail, ready_after
from flowopt.routing.kernels.rules_walk import walk
from flowopt.routing.kernels.rules_ways import (
    SLACK,
    above,
    arrive,
    base_time,
    chance,
    distance_of,
    start_at,
    way_time,
)

AT_ONCE = 8
"""Clients near one whose places are sorted out before any of these is looked at closely."""

UNKNOWN = -1
"""Whether there is room has not been looked at."""

TYPE_SKIP = 0.2
"""Share of the vehicle types that are not looked at for a new route: else a dear one never is."""


@inner
def skips(d: Data, s: Plan) -> Any:
    """Return whether to pass a place by: one in a hundred, counted down between two."""
    if s.counts[SKIP] > 0:
        s.counts[SKIP] -= 1
        return False
    s.counts[SKIP] = int(math.log(1.0 - chance(s)) / d.skip)
    return True


@inner
def skips_type(d: Data, s: Plan) -> Any:
    """Return whether to pass by the vehicles of a type that stand idle, where there are several."""
    return d.vehicle.shape[0] > 1 and chance(s) < TYPE_SKIP


@inner
def suits(d: Data, s: Plan, c: int, r: int) -> Any:
    """Return whether a route may take one more client, this one, wherever it is put."""
    k, other = s.route[r, TYPE], d.bond[c, PARTNER]
    if not d.may_serve[c, k]:
        return False
    if other < 0:
        return s.route[r, SIZE] + 1 <= d.vehicle[k, MAX_VISITS]
    return d.may_serve[other, k] and s.route[r, SIZE] + 2 <= d.vehicle[k, MAX_VISITS]


@inner
def in_order(d: Data, s: Plan, c: int, a: int, b: int) -> Any:
    """Return whether a client between nodes a and b keeps the order of a route."""
    number = d.client[c, NUMBER]
    return not (number < s.order[a, SO_FAR] or number > s.order[b, FROM_HERE])  # no NaN is


@inner
def fits(d: Data, s: Plan, c: int, a: int) -> Any:
    """Return whether the trip has room for a client behind node a."""
    k = s.route[s.link[a, ROUTE], TYPE]
    for dim in range(s.load.shape[2]):
        most = d.capacity[k, dim]
        if above(s.load[a, BEFORE, dim] + d.demand[c, dim], most):
            return False
        if above(s.load[a, BEHIND, dim] + d.pickup[c, dim], most):
            return False
    return True


@inner
def fits_apart(d: Data, s: Plan, c: int, a: int, how: int) -> Any:
    """Return whether there is room for a client, or a shipment, and a reload behind node a."""
    if s.open[a] != 0:
        return False
    k, other = s.route[s.link[a, ROUTE], TYPE], d.bond[c, PARTNER]
    for dim in range(s.load.shape[2]):
        most, collected = d.capacity[k, dim], s.load[a, COLLECTED, dim]
        rest = s.load[a, LEG, dim] - collected
        there, back, between = d.demand[c, dim], d.pickup[c, dim], 0.0
        if other >= 0:
            between = back + d.demand[other, dim] + d.goods[c, dim]
            there += d.demand[other, dim]
            back += d.pickup[other, dim]
        if how == RELOAD_FIRST:
            before, after = rest, s.load[a, BEHIND, dim] - collected
            between += rest
        else:
            before, after = s.load[a, BEFORE, dim] - rest, collected
            between += collected
        if above(max(max(before + there, after + back), between), most):
            return False
    return True


@inner
def ready_when_released(d: Data, s: Plan, k: int, a: int, release: float) -> Any:
    """Return when node a is left if its trip cannot begin before a release time; inf: too late."""
    x = a if not is_client(d, a) else s.link[a, TRIP]
    if release <= s.time[x, READY]:
        return s.time[a, READY]
    if above(release, s.time[x, LEAVE]):
        return math.inf
    ready = release
    while x != a:
        before, x = x, s.link[x, NEXT]
        ready = ready_after(
            d, s, k, x, arrive(d, k, ready, way_time(d, k, s.place[before], s.place[x]))
        )
        if ready <= s.time[x, READY]:
            return s.time[a, READY]
    return ready


@inner
def after_reload(d: Data, k: int, at: int, depot: int, ready: float) -> Any:
    """Return when a vehicle may depart from a reload on its way from a location; inf: too late."""
    arrival = arrive(d, k, ready, way_time(d, k, at, depot))
    if above(arrival, d.hours[depot, 1]):
        return math.inf
    return max(arrival, d.hours[depot, 0]) + d.vehicle[k, RELOAD_DURATION]


@inner
def in_time(d: Data, s: Plan, c: int, a: int, b: int, how: int, depot: int) -> Any:
    """Return whether a client, or a shipment, between nodes a and b keeps all windows."""
    k, other, at = s.route[s.link[a, ROUTE], TYPE], d.bond[c, PARTNER], s.place[a]
    ready, release = s.time[a, READY], d.client[c, RELEASE]
    if other >= 0:
        release = max(release, d.client[other, RELEASE])
    if how == RELOAD_FIRST:
        ready, at = max(after_reload(d, k, at, depot, ready), release), depot
    elif d.released:
        ready = ready_when_released(d, s, k, a, release)
    if math.isinf(ready):
        return False
    ready = start_at(d, c, arrive(d, k, ready, way_time(d, k, at, s.place[c])))
    ready, at = ready + d.client[c, SERVICE], s.place[c]
    if other >= 0:
        ready = start_at(d, other, arrive(d, k, ready, way_time(d, k, at, s.place[other])))
        ready, at = ready + d.client[other, SERVICE], s.place[other]
    if math.isinf(ready):
        return False
    if how == RELOAD_AFTER:
        ready, at = after_reload(d, k, at, depot, ready), depot
    return not above(arrive(d, k, ready, way_time(d, k, at, s.place[b])), s.time[b, LATEST])


@inner
def walked_cost(
    d: Data, s: Plan, c: int, a: int, y: int, how: int, depot: int, plain: float, best: float
) -> Any:
    """Return what a client costs behind node a by a walk along the route; inf if not below best.

    Parameters
    ----------
    d, s
        Problem, plan.
    c, a, y, how, depot
        As in `insert`.
    plain
        What it costs but for durations.
    best
        What it must cost less than.
    """
    r, other = s.link[a, ROUTE], d.bond[c, PARTNER]
    k = s.route[r, TYPE]
    least = s.amount[r, WORK] + d.client[c, SERVICE] - s.amount[r, DURATION]
    if how == JOIN and other < 0:
        at, to = s.place[a], s.place[s.link[a, NEXT]]
        way = base_time(d, k, at, s.place[c]) + base_time(d, k, s.place[c], to)
        if s.route[r, SIZE] > 0:
            way -= base_time(d, k, at, to)
        least += way * d.vehicle[k, LEAST_SLOWNESS]
        if not plain + d.vehicle[k, PER_DURATION] * max(least, 0.0) < best:
            return math.inf
    reload = -1
    if how == RELOAD_FIRST:
        a = reload = add_reload(s, depot, a)
    link_in(s, c, a)
    if other >= 0:
        link_in(s, other, y)
    if how == RELOAD_AFTER:
        reload = add_reload(s, depot, c if other < 0 else other)
    cost, duration = walk(d, s, r, s.amount[r, PLAIN] + plain)
    cost -= s.amount[r, COST]
    if reload >= 0:
        drop_reload(s, reload)
    if other >= 0:
        link_out(s, other)
    link_out(s, c)
    if duration > s.cost[1]:
        cost += d.longest_cost * (duration - s.cost[1])
    return cost if cost < best else math.inf


@inner
def place_cost(d: Data, s: Plan, c: int, a: int, best: float) -> Any:
    """Return the cost of a client behind node a; inf when not below best, or not allowed."""
    r, b = s.link[a, ROUTE], s.link[a, NEXT]
    k, at, here, to = s.route[r, TYPE], s.place[a], s.place[c], s.place[b]
    detour = distance_of(d, k, at, here) + distance_of(d, k, here, to)
    cost = d.assignment_cost[c, k]
    if s.route[r, SIZE] > 0:
        detour -= distance_of(d, k, at, to)
    else:
        cost += d.vehicle[k, FIXED]
    cost += d.vehicle[k, PER_DISTANCE] * detour
    if not cost < best:
        return math.inf
    if not fits(d, s, c, a) or above(s.amount[r, DISTANCE] + detour, d.vehicle[k, MAX_DISTANCE]):
        return math.inf
    if d.numbered and not in_order(d, s, c, a, b):
        return math.inf
    if d.timed and not in_time(d, s, c, a, b, JOIN, -1):
        return math.inf
    return walked_cost(d, s, c, a, c, JOIN, -1, cost, best) if d.walked else cost


@inner
def reload_cost(d: Data, s: Plan, c: int, a: int, best: float) -> Any:
    """Return the least cost of a client, or a shipment, behind node a with a reload next to it.

    Returns
    -------
    tuple
        Cost (inf when not below best, or not allowed), whether the reload is first, its depot.
    """
    r, b, other = s.link[a, ROUTE], s.link[a, NEXT], d.bond[c, PARTNER]
    k, at, to, here = s.route[r, TYPE], s.place[a], s.place[b], s.place[c]
    how_best, depot_best = JOIN, -1
    if s.route[r, RELOADS] + 1 > d.vehicle[k, MAX_RELOADS] or s.open[a] != 0:
        return math.inf, how_best, depot_best
    if d.numbered and not in_order(d, s, c, a, b):
        return math.inf, how_best, depot_best
    there, plain, between = here, d.assignment_cost[c, k], 0.0
    if other >= 0:
        there = s.place[other]
        between = distance_of(d, k, here, there)
        plain += d.assignment_cost[other, k]
        if d.numbered and not in_order(d, s, other, a, b):
            return math.inf, how_best, depot_best
        if d.client[other, NUMBER] < d.client[c, NUMBER]:
            return math.inf, how_best, depot_best
    between -= distance_of(d, k, at, to)
    least = math.inf
    for how in (RELOAD_FIRST, RELOAD_AFTER):
        if not is_client(d, a if how == RELOAD_FIRST else b):
            continue
        room = UNKNOWN
        for place in range(d.kind[k, REFILL], d.kind[k, REFILL_END]):
            depot = d.refill[place]
            if how == RELOAD_FIRST:
                detour = distance_of(d, k, at, depot) + distance_of(d, k, depot, here)
                detour += between + distance_of(d, k, there, to)
            else:
                detour = distance_of(d, k, at, here) + between
                detour += distance_of(d, k, there, depot) + distance_of(d, k, depot, to)
            cost = plain + d.vehicle[k, PER_DISTANCE] * detour
            if not cost < best:
                continue
            if above(s.amount[r, DISTANCE] + detour, d.vehicle[k, MAX_DISTANCE]):
                continue
            if room == UNKNOWN:  # looked at only where it matters
                room = int(fits_apart(d, s, c, a, how))
            if not room:
                break
            if d.timed and not in_time(d, s, c, a, b, how, depot):
                continue
            if d.walked:
                cost = walked_cost(d, s, c, a, c, how, depot, cost, best)
            if cost < best:
                best = least = cost
                how_best, depot_best = how, depot
    return least, how_best, depot_best


@inner
def best_place(d: Data, s: Plan, u: Scratch, c: int) -> Any:
    """Return the cheapest place of a client below what is lost without it.

    Places next to the clients near it, and one empty route of each type, are looked at first; all
    others only when none of these will do.

    Returns
    -------
    tuple
        Cost, node before (-1: none), whether a reload comes with it, where.
    """
    best, after, how, depot = d.client[c, LOSS], -1, JOIN, -1
    per = cheapest_way(d)
    for begin in range(0, d.near.shape[1], AT_ONCE):
        count = sort_out(d, s, u, c, begin, per, best)
        for at in range(count):
            v = int(u.close[at])
            r = s.link[v, ROUTE]
            if not suits(d, s, c, r):
                continue
            a = v
            while True:
                cost = place_cost(d, s, c, a, best)
                if cost < best and not skips(d, s):
                    best, after, how, depot = cost, a, JOIN, -1
                if d.vehicle[s.route[r, TYPE], MAX_RELOADS] > 0.0:
                    cost, way, where = reload_cost(d, s, c, a, best)
                    if cost < best and not skips(d, s):
                        best, after, how, depot = cost, a, way, where
                if a != v or is_client(d, s.link[v, PREVIOUS]):
                    break
                a = s.link[v, PREVIOUS]  # in front of the first of a trip, too
    if s.counts[USED] < s.counts[MOST]:
        for attempt in range(2):
            for k in range(d.vehicle.shape[0]):
                if s.num_free[k] == 0 or (attempt == 0 and skips_type(d, s)):
                    continue
                r = s.free[k, s.num_free[k] - 1]
                if suits(d, s, c, r):
                    cost = place_cost(d, s, c, head_of(s, r), best)
                    if cost < best:
                        best, after, how, depot = cost, head_of(s, r), JOIN, -1
            if after >= 0:
                break
    if after < 0:
        best, after, how, depot = best_place_anywhere(d, s, c)
    return best, after, how, depot


@inlined
def sort_out(d: Data, s: Plan, u: Scratch, c: int, begin: int, per: float, best: float) -> Any:
    """Note some clients near one next to whom it may cost less than the best; return their number.

    To go from v to c and on costs at least twice what c is farther from v than the next visit
    (triangle inequality), and a vehicle that leaves v too late need not be looked at. So most are
    sorted out in a loop without branches, which a processor cannot foresee.

    Parameters
    ----------
    d, s, u, c
        Problem, plan, scratch, client.
    begin
        The first of those near it that are looked at, `AT_ONCE` in all.
    per
        Least cost of a unit of distance.
    best
        The cost to be below.
    """
    count, double = 0, 2.0 * per
    latest = d.client[c, LATE] + SLACK * max(1.0, abs(d.client[c, LATE]))
    for place in range(begin, min(begin + AT_ONCE, d.near.shape[1])):
        v = d.near[c, place]
        near = double * (d.near_way[c, place] - s.way[v] - d.bend) < best
        if d.timed:
            near = near & (s.time[v, READY] + d.near_time[c, place] <= latest)
        u.close[count] = v
        count += (near | (not is_client(d, s.link[v, PREVIOUS]))) & (s.link[v, ROUTE] >= 0)
    return count


@inlined
def cheapest_way(d: Data) -> Any:
    """Return the least cost of a unit of distance."""
    least = d.vehicle[0, PER_DISTANCE]
    for k in range(1, d.vehicle.shape[0]):
        least = min(least, d.vehicle[k, PER_DISTANCE])
    return least


@inner
def best_place_anywhere(d: Data, s: Plan, c: int) -> Any:
    """Return the cheapest place of a client in any route that is in use; as `best_place`."""
    best, after, how, depot = d.client[c, LOSS], -1, JOIN, -1
    for r in range(s.route.shape[0]):
        if s.route[r, SIZE] == 0 or not suits(d, s, c, r):
            continue
        a = head_of(s, r)
        while not is_tail(s, a):
            cost = place_cost(d, s, c, a, best)
            if cost < best:
                best, after, how, depot = cost, a, JOIN, -1
            if d.vehicle[s.route[r, TYPE], MAX_RELOADS] > 0.0:
                cost, way, where = reload_cost(d, s, c, a, best)
                if cost < best:
                    best, after, how, depot = cost, a, way, where
            a = s.link[a, NEXT]
    return best, after, how, depot
