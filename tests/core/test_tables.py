"""Frames of any library in, all faults at once, the same library out."""

from __future__ import annotations

import copy
import datetime as dt
import decimal
import math
import warnings
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowopt.core import Failures, FlowoptWarning
from flowopt.core.columns import REQUIRED, Column, Table, to_markdown
from flowopt.core.tables import Columns, make_frame, read_table

SPEC = Table(
    "things",
    "Things to test with.",
    (
        Column("id", "id", "name of the thing"),
        Column("site", "ref", "where it is", default="", refers_to="sites"),
        Column("weight", "float", "how heavy", "kg", 1.0, lower=0),
        Column("limit", "float", "at most", "kg", math.inf, lower=0, upper=1e15, infinite=True),
        Column("density", "float", "of it", "kg/l", 1.0, above=0),
        Column("share", "float", "of all", default=0.5, lower=0, upper=1),
        Column("count", "int", "how many", default=1, lower=0),
        Column("fragile", "bool", "whether it breaks", default=False),
        Column("kind", "choice", "what it is", default="box", choices=("box", "bag")),
        Column("opens", "time", "from when", "s", 0.0),
        Column("price", "float", "if known", "EUR", math.nan, lower=0),
        Column("remark", "text", "for people", default="none"),
    ),
    key=("id",),
)
SITES = ["Lyon", "Nice"]


def read(frame: Any, spec: Table = SPEC) -> tuple[Columns, list[tuple[str | None, Any, str]]]:
    failures = Failures()
    columns = read_table(spec, frame, failures, {"sites": SITES})
    return columns, [(f.column, f.row, f.code) for f in failures]


def codes(**columns: Any) -> list[tuple[str | None, Any, str]]:
    length = max(len(values) for values in columns.values())
    return read({"id": list(range(length))} | columns)[1]


# ---- what a table may be


GOOD: dict[str, list[Any]] = {
    "id": ["a", "b", "c"],
    "site": ["Lyon", None, "Nice"],
    "weight": [1.5, 2.0, 0.0],
    "count": [3, 0, 7],
    "fragile": [True, False, True],
    "kind": ["bag", "Box", None],
    "opens": ["08:00", "09:30:15", None],
    "price": [None, 2.5, 3.5],
    "remark": ["x", None, " y "],
}
EXPECTED: dict[str, list[Any]] = {
    "id": ["a", "b", "c"],
    "site": ["Lyon", "", "Nice"],
    "weight": [1.5, 2.0, 0.0],
    "limit": [math.inf] * 3,
    "density": [1.0] * 3,
    "share": [0.5] * 3,
    "count": [3, 0, 7],
    "fragile": [True, False, True],
    "kind": ["bag", "box", "box"],
    "opens": [28800.0, 34215.0, 0.0],
    "price": [pytest.approx(math.nan, nan_ok=True), 2.5, 3.5],
    "remark": ["x", "none", " y "],
}


def rows(columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


MAKERS: dict[str, Any] = {
    "pandas": pd.DataFrame,
    "pandas of objects": lambda table: pd.DataFrame(table, dtype=object),
    "pandas of nullables": lambda table: pd.DataFrame(table).convert_dtypes(),
    "polars": pl.DataFrame,
    "polars, lazy": pl.LazyFrame,
    "pyarrow": pa.table,
    "dict of lists": dict,
    "dict of tuples": lambda table: {name: tuple(cells) for name, cells in table.items()},
    "dict of series": lambda table: {name: pl.Series(cells) for name, cells in table.items()},
    "list of dicts": rows,
}


@pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS)
def test_every_kind_of_table_reads_the_same(maker: Any) -> None:
    columns, faults = read(maker(GOOD))
    assert faults == []
    assert {name: values.tolist() for name, values in columns.items()} == EXPECTED
    assert columns.num_rows == 3


@pytest.mark.parametrize(
    ("maker", "kind"),
    [
        (pd.DataFrame, pd.DataFrame),
        (pl.DataFrame, pl.DataFrame),
        (pl.LazyFrame, pl.DataFrame),
        (pa.table, pa.Table),
        (dict, pd.DataFrame),
        (rows, pd.DataFrame),
    ],
)
def test_the_table_comes_out_in_the_library_it_came_in(maker: Any, kind: type) -> None:
    frame = read(maker(GOOD))[0].to_frame()
    assert isinstance(frame, kind)
    assert read(frame)[0]["opens"].tolist() == [28800.0, 34215.0, 0.0]


