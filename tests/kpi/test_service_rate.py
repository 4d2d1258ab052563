from __future__ import annotations

import math
from typing import Any

import pytest

from flowopt import ValidationError
from flowopt.kpi import Indicator, service_rate

ANY_EARLY = (math.inf, 0)


@pytest.fixture
def rate(order_lines: dict[str, Any], deliveries: dict[str, Any]) -> Any:
    def of(**changes: Any) -> Indicator:
        arguments: dict[str, Any] = {
            "level": "line",
            "date": "requested",
            "window": ANY_EARLY,
            "as_of": "2026-04-30",
        }
        return service_rate(order_lines, deliveries, **(arguments | changes))

    return of


# ---- level, date and window: the same records, other rates


@pytest.mark.parametrize(
    ("level", "numerator", "denominator"),
    [
        ("order", 2, 4),  # A and C; B is late, D on its way and past due
        ("line", 5, 8),  # A1 A2 A3 C1 C2
        ("unit", 90, 160),  # those lines' 80 units, and 10 of B2
    ],
)
def test_the_level_changes_the_rate(
    rate: Any, level: str, numerator: float, denominator: float
) -> None:
    found = rate(level=level)
    assert (found.numerator, found.denominator) == (numerator, denominator)
    assert found.value == numerator / denominator


def test_the_date_changes_the_rate(rate: Any) -> None:
    assert rate(date="requested").value == 5 / 8
    assert rate(date="promised").value == 6 / 8  # B1 came as promised
    assert rate(date="promised", level="unit").value == 130 / 160


def test_the_window_changes_the_rate(rate: Any) -> None:
    assert rate(window=(0, 0)).value == 4 / 8  # A3 was two days early
    assert rate(window=(1, 0)).value == 4 / 8
    assert rate(window=(2, 0)).value == 5 / 8
    assert rate(window=(2, 1)).value == 6 / 8
    assert rate(window=(2, 1), level="unit").value == 130 / 160
    assert rate(window=(2, 5), level="unit").value == 135 / 160  # the rest of B2 that came


def test_level_date_and_window_stand_in_the_result(rate: Any) -> None:
    found = rate(level="order", date="promised", window=(1, 2))
    assert found.basis == {
        "measure": "otif",
        "level": "order",
        "date": "promised",
        "window": (1.0, 2.0),
        "timing": "day",
        "as_of": "2026-04-30",
    }
    assert found.source == "records"
    assert found.unit == "1"


@pytest.mark.parametrize("missing", ["level", "date", "window"])
def test_level_date_and_window_have_no_default(missing: str) -> None:
    arguments = {"level": "line", "date": "requested", "window": (0, 0)}
    del arguments[missing]
    with pytest.raises(TypeError, match=missing):
        service_rate(None, None, **arguments)  # type: ignore[arg-type]


# ---- measures


def test_the_other_measures_stand_in_the_breakdown(rate: Any) -> None:
    found = rate(window=(0, 0))
    assert found.breakdown == {
        "otif": 4 / 8,
        "on_time": 4 / 8,  # A1 A2 C1 C2; what came of B2 came in part on time, in part late
        "in_full": 6 / 8,  # all but B2 and D1
    }


def test_a_short_line_that_came_in_time_is_on_time_and_not_in_full() -> None:
    orders = {"order": ["A"], "quantity": [10], "requested_at": ["2026-03-05"]}
    came = {"order": ["A"], "quantity": [8], "delivered_at": ["2026-03-05"]}
    found = service_rate(
        orders, came, level="line", date="requested", window=(0, 0), as_of="2026-03-31"
    )
    assert found.breakdown == {"otif": 0.0, "on_time": 1.0, "in_full": 0.0}


def test_a_perfect_order_has_no_quality_event(
    rate: Any, order_lines: dict[str, Any], deliveries: dict[str, Any]
) -> None:
    events = {"order": ["C"], "line": [2], "cause": ["damaged"], "quantity": [1]}
    arguments = {"date": "requested", "window": ANY_EARLY, "as_of": "2026-04-30"}
    for level, expected in (("order", 1 / 4), ("line", 4 / 8), ("unit", 89 / 160)):
        found = service_rate(
            order_lines, deliveries, events, level=level, measure="perfect_order", **arguments
        )
        assert found.value == expected
        assert found.breakdown["otif"] > expected


def test_a_perfect_order_without_quality_events_is_unknown(rate: Any) -> None:
    found = rate(measure="perfect_order")
    assert not found.known
    assert "quality_events" in found.note


# ---- what counts


