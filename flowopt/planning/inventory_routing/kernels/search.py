"""Large neighbourhood search: take neighbours out of all periods, put each back at its best."""

from __future__ import annotations

import math
from typing import Any

from flowopt.planning.inventory_routing.kernels.layout import (
    COST,
    MOST_REMOVED,
    SHORT,
    Data,
    Plan,
    Scratch,
)
from flowopt.planning.inventory_routing.kernels.moves import add_up, put_back, take_out_noted
from flowopt.planning.inventory_routing.kernels.reinsertion import reinsert
from flowopt.routing.kernels.compiled import inner, kernel
from flowopt.routing.kernels.places import rnd

MEAN_REMOVED = 6.0
BLINK = 0.01
LONGEST_STRING = 8.0


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
        The best plan so far; only its routes, quantities and totals are kept up to date.
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
        cost, short = s.total[COST], s.total[SHORT]
        num = choose(d, s, u, iteration)
        sort_removed(d, s, u, num)
        noted = 0
        for place in range(num):
            noted = take_out_noted(d, s, u, u.removed[place], place, noted)
        for place in range(num):
            reinsert(d, s, u, u.removed[place], BLINK)
        if s.total[COST] - cost > -temperature * math.log(1e-300 + rnd(s.random)):
            put_back(d, s, u, num, noted, cost, short)
        elif s.total[COST] < best.total[COST] - 1e-9 * max(1.0, abs(best.total[COST])):
            keep(s, best)


@inner
def keep(s: Plan, best: Plan) -> Any:
    """Copy a plan's routes, quantities and totals; return nothing."""
    for t in range(s.next.shape[0]):
        for node in range(s.next.shape[1]):
            best.next[t, node] = s.next[t, node]
        for i in range(len(s.part)):
            best.vehicle[t, i], best.amount[t, i] = s.vehicle[t, i], s.amount[t, i]
    for i in range(len(s.part)):
        best.part[i], best.short[i] = s.part[i], s.short[i]
    best.total[COST], best.total[SHORT] = s.total[COST], s.total[SHORT]


@inner
def choose(d: Data, s: Plan, u: Scratch, iteration: int) -> Any:
    """Choose customers that are near each other, in space or in the routes; return their number."""
    size = len(d.size)
    centre = int(rnd(s.random) * size)
    most = min(size, MOST_REMOVED)
    if rnd(s.random) < 0.5:
        return strings(d, s, u, iteration, centre, most)
    wanted = min(most, 1 + int(rnd(s.random) * (2.0 * MEAN_REMOVED - 1.0)))
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
def strings(d: Data, s: Plan, u: Scratch, iteration: int, centre: int, most: int) -> Any:
    """Choose strings of visits of one period near a customer; return the number of customers."""
    t = int(rnd(s.random) * len(d.available))
    visits, routes = 0, 0
    for k in range(s.visits.shape[1]):
        visits += s.visits[t, k]
        routes += 1 if s.visits[t, k] > 0 else 0
    longest = min(LONGEST_STRING, max(1.0, visits / max(1, routes)))
    wanted = 1 + int(rnd(s.random) * (4.0 * MEAN_REMOVED / (1.0 + longest) - 1.0))
    num = 0
    for place in range(-1, d.near.shape[1]):
        c = centre if place < 0 else d.near[centre, place]
        k = s.vehicle[t, c]
        if u.mark[c] == iteration:
            continue
        if k < 0:
            if place < 0 or rnd(s.random) < 0.3:
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
