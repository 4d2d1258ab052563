"""Several commodities that share the capacity of lanes."""

from flowopt.flow.multicommodity.problem import MultiCommodityProblem
from flowopt.flow.multicommodity.relaxation import Relaxation
from flowopt.flow.multicommodity.solution import MultiCommoditySolution

__all__ = ["MultiCommodityProblem", "MultiCommoditySolution", "Relaxation"]
