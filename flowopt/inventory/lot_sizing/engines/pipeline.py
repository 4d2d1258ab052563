"""What the engines of lot sizing share: the arrays of the model in, a checked plan out."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import EngineError
from flowopt.core.options import Run
from flowopt.core.report import Report, same
from flowopt.core.status import Limit, Status
from flowopt.inventory.lot_sizing.check import check_values, lot_costs
from flowopt.inventory.lot_sizing.model import LotModel, build, num_shares
from flowopt.inventory.lot_sizing.solution import LotSizingSolution, LotValues
from flowopt.solvers.highs import solve_linear
from flowopt.solvers.linear import LinearModel, LinearResult
from flowopt.solvers.milp import WritingStopped, to_arrays

if TYPE_CHECKING:
    from flowopt.inventory.lot_sizing.problem import LotSizingProblem

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]

_SECONDS_PER_SHARE = 3e-5  # to write the strong model
_WRITING = 0.2  # of the time, at most
_MOST_SHARES = 500_000  # more would not leave memory to solve it


@dataclass(frozen=True, eq=False)
class Task:
    """A problem, its model and the arrays of that.

    Parameters
    ----------
    problem
        The problem.
    model
        Its model.
    linear
        The arrays of the model.
    places
        Identity of a variable → its column.
    setups
        (S, 3) column, item and period of each set-up.
    """

    problem: LotSizingProblem
    model: LotModel
    linear: LinearModel
    places: dict[int, int]
    setups: IndexArray

    def values(self, columns: FloatArray) -> LotValues:
        """Return the plan that values of the columns stand for."""
        listed = columns.tolist()
        named = {variable: listed[place] for variable, place in self.places.items()}
        return self.model.values(self.problem, named)


def fits_strongly(problem: LotSizingProblem, run: Run) -> bool:
    """Return whether the strong model is small enough to be written in a part of the time.

    Parameters
    ----------
    problem
        The problem.
    run
        The live options.
    """
    columns = num_shares(problem)
    in_time = _SECONDS_PER_SHARE * columns <= _WRITING * run.remaining()
    return in_time and columns <= _MOST_SHARES


def task_of(problem: LotSizingProblem, run: Run, *, strong: bool = True) -> Task | None:
    """Return the model of a problem, ready to be solved; None when the run ends before.

    Parameters
    ----------
    problem
        The problem.
    run
        The live options.
    strong
        See `build`.
    """
    try:
        model = build(problem, strong=strong, run=run)
        variables, linear = to_arrays(model.model, run)
    except WritingStopped:
        return None
    places = {id(variable): place for place, variable in enumerate(variables)}
    rows = [(places[id(variable)], *key) for key, variable in model.setup.items()]
    setups = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return Task(problem, model, linear, places, setups)


def completed(task: Task, columns: FloatArray, run: Run) -> LinearResult:
    """Return the best plan with the whole columns as they are.

    Parameters
    ----------
    task
        What to solve.
    columns
        (n,) values, of which the whole ones are kept.
    run
        The live options.
    """
    linear = task.linear
    assert linear.integer is not None
    lower = np.where(linear.integer, np.rint(columns), linear.lower)
    upper = np.where(linear.integer, np.rint(columns), linear.upper)
    return solve_linear(replace(linear, lower=lower, upper=upper, integer=None), run)


def given_start(task: Task, initial: Any, run: Run) -> FloatArray | None:
    """Return the columns of a previous plan with the same set-ups; None when there is none.

    Parameters
    ----------
    task
        What to solve.
    initial
        What the caller gave.
    run
        The live options.
    """
    if not isinstance(initial, LotSizingSolution) or initial.values is None:
        return None
    quantity = initial.values.quantity
    return start_from(task, quantity, run) if quantity.shape == task.problem.shape else None


def start_from(task: Task, quantity: FloatArray, run: Run) -> FloatArray | None:
    """Return the columns of the best plan with the set-ups of given lots; None when none holds.

    Parameters
    ----------
    task
        What to solve.
    quantity
        (N, T) the lots.
    run
        The live options.
    """
    columns = np.zeros(len(task.linear.cost))
    column, item, period = task.setups.T
    columns[column] = quantity[item, period] > 0
    for key, packs in task.model.packs.items():
        columns[task.places[id(packs)]] = np.rint(quantity[key] / task.problem.pack_size[key[0]])
    return completed(task, columns, run).values


def holds(problem: LotSizingProblem, values: LotValues) -> bool:
    """Return whether a plan meets every rule."""
    report = Report()
    check_values(problem, values, report)
    return report.ok


def answer(
    task: Task, result: LinearResult, run: Run, engine: str, **details: Any
) -> LotSizingSolution:
    """Return the solution that the values of a solver stand for.

    Parameters
    ----------
    task
        What was solved.
    result
        What the solver said.
    run
        The live options.
    engine
        Name of the engine.
    details
        What the engine wants on record.
    """
    problem = task.problem
    details = {
        "columns": len(task.linear.cost),
        "rows": len(task.linear.row_lower),
        "nodes": result.iterations,
    } | details
    if result.values is None:
        return _without(problem, result, run, engine, details)
    values = task.values(result.values)
    if not holds(problem, values):
        again = completed(task, result.values, run.part(math.inf)).values
        values = values if again is None else task.values(again)
    cost = math.fsum(lot_costs(problem, values).values())
    bound = result.bound
    if bound is not None and cost < bound and not same(cost, bound):
        raise EngineError(f"{engine} proves {bound:.10g} for a plan that costs {cost:.10g}")
    optimal = result.status is Status.OPTIMAL
    bound = cost if optimal else bound
    bound = None if bound is None else min(bound, cost)
    run.report(cost, bound, result.iterations)
    limit = None if optimal else result.limit
    outcome = run.outcome(result.status, engine, cost=cost, bound=bound, limit=limit, **details)
    return LotSizingSolution(problem=problem, outcome=outcome, values=values)


def unwritten(
    problem: LotSizingProblem, run: Run, engine: str, bound: float | None = None
) -> LotSizingSolution:
    """Return that the run ended before a model was written.

    Parameters
    ----------
    problem
        What was to be solved.
    run
        The live options.
    engine
        Name of the engine.
    bound
        What no plan can cost less than; None when unknown.
    """
    limit = run.stopped() or Limit.TIME
    result = LinearResult(Status.NO_SOLUTION_FOUND, limit, bound=bound)
    return _without(problem, result, run, engine, {})


def _without(
    problem: LotSizingProblem, result: LinearResult, run: Run, engine: str, details: dict[str, Any]
) -> LotSizingSolution:
    """Return that there is no plan, with what would help when that is proven."""
    status, limit, explanation = result.status, result.limit, None
    if status is Status.INFEASIBLE:
        from flowopt.inventory.lot_sizing.engines.elastic import explain

        explanation = explain(problem, run)
    elif limit is None:
        limit = run.stopped() or Limit.TIME
    run.report(None, result.bound, result.iterations)
    outcome = run.outcome(status, engine, limit=limit, bound=result.bound, **details)
    return LotSizingSolution(problem=problem, outcome=outcome, explanation=explanation)
