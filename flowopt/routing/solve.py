"""Picks an engine by the declared features of a routing problem, runs it, checks its answer."""

from __future__ import annotations

from flowopt.core.engines import Engine, solve_with
from flowopt.core.options import Run
from flowopt.routing.problem import RoutingProblem
from flowopt.routing.rulebook import RULES_OF_ROUTES
from flowopt.routing.solution import RoutingSolution

_COMMON = frozenset(
    {
        "capacity",
        "time_windows",
        "shifts",
        "max_duration",
        "max_distance",
        "several_loads",
        "several_depots",
        "several_vehicle_types",
        "optional_clients",
        "unreachable_pairs",
    }
)

_LARGE = frozenset({"many_clients", "huge_numbers"})

_OF_PLANS = frozenset({"priorities", "vehicles_first", "longest_duration_cost"})

_NOT_OF_ORTOOLS = frozenset({"reloads", "breaks", "driving_rules", "traffic"})

ENGINES = (
    Engine(
        "ruin_recreate",
        "flowopt.routing.engines.ruin_recreate",
        _COMMON | _LARGE | _OF_PLANS | RULES_OF_ROUTES,
    ),
    Engine(
        "ortools",
        "flowopt.routing.engines.ortools",
        (_COMMON | _OF_PLANS | RULES_OF_ROUTES) - _NOT_OF_ORTOOLS,
    ),
    Engine(
        "construct",
        "flowopt.routing.engines.construction",
        _COMMON | _LARGE | _OF_PLANS | RULES_OF_ROUTES,
    ),
)
"""The engines of routing, the preferred first."""


def solve(problem: RoutingProblem, run: Run) -> RoutingSolution:
    """Solve a routing problem with the engine asked for, and check the answer."""
    return solve_with(ENGINES, problem, run)
