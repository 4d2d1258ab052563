"""A routing instance as its file states it, and the problem that it stands for."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from flowopt.io.distances import METRICS, ROUNDINGS, metric_distances
from flowopt.io.text import Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class RoutingInstance:
    """A routing instance as its file states it: plain columns, one entry a node.

    Parameters
    ----------
    name
        Its name.
    type
        Its type: ``"CVRP"``, ``"VRPTW"``, ….
    node
        (n,) numbers of the nodes in the file.
    depots
        (d,) positions of the depots among the nodes.
    demand
        (n,) what each node receives; 0 at depots.
    service_duration
        (n,) time of service; 0 at depots.
    tw_early, tw_late
        (n,) time windows.
    capacity
        What a vehicle holds.
    num_vehicles
        Number of vehicles; None when the file sets no limit.
    max_duration, max_distance
        Most that a route may take, and may be long.
    coordinates
        (n, 2) coordinates, or None.
    weights
        (n, n) distances that the file lists, or None when they follow from the coordinates.
    metric
        EDGE_WEIGHT_TYPE.
    """

    name: str
    type: str
    node: npt.NDArray[np.int64]
    depots: npt.NDArray[np.int64]
    demand: Floats
    service_duration: Floats
    tw_early: Floats
    tw_late: Floats
    capacity: float
    num_vehicles: int | None = None
    max_duration: float = math.inf
    max_distance: float = math.inf
    coordinates: Floats | None = None
    weights: Floats | None = None
    metric: str = "EUC_2D"

    @property
    def clients(self) -> npt.NDArray[np.int64]:
        """(c,) positions of the clients among the nodes, in the order of the file."""
        return np.setdiff1d(np.arange(len(self.node)), self.depots)

    @property
    def locations(self) -> npt.NDArray[np.int64]:
        """(n,) positions of all nodes, the depots first: the numbering of ``.sol`` files."""
        return np.concatenate([self.depots, self.clients])

    def rounding(self, wish: str = "auto") -> str:
        """Return how distances are rounded: as wished, or for ``"auto"`` as the type says.

        Sets with time windows are compared with distances down to one decimal (12th DIMACS
        challenge), those without with whole distances; listed weights stand as they are.
        """
        if wish != "auto":
            return wish
        if self.weights is not None:
            return "none"
        windows = "TW" in self.type
        return METRICS[self.metric][1] or ("dimacs" if windows else "round")

    def distances(self, rounding: str = "auto") -> Floats:
        """Return the (n, n) distances between the nodes, in the order of the file."""
        how = self.rounding(rounding)
        if self.weights is not None:
            return ROUNDINGS[how](self.weights)
        assert self.coordinates is not None
        return metric_distances(self.metric, how, self.coordinates)
