"""Joins chains of clients end to start, the largest saving first, in time linear in the pairs.

The savings heuristic (Clarke & Wright, Operations Research 12, 1964) on pairs of near clients only;
chains are summed up so that two join in constant time (see `flowopt.routing.kernels.times`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from flowopt.routing.kernels.compiled import inner, kernel
from flowopt.routing.kernels.layout import (
    EARLY,
    FIXED,
    LATE,
    MAX_DISTANCE,
    MAX_DURATION,
    PER_DISTANCE,
    PER_DURATION,
    SERVICE,
    SHIFT_EARLY,
    SHIFT_LATE,
    Array,
    Data,
)
from flowopt.routing.kernels.places import SLACK
from flowopt.routing.kernels.ways import distance_of, duration_of

# columns of Chains.sums: distance and duration without the ways from and to depots, earliest and
# latest start, cost of the cheapest route
LENGTH, SPAN, SOONEST, LATEST, COST = range(5)
# columns of Chains.tips: the first and the last client
FRONT, BACK = range(2)


class Chains(NamedTuple):
    """Chains of clients; at first each client is one, with its own number.

    Parameters
    ----------
    beside
        (n, 2) the clients before and after each; either way round where chains may turn; -1: none.
    of
        (n,) number of the chain that a client is an end of.
    tips
        (n + 1, 2) first and last client of each chain; -1 for one that has gone into another.
    load, sums
        (n + 1, d), (n + 1, 5) of each chain. The last row is for one that may come to be.
    left
        (k,) vehicles of each type that are left.
    turns
        Whether chains may be driven the other way round: what is summed up is then the same.
    """

    beside: Array
    of: Array
    tips: Array
    load: Array
    sums: Array
    left: Array
    turns: bool


def new_chains(num_clients: int, num_loads: int, available: Array, turns: bool) -> Chains:
    """Return room for chains.

    Parameters
    ----------
    num_clients, num_loads
        n and d.
    available
        (k,) vehicles of each type.
    turns
        Whether chains may be driven the other way round.
    """
    return Chains(
        beside=np.full((num_clients, 2), -1, dtype=np.int32),
        of=np.arange(num_clients, dtype=np.int32),
        tips=np.full((num_clients + 1, 2), -1, dtype=np.int32),
        load=np.zeros((num_clients + 1, num_loads)),
        sums=np.zeros((num_clients + 1, 5)),
        left=np.array(available, dtype=np.int64),
        turns=turns,
    )


@kernel
def begin_chains(d: Data, s: Chains, members: Array, kind: Array) -> None:
    """Make each client a chain, and find the vehicle type that serves it alone for least.

    Parameters
    ----------
    d, s
        Problem and chains.
    members
        (p,) clients.
    kind
        (n,) is filled.
    """
    for place in range(len(members)):
        c = members[place]
        s.tips[c, FRONT] = s.tips[c, BACK] = c
        for dim in range(s.load.shape[1]):
            s.load[c, dim] = d.demand[c, dim]
        s.sums[c, LENGTH], s.sums[c, SPAN] = 0.0, d.client[c, SERVICE]
        s.sums[c, SOONEST], s.sums[c, LATEST] = d.client[c, EARLY], d.client[c, LATE]
        s.sums[c, COST], kind[c] = cheapest(d, s, c)


@inner
def cheapest(d: Data, s: Chains, a: int) -> Any:
    """Return the least cost of a route along chain a, and its vehicle type (-1: there is none)."""
    first, last = d.num_depots + s.tips[a, FRONT], d.num_depots + s.tips[a, BACK]
    best, kind = np.inf, -1
    for k in range(d.vehicle.shape[0]):
        good = s.left[k] > 0
        for dim in range(s.load.shape[1]):
            most = d.capacity[k, dim]
            good = good and s.load[a, dim] <= most + SLACK * max(1.0, most)
        if not good:
            continue
        there, back = distance_of(d, d.ends[k, 0], first), distance_of(d, last, d.ends[k, 1])
        distance, most = there + s.sums[a, LENGTH] + back, d.vehicle[k, MAX_DISTANCE]
        good = distance <= most + SLACK * max(1.0, most)
        cost = d.vehicle[k, FIXED] + d.vehicle[k, PER_DISTANCE] * distance
        if d.timed or d.rich:
            duration = shortest(d, s, a, k, first, last)
            good = good and duration < np.inf
            cost += d.vehicle[k, PER_DURATION] * duration if good else 0.0
        if good and cost < best:
            best, kind = cost, k
    return best, kind


@inner
def shortest(d: Data, s: Chains, a: int, k: int, first: int, last: int) -> Any:
    """Return the shortest duration of a route of type k along chain a; inf when it is late."""
    opens, closes = d.vehicle[k, SHIFT_EARLY], d.vehicle[k, SHIFT_LATE]
    out = duration_of(d, d.ends[k, 0], first)
    latest = min(s.sums[a, LATEST] - out, closes)
    if opens > latest + SLACK:
        return np.inf
    wait = max(0.0, s.sums[a, SOONEST] - out - latest)
    early = max(s.sums[a, SOONEST] - out, opens) - wait
    span = out + s.sums[a, SPAN] + wait + duration_of(d, last, d.ends[k, 1])
    most = d.vehicle[k, MAX_DURATION]
    if early + span > closes + SLACK or span > most + SLACK * max(1.0, most):
        return np.inf
    return span


@kernel
def savings(
    d: Data, source: Array, target: Array, kind: Array, shape: float, saving: Array
) -> None:
    """Find what each way between two clients saves over going back to the depot between them.

    Parameters
    ----------
    d
        The problem.
    source, target
        (w,) clients at the ends of each way.
    kind
        (n,) vehicle type that counts for each client.
    shape
        How much the way itself counts (Yellow, Operational Research Quarterly 21, 1970).
    saving
        (w,) is filled.
    """
    m = d.num_depots
    for way in range(len(source)):
        i, j = source[way], target[way]
        k = kind[i]
        home, out = d.ends[k, 1], d.ends[k, 0]
        distance = distance_of(d, m + i, home) + distance_of(d, out, m + j)
        distance -= shape * distance_of(d, m + i, m + j)
        saving[way] = d.vehicle[k, PER_DISTANCE] * distance
        if d.vehicle[k, PER_DURATION] > 0 or d.vehicle[k, PER_DISTANCE] == 0:
            duration = duration_of(d, m + i, home) + duration_of(d, out, m + j)
            duration -= shape * duration_of(d, m + i, m + j)
            saving[way] += max(d.vehicle[k, PER_DURATION], 1e-9) * duration


@kernel
def join_chains(d: Data, s: Chains, source: Array, target: Array) -> None:
    """Join chains along ways, in their order, where a vehicle serves both for less than apart.

    Parameters
    ----------
    d, s
        Problem and chains.
    source, target
        (w,) clients at the ends of each way.
    """
    spare = len(s.of)
    for way in range(len(source)):
        i, j = source[way], target[way]
        a, b = s.of[i], s.of[j]
        if a == b or not meet(s, a, i, b, j):
            continue
        add_up(d, s, a, i, b, j)
        cost, _ = cheapest(d, s, spare)
        if cost < s.sums[a, COST] + s.sums[b, COST]:
            s.sums[spare, COST] = cost
            join(s, a, i, b, j)


@inner
def meet(s: Chains, a: int, i: int, b: int, j: int) -> Any:
    """Return whether chain a may end in client i, and chain b begin with client j."""
    ends, begins = s.tips[a, BACK] == i, s.tips[b, FRONT] == j
    if s.turns:
        ends, begins = ends or s.tips[a, FRONT] == i, begins or s.tips[b, BACK] == j
    return ends and begins


@inner
def add_up(d: Data, s: Chains, a: int, i: int, b: int, j: int) -> None:
    """Sum up chain a, to its end i, and chain b, from its end j, into the spare row."""
    x, m = len(s.of), d.num_depots
    for dim in range(s.load.shape[1]):
        s.load[x, dim] = s.load[a, dim] + s.load[b, dim]
    s.sums[x, LENGTH] = s.sums[a, LENGTH] + distance_of(d, m + i, m + j) + s.sums[b, LENGTH]
    s.tips[x, FRONT] = s.tips[a, FRONT] if s.tips[a, BACK] == i else s.tips[a, BACK]
    s.tips[x, BACK] = s.tips[b, BACK] if s.tips[b, FRONT] == j else s.tips[b, FRONT]
    if d.timed or d.rich:
        elapsed = s.sums[a, SPAN] + duration_of(d, m + i, m + j)
        wait = max(0.0, s.sums[b, SOONEST] - elapsed - s.sums[a, LATEST])
        s.sums[x, SPAN] = elapsed + wait + s.sums[b, SPAN]
        s.sums[x, SOONEST] = max(s.sums[b, SOONEST] - elapsed, s.sums[a, SOONEST]) - wait
        s.sums[x, LATEST] = min(s.sums[b, LATEST] - elapsed, s.sums[a, LATEST])
        if s.sums[a, SOONEST] + elapsed > s.sums[b, LATEST] + SLACK:
            s.sums[x, LATEST] = -np.inf  # no vehicle is so early


@inner
def join(s: Chains, a: int, i: int, b: int, j: int) -> None:
    """Join chain a, at its end i, and chain b, at its end j, as the spare row sums them up."""
    x = len(s.of)
    s.beside[i, 1 if s.beside[i, 1] < 0 else 0] = j
    s.beside[j, 0 if s.beside[j, 0] < 0 else 1] = i
    for dim in range(s.load.shape[1]):
        s.load[a, dim] = s.load[x, dim]
    for column in range(s.sums.shape[1]):
        s.sums[a, column] = s.sums[x, column]
    s.tips[b, FRONT] = s.tips[b, BACK] = -1
    s.tips[a, FRONT], s.tips[a, BACK] = s.tips[x, FRONT], s.tips[x, BACK]
    s.of[s.tips[a, FRONT]] = s.of[s.tips[a, BACK]] = a


@kernel
def list_chains(
    d: Data, s: Chains, chains: Array, visits: Array, begin: Array, types: Array
) -> Any:
    """Give chains vehicles, the first the first choice, and list those that get one.

    Parameters
    ----------
    d, s
        Problem and chains.
    chains
        (q,) numbers of chains.
    visits, begin, types
        (v,), (q + 1,), (q,) filled as `flowopt.routing.kernels.moves.place_routes` takes them.

    Returns
    -------
    int
        How many are listed.
    """
    count, filled = 0, 0
    begin[0] = 0
    for place in range(len(chains)):
        a = chains[place]
        _, k = cheapest(d, s, a)
        if k < 0:
            continue
        s.left[k] -= 1
        types[count] = k
        before, c = -1, s.tips[a, FRONT]
        while c >= 0:
            visits[filled] = c
            filled += 1
            before, c = c, s.beside[c, 1] if s.beside[c, 0] == before else s.beside[c, 0]
        count += 1
        begin[count] = filled
    return count
