from __future__ import annotations

import math
from typing import Any

import pytest

from flowopt import ValidationError
from flowopt.kpi import delivery_lead_time


def test_the_lead_time_of_the_toy_table(
    order_lines: dict[str, Any], deliveries: dict[str, Any]
) -> None:
    by_line = delivery_lead_time(order_lines, deliveries, level="line")
    assert by_line.numerator == 8 + 8 + 6 + 8 + 8 + 8  # B2 came short, D1 is on its way
    assert by_line.denominator == 6
    by_order = delivery_lead_time(order_lines, deliveries)
    assert (by_order.numerator, by_order.denominator) == (16, 2)  # A and C
    assert by_order.unit == "days"
    by_unit = delivery_lead_time(order_lines, deliveries, level="unit")
    assert by_unit.numerator == 80 + 80 + 60 + 320 + 70 + 60 + 240 + 160
    assert by_unit.denominator == 135


def test_an_open_order_stays_out(order_lines: dict[str, Any], deliveries: dict[str, Any]) -> None:
    early = delivery_lead_time(order_lines, deliveries, as_of="2026-03-31")
    assert (early.value, early.denominator) == (8.0, 1)
    assert early.basis == {"level": "order", "as_of": "2026-03-31"}


def test_nothing_delivered_is_unknown() -> None:
    found = delivery_lead_time({"order": ["A"], "quantity": [1]}, {"order": [], "quantity": []})
    assert math.isnan(found.value)
    assert found.note == "no order was delivered"
    assert found.trend == ()


def test_cancelled_lines_keep_no_order_open() -> None:
    orders = {
        "order": ["A", "A"],
        "line": [1, 2],
        "quantity": [5, 5],
        "ordered_at": ["2026-03-02"] * 2,
        "cancelled": ["no", "yes"],
    }
    came = {"order": ["A"], "line": [1], "quantity": [5], "delivered_at": ["2026-03-04"]}
    assert delivery_lead_time(orders, came).value == 2.0


def test_what_was_sent_back_was_delivered_before() -> None:
    orders = {"order": ["A"], "quantity": [5], "ordered_at": ["2026-03-02"]}
    came = {"order": ["A"], "quantity": [5], "returned": [5], "delivered_at": ["2026-03-04"]}
    assert delivery_lead_time(orders, came).value == 2.0


def test_a_delivery_after_the_completing_one_changes_nothing() -> None:
    orders = {"order": ["A"], "quantity": [10], "ordered_at": ["2026-03-02"]}
    came = {
        "order": ["A"] * 3,
        "quantity": [3, 6, 4],  # in no order: 4 on the 3rd, 6 on the 5th complete it
        "delivered_at": ["2026-03-09", "2026-03-05", "2026-03-03"],
    }
    assert delivery_lead_time(orders, came).value == 3.0


def test_dwell_stands_apart() -> None:
    orders = {
        "order": ["A", "B"],
        "quantity": [1, 1],
        "ordered_at": ["2026-03-02", "2026-03-02"],
        "dwell": [0, 3 * 86400],
    }
    came = {"order": ["A", "B"], "quantity": [1, 1], "delivered_at": ["2026-03-04", "2026-03-10"]}
    found = delivery_lead_time(orders, came)
    assert found.value == 5.0
    assert found.breakdown["dwell"] == 1.5
    assert found.breakdown["without_dwell"] == 3.5


def test_percentiles_are_of_orders_not_of_means() -> None:
    count = 20
    orders = {
        "order": list(range(count)),
        "quantity": [1] * count,
        "ordered_at": ["2026-03-01"] * count,
    }
    came = {
        "order": list(range(count)),
        "quantity": [1] * count,
        "delivered_at": [f"2026-03-{day:02d}" for day in range(2, count + 2)],  # 1 … 20 days
    }
    found = delivery_lead_time(orders, came)
    assert found.value == 10.5
    assert {p: found.breakdown[p] for p in ("p50", "p90", "p95")} == {
        "p50": 10.0,
        "p90": 18.0,
        "p95": 19.0,
    }


def test_hours_count_across_time_zones() -> None:
    orders = {"order": ["A"], "quantity": [1], "ordered_at": ["2026-03-02T08:00+01:00"]}
    came = {"order": ["A"], "quantity": [1], "delivered_at": ["2026-03-02T19:00Z"]}
    assert delivery_lead_time(orders, came).value == 0.5


def test_orders_without_a_date_are_named_in_the_note() -> None:
    orders = {"order": ["A", "B"], "quantity": [1, 1], "ordered_at": ["2026-03-02", None]}
    came = {"order": ["A", "B"], "quantity": [1, 1], "delivered_at": ["2026-03-03"] * 2}
    found = delivery_lead_time(orders, came)
    assert (found.value, found.denominator) == (1.0, 1)
    assert found.note == "1 delivered without an order date"


def test_the_trend_goes_by_date_of_delivery(
    order_lines: dict[str, Any], deliveries: dict[str, Any]
) -> None:
    trend = delivery_lead_time(order_lines, deliveries, level="line").trend
    assert trend == (("2026-03", (8 + 8 + 6 + 8) / 4), ("2026-04", 8.0))


def test_a_delivery_before_its_order_is_a_fault() -> None:
    orders = {"order": ["A"], "quantity": [1], "ordered_at": ["2026-03-02"]}
    came = {"order": ["A"], "quantity": [1], "delivered_at": ["2026-03-01"]}
    with pytest.raises(ValidationError) as error:
        delivery_lead_time(orders, came)
    assert [(f.table, f.column, f.row, f.code) for f in error.value.failures] == [
        ("deliveries", "delivered_at", 0, "out_of_order")
    ]
