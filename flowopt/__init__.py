"""flowopt plans the flows of a logistics network: flow, inventory, routing, indicators, report.

The public names are imported when they are first used (PEP 562), so ``import flowopt`` is quick.
"""

from __future__ import annotations

import importlib
import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flowopt.core import CancelToken as CancelToken
    from flowopt.core import EngineError as EngineError
    from flowopt.core import EngineNotAvailableError as EngineNotAvailableError
    from flowopt.core import Failure as Failure
    from flowopt.core import FlowoptError as FlowoptError
    from flowopt.core import FlowoptWarning as FlowoptWarning
    from flowopt.core import Limit as Limit
    from flowopt.core import NoSolutionError as NoSolutionError
    from flowopt.core import Progress as Progress
    from flowopt.core import Status as Status
    from flowopt.core import UnsupportedFeatureError as UnsupportedFeatureError
    from flowopt.core import ValidationError as ValidationError
    from flowopt.flow import ArrayFlow as ArrayFlow
    from flowopt.flow import FlowProblem as FlowProblem
    from flowopt.flow import FlowSolution as FlowSolution
    from flowopt.flow import min_cost_flow as min_cost_flow
    from flowopt.flow.design import DesignProblem as DesignProblem
    from flowopt.flow.design import DesignSolution as DesignSolution
    from flowopt.flow.multicommodity import MultiCommodityProblem as MultiCommodityProblem
    from flowopt.flow.multicommodity import MultiCommoditySolution as MultiCommoditySolution
    from flowopt.flow.named import AssignmentProblem as AssignmentProblem
    from flowopt.flow.named import AssignmentSolution as AssignmentSolution
    from flowopt.flow.named import MaxFlowProblem as MaxFlowProblem
    from flowopt.flow.named import MaxFlowSolution as MaxFlowSolution
    from flowopt.flow.named import ShortestPathProblem as ShortestPathProblem
    from flowopt.flow.named import ShortestPathSolution as ShortestPathSolution
    from flowopt.flow.named import TransportationProblem as TransportationProblem
    from flowopt.flow.named import TransportationSolution as TransportationSolution
    from flowopt.flow.over_time import FlowOverTimeProblem as FlowOverTimeProblem
    from flowopt.flow.over_time import FlowOverTimeSolution as FlowOverTimeSolution
    from flowopt.flow.sweeps import Scenarios as Scenarios
    from flowopt.flow.sweeps import SweepResult as SweepResult
    from flowopt.flow.sweeps import every_lane as every_lane
    from flowopt.flow.sweeps import every_site as every_site
    from flowopt.flow.sweeps import random_demand as random_demand
    from flowopt.flow.sweeps import sweep as sweep
    from flowopt.forecast import DemandForecast as DemandForecast
    from flowopt.forecast import DemandHistory as DemandHistory
    from flowopt.inventory import LotSizingProblem as LotSizingProblem
    from flowopt.inventory import LotSizingSolution as LotSizingSolution
    from flowopt.inventory import OrderProblem as OrderProblem
    from flowopt.inventory import OrderSolution as OrderSolution
    from flowopt.inventory import ReplenishmentProblem as ReplenishmentProblem
    from flowopt.inventory import ReplenishmentSolution as ReplenishmentSolution
    from flowopt.inventory import SafetyStockProblem as SafetyStockProblem
    from flowopt.inventory import SafetyStockSolution as SafetyStockSolution
    from flowopt.inventory import SerialSystemProblem as SerialSystemProblem
    from flowopt.inventory import SerialSystemSolution as SerialSystemSolution
    from flowopt.inventory import ServiceMixProblem as ServiceMixProblem
    from flowopt.inventory import ServiceMixSolution as ServiceMixSolution
    from flowopt.inventory import StockOutlook as StockOutlook
    from flowopt.inventory import stock_outlook as stock_outlook
    from flowopt.io import read as read
    from flowopt.network import Network as Network
    from flowopt.planning import InventoryRoutingProblem as InventoryRoutingProblem
    from flowopt.planning import InventoryRoutingSolution as InventoryRoutingSolution
    from flowopt.planning import Plan as Plan
    from flowopt.planning import RebalancingProblem as RebalancingProblem
    from flowopt.planning import RebalancingSolution as RebalancingSolution
    from flowopt.planning import plan as plan
    from flowopt.routing import RoutingProblem as RoutingProblem
    from flowopt.routing import RoutingSolution as RoutingSolution