@pytest.mark.parametrize("maker", [pd.DataFrame, pl.DataFrame, pa.table, dict])
def test_the_data_of_the_caller_are_not_changed(maker: Any) -> None:
    frame = maker({"id": [3, 1, 2], "weight": [1.0, -5.0, 2.0], "kind": ["bag", "sack", "box"]})
    before = copy.deepcopy(frame)
    _, faults = read(frame)
    assert [code for _, _, code in faults] == ["negative", "unknown_choice"]
    same = before.equals(frame) if hasattr(before, "equals") else before == frame
    assert same


def test_the_arrays_of_the_caller_are_not_shared() -> None:
    weight = np.array([1.0, 2.0])
    columns, _ = read({"id": np.array([1, 2]), "weight": weight})
    weight[0] = 99.0
    assert columns["weight"].tolist() == [1.0, 2.0]
    weight[1] = 98.0  # and is still the caller's to write


def test_columns_cannot_be_written() -> None:
    columns, _ = read(GOOD)
    with pytest.raises(ValueError, match="read-only"):
        columns["weight"][0] = 7.0


def test_no_table_is_a_table_without_rows() -> None:
    columns, faults = read(None)
    assert faults == []
    assert columns.num_rows == 0
    assert columns["count"].dtype == np.int64
    assert columns["weight"].dtype == np.float64


@pytest.mark.parametrize("maker", [pd.DataFrame, pl.DataFrame, pa.table, dict])
def test_a_table_may_have_no_rows(maker: Any) -> None:
    columns, faults = read(maker({"id": [], "weight": []}))
    assert faults == []
    assert columns.num_rows == 0


def test_a_table_that_was_read_reads_again() -> None:
    once, _ = read(GOOD)
    twice, faults = read(once)
    assert faults == []
    assert {name: values.tolist() for name, values in twice.items()} == EXPECTED


@pytest.mark.parametrize(
    "thing",
    [5, "things.csv", {"id": 5}, {"id": "ab"}, {"id": [1, 2], "weight": [1]}, [1, 2], object()],
)
def test_what_is_no_table_is_one_fault(thing: Any) -> None:
    columns, faults = read(thing)
    assert faults == [(None, None, "not_a_frame")]
    assert columns.num_rows == 0


# ---- ids


def test_whole_numbers_stay_numbers_and_texts_stay_texts() -> None:
    assert read({"id": [7, 8]})[0]["id"].dtype == np.int64
    assert read({"id": ["007", " 8 "]})[0]["id"].tolist() == ["007", "8"]
    assert read({"id": [7, "x"]})[0]["id"].tolist() == ["7", "x"]
    assert read({"id": [7.0, 8.0]})[0]["id"].tolist() == [7, 8]
    assert read({"id": [2**70, 1]})[0]["id"].tolist() == [str(2**70), "1"]


def test_references_of_numbers_find_texts() -> None:
    failures = Failures()
    columns = read_table(SPEC, {"id": [1, 2], "site": [75, 69]}, failures, {"sites": ["69", "75"]})
    assert not len(failures)
    assert columns["site"].tolist() == [75, 69]


def test_a_key_of_several_columns_may_repeat_in_each() -> None:
    pairs = Table(
        "pairs",
        "Pairs.",
        (Column("a", "id", "one"), Column("b", "id", "other", default="")),
        ("a", "b"),
    )
    assert read({"a": [1, 1, 2], "b": ["x", "y", "x"]}, pairs)[1] == []
    assert read({"a": [1, 2, 1], "b": ["x", "y", "x"]}, pairs)[1] == [("a+b", 2, "duplicate_id")]
    assert read({"a": [1, 1]}, pairs)[1] == [("a+b", 1, "duplicate_id")]


# ---- faults


