"""The tables of operational records, from which indicators are computed."""

from __future__ import annotations

import math
from typing import Any

from flowopt.core.columns import REQUIRED, Column, Table
from flowopt.kpi.indicator import KEYS

UNKNOWN = math.nan
_YEAR_1, _YEAR_9999 = -62135596800.0, 253402214400.0  # in seconds since 1970-01-01


def _moment(name: str, meaning: str, default: Any = UNKNOWN) -> Column:
    return Column(
        name, "time", meaning, "date or datetime", default, lower=_YEAR_1, upper=_YEAR_9999
    )


def _ordered_thing() -> tuple[Column, Column, Column]:
    return (
        Column("site", "id", "customer or site that ordered", default=""),
        Column("commodity", "id", "what was ordered", default=""),
        Column("unit", "text", "unit of measure of the quantity", default=""),
    )


ORDER_LINES = Table(
    "order_lines",
    "What customers ordered.",
    (
        Column("order", "id", "the order"),
        Column("line", "id", "line of the order", default="1"),
        *_ordered_thing(),
        Column("quantity", "float", "ordered", "unit of the line", lower=0),
        _moment("ordered_at", "when it was ordered"),
        _moment("requested_at", "when the customer wants it"),
        _moment("promised_at", "when it was promised"),
        Column("cancelled", "bool", "whether the line was cancelled", default=False),
        Column("dwell", "time", "held at the customer's wish", "s", 0.0, lower=0),
    ),
    key=("order", "line"),
)

DELIVERIES = Table(
    "deliveries",
    "What was delivered; a line that was split has several rows.",
    (
        Column("order", "ref", "the order", refers_to="order_lines"),
        Column("line", "id", "its line; blank when it has one", default=""),
        Column("delivery", "id", "the delivery, which may carry several lines", default=""),
        Column("quantity", "float", "delivered", "unit of the line", above=0),
        Column("unit", "text", "unit of measure; blank takes the line's", default=""),
        _moment("shipped_at", "when it left"),
        _moment("delivered_at", "when it arrived; blank on the way"),
        Column("returned", "float", "of it sent back since", "unit of the line", 0.0, lower=0),
    ),
)

QUALITY_EVENTS = Table(
    "quality_events",
    "What was wrong with deliveries. A row hits every delivered line that it names.",
    (
        Column("order", "id", "the order", default=""),
        Column("line", "id", "its line; blank for all of them", default=""),
        Column("delivery", "id", "the delivery; blank for all of them", default=""),
        Column("cause", "text", "damaged, wrong, undocumented, …"),
        Column(
            "quantity",
            "float",
            "hit; blank for all that was delivered",
            "unit of the line",
            math.inf,
            above=0,
            infinite=True,
        ),
        _moment("at", "when it was found"),
    ),
)

STOCK_SNAPSHOTS = Table(
    "stock_snapshots",
    "Stock on hand, counted from time to time. A count holds until the next of its site and "
    "commodity, so an item that ran out needs a row with 0.",
    (
        Column("site", "id", "where", default=""),
        Column("commodity", "id", "what", default=""),
        _moment("at", "when it was counted", REQUIRED),
        Column("on_hand", "float", "stock on hand", "unit of the row", lower=0),
        Column("unit", "text", "unit of measure", default=""),
        Column("unit_value", "float", "worth of a unit", "money", UNKNOWN, lower=0),
    ),
    key=("site", "commodity", "at"),
)

COSTS = Table(
    "costs",
    "What logistics cost.",
    (
        _moment("at", "when it arose"),
        Column("kind", "text", "transport, handling, storage, …", default="logistics"),
        Column("amount", "float", "the amount; negative for a credit", "currency of the row"),
        Column("currency", "text", "its currency", default=""),
    ),
)

SHIPMENTS = Table(
    "shipments",
    "What left for customers, where no deliveries tell it, and between sites.",
    (
        Column("shipment", "id", "the shipment", default=""),
        Column("commodity", "id", "what was shipped", default=""),
        _moment("shipped_at", "when it left"),
        Column("quantity", "float", "shipped", "unit of the row", lower=0),
        Column("unit", "text", "unit of measure", default=""),
        Column(
            "leg",
            "choice",
            "to a customer, or between own sites (which ships no unit)",
            default="outbound",
            choices=("outbound", "transfer"),
        ),
    ),
)

TABLES = (ORDER_LINES, DELIVERIES, QUALITY_EVENTS, STOCK_SNAPSHOTS, COSTS, SHIPMENTS)
"""All of them, in the order of `flowopt.kpi.from_records`."""

TARGETS = Table(
    "targets",
    "What the indicators should be.",
    (
        Column("indicator", "choice", "which of the five", choices=KEYS),
        Column("target", "float", "its target", "as the indicator"),
    ),
    key=("indicator",),
)
