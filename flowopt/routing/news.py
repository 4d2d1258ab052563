"""What has happened since a plan was made: new clients, cancellations, where vehicles are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np

from flowopt.core.columns import Column, Table
from flowopt.core.errors import Failures
from flowopt.core.tables import Columns, column_names, positions, read_table
from flowopt.routing.live_problem import LiveProblem, state_of
from flowopt.routing.moments import check_durations, shifted
from flowopt.routing.parts import Bools, Floats, Ints
from flowopt.routing.spec import (
    CLIENTS,
    LARGEST,
    SHIPMENTS,
    TIME_WINDOWS,
    load_column,
    with_loads,
)

if TYPE_CHECKING:
    from flowopt.routing.problem import RoutingProblem
    from flowopt.routing.solution import RoutingSolution

_NAN = math.nan

POSITIONS = Table(
    "vehicle_positions",
    "Where vehicles under way are, for `remaining`.",
    (
        Column("route", "int", "number of its route; empty: named by vehicle_type", default=0),
        Column(
            "vehicle_type",
            "ref",
            "the vehicle, where its type has just one; empty: named by route",
            default="",
            refers_to="vehicle_types",
        ),
        Column(
            "client",
            "ref",
            "whom it has visited last, or visits; empty: as planned",
            default="",
            refers_to="clients",
        ),
        Column("lat", "float", "latitude; empty: it stands at its last stop", "°", _NAN, -90, 90),
        Column("lon", "float", "longitude", "°", _NAN, -180, 180),
        Column("x", "float", "coordinate in the plane", "", _NAN, -LARGEST, LARGEST),
        Column("y", "float", "coordinate in the plane", "", _NAN, -LARGEST, LARGEST),
        Column(
            "clock",
            "time",
            "when it can go on from there; empty: now, or at the end of the visit as planned",
            "s",
            _NAN,
            -LARGEST,
            LARGEST,
        ),
    ),
)


@dataclass(frozen=True, eq=False)
class News:
    """What has happened since a plan was made, read and validated.

    Parameters
    ----------
    now
        The moment, in seconds; -inf before all routes.
    clients, shipments, time_windows
        New clients, with the shipments between them, and their windows where they have several.
    cancelled
        (n,) whether each client of the problem is cancelled.
    positions
        Where vehicles are.
    vehicle
        (p,) for each row of `positions`: the position of the route in the plan, else `~k` of the
        vehicle type k that stands idle.
    load
        (p, d) what is on board as reported; NaN where it is not.
    in_matrices
        Whether the caller's matrices say how far it is from each row of `positions`.
    """

    now: float
    clients: Columns
    shipments: Columns
    time_windows: Columns
    cancelled: Any
    positions: Columns
    vehicle: Ints
    load: Floats
    in_matrices: bool = False

    def moments(self, table: Columns, name: str, problem: RoutingProblem) -> Floats:
        """Return a column of times as seconds of the problem."""
        return shifted(table, name, problem.time_origin)


def read_news(
    plan: RoutingSolution,
    now: Any,
    new_clients: Any,
    shipments: Any,
    time_windows: Any,
    cancelled: Any,
    vehicle_positions: Any,
    failures: Failures,
) -> News:
    """Return what the caller tells, collecting every fault; see `remaining`."""
    problem = plan.problem
    refs = {"clients": problem.clients.id, "vehicle_types": known_types(problem)}
    spec = replace(with_loads(CLIENTS, problem.loads), name="new_clients")
    clients = read_table(spec, new_clients, failures, refs)
    gone = client_ids(problem, "cancelled", cancelled, failures)
    _check_ids(problem, clients, gone, failures)
    both = {"clients": np.concatenate([_texts(problem.clients.id), _texts(clients["id"])])}
    tables = (
        clients,
        read_table(with_loads(SHIPMENTS, problem.loads), shipments, failures, both),
        read_table(TIME_WINDOWS, time_windows, failures, both),
        read_table(_positions_spec(problem), vehicle_positions, failures, refs),
    )
    moment = _now(problem, now, failures)
    for table in tables:
        _check_clocks(problem, table, failures)
    check_durations(tables, failures)
    where = tables[3]
    if where.num_rows and now is None:
        message, fix = "is missing, and positions are given", "say at what time they hold"
        failures.add("remaining", "now", None, None, "missing", message, fix)
    load = [where[load_column("load", name)] for name in problem.loads]
    return News(
        now=moment,
        clients=clients,
        shipments=tables[1],
        time_windows=tables[2],
        cancelled=gone,
        positions=where,
        vehicle=_vehicles(plan, where, failures),
        load=np.column_stack(load) if load else np.zeros((where.num_rows, 0)),
    )


def known_types(problem: RoutingProblem) -> Any:
    """Return the ids of vehicle types that new clients may name: those of former problems too."""
    own, former = _texts(problem.vehicle_types.id), _texts(state_of(problem).origin)
    return np.unique(np.concatenate([own, former]))


def _texts(ids: Any) -> Any:
    return np.asarray(ids).astype(np.str_)


def client_ids(problem: RoutingProblem, name: str, given: Any, failures: Failures) -> Any:
    """Return which clients of a problem a list of ids, or a table with ``client``, names.

    Parameters
    ----------
    problem
        The problem.
    name
        The name of the argument.
    given
        Ids, a frame, or None.
    failures
        Where faults are collected.

    Returns
    -------
    array
        (n,) whether each client is named.
    """
    chosen = np.zeros(problem.num_clients, dtype=np.bool_)
    if given is None:
        return chosen
    if _is_list_of_ids(given):
        frame: Any = {"client": list(np.asarray(given).tolist())}
    elif "client" in (column_names(given) if not isinstance(given, str) else ()):
        frame = _only_clients(given)
    else:
        message, fix = "names no clients", "give a list of ids, or a frame with the column client"
        shown = given if isinstance(given, (str, int, float)) else type(given).__name__
        failures.add("remaining", name, None, shown, "wrong_type", message, fix)
        return chosen
    spec = Table(name, "", (Column("client", "ref", "the client", refers_to="clients"),))
    table = read_table(spec, frame, failures, {"clients": problem.clients.id})
    found = positions(table["client"], problem.clients.id)
    chosen[found[found >= 0]] = True
    return chosen


def _is_list_of_ids(given: Any) -> bool:
    if isinstance(given, (list, tuple, set, frozenset)):
        return not any(isinstance(row, Mapping) for row in given)
    return (
        isinstance(given, np.ndarray)
        or nw.from_native(given, series_only=True, pass_through=True).__class__ is nw.Series
    )


def _only_clients(frame: Any) -> Any:
    """Return the column of clients of a frame; others, as of a solution's table, are not read."""
    if isinstance(frame, Mapping):
        return {"client": frame["client"]}
    if isinstance(frame, list):
        return [{"client": row.get("client")} for row in frame]
    return nw.from_native(frame).select("client").to_native()


