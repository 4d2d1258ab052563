"""The compiled engine: slack induction by string removals, in as many threads as there are workers.

Where routes are long, a local search that may pass through plans which break limits follows.

The first call on a machine compiles the kernels, which takes longer than many searches, so the
clock leaves it out; later processes take them from the cache in about a second.
"""

from __future__ import annotations

import logging
import math
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numba import types

from flowopt.core.options import Run
from flowopt.core.status import Limit
from flowopt.routing.computed import ComputedTravel
from flowopt.routing.engines.construction import Plan as Routes
from flowopt.routing.engines.construction import (
    admitted,
    candidates,
    finished,
    seconds_to_finish,
    start_plan,
)
from flowopt.routing.engines.disguise import disguised
from flowopt.routing.engines.kernel_data import mean_edge
from flowopt.routing.engines.quick_start import quick_start
from flowopt.routing.engines.rules_search import solve_under_rules
from flowopt.routing.engines.threads import CLIENTS_AT_A_TIME, Together, Worker, share_work
from flowopt.routing.initial import initial_routes
from flowopt.routing.kernels.layout import BANK, USED
from flowopt.routing.kernels.search import search
from flowopt.routing.kernels.ways import Formula
from flowopt.routing.problem import RoutingProblem
from flowopt.routing.ranking import rank
from flowopt.routing.solution import RoutingSolution
from flowopt.routing.travel import Points

NAME = "ruin_recreate"
DEFAULT_TIME_LIMIT = 10.0
"""Seconds of a search for which the caller sets neither a time limit nor an iteration limit."""

QUICK = frozenset(
    {
        "capacity",
        "time_windows",
        "shifts",
        "max_duration",
        "max_distance",
        "several_loads",
        "several_depots",
        "several_vehicle_types",
        "optional_clients",
        "unreachable_pairs",
        "many_clients",
        "huge_numbers",
    }
)
"""The rules that the quick kernels know; problems with others go to those for all rules."""

_MEETINGS = 40  # of the threads, in a search
_BETWEEN_MEETINGS = 20  # times as long as one of them takes, where time is the limit
_SECONDS_A_CHUNK = 0.08  # between two looks at the clock
_CHUNK = 1000  # iterations, where their number is the limit; the first, where time is
_NATURAL_END = 2000  # iterations a squared client: beyond them small problems gain nothing
_HOT, _COLD = 1.0, 0.01  # temperatures at the start and the end, in mean edges
_HOT_WINDOWS, _COLD_WINDOWS = 5.0, 0.03
_LONG_ROUTE = 15  # visits in the mean, from which on the penalised local search pays early
_LOCAL_FROM, _LOCAL_FROM_WINDOWS, _LOCAL_FROM_OF_MANY = 0.35, 0.2, 0.6  # of the search
_LOCAL_FROM_SHORT = 0.5  # where routes are short
_MANY_CLIENTS = 700  # strings take long to make a good plan of so many
_HOT_LOCAL, _COLD_LOCAL = 0.1, 0.01  # of the local search
_HOT_LOCAL_WINDOWS, _COLD_LOCAL_WINDOWS = 0.3, 0.03
_FEW, _ENOUGH = 0.3, 100.0  # share of the hot one; iterations a client from which on it is whole
_PACE = 60_000.0  # iterations a second of one thread with many clients, roughly
_WARM = 0.1  # of the hot one, when the search starts from a plan of the caller's
_SECONDS_TO_LOAD = 2.5  # kernels that take longer to be ready were compiled, not loaded

_log = logging.getLogger(__name__)


def solve(problem: RoutingProblem, run: Run) -> RoutingSolution:
    """Search until a limit, or until a small problem has been searched enough."""
    if not problem.features <= QUICK | disguised(problem):
        return solve_under_rules(problem, run, NAME)
    clients = candidates(problem)
    if len(clients) < 2:
        reason = "not needed: at most one client can be served"
        return finished(problem, start_plan(problem, run), run, NAME, run.stopped(), search=reason)
    make_ready(problem, run)
    start = _given(problem, run)
    threads = share_work(problem, clients, start, run.workers, run.seed)
    schedule = Schedule(problem, run, threads, len(clients), bool(start))
    limit = schedule.search()
    routes = threads.best()[1]
    if start:
        routes = min([routes, start], key=lambda plan: rank(problem, plan))
    details = {"iterations": schedule.iterations, "threads": len(threads.workers)}
    return finished(problem, routes, run, NAME, limit, **details)


