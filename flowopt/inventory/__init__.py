"""How much to hold and when to order: policies with a service target, and the orders of today."""

from __future__ import annotations

from flowopt.inventory.cycle import choose_distribution
from flowopt.inventory.eoq import EconomicOrder, economic_order_quantity
from flowopt.inventory.orders import admissible_quantity
from flowopt.inventory.problem import ReplenishmentProblem
from flowopt.inventory.solution import ReplenishmentSolution
from flowopt.inventory.status import OrderStatus, PolicyStatus

__all__ = [
    "EconomicOrder",
    "OrderStatus",
    "PolicyStatus",
    "ReplenishmentProblem",
    "ReplenishmentSolution",
    "admissible_quantity",
    "choose_distribution",
    "economic_order_quantity",
]
