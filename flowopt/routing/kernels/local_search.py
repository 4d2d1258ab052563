"""Iterated local search that may pass through plans which break limits, at a price.

A few clients near each other are taken out and put where they cost least, moves improve the plan
around them until none does, and simulated annealing accepts the outcome or not. The prices of time
warp and of too much load follow the share of plans that are without it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from flowopt.routing.kernels.compiled import inner, kernel
from flowopt.routing.kernels.layout import FIXED, PER_DISTANCE, PRIZE, Data
from flowopt.routing.kernels.local_examine import KEEP, NONE, act, examine, push, push_around, save
from flowopt.routing.kernels.local_layout import (
    AWAY,
    BEST,
    BEST_BEGIN,
    BEST_KIND,
    BEST_ROUTES,
    BEST_SIZE,
    COST,
    IN_BANK,
    KIND,
    LENGTH,
    LOADS,
    MOST_REMOVED,
    NEXT,
    PLANS,
    PREVIOUS,
    ROUTE,
    TINY,
    WHOLE,
    Local,
    Room,
)
from flowopt.routing.kernels.local_moves import changed_route, end_of
from flowopt.routing.kernels.local_routes import over, recount, refresh, tie, way
from flowopt.routing.kernels.places import rnd

PLANS_BETWEEN = 100
"""Plans from one setting of the penalties to the next."""
SHARE_KEPT, TOLERANCE = 0.5, 0.05
"""Of the plans that should be without too much of a kind; by how much they may be off that."""
DEARER, CHEAPER = 1.2, 0.85
DEAREST, CHEAPEST = 1e4, 1e-2
"""Bounds of a penalty, as shares of a usual one."""


@inner
def go_back(d: Data, s: Local, u: Room, saved: int, num_bank: int) -> None:
    """Make the plan what it was before the iteration."""
    n, routes = len(s.bank), s.route.shape[0]
    for place in range(s.counts[IN_BANK]):
        s.link[s.bank[place], ROUTE] = -1
    for place in range(saved):
        r = u.saved[place]
        x = n + r
        for spot in range(u.begin[place], u.begin[place] + u.size[place]):
            tie(s, x, u.node[spot])
            x = u.node[spot]
        tie(s, x, n + routes + r)
    for place in range(saved):
        r = u.saved[place]
        refresh(d, s, r, n + r, n + routes + r)
    s.counts[IN_BANK] = num_bank
    for place in range(num_bank):
        s.bank[place] = u.bank[place]
        s.link[u.bank[place], ROUTE] = -1


@inner
def descend(d: Data, s: Local, u: Room, iteration: int, saved: int) -> Any:
    """Make the best move of each client in the queue until there is none; return the saved."""
    while u.bounds[0] != u.bounds[1]:
        x = u.queue[u.bounds[0]]
        u.bounds[0] = (u.bounds[0] + 1) % len(u.queue)
        u.queued[x] = 0
        if s.link[x, ROUTE] < 0:
            continue
        examine(d, s, u, x)
        if u.move[KEEP] != NONE:
            push(s, u, x)
            saved = act(d, s, u, iteration, saved)
    return saved


@inner
def take_out(d: Data, s: Local, u: Room, x: int) -> None:
    """Take a client out of its route."""
    a, b, r = s.link[x, PREVIOUS], s.link[x, NEXT], s.link[x, ROUTE]
    tie(s, a, b)
    refresh(d, s, r, a, b)
    s.link[x, ROUTE] = -1
    push(s, u, a)
    push(s, u, b)


@inner
def insertion(d: Data, s: Local, x: int, a: int, limit: float) -> Any:
    """Return the change when client x comes behind node a; inf when not below the limit."""
    from_here = s.link[a, NEXT]
    r = s.link[a, ROUTE]
    k, end = s.route[r, KIND], end_of(s, r)
    distance = s.piece[end, AWAY] + s.piece[a, AWAY] - s.piece[from_here, AWAY]
    distance += way(d, s, a, x) + way(d, s, x, from_here)
    cost = d.vehicle[k, FIXED] - s.value[r, COST]
    for dim in range(s.ahead.shape[1]):
        load = s.ahead[end, dim] + d.demand[x, dim]
        cost += s.penalty[LOADS + dim] * over(load, d.capacity[k, dim])
    if cost + d.vehicle[k, PER_DISTANCE] * distance >= limit:
        return math.inf
    cost += changed_route(d, s, a, x, x, False, from_here, distance)
    return cost if cost < limit else math.inf


@inner
def put_in(d: Data, s: Local, u: Room, iteration: int, x: int, saved: int) -> Any:
    """Put a client where it costs least, or in the bank; return how many routes are saved."""
    best, where = d.client[x, PRIZE], np.int64(-1)
    for place in range(d.near.shape[1]):
        v = np.int64(d.near[x, place])
        if s.link[v, ROUTE] < 0:
            continue
        change = insertion(d, s, x, v, best)
        if change < best:
            best, where = change, v
        before = s.link[v, PREVIOUS]
        change = insertion(d, s, x, before, best)
        if change < best:
            best, where = change, before
    for k in range(d.vehicle.shape[0]):
        if s.num_free[k] > 0:
            start = len(s.bank) + s.free[k, s.num_free[k] - 1]
            change = insertion(d, s, x, start, best)
            if change < best:
                best, where = change, start
    if where < 0:
        s.bank[s.counts[IN_BANK]] = x
        s.counts[IN_BANK] += 1
        return saved
    r, behind = s.link[where, ROUTE], s.link[where, NEXT]
    saved = save(s, u, iteration, r, saved)
    tie(s, where, x)
    tie(s, x, behind)
    refresh(d, s, r, where, behind)
    s.total[WHOLE] -= d.client[x, PRIZE]
    push_around(s, u, x)
    return saved


@inner
def shake(d: Data, s: Local, u: Room, iteration: int) -> Any:
    """Take a few clients out and put them and those in the bank in; return the routes saved."""
    saved, removed = 0, 0
    centre = s.members[int(rnd(s.random) * len(s.members))]
    want = 1 + int(rnd(s.random) * s.counts[MOST_REMOVED])
    for place in range(-1, d.near.shape[1]):
        x = centre if place < 0 else np.int64(d.near[centre, place])
        r = s.link[x, ROUTE]
        if r < 0:
            continue
        saved = save(s, u, iteration, r, saved)
        take_out(d, s, u, x)
        s.total[WHOLE] += d.client[x, PRIZE]
        u.removed[removed] = x
        removed += 1
        if removed >= want:
            break
    for place in range(s.counts[IN_BANK]):
        u.removed[removed] = s.bank[place]
        removed += 1
    s.counts[IN_BANK] = 0
    for place in range(removed - 1, -1, -1):
        pick = int(rnd(s.random) * (place + 1))
        x = u.removed[pick]
        u.removed[pick] = u.removed[place]
        saved = put_in(d, s, u, iteration, x, saved)
    return saved


@inner
def feasible(s: Local) -> Any:
    """Return whether no route has too much of anything."""
    most = 0
    for kind in range(len(s.broken)):
        most = max(most, s.broken[kind])
    return most == 0


@inner
def keep_best(s: Local) -> None:
    """Remember the plan as the best one."""
    filled, used, n = 0, 0, len(s.bank)
    for r in range(s.route.shape[0]):
        if s.route[r, LENGTH] == 0:
            continue
        s.best_route[used, BEST_BEGIN] = filled
        s.best_route[used, BEST_SIZE] = s.route[r, LENGTH]
        s.best_route[used, BEST_KIND] = s.route[r, KIND]
        used += 1
        x = s.link[n + r, NEXT]
        while x < n:
            s.best_node[filled] = x
            filled += 1
            x = s.link[x, NEXT]
    s.counts[BEST_ROUTES] = used
    s.total[BEST] = s.total[WHOLE]


@inner
def set_penalties(d: Data, s: Local) -> None:
    """Make dearer what too many plans have too much of, and the rest cheaper."""
    for kind in range(len(s.penalty)):
        share = s.kept[kind] / s.counts[PLANS]
        if share < SHARE_KEPT - TOLERANCE:
            s.penalty[kind] = min(s.penalty[kind] * DEARER, DEAREST * s.usual[kind])
        elif share > SHARE_KEPT + TOLERANCE:
            s.penalty[kind] = max(s.penalty[kind] * CHEAPER, CHEAPEST * s.usual[kind])
        s.kept[kind] = 0
    s.counts[PLANS] = 0
    recount(d, s)


@kernel
def improve(d: Data, s: Local, u: Room, iterations: int, temperature: float) -> None:
    """Run some iterations at one temperature, and keep the best plan seen that breaks no limit.

    Parameters
    ----------
    d
        The problem.
    s
        The plan that is changed.
    u
        Room for an iteration.
    iterations
        How many.
    temperature
        In units of cost.
    """
    for r in range(s.route.shape[0]):
        u.saved_in[r] = 0
    recount(d, s)
    for iteration in range(1, iterations + 1):
        num_bank, old = s.counts[IN_BANK], s.total[WHOLE]
        for place in range(num_bank):
            u.bank[place] = s.bank[place]
        saved = shake(d, s, u, iteration)
        saved = descend(d, s, u, iteration, saved)
        for kind in range(len(s.broken)):
            if s.broken[kind] == 0:
                s.kept[kind] += 1
        s.counts[PLANS] += 1
        limit = old - temperature * math.log(1e-300 + rnd(s.random))
        if s.total[WHOLE] < s.total[BEST] - s.total[TINY] and feasible(s):
            keep_best(s)
        if s.total[WHOLE] > limit:
            go_back(d, s, u, saved, num_bank)
            s.total[WHOLE] = old
        if s.counts[PLANS] >= PLANS_BETWEEN:
            set_penalties(d, s)
