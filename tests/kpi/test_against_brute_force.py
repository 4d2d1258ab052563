"""The vectorised indicators against plain loops over the definition, on random records."""

from __future__ import annotations

import math
from collections import defaultdict
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowopt.kpi import delivery_lead_time, non_conformity_rate, service_rate, stock_level

AS_OF = 12
DAYS = st.integers(0, 15)


@st.composite
def operations(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Orders with up to three lines, each with up to three deliveries; days as seconds."""
    lines: list[dict[str, Any]] = []
    parts: list[dict[str, Any]] = []
    for order in range(draw(st.integers(1, 4))):
        for line in range(draw(st.integers(1, 3))):
            ordered_at = draw(st.integers(0, 8))
            lines.append(
                {
                    "order": order,
                    "line": line,
                    "quantity": draw(st.integers(0, 6)),
                    "ordered_at": ordered_at,
                    "requested_at": draw(st.one_of(st.none(), DAYS)),
                    "cancelled": draw(st.booleans()) and draw(st.booleans()),
                }
            )
            for _ in range(draw(st.integers(0, 3))):
                quantity = draw(st.integers(1, 4))
                parts.append(
                    {
                        "order": order,
                        "line": line,
                        "quantity": quantity,
                        "delivered_at": draw(st.one_of(st.none(), st.integers(ordered_at, 15))),
                        "returned": draw(st.integers(0, quantity)),
                    }
                )
    return _columns(lines), _columns(parts)


def _columns(rows: list[dict[str, Any]]) -> dict[str, Any]:
    names = ("order", "line", "quantity", "ordered_at", "requested_at", "cancelled")
    if not rows or "returned" in rows[0]:
        names = ("order", "line", "quantity", "delivered_at", "returned")
    return {name: [_cell(name, row[name]) for row in rows] for name in names}


def _cell(name: str, value: Any) -> Any:
    return value * 86400 if name.endswith("_at") and value is not None else value


def rows_of(table: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            name: cells[row] // 86400
            if name.endswith("_at") and cells[row] is not None
            else cells[row]
            for name, cells in table.items()
        }
        for row in range(len(table["order"]))
    ]


def service_by_loops(
    lines: list[dict[str, Any]], parts: list[dict[str, Any]], early: int, late: int
) -> dict[str, tuple[int, int]]:
    good_orders: dict[int, list[str]] = defaultdict(list)
    line_sum, unit_sum = [0, 0], [0, 0]
    for line in lines:
        skip = line["cancelled"] or line["quantity"] == 0 or line["requested_at"] is None
        if skip or line["ordered_at"] > AS_OF:
            continue
        due, total, on_time = line["requested_at"], 0, 0
        for part in parts:
            same = (part["order"], part["line"]) == (line["order"], line["line"])
            if same and part["delivered_at"] is not None and part["delivered_at"] <= AS_OF:
                total += part["quantity"] - part["returned"]
                if due - early <= part["delivered_at"] <= due + late:
                    on_time += part["quantity"] - part["returned"]
        if total < line["quantity"] and due + late >= AS_OF:
            good_orders[line["order"]].append("open")
            continue
        good = on_time >= line["quantity"]
        good_orders[line["order"]].append("good" if good else "bad")
        line_sum = [line_sum[0] + good, line_sum[1] + 1]
        unit_sum[0] += min(on_time, line["quantity"])
        unit_sum[1] += line["quantity"]
    counted = [s for s in good_orders.values() if "bad" in s or "open" not in s]
    return {
        "order": (sum("bad" not in states for states in counted), len(counted)),
        "line": (line_sum[0], line_sum[1]),
        "unit": (unit_sum[0], unit_sum[1]),
    }


@settings(max_examples=60, deadline=None)
@given(operations(), st.integers(0, 3), st.integers(0, 3))
def test_the_service_rate_is_that_of_plain_loops(
    records: tuple[dict[str, Any], dict[str, Any]], early: int, late: int
) -> None:
    orders, came = records
    expected = service_by_loops(rows_of(orders), rows_of(came), early, late)
    for level, (numerator, denominator) in expected.items():
        found = service_rate(
            orders,
            came,
            level=level,  # type: ignore[arg-type]
            date="requested",
            window=(early, late),
            as_of=AS_OF * 86400,
        )
        assert (found.numerator, found.denominator) == (numerator, denominator), level


@settings(max_examples=40, deadline=None)
@given(operations(), st.sampled_from(["order", "line", "unit"]))
def test_a_wider_window_never_lowers_the_rate_and_otif_is_the_strictest(
    records: tuple[dict[str, Any], dict[str, Any]], level: Any
) -> None:
    orders, came = records
    narrow, wide = (
        service_rate(
            orders,
            came,
            level=level,
            date="requested",
            window=window,
            as_of=40 * 86400,  # all is settled, so both count the same
        )
        for window in ((0, 0), (2, 1))
    )
    assert narrow.denominator == wide.denominator
    if wide.known:
        assert narrow.value <= wide.value
        assert wide.breakdown["otif"] <= min(wide.breakdown["on_time"], wide.breakdown["in_full"])


@settings(max_examples=40, deadline=None)
@given(operations())
def test_the_lead_time_is_that_of_plain_loops(
    records: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    orders, came = records
    days = defaultdict(list)
    for line in rows_of(orders):
        if line["cancelled"] or line["quantity"] == 0:
            continue
        open_, done = line["quantity"], None
        parts = [
            part
            for part in rows_of(came)
            if (part["order"], part["line"]) == (line["order"], line["line"])
            and part["delivered_at"] is not None
            and part["delivered_at"] <= AS_OF
        ]
        for part in sorted(parts, key=lambda part: part["delivered_at"]):
            open_ -= part["quantity"]
            done = part["delivered_at"] if done is None and open_ <= 0 else done
        days[line["order"]].append((line["ordered_at"], done))
    complete = [spans for spans in days.values() if all(done is not None for _, done in spans)]
    total = sum(max(d for _, d in spans) - min(o for o, _ in spans) for spans in complete)
    found = delivery_lead_time(orders, came, as_of=AS_OF * 86400)
    assert (found.numerator, found.denominator) == (total, len(complete))


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from("ab"), DAYS), st.integers(0, 9), min_size=2, max_size=12
    )
)
def test_the_average_stock_is_that_of_plain_loops(counts: dict[tuple[str, int], int]) -> None:
    first, last = min(day for _, day in counts), max(day for _, day in counts)
    total = 0
    for day in range(first, last):
        for item in "ab":
            known = [when for name, when in counts if name == item and when <= day]
            total += counts[item, max(known)] if known else 0
    found = stock_level(
        {
            "commodity": [item for item, _ in counts],
            "at": [day * 86400 for _, day in counts],
            "on_hand": list(counts.values()),
        }
    )
    if last > first:
        assert found.value == pytest.approx(float(Fraction(total, last - first)))
    else:
        assert found.value == sum(counts.values())


@settings(max_examples=40, deadline=None)
@given(operations(), st.data())
def test_no_rate_of_non_conformity_leaves_0_to_1(
    records: tuple[dict[str, Any], dict[str, Any]], data: st.DataObject
) -> None:
    came = records[1]
    orders = sorted(set(came["order"]))
    hit = data.draw(st.lists(st.sampled_from(orders), max_size=5)) if orders else []
    events = {"order": hit, "cause": ["damaged", "wrong", "late"][: len(hit)] * 2}
    events["cause"] = events["cause"][: len(hit)]
    for level in ("order", "line", "unit"):
        found = non_conformity_rate(came, events, level=level)  # type: ignore[arg-type]
        assert math.isnan(found.value) or 0 <= found.value <= 1
        shares = list(found.breakdown.values())
        if found.known and shares:
            assert max(shares) <= found.value + 1e-12 <= sum(shares) + 2e-12
