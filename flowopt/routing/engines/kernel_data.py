"""Translates a routing problem into the arrays of the kernels, and their plans back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.routing.engines.disguise import loads_of, without_ways_back
from flowopt.routing.engines.kernel_ways import NO_WAY, by_target, kernel_ways
from flowopt.routing.engines.neighbours import far_from, largest_bend, near_ways, nearest
from flowopt.routing.engines.route_list import RouteList
from flowopt.routing.kernels.layout import (
    BANK,
    FIXED,
    PRIZE,
    ROUTE,
    SIZE,
    TYPE,
    Data,
    Plan,
)
from flowopt.routing.kernels.moves import list_routes, place_routes
from flowopt.routing.kernels.records import as_record
from flowopt.routing.kernels.ways import Formula
from flowopt.routing.problem import RoutingProblem

_SKIP = 0.01  # of the places are passed by

Floats = npt.NDArray[np.float64]


def kernel_data(problem: RoutingProblem) -> Data:
    """Return what does not change during a search, as a record of `Data`.

    Parameters
    ----------
    problem
        The problem.
    """
    clients, types, depots = problem.clients, problem.vehicle_types, problem.depots
    distance, duration = kernel_ways(problem.travel)
    distance = without_ways_back(problem, distance, NO_WAY * max(1.0, problem.travel.largest))
    demand, capacity = loads_of(problem)
    early = np.maximum(types.tw_early, depots.tw_early[types.start_depot])
    late = np.minimum(types.tw_late, depots.tw_late[types.end_depot])
    vehicle = np.column_stack(
        [
            types.fixed_cost,
            types.unit_distance_cost,
            types.unit_duration_cost,
            early,
            late,
            types.max_duration,
            types.max_distance,
        ]
    )
    timed = bool(np.isfinite(clients.tw_late).any() or np.isfinite(late).any())
    limited = np.isfinite(types.max_duration).any() or np.isfinite(types.max_distance).any()
    prize = np.where(clients.required, _dearest(problem) * (1.0 + clients.priority), clients.prize)
    into = by_target(distance)
    near = nearest(problem, distance, duration, timed)
    ways = near_ways(problem, distance, near)
    bend = largest_bend(problem, distance, near, ways)
    data = Data(
        num_depots=problem.num_depots,
        distance=distance,
        duration=duration,
        distance_into=into,
        duration_into=into if duration is distance else by_target(duration),
        client=np.column_stack(
            [clients.tw_early, clients.tw_late, clients.service_duration, prize]
        ),
        demand=demand,
        near=near,
        near_way=ways,
        near_time=ways if duration is distance else near_ways(problem, duration, near, 1),
        bend=bend,
        far=far_from(distance, near, ways, timed) - bend,
        vehicle=vehicle,
        capacity=capacity,
        ends=np.column_stack([types.start_depot, types.end_depot]).astype(np.int32),
        timed=timed,
        rich=bool(limited or (types.unit_duration_cost > 0).any()),
        skip=float(np.log1p(-_SKIP)),
    )
    return sealed(data)


def sealed(data: Data) -> Data:
    """Return the record of a problem, its arrays all alike: kernels are compiled by their kind.

    Parameters
    ----------
    data
        The problem; of its arrays some may be read-only, and others not.
    """
    return as_record(Data(*map(_sealed, data)))


def _sealed(field: Any) -> Any:
    if isinstance(field, Formula):
        return field._replace(place=_sealed(field.place))
    if not isinstance(field, np.ndarray):
        return field
    view = np.ascontiguousarray(field).view()
    view.setflags(write=False)
    return view


def _dearest(problem: RoutingProblem) -> float:
    """Return more than serving a client by a route of its own may cost."""
    types = problem.vehicle_types
    longest = 2.0 * problem.travel.largest
    way = types.unit_distance_cost.max() * longest
    time = types.unit_duration_cost.max() * (
        longest + problem.clients.service_duration.max(initial=0.0)
    )
    return float(10.0 * (1.0 + way + time + types.fixed_cost.max()))


def to_plan(data: Data, plan: Plan, routes: RouteList) -> None:
    """Put routes into a plan that is empty, and set its cost.

    Parameters
    ----------
    data
        The problem.
    plan
        The plan.
    routes
        Routes without broken constraints.
    """
    place_routes(data, plan, *routes)
    left = plan.members[plan.node[plan.members, ROUTE] < 0]
    plan.bank[: len(left)] = left
    plan.counts[BANK] = len(left)
    plan.cost[0] = _cost(data, plan)


def _cost(data: Data, plan: Plan) -> float:
    """Return the cost of a plan, with the prizes of whom it leaves out."""
    used = plan.route[:, SIZE] > 0
    types = plan.route[used, TYPE]
    costs = data.vehicle[types, :3] * np.column_stack([np.ones(len(types)), plan.length[used]])
    return float(costs.sum() + data.client[plan.bank[: plan.counts[BANK]], PRIZE].sum())


def to_routes(plan: Plan) -> RouteList:
    """Return the routes of a plan.

    Parameters
    ----------
    plan
        The plan.
    """
    used = int((plan.route[:, SIZE] > 0).sum())
    visits = np.empty(len(plan.members), dtype=np.int32)
    begin, types = np.empty(used + 1, dtype=np.int64), np.empty(used, dtype=np.int32)
    list_routes(plan, visits, begin, types)
    return RouteList(visits[: begin[-1]], begin, types)


def mean_edge(data: Data, plans: Sequence[Plan]) -> float:
    """Return the cost of a way between two visits, in the mean: the scale of temperatures.

    Parameters
    ----------
    data
        The problem.
    plans
        The plan, or the parts of it, or several of the whole.
    """
    cost, visits = 0.0, 0
    for plan in plans:
        used = plan.route[:, SIZE] > 0
        fixed = data.vehicle[plan.route[used, TYPE], FIXED].sum()
        lost = data.client[plan.bank[: plan.counts[BANK]], PRIZE].sum()
        cost += float(plan.cost[0] - fixed - lost)
        visits += int(plan.route[used, SIZE].sum() + used.sum())
    return max(cost / max(1, visits), 1e-9)
