"""All five at once, what the records may not be, and other frame libraries."""

from __future__ import annotations

import copy
import datetime as dt
import json
import math
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from flowopt import ValidationError
from flowopt.core.columns import to_markdown
from flowopt.kpi import KEYS, from_records
from flowopt.kpi.spec import TABLES

RULE: dict[str, Any] = {"level": "line", "date": "requested", "window": (1, 0)}


@pytest.fixture
def records(order_lines: dict[str, Any], deliveries: dict[str, Any]) -> dict[str, Any]:
    return {
        "order_lines": order_lines,
        "deliveries": deliveries,
        "quality_events": {"order": ["A"], "line": [1], "cause": ["damaged"], "quantity": [1]},
        "stock_snapshots": {"at": ["2026-03-01", "2026-04-01"], "on_hand": [300, 200]},
        "costs": {"at": ["2026-03-31", "2026-04-30"], "amount": [500.0, 310.0]},
    }


def faults(records: dict[str, Any], **changes: Any) -> list[tuple[str, str | None, str]]:
    with pytest.raises(ValidationError) as error:
        from_records(**records, **(RULE | {"as_of": "2026-04-30"} | changes))
    return [(f.table, f.column, f.code) for f in error.value.failures]


def test_all_five_come_from_complete_records(records: dict[str, Any]) -> None:
    found = from_records(**records, **RULE, as_of="2026-04-30")
    assert tuple(found) == KEYS
    assert found.summary() == pytest.approx(
        {
            "service_rate": 4 / 8,
            "stock_level": (300 * 31 + 200 * 30) / 61,
            "delivery_lead_time": 8.0,
            "cost_per_unit": 810 / 135,
            "non_conformity_rate": 1 / 7,
        }
    )
    assert all(indicator.known and indicator.trend for indicator in found.values())
    assert {indicator.source for indicator in found.values()} == {"records"}


def test_without_tables_all_are_unknown_and_say_what_they_need() -> None:
    found = from_records(**RULE)
    assert all(math.isnan(value) for value in found.summary().values())
    assert [indicator.note for indicator in found.values()] == [
        "needs the tables order_lines and deliveries",
        "needs the table stock_snapshots",
        "needs the tables order_lines and deliveries",
        "needs the table costs",
        "needs the tables deliveries and quality_events",
    ]


def test_targets_are_judged_by_the_sense_of_each_indicator(records: dict[str, Any]) -> None:
    targets = {"service_rate": 0.95, "delivery_lead_time": 10, "cost_per_unit": 5}
    found = from_records(**records, **RULE, as_of="2026-04-30", targets=targets)
    assert {key: found[key].on_target for key in KEYS} == {
        "service_rate": False,
        "stock_level": None,
        "delivery_lead_time": True,
        "cost_per_unit": False,
        "non_conformity_rate": None,
    }


def test_targets_of_unknown_indicators_are_faults(records: dict[str, Any]) -> None:
    found = faults(records, targets={"speed": 1, "service_rate": math.nan, "stock_level": "low"})
    assert [column for _, column, _ in found] == ["speed", "service_rate", "stock_level"]


# ---- any frame in, the same out


@pytest.mark.parametrize(
    ("make", "kind"),
    [(pd.DataFrame, pd.DataFrame), (pl.DataFrame, pl.DataFrame), (pa.table, pa.Table)],
)
def test_every_frame_library_gives_the_same_figures(
    records: dict[str, Any], make: Any, kind: type
) -> None:
    expected = from_records(**records, **RULE, as_of="2026-04-30")
    frames = {name: make(table) for name, table in records.items()}
    found = from_records(**frames, **RULE, as_of="2026-04-30")
    assert found.to_dict() == expected.to_dict()
    assert isinstance(found.to_frame(), kind)
    assert isinstance(expected.to_frame(), pd.DataFrame)


