"""The three input tables of routing: what each column is called, holds, and may hold."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from flowopt.core.columns import Column, Table

LARGEST = float(2**53 - 1)
"""Largest number that may stand in a column or matrix: beyond it floats skip whole numbers."""

DEFAULT_LOAD = "load"
"""Name of the load dimension of the plain columns ``demand`` and ``capacity``."""

_INF = math.inf
_NAN = math.nan


def _amount(name: str, meaning: str, unit: str, default: float) -> Column:
    return Column(name, "float", meaning, unit, default, lower=0, upper=LARGEST, infinite=True)


def _time(name: str, meaning: str, default: float) -> Column:
    """Return a column of moments; datetimes are seconds of the epoch until the origin is known."""
    return Column(
        name, "time", meaning, "s", default, lower=-LARGEST, upper=LARGEST, infinite=default == _INF
    )


_COORDINATES = (
    Column("lat", "float", "latitude", "°", _NAN, lower=-90, upper=90),
    Column("lon", "float", "longitude", "°", _NAN, lower=-180, upper=180),
    Column("x", "float", "coordinate in the plane", "", _NAN, lower=-LARGEST, upper=LARGEST),
    Column("y", "float", "coordinate in the plane", "", _NAN, lower=-LARGEST, upper=LARGEST),
)

DEMAND = Column("demand", "float", "what is delivered", "units", 0.0, lower=0, upper=LARGEST)
CAPACITY = _amount("capacity", "most that a vehicle holds", "units", _INF)

CLIENTS = Table(
    "clients",
    "Those who are delivered to.",
    (
        Column("id", "id", "name of the client"),
        *_COORDINATES,
        Column("service_duration", "time", "time of the visit", "s", 0.0, lower=0, upper=LARGEST),
        _time("tw_early", "earliest start of the visit; a vehicle may wait for it", 0.0),
        _time("tw_late", "latest start of the visit", _INF),
        Column("required", "bool", "whether the client must be served", default=True),
        Column(
            "prize",
            "float",
            "lost when the client is not required and is not served",
            "money",
            0.0,
            lower=0,
            upper=LARGEST,
        ),
    ),
    key=("id",),
)

DEPOTS = Table(
    "depots",
    "Where vehicles start and end.",
    (
        Column("id", "id", "name of the depot"),
        *_COORDINATES,
        _time("tw_early", "earliest departure and return", 0.0),
        _time("tw_late", "latest departure and return", _INF),
    ),
    key=("id",),
)

VEHICLE_TYPES = Table(
    "vehicle_types",
    "The fleet.",
    (
        Column("id", "id", "name of the vehicle type"),
        Column("num_available", "int", "number of vehicles of this type", "vehicles", lower=0),
        Column(
            "depot",
            "ref",
            "where its vehicles start and end; empty: the first depot",
            default="",
            refers_to="depots",
        ),
        Column(
            "start_depot",
            "ref",
            "where they start; empty: as depot",
            default="",
            refers_to="depots",
        ),
        Column(
            "end_depot", "ref", "where they end; empty: as depot", default="", refers_to="depots"
        ),
        Column(
            "fixed_cost",
            "float",
            "cost of a vehicle that is used",
            "money",
            0.0,
            lower=0,
            upper=LARGEST,
        ),
        Column(
            "unit_distance_cost",
            "float",
            "cost of distance",
            "money/km",
            1.0,
            lower=0,
            upper=LARGEST,
        ),
        Column(
            "unit_duration_cost",
            "float",
            "cost of time from departure to return",
            "money/s",
            0.0,
            lower=0,
            upper=LARGEST,
        ),
        _time("tw_early", "start of the shift", 0.0),
        _time("tw_late", "end of the shift", _INF),
        dataclasses.replace(
            _amount("max_duration", "longest time from departure to return", "s", _INF),
            kind="time",
        ),
        _amount("max_distance", "longest distance of a route", "km", _INF),
    ),
    key=("id",),
)


def with_loads(table: Table, loads: Sequence[str]) -> Table:
    """Return the table of clients or vehicle types with one column for each load dimension.

    Parameters
    ----------
    table
        `CLIENTS` or `VEHICLE_TYPES`.
    loads
        Names of the load dimensions; `DEFAULT_LOAD` is the column without a suffix.

    Examples
    --------
    >>> with_loads(CLIENTS, ["load", "volume"]).names[-2:]
    ('demand', 'demand_volume')
    """
    base = DEMAND if table.name == CLIENTS.name else CAPACITY
    columns = [dataclasses.replace(base, name=load_column(base.name, load)) for load in loads]
    return dataclasses.replace(table, columns=(*table.columns, *columns))


def load_column(base: str, load: str) -> str:
    """Return the name of the column of a load dimension: ``demand``, ``demand_volume``, ….

    Examples
    --------
    >>> load_column("capacity", "volume")
    'capacity_volume'
    """
    return base if load == DEFAULT_LOAD else f"{base}_{load}"
