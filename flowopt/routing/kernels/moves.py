"""Takes clients out of routes and puts them into others, and takes all of it back."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowopt.routing.kernels.compiled import inner, kernel
from flowopt.routing.kernels.layout import (
    BANK,
    BEGIN,
    COUNT,
    DEPARTURE,
    DISTANCE,
    DURATION,
    FIRST,
    FIXED,
    LAST,
    LATEST,
    NEXT,
    NUM_TIMES,
    PER_DISTANCE,
    PER_DURATION,
    PREVIOUS,
    PRIZE,
    ROUTE,
    SAVED_IN,
    SIZE,
    TYPE,
    USED,
    WHICH,
    Array,
    Data,
    Plan,
    Scratch,
)
from flowopt.routing.kernels.times import refresh_backward, refresh_forward, route_duration
from flowopt.routing.kernels.ways import distance_of


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
def insert(d: Data, s: Plan, c: int, r: int, a: int) -> None:
    """Put client c behind client a (-1: in front) of route r."""
    node, route, m = s.node, s.route, d.num_depots
    k = route[r, TYPE]
    at = d.ends[k, 0] if a < 0 else m + a
    there = distance_of(d, at, m + c)
    if route[r, SIZE] == 0:
        take_free(s, r)
        b = -1
        s.way[c] = distance_of(d, m + c, d.ends[k, 1])
        s.length[r, DISTANCE] = there + s.way[c]
    else:
        b = route[r, FIRST] if a < 0 else node[a, NEXT]
        to = d.ends[k, 1] if b < 0 else m + b
        s.way[c] = distance_of(d, m + c, to)
        gap = distance_of(d, at, to) if a < 0 else s.way[a]
        s.length[r, DISTANCE] += there + s.way[c] - gap
    node[c, PREVIOUS], node[c, NEXT], node[c, ROUTE] = a, b, r
    if a < 0:
        route[r, FIRST] = c
    else:
        node[a, NEXT] = c
        s.way[a] = there
    if b < 0:
        route[r, LAST] = c
    else:
        node[b, PREVIOUS] = c
    route[r, SIZE] += 1
    for dim in range(s.load.shape[1]):
        s.load[r, dim] += d.demand[c, dim]
    if d.timed or d.rich:
        s.time[c, DEPARTURE] = s.time[c, LATEST] = -np.inf  # no time that was: all anew
        refresh_forward(d, s, r, c)
        refresh_backward(d, s, r, c)
        if d.rich:
            s.length[r, DURATION] = route_duration(d, s, r)


@kernel
def place_routes(d: Data, s: Plan, visits: Array, begin: Array, types: Array) -> None:
    """Put routes into a plan that is empty.

    Parameters
    ----------
    d, s
        Problem and plan.
    visits
        (v,) clients of the routes, one route behind the other.
    begin
        (q + 1,) where each route begins in `visits`, and where the last ends.
    types
        (q,) vehicle types of the routes.
    """
    for place in range(len(types)):
        k = types[place]
        r, before = s.free[k, s.num_free[k] - 1], -1
        for at in range(begin[place], begin[place + 1]):
            insert(d, s, visits[at], r, before)
            before = visits[at]


@kernel
def list_routes(s: Plan, visits: Array, begin: Array, types: Array) -> Any:
    """List the routes of a plan, as `place_routes` takes them; return how many they are.

    Parameters
    ----------
    s
        Plan.
    visits, begin, types
        (v,), (q + 1,), (q,) or longer: filled from the front.
    """
    count, filled = 0, 0
    for r in range(s.route.shape[0]):
        if s.route[r, SIZE] == 0:
            continue
        begin[count], types[count] = filled, s.route[r, TYPE]
        count += 1
        c = s.route[r, FIRST]
        while c >= 0:
            visits[filled] = c
            filled += 1
            c = s.node[c, NEXT]
    begin[count] = filled
    return count


@inner
def unlink(d: Data, s: Plan, c: int) -> Any:
    """Take a client out of its route, times aside; return the change of the route's distance."""
    node, route, m = s.node, s.route, d.num_depots
    r, before, after = node[c, ROUTE], node[c, PREVIOUS], node[c, NEXT]
    k = route[r, TYPE]
    at = d.ends[k, 0] if before < 0 else m + before
    to = d.ends[k, 1] if after < 0 else m + after
    way = distance_of(d, at, to)
    if before < 0:
        there = distance_of(d, at, m + c)
        route[r, FIRST] = after
    else:
        there = s.way[before]
        node[before, NEXT] = after
        s.way[before] = way
    if after < 0:
        route[r, LAST] = before
    else:
        node[after, PREVIOUS] = before
    gone = s.way[c]
    node[c, ROUTE], s.way[c] = -1, -np.inf
    route[r, SIZE] -= 1
    for dim in range(s.load.shape[1]):
        s.load[r, dim] -= d.demand[c, dim]
    return way - there - gone


