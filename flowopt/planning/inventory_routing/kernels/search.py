"""Large neighbourhood search: take neighbours out of all periods, put each back at its best."""

from __future__ import annotations

import math
from typing import Any

from flowopt.planning.inventory_routing.kernels.layout import (
    CAPACITY,
    COST,
    DUST,
    LEANING,
    MOST_REMOVED,
    OF_ROUTE,
    OF_VISIT,
    SHORT,
    Data,
    Plan,
    Scratch,
)
from flowopt.planning.inventory_routing.kernels.moves import (
    add_up,
    link,
    put_back,
    take_out_noted,
    unlink,
)
from flowopt.planning.inventory_routing.kernels.reinsertion import best_place, reinsert
from flowopt.routing.kernels.compiled import inner, kernel
from flowopt.routing.kernels.places import rnd

PACK = 0.5
"""Share of iterations that only pack the vehicles of one period anew, which is quick."""
MEAN_REPACKED, MEAN_REMOVED = 10.0, 6.0
"""Visits that these take out, and customers that others do."""
STRINGS, LONGEST_STRING = 0.5, 8.0
"""Share of the others that take out strings of visits; the longest of them."""
IDLE = 0.3
"""Share of the customers among them that are not visited then, and are taken out, too."""
OPEN, CLOSE = 0.15, 0.1
"""Shares of the others that make a new route in a period cheap, and that give up a whole one."""
LEAN = 0.5
"""Share of the others that bring little early."""
BLINK = 0.01
"""Probability that a place in a route is passed by."""


@kernel
def construct(d: Data, s: Plan, u: Scratch, order: Any) -> Any:
    """Put customers that are in no route in, one by one; return nothing.

    Parameters
    ----------
    d, s, u
        The problem, the plan, room to work.
    order
        The customers.
    """
    for place in range(len(order)):
        reinsert(d, s, u, order[place], 0.0)


@kernel
def search(d: Data, s: Plan, best: Plan, u: Scratch, iterations: int, temperature: float) -> Any:
    """Run some iterations at one temperature, and keep the best plan seen; return nothing.

    Parameters
    ----------
    d
        The problem.
    s
        The plan that is changed.
    best
        The best plan so far.
    u
        Room to work.
    iterations
        How many.
    temperature
        In units of cost.
    """
    u.mark[:] = 0
    u.ruined[:] = 0
    add_up(d, s)
    for iteration in range(1, iterations + 1):
        cost = s.total[COST]
        limit = cost - temperature * math.log(1e-300 + rnd(s.random))
        if rnd(s.random) < PACK:
            pack_again(d, s, u, iteration, limit)
        else:
            plan_again(d, s, u, iteration, limit)
        if s.total[COST] < best.total[COST] - 1e-9 * max(1.0, abs(best.total[COST])):
            keep(s, best)


@inner
def plan_again(d: Data, s: Plan, u: Scratch, iteration: int, limit: float) -> Any:
    """Take customers out of all periods and put them back, if that costs less than a limit."""
    cost, short = s.total[COST], s.total[SHORT]
    num, noted = choose(d, s, u, iteration), 0
    sort_removed(d, s, u, num)
    for place in range(num):
        noted = take_out_noted(d, s, u, u.removed[place], place, noted)
    for place in range(num):
        reinsert(d, s, u, u.removed[place], BLINK)
    if s.total[COST] > limit:
        put_back(d, s, u, num, noted, cost, short)


