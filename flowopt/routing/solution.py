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
from flowopt.routing.schedule import Schedule, schedule_route
from flowopt.routing.spec import load_column

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Plan = Sequence[tuple[int, Sequence[int]]]
"""Routes as engines give them: vehicle type and clients in order, both as positions."""


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
    """

    vehicle_type: int
    start_depot: int
    end_depot: int
    visits: Ints
    schedule: Schedule

    def __len__(self) -> int:
        return len(self.visits)

    @property
    def cost(self) -> float:
        """Fixed cost and costs of distance and duration."""
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
        """Whether every required client is served."""
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
        """Return the tables ``visits``, ``routes`` and ``unserved``."""
        self.require_solution()
        return {
            "visits": self._visit_table(),
            "routes": self._route_table(),
            "unserved": self._unserved_table(),
        }

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
        return table | {"cost": np.array([s.cost for s in schedules], dtype=np.float64)}

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
        Vehicle type and clients of each route; empty routes are left out.
    outcome
        How the search ended; its cost is replaced by that of the plan.
    """
    routes = tuple(
        _route(problem, vehicle_type, np.array(visits, dtype=np.int64))
        for vehicle_type, visits in plan
        if len(visits)
    )
    cost = plan_cost(problem, routes)
    return RoutingSolution(
        problem=problem,
        outcome=replace(outcome, cost=cost),
        routes=routes,
        unserved=explain(problem, [(route.vehicle_type, route.visits) for route in routes]),
    )


def plan_cost(problem: RoutingProblem, routes: Sequence[Route]) -> float:
    """Return the cost of routes and of the prizes of optional clients in none of them."""
    lost = ~problem.clients.required
    for route in routes:
        lost[route.visits] = False
    prizes = problem.clients.prize[lost]
    return float(sum(route.cost for route in routes) + prizes.sum())


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
    for row, (vehicle_type, visits) in enumerate(zip(types, routes, strict=False)):
        places = np.asarray(visits)
        if places.size == 0:
            continue
        whole = places.ndim == 1 and places.dtype.kind in "iu"
        if not whole or places.min() < 0 or places.max() >= problem.num_clients:
            fix = f"give positions of clients, 0 to {problem.num_clients - 1}"
            failures.add("routes", "visits", row, None, "unknown_id", "names no client", fix)
        elif not 0 <= vehicle_type < problem.num_vehicle_types:
            fix = f"give 0 to {problem.num_vehicle_types - 1}"
            text = "is no position of a vehicle type"
            failures.add("routes", "vehicle_types", row, vehicle_type, "unknown_id", text, fix)
        else:
            plan.append((int(vehicle_type), places.tolist()))
    failures.raise_if_any()
    outcome = Outcome(Status.FEASIBLE, None, None, None, 0.0, "given", 0, {})
    return make_solution(problem, plan, outcome)


def _route(problem: RoutingProblem, vehicle_type: int, visits: Ints) -> Route:
    types = problem.vehicle_types
    visits.setflags(write=False)
    return Route(
        vehicle_type=int(vehicle_type),
        start_depot=int(types.start_depot[vehicle_type]),
        end_depot=int(types.end_depot[vehicle_type]),
        visits=visits,
        schedule=schedule_route(problem, vehicle_type, visits),
    )


def _joined(parts: Sequence[npt.NDArray[Any]], dtype: Any = np.float64) -> npt.NDArray[Any]:
    return np.concatenate([np.zeros(0, dtype=dtype), *parts])


def _whole(values: Any) -> Ints:
    return np.fromiter(values, dtype=np.int64)
