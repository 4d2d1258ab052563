"""Guided local search by OR-Tools, stopped on time, cancelled on demand, with its progress told."""

from __future__ import annotations

import logging
import math
import time
from typing import Any

from ortools.constraint_solver import routing_enums_pb2

from flowopt.core.options import Run
from flowopt.core.status import Limit
from flowopt.routing.engines.construction import Plan
from flowopt.routing.engines.ortools_model import Model, pywrapcp

_SECONDS_BETWEEN_LOOKS = 0.005
_NO_LIMIT = 10**6  # seconds: OR-Tools warns of a search without any limit

_OFF, _ON = 2, 3  # BOOL_FALSE and BOOL_TRUE of OptionalBoolean
_SLOW_OPERATORS = (
    "use_global_cheapest_insertion_path_lns",
    "use_local_cheapest_insertion_path_lns",
    "use_relocate_path_global_cheapest_insertion_insert_unperformed",
)
"""They rebuild whole routes: a second may pass between two looks at the clock, for little gain."""

_SMALL_OPERATORS = ("use_inactive_lns", "use_path_lns")
"""They solve parts of a plan anew: of few clients that is quick. Where a vehicle outweighs all that
its clients cost, no small step leads to one less."""

_FEW_CLIENTS = 30

_log = logging.getLogger(__name__)


class Search:
    """Guided local search on a model, stopped by the caller's limits.

    OR-Tools calls back from inside its search: no exception may leave these methods.

    Parameters
    ----------
    model
        The model.
    run
        The live options.
    deadline
        When to end, on the clock of `time.perf_counter`.
    """

    def __init__(self, model: Model, run: Run, deadline: float) -> None:
        self.model, self.run, self.deadline = model, run, deadline
        self.iterations = 0
        self.limit: Limit | None = None
        self._next_look = 0.0
        self._best, self._best_cost = math.inf, math.inf
        self._most = run.options.iteration_limit or math.inf

    def run_from(self, start: Plan) -> Plan:
        """Return the best plan found; the start itself when there is none."""
        routing = self.model.routing
        parameters = self._parameters()
        routing.AddSearchMonitor(routing.solver().CustomLimit(self._stopped))
        routing.AddAtSolutionCallback(self._at_solution)
        routing.CloseModelWithParameters(parameters)
        routes = self.model.routes(start)
        first = routing.ReadAssignmentFromRoutes(routes, True) if start else None
        if first is None:  # nobody could be served alone, or rounding made the start infeasible
            _log.info("no starting plan that holds in integers: searching without one")
            answer = routing.SolveWithParameters(parameters)
        else:
            answer = routing.SolveFromAssignmentWithParameters(first, parameters)
        if answer is None:
            return start
        return self.model.plan(lambda index: answer.Value(routing.NextVar(index)))

    def _parameters(self) -> Any:
        parameters = pywrapcp.DefaultRoutingSearchParameters()
        parameters.local_search_metaheuristic = (
            routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
        )
        for operator in _SLOW_OPERATORS:
            setattr(parameters.local_search_operators, operator, _OFF)
        if self.model.prices.vehicle and len(self.model.clients) <= _FEW_CLIENTS:
            for operator in _SMALL_OPERATORS:
                setattr(parameters.local_search_operators, operator, _ON)
        left = self.deadline - time.perf_counter()
        parameters.time_limit.seconds = int(min(max(left, 0.0) + 1.0, _NO_LIMIT))
        return parameters

    def _stopped(self) -> bool:
        """Return whether to end; called at every step of the search."""
        self.iterations += 1
        if self.iterations >= self._most:
            self.limit = Limit.ITERATIONS
            return True
        now = time.perf_counter()
        if now < self._next_look:
            return False
        self._next_look = now + _SECONDS_BETWEEN_LOOKS
        cost = self._best_cost if math.isfinite(self._best_cost) else None
        self.run.report(cost=cost, iterations=self.iterations)
        self.limit = Limit.CANCELLED if self.run.cancelled else None
        if self.limit is None and now >= self.deadline:
            self.limit = Limit.TIME
        return self.limit is not None

    def _at_solution(self) -> None:
        cost = self.model.routing.CostVar().Max()
        if cost < self._best:
            self._best = cost
            self._best_cost = self.model.cost_of(cost)
