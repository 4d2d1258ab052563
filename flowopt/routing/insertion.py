"""Where a client can be inserted into a plan, and what that costs: exact."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from flowopt.routing.alone import Alone, alone, trip_of
from flowopt.routing.quick_insertion import QuickPlan
from flowopt.routing.ranking import added_balance
from flowopt.routing.rule_insertion import RuledPlan
from flowopt.routing.rulebook import rulebook

if TYPE_CHECKING:
    from flowopt.routing.parts import Ints
    from flowopt.routing.problem import RoutingProblem

NEW_ROUTE = -1
"""The route of an insertion that takes one more vehicle."""


@dataclass(frozen=True, slots=True)
class Insertion:
    """The cheapest place for a client.

    Parameters
    ----------
    cost
        What the plan's routes cost more with it.
    route
        Position of the route, or `NEW_ROUTE`.
    place
        Position of the client among the route's visits.
    vehicle_type
        Position of the vehicle type.
    stops
        The stops of the route with it, and with the other end of its shipment.
    """

    cost: float
    route: int
    place: int
    vehicle_type: int
    stops: tuple[int, ...]


class OpenPlan:
    """A plan into which clients are inserted, one at a time; shipments with both their ends.

    Parameters
    ----------
    problem
        The problem.
    plan
        Vehicle type and stops of each route, feasible.

    Examples
    --------
    >>> from flowopt.routing import RoutingProblem
    >>> ways = [[0, 5, 6], [5, 0, 1], [6, 1, 0]]
    >>> problem = RoutingProblem.from_arrays(
    ...     {"demand": [1, 1]}, {"num_available": 1, "capacity": 3}, distance_matrix=ways
    ... )
    >>> plan = OpenPlan(problem, [(0, [1])])
    >>> where = plan.best(0)
    >>> where.cost, where.route, where.place
    (0.0, 0, 0)
    """

    def __init__(
        self, problem: RoutingProblem, plan: Sequence[tuple[int, Sequence[int] | Ints]]
    ) -> None:
        self.problem = problem
        self.spare = problem.vehicle_types.num_available.copy()
        reloads = any(np.min(stops, initial=0) < 0 for _, stops in plan)
        ruled = rulebook(problem).names or reloads
        self._routes = RuledPlan(problem) if ruled else QuickPlan(problem)
        self._served = np.zeros(problem.num_clients, dtype=np.bool_)
        for number, (vehicle_type, stops) in enumerate(plan):
            self._put(number, vehicle_type, [int(stop) for stop in stops])
            self.spare[vehicle_type] -= 1

    @property
    def plan(self) -> list[tuple[int, list[int]]]:
        """The plan as it stands: vehicle type and stops of each route."""
        return self._routes.plan

    def best(self, client: int, alone_there: Alone | None = None) -> Insertion | None:
        """Return the cheapest place for a client, or None when there is none.

        Where the problem puts vehicles first, a place in a route goes before one more vehicle.

        Parameters
        ----------
        client
            Position of the client; one that is served, or another of its group, has no place.
        alone_there
            `alone` of this client, when the caller has it.
        """
        if self._served[client] or self._group_is_served(client):
            return None
        inside = self._best_inside(client)
        if inside is not None and self.problem.vehicles_first:
            return inside
        new = self._best_new(client, alone_there)
        if inside is None or new is None:
            return inside or new
        return new if new.cost < inside.cost else inside

    def insert(self, where: Insertion) -> None:
        """Insert a client at a place that `best` found for it in the plan as it stands."""
        new = where.route == NEW_ROUTE
        self._put(len(self._routes) if new else where.route, where.vehicle_type, where.stops)
        if new:
            self.spare[where.vehicle_type] -= 1

    def _put(self, route: int, vehicle_type: int, stops: Sequence[int]) -> None:
        self._routes.put(route, vehicle_type, stops)
        self._served[[stop for stop in stops if stop >= 0]] = True

    def _group_is_served(self, client: int) -> bool:
        group = self.problem.group_of
        return bool(group[client] >= 0 and self._served[group == group[client]].any())

    def _best_inside(self, client: int) -> Insertion | None:
        found = self._routes.best(client)
        if found is None:
            return None
        place = [stop for stop in found.stops if stop >= 0].index(client)
        kind = self._routes.type_of(found.route)
        return Insertion(found.cost, found.route, place, kind, tuple(found.stops))

    def _best_new(self, client: int, alone_there: Alone | None) -> Insertion | None:
        """Return a route of its own for a client, on the cheapest vehicle that is left."""
        problem = self.problem
        there = alone(problem, np.array([client])) if alone_there is None else alone_there
        feasible = there.feasible[0] & (self.spare > 0)
        if not feasible.any():
            return None
        durations = self._routes.durations
        balance = [added_balance(problem, durations, each) for each in there.duration[0].tolist()]
        costs = np.where(feasible, there.cost[0] + balance, math.inf)
        k, trip = int(costs.argmin()), trip_of(problem, client)
        return Insertion(float(costs[k]), NEW_ROUTE, trip.index(client), k, tuple(trip))
