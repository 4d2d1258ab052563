"""The answer of a routing problem: routes with their schedules, and who is not served, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.options import Outcome
from flowopt.core.report import Report
from flowopt.core.solution import Solution
from flowopt.core.status import Status
from flowopt.routing.explain import Unserved, explain
from flowopt.routing.moments import to_moments
from flowopt.routing.parts import Ints
from flowopt.routing.problem import RoutingProblem
from flowopt.routing.ranking import cost_of_routes, lost_prizes
from flowopt.routing.schedule import Schedule, schedule_route
from flowopt.routing.spec import load_column
from flowopt.routing.stops import NO_RELOAD, fault_of, joined, split

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Plan = Sequence[tuple[int, Sequence[int]]]
"""Routes as engines give them: vehicle type and stops in order; see `flowopt.routing.stops`."""


@dataclass(frozen=True, eq=False)
class Route:
    """One route of one vehicle.

    Parameters
    ----------
    vehicle_type
        Position of its vehicle type.
    start_depot, end_depot
        Positions of the depots where it starts and ends.
    visits
        (v,) positions of the clients, in order.
    schedule
        When it happens, how long and how far it is, what it costs.
    reloads
        (v,) position of the depot at which it reloads just before each visit; -1 for none.
    """

    vehicle_type: int
    start_depot: int
    end_depot: int
    visits: Ints
    schedule: Schedule
    reloads: Ints

    def __len__(self) -> int:
        return len(self.visits)

    @property
    def stops(self) -> Ints:
        """(s,) positions of the clients in order, and each reload at depot m as ``~m``."""
        return joined(self.visits, self.reloads)

    @property
    def num_reloads(self) -> int:
        """How often it reloads."""
        return int(np.count_nonzero(self.reloads != NO_RELOAD))

    @property
    def cost(self) -> float:
        """Fixed cost and costs of distance, duration, overtime and assignment."""
        return self.schedule.cost

    @property
    def distance(self) -> float:
        """Distance from the start depot to the end depot."""
        return self.schedule.distance

    @property
    def duration(self) -> float:
        """Seconds from departure to return."""
        return self.schedule.duration


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class RoutingSolution(Solution[RoutingProblem]):
    """Routes, and the clients that are not served.

    A plan that cannot serve every required client is an answer too: its status is FEASIBLE,
    `is_complete` is False and `unserved` names the clients with a reason. Its cost is that of its
    routes and of the prizes lost; no penalty is in it.

    Parameters
    ----------
    problem, outcome
        As in every solution.
    routes
        The routes that are driven; none is empty.
    unserved
        The clients in no route, each with the reason.

    Examples
    --------
    >>> problem = RoutingProblem.from_arrays({"demand": [4, 5, 9]}, {"num_available": 2,
    ...     "capacity": 8}, distance_matrix=1 - np.eye(4))
    >>> solution = problem.solve(time_limit=1)
    >>> solution.cost, solution.is_complete, [str(entry.reason) for entry in solution.unserved]
    (4.0, False, ['capacity'])
    """

    routes: tuple[Route, ...]
    unserved: tuple[Unserved, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every required client is served, or another of its group."""
        return not any(self.problem.clients.required[entry.client] for entry in self.unserved)

    @property
    def distance(self) -> float:
        """Distance of all routes."""
        return float(sum(route.distance for route in self.routes))

    @property
    def duration(self) -> float:
        """Seconds on the road and at clients, of all routes."""
        return float(sum(route.duration for route in self.routes))

    def tables(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the tables ``visits``, ``routes``, ``unserved``, with such rules ``breaks``."""
        self.require_solution()
        tables = {
            "visits": self._visit_table(),
            "routes": self._route_table(),
            "unserved": self._unserved_table(),
        }
        return tables | ({"breaks": self._break_table()} if self._has_breaks else {})

    def check(self) -> Report:
        """Recompute the cost and every constraint from the problem alone."""
        from flowopt.routing.check import check

        return check(self)

    def summary(self) -> dict[str, Any]:
        """Return the headline figures: name → value."""
        figures = super().summary()
        if not self.status.has_solution:
            return figures
        served = sum(len(route) for route in self.routes)
        return {
            "status": figures.pop("status"),
            "cost": figures.pop("cost"),
            "routes": len(self.routes),
            "served": served,
            "unserved": len(self.unserved),
            "distance": self.distance,
            "duration": self.duration,
        } | figures

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the routes on a matplotlib axes and return it.

        Parameters
        ----------
        ax
            Where to draw; None makes a new figure.

        Raises
        ------
        NoSolutionError
            When there is no solution to draw, or the coordinates are not known.
        """
        from flowopt.routing.plot import plot

        return plot(self, ax)

    def _visit_table(self) -> dict[str, Any]:
        problem, routes = self.problem, self.routes
        lengths = [len(route) for route in routes]
        visits = _joined([route.visits for route in routes], np.int64)
        types = np.array([route.vehicle_type for route in routes], dtype=np.int64)
        schedules = [route.schedule for route in routes]
        origin = problem.time_origin
        start = _joined([s.start for s in schedules])
        departure = start + problem.clients.service_duration[visits]
        table = {
            "route": np.repeat(np.arange(1, len(routes) + 1), lengths),
            "vehicle_type": problem.vehicle_types.id[np.repeat(types, lengths)],
            "position": _joined([np.arange(1, n + 1) for n in lengths], np.int64),
            "client": problem.clients.id[visits],
            "arrival": to_moments(_joined([s.arrival for s in schedules]), origin),
            "wait": _joined([s.wait for s in schedules]),
            "start": to_moments(start, origin),
            "departure": to_moments(departure, origin),
            "slack": _joined([s.slack for s in schedules]),
        }
        for d, load in enumerate(problem.loads):
            after = _joined([s.load_after[:, d] for s in schedules])
            table[load_column("load_after", load)] = after
        return table | self._rules_of_visits(visits)

    def _rules_of_visits(self, visits: Ints) -> dict[str, Any]:
        """Return the columns of visits that only some rules call for."""
        problem = self.problem
        table: dict[str, Any] = {}
        if "reloads" in problem.features:
            depots = _joined([route.reloads for route in self.routes], np.int64)
            table["reload"] = _names(problem.depots.id, depots)
        if "shipments" in problem.features:
            table["shipment"] = _names(problem.shipments.id, problem.shipment_of[visits])
        return table

    def _route_table(self) -> dict[str, Any]:
        problem, routes = self.problem, self.routes
        schedules = [route.schedule for route in routes]
        origin = problem.time_origin
        depot, types = problem.depots.id, problem.vehicle_types.id
        table = {
            "route": np.arange(1, len(routes) + 1),
            "vehicle_type": types[_whole(route.vehicle_type for route in routes)],
            "start_depot": depot[_whole(route.start_depot for route in routes)],
            "end_depot": depot[_whole(route.end_depot for route in routes)],
            "num_visits": _whole(len(route) for route in routes),
            "departure": to_moments([s.departure for s in schedules], origin),
            "finish": to_moments([s.finish for s in schedules], origin),
            "duration": np.array([s.duration for s in schedules], dtype=np.float64),
            "wait": np.array([s.wait.sum() for s in schedules], dtype=np.float64),
            "distance": np.array([s.distance for s in schedules], dtype=np.float64),
        }
        for d, load in enumerate(problem.loads):
            carried = np.array([s.load[d] for s in schedules], dtype=np.float64)
            table[load_column("load", load)] = carried
        if "reloads" in problem.features:
            table["num_reloads"] = _whole(route.num_reloads for route in routes)
        if "overtime" in problem.features:
            table["overtime"] = np.array([s.overtime for s in schedules], dtype=np.float64)
        if self._has_breaks:
            rests = [sum(each.duration for each in s.breaks) for s in schedules]
            table["driving_duration"] = np.array([s.driving_duration for s in schedules])
            table["break_duration"] = np.array(rests, dtype=np.float64)
        return table | {"cost": np.array([s.cost for s in schedules], dtype=np.float64)}

    @property
    def _has_breaks(self) -> bool:
        return bool({"breaks", "driving_rules"} & self.problem.features)

    def _break_table(self) -> dict[str, Any]:
        """Return the breaks of all routes, each with the client that is visited next."""
        problem = self.problem
        rows = [
            (number, route, each)
            for number, route in enumerate(self.routes, start=1)
            for each in route.schedule.breaks
        ]
        types = _whole(route.vehicle_type for _, route, _ in rows)
        following = [_next_client(route, each.before) for _, route, each in rows]
        start = np.array([each.start for _, _, each in rows], dtype=np.float64)
        return {
            "route": _whole(number for number, _, _ in rows),
            "vehicle_type": problem.vehicle_types.id[types],
            "start": to_moments(start, problem.time_origin),
            "duration": np.array([each.duration for _, _, each in rows], dtype=np.float64),
            "before_client": _names(problem.clients.id, np.array(following, dtype=np.int64)),
        }

    def _unserved_table(self) -> dict[str, Any]:
        ids = self.problem.clients.id
        return {
            "client": ids[_whole(entry.client for entry in self.unserved)],
            "reason": np.array([str(entry.reason) for entry in self.unserved], dtype=np.str_),
            "message": np.array([entry.message for entry in self.unserved], dtype=np.str_),
            "fix": np.array([entry.fix for entry in self.unserved], dtype=np.str_),
        }


def make_solution(problem: RoutingProblem, plan: Plan, outcome: Outcome) -> RoutingSolution:
    """Return a plan with its schedules, the reasons of the unserved clients and its cost.

    Parameters
    ----------
    problem
        The problem.
    plan
        Vehicle type and stops of each route; empty routes are left out.
    outcome
        How the search ended; its cost is replaced by that of the plan.
    """
    routes = tuple(
        _route(problem, vehicle_type, np.array(stops, dtype=np.int64))
        for vehicle_type, stops in plan
        if len(stops)
    )
    cost = plan_cost(problem, routes)
    return RoutingSolution(
        problem=problem,
        outcome=replace(outcome, cost=cost),
        routes=routes,
        unserved=explain(problem, [(route.vehicle_type, route.stops) for route in routes]),
    )


def plan_cost(problem: RoutingProblem, routes: Sequence[Route]) -> float:
    """Return the cost of routes, of the longest, and of the prizes that they leave.

    Parameters
    ----------
    problem
        The problem.
    routes
        Its routes.
    """
    served = np.zeros(problem.num_clients, dtype=np.bool_)
    for route in routes:
        served[route.visits] = True
    schedules = [(route.cost, route.duration) for route in routes]
    return cost_of_routes(problem, schedules) + lost_prizes(problem, served)


def given_solution(
    problem: RoutingProblem,
    routes: Sequence[npt.ArrayLike],
    vehicle_types: Sequence[int] | None,
) -> RoutingSolution:
    """Return given routes as a solution; see `RoutingProblem.solution_from_routes`."""
    failures = Failures()
    types = [0] * len(routes) if vehicle_types is None else list(vehicle_types)
    if len(types) != len(routes):
        message = f"has {len(types)} entries for {len(routes)} routes"
        fix = "give one vehicle type a route"
        failures.add("routes", "vehicle_types", None, None, "wrong_shape", message, fix)
    plan = []
    for row, (vehicle_type, given) in enumerate(zip(types, routes, strict=False)):
        stops = np.asarray(given)
        if stops.size == 0:
            continue
        if _are_stops(problem, row, stops, failures):
            if not 0 <= vehicle_type < problem.num_vehicle_types:
                fix = f"give 0 to {problem.num_vehicle_types - 1}"
                text = "is no position of a vehicle type"
                failures.add("routes", "vehicle_types", row, vehicle_type, "unknown_id", text, fix)
            else:
                plan.append((int(vehicle_type), stops.tolist()))
    failures.raise_if_any()
    outcome = Outcome(Status.FEASIBLE, None, None, None, 0.0, "given", 0, {})
    return make_solution(problem, plan, outcome)


def _are_stops(
    problem: RoutingProblem, row: int, stops: npt.NDArray[Any], failures: Failures
) -> bool:
    """Return whether given stops are clients and reloads; collect what is wrong with them."""
    whole = stops.ndim == 1 and stops.dtype.kind in "iu"
    n, m = problem.num_clients, problem.num_depots
    if not whole or (~stops[stops < 0] >= m).any() or stops.max() >= n:
        fix = f"give positions of clients, 0 to {n - 1}, and reloads as ~0 to ~{m - 1}"
        failures.add("routes", "visits", row, None, "unknown_id", "names no client", fix)
        return False
    fault = fault_of(stops.tolist())
    if fault is not None:
        fix = "reload between two visits only"
        failures.add("routes", "visits", row, None, "unknown_id", fault, fix)
    return fault is None


def _route(problem: RoutingProblem, vehicle_type: int, stops: Ints) -> Route:
    types = problem.vehicle_types
    visits, reloads = split(stops)
    visits.setflags(write=False)
    return Route(
        vehicle_type=int(vehicle_type),
        start_depot=int(types.start_depot[vehicle_type]),
        end_depot=int(types.end_depot[vehicle_type]),
        visits=visits,
        schedule=schedule_route(problem, vehicle_type, stops),
        reloads=reloads,
    )


def _next_client(route: Route, stop: int) -> int:
    """Return the client that is visited from a stop of a route on; -1 for none."""
    return next((int(client) for client in route.stops[stop:] if client >= 0), -1)


def _names(ids: npt.NDArray[Any], places: Ints) -> npt.NDArray[np.str_]:
    """Return ids as texts, empty for a negative position."""
    names = np.array([*ids.astype(np.str_), ""], dtype=np.str_)
    return names[np.where(places < 0, len(ids), places)]


def _joined(parts: Sequence[npt.NDArray[Any]], dtype: Any = np.float64) -> npt.NDArray[Any]:
    return np.concatenate([np.zeros(0, dtype=dtype), *parts])


def _whole(values: Any) -> Ints:
    return np.fromiter(values, dtype=np.int64)
