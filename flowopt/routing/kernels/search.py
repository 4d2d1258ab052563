"""Slack induction by string removals: ruin strings of neighbouring visits, insert them again.

Christiaens and Vanden Berghe, Transportation Science 54 (2020) 417-433, with simulated annealing.
"""

from __future__ import annotations

import math
from typing import Any

from flowopt.routing.kernels.compiled import inner, kernel
from flowopt.routing.kernels.layout import (
    BANK,
    EARLY,
    FIRST,
    IS_STALE,
    LAST,
    LATE,
    NEXT,
    PREVIOUS,
    PRIZE,
    ROUTE,
    RUINED_IN,
    SAVED_IN,
    SIZE,
    SPAN,
    TYPE,
    USED,
    WHICH,
    WINDOW,
    Array,
    Data,
    Plan,
    Scratch,
)
from flowopt.routing.kernels.moves import insert, remove_span, restore, save_route
from flowopt.routing.kernels.places import best_place, rnd
from flowopt.routing.kernels.retype import retype
from flowopt.routing.kernels.ways import distance_of

LONGEST_STRING = 10.0
SPLIT_SHARE = 0.5
"""Share of strings that leave some clients in their middle where they are."""
SPLIT_MORE = 0.99
"""Probability that one more client stays."""
MANY_TO_SORT = 20
"""So many clients are sorted by insertion alone."""


@kernel
def search(
    d: Data,
    s: Plan,
    best: Plan,
    u: Scratch,
    iterations: int,
    temperature: float,
    mean_removed: float,
) -> Any:
    """Run some iterations at one temperature, and keep the best plan seen; return nothing.

    Parameters
    ----------
    d
        The problem.
    s
        The plan that is changed.
    best
        The best plan so far; only its links, routes, bank and cost are kept up to date.
    u
        Scratch; it knows in which routes the two plans differ.
    iterations
        How many.
    temperature
        In units of cost.
    mean_removed
        Clients that an iteration removes, in the mean.
    """
    for r in range(s.route.shape[0]):
        u.mark[r, SAVED_IN] = u.mark[r, RUINED_IN] = 0
    retypes = d.vehicle.shape[0] > 1 and not (d.timed or d.rich)
    for iteration in range(1, iterations + 1):
        num_bank = s.counts[BANK]
        for place in range(num_bank):
            u.bank[place] = s.bank[place]
        change, touched, filled, num_removed = ruin(d, s, u, iteration, mean_removed)
        for place in range(num_bank):
            u.removed[num_removed] = s.bank[place]
            num_removed += 1
        s.counts[BANK] = 0
        sort_removed(d, s, u, num_removed)
        limit = -temperature * math.log(1e-300 + rnd(s.random))
        change, touched, filled = recreate(
            d, s, u, iteration, num_removed, change, limit, touched, filled
        )
        if retypes and change < math.inf:
            gain, touched, filled = retype(d, s, u, iteration, touched, filled)
            change += gain
        if change > limit:
            restore(d, s, u, touched, num_removed, num_bank)
            continue
        s.cost[0] += change
        note_stale(u, touched)
        if s.cost[0] < best.cost[0] - 1e-9 * max(1.0, abs(best.cost[0])):
            keep(s, best, u)


@inner
def ruin(d: Data, s: Plan, u: Scratch, iteration: int, mean_removed: float) -> Any:
    """Remove strings near a random client; return cost change, routes and clients saved, count."""
    change, touched, filled, num_removed = 0.0, 0, 0, 0
    served = len(s.members) - s.counts[BANK]
    if served <= 0:
        return change, touched, filled, num_removed
    longest = min(LONGEST_STRING, served / max(1, s.counts[USED]))
    strings = int(rnd(s.random) * (4.0 * mean_removed / (1.0 + longest) - 1.0) + 1.0)
    centre = s.counts[WINDOW] + int(rnd(s.random) * s.counts[SPAN])
    centre = s.members[centre % len(s.members)]
    for place in range(-1, d.near.shape[1]):
        c = centre if place < 0 else d.near[centre, place]
        r = s.node[c, ROUTE]
        if r < 0 or u.mark[r, RUINED_IN] == iteration:
            continue
        u.mark[r, RUINED_IN] = iteration
        touched, filled = save_route(d, s, u, iteration, r, touched, filled)
        before = s.route[r, SIZE]
        change += remove_string(d, s, u, c, longest, num_removed)
        num_removed += before - s.route[r, SIZE]
        strings -= 1
        if strings <= 0:
            break
    return change, touched, filled, num_removed


