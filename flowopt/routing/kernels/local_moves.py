"""Moves of the penalised local search: what each would change, and how it is done.

All are looked at in constant time but for the clients that move, or that lie between two places of
one route; and a bound by distance alone ends most looks before that.
"""

from __future__ import annotations

import math
from typing import Any

from flowopt.routing.kernels.compiled import inlined, inner
from flowopt.routing.kernels.layout import (
    FIXED,
    PER_DISTANCE,
    SHIFT_EARLY,
    SHIFT_LATE,
    Array,
    Data,
)
from flowopt.routing.kernels.local_layout import (
    AWAY,
    BACK,
    COST,
    KIND,
    LENGTH,
    LOADS,
    NEXT,
    P_DURATION,
    P_WARP,
    POSITION,
    PREVIOUS,
    ROUTE,
    Local,
)
from flowopt.routing.kernels.local_routes import (
    append,
    close,
    over,
    prefix,
    refresh,
    tie,
    way,
    way_cost,
)


@inlined
def end_of(s: Local, r: int) -> Any:
    """Return the end of a route."""
    return s.link.shape[0] - s.route.shape[0] + r


@inlined
def least_cost(d: Data, k: int, distance: float, size: int) -> Any:
    """Return what a route of some length costs at least."""
    return d.vehicle[k, PER_DISTANCE] * distance + d.vehicle[k, FIXED] if size > 0 else 0.0


@inner
def exchange_loads(d: Data, s: Local, pu: int, ul: int, pv: int, vl: int) -> Any:
    """Return what the loads of two routes cost when pieces of them change places."""
    ru, rv = s.link[pu, ROUTE], s.link[pv, ROUTE]
    ku, kv, eu, ev = s.route[ru, KIND], s.route[rv, KIND], end_of(s, ru), end_of(s, rv)
    first = second = 0.0
    for dim in range(s.ahead.shape[1]):
        less = s.ahead[ul, dim] - s.ahead[pu, dim]
        less -= s.ahead[vl, dim] - s.ahead[pv, dim]
        price = s.penalty[LOADS + dim]
        first += price * over(s.ahead[eu, dim] - less, d.capacity[ku, dim])
        second += price * over(s.ahead[ev, dim] + less, d.capacity[kv, dim])
    return first, second


@inner
def changed_route(
    d: Data, s: Local, p: int, first: int, last: int, flip: bool, after: int, distance: float
) -> Any:
    """Return the cost, loads and fixed cost aside, of a route with a piece between p and after.

    Parameters
    ----------
    d, s
        Problem and plan.
    p, after
        Nodes of the route; what lies between them goes.
    first, last, flip
        Ends of the piece of another route that comes instead (-1: none), and whether it is turned.
    distance
        Of the new route.
    """
    r = s.link[p, ROUTE]
    k, end = s.route[r, KIND], end_of(s, r)
    if not (d.timed or d.rich):
        return way_cost(d, s, k, distance, s.piece[end, P_DURATION], s.piece[end, P_WARP])
    seg, x = prefix(s, p), p
    if first >= 0:
        y, stop, step = (last, first, PREVIOUS) if flip else (first, last, NEXT)
        while True:
            seg = append(d, s, seg, x, y)
            x = y
            if y == stop:
                break
            y = s.link[y, step]
    duration, warp = close(d, s, seg, x, after)
    return way_cost(d, s, k, distance, duration, warp)


@inlined
def between(d: Data, s: Local, p: int, first: int, last: int, flip: bool, after: int) -> Any:
    """Return the distance from p to after by way of a piece (first -1: none)."""
    distance = 0.0
    if first < 0:
        distance = way(d, s, p, after)
    elif flip:
        distance = way(d, s, p, last) + way(d, s, first, after)
        distance += s.piece[last, BACK] - s.piece[first, BACK]
    else:
        distance = way(d, s, p, first) + way(d, s, last, after)
        distance += s.piece[last, AWAY] - s.piece[first, AWAY]
    return distance


@inner
def exchange(
    d: Data, s: Local, pu: int, ul: int, pv: int, vl: int, flip: bool, limit: float
) -> Any:
    """Return the change when two routes exchange the pieces behind pu to ul and behind pv to vl.

    A piece is empty when ul is pu; `flip` turns the first. The answer is inf when not below the
    limit.
    """
    link, piece = s.link, s.piece
    ru, rv = link[pu, ROUTE], link[pv, ROUTE]
    nu, nv, eu, ev = link[ul, NEXT], link[vl, NEXT], end_of(s, ru), end_of(s, rv)
    u1, v1 = link[pu, NEXT] if ul != pu else -1, link[pv, NEXT] if vl != pv else -1
    more = link[vl, POSITION] - link[pv, POSITION] - link[ul, POSITION] + link[pu, POSITION]
    ku, kv = s.route[ru, KIND], s.route[rv, KIND]
    du = piece[eu, AWAY] - piece[nu, AWAY] + piece[pu, AWAY] + between(d, s, pu, v1, vl, False, nu)
    dv = piece[ev, AWAY] - piece[nv, AWAY] + piece[pv, AWAY] + between(d, s, pv, u1, ul, flip, nv)
    left, right = s.route[ru, LENGTH] + more, s.route[rv, LENGTH] - more
    low_u, low_v = least_cost(d, ku, du, left), least_cost(d, kv, dv, right)
    old = s.value[ru, COST] + s.value[rv, COST]
    if low_u + low_v - old >= limit:
        return math.inf
    load_u, load_v = exchange_loads(d, s, pu, ul, pv, vl)
    if low_u + low_v + load_u + load_v - old >= limit:
        return math.inf
    cost = load_u + load_v - old
    if left > 0:
        cost += d.vehicle[ku, FIXED] + changed_route(d, s, pu, v1, vl, False, nu, du)
    if cost + low_v >= limit:
        return math.inf
    if right > 0:
        cost += d.vehicle[kv, FIXED] + changed_route(d, s, pv, u1, ul, flip, nv, dv)
    return cost if cost < limit else math.inf


