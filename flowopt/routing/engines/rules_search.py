"""The compiled engine for problems with rules that its quick kernels do not know.

Its kernels are compiled, or loaded, only when a problem needs them.
"""

from __future__ import annotations

import logging
import math
import time
from concurrent.futures import ThreadPoolExecutor, wait

import numpy as np

from flowopt.core.options import Run
from flowopt.core.status import Limit
from flowopt.routing.engines.construction import Plan, adapted, candidates, finished, kept
from flowopt.routing.engines.rules_threads import (
    RulesTogether,
    RulesWorker,
    share_work_under_rules,
)
from flowopt.routing.initial import initial_routes
from flowopt.routing.kernels.rules_search import search
from flowopt.routing.parts import Ints
from flowopt.routing.problem import RoutingProblem
from flowopt.routing.ranking import rank
from flowopt.routing.solution import RoutingSolution

DEFAULT_TIME_LIMIT = 10.0
"""Seconds of a search for which the caller sets neither a time limit nor an iteration limit."""

_MEETINGS = 40  # of the threads, in a search
_SECONDS_A_CHUNK = 0.04  # between two looks at the clock
_CHUNK, _FIRST_CHUNK = 500, 50  # iterations, where their number is the limit; where time is
_NATURAL_END = 1000  # iterations a squared client: beyond them small problems gain nothing
_HOT, _COLD = 1.0, 0.01  # temperatures at the start and the end, in mean edges
_HOT_WINDOWS, _COLD_WINDOWS = 0.5, 0.01
_WARM = 0.1  # of the hot one, when the search starts from a plan of the caller's
_FEWEST, _PATIENCE, _MOST = 0.08, 0.1, 0.5
"""Shares of a search for fewer vehicles: at least, without a gain, at most."""
_SECONDS_TO_LOAD = 4.0  # kernels that take longer to be ready were compiled, not loaded

_log = logging.getLogger(__name__)


def solve_under_rules(problem: RoutingProblem, run: Run, engine: str) -> RoutingSolution:
    """Search until a limit, or until a small problem has been searched enough.

    Parameters
    ----------
    problem, run
        The problem and its live options.
    engine
        The name to answer by.
    """
    clients = can_be_served(problem)
    if not len(clients):
        return finished(problem, [], run, engine, run.stopped(), search="nobody can be served")
    seconds = 0.0 if search.signatures else load_rules_kernels()  # once a process
    if seconds > _SECONDS_TO_LOAD:
        _log.info("compiled the routing kernels for rules in %.1f s", seconds)
        run.discount(seconds)
    start = _start(problem, run)
    threads = share_work_under_rules(
        problem, clients, start, run.workers, run.seed, lambda: run.stopped() is not None
    )
    schedule = RulesSchedule(run, threads, len(clients), bool(start))
    limit = schedule.search()
    routes = _sound(problem, threads.best()[1], run)
    if start:
        routes = min([routes, start], key=lambda plan: rank(problem, plan))
    details = {"iterations": schedule.iterations, "threads": len(threads.workers)}
    return finished(problem, routes, run, engine, limit, kernels="rules", **details)


def load_rules_kernels() -> float:
    """Compile the kernels for all rules, or load them from the cache; return the seconds it took.

    Examples
    --------
    >>> load_rules_kernels() < 3600
    True
    """
    began = time.perf_counter()
    problem = RoutingProblem.from_arrays(
        {"demand": [1.0, 1.0]},
        {"num_available": 2, "capacity": 1.0},
        distance_matrix=np.ones((3, 3)) - np.eye(3),
    )
    threads = RulesTogether(problem, np.arange(2), [(0, [0])], 1, 0)
    threads.workers[0].run_to_fewer(1, 0.0)
    return time.perf_counter() - began


def can_be_served(problem: RoutingProblem) -> Ints:
    """Return the clients that can be served, and with them the other end of their shipment.

    Parameters
    ----------
    problem
        The problem.
    """
    there = np.zeros(problem.num_clients, dtype=np.bool_)
    there[candidates(problem)] = True
    ends = problem.shipments.pickup, problem.shipments.delivery
    whole = there[ends[0]] & there[ends[1]]
    there[ends[0]], there[ends[1]] = whole, whole
    return np.flatnonzero(there)


