"""OR-Tools routing, behind guards: guided local search from the plan of the constructive engine.

Everything it is given is validated and scaled to integers before, since it crashes or stays silent
on what it does not like; its answer is recomputed in floats, and the starting plan is returned
where that is better.
"""

from __future__ import annotations

import math
import sys
import time

import numpy as np

from flowopt.core.errors import UnsupportedFeatureError
from flowopt.core.options import Run
from flowopt.core.status import Limit
from flowopt.routing.engines.construction import (
    Plan,
    candidates,
    finished,
    insert_left_over,
    kept,
    start_plan,
)
from flowopt.routing.engines.integers import waits
from flowopt.routing.parts import Ints
from flowopt.routing.problem import RoutingProblem
from flowopt.routing.ranking import rank
from flowopt.routing.solution import RoutingSolution

DEFAULT_TIME_LIMIT = 10.0
"""Seconds of a search for which the caller sets neither a time limit nor an iteration limit."""

_SECONDS_PER_CELL = 1e-7  # of a matrix that is handed over, on a slow machine
_SECONDS_TO_LOAD = 0.2  # OR-Tools itself, on a slow machine


def solve(problem: RoutingProblem, run: Run) -> RoutingSolution:
    """Search from the plan of the constructive engine until a limit, and return the best plan."""
    left = run.remaining(math.inf if run.options.iteration_limit else DEFAULT_TIME_LIMIT)
    deadline = time.perf_counter() + left
    clients = candidates(problem)
    _refuse(problem, clients)
    start = start_plan(problem, run)
    if len(clients) < 2:
        reason = "not needed: at most one client can be served"
        return finished(problem, start, run, "ortools", run.stopped(), search=reason)
    late = time.perf_counter() + _seconds_to_begin(problem, clients) > deadline
    if late or run.stopped() is not None:
        limit = run.stopped() or Limit.TIME
        return finished(problem, start, run, "ortools", limit, search="no time for it")
    return _searched(problem, run, deadline, start, clients)


def _refuse(problem: RoutingProblem, clients: Ints) -> None:
    """Raise `UnsupportedFeatureError` for rules that the model cannot state exactly together."""
    types = problem.vehicle_types
    timed = waits(problem, clients)
    length = np.isfinite(types.max_duration) | (types.unit_duration_cost > 0)
    both = np.isfinite(types.max_duration) & np.isfinite(types.tw_late)
    late = (types.max_overtime > 0) & (types.unit_overtime_cost > 0)
    credit = bool((types.fixed_cost < 0).any())
    faults = {
        "several_windows with limits or costs of duration": "several_windows" in problem.features
        and length.any(),
        "longest_duration_cost with times of the day": problem.longest_duration_cost > 0 and timed,
        "overtime beyond both a shift and a max_duration": timed and (both & late).any(),
        "vehicles_first with vehicles under way": problem.vehicles_first and credit,
    }
    found = [name for name, there in faults.items() if there]
    if found:
        raise UnsupportedFeatureError(f"ortools cannot take: {'; '.join(found)}")


def _seconds_to_begin(problem: RoutingProblem, clients: Ints) -> float:
    """Return a careful guess of the time until the search can begin."""
    loaded = "ortools.constraint_solver.pywrapcp" in sys.modules
    cells = (len(clients) + problem.num_depots) ** 2 * (2 + problem.num_vehicle_types)
    return (0.0 if loaded else _SECONDS_TO_LOAD) + cells * _SECONDS_PER_CELL


def _searched(
    problem: RoutingProblem, run: Run, deadline: float, start: Plan, clients: Ints
) -> RoutingSolution:
    """Return the better of the starting plan and what the search finds."""
    from flowopt.routing.engines.ortools_limits import add_limits
    from flowopt.routing.engines.ortools_model import Model, Stopped
    from flowopt.routing.engines.ortools_search import Search

    start_rank = rank(problem, start)
    run.report(cost=start_rank.cost)

    def stop() -> bool:
        return run.cancelled or time.perf_counter() > deadline

    try:
        model = Model(problem, clients, start, run.seed, stop)
        add_limits(model)
    except Stopped:
        limit = run.stopped() or Limit.TIME
        return finished(problem, start, run, "ortools", limit, search="no time for it")
    search = Search(model, run, deadline)
    found = insert_left_over(problem, kept(problem, search.run_from(start)), clients, stop)
    plan = found if rank(problem, found) < start_rank else start
    details = {"iterations": search.iterations, "start_cost": start_rank.cost}
    return finished(problem, plan, run, "ortools", search.limit, **details, **model.details)
