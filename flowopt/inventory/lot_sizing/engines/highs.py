"""Lot sizing by HiGHS: branch and cut to the proof, or a good plan and its bound in time.

Under a time limit, a search whose gap stays wide is handed over to fix-and-optimise, which finds
better plans sooner. The bound remains.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from flowopt.core.options import CancelToken, Progress, Run
from flowopt.core.status import Status
from flowopt.inventory.lot_sizing.engines.annealing import fits
from flowopt.inventory.lot_sizing.engines.fix_and_optimise import Search
from flowopt.inventory.lot_sizing.engines.pipeline import (
    Task,
    answer,
    given_start,
    start_from,
    task_of,
)
from flowopt.solvers.highs import solve_linear
from flowopt.solvers.linear import LinearResult

if TYPE_CHECKING:
    from flowopt.inventory.lot_sizing.problem import LotSizingProblem
    from flowopt.inventory.lot_sizing.solution import LotSizingSolution

NAME = "highs"

_WIDE = 0.03  # a gap that branching will not close soon
_SHARE = 0.2  # of the time, after which a wide gap is handed over


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
    watch = _Watch(run)
    part = run.part(math.inf, on_progress=watch, cancel=watch.token)
    result = solve_linear(task.linear, part, start=start)
    over = result.status in (Status.OPTIMAL, Status.INFEASIBLE) or run.stopped()
    if over or not watch.token.cancelled:
        return answer(task, result, run, NAME)
    return _handed_over(task, result, run)


def _handed_over(task: Task, result: LinearResult, run: Run) -> LotSizingSolution:
    """Return the best plan that the rest of the time finds, with the bound known."""
    search, first = Search(task.problem, run), None
    if result.values is not None:
        first = start_from(search.task, task.values(result.values).quantity, run)
    if first is None or fits(task.problem):
        plans = [plan for plan in (first, search.first()) if plan is not None]
        first = min(plans, key=search.task.linear.objective, default=None)
    bounds = [bound for bound in (result.bound, search.bound) if bound is not None]
    better = search.improved(first, max(bounds, default=None))
    return answer(search.task, better, run, NAME, parts=search.count)


class _Watch:
    """Passes progress on, and ends a search whose gap stays wide for its share of the time."""

    def __init__(self, run: Run) -> None:
        self.run, self.token = run, CancelToken()
        limit = run.time_limit
        self.latest = math.inf if limit is None else _SHARE * limit

    def __call__(self, progress: Progress) -> None:
        self.run.report(progress.cost, progress.bound, progress.iterations)
        if self.run.elapsed < self.latest:
            return
        cost, bound = progress.cost, progress.bound
        if cost is None or bound is None or cost - bound > _WIDE * abs(cost):
            self.token.cancel()