@pytest.mark.parametrize(
    ("column", "cells", "code"),
    [
        ("id", ["a", None], "missing"),
        ("id", ["a", "  "], "missing"),
        ("id", ["a", "a"], "duplicate_id"),
        ("id", [1.0, 1.5], "nan"),
        ("id", [1.0, math.nan], "nan"),
        ("site", ["Lyon", "Atlantis"], "unknown_id"),
        ("weight", [1.0, -2.0], "negative"),
        ("weight", [1.0, math.nan], "nan"),
        ("weight", [1.0, math.inf], "inf"),
        ("weight", ["1", "heavy"], "wrong_type"),
        ("weight", [1.0, True], "wrong_type"),
        ("weight", [1.0, 10**400], "too_large"),
        ("weight", [1, [2]], "wrong_type"),
        ("limit", [math.inf, -math.inf], "inf"),
        ("limit", [math.inf, 1e300], "out_of_range"),
        ("density", [1.0, 0.0], "out_of_range"),
        ("share", [0.0, 1.5], "out_of_range"),
        ("count", [1, 1.5], "wrong_type"),
        ("count", [1, 1e300], "too_large"),
        ("count", [1, -1], "negative"),
        ("fragile", [True, "perhaps"], "wrong_type"),
        ("fragile", [True, 2], "wrong_type"),
        ("kind", ["box", "sack"], "unknown_choice"),
        ("opens", ["08:00", "8 o'clock"], "wrong_type"),
        ("opens", ["08:00", "08:75"], "wrong_type"),
        ("opens", ["2026-03-01", "2026-13-01"], "wrong_type"),
        ("opens", ["08:00", "2026-03-01"], "mixed_time_zones"),
        ("opens", ["2026-03-01", "2026-03-01T08:00Z"], "mixed_time_zones"),
        ("price", [1.0, -1.0], "negative"),
    ],
)
def test_a_faulty_cell_is_found_in_its_row(column: str, cells: list[Any], code: str) -> None:
    given_ids = {} if column == "id" else {"id": ["a", "b"]}
    table = given_ids | {column: cells}
    failures = Failures()
    columns = read_table(SPEC, table, failures, {"sites": SITES})
    assert [(f.table, f.column, f.row, f.code) for f in failures] == [("things", column, 1, code)]
    (failure,) = failures
    assert failure.fix
    assert str(failure)
    assert len(columns[column]) == 2  # safe to look at nevertheless


def test_ten_faults_in_one_table_are_ten_failures() -> None:
    columns = {
        "id": ["a", "a", None, "d", "e", "f", "g", "h", "i"],
        "site": ["Lyon", "", "", "Atlantis", "", "", "", "", ""],
        "weight": [1.0, 1.0, 1.0, 1.0, -1.0, math.nan, math.inf, 1.0, 1.0],
        "count": [1, 1, 1, 1, 1, 1, 1, 1.5, "x"],
        "kind": ["box"] * 8 + ["sack"],
        "fragil": [False] * 9,
    }
    columns_read, faults = read(columns)
    assert sorted(faults, key=str) == sorted(
        [
            ("fragil", None, "unknown_column"),
            ("id", 1, "duplicate_id"),
            ("id", 2, "missing"),
            ("site", 3, "unknown_id"),
            ("weight", 4, "negative"),
            ("weight", 5, "nan"),
            ("weight", 6, "inf"),
            ("count", 7, "wrong_type"),
            ("count", 8, "wrong_type"),
            ("kind", 8, "unknown_choice"),
        ],
        key=str,
    )
    assert columns_read.num_rows == 9


@pytest.mark.parametrize("maker", [pd.DataFrame, pl.DataFrame, pa.table, dict])
def test_every_library_has_the_same_faults(maker: Any) -> None:
    table = {
        "id": ["a", "b", "b", None],
        "site": ["Lyon", "Rome", "Nice", "Nice"],
        "weight": [1.0, math.nan, math.inf, -1.0],
        "count": [1, 2, -3, 4],
        "kind": ["sack", "box", "bag", "box"],
    }
    assert read(maker(table))[1] == [
        ("id", 3, "missing"),
        ("weight", 1, "nan"),
        ("weight", 2, "inf"),
        ("weight", 3, "negative"),
        ("count", 2, "negative"),
        ("kind", 0, "unknown_choice"),
        ("id", 2, "duplicate_id"),
        ("site", 1, "unknown_id"),
    ]


def test_a_column_of_truths_is_no_column_of_numbers_in_any_library() -> None:
    for maker in (pd.DataFrame, pl.DataFrame, pa.table, dict):
        assert read(maker({"id": [1, 2], "weight": [True, False]}))[1] == [
            ("weight", 0, "wrong_type"),
            ("weight", 1, "wrong_type"),
        ]


def test_a_missing_column_is_a_fault_only_where_it_is_required() -> None:
    failures = Failures()
    read_table(SPEC, {"weight": [1.0]}, failures)
    (failure,) = failures
    assert (failure.column, failure.row, failure.code) == ("id", None, "missing_column")
    assert failure.fix == "add it: name of the thing"


@pytest.mark.parametrize("name", ["Weight", " weight", "wieght", "weigth", "weights", "weigt"])
def test_a_misspelt_column_is_a_fault_that_names_the_right_one(name: str) -> None:
    failures = Failures()
    read_table(SPEC, {"id": [1], name: [1.0]}, failures)
    (failure,) = failures
    assert (failure.column, failure.code) == (name, "unknown_column")
    assert failure.fix == "rename it to 'weight'"


