"""What is known at each node of a route: times, loads, numbers; kept up to date as routes change.

The times leave out breaks: without any they tell exactly whether a route holds, with breaks they
are the least that must be.
"""

from __future__ import annotations

import math
from typing import Any

from flowopt.routing.kernels.compiled import inner
from flowopt.routing.kernels.rules_layout import (
    BEFORE,
    BEHIND,
    COLLECTED,
    DEPART_EARLY,
    DEPART_LATE,
    FINISH_EARLY,
    FINISH_LATE,
    FROM_HERE,
    LATEST,
    LEAVE,
    LEG,
    NEXT,
    NUMBER,
    PREVIOUS,
    READY,
    RELEASE,
    RELEASED,
    RELOAD_DURATION,
    ROLE,
    ROUTE,
    SERVICE,
    SO_FAR,
    TRIP,
    TYPE,
    Data,
    Plan,
)
from flowopt.routing.kernels.rules_ways import above, arrive, depart, last_start, start_at, way_time


@inner
def is_client(d: Data, x: int) -> Any:
    """Return whether a node is a client."""
    return x < d.client.shape[0]


@inner
def is_tail(s: Plan, x: int) -> Any:
    """Return whether a node is the end of a route."""
    return x >= s.link.shape[0] - s.route.shape[0]


@inner
def is_head(s: Plan, x: int) -> Any:
    """Return whether a node is the start of a route."""
    return s.link.shape[0] - 2 * s.route.shape[0] <= x < s.link.shape[0] - s.route.shape[0]


@inner
def head_of(s: Plan, r: int) -> Any:
    """Return the node where route r starts."""
    return s.link.shape[0] - 2 * s.route.shape[0] + r


@inner
def tail_of(s: Plan, r: int) -> Any:
    """Return the node where route r ends."""
    return s.link.shape[0] - s.route.shape[0] + r


@inner
def ready_after(d: Data, s: Plan, k: int, x: int, arrival: float) -> Any:
    """Return when a vehicle that arrives at a node behind the head may go on; inf: too late."""
    if is_client(d, x):
        return start_at(d, x, arrival) + d.client[x, SERVICE]
    if is_tail(s, x):
        return max(arrival, d.vehicle[k, FINISH_EARLY])
    early, late = d.hours[s.place[x], 0], d.hours[s.place[x], 1]
    if above(arrival, late):
        return math.inf
    return max(max(arrival, early) + d.vehicle[k, RELOAD_DURATION], s.time[x, RELEASED])


@inner
def refresh_forward(d: Data, s: Plan, k: int, x: int, whole: bool) -> None:
    """Update when nodes from x on are left: of the whole route, or until nothing changes."""
    link, time = s.link, s.time
    while x >= 0:
        a = link[x, PREVIOUS]
        if a < 0:
            ready = max(d.vehicle[k, DEPART_EARLY], time[x, RELEASED])
        else:
            way = way_time(d, k, s.place[a], s.place[x])
            ready = ready_after(d, s, k, x, arrive(d, k, time[a, READY], way))
        if time[x, READY] == ready and not whole:
            return
        time[x, READY] = ready
        x = link[x, NEXT]


@inner
def refresh_backward(d: Data, s: Plan, k: int, x: int, whole: bool) -> None:
    """Update latest starts from node x back: of the whole route, or until nothing changes."""
    link, time = s.link, s.time
    while x >= 0:
        b = link[x, NEXT]
        leave = math.inf
        if b < 0:
            latest = d.vehicle[k, FINISH_LATE]
        else:
            leave = depart(d, k, time[b, LATEST], way_time(d, k, s.place[x], s.place[b]))
            if is_client(d, x):
                latest = last_start(d, x, leave - d.client[x, SERVICE])
            elif link[x, PREVIOUS] < 0:
                latest = leave = min(leave, d.vehicle[k, DEPART_LATE])
            else:
                latest = min(leave - d.vehicle[k, RELOAD_DURATION], d.hours[s.place[x], 1])
        if time[x, LATEST] == latest and time[x, LEAVE] == leave and not whole:
            return
        time[x, LATEST], time[x, LEAVE] = latest, leave
        x = link[x, PREVIOUS]


@inner
def refresh_trip(d: Data, s: Plan, x: int) -> None:
    """Update loads and the latest release time of the trip that begins at node x."""
    link, load = s.link, s.load
    released, b = -math.inf, link[x, NEXT]
    for dim in range(load.shape[2]):
        load[x, LEG, dim] = load[x, COLLECTED, dim] = 0.0
    while is_client(d, b):
        link[b, TRIP] = x
        released = max(released, d.client[b, RELEASE])
        for dim in range(load.shape[2]):
            load[x, LEG, dim] += d.demand[b, dim]
        b = link[b, NEXT]
    s.time[x, RELEASED] = released
    for dim in range(load.shape[2]):
        load[x, BEFORE, dim] = load[x, LEG, dim]
    s.open[x] = 0
    a, b = x, link[x, NEXT]
    while is_client(d, b):
        role = d.bond[b, ROLE]
        s.open[b] = s.open[a] + role
        for dim in range(load.shape[2]):
            change = d.pickup[b, dim] - d.demand[b, dim] + role * d.goods[b, dim]
            load[b, LEG, dim] = load[a, LEG, dim] + change
            load[b, COLLECTED, dim] = load[a, COLLECTED, dim] + d.pickup[b, dim]
            load[b, BEFORE, dim] = max(load[a, BEFORE, dim], load[b, LEG, dim])
        a, b = b, link[b, NEXT]
    for dim in range(load.shape[2]):
        load[a, BEHIND, dim] = load[a, LEG, dim]
    while a != x:
        b, a = a, link[a, PREVIOUS]
        for dim in range(load.shape[2]):
            load[a, BEHIND, dim] = max(load[b, BEHIND, dim], load[a, LEG, dim])


@inner
def refresh_order(d: Data, s: Plan, r: int) -> None:
    """Update the largest number up to each node of a route, and the smallest from it on."""
    largest, x = -math.inf, s.link[head_of(s, r), NEXT]
    while x >= 0:
        if is_client(d, x) and d.client[x, NUMBER] > largest:  # no NaN is
            largest = d.client[x, NUMBER]
        s.order[x, SO_FAR] = largest
        x = s.link[x, NEXT]
    smallest, x = math.inf, s.link[tail_of(s, r), PREVIOUS]
    while x >= 0:
        if is_client(d, x) and d.client[x, NUMBER] < smallest:
            smallest = d.client[x, NUMBER]
        s.order[x, FROM_HERE] = smallest
        x = s.link[x, PREVIOUS]


@inner
def refresh_route(d: Data, s: Plan, r: int) -> None:
    """Bring all that is known at the nodes of a route up to date."""
    k, x = s.route[r, TYPE], head_of(s, r)
    while x >= 0:
        s.link[x, ROUTE] = r
        if not is_client(d, x) and not is_tail(s, x):
            s.link[x, TRIP] = x
            refresh_trip(d, s, x)
        x = s.link[x, NEXT]
    if d.timed:
        refresh_forward(d, s, k, head_of(s, r), True)
        refresh_backward(d, s, k, tail_of(s, r), True)
    if d.numbered:
        refresh_order(d, s, r)


@inner
def is_in_time(d: Data, s: Plan, r: int) -> Any:
    """Return whether a route can keep its windows and its shift, breaks aside."""
    x = head_of(s, r)
    return not d.timed or not above(s.time[x, READY], s.time[x, LEAVE])
