"""Picks an engine for a `SafetyStockProblem`, runs it, checks the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowopt.core.engines import Engine, solve_with
from flowopt.core.options import Run

if TYPE_CHECKING:
    from flowopt.inventory.safety_stock.problem import SafetyStockProblem
    from flowopt.inventory.safety_stock.solution import SafetyStockSolution

_HOME = "flowopt.inventory.safety_stock.engines"
_ANY = frozenset({"tree", "acyclic"})

ENGINES = (
    Engine("tree", f"{_HOME}.tree", frozenset({"tree"})),
    Engine("message_passing", f"{_HOME}.message_passing", _ANY),
    Engine("cpsat", f"{_HOME}.cpsat", _ANY),
)
"""The engines of safety stock in networks, the preferred first."""


def solve(problem: SafetyStockProblem, run: Run) -> SafetyStockSolution:
    """Return the checked answer to a problem.

    Parameters
    ----------
    problem
        What to solve.
    run
        The live options.
    """
    return solve_with(ENGINES, problem, run)
