"""Takes strings of neighbouring visits out of routes, with what hangs on them."""

from __future__ import annotations

import math
from typing import Any

from flowopt.routing.kernels.compiled import inner
from flowopt.routing.kernels.rules_layout import (
    BANK,
    BEFORE,
    BEHIND,
    COLLECTED,
    COST,
    LATEST,
    LEG,
    LOSS,
    NEXT,
    PARTNER,
    PREVIOUS,
    RELEASED,
    RELOADS,
    ROLE,
    ROUTE,
    SIZE,
    TYPE,
    USED,
    Data,
    Plan,
    Scratch,
)
from flowopt.routing.kernels.rules_moves import (
    add_reload,
    count_out,
    drop_reload,
    give_free,
    link_out,
    reckon,
    save_route,
    stamp_anew,
)
from flowopt.routing.kernels.rules_places import ready_when_released
from flowopt.routing.kernels.rules_state import head_of, is_client, is_tail
from flowopt.routing.kernels.rules_ways import above, arrive, chance, distance_of, way_time

MEAN_REMOVED = 10.0
LONGEST_STRING = 10.0
SPLIT_SHARE = 0.5
"""Share of strings that leave some clients in their middle where they are."""
SHARE_AROUND_LEFT = 0.5
"""Share of strings that make room around a client that must be served and is not."""
SPLIT_MORE = 0.99
"""Probability that one more client stays."""


@inner
def ruin(d: Data, s: Plan, u: Scratch, iteration: int) -> Any:
    """Remove strings near a random client; return cost change, routes and nodes saved, count.

    The change is inf when a route no longer holds without its string.
    """
    change, touched, filled, num_removed = 0.0, 0, 0, 0
    if s.counts[USED] <= 0:
        return change, touched, filled, num_removed
    served = len(s.members) - s.counts[BANK]
    longest = min(LONGEST_STRING, max(1.0, served / s.counts[USED]))
    strings = int(chance(s) * (4.0 * MEAN_REMOVED / (1.0 + longest) - 1.0) + 1.0)
    centre = choose_centre(d, s)
    for place in range(-1, d.near.shape[1]):
        c = centre if place < 0 else d.near[centre, place]
        r = s.link[c, ROUTE]
        if r < 0 or u.ruined_in[r] == iteration:
            continue
        u.ruined_in[r] = iteration
        touched, filled = save_route(d, s, u, iteration, r, touched, filled)
        cost, before = s.amount[r, COST], num_removed
        num_removed = remove_string(d, s, u, c, longest, num_removed)
        for at in range(before, num_removed):
            change += d.client[u.removed[at], LOSS]
        change += mend(d, s, r) - cost
        stamp_anew(u, r)
        strings -= 1
        if strings <= 0:
            break
    return change, touched, filled, num_removed


@inner
def choose_centre(d: Data, s: Plan) -> Any:
    """Return a random client; while any that must be served is not, often such a one."""
    if s.counts[BANK] > 0 and chance(s) < SHARE_AROUND_LEFT:
        c = s.bank[int(chance(s) * s.counts[BANK])]
        if d.client[c, LOSS] >= d.must:
            other = d.bond[c, PARTNER]
            return other if other >= 0 and chance(s) < 0.5 else c
    return s.members[int(chance(s) * len(s.members))]


@inner
def remove_string(d: Data, s: Plan, u: Scratch, c: int, longest: float, num_removed: int) -> Any:
    """Remove a string of random length with client c in it; return how many are out now."""
    size = s.route[s.link[c, ROUTE], SIZE]
    length = min(int(chance(s) * min(float(size), longest) + 1.0), size)
    keep = 0
    if 1 < length < size and chance(s) < SPLIT_SHARE:
        keep = 1
        while length + keep < size and chance(s) < SPLIT_MORE:
            keep += 1
    span = length + keep
    before, after = 0, 0
    x = client_before(d, s, c)
    while x >= 0 and before < span:
        before += 1
        x = client_before(d, s, x)
    x = client_after(d, s, c)
    while x >= 0 and after < span:
        after += 1
        x = client_after(d, s, x)
    fewest = max(0, span - 1 - after)
    back = fewest + int(chance(s) * (min(before, span - 1) - fewest + 1))
    for _ in range(back):
        c = client_before(d, s, c)
    keep_from = 1 + int(chance(s) * (length - 1)) if keep > 0 else span
    for place in range(span):
        u.string[place] = c
        c = client_after(d, s, c)
    for place in range(span):
        if not keep_from <= place < keep_from + keep:
            num_removed = take_out(d, s, u, u.string[place], num_removed)
    return num_removed


