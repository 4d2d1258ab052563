"""Picks an engine for a `FlowOverTimeProblem`, runs it, checks the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowopt.core.engines import solve_with
from flowopt.core.options import Run
from flowopt.flow.named.bipartite import flow_engines

if TYPE_CHECKING:
    from flowopt.flow.over_time.problem import FlowOverTimeProblem
    from flowopt.flow.over_time.solution import FlowOverTimeSolution

ENGINES = flow_engines("flowopt.flow.over_time.engines.flow", frozenset())
"""The engines for flow over time, the preferred first: those of `FlowProblem`."""


def solve(problem: FlowOverTimeProblem, run: Run) -> FlowOverTimeSolution:
    """Return the checked answer to a problem.

    Parameters
    ----------
    problem
        What to solve.
    run
        The live options.
    """
    return solve_with(ENGINES, problem, run)