@pytest.mark.parametrize("library", ["pandas", "polars"])
@pytest.mark.parametrize("zone", [None, "Europe/Paris"])
def test_columns_of_datetimes_read_as_their_texts(library: str, zone: str | None) -> None:
    tz = None if zone is None else ZoneInfo(zone)
    ordered = [dt.datetime(2026, 3, 2, 9, tzinfo=tz), dt.datetime(2026, 3, 28, 9, tzinfo=tz)]
    arrived = [dt.datetime(2026, 3, 4, 9, tzinfo=tz), None]
    make = {"pandas": pd.DataFrame, "polars": pl.DataFrame}[library]

    def lead_time(wrap: Any, text: Any) -> float:
        lines = {
            "order": ["A", "B"],
            "quantity": [1.0, 1.0],
            "ordered_at": [text(moment) for moment in ordered],
            "requested_at": [text(moment) for moment in ordered],
        }
        came = {
            "order": ["A", "B"],
            "quantity": [1.0, 1.0],
            "delivered_at": [None if moment is None else text(moment) for moment in arrived],
        }
        found = from_records(wrap(lines), wrap(came), **RULE, as_of="2026-03-31", timezone=zone)
        assert found["service_rate"].denominator == 2
        return found["delivery_lead_time"].value

    assert lead_time(make, lambda moment: moment) == 2.0
    assert lead_time(dict, lambda moment: moment.isoformat()) == 2.0


def test_the_records_of_the_caller_are_not_changed(records: dict[str, Any]) -> None:
    frames = {name: pd.DataFrame(table) for name, table in records.items()}
    before = copy.deepcopy(frames)
    from_records(**frames, **RULE, as_of="2026-04-30")
    for name, frame in frames.items():
        pd.testing.assert_frame_equal(frame, before[name])


# ---- what cannot be


def test_dates_with_and_without_time_zone_in_one_column_are_a_fault(
    records: dict[str, Any],
) -> None:
    records["deliveries"]["delivered_at"][2] = "2026-03-08T10:00+01:00"
    with pytest.raises(ValidationError) as error:
        from_records(**records, **RULE, as_of="2026-04-30")
    fault = error.value.failures[0]
    assert (fault.code, fault.row) == ("mixed_time_zones", 2)


def test_dates_with_and_without_time_zone_in_two_tables_are_a_fault(
    records: dict[str, Any],
) -> None:
    records["costs"]["at"] = ["2026-03-31T00:00Z", "2026-04-30T00:00Z"]
    assert faults(records) == [("costs", "at", "mixed_time_zones")]


def test_as_of_is_on_the_clock_of_the_tables(records: dict[str, Any]) -> None:
    assert faults(records, as_of="2026-04-30T12:00Z") == [("kpi", "as_of", "mixed_time_zones")]
    assert faults(records, as_of=17) == [("kpi", "as_of", "mixed_time_zones")]
    from_records(**records, **RULE, as_of=dt.datetime(2026, 4, 30, 12))
    from_records(**records, **RULE, as_of=dt.date(2026, 4, 30))


@pytest.mark.parametrize("as_of", ["2026-02-30", "end of April", math.nan, object()])
def test_an_as_of_that_is_no_time_is_a_fault(records: dict[str, Any], as_of: Any) -> None:
    assert [column for _, column, _ in faults(records, as_of=as_of)] == ["as_of"]


def test_deliveries_of_unknown_lines_are_faults(records: dict[str, Any]) -> None:
    records["deliveries"]["order"][0] = "Z"
    records["deliveries"]["line"][1] = 9
    assert faults(records) == [("deliveries", "order+line", "unknown_id")] * 2


def test_a_delivery_of_an_order_with_several_lines_must_name_one(
    records: dict[str, Any],
) -> None:
    records["deliveries"]["line"] = [None, *records["deliveries"]["line"][1:-1], None]
    with pytest.raises(ValidationError) as error:
        from_records(**records, **RULE, as_of="2026-04-30")
    assert [(f.row, f.value, f.code) for f in error.value.failures] == [(0, "A", "ambiguous")]


