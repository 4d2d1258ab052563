"""Picks an engine for a `TransportationProblem`, runs it, checks the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowopt.core.engines import solve_with
from flowopt.core.options import Run
from flowopt.flow.named.bipartite import flow_engines

if TYPE_CHECKING:
    from flowopt.flow.named.transportation.problem import TransportationProblem
    from flowopt.flow.named.transportation.solution import TransportationSolution

ENGINES = flow_engines("flowopt.flow.named.transportation.engines.flow", frozenset())
"""The engines for transportation, the preferred first: those of `FlowProblem`."""


def solve(problem: TransportationProblem, run: Run) -> TransportationSolution:
    """Return the checked answer to a problem.

    Parameters
    ----------
    problem
        What to solve.
    run
        The live options.
    """
    return solve_with(ENGINES, problem, run)
