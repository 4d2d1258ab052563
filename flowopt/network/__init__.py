"""The network: sites, lanes, commodities and demand, as tables and as a graph."""

from flowopt.network.network import Network

__all__ = ["Network"]
