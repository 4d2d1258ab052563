"""Lot sizing by HiGHS: branch and cut to the proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowopt.core.options import Run
from flowopt.inventory.lot_sizing.engines.pipeline import answer, given_start, task_of
from flowopt.solvers.highs import solve_linear

if TYPE_CHECKING:
    from flowopt.inventory.lot_sizing.problem import LotSizingProblem
    from flowopt.inventory.lot_sizing.solution import LotSizingSolution

NAME = "highs"


def solve(problem: LotSizingProblem, run: Run) -> LotSizingSolution:
    """Solve a problem by a MIP solver, from a previous plan when there is one.

    Parameters
    ----------
    problem
        What to plan.
    run
        The live options.
    """
    task = task_of(problem)
    start = given_start(task, run.options.initial, run)
    return answer(task, solve_linear(task.linear, run, start=start), run, NAME)
