from __future__ import annotations

import datetime as dt
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowopt.core.ids import distinct, key_codes, key_positions, positions
from flowopt.core.times import parse_time

# ---- ids


@pytest.mark.parametrize(
    ("wanted", "among", "expected"),
    [
        (["b", "x", "a"], ["a", "b"], [1, -1, 0]),
        ([1, 2], ["2", "1"], [1, 0]),
        (["1"], [1], [0]),
        (["a"], ["a", "a"], [0]),
        ([], ["a"], []),
        (["a"], [], [-1]),
        (["a", "long name"], ["long name", "a"], [1, 0]),
    ],
)
def test_ids_are_found_at_their_first_place(
    wanted: list[Any], among: list[Any], expected: list[int]
) -> None:
    assert positions(wanted, among).tolist() == expected


names = st.lists(st.sampled_from(["a", "b", "ab", "1", "01"]), max_size=8)


@settings(max_examples=50, deadline=None)
@given(names, names)
def test_positions_are_those_of_a_dictionary(wanted: list[str], among: list[str]) -> None:
    place = {name: among.index(name) for name in among}
    assert positions(wanted, among).tolist() == [place.get(name, -1) for name in wanted]


pairs = st.lists(st.tuples(st.sampled_from("ab"), st.integers(-2, 2)), max_size=8)


@settings(max_examples=50, deadline=None)
@given(pairs, pairs)
def test_positions_of_keys_are_those_of_a_dictionary(
    wanted: list[tuple[str, int]], among: list[tuple[str, int]]
) -> None:
    found = key_positions(_columns(wanted), _columns(among))
    assert found.tolist() == [among.index(key) if key in among else -1 for key in wanted]


@settings(max_examples=50, deadline=None)
@given(pairs)
def test_codes_number_keys_in_the_order_in_which_they_come(keys: list[tuple[str, int]]) -> None:
    order = list(dict.fromkeys(keys))
    assert key_codes(*_columns(keys)).tolist() == [order.index(key) for key in keys]


def _columns(keys: list[tuple[str, int]]) -> list[Any]:
    return [
        np.array([text for text, _ in keys], dtype=np.str_),
        np.array([number for _, number in keys], dtype=np.int64),
    ]


def test_values_of_different_types_are_distinct() -> None:
    cells = np.array([1, 1.0, "1", True, None, 1], dtype=object)
    codes, values = distinct(cells)
    assert codes.tolist() == [0, 1, 2, 3, 4, 0]
    assert [type(value) for value in values] == [int, float, str, bool, type(None)]


def test_what_cannot_be_a_key_is_taken_for_itself() -> None:
    cells = np.empty(2, dtype=object)
    cells[:] = [[1], [1]]
    assert distinct(cells)[0].tolist() == [0, 1]


# ---- times


@pytest.mark.parametrize(
    ("value", "seconds", "clock"),
    [
        (90, 90.0, "seconds"),
        ("90", 90.0, "seconds"),
        (np.float32(1.5), 1.5, "seconds"),
        ("08:30", 30600.0, "seconds"),
        (" 24:00 ", 86400.0, "seconds"),
        ("00:00:01.5", 1.5, "seconds"),
        ("-00:30", -1800.0, "seconds"),
        (dt.timedelta(hours=1), 3600.0, "seconds"),
        (dt.time(0, 0, 1, 500_000), 1.5, "seconds"),
        (np.timedelta64(2, "m"), 120.0, "seconds"),
        ("20260301", 20260301.0, "seconds"),  # a number, not a date
        ("1970-01-01", 0.0, "naive"),
        ("1970-01-01T00:00:30", 30.0, "naive"),
        (dt.date(1970, 1, 2), 86400.0, "naive"),
        (dt.datetime(1970, 1, 1, 1), 3600.0, "naive"),
        (np.datetime64("1970-01-01T00:00:00.25"), 0.25, "naive"),
        ("1970-01-01T00:00Z", 0.0, "aware"),
        ("1970-01-01 02:00:00+02:00", 0.0, "aware"),
        (dt.datetime(1970, 1, 1, tzinfo=dt.UTC), 0.0, "aware"),
    ],
)
def test_a_time_is_read_with_its_clock(value: Any, seconds: float, clock: str) -> None:
    assert parse_time(value) == (seconds, clock)


@pytest.mark.parametrize(
    "value",
    ["noon", "", "25:61", "2026-02-30", "2026-03-01T25:00", None, True, [1], "2026-03-01Tnoon"],
)
def test_what_is_no_time_raises(value: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        parse_time(value)


def test_a_number_that_is_none_is_left_to_the_caller() -> None:
    assert math.isnan(parse_time("nan")[0])


@settings(max_examples=50, deadline=None)
@given(st.datetimes(min_value=dt.datetime(1900, 1, 1), max_value=dt.datetime(2200, 1, 1)))
def test_a_datetime_and_its_text_are_one_time(moment: dt.datetime) -> None:
    assert parse_time(moment) == parse_time(moment.isoformat())
    seconds, _ = parse_time(moment)
    assert dt.datetime(1970, 1, 1) + dt.timedelta(seconds=seconds) == pytest.approx(
        moment, abs=dt.timedelta(microseconds=2)
    )
