"""How far and how long ways are for a vehicle type, in traffic too, and when visits may start."""

from __future__ import annotations

import math
from typing import Any

from flowopt.routing.kernels.compiled import inlined, inner
from flowopt.routing.kernels.places import rnd
from flowopt.routing.kernels.rules_layout import (
    EARLY,
    LATE,
    PROFILE,
    SLOWNESS,
    TRAFFIC,
    TRAFFIC_END,
    Data,
    Plan,
)
from flowopt.routing.kernels.ways import length

SLACK = 1e-9
"""By how much a limit may be exceeded, relative to numbers of the size of 1: rounding."""
_LARGE = 1e15  # so that the slack of what is infinite is not


@inlined
def distance_of(d: Data, k: int, i: int, j: int) -> Any:
    """Return the distance from location i to location j for vehicle type k."""
    if d.computed:
        return length(d.distance_formula, i, j)
    return d.distance[d.kind[k, PROFILE], i, j]


@inlined
def base_time(d: Data, k: int, i: int, j: int) -> Any:
    """Return the time from i to j by the profile of vehicle type k, its speed aside."""
    if d.computed:
        return length(d.duration_formula, i, j)
    return d.duration[d.kind[k, PROFILE], i, j]


@inner
def chance(s: Plan) -> Any:
    """Return a random number from 0 to below 1."""
    return rnd(s.random)


@inner
def above(amount: float, limit: float) -> Any:
    """Return whether a moment or an amount is above a limit, rounding aside; inf always is."""
    return amount > limit + SLACK * max(1.0, min(abs(limit), _LARGE)) or not amount < math.inf


@inner
def way_time(d: Data, k: int, i: int, j: int) -> Any:
    """Return the time from i to j at the speed of vehicle type k, traffic aside."""
    return base_time(d, k, i, j) * d.vehicle[k, SLOWNESS]


@inner
def arrive(d: Data, k: int, moment: float, way: float) -> Any:
    """Return when a way ends that begins at a moment and takes `way` seconds at speed factor 1."""
    begin, end = d.kind[k, TRAFFIC], d.kind[k, TRAFFIC_END]
    if begin == end or way <= 0.0:
        return moment + way
    row, speed = begin, 1.0
    while row < end and d.traffic[row, 0] <= moment:
        speed = d.traffic[row, 1]
        row += 1
    while row < end:
        stretch = (d.traffic[row, 0] - moment) * speed
        if way <= stretch:
            break
        way -= stretch
        moment, speed = d.traffic[row, 0], d.traffic[row, 1]
        row += 1
    return moment + way / speed


@inner
def depart(d: Data, k: int, moment: float, way: float) -> Any:
    """Return when a way begins that ends at a moment: the inverse of `arrive`."""
    begin, end = d.kind[k, TRAFFIC], d.kind[k, TRAFFIC_END]
    if begin == end or way <= 0.0 or math.isinf(moment):
        return moment - way
    row = end
    while row > begin and d.traffic[row - 1, 0] >= moment:
        row -= 1
    while row > begin:
        speed = d.traffic[row - 1, 1]
        stretch = (moment - d.traffic[row - 1, 0]) * speed
        if way <= stretch:
            return moment - way / speed
        way -= stretch
        moment = d.traffic[row - 1, 0]
        row -= 1
    return moment - way


@inner
def driven(d: Data, k: int, moment: float, until: float) -> Any:
    """Return how much of a way is behind a vehicle that drives between two moments."""
    begin, end = d.kind[k, TRAFFIC], d.kind[k, TRAFFIC_END]
    row, speed, way = begin, 1.0, 0.0
    while row < end and d.traffic[row, 0] <= moment:
        speed = d.traffic[row, 1]
        row += 1
    while row < end and d.traffic[row, 0] < until:
        way += (d.traffic[row, 0] - moment) * speed
        moment, speed = d.traffic[row, 0], d.traffic[row, 1]
        row += 1
    return way + (until - moment) * speed


@inner
def start_at(d: Data, c: int, arrival: float) -> Any:
    """Return when a visit starts after an arrival; inf when it is too late."""
    if not d.several:
        if above(arrival, d.client[c, LATE]):
            return math.inf
        return max(arrival, d.client[c, EARLY])
    for row in range(d.window_begin[c], d.window_begin[c + 1]):
        if not above(arrival, d.window[row, 1]):
            return max(arrival, d.window[row, 0])
    return math.inf


@inner
def last_start(d: Data, c: int, bound: float) -> Any:
    """Return the latest start of a visit up to a bound; -inf when there is none."""
    if not d.several:
        if above(d.client[c, EARLY], bound):
            return -math.inf
        return min(bound, d.client[c, LATE])
    for row in range(d.window_begin[c + 1] - 1, d.window_begin[c] - 1, -1):
        if not above(d.window[row, 0], bound):
            return min(bound, d.window[row, 1])
    return -math.inf
