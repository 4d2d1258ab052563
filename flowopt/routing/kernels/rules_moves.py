"""Takes clients out of routes and puts them into others, and takes all of it back."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from flowopt.routing.kernels.compiled import inner, kernel
from flowopt.routing.kernels.rules_layout import (
    COST,
    DISTANCE,
    DURATION,
    FIXED,
    GROUP,
    LATEST,
    LEAST_SLOWNESS,
    MAX_DISTANCE,
    NEXT,
    PARTNER,
    PER_DISTANCE,
    PLAIN,
    PREVIOUS,
    READY,
    RELOAD_DURATION,
    RELOADS,
    ROUTE,
    SERVICE,
    SIZE,
    SPARE,
    TRIP,
    TYPE,
    USED,
    WORK,
    Array,
    Data,
    Plan,
    Scratch,
)
from flowopt.routing.kernels.rules_state import (
    head_of,
    is_client,
    is_in_time,
    is_tail,
    refresh_backward,
    refresh_forward,
    refresh_order,
    refresh_route,
    refresh_trip,
)
from flowopt.routing.kernels.rules_walk import walk
from flowopt.routing.kernels.rules_ways import above, base_time, distance_of

JOIN, RELOAD_FIRST, RELOAD_AFTER = range(3)
"""How a client joins a route: in a trip as it is, or with a reload just before or after it."""


@inner
def take_free(s: Plan, r: int) -> None:
    """Take an empty route into use."""
    k = s.route[r, TYPE]
    at = s.num_free[k] - 1
    while s.free[k, at] != r:
        at -= 1
    s.num_free[k] -= 1
    s.free[k, at] = s.free[k, s.num_free[k]]
    s.counts[USED] += 1


@inner
def give_free(s: Plan, r: int) -> None:
    """Put a route that has become empty back."""
    k = s.route[r, TYPE]
    s.free[k, s.num_free[k]] = r
    s.num_free[k] += 1
    s.counts[USED] -= 1


@inner
def link_in(s: Plan, x: int, a: int) -> None:
    """Put a node behind node a."""
    b = s.link[a, NEXT]
    s.link[x, PREVIOUS], s.link[x, NEXT], s.link[x, ROUTE] = a, b, s.link[a, ROUTE]
    s.link[a, NEXT], s.link[b, PREVIOUS] = x, x


@inner
def link_out(s: Plan, x: int) -> None:
    """Take a node out of its route."""
    a, b = s.link[x, PREVIOUS], s.link[x, NEXT]
    s.link[a, NEXT], s.link[b, PREVIOUS], s.link[x, ROUTE] = b, a, -1


@inner
def add_reload(s: Plan, depot: int, a: int) -> Any:
    """Put a reload behind node a; return its node."""
    s.counts[SPARE] -= 1
    x = s.spare[s.counts[SPARE]]
    s.place[x] = depot
    link_in(s, x, a)
    s.route[s.link[a, ROUTE], RELOADS] += 1
    s.link[x, TRIP] = x
    return x


@inner
def drop_reload(s: Plan, x: int) -> None:
    """Take a reload out of its route."""
    s.route[s.link[x, ROUTE], RELOADS] -= 1
    link_out(s, x)
    s.spare[s.counts[SPARE]] = x
    s.counts[SPARE] += 1


@inner
def count_in(d: Data, s: Plan, c: int, r: int) -> None:
    """Count a client to a route."""
    s.route[r, SIZE] += 1
    if d.bond[c, GROUP] >= 0:
        s.served[d.bond[c, GROUP]] += 1


@inner
def count_out(d: Data, s: Plan, c: int, r: int) -> None:
    """Count a client no longer to a route."""
    s.route[r, SIZE] -= 1
    if d.bond[c, GROUP] >= 0:
        s.served[d.bond[c, GROUP]] -= 1


@inner
def stretch(d: Data, s: Plan, k: int, a: int, b: int) -> Any:
    """Note the distances from node a on to node b; return their sum, and that of least times."""
    far, long = 0.0, 0.0
    while a != b:
        x = s.link[a, NEXT]
        s.way[a] = distance_of(d, k, s.place[a], s.place[x])
        far += s.way[a]
        if d.walked:
            long += base_time(d, k, s.place[a], s.place[x])
        a = x
    return far, long * d.vehicle[k, LEAST_SLOWNESS]


@inner
def insert(d: Data, s: Plan, c: int, a: int, y: int, how: int, depot: int, cost: float) -> None:
    """Put a client, or both clients of a shipment, into a route.

    Parameters
    ----------
    d, s, c
        Problem, plan, the client (of a shipment its pickup).
    a
        The node that it comes behind.
    y
        The node that the delivery of its shipment comes behind: c, or a node behind c.
    how, depot
        Whether a reload comes with them, and where.
    cost
        What the route costs more.
    """
    r, other, origin = s.link[a, ROUTE], d.bond[c, PARTNER], a
    k, end = s.route[r, TYPE], s.link[a, NEXT]
    if other >= 0 and y != c:
        end = s.link[y, NEXT]
    far, long = 0.0, 0.0
    if s.route[r, SIZE] == 0:
        take_free(s, r)
        s.amount[r, PLAIN] = d.vehicle[k, FIXED]
    else:
        far, long = stretch(d, s, k, a, end)
    begin = a if s.link[a, PREVIOUS] < 0 or not is_client(d, a) else s.link[a, TRIP]
    reload, work, last = -1, d.client[c, SERVICE], c
    if how == RELOAD_FIRST:
        reload = add_reload(s, depot, a)
        a = reload
    link_in(s, c, a)
    count_in(d, s, c, r)
    s.amount[r, PLAIN] += d.assignment_cost[c, k]
    if other >= 0:
        link_in(s, other, y)
        count_in(d, s, other, r)
        s.amount[r, PLAIN] += d.assignment_cost[other, k]
        work += d.client[other, SERVICE]
        last = other
    if how == RELOAD_AFTER:
        reload = add_reload(s, depot, last)
    if reload >= 0:
        work += d.vehicle[k, RELOAD_DURATION]
    more, longer = stretch(d, s, k, origin, end)
    s.amount[r, DISTANCE] += more - far
    s.amount[r, PLAIN] += d.vehicle[k, PER_DISTANCE] * (more - far)
    s.amount[r, WORK] += longer - long + work
    s.amount[r, COST] += cost
    bring_up_to_date(d, s, r, begin, c, other, reload)
    if d.walked:
        s.amount[r, COST], s.amount[r, DURATION] = walk(d, s, r, s.amount[r, PLAIN])


@inner
def bring_up_to_date(d: Data, s: Plan, r: int, begin: int, c: int, other: int, reload: int) -> None:
    """Update what is known at the nodes of a route into which clients and a reload have come.

    Parameters
    ----------
    d, s, r
        Problem, plan, route.
    begin
        Where the trip began that they came into.
    c, other, reload
        The client, the other end of its shipment, the reload; -1 for none.
    """
    k = s.route[r, TYPE]
    refresh_trip(d, s, begin)
    if reload >= 0:
        refresh_trip(d, s, reload)
    if d.timed:
        s.time[c, READY] = s.time[c, LATEST] = np.nan  # differs from whatever it will be
        if other >= 0:
            s.time[other, READY] = s.time[other, LATEST] = np.nan
        if reload >= 0:
            s.time[reload, READY] = s.time[reload, LATEST] = np.nan
        if d.released:
            refresh_forward(d, s, k, begin, False)
        if reload >= 0 and s.link[reload, NEXT] == c:
            refresh_forward(d, s, k, reload, False)
        refresh_forward(d, s, k, c, False)
        if other >= 0:
            refresh_forward(d, s, k, other, False)
        if reload >= 0:
            refresh_forward(d, s, k, reload, False)
            refresh_backward(d, s, k, reload, False)
        if other >= 0:
            refresh_backward(d, s, k, other, False)
        refresh_backward(d, s, k, c, False)
        if reload >= 0:
            refresh_backward(d, s, k, reload, False)
    if d.numbered:
        refresh_order(d, s, r)


@inner
def clear(s: Plan, r: int) -> None:
    """Set what is known of a route without clients."""
    for column in range(s.amount.shape[1]):
        s.amount[r, column] = 0.0


@inner
def reckon(d: Data, s: Plan, r: int) -> Any:
    """Bring a route up to date after any change; return its cost, inf when it does not hold.

    Loads are not looked at: clients that leave make room.
    """
    k, head = s.route[r, TYPE], head_of(s, r)
    clear(s, r)
    refresh_route(d, s, r)
    if s.route[r, SIZE] == 0:
        return 0.0
    plain, work = d.vehicle[k, FIXED], 0.0
    far, long = 0.0, 0.0
    a, x = head, s.link[head, NEXT]
    while x >= 0:
        s.way[a] = distance_of(d, k, s.place[a], s.place[x])
        far += s.way[a]
        if d.walked:
            long += base_time(d, k, s.place[a], s.place[x])
        if is_client(d, x):
            plain += d.assignment_cost[x, k]
            work += d.client[x, SERVICE]
        elif not is_tail(s, x):
            work += d.vehicle[k, RELOAD_DURATION]
        a, x = x, s.link[x, NEXT]
    plain += d.vehicle[k, PER_DISTANCE] * far
    cost, duration = plain, 0.0
    if d.walked:
        cost, duration = walk(d, s, r, plain)
    s.amount[r, DISTANCE], s.amount[r, DURATION] = far, duration
    s.amount[r, PLAIN], s.amount[r, COST] = plain, cost
    s.amount[r, WORK] = long * d.vehicle[k, LEAST_SLOWNESS] + work
    if above(far, d.vehicle[k, MAX_DISTANCE]) or not is_in_time(d, s, r):
        return math.inf
    return cost


@kernel
def place_routes(d: Data, s: Plan, stops: Array, begin: Array, types: Array) -> None:
    """Put routes into a plan that is empty.

    Parameters
    ----------
    d, s
        Problem and plan.
    stops
        (v,) stops of the routes, one route behind the other: clients, and reloads at depot m as
        ``-1 - m``.
    begin
        (q + 1,) where each route begins in `stops`, and where the last ends.
    types
        (q,) vehicle types of the routes.
    """
    for r in range(s.route.shape[0]):
        refresh_route(d, s, r)
    for number in range(len(types)):
        k = types[number]
        r = s.free[k, s.num_free[k] - 1]
        take_free(s, r)
        a = head_of(s, r)
        for at in range(begin[number], begin[number + 1]):
            x = stops[at]
            if x < 0:
                x = add_reload(s, -1 - x, a)
            else:
                link_in(s, x, a)
                count_in(d, s, x, r)
            a = x
        reckon(d, s, r)


# ---- an iteration, and back


@inner
def save_node(s: Plan, u: Scratch, x: int, at: int) -> None:
    """Keep what is known at a node."""
    u.way[at] = s.way[x]
    for column in range(u.time.shape[1]):
        u.time[at, column] = s.time[x, column]
    for column in range(u.order.shape[1]):
        u.order[at, column] = s.order[x, column]
    for row in range(u.load.shape[1]):
        for dim in range(u.load.shape[2]):
            u.load[at, row, dim] = s.load[x, row, dim]
    u.open[at] = s.open[x]


@inner
def restore_node(s: Plan, u: Scratch, x: int, at: int) -> None:
    """Set what was known at a node."""
    s.way[x] = u.way[at]
    for column in range(u.time.shape[1]):
        s.time[x, column] = u.time[at, column]
    for column in range(u.order.shape[1]):
        s.order[x, column] = u.order[at, column]
    for row in range(u.load.shape[1]):
        for dim in range(u.load.shape[2]):
            s.load[x, row, dim] = u.load[at, row, dim]
    s.open[x] = u.open[at]


@inner
def save_route(
    d: Data, s: Plan, u: Scratch, iteration: int, r: int, touched: int, filled: int
) -> Any:
    """Keep a route as it is when an iteration first touches it; return the new two counts."""
    if u.touched_in[r] == iteration:
        return touched, filled
    u.touched_in[r], u.touched[touched] = iteration, r
    u.begin[touched], u.old_stamp[touched] = filled, u.stamp[r]
    for column in range(u.amount.shape[1]):
        u.amount[touched, column] = s.amount[r, column]
    x = head_of(s, r)
    while x >= 0:
        u.stop[filled] = x if is_client(d, x) else -1 - s.place[x]
        save_node(s, u, x, filled)
        filled += 1
        x = s.link[x, NEXT]
    u.size[touched] = filled - u.begin[touched]
    return touched + 1, filled


@inner
def stamp_anew(u: Scratch, r: int) -> None:
    """Note that a route is no longer what it was."""
    u.ticks[1] += 1
    u.stamp[r] = u.ticks[1]


@inner
def restore(d: Data, s: Plan, u: Scratch, touched: int) -> None:
    """Bring the routes back that an iteration has touched."""
    for saved in range(touched):
        empty_route(d, s, u.touched[saved])
    for saved in range(touched):
        restore_route(d, s, u, saved)


@inner
def empty_route(d: Data, s: Plan, r: int) -> None:
    """Take all clients and reloads out of a route."""
    if s.route[r, SIZE] > 0:
        give_free(s, r)
    x = s.link[head_of(s, r), NEXT]
    while s.link[x, NEXT] >= 0:
        after = s.link[x, NEXT]
        if is_client(d, x):
            link_out(s, x)
            count_out(d, s, x, r)
        else:
            drop_reload(s, x)
        x = after


@inner
def restore_route(d: Data, s: Plan, u: Scratch, saved: int) -> None:
    """Bring a saved route back into one that is empty."""
    r, begin = u.touched[saved], u.begin[saved]
    u.stamp[r] = u.old_stamp[saved]
    end = begin + u.size[saved] - 1
    a = trip = head_of(s, r)
    restore_node(s, u, a, begin)
    for at in range(begin + 1, end):
        x = u.stop[at]
        if x < 0:
            x = trip = add_reload(s, -1 - x, a)
        else:
            link_in(s, x, a)
            s.link[x, TRIP] = trip
            count_in(d, s, x, r)
        restore_node(s, u, x, at)
        a = x
    restore_node(s, u, s.link[a, NEXT], end)
    if s.route[r, SIZE] > 0:
        take_free(s, r)
    for column in range(u.amount.shape[1]):
        s.amount[r, column] = u.amount[saved, column]
