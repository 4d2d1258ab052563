"""The tables of what changes from period to period."""

from __future__ import annotations

from flowopt.core.columns import REQUIRED, Column, Table
from flowopt.network.spec import LARGEST, UNKNOWN


def _amount(name: str, meaning: str, unit: str, default: float = UNKNOWN) -> Column:
    return Column(name, "float", meaning, unit, default, lower=0, upper=LARGEST)


def _limit(name: str, meaning: str) -> Column:
    return Column(
        name,
        "float",
        f"{meaning}; unknown: as in every period",
        "units/period",
        UNKNOWN,
        lower=0,
        upper=LARGEST,
        infinite=True,
    )


_SITE = Column("site", "ref", "where", refers_to="sites")
_PERIOD = Column("period", "ref", "when", refers_to="periods")

DEMAND_CALENDAR = Table(
    "demand_calendar",
    "What sites want in which period; what is not named is 0.",
    (_SITE, _PERIOD, _amount("demand", "what is wanted", "units", REQUIRED)),
    key=("site", "period"),
)

LANE_CALENDAR = Table(
    "lane_calendar",
    "What differs on a lane for what leaves in a period.",
    (
        Column("source", "ref", "site where the lane starts", refers_to="sites"),
        Column("target", "ref", "site where it ends", refers_to="sites"),
        Column("mode", "text", "its mode; empty: all modes", default=""),
        _PERIOD,
        _limit("capacity", "most that can leave; 0 closes the lane"),
        _amount("unit_cost", "cost of each unit; unknown: as in every period", "money/unit"),
        _amount("min_flow", "least that must leave; unknown: as in every period", "units/period"),
    ),
    key=("source", "target", "mode", "period"),
)

SITE_CALENDAR = Table(
    "site_calendar",
    "What differs at a site in a period.",
    (
        _SITE,
        _PERIOD,
        _limit("supply", "most that the site gives of its own"),
        _limit("capacity", "most that comes in (received and supplied)"),
        _limit("storage_capacity", "most that is in stock at the end of the period"),
        _amount(
            "handling_cost", "cost of what comes in; unknown: as in every period", "money/unit"
        ),
        _amount(
            "holding_cost",
            "cost of stock at the end of the period; unknown: as in every period",
            "money/(unit·period)",
        ),
    ),
    key=("site", "period"),
)

RECEIPTS = Table(
    "receipts",
    "Goods that are on their way already, and arrive in a period.",
    (_SITE, _PERIOD, _amount("quantity", "what arrives", "units", REQUIRED)),
    key=("site", "period"),
)
