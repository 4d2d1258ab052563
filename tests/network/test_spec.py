"""The specifications of the tables hold together, and explain themselves."""

from __future__ import annotations

import pytest

from flowopt.core.columns import Column, Table, to_markdown
from flowopt.network.spec import REQUIRED_TABLES, TABLES

COLUMNS = [(table, column) for table in TABLES for column in table.columns]
NAMES = [f"{table.name}.{column.name}" for table, column in COLUMNS]


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=NAMES)
def test_a_column_says_what_it_means_and_in_what_unit(table: Table, column: Column) -> None:
    assert column.meaning
    has_unit = column.kind in ("float", "time")
    assert bool(column.unit) == (has_unit and column.name != "detour_factor")


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=NAMES)
def test_a_default_is_a_value_that_the_column_may_hold(table: Table, column: Column) -> None:
    if column.kind not in ("float", "time") or column.required or column.blank_is_unknown:
        return
    if column.default == float("inf"):
        assert column.infinite
    else:
        assert column.lower <= column.default <= column.upper
        assert column.default > column.above


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_is_documented_and_its_keys_are_columns(table: Table) -> None:
    assert set(table.key) <= set(table.names)
    text = to_markdown(table)
    assert all(f"| `{name}` |" in text for name in table.names)


def test_references_name_tables() -> None:
    names = {table.name for table in TABLES}
    assert {column.refers_to for _, column in COLUMNS if column.kind == "ref"} <= names
    assert set(REQUIRED_TABLES) <= names
