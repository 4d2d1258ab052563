"""The words every room speaks: status, errors, options, tables, problem, solution."""

from flowopt.core.errors import (
    EngineError,
    EngineNotAvailableError,
    Failure,
    Failures,
    FlowoptError,
    FlowoptWarning,
    NoSolutionError,
    UnsupportedFeatureError,
    ValidationError,
)
from flowopt.core.options import CancelToken, Options, Outcome, Progress, Run
from flowopt.core.report import Report, Violation
from flowopt.core.status import Limit, Status

__all__ = [
    "CancelToken",
    "EngineError",
    "EngineNotAvailableError",
    "Failure",
    "Failures",
    "FlowoptError",
    "FlowoptWarning",
    "Limit",
    "NoSolutionError",
    "Options",
    "Outcome",
    "Progress",
    "Report",
    "Run",
    "Status",
    "UnsupportedFeatureError",
    "ValidationError",
    "Violation",
]
