from __future__ import annotations

import math

import pytest

from flowopt import ValidationError
from flowopt.kpi import stock_level


def test_the_average_is_weighted_by_time_not_by_count() -> None:
    counts = {"at": ["2026-03-01", "2026-03-02", "2026-03-11"], "on_hand": [100, 10, 0]}
    found = stock_level(counts)
    assert found.numerator == 100 * 1 + 10 * 9
    assert found.denominator == 10
    assert found.value == 19.0  # and not (100 + 10 + 0) ÷ 3


def test_items_and_sites_add_up() -> None:
    counts = {
        "site": ["W1", "W1", "W2"],
        "commodity": ["tea", "jam", "tea"],
        "at": ["2026-03-01"] * 3,
        "on_hand": [10, 20, 40],
    }
    assert stock_level(counts, as_of="2026-03-07").value == 70.0


def test_each_item_holds_until_its_own_next_count() -> None:
    counts = {
        "commodity": ["tea", "jam", "tea"],
        "at": ["2026-03-01", "2026-03-01", "2026-03-03"],
        "on_hand": [10, 100, 50],
    }
    found = stock_level(counts, as_of="2026-03-04")  # tea 10·2 + 50·2, jam 100·4
    assert found.value == (20 + 100 + 400) / 4


def test_the_order_of_rows_does_not_matter() -> None:
    counts = {"at": ["2026-03-03", "2026-03-01", "2026-03-02"], "on_hand": [0, 30, 60]}
    assert stock_level(counts).value == 45.0


def test_an_item_counted_later_is_none_till_then_and_named_in_the_note() -> None:
    counts = {
        "commodity": ["tea", "jam"],
        "at": ["2026-03-01", "2026-03-02"],
        "on_hand": [10, 30],
    }
    found = stock_level(counts, as_of="2026-03-03")
    assert found.value == (10 * 3 + 30 * 2) / 3
    assert "1 of the items" in found.note


def test_counts_after_as_of_are_not_known_yet() -> None:
    counts = {"at": ["2026-03-01", "2026-03-05"], "on_hand": [10, 1000]}
    assert stock_level(counts, as_of="2026-03-04").value == 10.0


def test_one_count_is_the_stock_of_a_moment() -> None:
    found = stock_level({"at": ["2026-03-01"], "on_hand": [10]})
    assert found.value == 10.0
    assert "one moment" in found.note
    assert found.breakdown == {}


def test_no_count_is_unknown() -> None:
    found = stock_level({"at": [], "on_hand": []})
    assert math.isnan(found.value)
    assert found.note == "there is no count of stock"


def test_days_of_supply_and_turns_come_from_what_was_shipped() -> None:
    counts = {"at": ["2026-03-01"], "on_hand": [100], "unit_value": [3.0]}
    shipped = {"shipped_at": ["2026-03-02", "2026-03-04", "2026-02-01"], "quantity": [30, 20, 999]}
    found = stock_level(counts, shipments=shipped, as_of="2026-03-10")  # 50 in 10 days
    assert found.breakdown == {"days_of_supply": 20.0, "turns": 18.25, "value": 300.0}


def test_days_of_supply_without_use_are_unknown_not_infinite() -> None:
    counts = {"at": ["2026-03-01"], "on_hand": [100]}
    shipped = {"shipped_at": [], "quantity": []}
    found = stock_level(counts, shipments=shipped, as_of="2026-03-10")
    assert math.isnan(found.breakdown["days_of_supply"])
    assert found.breakdown["turns"] == 0.0
    assert "value" not in found.breakdown


def test_the_trend_cuts_spans_at_the_ends_of_months() -> None:
    counts = {"at": ["2026-03-30", "2026-04-03"], "on_hand": [10, 40]}
    found = stock_level(counts, as_of="2026-04-04")
    assert found.trend == (("2026-03", 10.0), ("2026-04", (10 * 2 + 40 * 2) / 4))


def test_months_begin_at_midnight_of_the_time_zone() -> None:
    counts = {"at": ["2026-03-31T00:00+02:00", "2026-04-01T00:00+02:00"], "on_hand": [10, 40]}
    paris = stock_level(counts, as_of="2026-04-01", timezone="Europe/Paris")
    assert paris.trend == (("2026-03", 10.0), ("2026-04", 40.0))


def test_a_day_is_an_hour_short_when_the_clock_goes_forward() -> None:
    counts = {"at": ["2026-03-29T00:00+01:00", "2026-03-30T00:00+02:00"], "on_hand": [24, 48]}
    paris = stock_level(counts, as_of="2026-03-30", timezone="Europe/Paris")
    assert paris.denominator == pytest.approx(47 / 24)
    assert paris.value == pytest.approx((24 * 23 + 48 * 24) / 47)


def test_mixed_units_of_measure_are_not_summed() -> None:
    counts = {
        "commodity": ["tea", "jam"],
        "at": ["2026-03-01"] * 2,
        "on_hand": [10, 30],
        "unit": ["kg", "jar"],
    }
    with pytest.raises(ValidationError) as error:
        stock_level(counts)
    assert [(f.table, f.code) for f in error.value.failures] == [("stock_snapshots", "mixed_units")]


def test_two_counts_of_an_item_at_one_moment_are_a_fault() -> None:
    with pytest.raises(ValidationError) as error:
        stock_level({"at": ["2026-03-01", "2026-03-01T00:00"], "on_hand": [1, 2]})
    assert [f.code for f in error.value.failures] == ["duplicate_id"]