def _given(problem: RoutingProblem, run: Run) -> Routes:
    """Return the plan to start from; none where the caller gives none.

    Of many clients those whom the caller's plan leaves out are left to the search to insert.
    """
    if run.options.initial is None:
        return []
    if problem.num_clients <= CLIENTS_AT_A_TIME:
        return start_plan(problem, run)
    return admitted(problem, initial_routes(problem, run.options.initial))


def make_ready(problem: RoutingProblem, run: Run) -> None:
    """Load the kernels that a problem needs; where they must be compiled, stop the clock.

    Parameters
    ----------
    problem, run
        The problem and its live options.
    """
    computed = isinstance(problem.travel, ComputedTravel)
    seconds = 0.0 if _loaded(computed) else load_kernels(computed)  # once a process
    if seconds > _SECONDS_TO_LOAD:
        _log.info("compiled the routing kernels in %.1f s", seconds)
        run.discount(seconds)


def _loaded(computed: bool) -> bool:
    kinds = (signature[0].kind_of("distance") for signature in search.signatures)
    return any(isinstance(kind, types.Array) != computed for kind in kinds)


def load_kernels(computed: bool = False) -> float:
    """Compile the kernels, or load them from the cache; return the seconds that it took.

    Parameters
    ----------
    computed
        Whether for problems of many clients, whose ways are computed, instead of others.

    Examples
    --------
    >>> load_kernels() < 3600
    True
    """
    began = time.perf_counter()
    problem = RoutingProblem.from_arrays(
        {"demand": [1.0, 1.0]},
        {"num_available": 2, "capacity": 1.0},
        distance_matrix=np.ones((3, 3)) - np.eye(3),
    )
    if computed:
        nowhere = Points(np.zeros(3), np.zeros(3))
        problem = replace(problem, travel=ComputedTravel(nowhere, "euclidean"))
    threads = Together(problem, np.arange(2), [(0, [0])], 1, 0)
    quick_start(threads.data, threads.clients, threads.available, True)
    if not computed:
        threads.workers[0].polish(threads.data, 1, 0.0)
    threads.best()
    return time.perf_counter() - began


def load_computed_kernels() -> float:
    """Load the kernels for many clients; see `load_kernels`."""
    return load_kernels(computed=True)


