"""What the engines of network design share: the model in, a checked design out."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import EngineError
from flowopt.core.options import Run
from flowopt.core.report import Report, same
from flowopt.core.status import Limit, Status
from flowopt.flow.design.check import check_values, design_costs
from flowopt.flow.design.model import DesignModel
from flowopt.flow.design.solution import DesignSolution, DesignValues
from flowopt.flow.design.states import CLOSED, FREE, GIVEN, OPEN
from flowopt.solvers.highs import solve_linear
from flowopt.solvers.linear import LinearModel, LinearResult

if TYPE_CHECKING:
    from flowopt.flow.design.problem import DesignProblem

FloatArray = npt.NDArray[np.float64]
_ROUNDING = 1e-9  # of the most that a flow can be: less is what a solver leaves behind


class Solver(Protocol):
    """A MIP solver of `flowopt.solvers`."""

    def __call__(self, model: LinearModel, run: Run, *, start: FloatArray | None) -> LinearResult:
        """Solve a model, from the values of its columns where there are any."""


def values_of(problem: DesignProblem, model: DesignModel, columns: FloatArray) -> DesignValues:
    """Return the design that values of the model's columns stand for.

    Parameters
    ----------
    problem
        The problem.
    model
        Its model.
    columns
        (n,) values of the columns, whole where they must be.
    """
    is_open = problem.site_states != CLOSED
    used = np.isin(problem.lane_states, (GIVEN, OPEN))
    is_open[model.columns["open"].keys[0]] = model.part(columns, "open") > 0.5
    lanes = model.columns["use"].keys[0]
    decided = problem.lane_states[lanes] == FREE
    chosen = model.part(columns, "use") > 0.5
    used[lanes[decided]] = chosen[decided]
    flow = np.zeros(problem.shape)
    block = model.columns["flow"]
    lane = block.keys[0]
    amounts = model.part(columns, "flow")
    most = model.linear.upper[block.places]
    taken = used.copy()
    taken[lanes] &= chosen
    live = (amounts > _ROUNDING * np.maximum(1.0, most)) & taken[lane]
    live &= is_open[problem.source[lane]] & is_open[problem.target[lane]]
    flow[block.keys] = np.where(live, amounts, 0.0)
    unmet = np.zeros(problem.demand.shape)
    unmet[model.columns["unmet"].keys] = np.maximum(model.part(columns, "unmet"), 0.0)
    modules = np.rint(model.part(columns, "module"))
    return DesignValues(flow, unmet, is_open, used, modules)


def columns_of(
    problem: DesignProblem, model: DesignModel, values: DesignValues
) -> FloatArray | None:
    """Return the values of the model's columns that stand for a design; None for another's.

    Parameters
    ----------
    problem
        The problem.
    model
        Its model.
    values
        The design.
    """
    from flowopt.flow.design.check import throughput

    fits = values.flow.shape == problem.shape and values.unmet.shape == problem.demand.shape
    if not fits or values.modules.shape != problem.module_on.shape:
        return None
    columns = np.zeros(len(model.linear.cost))
    running = values.flow.any(axis=(1, 2))
    choices = {
        "flow": values.flow,
        "unmet": values.unmet,
        "open": values.open,
        "use": running | (values.used & (problem.lane_states == FREE) & (problem.min_flow > 0)),
        "module": values.modules,
    }
    for name, array in choices.items():
        block = model.columns[name]
        columns[block.places] = array[block.keys]
    through = throughput(problem, values)
    _choose_steps(problem, model, through, columns)
    return columns


def _choose_steps(
    problem: DesignProblem, model: DesignModel, through: FloatArray, columns: FloatArray
) -> None:
    """Set the row of steps that each facility pays in each period."""
    from flowopt.flow.design.steps import step_ends

    ends = step_ends(problem)
    step, part = model.columns["step"], model.columns["part"]
    periods = through.shape[1]
    for facility in np.unique(problem.step_on):
        rows = np.flatnonzero(problem.step_on == facility)
        for period, flow in enumerate(through[facility].tolist()):
            fit = rows[(problem.step_from[rows] <= flow) & (flow <= ends[rows])]
            if flow <= 0 or not len(fit):
                continue
            costs = problem.step_fixed[fit] + problem.step_unit_cost[fit] * flow
            place = int(fit[int(costs.argmin())]) * periods + period
            columns[step.start + place], columns[part.start + place] = 1.0, flow


def cost_of(problem: DesignProblem, values: DesignValues) -> float:
    """Return the cost of a design."""
    return math.fsum(design_costs(problem, values).values())


def holds(problem: DesignProblem, values: DesignValues) -> bool:
    """Return whether a design meets every rule."""
    report = Report()
    check_values(problem, values, report)
    return report.ok


def polished(
    problem: DesignProblem, model: DesignModel, columns: FloatArray, run: Run
) -> DesignValues | None:
    """Return the best flows of what is open in a design; None when they cannot be found.

    Parameters
    ----------
    problem
        The problem.
    model
        Its model.
    columns
        (n,) values of the columns, of which the whole ones are kept.
    run
        The live options.
    """
    linear = model.linear
    assert linear.integer is not None
    fixed = np.rint(columns)
    lower = np.where(linear.integer, fixed, linear.lower)
    upper = np.where(linear.integer, fixed, linear.upper)
    result = solve_linear(replace(linear, lower=lower, upper=upper, integer=None), run)
    if result.values is None:
        return None
    return values_of(problem, model, np.where(linear.integer, fixed, result.values))


def answer(
    problem: DesignProblem,
    model: DesignModel,
    result: LinearResult,
    run: Run,
    engine: str,
    details: dict[str, Any] | None = None,
    *,
    priced: bool = True,
) -> DesignSolution:
    """Return the solution that the values of a solver stand for.

    Parameters
    ----------
    problem
        The problem.
    model
        Its model.
    result
        What the solver said.
    run
        The live options.
    engine
        Name of the engine.
    details
        What the engine wants on record.
    priced
        Whether the model's objective is the cost of the design.
    """
    details = {
        "columns": len(model.linear.cost),
        "rows": len(model.linear.row_lower),
        "nodes": result.iterations,
    } | (details or {})
    if result.values is None:
        return without(problem, result, run, engine, details)
    values = values_of(problem, model, result.values)
    if not holds(problem, values):
        values = polished(problem, model, result.values, run) or values
    cost = cost_of(problem, values)
    if result.bound is not None and cost < result.bound and not same(cost, result.bound):
        raise EngineError(
            f"{engine} proves {result.bound:.10g} for a design that costs {cost:.10g}"
        )
    if result.objective is not None and priced and not same(cost, result.objective):
        raise EngineError(f"{engine} states {result.objective:.10g}, the design costs {cost:.10g}")
    optimal = result.status is Status.OPTIMAL
    bound = cost if optimal else result.bound
    if bound is not None:
        bound = min(bound, cost)
    run.report(cost, bound, result.iterations)
    limit = None if optimal else result.limit
    outcome = run.outcome(result.status, engine, cost=cost, bound=bound, limit=limit, **details)
    return DesignSolution(problem=problem, outcome=outcome, values=values)


def without(
    problem: DesignProblem, result: LinearResult, run: Run, engine: str, details: dict[str, Any]
) -> DesignSolution:
    """Return that there is no design, with what would help when that is proven."""
    status, limit = result.status, result.limit
    if status is Status.UNBOUNDED:
        status = Status.NO_SOLUTION_FOUND
    explanation = None
    if status is Status.INFEASIBLE:
        from flowopt.flow.design.elastic import explain

        explanation = explain(problem, run)
    elif limit is None:
        limit = run.stopped() or Limit.TIME
    run.report(None, result.bound, result.iterations)
    outcome = run.outcome(status, engine, limit=limit, bound=result.bound, **details)
    return DesignSolution(problem=problem, outcome=outcome, explanation=explanation)
