"""Picks an engine for an `AssignmentProblem`, runs it, checks the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowopt.core.engines import Engine, solve_with
from flowopt.core.options import Run
from flowopt.flow.named.bipartite import flow_engines

if TYPE_CHECKING:
    from flowopt.flow.named.assignment.problem import AssignmentProblem
    from flowopt.flow.named.assignment.solution import AssignmentSolution

_HOME = "flowopt.flow.named.assignment.engines"

ENGINES = (
    Engine("augmenting", f"{_HOME}.augmenting", frozenset()),
    *flow_engines(f"{_HOME}.flow", frozenset({"large_sparse"})),
)
"""The engines for assignment, the preferred first; then those of `FlowProblem`."""


def solve(problem: AssignmentProblem, run: Run) -> AssignmentSolution:
    """Return the checked answer to a problem.

    Parameters
    ----------
    problem
        What to solve.
    run
        The live options.
    """
    return solve_with(ENGINES, problem, run)