def _start(problem: RoutingProblem, run: Run) -> Plan:
    """Return the caller's plan, as far as it holds; none where there is none."""
    if run.options.initial is None:
        return []
    routes = initial_routes(problem, run.options.initial)
    return adapted(problem, routes, lambda: run.stopped() is not None)


def _sound(problem: RoutingProblem, routes: Plan, run: Run) -> Plan:
    """Return a plan of which every route holds to the last bit of rounding."""
    if len(kept(problem, routes)) == len(routes):
        return routes
    _log.warning("a route of the search did not hold; its clients were inserted anew")
    return adapted(problem, routes, lambda: run.stopped() is not None)


class RulesSchedule:
    """The clock and the temperature of one search, first for fewer vehicles where these come first.

    Parameters
    ----------
    run
        The live options.
    threads
        Who searches.
    num_clients
        Number of clients that can be served.
    warm
        Whether the search starts from a plan of the caller's.
    """

    def __init__(self, run: Run, threads: RulesTogether, num_clients: int, warm: bool) -> None:
        self.run, self.threads, self.iterations = run, threads, 0
        unlimited = run.options.iteration_limit is not None
        self._limit = run.remaining(math.inf if unlimited else DEFAULT_TIME_LIMIT)
        self._begin = run.elapsed
        self._most = run.options.iteration_limit or _NATURAL_END * num_clients**2
        hot, cold = (_HOT_WINDOWS, _COLD_WINDOWS) if threads.data.timed else (_HOT, _COLD)
        edge = threads.edge()
        self._hot, self._cold = edge * max(cold, hot * (_WARM if warm else 1.0)), edge * cold
        self._reducing = threads.problem.vehicles_first
        self._fewest, self._gained, self._cooling_from = threads.num_routes(), 0.0, 0.0

    def search(self) -> Limit | None:
        """Search until a limit; return it, or None when the search ended by itself."""
        counted = self.run.options.iteration_limit is not None
        chunk, met = (_CHUNK if counted else _FIRST_CHUNK), 0
        with ThreadPoolExecutor(self.threads.threads) as pool:
            while True:
                limit, done = self.run.stopped(self.iterations), self._done()
                if limit is not None or done >= 1.0:
                    return limit or self._end()
                self._look_for_fewer(done)
                if int(done * _MEETINGS) > met and not self._reducing:
                    met = int(done * _MEETINGS)
                    self.threads.meet()
                began = self.run.elapsed
                self._run_all(pool, chunk, self._temperature(done))
                self.iterations += chunk
                chunk = self._next_chunk(chunk, self.run.elapsed - began)
                self.run.report(self.threads.cost(), None, self.iterations)

    def _look_for_fewer(self, done: float) -> None:
        """End the search for fewer vehicles when it has not gained for a while."""
        if not self._reducing:
            return
        if self.threads.num_routes() < self._fewest:
            self._fewest, self._gained = self.threads.num_routes(), done
        if done >= min(_MOST, max(_FEWEST, self._gained + _PATIENCE)):
            self._reducing, self._cooling_from = False, done
            self.threads.go_on_from_best()

    def _temperature(self, done: float) -> float:
        if self._reducing:
            return self._hot
        share = (done - self._cooling_from) / (1.0 - self._cooling_from)
        return float(self._hot * (self._cold / self._hot) ** share)

    def _run_all(self, pool: ThreadPoolExecutor, chunk: int, temperature: float) -> None:
        step = RulesWorker.run_to_fewer if self._reducing else RulesWorker.run
        tasks = [pool.submit(step, worker, chunk, temperature) for worker in self.threads.workers]
        wait(tasks)
        for task in tasks:
            task.result()

    def _next_chunk(self, chunk: int, seconds: float) -> int:
        if self.run.options.iteration_limit is not None:  # the clock must not change the answer
            return max(1, min(chunk, self._most - self.iterations))
        pace = _SECONDS_A_CHUNK / max(1e-4, seconds)
        return max(1, int(chunk * min(2.0, max(0.5, pace))))

    def _end(self) -> Limit | None:
        if self.run.options.iteration_limit is not None:
            return Limit.ITERATIONS
        return None if self.iterations >= self._most else Limit.TIME

    def _done(self) -> float:
        """Return how much of the search is over, from 0 to 1."""
        share = self.iterations / self._most
        if math.isfinite(self._limit):
            share = max(share, (self.run.elapsed - self._begin) / max(1e-9, self._limit))
        return float(share)
