"""Picks an engine for a replenishment problem, runs it and checks the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowopt.core.engines import Engine, solve_with
from flowopt.inventory.replenishment.spec import DISTRIBUTIONS, POLICIES, TARGETS

if TYPE_CHECKING:
    from flowopt.core.options import Run
    from flowopt.inventory.replenishment.problem import ReplenishmentProblem
    from flowopt.inventory.replenishment.solution import ReplenishmentSolution

ENGINES = (
    Engine(
        "closed_form",
        "flowopt.inventory.replenishment.engines.closed_form",
        frozenset(
            {*POLICIES.values(), *DISTRIBUTIONS, *TARGETS, "lead_times", "lost_sales"} - {"auto"}
        ),
    ),
)
"""The engines, the preferred first."""


def solve(problem: ReplenishmentProblem, run: Run) -> ReplenishmentSolution:
    """Return the policies and orders of all items, checked."""
    return solve_with(ENGINES, problem, run)