def test_a_column_of_the_callers_own_is_kept_with_a_warning() -> None:
    with pytest.warns(FlowoptWarning, match="colour"):
        columns, faults = read(pd.DataFrame({"id": [1, 2], "colour": ["red", None]}))
    assert faults == []
    assert "colour" not in columns
    assert columns.to_frame()["colour"].tolist()[0] == "red"


def test_a_table_that_was_read_warns_no_second_time() -> None:
    with pytest.warns(FlowoptWarning):
        columns, _ = read({"id": [1], "colour": ["red"]})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read(columns)


def test_many_faults_of_one_kind_are_all_found() -> None:
    size = 20_000
    assert len(codes(weight=["x"] * size)) == size
    assert len(read({"id": ["same"] * size})[1]) == size - 1
    assert len(codes(kind=[f"sack {row}" for row in range(size)])) == size


# ---- values


def test_texts_are_read_as_the_numbers_they_write() -> None:
    columns, faults = read(
        {
            "id": ["1", "2"],
            "weight": ["1e3", " 2.5 "],
            "count": ["3", "4.0"],
            "fragile": ["oui", "0"],
        }
    )
    assert faults == []
    assert columns["weight"].tolist() == [1000.0, 2.5]
    assert columns["count"].tolist() == [3, 4]
    assert columns["fragile"].tolist() == [True, False]


def test_decimals_are_numbers() -> None:
    columns, faults = read({"id": [1], "weight": [decimal.Decimal("2.50")]})
    assert faults == []
    assert columns["weight"].tolist() == [2.5]


@pytest.mark.parametrize(
    ("cells", "expected", "clock"),
    [
        ([0, 90.5], [0.0, 90.5], "seconds"),
        (["00:00", "-1:30"], [0.0, -5400.0], "seconds"),
        ([dt.timedelta(minutes=5), dt.time(1, 0, 30)], [300.0, 3630.0], "seconds"),
        (["1970-01-02", "1970-01-01 00:01"], [86400.0, 60.0], "naive"),
        ([dt.date(1970, 1, 2), dt.datetime(1970, 1, 1, 1)], [86400.0, 3600.0], "naive"),
        (["1970-01-01T01:00+01:00", "1970-01-01T01:00Z"], [0.0, 3600.0], "aware"),
    ],
)
def test_times_are_read_in_seconds_whatever_writes_them(
    cells: list[Any], expected: list[float], clock: str
) -> None:
    columns, faults = read({"id": [1, 2], "opens": cells})
    assert faults == []
    assert columns["opens"].tolist() == expected
    assert columns.clocks == {"opens": clock}
    assert read(columns)[0].clocks == {"opens": clock}


@pytest.mark.parametrize("zone", [None, "Europe/Paris"])
def test_columns_of_datetimes_are_read_alike_in_every_library(zone: str | None) -> None:
    moments = pd.Series(
        pd.to_datetime(["1970-01-02T00:00:00.5", None, "2026-07-01T12:00"], format="ISO8601")
    ).dt.tz_localize(zone)
    table = pd.DataFrame({"id": [1, 2, 3], "opens": moments})
    shift = 0 if zone is None else 3600
    summer = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC).timestamp() - 2 * shift
    for frame in (table, pl.from_pandas(table), pa.Table.from_pandas(table)):
        columns, faults = read(frame)
        assert faults == []
        assert columns["opens"].tolist() == [86400.5 - shift, 0.0, summer]
        assert columns.clocks == {"opens": "naive" if zone is None else "aware"}


def test_no_limit_is_on_every_clock() -> None:
    spec = Table("t", "T.", (Column("late", "time", "until", "s", math.inf, infinite=True),))
    columns, faults = read({"late": ["2026-03-01", math.inf, "inf"]}, spec)
    assert faults == []
    assert columns["late"].tolist()[1:] == [math.inf, math.inf]
    assert columns.clocks == {"late": "naive"}


cell = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.dates(),
    st.datetimes(),
    st.timedeltas(),
    st.lists(st.integers(), max_size=2),
    st.sampled_from(["08:00", "inf", "nan", "Lyon", "box", "1e400", "2026-03-01T10:00Z"]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.fixed_dictionaries(dict.fromkeys(SPEC.names, cell)), max_size=4))
def test_whatever_stands_in_the_cells_faults_are_collected_and_the_rest_is_in_its_domain(
    table: list[dict[str, Any]],
) -> None:
    columns, faults = read({name: [row[name] for row in table] for name in SPEC.names})
    assert all(len(values) == len(table) for values in columns.values())
    assert (columns["weight"] >= 0).all()
    assert np.isfinite(columns["weight"]).all()
    assert ((columns["share"] >= 0) & (columns["share"] <= 1)).all()
    assert (columns["density"] > 0).all()
    assert set(columns["kind"].tolist()) <= {"box", "bag"}
    assert not np.isnan(columns["opens"]).any()
    if not faults:
        assert len(set(columns["id"].tolist())) == len(table)


