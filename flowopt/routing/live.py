"""Live operation: the problem that is left of a plan once vehicles are under way."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from flowopt.core.errors import Failures
from flowopt.core.tables import positions
from flowopt.routing.clockwork import Clockwork
from flowopt.routing.live_clients import (
    Left,
    client_columns,
    service_left,
    stability,
    tables_left,
    who_is_left,
)
from flowopt.routing.live_fleet import (
    Fleet,
    breaks_left,
    depots_left,
    fleet_left,
    vehicle_types_left,
)
from flowopt.routing.live_problem import LiveProblem, LiveState, state_of
from flowopt.routing.live_ways import Ways, told, ways_to
from flowopt.routing.news import News, count_frozen, frozen_clients, read_news
from flowopt.routing.parts import Clients, VehicleTypes
from flowopt.routing.route_rules import overtime_of
from flowopt.routing.spec import load_column
from flowopt.routing.under_way import Report, RouteNow, Standing

if TYPE_CHECKING:
    from flowopt.routing.parts import Bools, Ints
    from flowopt.routing.problem import RoutingProblem
    from flowopt.routing.solution import RoutingSolution


def remaining(
    plan: RoutingSolution,
    now: Any,
    *,
    new_clients: Any,
    cancelled: Any,
    vehicle_positions: Any,
    frozen: Any,
    stability_cost: float,
    goods_for_anyone: bool,
    shipments: Any,
    time_windows: Any,
    distance_matrix: Any,
    duration_matrix: Any,
    profiles: Mapping[str, Any] | None,
) -> LiveProblem:
    """Return the problem that is left of a plan; see `RoutingSolution.remaining`."""
    failures = Failures()
    plan.require_solution()
    _check_cost(stability_cost, failures)
    reported = new_clients, shipments, time_windows, cancelled, vehicle_positions
    news = read_news(plan, now, *reported, failures)
    failures.raise_if_any()
    named = frozen_clients(plan.problem, frozen, failures)
    ways = ways_to(plan.problem, news, distance_matrix, duration_matrix, profiles, failures)
    failures.raise_if_any()  # from here on places can be looked up
    news = replace(news, in_matrices=distance_matrix is not None)
    moment = _Moment(plan, news, ways, goods_for_anyone, failures)
    failures.raise_if_any()
    left = moment.problem(stability_cost, apart=stability_cost > 0)
    if not np.any(named):
        return left
    return _frozen(left, moment.left, named, goods_for_anyone, stability_cost)


def _frozen(
    left: LiveProblem, who: Left, named: Bools | int, shared: bool, stability_cost: float
) -> LiveProblem:
    """Return a problem without the visits that may not change: as if vehicles had made them."""
    plan, failures = left.plan(), Failures()
    news = read_news(plan, None, None, None, None, None, None, failures)
    ways = ways_to(left, news, None, None, None, failures)
    fixed = count_frozen(plan, named, who.kept)
    moment = _Moment(plan, news, ways, shared, failures, fixed)
    failures.raise_if_any()
    return moment.problem(stability_cost, apart=stability_cost > 0)


class _Moment:
    """A plan at a moment: its routes, where vehicles are, who is left.

    Parameters
    ----------
    plan, news, ways
        The plan, what has happened, and the ways between all places.
    shared
        Whether goods on board may go to any client.
    failures
        Where faults are collected.
    """

    def __init__(
        self,
        plan: RoutingSolution,
        news: News,
        ways: Ways,
        shared: bool,
        failures: Failures,
        fixed: Ints | None = None,
    ) -> None:
        self.plan, self.news, self.ways = plan, news, ways
        self.problem_before, self.state = plan.problem, state_of(plan.problem)
        self.routes = [
            RouteNow(plan.problem, self.state, ways, *route, news.now, news.cancelled, shared)
            for route in _driven(plan, self.state)
        ]
        reports = _reports(plan, news, self.routes, failures)
        frozen = dict(enumerate([] if fixed is None else fixed.tolist()))
        self.standing = [
            route.standing(reports.get(number), frozen.get(number, 0))
            for number, route in enumerate(self.routes)
        ]
        _check_cancelled(plan, news, self.routes, self.standing, failures)
        self.left = who_is_left(plan.problem, news, self.routes, self.standing)
        self._check_loads(reports, failures)

    def problem(self, stability_cost: float, apart: bool) -> LiveProblem:
        """Return the problem that is left.

        Parameters
        ----------
        stability_cost
            Cost of a client on another vehicle than before.
        apart
            Whether vehicles yet to depart are vehicle types of their own, too.
        """
        before, state, news, left = self.problem_before, self.state, self.news, self.left
        fleet = fleet_left(before, self.routes, self.standing, apart)
        clients, skills, have = client_columns(before, news, left)
        service = service_left(before, state, news, left, fleet, clients)
        types = vehicle_types_left(before, fleet, news.now)
        released = float(np.nanmax([-math.inf, *clients["release_time"]]))
        depots, places = depots_left(before, state.num_depots, fleet, news.now, released, types)
        shipments, windows = tables_left(before, news, left)
        new = before.travel.num_locations + np.arange(news.clients.num_rows)
        where = np.concatenate([places, left.kept + before.num_depots, new])
        more = stability(before, self.plan, left, fleet, stability_cost)
        problem = LiveProblem(
            clients=Clients(
                **clients,
                allowed=service.allowed,
                assignment_cost=service.assignment_cost + more,
            ),
            vehicle_types=VehicleTypes(**types | {"skills": have[fleet.old]}),
            depots=depots,
            **self.ways.among(where),
            shipments=shipments,
            time_windows=windows,
            breaks=breaks_left(before, fleet, news.now),
            **{name: getattr(before, name) for name in _SAME},
            skills=skills,
            now=news.now,
            routes=_routes_left(self.routes, self.standing, left, fleet),
            done=_done(self.plan, self.routes, self.standing, left, fleet),
            state=_state(state, fleet, service.on_board),
        )
        return self._with_costs(problem, fleet)

    def _with_costs(self, problem: LiveProblem, fleet: Fleet) -> LiveProblem:
        """Return the problem with what it saves vehicles under way not to go home at once."""
        spent = getattr(self.problem_before, "sunk_cost", 0.0)
        home = np.zeros(len(fleet.vehicles))
        fixed = np.array(problem.vehicle_types.fixed_cost)
        for driven, place in zip(self.plan.routes, self.standing, strict=False):
            if place is not None and place.back:
                spent += driven.cost
        moving = dict(zip(fleet.of_route.tolist(), self.routes, strict=True))
        for row, vehicle, place in fleet.under_way():
            departure = vehicle.departure(self.news.now)
            if place.back:
                fixed[row] = self._going_again(place, moving.get(row), departure)
                continue
            home[row] = _way_home(problem, row)
            fixed[row] = -home[row]
            spent += home[row] + self._spent(place, moving.get(row), departure)
        types = replace(problem.vehicle_types, fixed_cost=fixed)
        return problem.replace(vehicle_types=types, sunk_cost=float(spent))

    def _spent(self, place: Standing, route: RouteNow | None, departure: float) -> float:
        """Return what a vehicle under way has cost until it goes on."""
        types, k = self.problem_before.vehicle_types, place.vehicle_type
        end = min(float(types.tw_late[k]), place.departure + float(types.max_duration[k]))
        cost = float(types.fixed_cost[k])
        for unit_cost, amount in (
            (types.unit_distance_cost, place.past.distance),
            (types.unit_duration_cost, departure - place.departure),
            (types.unit_overtime_cost, max(0.0, place.clock - end)),
        ):
            cost += float(unit_cost[k]) * amount if unit_cost[k] else 0.0
        if route is not None:
            over = route.stops[: place.over]
            over = over[over >= 0]
            made = over[self.left.made[over]]
            cost += float(self.problem_before.clients.assignment_cost[made, k].sum())
        return cost

    def _going_again(self, place: Standing, route: RouteNow | None, departure: float) -> float:
        """Return what it costs, ways aside, that a vehicle which is back goes again."""
        types, k = self.problem_before.vehicle_types, place.vehicle_type
        since, cost = place.departure, float(types.fixed_cost[k])
        if route is not None and place.over:
            since, cost = route.line.finish, 0.0
        paid = float(types.unit_duration_cost[k])
        return cost + (paid * (departure - since) if paid else 0.0)

    def _check_loads(self, reports: dict[int, Report], failures: Failures) -> None:
        """Collect loads that are less than what is to be delivered from them."""
        problem = self.problem_before
        for number, report in reports.items():
            place = self.standing[number]
            if place is None:
                continue
            due = problem.clients.demand[place.on_board].sum(axis=0)
            due = due + problem.shipments.demand[place.picked_up].sum(axis=0)
            for d in np.flatnonzero(report.load < due - 1e-6 * np.maximum(1.0, due)).tolist():
                column = load_column("load", problem.loads[d])
                message = f"is less than {due[d]:.10g}, which is to be delivered from it"
                fix = "name the client whom it has visited last, or correct the load"
                load = float(report.load[d])
                failures.add(
                    "vehicle_positions", column, report.row, load, "out_of_range", message, fix
                )


_SAME = (
    "loads",
    "time_origin",
    "times_of_day",
    "backend",
    "traffic",
    "profile_names",
    "vehicles_first",
    "longest_duration_cost",
)


def _check_cost(value: Any, failures: Failures) -> None:
    good = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not (good and 0 <= value < math.inf):
        message, fix = "is no cost", "write a number of 0 or more"
        failures.add("remaining", "stability_cost", None, value, "out_of_range", message, fix)


# ---- what drivers report


def _driven(plan: RoutingSolution, state: LiveState) -> list[tuple[int, Ints, float]]:
    """Return what vehicles drive: the routes, then ways home of vehicles under way without one."""
    driven = [(r.vehicle_type, r.stops, r.schedule.departure) for r in plan.routes]
    busy = {k for k, _, _ in driven}
    nowhere = np.zeros(0, dtype=np.int64)
    starts = plan.problem.depots.tw_early[plan.problem.vehicle_types.start_depot]
    able = state.stands & (plan.problem.vehicle_types.num_available > 0)
    return driven + [
        (k, nowhere, float(starts[k])) for k in np.flatnonzero(able).tolist() if k not in busy
    ]


def _reports(
    plan: RoutingSolution, news: News, routes: list[RouteNow], failures: Failures
) -> dict[int, Report]:
    """Return what is reported of the vehicle of each route, by its position."""
    problem, table = plan.problem, news.positions
    client = positions(table["client"], problem.clients.id)
    here, clock = told(news, problem), news.moments(table, "clock", problem)
    first = problem.travel.num_locations + news.clients.num_rows
    idle = {route.k: number for number, route in enumerate(routes)}
    reports = {}
    for row, vehicle in enumerate(news.vehicle.tolist()):
        number = vehicle if vehicle >= 0 else idle[~vehicle]
        if client[row] >= 0 and client[row] not in routes[number].stops:
            value = table["client"][row].item()
            message, fix = "is not on that route", "name a client of it, or leave it empty"
            failures.add("vehicle_positions", "client", row, value, "unknown_id", message, fix)
            continue
        elsewhere = bool(here[row]) or (news.in_matrices and client[row] < 0)
        reports[number] = Report(
            row=row,
            client=int(client[row]),
            place=first + row if elsewhere else -1,
            clock=float(clock[row]),
            load=news.load[row],
        )
    return reports


def _check_cancelled(
    plan: RoutingSolution,
    news: News,
    routes: list[RouteNow],
    standing: list[Standing | None],
    failures: Failures,
) -> None:
    """Collect cancelled clients who have been visited."""
    ids = plan.problem.clients.id
    for route, place in zip(routes, standing, strict=True):
        for number, stop in enumerate(route.stops[: 0 if place is None else place.over].tolist()):
            begun = route.line.start[number] <= news.now
            if stop >= 0 and news.cancelled[stop] and begun:
                message, fix = "has been visited, or is", "leave it out"
                value = ids[stop].item()
                failures.add("cancelled", "client", None, value, "too_late", message, fix)


# ---- the rest of the problem


def _routes_left(
    routes: list[RouteNow], standing: list[Standing | None], left: Left, fleet: Fleet
) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Return what is left of the routes."""
    result = []
    for route, place, row in zip(routes, standing, fleet.of_route.tolist(), strict=True):
        if row < 0:
            continue
        stops: list[int] = []
        for stop in (route.stops if place is None else place.stops).tolist():
            if stop >= 0 and left.number[stop] >= 0:
                stops.append(int(left.number[stop]))
            elif stop < 0 and stops and stops[-1] >= 0:
                stops.append(stop)
        while stops and stops[-1] < 0:
            stops.pop()
        if stops:
            result.append((row, tuple(stops)))
    return tuple(result)


