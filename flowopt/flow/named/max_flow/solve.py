"""Picks an engine for a `MaxFlowProblem`, runs it, checks the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowopt.core.engines import Engine, solve_with
from flowopt.core.options import Run

if TYPE_CHECKING:
    from flowopt.flow.named.max_flow.problem import MaxFlowProblem
    from flowopt.flow.named.max_flow.solution import MaxFlowSolution

_FEATURES = frozenset({"undirected", "site_capacities"})
_HOME = "flowopt.flow.named.max_flow.engines"

ENGINES = (
    Engine("ortools", f"{_HOME}.ortools", _FEATURES),
    Engine("highs", f"{_HOME}.highs", _FEATURES),
)
"""The engines for maximum flow, the preferred first."""


def solve(problem: MaxFlowProblem, run: Run) -> MaxFlowSolution:
    """Return the checked answer to a problem.

    Parameters
    ----------
    problem
        What to solve.
    run
        The live options.
    """
    return solve_with(ENGINES, problem, run)
