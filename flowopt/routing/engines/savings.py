"""The savings heuristic (Clarke & Wright, Operations Research 12, 1964), for all constraints.

Each client begins alone; chains are joined end to start in the order of the saving

.. math:: s_{ij} = c_{i0} + c_{0j} - c_{ij}

as long as a vehicle can serve the joined chain for less than the two apart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from flowopt.routing.alone import alone
from flowopt.routing.engines.chains import Chain, Fitter
from flowopt.routing.problem import Floats, Ints, RoutingProblem

Stop = Callable[[], bool]

_PAIRS_BETWEEN_STOPS = 256
_ROWS_AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class Pairs:
    """Ways between neighbouring clients, the largest saving first.

    Parameters
    ----------
    source, target
        Positions of clients.
    distance, duration
        Of the way.
    """

    source: list[int]
    target: list[int]
    distance: list[float]
    duration: list[float]


def savings(problem: RoutingProblem, fitter: Fitter, clients: Ints, stop: Stop) -> list[Chain]:
    """Return chains of clients, each with the vehicle type that suits it, the fleet unlimited.

    Parameters
    ----------
    problem
        The problem.
    fitter
        Finds vehicle types.
    clients
        Positions of the clients to serve; each can be served alone.
    stop
        Whether to end; the chains so far are returned.
    """
    singles = (fitter.single(client) for client in clients.tolist())
    chain_of = {chain.visits[0]: chain for chain in singles if chain is not None}
    pairs = _pairs(problem, clients, stop)
    turns = _may_turn(problem)
    ways = zip(pairs.source, pairs.target, pairs.distance, pairs.duration, strict=True)
    for count, (i, j, distance, travel) in enumerate(ways):
        if count % _PAIRS_BETWEEN_STOPS == 0 and stop():
            break
        one, other = chain_of.get(i), chain_of.get(j)
        if one is None or other is None or one is other:
            continue
        if one.visits[-1] != i and turns and one.visits[0] == i:
            one = _turned(one)
        if other.visits[0] != j and turns and other.visits[-1] == j:
            other = _turned(other)
        if one.visits[-1] != i or other.visits[0] != j:
            continue
        both = fitter.joined(one, distance, travel, other)
        if both is not None and both.cost < one.cost + other.cost:
            for client in both.visits:
                chain_of[client] = both
    return list({id(chain): chain for chain in chain_of.values()}.values())


def _turned(chain: Chain) -> Chain:
    return Chain(
        chain.visits[::-1],
        chain.duration,
        chain.early,
        chain.late,
        chain.distance,
        chain.load,
        chain.vehicle_type,
        chain.cost,
    )


def _may_turn(problem: RoutingProblem) -> bool:
    """Return whether every route may as well be driven the other way round."""
    clients, types, travel = problem.clients, problem.vehicle_types, problem.travel
    windows = np.isfinite(clients.tw_late).any() or (clients.tw_early > 0).any()
    if windows or (types.start_depot != types.end_depot).any():
        return False
    symmetric = np.array_equal(travel.distance, travel.distance.T)
    if travel.duration is travel.distance:
        return symmetric
    return symmetric and np.array_equal(travel.duration, travel.duration.T)


def num_neighbours(num_clients: int) -> int:
    """Return how many neighbours of each client are looked at."""
    return 60 if num_clients <= 1000 else 30


def _pairs(problem: RoutingProblem, clients: Ints, stop: Stop) -> Pairs:
    """Return the ways from each client to its neighbours, the largest saving first."""
    kind = alone(problem, clients)
    cheapest = np.where(kind.feasible, kind.cost, np.inf).argmin(axis=1)
    parts: list[tuple[Ints, Ints, Floats]] = []
    for k in np.unique(cheapest).tolist():
        ours = clients[cheapest == k]
        for begin in range(0, len(ours), _ROWS_AT_ONCE):
            if stop():
                break
            parts.append(_block(problem, k, ours[begin : begin + _ROWS_AT_ONCE], clients))
    if not parts:
        return Pairs([], [], [], [])
    source, target, saving = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.argsort(-saving, kind="stable")
    source, target = source[order], target[order]
    m = problem.num_depots
    distance, duration = problem.travel.legs(source + m, target + m)
    return Pairs(source.tolist(), target.tolist(), distance.tolist(), duration.tolist())


def _block(
    problem: RoutingProblem, k: int, sources: Ints, clients: Ints
) -> tuple[Ints, Ints, Floats]:
    """Return the pairs of some clients with their neighbours among all, and the savings."""
    types, at, m = problem.vehicle_types, problem.clients, problem.num_depots
    rows, columns = sources[:, None] + m, clients[None, :] + m
    ways = _way_costs(problem, k, rows, columns)
    _, travel = problem.travel.legs(rows, columns)
    ready = (at.tw_early + at.service_duration)[sources][:, None]
    late = at.tw_late[clients][None, :]
    ways[(ready + travel > late) | (rows == columns)] = np.inf
    # neighbours are near in time as well: waiting between two windows sets them apart
    waiting = np.maximum(at.tw_early[clients] - (at.tw_late[sources][:, None] + travel), 0.0)
    count = min(num_neighbours(len(clients)), len(clients) - 1)
    if count < 1:
        return sources[:0], clients[:0], np.zeros(0)
    near = np.argpartition(ways + waiting, count - 1, axis=1)[:, :count]
    source = np.repeat(sources, count)
    target = clients[near].ravel()
    first, last = int(types.start_depot[k]), int(types.end_depot[k])
    way = np.take_along_axis(ways, near, axis=1).ravel()
    back = _way_costs(problem, k, source + m, last)
    there = _way_costs(problem, k, first, target + m)
    saving = back + there - way
    good = np.isfinite(saving)
    return source[good], target[good], saving[good]


def _way_costs(problem: RoutingProblem, k: int, source: Ints | int, target: Ints | int) -> Floats:
    """Return the costs of ways for a vehicle type; where it costs nothing, their distances."""
    types = problem.vehicle_types
    distance, duration = problem.travel.legs(source, target)
    by_distance, by_duration = types.unit_distance_cost[k], types.unit_duration_cost[k]
    if not by_distance and not by_duration:
        return distance + duration
    cost = by_distance * distance if by_distance else np.zeros_like(distance)
    return cost + by_duration * duration if by_duration else cost
