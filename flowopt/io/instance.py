"""A routing instance as its file states it, and the problem that it stands for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.io.text import Floats
from flowopt.io.weights import EDGE_WEIGHT_TYPES, ROUTING_METRICS

if TYPE_CHECKING:
    from flowopt.routing import RoutingProblem


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
    edge_weight_type
        How distances are given; one of `flowopt.io.weights.EDGE_WEIGHT_TYPES`.
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
    edge_weight_type: str = "EUC_2D"

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

        Parameters
        ----------
        wish
            A `Rounding`.
        """
        implied = EDGE_WEIGHT_TYPES[self.edge_weight_type]
        if self.weights is not None or (wish == "auto" and implied != "auto"):
            return implied
        return wish if wish != "auto" else "dimacs" if "TW" in self.type else "round"

    def distances(self, rounding: str = "auto") -> Floats:
        """Return the (n, n) distances between `locations`.

        Parameters
        ----------
        rounding
            A `Rounding`.
        """
        from flowopt.routing.metrics import distances
        from flowopt.routing.travel import Points

        places = self.locations
        if self.weights is not None:
            return self.weights[np.ix_(places, places)]
        assert self.coordinates is not None
        x, y = self.coordinates[places].T
        return distances(Points(x, y), ROUTING_METRICS[self.rounding(rounding)])

    def to_problem(self, rounding: str = "auto") -> RoutingProblem:
        """Return the problem; travel times are the distances.

        Parameters
        ----------
        rounding
            A `Rounding`.
        """
        from flowopt.routing import RoutingProblem

        clients, depots = self.clients, self.depots
        many = max(len(clients), 1)  # enough for one vehicle each, when the file sets no limit
        coordinates = None if self.coordinates is None else self.coordinates[self.locations]
        return RoutingProblem.from_arrays(
            {
                "id": self.node[clients],
                "demand": self.demand[clients],
                "service_duration": self.service_duration[clients],
                "tw_early": self.tw_early[clients],
                "tw_late": self.tw_late[clients],
            },
            {
                "num_available": many if self.num_vehicles is None else self.num_vehicles,
                "capacity": self.capacity,
                "max_duration": self.max_duration,
                "max_distance": self.max_distance,
            },
            {
                "id": self.node[depots],
                "tw_early": self.tw_early[depots],
                "tw_late": self.tw_late[depots],
            },
            distance_matrix=None if self.weights is None else self.distances(rounding),
            coordinates=coordinates,
            metric=ROUTING_METRICS[self.rounding(rounding)],
        )
