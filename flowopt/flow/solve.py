"""Picks an engine for a `FlowProblem`, runs it, checks the answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flowopt.core.engines import Engine, solve_with
from flowopt.core.options import Run
from flowopt.flow.scaling import InexactError

if TYPE_CHECKING:
    from flowopt.flow.problem import FlowProblem
    from flowopt.flow.solution import FlowSolution

_FEATURES = frozenset(
    {
        "lower_bounds",
        "site_capacities",
        "handling_costs",
        "unmet_demand",
        "unused_supply",
        "negative_costs",
        "undirected_lanes",
    }
)

ENGINES = (
    Engine("network_simplex", "flowopt.flow.engines.network_simplex", _FEATURES),
    Engine("ortools", "flowopt.flow.engines.ortools", _FEATURES),
    Engine("highs", "flowopt.flow.engines.highs", _FEATURES),
)
"""The engines of the room, the preferred first."""


def solve(problem: FlowProblem, run: Run) -> FlowSolution:
    """Return the checked answer to a problem.

    When the engine is ours to choose, and quantities are too far apart for whole numbers, the
    linear program in floats answers; the details of the outcome say so.

    Parameters
    ----------
    problem
        What to solve.
    run
        The live options.
    """
    try:
        return solve_with(ENGINES, problem, run)
    except InexactError as error:
        if run.options.engine != "auto":
            raise
        solution = solve_with(ENGINES[-1:], problem, run)
        details = solution.outcome.details | {"chosen_because": str(error)}
        return replace(solution, outcome=replace(solution.outcome, details=details))
