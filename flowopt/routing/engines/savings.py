r"""The savings heuristic (Clarke & Wright, Operations Research 12, 1964), for all constraints.

Each client begins alone; chains are joined end to start in the order of the saving

.. math:: s_{ij} = c_{i0} + c_{0j} - \lambda c_{ij} - \mu w_{ij}

as long as a vehicle can serve the joined chain for less than the two apart. λ shapes the routes
(Yellow, Operational Research Quarterly 21, 1970); w is the waiting that no timing avoids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from flowopt.routing.alone import alone
from flowopt.routing.engines.chains import Chain, Fitter
from flowopt.routing.parts import Floats, Ints
from flowopt.routing.problem import RoutingProblem

Stop = Callable[[], bool]

SHAPES = ((1.0, 0.0), (1.4, 0.0), (0.8, 0.0))
"""Values of λ and μ that are tried one after another."""

SHAPES_WITH_WAITING = ((1.0, 0.0), (1.0, 0.5), (1.4, 1.0), (1.0, 1.0), (0.8, 0.0), (1.4, 0.0))
"""The same where neighbours may have to wait."""

_PAIRS_BETWEEN_STOPS = 256
_ROWS_AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class Pairs:
    """Ways between neighbouring clients.

    Parameters
    ----------
    source, target
        Positions of clients.
    distance, duration
        Of the way.
    detour
        What it costs to go back from the source and out to the target.
    way
        What the way between them costs.
    waiting
        What the waiting between them costs, at the price of the way.
    """

    source: Ints
    target: Ints
    distance: Floats
    duration: Floats
    detour: Floats
    way: Floats
    waiting: Floats

    def in_order(self, shape: float, wait: float) -> Iterator[tuple[int, int, float, float]]:
        """Return source, target, distance and duration, the largest saving first."""
        order = np.argsort(shape * self.way + wait * self.waiting - self.detour, kind="stable")
        columns = (self.source, self.target, self.distance, self.duration)
        return zip(*(column[order].tolist() for column in columns), strict=True)

    @property
    def shapes(self) -> tuple[tuple[float, float], ...]:
        """The values of λ and μ that are worth trying."""
        return SHAPES_WITH_WAITING if self.waiting.any() else SHAPES


def savings(
    problem: RoutingProblem, fitter: Fitter, singles: Sequence[Chain], stop: Stop
) -> Iterator[list[Chain]]:
    """Give one set of chains after another, each by other values of λ and μ.

    Every client is in one chain; the fleet is taken to be unlimited.

    Parameters
    ----------
    problem
        The problem.
    fitter
        Finds vehicle types.
    singles
        The chains to join: each client alone.
    stop
        Whether to end; the chains so far are given, or nothing when there are none yet.
    """
    clients = np.array([chain.visits[0] for chain in singles], dtype=np.int64)
    pairs = _pairs(problem, clients, stop)
    if stop():
        return
    turns = _may_turn(problem)
    for shape, wait in pairs.shapes:
        chain_of = {chain.visits[0]: chain for chain in singles}
        _join(fitter, chain_of, pairs.in_order(shape, wait), turns, stop)
        yield list({id(chain): chain for chain in chain_of.values()}.values())
        if stop():
            return


def _join(
    fitter: Fitter,
    chain_of: dict[int, Chain],
    ways: Iterator[tuple[int, int, float, float]],
    turns: bool,
    stop: Stop,
) -> None:
    """Join the chains that clients are in, along the ways in their order."""
    for count, (i, j, distance, travel) in enumerate(ways):
        if count % _PAIRS_BETWEEN_STOPS == 0 and stop():
            return
        one, other = chain_of.get(i), chain_of.get(j)
        if one is None or other is None or one is other:
            continue
        if turns and one.visits[-1] != i and one.visits[0] == i:
            one = _turned(one)
        if turns and other.visits[0] != j and other.visits[-1] == j:
            other = _turned(other)
        if one.visits[-1] != i or other.visits[0] != j:
            continue
        both = fitter.joined(one, distance, travel, other)
        if both is not None and both.cost < one.cost + other.cost:
            for client in both.visits:
                chain_of[client] = both


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
    clients, types = problem.clients, problem.vehicle_types
    windows = np.isfinite(clients.tw_late).any() or (clients.tw_early > 0).any()
    one_way = (types.start_depot != types.end_depot).any()
    return not windows and not one_way and problem.travel.symmetric


def num_neighbours(num_clients: int) -> int:
    """Return how many neighbours of each client are looked at."""
    return 60 if num_clients <= 1000 else 30


def _pairs(problem: RoutingProblem, clients: Ints, stop: Stop) -> Pairs:
    """Return the ways from each client to its neighbours."""
    kind = alone(problem, clients)
    cheapest = np.where(kind.feasible, kind.cost, np.inf).argmin(axis=1)
    parts = [_no_pairs()]
    for k in np.unique(cheapest).tolist():
        ours = clients[cheapest == k]
        for begin in range(0, len(ours), _ROWS_AT_ONCE):
            if stop():
                break
            parts.append(_block(problem, k, ours[begin : begin + _ROWS_AT_ONCE], clients))
    source, target, detour, way, waiting = map(np.concatenate, zip(*parts, strict=True))
    m = problem.num_depots
    distance, duration = problem.travel.legs(source + m, target + m)
    return Pairs(source, target, distance, duration, detour, way, waiting)


_Block = tuple[Ints, Ints, Floats, Floats, Floats]


def _no_pairs() -> _Block:
    nobody, nothing = np.zeros(0, dtype=np.int64), np.zeros(0)
    return nobody, nobody, nothing, nothing, nothing


def _block(problem: RoutingProblem, k: int, sources: Ints, clients: Ints) -> _Block:
    """Return the pairs of some clients with their neighbours among all, and their costs."""
    types, at, m = problem.vehicle_types, problem.clients, problem.num_depots
    count = min(num_neighbours(len(clients)), len(clients) - 1)
    if count < 1:
        return _no_pairs()
    rows, columns = sources[:, None] + m, clients[None, :] + m
    ways = _way_costs(problem, k, rows, columns)
    _, travel = problem.travel.legs(rows, columns)
    ready = (at.tw_early + at.service_duration)[sources][:, None]
    left = (at.tw_late + at.service_duration)[sources][:, None]
    ways[(ready + travel > at.tw_late[clients]) | (rows == columns)] = np.inf
    waiting = np.maximum(at.tw_early[clients] - left - travel, 0.0) * _price_of_time(ways, travel)
    near = np.argpartition(ways + waiting, count - 1, axis=1)[:, :count]
    source = np.repeat(sources, count)
    target = clients[near].ravel()
    first, last = int(types.start_depot[k]), int(types.end_depot[k])
    back = _way_costs(problem, k, source + m, last)
    there = _way_costs(problem, k, first, target + m)
    way = np.take_along_axis(ways, near, axis=1).ravel()
    good = np.isfinite(way) & np.isfinite(back + there)
    wait = np.take_along_axis(waiting, near, axis=1).ravel()
    return source[good], target[good], (back + there)[good], way[good], wait[good]


def _price_of_time(ways: Floats, travel: Floats) -> float:
    """Return what a second costs when it is spent on the way."""
    known = np.isfinite(ways) & np.isfinite(travel)
    total = float(travel[known].sum())
    return float(ways[known].sum()) / total if total > 0 else 0.0


def _way_costs(problem: RoutingProblem, k: int, source: Ints | int, target: Ints | int) -> Floats:
    """Return the costs of ways for a vehicle type; where it costs nothing, their distances."""
    types = problem.vehicle_types
    distance, duration = problem.travel.legs(source, target)
    by_distance, by_duration = types.unit_distance_cost[k], types.unit_duration_cost[k]
    if not by_distance and not by_duration:
        return distance + duration
    cost = by_distance * distance if by_distance else np.zeros_like(distance)
    return cost + by_duration * duration if by_duration else cost
