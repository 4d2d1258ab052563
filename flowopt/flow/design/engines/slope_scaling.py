"""Network design by slope scaling: a good design in seconds, bounded by the relaxation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.core.options import Run
from flowopt.core.status import Limit, Status
from flowopt.flow.design import uncapacitated
from flowopt.flow.design.engines.pipeline import answer, columns_of
from flowopt.flow.design.model import DesignModel, build
from flowopt.flow.design.slopes import SlopeScaling
from flowopt.flow.design.uncapacitated import Ascent
from flowopt.solvers.highs import solve_linear
from flowopt.solvers.linear import LinearResult, with_values

if TYPE_CHECKING:
    from flowopt.flow.design.problem import DesignProblem
    from flowopt.flow.design.solution import DesignSolution

NAME = "slope_scaling"
FloatArray = npt.NDArray[np.float64]
_GAP = 0.01  # at which the search among what was used ends
_SECONDS = 10.0  # which it may take when the caller sets no limit


def solve(problem: DesignProblem, run: Run) -> DesignSolution:
    """Return a good design, and what it is at most above the best.

    Parameters
    ----------
    problem
        What to design.
    run
        The live options.
    """
    model = build(problem)
    located = ascended(problem, model, run)
    if located is not None:
        result = with_values(model.linear, located.columns, located.bound, None)
        limit = None if result.status is Status.OPTIMAL else run.stopped()
        return answer(problem, model, replace(result, limit=limit), run, NAME)
    found = first_design(problem, model, run)
    relaxed = solve_linear(replace(model.linear, integer=None), run.part(run.remaining()))
    result = _result(model, found, relaxed, run)
    return answer(problem, model, result, run, NAME)


def ascended(problem: DesignProblem, model: DesignModel, run: Run) -> Ascent | None:
    """Return what dual ascent finds for uncapacitated location; None for all else, and small ones.

    Parameters
    ----------
    problem
        What to design.
    model
        Its model.
    run
        The live options.
    """
    if model.columns["flow"].size < uncapacitated.SMALLEST or run.stopped():
        return None
    location = uncapacitated.location_of(problem, model)
    return None if location is None else uncapacitated.ascend(problem, model, location, run)


def first_design(
    problem: DesignProblem, model: DesignModel, run: Run, *, thorough: bool = True
) -> FloatArray | None:
    """Return the columns of a good design, None when none is found.

    Parameters
    ----------
    problem
        What to design.
    model
        Its model.
    run
        The live options.
    thorough
        Whether a MIP is solved among what was used when no round gives a design that holds.
    """
    if not len(model.linear.cost) or run.stopped():
        return None
    search = SlopeScaling(problem, model, run)
    best = search.search()
    if best is not None:
        return columns_of(problem, model, best)
    return _among_used(model, search, run) if thorough else None


def _among_used(model: DesignModel, search: SlopeScaling, run: Run) -> FloatArray | None:
    """Return a design that uses only what some round of slope scaling did.

    Rules that rounds know nothing of (single sourcing, least flows, budgets) are met by a search.
    """
    linear = model.linear
    upper = linear.upper.copy()
    flow = model.columns["flow"]
    used = search.seen[: flow.size]
    if not used.any():
        return None
    lanes = np.unique(flow.keys[0][used])
    upper[flow.places] *= np.isin(flow.keys[0], lanes)
    part = run.part(min(_SECONDS, run.remaining() / 2))
    for bound in (upper, linear.upper):
        result = solve_linear(replace(linear, upper=bound), part, gap=_GAP)
        if result.values is not None or run.stopped():
            return result.values
    return None


def _result(
    model: DesignModel, found: FloatArray | None, relaxed: LinearResult, run: Run
) -> LinearResult:
    """Return what is known: the design, and the relaxation's cost as a bound."""
    bound = relaxed.objective if relaxed.status is Status.OPTIMAL else None
    limit = run.stopped()
    if found is None:
        return LinearResult(Status.NO_SOLUTION_FOUND, limit or Limit.ITERATIONS, bound=bound)
    objective = model.linear.objective(found)
    proven = bound is not None and objective - bound <= 1e-9 * max(1.0, abs(objective))
    status = Status.OPTIMAL if proven else Status.FEASIBLE
    return LinearResult(status, None if proven else limit, found, objective, bound)
