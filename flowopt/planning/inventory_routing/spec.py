"""The input tables of inventory routing: what each column is called, holds, and may hold."""

from __future__ import annotations

import math

from flowopt.core.columns import REQUIRED, Column, Table

LARGEST = 1e12
"""Largest finite quantity, coordinate or cost."""

UNKNOWN = math.nan


def _amount(name: str, meaning: str, unit: str, default: object = 0.0) -> Column:
    return Column(name, "float", meaning, unit, default, lower=0, upper=LARGEST)


def _limit(name: str, meaning: str, unit: str) -> Column:
    return Column(name, "float", meaning, unit, math.inf, lower=0, upper=LARGEST, infinite=True)


_COORDINATES = (
    Column("lat", "float", "latitude", "°", UNKNOWN, lower=-90, upper=90),
    Column("lon", "float", "longitude", "°", UNKNOWN, lower=-180, upper=180),
    Column("x", "float", "coordinate in the plane", "", UNKNOWN, lower=-LARGEST, upper=LARGEST),
    Column("y", "float", "coordinate in the plane", "", UNKNOWN, lower=-LARGEST, upper=LARGEST),
)

CUSTOMERS = Table(
    "customers",
    "Who is kept in stock by the depot.",
    (
        Column("id", "id", "name of the customer"),
        *_COORDINATES,
        _amount("initial_stock", "stock before the first period", "units", REQUIRED),
        _amount("min_stock", "least stock at the end of a period", "units"),
        _limit("max_stock", "most stock at any time, also just after a delivery", "units"),
        _amount(
            "demand",
            "what is used up in each period; unknown: as the table `demand` says",
            "units/period",
            UNKNOWN,
        ),
        _amount("holding_cost", "cost of stock at the end of a period", "money/(unit·period)"),
    ),
    key=("id",),
)
"""The table of customers of `InventoryRoutingProblem.from_frames`."""

DEPOT = Table(
    "depot",
    "Where the vehicles start and end, and what they bring comes from; one row.",
    (
        Column("id", "id", "name of the depot", default="depot"),
        *_COORDINATES,
        _amount("initial_stock", "stock before the first period", "units"),
        _limit("supply", "what comes in in each period, at its start", "units/period"),
        _amount("holding_cost", "cost of stock at the end of a period", "money/(unit·period)"),
    ),
    key=("id",),
)
"""The table of the depot of `InventoryRoutingProblem.from_frames`."""

VEHICLES = Table(
    "vehicles",
    "The fleet, all of one kind, each on one route a period; one row.",
    (
        Column("num_available", "int", "number of vehicles", "vehicles", lower=1, upper=100_000),
        _limit("capacity", "most that a vehicle brings on a route", "units"),
        _amount("unit_distance_cost", "cost of distance", "money/distance", 1.0),
        _amount("fixed_cost", "cost of a route", "money/route"),
    ),
)
"""The table of the fleet of `InventoryRoutingProblem.from_frames`."""

DEMAND = Table(
    "demand",
    "What customers use up in which period, in place of their column `demand`; else that.",
    (
        Column("customer", "ref", "who", refers_to="customers"),
        Column("period", "id", "when"),
        _amount("demand", "what is used up", "units", REQUIRED),
    ),
    key=("customer", "period"),
)
"""The table of demand of `InventoryRoutingProblem.from_frames`."""

SUPPLY = Table(
    "supply",
    "What comes into the depot in which period, in place of its column `supply`; else that.",
    (
        Column("period", "id", "when"),
        _amount("supply", "what comes in, at the start of the period", "units", REQUIRED),
    ),
    key=("period",),
)
"""The table of supply of `InventoryRoutingProblem.from_frames`."""
