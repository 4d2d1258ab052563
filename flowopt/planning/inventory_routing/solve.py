"""Picks an engine for inventory routing, runs it and checks the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowopt.core.engines import Engine, solve_with

if TYPE_CHECKING:
    from flowopt.core.options import Run
    from flowopt.planning.inventory_routing.problem import InventoryRoutingProblem
    from flowopt.planning.inventory_routing.solution import InventoryRoutingSolution

ENGINES = (
    Engine(
        "reinsertion",
        "flowopt.planning.inventory_routing.engines.reinsertion",
        frozenset({"order_up_to"}),
    ),
)
"""The engines, the preferred first."""


def solve(problem: InventoryRoutingProblem, run: Run) -> InventoryRoutingSolution:
    """Return whom to visit when, with how much, and by which routes, checked."""
    return solve_with(ENGINES, problem, run)
