"""Models in whole numbers by OR-Tools CP-SAT, stopped on time.

CP-SAT runs in a thread of its own and lets go of Python's lock, so that the time limit, Ctrl-C and
a cancel token are heeded while it searches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import EngineError
from flowopt.core.options import Run
from flowopt.core.status import Limit, Status
from flowopt.solvers.background import Background

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel

IntArray = npt.NDArray[np.int64]

_SECONDS_BETWEEN_LOOKS = 0.02


@dataclass(frozen=True, slots=True)
class CpResult:
    """What CP-SAT says of a model to minimise.

    Parameters
    ----------
    status
        OPTIMAL and INFEASIBLE are proven.
    limit
        What stopped the search, None when it ended by itself.
    values
        (n,) values of the variables in the order in which they were made; None when there are none.
    objective, bound
        Cost of the values, and what no values can beat; None when unknown.
    """

    status: Status
    limit: Limit | None = None
    values: IntArray | None = None
    objective: float | None = None
    bound: float | None = None


def solve(model: CpModel, run: Run, *, work: float | None = None) -> CpResult:
    """Solve a model that minimises.

    Parameters
    ----------
    model
        What to solve.
    run
        Clock, seed, workers, cancel and progress of the search.
    work
        Most that it may do, in CP-SAT's deterministic seconds; the same work with the same seed and
        workers gives the same answer. None for no limit.

    Raises
    ------
    EngineError
        When CP-SAT refuses the model.

    Examples
    --------
    >>> from ortools.sat.python.cp_model import CpModel
    >>> from flowopt.core.options import Options
    >>> model = CpModel()
    >>> x, y = (model.new_int_var(0, 9, name) for name in "xy")
    >>> model.add(2 * x + 3 * y >= 11)
    <...>
    >>> model.minimize(3 * x + 4 * y)
    >>> result = solve(model, Run(Options(workers=1)))
    >>> result.status, result.objective, result.values.tolist()
    (<Status.OPTIMAL: 'OPTIMAL'>, 15.0, [1, 3])
    """
    limit = run.stopped()
    if limit is not None:
        return CpResult(Status.NO_SOLUTION_FOUND, limit)
    fault = model.validate()
    if fault:
        raise EngineError(f"CP-SAT refuses the model: {fault}")
    solver = _solver(run, work)
    ended = _run_to_end(solver, model, run)
    by_itself = Limit.TIME if work is None else Limit.ITERATIONS
    return _result(solver, model, ended, run.stopped() or by_itself)


def _solver(run: Run, work: float | None) -> Any:
    with run.off_the_clock():
        from ortools.sat.python.cp_model import CpSolver

    solver: Any = CpSolver()
    solver.parameters.random_seed = run.seed % 2**31
    solver.parameters.num_workers = run.workers
    solver.parameters.catch_sigint_signal = False  # which is the run's to handle
    if run.time_limit is not None:
        solver.parameters.max_time_in_seconds = run.remaining()
    if work is not None:
        solver.parameters.max_deterministic_time = work
        solver.parameters.interleave_search = run.workers > 1
    return solver


def _run_to_end(solver: Any, model: CpModel, run: Run) -> Any:
    """Run CP-SAT in a thread; return the status with which it ended."""
    search = Background("CP-SAT", lambda: solver.solve(model), solver.stop_search)
    while not search.done(within=_SECONDS_BETWEEN_LOOKS):
        if run.stopped():
            solver.stop_search()
        run.report()
    return search.result()


def _result(solver: Any, model: CpModel, ended: Any, limit: Limit) -> CpResult:
    from ortools.sat.python import cp_model

    if ended == cp_model.INFEASIBLE:
        return CpResult(Status.INFEASIBLE)
    bound = float(solver.best_objective_bound) if model.has_objective() else None
    if ended not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return CpResult(Status.NO_SOLUTION_FOUND, limit, bound=bound)
    values = np.array(list(solver.response_proto.solution), dtype=np.int64)
    objective = float(solver.objective_value)
    if ended == cp_model.OPTIMAL:
        return CpResult(Status.OPTIMAL, None, values, objective, objective)
    return CpResult(Status.FEASIBLE, limit, values, objective, bound)
