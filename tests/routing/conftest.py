"""Brute force over small problems, by arithmetic of its own."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pytest

from flowopt.core.errors import UnsupportedFeatureError
from flowopt.core.report import Report
from flowopt.routing import RoutingProblem
from flowopt.routing.checks.rules import check_distance, check_loads, check_rules
from flowopt.routing.checks.times import check_times
from flowopt.routing.checks.view import RouteView
from flowopt.routing.parts import (
    ABSENT,
    Breaks,
    Clients,
    Depots,
    Shipments,
    TimeWindows,
    Traffic,
    VehicleTypes,
)
from flowopt.routing.ranking import rank
from flowopt.routing.schedule import schedule_route
from flowopt.routing.solve import ENGINES
from flowopt.routing.travel import MatrixTravel


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

    def make(clients=None, vehicle_types=None, depots=None, places=(1.0, 2.0, 3.0), **rules):
        x = np.array([0.0, *places])
        return RoutingProblem.from_arrays(
            {"demand": [1.0] * len(places)} | (clients or {}),
            {"num_available": 1, "capacity": 10.0} | (vehicle_types or {}),
            depots,
            distance_matrix=np.abs(x[:, None] - x[None, :]),
            coordinates=np.column_stack([x, np.zeros_like(x)]),
            **rules,
        )

    return make


# ---- random problems over all rules


class RandomProblem:
    """Draws a small problem with any mixture of rules, most of them such that plans exist."""

    def __init__(self, rng: np.random.Generator, most: int) -> None:
        self.rng = rng
        self.n, self.m = int(rng.integers(2, most + 1)), int(rng.integers(1, 3))
        self.k, self.d = int(rng.integers(1, 4)), int(rng.integers(1, 3))
        self.free = rng.permutation(self.n).tolist()  # in no shipment or group yet
        self.skills = ("cold", "lift") if self.some() else ()

    def some(self, share: float = 0.3) -> bool:
        return bool(self.rng.random() < share)

    def pick(self, size, *choices):
        return self.rng.choice(np.array(choices), size)

    def maybe(self, share, size, *choices):
        """Return a column drawn from the choices, or of the first of them alone."""
        return self.pick(size, *choices) if self.some(share) else np.full(size, choices[0])

    def make(self) -> RoutingProblem:
        n, m, k = self.n, self.m, self.k
        clients, shipments = self.of_clients()
        own = self.some(0.5) * int(self.some(0.5))
        breaks = [row for row in itertools.product(range(k), (10.0, 40.0)) if self.some(0.6)]
        parts = {"breaks": self.of_breaks(breaks)} if self.some() else {}
        windows = [row for row in itertools.product(range(n), (4.0, 30.0, 75.5)) if self.some(0.4)]
        if self.some(0.25):
            parts["time_windows"] = self.of_windows(windows)
            clients = dataclasses.replace(clients, tw_late=np.full(n, np.inf))
        if self.some(0.3):
            starts = np.sort(self.rng.choice([0.0, 7.5, 20.0, 45.0], 3, replace=False))
            kinds = self.pick(3, -1, -1, own)
            parts["traffic"] = Traffic(starts, self.pick(3, 0.4, 0.75, 1.0, 1.6), kinds)
        travel = self.travel()
        return RoutingProblem(
            clients=clients,
            vehicle_types=self.of_fleet(own),
            depots=Depots(
                np.array([f"d{i}" for i in range(m)]),
                self.pick(m, 0.0, 0.0, 5.0),
                self.pick(m, np.inf, np.inf, 150.0),
            ),
            travel=travel,
            loads=("load", "volume")[: self.d],
            shipments=shipments,
            skills=self.skills,
            profiles=(self.travel(),) * own,
            profile_names=("bike",) * own,
            vehicles_first=self.some(0.15),
            longest_duration_cost=float(self.maybe(0.3, (), 0.0, 0.7)),
            **parts,
        )

    def travel(self):
        places = self.rng.integers(0, 16, (self.n + self.m, 2)).astype(float)
        ways = np.linalg.norm(places[:, None] - places[None, :], axis=2)
        if self.some():
            ways = self.rng.integers(0, 20, ways.shape).astype(float)
        if self.some(0.1):
            ways[self.rng.random(ways.shape) < 0.08] = np.inf
        return MatrixTravel(ways, ways * float(self.pick(None, 0.5, 1.0, 1.5)))

    def of_clients(self):
        n, rng = self.n, self.rng
        required = rng.random(n) < (0.5 if self.some(0.5) else 1.0)
        sequence = self.maybe(0.25, n, np.nan, np.nan, 1.0, 2.0)
        shipments = self.of_shipments(required, sequence) if self.some() else None
        early = self.maybe(0.5, n, 0.0, 0.0, 8.0, 25.5, 60.0)
        clients = Clients(
            id=np.array([f"c{i}" for i in range(n)]),
            demand=self.pick((n, self.d), 0.0, 1.0, 2.5, 1 / 3),
            service_duration=self.maybe(0.7, n, 0.0, 2.0, 6.5),
            tw_early=early,
            tw_late=early + self.maybe(0.5, n, np.inf, 6.0, 30.0, 90.0),
            required=required,
            prize=self.pick(n, 0.0, 4.0, 60.0),
            pickup=self.maybe(0.3, (n, self.d), 0.0, 1.0, 3.0),
            release_time=self.maybe(0.3, n, np.nan, np.nan, 5.0, 20.0),
            priority=self.maybe(0.3, n, 0, 2, 50),
            group=self.of_groups(required) if self.some() else np.full(n, ""),
            sequence=sequence,
            skills=rng.random((n, len(self.skills))) < 0.3,
            allowed=self.maybe(0.2, (n, self.k), True, True, True, False),
            assignment_cost=self.maybe(0.2, (n, self.k), 0.0, 3.0),
        )
        return clients, ABSENT if shipments is None else shipments

    def of_shipments(self, required, sequence):
        count = int(self.rng.integers(1, self.n // 2 + 1))
        pickup = np.array([self.free.pop() for _ in range(count)])
        delivery = np.array([self.free.pop() for _ in range(count)])
        required[delivery] = required[pickup]
        sequence[delivery] = np.nan
        names = np.array([f"s{i}" for i in range(count)])
        return Shipments(names, pickup, delivery, self.pick((count, self.d), 1.0, 2.0))

    def of_groups(self, required):
        group = np.full(self.n, "", dtype="U2")
        for members in (self.free[:2], self.free[2:5]):
            if len(members) > 1:
                group[members] = f"g{members[0]}"
                required[members] = required[members[0]]
        return group

    def of_fleet(self, own):
        k = self.k
        return VehicleTypes(
            id=np.array([f"v{i}" for i in range(k)]),
            num_available=self.pick(k, 1, 1, 2, 3),
            capacity=self.pick((k, self.d), 3.0, 6.0, np.inf),
            start_depot=self.pick(k, *range(self.m)),
            end_depot=self.pick(k, *range(self.m)),
            fixed_cost=self.maybe(0.5, k, 0.0, 12.5),
            unit_distance_cost=self.maybe(0.5, k, 1.0, 0.0, 1.7),
            unit_duration_cost=self.maybe(0.5, k, 0.0, 0.25, 1 / 3),
            tw_early=self.maybe(0.2, k, 0.0, 6.0),
            tw_late=self.maybe(0.4, k, np.inf, 70.0, 130.0),
            max_duration=self.maybe(0.3, k, np.inf, 50.0, 100.5),
            max_distance=self.maybe(0.2, k, np.inf, 45.0, 80.0),
            max_visits=self.maybe(0.2, k, np.inf, 2.0, 4.0),
            max_overtime=self.maybe(0.3, k, 0.0, 10.0, 25.0),
            unit_overtime_cost=self.maybe(0.4, k, 0.0, 1.5),
            skills=self.rng.random((k, len(self.skills))) < 0.7,
            profile=self.pick(k, 0, own),
            speed_factor=self.maybe(0.2, k, 1.0, 0.8, 1.25),
            max_reloads=self.maybe(0.5, k, 0.0, 1.0, 2.0),
            reload_depots=self.rng.random((k, self.m)) < 0.7,
            reload_duration=self.maybe(0.5, k, 0.0, 3.0),
            max_driving_before_break=self.maybe(0.2, k, np.inf, 12.0, 25.0),
            driving_break_duration=self.pick(k, 4.0, 9.0),
            max_driving_duration=self.maybe(0.15, k, np.inf, 40.0, 90.0),
        )

    def of_windows(self, rows):
        early = np.array([early for _, early in rows])
        clients = np.array([client for client, _ in rows], dtype=np.int64)
        return TimeWindows(clients, early, early + self.pick(len(rows), 8.0, 25.0))

    def of_breaks(self, rows):
        early = np.array([early for _, early in rows])
        kinds = np.array([kind for kind, _ in rows], dtype=np.int64)
        late = early + self.pick(len(rows), 6.0, 20.0)
        return Breaks(kinds, early, late, self.pick(len(rows), 2.0, 5.0, 10.0))


@pytest.fixture(scope="session")
def random_problem():
    """Return a function: random generator, and most clients → problem with any of the rules."""
    return lambda rng, most=8: RandomProblem(rng, most).make()


# ---- the best plan of a problem with any rules, by trying all


class EveryPlan:
    """Tries every route of every vehicle type, and every way to share clients among routes.

    Whether a route holds is what the check says; nothing of the search is used.
    """

    def __init__(self, problem: RoutingProblem) -> None:
        self.problem = problem
        self.routes: dict[tuple[int, int], list[tuple[float, float, tuple[int, ...]]]] = {}
        for k in range(problem.num_vehicle_types):
            for size in range(1, problem.num_clients + 1):
                for order in itertools.permutations(range(problem.num_clients), size):
                    for stops in self.with_reloads(k, order):
                        self.add(k, stops)

    def with_reloads(self, k, order):
        """Yield the visits with no reload, and with reloads wherever they may be."""
        types = self.problem.vehicle_types
        depots = np.flatnonzero(types.reload_depots[k]).tolist()
        between = [None, *depots] if types.max_reloads[k] > 0 else [None]
        for choice in itertools.product(between, repeat=len(order) - 1):
            if sum(depot is not None for depot in choice) <= types.max_reloads[k]:
                stops = [order[0]]
                for depot, client in zip(choice, order[1:], strict=True):
                    stops += [client] if depot is None else [~depot, client]
                yield tuple(stops)

    def add(self, k, stops):
        """Keep a route that holds, unless another of the same clients is better in all."""
        schedule = schedule_route(self.problem, k, np.array(stops))
        report, view = Report(), RouteView(self.problem, "route", k, stops)
        check_rules(report, view)
        check_loads(report, view, schedule)
        check_distance(report, view, schedule)
        check_times(report, view, schedule)
        visits = [stop for stop in stops if stop >= 0]
        group = self.problem.clients.group[visits]
        names = group[group != ""].tolist()
        if report.ok and len(set(names)) == len(names):
            key = k, sum(1 << stop for stop in visits)
            kept = self.routes.setdefault(key, [])
            cost, duration = schedule.cost, schedule.duration
            if not self.problem.longest_duration_cost:
                duration = 0.0
            if not any(c <= cost and d <= duration for c, d, _ in kept):
                kept[:] = [r for r in kept if r[0] < cost or r[1] < duration]
                kept.append((cost, duration, stops))

    def best(self):
        """Return what ranks the best plan, as the check counts it, and the plan."""
        self.found = ((math.inf,), [])
        self.extend([], 0, self.problem.vehicle_types.num_available.tolist())
        return self.found

    def extend(self, plan, done, left):
        ranked = self.rank(plan, done)
        if ranked < self.found[0]:
            self.found = ranked, [(k, list(route[2])) for k, route in plan]
        lowest = plan[-1][1][2] if plan else ()
        for (k, members), routes in self.routes.items():
            if not members & done and left[k] and not self.shares_group(done, members):
                for route in routes:
                    if min(s for s in route[2] if s >= 0) > min(
                        (s for s in lowest if s >= 0), default=-1
                    ):
                        left[k] -= 1
                        self.extend([*plan, (k, route)], done | members, left)
                        left[k] += 1

    def shares_group(self, done, members):
        group = self.problem.clients.group
        names = [
            {group[i] for i in range(len(group)) if mask >> i & 1} - {""}
            for mask in (done, members)
        ]
        return bool(names[0] & names[1])

    def rank(self, plan, done):
        """Return the weight of required clients unserved, vehicles if they come first, cost."""
        problem, clients = self.problem, self.problem.clients
        missing, lost = 0, 0.0
        served = {i for i in range(problem.num_clients) if done >> i & 1}
        groups: dict[str, list[int]] = {}
        for i, name in enumerate(clients.group.tolist()):
            groups.setdefault(name or f"alone {i}", []).append(i)
        for members in groups.values():
            if not served & set(members):
                if clients.required[members[0]]:
                    missing += 1 + max(int(clients.priority[i]) for i in members)
                else:
                    lost += max(float(clients.prize[i]) for i in members)
        cost = sum(route[0] for _, route in plan) + lost
        longest = max((route[1] for _, route in plan), default=0.0)
        vehicles = len(plan) if problem.vehicles_first else 0
        return missing, vehicles, cost + problem.longest_duration_cost * longest


@pytest.fixture(scope="session")
def best_plan():
    """Return a function: problem → (missing, vehicles, cost) of the best plan, and that plan."""
    return lambda problem: EveryPlan(problem).best()


@pytest.fixture(scope="session")
def solved(best_plan):
    """Return a function: problem → its best plan as a solution, with which all engines agree.

    Those that search find a plan as good, on so small a problem; the constructive one, none better.
    """

    def run(problem, iteration_limit=2000):
        ranked, plan = best_plan(problem)
        best = problem.solution_from_routes([v for _, v in plan], [k for k, _ in plan])
        assert best.check().ok, str(best.check())
        assert best.cost == pytest.approx(ranked[2])
        for engine in ENGINES:
            if problem.features <= engine.features:
                try:
                    own = problem.solve(engine=engine.name, iteration_limit=iteration_limit, seed=1)
                except UnsupportedFeatureError:  # two features that it takes only one by one
                    continue
                found = rank(problem, [(route.vehicle_type, route.stops) for route in own.routes])
                assert found >= (*ranked[:2], ranked[2] - 1e-6), engine.name
                if engine.name != "construct":
                    assert found <= (*ranked[:2], ranked[2] + 1e-6), engine.name
        return best

    return run
