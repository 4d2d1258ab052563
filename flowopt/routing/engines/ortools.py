"""OR-Tools routing, behind guards: guided local search from the plan of the constructive engine.

Everything it is given is validated and scaled to integers before, since it crashes or stays silent
on what it does not like; its answer is recomputed in floats, and the starting plan is returned
where that is better.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from ortools.constraint_solver import pywrapcp as _pywrapcp
from ortools.constraint_solver import routing_enums_pb2

from flowopt.core.options import Run
from flowopt.core.status import Limit
from flowopt.routing.alone import Hours, hours
from flowopt.routing.engines.construction import (
    Plan,
    candidates,
    finished,
    insert_left_over,
    kept,
    rank,
    start_plan,
)
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
from flowopt.routing.problem import Ints, RoutingProblem
from flowopt.routing.schedule import schedule_route
from flowopt.routing.solution import RoutingSolution

DEFAULT_TIME_LIMIT = 10.0
"""Seconds of a search for which the caller sets neither a time limit nor an iteration limit."""

_SECONDS_BETWEEN_LOOKS = 0.005
_SECONDS_PER_CELL = 4e-7  # of a matrix that is handed over, on a slow machine
_MOST_LOAD = 2.0**50
_NO_LIMIT = 10**6  # seconds: OR-Tools warns of a search without any limit

pywrapcp: Any = _pywrapcp  # it has no types
_log = logging.getLogger(__name__)


def solve(problem: RoutingProblem, run: Run) -> RoutingSolution:
    """Search from the plan of the constructive engine until a limit, and return the best plan."""
    until = run.remaining(math.inf if run.options.iteration_limit else DEFAULT_TIME_LIMIT)
    deadline = time.perf_counter() + until
    start = start_plan(problem, run)
    run.report(cost=rank(problem, start)[1])
    clients = candidates(problem)
    skip = _why_not(problem, clients, deadline)
    if skip or run.stopped() is not None:
        limit = run.stopped()
        return finished(problem, start, run, "ortools", limit, search=skip or f"stopped: {limit}")
    model = _Model(problem, clients, start, run.seed)
    search = _Search(model, run, deadline)
    found = search.run_from(start)
    best = insert_left_over(problem, kept(problem, found), clients, lambda: False)
    plan = min([start, best], key=lambda candidate: rank(problem, candidate))
    details = {"iterations": search.iterations, "start_cost": rank(problem, start)[1]}
    return finished(problem, plan, run, "ortools", search.limit, **details, **model.details)


def _why_not(problem: RoutingProblem, clients: Ints, deadline: float) -> str:
    """Return why there is nothing to search, or no time to hand it over; empty: search."""
    if len(clients) < 2:
        return "not needed: at most one client can be served"
    cells = (len(clients) + problem.num_depots) ** 2 * (2 + problem.num_vehicle_types)
    if time.perf_counter() + cells * _SECONDS_PER_CELL > deadline:
        return "no time to hand over the matrices"
    return ""


def _vehicles(problem: RoutingProblem, start: Plan, num_clients: int) -> Ints:
    """Return the vehicle type of each vehicle in the model.

    A fleet without limit would fill the memory: the model has those that the starting plan uses
    and some more, all when the plan leaves clients unserved.
    """
    types = problem.vehicle_types
    used = np.bincount([k for k, _ in start], minlength=len(types))
    served = sum(len(visits) for _, visits in start)
    most = np.maximum(used + used // 10, len(start) // 4) + 2
    if served < num_clients:
        most += num_clients - served
    usable = [hours(problem, k).open for k in range(len(types))]
    count = np.where(usable, np.minimum(types.num_available, most), 0)
    return np.repeat(np.arange(len(types)), np.minimum(count, num_clients))


class _Model:
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
        The order of the clients in the model follows from it; 0 is the order of the table.
    """

    def __init__(self, problem: RoutingProblem, clients: Ints, start: Plan, seed: int) -> None:
        self.problem = problem
        order = np.random.default_rng(seed).permutation(len(clients)) if seed else slice(None)
        self.clients = clients[order]
        self.types = _vehicles(problem, start, len(clients))
        types = problem.vehicle_types
        starts, ends = types.start_depot[self.types], types.end_depot[self.types]
        depots = np.unique(np.concatenate([starts, ends]))
        self.num_depots = len(depots)
        self.locations = np.concatenate([depots, self.clients + problem.num_depots])
        no_service = np.zeros(len(depots))
        self.service = np.concatenate([no_service, problem.clients.service_duration[self.clients]])
        self.manager = pywrapcp.RoutingIndexManager(
            len(self.locations),
            len(self.types),
            np.searchsorted(depots, starts).tolist(),
            np.searchsorted(depots, ends).tolist(),
        )
        self.routing = pywrapcp.RoutingModel(self.manager)
        self.scale = cost_scale(rank(problem, start)[1] + self._cost_of_unserved(start))
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

    # ---- what it costs

    def _cost_of_unserved(self, start: Plan) -> float:
        """Return roughly what it would cost to serve the clients that the plan does not serve."""
        problem, types = self.problem, self.problem.vehicle_types
        missing = len(self.clients) - sum(len(visits) for _, visits in start)
        if not missing:
            return 0.0
        legs = problem.travel.legs(self.locations[:, None], self.locations[None, :])
        distance, duration = (float(way[np.isfinite(way)].mean()) for way in legs)
        costs = types.fixed_cost + types.unit_distance_cost * 2 * distance
        costs = costs + types.unit_duration_cost * (2 * duration + self.service.mean())
        return missing * float(costs[self.types].max())

    def _add_costs(self) -> None:
        types = self.problem.vehicle_types
        evaluators: dict[tuple[float, float], int] = {}
        for vehicle, k in enumerate(self.types.tolist()):
            rates = float(types.unit_distance_cost[k]), float(types.unit_duration_cost[k])
            if rates not in evaluators:
                costs = arc_costs(self.problem, k, self.locations, self.service, self.scale)
                evaluators[rates] = self.routing.RegisterTransitMatrix(costs.tolist())
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
        i, j = self.locations[:, None], self.locations[None, :]
        distance, duration = self.problem.travel.legs(i, j)
        no_way = ~(np.isfinite(distance) & np.isfinite(duration))
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
        distance, _ = self.problem.travel.legs(self.locations[:, None], self.locations[None, :])
        useful = np.concatenate([distance[distance <= longest], limits])
        scale = exact_scale(useful, _MOST_LOAD / (len(self.clients) + 2))
        too_far = float(math.ceil(longest * scale) + 1)
        caps = down(limits, scale, too_far * (len(self.clients) + 2))
        self._add_matrix_dimension(up(distance, scale, too_far), caps, "distance")

    def _add_matrix_dimension(self, matrix: Ints, caps: Ints, name: str) -> None:
        """Add a dimension that begins at 0 and has no slack; `caps` are those of the types."""
        np.fill_diagonal(matrix, 0)
        transit = self.routing.RegisterTransitMatrix(matrix.tolist())
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
        clock = make_clock(problem, self.clients, self._usual_finish(start))
        _, duration = problem.travel.legs(self.locations[:, None], self.locations[None, :])
        matrix = clock.length_up(duration) + clock.length_up(self.service)[:, None]
        if not timed:
            caps = clock.length_down(np.array(longest))
            self._add_matrix_dimension(matrix, caps, "duration")
            return clock
        np.fill_diagonal(matrix, 0)
        transit = self.routing.RegisterTransitMatrix(matrix.tolist())
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
        _, duration = problem.travel.legs(self.locations[:, None], self.locations[None, :])
        longest = float(duration[np.isfinite(duration)].max(initial=0.0))
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
        """Return a plan as OR-Tools' indices, one list a vehicle."""
        place = {client: position for position, client in enumerate(self.clients.tolist())}
        waiting: dict[int, list[list[int]]] = {}
        for k, visits in plan:
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