__version__ = "0.1.0"

_HOME = {
    "ArrayFlow": "flowopt.flow",
    "AssignmentProblem": "flowopt.flow.named",
    "AssignmentSolution": "flowopt.flow.named",
    "CancelToken": "flowopt.core",
    "DemandForecast": "flowopt.forecast",
    "DemandHistory": "flowopt.forecast",
    "DesignProblem": "flowopt.flow.design",
    "DesignSolution": "flowopt.flow.design",
    "EngineError": "flowopt.core",
    "EngineNotAvailableError": "flowopt.core",
    "Failure": "flowopt.core",
    "FlowOverTimeProblem": "flowopt.flow.over_time",
    "FlowOverTimeSolution": "flowopt.flow.over_time",
    "FlowProblem": "flowopt.flow",
    "FlowSolution": "flowopt.flow",
    "FlowoptError": "flowopt.core",
    "FlowoptWarning": "flowopt.core",
    "InventoryRoutingProblem": "flowopt.planning",
    "InventoryRoutingSolution": "flowopt.planning",
    "Limit": "flowopt.core",
    "LotSizingProblem": "flowopt.inventory",
    "LotSizingSolution": "flowopt.inventory",
    "MaxFlowProblem": "flowopt.flow.named",
    "MaxFlowSolution": "flowopt.flow.named",
    "MultiCommodityProblem": "flowopt.flow.multicommodity",
    "MultiCommoditySolution": "flowopt.flow.multicommodity",
    "Network": "flowopt.network",
    "NoSolutionError": "flowopt.core",
    "OrderProblem": "flowopt.inventory",
    "OrderSolution": "flowopt.inventory",
    "Plan": "flowopt.planning",
    "Progress": "flowopt.core",
    "RebalancingProblem": "flowopt.planning",
    "RebalancingSolution": "flowopt.planning",
    "ReplenishmentProblem": "flowopt.inventory",
    "ReplenishmentSolution": "flowopt.inventory",
    "RoutingProblem": "flowopt.routing",
    "RoutingSolution": "flowopt.routing",
    "SafetyStockProblem": "flowopt.inventory",
    "SafetyStockSolution": "flowopt.inventory",
    "Scenarios": "flowopt.flow.sweeps",
    "SerialSystemProblem": "flowopt.inventory",
    "SerialSystemSolution": "flowopt.inventory",
    "ServiceMixProblem": "flowopt.inventory",
    "ServiceMixSolution": "flowopt.inventory",
    "ShortestPathProblem": "flowopt.flow.named",
    "ShortestPathSolution": "flowopt.flow.named",
    "Status": "flowopt.core",
    "StockOutlook": "flowopt.inventory",
    "SweepResult": "flowopt.flow.sweeps",
    "TransportationProblem": "flowopt.flow.named",
    "TransportationSolution": "flowopt.flow.named",
    "UnsupportedFeatureError": "flowopt.core",
    "ValidationError": "flowopt.core",
    "every_lane": "flowopt.flow.sweeps",
    "every_site": "flowopt.flow.sweeps",
    "min_cost_flow": "flowopt.flow",
    "plan": "flowopt.planning",
    "random_demand": "flowopt.flow.sweeps",
    "read": "flowopt.io",
    "stock_outlook": "flowopt.inventory",
    "sweep": "flowopt.flow.sweeps",
}

__all__ = [*_HOME, "__version__"]

logging.getLogger("flowopt").addHandler(logging.NullHandler())


if not TYPE_CHECKING:  # type checkers know the names from above, and reject all others

    def __getattr__(name: str) -> Any:
        if name not in _HOME:
            raise AttributeError(f"module 'flowopt' has no attribute {name!r}")
        value = getattr(importlib.import_module(_HOME[name]), name)
        globals()[name] = value  # the next look-up is direct
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
