"""A routing problem as OR-Tools takes it: integers, validated, so that nothing crashes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from ortools.constraint_solver import pywrapcp as _pywrapcp

from flowopt.routing.engines.construction import Plan, Stop
from flowopt.routing.engines.integers import arc_costs, make_prices
from flowopt.routing.limits import hours
from flowopt.routing.parts import Floats, Ints
from flowopt.routing.problem import RoutingProblem
from flowopt.routing.ranking import rank
from flowopt.routing.travel import Travel

pywrapcp: Any = _pywrapcp  # it has no types


class Stopped(Exception):
    """The search was to end before the model was built."""


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
        self.clients, self.start = clients, start
        self.seed = seed
        self.types = _vehicles(problem, start, len(clients))
        types = problem.vehicle_types
        starts, ends = types.start_depot[self.types], types.end_depot[self.types]
        self.depots = np.unique(np.concatenate([starts, ends]))
        self.num_depots = len(self.depots)
        self._locations = np.concatenate([self.depots, self.clients + problem.num_depots])
        self._ways: dict[int, tuple[Floats, Floats]] = {}
        self.service = self.at_nodes(problem.clients.service_duration)
        self.manager = pywrapcp.RoutingIndexManager(
            len(self._locations),
            len(self.types),
            np.searchsorted(self.depots, starts).tolist(),
            np.searchsorted(self.depots, ends).tolist(),
        )
        self.routing = pywrapcp.RoutingModel(self.manager)
        weight = int((1 + problem.clients.priority[clients])[self._required].sum())
        cost = rank(problem, start).cost + self._cost_of_unserved()
        first = len(self.types) if problem.vehicles_first else 0
        if first:  # no prizes may outweigh a vehicle
            cost += float(problem.clients.prize[clients].sum())
        self.prices = make_prices(cost, weight, first)
        self.saved = 0.0
        self._add_costs()
        self._add_disjunctions()
        self.details: dict[str, Any] = {
            "cost_scale": self.prices.scale,
            "time_scale": None,
            "vehicles": len(self.types),
        }

    @property
    def kinds(self) -> list[int]:
        """The vehicle types that the model has vehicles of."""
        return list(dict.fromkeys(self.types.tolist()))

    def index(self, client_place: int) -> int:
        """Return OR-Tools' index of the client at a place in `clients`."""
        return int(self.manager.NodeToIndex(self.num_depots + client_place))

    def at_nodes(self, values: Floats) -> Floats:
        """Return a column of clients as one of nodes; 0 at the depots."""
        return np.concatenate([np.zeros(self.num_depots), values[self.clients]])

    def go_on(self) -> None:
        """Raise `Stopped` when the search is to end: asked before each slow step."""
        if self._stop():
            raise Stopped

    def register(self, matrix: Ints) -> int:
        """Hand over a matrix."""
        self.go_on()
        return int(self.routing.RegisterTransitMatrix(matrix.tolist()))

    def ways(self, k: int) -> tuple[Floats, Floats]:
        """Return distances and durations between the nodes, for a vehicle type.

        From depot to depot go vehicles without clients only: that is no way.
        """
        profile = int(self.problem.vehicle_types.profile[k])
        if profile not in self._ways:
            self._ways[profile] = self._between(self.problem.travel_of(k))
        distance, duration = self._ways[profile]
        factor = float(self.problem.vehicle_types.speed_factor[k])
        return distance, duration if factor == 1.0 else duration / factor

    def _between(self, travel: Travel) -> tuple[Floats, Floats]:
        matrices = []
        for matrix in travel.legs(*np.ix_(self._locations, self._locations)):
            matrix[: self.num_depots, : self.num_depots] = 0.0
            matrices.append(matrix)
        return matrices[0], matrices[0] if travel.one_measure else matrices[1]

    def way_of(self, k: int) -> tuple[int, float]:
        """Return what the ways of a vehicle type follow from: its profile and its speed."""
        types = self.problem.vehicle_types
        return int(types.profile[k]), float(types.speed_factor[k])

    # ---- what it costs

    @property
    def _required(self) -> Any:
        return self.problem.clients.required[self.clients]

    def _cost_of_unserved(self) -> float:
        """Return roughly what it would cost to serve the clients that the start does not serve."""
        types = self.problem.vehicle_types
        missing = len(self.clients) - sum(len(visits) for _, visits in self.start)
        if not missing:
            return 0.0
        most = 0.0
        for k in self.kinds:
            distance, duration = self.ways(k)
            known = np.isfinite(distance) & np.isfinite(duration)
            lengths = distance[known].mean(), duration[known].mean()
            cost = max(0.0, float(types.fixed_cost[k]))
            cost += float(types.unit_distance_cost[k]) * 2 * float(lengths[0])
            seconds = 2 * float(lengths[1]) + float(self.service.mean())
            most = max(most, cost + float(types.unit_duration_cost[k]) * seconds)
        return missing * most

    def _add_costs(self) -> None:
        types = self.problem.vehicle_types
        evaluators: dict[Any, int] = {}
        for vehicle, k in enumerate(self.types.tolist()):
            key = self._key_of_costs(k)
            if key not in evaluators:
                self.go_on()
                evaluators[key] = self.register(self._arc_costs(k))
            self.routing.SetArcCostEvaluatorOfVehicle(evaluators[key], vehicle)
            fixed = float(types.fixed_cost[k])
            if fixed < 0:  # it goes home anyway: that counts where it has no clients
                self.routing.SetVehicleUsedWhenEmpty(True, vehicle)
                self.saved -= fixed
            own = self.prices.cost(max(0.0, fixed)) + self.prices.vehicle
            self.routing.SetFixedCostOfVehicle(own if fixed >= 0 else 0, vehicle)

    def _key_of_costs(self, k: int) -> tuple[Any, ...]:
        """Return what is the same for vehicle types whose ways cost the same."""
        types = self.problem.vehicle_types
        rates = float(types.unit_distance_cost[k]), float(types.unit_duration_cost[k])
        assigned = self.problem.clients.assignment_cost[self.clients, k]
        alone = k if assigned.any() or types.fixed_cost[k] < 0 else -1
        return (*self.way_of(k), *rates, alone)

    def _arc_costs(self, k: int) -> Ints:
        types = self.problem.vehicle_types
        rates = float(types.unit_distance_cost[k]), float(types.unit_duration_cost[k])
        visit = self.at_nodes(self.problem.clients.assignment_cost[:, k])
        if rates[1]:
            visit = visit + rates[1] * self.service
        costs = arc_costs(rates, *self.ways(k), visit, self.prices)
        ends = np.searchsorted(self.depots, [types.start_depot[k], types.end_depot[k]])
        costs[ends[0], ends[1]] = self.prices.cost(max(0.0, -float(types.fixed_cost[k])))
        return costs

    def _add_disjunctions(self) -> None:
        clients, group = self.problem.clients, self.problem.group_of[self.clients]
        for place in np.flatnonzero(group < 0).tolist():
            self._disjoin(clients.required, [place])
        for number in np.unique(group[group >= 0]).tolist():
            self._disjoin(clients.required, np.flatnonzero(group == number).tolist())

    def _disjoin(self, required: Any, places: list[int]) -> None:
        """Have one of some clients served at most, at the price of leaving all of them."""
        clients, members = self.problem.clients, self.clients[places]
        if required[members[0]]:
            cost = self.prices.missing * (1 + int(clients.priority[members].max()))
        else:
            cost = self.prices.prize(float(clients.prize[members].max()))
        self.routing.AddDisjunction([self.index(place) for place in places], cost)

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

    def cost_of(self, objective: int) -> float:
        """Return the cost of a plan by its objective, clients that are missing aside."""
        return self.prices.costs_alone(objective) - self.saved