@inner
def tail_distance(d: Data, s: Local, p: int, q: int) -> Any:
    """Return the distance of the route of p with what lies behind q in another instead."""
    r, other = s.link[p, ROUTE], s.link[q, ROUTE]
    end, end_other, first = end_of(s, r), end_of(s, other), s.link[q, NEXT]
    if first == end_other:
        return s.piece[p, AWAY] + way(d, s, p, end)
    last = s.link[end_other, PREVIOUS]
    distance = s.piece[p, AWAY] + way(d, s, p, first) + way(d, s, last, end)
    return distance + s.piece[last, AWAY] - s.piece[first, AWAY]


@inner
def tail_cost(d: Data, s: Local, p: int, q: int, distance: float) -> Any:
    """Return the cost, without fixed cost, of the route of p with what lies behind q instead."""
    r, other = s.link[p, ROUTE], s.link[q, ROUTE]
    k, kind, end = s.route[r, KIND], s.route[other, KIND], end_of(s, r)
    cost = 0.0
    for dim in range(s.ahead.shape[1]):
        load = s.ahead[p, dim] + s.ahead[end_of(s, other), dim] - s.ahead[q, dim]
        cost += s.penalty[LOADS + dim] * over(load, d.capacity[k, dim])
    duration = warp = 0.0
    if d.timed or d.rich:
        alike = d.ends[k, 1] == d.ends[kind, 1]
        alike = alike and d.vehicle[k, SHIFT_LATE] == d.vehicle[kind, SHIFT_LATE]
        alike = alike and d.vehicle[k, SHIFT_EARLY] == d.vehicle[kind, SHIFT_EARLY]
        if alike:
            duration, warp = close(d, s, prefix(s, p), p, s.link[q, NEXT])
        else:
            seg, x, y = prefix(s, p), p, s.link[q, NEXT]
            while s.link[y, NEXT] >= 0:
                seg = append(d, s, seg, x, y)
                x, y = y, s.link[y, NEXT]
            duration, warp = close(d, s, seg, x, end)
    return cost + way_cost(d, s, k, distance, duration, warp)


@inner
def tails(d: Data, s: Local, p: int, q: int, limit: float) -> Any:
    """Return the change when two routes exchange what lies behind p and q; inf if not below."""
    rp, rq = s.link[p, ROUTE], s.link[q, ROUTE]
    kp, kq = s.route[rp, KIND], s.route[rq, KIND]
    left = s.link[p, POSITION] + s.route[rq, LENGTH] - s.link[q, POSITION]
    right = s.route[rp, LENGTH] + s.route[rq, LENGTH] - left
    dp, dq = tail_distance(d, s, p, q), tail_distance(d, s, q, p)
    low_p, low_q = least_cost(d, kp, dp, left), least_cost(d, kq, dq, right)
    cost = -s.value[rp, COST] - s.value[rq, COST]
    if cost + low_p + low_q >= limit:
        return math.inf
    if left > 0:
        cost += d.vehicle[kp, FIXED] + tail_cost(d, s, p, q, dp)
    if cost + low_q >= limit:
        return math.inf
    if right > 0:
        cost += d.vehicle[kq, FIXED] + tail_cost(d, s, q, p, dq)
    return cost if cost < limit else math.inf