def _positions_spec(problem: RoutingProblem) -> Table:
    loads = tuple(
        Column(load_column("load", name), "float", "what is on board", "units", _NAN, 0, LARGEST)
        for name in problem.loads
    )
    return replace(POSITIONS, columns=(*POSITIONS.columns, *loads))


def _now(problem: RoutingProblem, now: Any, failures: Failures) -> float:
    since = problem.now if isinstance(problem, LiveProblem) else -math.inf
    if now is None:
        return since
    spec = Table(
        "remaining", "", (Column("now", "time", "the moment", "s", _NAN, -LARGEST, LARGEST),)
    )
    cells = np.empty(1, dtype=object)
    cells[0] = now
    table = read_table(spec, {"now": cells}, failures)
    _check_clocks(problem, table, failures)
    moment = float(shifted(table, "now", problem.time_origin)[0])
    if math.isnan(moment) and not len(failures):
        message, fix = "is no moment", "give a time, or None before the first departure"
        failures.add("remaining", "now", None, None, "nan", message, fix)
    if moment < since:
        message = f"is before {problem.times.moment(since)}, when this problem begins"
        value = problem.times.moment(moment)
        fix = "give that or a later time"
        failures.add("remaining", "now", None, value, "out_of_range", message, fix)
    return moment


def _check_clocks(problem: RoutingProblem, table: Columns, failures: Failures) -> None:
    """Collect the times that the problem's own cannot be compared with."""
    origin = problem.time_origin
    zoned = origin is not None and origin.tzinfo is not None
    for name, clock in table.clocks.items():
        if clock == "seconds":
            continue
        if origin is None:
            message, fix = "holds dates, and the problem has none", "write seconds, or HH:MM"
        elif (clock == "aware") != zoned:
            message = f"has {'a' if clock == 'aware' else 'no'} time zone, unlike the problem"
            fix = "write dates as the problem has them"
        else:
            continue
        failures.add(table.spec.name, name, None, None, "mixed_time_zones", message, fix)