def test_no_demand_is_unknown_and_not_perfect() -> None:
    found = service_rate(
        {"order": [], "quantity": []},
        {"order": [], "quantity": []},
        level="unit",
        date="promised",
        window=(0, 0),
    )
    assert math.isnan(found.value)
    assert found.denominator == 0
    assert found.note == "no order line was due"


def test_an_open_line_counts_late_once_it_is_past_due(rate: Any) -> None:
    assert rate(as_of="2026-04-06").denominator == 5  # A and B; C is still to come
    found = rate(as_of="2026-04-06")
    assert found.value == 3 / 5
    assert found.note == "lines not yet due: 3"
    assert rate(as_of="2026-04-07").denominator == 8  # the end of that day, so D1 is late
    assert rate(as_of="2026-04-07").value == 5 / 8
    assert rate(as_of="2026-04-07", window=(math.inf, 1)).denominator == 7  # D1 may still come


def test_what_came_after_as_of_is_not_known_yet(rate: Any) -> None:
    assert rate(as_of="2026-03-10", level="unit").numerator == 30
    found = rate(as_of="2026-03-09", level="unit")
    assert (found.numerator, found.denominator) == (10, 10)  # A3 alone, delivered early


def test_open_lines_without_as_of_are_a_fault(rate: Any) -> None:
    with pytest.raises(ValidationError) as error:
        rate(as_of=None)
    assert [(f.column, f.code) for f in error.value.failures] == [("as_of", "missing")]


def test_complete_records_need_no_as_of() -> None:
    orders = {"order": ["A"], "quantity": [10], "requested_at": ["2026-03-05"]}
    came = {"order": ["A"], "quantity": [10], "delivered_at": ["2026-03-06"]}
    found = service_rate(orders, came, level="order", date="requested", window=(0, 0))
    assert found.value == 0.0
    assert "as_of" not in found.basis


def test_cancelled_lines_do_not_count(
    order_lines: dict[str, Any], deliveries: dict[str, Any]
) -> None:
    orders = order_lines | {"cancelled": [False] * 3 + [True, True] + [False] * 2 + [True]}
    found = service_rate(
        orders, deliveries, level="order", date="requested", window=ANY_EARLY, as_of="2026-04-30"
    )
    assert (found.numerator, found.denominator) == (2, 2)
    assert found.note == "lines cancelled: 3"


def test_a_split_line_is_served_when_its_parts_add_up_in_time() -> None:
    orders = {"order": ["A"], "quantity": [0.3], "requested_at": ["2026-03-05"]}
    came = {"order": ["A"] * 3, "quantity": [0.1] * 3, "delivered_at": ["2026-03-05"] * 3}
    found = service_rate(orders, came, level="line", date="requested", window=(0, 0))
    assert found.value == 1.0  # though 0.1 + 0.1 + 0.1 is not 0.3 in floats


def test_a_late_part_makes_the_line_late_and_leaves_the_units_of_the_other(rate: Any) -> None:
    orders = {"order": ["A"], "quantity": [10], "requested_at": ["2026-03-05"]}
    came = {"order": ["A", "A"], "quantity": [6, 4], "delivered_at": ["2026-03-05", "2026-03-06"]}
    arguments: dict[str, Any] = {"date": "requested", "window": (0, 0)}
    assert service_rate(orders, came, level="line", **arguments).value == 0.0
    assert service_rate(orders, came, level="unit", **arguments).value == 0.6


def test_one_delivery_may_carry_several_orders(
    order_lines: dict[str, Any], deliveries: dict[str, Any]
) -> None:
    together = deliveries | {"delivery": ["truck"] * 9}
    arguments: dict[str, Any] = {"date": "requested", "window": (0, 0), "as_of": "2026-04-30"}
    for level in ("order", "line", "unit"):
        apart = service_rate(order_lines, deliveries, level=level, **arguments)
        assert service_rate(order_lines, together, level=level, **arguments).value == apart.value


def test_more_than_ordered_does_not_make_up_for_less_elsewhere() -> None:
    orders = {"order": ["A", "B"], "quantity": [10, 10], "requested_at": ["2026-03-05"] * 2}
    came = {"order": ["A", "B"], "quantity": [15, 5], "delivered_at": ["2026-03-05"] * 2}
    found = service_rate(
        orders, came, level="unit", date="requested", window=(0, 0), as_of="2026-03-31"
    )
    assert (found.numerator, found.denominator) == (15, 20)


