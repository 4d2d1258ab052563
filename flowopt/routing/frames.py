"""From tables, matrices and coordinates to the parts of a routing problem."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.columns import Table
from flowopt.core.errors import Failures
from flowopt.core.tables import Columns, column_names, positions, read_table
from flowopt.routing.clock import TimeFormat
from flowopt.routing.matrices import (
    DEFAULT_SPEED,
    Formula,
    read_profiles,
    read_travel,
    states_durations,
)
from flowopt.routing.metrics import METRICS
from flowopt.routing.moments import (
    TIME_COLUMNS,
    check_durations,
    has_clock_times,
    read_origin,
    shifted,
)
from flowopt.routing.parts import Clients, Depots, Floats, VehicleTypes
from flowopt.routing.rule_frames import read_rules, rule_parts
from flowopt.routing.spec import (
    CLIENTS,
    DEFAULT_LOAD,
    DEPOTS,
    LARGEST,
    VEHICLE_TYPES,
    load_column,
    with_loads,
)
from flowopt.routing.travel import Points
from flowopt.routing.validate import examine


def problem_parts(
    clients: Any,
    vehicle_types: Any,
    depots: Any,
    *,
    distance_matrix: Any,
    duration_matrix: Any,
    speed: float | None,
    metric: str,
    detour_factor: float | None,
    shipments: Any = None,
    time_windows: Any = None,
    breaks: Any = None,
    traffic: Any = None,
    compatibility: Any = None,
    profiles: Mapping[str, Any] | None = None,
    vehicles_first: bool = False,
    longest_duration_cost: float = 0.0,
    unitless: bool = False,
) -> dict[str, Any]:
    """Return the fields of a `RoutingProblem`; see `RoutingProblem.from_frames`.

    Times of a problem that is `unitless` are seconds only where its windows are clock times.
    """
    failures = Failures()
    loads = _load_names(clients, vehicle_types, shipments, failures)
    given = {
        "shipments": shipments,
        "time_windows": time_windows,
        "breaks": breaks,
        "traffic": traffic,
        "compatibility": compatibility,
    }
    tables, rules = _read_tables(clients, vehicle_types, depots, given, loads, failures)
    client_table, type_table, depot_table = tables
    for name, factor in (("speed", speed), ("detour_factor", detour_factor)):
        _check_factor(name, factor, failures)
    _check_cost("longest_duration_cost", longest_duration_cost, failures)
    origin = read_origin([*tables, *rules.values()], failures)
    frames = (clients, vehicle_types, depots, time_windows, breaks, traffic)
    durations = duration_matrix is not None or states_durations(distance_matrix)
    durations |= speed is not None or (distance_matrix is None and metric == "haversine")
    times = _time_format(frames, origin, durations and not unitless)
    named = profiles or {}
    parts = _parts(client_table, type_table, depot_table, loads, origin)
    parts |= rule_parts(parts, rules, (client_table, type_table), named, loads, origin, failures)
    points = _points(depot_table, client_table, metric, distance_matrix is None, failures)
    ids = [*depot_table["id"].tolist(), *client_table["id"].tolist()]
    usual = DEFAULT_SPEED if distance_matrix is None and metric == "haversine" else None
    formula = Formula(points, metric, detour_factor, usual if speed is None else speed)
    parts["travel"] = read_travel(ids, formula, distance_matrix, duration_matrix, failures)
    parts["profiles"] = read_profiles(named, ids, parts["travel"], formula, failures)
    parts["loads"] = loads
    if len(failures):  # what else is wrong, to say it all at once
        examine(parts, failures, times)
        failures.raise_if_any()
    return parts | {
        "points": points,
        "vehicles_first": bool(vehicles_first),
        "longest_duration_cost": float(longest_duration_cost),
        "time_origin": origin,
        "times_of_day": times.of_day,
        "backend": client_table.backend,
    }


def _time_format(frames: Sequence[Any], origin: dt.datetime | None, in_seconds: bool) -> TimeFormat:
    """Return how times are written: as clock times where they are known to be seconds."""
    clocks = any(has_clock_times(frame) for frame in frames if frame is not None)
    return TimeFormat(origin, of_day=origin is None and (in_seconds or clocks))


def _read_tables(
    clients: Any,
    vehicle_types: Any,
    depots: Any,
    rules: Mapping[str, Any],
    loads: Sequence[str],
    failures: Failures,
) -> tuple[tuple[Columns, Columns, Columns], dict[str, Columns]]:
    """Return the tables of clients, vehicle types and depots as read, and those of rules."""
    depot_table = read_table(DEPOTS, depots, failures, required=True)
    refs = {"depots": depot_table["id"]}
    fleet = with_loads(VEHICLE_TYPES, loads)
    type_table = read_table(fleet, vehicle_types, failures, refs, required=True)
    refs |= {"vehicle_types": type_table["id"]}
    spec = with_loads(CLIENTS, loads)
    client_table = read_table(spec, clients, failures, refs, required=True)
    refs |= {"clients": client_table["id"]}
    rule_tables = read_rules(rules, loads, refs, failures)
    tables = client_table, type_table, depot_table
    check_durations([*tables, *rule_tables.values()], failures)
    return tables, rule_tables


def parts_from_arrays(
    clients: Mapping[str, Any],
    vehicle_types: Mapping[str, Any],
    depots: Mapping[str, Any] | None,
    *,
    distance_matrix: npt.ArrayLike | None,
    duration_matrix: npt.ArrayLike | None,
    coordinates: npt.ArrayLike | None,
    geographic: bool,
    metric: str | None,
    **rules: Any,
) -> dict[str, Any]:
    """Return the fields of a `RoutingProblem`; see `RoutingProblem.from_arrays`."""
    failures = Failures()
    for spec, given in ((CLIENTS, clients), (VEHICLE_TYPES, vehicle_types)):
        if given is None:
            read_table(spec, given, failures, required=True)
    failures.raise_if_any()
    depot_columns = _filled("depots", depots or {}, "depot", failures)
    type_columns = _filled("vehicle_types", vehicle_types, "vehicle", failures)
    client_columns = _filled("clients", clients, None, failures)
    failures.raise_if_any()
    places = _place_columns(coordinates, geographic, len(depot_columns["id"]), failures)
    failures.raise_if_any()
    return problem_parts(
        client_columns | places["clients"],
        type_columns,
        depot_columns | places["depots"],
        distance_matrix=distance_matrix,
        duration_matrix=duration_matrix,
        speed=None,
        metric=metric or ("haversine" if geographic else "euclidean"),
        detour_factor=None,
        unitless=True,
        **rules,
    )


# ---- arrays


def _filled(
    table: str, columns: Mapping[str, Any], name: str | None, failures: Failures
) -> dict[str, Any]:
    """Return columns of one length: single values repeated, loads split, ids made."""
    arrays = {column: _array(column, values) for column, values in columns.items()}
    lengths = {column: len(array) for column, array in arrays.items() if array.ndim}
    num_rows = max(lengths.values(), default=1 if name else 0)
    for column, length in lengths.items():
        if length != num_rows:
            message = f"has {length} rows where another column has {num_rows}"
            fix = "give columns of one length"
            failures.add(table, column, None, None, "wrong_shape", message, fix)
    result: dict[str, Any] = {}
    for column, array in arrays.items():
        if array.ndim == 2 and column in ("demand", "pickup", "capacity"):
            result |= _split_loads(column, array)
        else:
            result[column] = np.full(num_rows, array) if array.ndim == 0 else array
    if "id" not in result:
        numbers = np.arange(1, num_rows + 1)
        result["id"] = numbers if name is None else _names(name, num_rows)
    return result


def _array(column: str, values: Any) -> npt.NDArray[Any]:
    """Return a column as an array: of names that are listed, each cell as it is."""
    if column not in ("skills", "reload_depots") or np.isscalar(values):
        return np.asarray(values)
    cells = np.empty(len(values), dtype=object)
    for row, value in enumerate(values):
        cells[row] = value
    return cells


def _names(name: str, count: int) -> npt.NDArray[Any]:
    return np.array([name] if count == 1 else [f"{name} {i + 1}" for i in range(count)])


def _split_loads(base: str, array: npt.NDArray[Any]) -> dict[str, Any]:
    if array.shape[1] == 1:
        return {base: array[:, 0]}
    return {f"{base}_{d + 1}": array[:, d] for d in range(array.shape[1])}


def _place_columns(
    coordinates: npt.ArrayLike | None, geographic: bool, num_depots: int, failures: Failures
) -> dict[str, dict[str, Any]]:
    """Return the coordinate columns of depots and of clients."""
    if coordinates is None:
        return {"depots": {}, "clients": {}}
    places = np.asarray(coordinates)
    if places.ndim != 2 or places.shape[1] != 2:
        message = f"have the shape {places.shape}"
        fix = "give one row of two numbers a location, the depots first"
        failures.add("coordinates", None, None, None, "wrong_shape", message, fix)
        return {"depots": {}, "clients": {}}
    x, y = ("lon", "lat") if geographic else ("x", "y")
    split = {"depots": places[:num_depots], "clients": places[num_depots:]}
    return {table: {x: rows[:, 0], y: rows[:, 1]} for table, rows in split.items()}


# ---- tables


def _parts(
    clients: Columns,
    types: Columns,
    depots: Columns,
    loads: Sequence[str],
    origin: dt.datetime | None,
) -> dict[str, Any]:
    """Return the columns of the tables as the parts of a problem, in seconds from the origin."""
    moments: dict[str, dict[str, Any]] = {
        table.spec.name: {
            name: shifted(table, name, origin) for name in TIME_COLUMNS if name in table
        }
        for table in (clients, types, depots)
    }
    same_names = (
        "id",
        "service_duration",
        "required",
        "prize",
        "priority",
        "group",
        "sequence",
    )
    fleet_names = (
        "id",
        "num_available",
        "fixed_cost",
        "unit_distance_cost",
        "unit_duration_cost",
        "max_duration",
        "max_distance",
        "max_visits",
        "max_overtime",
        "unit_overtime_cost",
        "speed_factor",
        "max_reloads",
        "reload_duration",
        "max_driving_before_break",
        "driving_break_duration",
        "max_driving_duration",
    )
    ends: dict[str, Any] = {
        name: _depot_positions(types, name, depots) for name in ("start_depot", "end_depot")
    }
    return {
        "clients": Clients(
            demand=_loads(clients, "demand", loads),
            pickup=_loads(clients, "pickup", loads),
            **{name: clients[name] for name in same_names},
            **moments["clients"],
        ),
        "vehicle_types": VehicleTypes(
            capacity=_loads(types, "capacity", loads),
            **{name: types[name] for name in fleet_names},
            **ends,
            **moments["vehicle_types"],
        ),
        "depots": Depots(id=depots["id"], **moments["depots"]),
    }


def _loads(table: Columns, base: str, loads: Sequence[str]) -> Floats:
    columns = [table[load_column(base, load)] for load in loads]
    return np.column_stack(columns) if columns else np.zeros((table.num_rows, 0))


def _depot_positions(types: Columns, name: str, depots: Columns) -> npt.NDArray[np.int64]:
    """Return where vehicles start or end: their own column, else ``depot``, else the first."""
    own, common = types[name].astype(str), types["depot"].astype(str)
    where = positions(np.where(own == "", common, own), depots["id"])
    return np.maximum(where, 0)  # empty; an unknown id is a fault already


def _load_names(
    clients: Any, vehicle_types: Any, shipments: Any, failures: Failures
) -> tuple[str, ...]:
    """Return the load dimensions that the columns name."""
    fleet = column_names(vehicle_types)
    capacities = _suffixes(fleet, "capacity")
    names = column_names(clients)
    demands = _suffixes(names, "demand")
    demands += [load for load in _suffixes(names, "pickup") if load not in demands]
    moved = [] if shipments is None else _suffixes(column_names(shipments), "demand")
    demands += [load for load in moved if load not in demands]
    for load in demands:
        if load not in capacities and fleet:
            message = f"missing, though there is a {load_column('demand', load)}"
            fix = "add it; write inf where there is no limit"
            column = load_column("capacity", load)
            failures.add("vehicle_types", column, None, None, "missing_column", message, fix)
    return tuple(dict.fromkeys([*demands, *capacities])) or (DEFAULT_LOAD,)


def _suffixes(names: Sequence[str], base: str) -> list[str]:
    plain = [DEFAULT_LOAD] if base in names else []
    return plain + [name[len(base) + 1 :] for name in names if name.startswith(f"{base}_")]


def _check_factor(name: str, value: Any, failures: Failures) -> None:
    if value is None:
        return
    good = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not (good and 0 < value < math.inf):
        fix = "write a number above 0"
        failures.add("from_frames", name, None, value, "out_of_range", "cannot be used", fix)


def _check_cost(name: str, value: Any, failures: Failures) -> None:
    good = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not (good and 0 <= value <= LARGEST):
        fix = "write a number of 0 or more"
        failures.add("from_frames", name, None, value, "out_of_range", "cannot be used", fix)


# ---- places and ways


def _points(
    depots: Columns, clients: Columns, metric: str, needed: bool, failures: Failures
) -> Points | None:
    """Return the coordinates of all locations; None when they are not known."""
    if metric not in METRICS:
        fix = f"use one of {', '.join(METRICS)}"
        failures.add("from_frames", "metric", None, metric, "unknown_metric", "is no metric", fix)
        return None
    geographic = metric == "haversine"
    if not needed:  # a picture only: take what is there
        geographic = not _known(depots, clients, ("x", "y"))
    names = ("lon", "lat") if geographic else ("x", "y")
    if needed and not _in_other_terms(depots, clients, geographic, metric, failures):
        for table in (depots, clients):
            _require(table, names, metric, failures)
    if not _known(depots, clients, names):
        return None
    x, y = (np.concatenate([depots[name], clients[name]]) for name in names)
    return Points(x, y, geographic)


def _in_other_terms(
    depots: Columns, clients: Columns, geographic: bool, metric: str, failures: Failures
) -> bool:
    """Say once that all coordinates are given, but those of another metric; return whether so."""
    places, plane = ("lat", "lon"), ("x", "y")
    wanted, given = (places, plane) if geographic else (plane, places)
    tables = (depots, clients)
    none = all(np.isnan(table[name]).all() for table in tables for name in wanted)
    if not none or not _known(depots, clients, given) or not (depots.num_rows or clients.num_rows):
        return False
    message = f"needs {' and '.join(wanted)}, and the tables have {' and '.join(given)}"
    fix = 'give metric="euclidean"' if geographic else 'give metric="haversine"'
    failures.add("from_frames", "metric", None, metric, "missing", message, fix)
    return True


def _known(depots: Columns, clients: Columns, names: Sequence[str]) -> bool:
    return not any(np.isnan(table[name]).any() for table in (depots, clients) for name in names)


def _require(table: Columns, names: Sequence[str], metric: str, failures: Failures) -> None:
    spec: Table = table.spec
    faulty = {(fault.table, fault.column, fault.row) for fault in failures}
    for name in names:
        for row in np.flatnonzero(np.isnan(table[name])):
            if (spec.name, name, int(row)) in faulty or (spec.name, name, None) in faulty:
                continue
            message = f"is missing, and the metric {metric!r} needs it"
            fix = "fill it, or give a distance_matrix"
            failures.add(spec.name, name, int(row), None, "missing", message, fix)
