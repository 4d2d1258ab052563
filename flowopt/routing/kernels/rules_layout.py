"""The arrays of the kernels for all rules, and the columns of those that hold several things.

A route is a list of nodes, linked both ways: its head (the start depot), clients, reloads, its tail
(the end depot). Nodes are numbered: n clients, then reloads, then r heads, then r tails.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from flowopt.routing.kernels.ways import Formula

Array = npt.NDArray[Any]

MOST_KNOWN = 4_000_000
"""Places of shipments that a thread remembers."""

# columns of Plan.link: the node after and before, its route (-1: in none), where its trip begins
NEXT, PREVIOUS, ROUTE, TRIP = range(4)
# columns of Plan.time: earliest departure, latest start with all behind it in time; of the nodes
# where trips begin: latest departure, latest release time of the clients of the trip
READY, LATEST, LEAVE, RELEASED = range(4)
# columns of Plan.order: largest number up to a node, smallest from it on
SO_FAR, FROM_HERE = range(2)
# rows of Plan.load: on the leg behind a node; most on the legs of the trip before it, that leg
# included; most on the legs behind it, that leg included; collected on the trip so far
LEG, BEFORE, BEHIND, COLLECTED = range(4)
# columns of Plan.route: number of clients, of reloads, vehicle type
SIZE, RELOADS, TYPE = range(3)
# columns of Plan.amount: distance; duration; cost but for durations; cost; least time on the way
DISTANCE, DURATION, PLAIN, COST, WORK = range(5)
# entries of Plan.counts: clients in the bank, routes in use, places until the next is skipped,
# free reloads, most routes that may be in use
BANK, USED, SKIP, SPARE, MOST = range(5)
# columns of Data.client
EARLY, LATE, SERVICE, LOSS, RELEASE, NUMBER = range(6)
# columns of Data.bond: the other end of its shipment (-1: none), 1 for a pickup and -1 for a
# delivery, its group (-1: none)
PARTNER, ROLE, GROUP = range(3)
# columns of Data.vehicle
(
    FIXED,
    PER_DISTANCE,
    PER_DURATION,
    PER_OVERTIME,
    DEPART_EARLY,
    DEPART_LATE,
    FINISH_EARLY,
    FINISH_LATE,
    SHIFT_LATE,
    MAX_DURATION,
    MAX_OVERTIME,
    MAX_DISTANCE,
    MAX_VISITS,
    MAX_RELOADS,
    RELOAD_DURATION,
    DRIVING_AT_ONCE,
    DRIVING_BREAK,
    MAX_DRIVING,
    SLOWNESS,
    LEAST_SLOWNESS,
) = range(20)
# columns of Data.kind: depots, profile, whether it has break rules; rows of traffic, of breaks, of
# depots for reloads
START, END, PROFILE, PAUSES = range(4)
TRAFFIC, TRAFFIC_END, BREAKS, BREAKS_END, REFILL, REFILL_END = range(4, 10)


class Data(NamedTuple):
    """What does not change during a search.

    Parameters
    ----------
    num_depots
        Number of depots m; location m + i is client i.
    distance, duration
        (p, m + n, m + n) between locations, for each profile; a large number where there is no way.
    distance_formula, duration_formula
        What computes them for all profiles, where there are no matrices.
    client
        (n, 6) first and last start, duration of service, what is lost when it is not served,
        release time (-inf: any), number in the order of a route (NaN: anywhere).
    demand, pickup, goods
        (n, d) what is delivered, what is collected, and what its shipment holds.
    bond
        (n, 3) the other end of its shipment, which end it is, its group.
    window_begin, window
        (n + 1,), (w, 2) where the windows of each client begin, and the windows in order.
    group_begin, group_member
        (g + 1,), (c,) where the clients of each group begin, and these.
    near
        (n, q) clients close to each, the closest first.
    near_way, near_time
        (n, q) least distances, and least times, of any vehicle type from these to it.
    bend
        By how much the triangle inequality may fail, halved: where places are sorted out by it.
    vehicle, kind
        (k, 20), (k, 10) of each vehicle type.
    capacity
        (k, d).
    may_serve, assignment_cost
        (n, k).
    hours
        (m, 2) earliest and latest reload at each depot.
    refill
        (c,) depots where vehicle types may reload.
    traffic
        (t, 2) start and speed factor.
    breaks
        (b, 3) earliest and latest start, and duration.
    longest_cost
        Cost per second of the longest route.
    must
        What is lost at least when a required client is not served; more than by any optional one.
    skip
        Logarithm of the share of places that an insertion looks at.
    computed
        Whether ways are computed.
    timed
        Whether there are windows, shifts, release times or anything else by the clock.
    several
        Whether clients have several windows.
    released, numbered, grouped
        Whether there are release times, numbers in the order of a route, groups.
    walked
        Whether the cost or the limits of a route depend on its duration, or there are breaks: then
        an insertion is judged by a walk along the route.
    by_duration
        Whether the duration matters to cost or limits.
    """

    num_depots: int
    distance: Array
    duration: Array
    distance_formula: Formula
    duration_formula: Formula
    client: Array
    demand: Array
    pickup: Array
    goods: Array
    bond: Array
    window_begin: Array
    window: Array
    group_begin: Array
    group_member: Array
    near: Array
    near_way: Array
    near_time: Array
    bend: float
    vehicle: Array
    kind: Array
    capacity: Array
    may_serve: Array
    assignment_cost: Array
    hours: Array
    refill: Array
    traffic: Array
    breaks: Array
    longest_cost: float
    must: float
    skip: float
    computed: bool
    timed: bool
    several: bool
    released: bool
    numbered: bool
    grouped: bool
    walked: bool
    by_duration: bool


class Plan(NamedTuple):
    """A plan that the search changes in place.

    Parameters
    ----------
    link
        (N, 4) node after, node before, route, node where its trip begins.
    place
        (N,) location of each node.
    way
        (N,) distance to the node behind each in its route.
    time
        (N, 4) times of each node in its route, breaks aside.
    order
        (N, 2) largest number up to a node, smallest from it on.
    load
        (N, 4, d) on the leg behind a node, most before and behind, and collected.
    open
        (N,) number of shipments on board on the leg behind a node.
    route
        (r, 3) number of clients and of reloads, vehicle type.
    amount
        (r, 5) distance, duration, cost but for durations, cost, least time on the way.
    free, num_free
        (k, r), (k,) the empty routes of each vehicle type, the first so many of them.
    spare
        (n,) reloads in no route, the first ``counts[SPARE]`` of them.
    served
        (g,) how many clients of a group are served.
    bank
        (n,) the clients in no route, the first ``counts[BANK]`` of them; of a shipment its pickup.
    members
        (p,) the clients that the search may move, of shipments both ends.
    counts
        (5,) see the entries' names.
    cost
        (2,) cost, with what is lost by the clients in the bank; duration of the longest route.
    random
        (1,) state of the random numbers.
    """

    link: Array
    place: Array
    way: Array
    time: Array
    order: Array
    load: Array
    open: Array
    route: Array
    amount: Array
    free: Array
    num_free: Array
    spare: Array
    served: Array
    bank: Array
    members: Array
    counts: Array
    cost: Array
    random: Array


class Scratch(NamedTuple):
    """Room for one iteration: the routes it has touched as they were, and whom it took out.

    Parameters
    ----------
    touched_in, ruined_in, looked_at
        (r,) iteration that last saved a route, that ruined it; insertion that last looked at it.
    touched, begin, size
        (r,) routes saved, where their stops begin in `stop`, how many they are.
    amount
        (r, 5) as in `Plan`.
    stop
        (s,) stops of saved routes in order: clients, and reloads at depot m as ``-1 - m``.
    way, time, order, load, open
        (s,), (s, 4), (s, 2), (s, 4, d), (s,) as in `Plan`.
    bank
        (n,) the bank as it was.
    removed, key
        (n,) clients taken out, and what they are sorted by.
    string
        (n,) clients of a string.
    close
        (q,) clients near one next to whom it may come.
    detour
        (N,) of the delivery of a shipment behind a node.
    absences
        (n,) how often a client was in the bank at the end of an iteration.
    ticks
        (2,) number of insertions looked at, last stamp.
    stamp, old_stamp
        (r,) what tells each route from all that it was before, and was of the saved routes.
    known_of, known_cost, known_place
        (n, w), (n, w), (n, w, 2) cheapest place of a shipment in the route with a stamp: of which
        stamp it is known, cost, nodes before pickup and delivery (-1: none is below that cost).
    """

    touched_in: Array
    ruined_in: Array
    looked_at: Array
    touched: Array
    begin: Array
    size: Array
    amount: Array
    stop: Array
    way: Array
    time: Array
    order: Array
    load: Array
    open: Array
    bank: Array
    removed: Array
    key: Array
    string: Array
    close: Array
    detour: Array
    absences: Array
    ticks: Array
    stamp: Array
    old_stamp: Array
    known_of: Array
    known_cost: Array
    known_place: Array


def new_plan(data: Data, num_routes: Array, members: Array, seed: int) -> Plan:
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
    """
    n, loads = data.demand.shape
    types = np.repeat(np.arange(len(num_routes)), num_routes)
    r = len(types)
    slots = n if (data.vehicle[:, MAX_RELOADS] > 0).any() else 0
    nodes = n + slots + 2 * r
    route = np.zeros((r, 3), dtype=np.int32)
    route[:, TYPE] = types
    free = np.full((len(num_routes), max(1, int(num_routes.max(initial=0)))), -1, dtype=np.int32)
    for k in range(len(num_routes)):
        free[k, : num_routes[k]] = np.flatnonzero(types == k)[::-1]
    place = np.zeros(nodes, dtype=np.int32)
    place[:n] = data.num_depots + np.arange(n)
    heads, tails = n + slots + np.arange(r), n + slots + r + np.arange(r)
    place[heads], place[tails] = data.kind[types, START], data.kind[types, END]
    link = np.full((nodes, 4), -1, dtype=np.int32)
    link[heads, NEXT], link[tails, PREVIOUS] = tails, heads
    link[heads, ROUTE] = link[tails, ROUTE] = np.arange(r)
    link[heads, TRIP] = link[tails, TRIP] = heads
    order = np.empty((nodes, 2))
    order[:, SO_FAR], order[:, FROM_HERE] = -np.inf, np.inf
    time = np.zeros((nodes, 4))
    time[:, RELEASED] = -np.inf
    waiting = members[data.bond[members, ROLE] >= 0] if len(members) else members
    bank = np.full(n, -1, dtype=np.int32)
    bank[: len(waiting)] = waiting
    # one step of a splitmix generator turns seeds that are close into states that are not
    mixed = (seed * 0x9E3779B97F4A7C15 + 0xBF58476D1CE4E5B9) & (2**64 - 1)
    mixed ^= mixed >> 31
    return Plan(
        link=link,
        place=place,
        way=np.zeros(nodes),
        time=time,
        order=order,
        load=np.zeros((nodes, 4, loads)),
        open=np.zeros(nodes, dtype=np.int32),
        route=route,
        amount=np.zeros((r, 5)),
        free=free,
        num_free=np.array(num_routes, dtype=np.int64),  # a copy: it changes
        spare=np.arange(n + slots - 1, n - 1, -1, dtype=np.int32),
        served=np.zeros(max(1, len(data.group_begin) - 1), dtype=np.int32),
        bank=bank,
        members=np.array(members, dtype=np.int32),
        counts=np.array([len(waiting), 0, 0, slots, r], dtype=np.int64),
        cost=np.zeros(2),
        random=np.array([mixed or 1], dtype=np.uint64),
    )


