"""Picks an engine for rebalancing, runs it and checks the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowopt.core.engines import Engine, solve_with

if TYPE_CHECKING:
    from flowopt.core.options import Run
    from flowopt.planning.rebalancing.problem import RebalancingProblem
    from flowopt.planning.rebalancing.solution import RebalancingSolution

_ALL = frozenset({"packs", "mixed_packs", "shared_lanes", "fixed_costs", "minimums"})

ENGINES = (
    Engine("flow", "flowopt.planning.rebalancing.engines.flow", frozenset({"packs"})),
    Engine("highs", "flowopt.planning.rebalancing.engines.highs", _ALL),
    Engine("cbc", "flowopt.planning.rebalancing.engines.cbc", _ALL),
)
"""The engines, the preferred first."""


def solve(problem: RebalancingProblem, run: Run) -> RebalancingSolution:
    """Return what to move where, checked."""
    return solve_with(ENGINES, problem, run)