class Schedule:
    """The clock and the temperature of one search.

    Parameters
    ----------
    problem, run
        The problem and its live options.
    threads
        Who searches.
    num_clients
        Number of clients that can be served.
    warm
        Whether the search starts from a plan of the caller's.
    """

    def __init__(
        self, problem: RoutingProblem, run: Run, threads: Together, num_clients: int, warm: bool
    ) -> None:
        self.run, self.threads, self.iterations = run, threads, 0
        self._local, self._met, self._meets_from = False, 0, 0.0
        unlimited = run.options.iteration_limit is not None
        self._limit = run.remaining(math.inf if unlimited else DEFAULT_TIME_LIMIT)
        self._limit -= seconds_to_finish(problem, threads.best()[1])
        self._begin = run.elapsed
        self._most = run.options.iteration_limit or _NATURAL_END * num_clients**2
        hot, cold = (_HOT_WINDOWS, _COLD_WINDOWS) if threads.data.timed else (_HOT, _COLD)
        if num_clients > CLIENTS_AT_A_TIME:
            iterations = min(self._most, self._limit * _PACE) * threads.threads
            hot *= heat(iterations / num_clients, _visits_a_route(threads))
        edge = self._mean_edge()
        self._hot, self._cold = edge * max(cold, hot * (_WARM if warm else 1.0)), edge * cold
        self._local_from = local_from(threads)

    def search(self) -> Limit | None:
        """Search until a limit; return it, or None when the search ended by itself."""
        chunk = _CHUNK
        self.run.report(self.threads.cost(), None, 0)
        with ThreadPoolExecutor(self.threads.threads) as pool:
            while True:
                limit, done = self.run.stopped(self.iterations), self._done()
                if limit is not None or done >= 1.0:
                    return limit or self._end()
                self._meet(done)
                if done >= self._local_from and not self._local:
                    self._begin_local()
                    chunk = min(chunk, _CHUNK)
                began = self.run.elapsed
                self._run_all(pool, chunk, done)
                self.iterations += chunk
                chunk = self._next_chunk(chunk, self.run.elapsed - began)
                self.run.report(self.threads.cost(), None, self.iterations)

    def _meet(self, done: float) -> None:
        """Let the threads meet when it is time, but not so that they do little else."""
        timed, began = self.run.options.iteration_limit is None, self.run.elapsed
        if int(done * _MEETINGS) <= self._met or (timed and began < self._meets_from):
            return
        self._met = int(done * _MEETINGS)
        self.threads.meet()
        took = self.run.elapsed - began
        self._meets_from = began + took * _BETWEEN_MEETINGS

    def _begin_local(self) -> None:
        """Go on with the penalised local search, from the best plan so far."""
        self._local, edge = True, self._mean_edge()
        hot, cold = _HOT_LOCAL, _COLD_LOCAL
        if self.threads.data.timed:
            hot, cold = _HOT_LOCAL_WINDOWS, _COLD_LOCAL_WINDOWS
        self._hot, self._cold = edge * hot, edge * cold

    def _run_all(self, pool: ThreadPoolExecutor, chunk: int, done: float) -> None:
        local, data = self._local, self.threads.data
        begin, end = (self._local_from, 1.0) if local else (0.0, self._local_from)
        temperature = self._hot * (self._cold / self._hot) ** ((done - begin) / (end - begin))
        tasks = [
            pool.submit(worker.polish if local else worker.run, data, chunk, temperature)
            for worker in self.threads.workers
        ]
        for task in tasks:
            task.result()

    def _mean_edge(self) -> float:
        return mean_edge(self.threads.data, [worker.best for worker in self.threads.workers])

    def _next_chunk(self, chunk: int, seconds: float) -> int:
        if self.run.options.iteration_limit is not None:  # the clock must not change the answer
            return max(1, min(chunk, self._most - self.iterations))
        pace = _SECONDS_A_CHUNK / max(1e-4, seconds)
        return max(20, int(chunk * min(2.0, max(0.5, pace))))

    def _end(self) -> Limit | None:
        if self.run.options.iteration_limit is not None:
            return Limit.ITERATIONS
        return None if self.iterations >= self._most else Limit.TIME

    def _done(self) -> float:
        """Return how much of the search is over, from 0 to 1."""
        share = self.iterations / self._most
        if math.isfinite(self._limit):
            passed = self.run.elapsed - self._begin
            share = max(share, passed / self._limit if self._limit > 0 else 1.0)
        return float(share)


def heat(iterations: float, visits: float) -> float:
    """Return the start temperature of many clients, as a multiple of the usual one.

    With few iterations a client a hot search does not cool down to a better plan. Long routes, the
    shape of which savings get wrong where the depot is far away, must be taken apart first.

    Parameters
    ----------
    iterations
        Iterations a client.
    visits
        Visits a route, in the mean.

    Examples
    --------
    >>> heat(10, 15), heat(500, 15), heat(500, 80)
    (0.3, 1.0, 8.0)
    """
    deep = max(1.0, visits / 20.0)
    share = min(1.0, max(_FEW, iterations / _ENOUGH))
    return float(deep**1.5 * share ** (1.0 / deep))


def local_from(threads: Together) -> float:
    """Return the share of a search after which it goes on with the penalised local search.

    Strings are better where routes are short, and end with a polish; where they are long, clients
    must change places in ways that plans within all limits do not lead to.
    """
    if isinstance(threads.data.distance, Formula) or isinstance(threads.data.duration, Formula):
        return 1.0  # so many clients that strings have enough to do
    if _visits_a_route(threads) < _LONG_ROUTE:
        return _LOCAL_FROM_SHORT
    if sum(map(_num_served, threads.workers)) >= _MANY_CLIENTS:
        return _LOCAL_FROM_OF_MANY
    return _LOCAL_FROM_WINDOWS if threads.data.timed else _LOCAL_FROM


def _visits_a_route(threads: Together) -> float:
    routes = sum(int(worker.best.counts[USED]) for worker in threads.workers)
    return sum(map(_num_served, threads.workers)) / max(1, routes)


def _num_served(worker: Worker) -> int:
    return len(worker.best.members) - int(worker.best.counts[BANK])
