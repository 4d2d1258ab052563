"""Flow problems with names of their own: maximum flow, transportation, assignment, shortest path.

Each is a problem like all others, answered by the method that its form allows.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flowopt.flow.named.assignment.problem import AssignmentProblem as AssignmentProblem
    from flowopt.flow.named.assignment.solution import AssignmentSolution as AssignmentSolution
    from flowopt.flow.named.max_flow.problem import MaxFlowProblem as MaxFlowProblem
    from flowopt.flow.named.max_flow.solution import MaxFlowSolution as MaxFlowSolution
    from flowopt.flow.named.shortest_path.problem import ShortestPathProblem as ShortestPathProblem
    from flowopt.flow.named.shortest_path.solution import (
        ShortestPathSolution as ShortestPathSolution,
    )
    from flowopt.flow.named.transportation.problem import (
        TransportationProblem as TransportationProblem,
    )
    from flowopt.flow.named.transportation.solution import (
        TransportationSolution as TransportationSolution,
    )

_HOME = {
    "AssignmentProblem": "assignment.problem",
    "AssignmentSolution": "assignment.solution",
    "MaxFlowProblem": "max_flow.problem",
    "MaxFlowSolution": "max_flow.solution",
    "ShortestPathProblem": "shortest_path.problem",
    "ShortestPathSolution": "shortest_path.solution",
    "TransportationProblem": "transportation.problem",
    "TransportationSolution": "transportation.solution",
}

__all__ = list(_HOME)

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
        globals()[name] = value
        return value
