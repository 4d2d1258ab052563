"""The input tables of rebalancing: what each column is called, holds, and may hold."""

from __future__ import annotations

import math

from flowopt.core.columns import REQUIRED, Column, Table

LARGEST = 1e12
"""Largest quantity or cost."""

UNKNOWN = math.nan


def _amount(name: str, meaning: str, unit: str, default: object = 0.0) -> Column:
    return Column(name, "float", meaning, unit, default, lower=0, upper=LARGEST)


STOCK = Table(
    "stock",
    "The stock of each item at each site, and what there should be.",
    (
        Column("item", "id", "name of the item (SKU)"),
        Column("site", "id", "where it is"),
        Column(
            "on_hand",
            "float",
            "stock there now; below 0 what is owed to customers",
            "units",
            lower=-LARGEST,
            upper=LARGEST,
        ),
        _amount("target", "stock that there should be", "units", REQUIRED),
        _amount(
            "min_stock",
            "stock that the site does not give away; unknown: its target",
            "units",
            UNKNOWN,
        ),
        _amount("shortage_cost", "cost of stock below the target", "money/unit", REQUIRED),
        _amount("surplus_cost", "cost of stock above the target", "money/unit"),
        _amount(
            "pack_size",
            "what leaves the site goes in whole packs of this many; 0: any quantity",
            "units",
            1.0,
        ),
    ),
    key=("item", "site"),
)
"""The table of stock of `RebalancingProblem.from_frames`."""

LANES = Table(
    "lanes",
    "Which site may send to which; a row for an item stands in place of one for all items.",
    (
        Column("source", "ref", "site that sends", refers_to="stock"),
        Column("target", "ref", "site that receives", refers_to="stock"),
        Column("item", "id", "the item that it is for; empty: all items", default=""),
        _amount("unit_cost", "cost of each unit sent", "money/unit", REQUIRED),
        _amount("fixed_cost", "cost of sending anything, all items together", "money"),
        _amount("min_transfer", "least that is sent if anything is, all items together", "units"),
        Column(
            "capacity",
            "float",
            "most that is sent, all items together",
            "units",
            math.inf,
            lower=0,
            upper=LARGEST,
            infinite=True,
        ),
        _amount("pack_size", "as of `stock`, for this lane; unknown: that", "units", UNKNOWN),
    ),
    key=("source", "target", "item"),
)
"""The table of lanes of `RebalancingProblem.from_frames`."""
