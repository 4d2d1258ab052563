"""A routing instance as its file states it, and the problem that it stands for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.io.fleet import Fleet, Ints
from flowopt.io.text import Floats
from flowopt.io.weights import EDGE_WEIGHT_TYPES, ROUNDINGS, ROUTING_METRICS

if TYPE_CHECKING:
    from flowopt.routing import RoutingProblem


@dataclass(frozen=True, eq=False, kw_only=True)
class RoutingInstance:
    """A routing instance as its file states it: plain columns, one entry a node.

    Columns that a file does not have are None.

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
    fleet
        The vehicles.
    demand, pickup
        (n,) what each node receives, and what is collected there; 0 at depots.
    service_duration
        (n,) time of service; 0 at depots.
    tw_early, tw_late
        (n,) time windows.
    release_time
        (n,) earliest departure of the vehicle that brings it.
    prize
        (n,) what is lost when a node is not served; nodes with a prize of 0 must be.
    group
        (n,) number of the group of which one node is served; 0 for none.
    shipments
        (q, 2) positions of the nodes where goods are picked up and delivered.
    shipment_demand
        (q,) how much that is.
    vehicles_first
        Whether a plan with fewer vehicles is better whatever it costs.
    coordinates
        (n, 2) coordinates, or None.
    weights
        (n, n) distances that the file lists, or None when they follow from the coordinates.
    edge_weight_type
        How distances are given; one of `flowopt.io.weights.EDGE_WEIGHT_TYPES`.
    """

    name: str
    type: str
    node: Ints
    depots: Ints
    fleet: Fleet
    demand: Floats
    service_duration: Floats
    tw_early: Floats
    tw_late: Floats
    pickup: Floats | None = None
    release_time: Floats | None = None
    prize: Floats | None = None
    group: Ints | None = None
    shipments: Ints | None = None
    shipment_demand: Floats | None = None
    vehicles_first: bool = False
    coordinates: Floats | None = None
    weights: Floats | None = None
    edge_weight_type: str = "EUC_2D"

    @property
    def clients(self) -> Ints:
        """(c,) positions of the clients among the nodes, in the order of the file."""
        return np.setdiff1d(np.arange(len(self.node)), self.depots)

    @property
    def locations(self) -> Ints:
        """(n,) positions of all nodes, the depots first: the numbering of ``.sol`` files."""
        return np.concatenate([self.depots, self.clients])

    @property
    def num_vehicles(self) -> int | None:
        """Number of vehicles; None when the file sets no limit."""
        return None if self.fleet.unlimited else int(self.fleet.num_available.sum())

    def rounding(self, wish: str = "auto") -> str:
        """Return how distances are rounded: as wished, or for ``"auto"`` as the type says.

        Listed weights stand as they are.

        Parameters
        ----------
        wish
            A `Rounding`.
        """
        implied = EDGE_WEIGHT_TYPES[self.edge_weight_type]
        if self.weights is not None or (wish == "auto" and implied != "auto"):
            return implied
        return wish if wish != "auto" else ROUNDINGS[self.type]

    def distances(self, rounding: str = "auto") -> Floats:
        """Return the (n, n) distances between `locations`; inf where there is no way.

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

        matrix = None
        if self.weights is not None or self.type == "VRPB":
            matrix = self.distances(rounding)
        if self.type == "VRPB":
            assert matrix is not None
            self._close_ways_to_backhauls(matrix)
        problem = RoutingProblem.from_arrays(
            self._clients(),
            self._vehicle_types(),
            {name: getattr(self, name)[self.depots] for name in ("tw_early", "tw_late")}
            | {"id": self.node[self.depots]},
            distance_matrix=matrix,
            coordinates=None if self.coordinates is None else self.coordinates[self.locations],
            metric=ROUTING_METRICS[self.rounding(rounding)],
            shipments=self._shipments(),
            vehicles_first=self.vehicles_first,
        )
        if self.fleet.allowed is None:
            return problem
        allowed = self.fleet.allowed[:, self.clients].T
        return problem.replace(clients=replace(problem.clients, allowed=allowed))

    def _close_ways_to_backhauls(self, matrix: Floats) -> None:
        """Let no route begin at a backhaul: that is how none has backhauls alone.

        In the set of Goetschalckx and Jacobs-Blecha and its successors, linehauls come first on a
        route and each route has one.
        """
        assert self.pickup is not None
        backhauls = np.flatnonzero(self.pickup[self.locations] > 0)
        matrix[: len(self.depots), backhauls] = np.inf

    def _clients(self) -> dict[str, Any]:
        """Return the table of clients."""
        table: dict[str, Any] = {"id": self.node[self.clients]}
        names = ("demand", "service_duration", "tw_early", "tw_late", "pickup", "release_time")
        for name in names:
            column = getattr(self, name)
            if column is not None:
                table[name] = column[self.clients]
        if self.prize is not None:
            table["prize"] = self.prize[self.clients]
            table["required"] = table["prize"] == 0
        if self.group is not None:
            group = self.group[self.clients]
            table["group"] = np.where(group > 0, group.astype(np.str_), "")
            table["required"] = (group > 0) | table.get("required", True)
        if self.type == "VRPB":
            backhaul = table["pickup"] > 0
            order = np.where(backhaul, 1.0, 0.0)
            table["sequence"] = np.where(backhaul | (table["demand"] > 0), order, np.nan)
        return table

    def _vehicle_types(self) -> dict[str, Any]:
        """Return the table of vehicle types."""
        fleet, depot_ids = self.fleet, self.node[self.depots]
        table = {
            "num_available": fleet.num_available,
            "capacity": fleet.capacity,
            "depot": depot_ids[fleet.depot],
            "fixed_cost": fleet.fixed_cost,
            "unit_distance_cost": fleet.unit_distance_cost,
            "max_duration": fleet.max_duration,
            "max_distance": fleet.max_distance,
            "max_reloads": fleet.max_reloads,
        }
        if len(fleet) > 1:
            table["id"] = np.array(self._type_names())
        if fleet.reload_depots is not None:
            cells = [";".join(map(str, depot_ids[row].tolist())) for row in fleet.reload_depots]
            table["reload_depots"] = np.array(cells)
            can = fleet.reload_depots.any(axis=1)  # an empty cell would be the depot of its start
            table["max_reloads"] = np.where(can, fleet.max_reloads, 0.0)
        return table

    def _type_names(self) -> list[str]:
        """Return the numbers of the vehicles of each type: ``"vehicles 1-3"``, ``"vehicle 4"``."""
        last = np.cumsum(self.fleet.num_available).tolist()
        first = [1, *(end + 1 for end in last[:-1])]
        pairs = zip(first, last, strict=True)
        return [
            f"vehicles {begin}-{end}" if end > begin else f"vehicle {begin}" for begin, end in pairs
        ]

    def _shipments(self) -> dict[str, npt.NDArray[Any]] | None:
        if self.shipments is None:
            return None
        pickup, delivery = self.node[self.shipments].T
        return {
            "id": pickup,
            "pickup": pickup,
            "delivery": delivery,
            "demand": self.shipment_demand,
        }
