"""The input tables of an ordering problem: what each column is called, and may hold."""

from __future__ import annotations

import dataclasses
import math

from flowopt.core.columns import REQUIRED, Column, Table
from flowopt.inventory.replenishment.spec import ITEMS, LARGEST, SMALLEST
from flowopt.inventory.selection.demand import DISTRIBUTIONS

USES = {"budget": "unit_cost", "volume": "unit_volume", "weight": "unit_weight"}
"""Names of limits that say by themselves which column of the items they limit."""


def _amount(name: str, meaning: str, unit: str, default: float = 0.0) -> Column:
    return Column(name, "float", meaning, unit, default, lower=0, upper=LARGEST)


def _optional(name: str, meaning: str, unit: str) -> Column:
    return Column(name, "float", meaning, unit, math.nan, lower=0, upper=LARGEST)


def _distribution() -> Column:
    meaning = "distribution of demand; auto: chosen for each item (see `choose_distribution`)"
    column = ITEMS["distribution"]
    return dataclasses.replace(column, meaning=meaning, choices=DISTRIBUTIONS)


ORDER_ITEMS = Table(
    "items",
    "Items that can be ordered now. Further columns may say what a unit takes of a limit.",
    (
        *(ITEMS[name] for name in ("item", "site")),
        Column("supplier", "id", "who delivers it; may be empty", default=""),
        _amount("demand_mean", "mean demand of a period", "units/period", REQUIRED),
        _amount("demand_sd", "standard deviation of the demand of a period", "units", REQUIRED),
        _distribution(),
        *(ITEMS[name] for name in ("lead_time", "lead_time_sd")),
        dataclasses.replace(
            ITEMS["review_period"],
            meaning="from this chance to order to the next",
            lower=-math.inf,
            above=0,
        ),
        Column(
            "stockout_cost",
            "float",
            "cost of a unit short for a period",
            "money/unit/period",
            lower=0,
            upper=LARGEST,
        ),
        Column(
            "holding_cost",
            "float",
            "cost of holding a unit for a period",
            "money/unit/period",
            lower=SMALLEST,
            upper=LARGEST,
        ),
        _amount("fixed_cost", "cost of placing an order", "money/order"),
        _amount("unit_cost", "price of a unit, for the budget", "money/unit"),
        _amount("unit_volume", "volume of a unit", "volume/unit"),
        _amount("unit_weight", "weight of a unit", "weight/unit"),
        *(ITEMS[name] for name in ("min_order_quantity", "pack_size", "max_order_quantity")),
        _optional(
            "shelf_space",
            "most that may be on hand and on order together; unknown: no limit",
            "units",
        ),
        _amount("on_hand", "stock on hand now", "units"),
        _amount("on_order", "ordered and not yet received", "units"),
        _amount("backorders", "demand that waits for stock", "units"),
        _amount("reserved", "stock on hand that is promised, and no longer to be had", "units"),
        Column("orderable", "bool", "whether an order can be placed today", default=True),
    ),
    key=("item", "site"),
)

LIMITS = Table(
    "limits",
    "Limits on what all orders take together. Each is an amount, or a number of containers of one "
    "size.",
    (
        Column("limit", "id", "name of the limit: `budget`, `volume`, `dangerous goods`, …"),
        Column(
            "uses",
            "text",
            "column of the items that says what a unit takes; empty: unit_cost for a limit named "
            "budget, unit_volume for volume, unit_weight for weight",
            default="",
        ),
        Column("supplier", "id", "whose items the limit is for; empty: all items", default=""),
        _optional("capacity", "what all orders may take together", "of what is used"),
        _optional("container_size", "what one container takes", "of what is used"),
        _optional("num_containers", "number of containers", "containers"),
    ),
    key=("limit",),
)
