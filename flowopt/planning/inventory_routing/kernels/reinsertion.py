"""The best visits of one customer over all periods, the routes of all others being as they are.

A dynamic program over the periods and what the customer has received in all. Ways into routes of a
period do not depend on other periods, so it is exact, up to the grid of amounts. (Zhao, Archetti,
Pham and Vidal: Large neighborhood and hybrid genetic search for inventory routing problems,
arXiv 2506.03172, 2025, find the same by piecewise linear functions.)
"""

from __future__ import annotations

import math
from typing import Any

from flowopt.planning.inventory_routing.kernels.layout import (
    CAPACITY,
    COST,
    DEPOT_RATE,
    DUST,
    OF_ROUTE,
    OF_VISIT,
    PRICE,
    SHORT,
    Data,
    Plan,
    Scratch,
)
from flowopt.planning.inventory_routing.kernels.moves import at, link
from flowopt.routing.kernels.compiled import inlined, inner
from flowopt.routing.kernels.places import rnd


@inner
def reinsert(d: Data, s: Plan, u: Scratch, i: int, blink: float) -> Any:
    """Give a customer that is in no route its best visits; return nothing.

    Parameters
    ----------
    d, s, u
        The problem, the plan, room to work.
    i
        The customer.
    blink
        Probability that a place is passed by.
    """
    depot_room(d, s, u)
    periods = len(d.available)
    u.value[0, 0] = 0.0
    low, high = 0, 0
    for t in range(periods):
        top = highest(d, i, t, low, u.free[t])
        start_from(u, t, low, high, top)
        if top > low:
            num = choices(d, s, u, i, t, d.grid[i, top] - d.grid[i, low], blink)
            if d.fills:
                fill_up(d, s, u, i, t, low, high, top, num)
            else:
                for place in range(num):
                    bring(d, s, u, i, t, low, high, top, place)
        high = max(high, top)
        low, high = make_up(d, u, i, t, low, high)
    follow(d, s, u, i, low, high)


@inner
def depot_room(d: Data, s: Plan, u: Scratch) -> Any:
    """Find what the depot could send out more in all by the end of each period; return nothing."""
    sent = 0.0
    for t in range(len(d.available)):
        sent += s.sent[t]
        u.free[t] = d.available[t] - sent
    for t in range(len(d.available) - 2, -1, -1):
        u.free[t] = min(u.free[t], u.free[t + 1])


@inner
def highest(d: Data, i: int, t: int, low: int, free: float) -> Any:
    """Return the place of the most that can be received in all by the end of a period."""
    begin, end = low - 1, d.high[i, t]
    limit = free + d.number[DUST]
    if d.grid[i, end] <= limit:
        return end
    while end - begin > 1:  # grid[begin] fits, grid[end] does not
        middle = (begin + end) >> 1
        if d.grid[i, middle] <= limit:
            begin = middle
        else:
            end = middle
    return begin


@inner
def start_from(u: Scratch, t: int, low: int, high: int, top: int) -> Any:
    """Let each amount come from the same amount without a visit; return nothing."""
    for b in range(low, high + 1):
        u.value[t + 1, b] = u.value[t, b]
        u.origin[t, b], u.via[t, b] = b, -1
    for b in range(high + 1, top + 1):
        u.value[t + 1, b] = math.inf


@inner
def choices(d: Data, s: Plan, u: Scratch, i: int, t: int, most: float, blink: float) -> Any:
    """Find the vehicles that may bring something; return their number.

    They are sorted by cost; one with no more room than a cheaper one is left out.

    Parameters
    ----------
    d, s, u
        The problem, the plan, room to work.
    i, t
        Customer and period.
    most
        The most that is of use.
    blink
        Probability that a place is passed by.
    """
    num, empty = 0, False
    for k in range(s.load.shape[1]):
        if s.visits[t, k] == 0:
            if empty:
                continue
            empty = True
            best = max(0.0, d.far[i] + u.bias[OF_ROUTE, t])
            u.place[t, k] = len(d.size) + k
        elif d.number[CAPACITY] - s.load[t, k] <= d.number[DUST]:
            continue
        else:
            best = best_place(d, s, u, i, t, k, blink)
        best += u.bias[OF_VISIT, t]
        place = num
        while place > 0 and u.delta[place - 1] > best:
            u.delta[place], u.choice[place] = u.delta[place - 1], u.choice[place - 1]
            place -= 1
        u.delta[place], u.choice[place] = best, k
        num += 1
    kept, room = 0, 0.0
    for place in range(num):
        k = u.choice[place]
        if d.number[CAPACITY] - s.load[t, k] > room and u.delta[place] < math.inf:
            room = d.number[CAPACITY] - s.load[t, k]
            u.choice[kept], u.delta[kept] = k, u.delta[place]
            kept += 1
            if room >= most:
                break
    return kept


