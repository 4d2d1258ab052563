"""The fleet that is left of a plan: vehicles under way are vehicle types of their own."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from flowopt.routing.limits import later
from flowopt.routing.parts import Breaks, Depots
from flowopt.routing.under_way import RouteNow, Standing

if TYPE_CHECKING:
    from flowopt.routing.parts import Ints
    from flowopt.routing.problem import RoutingProblem

SECONDS_AHEAD = 60.0
"""By how much a vehicle that may reload departs before now in the model: see `Vehicle.ahead`."""


@dataclass(slots=True)
class Vehicle:
    """One vehicle type of the fleet that is left.

    Parameters
    ----------
    old
        Position of the vehicle type that it was.
    name
        Its id.
    num_available
        Number of vehicles.
    standing
        Where it stands; None for those at their depots, and those that go on as they were.
    ahead
        Whether, in the model, it departs before now and takes a break until it can: goods that are
        released now are then not on its first trip, but may be on the trips after a reload.
    """

    old: int
    name: str
    num_available: int
    standing: Standing | None = None
    ahead: bool = False

    def departure(self, now: float) -> float:
        """Return when it departs from where it stands."""
        assert self.standing is not None
        clock = self.standing.clock
        return min(clock, now) - SECONDS_AHEAD if self.ahead else clock


@dataclass(frozen=True, slots=True)
class Fleet:
    """The fleet that is left.

    Parameters
    ----------
    vehicles
        Its vehicle types.
    of_route
        (r,) position of the vehicle type that drives each route of the plan on; -1: none.
    driven_by
        (r,) id of the vehicle that drives each route; empty where it is one of several.
    """

    vehicles: list[Vehicle]
    of_route: Ints
    driven_by: list[str]

    @property
    def old(self) -> Ints:
        """(k,) position of the vehicle type that each was."""
        return np.array([vehicle.old for vehicle in self.vehicles], dtype=np.int64)

    def under_way(self) -> list[tuple[int, Vehicle, Standing]]:
        """Return the vehicles that stand somewhere now: position, vehicle, where."""
        return [
            (row, vehicle, vehicle.standing)
            for row, vehicle in enumerate(self.vehicles)
            if vehicle.standing is not None
        ]


def fleet_left(
    problem: RoutingProblem,
    routes: list[RouteNow],
    standing: list[Standing | None],
    apart: bool,
) -> Fleet:
    """Return the fleet that is left of a plan.

    Parameters
    ----------
    problem
        The problem of the plan.
    routes, standing
        Its routes, and where the vehicle of each stands.
    apart
        Whether vehicles yet to depart are vehicle types of their own, too.
    """
    types = problem.vehicle_types
    names = types.id.astype(np.str_).tolist()
    vehicles = [
        Vehicle(k, name, int(available))
        for k, (name, available) in enumerate(zip(names, types.num_available, strict=True))
    ]
    of_route = np.full(len(routes), -1, dtype=np.int64)
    driven_by = [""] * len(routes)
    for number, (route, place) in enumerate(zip(routes, standing, strict=True)):
        shared, alone = vehicles[route.k], types.num_available[route.k] == 1
        gone = place is not None and place.gone
        if not alone and place is None and not apart:
            of_route[number] = route.k
            continue
        if gone or not alone:
            shared.num_available -= 1
        if alone:
            driven_by[number] = shared.name
        else:
            driven_by[number] = _free_name(shared.name, number + 1, names)
            names.append(driven_by[number])
        if gone:
            continue
        of_route[number] = route.k if alone else len(vehicles)
        if alone:
            shared.standing = place
        else:
            vehicles.append(Vehicle(route.k, driven_by[number], 1, place))
    return Fleet(vehicles, of_route, driven_by)


def _free_name(name: str, number: int, taken: list[str]) -> str:
    choices = (f"{name} {count}" for count in itertools.count(number))
    return next(choice for choice in choices if choice not in taken)


# ---- its columns


def vehicle_types_left(problem: RoutingProblem, fleet: Fleet, now: float) -> dict[str, Any]:
    """Return the columns of the fleet, but for where it starts, and what going home costs.

    Parameters
    ----------
    problem
        The problem of the plan.
    fleet
        The fleet.
    now
        The moment.
    """
    given = vars(problem.vehicle_types)
    fields = {name: np.array(values[fleet.old]) for name, values in given.items()}
    if len(fleet.vehicles) > problem.num_vehicle_types:
        fields["id"] = np.array([vehicle.name for vehicle in fleet.vehicles], dtype=np.str_)
    fields["num_available"] = np.array([max(0, v.num_available) for v in fleet.vehicles])
    for row, vehicle in enumerate(fleet.vehicles):
        if vehicle.standing is not None:
            limits = _limits_left(problem, vehicle.standing, vehicle.departure(now))
            for name, value in limits.items():
                fields[name][row] = value
        elif fields["tw_late"][row] < now or vehicle.num_available < 1:
            fields["num_available"][row] = 0
            fields["start_depot"][row] = fields["end_depot"][row]  # where it stood is no more
        elif fields["tw_early"][row] < now:
            fields["tw_early"][row] = now
    if not fields["num_available"].any():  # a problem has a vehicle: one that can do nothing
        fields["num_available"][0] = 1
        fields["max_visits"][0] = 0.0
    return fields


def _limits_left(problem: RoutingProblem, standing: Standing, departure: float) -> dict[str, Any]:
    """Return what is left of the limits of a vehicle under way.

    Its longest duration ends at a moment, since its departure lies behind: so does its shift then.
    """
    types, k, past = problem.vehicle_types, standing.vehicle_type, standing.past
    end = min(float(types.tw_late[k]), standing.departure + float(types.max_duration[k]))
    last = max(end, standing.clock)
    room = np.minimum(types.capacity[k] - standing.carried - standing.blocked, standing.most)
    return {
        "fixed_cost": 0.0,
        "tw_early": departure,
        "tw_late": last,
        "max_duration": math.inf,
        "max_overtime": max(0.0, end + float(types.max_overtime[k]) - last),
        "max_distance": max(0.0, float(types.max_distance[k]) - past.distance),
        "max_visits": max(0.0, float(types.max_visits[k]) - past.num_visits),
        "max_reloads": max(0.0, float(types.max_reloads[k]) - past.num_reloads),
        "max_driving_duration": max(0.0, float(types.max_driving_duration[k]) - past.driving),
        "max_driving_before_break": _driving_left(problem, standing),
        "capacity": np.maximum(room, 0.0),
    }


def _driving_left(problem: RoutingProblem, standing: Standing) -> float:
    """Return the longest driving without a break: what is left of it, if the plan needs no more.

    Else the break that is due comes as one of the table (`breaks_left`), and all is left after it.
    """
    most = float(problem.vehicle_types.max_driving_before_break[standing.vehicle_type])
    left = most - standing.past.rested
    return left if _needs_no_break(left, standing) else most


def _needs_no_break(left: float, standing: Standing) -> bool:
    return left > 0 and not later(standing.past.driving_ahead, left)


def breaks_left(problem: RoutingProblem, fleet: Fleet, now: float) -> Breaks:
    """Return the breaks that are still to be taken.

    Parameters
    ----------
    problem
        The problem of the plan.
    fleet
        The fleet.
    now
        The moment.
    """
    table = problem.breaks
    given = list(
        zip(
            table.vehicle_type.tolist(),
            table.tw_early.tolist(),
            table.tw_late.tolist(),
            table.duration.tolist(),
            strict=True,
        )
    )
    rows: list[tuple[int, float, float, float]] = []
    for number, vehicle in enumerate(fleet.vehicles):
        own = [row[1:] for row in given if row[0] == vehicle.old]
        if vehicle.standing is not None:
            own = _untaken(problem, own, vehicle.standing)
            begin, clock = vehicle.departure(now), vehicle.standing.clock
            own += [(begin, begin, clock - begin)] if vehicle.ahead else []
        rows += [(number, *row) for row in own]
    columns = np.array(rows, dtype=np.float64).reshape(len(rows), 4)
    return Breaks(columns[:, 0].astype(np.int64), *(columns[:, c].copy() for c in (1, 2, 3)))


def _untaken(
    problem: RoutingProblem, table: list[tuple[float, float, float]], standing: Standing
) -> list[tuple[float, float, float]]:
    """Return the breaks of a vehicle that it has still to take, from when it can go on.

    A break that came due during the visit at which it is, is taken after it.
    """
    clock, since = standing.clock, min(standing.clock, standing.past.stop_begin)
    rows = [
        (max(early, clock), max(late, clock), duration)
        for early, late, duration in table
        if early >= since
    ]
    types, k = problem.vehicle_types, standing.vehicle_type
    left = float(types.max_driving_before_break[k]) - standing.past.rested
    if math.isfinite(left) and not _needs_no_break(left, standing):
        duration = float(types.driving_break_duration[k])
        rows.append((clock + max(0.0, left), math.inf, duration))
    return rows


def depots_left(
    problem: RoutingProblem,
    num_given: int,
    fleet: Fleet,
    now: float,
    last_release: float,
    fields: dict[str, Any],
) -> tuple[Depots, Ints]:
    """Return the depots, those where vehicles stand behind the others, and their places.

    The start and reload depots of the fleet are put into its columns.

    Parameters
    ----------
    problem
        The problem of the plan.
    num_given
        Number of its depots that are no vehicle's place.
    fleet
        The fleet.
    now
        The moment.
    last_release
        When the last goods are released.
    fields
        The columns of the fleet.
    """
    old = problem.depots
    names = old.id[:num_given].astype(np.str_).tolist()
    early, late = old.tw_early[:num_given].tolist(), old.tw_late[:num_given].tolist()
    places = list(range(num_given))
    for row, vehicle, standing in fleet.under_way():
        fields["start_depot"][row] = len(places)
        departure = vehicle.departure(now)
        waits = standing.at_depot and last_release > standing.clock
        names.append(f"position of {vehicle.name}")
        early.append(departure)
        late.append(math.inf if waits else departure)
        places.append(standing.place)
    reload_depots = np.zeros((len(fleet.vehicles), len(places)), dtype=np.bool_)
    reload_depots[:, :num_given] = fields["reload_depots"][:, :num_given]
    fields["reload_depots"] = reload_depots
    ids = old.id if len(names) == len(old.id) == num_given else np.array(names, dtype=np.str_)
    return Depots(ids, np.array(early), np.array(late)), np.array(places, dtype=np.int64)
