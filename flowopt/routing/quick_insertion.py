"""Where a client can be inserted without further rules: exact, all places at once.

A stretch of a route is summed up by three numbers (Vidal et al., Computers & Operations Research
40, 2013): its shortest duration, and the earliest and latest start that reach it. Two stretches
and the way between them sum up in O(1), so an insertion is judged without walking the route.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from flowopt.routing.limits import hours, within

if TYPE_CHECKING:
    from flowopt.routing.parts import Bools, Floats, Ints
    from flowopt.routing.problem import RoutingProblem


class Found(NamedTuple):
    """The cheapest place for a client in a plan.

    Parameters
    ----------
    cost
        What the plan costs more.
    route
        Position of the route.
    stops
        Its stops with the client.
    """

    cost: float
    route: int
    stops: list[int]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive stops of a route, or arrays of such.

    Parameters
    ----------
    duration
        Shortest time from the start at its first stop to the end of service at its last.
    early, late
        Earliest and latest start at the first stop with that duration and no late visit.
    """

    duration: Floats
    early: Floats
    late: Floats

    def then(self, travel: Floats, other: Stretch) -> tuple[Stretch, Bools]:
        """Return this stretch followed by another, and whether no visit is late."""
        elapsed = self.duration + travel
        with np.errstate(invalid="ignore"):  # inf - inf where there is no way
            wait = np.maximum(other.early - elapsed - self.late, 0.0)
            joined = Stretch(
                elapsed + other.duration + wait,
                np.maximum(other.early - elapsed, self.early) - wait,
                np.minimum(other.late - elapsed, self.late),
            )
        in_time = np.isfinite(travel) & within(self.early + elapsed, other.late)
        return joined, in_time


@dataclass(slots=True)
class _RouteState:
    """One route as arrays over its v + 1 gaps: what comes before each, and after."""

    vehicle_type: int
    visits: list[int]
    before: Stretch
    after: Stretch
    source: Ints
    target: Ints
    duration: float
    distance: float
    load: Floats


