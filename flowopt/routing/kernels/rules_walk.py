"""Walks along a route by all rules of time: breaks, driving rules, overtime, the best departure."""

from __future__ import annotations

import math
from typing import Any

from flowopt.routing.kernels.compiled import inner
from flowopt.routing.kernels.rules_layout import (
    BREAKS,
    BREAKS_END,
    DEPART_EARLY,
    DEPART_LATE,
    DRIVING_AT_ONCE,
    DRIVING_BREAK,
    FINISH_EARLY,
    FINISH_LATE,
    MAX_DRIVING,
    MAX_DURATION,
    MAX_OVERTIME,
    NEXT,
    PAUSES,
    PER_DURATION,
    PER_OVERTIME,
    PREVIOUS,
    RELEASE,
    RELOAD_DURATION,
    SERVICE,
    SHIFT_LATE,
    TYPE,
    Data,
    Plan,
)
from flowopt.routing.kernels.rules_state import head_of, is_client, is_tail, tail_of
from flowopt.routing.kernels.rules_ways import (
    above,
    arrive,
    depart,
    driven,
    last_start,
    start_at,
    way_time,
)

MOST_RESTS = 1000
"""Most rests on a leg: a way that needs more is taken for one that cannot be driven."""


@inner
def released(d: Data, s: Plan, x: int) -> Any:
    """Return the latest release time of the clients of the trip that begins at node x."""
    latest = -math.inf
    if d.released:
        x = s.link[x, NEXT]
        while is_client(d, x):
            latest = max(latest, d.client[x, RELEASE])
            x = s.link[x, NEXT]
    return latest


@inner
def drive(
    d: Data, k: int, now: float, way: float, since: float, total: float, row: int, last: int
) -> Any:
    """Drive a leg with the breaks and rests on it.

    Parameters
    ----------
    d, k
        Problem, vehicle type.
    now, way
        When the leg begins, how long it is.
    since, total
        Driving since the last rest, and in all.
    row, last
        The next break, and the first that is not the vehicle type's.

    Returns
    -------
    tuple
        Arrival (inf: never), since, total, row, whether breaks are in time.
    """
    most, rest, good = d.vehicle[k, DRIVING_AT_ONCE], d.vehicle[k, DRIVING_BREAK], True
    for _ in range(MOST_RESTS + 1):
        arrival = arrive(d, k, now, way)
        if math.isinf(arrival):
            break
        moment, pause = now + max(0.0, most - since), 0
        if above(arrival, moment):
            pause = 1
        if row < last:
            early = d.breaks[row, 0]
            if above(arrival, early) or above(now, early):
                due = max(now, early)
                if pause == 0 or not above(due, moment):
                    moment, pause = due, 2
        if pause == 0:
            return arrival, since + arrival - now, total + arrival - now, row, good
        way = max(0.0, way - driven(d, k, now, moment))
        since += moment - now
        total += moment - now
        length = rest
        if pause == 2:
            length = d.breaks[row, 2]
            good = good and not above(moment, d.breaks[row, 1])
            row += 1
        if not above(rest, length):
            since = 0.0
        now = moment + length
    return math.inf, since, total, row, False


@inner
def begin_of(d: Data, s: Plan, k: int, x: int, moment: float) -> Any:
    """Return when what is done at a node begins after a moment, breaks aside; inf: too late."""
    if is_client(d, x):
        return start_at(d, x, moment)
    if is_tail(s, x):
        return max(moment, d.vehicle[k, FINISH_EARLY])
    early, late = d.hours[s.place[x], 0], d.hours[s.place[x], 1]
    return math.inf if above(moment, late) else max(moment, early)


@inner
def wait(d: Data, s: Plan, k: int, x: int, now: float, since: float, row: int, last: int) -> Any:
    """Wait at a node, with the breaks that fall into the wait.

    Parameters
    ----------
    d, s, k, x
        Problem, plan, vehicle type, node.
    now, since, row, last
        As in `drive`.

    Returns
    -------
    tuple
        When what is done there begins (at once when it is too late), since, row, whether all is in
        time.
    """
    arrival, rest, good = now, d.vehicle[k, DRIVING_BREAK], True
    begin = begin_of(d, s, k, x, now)
    if math.isinf(begin):
        begin, good = now, False
    while row < last:
        moment = max(now, d.breaks[row, 0])
        if not above(begin, moment):
            break
        good = good and not above(moment, d.breaks[row, 1])
        now = moment + d.breaks[row, 2]
        if not above(rest, d.breaks[row, 2]):
            since = 0.0
        row += 1
        begin = max(begin, now)
        after = begin_of(d, s, k, x, begin)
        if math.isinf(after):
            good = False
        else:
            begin = after
    if not above(rest, begin - arrival):
        since = 0.0
    return begin, since, row, good


