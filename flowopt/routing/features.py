"""Which rules a routing problem has: what an engine must support to take it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from flowopt.routing.problem import RoutingProblem

MANY_CLIENTS = 2000
"""Above this number of clients the problem has the feature ``"many_clients"``."""

_HUGE = 2.0**40  # beyond it scaled integers overflow on long routes


def features(problem: RoutingProblem) -> frozenset[str]:
    """Return the names of the rules that a problem has.

    Parameters
    ----------
    problem
        The problem.

    Examples
    --------
    >>> from flowopt.routing import RoutingProblem
    >>> problem = RoutingProblem.from_arrays({"demand": [1], "pickup": [2]},
    ...     {"num_available": 1, "capacity": 5}, distance_matrix=[[0, 1], [1, 0]])
    >>> sorted(features(problem))
    ['capacity', 'pickups']
    """
    present = _of_clients(problem) | _of_fleet(problem) | _of_the_whole(problem)
    return frozenset(name for name, there in present.items() if there)


def _of_clients(problem: RoutingProblem) -> dict[str, bool]:
    clients = problem.clients
    windows = np.isfinite(clients.tw_late) | (clients.tw_early > 0)
    return {
        "time_windows": bool(windows.any() or np.isfinite(problem.depots.tw_late).any()),
        "several_windows": len(problem.time_windows) > 0,
        "optional_clients": not bool(clients.required.all()),
        "pickups": bool((clients.pickup > 0).any()),
        "shipments": len(problem.shipments) > 0,
        "release_times": bool(np.isfinite(clients.release_time).any()),
        "priorities": bool((clients.priority > 0).any()),
        "groups": bool((clients.group != "").any()),
        "sequence": bool(np.isfinite(clients.sequence).any()),
        "compatibility": not bool(problem.may_serve.all()),
        "assignment_costs": bool((clients.assignment_cost > 0).any()),
    }


def _of_fleet(problem: RoutingProblem) -> dict[str, bool]:
    types = problem.vehicle_types
    shifts = np.isfinite(types.tw_late) | (types.tw_early > 0)
    driving = np.minimum(types.max_driving_before_break, types.max_driving_duration)
    return {
        "capacity": bool(np.isfinite(types.capacity).any()),
        "shifts": bool(shifts.any()),
        "max_duration": bool(np.isfinite(types.max_duration).any()),
        "max_distance": bool(np.isfinite(types.max_distance).any()),
        "several_vehicle_types": len(types) > 1,
        "max_visits": bool(np.isfinite(types.max_visits).any()),
        "overtime": bool((types.max_overtime > 0).any()),
        "reloads": bool((types.max_reloads > 0).any()),
        "profiles": bool((types.profile > 0).any() or (types.speed_factor != 1).any()),
        "driving_rules": bool(np.isfinite(driving).any()),
        "breaks": len(problem.breaks) > 0,
        "traffic": len(problem.traffic) > 0,
    }


def _of_the_whole(problem: RoutingProblem) -> dict[str, bool]:
    return {
        "several_loads": len(problem.loads) > 1,
        "several_depots": problem.num_depots > 1,
        "unreachable_pairs": not all(t.complete for t in (problem.travel, *problem.profiles)),
        "many_clients": problem.num_clients > MANY_CLIENTS,
        "huge_numbers": problem.largest_number > _HUGE,
        "vehicles_first": problem.vehicles_first,
        "longest_duration_cost": problem.longest_duration_cost > 0,
    }
