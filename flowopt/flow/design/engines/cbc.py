"""Network design by CBC."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.core.options import Run
from flowopt.flow.design.engines.exact import solve_exactly
from flowopt.solvers import cbc
from flowopt.solvers.linear import LinearModel, LinearResult

if TYPE_CHECKING:
    from flowopt.flow.design.problem import DesignProblem
    from flowopt.flow.design.solution import DesignSolution

NAME = "cbc"


def solve(problem: DesignProblem, run: Run) -> DesignSolution:
    """Solve a problem; see `flowopt.flow.design.engines.exact.solve_exactly`.

    Parameters
    ----------
    problem
        What to design.
    run
        The live options.
    """
    return solve_exactly(problem, run, NAME, _solve_linear)


def _solve_linear(
    model: LinearModel, run: Run, *, start: npt.NDArray[np.float64] | None
) -> LinearResult:
    """Solve by CBC, which is given no start."""
    return cbc.solve_linear(model, run)
