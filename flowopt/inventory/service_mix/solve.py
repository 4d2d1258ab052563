"""Picks an engine for a service mix, runs it and checks the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowopt.core.engines import Engine, solve_with

if TYPE_CHECKING:
    from flowopt.core.options import Run
    from flowopt.inventory.service_mix.problem import ServiceMixProblem
    from flowopt.inventory.service_mix.solution import ServiceMixSolution

_FEATURES = frozenset({"normal", "gamma", "poisson", "negative_binomial", "class_targets"})

ENGINES = (
    Engine("lagrangian", "flowopt.inventory.service_mix.engines.lagrangian", _FEATURES),
    Engine("highs", "flowopt.inventory.service_mix.engines.highs", _FEATURES),
)
"""The engines, the preferred first."""


def solve(problem: ServiceMixProblem, run: Run) -> ServiceMixSolution:
    """Return the reorder points of all items, checked."""
    return solve_with(ENGINES, problem, run)
