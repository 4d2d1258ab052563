"""How much to hold and when to order: policies with a service target, and the orders of today."""

from __future__ import annotations

from flowopt.inventory.cycle import choose_distribution
from flowopt.inventory.eoq import EconomicOrder, economic_order_quantity
from flowopt.inventory.orders import admissible_quantity
from flowopt.inventory.performance import Performance
from flowopt.inventory.policies import (
    batch_performance_of,
    periodic_order_up_to,
    periodic_performance_of,
    reorder_point,
)
from flowopt.inventory.problem import ReplenishmentProblem
from flowopt.inventory.solution import ReplenishmentSolution
from flowopt.inventory.status import OrderStatus, PolicyStatus

__all__ = [
    "EconomicOrder",
    "OrderStatus",
    "Performance",
    "PolicyStatus",
    "ReplenishmentProblem",
    "ReplenishmentSolution",
    "admissible_quantity",
    "batch_performance_of",
    "choose_distribution",
    "economic_order_quantity",
    "periodic_order_up_to",
    "periodic_performance_of",
    "reorder_point",
]
