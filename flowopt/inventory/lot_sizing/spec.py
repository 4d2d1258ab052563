"""The input tables of a lot-sizing problem: what each column is called, holds, and may hold."""

from __future__ import annotations

import math

from flowopt.core.columns import REQUIRED, Column, Table

LARGEST = 1e9
"""Largest finite quantity, time and cost of one unit; beyond it, a solver no longer tells apart."""

UNKNOWN = math.nan


def _amount(name: str, meaning: str, unit: str, default: float = 0.0) -> Column:
    return Column(name, "float", meaning, unit, default, lower=0, upper=LARGEST)


def _limit(name: str, meaning: str, unit: str) -> Column:
    return Column(name, "float", meaning, unit, math.inf, lower=0, infinite=True)


def _own(name: str, meaning: str, unit: str, infinite: bool = False) -> Column:
    text = f"{meaning}; empty: that of the item"
    return Column(name, "float", text, unit, UNKNOWN, lower=0, infinite=infinite)


LOT_ITEMS = Table(
    "items",
    "Items to be made or ordered in lots, with costs that hold in every period.",
    (
        Column("item", "id", "name of the item (SKU)"),
        _amount("fixed_cost", "cost of a lot: set-up, order", "money/lot"),
        _amount("holding_cost", "cost of stock at the end of a period", "money/unit/period"),
        _amount("unit_cost", "cost of making or buying a unit", "money/unit"),
        _limit("backorder_cost", "cost of demand that waits; inf: none may", "money/unit/period"),
        _limit("lost_sale_cost", "cost of demand not met at all; inf: all must be", "money/unit"),
        _amount("initial_stock", "stock before the first period", "units"),
        _amount("min_stock", "least stock at the end of a period", "units"),
        _limit("max_stock", "most stock at the end of a period", "units"),
        _amount("min_order_quantity", "smallest lot", "units"),
        _limit("max_order_quantity", "largest lot; 0: none can be made", "units"),
        _amount("pack_size", "lots are whole packs of this many; 0: any quantity", "units"),
        Column(
            "lead_time",
            "int",
            "from the start of a lot to its use; 0: usable in the same period",
            "periods",
            0,
            lower=0,
            upper=1e4,
        ),
        Column(
            "resource",
            "text",
            "what its lots are made on; empty: see `usage`",
            default="",
        ),
        _amount("unit_time", "capacity that a unit takes of its resource", "time/unit", 1.0),
        _amount("setup_time", "capacity that a lot takes of its resource", "time/lot"),
    ),
    key=("item",),
)
"""The table of items of `LotSizingProblem.from_frames`."""

LOT_DEMAND = Table(
    "demand",
    "What is wanted when, and costs and limits that differ from the item's in that period.",
    (
        Column("item", "ref", "the item", refers_to="items"),
        Column("period", "id", "the period; periods come in the order of `periods`, or sorted"),
        _amount("demand", "what customers want; not what other items need", "units", REQUIRED),
        _own("fixed_cost", "cost of a lot", "money/lot"),
        _own("holding_cost", "cost of stock at its end", "money/unit"),
        _own("unit_cost", "cost of making or buying a unit", "money/unit"),
        _own("backorder_cost", "cost of demand that waits at its end", "money/unit", infinite=True),
        _own("lost_sale_cost", "cost of demand not met at all", "money/unit", infinite=True),
        _own("min_stock", "least stock at its end", "units"),
        _own("max_stock", "most stock at its end", "units", infinite=True),
    ),
    key=("item", "period"),
)
"""The table of demand of `LotSizingProblem.from_frames`."""

LOT_CAPACITY = Table(
    "capacity",
    "What resources can do. A resource without a row for a period is not limited in it.",
    (
        Column("resource", "text", "the resource"),
        Column(
            "period", "text", "the period; empty: every one without a row of its own", default=""
        ),
        _limit("capacity", "time that it has", "time"),
        _limit("overtime_cost", "cost of time beyond it; inf: there is none", "money/time"),
    ),
    key=("resource", "period"),
)
"""The table of capacity of `LotSizingProblem.from_frames`."""

LOT_USAGE = Table(
    "usage",
    "Capacity that items take where they need several resources.",
    (
        Column("item", "ref", "the item", refers_to="items"),
        Column("resource", "text", "the resource"),
        _amount("unit_time", "capacity that a unit takes", "time/unit"),
        _amount("setup_time", "capacity that a lot takes", "time/lot"),
    ),
    key=("item", "resource"),
)
"""The table of usage of `LotSizingProblem.from_frames`."""

LOT_COMPONENTS = Table(
    "components",
    "The bill of materials: what a lot takes out of stock in the period in which it is started.",
    (
        Column("item", "ref", "the item that is made", refers_to="items"),
        Column("component", "ref", "the item that goes into it", refers_to="items"),
        Column(
            "quantity",
            "float",
            "how many go into a unit",
            "units/unit",
            1.0,
            above=0,
            upper=LARGEST,
        ),
    ),
    key=("item", "component"),
)
"""The table of components of `LotSizingProblem.from_frames`."""
