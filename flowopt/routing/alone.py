"""Whether a vehicle could serve a client with nobody else on the route: exact, for all at once.

A client that is an end of a shipment has its other end with it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.routing.limits import hours, within
from flowopt.routing.rulebook import rulebook
from flowopt.routing.schedule import schedule_route

if TYPE_CHECKING:
    from flowopt.routing.parts import Bools, Floats, Ints
    from flowopt.routing.problem import RoutingProblem


@dataclass(frozen=True, eq=False)
class Alone:
    """What becomes of c clients on k vehicle types, each client alone on its route.

    The times hold for windows that never close.

    Parameters
    ----------
    able
        (c, k) whether the vehicle may serve the client: compatibility, skills.
    loaded
        (c, k) whether the vehicle holds what is delivered and picked up.
    reached
        (c, k) whether there is a way there and back.
    in_window
        (c, k) whether the visit starts in a window.
    in_limits
        (c, k) whether the route keeps the shift and the hours of the depots, with its breaks, and
        is short enough: in duration, distance, driving and visits.
    duration, cost
        (c, k) of the route.
    """

    able: Bools
    loaded: Bools
    reached: Bools
    in_window: Bools
    in_limits: Bools
    duration: Floats
    cost: Floats

    @property
    def feasible(self) -> Bools:
        """(c, k) whether the vehicle can serve the client."""
        both = self.able & self.loaded & self.reached
        return np.asarray(both & self.in_window & self.in_limits)


def alone(problem: RoutingProblem, clients: Ints) -> Alone:
    """Return what becomes of each client alone on a vehicle of each type.

    Parameters
    ----------
    problem
        The problem.
    clients
        (c,) positions of clients.

    Examples
    --------
    >>> from flowopt.routing import RoutingProblem
    >>> problem = RoutingProblem.from_arrays({"demand": [9, 1]}, {"num_available": 1,
    ...     "capacity": 5}, distance_matrix=[[0, 1, 2], [1, 0, 1], [2, 1, 0]])
    >>> alone(problem, np.array([0, 1])).feasible.tolist()
    [[False], [True]]
    """
    columns = [_alone_on(problem, clients, k) for k in range(problem.num_vehicle_types)]
    there = Alone(*(np.column_stack(parts) for parts in zip(*columns, strict=True)))
    _walk_where_due(problem, clients, there)
    return there


def trip_of(problem: RoutingProblem, client: int) -> list[int]:
    """Return the route that serves a client and nobody else: both ends of a shipment.

    Parameters
    ----------
    problem
        The problem.
    client
        Its position.
    """
    shipment = int(problem.shipment_of[client])
    if shipment < 0:
        return [client]
    return [int(problem.shipments.pickup[shipment]), int(problem.shipments.delivery[shipment])]


def _alone_on(
    problem: RoutingProblem, clients: Ints, vehicle_type: int
) -> tuple[npt.NDArray[Any], ...]:
    """Return the columns of `Alone` for one vehicle type, in the order of its fields.

    Shipments, several windows, breaks and traffic are left to `_walk_where_due`.
    """
    types, k, at = problem.vehicle_types, vehicle_type, problem.clients
    early, late, service = at.tw_early[clients], at.tw_late[clients], at.service_duration[clients]
    places, opened = clients + problem.num_depots, hours(problem, k)
    travel, factor = problem.travel_of(k), types.speed_factor[k]
    there, there_time = travel.legs(int(types.start_depot[k]), places)
    back, back_time = travel.legs(places, int(types.end_depot[k]))
    there_time, back_time = there_time / factor, back_time / factor
    distance = there + back
    earliest = np.fmax(opened.departure_early, at.release_time[clients])  # NaN: any
    start = np.maximum(earliest + there_time, early)
    finish = np.maximum(start + service + back_time, opened.finish_early)
    reached = np.isfinite(distance) & np.isfinite(there_time) & np.isfinite(back_time)
    with np.errstate(invalid="ignore"):  # inf - inf where there is no way
        latest = np.minimum(np.maximum(late, start), finish - back_time - service) - there_time
        departure = np.maximum(np.minimum(latest, opened.departure_late), earliest)
        duration = np.where(reached, finish - departure, math.inf)
        over = np.maximum(finish - types.tw_late[k], duration - types.max_duration[k])
        cost = types.fixed_cost[k] + _costs(types.unit_distance_cost[k], distance)
        cost = cost + _costs(types.unit_duration_cost[k], duration)
        cost = cost + _costs(types.unit_overtime_cost[k], np.maximum(over, 0.0))
    longest = types.max_duration[k] + types.max_overtime[k]
    in_shift = within(finish, opened.finish_late) & within(earliest, opened.departure_late)
    short = within(duration, longest) & within(distance, types.max_distance[k])
    load = np.maximum(at.demand[clients], at.pickup[clients])
    return (
        problem.may_serve[clients, k],
        np.all(within(load, types.capacity[k]), axis=1),
        reached,
        within(start, late),
        in_shift & short & (opened.open and types.max_visits[k] >= 1),
        duration,
        cost + at.assignment_cost[clients, k],
    )


def _costs(unit_cost: float, amount: Floats) -> Floats:
    return unit_cost * amount if unit_cost else np.zeros_like(amount)


# ---- where only a walk along the route tells


def _walk_where_due(problem: RoutingProblem, clients: Ints, there: Alone) -> None:
    """Put into `Alone` what the schedule of the route says, where rules ask for a walk."""
    book = rulebook(problem)
    by_client = (problem.shipment_of[clients] >= 0) | np.isin(clients, list(book.windows))
    by_type = np.array([bool(rules.pauses or rules.speeds.starts) for rules in book.types])
    walked: dict[tuple[int, ...], tuple[Any, ...]] = {}
    for row, k in np.argwhere(by_client[:, None] | by_type[None, :]).tolist():
        trip = trip_of(problem, int(clients[row]))
        key = (k, *trip)
        if key not in walked:
            walked[key] = _walk(problem, k, trip)
        for name, value in zip(Alone.__dataclass_fields__, walked[key], strict=True):
            getattr(there, name)[row, k] = value


def _walk(problem: RoutingProblem, k: int, trip: list[int]) -> tuple[Any, ...]:
    """Return a cell of each column of `Alone`, in the order of its fields."""
    schedule = schedule_route(problem, k, np.array(trip, dtype=np.int64), slack=False)
    broken = schedule.broken or frozenset()
    return (
        "compatibility" not in broken,
        "capacity" not in broken,
        "reach" not in broken,
        "time_window" not in broken,
        not broken - {"compatibility", "capacity", "reach", "time_window"},
        schedule.duration,
        schedule.cost,
    )


# ---- on any route


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
    ways: dict[tuple[int, int, bool], tuple[Floats, Floats]] = {}
    for k in np.flatnonzero(able).tolist():
        if not left.any():
            break
        for depot, back in ((types.start_depot[k], False), (types.end_depot[k], True)):
            key = int(types.profile[k]), int(depot), back
            if key not in ways:
                ways[key] = problem.travel_of(k).least(int(depot), back)
        out, home = (
            ways[int(types.profile[k]), int(depot), back]
            for depot, back in ((types.start_depot[k], False), (types.end_depot[k], True))
        )
        pairs = problem.shipment_of[clients] >= 0
        few = np.where(pairs, 2, 1) <= types.max_visits[k]
        fits = there.able[:, k] & there.loaded[:, k] & few
        trips = [trip_of(problem, client) for client in clients[left].tolist()]
        ends = np.array([[trip[0], trip[-1]] for trip in trips], dtype=np.int64).reshape(-1, 2)
        both = [_possible(problem, k, ends[:, end], out, home) for end in (0, 1)]
        left[left] = ~(fits[left] & both[0] & both[1])
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
    fastest = types.speed_factor[k] * rulebook(problem).types[k].speeds.fastest
    out_time, home_time = out[1][places] / fastest, home[1][places] / fastest
    distance = out[0][places] + home[0][places]
    start = np.maximum(at_depots.departure_early + out_time, at.tw_early[clients])
    service = at.service_duration[clients]
    finish = start + service + home_time
    duration = out_time + service + home_time
    in_time = within(start, at.tw_late[clients]) & within(finish, at_depots.finish_late)
    longest = types.max_duration[k] + types.max_overtime[k]
    short = within(duration, longest) & within(distance, types.max_distance[k])
    result: Bools = np.isfinite(distance + duration) & in_time & short & at_depots.open
    return result
