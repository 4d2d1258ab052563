"""Moving goods over a network and over time at least cost, with stock from period to period."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flowopt.flow.over_time.problem import FlowOverTimeProblem as FlowOverTimeProblem
    from flowopt.flow.over_time.solution import FlowOverTimeSolution as FlowOverTimeSolution

_HOME = {"FlowOverTimeProblem": "problem", "FlowOverTimeSolution": "solution"}

__all__ = list(_HOME)

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
        globals()[name] = value
        return value
