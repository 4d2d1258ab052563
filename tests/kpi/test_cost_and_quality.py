from __future__ import annotations

import math
from typing import Any

import pytest

from flowopt import ValidationError
from flowopt.kpi import cost_per_unit, non_conformity_rate

COSTS = {
    "at": ["2026-03-10", "2026-03-20", "2026-04-10"],
    "kind": ["transport", "handling", "transport"],
    "amount": [600.0, 200.0, 100.0],
    "currency": ["EUR"] * 3,
}


# ---- cost per unit


def test_the_cost_is_a_ratio_of_sums_not_a_mean_of_ratios() -> None:
    shipped = {"shipped_at": ["2026-03-05", "2026-04-05"], "quantity": [100, 50]}
    found = cost_per_unit(COSTS, shipments=shipped)
    assert found.trend == (("2026-03", 8.0), ("2026-04", 2.0))
    assert found.value == 900 / 150  # and not (8 + 2) ÷ 2
    assert found.unit == "EUR/unit"
    assert found.breakdown == {"transport": 700 / 150, "handling": 200 / 150}
    assert (found.numerator, found.denominator) == (900, 150)


def test_units_count_once_shipped_and_also_when_they_came_back(
    deliveries: dict[str, Any],
) -> None:
    costs = {"amount": [310.0], "currency": ["EUR"]}
    sent = deliveries | {"shipped_at": ["2026-03-05"] * 9, "returned": [10] * 3 + [0] * 6}
    assert cost_per_unit(costs, sent).denominator == 155  # D, on its way, too
    assert cost_per_unit(costs, deliveries).denominator == 135  # only what arrived is dated


def test_deliveries_come_before_shipments() -> None:
    came = {"order": ["A"], "quantity": [10], "delivered_at": ["2026-03-05"]}
    both = cost_per_unit({"amount": [30.0]}, came, {"quantity": [1000]})
    assert both.value == 3.0
    assert both.unit == "money/unit"


def test_transfers_between_own_sites_ship_no_unit() -> None:
    shipped = {"quantity": [100, 100], "leg": ["transfer", "outbound"]}
    assert cost_per_unit({"amount": [300.0]}, shipments=shipped).value == 3.0


def test_nothing_shipped_is_unknown_and_not_free() -> None:
    found = cost_per_unit(COSTS, shipments={"quantity": []})
    assert math.isnan(found.value)
    assert found.note == "nothing was shipped"


def test_no_costs_are_unknown_and_not_free() -> None:
    found = cost_per_unit({"amount": []}, shipments={"quantity": [5]})
    assert math.isnan(found.value)
    assert found.note == "there are no costs"


def test_a_credit_is_taken_off() -> None:
    found = cost_per_unit({"amount": [30.0, -10.0]}, shipments={"quantity": [10]})
    assert found.value == 2.0


def test_costs_and_shipments_of_different_months_are_named() -> None:
    shipped = {"shipped_at": ["2026-03-05", "2026-05-05"], "quantity": [100, 50]}
    note = cost_per_unit(COSTS, shipments=shipped).note
    assert note == "costs but no shipments in 2026-04; shipments but no costs in 2026-05"


def test_without_dates_there_is_no_trend() -> None:
    shipped = {"shipped_at": ["2026-03-05", None], "quantity": [100, 50]}
    found = cost_per_unit(COSTS, shipments=shipped)
    assert found.value == 6.0
    assert found.trend == ()
    assert found.note == "no trend: costs or shipments without a date: 1"


def test_costs_after_as_of_are_not_known_yet() -> None:
    shipped = {"shipped_at": ["2026-03-05", "2026-04-05"], "quantity": [100, 50]}
    assert cost_per_unit(COSTS, shipments=shipped, as_of="2026-03-31").value == 8.0


def test_mixed_currencies_are_not_summed() -> None:
    with pytest.raises(ValidationError) as error:
        cost_per_unit(COSTS | {"currency": ["EUR", "EUR", "USD"]}, shipments={"quantity": [1]})
    assert [(f.column, f.code) for f in error.value.failures] == [("currency", "mixed_currencies")]


def test_a_currency_beside_an_unnamed_one_is_mixed() -> None:
    with pytest.raises(ValidationError, match="cannot be summed"):
        cost_per_unit(COSTS | {"currency": ["EUR", "EUR", ""]}, shipments={"quantity": [1]})


def test_mixed_units_shipped_are_not_summed() -> None:
    with pytest.raises(ValidationError) as error:
        cost_per_unit(COSTS, shipments={"quantity": [1, 1], "unit": ["kg", "pallet"]})
    assert [(f.table, f.code) for f in error.value.failures] == [("shipments", "mixed_units")]


