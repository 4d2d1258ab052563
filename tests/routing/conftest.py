"""Brute force over small problems, by arithmetic of its own."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from flowopt.routing import RoutingProblem


class Oracle:
    """Enumerates every route, and every way to share clients among vehicles."""

    def __init__(self, problem: RoutingProblem) -> None:
        self.problem = problem

    def schedule(self, k: int, visits: tuple[int, ...], departure: float) -> float:
        """Return the end of a route that departs at a moment; inf when a window is broken."""
        types, clients, depots = (
            self.problem.vehicle_types,
            self.problem.clients,
            self.problem.depots,
        )
        first, last, m = int(types.start_depot[k]), int(types.end_depot[k]), len(depots)
        now, here = departure, first
        for i in visits:
            now = max(now + self.problem.travel.duration[here, m + i], clients.tw_early[i])
            if now > clients.tw_late[i] + 1e-7:
                return math.inf
            now, here = now + clients.service_duration[i], m + i
        now += self.problem.travel.duration[here, last]
        now = max(now, types.tw_early[k], depots.tw_early[last])
        return now if now <= min(types.tw_late[k], depots.tw_late[last]) + 1e-7 else math.inf

    def departures(self, k: int, visits: tuple[int, ...]) -> list[float]:
        """Return every moment at which the latest departure for the earliest end can be."""
        types, clients, depots = (
            self.problem.vehicle_types,
            self.problem.clients,
            self.problem.depots,
        )
        first, last, m = int(types.start_depot[k]), int(types.end_depot[k]), len(depots)
        early = max(types.tw_early[k], depots.tw_early[first])
        late = min(types.tw_late[k], depots.tw_late[first])
        if early > late:
            return []
        if not np.isfinite(self.route_legs(k, visits)).all():
            return []
        elapsed, here, moments = 0.0, first, [early, late]
        for i in visits:
            elapsed += self.problem.travel.duration[here, m + i]
            moments += [clients.tw_early[i] - elapsed, clients.tw_late[i] - elapsed]
            elapsed, here = elapsed + clients.service_duration[i], m + i
        elapsed += self.problem.travel.duration[here, last]
        moments.append(max(types.tw_early[k], depots.tw_early[last]) - elapsed)
        return [d for d in moments if early <= d <= late and math.isfinite(d)]

    def route_legs(self, k: int, visits: tuple[int, ...]) -> list[float]:
        """Return the durations of the ways of a route."""
        types, m = self.problem.vehicle_types, self.problem.num_depots
        stops = [int(types.start_depot[k]), *(m + i for i in visits), int(types.end_depot[k])]
        return [self.problem.travel.duration[i, j] for i, j in itertools.pairwise(stops)]

    def route_cost(self, k: int, visits: tuple[int, ...]) -> float:
        """Return the cost of a route, inf when it breaks a limit."""
        types, clients, m = (
            self.problem.vehicle_types,
            self.problem.clients,
            self.problem.num_depots,
        )
        load = clients.demand[list(visits)].sum(axis=0)
        stops = [int(types.start_depot[k]), *(m + i for i in visits), int(types.end_depot[k])]
        distance = sum(self.problem.travel.distance[i, j] for i, j in itertools.pairwise(stops))
        if (load > types.capacity[k] + 1e-7).any() or distance > types.max_distance[k] + 1e-7:
            return math.inf
        ends = [(self.schedule(k, visits, d), -d) for d in self.departures(k, visits)]
        end = min(ends, default=(math.inf, 0.0))[0]
        soonest = [-d for e, d in ends if e <= end + 1e-9]
        if not math.isfinite(end) or not math.isfinite(distance):
            return math.inf
        duration = end - max(soonest)
        if duration > types.max_duration[k] + 1e-7:
            return math.inf
        by_distance = types.unit_distance_cost[k] * distance
        return float(types.fixed_cost[k] + by_distance + types.unit_duration_cost[k] * duration)

    def best(self) -> tuple[int, float]:
        """Return the fewest required clients unserved, and the least cost with that."""
        problem = self.problem
        n, types = problem.num_clients, problem.vehicle_types
        cost = {
            (k, group): min(self.route_cost(k, order) for order in itertools.permutations(group))
            for k in range(len(types))
            for size in range(1, n + 1)
            for group in itertools.combinations(range(n), size)
        }
        return self._share(cost)

    def _share(self, cost):
        problem, n = self.problem, self.problem.num_clients
        required, prize = problem.clients.required, problem.clients.prize
        everyone = (1 << n) - 1
        masks = {key: sum(1 << i for i in key[1]) for key in cost}
        level = {(0, tuple(problem.vehicle_types.num_available.tolist())): (0, 0.0)}
        best = (n + 1, math.inf)
        while level:
            following: dict[tuple[int, tuple[int, ...]], tuple[int, float]] = {}
            for (done, left), (missing, spent) in level.items():
                if done == everyone:
                    best = min(best, (missing, spent))
                    continue
                i = next(i for i in range(n) if not done >> i & 1)
                skipped = (missing + int(required[i]), spent + (0 if required[i] else prize[i]))
                self._keep(following, (done | 1 << i, left), skipped)
                for (k, group), price in cost.items():
                    if i in group and not masks[k, group] & done and left[k] and price < math.inf:
                        fewer = tuple(c - (j == k) for j, c in enumerate(left))
                        state = done | masks[k, group], fewer
                        self._keep(following, state, (missing, spent + price))
            level = following
        return best

    @staticmethod
    def _keep(states, state, value):
        if state not in states or value < states[state]:
            states[state] = value


@pytest.fixture
def brute_force():
    """Return a function: problem → (required clients unserved, cost) of the best plan."""
    return lambda problem: Oracle(problem).best()


@pytest.fixture
def route_costs():
    """Return a function: problem → vehicle type and clients in order → cost of the route."""
    return lambda problem: {
        (k, order): Oracle(problem).route_cost(k, order)
        for k in range(problem.num_vehicle_types)
        for size in range(1, problem.num_clients + 1)
        for order in itertools.permutations(range(problem.num_clients), size)
    }


@pytest.fixture
def line():
    """Return a function that makes a problem on a line: client i is i + 1 km from the depot.

    A second goes by on each kilometre.
    """

    def make(clients=None, vehicle_types=None, depots=None, places=(1.0, 2.0, 3.0)):
        x = np.array([0.0, *places])
        return RoutingProblem.from_arrays(
            {"demand": [1.0] * len(places)} | (clients or {}),
            {"num_available": 1, "capacity": 10.0} | (vehicle_types or {}),
            depots,
            distance_matrix=np.abs(x[:, None] - x[None, :]),
            coordinates=np.column_stack([x, np.zeros_like(x)]),
        )

    return make
