"""The input tables of the forecast room: histories, and forecasts made elsewhere."""

from __future__ import annotations

import math

from flowopt.core.columns import Column, Table

LARGEST = 1e12
"""Largest demand of a period; the same as the largest quantity of the inventory room."""

NAMES = (
    Column("unique_id", "id", "name of the item (SKU)"),
    Column("site", "id", "where it is asked for; may be empty", default=""),
)
PERIOD = Column("ds", "time", "the period: a number that counts them, or a date in it")

HISTORY = Table(
    "history",
    "Demand of the past, in the long format of forecasting libraries: one row an item and period. "
    "A period without a row, after the item's first, had no demand.",
    (
        *NAMES,
        PERIOD,
        Column("y", "float", "demand of the period", "units", math.nan, infinite=True),
    ),
)

QUANTILES = Table(
    "quantiles",
    "Quantiles of demand forecast elsewhere: one row an item, period and probability.",
    (
        *NAMES,
        PERIOD,
        Column("probability", "float", "of demand up to `y`", above=0, upper=1),
        Column("y", "float", "demand of the period", "units"),
    ),
    key=("unique_id", "site", "ds", "probability"),
)

SAMPLES = Table(
    "samples",
    "Sampled paths of demand forecast elsewhere: one row an item, period and sample.",
    (
        *NAMES,
        PERIOD,
        Column("sample", "id", "name of the path; the same in all its periods"),
        Column("y", "float", "demand of the period", "units"),
    ),
    key=("unique_id", "site", "ds", "sample"),
)

MOMENTS = Table(
    "forecast",
    "Demand forecast elsewhere, with its spread: one row an item and period.",
    (
        *NAMES,
        PERIOD,
        Column("y", "float", "expected demand of the period", "units", lower=0, upper=LARGEST),
        Column("sd", "float", "standard deviation of its error", "units", lower=0, upper=LARGEST),
    ),
    key=("unique_id", "site", "ds"),
)

ITEMS = Table(
    "items",
    "Items that a forecast is joined to; further columns are kept.",
    (
        Column("item", "id", "name of the item (SKU)"),
        Column("site", "id", "where it is kept; may be empty", default=""),
        Column("lead_time", "float", "from the order to its arrival", "periods", lower=0),
        Column("review_period", "float", "from one review to the next", "periods", 1.0, lower=0),
    ),
    key=("item", "site"),
)