def _check_ids(problem: RoutingProblem, clients: Columns, gone: Any, failures: Failures) -> None:
    """Collect new clients with the id of one that is there; a cancelled one may come anew."""
    there = positions(clients["id"], problem.clients.id)
    for row in np.flatnonzero((there >= 0) & ~gone[there] if len(gone) else there >= 0).tolist():
        message, fix = "is a client already", "rename it, or cancel the other"
        value = clients["id"][row].item()
        failures.add("new_clients", "id", row, value, "duplicate_id", message, fix)


def _vehicles(plan: RoutingSolution, table: Columns, failures: Failures) -> Ints:
    """Return whose position each row is; see `News.vehicle`."""
    kinds = positions(table["vehicle_type"], plan.problem.vehicle_types.id)
    result = np.full(table.num_rows, len(plan.routes), dtype=np.int64)
    seen: dict[int, int] = {}
    for row, (number, kind) in enumerate(zip(table["route"].tolist(), kinds, strict=True)):
        found = _vehicle(plan, number, int(kind))
        if isinstance(found, str):
            column = "route" if number else "vehicle_type"
            value = number or table["vehicle_type"][row].item()
            fix = f"give the number of a route, 1 to {len(plan.routes)}"
            failures.add("vehicle_positions", column, row, value, "unknown_id", found, fix)
        elif seen.setdefault(found, row) != row:
            message = f"is where row {seen[found]} says otherwise"
            failures.add(
                "vehicle_positions", "route", row, number, "duplicate_id", message, "keep one"
            )
        else:
            result[row] = found
    return result


def _vehicle(plan: RoutingSolution, number: int, kind: int) -> int | str:
    """Return which vehicle a row is about, or what is wrong with it."""
    if number:
        return number - 1 if 1 <= number <= len(plan.routes) else "is the number of no route"
    if kind < 0:
        return "names no vehicle"
    routes = [at for at, route in enumerate(plan.routes) if route.vehicle_type == kind]
    if len(routes) == 1:
        return routes[0]
    if not routes and state_of(plan.problem).stands[kind]:
        return ~kind
    return f"drives {len(routes)} routes"


def frozen_clients(problem: RoutingProblem, frozen: Any, failures: Failures) -> Bools | int:
    """Return which visits may not change: (n,) whether each client, or how many of each vehicle.

    Parameters
    ----------
    problem
        The problem.
    frozen
        As the caller gives it.
    failures
        Where faults are collected.
    """
    if isinstance(frozen, (bool, np.bool_)) or not isinstance(frozen, (int, np.integer)):
        named: Bools = client_ids(problem, "frozen", frozen, failures)
        return named
    if frozen < 0:
        message, fix = "is negative", "write 0 or more"
        failures.add("remaining", "frozen", None, int(frozen), "negative", message, fix)
    return max(int(frozen), 0)


def count_frozen(plan: RoutingSolution, frozen: Bools | int, kept: Ints) -> Ints:
    """Return how many visits of each route may not change: those named, and those before them.

    Parameters
    ----------
    plan
        What is left of the plan, with vehicles under way standing.
    frozen
        Which clients of the whole plan, or how many of each vehicle under way.
    kept
        (o,) positions in the whole plan of the first clients.
    """
    stands = state_of(plan.problem).stands
    counts = []
    for route in plan.routes:
        if isinstance(frozen, int):
            counts.append(min(frozen, len(route)) if stands[route.vehicle_type] else 0)
        else:
            places = np.flatnonzero(frozen[kept[route.visits]])
            counts.append(int(places.max(initial=-1)) + 1)
    return np.array(counts, dtype=np.int64)
