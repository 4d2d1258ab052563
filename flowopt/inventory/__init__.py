"""How much to hold and when to order: policies with a service target, and the orders of today."""

from __future__ import annotations

from flowopt.inventory.cycle import choose_distribution
from flowopt.inventory.models.eoq import EconomicOrder, economic_order_quantity
from flowopt.inventory.models.policies import (
    order_up_to_performance,
    periodic_order_up_to,
    reorder_point,
    reorder_point_performance,
)
from flowopt.inventory.orders import admissible_quantity
from flowopt.inventory.performance import Performance
from flowopt.inventory.replenishment.problem import ReplenishmentProblem
from flowopt.inventory.replenishment.solution import ReplenishmentSolution
from flowopt.inventory.replenishment.status import OrderStatus, PolicyStatus

__all__ = [
    "EconomicOrder",
    "OrderStatus",
    "Performance",
    "PolicyStatus",
    "ReplenishmentProblem",
    "ReplenishmentSolution",
    "admissible_quantity",
    "choose_distribution",
    "economic_order_quantity",
    "order_up_to_performance",
    "periodic_order_up_to",
    "reorder_point",
    "reorder_point_performance",
]