def test_the_unit_of_a_delivery_is_that_of_its_order_line() -> None:
    orders = {"order": ["A"], "quantity": [10], "unit": ["kg"]}
    came = {"order": ["A"], "quantity": [10], "delivered_at": ["2026-03-05"]}
    assert cost_per_unit(COSTS, came, order_lines=orders).unit == "EUR/kg"


# ---- non-conformity


@pytest.fixture
def events() -> dict[str, Any]:
    """A1 damaged in part; delivery d4 (C1, C2) undocumented; C1 wrong as a whole too."""
    return {
        "order": ["A", "", "C"],
        "line": [1, "", 1],
        "delivery": ["", "d4", ""],
        "cause": ["damaged", "undocumented", "wrong"],
        "quantity": [4, None, 30],
    }


@pytest.mark.parametrize(
    ("level", "numerator", "denominator", "causes"),
    [
        ("order", 2, 3, {"damaged": 1, "undocumented": 1, "wrong": 1}),
        ("line", 3, 7, {"undocumented": 2, "damaged": 1, "wrong": 1}),
        ("unit", 54, 135, {"undocumented": 50, "wrong": 30, "damaged": 4}),
    ],
)
def test_what_two_causes_hit_counts_once(
    deliveries: dict[str, Any],
    order_lines: dict[str, Any],
    events: dict[str, Any],
    level: Any,
    numerator: float,
    denominator: float,
    causes: dict[str, float],
) -> None:
    found = non_conformity_rate(deliveries, events, level=level)
    assert (found.numerator, found.denominator) == (numerator, denominator)
    assert found.breakdown == {cause: hit / denominator for cause, hit in causes.items()}
    assert next(iter(found.breakdown)) == max(causes, key=lambda cause: causes[cause])
    assert non_conformity_rate(deliveries, events, order_lines, level=level).value == found.value


def test_the_quantity_of_an_event_is_spread_over_what_it_names() -> None:
    came = {
        "order": ["A", "A", "B"],
        "delivery": ["d1", "d2", "d2"],
        "quantity": [10, 30, 100],
        "delivered_at": ["2026-03-31", "2026-04-01", "2026-04-01"],
    }
    found = non_conformity_rate(
        came, {"order": ["A"], "cause": ["damaged"], "quantity": [8]}, level="unit"
    )
    assert found.value == 8 / 140
    assert found.trend == (("2026-03", 2 / 10), ("2026-04", 6 / 130))


def test_nothing_delivered_is_unknown_and_not_perfect() -> None:
    found = non_conformity_rate(
        {"order": [], "quantity": []}, {"order": [], "cause": []}, level="unit"
    )
    assert math.isnan(found.value)
    assert found.note == "nothing was delivered"


def test_no_event_is_a_rate_of_zero(deliveries: dict[str, Any]) -> None:
    found = non_conformity_rate(deliveries, {"order": [], "cause": []}, level="line")
    assert (found.value, found.denominator) == (0.0, 7)


def test_events_found_after_as_of_are_not_known_yet(
    deliveries: dict[str, Any], events: dict[str, Any]
) -> None:
    dated = events | {"at": ["2026-03-11", "2026-04-08", "2026-04-09"]}
    found = non_conformity_rate(deliveries, dated, level="line", as_of="2026-04-08")
    assert found.breakdown == {"undocumented": 2 / 7, "damaged": 1 / 7, "wrong": 0.0}


def test_an_event_that_names_nothing_or_nobody_is_a_fault(deliveries: dict[str, Any]) -> None:
    wrong = {
        "order": ["", "Z", "A", ""],
        "line": ["", "", "9", "1"],
        "delivery": ["", "", "", "d1"],
        "cause": ["damaged"] * 4,
    }
    with pytest.raises(ValidationError) as error:
        non_conformity_rate(deliveries, wrong, level="unit")
    found = {(f.row, f.code) for f in error.value.failures}
    assert found == {(0, "missing"), (1, "unknown_id"), (2, "unknown_id"), (3, "missing")}


def test_more_hit_than_delivered_is_a_fault(deliveries: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as error:
        non_conformity_rate(
            deliveries,
            {"order": ["D", "A"], "cause": ["x", "x"], "quantity": [21, 31]},
            level="unit",
        )
    assert [(f.row, f.code) for f in error.value.failures] == [(1, "out_of_range")]


def test_an_event_on_what_is_still_on_its_way_waits(deliveries: dict[str, Any]) -> None:
    found = non_conformity_rate(deliveries, {"order": ["D"], "cause": ["x"]}, level="order")
    assert (found.numerator, found.denominator) == (0, 3)