class _Search:
    """Guided local search on a model, stopped by the caller's limits.

    OR-Tools calls back from inside its search: no exception may leave these methods.

    Parameters
    ----------
    model
        The model.
    run
        The live options.
    deadline
        When to end, on the clock of `time.perf_counter`.
    """

    def __init__(self, model: _Model, run: Run, deadline: float) -> None:
        self.model, self.run, self.deadline = model, run, deadline
        self.iterations = 0
        self.limit: Limit | None = None
        self._next_look = 0.0
        self._best, self._best_cost = math.inf, math.inf
        self._most = run.options.iteration_limit or math.inf

    def run_from(self, start: Plan) -> Plan:
        """Return the best plan found; the start itself when there is none."""
        routing = self.model.routing
        parameters = self._parameters()
        routing.AddSearchMonitor(routing.solver().CustomLimit(self._stopped))
        routing.AddAtSolutionCallback(self._at_solution)
        routing.CloseModelWithParameters(parameters)
        first = routing.ReadAssignmentFromRoutes(self.model.routes(start), True)
        if first is None:  # rounding made the start infeasible
            _log.info("the starting plan does not hold in integers: searching without it")
            answer = routing.SolveWithParameters(parameters)
        else:
            answer = routing.SolveFromAssignmentWithParameters(first, parameters)
        if answer is None:
            return start
        return self.model.plan(lambda index: answer.Value(routing.NextVar(index)))

    def _parameters(self) -> Any:
        parameters = pywrapcp.DefaultRoutingSearchParameters()
        parameters.local_search_metaheuristic = (
            routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
        )
        left = self.deadline - time.perf_counter()
        parameters.time_limit.seconds = int(min(max(left, 0.0) + 1.0, _NO_LIMIT))
        return parameters

    def _stopped(self) -> bool:
        """Return whether to end; called at every step of the search."""
        self.iterations += 1
        if self.iterations >= self._most:
            self.limit = Limit.ITERATIONS
            return True
        now = time.perf_counter()
        if now < self._next_look:
            return False
        self._next_look = now + _SECONDS_BETWEEN_LOOKS
        self.run.report(cost=self._best_cost, iterations=self.iterations)
        self.limit = Limit.CANCELLED if self.run.cancelled else None
        if self.limit is None and now >= self.deadline:
            self.limit = Limit.TIME
        return self.limit is not None

    def _at_solution(self) -> None:
        cost = self.model.routing.CostVar().Max()
        if cost < self._best:
            self._best = cost
            self._best_cost = (cost % COST_OF_MISSING) / self.model.scale
