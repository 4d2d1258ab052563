"""Any acyclic network by OR-Tools CP-SAT, on the grid that all times are on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowopt.core.errors import UnsupportedFeatureError
from flowopt.core.options import Run
from flowopt.inventory.safety_stock.closing import MOST_LABELS, close
from flowopt.inventory.safety_stock.engines.message_passing import Search
from flowopt.inventory.safety_stock.layout import domains, layout_of, variables_of
from flowopt.inventory.safety_stock.levels import levels_of
from flowopt.inventory.safety_stock.warmup import load_kernels

if TYPE_CHECKING:
    from flowopt.inventory.safety_stock.problem import SafetyStockProblem
    from flowopt.inventory.safety_stock.solution import SafetyStockSolution

NAME = "cpsat"


def solve(problem: SafetyStockProblem, run: Run) -> SafetyStockSolution:
    """Return the best service times that CP-SAT finds, and its bound.

    Parameters
    ----------
    problem
        The stages and their links.
    run
        The live options.

    Raises
    ------
    UnsupportedFeatureError
        When the times have no common divisor, or one so small that the model would be too large.
    """
    run.discount(load_kernels())
    search = Search(problem, run)
    variables = variables_of(problem)
    grid = levels_of(problem, variables)[-1]
    low, high = domains(problem, grid, variables)
    if not grid.exact or 3 * (high - low + 1).sum() > MOST_LABELS:
        raise UnsupportedFeatureError(f"{NAME} cannot take: times of a grid this fine; round them")
    if not run.stopped():
        close(search, variables, layout_of(problem, grid, variables, low, high), grid)
    return search.answer(NAME)
