"""The input tables of routing: what each column is called, holds, and may hold."""

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
PICKUP = Column(
    "pickup", "float", "what is collected for the end depot", "units", 0.0, lower=0, upper=LARGEST
)
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
        _time("release_time", "earliest departure of the vehicle that brings it; empty: any", _NAN),
        Column(
            "priority", "int", "who is served first when not all can be", "", 0, lower=0, upper=100
        ),
        Column("group", "text", "of the clients of a group one is served; empty: none", default=""),
        Column(
            "sequence",
            "float",
            "the visits of a route are in the order of this number; empty: anywhere",
            default=_NAN,
            lower=-LARGEST,
            upper=LARGEST,
        ),
        Column("skills", "list", "what its vehicle must have; several with ; between", default=""),
        Column(
            "vehicle_type",
            "ref",
            "the only type that may serve it; empty: any",
            default="",
            refers_to="vehicle_types",
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
        _amount("max_visits", "most clients on a route", "clients", _INF),
        dataclasses.replace(
            _amount("max_overtime", "by how much tw_late and max_duration may be passed", "s", 0.0),
            kind="time",
        ),
        Column(
            "unit_overtime_cost",
            "float",
            "cost of time beyond tw_late or max_duration, whichever is more",
            "money/s",
            0.0,
            lower=0,
            upper=LARGEST,
        ),
        Column("skills", "list", "what its vehicles have; several with ; between", default=""),
        Column("profile", "text", "the ways it takes; empty: those of all", default=""),
        Column(
            "speed_factor", "float", "its speed over that of the durations", default=1.0, above=0
        ),
        _amount("max_reloads", "how often a vehicle may reload on its route", "", 0.0),
        Column(
            "reload_depots",
            "list",
            "where it may reload; several with ; between; empty: at its start",
            default="",
        ),
        Column("reload_duration", "time", "time of a reload", "s", 0.0, lower=0, upper=LARGEST),
        dataclasses.replace(
            _amount("max_driving_before_break", "longest driving without a break", "s", _INF),
            kind="time",
        ),
        Column(
            "driving_break_duration",
            "time",
            "time of the break after so much driving",
            "s",
            0.0,
            lower=0,
            upper=LARGEST,
        ),
        dataclasses.replace(
            _amount("max_driving_duration", "longest driving on a route", "s", _INF), kind="time"
        ),
    ),
    key=("id",),
)

SHIPMENTS = Table(
    "shipments",
    "Goods that go from one client to another in the same vehicle.",
    (
        Column("id", "id", "name of the shipment"),
        Column("pickup", "ref", "the client where they are picked up", refers_to="clients"),
        Column("delivery", "ref", "the client where they are delivered", refers_to="clients"),
    ),
    key=("id",),
)

TIME_WINDOWS = Table(
    "time_windows",
    "Further windows of clients that have several: a visit starts within one of them.",
    (
        Column("client", "ref", "the client", refers_to="clients"),
        _time("tw_early", "earliest start of the visit", 0.0),
        _time("tw_late", "latest start of the visit", _INF),
    ),
)

BREAKS = Table(
    "breaks",
    "Breaks that the vehicles of a type take, on the road or where they wait.",
    (
        Column("vehicle_type", "ref", "whose break it is", refers_to="vehicle_types"),
        _time("tw_early", "earliest start of the break", 0.0),
        _time("tw_late", "latest start of the break", _INF),
        Column("duration", "time", "how long it is", "s", lower=0, upper=LARGEST),
    ),
)

TRAFFIC = Table(
    "traffic",
    "How fast vehicles are by time of day; before the first start as the durations say.",
    (
        _time("start", "from when", 0.0),
        Column("speed_factor", "float", "speed over that of the durations", above=0, upper=LARGEST),
        Column("profile", "text", "the ways it holds on; empty: those of all", default=""),
    ),
    key=("profile", "start"),
)

COMPATIBILITY = Table(
    "compatibility",
    "Which vehicle types may serve a client, and what that costs; clients not named take any.",
    (
        Column("client", "ref", "the client", refers_to="clients"),
        Column("vehicle_type", "ref", "a type that may serve it", refers_to="vehicle_types"),
        Column(
            "assignment_cost",
            "float",
            "cost of being served by this type",
            "money",
            0.0,
            lower=0,
            upper=LARGEST,
        ),
    ),
    key=("client", "vehicle_type"),
)

WAYS = Table(
    "ways",
    "Ways in the place of a matrix, one direction a row: pairs without a row have no way.",
    (
        Column("source", "ref", "the depot or client it leads from", refers_to="depots or clients"),
        Column("target", "ref", "the depot or client it leads to", refers_to="depots or clients"),
        Column("distance", "float", "how far it is", "km", lower=0, upper=LARGEST, infinite=True),
        dataclasses.replace(
            _amount("duration", "how long it takes; left out: as speed says", "s", _NAN),
            kind="time",
        ),
    ),
    key=("source", "target"),
)


LOADED = {"clients": (DEMAND, PICKUP), "shipments": (DEMAND,), "vehicle_types": (CAPACITY,)}
"""Table → what it holds a column of for each load dimension."""


def with_loads(table: Table, loads: Sequence[str]) -> Table:
    """Return the table of clients, shipments or vehicle types with columns for each load dimension.

    Parameters
    ----------
    table
        `CLIENTS`, `SHIPMENTS` or `VEHICLE_TYPES`.
    loads
        Names of the load dimensions; `DEFAULT_LOAD` is the column without a suffix.

    Examples
    --------
    >>> with_loads(VEHICLE_TYPES, ["load", "volume"]).names[-2:]
    ('capacity', 'capacity_volume')
    """
    columns = [
        dataclasses.replace(base, name=load_column(base.name, load))
        for base in LOADED[table.name]
        for load in loads
    ]
    return dataclasses.replace(table, columns=(*table.columns, *columns))


def load_column(base: str, load: str) -> str:
    """Return the name of the column of a load dimension: ``demand``, ``demand_volume``, ….

    Examples
    --------
    >>> load_column("capacity", "volume")
    'capacity_volume'
    """
    return base if load == DEFAULT_LOAD else f"{base}_{load}"
