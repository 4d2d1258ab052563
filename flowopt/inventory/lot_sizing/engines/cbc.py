"""Lot sizing by CBC: a second opinion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowopt.core.options import Run
from flowopt.inventory.lot_sizing.engines.pipeline import (
    answer,
    fits_strongly,
    task_of,
    unwritten,
)
from flowopt.solvers import cbc

if TYPE_CHECKING:
    from flowopt.inventory.lot_sizing.problem import LotSizingProblem
    from flowopt.inventory.lot_sizing.solution import LotSizingSolution

NAME = "cbc"


def solve(problem: LotSizingProblem, run: Run) -> LotSizingSolution:
    """Solve a problem by CBC, which is given no start.

    Parameters
    ----------
    problem
        What to plan.
    run
        The live options.
    """
    task = task_of(problem, run, strong=fits_strongly(problem, run))
    if task is None:
        return unwritten(problem, run, NAME)
    return answer(task, cbc.solve_linear(task.linear, run), run, NAME)
