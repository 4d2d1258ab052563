"""Picks an engine for a `LotSizingProblem`, runs it, checks the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowopt.core.engines import Engine, solve_with
from flowopt.core.options import Run

if TYPE_CHECKING:
    from flowopt.inventory.lot_sizing.problem import LotSizingProblem
    from flowopt.inventory.lot_sizing.solution import LotSizingSolution

_FEATURES = frozenset({"lot_sizing"})
_HOME = "flowopt.inventory.lot_sizing.engines"

ENGINES = (
    Engine("highs", f"{_HOME}.highs", _FEATURES),
    Engine("cbc", f"{_HOME}.cbc", _FEATURES),
    Engine("fix_and_optimise", f"{_HOME}.fix_and_optimise", _FEATURES),
)
"""The engines of lot sizing, the preferred first."""


def solve(problem: LotSizingProblem, run: Run) -> LotSizingSolution:
    """Return the checked answer to a problem.

    Parameters
    ----------
    problem
        What to solve.
    run
        The live options.
    """
    return solve_with(ENGINES, problem, run)
