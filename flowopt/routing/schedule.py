"""The schedule of one route: when it visits whom, how long and how far it is, what it costs."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from flowopt.routing.clockwork import Clockwork, TakenBreak, Timeline
from flowopt.routing.limits import hours, later, within
from flowopt.routing.loads import loads_along
from flowopt.routing.route_rules import broken_rules, overtime_of
from flowopt.routing.rulebook import rulebook

if TYPE_CHECKING:
    from flowopt.routing.parts import Floats, Ints
    from flowopt.routing.problem import RoutingProblem


@dataclass(frozen=True, eq=False)
class Schedule:
    """When a route of v visits happens, and what it amounts to.

    The route departs as late as its earliest possible return allows, so its duration is the
    shortest possible; every visit then starts as early as it can.

    Parameters
    ----------
    departure, finish
        Moments of departure from the start depot and of return to the end depot, in seconds.
    arrival, start
        (v,) moments of arrival at a client and of the start of its service.
    slack
        (v,) seconds by which the start could be put off with no window, shift or longest duration
        broken, the departure being as it is; negative where one is broken already.
    distance, duration
        Length of the route, and seconds from departure to return.
    load
        (d,) load at departure.
    load_after
        (v, d) load after each visit.
    cost
        Fixed cost and costs of distance, duration, overtime and assignment.
    overtime
        Seconds by which the shift or the longest duration is passed, the more of both.
    driving_duration
        Seconds of driving.
    reload_start
        (r,) moments at which the reloads of the route start.
    breaks
        The breaks that are taken, in the order of time.
    broken
        Names of the limits that the route breaks, as in the check; None where the problem has only
        limits that show in the other figures (see `holds`).
    """

    departure: float
    finish: float
    arrival: Floats
    start: Floats
    slack: Floats
    distance: float
    duration: float
    load: Floats
    load_after: Floats
    cost: float
    overtime: float = 0.0
    driving_duration: float = 0.0
    reload_start: Floats = field(default_factory=lambda: np.zeros(0))
    breaks: tuple[TakenBreak, ...] = ()
    broken: frozenset[str] | None = None

    @property
    def wait(self) -> Floats:
        """(v,) seconds of waiting before each visit."""
        with np.errstate(invalid="ignore"):  # inf - inf where there is no way
            return np.where(self.start == self.arrival, 0.0, self.start - self.arrival)


def schedule_route(
    problem: RoutingProblem, vehicle_type: int, stops: Ints, *, slack: bool = True
) -> Schedule:
    """Return the schedule of a route; broken limits are kept, not repaired.

    Parameters
    ----------
    problem
        The problem.
    vehicle_type
        Position of the vehicle type.
    stops
        (s,) positions of the clients in order, and reloads as ``~depot`` between them.
    slack
        Whether to find the slack of the visits, which break rules make a search of its own; NaN
        where not.
    """
    if rulebook(problem).names or (stops < 0).any():
        return _under_rules(problem, vehicle_type, stops, slack)
    return _without_rules(problem, vehicle_type, stops)


def _without_rules(problem: RoutingProblem, vehicle_type: int, visits: Ints) -> Schedule:
    """Return the schedule of a route that has only windows, one load, a shift: the quick way."""
    types, clients, m = problem.vehicle_types, problem.clients, problem.num_depots
    ends = int(types.start_depot[vehicle_type]), int(types.end_depot[vehicle_type])
    stops = np.concatenate([[ends[0]], visits + m, [ends[1]]])
    distances, durations = problem.travel.legs(stops[:-1], stops[1:])
    times = _Times(problem, vehicle_type, visits, durations.tolist())
    departure = times.latest_departure()
    arrival, start, finish = times.forward(departure)
    latest = times.latest_starts(departure + float(types.max_duration[vehicle_type]))
    distance, duration = math.fsum(distances.tolist()), finish - departure
    overtime = overtime_of(problem, vehicle_type, departure, finish)
    with np.errstate(invalid="ignore"):  # inf - inf where there is no way
        slack = np.array(latest) - np.array(start)
    demand = clients.demand[visits]
    load = demand.sum(axis=0)
    cost = (
        float(types.fixed_cost[vehicle_type])
        + _product(float(types.unit_distance_cost[vehicle_type]), distance)
        + _product(float(types.unit_duration_cost[vehicle_type]), duration)
        + _product(float(types.unit_overtime_cost[vehicle_type]), overtime)
    )
    return Schedule(
        departure=departure,
        finish=finish,
        arrival=np.array(arrival),
        start=np.array(start),
        slack=slack,
        distance=distance,
        duration=duration,
        load=load,
        load_after=load - np.cumsum(demand, axis=0),
        cost=cost,
        overtime=overtime,
        driving_duration=math.fsum(durations.tolist()),
    )


def _under_rules(problem: RoutingProblem, vehicle_type: int, stops: Ints, slack: bool) -> Schedule:
    """Return the schedule of a route with every rule."""
    types, k = problem.vehicle_types, vehicle_type
    clock = Clockwork(problem, k, stops)
    line = clock.timeline()
    is_visit, visits = stops >= 0, stops[stops >= 0]
    first, after, most = loads_along(problem, stops.tolist())
    distance, duration = math.fsum(clock.distances.tolist()), line.finish - line.departure
    overtime = overtime_of(problem, k, line.departure, line.finish)
    longest = float(types.max_duration[k] + types.max_overtime[k])
    finish_late = min(hours(problem, k).finish_late, line.departure + longest)
    spare = clock.slack(line, finish_late) if slack else [math.nan] * len(stops)
    cost = float(types.fixed_cost[k] + problem.clients.assignment_cost[visits, k].sum())
    for unit_cost, amount in (
        (types.unit_distance_cost, distance),
        (types.unit_duration_cost, duration),
        (types.unit_overtime_cost, overtime),
    ):
        cost += _product(float(unit_cost[k]), amount)
    start = np.array(line.start)
    return Schedule(
        departure=line.departure,
        finish=line.finish,
        arrival=np.array(line.arrival)[is_visit],
        start=start[is_visit],
        slack=np.array(spare)[is_visit],
        distance=distance,
        duration=duration,
        load=first,
        load_after=after,
        cost=cost,
        overtime=overtime,
        driving_duration=line.driving,
        reload_start=start[~is_visit],
        breaks=tuple(line.breaks),
        broken=_broken(problem, k, stops, line, most, distance),
    )


def _broken(
    problem: RoutingProblem, k: int, stops: Ints, line: Timeline, most: Floats, distance: float
) -> frozenset[str]:
    """Return the names of the limits that a route breaks."""
    types, at = problem.vehicle_types, hours(problem, k)
    broken = broken_rules(problem, k, stops)
    if not within(most, types.capacity[k]).all():
        broken.add("capacity")
    if not (math.isfinite(distance) and math.isfinite(line.finish)):
        return frozenset(broken | {"reach"})
    duration = line.finish - line.departure
    overtime = float(types.max_overtime[k])
    opened = at.open and not later(line.departure, at.departure_late)
    for name, held in (
        ("time_window", line.late <= 0),
        ("break", line.break_late <= 0),
        ("shift", opened and not later(line.finish, at.finish_late)),
        ("max_duration", not later(duration, float(types.max_duration[k]) + overtime)),
        ("max_distance", not later(distance, float(types.max_distance[k]))),
        ("driving", not later(line.driving, float(types.max_driving_duration[k]))),
    ):
        if not held:
            broken.add(name)
    return frozenset(broken)


def holds(problem: RoutingProblem, vehicle_type: int, schedule: Schedule) -> bool:
    """Return whether a route keeps all limits.

    Parameters
    ----------
    problem
        The problem.
    vehicle_type
        Position of the vehicle type.
    schedule
        Schedule of the route.
    """
    if schedule.broken is not None:
        return not schedule.broken
    types, k = problem.vehicle_types, vehicle_type
    at = hours(problem, k)
    if not (at.open and math.isfinite(schedule.distance) and math.isfinite(schedule.finish)):
        return False
    amounts = [*schedule.load.tolist(), schedule.distance, schedule.duration, schedule.finish]
    limits = [*types.capacity[k].tolist(), types.max_distance[k], types.max_duration[k]]
    kept = within(np.array(amounts), np.array([*limits, at.finish_late])).all()
    in_time = within(schedule.start, schedule.start + schedule.slack).all()
    return bool(kept and in_time)


def _product(unit_cost: float, amount: float) -> float:
    return unit_cost * amount if unit_cost else 0.0  # 0 · inf is 0 here


class _Times:
    """The times of one route, as plain lists: quicker than arrays on routes of a few visits."""

    def __init__(
        self, problem: RoutingProblem, vehicle_type: int, visits: Ints, travel: list[float]
    ) -> None:
        types, clients, depots = problem.vehicle_types, problem.clients, problem.depots
        first, last = types.start_depot[vehicle_type], types.end_depot[vehicle_type]
        shift = float(types.tw_early[vehicle_type]), float(types.tw_late[vehicle_type])
        self.departure_early = max(shift[0], float(depots.tw_early[first]))
        self.departure_late = min(shift[1], float(depots.tw_late[first]))
        self.finish_early = max(shift[0], float(depots.tw_early[last]))
        self.finish_late = min(shift[1], float(depots.tw_late[last]))
        self.early: list[float] = clients.tw_early[visits].tolist()
        self.late: list[float] = clients.tw_late[visits].tolist()
        self.service: list[float] = clients.service_duration[visits].tolist()
        self.travel = travel

    def forward(self, departure: float) -> tuple[list[float], list[float], float]:
        """Return arrivals and starts of the visits, and the return, for a departure."""
        arrivals, starts, now = [], [], departure
        legs = zip(self.travel, self.early, self.service, strict=False)
        for travel, early, service in legs:
            now += travel
            arrivals.append(now)
            now = max(now, early)
            starts.append(now)
            now += service
        return arrivals, starts, max(now + self.travel[-1], self.finish_early)

    def backward(self, late: list[float], finish: float) -> tuple[list[float], float]:
        """Return the latest starts of the visits, and the latest departure, for a return."""
        latest, then = [], finish
        legs = zip(self.travel[:0:-1], late[::-1], self.service[::-1], strict=True)
        for travel, bound, service in legs:
            then = min(bound, then - travel - service)
            latest.append(then)
        return latest[::-1], then - self.travel[0]

    def latest_departure(self) -> float:
        """Return the latest departure with the earliest return."""
        _, starts, finish = self.forward(self.departure_early)
        reached = [max(late, start) for late, start in zip(self.late, starts, strict=True)]
        _, departure = self.backward(reached, finish)
        if not departure > self.departure_early:  # nothing to gain, or no way (NaN)
            return self.departure_early
        return max(self.departure_early, min(self.departure_late, departure))

    def latest_starts(self, finish: float) -> list[float]:
        """Return the latest starts that keep all windows and a return by `finish`."""
        return self.backward(self.late, min(self.finish_late, finish))[0]
