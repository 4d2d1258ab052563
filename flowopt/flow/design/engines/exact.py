"""The way to a proven design: model, start, branch and cut by a MIP solver."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import EngineError
from flowopt.core.options import Run
from flowopt.core.status import Status
from flowopt.flow.design import lazy
from flowopt.flow.design.engines.pipeline import Solver, answer, columns_of, holds, values_of
from flowopt.flow.design.engines.slope_scaling import ascended, first_design
from flowopt.flow.design.limits import last_leg
from flowopt.flow.design.model import DesignModel, build
from flowopt.flow.design.solution import DesignSolution
from flowopt.flow.design.uncapacitated import Ascent
from flowopt.solvers.highs import solve_linear
from flowopt.solvers.linear import LinearResult, with_values

if TYPE_CHECKING:
    from flowopt.flow.design.problem import DesignProblem

SMALL, LARGE = 5_000, 20_000
"""Columns above which a first design is kept for the end of the time, and given as a start."""

FloatArray = npt.NDArray[np.float64]


def solve_exactly(problem: DesignProblem, run: Run, engine: str, solver: Solver) -> DesignSolution:
    """Return the answer of a MIP solver.

    Parameters
    ----------
    problem
        What to design.
    run
        The live options.
    engine
        Name of the engine.
    solver
        The solver.
    """
    model = build(problem)
    found = ascended(problem, model, run)
    if found is not None:
        return answer(problem, model, _proven(model, found, run, solver), run, engine)
    if lazy.num_links(model) > lazy.MOST_AT_ONCE:
        model = lazy.linked_as_needed(problem, run)
    first = _first(problem, model, run)
    start = first if _takes_start(model, run) else None
    result = solver(model.linear, run, start=start)
    return answer(problem, model, _at_least(model, first, result), run, engine)


def _takes_start(model: DesignModel, run: Run) -> bool:
    """Return whether the solver is given a start: the caller's, or where its own takes long."""
    return run.options.initial is not None or len(model.linear.cost) > LARGE


def _first(problem: DesignProblem, model: DesignModel, run: Run) -> FloatArray | None:
    """Return the columns of a design that holds: the caller's, or that of slope scaling."""
    given = given_start(problem, model, run.options.initial)
    if given is not None and holds(problem, values_of(problem, model, given)):
        return given
    if len(model.linear.cost) <= SMALL:
        return None
    seconds = max(run.remaining() / 10, min(1.0, run.remaining() / 2))
    return first_design(problem, model, run.part(seconds), thorough=False)


def _at_least(model: DesignModel, first: FloatArray | None, result: LinearResult) -> LinearResult:
    """Return what a solver says, or the first design when it has none that is better."""
    if first is None or result.status is Status.OPTIMAL:
        return result
    cost = model.linear.objective(first)
    if result.status is Status.INFEASIBLE:
        raise EngineError(f"the solver finds no design, and there is one that costs {cost:.10g}")
    if result.objective is not None and result.objective <= cost:
        return result
    bound = None if result.bound is None else min(result.bound, cost)
    return replace(result, status=Status.FEASIBLE, values=first, objective=cost, bound=bound)


def _proven(model: DesignModel, found: Ascent, run: Run, solver: Solver) -> LinearResult:
    """Return the proof for what dual ascent found, by a search of what it leaves, if need be."""
    ours = with_values(model.linear, found.columns, found.bound, None)
    if ours.status is Status.OPTIMAL:
        return ours
    run.report(ours.objective, found.bound, 1)
    result = solver(replace(model.linear, upper=found.upper), run, start=found.columns)
    assert ours.objective is not None
    if result.status is Status.OPTIMAL and result.objective is not None:
        if result.objective <= ours.objective:
            return result
        return replace(ours, status=Status.OPTIMAL, limit=None, bound=ours.objective)
    bound = found.bound if result.bound is None else max(found.bound, result.bound)
    best = result if result.objective is not None and result.objective < ours.objective else ours
    assert best.objective is not None
    return replace(best, limit=result.limit or run.stopped(), bound=min(bound, best.objective))


def given_start(problem: DesignProblem, model: DesignModel, initial: Any) -> FloatArray | None:
    """Return the columns of a previous design, None when there is none.

    Parameters
    ----------
    problem
        What to design.
    model
        Its model.
    initial
        What the caller gave.
    """
    if isinstance(initial, DesignSolution) and initial.values is not None:
        return columns_of(problem, model, initial.values)
    return None


def solve_for(
    problem: DesignProblem, measure: str, run: Run, start: DesignSolution
) -> DesignSolution:
    """Return a design of the least measure, whatever it costs.

    Parameters
    ----------
    problem
        What to design.
    measure
        ``"distance"`` or ``"emissions"``.
    run
        The live options.
    start
        A design to start from.
    """
    model = build(problem)
    flow = model.columns["flow"]
    lane, goods, _ = flow.keys
    weighed = problem.emissions[lane] * problem.commodity_weight[goods]
    cost = np.zeros(len(model.linear.cost))
    cost[flow.places] = last_leg(problem)[lane] if measure == "distance" else weighed
    other = replace(model, linear=replace(model.linear, cost=cost, offset=0.0))
    begin = given_start(problem, model, start)
    result = solve_linear(other.linear, run, start=begin)
    return answer(problem, other, replace(result, bound=None), run, "highs", priced=False)