def test_what_was_sent_back_was_not_served() -> None:
    orders = {"order": ["A"], "quantity": [10], "requested_at": ["2026-03-05"]}
    came = {
        "order": ["A"],
        "quantity": [10],
        "delivered_at": ["2026-03-05"],
        "returned": [4],
    }
    arguments: dict[str, Any] = {"date": "requested", "window": (0, 0), "as_of": "2026-03-31"}
    assert service_rate(orders, came, level="line", **arguments).value == 0.0
    assert service_rate(orders, came, level="unit", **arguments).value == 0.6


def test_lines_without_the_date_stay_out_and_are_counted_in_the_note() -> None:
    orders = {
        "order": ["A", "B"],
        "quantity": [10, 10],
        "requested_at": ["2026-03-05", "2026-03-05"],
        "promised_at": ["2026-03-05", None],
    }
    came = {"order": ["A", "B"], "quantity": [10, 10], "delivered_at": ["2026-03-05"] * 2}
    found = service_rate(orders, came, level="line", date="promised", window=(0, 0))
    assert found.denominator == 1
    assert found.note == "lines without a promised date: 1"


# ---- days, moments and zones


def test_a_day_counts_whole_and_a_moment_exactly() -> None:
    orders = {"order": ["A"], "quantity": [1], "requested_at": ["2026-03-05 12:00"]}
    came = {"order": ["A"], "quantity": [1], "delivered_at": ["2026-03-05 15:00"]}
    arguments: dict[str, Any] = {"level": "line", "date": "requested"}
    assert service_rate(orders, came, window=(0, 0), **arguments).value == 1.0
    exact = service_rate(orders, came, window=(0, 0), timing="moment", **arguments)
    assert exact.value == 0.0
    three_hours = service_rate(orders, came, window=(0, 0.125), timing="moment", **arguments)
    assert three_hours.value == 1.0


def test_the_day_is_that_of_the_time_zone() -> None:
    orders = {"order": ["A"], "quantity": [1], "requested_at": ["2026-03-05T08:00+01:00"]}
    came = {"order": ["A"], "quantity": [1], "delivered_at": ["2026-03-05T23:30Z"]}
    arguments: dict[str, Any] = {"level": "line", "date": "requested", "window": (0, 0)}
    assert service_rate(orders, came, **arguments).value == 1.0  # the 5th in UTC
    in_paris = service_rate(orders, came, timezone="Europe/Paris", **arguments)
    assert in_paris.value == 0.0  # the 6th, half past midnight
    assert in_paris.basis["timezone"] == "Europe/Paris"


# ---- trend


def test_the_trend_goes_by_due_date(rate: Any) -> None:
    assert rate().trend == (("2026-03", 3 / 5), ("2026-04", 2 / 3))
    assert rate(level="unit").trend == (("2026-03", 40 / 90), ("2026-04", 50 / 70))


def test_a_period_without_orders_is_unknown_and_not_left_out(rate: Any) -> None:
    trend = rate(level="order", period="week").trend
    assert [label for label, _ in trend] == [f"2026-W{week}" for week in range(11, 16)]
    assert trend[0][1] == trend[-1][1] == 1 / 2
    assert all(math.isnan(value) for _, value in trend[1:-1])


# ---- units of measure


def test_units_of_measure_are_summed_only_when_they_are_one(
    order_lines: dict[str, Any], deliveries: dict[str, Any]
) -> None:
    orders = order_lines | {"unit": ["kg"] * 7 + ["pallet"]}
    arguments: dict[str, Any] = {"date": "requested", "window": (0, 0), "as_of": "2026-04-30"}
    assert service_rate(orders, deliveries, level="line", **arguments).known
    with pytest.raises(ValidationError) as error:
        service_rate(orders, deliveries, level="unit", **arguments)
    assert [f.code for f in error.value.failures] == ["mixed_units"]


# ---- bad arguments


def test_bad_arguments_are_listed_together() -> None:
    with pytest.raises(ValidationError) as error:
        service_rate(
            {"order": ["A"], "quantity": [1]},
            {"order": ["A"], "quantity": [1]},
            level="pallet",  # type: ignore[arg-type]
            date="wished",  # type: ignore[arg-type]
            window=(0, -1),
            measure="nice",  # type: ignore[arg-type]
            timing="year",  # type: ignore[arg-type]
            timezone="Mars/Olympus",
            period="decade",  # type: ignore[arg-type]
            as_of="soon",
        )
    assert {f.column for f in error.value.failures} == {
        "level",
        "date",
        "window",
        "measure",
        "timing",
        "timezone",
        "period",
        "as_of",
    }