@inner
def pack_again(d: Data, s: Plan, u: Scratch, iteration: int, limit: float) -> Any:
    """Take visits of one period out and put them back as large, if that costs less than a limit."""
    cost = s.total[COST]
    size, t = len(d.size), int(rnd(s.random) * len(d.available))
    centre, most = int(rnd(s.random) * size), min(size, MOST_REMOVED)
    num = strings(d, s, u, iteration, t, centre, most, MEAN_REPACKED, 0.0)
    sort_removed(d, s, u, num)
    for place in range(num):
        i = u.removed[place]
        u.log[place, 0], u.log[place, 1] = t, i
        u.log[place, 2], u.log[place, 3] = s.previous[t, i], s.vehicle[t, i]
        u.log_amount[place] = s.amount[t, i]
        s.total[COST] -= unlink(d, s, t, i)
    packed = 0
    while packed < num and s.total[COST] <= limit:
        if not pack(d, s, u, t, u.removed[packed], u.log_amount[packed]):
            break
        packed += 1
    if packed == num and s.total[COST] <= limit:
        return
    for place in range(packed):
        unlink(d, s, t, u.removed[place])
    for note in range(num - 1, -1, -1):
        link(d, s, t, u.log[note, 1], u.log[note, 3], u.log[note, 2], u.log_amount[note])
    s.total[COST] = cost


@inner
def pack(d: Data, s: Plan, u: Scratch, t: int, i: int, amount: float) -> Any:
    """Put a visit of a given size into the cheapest route; return whether there is room."""
    chosen, least, empty = -1, math.inf, False
    for k in range(s.load.shape[1]):
        if s.load[t, k] + amount > d.number[CAPACITY] + d.number[DUST]:
            continue
        if s.visits[t, k] == 0:
            if empty:
                continue
            empty = True
            more, u.place[t, k] = d.far[i], len(d.size) + k
        else:
            more = best_place(d, s, u, i, t, k, BLINK)
        if more < least:
            chosen, least = k, more
    if chosen < 0:
        return False
    s.total[COST] += link(d, s, t, i, chosen, u.place[t, chosen], amount)
    return True


@inner
def keep(s: Plan, best: Plan) -> Any:
    """Copy a plan, but for its random numbers; return nothing."""
    for t in range(s.next.shape[0]):
        for node in range(s.next.shape[1]):
            best.next[t, node], best.previous[t, node] = s.next[t, node], s.previous[t, node]
        for k in range(s.load.shape[1]):
            best.load[t, k], best.visits[t, k] = s.load[t, k], s.visits[t, k]
        best.sent[t] = s.sent[t]
        for i in range(len(s.part)):
            best.vehicle[t, i], best.amount[t, i] = s.vehicle[t, i], s.amount[t, i]
    for i in range(len(s.part)):
        best.part[i], best.short[i] = s.part[i], s.short[i]
    best.total[COST], best.total[SHORT] = s.total[COST], s.total[SHORT]


@inner
def choose(d: Data, s: Plan, u: Scratch, iteration: int) -> Any:
    """Choose customers that are near each other, in space or in the routes; return their number."""
    size = len(d.size)
    centre, t = int(rnd(s.random) * size), int(rnd(s.random) * len(d.available))
    most = min(size, MOST_REMOVED)
    if lean_on(d, s, u, t, d.far[centre]):
        return whole_route(d, s, u, t, centre, most)
    if u.bias[OF_ROUTE, t] == 0.0 and rnd(s.random) < STRINGS:
        return strings(d, s, u, iteration, t, centre, most, MEAN_REMOVED, IDLE)
    mean = MEAN_REMOVED * (2.0 if u.bias[OF_ROUTE, t] < 0.0 else 1.0)
    wanted = min(most, 1 + int(rnd(s.random) * (2.0 * mean - 1.0)))
    u.removed[0] = centre
    num = 1
    for place in range(d.near.shape[1]):
        if num >= wanted:
            break
        if rnd(s.random) < 0.7:
            u.removed[num] = d.near[centre, place]
            num += 1
    return num


