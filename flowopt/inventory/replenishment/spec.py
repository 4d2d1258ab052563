"""The input table of a replenishment problem: what each column is called, holds, and may hold."""

from __future__ import annotations

import math

from flowopt.core.columns import REQUIRED, Column, Table

LARGEST = 1e12
"""Largest quantity; beyond it, a tail of the demand no longer differs from rounding."""

LONGEST = 1e4
"""Longest lead time or review period, in periods."""

POLICIES = {"rs": "RS", "rq": "rQ"}
"""The policies as the table spells them → as the answer shows them."""

DISTRIBUTIONS = ("auto", "normal", "negative_binomial")
"""The distributions of demand that an item may ask for."""

UNKNOWN = math.nan


def _amount(name: str, meaning: str, unit: str, default: float = 0.0) -> Column:
    """Return a column of finite amounts, 0 or more."""
    return Column(name, "float", meaning, unit, default, lower=0, upper=LARGEST)


def _duration(name: str, meaning: str, default: float = 0.0) -> Column:
    return Column(name, "float", meaning, "periods", default, lower=0, upper=LONGEST)


def _target(name: str, meaning: str) -> Column:
    text = f"{meaning}; above 0 and below 1; give this or the other target, not both"
    return Column(name, "float", text, "", UNKNOWN, lower=0, upper=1)


ITEMS = Table(
    "items",
    "Items to be kept in stock, each at a site, with its demand, supply, costs and stock.",
    (
        Column("item", "id", "name of the item (SKU)"),
        Column("site", "id", "where it is kept; may be empty", default=""),
        Column(
            "policy",
            "choice",
            "RS: at each review, order up to the level S; rQ: when the inventory position is at or "
            "below the reorder point, order Q, or as many Q as lift it above",
            default="rs",
            choices=tuple(POLICIES),
        ),
        _amount("demand_mean", "mean demand of a period", "units/period", REQUIRED),
        _amount("demand_sd", "standard deviation of the demand of a period", "units", REQUIRED),
        Column(
            "distribution",
            "choice",
            "distribution of demand; auto: chosen for each item (see `choose_distribution`)",
            default="auto",
            choices=DISTRIBUTIONS,
        ),
        _duration("lead_time", "from the order to its arrival; 0: usable at once", REQUIRED),
        _duration("lead_time_sd", "standard deviation of the lead time"),
        _duration(
            "review_period", "from one review to the next; 0 (only rQ): continuous review", 1.0
        ),
        _target("fill_rate", "share of demand to be met from stock"),
        _target("cycle_service_level", "probability of no stock-out in a review cycle"),
        Column(
            "order_quantity",
            "float",
            "Q of the policy rQ; unknown: the economic order quantity",
            "units",
            UNKNOWN,
            above=0,
            upper=LARGEST,
        ),
        _amount("fixed_cost", "cost of placing an order", "money/order"),
        _amount("holding_cost", "cost of holding stock", "money/unit/period"),
        _amount("unit_cost", "value of a unit, for the value of the stock", "money/unit"),
        _amount("min_order_quantity", "least that can be ordered at once", "units"),
        Column(
            "pack_size",
            "float",
            "orders are whole packs of this many",
            "units",
            1.0,
            above=0,
            upper=LARGEST,
        ),
        Column(
            "max_order_quantity",
            "float",
            "most that can be ordered at once; unknown: no limit; 0: nothing can be ordered",
            "units",
            UNKNOWN,
            lower=0,
            upper=LARGEST,
            infinite=True,
        ),
        _amount("on_hand", "stock on hand now", "units"),
        _amount("on_order", "ordered and not yet received", "units"),
        _amount("backorders", "demand that waits for stock", "units"),
    ),
    key=("item", "site"),
)
