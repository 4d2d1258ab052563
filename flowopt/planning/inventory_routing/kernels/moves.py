"""Putting customers into routes and taking them out, and back."""

from __future__ import annotations

from typing import Any

from flowopt.planning.inventory_routing.kernels.layout import (
    COST,
    SHORT,
    Data,
    Plan,
    Scratch,
)
from flowopt.routing.kernels.compiled import inlined, inner


@inlined
def at(d: Data, node: int) -> Any:
    """Return where a node lies: the begin and end of a route at the depot."""
    return min(node, len(d.size))


@inner
def link(d: Data, s: Plan, t: int, i: int, k: int, before: int, amount: float) -> Any:
    """Put a customer behind a node of a route; return by what the ways cost more."""
    after = s.next[t, before]
    s.next[t, before] = s.previous[t, after] = i
    s.previous[t, i], s.next[t, i] = before, after
    s.vehicle[t, i], s.amount[t, i] = k, amount
    s.load[t, k] += amount
    s.visits[t, k] += 1
    s.sent[t] += amount
    p, q = at(d, before), at(d, after)
    return d.way[p, i] + d.way[i, q] - (d.way[p, q] if s.visits[t, k] > 1 else 0.0)


@inner
def unlink(d: Data, s: Plan, t: int, i: int) -> Any:
    """Take a customer out of a route; return by what the ways cost less."""
    k, before, after = s.vehicle[t, i], s.previous[t, i], s.next[t, i]
    s.next[t, before], s.previous[t, after] = after, before
    s.vehicle[t, i] = -1
    s.load[t, k] -= s.amount[t, i]
    s.sent[t] -= s.amount[t, i]
    s.amount[t, i] = 0.0
    s.visits[t, k] -= 1
    p, q = at(d, before), at(d, after)
    return d.way[p, i] + d.way[i, q] - (d.way[p, q] if s.visits[t, k] > 0 else 0.0)


@inner
def take_out(d: Data, s: Plan, i: int) -> Any:
    """Take a customer out of all periods; return nothing."""
    saved = s.part[i]
    for t in range(len(d.available)):
        if s.vehicle[t, i] >= 0:
            saved += unlink(d, s, t, i)
    s.total[COST] -= saved
    s.total[SHORT] -= s.short[i]
    s.part[i] = s.short[i] = 0.0


@inner
def take_out_noted(d: Data, s: Plan, u: Scratch, i: int, number: int, noted: int) -> Any:
    """Take a customer out and note how it was in; return the number of notes.

    Parameters
    ----------
    d, s, u
        The problem, the plan, room to work.
    i
        The customer.
    number, noted
        How many were taken out before it, and how many notes there are of them.
    """
    u.kept[number, 0], u.kept[number, 1] = s.part[i], s.short[i]
    for t in range(len(d.available)):
        k = s.vehicle[t, i]
        if k < 0:
            continue
        u.log[noted, 0], u.log[noted, 1] = t, i
        u.log[noted, 2], u.log[noted, 3] = s.previous[t, i], k
        u.log_amount[noted] = s.amount[t, i]
        noted += 1
    take_out(d, s, i)
    return noted


@inner
def put_back(d: Data, s: Plan, u: Scratch, num: int, noted: int, cost: float, short: float) -> Any:
    """Undo what was noted; return nothing.

    Parameters
    ----------
    d, s, u
        The problem, the plan, room to work.
    num, noted
        How many customers were taken out, in the order of `u.mark`, and how many notes there are.
    cost, short
        Totals before.
    """
    for place in range(num):
        take_out(d, s, u.removed[place])
    for note in range(noted - 1, -1, -1):
        t, i, before, k = u.log[note, 0], u.log[note, 1], u.log[note, 2], u.log[note, 3]
        link(d, s, t, i, k, before, u.log_amount[note])
    for place in range(num):
        i = u.removed[place]
        s.part[i], s.short[i] = u.kept[place, 0], u.kept[place, 1]
    s.total[COST], s.total[SHORT] = cost, short


@inner
def add_up(d: Data, s: Plan) -> Any:
    """Sum up loads and cost again, free of the rounding of many changes; return nothing."""
    num = len(d.size)
    s.total[COST] = s.total[SHORT] = 0.0
    for i in range(num):
        s.total[COST] += s.part[i]
        s.total[SHORT] += s.short[i]
    for t in range(len(d.available)):
        s.sent[t] = 0.0
        for k in range(s.load.shape[1]):
            load, head = 0.0, num + k
            node = s.next[t, head]
            if node != head:
                s.total[COST] += d.way[num, node]
            while node != head:
                load += s.amount[t, node]
                after = s.next[t, node]
                s.total[COST] += d.way[node, at(d, after)]
                node = after
            s.load[t, k] = load
            s.sent[t] += load