@inner
def lean_on(d: Data, s: Plan, u: Scratch, t: int, far: float) -> Any:
    """Set what this iteration adds to costs; return whether a route of the period is given up.

    Parameters
    ----------
    d, s, u
        The problem, the plan, room to work.
    t
        A period.
    far
        Cost of the way to the depot and back where the customers are.
    """
    for other in range(len(d.available)):
        u.bias[OF_ROUTE, other] = u.bias[OF_VISIT, other] = 0.0
    u.lean[0] = d.number[LEANING] * rnd(s.random) if rnd(s.random) < LEAN else 0.0
    way = rnd(s.random)
    if way < CLOSE:
        u.bias[OF_VISIT, t] = far * (1.0 + rnd(s.random))
        return True
    if way < CLOSE + OPEN:
        u.bias[OF_ROUTE, t] = -1.2 * far * rnd(s.random)
    return False


@inner
def whole_route(d: Data, s: Plan, u: Scratch, t: int, c: int, most: int) -> Any:
    """Choose all visits of a route of a period, of a customer or else any; return their number."""
    num, vehicles = 0, s.load.shape[1]
    k = s.vehicle[t, c]
    if k < 0:
        k = int(rnd(s.random) * vehicles)
    node = s.next[t, len(d.size) + k]
    while node < len(d.size) and num < most:
        u.removed[num] = node
        num += 1
        node = s.next[t, node]
    return num


@inner
def strings(
    d: Data,
    s: Plan,
    u: Scratch,
    iteration: int,
    t: int,
    centre: int,
    most: int,
    mean: float,
    idle: float,
) -> Any:
    """Choose strings of visits of one period near a customer; return the number of customers."""
    visits, routes = 0, 0
    for k in range(s.visits.shape[1]):
        visits += s.visits[t, k]
        routes += 1 if s.visits[t, k] > 0 else 0
    longest = min(LONGEST_STRING, max(1.0, visits / max(1, routes)))
    wanted = 1 + int(rnd(s.random) * (4.0 * mean / (1.0 + longest) - 1.0))
    num = 0
    for place in range(-1, d.near.shape[1]):
        c = centre if place < 0 else d.near[centre, place]
        k = s.vehicle[t, c]
        if u.mark[c] == iteration:
            continue
        if k < 0:
            if idle > 0.0 and (place < 0 or rnd(s.random) < idle):
                u.mark[c] = iteration
                u.removed[num] = c
                num += 1
        elif u.ruined[k] != iteration:
            u.ruined[k] = iteration
            num = string(d, s, u, iteration, t, c, longest, num, most)
            wanted -= 1
        if wanted <= 0 or num >= most:
            break
    return num


@inner
def string(
    d: Data,
    s: Plan,
    u: Scratch,
    iteration: int,
    t: int,
    c: int,
    longest: float,
    num: int,
    most: int,
) -> Any:
    """Choose a string of visits around one; return the number of customers chosen so far."""
    k = s.vehicle[t, c]
    length = 1 + int(rnd(s.random) * min(longest, s.visits[t, k]))
    node = c
    for _ in range(int(rnd(s.random) * length)):
        if s.previous[t, node] >= len(d.size):
            break
        node = s.previous[t, node]
    for _ in range(length):
        if node >= len(d.size) or num >= most:
            break
        if u.mark[node] != iteration:
            u.mark[node] = iteration
            u.removed[num] = node
            num += 1
        node = s.next[t, node]
    return num


@inner
def sort_removed(d: Data, s: Plan, u: Scratch, num: int) -> Any:
    """Sort the customers to be put in: at random, by demand, the far or the near ones first."""
    way = rnd(s.random)
    for place in range(num):
        i = u.removed[place]
        if way < 0.4:
            u.key[place] = rnd(s.random)
        elif way < 0.7:
            u.key[place] = -d.used[i]
        elif way < 0.9:
            u.key[place] = -d.far[i]
        else:
            u.key[place] = d.far[i]
    for place in range(1, num):
        key, i = u.key[place], u.removed[place]
        gap = place
        while gap > 0 and u.key[gap - 1] > key:
            u.key[gap], u.removed[gap] = u.key[gap - 1], u.removed[gap - 1]
            gap -= 1
        u.key[gap], u.removed[gap] = key, i
