"""The columns of a routing problem: its clients, its fleet, its depots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

ABSENT: Any = None
"""Stands in a column that the caller leaves out; the problem puts its default there."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Clients:
    """Those who are delivered to, as columns.

    Parameters
    ----------
    id
        (n,) names.
    demand
        (n, d) what is delivered, in each load dimension.
    service_duration
        (n,) seconds that a visit takes.
    tw_early, tw_late
        (n,) earliest and latest start of the visit, in seconds; a vehicle may wait.
    required
        (n,) whether the client must be served.
    prize
        (n,) what is lost when a client that is not required is not served.
    pickup
        (n, d) what is collected, in each load dimension, and brought to the end of the trip.
    release_time
        (n,) earliest departure of the trip that serves it, in seconds; NaN: any.
    priority
        (n,) 0 to 100: of the required clients, those with more are served first.
    group
        (n,) name of the group of which one client is served at most; empty: in none. Of a group of
        required clients just one is served.
    sequence
        (n,) the visits of a route are in the order of this number; NaN: anywhere.
    skills
        (n, s) whether its vehicle must have each skill of the problem.
    allowed
        (n, k) whether a vehicle type may serve it, skills aside.
    assignment_cost
        (n, k) cost of being served by a vehicle type.
    """

    id: npt.NDArray[Any]
    demand: Floats
    service_duration: Floats
    tw_early: Floats
    tw_late: Floats
    required: Bools
    prize: Floats
    pickup: Floats = ABSENT
    release_time: Floats = ABSENT
    priority: Ints = ABSENT
    group: npt.NDArray[np.str_] = ABSENT
    sequence: Floats = ABSENT
    skills: Bools = ABSENT
    allowed: Bools = ABSENT
    assignment_cost: Floats = ABSENT

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True, eq=False)
class VehicleTypes:
    """The fleet, as columns.

    Parameters
    ----------
    id
        (k,) names.
    num_available
        (k,) number of vehicles.
    capacity
        (k, d) most that a vehicle holds, in each load dimension; inf for no limit.
    start_depot, end_depot
        (k,) positions of the depots where they start and end.
    fixed_cost
        (k,) cost of a vehicle that is used.
    unit_distance_cost
        (k,) cost per unit of distance.
    unit_duration_cost
        (k,) cost per second from departure to return.
    tw_early, tw_late
        (k,) shift: earliest departure and latest return, in seconds.
    max_duration, max_distance
        (k,) longest route in seconds and in distance; inf for no limit.
    max_visits
        (k,) most clients on a route; inf for no limit.
    max_overtime
        (k,) seconds by which a route may pass both ``tw_late`` and ``max_duration``.
    unit_overtime_cost
        (k,) cost per second of overtime, which is by how much either is passed, whichever is more.
    skills
        (k, s) whether it has each skill of the problem.
    profile
        (k,) which ways it takes: 0 for `RoutingProblem.travel`, p for the p-th of
        `RoutingProblem.profiles`.
    speed_factor
        (k,) its speed over that of the durations.
    max_reloads
        (k,) how often a vehicle may reload on its route; inf for no limit.
    reload_depots
        (k, m) whether it may reload at a depot.
    reload_duration
        (k,) seconds that a reload takes.
    max_driving_before_break
        (k,) longest driving without a break, in seconds; inf for no limit.
    driving_break_duration
        (k,) seconds of that break.
    max_driving_duration
        (k,) longest driving on a route, in seconds; inf for no limit.
    """

    id: npt.NDArray[Any]
    num_available: Ints
    capacity: Floats
    start_depot: Ints
    end_depot: Ints
    fixed_cost: Floats
    unit_distance_cost: Floats
    unit_duration_cost: Floats
    tw_early: Floats
    tw_late: Floats
    max_duration: Floats
    max_distance: Floats
    max_visits: Floats = ABSENT
    max_overtime: Floats = ABSENT
    unit_overtime_cost: Floats = ABSENT
    skills: Bools = ABSENT
    profile: Ints = ABSENT
    speed_factor: Floats = ABSENT
    max_reloads: Floats = ABSENT
    reload_depots: Bools = ABSENT
    reload_duration: Floats = ABSENT
    max_driving_before_break: Floats = ABSENT
    driving_break_duration: Floats = ABSENT
    max_driving_duration: Floats = ABSENT

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True, eq=False)
class Depots:
    """Where vehicles start and end, as columns.

    Parameters
    ----------
    id
        (m,) names.
    tw_early, tw_late
        (m,) hours within which vehicles depart and return, in seconds.
    """

    id: npt.NDArray[Any]
    tw_early: Floats
    tw_late: Floats

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True, eq=False)
class Shipments:
    """Goods that go from one client to another in the same vehicle, as columns.

    Parameters
    ----------
    id
        (q,) names.
    pickup, delivery
        (q,) positions of the clients where they are picked up and delivered. A client belongs to
        one shipment at most.
    demand
        (q, d) how much it is, in each load dimension.
    """

    id: npt.NDArray[Any]
    pickup: Ints
    delivery: Ints
    demand: Floats

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True, eq=False)
class TimeWindows:
    """The windows of clients that have several, as columns: a visit starts within one of them.

    Parameters
    ----------
    client
        (w,) position of the client.
    tw_early, tw_late
        (w,) earliest and latest start of the visit, in seconds; the client's own ``tw_early`` and
        ``tw_late`` hold as well.
    """

    client: Ints
    tw_early: Floats
    tw_late: Floats

    def __len__(self) -> int:
        return len(self.client)


@dataclass(frozen=True, eq=False)
class Breaks:
    """Breaks that vehicles take, as columns.

    A vehicle that departs no later than ``tw_early`` and is still under way then starts its break
    at the first moment from there on at which it drives or waits. That must be by ``tw_late``.

    Parameters
    ----------
    vehicle_type
        (b,) position of the vehicle type.
    tw_early, tw_late
        (b,) earliest and latest start, in seconds.
    duration
        (b,) seconds.
    """

    vehicle_type: Ints
    tw_early: Floats
    tw_late: Floats
    duration: Floats

    def __len__(self) -> int:
        return len(self.vehicle_type)


@dataclass(frozen=True, eq=False)
class Traffic:
    """How fast vehicles are by time, as columns (Ichoua, Gendreau & Potvin, EJOR 144, 2003).

    A way of duration t takes as long as the speed factor needs to add up to t, so that who departs
    later never arrives earlier.

    Parameters
    ----------
    start
        (t,) from when a factor holds, in seconds, until the next start of the profile; before the
        first the factor is 1.
    speed_factor
        (t,) speed over that of the durations.
    profile
        (t,) the ways it holds on: as `VehicleTypes.profile`; -1 for those without rows of their
        own.
    """

    start: Floats
    speed_factor: Floats
    profile: Ints

    def __len__(self) -> int:
        return len(self.start)


def no_shipments(num_loads: int) -> Shipments:
    """Return a table of shipments without rows.

    Parameters
    ----------
    num_loads
        Number of load dimensions d.

    Examples
    --------
    >>> len(no_shipments(1))
    0
    """
    nobody = np.zeros(0, dtype=np.int64)
    return Shipments(nobody, nobody, nobody, np.zeros((0, num_loads)))


_NONE, _NOBODY = np.zeros(0), np.zeros(0, dtype=np.int64)
NO_TIME_WINDOWS = TimeWindows(_NOBODY, _NONE, _NONE)
NO_BREAKS = Breaks(_NOBODY, _NONE, _NONE, _NONE)
NO_TRAFFIC = Traffic(_NONE, _NONE, _NOBODY)
