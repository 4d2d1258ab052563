"""Where a shipment can come into a route: its pickup and, in the same trip, its delivery behind."""

from __future__ import annotations

import math
from typing import Any

from flowopt.routing.kernels.compiled import inner
from flowopt.routing.kernels.rules_layout import (
    BEFORE,
    BEHIND,
    DISTANCE,
    FIXED,
    LATE,
    LATEST,
    LEG,
    LOSS,
    MAX_DISTANCE,
    MAX_RELOADS,
    MOST,
    NEXT,
    NUMBER,
    PARTNER,
    PER_DISTANCE,
    READY,
    RELEASE,
    ROUTE,
    SERVICE,
    SIZE,
    TYPE,
    USED,
    Data,
    Plan,
    Scratch,
)
from flowopt.routing.kernels.rules_moves import JOIN
from flowopt.routing.kernels.rules_places import (
    in_order,
    ready_when_released,
    reload_cost,
    skips,
    skips_type,
    suits,
    walked_cost,
)
from flowopt.routing.kernels.rules_state import head_of, is_client, is_tail
from flowopt.routing.kernels.rules_ways import above, arrive, distance_of, start_at, way_time


@inner
def best_pair(d: Data, s: Plan, u: Scratch, c: int) -> Any:
    """Return the cheapest place of a shipment below what is lost without it.

    Routes of clients near its two ends, and one empty route of each type, are looked at first; all
    others only when none of these will do.

    Parameters
    ----------
    d, s, u
        Problem, plan, scratch.
    c
        Its pickup.

    Returns
    -------
    tuple
        Cost, node before the pickup (-1: none), node before the delivery, whether a reload comes
        with it, where.
    """
    found = d.client[c, LOSS], -1, -1, JOIN, -1
    u.ticks[0] += 1
    tick, other = u.ticks[0], d.bond[c, PARTNER]
    for place in range(2 * d.near.shape[1]):
        v = d.near[c if place % 2 == 0 else other, place // 2]
        r = s.link[v, ROUTE]
        if r < 0 or u.looked_at[r] == tick:
            continue
        u.looked_at[r] = tick
        found = best_known(d, s, u, c, r, found)
    if s.counts[USED] < s.counts[MOST]:
        for attempt in range(2):
            for k in range(d.vehicle.shape[0]):
                if s.num_free[k] > 0 and not (attempt == 0 and skips_type(d, s)):
                    r = s.free[k, s.num_free[k] - 1]
                    found = best_known(d, s, u, c, r, found)
            if found[1] >= 0:
                break
    if found[1] < 0:
        for r in range(s.route.shape[0]):
            if s.route[r, SIZE] > 0 and u.looked_at[r] != tick:
                found = best_known(d, s, u, c, r, found)
    return found


@inner
def best_known(d: Data, s: Plan, u: Scratch, c: int, r: int, found: Any) -> Any:
    """Return the cheapest place of a shipment in a route, if it is below the one found before.

    What was found in the route as it is now is remembered: few routes change in an iteration, and
    most changes are taken back. A place in a hundred is passed by for the next best of the route.
    """
    if not suits(d, s, c, r):
        return found
    remembers = u.known_of.shape[0] > 0 and not d.vehicle[s.route[r, TYPE], MAX_RELOADS] > 0.0
    slot = u.stamp[r] % u.known_of.shape[1]
    if remembers and u.known_of[c, slot] == u.stamp[r]:
        if not u.known_cost[c, slot] < found[0]:
            return found
        a, y = int(u.known_place[c, slot, 0]), int(u.known_place[c, slot, 1])
        if a >= 0:
            if skips(d, s):
                return best_in_route(d, s, u, c, r, a, y, found)
            return u.known_cost[c, slot], a, y, JOIN, -1
    fresh = best_in_route(d, s, u, c, r, -1, -1, found)
    better = fresh[0] < found[0]
    if remembers:
        u.known_of[c, slot], u.known_cost[c, slot] = u.stamp[r], fresh[0]
        u.known_place[c, slot, 0] = fresh[1] if better else -1
        u.known_place[c, slot, 1] = fresh[2] if better else -1
    if better and skips(d, s):
        return best_in_route(d, s, u, c, r, fresh[1], fresh[2], found)
    return fresh


@inner
def best_in_route(
    d: Data, s: Plan, u: Scratch, c: int, r: int, not_a: int, not_y: int, found: Any
) -> Any:
    """Return the cheapest place of a shipment in a route that suits it, or what was found.

    Parameters
    ----------
    d, s, u, c, r
        Problem, plan, scratch, pickup, route.
    not_a, not_y
        The nodes before pickup and delivery of the place that is passed by; -1 for none.
    found
        What is returned if nothing is better.
    """
    k, other = s.route[r, TYPE], d.bond[c, PARTNER]
    plain = d.assignment_cost[c, k] + d.assignment_cost[other, k]
    if s.route[r, SIZE] == 0:
        plain += d.vehicle[k, FIXED]
    per, here, there = d.vehicle[k, PER_DISTANCE], s.place[c], s.place[other]
    between = distance_of(d, k, here, there)
    shortest = look_at_deliveries(d, s, u, c, r)
    release = max(d.client[c, RELEASE], d.client[other, RELEASE])
    a = head_of(s, r)
    while not is_tail(s, a):
        b = s.link[a, NEXT]
        at, to = s.place[a], s.place[b]
        gap = distance_of(d, k, at, to) if s.route[r, SIZE] > 0 else 0.0
        first = distance_of(d, k, at, here) - gap
        close = first + between + distance_of(d, k, there, to)
        apart = first + distance_of(d, k, here, to)
        if plain + per * min(close, apart + shortest) < found[0]:
            ready = ready_at_pickup(d, s, c, a, b, release)
            if not math.isinf(ready):
                if plain + per * close < found[0] and not (a == not_a and c == not_y):
                    found = together(d, s, c, a, ready, plain + per * close, close, found)
                if not math.isinf(shortest) and plain + per * (apart + shortest) < found[0]:
                    passed = not_y if a == not_a else -1
                    found = asunder(d, s, u, c, a, ready, plain, apart, passed, found)
        if d.vehicle[k, MAX_RELOADS] > 0.0 and s.route[r, SIZE] > 0:
            cost, how, depot = reload_cost(d, s, c, a, found[0])
            if cost < found[0] and not skips(d, s):
                found = cost, int(a), int(c), how, depot
        a = b
    return found


@inner
def look_at_deliveries(d: Data, s: Plan, u: Scratch, c: int, r: int) -> Any:
    """Note the detour of the delivery behind each node of a route; return the shortest.

    The detour is inf where the delivery cannot be whatever the place of the pickup.
    """
    k, other, shortest = s.route[r, TYPE], d.bond[c, PARTNER], math.inf
    there, late = s.place[other], d.client[other, LATE]
    y = s.link[head_of(s, r), NEXT]
    while not is_tail(s, y):
        z = s.link[y, NEXT]
        u.detour[y] = math.inf
        if is_client(d, y) and s.time[y, READY] <= late and delivery_fits(d, s, c, y):
            at, to = s.place[y], s.place[z]
            ready, in_windows = 0.0, True
            if d.timed:
                ready = arrive(d, k, s.time[y, READY], way_time(d, k, at, there))
                ready = start_at(d, other, ready) + d.client[other, SERVICE]
                ready = arrive(d, k, ready, way_time(d, k, there, to))
                in_windows = not above(ready, s.time[z, LATEST])
            if in_windows and (not d.numbered or in_order(d, s, other, y, z)):
                detour = distance_of(d, k, at, there) + distance_of(d, k, there, to)
                u.detour[y] = detour - distance_of(d, k, at, to)
                shortest = min(shortest, u.detour[y])
        y = z
    return shortest


@inner
def delivery_fits(d: Data, s: Plan, c: int, y: int) -> Any:
    """Return whether the trip has room from a delivery behind node y on, and just before it."""
    k, other = s.route[s.link[y, ROUTE], TYPE], d.bond[c, PARTNER]
    for dim in range(s.load.shape[2]):
        most = d.capacity[k, dim]
        on_board = d.pickup[c, dim] + d.goods[c, dim] + d.demand[other, dim]
        if above(s.load[y, LEG, dim] + on_board, most):
            return False
        if above(s.load[y, BEHIND, dim] + d.pickup[c, dim] + d.pickup[other, dim], most):
            return False
    return True


@inner
def on_board_fits(d: Data, s: Plan, c: int, y: int) -> Any:
    """Return whether there is room for a shipment on the leg behind node y."""
    k, other = s.route[s.link[y, ROUTE], TYPE], d.bond[c, PARTNER]
    for dim in range(s.load.shape[2]):
        on_board = d.pickup[c, dim] + d.goods[c, dim] + d.demand[other, dim]
        if above(s.load[y, LEG, dim] + on_board, d.capacity[k, dim]):
            return False
    return True


@inner
def ready_at_pickup(d: Data, s: Plan, c: int, a: int, b: int, release: float) -> Any:
    """Return when a pickup behind node a is left; inf when it cannot be there."""
    k, other = s.route[s.link[a, ROUTE], TYPE], d.bond[c, PARTNER]
    if above(d.timed and s.time[a, READY], d.client[c, LATE]):
        return math.inf
    for dim in range(s.load.shape[2]):
        there = d.demand[c, dim] + d.demand[other, dim]
        if above(s.load[a, BEFORE, dim] + there, d.capacity[k, dim]):
            return math.inf
    if not on_board_fits(d, s, c, a) or (d.numbered and not in_order(d, s, c, a, b)):
        return math.inf
    if not d.timed:
        return 0.0
    ready = s.time[a, READY]
    if d.released:
        ready = ready_when_released(d, s, k, a, release)
        if math.isinf(ready):
            return ready
    ready = arrive(d, k, ready, way_time(d, k, s.place[a], s.place[c]))
    return start_at(d, c, ready) + d.client[c, SERVICE]


@inner
def together(
    d: Data, s: Plan, c: int, a: int, ready: float, cost: float, detour: float, found: Any
) -> Any:
    """Return the place behind node a with the delivery just behind the pickup, or what was found.

    Parameters
    ----------
    d, s, c, a
        Problem, plan, pickup, node before it.
    ready
        When the pickup is left.
    cost, detour
        What it costs but for durations, and the change of the distance.
    found
        What is returned if this is not better.
    """
    r, b, other = s.link[a, ROUTE], s.link[a, NEXT], d.bond[c, PARTNER]
    k = s.route[r, TYPE]
    if above(s.amount[r, DISTANCE] + detour, d.vehicle[k, MAX_DISTANCE]):
        return found
    for dim in range(s.load.shape[2]):
        back = d.pickup[c, dim] + d.pickup[other, dim]
        if above(s.load[a, BEHIND, dim] + back, d.capacity[k, dim]):
            return found
    if d.client[other, NUMBER] < d.client[c, NUMBER]:
        return found
    if d.numbered and not in_order(d, s, other, a, b):
        return found
    if d.timed:
        ready = arrive(d, k, ready, way_time(d, k, s.place[c], s.place[other]))
        ready = start_at(d, other, ready) + d.client[other, SERVICE]
        ready = arrive(d, k, ready, way_time(d, k, s.place[other], s.place[b]))
        if above(ready, s.time[b, LATEST]):
            return found
    if d.walked:
        cost = walked_cost(d, s, c, a, c, JOIN, -1, cost, found[0])
    return (cost, int(a), int(c), JOIN, -1) if cost < found[0] else found


@inner
def asunder(
    d: Data,
    s: Plan,
    u: Scratch,
    c: int,
    a: int,
    ready: float,
    plain: float,
    apart: float,
    passed: int,
    found: Any,
) -> Any:
    """Return the best place with the pickup behind node a and clients between, or what was found.

    Parameters
    ----------
    d, s, u, c, a
        Problem, plan, scratch, pickup, node before it.
    ready
        When the pickup is left.
    plain
        What it costs but for distance and durations.
    apart
        Change of the distance by the pickup.
    passed
        The node behind which the delivery does not come; -1 for none.
    found
        What is returned if nothing is better.
    """
    r, y, other = s.link[a, ROUTE], s.link[a, NEXT], d.bond[c, PARTNER]
    k, before, delivery = s.route[r, TYPE], s.place[c], s.place[other]
    while is_client(d, y):
        if d.timed:
            ready = arrive(d, k, ready, way_time(d, k, before, s.place[y]))
            if above(ready, s.time[y, LATEST]):
                break
            ready = start_at(d, y, ready) + d.client[y, SERVICE]
        if not on_board_fits(d, s, c, y):
            break
        z, before = s.link[y, NEXT], s.place[y]
        detour, cost = apart + u.detour[y], math.inf
        if not math.isinf(detour):
            cost = plain + d.vehicle[k, PER_DISTANCE] * detour
        if cost < found[0] and y != passed:
            good = not above(s.amount[r, DISTANCE] + detour, d.vehicle[k, MAX_DISTANCE])
            if d.client[other, NUMBER] < d.client[c, NUMBER]:
                good = False
            if good and d.timed:
                then = arrive(d, k, ready, way_time(d, k, before, delivery))
                then = start_at(d, other, then) + d.client[other, SERVICE]
                then = arrive(d, k, then, way_time(d, k, delivery, s.place[z]))
                good = not above(then, s.time[z, LATEST])
            if good and d.walked:
                cost = walked_cost(d, s, c, a, y, JOIN, -1, cost, found[0])
            if good and cost < found[0]:
                found = cost, int(a), int(y), JOIN, -1
        y = z
    return found
