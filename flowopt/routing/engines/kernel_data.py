"""Translates a routing problem into the arrays of the kernels, and their plans back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.routing.engines.construction import Plan as Routes
from flowopt.routing.engines.kernel_ways import kernel_ways
from flowopt.routing.kernels.layout import (
    BANK,
    FIRST,
    FIXED,
    NEXT,
    PRIZE,
    SIZE,
    TYPE,
    Data,
    Plan,
)
from flowopt.routing.kernels.moves import place_routes
from flowopt.routing.problem import RoutingProblem

NUM_NEAR = 40
_WAIT, _LATE = 0.2, 1.0  # weight of waiting and lateness in the closeness of two clients
_SKIP = 0.01  # of the places are passed by
_CHUNK_OF_CELLS = 4_000_000

Floats = npt.NDArray[np.float64]


def kernel_data(problem: RoutingProblem) -> Data:
    """Return what does not change during a search.

    Parameters
    ----------
    problem
        The problem.
    """
    clients, types, depots = problem.clients, problem.vehicle_types, problem.depots
    distance, duration = kernel_ways(problem.travel)
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
    prize = np.where(clients.required, _dearest(problem), clients.prize)
    return Data(
        num_depots=problem.num_depots,
        distance=distance,
        duration=duration,
        client=np.column_stack(
            [clients.tw_early, clients.tw_late, clients.service_duration, prize]
        ),
        demand=np.ascontiguousarray(clients.demand),
        near=nearest(problem, distance, duration, timed),
        vehicle=vehicle,
        capacity=np.ascontiguousarray(types.capacity),
        ends=np.column_stack([types.start_depot, types.end_depot]).astype(np.int32),
        timed=timed,
        rich=bool(limited or (types.unit_duration_cost > 0).any()),
        skip=float(np.log1p(-_SKIP)),
    )


def _dearest(problem: RoutingProblem) -> float:
    """Return more than serving a client by a route of its own may cost."""
    types = problem.vehicle_types
    longest = 2.0 * problem.travel.largest
    way = types.unit_distance_cost.max() * longest
    time = types.unit_duration_cost.max() * (
        longest + problem.clients.service_duration.max(initial=0.0)
    )
    return float(10.0 * (1.0 + way + time + types.fixed_cost.max()))


def nearest(
    problem: RoutingProblem, distance: Floats, duration: Floats, timed: bool
) -> npt.NDArray[np.int32]:
    """Return the clients close to each: by distance, and by waiting and lateness between them.

    Parameters
    ----------
    problem
        The problem.
    distance, duration
        Its matrices, finite.
    timed
        Whether windows count.

    Returns
    -------
    array
        (n, q) the closest first.
    """
    n, m = problem.num_clients, problem.num_depots
    most = min(NUM_NEAR, n - 1)
    rows = max(1, _CHUNK_OF_CELLS // max(1, n))
    near = np.empty((n, most), dtype=np.int32)
    for begin in range(0, n, rows):
        some = np.arange(begin, min(n, begin + rows))
        apart = distance[m + some, m:] if not timed else _apart(problem, distance, duration, some)
        if not timed:
            apart = np.minimum(apart, distance[m:, m + some].T)
        apart = apart.copy()
        apart[np.arange(len(some)), some] = np.inf
        closest = np.argpartition(apart, most - 1, axis=1)[:, :most]
        order = np.argsort(np.take_along_axis(apart, closest, axis=1), axis=1, kind="stable")
        near[some] = np.take_along_axis(closest, order, axis=1)
    return near


def _apart(problem: RoutingProblem, distance: Floats, duration: Floats, some: Any) -> Floats:
    """Return how far clients are from all others, going there or coming from there."""
    clients, m = problem.clients, problem.num_depots
    every = np.arange(problem.num_clients)

    def after(i: Any, j: Any) -> Floats:
        way = duration[np.ix_(m + i, m + j)] + clients.service_duration[i][:, None]
        wait = clients.tw_early[j][None, :] - way - clients.tw_late[i][:, None]
        late = clients.tw_early[i][:, None] + way - clients.tw_late[j][None, :]
        far = distance[np.ix_(m + i, m + j)]
        total: Floats = far + _WAIT * np.maximum(0.0, wait) + _LATE * np.maximum(0.0, late)
        return total

    return np.minimum(after(some, every), after(every, some).T)


def to_plan(data: Data, plan: Plan, routes: Routes) -> None:
    """Put routes into a plan that is empty, and set its cost.

    Parameters
    ----------
    data
        The problem.
    plan
        The plan.
    routes
        Vehicle type and clients of each route, without broken constraints.
    """
    visits = np.array([c for _, clients in routes for c in clients], dtype=np.int32)
    begin = np.cumsum([0, *(len(clients) for _, clients in routes)], dtype=np.int64)
    types = np.array([vehicle_type for vehicle_type, _ in routes], dtype=np.int32)
    place_routes(data, plan, visits, begin, types)
    left = plan.members[~np.isin(plan.members, visits)]
    plan.bank[: len(left)] = left
    plan.counts[BANK] = len(left)
    plan.cost[0] = _cost(data, plan)


def _cost(data: Data, plan: Plan) -> float:
    """Return the cost of a plan, with the prizes of whom it leaves out."""
    used = plan.route[:, SIZE] > 0
    types = plan.route[used, TYPE]
    costs = data.vehicle[types, :3] * np.column_stack([np.ones(len(types)), plan.length[used]])
    return float(costs.sum() + data.client[plan.bank[: plan.counts[BANK]], PRIZE].sum())


def to_routes(plan: Plan) -> Routes:
    """Return the routes of a plan: vehicle type and clients in order.

    Parameters
    ----------
    plan
        The plan.
    """
    routes: Routes = []
    for route in np.flatnonzero(plan.route[:, SIZE] > 0):
        visits, client = [], int(plan.route[route, FIRST])
        while client >= 0:
            visits.append(client)
            client = int(plan.node[client, NEXT])
        routes.append((int(plan.route[route, TYPE]), visits))
    return routes


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
