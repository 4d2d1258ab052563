"""Large neighbourhood search over the visits of whole customers, by threads that meet."""

from __future__ import annotations

import logging
import math
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache

import numpy as np

from flowopt.core.options import Options, Run
from flowopt.core.status import Limit, Status
from flowopt.planning.inventory_routing.engines.arrays import kernel_data, to_visits, unavoidable
from flowopt.planning.inventory_routing.engines.quantities import SECONDS_A_VISIT, best_quantities
from flowopt.planning.inventory_routing.engines.start import load_plan
from flowopt.planning.inventory_routing.kernels.layout import (
    COST,
    Data,
    Plan,
    Scratch,
    new_plan,
    new_scratch,
)
from flowopt.planning.inventory_routing.kernels.search import construct, search
from flowopt.planning.inventory_routing.outcome import Visits, costs
from flowopt.planning.inventory_routing.problem import InventoryRoutingProblem
from flowopt.planning.inventory_routing.solution import InventoryRoutingSolution
from flowopt.routing.kernels.records import as_record

NAME = "reinsertion"
DEFAULT_TIME_LIMIT = 10.0
"""Seconds, where the caller sets no limit at all."""

_SECONDS_A_CHUNK = 0.06  # between two looks at the clock
_CHUNK = 100  # iterations, where their number is the limit; the first, where time is
_LARGE = 20_000  # customers times periods, above which a chunk is shorter
_NATURAL_END = 20_000  # iterations a customer: beyond them small problems gain nothing
_MEETINGS = 20  # of the threads, in a search
_HOT, _COLD = 3.0, 0.05  # temperatures at the start and the end, in mean ways between neighbours
_WARM = 0.1  # of the hot one, when the search starts from a plan of the caller's
_SECONDS_TO_LOAD = 2.5  # kernels that take longer to be ready were compiled, not loaded

_log = logging.getLogger(__name__)


@dataclass
class Chain:
    """What one thread has to itself.

    Parameters
    ----------
    plan, best
        The plan that it changes, and the best that it has seen.
    scratch
        Its room to work.
    """

    plan: Plan
    best: Plan
    scratch: Scratch

    def go_on_from(self, other: Plan) -> None:
        """Take over a plan, but for its random numbers."""
        _copy(other, self.plan)
        _copy(other, self.best)


def solve(problem: InventoryRoutingProblem, run: Run) -> InventoryRoutingSolution:
    """Search until a limit, or until a small problem has been searched enough.

    Parameters
    ----------
    problem
        The problem.
    run
        The live options.
    """
    if not _compiled.cache_info().currsize:
        seconds = load_kernels()
        if seconds > _SECONDS_TO_LOAD:
            _log.info("compiled the kernels of inventory routing in %.1f s", seconds)
            run.discount(seconds)
    data = kernel_data(problem)
    chains = _chains(problem, data, run)
    limit, iterations = Schedule(problem, run, data, chains).search()
    visits = best_quantities(problem, to_visits(len(data.size), _best(chains).best), run)
    return _answer(problem, run, visits, limit, iterations)


def _answer(
    problem: InventoryRoutingProblem, run: Run, visits: Visits, limit: Limit | None, iterations: int
) -> InventoryRoutingSolution:
    cost = math.fsum(costs(problem, visits).values())
    outcome = run.outcome(Status.FEASIBLE, NAME, cost=cost, limit=limit, iterations=iterations)
    return InventoryRoutingSolution(problem=problem, outcome=outcome, visits=visits)


# ---- chains


def _chains(problem: InventoryRoutingProblem, data: Data, run: Run) -> list[Chain]:
    """Return one chain a thread, all with the same first plan."""
    num, periods = problem.demand.shape
    vehicles = max(1, min(problem.num_vehicles, num))
    size = (num, periods, vehicles)
    made = [
        Chain(
            as_record(new_plan(*size, seed)),
            as_record(new_plan(*size, 0)),
            as_record(new_scratch(*size, data.grid.shape[1])),
        )
        for seed in range(run.seed, run.seed + (run.workers if num > 1 else 1))
    ]
    first = made[0]
    left_out = load_plan(problem, data, first.plan, run.options.initial)
    construct(data, first.plan, first.scratch, left_out[np.argsort(-data.far[left_out])])
    for chain in made:
        chain.go_on_from(first.plan)
    return made


def _best(chains: list[Chain]) -> Chain:
    return min(chains, key=lambda chain: float(chain.best.total[COST]))


def _copy(source: Plan, target: Plan) -> None:
    for name in Plan._fields:
        if name != "random" and source is not target:
            getattr(target, name)[...] = getattr(source, name)


# ---- the search


