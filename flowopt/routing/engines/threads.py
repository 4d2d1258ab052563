"""How the threads of a search share the work: all on one plan, or each on a part of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.routing.computed import ComputedTravel
from flowopt.routing.engines.construction import Plan as Routes
from flowopt.routing.engines.kernel_data import kernel_data, sealed, to_plan, to_routes
from flowopt.routing.engines.local import LocalSearch
from flowopt.routing.engines.numbering import Numbering, along_a_curve
from flowopt.routing.engines.quick_start import quick_start, symmetric_ways
from flowopt.routing.engines.race import USUAL, Race, as_long_as_usual
from flowopt.routing.engines.route_list import RouteList
from flowopt.routing.kernels.layout import (
    BANK,
    IS_STALE,
    PRIZE,
    SPAN,
    TYPE,
    WINDOW,
    Data,
    Plan,
    Scratch,
    new_plan,
    new_scratch,
)
from flowopt.routing.kernels.records import as_record
from flowopt.routing.kernels.search import search
from flowopt.routing.problem import RoutingProblem

Ints = npt.NDArray[np.int64]

MANY_CLIENTS_APART = 700
"""From this number of clients on, threads work on parts: below, one plan is soon searched."""

CLIENTS_AT_A_TIME = 4000
"""Of more, a thread looks at so many that are near each other for a while: they fit its cache."""


@dataclass
class Worker:
    """What one thread has to itself.

    Parameters
    ----------
    plan, best, scratch
        The plan that it changes, the best that it has seen, its room to work.
    random
        Chooses where it looks.
    local
        Its penalised local search, once it has begun.
    changed
        Whether `plan` changed since the local search took it.
    removed
        Clients that it removes at a time, in the mean.
    """

    plan: Plan
    best: Plan
    scratch: Scratch
    random: np.random.Generator
    local: LocalSearch | None = None
    changed: bool = True
    removed: float = USUAL

    def go_on_from(self, plan: Plan) -> None:
        """Take over a plan, but for its random numbers; the best one stays."""
        copy(plan, self.plan)
        num_routes = len(plan.route)
        self.scratch.mark[:, IS_STALE] = 1
        self.scratch.stale[:] = np.arange(-1, num_routes)
        self.scratch.stale[0] = num_routes
        self.changed = True

    def run(self, data: Data, iterations: int, temperature: float) -> None:
        """Remove strings for as long as some usual iterations take, at one temperature."""
        many = as_long_as_usual(iterations, self.removed)
        if len(self.plan.members) > CLIENTS_AT_A_TIME:
            self.plan.counts[WINDOW] = self.random.integers(len(self.plan.members))
            self.plan.counts[SPAN] = CLIENTS_AT_A_TIME
        search(data, self.plan, self.best, self.scratch, many, temperature, self.removed)
        self.changed = True

    def polish(self, data: Data, iterations: int, temperature: float) -> None:
        """Search locally for as long as some iterations of `run` take, at first from the best."""
        if self.local is None:
            seed = int(self.plan.random[0] >> np.uint64(1))
            self.local = LocalSearch(data, self.best, to_routes(self.best), seed)
        elif self.changed:
            self.local.load(data, to_routes(self.plan))
        self.changed = False
        routes = self.local.run(data, iterations, temperature)
        if routes is not None:
            self._take(data, routes)

    def _take(self, data: Data, routes: RouteList) -> None:
        """Make routes of the local search the plan, and the best one if they are better."""
        num_clients, num_loads = data.demand.shape
        types = np.bincount(self.plan.route[:, TYPE], minlength=len(data.vehicle))
        plan = as_record(new_plan(num_clients, num_loads, types, self.plan.members, 0))
        to_plan(data, plan, routes)
        self.go_on_from(plan)
        self.changed = False
        if plan.cost[0] < self.best.cost[0]:
            copy(plan, self.best)


def new_worker(data: Data, available: Ints, clients: Any, seed: int, routes: RouteList) -> Worker:
    """Return a worker that starts from given routes.

    Parameters
    ----------
    data
        The problem.
    available
        (k,) vehicles of each type that it has.
    clients
        (p,) clients that it may move.
    seed
        Of its random numbers.
    routes
        Routes of some of them; the others begin in the bank.
    """
    n, loads = data.demand.shape
    some = np.minimum(available, len(clients))
    worker = Worker(
        as_record(new_plan(n, loads, some, clients, seed)),
        as_record(new_plan(n, loads, some, clients, 0)),
        as_record(new_scratch(n, loads, int(some.sum()))),
        np.random.default_rng(seed),
    )
    to_plan(data, worker.plan, routes)
    copy(worker.plan, worker.best)
    return worker


def copy(source: Plan, target: Plan) -> None:
    """Copy a plan, but for its random numbers."""
    for name in Plan._fields:
        if name != "random":
            np.copyto(getattr(target, name), getattr(source, name))


_LOOKS_A_CLIENT = 3  # iterations after which it shows what a fleet of one vehicle type costs


def best_of_types(data: Data, available: Ints, clients: Ints, seed: int) -> RouteList:
    """Return routes of one vehicle type: the type with which they cost least.

    Insertion one by one opens the route that is cheapest for a single client, so from no routes at
    all it comes to a fleet of small vehicles, which a search hardly leaves.

    Parameters
    ----------
    data
        The problem.
    available
        (k,) vehicles of each type.
    clients
        (p,) clients that can be served.
    seed
        Of the random numbers.
    """
    best, routes = np.inf, RouteList.of([])
    for k in np.flatnonzero(available).tolist():
        only = np.where(np.arange(len(available)) == k, available, 0)
        worker = new_worker(data, only, clients, seed, RouteList.of([]))
        worker.run(data, _LOOKS_A_CLIENT * len(clients), 0.0)
        if worker.plan.cost[0] < best:
            best, routes = float(worker.plan.cost[0]), to_routes(worker.plan)
    return routes


class Together:
    """Every thread changes a plan of the whole; when they meet, all go on from the best of them.

    Within, clients have the numbers of `numbering`, where there is one.

    Parameters
    ----------
    problem
        The problem.
    clients
        (p,) clients that can be served.
    start
        Routes to start from; may be none.
    threads
        How many.
    seed
        Of the random numbers.
    """

    def __init__(
        self, problem: RoutingProblem, clients: Ints, start: Routes, threads: int, seed: int
    ) -> None:
        self.problem, self.data = problem, kernel_data(problem)
        self.seed, self.threads = seed, threads
        self.available = problem.vehicle_types.num_available
        numbering = numbering_of(problem)
        if numbering is not None:
            self.data = sealed(numbering.renumbered(self.data))
        self.numbering = numbering or Numbering(np.arange(problem.num_clients))
        self.clients = np.sort(self.numbering.number[clients])
        routes = RouteList.of(start).renumbered(self.numbering.number)
        if not start and len(clients) > CLIENTS_AT_A_TIME:
            symmetric = symmetric_ways(problem)
            routes = quick_start(self.data, self.clients, self.available, symmetric)
        elif not start and len(self.available) > 1 and (self.data.ends == self.data.ends[0]).all():
            routes = best_of_types(self.data, self.available, self.clients, seed)
        self._race = Race(self._num_at_first())
        self.workers = [
            self._worker(self.clients, self.available, number, routes)
            for number in range(self._num_at_first())
        ]
        self._line_up()
        for worker in self.workers:
            worker.run(self.data, 1, 0.0)  # inserts whom the start leaves out

    def _num_at_first(self) -> int:
        return self.threads

    def _worker(self, clients: Any, available: Ints, number: int, routes: RouteList) -> Worker:
        return new_worker(self.data, available, clients, self.seed * 64 + number, routes)

    def meet(self) -> None:
        """Share what was found."""
        costs = [float(worker.plan.cost[0]) for worker in self.workers]
        first = int(np.argmin(costs))
        if len(set(costs)) > 1:
            self._race.won_by(first)
        for number, worker in enumerate(self.workers):
            if number != first:
                worker.go_on_from(self.workers[first].plan)
        self._line_up()

    def _line_up(self) -> None:
        for number, worker in enumerate(self.workers):
            worker.removed = self._race.removed(number)

    def best(self) -> tuple[float, Routes]:
        """Return the cost, with the prizes of the unserved, and the routes of the best plan."""
        cost, routes = self._best()
        return cost, routes.renumbered(self.numbering.client).to_routes()

    def _best(self) -> tuple[float, RouteList]:
        plan = self._best_plan()
        return float(plan.cost[0]), to_routes(plan)

    def cost(self) -> float:
        """Return the cost of the best plan, without what stands for unserved required clients."""
        plan = self._best_plan()
        return float(plan.cost[0]) - self._penalty(plan)

    def _best_plan(self) -> Plan:
        return min((worker.best for worker in self.workers), key=lambda plan: float(plan.cost[0]))

    def _penalty(self, plan: Plan) -> float:
        bank = plan.bank[: plan.counts[BANK]]
        required = bank[self.problem.clients.required[self.numbering.client[bank]]]
        return float(self.data.client[required, PRIZE].sum())


class Apart(Together):
    """Every thread changes a part of one plan; when they meet, the whole is cut another way.

    The cut is a random straight line through the routes' centres.
    """

    def __init__(
        self, problem: RoutingProblem, clients: Ints, start: Routes, threads: int, seed: int
    ) -> None:
        super().__init__(problem, clients, start, threads, seed)
        points, location = problem.points, problem.num_depots + self.numbering.client
        assert points is not None
        self._x, self._y = points.x[location], points.y[location]
        self._random = np.random.default_rng(seed)
        self._top = super()._best()
        self._top_cost = super().cost()
        self._cut(to_routes(self.workers[0].plan))

    def _num_at_first(self) -> int:
        return 1

    def meet(self) -> None:
        """Put the parts together, and cut them another way."""
        self._remember()
        self._cut(_all_routes(worker.plan for worker in self.workers))

    def _best(self) -> tuple[float, RouteList]:
        self._remember()
        return self._top

    def cost(self) -> float:
        """Return the cost of the best plan, without what stands for unserved required clients."""
        parts = [worker.best for worker in self.workers]
        cost = sum(float(part.cost[0]) - self._penalty(part) for part in parts)
        return cost if self._sum() < self._top[0] else self._top_cost

    def _sum(self) -> float:
        return sum(float(worker.best.cost[0]) for worker in self.workers)

    def _remember(self) -> None:
        cost = self._sum()
        if cost < self._top[0]:
            self._top_cost = self.cost()
            self._top = (cost, _all_routes(worker.best for worker in self.workers))

    def _cut(self, routes: RouteList) -> None:
        """Give every thread the routes on its side of parallel lines, and a share of the rest."""
        order = self._along_a_line(routes)
        sizes = np.cumsum(routes.sizes[order])
        total = int(sizes[-1]) if len(sizes) else 0
        side = np.minimum((sizes - 1) * self.threads // max(1, total), self.threads - 1)
        left = np.setdiff1d(self.clients, routes.visits)
        kinds = len(self.available)
        spare = self.available - np.bincount(routes.types, minlength=kinds)
        old = self.workers
        self.workers = []
        for number in range(self.threads):
            own = routes.some(order[side == number])
            clients = np.sort(np.concatenate([own.visits, left[number :: self.threads]]))
            mine = np.bincount(own.types, minlength=kinds)
            share = spare // self.threads + (number < spare % self.threads)
            self.workers.append(self._worker(clients, mine + share, number, own))
            if number < len(old):
                self.workers[-1].plan.random[0] = old[number].plan.random[0]
                self.workers[-1].random = old[number].random

    def _along_a_line(self, routes: RouteList) -> Ints:
        """Return the routes in the order of their centres along a random direction."""
        angle = self._random.uniform(0.0, np.pi)
        along = self._x * np.cos(angle) + self._y * np.sin(angle)
        if not len(routes.types):
            return np.zeros(0, dtype=np.int64)
        centres = np.add.reduceat(along[routes.visits], routes.begin[:-1]) / routes.sizes
        return np.argsort(centres, kind="stable")


def _all_routes(plans: Iterable[Plan]) -> RouteList:
    return reduce(RouteList.and_also, map(to_routes, plans))


def numbering_of(problem: RoutingProblem) -> Numbering | None:
    """Return the numbers that clients have in the search; None where their own will do.

    Parameters
    ----------
    problem
        The problem. Where it has matrices, these are not put into another order.
    """
    few = problem.num_clients <= CLIENTS_AT_A_TIME
    if few or not isinstance(problem.travel, ComputedTravel):
        return None
    points, m = problem.travel.points, problem.num_depots
    return along_a_curve(points.x[m:], points.y[m:])


def share_work(
    problem: RoutingProblem, clients: Ints, start: Routes, threads: int, seed: int
) -> Together:
    """Return the way of sharing that suits a problem; the parameters are those of `Together`."""
    mapped = problem.points is not None and bool(
        np.isfinite(problem.points.x).all() and np.isfinite(problem.points.y).all()
    )
    apart = mapped and threads > 1 and len(clients) >= MANY_CLIENTS_APART
    return (Apart if apart else Together)(problem, clients, start, threads, seed)
