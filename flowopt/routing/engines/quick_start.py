"""A plan of many clients to start a search from, in a time that grows with their number."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from flowopt.routing.engines.kernel_data import kernel_data
from flowopt.routing.engines.route_list import RouteList
from flowopt.routing.kernels.layout import EARLY, LATE, Data
from flowopt.routing.kernels.savings import (
    FRONT,
    Chains,
    begin_chains,
    join_chains,
    list_chains,
    new_chains,
    savings,
)
from flowopt.routing.parts import Ints
from flowopt.routing.problem import RoutingProblem

NUM_PAIRS = 40
"""Of each client with those near it."""

_SHAPE = (
    1.2  # how much ways count in savings: the best of 0.8 to 3 on three instances of 7000 to 30 000
)


def symmetric_ways(problem: RoutingProblem) -> bool:
    """Return whether ways are the same in both directions, to the kernels too.

    Parameters
    ----------
    problem
        The problem; backhauls have no ways back to linehauls.
    """
    return "sequence" not in problem.features and problem.travel.symmetric


def quick_plan(problem: RoutingProblem, clients: Ints) -> list[tuple[int, list[int]]]:
    """Return vehicle type and clients of routes by `quick_start`.

    Parameters
    ----------
    problem
        The problem.
    clients
        (p,) clients that can be served; not all need be in the routes.
    """
    available = problem.vehicle_types.num_available
    return quick_start(
        kernel_data(problem), clients, available, symmetric_ways(problem)
    ).to_routes()


def quick_start(data: Data, clients: Ints, available: Ints, symmetric: bool) -> RouteList:
    """Return routes by the savings of ways between near clients.

    Parameters
    ----------
    data
        The problem.
    clients
        (p,) clients that can be served; not all need be in the routes.
    available
        (k,) vehicles of each type.
    symmetric
        Whether all ways are the same in both directions.
    """
    routes = _routes(data, clients, available, symmetric)
    placed, left = routes, clients
    while len(placed.types):  # chains were too large for the vehicles that are left: shorter ones
        left = np.setdiff1d(left, placed.visits)
        spare = available - np.bincount(routes.types, minlength=len(available))
        if not len(left) or not spare.any():
            break
        placed = _routes(data, left, spare, symmetric)
        routes = routes.and_also(placed)
    return routes


def _routes(data: Data, clients: Ints, available: Ints, symmetric: bool) -> RouteList:
    """Return routes of clients who are joined as if there were vehicles enough of each type."""
    num_clients, num_loads = data.demand.shape
    chains = new_chains(num_clients, num_loads, available, symmetric and _may_turn(data))
    kind = np.full(num_clients, -1, dtype=np.int32)
    begin_chains(data, chains, clients, kind)
    source, target = _pairs(data, clients, kind, chains.turns)
    saving = np.empty(len(source))
    savings(data, source, target, kind, _SHAPE, saving)
    order = np.argsort(-saving, kind="stable")
    join_chains(data, chains, source[order], target[order])
    return _listed(data, chains, len(clients))


def _may_turn(data: Data) -> bool:
    """Return whether every route may as well be driven the other way round, by its stops."""
    windows = np.isfinite(data.client[:, LATE]).any() or (data.client[:, EARLY] > 0).any()
    return not (windows or (data.ends[:, 0] != data.ends[:, 1]).any())


def _pairs(
    data: Data, clients: Ints, kind: npt.NDArray[np.int32], turns: bool
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Return the ends of ways between near clients that some vehicle can serve."""
    able = np.zeros(len(kind), dtype=np.bool_)
    able[clients] = kind[clients] >= 0
    ours = np.flatnonzero(able).astype(np.int32)
    near = data.near[ours, :NUM_PAIRS]
    source = np.repeat(ours, near.shape[1])
    target = near.ravel()
    good = able[target]
    source, target = source[good], target[good]
    if turns:
        return source, target
    return np.concatenate([source, target]), np.concatenate([target, source])


def _listed(data: Data, chains: Chains, num_clients: int) -> RouteList:
    """Return the chains as routes, the fullest first: when vehicles run out, these have some."""
    found = np.flatnonzero(chains.tips[:-1, FRONT] >= 0)
    most = np.maximum(data.capacity.max(axis=0, initial=0.0), 1e-300)
    filled = (chains.load[found] / most).max(axis=1, initial=0.0)
    found = found[np.argsort(-filled, kind="stable")].astype(np.int32)
    visits = np.empty(num_clients, dtype=np.int32)
    begin = np.empty(len(found) + 1, dtype=np.int64)
    types = np.empty(len(found), dtype=np.int32)
    count = list_chains(data, chains, found, visits, begin, types)
    return RouteList(visits[: begin[count]], begin[: count + 1], types[:count])
