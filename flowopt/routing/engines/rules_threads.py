"""How the threads share a search under all rules: on one plan, or each on a part of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowopt.routing.engines.construction import Plan as Routes
from flowopt.routing.engines.construction import Stop
from flowopt.routing.engines.rules_data import mean_edge, rules_data, to_plan, to_routes
from flowopt.routing.engines.threads import MANY_CLIENTS_APART
from flowopt.routing.kernels.records import Record
from flowopt.routing.kernels.rules_layout import (
    BANK,
    FIXED,
    GROUP,
    LOSS,
    MOST,
    SIZE,
    TYPE,
    USED,
    Plan,
    new_plan,
    new_scratch,
)
from flowopt.routing.kernels.rules_search import search, search_fewer
from flowopt.routing.parts import Ints
from flowopt.routing.problem import RoutingProblem

_AT_A_TIME = 100  # clients that are inserted between two looks at the clock
_UNCOMMON_IN_PARTS = frozenset({"groups", "longest_duration_cost"})
"""Rules that hold a plan together: threads cannot work on parts of it."""


class RulesWorker:
    """What one thread has to itself.

    Parameters
    ----------
    data
        The problem, as a record of `Data`.
    available
        (k,) vehicles of each type that it has.
    clients
        (p,) clients that it may move; of a shipment both ends.
    seed
        Of its random numbers.
    routes
        Routes of some of them, which hold; the others begin in the bank.
    """

    def __init__(self, data: Any, available: Ints, clients: Ints, seed: int, routes: Routes):
        some = np.minimum(available, len(clients))
        self.data = data
        self.plan = Record(new_plan(data, some, clients, seed))
        self.best = Record(new_plan(data, some, clients, 0))
        self.scratch = Record(new_scratch(data, int(some.sum())))
        to_plan(data, self.plan, routes)
        self.run(0, 0.0)  # sums up the cost
        copy(self.plan, self.best)

    def fill(self, stop: Stop) -> None:
        """Insert those in the bank, some at a time, until all were tried or it is time to stop."""
        counts, bank = self.plan.counts, self.plan.bank
        waiting = bank[: counts[BANK]].copy()
        counts[BANK], tried = 0, 0
        while tried < len(waiting) and not (tried and stop()):
            some = waiting[tried : tried + _AT_A_TIME]
            bank[counts[BANK] : counts[BANK] + len(some)] = some
            counts[BANK] += len(some)
            tried += len(some)
            self.run(1, 0.0)
        rest = waiting[tried:]
        bank[counts[BANK] : counts[BANK] + len(rest)] = rest
        counts[BANK] += len(rest)
        self.run(0, 0.0)  # sums up the cost
        copy(self.plan, self.best)

    def go_on_from(self, plan: Any) -> None:
        """Take over a plan, but for its random numbers; forget what is known of the old routes."""
        copy(plan, self.plan)
        stamps, ticks = self.scratch.stamp, self.scratch.ticks
        stamps[:] = ticks[1] + 1 + np.arange(len(stamps))
        ticks[1] += len(stamps)

    def run(self, iterations: int, temperature: float) -> None:
        """Search for some iterations at one temperature."""
        search(self.data, self.plan, self.best, self.scratch, iterations, temperature)

    def run_to_fewer(self, iterations: int, temperature: float) -> None:
        """Search for fewer routes for some iterations at one temperature."""
        search_fewer(self.data, self.plan, self.best, self.scratch, iterations, temperature)


def copy(source: Any, target: Any) -> None:
    """Copy a plan, but for its random numbers."""
    for name in Plan._fields:
        if name != "random":
            np.copyto(getattr(target, name), getattr(source, name))


class RulesTogether:
    """Every thread changes a plan of the whole; when they meet, all go on from the best of them.

    Parameters
    ----------
    problem
        The problem.
    clients
        (p,) clients that can be served; of a shipment both ends.
    start
        Routes to start from; may be none.
    threads
        How many.
    seed
        Of the random numbers.
    stop
        Whether to end the insertion of those in no route.
    """

    def __init__(
        self,
        problem: RoutingProblem,
        clients: Ints,
        start: Routes,
        threads: int,
        seed: int,
        stop: Stop = lambda: False,
    ) -> None:
        self.problem, self.clients = problem, clients
        self.data: Any = Record(rules_data(problem))
        self.seed, self.threads = seed, threads
        self.available = problem.vehicle_types.num_available
        self.workers = [
            self._worker(clients, self.available, number, start)
            for number in range(self._num_at_first())
        ]
        for worker in self.workers:
            worker.fill(stop)

    def _num_at_first(self) -> int:
        return self.threads

    def _worker(self, clients: Ints, available: Ints, number: int, routes: Routes) -> RulesWorker:
        return RulesWorker(self.data, available, clients, self.seed * 64 + number, routes)

    def edge(self) -> float:
        """Return the cost of a way between two visits, in the mean: the scale of temperatures."""
        plan = self._best_worker().plan
        return mean_edge(self.data, plan)

    def meet(self) -> None:
        """Share what was found."""
        first = min(self.workers, key=lambda worker: float(worker.plan.cost[0]))
        for worker in self.workers:
            if worker is not first:
                worker.go_on_from(first.plan)

    def go_on_from_best(self) -> None:
        """Let all threads go on from the best plan, with no more routes than it has."""
        _, routes = self.best()
        for number, worker in enumerate(self.workers):
            fresh = self._worker(self.clients, self.available, number, routes)
            fresh.plan.random[0] = worker.plan.random[0]
            fresh.plan.counts[MOST] = len(routes)
            self.workers[number] = fresh

    def best(self) -> tuple[float, Routes]:
        """Return the cost, with what the unserved lose, and the routes of the best plan."""
        plan = self._best_worker().best
        return float(plan.cost[0]), to_routes(self.data, plan)

    def cost(self) -> float:
        """Return the cost of the best plan, without what the search puts on top of it."""
        return float(self._best_worker().best.cost[0]) - self._extra(self._best_worker().best)

    def num_routes(self) -> int:
        """Return the number of routes of the best plan, with one more for each client unserved."""
        plan = self._best_worker().best
        return int(plan.counts[USED] + plan.counts[BANK])

    def _best_worker(self) -> RulesWorker:
        return min(self.workers, key=lambda worker: float(worker.best.cost[0]))

    def _extra(self, plan: Any) -> float:
        """Return what stands for unserved required clients, and for vehicles that count first."""
        bank = plan.bank[: plan.counts[BANK]]
        group = self.data.bond[bank, GROUP]
        bank = bank[(group < 0) | (plan.served[group] == 0)]
        group = self.data.bond[bank, GROUP]
        _, first = np.unique(np.where(group >= 0, group, -1 - bank), return_index=True)
        loss = self.data.client[bank[first], LOSS]
        missing = loss[loss >= self.data.must].sum()
        types = plan.route[plan.route[:, SIZE] > 0, TYPE]
        own = self.problem.vehicle_types.fixed_cost[types]
        return float(missing + (self.data.vehicle[types, FIXED] - own).sum())


class RulesApart(RulesTogether):
    """Every thread changes a part of one plan; when they meet, the whole is cut another way.

    The cut is a random straight line through the routes' centres.
    """

    def __init__(
        self,
        problem: RoutingProblem,
        clients: Ints,
        start: Routes,
        threads: int,
        seed: int,
        stop: Stop = lambda: False,
    ) -> None:
        super().__init__(problem, clients, start, threads, seed, stop)
        self._random = np.random.default_rng(seed)
        self._top = super().best()
        self._top_cost, self._top_routes = super().cost(), super().num_routes()
        self._edge = super().edge()
        self._cut(self._top[1])

    def _num_at_first(self) -> int:
        return 1

    def edge(self) -> float:
        """Return the cost of a way between two visits, in the mean: the scale of temperatures."""
        return self._edge

    def meet(self) -> None:
        """Put the parts together, and cut them another way."""
        self._remember()
        self._cut([r for worker in self.workers for r in to_routes(self.data, worker.plan)])

    def go_on_from_best(self) -> None:
        """Let all threads go on from the best plan, with no more routes than it has."""
        self._remember()
        self._cut(self._top[1])

    def best(self) -> tuple[float, Routes]:
        """Return the cost, with what the unserved lose, and the routes of the best plan."""
        self._remember()
        return self._top

    def cost(self) -> float:
        """Return the cost of the best plan, without what the search puts on top of it."""
        if not self._sum() < self._top[0]:
            return self._top_cost
        return self._sum() - sum(self._extra(worker.best) for worker in self.workers)

    def num_routes(self) -> int:
        """Return the number of routes of the best plan, with one more for each client unserved."""
        self._remember()
        return self._top_routes

    def _sum(self) -> float:
        return sum(float(worker.best.cost[0]) for worker in self.workers)

    def _remember(self) -> None:
        if self._sum() < self._top[0]:
            self._top_cost = self.cost()
            plans = [worker.best for worker in self.workers]
            self._top_routes = sum(int(plan.counts[USED] + plan.counts[BANK]) for plan in plans)
            routes = [route for plan in plans for route in to_routes(self.data, plan)]
            self._top = (self._sum(), routes)

    def _cut(self, routes: Routes) -> None:
        """Give every thread the routes on its side of parallel lines, and a share of the rest."""
        order = self._along_a_line(routes)
        sizes = np.cumsum([len(routes[place][1]) for place in order])
        total = int(sizes[-1]) if len(sizes) else 0
        side = np.minimum((sizes - 1) * self.threads // max(1, total), self.threads - 1)
        served = [c for _, stops in routes for c in stops if c >= 0]
        left = self._in_pairs(np.setdiff1d(self.clients, served))
        kinds = len(self.available)
        spare = self.available - np.bincount([k for k, _ in routes], minlength=kinds)
        old = [worker.plan.random[0] for worker in self.workers]
        self.workers = []
        for number in range(self.threads):
            own = [routes[place] for place in order[side == number]]
            inside = [c for _, stops in own for c in stops if c >= 0]
            rest = [c for pair in left[number :: self.threads] for c in pair]
            mine = np.bincount([k for k, _ in own], minlength=kinds)
            share = spare // self.threads + (number < spare % self.threads)
            clients = np.sort(np.array([*inside, *rest], dtype=np.int64))
            worker = self._worker(clients, mine + share, number, own)
            if self.problem.vehicles_first and not rest:
                worker.plan.counts[MOST] = len(own)
            if number < len(old):
                worker.plan.random[0] = old[number]
            self.workers.append(worker)

    def _in_pairs(self, clients: Ints) -> list[list[int]]:
        """Return clients one by one, and the two ends of a shipment together."""
        other = self.data.bond[:, 0]
        return [
            [c] if other[c] < 0 else [c, int(other[c])]
            for c in clients.tolist()
            if self.data.bond[c, 1] >= 0
        ]

    def _along_a_line(self, routes: Routes) -> Ints:
        """Return the routes in the order of their centres along a random direction."""
        points, m = self.problem.points, self.problem.num_depots
        assert points is not None
        angle = self._random.uniform(0.0, np.pi)
        along = points.x * np.cos(angle) + points.y * np.sin(angle)
        centres = [along[[c + m for c in stops if c >= 0]].mean() for _, stops in routes]
        return np.argsort(np.array(centres), kind="stable")


def share_work_under_rules(
    problem: RoutingProblem,
    clients: Ints,
    start: Routes,
    threads: int,
    seed: int,
    stop: Stop = lambda: False,
) -> RulesTogether:
    """Return the way of sharing that suits a problem; parameters as of `RulesTogether`."""
    points = problem.points
    mapped = points is not None and bool(np.isfinite([points.x, points.y]).all())
    apart = mapped and threads > 1 and len(clients) >= MANY_CLIENTS_APART
    apart = apart and not problem.features & _UNCOMMON_IN_PARTS
    return (RulesApart if apart else RulesTogether)(problem, clients, start, threads, seed, stop)