@inner
def remove_string(d: Data, s: Plan, u: Scratch, c: int, longest: float, num_removed: int) -> Any:
    """Remove a string of random length with client c in it; return the cost change."""
    size = s.route[s.node[c, ROUTE], SIZE]
    length = min(int(rnd(s.random) * min(float(size), longest) + 1.0), size)
    keep = 0
    if 1 < length < size and rnd(s.random) < SPLIT_SHARE:
        keep = 1
        while length + keep < size and rnd(s.random) < SPLIT_MORE:
            keep += 1
    span = length + keep
    before, after = 0, 0
    x = s.node[c, PREVIOUS]
    while x >= 0 and before < span:
        before += 1
        x = s.node[x, PREVIOUS]
    x = s.node[c, NEXT]
    while x >= 0 and after < span:
        after += 1
        x = s.node[x, NEXT]
    fewest = max(0, span - 1 - after)
    back = fewest + int(rnd(s.random) * (min(before, span - 1) - fewest + 1))
    for _ in range(back):
        c = s.node[c, PREVIOUS]
    keep_from = 1 + int(rnd(s.random) * (length - 1)) if keep > 0 else span
    return remove_span(d, s, u, c, span, keep_from, keep, num_removed)


@inner
def recreate(
    d: Data,
    s: Plan,
    u: Scratch,
    iteration: int,
    num_removed: int,
    change: float,
    limit: float,
    touched: int,
    filled: int,
) -> Any:
    """Insert the removed one by one; return the cost change and what is saved.

    The change is inf when it cannot end below the limit: what is left then is not inserted.
    """
    pending = 0.0  # prizes that may still be won back
    for place in range(num_removed):
        pending += d.client[u.removed[place], PRIZE]
    for place in range(num_removed):
        if change - pending > limit:
            return math.inf, touched, filled
        c = u.removed[place]
        pending -= d.client[c, PRIZE]
        cost, r, a = best_place(d, s, u, c, touched)
        if r < 0:
            s.bank[s.counts[BANK]] = c
            s.counts[BANK] += 1
            continue
        touched, filled = save_route(d, s, u, iteration, r, touched, filled)
        insert(d, s, c, r, a)
        change += cost - d.client[c, PRIZE]
    return change, touched, filled


@inner
def sort_removed(d: Data, s: Plan, u: Scratch, num_removed: int) -> None:
    """Sort the removed: at random, by demand, distance from the depot, or window."""
    removed, key = u.removed, u.key
    way = rnd(s.random) * (17.0 if d.timed else 11.0)
    for place in range(num_removed):
        c = removed[place]
        if way < 4.0:
            key[place] = rnd(s.random)
        elif way < 8.0:
            key[place] = -d.demand[c, 0]
        elif way < 10.0:
            key[place] = -distance_of(d, d.ends[0, 0], d.num_depots + c)
        elif way < 11.0:
            key[place] = distance_of(d, d.ends[0, 0], d.num_depots + c)
        elif way < 13.0:
            key[place] = d.client[c, LATE] - d.client[c, EARLY]
        elif way < 15.0:
            key[place] = d.client[c, EARLY]
        else:
            key[place] = -d.client[c, LATE]
    sort_by_key(removed, key, num_removed)


@inner
def sort_by_key(removed: Array, key: Array, count: int) -> None:
    """Sort some clients by their keys, in place: by insertion, over wide gaps first if many."""
    gap = 1
    while gap < count // MANY_TO_SORT:
        gap = 3 * gap + 1
    while gap > 0:
        for place in range(gap, count):
            c, k, at = removed[place], key[place], place - gap
            while at >= 0 and key[at] > k:
                removed[at + gap], key[at + gap] = removed[at], key[at]
                at -= gap
            removed[at + gap], key[at + gap] = c, k
        gap //= 3


@inner
def note_stale(u: Scratch, touched: int) -> None:
    """Note that routes have been changed since the best plan was kept."""
    for place in range(touched):
        r = u.saved[place, WHICH]
        if not u.mark[r, IS_STALE]:
            u.mark[r, IS_STALE] = 1
            u.stale[0] += 1
            u.stale[u.stale[0]] = r


@inner
def keep(s: Plan, best: Plan, u: Scratch) -> None:
    """Copy the links of a plan: those of the routes in which the copy differs."""
    for place in range(1, u.stale[0] + 1):
        r = u.stale[place]
        u.mark[r, IS_STALE] = 0
        best.route[r, FIRST], best.route[r, LAST] = s.route[r, FIRST], s.route[r, LAST]
        best.route[r, SIZE] = s.route[r, SIZE]
        best.route[r, TYPE] = s.route[r, TYPE]
        c = s.route[r, FIRST] if s.route[r, SIZE] > 0 else -1
        while c >= 0:
            best.node[c, NEXT], best.node[c, PREVIOUS] = s.node[c, NEXT], s.node[c, PREVIOUS]
            best.node[c, ROUTE] = r
            c = s.node[c, NEXT]
    u.stale[0] = 0
    best.counts[BANK], best.counts[USED] = s.counts[BANK], s.counts[USED]
    for place in range(s.counts[BANK]):
        best.bank[place] = s.bank[place]
        best.node[s.bank[place], ROUTE] = -1
    best.cost[0] = s.cost[0]
