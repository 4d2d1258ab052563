"""Which sites to open and which lanes to use, and what flows over them, at least cost."""

from flowopt.flow.design.problem import DesignProblem
from flowopt.flow.design.solution import DesignSolution

__all__ = ["DesignProblem", "DesignSolution"]
