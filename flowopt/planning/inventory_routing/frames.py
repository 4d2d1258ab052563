"""The tables that an `InventoryRoutingProblem` is made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.columns import Table
from flowopt.core.errors import Failures
from flowopt.core.tables import Columns, positions, read_table
from flowopt.planning.inventory_routing import spec
from flowopt.routing.matrices import Formula, read_travel
from flowopt.routing.metrics import METRICS
from flowopt.routing.travel import Points

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]


def frame_parts(
    frames: Mapping[str, Any], periods: Any, distance_matrix: Any, metric: str | None
) -> dict[str, Any]:
    """Return the fields of a problem given as tables.

    Parameters
    ----------
    frames
        Table name → frame; see `flowopt.planning.inventory_routing.spec`.
    periods
        Their number, or their names in order; None takes those of the demand, sorted.
    distance_matrix, metric
        As of `InventoryRoutingProblem.from_frames`.

    Raises
    ------
    ValidationError
        With every fault of all tables.
    """
    failures = Failures()
    customers = _read(spec.CUSTOMERS, frames["customers"], failures)
    anywhere = isinstance(frames["depot"], dict) and not frames["depot"]
    depot = _read(spec.DEPOT, {"id": "depot"} if anywhere else frames["depot"], failures)
    vehicles = _read(spec.VEHICLES, frames["vehicles"], failures)
    known = {"customers": customers["id"]}
    demand = read_table(spec.DEMAND, frames["demand"], failures, known)
    supply = read_table(spec.SUPPLY, frames["supply"], failures)
    for table in (depot, vehicles):
        _require_one_row(table, failures)
    names = _periods(periods, demand, failures)
    for table in (demand, supply):
        _check_periods(table, names, failures)
    points = _points(depot, customers, metric, distance_matrix is None, failures)
    ids = [*depot["id"].tolist(), *customers["id"].tolist()]
    formula = Formula(points, metric or _usual_metric(points), None, None)
    travel = read_travel(ids, formula, distance_matrix, None, failures)
    wanted = _demand(customers, demand, names, failures)
    failures.raise_if_any()
    places = np.arange(len(ids))
    incoming = np.full(len(names), depot["supply"][0])
    incoming[positions(supply["period"], names)] = supply["supply"]
    return {
        "customers": customers,
        "depot": depot,
        "vehicles": vehicles,
        "period_id": names,
        "demand": wanted,
        "supply": incoming,
        "distance": travel.legs(places[:, None], places[None, :])[0],
        "points": points,
    }


def _read(table: Table, frame: Any, failures: Failures) -> Columns:
    return read_table(table, _even(frame), failures, required=True)


def _even(table: Any) -> Any:
    """Return a dict of columns with its single values repeated."""
    if not isinstance(table, dict):
        return table
    single = {
        name for name, value in table.items() if isinstance(value, str) or np.ndim(value) == 0
    }
    num = max((len(value) for name, value in table.items() if name not in single), default=1)
    return {name: [value] * num if name in single else value for name, value in table.items()}


def _require_one_row(table: Columns, failures: Failures) -> None:
    if table.num_rows != 1 and not any(fault.table == table.spec.name for fault in failures):
        message, fix = f"has {table.num_rows} rows", "give one row"
        failures.add(table.spec.name, None, None, None, "wrong_length", message, fix)


# ---- periods, and what happens in them


def _periods(periods: Any, demand: Columns, failures: Failures) -> Array:
    if periods is None:
        names: Array = np.unique(demand["period"])
    elif isinstance(periods, (int, np.integer)) and not isinstance(periods, bool):
        names = np.arange(1, int(periods) + 1)
    else:
        names = np.asarray(periods)
    if names.ndim != 1 or not len(names) or len(np.unique(names)) != len(names):
        message, fix = "are not one period or more, each once", "give their number or their names"
        failures.add("from_frames", "periods", None, None, "wrong_length", message, fix)
        return np.zeros(0, dtype=np.int64)
    return names


def _check_periods(table: Columns, names: Array, failures: Failures) -> None:
    cells = table["period"]
    unknown = (positions(cells, names) < 0) & (cells.astype(np.str_) != "")
    for row in np.flatnonzero(unknown) if len(names) else ():
        message, fix = "is no period", "add it to periods, or correct it"
        value = cells[row].item()
        failures.add(table.spec.name, "period", int(row), value, "unknown_id", message, fix)


def _demand(customers: Columns, demand: Columns, names: Array, failures: Failures) -> Floats:
    """Return the demand of each customer and period; collect the cells that nothing states."""
    wanted = np.repeat(customers["demand"][:, None], len(names), axis=1)
    row, period = positions(demand["customer"], customers["id"]), positions(demand["period"], names)
    usable = (row >= 0) & (period >= 0)
    wanted[row[usable], period[usable]] = demand["demand"][usable]
    told = {
        fault.row for fault in failures if (fault.table, fault.column) == ("customers", "demand")
    }
    for customer in np.flatnonzero(np.isnan(wanted).any(axis=1)).tolist():
        if customer in told:
            continue
        blank = names[np.isnan(wanted[customer])][0]
        message = f"states no demand in period {blank}, and the table demand does not either"
        fix = "fill it, or add a row to demand (0 where nothing is used)"
        failures.add("customers", "demand", customer, None, "missing", message, fix)
    return wanted


# ---- places


def _usual_metric(points: Points | None) -> str:
    return "haversine" if points is not None and points.geographic else "euclidean"


def _points(
    depot: Columns, customers: Columns, metric: str | None, needed: bool, failures: Failures
) -> Points | None:
    """Return where all lie; None when that is not known, which is a fault where it is needed."""
    if metric is not None and metric not in METRICS:
        fix = f"use one of {', '.join(METRICS)}"
        failures.add("from_frames", "metric", None, metric, "unknown_metric", "is no metric", fix)
        return None
    for names in (("lon", "lat"), ("x", "y")):
        geographic = names[0] == "lon"
        if metric is not None and geographic != (metric == "haversine"):
            continue
        x, y = (np.concatenate([depot[name], customers[name]]) for name in names)
        if not np.isnan(x).any() and not np.isnan(y).any():
            return Points(x, y, geographic)
    if needed:
        _require_places(depot, customers, metric, failures)
    return None


def _require_places(
    depot: Columns, customers: Columns, metric: str | None, failures: Failures
) -> None:
    """Collect the coordinates that are missing: those of the pair that more rows have."""
    some = any(not np.isnan(table["lon"]).all() for table in (depot, customers))
    names = ("lon", "lat") if metric == "haversine" or (metric is None and some) else ("x", "y")
    for table in (depot, customers):
        for name in names:
            for row in np.flatnonzero(np.isnan(table[name])).tolist():
                message, fix = "is missing", "fill it, or give a distance_matrix"
                failures.add(table.spec.name, name, row, None, "missing", message, fix)
