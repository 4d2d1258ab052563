"""Rebalancing by HiGHS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowopt.core.options import Run
from flowopt.planning.rebalancing.engines.model import solve_model
from flowopt.solvers.highs import solve_linear

if TYPE_CHECKING:
    from flowopt.planning.rebalancing.problem import RebalancingProblem
    from flowopt.planning.rebalancing.solution import RebalancingSolution

NAME = "highs"


def solve(problem: RebalancingProblem, run: Run) -> RebalancingSolution:
    """Solve a problem; see `flowopt.planning.rebalancing.engines.model.solve_model`.

    Parameters
    ----------
    problem
        Stock and lanes.
    run
        The live options.
    """
    return solve_model(
        problem, run, NAME, lambda model, start: solve_linear(model.linear, run, start=start)
    )
