"""The best move of a client in the penalised local search, and how it is made.

A move is looked at for the way that it makes between two clients near each other. Where no way next
to it that goes is longer, no exchange that pays begins with it; so most pairs end there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowopt.routing.kernels.compiled import inner, kernel
from flowopt.routing.kernels.layout import FIXED, PER_DISTANCE, Data
from flowopt.routing.kernels.local_layout import (
    AWAY,
    BACK,
    KIND,
    LENGTH,
    LOOSE,
    NEXT,
    POSITION,
    PREVIOUS,
    ROUTE,
    TIMELY,
    TINY,
    Local,
    Room,
)
from flowopt.routing.kernels.local_moves import (
    do_exchange,
    do_tails,
    do_within,
    exchange,
    ordered,
    tails,
    within,
)
from flowopt.routing.kernels.local_routes import way

LONGEST_PIECE = 3
"""Clients that move at once, but for tails."""
NONE, EXCHANGE, FLIPPED, TAILS, WITHIN = range(5)
"""Kinds of moves."""
KEEP = 11
"""Entry of Room.move that tells the kind of the move."""


@inner
def push(s: Local, u: Room, x: int) -> None:
    """Put a client in the queue; a start or an end is none."""
    if x < len(s.bank) and u.queued[x] == 0:
        u.queued[x] = 1
        u.queue[u.bounds[1]] = x
        u.bounds[1] = (u.bounds[1] + 1) % len(u.queue)


@inner
def save(s: Local, u: Room, iteration: int, r: int, saved: int) -> Any:
    """Keep a route as it is when an iteration first touches it; return how many are kept."""
    if u.saved_in[r] == iteration:
        return saved
    u.saved_in[r], u.saved[saved] = iteration, r
    filled = u.begin[saved - 1] + u.size[saved - 1] if saved > 0 else 0
    u.begin[saved], u.size[saved] = filled, s.route[r, LENGTH]
    x = s.link[len(s.bank) + r, NEXT]
    for place in range(filled, filled + s.route[r, LENGTH]):
        u.node[place] = x
        x = s.link[x, NEXT]
    return saved + 1


@inner
def note(u: Room, kind: int, a: int, b: int, c: int, e: int) -> None:
    """Remember a move as the best one so far."""
    u.move[0], u.move[1], u.move[2], u.move[3], u.move[KEEP] = a, b, c, e, kind


@inner
def try_exchange(
    d: Data, s: Local, u: Room, pu: int, ul: int, pv: int, vl: int, flip: int, best: float
) -> Any:
    """Return the change of an exchange when it is the best one so far, else that of the best."""
    if s.link[pu, ROUTE] != s.link[pv, ROUTE]:
        change = exchange(d, s, pu, ul, pv, vl, flip == 1, best)
        if change < best:
            note(u, FLIPPED if flip == 1 else EXCHANGE, pu, ul, pv, vl)
            return change
    elif ordered(s, u.trial, pu, ul, pv, vl, flip):
        return try_within(d, s, u, best)
    return best


@inner
def try_within(d: Data, s: Local, u: Room, best: float) -> Any:
    """Return the change of the move in u.trial when it is the best one so far, else the best."""
    change = within(d, s, u.trial, best)
    if change < best:
        for place in range(KEEP):
            u.move[place] = u.trial[place]
        u.move[KEEP] = WITHIN
        return change
    return best


@inner
def try_join(d: Data, s: Local, u: Room, a: int, b: int, spare: float, best: float) -> Any:
    """Return the best change of moves that make node b follow node a, if below the best so far.

    Parameters
    ----------
    d, s, u
        Problem, plan, room.
    a, b
        The nodes; a may be a start and b an end.
    spare
        What the routes may save other than distance.
    best
        The best change so far.
    """
    link, piece, n = s.link, s.piece, len(s.bank)
    pb, na = link[b, PREVIOUS], link[a, NEXT]
    if pb == a:
        return best
    ka, kb = s.route[link[a, ROUTE], KIND], s.route[link[b, ROUTE], KIND]
    per_a, per_b = d.vehicle[ka, PER_DISTANCE], d.vehicle[kb, PER_DISTANCE]
    joined, other = way(d, s, a, b), way(d, s, pb, na)
    out_a, out_b = piece[na, AWAY] - piece[a, AWAY], piece[b, AWAY] - piece[pb, AWAY]
    if link[a, ROUTE] != link[b, ROUTE]:
        change = joined + other - out_a - out_b
        if ka != kb or per_a * change - spare < best:
            change = tails(d, s, a, pb, best)
            if change < best:
                note(u, TAILS, a, pb, 0, 0)
                best = change
    bl = b
    for _ in range(LONGEST_PIECE):  # pieces from b on go behind a, for those behind a
        if bl >= n or bl == a:
            break
        nb = link[bl, NEXT]
        own, gone = piece[bl, AWAY] - piece[b, AWAY], piece[nb, AWAY] - piece[pb, AWAY]
        change = per_a * (joined + own + way(d, s, bl, na) - out_a)
        change += per_b * (way(d, s, pb, nb) - gone)
        if change - spare < best:
            best = try_exchange(d, s, u, pb, bl, a, a, 0, best)
        al = na
        for _ in range(LONGEST_PIECE):
            if al >= n or al == b or al == pb:  # noqa: SIM109 (numba)
                break
            after = link[al, NEXT]
            change = joined + own + way(d, s, bl, after) - piece[after, AWAY] + piece[a, AWAY]
            change *= per_a
            change += per_b * (other + piece[al, AWAY] - piece[na, AWAY] + way(d, s, al, nb) - gone)
            if change - spare < best:
                best = try_exchange(d, s, u, pb, bl, a, al, 0, best)
            al = after
        bl = nb
    first = a
    for _ in range(LONGEST_PIECE):  # pieces up to a go in front of b, for those in front of b
        if first >= n or first == b:
            break
        pa = link[first, PREVIOUS]
        own, gone = piece[a, AWAY] - piece[first, AWAY], piece[na, AWAY] - piece[pa, AWAY]
        change = per_b * (joined + own + way(d, s, pb, first) - out_b)
        change += per_a * (way(d, s, pa, na) - gone)
        if change - spare < best:
            best = try_exchange(d, s, u, pa, a, pb, pb, 0, best)
        front = pb
        for _ in range(LONGEST_PIECE):
            if front >= n or front == a or front == na:  # noqa: SIM109 (numba)
                break
            ahead = link[front, PREVIOUS]
            change = joined + own + way(d, s, ahead, first) - piece[b, AWAY] + piece[ahead, AWAY]
            change *= per_b
            rest = other + piece[pb, AWAY] - piece[front, AWAY] + way(d, s, pa, front) - gone
            change += per_a * rest
            if change - spare < best:
                best = try_exchange(d, s, u, pa, a, ahead, pb, 0, best)
            front = ahead
        first = pa
    return best


@inner
def try_turned(d: Data, s: Local, u: Room, x: int, v: int, spare: float, best: float) -> Any:
    """Return the best change of moves that turn a piece so that x and v become neighbours."""
    link, piece, m, n = s.link, s.piece, u.trial, len(s.bank)
    per_x = d.vehicle[s.route[link[x, ROUTE], KIND], PER_DISTANCE]
    per_v = d.vehicle[s.route[link[v, ROUTE], KIND], PER_DISTANCE]
    if link[x, ROUTE] == link[v, ROUTE]:
        first, last = x, v
        if link[x, POSITION] > link[v, POSITION]:
            first, last = v, x
        if link[first, NEXT] == last:
            return best
        m[4] = m[7] = -1
        one, end = link[first, NEXT], link[last, NEXT]
        change = way(d, s, first, last) + way(d, s, one, end) - piece[end, AWAY]
        change += piece[first, AWAY] + piece[last, BACK] - piece[one, BACK]
        if per_x * change - spare < best:
            m[0], m[1], m[2], m[3], m[10] = first, one, last, 1, end
            best = try_within(d, s, u, best)
        one, end = link[first, PREVIOUS], link[last, PREVIOUS]
        change = way(d, s, first, last) + way(d, s, one, end) - piece[last, AWAY]
        change += piece[one, AWAY] + piece[end, BACK] - piece[first, BACK]
        if per_x * change - spare < best:
            m[4] = m[7] = -1
            m[0], m[1], m[2], m[3], m[10] = one, first, end, 1, last
            best = try_within(d, s, u, best)
    for side in range(2):
        step = PREVIOUS if side == 0 else NEXT
        pv = v if side == 0 else link[v, PREVIOUS]
        nv, far = link[pv, NEXT], x
        for _ in range(LONGEST_PIECE - 1):
            far = link[far, step]
            if far >= n or far == v:
                break
            p, last = (link[far, PREVIOUS], x) if side == 0 else (link[x, PREVIOUS], far)
            one, after = link[p, NEXT], link[last, NEXT]
            change = per_x * (way(d, s, p, after) - piece[after, AWAY] + piece[p, AWAY])
            rest = way(d, s, pv, last) + way(d, s, one, nv) - piece[nv, AWAY] + piece[pv, AWAY]
            change += per_v * (rest + piece[last, BACK] - piece[one, BACK])
            if change - spare < best and pv != p and pv != last:
                best = try_exchange(d, s, u, p, last, pv, pv, 1, best)
    return best


@inner
def allowance(d: Data, s: Local, r: int) -> Any:
    """Return what a route may save other than distance."""
    loose = s.value[r, LOOSE]
    if s.route[r, LENGTH] <= LONGEST_PIECE:
        loose += d.vehicle[s.route[r, KIND], FIXED]
    return loose


@inner
def examine(d: Data, s: Local, u: Room, x: int) -> Any:
    """Find the best move that makes client x a neighbour of one near it; return its change."""
    link = s.link
    u.move[KEEP] = NONE
    best, r = -s.total[TINY], link[x, ROUTE]
    own = allowance(d, s, r)
    per = d.vehicle[s.route[r, KIND], PER_DISTANCE]
    before = way(d, s, link[x, PREVIOUS], x)
    behind = way(d, s, x, link[x, NEXT])
    for place in range(d.near.shape[1]):
        v = np.int64(d.near[x, place])
        if link[v, ROUTE] < 0:
            continue
        spare = s.value[r, TIMELY]
        if link[v, ROUTE] != r:
            spare = own + allowance(d, s, link[v, ROUTE])
        reach = spare / max(1e-9, per)
        before_v, behind_v = way(d, s, link[v, PREVIOUS], v), way(d, s, v, link[v, NEXT])
        to, fro = way(d, s, v, x), way(d, s, x, v)
        if to < max(before, behind_v) + reach:
            best = try_join(d, s, u, v, x, spare, best)
        if fro < max(behind, before_v) + reach:
            best = try_join(d, s, u, x, v, spare, best)
        if fro < max(max(before, behind), max(before_v, behind_v)) + reach:
            best = try_turned(d, s, u, x, v, spare, best)
    return try_empty(d, s, u, x, best)


@inner
def try_empty(d: Data, s: Local, u: Room, x: int, best: float) -> Any:
    """Return the best change of moves of client x, or of all behind it, to an empty route."""
    link, n = s.link, len(s.bank)
    r, before = link[x, ROUTE], link[x, PREVIOUS]
    for k in range(d.vehicle.shape[0]):
        if s.num_free[k] == 0:
            continue
        start = n + s.free[k, s.num_free[k] - 1]
        if before < n or k != s.route[r, KIND]:
            change = tails(d, s, before, start, best)
            if change < best:
                note(u, TAILS, before, start, 0, 0)
                best = change
        last = x
        for _ in range(LONGEST_PIECE):
            if last >= n or s.route[r, LENGTH] == 1:
                break
            best = try_exchange(d, s, u, before, last, start, start, 0, best)
            last = link[last, NEXT]
    return best


@inner
def push_around(s: Local, u: Room, x: int) -> None:
    """Put a node and those next to it in the queue."""
    push(s, u, x)
    if s.link[x, NEXT] >= 0:
        push(s, u, s.link[x, NEXT])
    if s.link[x, PREVIOUS] >= 0:
        push(s, u, s.link[x, PREVIOUS])


@inner
def act(d: Data, s: Local, u: Room, iteration: int, saved: int) -> Any:
    """Make the move that was found; return how many routes are saved."""
    m, kind = u.move, u.move[KEEP]
    if kind == WITHIN:
        saved = save(s, u, iteration, s.link[m[0], ROUTE], saved)
        do_within(d, s, m)
        push_around(s, u, m[0])
        push_around(s, u, m[10])
        for at in range(1, 10, 3):
            if m[at] >= 0:
                push_around(s, u, m[at])
                push_around(s, u, m[at + 1])
        return saved
    other = m[1] if kind == TAILS else m[2]
    saved = save(s, u, iteration, s.link[m[0], ROUTE], saved)
    saved = save(s, u, iteration, s.link[other, ROUTE], saved)
    if kind == TAILS:
        do_tails(d, s, m[0], m[1])
    else:
        do_exchange(d, s, m[0], m[1], m[2], m[3], kind == FLIPPED)
        push_around(s, u, m[1])
        push_around(s, u, m[3])
    push_around(s, u, m[0])
    push_around(s, u, other)
    return saved


@kernel
def step(d: Data, s: Local, u: Room, x: int) -> Any:
    """Make the best move of one client; return the change that was foretold, and its kind.

    Parameters
    ----------
    d, s, u
        Problem, plan, room.
    x
        A client in a route.
    """
    change = examine(d, s, u, x)
    if u.move[KEEP] != NONE:
        act(d, s, u, -1, 0)
    return change, u.move[KEEP]