@inner
def finish_with_breaks(d: Data, s: Plan, r: int, departure: float, at_once: bool) -> Any:
    """Return what comes of a departure under breaks and driving rules.

    Parameters
    ----------
    d, s, r
        Problem, plan, route.
    departure
        The moment.
    at_once
        Whether to stop at the first that is broken; else only when a later departure would not
        help, because there is no wait at the first visit.

    Returns
    -------
    tuple
        Finish, the departure without a wait at the first visit, whether nothing is broken.
    """
    k, a = s.route[r, TYPE], head_of(s, r)
    row, last = d.kind[k, BREAKS], d.kind[k, BREAKS_END]
    while row < last and above(departure, d.breaks[row, 0]):
        row += 1
    now, since, total, good, direct = departure, 0.0, 0.0, True, departure
    x = s.link[a, NEXT]
    while x >= 0:
        way = way_time(d, k, s.place[a], s.place[x])
        now, since, total, row, on_time = drive(d, k, now, way, since, total, row, last)
        if math.isinf(now):
            return now, direct, False
        good = good and on_time
        now, since, row, on_time = wait(d, s, k, x, now, since, row, last)
        good = good and on_time and not above(total, d.vehicle[k, MAX_DRIVING])
        if s.link[a, PREVIOUS] < 0:
            direct = depart(d, k, now, way)
        if not good and (at_once or not direct > departure):
            return now, direct, False
        if is_client(d, x):
            now += d.client[x, SERVICE]
        elif not is_tail(s, x):
            now = max(now + d.vehicle[k, RELOAD_DURATION], released(d, s, x))
        a, x = x, s.link[x, NEXT]
    return now, direct, good


@inner
def finish_at_once(d: Data, s: Plan, r: int, departure: float) -> Any:
    """Return the finish of a route without breaks; inf when a window is broken."""
    k, a = s.route[r, TYPE], head_of(s, r)
    now, x = departure, s.link[a, NEXT]
    while x >= 0:
        now = arrive(d, k, now, way_time(d, k, s.place[a], s.place[x]))
        now = begin_of(d, s, k, x, now)
        if math.isinf(now):
            break
        if is_client(d, x):
            now += d.client[x, SERVICE]
        elif not is_tail(s, x):
            now = max(now + d.vehicle[k, RELOAD_DURATION], released(d, s, x))
        a, x = x, s.link[x, NEXT]
    return now


@inner
def latest_departure(d: Data, s: Plan, r: int, finish: float) -> Any:
    """Return the latest departure from which a route without breaks still ends at a moment."""
    k, b = s.route[r, TYPE], tail_of(s, r)
    then, x = finish, s.link[b, PREVIOUS]
    while x >= 0:
        then = depart(d, k, then, way_time(d, k, s.place[x], s.place[b]))
        if s.link[x, PREVIOUS] < 0:
            break
        if is_client(d, x):
            then = last_start(d, x, then - d.client[x, SERVICE])
        else:
            then = min(then - d.vehicle[k, RELOAD_DURATION], d.hours[s.place[x], 1])
        b, x = x, s.link[x, PREVIOUS]
    return min(then, d.vehicle[k, DEPART_LATE])


@inner
def times_of(d: Data, s: Plan, r: int) -> Any:
    """Return departure and finish of a route that is linked; the finish is inf when it is broken.

    The departure is the latest from which the finish is the earliest possible; with breaks it is
    the one without a wait at the first visit.
    """
    k, head = s.route[r, TYPE], head_of(s, r)
    early = max(d.vehicle[k, DEPART_EARLY], released(d, s, head))
    if above(early, d.vehicle[k, DEPART_LATE]):
        return early, math.inf
    if not d.kind[k, PAUSES]:
        finish = finish_at_once(d, s, r, early)
        if math.isinf(finish) or not d.by_duration:
            return early, finish
        return max(early, latest_departure(d, s, r, finish)), finish
    finish, direct, good = finish_with_breaks(d, s, r, early, False)
    if good and not d.by_duration:
        return early, finish
    direct = min(direct, d.vehicle[k, DEPART_LATE])
    if direct > early and not math.isinf(finish):
        sooner, _, holds = finish_with_breaks(d, s, r, direct, True)
        if holds and not above(sooner, finish):
            return direct, sooner
    return early, finish if good else math.inf


@inner
def walk(d: Data, s: Plan, r: int, plain: float) -> Any:
    """Walk along a route; return its cost (inf when it is broken) and its duration.

    Parameters
    ----------
    d, s, r
        Problem, plan, route.
    plain
        Its cost but for duration and overtime.
    """
    k = s.route[r, TYPE]
    departure, finish = times_of(d, s, r)
    if math.isinf(finish) or above(finish, d.vehicle[k, FINISH_LATE]):
        return math.inf, 0.0
    duration = finish - departure
    if above(duration, d.vehicle[k, MAX_DURATION] + d.vehicle[k, MAX_OVERTIME]):
        return math.inf, 0.0
    over = max(finish - d.vehicle[k, SHIFT_LATE], duration - d.vehicle[k, MAX_DURATION])
    over = max(0.0, over)
    cost = plain + d.vehicle[k, PER_DURATION] * duration + d.vehicle[k, PER_OVERTIME] * over
    return cost, duration
