"""Picks an engine for a `ShortestPathProblem`, runs it, checks the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowopt.core.engines import Engine, solve_with
from flowopt.core.options import Run

if TYPE_CHECKING:
    from flowopt.flow.named.shortest_path.problem import ShortestPathProblem
    from flowopt.flow.named.shortest_path.solution import ShortestPathSolution

_HOME = "flowopt.flow.named.shortest_path.engines"
_FEATURES = frozenset({"negative_costs"})

ENGINES = (
    Engine("dijkstra", f"{_HOME}.dijkstra", _FEATURES),
    Engine("scipy", f"{_HOME}.with_scipy", _FEATURES),
)
"""The engines for shortest paths, the preferred first."""


def solve(problem: ShortestPathProblem, run: Run) -> ShortestPathSolution:
    """Return the checked answer to a problem.

    Parameters
    ----------
    problem
        What to solve.
    run
        The live options.
    """
    return solve_with(ENGINES, problem, run)
