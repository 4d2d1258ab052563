"""The input tables of a stock outlook."""

from __future__ import annotations

import math

from flowopt.core.columns import Column, Table
from flowopt.inventory.replenishment.spec import LARGEST

_DISTRIBUTIONS = ("auto", "normal", "gamma", "poisson", "negative_binomial")
_PERIOD = Column("ds", "time", "first day of the period, or its number")

STOCK = Table(
    "stock",
    "Items and what there is of them now.",
    (
        Column("item", "id", "name of the item (SKU)"),
        Column("site", "id", "where it is kept; may be empty", default=""),
        Column("on_hand", "float", "stock on hand now", "units", lower=0, upper=LARGEST),
        Column(
            "backorders", "float", "demand that waits for stock", "units", 0.0, 0, upper=LARGEST
        ),
        Column("reserved", "float", "stock that is promised", "units", 0.0, 0, upper=LARGEST),
        Column(
            "usual_demand",
            "float",
            "demand of a usual period, which peaks are measured by; unknown: the mean over the "
            "horizon",
            "units/period",
            math.nan,
            0,
            upper=LARGEST,
        ),
        Column(
            "distribution",
            "choice",
            "distribution of demand; auto: chosen for each item (see `choose_distribution`)",
            default="auto",
            choices=_DISTRIBUTIONS,
        ),
    ),
    key=("item", "site"),
)

RECEIPTS = Table(
    "receipts",
    "Open orders, and when they are to arrive: at the beginning of the period that the date is in. "
    "What is overdue counts as arriving in the first period.",
    (
        Column("item", "ref", "name of the item (SKU)", refers_to="stock"),
        Column("site", "id", "where it arrives; may be empty", default=""),
        Column("ds", "time", "date of arrival, or number of the period"),
        Column("quantity", "float", "what arrives", "units", lower=0, upper=LARGEST),
    ),
)

DEMAND = Table(
    "demand",
    "Demand of the periods to come: the same periods for all items, as forecasts write it.",
    (
        Column("unique_id", "ref", "name of the item (SKU)", refers_to="stock"),
        Column("site", "id", "where it is asked for; may be empty", default=""),
        _PERIOD,
        Column("y", "float", "expected demand", "units", math.nan, lower=0, upper=LARGEST),
        Column("sd", "float", "standard deviation", "units", math.nan, lower=0, upper=LARGEST),
    ),
    key=("unique_id", "site", "ds"),
)

DEMAND_PATHS = Table(
    "demand",
    "Sampled paths of the demand of the periods to come.",
    (
        Column("unique_id", "ref", "name of the item (SKU)", refers_to="stock"),
        Column("site", "id", "where it is asked for; may be empty", default=""),
        _PERIOD,
        Column("sample", "id", "name of the path; the same in all its periods"),
        Column("y", "float", "demand", "units", lower=0, upper=LARGEST),
    ),
    key=("unique_id", "site", "ds", "sample"),
)
