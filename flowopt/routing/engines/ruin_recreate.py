"""The compiled engine: slack induction by string removals, in as many threads as there are workers.

The threads start from one plan and search apart for an epoch; then all go on from the best of
their plans. The first call on a machine compiles the kernels, which takes longer than many
searches, so the clock leaves it out; later processes take them from the cache in about a second.
"""

from __future__ import annotations

import logging
import math
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from flowopt.core.options import Run
from flowopt.core.status import Limit
from flowopt.routing.engines.construction import Plan as Routes
from flowopt.routing.engines.construction import candidates, finished, rank, start_plan
from flowopt.routing.engines.kernel_data import kernel_data, mean_edge, to_plan, to_routes
from flowopt.routing.kernels.layout import Data, Plan, Scratch, new_plan, new_scratch
from flowopt.routing.kernels.search import search
from flowopt.routing.problem import RoutingProblem
from flowopt.routing.solution import RoutingSolution

DEFAULT_TIME_LIMIT = 10.0
"""Seconds of a search for which the caller sets neither a time limit nor an iteration limit."""

_EPOCHS = 40
_SECONDS_A_CHUNK = 0.04  # between two looks at the clock
_CHUNK = 200  # iterations, where their number is the limit; the first, where time is
_NATURAL_END = 2000  # iterations a squared client: beyond them small problems gain nothing
_HOT, _COLD = 1.0, 0.01  # temperatures at the start and the end, in mean edges
_HOT_WINDOWS, _COLD_WINDOWS = 5.0, 0.03
_WARM = 0.1  # of the hot one, when the search starts from a plan of the caller's
_SECONDS_TO_LOAD = 2.5  # kernels that take longer to be ready were compiled, not loaded

_log = logging.getLogger(__name__)


def solve(problem: RoutingProblem, run: Run) -> RoutingSolution:
    """Search until a limit, or until a small problem has been searched enough."""
    clients = candidates(problem)
    if len(clients) < 2:
        reason = "not needed: at most one client can be served"
        plan = start_plan(problem, run)
        return finished(problem, plan, run, "ruin_recreate", run.stopped(), search=reason)
    seconds = load_kernels()
    if seconds > _SECONDS_TO_LOAD:
        _log.info("compiled the routing kernels in %.1f s", seconds)
        run.discount(seconds)
    team = Team(problem, clients, run)
    limit = team.search()
    routes = team.best_routes()
    if run.options.initial is not None:
        routes = min([routes, team.start], key=lambda plan: rank(problem, plan))
    return finished(
        problem, routes, run, "ruin_recreate", limit, iterations=team.iterations, **team.details
    )


def load_kernels() -> float:
    """Compile the kernels, or load them from the cache; return the seconds that it took.

    Examples
    --------
    >>> load_kernels() < 3600
    True
    """
    began = time.perf_counter()
    problem = RoutingProblem.from_arrays(
        {"demand": [1.0, 1.0]}, {"num_available": 2, "capacity": 1.0}, distance_matrix=_TINY
    )
    worker = new_worker(problem, kernel_data(problem), np.arange(2), 0)
    to_plan(kernel_data(problem), worker.plan, [(0, [0])])
    search(kernel_data(problem), worker.plan, worker.best, worker.scratch, 1, 0.0)
    return time.perf_counter() - began


_TINY = np.ones((3, 3)) - np.eye(3)


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


def new_worker(problem: RoutingProblem, data: Data, clients: Any, seed: int) -> Worker:
    """Return a worker whose plan serves nobody.

    Parameters
    ----------
    problem, data
        The problem, also as the kernels have it.
    clients
        (p,) clients that can be served.
    seed
        Of its random numbers.
    """
    available = np.minimum(problem.vehicle_types.num_available, len(clients))
    n, loads = data.demand.shape
    return Worker(
        new_plan(n, loads, available, clients, seed),
        new_plan(n, loads, available, clients, 0),
        new_scratch(n, loads, int(available.sum())),
    )


