"""Rules that the quick kernels need not know, since they look like loads or ways to them.

A limit on visits is a load of 1 a client. Clients that a vehicle type may not serve have a load
which only the other types have room for. Backhauls, which follow all linehauls of a route, are a
load of their own, and from them there is no way to a linehaul.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowopt.routing.parts import Bools, Floats
from flowopt.routing.problem import RoutingProblem
from flowopt.routing.travel import MatrixTravel

DISGUISED = frozenset({"compatibility", "max_visits", "priorities"})
"""The rules that can always be taken for loads or prizes."""

_BACKHAULS = frozenset({"sequence", "pickups"})


def disguised(problem: RoutingProblem) -> frozenset[str]:
    """Return the rules of a problem that look like loads or ways to the quick kernels.

    Parameters
    ----------
    problem
        The problem.

    Examples
    --------
    >>> problem = RoutingProblem.from_arrays({"demand": [1, 0], "pickup": [0, 2],
    ...     "sequence": [0, 1]}, {"num_available": 1, "capacity": 2, "max_visits": 2},
    ...     distance_matrix=1 - np.eye(3))
    >>> sorted(disguised(problem))
    ['max_visits', 'pickups', 'sequence']
    """
    known = DISGUISED | _BACKHAULS if _has_backhauls(problem) else DISGUISED
    return problem.features & known


def loads_of(problem: RoutingProblem) -> tuple[Floats, Floats]:
    """Return the loads of a problem as the quick kernels take them, rules in disguise included.

    Parameters
    ----------
    problem
        The problem.

    Returns
    -------
    demand, capacity
        (n, d) and (k, d).
    """
    clients, types = problem.clients, problem.vehicle_types
    demand, capacity = [clients.demand], [types.capacity]
    if "pickups" in problem.features:
        demand.append(clients.pickup)
        capacity.append(types.capacity)
    if "max_visits" in problem.features:
        demand.append(np.ones((len(clients), 1)))
        capacity.append(types.max_visits[:, None])
    if "compatibility" in problem.features:
        barred = np.unique(~problem.may_serve, axis=1)  # types that are alike share a load
        demand.append(barred.astype(np.float64))
        alike = (~problem.may_serve[:, :, None] == barred[:, None, :]).all(axis=0)
        capacity.append(np.where(alike, 0.0, np.inf))
    return np.hstack(demand), np.hstack(capacity)


def without_ways_back(problem: RoutingProblem, matrix: Any, no_way: float) -> Any:
    """Return distances with no way from a backhaul to a linehaul, if a problem has these.

    Parameters
    ----------
    problem
        The problem.
    matrix
        (m + n, m + n) distances, or what computes them.
    no_way
        The number that stands for no way.
    """
    if "sequence" not in problem.features:
        return matrix
    m, late = problem.num_depots, _backhauls(problem)
    result = np.array(matrix)
    result[np.ix_(m + np.flatnonzero(late), m + np.flatnonzero(~late))] = no_way
    return result


def _backhauls(problem: RoutingProblem) -> Bools:
    """Return whether each client comes in the second half of a route."""
    sequence = problem.clients.sequence
    late: Bools = sequence > sequence.min(initial=np.inf)
    return late


def _has_backhauls(problem: RoutingProblem) -> bool:
    """Return whether routes consist of deliveries, then of pick-ups."""
    clients = problem.clients
    if not isinstance(problem.travel, MatrixTravel) or not np.isfinite(clients.sequence).all():
        return False
    if len(np.unique(clients.sequence)) != 2:
        return False
    late = _backhauls(problem)
    return not (clients.demand[late].any() or clients.pickup[~late].any())
