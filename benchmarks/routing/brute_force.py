"""Small generated problems with their optimal costs, by dynamic programming over subsets.

The shortest tour of each subset of clients is that of Held and Karp (1962); the cheapest partition
of all clients into subsets that a vehicle can carry follows by the same means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba
import numpy as np
import numpy.typing as npt

from benchmarks.routing.case import BestKnown, Case
from benchmarks.routing.sets import InstanceSet

if TYPE_CHECKING:
    from flowopt import RoutingProblem

NUMBER = 200
"""Number of generated problems."""

_FEWEST, _MOST = 6, 15  # clients
_SIDE = 1000
_LEAST_ROUTES, _MOST_ROUTES = 2, 5  # that the loads ask for, about


def generated_cases(instance_set: InstanceSet) -> list[Case]:
    """Return the generated cases with their optimal costs.

    Parameters
    ----------
    instance_set
        The set that they make.
    """
    return [_case(instance_set, number) for number in range(NUMBER)]


def _case(instance_set: InstanceSet, number: int) -> Case:
    data = generate(number)
    best = BestKnown(optimum(data["distance"], data["demand"], data["capacity"]))
    clients = len(data["demand"])
    return Case(
        instance_set.name, f"G{number:03}-n{clients + 1}", clients, number=number, best=best
    )


def generate(number: int) -> dict[str, Any]:
    """Return a small problem: whole distances, in every other one different in both directions.

    Parameters
    ----------
    number
        What it is generated from.

    Returns
    -------
    dict
        ``coordinates``, ``distance`` with the depot first, ``demand`` of the clients, ``capacity``.
    """
    random = np.random.default_rng(number)
    clients = _MOST if number % 4 == 3 else int(random.integers(_FEWEST, _MOST + 1))
    places = random.integers(0, _SIDE, (clients + 1, 2)).astype(np.float64)
    distance = np.rint(np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1)))
    if number % 2:
        distance += random.integers(0, _SIDE // 5, distance.shape)
        np.fill_diagonal(distance, 0)
    demand = random.integers(1, 30, clients).astype(np.float64)
    routes = random.uniform(_LEAST_ROUTES, _MOST_ROUTES)
    capacity = float(max(demand.max(), np.ceil(demand.sum() / routes)))
    return {"coordinates": places, "distance": distance, "demand": demand, "capacity": capacity}


def generated_problem(number: int) -> RoutingProblem:
    """Return a small problem as flowopt's, with as many vehicles as clients.

    Parameters
    ----------
    number
        What it is generated from.
    """
    from flowopt import RoutingProblem

    data = generate(number)
    return RoutingProblem.from_arrays(
        {"demand": data["demand"]},
        {"num_available": len(data["demand"]), "capacity": data["capacity"]},
        distance_matrix=data["distance"],
        coordinates=data["coordinates"],
    )


def optimum(
    distance: npt.NDArray[np.float64], demand: npt.NDArray[np.float64], capacity: float
) -> float:
    """Return the least cost of routes from a depot that serve all clients.

    Parameters
    ----------
    distance
        (n + 1, n + 1) distances, the depot first.
    demand
        (n,) demands.
    capacity
        Most that a route may carry.
    """
    subsets = 1 << len(demand)
    last = np.full((subsets, len(demand)), np.inf)
    best = np.full(subsets, np.inf)
    least = _optimum(np.asarray(distance, dtype=np.float64), demand, capacity, last, best)
    return float(least)


@numba.njit(cache=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba is not typed
def _optimum(
    distance: npt.NDArray[np.float64],
    demand: npt.NDArray[np.float64],
    capacity: float,
    last: npt.NDArray[np.float64],
    best: npt.NDArray[np.float64],
) -> float:
    """Fill `last`, the shortest path through a subset to its last client, then `best`."""
    n = len(demand)
    subsets = 1 << n
    for client in range(n):
        last[1 << client, client] = distance[0, client + 1]
    for subset in range(1, subsets):
        load = 0.0
        for client in range(n):
            if subset >> client & 1:
                load += demand[client]
        if load > capacity:  # no larger subset needs its paths either
            continue
        for end in range(n):
            path = last[subset, end]
            if path == np.inf:
                continue
            best[subset] = min(best[subset], path + distance[end + 1, 0])
            for client in range(n):
                if not subset >> client & 1:
                    more = subset | 1 << client
                    length = path + distance[end + 1, client + 1]
                    last[more, client] = min(last[more, client], length)
    for subset in range(1, subsets):
        lowest = subset & -subset  # its route is one of those taken apart
        part = subset
        while part:
            if part & lowest and part != subset:
                best[subset] = min(best[subset], best[part] + best[subset ^ part])
            part = (part - 1) & subset
    return float(best[subsets - 1])
