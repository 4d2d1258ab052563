"""Picks an engine for a `FlowProblem`, runs it, checks the answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

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


_MANY_LANES = 500_000
_SCARCE = 10.0  # what must pass, in capacities of the middle lane


def order_for(problem: FlowProblem) -> tuple[tuple[Engine, ...], str]:
    """Return the engines in the order in which they suit a problem, and why if it is not the usual.

    The network simplex is the quickest on all networks but one kind: very many lanes that are
    scarce, from one site to one other, where its pivots grow faster than the work of cost scaling.

    Parameters
    ----------
    problem
        Sites and lanes.
    """
    if problem.num_lanes < _MANY_LANES:
        return ENGINES, ""
    givers, takers = int((problem.supply > 0).sum()), int((problem.demand > 0).sum())
    if (givers, takers) != (1, 1) or problem.demand.max() < _SCARCE * np.median(problem.capacity):
        return ENGINES, ""
    first, second, *others = ENGINES
    return (second, first, *others), "cost scaling suits many scarce lanes between two sites"


def solve(problem: FlowProblem, run: Run) -> FlowSolution:
    """Return the checked answer to a problem.

    When the engine is ours to choose, size and shape decide; and when quantities are too far apart
    for whole numbers, the linear program in floats answers. The details of the outcome say so.

    Parameters
    ----------
    problem
        What to solve.
    run
        The live options.
    """
    if run.options.engine != "auto":
        return solve_with(ENGINES, problem, run)
    engines, reason = order_for(problem)
    try:
        solution = solve_with(engines, problem, run)
    except InexactError as error:
        solution, reason = solve_with(ENGINES[-1:], problem, run), str(error)
    if not reason:
        return solution
    details = solution.outcome.details | {"chosen_because": reason}
    return replace(solution, outcome=replace(solution.outcome, details=details))