def _done(
    plan: RoutingSolution,
    routes: list[RouteNow],
    standing: list[Standing | None],
    left: Left,
    fleet: Fleet,
) -> dict[str, Any]:
    """Return the visits that are made or fixed, those of before first."""
    ids, before = plan.problem.clients.id, getattr(plan.problem, "done", {})
    rows: list[tuple[str, str, float]] = []
    for route, place, name in zip(routes, standing, fleet.driven_by, strict=True):
        over = [] if place is None else route.stops[: place.over].tolist()
        rows += [
            (str(ids[stop]), name, route.line.start[number])
            for number, stop in enumerate(over)
            if stop >= 0 and left.made[stop]
        ]
    columns: dict[str, Any] = {
        "client": np.array([row[0] for row in rows], dtype=np.str_),
        "vehicle_type": np.array([row[1] for row in rows], dtype=np.str_),
        "start": np.array([row[2] for row in rows], dtype=np.float64),
    }
    if not before:
        return columns
    return {name: np.concatenate([before[name], values]) for name, values in columns.items()}


def _state(state: LiveState, fleet: Fleet, on_board: Ints) -> LiveState:
    """Return what is known of the vehicles from now on."""
    places = [vehicle.standing for vehicle in fleet.vehicles]
    return LiveState(
        num_depots=state.num_depots,
        origin=state.origin[fleet.old],
        stands=np.array([place is not None for place in places]),
        free_from=np.array([math.nan if place is None else place.clock for place in places]),
        loaded=np.array([place is not None and place.loaded for place in places]),
        at_depot=np.array([place is not None and place.at_depot for place in places]),
        back=np.array([place is not None and place.back for place in places]),
        released=np.array([math.inf if place is None else place.released for place in places]),
        on_board=on_board,
    )


def _way_home(problem: RoutingProblem, k: int) -> float:
    """Return what it costs a vehicle to go straight to its end depot; 0 where there is no way."""
    types = problem.vehicle_types
    clock = Clockwork(problem, k, np.zeros(0, dtype=np.int64))
    line = clock.walk(clock.earliest)
    distance, duration = float(clock.distances.sum()), line.finish - line.departure
    if not (math.isfinite(distance) and math.isfinite(duration)):
        return 0.0
    cost = float(types.unit_distance_cost[k]) * distance
    cost += float(types.unit_duration_cost[k]) * duration
    overtime = overtime_of(problem, k, line.departure, line.finish)
    return cost + float(types.unit_overtime_cost[k]) * overtime
