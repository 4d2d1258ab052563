"""The arrays that the kernels share, and the columns of those that hold several things.

Positions are -1 for none. Of a route, the client before the first and the one after the last is -1.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

# columns of Plan.node: the client after and before, its route (-1: in none)
NEXT, PREVIOUS, ROUTE = 0, 1, 2
# columns of Plan.time: earliest departure; latest start, with all behind it in time; and of the
# piece of the route up to the client (B) and from it on (A) duration, earliest and latest start
DEPARTURE, LATEST, B_DURATION, B_EARLY, B_LATE, A_DURATION, A_EARLY = range(7)
NUM_TIMES = 7
# columns of Data.client
EARLY, LATE, SERVICE, PRIZE = range(4)
# columns of Plan.route
FIRST, LAST, SIZE, TYPE = range(4)
# columns of Plan.length
DISTANCE, DURATION = range(2)
# columns of Data.vehicle
FIXED, PER_DISTANCE, PER_DURATION, SHIFT_EARLY, SHIFT_LATE, MAX_DURATION, MAX_DISTANCE = range(7)
# entries of Plan.counts
BANK, USED, SKIP, WINDOW, SPAN = range(5)
# columns of Scratch.mark and of Scratch.saved
SAVED_IN, RUINED_IN, IS_STALE = range(3)
WHICH, BEGIN, COUNT = range(3)


class Data(NamedTuple):
    """What does not change during a search.

    Parameters
    ----------
    num_depots
        Number of depots m; location m + i is client i.
    distance, duration
        (m + n, m + n) between locations; a large number where there is no way. Or the `Formula`
        that computes them. Kernels read both by `distance_of` and `duration_of`.
    distance_into, duration_into
        The same, a row for each target: what surrounds one client lies together in memory.
    client
        (n, 4) earliest and latest start, duration of service, prize (what is lost when unserved).
    demand
        (n, d) in each load dimension.
    near
        (n, q) clients close to each, the closest first.
    near_way, near_time
        (n, q) distances and durations from these to the client.
    bend
        By how much a detour may be shorter than the triangle inequality tells, halved.
    far
        (n,) how far from each client all are, at least, that are not close; less `bend`.
    vehicle
        (k, 7) costs, shift and limits of each vehicle type.
    capacity
        (k, d).
    ends
        (k, 2) start and end depot.
    timed
        Whether there are windows or shifts.
    rich
        Whether durations cost or are limited, or distances are limited.
    skip
        Logarithm of the share of places that an insertion looks at.
    """

    num_depots: int
    distance: Any
    duration: Any
    distance_into: Any
    duration_into: Any
    client: Array
    demand: Array
    near: Array
    near_way: Array
    near_time: Array
    bend: float
    far: Array
    vehicle: Array
    capacity: Array
    ends: Array
    timed: bool
    rich: bool
    skip: float


class Plan(NamedTuple):
    """A plan that the search changes in place.

    Parameters
    ----------
    node
        (n, 3) client after, client before, route.
    way
        (n,) distance from each client to what comes after it; -inf of a client in no route.
    time
        (n, 7) times of each client in its route.
    route
        (r, 4) first and last client, number of clients, vehicle type.
    load
        (r, d) load of each route.
    length
        (r, 2) distance and duration of each route.
    free, num_free
        (k, r), (k,) the empty routes of each vehicle type, the first so many of them.
    bank
        (n,) the clients in no route, the first ``counts[BANK]`` of them.
    members
        (p,) the clients that the search may move; others stand in no route.
    counts
        (5,) numbers of clients in the bank and of routes in use; places until the next is skipped;
        the members around whom is ruined: from which on, and how many.
    cost
        (1,) cost, with the prizes of the clients in the bank.
    random
        (1,) state of the random numbers.
    """

    node: Array
    way: Array
    time: Array
    route: Array
    load: Array
    length: Array
    free: Array
    num_free: Array
    bank: Array
    members: Array
    counts: Array
    cost: Array
    random: Array


class Scratch(NamedTuple):
    """Room for one iteration: the routes it has touched as they were, and whom it took out.

    Parameters
    ----------
    mark
        (r, 3) of each route: iterations in which it was last saved and ruined; whether it has been
        changed since the best plan was kept.
    saved
        (r, 3) of each route saved: which it is, where its clients begin in `node`, how many.
    load, length
        (r, d), (r, 2) as in `Plan`.
    node, way, time
        (2 n,), (2 n,), (2 n, 7) clients of saved routes in order, their ways and times.
    bank
        (n,) the bank as it was.
    removed, key
        (n,) clients taken out, and what they are sorted by.
    open
        (n,) which of the clients near one are worth a look.
    stale
        (r + 1,) number of routes changed since the best plan was kept, then these.
    """

    mark: Array
    saved: Array
    load: Array
    length: Array
    node: Array
    way: Array
    time: Array
    bank: Array
    removed: Array
    key: Array
    open: Array
    stale: Array


def new_plan(
    num_clients: int, num_loads: int, num_routes: Array, members: Array, seed: int
) -> Plan:
    """Return a plan in which all members are in the bank.

    Parameters
    ----------
    num_clients, num_loads
        n and d.
    num_routes
        (k,) most routes of each vehicle type.
    members
        (p,) clients that may be moved.
    seed
        Of the random numbers.
    """
    types = np.repeat(np.arange(len(num_routes)), num_routes)
    route = np.full((len(types), 4), -1, dtype=np.int32)
    route[:, SIZE], route[:, TYPE] = 0, types
    free = np.full((len(num_routes), max(1, int(num_routes.max(initial=0)))), -1, dtype=np.int32)
    for k in range(len(num_routes)):
        free[k, : num_routes[k]] = np.flatnonzero(types == k)[::-1]
    bank = np.full(num_clients, -1, dtype=np.int32)
    bank[: len(members)] = members
    # one step of a splitmix generator turns seeds that are close into states that are not
    mixed = (seed * 0x9E3779B97F4A7C15 + 0xBF58476D1CE4E5B9) & (2**64 - 1)
    mixed ^= mixed >> 31
    return Plan(
        node=np.full((num_clients, 3), -1, dtype=np.int32),
        way=np.full(num_clients, -np.inf),
        time=np.zeros((num_clients, NUM_TIMES)),
        route=route,
        load=np.zeros((len(types), num_loads)),
        length=np.zeros((len(types), 2)),
        free=free,
        num_free=np.array(num_routes, dtype=np.int64),  # a copy: it changes
        bank=bank,
        members=np.array(members, dtype=np.int32),
        counts=np.array([len(members), 0, 0, 0, len(members)], dtype=np.int64),
        cost=np.zeros(1),
        random=np.array([mixed or 1], dtype=np.uint64),
    )


def new_scratch(num_clients: int, num_loads: int, num_routes: int) -> Scratch:
    """Return room for the iterations of one thread.

    Parameters
    ----------
    num_clients, num_loads, num_routes
        n, d and r.
    """
    return Scratch(
        mark=np.zeros((num_routes, 3), dtype=np.int64),
        saved=np.zeros((num_routes, 3), dtype=np.int32),
        load=np.zeros((num_routes, num_loads)),
        length=np.zeros((num_routes, 2)),
        node=np.zeros(2 * num_clients + 1, dtype=np.int32),
        way=np.zeros(2 * num_clients + 1),
        time=np.zeros((2 * num_clients + 1, NUM_TIMES)),
        bank=np.zeros(num_clients, dtype=np.int32),
        removed=np.zeros(num_clients, dtype=np.int32),
        key=np.zeros(num_clients),
        open=np.zeros(num_clients, dtype=np.int32),
        stale=np.zeros(num_routes + 1, dtype=np.int64),
    )
