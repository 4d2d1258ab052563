"""Picks an engine for a `DesignProblem`, runs it, checks the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowopt.core.engines import Engine, solve_with
from flowopt.core.options import Run

if TYPE_CHECKING:
    from flowopt.flow.design.problem import DesignProblem
    from flowopt.flow.design.solution import DesignSolution

_FEATURES = frozenset({"network_design"})

ENGINES = (
    Engine("highs", "flowopt.flow.design.engines.highs", _FEATURES),
    Engine("cbc", "flowopt.flow.design.engines.cbc", _FEATURES),
    Engine("slope_scaling", "flowopt.flow.design.engines.slope_scaling", _FEATURES),
)
"""The engines of network design, the preferred first."""


def solve(problem: DesignProblem, run: Run) -> DesignSolution:
    """Return the checked answer to a problem.

    Parameters
    ----------
    problem
        What to solve.
    run
        The live options.
    """
    return solve_with(ENGINES, problem, run)
