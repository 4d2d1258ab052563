"""The network: sites, lanes, commodities and demand, as tables and as a graph."""

from flowopt.network.consistency import Finding
from flowopt.network.distances import distance_matrix, duration_matrix, haversine
from flowopt.network.network import Network
from flowopt.network.over_time import TimeExpandedNetwork

__all__ = [
    "Finding",
    "Network",
    "TimeExpandedNetwork",
    "distance_matrix",
    "duration_matrix",
    "haversine",
]
