"""Reads and writes the ``.sol`` files of routing solutions, in the numbering of CVRPLIB.

A line ``Route #k: 3 1 2`` lists the stops of a route, a line ``Cost 27591`` the cost. Clients
are numbered from the number of depots on, in the order of the instance: with one depot the
clients are 1, 2, …, so client 1 of a ``.sol`` is node 2 of a ``.vrp``. A number below that is a
depot, at which the vehicle reloads. Where there are several vehicle types, route k is that of
vehicle k: those of the first type come first, then those of the second, ….
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from flowopt.core.errors import Failures
from flowopt.io.text import TextFile, format_number, read_text, to_number

if TYPE_CHECKING:
    from flowopt.routing import RoutingProblem, RoutingSolution

_ROUTE = re.compile(r"route\s*#?\s*(\d*)\s*:?(.*)", re.IGNORECASE)
_COST = re.compile(r"cost\s*:?\s*(\S+)", re.IGNORECASE)
_MOST_EMPTY = 100_000


@dataclass(frozen=True)
class SolFile:
    """What a ``.sol`` file states.

    Parameters
    ----------
    routes
        The numbers of the stops of each route, in order.
    cost
        The cost; None when the file has none.
    vehicles
        The number of each route, from 1: where the file does not number it, its place.
    """

    routes: tuple[tuple[int, ...], ...]
    cost: float | None
    vehicles: tuple[int, ...] = ()


def read_sol(path: str | PathLike[str]) -> SolFile:
    """Read a ``.sol`` file.

    Parameters
    ----------
    path
        The file, gzipped or not.

    Raises
    ------
    ValidationError
        When it cannot be read; all faults are listed with their lines.
    """
    failures = Failures()
    file = read_text(Path(path), failures)
    failures.raise_if_any()
    assert file is not None
    content = parse_sol(file)
    failures.raise_if_any()
    return content


def parse_sol(file: TextFile) -> SolFile:
    """Return what the lines of a ``.sol`` file state; faults are collected.

    Parameters
    ----------
    file
        The text, and where its faults are collected.

    Examples
    --------
    >>> file = TextFile(Path("a.sol"), ("Route #1: 2 1", "Route #2: 3", "Cost 12.5"), Failures())
    >>> parse_sol(file)
    SolFile(routes=((2, 1), (3,)), cost=12.5, vehicles=(1, 2))
    """
    routes: list[tuple[int, ...]] = []
    vehicles: list[int] = []
    cost: float | None = None
    for number, raw in enumerate(file.lines, start=1):
        line = raw.strip()
        if route := _ROUTE.fullmatch(line):
            routes.append(tuple(_stops(file, number, route[2].split())))
            stated = to_number(route[1])
            vehicles.append(len(routes) if stated is None else int(stated))
        elif costs := _COST.fullmatch(line):
            cost = file.number("Cost", number, costs[1])
        elif line and not line[0].isalpha():  # others are remarks: Time, Date, Solver, …
            fix = "give lines `Route #1: 3 1 2`, and `Cost 12`"
            file.fail(None, number, line[:40], "unknown_line", "is no line of a .sol file", fix)
    if not routes and cost is None and not len(file.failures):
        fix = "give lines `Route #1: 3 1 2`; the file may be of another format"
        file.fail(None, None, None, "no_route", "has no route and no cost", fix)
    return SolFile(tuple(routes), cost, tuple(vehicles))


def _stops(file: TextFile, line: int, tokens: Iterable[str]) -> Iterable[int]:
    for token in tokens:
        value = to_number(token)
        if value is not None and value >= 0 and value % 1 == 0:
            yield int(value)
        else:
            fix = "give the numbers of the clients"
            file.fail("Route", line, token[:40], "unknown_client", "is no client", fix)


def read_solution(path: str | PathLike[str], problem: RoutingProblem) -> RoutingSolution:
    """Read a ``.sol`` file as a solution of its problem.

    The solution is not checked: its ``check()`` says what does not hold.

    Parameters
    ----------
    path
        The file, gzipped or not.
    problem
        The problem that it solves. Where that has several vehicle types, route k is that of
        vehicle k: those of the first type come first, then those of the second, ….

    Raises
    ------
    ValidationError
        When the file cannot be read, or names clients or vehicles that the problem does not have.
    """
    content = read_sol(path)
    failures, name = Failures(), Path(path).name
    driven = [row for row, stops in enumerate(content.routes) if stops]
    types = _vehicle_types(problem, {row: content.vehicles[row] for row in driven}, name, failures)
    routes = [
        _route(problem, content.routes[row], k, name, row, failures)
        for row, k in zip(driven, types, strict=True)
    ]
    failures.raise_if_any()
    return problem.solution_from_routes(routes, types)


def _vehicle_types(
    problem: RoutingProblem, vehicles: Mapping[int, int], name: str, failures: Failures
) -> list[int]:
    """Return the types of the vehicles of routes, given by their numbers; faults are collected."""
    if problem.num_vehicle_types == 1:
        return [0] * len(vehicles)
    last = np.cumsum(problem.vehicle_types.num_available)
    seen: set[int] = set()
    types = []
    for row, vehicle in vehicles.items():
        if not 1 <= vehicle <= last[-1]:
            message, fix = "is no vehicle of the problem", f"number the routes from 1 to {last[-1]}"
            failures.add(name, "Route", row, vehicle, "unknown_vehicle", message, fix)
        elif vehicle in seen:
            message, fix = "is a vehicle that stands twice", "number each route by its vehicle"
            failures.add(name, "Route", row, vehicle, "duplicate_vehicle", message, fix)
        seen.add(vehicle)
        types.append(min(int(np.searchsorted(last, vehicle)), len(last) - 1))
    return types


def _route(
    problem: RoutingProblem,
    numbers: Sequence[int],
    vehicle_type: int,
    name: str,
    row: int,
    failures: Failures,
) -> list[int]:
    """Return the stops of a route: clients by position, reloads as ``~depot``."""
    from flowopt.routing.stops import fault_of

    first, last = problem.num_depots, problem.num_depots + problem.num_clients - 1
    reloads = problem.vehicle_types.max_reloads[vehicle_type] > 0
    stops = []
    for number in numbers:
        if not (0 if reloads else first) <= number <= last:
            message = "is a depot, and its vehicle does not reload"
            message = message if number < first else "is no client of the problem"
            fix = f"clients are {first} to {last}"
            failures.add(name, "Route", row, number, "unknown_client", message, fix)
        stops.append(number - first if number >= first else ~number)
    fault = fault_of(stops)
    if reloads and fault is not None:
        fix = "name a depot between the clients of two trips"
        failures.add(name, "Route", row, None, "reload", fault, fix)
    return stops


def format_sol(solution: RoutingSolution) -> str:
    """Return a solution as the text of a ``.sol`` file.

    Vehicles that are not used are left out, unless there are several vehicle types: the lines up
    to the last vehicle in use then tell which vehicle drives which route.

    Parameters
    ----------
    solution
        A solution with routes.

    Raises
    ------
    NoSolutionError
        When there is no solution to write.
    """
    solution.require_solution()
    first = solution.problem.num_depots
    lines = [
        f"Route #{vehicle}: {' '.join(str(s + first if s >= 0 else ~s) for s in stops)}".rstrip()
        for vehicle, stops in _numbered(solution)
    ]
    if math.isfinite(solution.cost):  # that of routes without a way is no number of a file
        lines.append(f"Cost {format_number(solution.cost)}")
    return "\n".join([*lines, ""])


def _numbered(solution: RoutingSolution) -> list[tuple[int, list[int]]]:
    """Return the number of each vehicle to be written, and its stops."""
    routes = [
        (route.vehicle_type, route.stops.tolist()) for route in solution.routes if len(route.visits)
    ]
    if solution.problem.num_vehicle_types == 1:
        return list(enumerate((stops for _, stops in routes), start=1))
    number = solution.problem.vehicle_types.num_available
    last_of = np.cumsum(number).tolist()
    free = [end - count for end, count in zip(last_of, number.tolist(), strict=True)]
    surplus = last_of[-1]
    driven: dict[int, list[int]] = {}
    for vehicle_type, stops in routes:
        if free[vehicle_type] < last_of[vehicle_type]:
            free[vehicle_type] += 1
            driven[free[vehicle_type]] = stops
        else:  # a plan with more vehicles than there are: none of the others is taken for them
            surplus += 1
            driven[surplus] = stops
    last = max(driven, default=0)
    listed = range(1, last + 1) if last <= _MOST_EMPTY else sorted(driven)
    return [(vehicle, driven.get(vehicle, [])) for vehicle in listed]
