"""The six input tables of a network: what each column is called, holds, and may hold."""

from __future__ import annotations

import math

from flowopt.core.columns import REQUIRED, Column, Table
from flowopt.network.distances import SLOWEST

LARGEST = 1e15
"""Largest amount of money or goods; beyond it a float no longer holds tenths."""

KINDS = ("supplier", "plant", "warehouse", "crossdock", "customer")
"""The kinds of sites."""

DEFAULT_COMMODITY = "goods"
"""Id of the one commodity of a network whose tables name none."""

DEFAULT_MODE = "road"
"""Mode of a lane that names none."""

UNKNOWN = math.nan


def _amount(name: str, meaning: str, unit: str, default: float = 0.0) -> Column:
    """Return a column of finite amounts, 0 or more."""
    return Column(name, "float", meaning, unit, default, lower=0, upper=LARGEST)


def _limit(name: str, meaning: str, unit: str, default: float = math.inf) -> Column:
    """Return a column of amounts, 0 or more, of which ``inf`` means no limit."""
    return Column(name, "float", meaning, unit, default, lower=0, upper=LARGEST, infinite=True)


def _above_zero(name: str, meaning: str, unit: str, default: float) -> Column:
    return Column(
        name, "float", meaning, unit, default, above=0, upper=LARGEST, infinite=default == math.inf
    )


def _commodity(meaning: str) -> Column:
    text = f"{meaning}; may be empty when there is one commodity"
    return Column("commodity", "ref", text, default="", refers_to="commodities")


SITES = Table(
    "sites",
    "Places of the network: where goods come from, pass through and go to.",
    (
        Column("id", "id", "name of the site in all tables"),
        Column("name", "text", "name for people; empty: the id", default=""),
        Column("kind", "choice", "what the site is", choices=KINDS),
        Column("lat", "float", "latitude", "°", UNKNOWN, lower=-90, upper=90),
        Column("lon", "float", "longitude", "°", UNKNOWN, lower=-180, upper=180),
        _limit("supply", "most that the site can give of its own", "units/period", 0.0),
        _limit("capacity", "most that can go through the site", "units/period"),
        _amount("fixed_cost", "cost of having the site in use", "money/period"),
        _amount("handling_cost", "cost of each unit that goes through the site", "money/unit"),
        _amount("opening_stock", "stock at the start, all commodities together", "units"),
        Column("service_duration", "time", "time that a delivery takes there", "s", 0.0, lower=0),
        Column("tw_early", "time", "start of its delivery window, from midnight", "s", 0.0),
        Column("tw_late", "time", "end of its delivery window", "s", math.inf, infinite=True),
    ),
    key=("id",),
)

LANES = Table(
    "lanes",
    "Links over which goods can move from one site to another, by one mode.",
    (
        Column("source", "ref", "site where it starts", refers_to="sites"),
        Column("target", "ref", "site where it ends", refers_to="sites"),
        Column("mode", "ref", "mode of transport", default=DEFAULT_MODE, refers_to="modes"),
        _amount(
            "unit_cost",
            "cost of each unit moved; unknown: `cost_per_km` of the mode × distance",
            "money/unit",
            UNKNOWN,
        ),
        _limit("capacity", "most that can move", "units/period"),
        _amount("min_flow", "least that must move", "units/period"),
        _amount("fixed_cost", "cost of having the lane in use", "money/period"),
        _amount(
            "lead_time",
            "time from dispatch to arrival; unknown: distance ÷ (24 × `speed` of the mode)",
            "periods",
            UNKNOWN,
        ),
        _amount(
            "distance",
            "length; unknown: great-circle distance × `detour_factor` of the mode",
            "km",
            UNKNOWN,
        ),
        _amount(
            "emission_factor",
            "emissions per weight and distance; unknown: that of the mode",
            "kg CO2e/(t·km)",
            UNKNOWN,
        ),
    ),
    key=("source", "target", "mode"),
)

DEMAND = Table(
    "demand",
    "What the sites want of each commodity.",
    (
        Column("site", "ref", "who wants it", refers_to="sites"),
        _commodity("what is wanted"),
        _amount("demand", "mean demand, to be met", "units/period", REQUIRED),
        _amount("demand_sd", "standard deviation of the demand of one period", "units/period"),
    ),
    key=("site", "commodity"),
)

COMMODITIES = Table(
    "commodities",
    "Goods that flow. Without this table there is one for each name in demand and stock, or "
    f"one called {DEFAULT_COMMODITY!r}.",
    (
        Column("id", "id", "name of the commodity in all tables (its SKU)"),
        Column("name", "text", "name for people; empty: the id", default=""),
        _amount("unit_weight", "weight", "kg/unit", 1.0),
        _amount("unit_volume", "volume", "m3/unit"),
        _amount("unit_value", "value", "money/unit"),
        _amount("holding_cost", "cost of keeping a unit in stock", "money/(unit·period)"),
        _amount("fixed_order_cost", "cost of placing an order", "money/order"),
        _amount("min_order_quantity", "least that can be ordered", "units"),
        _above_zero("pack_size", "orders are multiples of it", "units", 1.0),
        _above_zero("max_order_quantity", "most that can be ordered at once", "units", math.inf),
    ),
    key=("id",),
)

MODES = Table(
    "modes",
    "Modes of transport. Without this table there is one, of default values, for each name in "
    "lanes.",
    (
        Column("id", "id", "name of the mode in lanes"),
        Column("speed", "float", "average speed", "km/h", 60.0, lower=SLOWEST, upper=LARGEST),
        Column(
            "detour_factor",
            "float",
            "length of a trip over its great-circle distance",
            default=1.3,
            lower=1,
            upper=LARGEST,
        ),
        _amount("cost_per_km", "cost of moving a unit one km", "money/(unit·km)"),
        _amount("emission_factor", "emissions per weight and distance", "kg CO2e/(t·km)"),
    ),
    key=("id",),
)

STOCK = Table(
    "stock",
    "Stock of each commodity at the sites at the start.",
    (
        Column("site", "ref", "where it lies", refers_to="sites"),
        _commodity("what it is"),
        _amount("on_hand", "in stock", "units"),
        _amount("on_order", "ordered, not yet here", "units"),
    ),
    key=("site", "commodity"),
)

TABLES = (SITES, LANES, DEMAND, COMMODITIES, MODES, STOCK)
"""All input tables of a network."""

REQUIRED_TABLES = ("sites", "lanes")
"""The names of the tables that every network needs."""