class Schedule:
    """The clock and the temperature of one search.

    Parameters
    ----------
    problem, run
        The problem and its live options.
    data
        The problem, for the kernels.
    chains
        Who searches.
    """

    def __init__(
        self, problem: InventoryRoutingProblem, run: Run, data: Data, chains: list[Chain]
    ) -> None:
        self.run, self.data, self.chains = run, data, chains
        self._by_count = run.options.iteration_limit is not None
        self._most = run.options.iteration_limit or _NATURAL_END * len(data.size)
        limit = run.remaining(math.inf if self._by_count else DEFAULT_TIME_LIMIT)
        visits = int(_best(chains).best.visits.sum())
        self._limit = limit - min(0.05 * limit, SECONDS_A_VISIT * visits)
        self._begin, self._met = run.elapsed, 0
        self._rest = unavoidable(problem)
        edge = _edge(data)
        warm = _WARM if run.options.initial is not None else 1.0
        self._hot, self._cold = edge * _HOT * warm, edge * _COLD

    def search(self) -> tuple[Limit | None, int]:
        """Search until a limit; return it, None when the search ended by itself, and iterations."""
        first = max(1, min(_CHUNK, _CHUNK * _LARGE // max(1, self.data.low.size)))
        chunk, iterations = first, 0
        with ThreadPoolExecutor(len(self.chains)) as pool:
            while True:
                self._report(iterations)
                limit, done = self.run.stopped(iterations), self._done(iterations)
                if limit is not None or done >= 1.0 or len(self.data.size) == 0:
                    return limit or self._end(iterations), iterations
                self._meet(done)
                began = self.run.elapsed
                if self._by_count:
                    chunk = min(first, self._most - iterations)
                self._run_all(pool, chunk, done)
                iterations += chunk
                if not self._by_count:
                    pace = _SECONDS_A_CHUNK / max(1e-4, self.run.elapsed - began)
                    chunk = max(1, int(chunk * min(2.0, max(0.2, pace))))

    def _run_all(self, pool: ThreadPoolExecutor, chunk: int, done: float) -> None:
        temperature = self._hot * (self._cold / self._hot) ** done if self._hot > 0 else 0.0
        tasks = [
            pool.submit(search, self.data, c.plan, c.best, c.scratch, chunk, temperature)
            for c in self.chains
        ]
        for task in tasks:
            task.result()

    def _meet(self, done: float) -> None:
        """Let the chains go on from the best plan when it is time."""
        if len(self.chains) < 2 or int(done * _MEETINGS) <= self._met:
            return
        self._met = int(done * _MEETINGS)
        best = _best(self.chains).best
        for chain in self.chains:
            if chain.best is not best:
                chain.go_on_from(best)

    def _report(self, iterations: int) -> None:
        best = _best(self.chains).best
        whole = not best.short.any()
        self.run.report(float(best.total[COST]) + self._rest if whole else None, None, iterations)

    def _end(self, iterations: int) -> Limit | None:
        if self._by_count:
            return Limit.ITERATIONS
        return None if iterations >= self._most else Limit.TIME

    def _done(self, iterations: int) -> float:
        """Return how much of the search is over, from 0 to 1."""
        share = iterations / max(1, self._most)
        if math.isfinite(self._limit):
            passed = self.run.elapsed - self._begin
            share = max(share, passed / self._limit if self._limit > 0 else 1.0)
        return float(share)


def _edge(data: Data) -> float:
    """Return the mean way between neighbours."""
    if data.near.shape[1] == 0:
        return float(data.far.mean()) if len(data.far) else 0.0
    close = np.take_along_axis(data.way[:-1, :-1], data.near[:, :5].astype(np.int64), axis=1)
    close = close[np.isfinite(close)]
    return float(close.mean()) if close.size else 0.0


# ---- kernels


@cache
def _compiled() -> None:
    problem = InventoryRoutingProblem.from_frames(
        {"id": ["a", "b"], "x": [1, 2], "y": 0, "initial_stock": 1, "max_stock": 4, "demand": 2},
        {"x": 0, "y": 0},
        {"num_available": 1, "capacity": 8},
        periods=2,
    )
    data = kernel_data(problem)
    plan, other = (as_record(new_plan(2, 2, 1, seed)) for seed in (0, 1))
    scratch = as_record(new_scratch(2, 2, 1, data.grid.shape[1]))
    construct(data, plan, scratch, np.arange(2))
    search(data, plan, other, scratch, 1, 0.0)
    best_quantities(problem, to_visits(2, plan), Run(Options()))


def load_kernels() -> float:
    """Compile the kernels, or load them from the cache; return the seconds that it took.

    Examples
    --------
    >>> load_kernels() < 3600
    True
    """
    began = time.perf_counter()
    _compiled()
    return time.perf_counter() - began
