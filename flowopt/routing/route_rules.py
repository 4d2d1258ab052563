"""The rules of a route that time has no part in: compatibility, order, shipments, reloads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from flowopt.routing.rulebook import rulebook

if TYPE_CHECKING:
    from flowopt.routing.parts import Floats, Ints
    from flowopt.routing.problem import RoutingProblem


def broken_rules(problem: RoutingProblem, vehicle_type: int, stops: Ints) -> set[str]:
    """Return the rules that a route breaks whenever it is driven, by the names of the check.

    Parameters
    ----------
    problem
        The problem.
    vehicle_type
        Position of the vehicle type.
    stops
        (s,) clients, and reloads as ``~depot``.
    """
    names, k = rulebook(problem).names, vehicle_type
    types, visits = problem.vehicle_types, stops[stops >= 0]
    broken = set()
    if "compatibility" in names and not problem.may_serve[visits, k].all():
        broken.add("compatibility")
    if len(visits) > types.max_visits[k]:
        broken.add("max_visits")
    if "sequence" in names and not in_sequence(problem.clients.sequence[visits]):
        broken.add("sequence")
    if "groups" in names:
        groups = problem.group_of[visits]
        if len(np.unique(groups[groups >= 0])) < np.count_nonzero(groups >= 0):
            broken.add("group")
    if "shipments" in names and not shipments_hold(problem, stops.tolist()):
        broken.add("shipment")
    reloads = ~stops[stops < 0]
    if len(reloads) > types.max_reloads[k] or not types.reload_depots[k][reloads].all():
        broken.add("reload")
    return broken


def in_sequence(numbers: Floats) -> bool:
    """Return whether numbers do not fall; NaN stands anywhere.

    Examples
    --------
    >>> in_sequence(np.array([1.0, np.nan, 1.0, 3.0])), in_sequence(np.array([2.0, np.nan, 1.0]))
    (True, False)
    """
    known = numbers[~np.isnan(numbers)]
    return bool((known[1:] >= known[:-1]).all())


def shipments_hold(problem: RoutingProblem, stops: Sequence[int]) -> bool:
    """Return whether each shipment of a route is picked up, then delivered on the same trip.

    Parameters
    ----------
    problem
        The problem.
    stops
        Clients, and reloads as ``~depot``.
    """
    number, pickup = problem.shipment_of, problem.shipments.pickup
    on_board: set[int] = set()
    for stop in [*stops, -1]:
        if stop < 0:
            if on_board:
                return False
            continue
        shipment = int(number[stop])
        if shipment < 0:
            continue
        if pickup[shipment] == stop:
            on_board.add(shipment)
        elif shipment not in on_board:
            return False
        else:
            on_board.remove(shipment)
    return not on_board


def overtime_of(
    problem: RoutingProblem, vehicle_type: int, departure: float, finish: float
) -> float:
    """Return by how many seconds a route passes its shift or longest duration, the more of both.

    Parameters
    ----------
    problem
        The problem.
    vehicle_type
        Position of the vehicle type.
    departure, finish
        Moments of departure and return.
    """
    types, k = problem.vehicle_types, vehicle_type
    late = finish - float(types.tw_late[k])
    long = finish - departure - float(types.max_duration[k])
    return max(0.0, late, long)
