"""Small generated problems, with the optimal costs that brute force finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

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
    from benchmarks.routing.held_karp import optimum

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