# ---- specifications and frames


def test_a_specification_knows_its_columns() -> None:
    assert SPEC["weight"].unit == "kg"
    assert SPEC.names[0] == "id"
    assert SPEC["id"].required
    assert SPEC["id"].default is REQUIRED
    assert not SPEC["weight"].required
    assert SPEC["price"].blank_is_unknown
    with pytest.raises(StopIteration):
        SPEC["colour"]


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("weight", "≥ 0"),
        ("limit", "≥ 0, ≤ 1e+15 or inf"),
        ("density", "> 0"),
        ("share", "≥ 0, ≤ 1"),
        ("kind", "box · bag"),
        ("site", "an id of `sites`"),
        ("remark", ""),
    ],
)
def test_a_domain_is_said_in_words(name: str, domain: str) -> None:
    assert SPEC[name].domain == domain


def test_the_documentation_of_a_table_has_a_row_a_column() -> None:
    text = to_markdown(SPEC)
    assert "Things to test with. One row each `id`." in text
    assert "| `id` | id |  | *required* |  | name of the thing |" in text
    assert "| `weight` | float | kg | `1.0` | ≥ 0 | how heavy |" in text
    assert "*unknown*" in next(line for line in text.splitlines() if "`price`" in line)
    assert text.count("\n| `") == len(SPEC.columns)


@pytest.mark.parametrize(
    ("backend", "kind"), [("pandas", pd.DataFrame), ("polars", pl.DataFrame), ("pyarrow", pa.Table)]
)
def test_frames_are_made_in_the_library_asked_for(backend: str, kind: type) -> None:
    table = {"id": np.array(["a", "b"]), "x": np.array([1.0, 2.0]), "n": [1, 2]}
    frame = make_frame(table, backend)
    assert isinstance(frame, kind)
    assert read_ids(frame) == ["a", "b"]


def read_ids(frame: Any) -> list[str]:
    column = frame["id"]
    found: list[str] = column.to_pylist() if hasattr(column, "to_pylist") else list(column)
    return found


@pytest.mark.parametrize("value", ["1e400", "-1E+999", 10**400, decimal.Decimal("1e400")], ids=repr)
@pytest.mark.parametrize("column", ["limit", "weight", "opens"])
def test_a_number_too_large_for_a_float_is_not_taken_for_no_limit(column: str, value: Any) -> None:
    failures = Failures()
    read_table(SPEC, {"id": ["a", "b"], column: [1.0, value]}, failures)
    (fault,) = failures
    assert (fault.column, fault.row, fault.code) == (column, 1, "too_large")
    assert len(str(fault)) < 200


@pytest.mark.parametrize("value", ["inf", " Infinity ", "+INF", math.inf, decimal.Decimal("inf")])
def test_no_limit_is_said_in_several_ways(value: Any) -> None:
    failures = Failures()
    read = read_table(SPEC, {"id": ["a", "b"], "limit": ["1", value]}, failures)
    assert not list(failures)
    assert read["limit"].tolist() == [1.0, math.inf]


def test_a_whole_number_too_large_is_not_called_broken() -> None:
    failures = Failures()
    read_table(SPEC, {"id": ["a"], "count": [2**70]}, failures)
    assert [fault.message for fault in failures] == ["is too large"]


def test_a_table_that_must_be_given_is_a_fault_when_it_is_not() -> None:
    failures = Failures()
    read_table(SPEC, None, failures, required=True)
    assert [str(fault) for fault in failures] == ["things: is missing; give it"]


def test_the_fix_of_a_nan_works() -> None:
    frame = pd.DataFrame({"id": ["a", "b"], "weight": [2.0, None]})
    failures = Failures()
    read_table(SPEC, frame, failures)
    (fault,) = failures
    assert fault.code == "nan"
    assert "frame.convert_dtypes()" in fault.fix
    mended = Failures()
    assert read_table(SPEC, frame.convert_dtypes(), mended)["weight"].tolist() == [2.0, 1.0]
    assert not list(mended)


def test_a_decimal_comma_is_explained() -> None:
    failures = Failures()
    read_table(SPEC, {"id": ["a"], "weight": ["278,7"]}, failures)
    assert [fault.fix.split(",")[0] for fault in failures] == ["write 278.7"]
