"""How much to hold and when to order: policies, orders, lots, safety stock, simulation.

The names are imported when they are first used (PEP 562).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flowopt.inventory.cycle import choose_distribution as choose_distribution
    from flowopt.inventory.echelon.joint_replenishment import (
        JointReplenishment as JointReplenishment,
    )
    from flowopt.inventory.echelon.joint_replenishment import (
        joint_replenishment as joint_replenishment,
    )
    from flowopt.inventory.echelon.one_warehouse import OneWarehouseStock as OneWarehouseStock
    from flowopt.inventory.echelon.one_warehouse import (
        one_warehouse_base_stock as one_warehouse_base_stock,
    )
    from flowopt.inventory.echelon.one_warehouse import (
        one_warehouse_performance as one_warehouse_performance,
    )
    from flowopt.inventory.echelon.serial.performance import SerialPerformance as SerialPerformance
    from flowopt.inventory.echelon.serial.problem import SerialSystemProblem as SerialSystemProblem
    from flowopt.inventory.echelon.serial.solution import (
        SerialSystemSolution as SerialSystemSolution,
    )
    from flowopt.inventory.echelon.serial.textbook import SerialLevels as SerialLevels
    from flowopt.inventory.echelon.serial.textbook import serial_base_stock as serial_base_stock
    from flowopt.inventory.echelon.serial.textbook import serial_performance as serial_performance
    from flowopt.inventory.lot_sizing.problem import LotSizingProblem as LotSizingProblem
    from flowopt.inventory.lot_sizing.solution import LotSizingSolution as LotSizingSolution
    from flowopt.inventory.lot_sizing.textbook import LotPlan as LotPlan
    from flowopt.inventory.lot_sizing.textbook import least_unit_cost as least_unit_cost
    from flowopt.inventory.lot_sizing.textbook import silver_meal as silver_meal
    from flowopt.inventory.lot_sizing.textbook import wagner_whitin as wagner_whitin
    from flowopt.inventory.models.approximations import (
        approximate_continuous_review as approximate_continuous_review,
    )
    from flowopt.inventory.models.approximations import power_approximation as power_approximation
    from flowopt.inventory.models.base_stock import BaseStock as BaseStock
    from flowopt.inventory.models.base_stock import base_stock as base_stock
    from flowopt.inventory.models.continuous_review import BatchPolicy as BatchPolicy
    from flowopt.inventory.models.continuous_review import continuous_review as continuous_review
    from flowopt.inventory.models.discounts import DiscountedOrder as DiscountedOrder
    from flowopt.inventory.models.discounts import eoq_with_discounts as eoq_with_discounts
    from flowopt.inventory.models.disruptions import DisruptedStock as DisruptedStock
    from flowopt.inventory.models.disruptions import eoq_with_disruptions as eoq_with_disruptions
    from flowopt.inventory.models.disruptions import (
        newsvendor_with_disruptions as newsvendor_with_disruptions,
    )
    from flowopt.inventory.models.eoq import BackorderedOrder as BackorderedOrder
    from flowopt.inventory.models.eoq import EconomicOrder as EconomicOrder
    from flowopt.inventory.models.eoq import economic_order_quantity as economic_order_quantity
    from flowopt.inventory.models.eoq import (
        economic_production_quantity as economic_production_quantity,
    )
    from flowopt.inventory.models.eoq import eoq_with_backorders as eoq_with_backorders
    from flowopt.inventory.models.lost_sales import LostSalesBatches as LostSalesBatches
    from flowopt.inventory.models.lost_sales import LostSalesStock as LostSalesStock
    from flowopt.inventory.models.lost_sales import lost_sales_base_stock as lost_sales_base_stock
    from flowopt.inventory.models.lost_sales import (
        lost_sales_continuous_review as lost_sales_continuous_review,
    )
    from flowopt.inventory.models.newsvendor import Newsvendor as Newsvendor
    from flowopt.inventory.models.newsvendor import PricedNewsvendor as PricedNewsvendor
    from flowopt.inventory.models.newsvendor import newsvendor as newsvendor
    from flowopt.inventory.models.newsvendor import newsvendor_with_prices as newsvendor_with_prices
    from flowopt.inventory.models.periodic_review import OrderUpToPolicy as OrderUpToPolicy
    from flowopt.inventory.models.periodic_review import periodic_review as periodic_review
    from flowopt.inventory.models.policies import order_up_to_performance as order_up_to_performance
    from flowopt.inventory.models.policies import periodic_order_up_to as periodic_order_up_to
    from flowopt.inventory.models.policies import periodic_reorder_point as periodic_reorder_point
    from flowopt.inventory.models.policies import reorder_point as reorder_point
    from flowopt.inventory.models.policies import (
        reorder_point_performance as reorder_point_performance,
    )
    from flowopt.inventory.models.status import ModelStatus as ModelStatus
    from flowopt.inventory.models.yields import eoq_with_yield as eoq_with_yield
    from flowopt.inventory.models.yields import newsvendor_with_yield as newsvendor_with_yield
    from flowopt.inventory.ordering.problem import OrderProblem as OrderProblem
    from flowopt.inventory.ordering.solution import OrderSolution as OrderSolution
    from flowopt.inventory.ordering.status import OrderingStatus as OrderingStatus
    from flowopt.inventory.orders import admissible_quantity as admissible_quantity
    from flowopt.inventory.outlook.outlook import stock_outlook as stock_outlook
    from flowopt.inventory.outlook.result import EarlyWarning as EarlyWarning
    from flowopt.inventory.outlook.result import StockOutlook as StockOutlook
    from flowopt.inventory.performance import Performance as Performance
    from flowopt.inventory.replenishment.problem import ReplenishmentProblem as ReplenishmentProblem
    from flowopt.inventory.replenishment.solution import (
        ReplenishmentSolution as ReplenishmentSolution,
    )
    from flowopt.inventory.replenishment.status import OrderStatus as OrderStatus
    from flowopt.inventory.replenishment.status import PolicyStatus as PolicyStatus
    from flowopt.inventory.safety_stock.problem import SafetyStockProblem as SafetyStockProblem
    from flowopt.inventory.safety_stock.solution import SafetyStockSolution as SafetyStockSolution
    from flowopt.inventory.service_mix.pareto import ServiceCurve as ServiceCurve
    from flowopt.inventory.service_mix.problem import ServiceMixProblem as ServiceMixProblem
    from flowopt.inventory.service_mix.solution import ServiceMixSolution as ServiceMixSolution
    from flowopt.inventory.service_mix.status import MixStatus as MixStatus
    from flowopt.inventory.simulation.backtest import Backtest as Backtest
    from flowopt.inventory.simulation.network.result import NetworkSimulation as NetworkSimulation
    from flowopt.inventory.simulation.network.simulate import simulate_network as simulate_network
    from flowopt.inventory.simulation.result import Simulation as Simulation
    from flowopt.inventory.simulation.single import simulate_policy as simulate_policy
    from flowopt.inventory.simulation.status import SimulationStatus as SimulationStatus

_HOME = {
    "BackorderedOrder": "models.eoq",
    "Backtest": "simulation.backtest",
    "BaseStock": "models.base_stock",
    "BatchPolicy": "models.continuous_review",
    "DiscountedOrder": "models.discounts",
    "DisruptedStock": "models.disruptions",
    "EarlyWarning": "outlook.result",
    "EconomicOrder": "models.eoq",
    "JointReplenishment": "echelon.joint_replenishment",
    "LostSalesBatches": "models.lost_sales",
    "LostSalesStock": "models.lost_sales",
    "LotPlan": "lot_sizing.textbook",
    "LotSizingProblem": "lot_sizing.problem",
    "LotSizingSolution": "lot_sizing.solution",
    "MixStatus": "service_mix.status",
    "ModelStatus": "models.status",
    "NetworkSimulation": "simulation.network.result",
    "Newsvendor": "models.newsvendor",
    "OneWarehouseStock": "echelon.one_warehouse",
    "OrderProblem": "ordering.problem",
    "OrderSolution": "ordering.solution",
    "OrderStatus": "replenishment.status",
    "OrderUpToPolicy": "models.periodic_review",
    "OrderingStatus": "ordering.status",
    "Performance": "performance",
    "PolicyStatus": "replenishment.status",
    "PricedNewsvendor": "models.newsvendor",
    "ReplenishmentProblem": "replenishment.problem",
    "ReplenishmentSolution": "replenishment.solution",
    "SafetyStockProblem": "safety_stock.problem",
    "SafetyStockSolution": "safety_stock.solution",
    "SerialLevels": "echelon.serial.textbook",
    "SerialPerformance": "echelon.serial.performance",
    "SerialSystemProblem": "echelon.serial.problem",
    "SerialSystemSolution": "echelon.serial.solution",
    "ServiceCurve": "service_mix.pareto",
    "ServiceMixProblem": "service_mix.problem",
    "ServiceMixSolution": "service_mix.solution",
    "Simulation": "simulation.result",
    "SimulationStatus": "simulation.status",
    "StockOutlook": "outlook.result",
    "admissible_quantity": "orders",
    "approximate_continuous_review": "models.approximations",
    "base_stock": "models.base_stock",
    "choose_distribution": "cycle",
    "continuous_review": "models.continuous_review",
    "economic_order_quantity": "models.eoq",
    "economic_production_quantity": "models.eoq",
    "eoq_with_backorders": "models.eoq",
    "eoq_with_discounts": "models.discounts",
    "eoq_with_disruptions": "models.disruptions",
    "eoq_with_yield": "models.yields",
    "joint_replenishment": "echelon.joint_replenishment",
    "least_unit_cost": "lot_sizing.textbook",
    "lost_sales_base_stock": "models.lost_sales",
    "lost_sales_continuous_review": "models.lost_sales",
    "newsvendor": "models.newsvendor",
    "newsvendor_with_disruptions": "models.disruptions",
    "newsvendor_with_prices": "models.newsvendor",
    "newsvendor_with_yield": "models.yields",
    "one_warehouse_base_stock": "echelon.one_warehouse",
    "one_warehouse_performance": "echelon.one_warehouse",
    "order_up_to_performance": "models.policies",
    "periodic_order_up_to": "models.policies",
    "periodic_reorder_point": "models.policies",
    "periodic_review": "models.periodic_review",
    "power_approximation": "models.approximations",
    "reorder_point": "models.policies",
    "reorder_point_performance": "models.policies",
    "serial_base_stock": "echelon.serial.textbook",
    "serial_performance": "echelon.serial.textbook",
    "silver_meal": "lot_sizing.textbook",
    "simulate_network": "simulation.network.simulate",
    "simulate_policy": "simulation.single",
    "stock_outlook": "outlook.outlook",
    "wagner_whitin": "lot_sizing.textbook",
}
"""Public name → the module below this folder that has it."""

__all__ = [*_HOME]


if not TYPE_CHECKING:  # type checkers know the names from above, and reject all others

    def __getattr__(name: str) -> Any:
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
        globals()[name] = value  # the next look-up is direct
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