@inner
def within(d: Data, s: Local, m: Array, limit: float) -> Any:
    """Return the change when a route visits its pieces another way round; inf if not below.

    Parameters
    ----------
    d, s
        Problem and plan.
    m
        Node before the pieces; of three pieces the first and last node and whether it is turned
        (first -1: none); node behind the pieces.
    limit
        See above.
    """
    before, after = m[0], m[10]
    r = s.link[before, ROUTE]
    k, end = s.route[r, KIND], end_of(s, r)
    x, distance = before, s.piece[end, AWAY] - s.piece[after, AWAY] + s.piece[before, AWAY]
    for at in range(1, 10, 3):
        f, e, flip = m[at], m[at + 1], m[at + 2] == 1
        if f < 0:
            continue
        if flip:
            distance += way(d, s, x, e) + s.piece[e, BACK] - s.piece[f, BACK]
            x = f
        else:
            distance += way(d, s, x, f) + s.piece[e, AWAY] - s.piece[f, AWAY]
            x = e
    distance += way(d, s, x, after)
    cost = d.vehicle[k, FIXED] - s.value[r, COST]
    for dim in range(s.ahead.shape[1]):
        cost += s.penalty[LOADS + dim] * over(s.ahead[end, dim], d.capacity[k, dim])
    if cost + d.vehicle[k, PER_DISTANCE] * distance >= limit:
        return math.inf
    duration = warp = 0.0
    if d.timed or d.rich:
        seg, x = prefix(s, before), before
        for at in range(1, 10, 3):
            f, e, flip = m[at], m[at + 1], m[at + 2] == 1
            if f < 0:
                continue
            y, stop, step = (e, f, PREVIOUS) if flip else (f, e, NEXT)
            while True:
                seg = append(d, s, seg, x, y)
                x = y
                if y == stop:
                    break
                y = s.link[y, step]
        duration, warp = close(d, s, seg, x, after)
    cost += way_cost(d, s, k, distance, duration, warp)
    return cost if cost < limit else math.inf


@inner
def set_pieces(m: Array, at: int, first: int, last: int, flip: int) -> None:
    """Write one piece of a move inside a route."""
    m[at], m[at + 1], m[at + 2] = first, last, flip


@inner
def ordered(s: Local, m: Array, pu: int, ul: int, pv: int, vl: int, flip: int) -> Any:
    """Write the move of `within` that is an exchange inside a route; return whether there is one.

    The pieces may not overlap; the first is not empty.
    """
    link = s.link
    u1, nu = link[pu, NEXT], link[ul, NEXT]
    v1 = link[pv, NEXT] if vl != pv else -1
    if link[ul, POSITION] <= link[pv, POSITION]:
        mid = nu if ul != pv else -1
        m[0], m[10] = pu, link[vl, NEXT]
        set_pieces(m, 1, v1, vl, 0)
        set_pieces(m, 4, mid, pv, 0)
        set_pieces(m, 7, u1, ul, flip)
    elif link[vl, POSITION] <= link[pu, POSITION]:
        mid = link[vl, NEXT] if vl != pu else -1
        m[0], m[10] = pv, nu
        set_pieces(m, 1, u1, ul, flip)
        set_pieces(m, 4, mid, pu, 0)
        set_pieces(m, 7, v1, vl, 0)
    else:
        return False
    return mid >= 0 or v1 >= 0 or flip == 1


@inner
def do_exchange(d: Data, s: Local, pu: int, ul: int, pv: int, vl: int, flip: bool) -> None:
    """Exchange pieces of two routes, as in `exchange`."""
    link = s.link
    ru, rv, nu, nv = link[pu, ROUTE], link[pv, ROUTE], link[ul, NEXT], link[vl, NEXT]
    u1, v1 = link[pu, NEXT], link[pv, NEXT]
    if vl != pv:
        tie(s, pu, v1)
        tie(s, vl, nu)
    else:
        tie(s, pu, nu)
    if ul == pu:
        tie(s, pv, nv)
    elif flip:
        turn(s, u1, ul)
        tie(s, pv, ul)
        tie(s, u1, nv)
    else:
        tie(s, pv, u1)
        tie(s, ul, nv)
    refresh(d, s, ru, pu, nu)
    refresh(d, s, rv, pv, nv)


@inner
def turn(s: Local, first: int, last: int) -> None:
    """Turn the links inside a piece round."""
    x = first
    while True:
        after = s.link[x, NEXT]
        s.link[x, NEXT], s.link[x, PREVIOUS] = s.link[x, PREVIOUS], after
        if x == last:
            return
        x = after


@inner
def do_tails(d: Data, s: Local, p: int, q: int) -> None:
    """Exchange what lies behind two nodes."""
    link = s.link
    rp, rq, np_, nq = link[p, ROUTE], link[q, ROUTE], link[p, NEXT], link[q, NEXT]
    ep, eq = end_of(s, rp), end_of(s, rq)
    last_p, last_q = link[ep, PREVIOUS], link[eq, PREVIOUS]
    if nq != eq:
        tie(s, p, nq)
        tie(s, last_q, ep)
    else:
        tie(s, p, ep)
    if np_ != ep:
        tie(s, q, np_)
        tie(s, last_p, eq)
    else:
        tie(s, q, eq)
    refresh(d, s, rp, p, ep)
    refresh(d, s, rq, q, eq)


@inner
def do_within(d: Data, s: Local, m: Array) -> None:
    """Visit the pieces of a route another way round, as in `within`."""
    x = m[0]
    for at in range(1, 10, 3):
        f, e, flip = m[at], m[at + 1], m[at + 2] == 1
        if f < 0:
            continue
        if flip:
            turn(s, f, e)
            tie(s, x, e)
            x = f
        else:
            tie(s, x, f)
            x = e
    tie(s, x, m[10])
    refresh(d, s, s.link[m[0], ROUTE], m[0], m[10])