def test_more_sent_back_than_delivered_is_a_fault(records: dict[str, Any]) -> None:
    records["deliveries"]["returned"] = [0, 0, 11, 0, 0, 0, 0, 0, 0]
    assert faults(records) == [("deliveries", "returned", "out_of_range")]


def test_a_delivery_in_another_unit_than_its_line_is_a_fault(records: dict[str, Any]) -> None:
    records["order_lines"]["unit"] = ["kg"] * 8
    records["deliveries"]["unit"] = ["", "kg", "pallet"] + [""] * 6
    assert faults(records) == [("deliveries", "unit", "mixed_units")]


def test_the_same_line_twice_is_a_fault(records: dict[str, Any]) -> None:
    records["order_lines"]["line"][1] = 1
    codes = [code for _, _, code in faults(records)]
    assert codes == ["duplicate_id", "unknown_id"]


def test_faults_of_all_tables_come_in_one_error(records: dict[str, Any]) -> None:
    records["order_lines"]["quantity"][0] = -5
    records["order_lines"]["requested_at"][1] = "tomorrow"
    records["deliveries"]["quantity"][0] = math.nan
    records["deliveries"]["delivered_at"][1] = 1e300
    records["stock_snapshots"]["on_hand"][0] = math.inf
    records["costs"]["amount"][0] = "much"
    del records["quality_events"]["cause"]
    found = faults(records, level="galaxy")
    assert set(found) == {
        ("kpi", "level", "unknown_choice"),
        ("order_lines", "quantity", "negative"),
        ("order_lines", "requested_at", "wrong_type"),
        ("deliveries", "quantity", "nan"),
        ("deliveries", "delivered_at", "out_of_range"),
        ("stock_snapshots", "on_hand", "inf"),
        ("costs", "amount", "wrong_type"),
        ("quality_events", "cause", "missing_column"),
    } | ({("deliveries", "delivered_at", "mixed_time_zones")} & set(found))


def test_mixed_units_are_listed_once_though_two_indicators_meet_them(
    records: dict[str, Any],
) -> None:
    records["order_lines"]["unit"] = ["kg"] * 7 + ["pallet"]
    records["deliveries"]["delivered_at"][-1] = "2026-04-20"
    found = faults(records, level="unit")
    assert sorted(found) == [
        ("deliveries", "unit", "mixed_units"),
        ("order_lines", "unit", "mixed_units"),
    ]


# ---- the result


def test_the_result_is_ready_for_json(records: dict[str, Any]) -> None:
    del records["costs"]
    found = json.loads(json.dumps(from_records(**records, **RULE, as_of="2026-04-30").to_dict()))
    assert found["cost_per_unit"]["value"] is None
    assert found["cost_per_unit"]["note"] == "needs the table costs"
    assert found["service_rate"]["value"] == 0.5
    assert found["service_rate"]["basis"]["window"] == [1.0, 0.0]
    assert found["service_rate"]["trend"][0] == ["2026-03", 0.4]


def test_the_result_is_a_table_of_five_rows(records: dict[str, Any]) -> None:
    frame = from_records(**records, **RULE, as_of="2026-04-30").to_frame()
    assert frame["key"].tolist() == list(KEYS)
    assert frame["value"].tolist()[2] == 8.0
    assert "level line, date requested" in frame["basis"][0]


def test_an_indicator_that_there_is_not_is_named(records: dict[str, Any]) -> None:
    found = from_records(**RULE)
    with pytest.raises(KeyError, match="service_rate"):
        found["speed"]
    assert "speed" not in found
    assert "service_rate=nan" in repr(found)
    assert "needs the table costs" in found._repr_html_()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_documentation_lists_every_column(table: Any) -> None:
    text = to_markdown(table)
    assert all(f"`{name}`" in text for name in table.names)
