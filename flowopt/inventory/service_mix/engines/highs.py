"""The engine of one mixed-integer model over every level, solved by HiGHS."""

from __future__ import annotations

import numpy as np

from flowopt.core.options import Run
from flowopt.core.status import Limit, Status
from flowopt.inventory.selection.model import select_by_model
from flowopt.inventory.service_mix.engines.answer import answer, no_answer
from flowopt.inventory.service_mix.engines.levels import levels_of, sharing_of
from flowopt.inventory.service_mix.problem import ServiceMixProblem
from flowopt.inventory.service_mix.solution import ServiceMixSolution

NAME = "highs"


def solve(problem: ServiceMixProblem, run: Run) -> ServiceMixSolution:
    """Return the levels of least stock value; where the search ends early, the highest levels."""
    levels = levels_of(problem, problem.fill_rate, run)
    if levels is None:
        limit = run.stopped() or Limit.TIME
        return no_answer(problem, run, NAME, Status.NO_SOLUTION_FOUND, limit)
    sharing = sharing_of(problem)
    most = levels.options.start[:-1]  # of each item, the level of the least shortage
    if not sharing.fits(levels.options.amount[most]):
        return no_answer(problem, run, NAME, Status.INFEASIBLE, None)
    found = select_by_model(levels.options, sharing, run, start=most)
    chosen = most if found.chosen is None else found.chosen
    unknown = np.full(sharing.num_limits, np.nan)
    return answer(problem, run, NAME, levels, chosen, found.bound, unknown, found.limit)
