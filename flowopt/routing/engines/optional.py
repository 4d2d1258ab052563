"""Drops optional clients that cost more than their prize."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from flowopt.routing.problem import RoutingProblem
from flowopt.routing.schedule import holds, schedule_route


def drop_what_does_not_pay(
    problem: RoutingProblem, plan: list[tuple[int, list[int]]], stop: Callable[[], bool]
) -> list[tuple[int, list[int]]]:
    """Return a plan without the optional clients whose removal saves more than their prize.

    Parameters
    ----------
    problem
        The problem.
    plan
        Vehicle type and clients of each route.
    stop
        Whether to end early.
    """
    result = []
    for vehicle_type, visits in plan:
        kept = visits if stop() else _thinned(problem, vehicle_type, visits, stop)
        if kept:
            result.append((vehicle_type, kept))
    return result


def _thinned(
    problem: RoutingProblem, vehicle_type: int, visits: list[int], stop: Callable[[], bool]
) -> list[int]:
    """Return a route without what does not pay; empty when the whole route does not."""
    required, prize = problem.clients.required, problem.clients.prize
    cost = _cost(problem, vehicle_type, visits)
    while visits and not stop():
        best, saved = -1, 0.0
        for place, client in enumerate(visits):
            if required[client]:
                continue
            rest = visits[:place] + visits[place + 1 :]
            gain = cost - _cost(problem, vehicle_type, rest) - float(prize[client])
            if gain > saved:
                best, saved = place, gain
        if best < 0:
            break
        visits = visits[:best] + visits[best + 1 :]
        cost = _cost(problem, vehicle_type, visits)
    pays = not problem.vehicles_first and float(prize[visits].sum()) >= cost
    return visits if pays or required[visits].any() else []


def _cost(problem: RoutingProblem, vehicle_type: int, visits: list[int]) -> float:
    """Return the cost of a route, inf when it does not hold: a way around may not exist."""
    if not visits:
        return 0.0
    schedule = schedule_route(problem, vehicle_type, np.array(visits, dtype=np.int64))
    return schedule.cost if holds(problem, vehicle_type, schedule) else math.inf
