"""Recomputes cost and every constraint of a plan from the problem alone.

It shares no arithmetic with the search: it walks each route stop by stop, and takes the schedule
in the solution as a claim to be tested.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from flowopt.core.report import Report, same

if TYPE_CHECKING:
    from flowopt.routing.problem import RoutingProblem
    from flowopt.routing.solution import Route, RoutingSolution

TOLERANCE = 1e-6
"""Relative (above 1) or absolute tolerance of every comparison."""


def check(solution: RoutingSolution) -> Report:
    """Return what a routing solution breaks; an empty report when all holds.

    Checked are, for every route: its vehicle type and depots, the load in each dimension, ways,
    time windows, shift and hours of the depots, longest duration and distance, the schedule that
    it states, its distance, duration and cost; and for the plan: vehicles used, each client served
    once or named as not served, the reasons for the latter, and the cost.

    Parameters
    ----------
    solution
        The solution; its problem goes with it.
    """
    report = Report()
    problem = solution.problem
    cost = 0.0
    for number, route in enumerate(solution.routes, start=1):
        name = f"route {number}"
        if _check_positions(report, problem, name, route):
            _check_ends(report, problem, name, route)
            _check_load(report, problem, name, route)
            _check_distance(report, problem, name, route)
            _check_times(report, problem, name, route)
            _check_hours(report, problem, name, route)
            cost += _check_cost(report, problem, name, route)
    _check_fleet(report, solution)
    cost += _check_clients(report, solution)
    _check_reasons(report, solution)
    stated = solution.outcome.cost
    if stated is None or not same(stated, cost, TOLERANCE):
        gap = math.inf if stated is None else abs(stated - cost)
        report.add("cost", "plan", gap, f"is stated as {stated}, and comes to {cost:.10g}")
    return report


def exceeds(amount: float, limit: float) -> bool:
    """Return whether an amount is above a limit by more than the tolerance; NaN always is."""
    return not amount <= limit + (TOLERANCE * max(1.0, abs(limit)) if math.isfinite(limit) else 0.0)


# ---- routes


def _check_positions(report: Report, problem: RoutingProblem, name: str, route: Route) -> bool:
    """Report a route that names what does not exist; return whether it can be looked at."""
    visits = route.visits
    inside = len(visits) > 0 and visits.min() >= 0 and visits.max() < problem.num_clients
    known = _is_type(problem, route)
    if not inside:
        report.add("visits", name, len(visits), "is empty or visits clients that do not exist")
    if not known:
        report.add("vehicle_type", name, route.vehicle_type, "is of a type that does not exist")
    schedule = route.schedule
    columns = (schedule.arrival, schedule.start, schedule.load_after)
    told = all(len(column) == len(visits) for column in columns)
    if not told:
        report.add("schedule", name, len(visits), "states a schedule of another number of visits")
    return bool(inside and known and told)


def _is_type(problem: RoutingProblem, route: Route) -> bool:
    return 0 <= route.vehicle_type < problem.num_vehicle_types


def _check_ends(report: Report, problem: RoutingProblem, name: str, route: Route) -> None:
    types, k = problem.vehicle_types, route.vehicle_type
    for what in ("start_depot", "end_depot"):
        stated, due = getattr(route, what), int(getattr(types, what)[k])
        if stated != due:
            message = f"its {what} is {stated}, that of {types.id[k]} is {due}"
            report.add("depot", name, 1, message)


def _check_load(report: Report, problem: RoutingProblem, name: str, route: Route) -> None:
    capacity = problem.vehicle_types.capacity[route.vehicle_type]
    for d, load_name in enumerate(problem.loads):
        demand = problem.clients.demand[route.visits, d].tolist()
        load = math.fsum(demand)
        if exceeds(load, capacity[d]):
            message = f"carries {load:.10g} of {load_name} where {capacity[d]:.10g} fit"
            report.add("capacity", name, load - capacity[d], message)
        left = load
        for place, amount in enumerate(demand):
            left -= amount
            stated = float(route.schedule.load_after[place, d])
            if not same(stated, left, TOLERANCE):
                message = f"states {stated:.10g} after visit {place + 1}, where {left:.10g} is left"
                report.add("load_after", name, abs(stated - left), message)
        if not same(float(route.schedule.load[d]), load, TOLERANCE):
            message = f"states a load of {route.schedule.load[d]:.10g}, which is {load:.10g}"
            report.add("load", name, abs(float(route.schedule.load[d]) - load), message)


def _stops(problem: RoutingProblem, route: Route) -> list[int]:
    """Return the locations that a route goes through, as the vehicle type's ends say."""
    k, m = route.vehicle_type, problem.num_depots
    first = int(problem.vehicle_types.start_depot[k])
    last = int(problem.vehicle_types.end_depot[k])
    return [first, *(int(client) + m for client in route.visits), last]


def _legs(problem: RoutingProblem, route: Route) -> tuple[list[float], list[float]]:
    """Return the distances and the durations of the ways of a route."""
    stops = np.array(_stops(problem, route))
    distance, duration = problem.travel.legs(stops[:-1], stops[1:])
    return distance.tolist(), duration.tolist()


