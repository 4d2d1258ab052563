"""A routing problem as OR-Tools takes it: integers, validated, so that nothing crashes it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from ortools.constraint_solver import pywrapcp as _pywrapcp

from flowopt.routing.engines.construction import Plan, Stop
from flowopt.routing.engines.integers import (
    COST_OF_MISSING,
    MOST_ARC_COST,
    MOST_PRIZE,
    Clock,
    arc_costs,
    cost_scale,
    down,
    exact_scale,
    make_clock,
    up,
    waits,
)
from flowopt.routing.limits import Hours, hours
from flowopt.routing.parts import Floats, Ints
from flowopt.routing.problem import RoutingProblem
from flowopt.routing.ranking import rank
from flowopt.routing.schedule import schedule_route

_MOST_LOAD = 2.0**50

pywrapcp: Any = _pywrapcp  # it has no types


class Stopped(Exception):
    """The search was to end before the model was built."""


def _ways(problem: RoutingProblem, locations: Ints) -> tuple[Floats, Floats]:
    """Return distances and durations between some locations; one array where they are the same."""
    travel = problem.travel
    distance, duration = travel.legs(*np.ix_(locations, locations))
    return distance, distance if travel.one_measure else duration


def _vehicles(problem: RoutingProblem, start: Plan, num_clients: int) -> Ints:
    """Return the vehicle type of each vehicle in the model.

    A fleet without limit would fill the memory: the model has those that the starting plan uses
    and some more, above all when the plan leaves clients unserved.
    """
    types = problem.vehicle_types
    used = np.bincount([k for k, _ in start], minlength=len(types))
    served = sum(len(visits) for _, visits in start)
    most = np.maximum(used + used // 10, len(start) // 4) + 2
    most += min(num_clients - served, 10 + len(start) // 4)
    usable = [hours(problem, k).open for k in range(len(types))]
    count = np.where(usable, np.minimum(types.num_available, most), 0)
    return np.repeat(np.arange(len(types)), np.minimum(count, num_clients))


class Model:
    """The problem as OR-Tools takes it: nodes are the depots in use, then the clients.

    Parameters
    ----------
    problem
        The problem.
    clients
        Positions of the clients in the model; at least one.
    start
        The starting plan: it sets the scale of costs and the number of vehicles.
    seed
        The order in which vehicles take the routes of the start follows from it.
    stop
        Whether to give up; then `Stopped` is raised.
    """

    def __init__(
        self, problem: RoutingProblem, clients: Ints, start: Plan, seed: int, stop: Stop
    ) -> None:
        self.problem, self._stop = problem, stop
        self.clients = clients
        self.seed = seed
        self.types = _vehicles(problem, start, len(clients))
        types = problem.vehicle_types
        starts, ends = types.start_depot[self.types], types.end_depot[self.types]
        depots = np.unique(np.concatenate([starts, ends]))
        self.num_depots = len(depots)
        locations = np.concatenate([depots, self.clients + problem.num_depots])
        self.distance, self.duration = _ways(problem, locations)
        no_service = np.zeros(len(depots))
        self.service = np.concatenate([no_service, problem.clients.service_duration[self.clients]])
        self.manager = pywrapcp.RoutingIndexManager(
            len(locations),
            len(self.types),
            np.searchsorted(depots, starts).tolist(),
            np.searchsorted(depots, ends).tolist(),
        )
        self.routing = pywrapcp.RoutingModel(self.manager)
        self.scale = cost_scale(rank(problem, start).cost + self._cost_of_unserved(start))
        self._add_costs()
        self._add_loads()
        self._add_reach()
        self._add_distance()
        clock = self._add_time(start)
        self._add_disjunctions()
        self.details = {
            "cost_scale": self.scale,
            "time_scale": None if clock is None else clock.scale,
            "vehicles": len(self.types),
        }

    def index(self, client_place: int) -> int:
        """Return OR-Tools' index of the client at a place in `clients`."""
        return int(self.manager.NodeToIndex(self.num_depots + client_place))

    def _go_on(self) -> None:
        """Raise `Stopped` when the search is to end: asked before each slow step."""
        if self._stop():
            raise Stopped

    def _register(self, matrix: Ints) -> int:
        """Hand over a matrix."""
        self._go_on()
        return int(self.routing.RegisterTransitMatrix(matrix.tolist()))

    # ---- what it costs

    def _cost_of_unserved(self, start: Plan) -> float:
        """Return roughly what it would cost to serve the clients that the plan does not serve."""
        types = self.problem.vehicle_types
        missing = len(self.clients) - sum(len(visits) for _, visits in start)
        if not missing:
            return 0.0
        known = np.isfinite(self.distance) & np.isfinite(self.duration)
        if not known.any():
            return 0.0
        distance, duration = self.distance[known].mean(), self.duration[known].mean()
        costs = types.fixed_cost + types.unit_distance_cost * 2 * distance
        costs = costs + types.unit_duration_cost * (2 * duration + self.service.mean())
        return missing * float(costs[self.types].max())

    def _add_costs(self) -> None:
        types = self.problem.vehicle_types
        evaluators: dict[tuple[float, float], int] = {}
        for vehicle, k in enumerate(self.types.tolist()):
            rates = float(types.unit_distance_cost[k]), float(types.unit_duration_cost[k])
            if rates not in evaluators:
                self._go_on()
                ways = self.distance, self.duration
                costs = arc_costs(rates, *ways, self.service, self.scale)
                evaluators[rates] = self._register(costs)
            self.routing.SetArcCostEvaluatorOfVehicle(evaluators[rates], vehicle)
            fixed = min(float(types.fixed_cost[k]) * self.scale, MOST_ARC_COST)
            self.routing.SetFixedCostOfVehicle(round(fixed), vehicle)

    def _add_disjunctions(self) -> None:
        at = self.problem.clients
        for place, client in enumerate(self.clients.tolist()):
            prize = min(float(at.prize[client]) * self.scale, MOST_PRIZE)
            cost = COST_OF_MISSING if at.required[client] else round(prize)
            self.routing.AddDisjunction([self.index(place)], cost)

    # ---- what limits it

    def _add_loads(self) -> None:
        problem, types = self.problem, self.problem.vehicle_types
        for d, name in enumerate(problem.loads):
            capacity, demand = types.capacity[:, d], problem.clients.demand[self.clients, d]
            if not np.isfinite(capacity[self.types]).any() or not demand.any():
                continue
            scale = exact_scale(np.append(demand, capacity), _MOST_LOAD / len(demand))
            amounts = up(np.append(np.zeros(self.num_depots), demand), scale, _MOST_LOAD)
            limits = np.minimum(down(capacity, scale, _MOST_LOAD), amounts.sum())
            transit = self.routing.RegisterUnaryTransitVector(amounts.tolist())
            self.routing.AddDimensionWithVehicleCapacity(
                transit, 0, limits[self.types].tolist(), True, f"load {name}"
            )

    def _add_reach(self) -> None:
        """Forbid the pairs of locations without a way."""
        if self.problem.travel.complete:
            return
        no_way = ~(np.isfinite(self.distance) & np.isfinite(self.duration))
        np.fill_diagonal(no_way, False)
        if no_way.any():
            none = np.zeros(self.problem.num_vehicle_types, dtype=np.int64)
            self._add_matrix_dimension(no_way.astype(np.int64), none, "no way")

    def _add_distance(self) -> None:
        limits = self.problem.vehicle_types.max_distance
        used = limits[self.types]
        if not np.isfinite(used).any():
            return
        longest = float(used[np.isfinite(used)].max())
        useful = np.concatenate([self.distance[self.distance <= longest], limits])
        scale = exact_scale(useful, _MOST_LOAD / (len(self.clients) + 2))
        too_far = float(math.ceil(longest * scale) + 1)
        caps = down(limits, scale, too_far * (len(self.clients) + 2))
        self._add_matrix_dimension(up(self.distance, scale, too_far), caps, "distance")

    def _add_matrix_dimension(self, matrix: Ints, caps: Ints, name: str) -> None:
        """Add a dimension that begins at 0 and has no slack; `caps` are those of the types."""
        np.fill_diagonal(matrix, 0)
        transit = self._register(matrix)
        self.routing.AddDimensionWithVehicleCapacity(
            transit, 0, caps[self.types].tolist(), True, name
        )

    def _add_time(self, start: Plan) -> Clock | None:
        """Add the time of day, or only the length of routes where nobody waits."""
        problem, types = self.problem, self.problem.vehicle_types
        open_hours = [hours(problem, k) for k in range(problem.num_vehicle_types)]
        timed = waits(problem, self.clients)
        longest = [
            min(float(types.max_duration[k]), at.finish_late - at.departure_early)
            for k, at in enumerate(open_hours)
        ]
        if not timed and not np.isfinite(np.array(longest)[self.types]).any():
            return None
        self._go_on()
        clock = make_clock(problem, self.clients, self.duration, self._usual_finish(start))
        self._go_on()
        matrix = clock.length_up(self.duration)
        matrix += clock.length_up(self.service)[:, None]
        if not timed:
            caps = clock.length_down(np.array(longest))
            self._add_matrix_dimension(matrix, caps, "duration")
            return clock
        np.fill_diagonal(matrix, 0)
        transit = self._register(matrix)
        self.routing.AddDimension(transit, clock.horizon, clock.horizon, False, "time")
        time_of_day = self.routing.GetDimensionOrDie("time")
        self._add_windows(time_of_day, clock)
        for vehicle, k in enumerate(self.types.tolist()):
            self._add_shift(time_of_day, clock, vehicle, k, open_hours[k])
        return clock

    def _usual_finish(self, start: Plan) -> float:
        """Return the latest return of the starting plan, or what one long route would take."""
        problem = self.problem
        if start:
            return max(schedule_route(problem, k, np.array(v)).finish for k, v in start)
        longest = float(self.duration[np.isfinite(self.duration)].max(initial=0.0))
        begin = max(hours(problem, k).departure_early for k in set(self.types.tolist()))
        return begin + float(self.service.sum()) + longest * (len(self.clients) + 1)

    def _add_windows(self, time_of_day: Any, clock: Clock) -> None:
        at = self.problem.clients
        early = clock.moment_up(at.tw_early[self.clients])
        late = clock.moment_down(at.tw_late[self.clients])
        windows = zip(np.minimum(early, late).tolist(), late.tolist(), strict=True)
        for place, (opens, closes) in enumerate(windows):
            time_of_day.CumulVar(self.index(place)).SetRange(opens, closes)

    def _add_shift(self, time_of_day: Any, clock: Clock, vehicle: int, k: int, at: Hours) -> None:
        types = self.problem.vehicle_types
        for index, early, late in (
            (self.routing.Start(vehicle), at.departure_early, at.departure_late),
            (self.routing.End(vehicle), at.finish_early, at.finish_late),
        ):
            closes = int(clock.moment_down(late))
            opens = min(int(clock.moment_up(early)), closes)
            time_of_day.CumulVar(index).SetRange(opens, closes)
        if math.isfinite(types.max_duration[k]):
            longest = int(clock.length_down(types.max_duration[k : k + 1])[0])
            time_of_day.SetSpanUpperBoundForVehicle(longest, vehicle)
        waiting = float(types.unit_duration_cost[k]) * self.scale / clock.scale
        if waiting:
            time_of_day.SetSlackCostCoefficientForVehicle(round(waiting), vehicle)

    # ---- plans in and out

    def routes(self, plan: Plan) -> list[list[int]]:
        """Return a plan as OR-Tools' indices, one list a vehicle, in an order by the seed.

        The search looks at vehicles in their order, so another order is another search.
        """
        place = {client: position for position, client in enumerate(self.clients.tolist())}
        waiting: dict[int, list[list[int]]] = {}
        order = np.random.default_rng(self.seed).permutation(len(plan)).tolist()
        for k, visits in (plan[place] for place in order):
            waiting.setdefault(k, []).append([self.index(place[client]) for client in visits])
        return [waiting[k].pop() if waiting.get(k) else [] for k in self.types.tolist()]

    def plan(self, next_index: Callable[[int], int]) -> Plan:
        """Return the plan in which each index is followed by `next_index` of it."""
        plan: Plan = []
        for vehicle, k in enumerate(self.types.tolist()):
            visits, index = [], next_index(self.routing.Start(vehicle))
            while not self.routing.IsEnd(index):
                node = self.manager.IndexToNode(index)
                visits.append(int(self.clients[node - self.num_depots]))
                index = next_index(index)
            if visits:
                plan.append((k, visits))
        return plan