@inner
def best_place(d: Data, s: Plan, u: Scratch, i: int, t: int, k: int, blink: float) -> Any:
    """Find the cheapest place in a route; return by what it costs more."""
    best, head = math.inf, len(d.size) + k
    node, p = head, len(d.size)
    while True:
        after = s.next[t, node]
        q = at(d, after)
        more = d.way[p, i] + d.way[i, q] - d.way[p, q]
        if more < best and rnd(s.random) >= blink:
            best, u.place[t, k] = more, node
        if after == head:
            return best
        node, p = after, q


@inner
def bring(
    d: Data, s: Plan, u: Scratch, i: int, t: int, low: int, high: int, top: int, place: int
) -> Any:
    """Look at all that a vehicle may bring, by the least in a sliding window; return nothing."""
    k, more = u.choice[place], u.delta[place]
    room = d.number[CAPACITY] - s.load[t, k] + d.number[DUST]
    first, last = 0, 0  # of the queue, whose values rise
    for b in range(low + 1, top + 1):
        a = b - 1
        if a <= high:
            value = u.value[t, a]
            while last > first and u.value[t, u.queue[last - 1]] >= value:
                last -= 1
            u.queue[last] = a
            last += 1
        while last > first and d.grid[i, b] - d.grid[i, u.queue[first]] > room:
            first += 1
        if last == first:
            if a > high:
                return
            continue
        value = u.value[t, u.queue[first]] + more
        if value < u.value[t + 1, b]:
            u.value[t + 1, b] = value
            u.origin[t, b], u.via[t, b] = u.queue[first], k


@inner
def fill_up(
    d: Data, s: Plan, u: Scratch, i: int, t: int, low: int, high: int, top: int, num: int
) -> Any:
    """Look at the one amount that fills the customer's stock up; return nothing."""
    b = d.high[i, t]
    if top < b:
        return
    for a in range(low, min(high, b - 1) + 1):
        wanted = d.grid[i, b] - d.grid[i, a] - d.number[DUST]
        for place in range(num):
            k = u.choice[place]
            if d.number[CAPACITY] - s.load[t, k] >= wanted:
                value = u.value[t, a] + u.delta[place]
                if value < u.value[t + 1, b]:
                    u.value[t + 1, b] = value
                    u.origin[t, b], u.via[t, b] = a, k
                break


@inner
def make_up(d: Data, u: Scratch, i: int, t: int, low: int, high: int) -> Any:
    """Make up for what is lacking, at its price, and charge stock; return the new ends."""
    due, value = d.low[i, t], u.value[t + 1]
    u.jump[t] = -1
    if due > low:
        if due > high:
            value[due] = math.inf
        for b in range(low, min(high, due - 1) + 1):
            lacking = value[b] + price(d, t) * (d.grid[i, due] - d.grid[i, b])
            if lacking < value[due]:
                value[due], u.jump[t] = lacking, b
        low, high = due, max(high, due)
    for b in range(low, high + 1):
        value[b] += (d.rate[i] + u.lean[0]) * d.grid[i, b]
    return low, high


@inlined
def price(d: Data, t: int) -> Any:
    """Return what a unit that is lacking costs, the stock included that the depot keeps."""
    return d.number[PRICE] + d.number[DEPOT_RATE] * (len(d.available) - t)


@inner
def follow(d: Data, s: Plan, u: Scratch, i: int, low: int, high: int) -> Any:
    """Put the customer in as the cheapest way through the periods says; return nothing."""
    periods, b = len(d.available), low
    for other in range(low + 1, high + 1):
        if u.value[periods, other] < u.value[periods, b]:
            b = other
    part, ways, short = 0.0, 0.0, 0.0
    for t in range(periods - 1, -1, -1):
        part += d.rate[i] * d.grid[i, b]
        if u.jump[t] >= 0 and b == d.low[i, t]:
            lacking = d.grid[i, b] - d.grid[i, u.jump[t]]
            part += lacking * price(d, t)
            short += lacking
            b = u.jump[t]
        k = u.via[t, b]
        a = u.origin[t, b]
        if k >= 0:
            ways += link(d, s, t, i, k, u.place[t, k], d.grid[i, b] - d.grid[i, a])
        b = a
    s.part[i], s.short[i] = part, short
    s.total[COST] += part + ways
    s.total[SHORT] += short
