"""The network: sites, lanes, commodities and demand, as tables and as a graph."""

from flowopt.network.consistency import Finding
from flowopt.network.distances import distance_matrix, duration_matrix, haversine
from flowopt.network.network import Network

__all__ = ["Finding", "Network", "distance_matrix", "duration_matrix", "haversine"]
