"""What a vehicle carries along its route: deliveries, pick-ups, shipments, trip by trip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from flowopt.routing.stops import trips

if TYPE_CHECKING:
    from flowopt.routing.parts import Floats, Ints
    from flowopt.routing.problem import RoutingProblem


def loads_along(problem: RoutingProblem, stops: Sequence[int]) -> tuple[Floats, Floats, Floats]:
    """Return the loads of a route: a trip leaves its depot with what it delivers.

    Parameters
    ----------
    problem
        The problem.
    stops
        Clients, and reloads as ``~depot``.

    Returns
    -------
    tuple
        (d,) load at departure, (v, d) load after each visit, (d,) most at any moment.
    """
    parts = [_of_trip(problem, np.array(trip, dtype=np.int64)) for trip in trips(stops)]
    first = parts[0][0]
    after = np.concatenate([after for _, after in parts])
    most = np.max([load for load, _ in parts], axis=0)
    return first, after, np.maximum(most, after.max(axis=0, initial=0.0))


def _of_trip(problem: RoutingProblem, visits: Ints) -> tuple[Floats, Floats]:
    """Return the load at the departure of a trip, and after each of its visits."""
    clients, shipments = problem.clients, problem.shipments
    load = clients.demand[visits].sum(axis=0)
    gained = clients.pickup[visits] - clients.demand[visits]
    if len(shipments):
        number = problem.shipment_of[visits]
        carried = number >= 0
        own = number[carried]
        sign = np.where(shipments.pickup[own] == visits[carried], 1.0, -1.0)
        gained[carried] += sign[:, None] * shipments.demand[own]
    return load, load + np.cumsum(gained, axis=0)
