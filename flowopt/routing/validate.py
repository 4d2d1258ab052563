"""What must hold of the parts of a routing problem; every fault is collected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from flowopt.core.cells import Array, ColumnReader
from flowopt.core.columns import Column, Table
from flowopt.core.errors import Failures
from flowopt.routing.clock import TimeFormat
from flowopt.routing.computed import ComputedTravel, checked
from flowopt.routing.parts import ABSENT
from flowopt.routing.rules import check_rules
from flowopt.routing.spec import (
    BREAKS,
    CLIENTS,
    DEPOTS,
    LARGEST,
    LOADED,
    SHIPMENTS,
    TIME_WINDOWS,
    TRAFFIC,
    VEHICLE_TYPES,
    load_column,
    with_loads,
)
from flowopt.routing.travel import MatrixTravel, Travel

if TYPE_CHECKING:
    from flowopt.routing.parts import Floats, VehicleTypes

_MOST_CELLS_LISTED = 100
_DAY = 86400.0


def examine(parts: Mapping[str, Any], failures: Failures, times: TimeFormat) -> dict[str, Any]:
    """Return the parts as read-only columns of the right types, collecting every fault.

    Parameters
    ----------
    parts
        The fields of a `RoutingProblem`, as the caller filled them.
    failures
        Where faults are collected; the parts returned are usable only without any.
    times
        How to write the times in them.
    """
    loads, skills = parts["loads"], parts["skills"]
    num_clients, num_types, num_depots = (
        _num_rows(parts[name].id) for name in ("clients", "vehicle_types", "depots")
    )
    shapes = {
        ("clients", "skills"): (num_clients, len(skills)),
        ("clients", "allowed"): (num_clients, num_types),
        ("clients", "assignment_cost"): (num_clients, num_types),
        ("vehicle_types", "skills"): (num_types, len(skills)),
        ("vehicle_types", "reload_depots"): (num_types, num_depots),
    }
    good = {}
    for spec, name in _TABLES:
        part = parts[name]
        if name == "vehicle_types" and parts.get("state") is not None:
            spec = _UNDER_WAY
        columns = _columns(spec, vars(part), failures, loads, shapes)
        good[name] = type(part)(**columns)
    good["vehicle_types"] = _with_reload_depots(parts["vehicle_types"], good["vehicle_types"])
    _check_fleet(good["vehicle_types"], num_depots, failures)
    for name in ("clients", "vehicle_types", "depots", "shipments"):
        _check_ids(name, good[name].id, failures)
    for name in ("clients", "vehicle_types", "depots", "time_windows", "breaks"):
        _check_windows(name, good[name], times, failures)
    check_rules(good, num_clients, num_types, len(parts["profiles"]), failures)
    size = num_depots + num_clients
    good["travel"] = _read_travel(parts["travel"], size, failures)
    good["profiles"] = tuple(_read_travel(travel, size, failures) for travel in parts["profiles"])
    for travel in (good["travel"], *good["profiles"]):
        _ = travel.largest  # looked up once, here, where nobody waits for an answer
    return good


_TABLES = (
    (CLIENTS, "clients"),
    (VEHICLE_TYPES, "vehicle_types"),
    (DEPOTS, "depots"),
    (SHIPMENTS, "shipments"),
    (TIME_WINDOWS, "time_windows"),
    (BREAKS, "breaks"),
    (TRAFFIC, "traffic"),
)
_UNDER_WAY = replace(
    VEHICLE_TYPES,
    columns=tuple(
        replace(column, lower=-LARGEST) if column.name == "fixed_cost" else column
        for column in VEHICLE_TYPES.columns
    ),
)
"""A vehicle under way saves the way home that it would go anyway."""

_POSITIONS = ("start_depot", "end_depot", "pickup", "delivery", "client", "vehicle_type", "profile")


# ---- columns


def _num_rows(ids: Any) -> int:
    return int(np.shape(ids)[0]) if np.ndim(ids) else 0


def _columns(
    table: Table,
    given: Mapping[str, Any],
    failures: Failures,
    loads: Sequence[str],
    shapes: Mapping[tuple[str, str], tuple[int, int]],
) -> dict[str, Array]:
    """Read the columns of a part; a faulty column is collected and stands as a harmless one."""
    num_rows = _num_rows(next(iter(given.values())))
    full = with_loads(table, loads) if table.name in LOADED else table
    result: dict[str, Array] = {}
    for name, values in given.items():
        shape = shapes.get((table.name, name))
        if shape is not None:
            result[name] = _read_grid(table.name, name, values, shape, failures)
        elif name in ("demand", "capacity") or (table, name) == (CLIENTS, "pickup"):
            result[name] = _read_loads(full, name, values, num_rows, loads, failures)
        elif name in _POSITIONS:
            result[name] = _read_positions(table.name, name, values, num_rows, failures)
        else:
            result[name] = _read_column(table.name, full[name], values, num_rows, failures)
    for array in result.values():
        array.setflags(write=False)
    return result


_GRIDS: Mapping[str, Any] = {
    "skills": False,
    "allowed": True,
    "assignment_cost": 0.0,
    "reload_depots": False,
}


def _read_grid(
    table: str, name: str, values: Any, shape: tuple[int, int], failures: Failures
) -> Array:
    """Return a column with one cell a row and skill, vehicle type or depot."""
    default = _GRIDS[name]
    constant = np.broadcast_to(np.array(default), shape)
    if values is ABSENT:
        return constant
    cells = np.asarray(values)
    kinds = "fiu" if name == "assignment_cost" else "b"
    if cells.shape != shape or (cells.dtype.kind not in kinds and cells.size):
        message = f"has the shape {cells.shape} and type {cells.dtype} where {shape} is due"
        fix = "give numbers" if kinds == "fiu" else "give True or False"
        failures.add(table, name, None, None, "wrong_shape", message, fix)
        return constant
    grid: Array = cells.astype(type(default))
    if kinds == "fiu" and not ((grid >= 0) & (grid <= LARGEST)).all():
        row = int(np.flatnonzero(~((grid >= 0) & (grid <= LARGEST)).all(axis=1))[0])
        message, fix = "holds what is no cost", f"write numbers of 0 to {LARGEST:g}"
        failures.add(table, name, row, None, "out_of_range", message, fix)
    return grid


def _with_reload_depots(given: VehicleTypes, types: VehicleTypes) -> VehicleTypes:
    """Return the vehicle types with their start as the depot to reload at, where none is given."""
    if given.reload_depots is not ABSENT or not len(types):
        return types
    depots = types.reload_depots.shape[1]
    at_start = types.start_depot[:, None] == np.arange(depots)[None, :]
    return replace(types, reload_depots=at_start)


def _read_column(
    table: str, column: Column, values: Any, num_rows: int, failures: Failures
) -> Array:
    nothing = np.full(num_rows, None, dtype=object), np.ones(num_rows, dtype=np.bool_)
    if values is ABSENT:
        return ColumnReader(table, column, failures).read(*nothing)
    cells = np.asarray(values)
    if cells.shape != (num_rows,):
        message = f"has the shape {cells.shape} where ({num_rows},) is due"
        fix = "give one value a row"
        failures.add(table, column.name, None, None, "wrong_shape", message, fix)
        return ColumnReader(table, column, Failures()).read(*nothing)
    reader = ColumnReader(table, column, failures)
    return np.array(reader.read(cells, np.zeros(num_rows, dtype=np.bool_)))


def _read_loads(
    table: Table, base: str, values: Any, num_rows: int, loads: Sequence[str], failures: Failures
) -> Array:
    if values is ABSENT:
        return np.zeros((num_rows, len(loads)))
    cells = np.asarray(values)
    if cells.shape != (num_rows, len(loads)):
        message = f"has the shape {cells.shape} where ({num_rows}, {len(loads)}) is due"
        fix = "give one row a client or vehicle type, one column a load dimension"
        failures.add(table.name, base, None, None, "wrong_shape", message, fix)
        return np.zeros((num_rows, len(loads)))
    columns = [
        _read_column(table.name, table[load_column(base, load)], cells[:, d], num_rows, failures)
        for d, load in enumerate(loads)
    ]
    return np.column_stack(columns) if columns else np.zeros((num_rows, 0))


def _read_positions(table: str, name: str, values: Any, num_rows: int, failures: Failures) -> Array:
    if values is ABSENT:
        return np.zeros(num_rows, dtype=np.int64)
    cells = np.asarray(values)
    if cells.shape != (num_rows,) or (cells.dtype.kind not in "iu" and num_rows):
        message = f"has the shape {cells.shape} and type {cells.dtype}"
        fix = "give one position a row, as whole numbers"
        failures.add(table, name, None, None, "wrong_shape", message, fix)
        return np.zeros(num_rows, dtype=np.int64)
    return np.array(cells, dtype=np.int64)


def _check_ids(table: str, ids: Array, failures: Failures) -> None:
    known = {fault.table for fault in failures if fault.code == "duplicate_id"}
    if table in known:
        return
    first: dict[Any, int] = {}
    for row, name in enumerate(ids.tolist()):
        if name != "" and first.setdefault(name, row) != row:
            message, fix = f"stands in row {first[name]} too", "keep one row, or rename one"
            failures.add(table, "id", row, name, "duplicate_id", message, fix)


def _check_windows(table: str, part: Any, times: TimeFormat, failures: Failures) -> None:
    for row in np.flatnonzero(part.tw_late < part.tw_early):
        early, late = float(part.tw_early[row]), float(part.tw_late[row])
        message = f"is before tw_early {times.moment(early)}"
        fix = "give a tw_late of at least tw_early"
        if times.of_day and late >= 0 and late + _DAY >= early:
            tomorrow = times.moment(late + _DAY)
            fix += f"; past midnight the hours go on: {times.moment(late)} is then {tomorrow}"
        value = times.moment(late) if times.known else late
        failures.add(table, "tw_late", int(row), value, "empty_window", message, fix)


def _check_fleet(types: VehicleTypes, num_depots: int, failures: Failures) -> None:
    if num_depots == 0 and "depots" not in {fault.table for fault in failures}:
        fix = "add the place where vehicles start and end"
        failures.add("depots", None, None, None, "no_depot", "there is no depot", fix)
    if "vehicle_types" not in {fault.table for fault in failures} and not types.num_available.any():
        fix = "give at least one vehicle type with num_available of 1 or more"
        failures.add("vehicle_types", None, None, None, "no_vehicle", "there is no vehicle", fix)
    for name in ("start_depot", "end_depot"):
        where = getattr(types, name)
        for row in np.flatnonzero((where < 0) | (where >= max(num_depots, 1))):
            message, fix = "is no position of a depot", f"give 0 to {num_depots - 1}"
            value = int(where[row])
            failures.add("vehicle_types", name, int(row), value, "unknown_id", message, fix)


# ---- matrices


def _read_travel(travel: Travel, size: int, failures: Failures) -> Travel:
    if isinstance(travel, ComputedTravel):
        return checked(travel, size, failures)
    assert isinstance(travel, MatrixTravel)
    distance = read_matrix("distance_matrix", travel.distance, size, failures)
    if travel.one_measure:
        return MatrixTravel(distance, distance, travel.formula)
    duration = read_matrix("duration_matrix", travel.duration, size, failures)
    return MatrixTravel(distance, duration, travel.formula)


def read_matrix(name: str, values: Any, size: int, failures: Failures) -> Floats:
    """Return a matrix as read-only floats, collecting every cell that cannot be used.

    Parameters
    ----------
    name
        Its name, for the failures.
    values
        (size, size) numbers of any kind, the caller's own; inf for no way.
    size
        Number of locations.
    failures
        Where faults are collected.

    Examples
    --------
    >>> faults = Failures()
    >>> read_matrix("distance_matrix", [[0, 1], [None, 0]], 2, faults)
    array([[0., 1.],
           [0., 0.]])
    >>> print(*faults)
    distance_matrix.0, row 1: the cell is empty; write a number, or inf for no way
    """
    raw = _as_array(name, values, failures)
    if raw is None or raw.shape != (size, size):
        if raw is not None:
            message = f"has the shape {raw.shape} where ({size}, {size}) is due"
            fix = "give one row and one column a location: the depots first, then the clients"
            failures.add(name, None, None, None, "wrong_shape", message, fix)
        return np.zeros((size, size))
    matrix = _as_floats(name, raw, failures)
    matrix = _check_cells(name, matrix, failures)
    matrix.setflags(write=False)
    return matrix


_FIX = "write a number, or inf for no way"


def _as_array(name: str, values: Any, failures: Failures) -> Array | None:
    """Return the matrix as an array, or None when it is none (ragged, a frame of texts, …)."""
    try:
        raw = np.asarray(values)
    except ValueError:
        lengths = sorted({len(row) for row in values if hasattr(row, "__len__")})
        message = f"is ragged: its rows have {' or '.join(map(str, lengths[:3]))} cells"
        fix = "give rows of one length"
        failures.add(name, None, None, None, "ragged", message, fix)
        return None
    if raw.ndim != 2 or raw.dtype.kind not in "iufO":
        message = f"is an array of {raw.ndim} dimensions and type {raw.dtype}"
        fix = "give a square array of numbers"
        failures.add(name, None, None, None, "wrong_shape", message, fix)
        return None
    return raw


def _as_floats(name: str, raw: Array, failures: Failures) -> Floats:
    """Return a new array of floats; cells that are no numbers are collected and become 0."""
    try:
        if raw.dtype == np.float64 and not raw.flags.writeable and raw.base is None:
            return raw  # read-only, and nobody's view: made by this package, no copy needed
        if raw.dtype.kind != "O":
            return np.array(raw, dtype=np.float64, order="C")
        if not any(cell is None for cell in raw.flat):  # NumPy would make NaN of it
            return raw.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        pass
    matrix = np.zeros(raw.shape)
    places, values = [], []
    for i, row in enumerate(raw.tolist()):
        for j, value in enumerate(row):
            try:
                matrix[i, j] = value if isinstance(value, (int, float)) else _number(value)
            except (TypeError, ValueError, OverflowError):
                matrix[i, j] = 0.0
                places.append((i, j))
                values.append(value)
    _list_cells(name, np.array(places), values, "wrong_type", "is not a number", _FIX, failures)
    return matrix


def _number(value: Any) -> float:
    if value is None:
        raise TypeError
    return float(value)


def _check_cells(name: str, matrix: Floats, failures: Failures) -> Floats:
    """Collect NaN, negative and huge cells; return the matrix with 0 in their place."""
    if matrix.size == 0:
        return matrix
    if matrix.min() >= 0 and matrix.max() <= LARGEST:  # a NaN makes both comparisons false
        return matrix
    huge = np.isfinite(matrix) & (matrix > LARGEST)
    for mask, code, message, fix in (
        (np.isnan(matrix), "nan", "is not a number (NaN)", _FIX),
        (matrix < 0, "negative", "is negative", "write 0 or more"),
        (huge, "out_of_range", "is out of range", f"write less than {LARGEST:g}"),
    ):
        if mask.any():
            places = np.argwhere(mask)
            _list_cells(name, places, matrix[mask], code, message, fix, failures)
            matrix = np.where(mask, 0.0, matrix)
    return matrix


def _list_cells(
    name: str,
    places: Array,
    values: Sequence[Any] | Array,
    code: str,
    message: str,
    fix: str,
    failures: Failures,
) -> None:
    """Collect faulty cells: each of the first hundred, then their number."""
    for (i, j), value in zip(places[:_MOST_CELLS_LISTED].tolist(), values, strict=False):
        text = "the cell is empty" if value is None else message
        shown = value.item() if isinstance(value, np.generic) else value
        failures.add(name, str(j), i, shown, code, text, fix)
    more = len(places) - _MOST_CELLS_LISTED
    if more > 0:
        message = f"{more} more cells: each {message}"
        failures.add(name, None, None, None, code, message, fix)
