"""Lot sizing by HiGHS: branch and cut to the proof, or a good plan and its bound in time.

Under a time limit, a search whose gap stays wide, or whose model would take too much of the time to
write, is handed over to fix-and-optimise, which finds better plans sooner. The bound remains.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from flowopt.core.options import CancelToken, Progress, Run
from flowopt.core.status import Limit, Status
from flowopt.inventory.lot_sizing.engines.annealing import fits
from flowopt.inventory.lot_sizing.engines.fix_and_optimise import Search
from flowopt.inventory.lot_sizing.engines.pipeline import (
    answer,
    fits_strongly,
    given_start,
    start_from,
    task_of,
    unwritten,
)
from flowopt.solvers.highs import solve_linear
from flowopt.solvers.linear import FloatArray

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
    strong = fits_strongly(problem, run)
    if not strong and run.time_limit is not None:
        return _handed_over(problem, None, None, run)
    task = task_of(problem, run, strong=strong)
    if task is None:
        return unwritten(problem, run, NAME)
    start = given_start(task, run.options.initial, run)
    watch = _Watch(run)
    part = run.part(math.inf, on_progress=watch, cancel=watch.token)
    result = solve_linear(task.linear, part, start=start)
    over = result.status in (Status.OPTIMAL, Status.INFEASIBLE) or run.stopped()
    if over or not watch.token.cancelled:
        return answer(task, result, run, NAME)
    found = None if result.values is None else task.values(result.values).quantity
    better = _handed_over(problem, found, result.bound, run)
    if better.status.has_solution or found is None:
        return better
    return answer(task, replace(result, limit=run.stopped() or Limit.TIME), run, NAME)


def _handed_over(
    problem: LotSizingProblem, found: FloatArray | None, bound: float | None, run: Run
) -> LotSizingSolution:
    """Return the best plan that the rest of the time finds, with the bound known.

    Parameters
    ----------
    problem
        What to plan.
    found
        (N, T) lots of the best plan so far; None when there is none.
    bound
        The bound so far.
    run
        The live options.
    """
    small = task_of(problem, run, strong=False)
    if small is None:
        return unwritten(problem, run, NAME, bound)
    search = Search(small, run)
    if search.relaxation.status is Status.INFEASIBLE:
        return answer(small, search.relaxation, run, NAME)
    first = given_start(small, run.options.initial, run)
    if found is not None:
        first = start_from(small, found, run)
    if first is None or fits(problem):
        plans = [plan for plan in (first, search.first()) if plan is not None]
        first = min(plans, key=small.linear.objective, default=None)
    bounds = [known for known in (bound, search.bound) if known is not None]
    better = search.improved(first, max(bounds, default=None))
    return answer(small, better, run, NAME, parts=search.count)


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
