"""The input tables of a replenishment problem: what each column is called, and may hold."""

from __future__ import annotations

import math

from flowopt.core.columns import REQUIRED, Column, Table

SMALLEST = 1e-12
"""Least cost that is not 0; smaller ones leave no digits beside others."""

LARGEST = 1e12
"""Largest quantity; beyond it, a tail of the demand no longer differs from rounding."""

LONGEST = 1e4
"""Longest lead time or review period, in periods."""

POLICIES = {"rs": "RS", "rq": "rQ", "rss": "RsS"}
"""The policies as the table spells them → as the answer shows them."""

DISTRIBUTIONS = ("auto", "normal", "gamma", "poisson", "negative_binomial", "empirical")
"""The distributions of demand that an item may ask for."""

TARGETS = ("fill_rate", "cycle_service_level", "stockout_cost")
"""The columns of which an item has one: what its level is to reach."""

UNKNOWN = math.nan


def _amount(name: str, meaning: str, unit: str, default: float = 0.0) -> Column:
    """Return a column of finite amounts, 0 or more."""
    return Column(name, "float", meaning, unit, default, lower=0, upper=LARGEST)


def _limit(name: str, meaning: str) -> Column:
    """Return a column of quantities that nothing may exceed; unknown: no limit."""
    return Column(name, "float", meaning, "units", UNKNOWN, lower=0, upper=LARGEST, infinite=True)


def _duration(name: str, meaning: str, default: float = 0.0) -> Column:
    return Column(name, "float", meaning, "periods", default, lower=0, upper=LONGEST)


def _target(name: str, meaning: str) -> Column:
    text = f"{meaning}; above 0 and below 1; give this, the other target or a stockout_cost"
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
            "in capitals or not; rs (RS in answers): at each review, order up to the level S; rq "
            "(rQ): when the inventory position is at or below the reorder point, order Q, or as "
            "many Q as lift it above; rss (RsS): when it is at or below the reorder point, order "
            "up to the level S",
            default="rs",
            choices=tuple(POLICIES),
        ),
        _amount("demand_mean", "mean demand of a period", "units/period", REQUIRED),
        _amount(
            "demand_sd",
            "standard deviation of the demand of a period; not needed for poisson",
            "units",
            REQUIRED,
        ),
        Column(
            "distribution",
            "choice",
            "distribution of demand; auto: empirical for an item of demand_samples, else chosen "
            "(see `choose_distribution`)",
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
            "stockout_cost",
            "float",
            "cost of a unit short for a period; given instead of a target, the level is that of "
            "least cost",
            "money/unit/period",
            UNKNOWN,
            above=0,
            upper=LARGEST,
        ),
        Column(
            "unmet_demand",
            "choice",
            "whether customers wait for what is short, or buy elsewhere",
            default="backorder",
            choices=("backorder", "lost_sales"),
        ),
        Column(
            "order_quantity",
            "float",
            "Q of the policy rQ, S - s of RsS; unknown: the economic order quantity",
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
        _limit(
            "max_order_quantity",
            "most that can be ordered at once; unknown: no limit; 0: nothing can be ordered",
        ),
        _limit("shelf_space", "most that may be on hand and on order together; unknown: no limit"),
        _amount("on_hand", "stock on hand now", "units"),
        _amount("on_order", "ordered and not yet received", "units"),
        _amount("backorders", "demand that waits for stock", "units"),
        _amount("reserved", "stock on hand that is promised, and no longer to be had", "units"),
        Column("orderable", "bool", "whether an order can be placed today", default=True),
        _duration(
            "next_order_in",
            "from today to the next chance to order; unknown: the review period",
            UNKNOWN,
        ),
    ),
    key=("item", "site"),
)

LEAD_TIMES = Table(
    "lead_times",
    "Lead times that an item may have, each with its probability; instead of a mean and a standard "
    "deviation.",
    (
        Column("item", "ref", "name of the item (SKU)", refers_to="items"),
        Column("site", "id", "where it is kept; may be empty", default=""),
        _duration("lead_time", "from the order to its arrival", REQUIRED),
        Column("probability", "float", "of this lead time; an item's sum to 1", above=0, upper=1),
    ),
    key=("item", "site", "lead_time"),
)

DEMAND_SAMPLES = Table(
    "demand_samples",
    "Demand of single periods, as it was seen or forecast, each as likely as the next: for the "
    "distribution empirical, and for a mean and standard deviation that are not given.",
    (
        Column("item", "ref", "name of the item (SKU)", refers_to="items"),
        Column("site", "id", "where it is kept; may be empty", default=""),
        _amount("demand", "demand of one period", "units", REQUIRED),
    ),
)