@inner
def take_out(d: Data, s: Plan, u: Scratch, c: int, num_removed: int) -> Any:
    """Take a client out, and the other end of its shipment; return how many are out now."""
    r, other = s.link[c, ROUTE], d.bond[c, PARTNER]
    if r < 0:  # went with the other end of its shipment
        return num_removed
    link_out(s, c)
    count_out(d, s, c, r)
    if other >= 0:
        link_out(s, other)
        count_out(d, s, other, r)
        if d.bond[c, ROLE] < 0:
            c = other
    u.removed[num_removed] = c
    return num_removed + 1


@inner
def client_before(d: Data, s: Plan, x: int) -> Any:
    """Return the client before a node; -1 for none."""
    x = s.link[x, PREVIOUS]
    while x >= 0 and not is_client(d, x):
        x = s.link[x, PREVIOUS]
    return x


@inner
def client_after(d: Data, s: Plan, x: int) -> Any:
    """Return the client after a node; -1 for none."""
    x = s.link[x, NEXT]
    while x >= 0 and not is_client(d, x):
        x = s.link[x, NEXT]
    return x


@inner
def mend(d: Data, s: Plan, r: int) -> Any:
    """Bring a route up to date that clients have left; return its cost, inf if it is broken.

    Trips without clients are dropped, and some reloads that are no longer needed.
    """
    drop_empty_trips(d, s, r)
    if s.route[r, SIZE] == 0:
        give_free(s, r)
    cost = reckon(d, s, r)
    if s.route[r, RELOADS] == 0 or math.isinf(cost):
        return cost
    x = s.link[head_of(s, r), NEXT]
    while not is_tail(s, x):
        after = s.link[x, NEXT]
        if not is_client(d, x) and chance(s) < 0.5 and could_go(d, s, x):
            a, depot = s.link[x, PREVIOUS], s.place[x]
            drop_reload(s, x)
            if d.walked:
                without = reckon(d, s, r)
                if without < cost:
                    cost = without
                else:
                    add_reload(s, depot, a)
                    cost = reckon(d, s, r)
            else:
                cost = reckon(d, s, r)
        x = after
    return cost


@inner
def drop_empty_trips(d: Data, s: Plan, r: int) -> None:
    """Drop reloads that are first, last or behind another."""
    if s.route[r, RELOADS] == 0:
        return
    x = s.link[head_of(s, r), NEXT]
    while not is_tail(s, x):
        after = s.link[x, NEXT]
        if not is_client(d, x) and (not is_client(d, s.link[x, PREVIOUS]) or is_tail(s, after)):
            drop_reload(s, x)
        x = after


@inner
def could_go(d: Data, s: Plan, x: int) -> Any:
    """Return whether the trips around reload x could be one, shorter than before."""
    a, b = s.link[x, PREVIOUS], s.link[x, NEXT]
    k = s.route[s.link[x, ROUTE], TYPE]
    for dim in range(s.load.shape[2]):
        most, collected = d.capacity[k, dim], s.load[a, COLLECTED, dim]
        if above(s.load[a, BEFORE, dim] + s.load[x, LEG, dim], most):
            return False
        if above(s.load[x, BEHIND, dim] + collected, most):
            return False
    at, by, to = s.place[a], s.place[x], s.place[b]
    longer = distance_of(d, k, at, by) + distance_of(d, k, by, to)
    if distance_of(d, k, at, to) > longer:
        return False
    if not d.timed:
        return True
    ready = ready_when_released(d, s, k, a, s.time[x, RELEASED])
    if math.isinf(ready):
        return False
    return not above(arrive(d, k, ready, way_time(d, k, at, to)), s.time[b, LATEST])
