"""Moving goods over a network at least cost."""

from flowopt.flow.explanation import Explanation
from flowopt.flow.problem import FlowProblem
from flowopt.flow.solution import FlowSolution

__all__ = ["Explanation", "FlowProblem", "FlowSolution"]