class QuickPlan:
    """Routes with windows, loads and limits alone, into which clients are inserted.

    Parameters
    ----------
    problem
        The problem.
    """

    def __init__(self, problem: RoutingProblem) -> None:
        self.problem = problem
        self.hours = [hours(problem, k) for k in range(problem.num_vehicle_types)]
        self._routes: list[_RouteState] = []
        self._gathered = False

    @property
    def plan(self) -> list[tuple[int, list[int]]]:
        """Vehicle type and stops of each route."""
        return [(route.vehicle_type, list(route.visits)) for route in self._routes]

    @property
    def durations(self) -> list[float]:
        """Duration of each route."""
        return [route.duration for route in self._routes]

    def __len__(self) -> int:
        return len(self._routes)

    def put(self, route: int, vehicle_type: int, stops: Sequence[int]) -> None:
        """Give a route stops; one beyond the last is new."""
        self._routes[route : route + 1] = [self._state(vehicle_type, list(stops))]
        self._gathered = False

    def type_of(self, route: int) -> int:
        """Return the vehicle type of a route."""
        return self._routes[route].vehicle_type

    # ---- one route

    def _state(self, vehicle_type: int, visits: list[int]) -> _RouteState:
        problem, types = self.problem, self.problem.vehicle_types
        chosen = np.array(visits, dtype=np.int64)
        first, last = int(types.start_depot[vehicle_type]), int(types.end_depot[vehicle_type])
        stops = np.concatenate([[first], chosen + problem.num_depots, [last]])
        distance, travel = problem.travel.legs(stops[:-1], stops[1:])
        forward, backward = self._stretches(vehicle_type, chosen, travel.tolist())
        return _RouteState(
            vehicle_type,
            visits,
            Stretch(*np.array(forward[:-1]).T),
            Stretch(*np.array(backward[1:]).T),
            stops[:-1],
            stops[1:],
            forward[-1][0],
            float(distance.sum()),
            problem.clients.demand[chosen].sum(axis=0),
        )

    def _stretches(
        self, vehicle_type: int, visits: Ints, travel: list[float]
    ) -> tuple[list[_Sum], list[_Sum]]:
        """Return the stretches from the start up to each stop, and from each stop to the end."""
        clients, at = self.problem.clients, self.hours[vehicle_type]
        stops = list(
            zip(
                clients.service_duration[visits].tolist(),
                clients.tw_early[visits].tolist(),
                clients.tw_late[visits].tolist(),
                strict=True,
            )
        )
        stops = [
            (0.0, at.departure_early, at.departure_late),
            *stops,
            (0.0, at.finish_early, at.finish_late),
        ]
        forward, backward = [stops[0]], [stops[-1]]
        for leg, stop in zip(travel, stops[1:], strict=True):
            forward.append(_joined(forward[-1], leg, stop))
        for leg, stop in zip(travel[::-1], stops[-2::-1], strict=True):
            backward.append(_joined(stop, leg, backward[-1]))
        return forward, backward[::-1]

    # ---- all routes

    def _gather(self) -> None:
        """Put the gaps of all routes into one array each."""
        routes = self._routes
        self._sizes = np.array([len(route.visits) + 1 for route in routes], dtype=np.int64)
        self._type = np.array([route.vehicle_type for route in routes], dtype=np.int64)
        d = len(self.problem.loads)
        self._load = np.array([route.load for route in routes]).reshape(len(routes), d)
        self._distance = np.array([route.distance for route in routes])
        self._duration = np.array(self.durations)
        self._gathered = True

    def best(self, client: int) -> Found | None:
        """Return the cheapest place for a client.

        Parameters
        ----------
        client
            Its position.
        """
        types = self.problem.vehicle_types
        if not self._routes:
            return None
        if not self._gathered:
            self._gather()
        loads = self._load + self.problem.clients.demand[client]
        roomy = np.flatnonzero(within(loads, types.capacity[self._type]).all(axis=1))
        if not len(roomy):
            return None
        routes = [self._routes[r] for r in roomy]
        owner = np.repeat(roomy, self._sizes[roomy])
        before = Stretch(*_concatenated([route.before for route in routes]))
        after = Stretch(*_concatenated([route.after for route in routes]))
        source = np.concatenate([route.source for route in routes])
        target = np.concatenate([route.target for route in routes])
        costs = self._costs(client, owner, source, target, before, after)
        gap = int(costs.argmin())
        if not math.isfinite(costs[gap]):
            return None
        route = int(owner[gap])
        place = int(gap - np.searchsorted(owner, route))
        visits = self._routes[route].visits
        return Found(float(costs[gap]), route, [*visits[:place], client, *visits[place:]])

    def _costs(
        self,
        client: int,
        owner: Ints,
        source: Ints,
        target: Ints,
        before: Stretch,
        after: Stretch,
    ) -> Floats:
        """Return what each gap costs, inf where the client cannot be inserted."""
        problem, types, clients = self.problem, self.problem.vehicle_types, self.problem.clients
        place, kind = client + problem.num_depots, self._type[owner]
        there, there_time = problem.travel.legs(source, place)
        back, back_time = problem.travel.legs(place, target)
        direct, _ = problem.travel.legs(source, target)
        visit = Stretch(
            clients.service_duration[client], clients.tw_early[client], clients.tw_late[client]
        )
        head, in_time = before.then(there_time, visit)
        whole, also_in_time = head.then(back_time, after)
        with np.errstate(invalid="ignore"):
            longer = there + back - direct
            later = whole.duration - self._duration[owner]
            costs = types.unit_distance_cost[kind] * longer + types.unit_duration_cost[kind] * later
            costs = costs + self._balance(owner, whole.duration)
        feasible = in_time & also_in_time & np.isfinite(there + back)
        feasible &= within(self._distance[owner] + longer, types.max_distance[kind])
        feasible &= within(whole.duration, types.max_duration[kind])
        return np.where(feasible, costs, math.inf)

    def _balance(self, owner: Ints, duration: Floats) -> Floats | float:
        """Return what the longest route costs more when each route has another duration."""
        if not self.problem.longest_duration_cost:
            return 0.0
        longest = np.sort(self._duration)[::-1]
        second = longest[1] if len(longest) > 1 else 0.0
        others = np.where(owner == int(self._duration.argmax()), second, longest[0])
        added: Floats = np.maximum(duration, others) - longest[0]
        return self.problem.longest_duration_cost * added


_Sum = tuple[float, float, float]


def _joined(one: _Sum, travel: float, other: _Sum) -> _Sum:
    """Return `Stretch.then` for plain numbers, with no judgement: (duration, early, late)."""
    elapsed = one[0] + travel
    wait = max(other[1] - elapsed - one[2], 0.0)
    return (
        elapsed + other[0] + wait,
        max(other[1] - elapsed, one[1]) - wait,
        min(other[2] - elapsed, one[2]),
    )


def _concatenated(stretches: Sequence[Stretch]) -> tuple[Floats, Floats, Floats]:
    return (
        np.concatenate([s.duration for s in stretches]),
        np.concatenate([s.early for s in stretches]),
        np.concatenate([s.late for s in stretches]),
    )
