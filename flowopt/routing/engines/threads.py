"""How the threads of a search share the work: all on one plan, or each on a part of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.routing.engines.construction import Plan as Routes
from flowopt.routing.engines.kernel_data import kernel_data, to_plan, to_routes
from flowopt.routing.kernels.layout import (
    BANK,
    IS_STALE,
    PRIZE,
    Data,
    Plan,
    Scratch,
    new_plan,
    new_scratch,
)
from flowopt.routing.kernels.search import search
from flowopt.routing.problem import RoutingProblem

Ints = npt.NDArray[np.int64]

MANY_CLIENTS_APART = 700
"""From this number of clients on, threads work on parts: below, one plan is soon searched."""


@dataclass
class Worker:
    """What one thread has to itself.

    Parameters
    ----------
    plan, best, scratch
        The plan that it changes, the best that it has seen, its room to work.
    """

    plan: Plan
    best: Plan
    scratch: Scratch

    def go_on_from(self, plan: Plan) -> None:
        """Take over a plan, but for its random numbers; the best one stays."""
        copy(plan, self.plan)
        num_routes = len(plan.route)
        self.scratch.mark[:, IS_STALE] = 1
        self.scratch.stale[:] = np.arange(-1, num_routes)
        self.scratch.stale[0] = num_routes

    def run(self, data: Data, iterations: int, temperature: float) -> None:
        """Search for some iterations at one temperature."""
        search(data, self.plan, self.best, self.scratch, iterations, temperature)


def new_worker(data: Data, available: Ints, clients: Any, seed: int, routes: Routes) -> Worker:
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
        new_plan(n, loads, some, clients, seed),
        new_plan(n, loads, some, clients, 0),
        new_scratch(n, loads, int(some.sum())),
    )
    to_plan(data, worker.plan, routes)
    copy(worker.plan, worker.best)
    return worker


def copy(source: Plan, target: Plan) -> None:
    """Copy a plan, but for its random numbers."""
    for name in Plan._fields:
        if name != "random":
            np.copyto(getattr(target, name), getattr(source, name))


class Together:
    """Every thread changes a plan of the whole; when they meet, all go on from the best of them.

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
        self.clients, self.seed, self.threads = clients, seed, threads
        self.available = problem.vehicle_types.num_available
        self.workers = [
            self._worker(clients, self.available, number, start)
            for number in range(self._num_at_first())
        ]
        for worker in self.workers:
            worker.run(self.data, 1, 0.0)  # inserts whom the start leaves out

    def _num_at_first(self) -> int:
        return self.threads

    def _worker(self, clients: Any, available: Ints, number: int, routes: Routes) -> Worker:
        return new_worker(self.data, available, clients, self.seed * 64 + number, routes)

    def meet(self) -> None:
        """Share what was found."""
        first = min(self.workers, key=lambda worker: float(worker.plan.cost[0]))
        for worker in self.workers:
            if worker is not first:
                worker.go_on_from(first.plan)

    def best(self) -> tuple[float, Routes]:
        """Return the cost, with the prizes of the unserved, and the routes of the best plan."""
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
        required = bank[self.problem.clients.required[bank]]
        return float(self.data.client[required, PRIZE].sum())


class Apart(Together):
    """Every thread changes a part of one plan; when they meet, the whole is cut another way.

    The cut is a random straight line through the routes' centres.
    """

    def __init__(
        self, problem: RoutingProblem, clients: Ints, start: Routes, threads: int, seed: int
    ) -> None:
        super().__init__(problem, clients, start, threads, seed)
        self._random = np.random.default_rng(seed)
        self._top = super().best()
        self._top_cost = super().cost()
        self._cut(to_routes(self.workers[0].plan))

    def _num_at_first(self) -> int:
        return 1

    def meet(self) -> None:
        """Put the parts together, and cut them another way."""
        self._remember()
        self._cut([route for worker in self.workers for route in to_routes(worker.plan)])

    def best(self) -> tuple[float, Routes]:
        """Return the cost, with the prizes of the unserved, and the routes of the best plan."""
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
            routes = [route for worker in self.workers for route in to_routes(worker.best)]
            self._top = (cost, routes)

    def _cut(self, routes: Routes) -> None:
        """Give every thread the routes on its side of parallel lines, and a share of the rest."""
        order = self._along_a_line(routes)
        sizes = np.cumsum([len(routes[place][1]) for place in order])
        total = int(sizes[-1]) if len(sizes) else 0
        side = np.minimum((sizes - 1) * self.threads // max(1, total), self.threads - 1)
        left = np.setdiff1d(self.clients, [c for _, visits in routes for c in visits])
        used = np.bincount([k for k, _ in routes], minlength=len(self.available))
        spare = self.available - used
        old = [worker.plan.random[0] for worker in self.workers]
        self.workers = []
        for number in range(self.threads):
            own = [routes[place] for place in order[side == number]]
            served = [c for _, visits in own for c in visits]
            clients = np.array([*served, *left[number :: self.threads]], dtype=np.int64)
            mine = np.bincount([k for k, _ in own], minlength=len(self.available))
            share = spare // self.threads + (number < spare % self.threads)
            self.workers.append(self._worker(clients, mine + share, number, own))
            if number < len(old):
                self.workers[-1].plan.random[0] = old[number]

    def _along_a_line(self, routes: Routes) -> Ints:
        """Return the routes in the order of their centres along a random direction."""
        points, m = self.problem.points, self.problem.num_depots
        assert points is not None
        angle = self._random.uniform(0.0, np.pi)
        along = points.x * np.cos(angle) + points.y * np.sin(angle)
        centres = np.array([along[np.array(visits) + m].mean() for _, visits in routes])
        return np.argsort(centres, kind="stable")


def share_work(
    problem: RoutingProblem, clients: Ints, start: Routes, threads: int, seed: int
) -> Together:
    """Return the way of sharing that suits a problem; the parameters are those of `Together`."""
    mapped = problem.points is not None and bool(
        np.isfinite(problem.points.x).all() and np.isfinite(problem.points.y).all()
    )
    apart = mapped and threads > 1 and len(clients) >= MANY_CLIENTS_APART
    return (Apart if apart else Together)(problem, clients, start, threads, seed)
