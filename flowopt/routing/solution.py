"""The answer of a routing problem: routes with their schedules, and who is not served, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.options import Outcome
from flowopt.core.report import Report
from flowopt.core.solution import Solution
from flowopt.core.status import Status
from flowopt.routing.explain import Unserved, explain
from flowopt.routing.parts import Ints
from flowopt.routing.problem import RoutingProblem
from flowopt.routing.ranking import cost_of_routes, lost_prizes
from flowopt.routing.schedule import Schedule, schedule_route
from flowopt.routing.stops import NO_RELOAD, fault_of, joined, split

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from flowopt.routing.diff import PlanDifference
    from flowopt.routing.live_problem import LiveProblem

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

    @cached_property
    def lower_bound(self) -> float | None:
        """What no plan that serves all who can be served costs less than; None where unknown.

        It comes from relaxations that are quick to solve, not from a proof of the search as `bound`
        does: 5 to 20 % below the best cost is usual. It is unknown for thousands of clients, and
        where this plan leaves somebody behind who could be served.
        """
        from flowopt.routing.alone import hopeless
        from flowopt.routing.bound import lower_bound

        self.require_solution()
        left = [entry.client for entry in self.unserved]
        missing = np.array([c for c in left if self.problem.clients.required[c]], dtype=np.int64)
        if not hopeless(self.problem, missing).all():
            return None
        least = lower_bound(self.problem, self.cost)
        known = [bound for bound in (least, self.bound) if bound is not None]
        return min(self.cost, max(known)) if known else None

    def tables(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the tables ``visits``, ``routes``, ``unserved``, with such rules ``breaks``."""
        from flowopt.routing.plan_tables import plan_tables

        self.require_solution()
        return plan_tables(self)

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

    def to_geojson(self, path: str | PathLike[str] | None = None) -> dict[str, Any]:
        """Return the plan as GeoJSON: routes as lines, visits, unserved clients, depots as points.

        Parameters
        ----------
        path
            Where to write it as well; None: nowhere.

        Returns
        -------
        dict
            A feature collection. The property ``kind`` of a feature is ``"route"``, ``"visit"``,
            ``"unserved"`` or ``"depot"``; the others are the columns of the table of that name.

        Raises
        ------
        NoSolutionError
            When there is no solution, or the places have no latitude and longitude.

        Examples
        --------
        >>> problem = RoutingProblem.from_frames({"id": ["Ada"], "lat": [45.8], "lon": [4.9]},
        ...     {"id": ["van"], "num_available": [1]},
        ...     {"id": ["Lyon"], "lat": [45.7], "lon": [4.8]})
        >>> plan = problem.solve(time_limit=1).to_geojson()
        >>> [each["properties"]["kind"] for each in plan["features"]]
        ['route', 'visit', 'depot']
        >>> plan["features"][0]["geometry"]["coordinates"]
        [[4.8, 45.7], [4.9, 45.8], [4.8, 45.7]]
        """
        from flowopt.routing.geojson import to_geojson

        return to_geojson(self, path)

    def _repr_html_(self) -> str:
        from flowopt.routing.notebook import routes_html

        return super()._repr_html_() + routes_html(self)

    def remaining(
        self,
        now: Any = None,
        *,
        new_clients: Any = None,
        cancelled: Any = None,
        vehicle_positions: Any = None,
        frozen: Any = 0,
        stability_cost: float = 0.0,
        goods_for_anyone: bool = False,
        shipments: Any = None,
        time_windows: Any = None,
        distance_matrix: Any = None,
        duration_matrix: Any = None,
        profiles: Mapping[str, Any] | None = None,
    ) -> LiveProblem:
        """Return the problem that is left of this plan at a moment, with what is new.

        A vehicle under way starts where it stands, when it is free: at the end of the visit that
        it makes or is on its way to, where it waits, or where it is reported to be. What it has
        on board stays with it, and it takes further deliveries only after a reload. `solve` of the
        problem starts from what is left of this plan.

        Parameters
        ----------
        now
            The moment, written as the times of the problem; None: before all departures.
        new_clients
            Further clients, as of `RoutingProblem.from_frames`.
        cancelled
            Ids of clients who are not to be visited, or a table with the column ``client``.
        vehicle_positions
            Table of where vehicles are: ``route`` (its number in this plan), or ``vehicle_type``
            where the type has one vehicle; and where they are not as planned: ``client`` (visited
            last), ``lat`` and ``lon`` or ``x`` and ``y``, ``clock`` (when it can go on), ``load``
            (what is on board; ``load_volume``, …).
        frozen
            How many of the next visits of each vehicle under way may not change; or which visits,
            by the ids of their clients or a table with ``client``: those before them are fixed,
            too.
        stability_cost
            Cost of a client who is served by another vehicle than before. With it, every route is
            a vehicle of its own, also before its departure.
        goods_for_anyone
            Whether what is on board may go to any client: fuel, or demands that are no goods.
        shipments, time_windows
            Tables of shipments between new clients, and of windows of those with several.
        distance_matrix, duration_matrix, profiles
            Where the ways were given by matrices, and there are new clients or positions
            elsewhere: matrices between the depots and clients of this problem, the new clients,
            and the rows of `vehicle_positions` (in labelled frames ``position 1``, …).

        Raises
        ------
        ValidationError
            When the input cannot be used; all faults are listed.

        Examples
        --------
        >>> problem = RoutingProblem.from_arrays({"id": ["Al", "Bo"]}, {"num_available": 1},
        ...     coordinates=[[0, 0], [5, 0], [9, 0]])
        >>> plan = problem.solution_from_routes([[0, 1]])
        >>> left = plan.remaining(now=2, new_clients={"id": ["Cy"], "x": [7], "y": [0]})
        >>> left.vehicle_types.id.tolist(), left.clients.id.tolist(), left.history["client"][0]
        (['vehicle'], ['Bo', 'Cy'], 'Al')
        """
        from flowopt.routing.live import remaining

        return remaining(
            self,
            now,
            new_clients=new_clients,
            cancelled=cancelled,
            vehicle_positions=vehicle_positions,
            frozen=frozen,
            stability_cost=stability_cost,
            goods_for_anyone=goods_for_anyone,
            shipments=shipments,
            time_windows=time_windows,
            distance_matrix=distance_matrix,
            duration_matrix=duration_matrix,
            profiles=profiles,
        )

    def insert(
        self,
        new_clients: Any,
        now: Any = None,
        *,
        stability_cost: float = 0.0,
        time_limit: float = 0.5,
        **options: Any,
    ) -> RoutingSolution:
        """Return this plan with further clients: the problem of `remaining`, solved at once.

        Parameters
        ----------
        new_clients, now, stability_cost
            As of `remaining`, which also takes what else has happened.
        time_limit
            Seconds of the search.
        options
            Further keywords of `solve`.

        Examples
        --------
        >>> problem = RoutingProblem.from_arrays({"id": ["Al", "Bo"]}, {"num_available": 1},
        ...     coordinates=[[0, 0], [5, 0], [9, 0]])
        >>> plan = problem.solution_from_routes([[0, 1]])
        >>> new = plan.insert({"id": ["Cy"], "x": [7], "y": [0]}, now=2, engine="construct")
        >>> new.to_frame("visits")["client"].tolist(), new.problem.sunk_cost + new.cost
        (['Cy', 'Bo'], 18.0)
        """
        left = self.remaining(now, new_clients=new_clients, stability_cost=stability_cost)
        return left.solve(time_limit=time_limit, **options)

    def diff(self, other: RoutingSolution, *, tolerance: float = 0.0) -> PlanDifference:
        """Return what changes from this plan to another: added, removed, moved, retimed clients.

        Parameters
        ----------
        other
            The later plan, of this problem, of what is left of it, or of one with the same ids.
        tolerance
            Seconds by which a start may differ and count as the same.

        Examples
        --------
        >>> problem = RoutingProblem.from_arrays({"id": ["Al", "Bo"]}, {"num_available": 2},
        ...     distance_matrix=1 - np.eye(3))
        >>> before = problem.solution_from_routes([[0, 1]])
        >>> before.diff(problem.solution_from_routes([[0], [1]])).to_frame()[["change", "client"]]
          change client
        0  moved     Bo
        """
        from flowopt.routing.diff import difference

        return difference(self, other, tolerance)


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