def _check_distance(report: Report, problem: RoutingProblem, name: str, route: Route) -> None:
    legs, stops = _legs(problem, route), _stops(problem, route)
    for (i, j), far, long in zip(pairwise(stops), *legs, strict=True):
        if not (math.isfinite(far) and math.isfinite(long)):
            ids = f"{_place(problem, i)} → {_place(problem, j)}"
            report.add("reach", f"{name}: {ids}", math.inf, "there is no way")
    distance = sum(legs[0])
    limit = float(problem.vehicle_types.max_distance[route.vehicle_type])
    if exceeds(distance, limit):
        message = f"is {distance:.10g} long where {limit:.10g} is the most"
        report.add("max_distance", name, distance - limit, message)
    if not same(route.schedule.distance, distance, TOLERANCE):
        message = f"states a distance of {route.schedule.distance:.10g}, which is {distance:.10g}"
        report.add("distance", name, abs(route.schedule.distance - distance), message)


def _place(problem: RoutingProblem, location: int) -> str:
    m = problem.num_depots
    return str(problem.depots.id[location] if location < m else problem.clients.id[location - m])


def _check_times(report: Report, problem: RoutingProblem, name: str, route: Route) -> None:
    """Compare the schedule that the route states with a walk from its departure."""
    clients, schedule = problem.clients, route.schedule
    walk = _Walk(problem, route)
    arrivals, starts, finish = walk.from_departure(schedule.departure)
    for place, client in enumerate(route.visits.tolist()):
        subject = f"{name}: {clients.id[client]}"
        stated = float(schedule.arrival[place]), float(schedule.start[place])
        for what, claim, moment in (
            ("arrival", stated[0], arrivals[place]),
            ("a start", stated[1], starts[place]),
        ):
            if not _close(claim, moment):
                message = f"states {what} at {claim:.10g}, which is at {moment:.10g}"
                report.add("schedule", subject, abs(claim - moment), message)
        late = float(clients.tw_late[client])
        if exceeds(starts[place], late):
            write = problem.times.moment
            message = f"the visit starts at {write(starts[place])}, after {write(late)}"
            report.add("time_window", subject, starts[place] - late, message)
    if not _close(schedule.finish, finish):
        message = f"states a return at {schedule.finish:.10g}, which is at {finish:.10g}"
        report.add("schedule", name, abs(schedule.finish - finish), message)
    soonest = walk.from_departure(walk.departure_early)[2]
    if exceeds(finish, soonest):
        message = f"returns at {finish:.10g}, where {soonest:.10g} is possible"
        report.add("schedule", name, finish - soonest, message)
    if walk.departs_too_early(schedule.departure, finish):
        message = f"departs at {schedule.departure:.10g}, and later would do for the same return"
        report.add("schedule", name, 1, message)


class _Walk:
    """Walks a route stop by stop from a moment of departure."""

    def __init__(self, problem: RoutingProblem, route: Route) -> None:
        clients, types, k = problem.clients, problem.vehicle_types, route.vehicle_type
        self.travel = _legs(problem, route)[1]
        self.visits = [
            (float(clients.tw_early[i]), float(clients.tw_late[i]), float(duration))
            for i, duration in zip(
                route.visits, clients.service_duration[route.visits], strict=True
            )
        ]
        hours = _hours(problem, k, int(types.start_depot[k]))
        self.departure_early, self.departure_late = hours
        self.finish_early = _hours(problem, k, int(types.end_depot[k]))[0]

    def from_departure(self, departure: float) -> tuple[list[float], list[float], float]:
        """Return arrivals, starts and the return."""
        arrivals, starts, now = [], [], departure
        for travel, (early, _, service) in zip(self.travel, self.visits, strict=False):
            arrivals.append(now + travel)
            starts.append(max(now + travel, early))
            now = starts[-1] + service
        return arrivals, starts, max(now + self.travel[-1], self.finish_early)

    def departs_too_early(self, departure: float, finish: float) -> bool:
        """Return whether a slightly later departure keeps all windows and the same return."""
        step = 10 * TOLERANCE * max(1.0, abs(departure), abs(finish))
        if not departure + step <= self.departure_late:
            return False
        _, starts, later = self.from_departure(departure + step)
        in_time = all(
            start <= late for start, (_, late, _) in zip(starts, self.visits, strict=True)
        )
        return in_time and later <= finish + step / 2


def _close(left: float, right: float) -> bool:
    return left == right or same(left, right, TOLERANCE)  # equal infinities are the same


def _hours(problem: RoutingProblem, vehicle_type: int, depot: int) -> tuple[float, float]:
    """Return when a vehicle of a type may be on the move at a depot."""
    types, depots = problem.vehicle_types, problem.depots
    early = max(float(types.tw_early[vehicle_type]), float(depots.tw_early[depot]))
    late = min(float(types.tw_late[vehicle_type]), float(depots.tw_late[depot]))
    return early, late


