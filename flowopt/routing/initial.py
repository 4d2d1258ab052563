"""What a search starts from: a previous solution, or a table of visits, by the ids in it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np

from flowopt.core.columns import Column, Table
from flowopt.core.errors import Failures
from flowopt.core.tables import Columns, column_names, positions, read_table
from flowopt.routing.schedule import holds, schedule_route
from flowopt.routing.solution import RoutingSolution
from flowopt.routing.stops import joined, tidied

if TYPE_CHECKING:
    from flowopt.routing.parts import Ints
    from flowopt.routing.problem import RoutingProblem

Routes = list[tuple[int, list[int]]]
"""Vehicle type and stops of each route, as positions."""

VISITS = Table(
    "initial",
    "Routes to start from, as in the table of visits of a solution.",
    (
        Column("route", "id", "name or number of the route"),
        Column("position", "float", "order within the route; empty: as the rows", default=math.nan),
        Column("client", "ref", "the client visited", refers_to="clients"),
        Column(
            "vehicle_type",
            "ref",
            "whose vehicle drives the route; empty: the first that can",
            default="",
            refers_to="vehicle_types",
        ),
        Column(
            "reload",
            "ref",
            "the depot at which it reloads just before; empty: none",
            default="",
            refers_to="depots",
        ),
    ),
    key=("client",),
)


def initial_routes(problem: RoutingProblem, initial: Any) -> Routes:
    """Return what ``initial=`` of `solve` says as routes of this problem; they need not hold.

    Parameters
    ----------
    problem
        The problem.
    initial
        A `RoutingSolution`, whose clients, vehicle types and depots of reloads are matched by id:
        those that are gone are left out. Or a table of visits, of which all ids must be known.

    Raises
    ------
    ValidationError
        When `initial` is something else, or has nothing in common with the problem.
    """
    failures = Failures()
    if isinstance(initial, RoutingSolution):
        plan = _of_solution(problem, initial, failures)
    else:
        plan = _of_table(problem, initial, failures)
    failures.raise_if_any()
    return plan


def _of_solution(problem: RoutingProblem, initial: RoutingSolution, failures: Failures) -> Routes:
    old = initial.problem
    client = positions(old.clients.id, problem.clients.id)
    kind = positions(old.vehicle_types.id, problem.vehicle_types.id)
    for name, found in (("clients", client), ("vehicle_types", kind)):
        if len(found) and problem.num_clients and not (found >= 0).any():
            message = f"has none of the {name} of this problem: its ids are others"
            fix = "give a solution of this problem, or of one with the same ids"
            failures.add("solve", "initial", None, None, "unknown_id", message, fix)
    depot = positions(old.depots.id, problem.depots.id)
    plan = []
    for route in initial.routes:
        stops = [_moved(int(stop), client, depot) for stop in route.stops]
        tidy = tidied([stop for stop in stops if stop is not None])
        if kind[route.vehicle_type] >= 0 and tidy:
            plan.append((int(kind[route.vehicle_type]), tidy))
    return plan


def _moved(stop: int, client: Ints, depot: Ints) -> int | None:
    """Return a stop of an old problem as one of the new, whose positions are given; None: gone."""
    place = int(client[stop] if stop >= 0 else depot[~stop])
    if place < 0:
        return None
    return place if stop >= 0 else ~place


def _of_table(problem: RoutingProblem, initial: Any, failures: Failures) -> Routes:
    table = _read(problem, initial, failures)
    if table is None or len(failures):
        return []
    clients = positions(table["client"], problem.clients.id)
    kinds = positions(table["vehicle_type"], problem.vehicle_types.id)
    reloads = positions(table["reload"], problem.depots.id)
    routes = table["route"].astype(np.str_)
    left = problem.vehicle_types.num_available.copy()
    plan = []
    for name in dict.fromkeys(routes.tolist()):
        rows = np.flatnonzero(routes == name)
        rows = rows[np.argsort(table["position"][rows], kind="stable")]  # empty ones stay in order
        named = np.unique(kinds[rows][kinds[rows] >= 0])
        if len(named) > 1:
            message, fix = "has several vehicle types", "name one for the whole route"
            failures.add("initial", "vehicle_type", int(rows[0]), name, "ambiguous", message, fix)
            continue
        if reloads[rows[0]] >= 0:
            message, fix = "is before the first visit of the route", "leave the cell empty"
            value = str(table["reload"][rows[0]])
            failures.add("initial", "reload", int(rows[0]), value, "inconsistent", message, fix)
            continue
        stops = joined(clients[rows], reloads[rows])
        k = int(named[0]) if len(named) else _first_that_can(problem, stops, left)
        left[k] -= 1
        plan.append((k, stops.tolist()))
    return plan


def _first_that_can(problem: RoutingProblem, stops: Ints, left: Ints) -> int:
    """Return the first vehicle type with a vehicle left that can drive a route; else the first."""
    for k in np.flatnonzero(left > 0).tolist():
        if holds(problem, k, schedule_route(problem, k, stops, slack=False)):
            return int(k)
    return 0


def _read(problem: RoutingProblem, initial: Any, failures: Failures) -> Columns | None:
    """Return the columns of a table of visits that matter; None of what is none."""
    names = [] if _is_list_of_others(initial) else column_names(initial)
    known = [name for name in VISITS.names if name in names]
    if "client" not in known:
        text = "is no routing solution, and no table of visits"
        fix = "give a RoutingSolution, a frame with the columns route and client, or None"
        value = type(initial).__name__
        failures.add("solve", "initial", None, value, "wrong_type", text, fix)
        return None
    refs = {
        "clients": problem.clients.id,
        "vehicle_types": problem.vehicle_types.id,
        "depots": problem.depots.id,
    }
    return read_table(VISITS, _columns_of(initial, known), failures, refs)


def _is_list_of_others(thing: Any) -> bool:
    return isinstance(thing, list) and not all(isinstance(row, Mapping) for row in thing)


def _columns_of(frame: Any, names: list[str]) -> Any:
    """Return some columns of a frame; the others, as of a solution's table, are not read."""
    if isinstance(frame, Mapping):
        return {name: frame[name] for name in names}
    if isinstance(frame, list):
        return [{name: row.get(name) for name in names} for row in frame]
    return nw.from_native(frame).select(names).to_native()
