"""The tables that a `MultiCommodityProblem` is made from."""

from __future__ import annotations

from flowopt.core.columns import REQUIRED, Column, Table

NO_LIMIT = float("inf")
UNKNOWN = float("nan")


def _quantity(name: str, meaning: str, default: float = 0.0, infinite: bool = False) -> Column:
    unit = "units/period"
    return Column(name, "float", meaning, unit, default, lower=0, infinite=infinite)


def _capacity(meaning: str, default: float = NO_LIMIT) -> Column:
    unit = "capacity/period"
    return Column("capacity", "float", meaning, unit, default, lower=0, infinite=True)


def _cost(name: str, meaning: str, default: float = 0.0, infinite: bool = False) -> Column:
    return Column(name, "float", meaning, "money/unit", default, lower=0, infinite=infinite)


def _which(name: str, what: str, refers_to: str = "sites") -> Column:
    return Column(name, "ref", f"{what}; empty: any", default="", refers_to=refers_to)


_UNMET = "price of demand left unmet; inf when all must be met"

SITES = Table(
    "sites",
    "Places where goods are given, taken or pass through.",
    (
        Column("id", "id", "name of the site"),
        _capacity("most that goes through it, all commodities together"),
        _cost("handling_cost", "cost of what goes through it"),
        _quantity("supply", "most that it gives, all commodities together", NO_LIMIT, True),
    ),
    key=("id",),
)
"""The table of sites."""

LANES = Table(
    "lanes",
    "Links along which goods move from one site to another.",
    (
        Column("source", "ref", "site where it begins", refers_to="sites"),
        Column("target", "ref", "site where it ends", refers_to="sites"),
        Column("mode", "text", "how goods move on it; parallel lanes differ in it", default="road"),
        _cost("unit_cost", "cost of what it carries, where a commodity has no cost of its own"),
        _capacity("most that it carries, all commodities together"),
    ),
)
"""The table of lanes."""

COMMODITIES = Table(
    "commodities",
    "Goods that flow. One that goes from one site to one other has `origin`, `destination` and "
    "`quantity`; the others have rows in `supply` and `demand`.",
    (
        Column("id", "id", "name of the commodity"),
        Column("size", "float", "joint capacity that a unit takes", "capacity/unit", 1.0, above=0),
        Column("origin", "ref", "where it comes from", default="", refers_to="sites"),
        Column("destination", "ref", "where it goes", default="", refers_to="sites"),
        _quantity("quantity", "how much goes there"),
        _cost("unmet_cost", _UNMET, NO_LIMIT, infinite=True),
    ),
    key=("id",),
)
"""The table of commodities."""

DEMAND = Table(
    "demand",
    "What the sites take of each commodity.",
    (
        Column("commodity", "ref", "what is taken", refers_to="commodities"),
        Column("site", "ref", "who takes it", refers_to="sites"),
        _quantity("demand", "how much", REQUIRED),
        _cost("unmet_cost", f"{_UNMET}; unknown: that of the commodity", UNKNOWN, infinite=True),
    ),
    key=("commodity", "site"),
)
"""The table of demand."""

SUPPLY = Table(
    "supply",
    "What the sites can give of each commodity.",
    (
        Column("commodity", "ref", "what is given", refers_to="commodities"),
        Column("site", "ref", "who gives it", refers_to="sites"),
        _quantity("supply", "most that it gives", NO_LIMIT, infinite=True),
    ),
    key=("commodity", "site"),
)
"""The table of supply."""

COMMODITY_LANES = Table(
    "commodity_lanes",
    "Costs and limits that a commodity has of its own, on the lanes that a row names; of several "
    "rows for one lane, the last counts.",
    (
        Column("commodity", "ref", "whose they are", refers_to="commodities"),
        _which("source", "where the lanes begin"),
        _which("target", "where they end"),
        Column("mode", "text", "their mode; empty: any", default=""),
        _cost("unit_cost", "cost of a unit; unknown: that of the lane", UNKNOWN),
        _quantity("capacity", "most of it on each lane; 0: forbidden", NO_LIMIT, infinite=True),
    ),
)
"""The table of what a commodity has of its own on lanes."""

GROUPS = Table(
    "groups",
    "Lanes that share a capacity.",
    (
        Column("id", "id", "name of the group"),
        _capacity("most that its lanes carry together", REQUIRED),
    ),
    key=("id",),
)
"""The table of groups of lanes."""

GROUP_LANES = Table(
    "group_lanes",
    "The lanes of each group: all those that a row names.",
    (
        Column("group", "ref", "the group", refers_to="groups"),
        _which("source", "where the lanes begin"),
        _which("target", "where they end"),
        Column("mode", "text", "their mode; empty: any", default=""),
    ),
)
"""The table of the lanes of each group."""