class Team:
    """The threads of one search, and their common clock and temperature.

    Parameters
    ----------
    problem
        The problem.
    clients
        (p,) clients that can be served.
    run
        The live options.
    """

    def __init__(self, problem: RoutingProblem, clients: Any, run: Run) -> None:
        self.problem, self.run = problem, run
        self.data: Data = kernel_data(problem)
        self.start: Routes = []
        self.workers = [
            new_worker(problem, self.data, clients, run.seed * 64 + number)
            for number in range(run.workers)
        ]
        if run.options.initial is not None:
            self.start = start_plan(problem, run)
        for worker in self.workers:
            to_plan(self.data, worker.plan, self.start)
            copy(worker.plan, worker.best)
        self.iterations = 0
        self._first_answer()
        self.edge = mean_edge(self.data, self.best)
        self.limit = run.remaining(math.inf if run.options.iteration_limit else DEFAULT_TIME_LIMIT)
        self._begin = run.elapsed
        self._most = run.options.iteration_limit or _NATURAL_END * len(clients) ** 2

    @property
    def best(self) -> Plan:
        """The best plan of all threads."""
        return min((worker.best for worker in self.workers), key=lambda plan: float(plan.cost[0]))

    @property
    def details(self) -> dict[str, Any]:
        """What is on record of the search."""
        return {"threads": len(self.workers)}

    def best_routes(self) -> Routes:
        """Return the best plan."""
        return to_routes(self.best)

    def search(self) -> Limit | None:
        """Search until a limit; return it, or None when the search ended by itself."""
        chunk, epoch = _CHUNK, 0
        with ThreadPoolExecutor(len(self.workers)) as pool:
            while True:
                limit = self.run.stopped(self.iterations)
                done = self._done()
                if limit is not None or done >= 1.0:
                    return limit or self._natural_limit()
                began = self.run.elapsed
                heat = self._temperature(done)
                count = len(self.workers)
                list(pool.map(self._chunk, self.workers, [chunk] * count, [heat] * count))
                self.iterations += chunk
                if self.run.options.iteration_limit is not None:
                    chunk = max(1, min(chunk, self._most - self.iterations))
                else:
                    pace = _SECONDS_A_CHUNK / max(1e-4, self.run.elapsed - began)
                    chunk = max(20, int(chunk * min(2.0, max(0.5, pace))))
                if self._done() * _EPOCHS >= epoch + 1:
                    epoch = int(self._done() * _EPOCHS)
                    self._meet()
                self.run.report(self._cost(), None, self.iterations)

    def _natural_limit(self) -> Limit | None:
        if self.run.options.iteration_limit is not None:
            return Limit.ITERATIONS
        ended = self.iterations >= self._most
        return None if ended else Limit.TIME

    def _first_answer(self) -> None:
        """Insert whom the starting plan leaves out, in each thread."""
        for worker in self.workers:
            self._chunk(worker, 1, 0.0)

    def _chunk(self, worker: Worker, iterations: int, temperature: float) -> None:
        search(self.data, worker.plan, worker.best, worker.scratch, iterations, temperature)

    def _done(self) -> float:
        """Return how much of the search is over, from 0 to 1."""
        share = self.iterations / self._most
        if math.isfinite(self.limit):
            share = max(share, (self.run.elapsed - self._begin) / max(1e-9, self.limit))
        return float(share)

    def _temperature(self, done: float) -> float:
        hot, cold = (_HOT_WINDOWS, _COLD_WINDOWS) if self.data.timed else (_HOT, _COLD)
        if self.start:
            hot = max(cold, hot * _WARM)
        return float(self.edge * hot * (cold / hot) ** done)

    def _meet(self) -> None:
        """Let every thread go on from the best of their plans."""
        first = min(self.workers, key=lambda worker: float(worker.plan.cost[0]))
        for worker in self.workers:
            if worker is not first:
                copy(first.plan, worker.plan)

    def _cost(self) -> float:
        """Return the cost of the best plan, without what stands for unserved required clients."""
        best = self.best
        bank = best.bank[: best.counts[0]]
        required = bank[self.problem.clients.required[bank]]
        return float(best.cost[0] - self.data.client[required, 3].sum())


def copy(source: Plan, target: Plan) -> None:
    """Copy a plan, but for its random numbers."""
    for name in Plan._fields:
        if name != "random":
            np.copyto(getattr(target, name), getattr(source, name))
