"""Vehicle routing: which vehicle visits whom, in which order, and who cannot be served, and why."""

from flowopt.routing.diff import PlanDifference
from flowopt.routing.live_problem import LiveProblem
from flowopt.routing.parts import Clients, Depots, VehicleTypes
from flowopt.routing.problem import RoutingProblem
from flowopt.routing.solution import Route, RoutingSolution
from flowopt.routing.travel import Travel

__all__ = [
    "Clients",
    "Depots",
    "LiveProblem",
    "PlanDifference",
    "Route",
    "RoutingProblem",
    "RoutingSolution",
    "Travel",
    "VehicleTypes",
]
