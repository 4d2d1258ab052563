"""Vehicle routing: which vehicle visits whom, in which order, and who cannot be served, and why."""

from flowopt.routing.problem import Clients, Depots, RoutingProblem, Travel, VehicleTypes
from flowopt.routing.solution import Route, RoutingSolution

__all__ = [
    "Clients",
    "Depots",
    "Route",
    "RoutingProblem",
    "RoutingSolution",
    "Travel",
    "VehicleTypes",
]
