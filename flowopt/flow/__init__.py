"""Moving goods over a network at least cost.

The sweep is imported when it is first used (PEP 562).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from flowopt.flow.direct import ArrayFlow, min_cost_flow
from flowopt.flow.explanation import Explanation
from flowopt.flow.problem import FlowProblem
from flowopt.flow.solution import FlowSolution

if TYPE_CHECKING:
    from flowopt.flow.sweeps import Scenarios as Scenarios
    from flowopt.flow.sweeps import SweepResult as SweepResult
    from flowopt.flow.sweeps import every_lane as every_lane
    from flowopt.flow.sweeps import every_site as every_site
    from flowopt.flow.sweeps import random_demand as random_demand
    from flowopt.flow.sweeps import sweep as sweep

_SWEEPS = ("Scenarios", "SweepResult", "every_lane", "every_site", "random_demand", "sweep")

__all__ = [
    "ArrayFlow",
    "Explanation",
    "FlowProblem",
    "FlowSolution",
    "min_cost_flow",
    *_SWEEPS,
]


if not TYPE_CHECKING:  # type checkers know the names from above, and reject all others

    def __getattr__(name: str) -> Any:
        if name not in _SWEEPS:
            raise AttributeError(f"module 'flowopt.flow' has no attribute {name!r}")
        return getattr(importlib.import_module("flowopt.flow.sweeps"), name)