@inner
def close_gap(d: Data, s: Plan, r: int, left: int, right: int, change: float) -> Any:
    """Bring a route up to date after clients between left and right went; return the cost change.

    Parameters
    ----------
    d, s, r
        Problem, plan, route.
    left, right
        The clients next to what went (-1: the ends); some between them may have stayed.
    change
        Of the route's distance.
    """
    k = s.route[r, TYPE]
    cost = d.vehicle[k, PER_DISTANCE] * change
    s.length[r, DISTANCE] += change
    if s.route[r, SIZE] == 0:
        # what unlinking counted for no way at all
        empty = distance_of(d, d.ends[k, 0], d.ends[k, 1])
        cost -= d.vehicle[k, FIXED] + d.vehicle[k, PER_DISTANCE] * empty
        cost -= d.vehicle[k, PER_DURATION] * s.length[r, DURATION]
        s.length[r, DISTANCE] = s.length[r, DURATION] = 0.0
        for dim in range(s.load.shape[1]):
            s.load[r, dim] = 0.0  # no rounding stays behind
        give_free(s, r)
        return cost
    if not (d.timed or d.rich):
        return cost
    c = s.route[r, FIRST] if left < 0 else s.node[left, NEXT]
    while c >= 0:  # a refresh ends where nothing changes, which may be before the second gap
        refresh_forward(d, s, r, c)
        if c == right:
            break
        c = s.node[c, NEXT]
    c = s.route[r, LAST] if right < 0 else s.node[right, PREVIOUS]
    while c >= 0:
        refresh_backward(d, s, r, c)
        if c == left:
            break
        c = s.node[c, PREVIOUS]
    if d.rich:
        duration = route_duration(d, s, r)
        cost += d.vehicle[k, PER_DURATION] * (duration - s.length[r, DURATION])
        s.length[r, DURATION] = duration
    return cost


@inner
def remove_span(
    d: Data, s: Plan, u: Scratch, c: int, span: int, keep_from: int, keep: int, num_removed: int
) -> Any:
    """Take a piece of a route out, but for some clients in its middle; return the cost change.

    Parameters
    ----------
    d, s, u
        Problem, plan, scratch.
    c
        First client of the piece.
    span
        Number of clients in it.
    keep_from, keep
        Which of them stay: the first by its place in the piece, and how many.
    num_removed
        How many are out already; the piece is added behind them.
    """
    r = s.node[c, ROUTE]
    left, change, lost = s.node[c, PREVIOUS], 0.0, 0.0
    for place in range(span):
        after = s.node[c, NEXT]
        if not keep_from <= place < keep_from + keep:
            change += unlink(d, s, c)
            lost += d.client[c, PRIZE]
            u.removed[num_removed] = c
            num_removed += 1
        c = after
    return lost + close_gap(d, s, r, left, c, change)


@inner
def save_route(
    d: Data, s: Plan, u: Scratch, iteration: int, r: int, touched: int, filled: int
) -> Any:
    """Keep a route as it is when an iteration first touches it; return the new two counts."""
    if u.mark[r, SAVED_IN] == iteration:
        return touched, filled
    u.mark[r, SAVED_IN], u.saved[touched, WHICH] = iteration, r
    u.saved[touched, BEGIN], u.saved[touched, COUNT] = filled, s.route[r, SIZE]
    for dim in range(s.load.shape[1]):
        u.load[touched, dim] = s.load[r, dim]
    u.length[touched, DISTANCE] = s.length[r, DISTANCE]
    u.length[touched, DURATION] = s.length[r, DURATION]
    c = s.route[r, FIRST] if s.route[r, SIZE] > 0 else -1
    while c >= 0:
        u.node[filled], u.way[filled] = c, s.way[c]
        if d.rich:
            for column in range(NUM_TIMES):
                u.time[filled, column] = s.time[c, column]
        elif d.timed:
            u.time[filled, DEPARTURE] = s.time[c, DEPARTURE]
            u.time[filled, LATEST] = s.time[c, LATEST]
        filled += 1
        c = s.node[c, NEXT]
    return touched + 1, filled


@inner
def restore(d: Data, s: Plan, u: Scratch, touched: int, num_removed: int, num_bank: int) -> None:
    """Take an iteration back."""
    for place in range(num_removed):
        s.node[u.removed[place], ROUTE], s.way[u.removed[place]] = -1, -np.inf
    for saved in range(touched):
        restore_route(d, s, u, saved)
    s.counts[BANK] = num_bank
    for place in range(num_bank):
        s.bank[place] = u.bank[place]


@inner
def restore_route(d: Data, s: Plan, u: Scratch, saved: int) -> None:
    """Bring a saved route back."""
    r, was, begin = u.saved[saved, WHICH], u.saved[saved, COUNT], u.saved[saved, BEGIN]
    if s.route[r, SIZE] == 0 and was > 0:
        take_free(s, r)
    elif s.route[r, SIZE] > 0 and was == 0:
        give_free(s, r)
    s.route[r, SIZE] = was
    for dim in range(s.load.shape[1]):
        s.load[r, dim] = u.load[saved, dim]
    s.length[r, DISTANCE] = u.length[saved, DISTANCE]
    s.length[r, DURATION] = u.length[saved, DURATION]
    before = -1
    for place in range(begin, begin + was):
        c = u.node[place]
        s.node[c, ROUTE], s.node[c, PREVIOUS], s.way[c] = r, before, u.way[place]
        if before < 0:
            s.route[r, FIRST] = c
        else:
            s.node[before, NEXT] = c
        if d.rich:
            for column in range(NUM_TIMES):
                s.time[c, column] = u.time[place, column]
        elif d.timed:
            s.time[c, DEPARTURE] = u.time[place, DEPARTURE]
            s.time[c, LATEST] = u.time[place, LATEST]
        before = c
    if before >= 0:
        s.node[before, NEXT] = -1
        s.route[r, LAST] = before