def _check_hours(report: Report, problem: RoutingProblem, name: str, route: Route) -> None:
    types, k, schedule = problem.vehicle_types, route.vehicle_type, route.schedule
    times = problem.times
    for depot, moment, what in (
        (int(types.start_depot[k]), schedule.departure, "departs"),
        (int(types.end_depot[k]), schedule.finish, "returns"),
    ):
        early, late = _hours(problem, k, depot)
        if exceeds(early, moment):
            message = f"{what} at {times.moment(moment)}, before {times.moment(early)}"
            report.add("shift", name, early - moment, message)
        if exceeds(moment, late):
            message = f"{what} at {times.moment(moment)}, after {times.moment(late)}"
            report.add("shift", name, moment - late, message)
    if not _close(schedule.duration, schedule.finish - schedule.departure):
        message = f"states a duration of {schedule.duration:.10g}"
        report.add("duration", name, schedule.duration, message)
    limit = float(types.max_duration[k])
    duration = schedule.finish - schedule.departure
    if exceeds(duration, limit):
        unit = "" if times.known else " s"
        amounts = times.duration(duration), times.duration(limit)
        message = f"takes {amounts[0]}{unit} where {amounts[1]}{unit} is the most"
        report.add("max_duration", name, duration - limit, message)


def _check_cost(report: Report, problem: RoutingProblem, name: str, route: Route) -> float:
    """Return the cost of a route; report it when the route states another."""
    types, k = problem.vehicle_types, route.vehicle_type
    distance = sum(_legs(problem, route)[0])
    duration = route.schedule.finish - route.schedule.departure
    cost = float(types.fixed_cost[k])
    for unit_cost, amount in (
        (float(types.unit_distance_cost[k]), distance),
        (float(types.unit_duration_cost[k]), duration),
    ):
        cost += unit_cost * amount if unit_cost else 0.0
    if not _close(route.cost, cost):
        message = f"states a cost of {route.cost:.10g}, which is {cost:.10g}"
        report.add("route_cost", name, abs(route.cost - cost), message)
    return cost


# ---- plan


def _check_fleet(report: Report, solution: RoutingSolution) -> None:
    types = solution.problem.vehicle_types
    used = [route.vehicle_type for route in solution.routes]
    for k, available in enumerate(types.num_available.tolist()):
        if used.count(k) > available:
            message = f"{used.count(k)} are used where {available} are available"
            report.add("num_available", types.id[k], used.count(k) - available, message)


def _check_clients(report: Report, solution: RoutingSolution) -> float:
    """Report clients that are not accounted for once; return the prizes that are lost."""
    clients = solution.problem.clients
    times = np.zeros(len(clients), dtype=np.int64)
    for route in solution.routes:
        inside = route.visits[(route.visits >= 0) & (route.visits < len(clients))]
        np.add.at(times, inside, 1)
    named = np.zeros(len(clients), dtype=np.int64)
    for entry in solution.unserved:
        if 0 <= entry.client < len(clients):
            named[entry.client] += 1
        else:
            report.add("served", f"client {entry.client}", 1, "is named as unserved: there is none")
    for client in np.flatnonzero(times > 1):
        message = f"is visited {times[client]} times"
        report.add("visited_once", clients.id[client], times[client] - 1, message)
    for client in np.flatnonzero((times == 0) & (named == 0)):
        report.add("served", clients.id[client], 1, "is in no route, and not named as unserved")
    for client in np.flatnonzero((named > 1) | ((named == 1) & (times > 0))):
        report.add("served", clients.id[client], 1, "is named as unserved, and is not, or twice")
    lost = (times == 0) & ~clients.required
    return float(clients.prize[lost].sum())


def _check_reasons(report: Report, solution: RoutingSolution) -> None:
    """Report a reason that the exact tests do not confirm."""
    from flowopt.routing.alone import alone
    from flowopt.routing.explain import Reason, alone_reason, one_client

    if not solution.unserved:
        return
    problem = solution.problem
    entries = [entry for entry in solution.unserved if 0 <= entry.client < problem.num_clients]
    there = alone(problem, np.array([entry.client for entry in entries], dtype=np.int64))
    never_alone = {Reason.CAPACITY, Reason.UNREACHABLE, Reason.TIME_WINDOW, Reason.SHIFT}
    spare = problem.vehicle_types.num_available.copy()
    np.subtract.at(spare, [r.vehicle_type for r in solution.routes if _is_type(problem, r)], 1)
    for row, entry in enumerate(entries):
        due = alone_reason(problem, one_client(there, row))
        optional = not problem.clients.required[entry.client]
        holds = entry.reason not in never_alone if due is None else entry.reason is due
        could = bool((there.feasible[row] & (spare > 0)).any())
        holds &= not (entry.reason is Reason.NOT_WORTH_IT and not optional)
        holds &= not (entry.reason is Reason.FLEET_EXHAUSTED and could)
        if not holds:
            tests = "that a vehicle could serve it" if due is None else due
            message = f"is given the reason {entry.reason}, where the tests say {tests}"
            report.add("reason", problem.clients.id[entry.client], 1, message)
