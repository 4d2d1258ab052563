"""One route as the check looks at it: its stops, where they lie, the ways between them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from flowopt.core.report import Report
    from flowopt.routing.problem import RoutingProblem
    from flowopt.routing.solution import Route


@dataclass(frozen=True)
class RouteView:
    """A route whose clients, depots and vehicle type exist.

    Parameters
    ----------
    problem
        The problem.
    name
        What messages call the route.
    vehicle_type
        Position of its vehicle type.
    stops
        Clients, and reloads as ``~depot``.
    """

    problem: RoutingProblem
    name: str
    vehicle_type: int
    stops: tuple[int, ...]

    @property
    def visits(self) -> list[int]:
        """Its clients."""
        return [stop for stop in self.stops if stop >= 0]

    @cached_property
    def places(self) -> list[int]:
        """The locations that it goes through, as the vehicle type's ends say."""
        types, m, k = self.problem.vehicle_types, self.problem.num_depots, self.vehicle_type
        inside = [stop + m if stop >= 0 else -1 - stop for stop in self.stops]
        return [int(types.start_depot[k]), *inside, int(types.end_depot[k])]

    @cached_property
    def legs(self) -> tuple[list[float], list[float]]:
        """Distance and duration of each way, the vehicle's speed included, traffic not."""
        profile = int(self.problem.vehicle_types.profile[self.vehicle_type])
        travel = self.problem.profiles[profile - 1] if profile else self.problem.travel
        where = np.array(self.places)
        far, long = travel.legs(where[:-1], where[1:])
        factor = float(self.problem.vehicle_types.speed_factor[self.vehicle_type])
        return far.tolist(), [duration / factor for duration in long.tolist()]

    def place_name(self, location: int) -> str:
        """Return the id of the depot or client at a location."""
        m = self.problem.num_depots
        ids = self.problem.depots.id if location < m else self.problem.clients.id
        return str(ids[location if location < m else location - m])

    def subject(self, client: int) -> str:
        """Return what messages call the visit of a client."""
        return f"{self.name}: {self.problem.clients.id[client]}"


def view_route(
    report: Report, problem: RoutingProblem, name: str, route: Route
) -> RouteView | None:
    """Return a route to look at; report what it names that does not exist, and return None.

    Parameters
    ----------
    report
        Where violations are collected.
    problem
        The problem.
    name
        What messages call the route.
    route
        The route.
    """
    visits, reloads, schedule = route.visits, route.reloads, route.schedule
    inside = len(visits) > 0 and visits.min() >= 0 and visits.max() < problem.num_clients
    known = 0 <= route.vehicle_type < problem.num_vehicle_types
    if not inside:
        report.add("visits", name, len(visits), "is empty or visits clients that do not exist")
    if not known:
        report.add("vehicle_type", name, route.vehicle_type, "is of a type that does not exist")
    columns = (schedule.arrival, schedule.start, schedule.slack, schedule.load_after)
    told = all(len(column) == len(visits) for column in columns)
    if not told:
        report.add("schedule", name, len(visits), "states a schedule of another number of visits")
    aligned = len(reloads) == len(visits)
    if not aligned:
        report.add("reload", name, len(visits), "states reloads of another number of visits")
    elif len(reloads) and (reloads[0] >= 0 or (reloads >= problem.num_depots).any()):
        aligned = False
        report.add("reload", name, 1, "reloads before its first visit, or at no depot")
    if not (inside and known and told and aligned):
        return None
    stops: list[int] = []
    for client, depot in zip(visits.tolist(), reloads.tolist(), strict=True):
        stops += [client] if depot < 0 else [-1 - depot, client]
    return RouteView(problem, name, int(route.vehicle_type), tuple(stops))
