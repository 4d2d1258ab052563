"""How many vehicles are modelled, for the peers that model each by itself."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyvrp import ProblemData

_SPARE = 1.3  # vehicles for each that the loads ask for
_MORE = 3


def vehicle_kinds(data: ProblemData) -> list[int]:
    """Return the vehicle type of each vehicle in a model.

    A fleet as large as the number of clients stands for one without limit. Vehicle by vehicle it
    would only slow a solver down, so each type then has 1.3 times those that carry all loads, and
    3 more.

    Parameters
    ----------
    data
        The problem.
    """
    visits = data.num_clients + data.num_shipments
    kinds: list[int] = []
    for kind, vehicle in enumerate(data.vehicle_types()):
        count = vehicle.num_available
        if count >= visits - 1:
            count = min(count, enough(data, vehicle.capacity))
        kinds += [kind] * count
    return kinds


def enough(data: ProblemData, capacity: list[int]) -> int:
    """Return 1.3 times the vehicles of a capacity that carry all loads, and 3 more."""
    least = 1
    for d, most in enumerate(capacity):
        loads = (max(client.delivery[d], client.pickup[d]) for client in data.clients())
        least = max(least, math.ceil(sum(loads) / max(1, most)))
    return math.ceil(_SPARE * least) + _MORE
