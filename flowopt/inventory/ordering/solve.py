"""Picks an engine for an ordering problem, runs it and checks the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowopt.core.engines import Engine, solve_with

if TYPE_CHECKING:
    from flowopt.core.options import Run
    from flowopt.inventory.ordering.problem import OrderProblem
    from flowopt.inventory.ordering.solution import OrderSolution

_FEATURES = frozenset({"normal", "gamma", "poisson", "negative_binomial", "shared_limits"})

ENGINES = (
    Engine("lagrangian", "flowopt.inventory.ordering.engines.lagrangian", _FEATURES),
    Engine("highs", "flowopt.inventory.ordering.engines.highs", _FEATURES),
)
"""The engines, the preferred first."""


def solve(problem: OrderProblem, run: Run) -> OrderSolution:
    """Return the orders of all items, checked."""
    return solve_with(ENGINES, problem, run)
