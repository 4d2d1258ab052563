"""The columns of a routing problem: its clients, its fleet, its depots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Clients:
    """Those who are delivered to, as columns.

    Parameters
    ----------
    id
        (n,) names.
    demand
        (n, d) what is delivered, in each load dimension.
    service_duration
        (n,) seconds that a visit takes.
    tw_early, tw_late
        (n,) earliest and latest start of the visit, in seconds; a vehicle may wait.
    required
        (n,) whether the client must be served.
    prize
        (n,) what is lost when a client that is not required is not served.
    """

    id: npt.NDArray[Any]
    demand: Floats
    service_duration: Floats
    tw_early: Floats
    tw_late: Floats
    required: Bools
    prize: Floats

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True, eq=False)
class VehicleTypes:
    """The fleet, as columns.

    Parameters
    ----------
    id
        (k,) names.
    num_available
        (k,) number of vehicles.
    capacity
        (k, d) most that a vehicle holds, in each load dimension; inf for no limit.
    start_depot, end_depot
        (k,) positions of the depots where they start and end.
    fixed_cost
        (k,) cost of a vehicle that is used.
    unit_distance_cost
        (k,) cost per unit of distance.
    unit_duration_cost
        (k,) cost per second from departure to return.
    tw_early, tw_late
        (k,) shift: earliest departure and latest return, in seconds.
    max_duration, max_distance
        (k,) longest route in seconds and in distance; inf for no limit.
    """

    id: npt.NDArray[Any]
    num_available: Ints
    capacity: Floats
    start_depot: Ints
    end_depot: Ints
    fixed_cost: Floats
    unit_distance_cost: Floats
    unit_duration_cost: Floats
    tw_early: Floats
    tw_late: Floats
    max_duration: Floats
    max_distance: Floats

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True, eq=False)
class Depots:
    """Where vehicles start and end, as columns.

    Parameters
    ----------
    id
        (m,) names.
    tw_early, tw_late
        (m,) hours within which vehicles depart and return, in seconds.
    """

    id: npt.NDArray[Any]
    tw_early: Floats
    tw_late: Floats

    def __len__(self) -> int:
        return len(self.id)
