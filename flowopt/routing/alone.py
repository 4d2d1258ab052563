"""Whether a vehicle could serve a client with nobody else on the route: exact, for all at once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.routing.limits import hours, within

if TYPE_CHECKING:
    from flowopt.routing.parts import Bools, Floats, Ints
    from flowopt.routing.problem import RoutingProblem


@dataclass(frozen=True, eq=False)
class Alone:
    """What becomes of c clients on k vehicle types, each client alone on its route.

    The times hold for a window that never closes, so that they tell how late it would be.

    Parameters
    ----------
    loaded
        (c, k) whether the vehicle holds the demand.
    reached
        (c, k) whether there is a way there and back.
    in_window
        (c, k) whether the earliest start of the visit is not after ``tw_late``.
    in_shift
        (c, k) whether the vehicle is back within its shift and the hours of the depots.
    in_duration, in_distance
        (c, k) whether the route is short enough.
    start, finish
        (c, k) earliest start of the visit and earliest return.
    duration, distance, cost
        (c, k) of the route.
    """

    loaded: Bools
    reached: Bools
    in_window: Bools
    in_shift: Bools
    in_duration: Bools
    in_distance: Bools
    start: Floats
    finish: Floats
    duration: Floats
    distance: Floats
    cost: Floats

    @property
    def feasible(self) -> Bools:
        """(c, k) whether the vehicle can serve the client."""
        both = self.loaded & self.reached & self.in_window & self.in_shift
        return np.asarray(both & self.in_duration & self.in_distance)


def alone(problem: RoutingProblem, clients: Ints) -> Alone:
    """Return what becomes of each client alone on a vehicle of each type.

    Parameters
    ----------
    problem
        The problem.
    clients
        (c,) positions of clients.
    """
    columns = [_alone_on(problem, clients, k) for k in range(problem.num_vehicle_types)]
    return Alone(*(np.column_stack(parts) for parts in zip(*columns, strict=True)))


def _alone_on(
    problem: RoutingProblem, clients: Ints, vehicle_type: int
) -> tuple[npt.NDArray[Any], ...]:
    """Return the columns of `Alone` for one vehicle type, in the order of its fields."""
    types, k = problem.vehicle_types, vehicle_type
    at = problem.clients
    early, late, service = at.tw_early[clients], at.tw_late[clients], at.service_duration[clients]
    places, open_hours = clients + problem.num_depots, hours(problem, k)
    there, there_time = problem.travel.legs(int(types.start_depot[k]), places)
    back, back_time = problem.travel.legs(places, int(types.end_depot[k]))
    distance = there + back
    start = np.maximum(open_hours.departure_early + there_time, early)
    finish = np.maximum(start + service + back_time, open_hours.finish_early)
    reached = np.isfinite(distance) & np.isfinite(there_time) & np.isfinite(back_time)
    with np.errstate(invalid="ignore"):  # inf - inf where there is no way
        latest = np.minimum(np.maximum(late, start), finish - back_time - service) - there_time
        departure = np.clip(latest, open_hours.departure_early, open_hours.departure_late)
        duration = np.where(reached, finish - departure, math.inf)
        cost = types.fixed_cost[k] + _costs(types.unit_distance_cost[k], distance)
        cost = cost + _costs(types.unit_duration_cost[k], duration)
    return (
        np.all(within(at.demand[clients], types.capacity[k]), axis=1),
        reached,
        within(start, late),
        within(finish, open_hours.finish_late) & open_hours.open,
        within(duration, types.max_duration[k]),
        within(distance, types.max_distance[k]),
        start,
        finish,
        duration,
        distance,
        cost,
    )


def _costs(unit_cost: float, amount: Floats) -> Floats:
    return unit_cost * amount if unit_cost else np.zeros_like(amount)


def hopeless(problem: RoutingProblem, clients: Ints) -> Bools:
    """Return which clients no vehicle can serve on any route, alone or between others.

    Where a detour is quicker or shorter than the direct way, a client that nobody can serve alone
    may still have its place between two others; the shortest ways tell.

    Parameters
    ----------
    problem
        The problem.
    clients
        (c,) positions of clients.
    """
    types = problem.vehicle_types
    there = alone(problem, clients)
    able = types.num_available > 0
    left = np.array(~np.any(there.feasible & able, axis=1))
    ways: dict[tuple[int, bool], tuple[Floats, Floats]] = {}
    for k in np.flatnonzero(able).tolist():
        if not left.any():
            break
        for depot, back in ((types.start_depot[k], False), (types.end_depot[k], True)):
            if (int(depot), back) not in ways:
                ways[int(depot), back] = problem.travel.least(int(depot), back)
        out, home = ways[int(types.start_depot[k]), False], ways[int(types.end_depot[k]), True]
        left &= ~(there.loaded[:, k] & _possible(problem, k, clients, out, home))
    return left


def _possible(
    problem: RoutingProblem,
    k: int,
    clients: Ints,
    out: tuple[Floats, Floats],
    home: tuple[Floats, Floats],
) -> Bools:
    """Return whether the shortest ways out and home keep the limits of a vehicle type."""
    types, at, at_depots = problem.vehicle_types, problem.clients, hours(problem, k)
    places = clients + problem.num_depots
    distance = out[0][places] + home[0][places]
    start = np.maximum(at_depots.departure_early + out[1][places], at.tw_early[clients])
    service = at.service_duration[clients]
    finish = start + service + home[1][places]
    duration = out[1][places] + service + home[1][places]
    in_time = within(start, at.tw_late[clients]) & within(finish, at_depots.finish_late)
    short = within(duration, types.max_duration[k]) & within(distance, types.max_distance[k])
    result: Bools = np.isfinite(distance + duration) & in_time & short & at_depots.open
    return result
