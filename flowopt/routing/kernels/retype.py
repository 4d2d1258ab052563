"""Gives routes to the vehicle types, or depots, for which they cost least."""

from __future__ import annotations

from typing import Any

from flowopt.routing.kernels.compiled import inlined, inner
from flowopt.routing.kernels.layout import (
    DISTANCE,
    DURATION,
    FIRST,
    FIXED,
    LAST,
    NEXT,
    PER_DISTANCE,
    ROUTE,
    SIZE,
    TYPE,
    WHICH,
    Data,
    Plan,
    Scratch,
)
from flowopt.routing.kernels.moves import give_free, save_route, take_free
from flowopt.routing.kernels.places import SLACK
from flowopt.routing.kernels.ways import distance_of

WORTH_IT = 1e-9
"""Least gain, relative to the cost of the route: less is rounding."""


@inner
def retype(d: Data, s: Plan, u: Scratch, iteration: int, touched: int, filled: int) -> Any:
    """Give an iteration's routes other types where that is cheaper; return change and saved.

    Insertion one by one leaves a route with the type that was best for its first client. Only for
    problems without times and without limits of routes.
    """
    change = 0.0
    for place in range(touched):
        r = u.saved[place, WHICH]
        if s.route[r, SIZE] == 0:
            continue
        own = type_cost(d, s, r, s.route[r, TYPE])
        best, kind = own - WORTH_IT * abs(own), -1
        for k in range(d.vehicle.shape[0]):
            if k != s.route[r, TYPE] and s.num_free[k] > 0 and holds(d, s, r, k):
                cost = type_cost(d, s, r, k)
                if cost < best:
                    best, kind = cost, k
        if kind >= 0:
            other = s.free[kind, s.num_free[kind] - 1]
            touched, filled = save_route(d, s, u, iteration, other, touched, filled)
            hand_over(d, s, r, other)
            change += best - own
    return change, touched, filled


@inlined
def holds(d: Data, s: Plan, r: int, k: int) -> Any:
    """Return whether a vehicle of type k has room for the load of route r."""
    good = True
    for dim in range(s.load.shape[1]):
        most = d.capacity[k, dim]
        if s.load[r, dim] > most + SLACK * max(1.0, most):
            good = False
    return good


@inlined
def length_with(d: Data, s: Plan, r: int, k: int) -> Any:
    """Return the length of route r from and to the depots of type k."""
    m, own, first, last = d.num_depots, s.route[r, TYPE], s.route[r, FIRST], s.route[r, LAST]
    out = distance_of(d, d.ends[k, 0], m + first) - distance_of(d, d.ends[own, 0], m + first)
    return s.length[r, DISTANCE] + out + distance_of(d, m + last, d.ends[k, 1]) - s.way[last]


@inlined
def type_cost(d: Data, s: Plan, r: int, k: int) -> Any:
    """Return the cost of route r with a vehicle of type k; inf where there is no way."""
    return d.vehicle[k, FIXED] + d.vehicle[k, PER_DISTANCE] * length_with(d, s, r, k)


@inner
def hand_over(d: Data, s: Plan, r: int, other: int) -> None:
    """Give the visits of route r to an empty one."""
    k, last = s.route[other, TYPE], s.route[r, LAST]
    take_free(s, other)
    s.length[other, DISTANCE] = length_with(d, s, r, k)
    s.way[last] = distance_of(d, d.num_depots + last, d.ends[k, 1])
    for column in (FIRST, LAST, SIZE):
        s.route[other, column] = s.route[r, column]
    for dim in range(s.load.shape[1]):
        s.load[other, dim], s.load[r, dim] = s.load[r, dim], 0.0
    c = s.route[r, FIRST]
    while c >= 0:
        s.node[c, ROUTE] = other
        c = s.node[c, NEXT]
    s.route[r, SIZE] = 0
    s.length[r, DISTANCE] = s.length[r, DURATION] = 0.0
    give_free(s, r)
