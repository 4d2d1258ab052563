"""The engine of prices: what a unit short is worth, so that all items together are cheapest.

See `flowopt.inventory.selection`.
"""

from __future__ import annotations

from flowopt.core.options import Run
from flowopt.core.status import Limit, Status
from flowopt.inventory.selection.search import select
from flowopt.inventory.selection.warmup import load_selection_kernels
from flowopt.inventory.service_mix.engines.answer import answer, no_answer
from flowopt.inventory.service_mix.engines.levels import Levels, levels_of, sharing_of
from flowopt.inventory.service_mix.problem import ServiceMixProblem
from flowopt.inventory.service_mix.solution import ServiceMixSolution

NAME = "lagrangian"


def solve(problem: ServiceMixProblem, run: Run) -> ServiceMixSolution:
    """Return the levels of least stock value that were found, with a bound."""
    run.discount(load_selection_kernels())
    levels = levels_of(problem, problem.fill_rate, run)
    if levels is None:
        limit = run.stopped() or Limit.TIME
        return no_answer(problem, run, NAME, Status.NO_SOLUTION_FOUND, limit)
    return solve_among(problem, levels, run)


def solve_among(problem: ServiceMixProblem, levels: Levels, run: Run) -> ServiceMixSolution:
    """Return the best among levels that are known.

    Parameters
    ----------
    problem
        The items and targets.
    levels
        What there is to choose from.
    run
        Clock and cancel of the search.
    """
    found = select(levels.options, sharing_of(problem), run)
    if found is None:
        return no_answer(problem, run, NAME, Status.INFEASIBLE, None)
    return answer(problem, run, NAME, levels, found.chosen, found.bound, found.price)
