"""The arrays of the penalised local search: a plan that may break limits, at a price.

Nodes are the clients 0 to n - 1, then the start of each route (n + r), then the end of each route
(n + R + r). A route is a chain of nodes from its start to its end; an empty one links the two.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from flowopt.routing.kernels.layout import SHIFT_EARLY, SHIFT_LATE, Data

Array = npt.NDArray[Any]

# columns of Local.link; ROUTE is -1 for clients in the bank; POSITION is 0 at a start
NEXT, PREVIOUS, ROUTE, POSITION = range(4)
# columns of Local.own
OWN_EARLY, OWN_LATE, OWN_SERVICE = range(3)
# columns of Local.piece: of the route up to a node (P) and from it on (S) duration, time warp,
# earliest and latest start; distance from the start to it, and the other way round
P_DURATION, P_WARP, P_EARLY, P_LATE, S_DURATION, S_WARP, S_EARLY, S_LATE, AWAY, BACK = range(10)
NUM_PIECE = 10
# columns of Local.route
LENGTH, KIND = range(2)
# columns of Local.value: cost with penalties; the part of it that is neither distance nor fixed;
# the part of that which is not for loads either
COST, LOOSE, TIMELY = range(3)
# entries of Local.penalty and Local.broken; the load dimensions follow
WARP, OVER_DURATION, OVER_DISTANCE, LOADS = range(4)
# entries of Local.total: cost with penalties and prizes; a change too small to count
WHOLE, TINY, BEST = range(3)
# entries of Local.counts: clients in the bank; routes of the best plan; plans since the penalties
# were set; most clients that an iteration takes out
IN_BANK, BEST_ROUTES, PLANS, MOST_REMOVED = range(4)
# columns of Local.best_route
BEST_BEGIN, BEST_SIZE, BEST_KIND = range(3)


class Local(NamedTuple):
    """A plan, and what the local search knows about it.

    Parameters
    ----------
    link
        (n + 2 R, 4) neighbours of each node, its route and its position.
    at
        (n + 2 R,) location of each node.
    own
        (n + 2 R, 3) earliest and latest start and duration of service.
    piece
        (n + 2 R, 10) times and distances of the route before and behind each node.
    ahead
        (n + 2 R, d) load of the route up to each node.
    route
        (R, 2) number of clients and vehicle type.
    value
        (R, 3) costs.
    free, num_free
        (k, R), (k,) the empty routes of each vehicle type, the first so many of them.
    bank
        (n,) clients in no route, the first ``counts[IN_BANK]`` of them.
    members
        (p,) the clients that may be moved.
    penalty, usual, broken, kept
        (3 + d,) price of a unit of what is too much, and a usual one; number of routes with too
        much of it; number of plans without it since the penalties were last set.
    total, counts
        (3,), (4,) figures of the whole.
    best_node, best_route
        (n,), (R, 3) the best plan without anything too much: its routes one behind the other, where
        each begins, its size and type.
    random
        (1,) state of the random numbers.
    """

    link: Array
    at: Array
    own: Array
    piece: Array
    ahead: Array
    route: Array
    value: Array
    free: Array
    num_free: Array
    bank: Array
    members: Array
    penalty: Array
    usual: Array
    broken: Array
    kept: Array
    total: Array
    counts: Array
    best_node: Array
    best_route: Array
    random: Array


class Room(NamedTuple):
    """Room for one iteration.

    Parameters
    ----------
    saved_in
        (R,) iteration in which a route was last saved.
    saved, begin, size
        (R,) routes saved, where their clients begin in `node`, and how many they are.
    node
        (2 n,) clients of saved routes.
    bank
        (n,) the bank as it was.
    queue, queued, bounds
        (n + 1,), (n,), (2,) clients to look at, in a ring; whether each is among them; where in the
        ring the first is, and where the next will be.
    removed
        (n,) clients taken out.
    move, trial
        (12,) the best move found for a client, and one that is looked at.
    """

    saved_in: Array
    saved: Array
    begin: Array
    size: Array
    node: Array
    bank: Array
    queue: Array
    queued: Array
    bounds: Array
    removed: Array
    move: Array
    trial: Array


def new_local(data: Data, num_routes: Array, members: Array, seed: int, most_removed: int) -> Local:
    """Return a plan in which all members are in the bank.

    Parameters
    ----------
    data
        The problem.
    num_routes
        (k,) most routes of each vehicle type.
    members
        (p,) clients that may be moved.
    seed
        Of the random numbers.
    most_removed
        Most clients that an iteration takes out.
    """
    n, dims = data.demand.shape
    kinds = np.repeat(np.arange(len(num_routes)), num_routes)
    routes = len(kinds)
    nodes = n + 2 * routes
    link = np.full((nodes, 4), -1, dtype=np.int64)
    starts, ends = n + np.arange(routes), n + routes + np.arange(routes)
    link[starts, NEXT], link[ends, PREVIOUS] = ends, starts
    link[starts, ROUTE] = link[ends, ROUTE] = np.arange(routes)
    link[starts, POSITION], link[ends, POSITION] = 0, 1
    own = np.zeros((nodes, 3))
    own[:n] = data.client[:, :3]
    for some in (starts, ends):
        own[some, OWN_EARLY] = data.vehicle[kinds, SHIFT_EARLY]
        own[some, OWN_LATE] = data.vehicle[kinds, SHIFT_LATE]
    free = np.full((len(num_routes), max(1, int(num_routes.max(initial=0)))), -1, dtype=np.int64)
    for k in range(len(num_routes)):
        free[k, : num_routes[k]] = np.flatnonzero(kinds == k)[::-1]
    bank = np.full(n, -1, dtype=np.int64)
    bank[: len(members)] = members
    mixed = (seed * 0x9E3779B97F4A7C15 + 0xBF58476D1CE4E5B9) & (2**64 - 1)
    mixed ^= mixed >> 31
    return Local(
        link=link,
        at=np.concatenate(
            [np.arange(n) + data.num_depots, data.ends[kinds, 0], data.ends[kinds, 1]]
        ).astype(np.int64),
        own=own,
        piece=np.zeros((nodes, NUM_PIECE)),
        ahead=np.zeros((nodes, dims)),
        route=np.column_stack([np.zeros(routes), kinds]).astype(np.int64),
        value=np.zeros((routes, 3)),
        free=free,
        num_free=np.array(num_routes, dtype=np.int64),
        bank=bank,
        members=np.array(members, dtype=np.int64),
        penalty=np.ones(LOADS + dims),
        usual=np.ones(LOADS + dims),
        broken=np.zeros(LOADS + dims, dtype=np.int64),
        kept=np.zeros(LOADS + dims, dtype=np.int64),
        total=np.array([0.0, 0.0, np.inf]),
        counts=np.array([len(members), 0, 0, most_removed], dtype=np.int64),
        best_node=np.full(n, -1, dtype=np.int64),
        best_route=np.zeros((routes, 3), dtype=np.int64),
        random=np.array([mixed or 1], dtype=np.uint64),
    )


def new_room(num_clients: int, num_routes: int) -> Room:
    """Return room for the iterations of one thread.

    Parameters
    ----------
    num_clients, num_routes
        n and R.
    """
    return Room(
        saved_in=np.zeros(num_routes, dtype=np.int64),
        saved=np.zeros(num_routes, dtype=np.int64),
        begin=np.zeros(num_routes, dtype=np.int64),
        size=np.zeros(num_routes, dtype=np.int64),
        node=np.zeros(2 * num_clients + 1, dtype=np.int64),
        bank=np.zeros(num_clients, dtype=np.int64),
        queue=np.zeros(num_clients + 1, dtype=np.int64),
        queued=np.zeros(num_clients, dtype=np.int64),
        bounds=np.zeros(2, dtype=np.int64),
        removed=np.zeros(num_clients, dtype=np.int64),
        move=np.zeros(12, dtype=np.int64),
        trial=np.zeros(12, dtype=np.int64),
    )
