"""What plans are compared by: whom they leave, how many vehicles they take, what they cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from flowopt.routing.schedule import schedule_route

if TYPE_CHECKING:
    from flowopt.routing.parts import Bools, Floats
    from flowopt.routing.problem import RoutingProblem


class Rank(NamedTuple):
    """What plans are compared by, one after the other.

    Parameters
    ----------
    missing
        Weight of the required clients unserved; see `missing`.
    vehicles
        Vehicles used, where the problem puts them first; else 0.
    cost
        Cost of the plan.
    """

    missing: int
    vehicles: int
    cost: float


def rank(problem: RoutingProblem, plan: Sequence[tuple[int, Sequence[int]]]) -> Rank:
    """Return what plans are compared by: the smaller is the better.

    Parameters
    ----------
    problem
        The problem.
    plan
        Vehicle type and stops of each route.

    Examples
    --------
    >>> from flowopt.routing import RoutingProblem
    >>> problem = RoutingProblem.from_arrays({"priority": [4, 0]}, {"num_available": 1},
    ...     distance_matrix=[[0, 1, 2], [1, 0, 1], [2, 1, 0]])
    >>> rank(problem, [(0, [1])])
    Rank(missing=5, vehicles=0, cost=4.0)
    """
    served = np.zeros(problem.num_clients, dtype=np.bool_)
    figures = []
    for vehicle_type, given in plan:
        stops = np.array(given, dtype=np.int64)
        served[stops[stops >= 0]] = True
        schedule = schedule_route(problem, vehicle_type, stops, slack=False)
        figures.append((schedule.cost, schedule.duration))
    vehicles = sum(len(stops) > 0 for _, stops in plan) if problem.vehicles_first else 0
    cost = cost_of_routes(problem, figures) + lost_prizes(problem, served)
    return Rank(missing(problem, served), vehicles, cost)


def cost_of_routes(problem: RoutingProblem, routes: Iterable[tuple[float, float]]) -> float:
    """Return the cost of routes, with what the longest of them costs.

    Parameters
    ----------
    problem
        The problem.
    routes
        Cost and duration of each.
    """
    costs, durations = zip(*routes, strict=True) if (routes := list(routes)) else ((), ())
    longest = max(durations, default=0.0)
    balance = problem.longest_duration_cost * longest if problem.longest_duration_cost else 0.0
    return float(sum(costs) + balance)


def added_balance(
    problem: RoutingProblem, durations: Sequence[float], duration: float, route: int | None = None
) -> float:
    """Return what the longest route costs more when one route has another duration, or is new.

    Parameters
    ----------
    problem
        The problem.
    durations
        Duration of each route.
    duration
        That of the changed route.
    route
        Position of the changed route; None: a new one.

    Examples
    --------
    >>> from flowopt.routing import RoutingProblem
    >>> problem = RoutingProblem.from_arrays({"id": [1]}, {"num_available": 2},
    ...     distance_matrix=[[0, 1], [1, 0]], longest_duration_cost=10)
    >>> added_balance(problem, [3.0, 5.0], 4.0, route=1), added_balance(problem, [3.0], 2.0)
    (-10.0, 0.0)
    """
    if not problem.longest_duration_cost:
        return 0.0
    others = [each for place, each in enumerate(durations) if place != route]
    now, then = max(durations, default=0.0), max([duration, *others])
    return problem.longest_duration_cost * (then - now)


def lost_prizes(problem: RoutingProblem, served: Bools) -> float:
    """Return the prizes of optional clients not served; of a group the largest, if none is.

    Parameters
    ----------
    problem
        The problem.
    served
        (n,) whether each client is served.
    """
    clients = problem.clients
    lost = ~served & ~clients.required
    if "groups" not in problem.features:
        return float(clients.prize[lost].sum())
    grouped = problem.group_of >= 0
    alone = float(clients.prize[lost & ~grouped].sum())
    return alone + float(_of_groups(problem, served, clients.prize, required=False).sum())


def prize_of(problem: RoutingProblem, client: int) -> float:
    """Return the prizes that are lost for want of a client: of its shipment, of its group.

    Parameters
    ----------
    problem
        The problem.
    client
        Its position; nobody of its group is served.
    """
    prize, group = problem.clients.prize, problem.group_of
    if group[client] >= 0:
        return float(prize[group == group[client]].max())
    shipment = int(problem.shipment_of[client])
    if shipment < 0:
        return float(prize[client])
    ends = problem.shipments.pickup[shipment], problem.shipments.delivery[shipment]
    return float(prize[ends[0]] + prize[ends[1]])


def missing(problem: RoutingProblem, served: Bools) -> int:
    """Return the weight of the required clients not served: 1 and its priority for each.

    A group of required clients counts once, with its highest priority.

    Parameters
    ----------
    problem
        The problem.
    served
        (n,) whether each client is served.
    """
    clients = problem.clients
    left = ~served & clients.required
    weight = clients.priority + 1
    if "groups" not in problem.features:
        return int(weight[left].sum())
    grouped = problem.group_of >= 0
    groups = _of_groups(problem, served, weight.astype(np.float64), required=True)
    return int(weight[left & ~grouped].sum()) + int(groups.sum())


def _of_groups(problem: RoutingProblem, served: Bools, values: Floats, required: bool) -> Floats:
    """Return the largest value of each group, required or not, of which none is served; else 0."""
    group, clients = problem.group_of, problem.clients
    most = np.zeros(int(group.max(initial=-1)) + 1)
    members = (group >= 0) & (clients.required == required)
    np.maximum.at(most, group[members], values[members])
    most[group[(group >= 0) & served]] = 0.0
    return most
