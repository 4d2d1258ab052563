"""A vehicle routing problem: clients, vehicle types, depots, and the ways between them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.options import Run
from flowopt.core.problem import Problem
from flowopt.core.tables import DEFAULT_BACKEND
from flowopt.routing.clock import TimeFormat
from flowopt.routing.parts import (
    ABSENT,
    NO_BREAKS,
    NO_TIME_WINDOWS,
    NO_TRAFFIC,
    Bools,
    Breaks,
    Clients,
    Depots,
    Ints,
    Shipments,
    TimeWindows,
    Traffic,
    VehicleTypes,
    no_shipments,
)
from flowopt.routing.spec import DEFAULT_LOAD
from flowopt.routing.travel import Points, Travel, largest

if TYPE_CHECKING:
    from flowopt.routing.solution import RoutingSolution

_TILE = 256


@dataclass(frozen=True, eq=False, repr=False)
class RoutingProblem(Problem["RoutingSolution"]):
    r"""Serve clients with a fleet at least cost.

    The cost of a plan is

    .. math:: \sum_{\text{routes } r} (f_{k(r)} + c_{k(r)} \, \text{distance}_r
              + t_{k(r)} \, \text{duration}_r + o_{k(r)} \, \text{overtime}_r
              + \sum_{i \in r} a_{i k(r)}) + b \max_r \text{duration}_r
              + \sum_{\text{optional, unserved } i} \text{prize}_i

    where the duration of a route runs from its departure, as late as its earliest return allows,
    to its return. Of a group of optional clients of which none is served the largest prize is lost.
    Most callers build a problem with `from_frames` or `from_arrays`.

    Parameters
    ----------
    clients, vehicle_types, depots
        Columns.
    travel
        Distances and durations between all locations.
    points
        Where the locations lie, when that is known.
    loads
        Names of the load dimensions.
    time_origin
        The moment that is 0 s, when windows came as datetimes.
    times_of_day
        Whether times are seconds from midnight, which messages write as ``09:30``; else they are
        numbers of any unit.
    backend
        The library of the caller's frames.
    shipments
        Goods that go from one client to another.
    time_windows
        The windows of clients that have several.
    breaks
        Breaks that vehicles take.
    traffic
        How fast vehicles are by time of day.
    skills
        Names of the skills.
    profiles
        The ways of vehicle types that do not take those of all, as `VehicleTypes.profile` counts
        them; their names are in `profile_names`.
    profile_names
        Names of the profiles.
    vehicles_first
        Whether a plan with fewer vehicles is better whatever it costs.
    longest_duration_cost
        Cost b per second of the longest route, which balances the durations.

    Raises
    ------
    ValidationError
        When the input cannot be used; all faults are listed.
    """

    clients: Clients
    vehicle_types: VehicleTypes
    depots: Depots
    travel: Travel
    points: Points | None = None
    loads: tuple[str, ...] = (DEFAULT_LOAD,)
    time_origin: dt.datetime | None = None
    times_of_day: bool = False
    backend: str = field(default=DEFAULT_BACKEND)
    shipments: Shipments = ABSENT
    time_windows: TimeWindows = NO_TIME_WINDOWS
    breaks: Breaks = NO_BREAKS
    traffic: Traffic = NO_TRAFFIC
    skills: tuple[str, ...] = ()
    profiles: tuple[Travel, ...] = ()
    profile_names: tuple[str, ...] = ()
    vehicles_first: bool = False
    longest_duration_cost: float = 0.0

    def __post_init__(self) -> None:
        from flowopt.core.errors import Failures
        from flowopt.routing.validate import examine

        failures = Failures()
        if self.shipments is ABSENT:
            object.__setattr__(self, "shipments", no_shipments(len(self.loads)))
        parts = examine(vars(self), failures, self.times)
        failures.raise_if_any()
        for name, part in parts.items():
            object.__setattr__(self, name, part)

    @classmethod
    def from_frames(
        cls,
        clients: Any,
        vehicle_types: Any,
        depots: Any,
        *,
        distance_matrix: Any = None,
        duration_matrix: Any = None,
        speed: float | None = None,
        metric: str = "haversine",
        detour_factor: float | None = None,
        shipments: Any = None,
        time_windows: Any = None,
        breaks: Any = None,
        traffic: Any = None,
        compatibility: Any = None,
        profiles: Mapping[str, Any] | None = None,
        vehicles_first: bool = False,
        longest_duration_cost: float = 0.0,
    ) -> RoutingProblem:
        """Make a problem from tables.

        Parameters
        ----------
        clients, vehicle_types, depots
            Frames of any library, dicts of columns, or lists of dicts. Several load dimensions are
            columns ``demand_<name>`` of clients and ``capacity_<name>`` of vehicle types. Windows
            may be datetimes, or their ISO texts: 0 s is then midnight of the earliest day, and
            windows that are given as numbers or ``"HH:MM"`` count from there.
        distance_matrix
            (m + n, m + n) distances between locations, the depots first, then the clients, in the
            order of the tables; inf where there is no way. A frame that is labelled with their ids
            may be in any order. Also a SciPy sparse matrix, where a pair without an entry has no
            way; or a table with the columns ``source``, ``target``, ``distance`` and perhaps
            ``duration``, where a pair without a row has none. None: made from the coordinates.
        duration_matrix
            The same in seconds. None: as a table of ways states; else distance / `speed`; without a
            speed the distances themselves, but for the metric ``"haversine"``, where the speed is
            60 km/h.
        speed
            Speed in km/h, for distances in km.
        metric
            ``"haversine"`` (lat and lon, km), or from x and y: ``"euclidean"``,
            ``"euclidean_rounded"`` (nearest whole number), ``"euclidean_rounded_3"`` (nearest of
            three decimals), ``"euclidean_truncated"``, ``"euclidean_truncated_1"`` (down to one
            decimal), ``"euclidean_ceiled"``, ``"manhattan"``.
        detour_factor
            Length of a way over the straight line; 1.3 for the haversine, else 1.
        shipments, time_windows, breaks, traffic, compatibility
            Tables of what goes from client to client, of further windows of clients, of breaks of
            vehicles, of speeds by time of day, and of which vehicle types may serve a client.
        profiles
            Name → distance matrix, or pair of distance and duration matrix, for the vehicle types
            with that ``profile``; a name without a matrix (None) takes the ways of all, for rows
            of `traffic` of its own.
        vehicles_first
            Whether a plan with fewer vehicles is better whatever it costs.
        longest_duration_cost
            Cost per second of the longest route, which balances the durations.

        Raises
        ------
        ValidationError
            When the input cannot be used; all faults are listed.

        Examples
        --------
        >>> problem = RoutingProblem.from_frames(
        ...     {"id": ["Ada", "Bob"], "x": [3, 3], "y": [4, 0], "demand": [1, 2]},
        ...     {"id": ["van"], "num_available": [1], "capacity": [3]},
        ...     {"id": ["depot"], "x": [0], "y": [0]},
        ...     metric="euclidean",
        ... )
        >>> problem.solve(time_limit=1).cost
        12.0
        """
        from flowopt.routing.frames import problem_parts

        return cls(
            **problem_parts(
                clients,
                vehicle_types,
                depots,
                distance_matrix=distance_matrix,
                duration_matrix=duration_matrix,
                speed=speed,
                metric=metric,
                detour_factor=detour_factor,
                shipments=shipments,
                time_windows=time_windows,
                breaks=breaks,
                traffic=traffic,
                compatibility=compatibility,
                profiles=profiles,
                vehicles_first=vehicles_first,
                longest_duration_cost=longest_duration_cost,
            )
        )

    @classmethod
    def from_arrays(
        cls,
        clients: Mapping[str, Any],
        vehicle_types: Mapping[str, Any],
        depots: Mapping[str, Any] | None = None,
        *,
        distance_matrix: npt.ArrayLike | None = None,
        duration_matrix: npt.ArrayLike | None = None,
        coordinates: npt.ArrayLike | None = None,
        geographic: bool = False,
        metric: str | None = None,
        **rules: Any,
    ) -> RoutingProblem:
        """Make a problem from matrices and columns of arrays.

        Parameters
        ----------
        clients, vehicle_types, depots
            Column → (n,) array, or one value for all rows; the columns are those of `from_frames`.
            ``demand`` and ``capacity`` may be (n, d) and (k, d) arrays. Ids may be left out:
            clients are then 1, 2, …, depots ``"depot"`` or ``"depot 1"``, …, vehicle types
            ``"vehicle"`` or ``"vehicle 1"``, …; without `depots` there is one.
        distance_matrix
            (m + n, m + n) distances, the depots first, then the clients; inf: no way. None: made
            from the coordinates, without a matrix where there are many locations.
        duration_matrix
            The same in seconds; None takes the distances.
        coordinates
            (m + n, 2) x and y (or longitude and latitude) of the locations; with a matrix, for the
            plot only.
        geographic
            Whether the coordinates are degrees.
        metric
            How distances are made from coordinates, as in `from_frames`; None: ``"haversine"`` when
            geographic, else ``"euclidean"``.
        rules
            Further arguments of `from_frames`, from `shipments` on.

        Raises
        ------
        ValidationError
            When the input cannot be used; all faults are listed.

        Examples
        --------
        >>> problem = RoutingProblem.from_arrays(
        ...     {"demand": [4, 5], "tw_late": 100},
        ...     {"num_available": 2, "capacity": 5},
        ...     distance_matrix=[[0, 1, 2], [1, 0, 1], [2, 1, 0]],
        ... )
        >>> problem.num_clients, problem.clients.id.tolist(), problem.solve(time_limit=1).cost
        (2, [1, 2], 6.0)
        """
        from flowopt.routing.frames import parts_from_arrays

        return cls(
            **parts_from_arrays(
                clients,
                vehicle_types,
                depots,
                distance_matrix=distance_matrix,
                duration_matrix=duration_matrix,
                coordinates=coordinates,
                geographic=geographic,
                metric=metric,
                **rules,
            )
        )

    @property
    def times(self) -> TimeFormat:
        """How messages write the times of the problem."""
        return TimeFormat(self.time_origin, self.times_of_day)

    @property
    def num_clients(self) -> int:
        """Number of clients n."""
        return len(self.clients)

    @property
    def num_depots(self) -> int:
        """Number of depots m; location m + i is client i."""
        return len(self.depots)

    @property
    def num_vehicle_types(self) -> int:
        """Number of vehicle types k."""
        return len(self.vehicle_types)

    @cached_property
    def features(self) -> frozenset[str]:
        """The features that an engine must support to take this problem."""
        from flowopt.routing.features import features

        return features(self)

    def travel_of(self, vehicle_type: int) -> Travel:
        """Return the ways that a vehicle type takes; its speed and the traffic are not in them.

        Parameters
        ----------
        vehicle_type
            Position of the vehicle type.
        """
        profile = int(self.vehicle_types.profile[vehicle_type])
        return self.profiles[profile - 1] if profile else self.travel

    @cached_property
    def may_serve(self) -> Bools:
        """(n, k) whether a vehicle type may serve a client: allowed, and with all its skills."""
        clients, types = self.clients, self.vehicle_types
        if not self.skills:
            return clients.allowed
        lacks = clients.skills.astype(np.int64) @ (~types.skills).T.astype(np.int64)
        able: Bools = clients.allowed & (lacks == 0)
        return able

    @cached_property
    def shipment_of(self) -> Ints:
        """(n,) position of the shipment that a client belongs to; -1 for none."""
        result = np.full(self.num_clients, -1, dtype=np.int64)
        result[self.shipments.pickup] = np.arange(len(self.shipments))
        result[self.shipments.delivery] = np.arange(len(self.shipments))
        return result

    @cached_property
    def group_of(self) -> Ints:
        """(n,) number of the group that a client is in; -1 for none."""
        names, numbers = np.unique(self.clients.group, return_inverse=True)
        grouped = self.clients.group != ""
        first = int(names[0] == "") if len(names) else 0
        return np.where(grouped, numbers - first, -1)

    @cached_property
    def largest_number(self) -> float:
        """The largest finite magnitude in any column or matrix."""
        columns = [
            values
            for part in (self.clients, self.vehicle_types, self.depots)
            for values in vars(part).values()
            if isinstance(values, np.ndarray) and values.dtype.kind == "f"
        ]
        return max(self.travel.largest, *(largest(values) for values in columns))

    def solution_from_routes(
        self,
        routes: Sequence[npt.ArrayLike],
        vehicle_types: Sequence[int] | None = None,
    ) -> RoutingSolution:
        """Return given routes as a solution: for published answers, and to start a search from.

        Parameters
        ----------
        routes
            For each route the positions of its clients (0 is the first client), in order.
        vehicle_types
            Position of each route's vehicle type; None takes the first type throughout.

        Returns
        -------
        RoutingSolution
            With the schedule and cost of those routes; not checked: call its ``check()``.

        Examples
        --------
        >>> problem = RoutingProblem.from_arrays({"demand": [4, 5]}, {"num_available": 1,
        ...     "capacity": 9}, distance_matrix=[[0, 1, 2], [1, 0, 1], [2, 1, 0]])
        >>> solution = problem.solution_from_routes([[1, 0]])
        >>> solution.cost, solution.check().ok
        (4.0, True)
        """
        from flowopt.routing.solution import given_solution

        return given_solution(self, routes, vehicle_types)

    def __repr__(self) -> str:
        sizes = (self.num_clients, "clients"), (self.num_depots, "depots")
        vehicles = int(self.vehicle_types.num_available.sum())
        shown = ", ".join(f"{count:,} {what}" for count, what in (*sizes, (vehicles, "vehicles")))
        return f"<RoutingProblem {shown}>"

    def _solve(self, run: Run) -> RoutingSolution:
        from flowopt.routing.solve import solve

        return solve(self, run)
