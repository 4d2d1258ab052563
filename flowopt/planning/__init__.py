"""Integrated planning: what chains flow, inventory, routing and indicators."""

from flowopt.planning.folder import plan_folder
from flowopt.planning.inventory_routing.problem import InventoryRoutingProblem
from flowopt.planning.inventory_routing.solution import InventoryRoutingSolution
from flowopt.planning.notes import Note
from flowopt.planning.pipeline import plan
from flowopt.planning.rebalancing.problem import RebalancingProblem
from flowopt.planning.rebalancing.solution import RebalancingSolution
from flowopt.planning.rounds import Drops, Rounds
from flowopt.planning.solution import Plan, Step

__all__ = [
    "Drops",
    "InventoryRoutingProblem",
    "InventoryRoutingSolution",
    "Note",
    "Plan",
    "RebalancingProblem",
    "RebalancingSolution",
    "Rounds",
    "Step",
    "plan",
    "plan_folder",
]
