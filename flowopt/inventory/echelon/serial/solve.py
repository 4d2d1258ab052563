"""Picks an engine for serial systems, runs it and checks the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowopt.core.engines import Engine, solve_with

if TYPE_CHECKING:
    from flowopt.core.options import Run
    from flowopt.inventory.echelon.serial.problem import SerialSystemProblem
    from flowopt.inventory.echelon.serial.solution import SerialSystemSolution

ENGINES = (
    Engine(
        "clark_scarf",
        "flowopt.inventory.echelon.serial.engines.clark_scarf",
        frozenset({"normal", "poisson", "negative_binomial"}),
    ),
)
"""The engines, the preferred first."""


def solve(problem: SerialSystemProblem, run: Run) -> SerialSystemSolution:
    """Return the levels of all systems, checked."""
    return solve_with(ENGINES, problem, run)
