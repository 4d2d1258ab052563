"""Routes of the penalised local search: pieces of routes joined, and routes brought up to date.

Pieces are joined as in Vidal et al., Computers & OR 40 (2013) 475-489: a piece has a duration, a
time warp, and the earliest and latest start between which both are least.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowopt.routing.kernels.compiled import inlined, inner, kernel
from flowopt.routing.kernels.layout import (
    FIXED,
    MAX_DISTANCE,
    MAX_DURATION,
    PER_DISTANCE,
    PER_DURATION,
    PRIZE,
    Array,
    Data,
)
from flowopt.routing.kernels.local_layout import (
    AWAY,
    BACK,
    COST,
    IN_BANK,
    KIND,
    LENGTH,
    LOADS,
    LOOSE,
    NEXT,
    OVER_DISTANCE,
    OVER_DURATION,
    OWN_EARLY,
    OWN_LATE,
    OWN_SERVICE,
    P_DURATION,
    P_EARLY,
    P_LATE,
    P_WARP,
    POSITION,
    PREVIOUS,
    ROUTE,
    S_DURATION,
    S_EARLY,
    S_LATE,
    S_WARP,
    TIMELY,
    WARP,
    WHOLE,
    Local,
)
from flowopt.routing.kernels.places import SLACK
from flowopt.routing.kernels.ways import distance_of, duration_of


@inlined
def way(d: Data, s: Local, x: int, y: int) -> Any:
    """Return the distance between two nodes."""
    return distance_of(d, s.at[x], s.at[y])


@inlined
def lapse(d: Data, s: Local, x: int, y: int) -> Any:
    """Return the duration of the way between two nodes."""
    return duration_of(d, s.at[x], s.at[y])


@inner
def append(d: Data, s: Local, seg: Any, x: int, y: int) -> Any:
    """Return a piece that ends at node x with node y behind it."""
    duration, warp, early, late = seg
    reach = duration - warp + lapse(d, s, x, y)
    wait = max(0.0, s.own[y, OWN_EARLY] - reach - late)
    more = max(0.0, early + reach - s.own[y, OWN_LATE])
    return (
        duration + lapse(d, s, x, y) + s.own[y, OWN_SERVICE] + wait,
        warp + more,
        max(s.own[y, OWN_EARLY] - reach, early) - wait,
        min(s.own[y, OWN_LATE] - reach, late) + more,
    )


@inner
def prefix(s: Local, x: int) -> Any:
    """Return the piece of a route up to node x."""
    p = s.piece
    return p[x, P_DURATION], p[x, P_WARP], p[x, P_EARLY], p[x, P_LATE]


@inner
def close(d: Data, s: Local, seg: Any, x: int, y: int) -> Any:
    """Return duration and time warp of a piece that ends at x, with what begins at y behind it."""
    duration, warp, early, late = seg
    p = s.piece
    reach = duration - warp + lapse(d, s, x, y)
    wait = max(0.0, p[y, S_EARLY] - reach - late)
    more = max(0.0, early + reach - p[y, S_LATE])
    return duration + p[y, S_DURATION] + lapse(d, s, x, y) + wait, warp + p[y, S_WARP] + more


@inlined
def over(amount: float, most: float) -> Any:
    """Return by how much an amount is too much; rounding is not."""
    more = amount - most
    return more if more > SLACK * max(1.0, most) else 0.0


@inner
def way_cost(d: Data, s: Local, k: int, distance: float, duration: float, warp: float) -> Any:
    """Return what distance, duration and time warp of a route of type k cost."""
    cost = d.vehicle[k, PER_DISTANCE] * distance
    if d.rich:
        cost += d.vehicle[k, PER_DURATION] * duration
        cost += s.penalty[OVER_DURATION] * over(duration, d.vehicle[k, MAX_DURATION])
        cost += s.penalty[OVER_DISTANCE] * over(distance, d.vehicle[k, MAX_DISTANCE])
    if warp > SLACK:
        cost += s.penalty[WARP] * warp
    return cost


@inlined
def count_broken(d: Data, s: Local, r: int, sign: int) -> None:
    """Count (or uncount) the limits that a route breaks."""
    k, end = s.route[r, KIND], s.link.shape[0] - s.route.shape[0] + r
    if s.piece[end, P_WARP] > SLACK:
        s.broken[WARP] += sign
    if d.rich and over(s.piece[end, P_DURATION], d.vehicle[k, MAX_DURATION]) > 0.0:
        s.broken[OVER_DURATION] += sign
    if d.rich and over(s.piece[end, AWAY], d.vehicle[k, MAX_DISTANCE]) > 0.0:
        s.broken[OVER_DISTANCE] += sign
    for dim in range(s.ahead.shape[1]):
        if over(s.ahead[end, dim], d.capacity[k, dim]) > 0.0:
            s.broken[LOADS + dim] += sign


@inner
def set_cost(d: Data, s: Local, r: int) -> None:
    """Set the cost of a route whose end is up to date, and the total with it."""
    k, end = s.route[r, KIND], s.link.shape[0] - s.route.shape[0] + r
    cost = fixed = 0.0
    if s.route[r, LENGTH] > 0:
        distance = s.piece[end, AWAY]
        fixed = d.vehicle[k, PER_DISTANCE] * distance
        cost = way_cost(d, s, k, distance, s.piece[end, P_DURATION], s.piece[end, P_WARP])
        s.value[r, TIMELY] = cost - fixed
        for dim in range(s.ahead.shape[1]):
            cost += s.penalty[LOADS + dim] * over(s.ahead[end, dim], d.capacity[k, dim])
        s.value[r, LOOSE] = cost - fixed
        cost += d.vehicle[k, FIXED]
    else:
        s.value[r, LOOSE] = s.value[r, TIMELY] = 0.0
    s.total[WHOLE] += cost - s.value[r, COST]
    s.value[r, COST] = cost


@inner
def refresh(d: Data, s: Local, r: int, a: int, b: int) -> None:
    """Bring a route up to date whose links changed between nodes a and b.

    What lies before a node is set from a on, what lies behind it from b back.
    """
    link, piece, own, ahead = s.link, s.piece, s.own, s.ahead
    n, dims = len(s.bank), s.ahead.shape[1]
    end = link.shape[0] - s.route.shape[0] + r
    old = s.route[r, LENGTH]
    if old > 0:
        count_broken(d, s, r, -1)
    times = d.timed or d.rich
    if link[a, PREVIOUS] < 0:
        piece[a, P_DURATION] = piece[a, P_WARP] = piece[a, AWAY] = piece[a, BACK] = 0.0
        piece[a, P_EARLY], piece[a, P_LATE] = own[a, OWN_EARLY], own[a, OWN_LATE]
    x, y = a, link[a, NEXT]
    seg = prefix(s, a)
    while x != end:
        link[y, ROUTE], link[y, POSITION] = r, link[x, POSITION] + 1
        piece[y, AWAY] = piece[x, AWAY] + way(d, s, x, y)
        piece[y, BACK] = piece[x, BACK] + way(d, s, y, x)
        for dim in range(dims):
            ahead[y, dim] = ahead[x, dim] + (d.demand[y, dim] if y < n else 0.0)
        if times:
            seg = append(d, s, seg, x, y)
            piece[y, P_DURATION], piece[y, P_WARP], piece[y, P_EARLY], piece[y, P_LATE] = seg
        x, y = y, link[y, NEXT]
    s.route[r, LENGTH] = link[end, POSITION] - 1
    if times:
        refresh_behind(d, s, b, end)
    set_free(s, r, old)
    set_cost(d, s, r)
    if s.route[r, LENGTH] > 0:
        count_broken(d, s, r, 1)


@inner
def refresh_behind(d: Data, s: Local, b: int, end: int) -> None:
    """Set what lies behind each node of a route, from b back."""
    link, piece, own = s.link, s.piece, s.own
    if b == end:
        piece[end, S_DURATION] = piece[end, S_WARP] = 0.0
        piece[end, S_EARLY], piece[end, S_LATE] = own[end, OWN_EARLY], own[end, OWN_LATE]
    y, x = b, link[b, PREVIOUS]
    while x >= 0:
        reach = own[x, OWN_SERVICE] + lapse(d, s, x, y)
        wait = max(0.0, piece[y, S_EARLY] - reach - own[x, OWN_LATE])
        more = max(0.0, own[x, OWN_EARLY] + reach - piece[y, S_LATE])
        piece[x, S_DURATION] = reach + piece[y, S_DURATION] + wait
        piece[x, S_WARP] = piece[y, S_WARP] + more
        piece[x, S_EARLY] = max(piece[y, S_EARLY] - reach, own[x, OWN_EARLY]) - wait
        piece[x, S_LATE] = min(piece[y, S_LATE] - reach, own[x, OWN_LATE]) + more
        y, x = x, link[x, PREVIOUS]


@inner
def set_free(s: Local, r: int, old: int) -> None:
    """Note that a route came into use, or fell out of it, since it had `old` clients."""
    k = s.route[r, KIND]
    if old == 0 and s.route[r, LENGTH] > 0:
        at = s.num_free[k] - 1
        while s.free[k, at] != r:
            at -= 1
        s.num_free[k] -= 1
        s.free[k, at] = s.free[k, s.num_free[k]]
    elif old > 0 and s.route[r, LENGTH] == 0:
        s.free[k, s.num_free[k]] = r
        s.num_free[k] += 1


@inlined
def tie(s: Local, x: int, y: int) -> None:
    """Let node y follow node x."""
    s.link[x, NEXT], s.link[y, PREVIOUS] = y, x


@inner
def recount(d: Data, s: Local) -> None:
    """Set all costs anew, after the penalties changed."""
    s.total[WHOLE] = 0.0
    for r in range(s.route.shape[0]):
        s.value[r, COST] = 0.0
        if s.route[r, LENGTH] > 0:
            set_cost(d, s, r)
    for place in range(s.counts[IN_BANK]):
        s.total[WHOLE] += d.client[s.bank[place], PRIZE]


@kernel
def set_routes(d: Data, s: Local, visits: Array, begin: Array, kinds: Array) -> None:
    """Make the routes of a plan those given; the members in none of them are in the bank.

    Parameters
    ----------
    d, s
        Problem and plan.
    visits
        (v,) clients of the routes, one route behind the other.
    begin
        (q + 1,) where each route begins in `visits`, and where the last ends.
    kinds
        (q,) vehicle types of the routes.
    """
    n, routes = len(s.bank), s.route.shape[0]
    for place in range(len(s.members)):
        s.link[s.members[place], ROUTE] = -1
    for r in range(routes):
        tie(s, n + r, n + routes + r)
        refresh(d, s, r, n + r, n + routes + r)
    for place in range(len(kinds)):
        k = np.int64(kinds[place])
        r = s.free[k, s.num_free[k] - 1]
        last = n + r
        for spot in range(begin[place], begin[place + 1]):
            x = np.int64(visits[spot])
            tie(s, last, x)
            last = x
        tie(s, last, n + routes + r)
        refresh(d, s, r, n + r, n + routes + r)
    s.counts[IN_BANK] = 0
    for place in range(len(s.members)):
        if s.link[s.members[place], ROUTE] < 0:
            s.bank[s.counts[IN_BANK]] = s.members[place]
            s.counts[IN_BANK] += 1
    recount(d, s)
