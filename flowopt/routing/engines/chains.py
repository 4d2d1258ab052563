"""Chains of visits that a constructive heuristic joins, and the vehicle that suits each best."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from flowopt.routing.limits import TOLERANCE, hours
from flowopt.routing.parts import Floats, Ints
from flowopt.routing.problem import RoutingProblem


@dataclass(slots=True)
class Chain:
    """Visits in order, without depots, summed up so that two chains join in O(1).

    Parameters
    ----------
    visits
        Positions of the clients.
    duration, early, late
        Shortest duration, and the earliest and latest start that reach it (as in
        `flowopt.routing.insertion.Stretch`).
    distance
        From the first client to the last.
    load
        Total demand in each load dimension.
    vehicle_type, cost
        The vehicle type that serves it at least cost, and that cost.
    """

    visits: list[int]
    duration: float
    early: float
    late: float
    distance: float
    load: list[float]
    vehicle_type: int = -1
    cost: float = math.inf


@dataclass(frozen=True, slots=True)
class _Vehicle:
    """A vehicle type in plain numbers, its limits widened by the tolerance of the search."""

    position: int
    capacity: list[float]
    departure_early: float
    departure_late: float
    finish_early: float
    finish_late: float
    max_duration: float
    max_distance: float
    fixed_cost: float
    unit_distance_cost: float
    unit_duration_cost: float
    there: list[float]
    there_time: list[float]
    back: list[float]
    back_time: list[float]


class Fitter:
    """Finds the vehicle type that serves a chain at least cost.

    Parameters
    ----------
    problem
        The problem.
    """

    def __init__(self, problem: RoutingProblem) -> None:
        clients = problem.clients
        self.problem = problem
        self._early: list[float] = clients.tw_early.tolist()
        self._late: list[float] = _widened(clients.tw_late)
        self._service: list[float] = clients.service_duration.tolist()
        self._demand: list[list[float]] = clients.demand.tolist()
        available = np.flatnonzero(problem.vehicle_types.num_available > 0)
        self._vehicles = [
            _vehicle(problem, k) for k in available.tolist() if hours(problem, k).open
        ]

    def single(self, client: int) -> Chain | None:
        """Return the chain of one client, or None when no vehicle can serve it."""
        chain = Chain(
            [client],
            self._service[client],
            self._early[client],
            self._late[client],
            0.0,
            list(self._demand[client]),
        )
        return chain if self.settle(chain) else None

    def joined(self, one: Chain, distance: float, travel: float, other: Chain) -> Chain | None:
        """Return two chains with a way between them as one, or None when no vehicle can serve it.

        Parameters
        ----------
        one, other
            The chains, in order.
        distance, travel
            The way from the last client of `one` to the first of `other`.
        """
        elapsed = one.duration + travel
        if not one.early + elapsed <= other.late:
            return None
        wait = max(other.early - elapsed - one.late, 0.0)
        chain = Chain(
            [],
            elapsed + other.duration + wait,
            max(other.early - elapsed, one.early) - wait,
            min(other.late - elapsed, one.late),
            one.distance + distance + other.distance,
            [a + b for a, b in zip(one.load, other.load, strict=True)],
        )
        first, last = one.visits[0], other.visits[-1]
        if not self.settle(chain, first=first, last=last):
            return None
        chain.visits = one.visits + other.visits
        return chain

    def settle(
        self,
        chain: Chain,
        *,
        first: int | None = None,
        last: int | None = None,
        among: Floats | Ints | None = None,
    ) -> bool:
        """Give a chain its cheapest vehicle type; return whether there is one.

        Parameters
        ----------
        chain
            The chain.
        first, last
            Its first and last client, when its visits are not filled in yet.
        among
            (k,) number of vehicles left of each type; None takes all types.
        """
        start = chain.visits[0] if first is None else first
        end = chain.visits[-1] if last is None else last
        chain.vehicle_type, chain.cost = -1, math.inf
        for vehicle in self._vehicles:
            if among is not None and among[vehicle.position] <= 0:
                continue
            cost = _cost(vehicle, chain, start, end)
            if cost < chain.cost:
                chain.vehicle_type, chain.cost = vehicle.position, cost
        return chain.vehicle_type >= 0


def _vehicle(problem: RoutingProblem, k: int) -> _Vehicle:
    types, at = problem.vehicle_types, hours(problem, k)
    places = np.arange(problem.num_clients) + problem.num_depots
    there, there_time = problem.travel.legs(int(types.start_depot[k]), places)
    back, back_time = problem.travel.legs(places, int(types.end_depot[k]))
    return _Vehicle(
        position=k,
        capacity=_widened(types.capacity[k]),
        departure_early=at.departure_early,
        departure_late=at.departure_late,
        finish_early=at.finish_early,
        finish_late=_widened(np.array([at.finish_late]))[0],
        max_duration=_widened(types.max_duration[k : k + 1])[0],
        max_distance=_widened(types.max_distance[k : k + 1])[0],
        fixed_cost=float(types.fixed_cost[k]),
        unit_distance_cost=float(types.unit_distance_cost[k]),
        unit_duration_cost=float(types.unit_duration_cost[k]),
        there=there.tolist(),
        there_time=there_time.tolist(),
        back=back.tolist(),
        back_time=back_time.tolist(),
    )


def _widened(limits: Floats) -> list[float]:
    """Return limits widened by the tolerance, so that rounding breaks none."""
    slack = np.where(np.isfinite(limits), TOLERANCE * np.maximum(1.0, np.abs(limits)), 0.0)
    widened: list[float] = (limits + slack).tolist()
    return widened


def _cost(vehicle: _Vehicle, chain: Chain, first: int, last: int) -> float:
    """Return the cost of a chain on a vehicle, inf when it cannot serve it."""
    for load, capacity in zip(chain.load, vehicle.capacity, strict=True):
        if load > capacity:
            return math.inf
    distance = vehicle.there[first] + chain.distance + vehicle.back[last]
    travel = vehicle.there_time[first]
    late = min(chain.late - travel, vehicle.departure_late)
    if not (distance <= vehicle.max_distance and vehicle.departure_early <= late):
        return math.inf
    wait = max(chain.early - travel - late, 0.0)
    early = max(chain.early - travel, vehicle.departure_early) - wait
    elapsed = travel + chain.duration + wait + vehicle.back_time[last]
    if not early + elapsed <= vehicle.finish_late:
        return math.inf
    duration = elapsed + max(vehicle.finish_early - elapsed - late, 0.0)
    if not duration <= vehicle.max_duration or not distance < math.inf:
        return math.inf
    cost = vehicle.fixed_cost + vehicle.unit_distance_cost * distance
    return cost + vehicle.unit_duration_cost * duration


def total_cost(chains: Iterable[Chain]) -> float:
    """Return the cost of chains, each on its own vehicle."""
    return math.fsum(chain.cost for chain in chains)
