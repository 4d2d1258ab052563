"""The input tables of a service mix: what each column is called, and may hold."""

from __future__ import annotations

import dataclasses
import math

from flowopt.core.columns import REQUIRED, Column, Table
from flowopt.inventory.ordering.spec import ORDER_ITEMS
from flowopt.inventory.replenishment.spec import ITEMS, LARGEST

WEIGHTINGS = ("units", "value", "weight")
"""What a unit of demand counts in the aggregate service: 1, its unit_cost, or its weight."""

MIX_ITEMS = Table(
    "items",
    "Items that share a service target, each with its demand, supply and the value of a unit.",
    (
        *(ITEMS[name] for name in ("item", "site")),
        Column("class", "id", "class of the item, of the table classes; may be empty", default=""),
        *(ORDER_ITEMS[name] for name in ("demand_mean", "demand_sd", "distribution")),
        *(ITEMS[name] for name in ("lead_time", "lead_time_sd")),
        dataclasses.replace(
            ITEMS["review_period"],
            meaning="from one review to the next",
            lower=-math.inf,
            above=0,
        ),
        dataclasses.replace(
            ITEMS["unit_cost"], meaning="value of a unit in stock", default=REQUIRED
        ),
        Column(
            "weight",
            "float",
            "what a unit of demand counts when weighted by weight",
            "",
            1.0,
            lower=0,
            upper=LARGEST,
        ),
        Column(
            "min_fill_rate",
            "float",
            "share of the item's own demand to be met from stock at least; below 1",
            "",
            0.0,
            lower=0,
            upper=1,
        ),
        Column(
            "least_reorder_point",
            "float",
            "lowest reorder point to be thought of; -1: an order as soon as a customer waits; "
            "down to -Q: as soon as customers wait for a whole order; unknown: -1 for demand in "
            "whole units, else 0",
            "units",
            math.nan,
            lower=-LARGEST,
            upper=LARGEST,
        ),
        dataclasses.replace(
            ITEMS["order_quantity"],
            meaning="orders are multiples of this, Q; unknown: the least order; raised to it, and "
            "to whole packs",
        ),
        *(ITEMS[name] for name in ("min_order_quantity", "pack_size")),
    ),
    key=("item", "site"),
)

CLASSES = Table(
    "classes",
    "Classes of items with a service of their own to reach, at least.",
    (
        Column("class", "id", "name of the class"),
        Column(
            "fill_rate",
            "float",
            "share of the demand of its items to be met from stock, weighted like the whole; "
            "above 0 and below 1",
            lower=0,
            upper=1,
        ),
    ),
    key=("class",),
)