def new_scratch(data: Data, num_routes: int) -> Scratch:
    """Return room for the iterations of one thread.

    Parameters
    ----------
    data
        The problem.
    num_routes
        Number of routes r of the plan.
    """
    n, loads = data.demand.shape
    slots = n if (data.vehicle[:, MAX_RELOADS] > 0).any() else 0
    stops = 2 * n + slots + 2 * num_routes + 1
    remembered = (data.bond[:, PARTNER] >= 0).any() and data.longest_cost == 0.0
    known = (n, max(1, min(num_routes, MOST_KNOWN // max(1, n)))) if remembered else (0, 1)
    return Scratch(
        touched_in=np.zeros(num_routes, dtype=np.int64),
        ruined_in=np.zeros(num_routes, dtype=np.int64),
        looked_at=np.zeros(num_routes, dtype=np.int64),
        touched=np.zeros(num_routes, dtype=np.int32),
        begin=np.zeros(num_routes, dtype=np.int32),
        size=np.zeros(num_routes, dtype=np.int32),
        amount=np.zeros((num_routes, 5)),
        stop=np.zeros(stops, dtype=np.int32),
        way=np.zeros(stops),
        time=np.zeros((stops, 4)),
        order=np.zeros((stops, 2)),
        load=np.zeros((stops, 4, loads)),
        open=np.zeros(stops, dtype=np.int32),
        bank=np.zeros(n, dtype=np.int32),
        removed=np.zeros(n, dtype=np.int32),
        key=np.zeros(n),
        string=np.zeros(n, dtype=np.int32),
        close=np.zeros(data.near.shape[1], dtype=np.int32),
        detour=np.zeros(n + slots + 2 * num_routes),
        absences=np.zeros(n, dtype=np.int64),
        ticks=np.array([0, num_routes], dtype=np.int64),
        stamp=np.arange(num_routes, dtype=np.int64),
        old_stamp=np.zeros(num_routes, dtype=np.int64),
        known_of=np.full(known, -1, dtype=np.int64),
        known_cost=np.zeros(known),
        known_place=np.zeros((*known, 2), dtype=np.int32),
    )
