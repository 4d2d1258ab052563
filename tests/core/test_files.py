from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowopt.core import Failures
from flowopt.core.columns import Column, Table
from flowopt.core.files import read_file, write_file
from flowopt.core.tables import read_table

SPEC = Table(
    "sites",
    "Places.",
    (
        Column("id", "id", "name"),
        Column("cost", "float", "cost", default=1.0, lower=0),
        Column("name", "text", "for people", default=""),
    ),
    key=("id",),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sites.csv"


def read(path: Path) -> dict[str, list[Any]]:
    failures = Failures()
    frame = read_file(path, failures)
    failures.raise_if_any()
    return {name: frame[name].tolist() for name in frame.columns}


def reason(path: Path) -> str:
    failures = Failures()
    assert read_file(path, failures) is None
    (failure,) = failures
    assert (failure.table, failure.code) == (path.stem, "unreadable_file")
    assert str(path) in failure.message
    return failure.message


# ---- CSV in


@pytest.mark.parametrize(
    "text",
    [
        "id,cost,name\n007,1.5,Lyon\n8,,\n",
        "id;cost;name\n007;1.5;Lyon\n8;;\n",
        "id;cost;name\n007;1,5;Lyon\n8;;\n",
        "\ufeffid,cost,name\n007,1.5,Lyon\n8,,\n",
        "id,cost,name\r\n007,1.5,Lyon\r\n8,,\r\n",
        'id , "cost", name\n"007", 1.5, "Lyon"\n8,,\n',
        "id,cost,name\n007,1.5,Lyon\n8\n",
        "id,cost,name,,\n007,1.5,Lyon,,\n8,,,,\n",
    ],
    ids=["comma", "semicolon", "decimal comma", "BOM", "CRLF", "spaces", "short", "nameless"],
)
def test_cells_come_as_texts_however_they_are_separated(path: Path, text: str) -> None:
    path.write_bytes(text.encode())
    assert read(path) == {"id": ["007", "8"], "cost": ["1.5", ""], "name": ["Lyon", ""]}


def test_texts_may_hold_separators_quotes_and_lines(path: Path) -> None:
    path.write_text('id,name\n1,"Lyon, ""Part-Dieu"""\n2,"two\nlines"\n', encoding="utf-8")
    assert read(path)["name"] == ['Lyon, "Part-Dieu"', "two\nlines"]


def test_numbers_may_have_a_decimal_comma_where_semicolons_separate(path: Path) -> None:
    path.write_text("id;cost;name\na;1,5;Lyon, 3,2\nb;-2,25;4,5,6\n", encoding="utf-8")
    assert read(path) == {
        "id": ["a", "b"],
        "cost": ["1.5", "-2.25"],
        "name": ["Lyon, 3,2", "4,5,6"],
    }


def test_what_is_read_becomes_a_table(path: Path) -> None:
    path.write_text("id,cost,name\n007,1.5,Lyon\n8,,NaN\n", encoding="utf-8")
    failures = Failures()
    columns = read_table(SPEC, read_file(path, failures), failures)
    assert not len(failures)
    assert columns["id"].tolist() == ["007", "8"]
    assert columns["cost"].tolist() == [1.5, 1.0]
    assert columns["name"].tolist() == ["Lyon", "NaN"]


def test_a_nan_in_a_file_is_a_fault_and_an_empty_cell_is_not(path: Path) -> None:
    path.write_text("id,cost\na,NaN\nb,\n", encoding="utf-8")
    failures = Failures()
    read_table(SPEC, read_file(path, failures), failures)
    assert [(failure.row, failure.code) for failure in failures] == [(0, "nan")]


def test_a_header_alone_is_a_table_without_rows(path: Path) -> None:
    path.write_text("id,cost\n", encoding="utf-8")
    assert read(path) == {"id": [], "cost": []}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"   \n\n", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not a text file"),
        (b"PK\x03\x04\x14\x00\x00\x00", "not a text file"),
        (b"id,name\n1,Besan\xe7on\n", "codec can't decode"),
        (b"id,cost\n1,2,3\n", ""),
        (b'id,cost\n1,"2\n', ""),
        (b"id,id\n1,2\n", "id stands twice"),
        (b"id,,cost\n1,x,2\n", "column 2 has no name"),
    ],
)
def test_what_is_no_table_is_named_with_the_reason(path: Path, content: bytes, words: str) -> None:
    path.write_bytes(content)
    assert words in reason(path)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    assert "No such file" in reason(tmp_path / "nowhere.csv")
    (tmp_path / "folder.csv").mkdir()
    reason(tmp_path / "folder.csv")
    reason(tmp_path / "nowhere.parquet")


def test_a_file_of_another_format_behind_the_ending_is_named(tmp_path: Path) -> None:
    wrong = tmp_path / "sites.parquet"
    wrong.write_text("id,cost\n1,2\n", encoding="utf-8")
    reason(wrong)


# ---- out and in again


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".PARQUET"])
@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_a_frame_of_any_library_is_written(tmp_path: Path, ending: str, make: Any) -> None:
    path = tmp_path / f"sites{ending}"
    write_file(make({"id": ["a", "b"], "cost": [1.5, 2.0], "name": ["=Lyon", None]}), path)
    failures = Failures()
    columns = read_table(SPEC, read_file(path, failures), failures)
    assert not len(failures)
    assert columns["id"].tolist() == ["a", "b"]
    assert columns["cost"].tolist() == [1.5, 2.0]
    assert columns["name"].tolist() == ["=Lyon", ""]


@pytest.mark.parametrize("cell", ["=1+1", "+33", "-x", "@cmd", "\tx", "'=x", "''@x"])
def test_no_text_begins_as_a_formula_in_a_csv_file(path: Path, cell: str) -> None:
    write_file(pd.DataFrame({"id": [cell]}), path)
    line = path.read_text(encoding="utf-8").splitlines()[1].lstrip('"')
    assert line[0] == "'"
    assert read(path) == {"id": [cell]}


def test_numbers_below_zero_are_no_formulas(path: Path) -> None:
    write_file(pd.DataFrame({"x": [-1.5]}), path)
    assert path.read_text(encoding="utf-8") == "x\n-1.5\n"


def test_a_frame_that_is_written_is_not_changed(path: Path) -> None:
    frame = pd.DataFrame({"id": ["=a"]})
    write_file(frame, path)
    assert frame["id"].tolist() == ["=a"]


cells = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=("Cs", "Cc"))
    | st.sampled_from("=+-@';,\"\n"),
    min_size=1,
    max_size=6,
).filter(lambda text: text == text.strip() and text)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(cells, min_size=1, max_size=4))
def test_every_text_comes_back_as_it_went(path: Path, names: list[str]) -> None:
    write_file(pd.DataFrame({"id": range(len(names)), "name": names}), path)
    assert read(path)["name"] == names


def test_what_to_do_with_a_text_of_windows_is_said(path: Path) -> None:
    path.write_bytes("id,name\na,Orl\u00e9ans\n".encode("cp1252"))
    failures = Failures()
    assert read_file(path, failures) is None
    assert "save it as CSV UTF-8" in next(iter(failures)).message
