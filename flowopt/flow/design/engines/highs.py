"""Network design by HiGHS: a heuristic's start, then branch and cut to the proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowopt.core.options import Run
from flowopt.flow.design.engines.exact import solve_exactly
from flowopt.solvers.highs import solve_linear

if TYPE_CHECKING:
    from flowopt.flow.design.problem import DesignProblem
    from flowopt.flow.design.solution import DesignSolution

NAME = "highs"


def solve(problem: DesignProblem, run: Run) -> DesignSolution:
    """Solve a problem; see `flowopt.flow.design.engines.exact.solve_exactly`.

    Parameters
    ----------
    problem
        What to design.
    run
        The live options.
    """
    return solve_exactly(problem, run, NAME, solve_linear)
