"""Demand histories from frames: long, a row for each item and period, or wide, a column each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt

from flowopt.core.columns import REQUIRED, Column, Table
from flowopt.core.errors import Failures
from flowopt.core.ids import key_positions
from flowopt.core.tables import Columns, read_table
from flowopt.inventory.distributions import Floats
from flowopt.inventory.replenishment.spec import LARGEST
from flowopt.inventory.simulation.history import read_history

_OTHER_NAMES = {"unique_id": "item", "ds": "period", "y": "demand"}
_MOST_FILLED = 100_000


def _spec(*amounts: str) -> Table:
    columns = [
        Column(name, "float", "demand", "units", REQUIRED, lower=0, upper=LARGEST)
        for name in amounts
    ]
    names = (
        Column("item", "id", "name of the item (SKU)"),
        Column("site", "id", "where it is kept", default=""),
    )
    return Table("history", "Demand of items in the past.", (*names, *columns))


def history_of(history: Any, items: Columns, failures: Failures) -> Floats | None:
    """Return the demand history of the items of a problem, (n, T); faults are collected.

    Parameters
    ----------
    history
        (n, T) units in the order of the items; or a frame, long (columns ``item``, ``site``,
        ``period``, ``demand``; also as ``unique_id``, ``ds``, ``y``; several rows of a period are
        added up, what has no row is 0) or wide (``item``, ``site``, and a column for each period).
    items
        The items of the problem.
    failures
        Where faults are collected.
    """
    if not _is_frame(history):
        table = read_history(history, failures, "history")
        if table is None and history is None:
            fix = "give (n, T) units or a frame"
            failures.add("history", None, None, None, "empty", "is not there", fix)
        if table is not None and len(table) != items.num_rows:
            message = f"has {len(table)} rows, the problem {items.num_rows} items"
            fix = "give one row an item, in their order"
            failures.add("history", None, None, None, "shape", message, fix)
            return None
        return table
    frame = _as_narwhals(history)
    frame = frame.rename({k: v for k, v in _OTHER_NAMES.items() if k in frame.columns})
    long = "demand" in frame.columns
    return (_from_long if long else _from_wide)(frame, items, failures)


def _is_frame(history: Any) -> bool:
    if isinstance(history, Mapping):
        return True
    return not isinstance(history, (np.ndarray, list, tuple)) and history is not None


def _as_narwhals(history: Any) -> nw.DataFrame[Any]:
    if isinstance(history, Mapping):
        columns = {str(name): np.asarray(values) for name, values in history.items()}
        return nw.from_dict(columns, backend="pandas")
    frame = nw.from_native(history)
    return frame.collect() if isinstance(frame, nw.LazyFrame) else frame


def _from_long(frame: nw.DataFrame[Any], items: Columns, failures: Failures) -> Floats | None:
    if "period" not in frame.columns:
        fix = "add the column period, or give a column for each period"
        failures.add("history", "period", None, None, "missing_column", "is not there", fix)
        return None
    used = [name for name in ("item", "site", "demand") if name in frame.columns]
    table = read_table(_spec("demand"), frame.select(used), failures)
    row = _rows(table, items, failures)
    period, count = _periods(frame["period"].to_list(), failures)
    if failures:
        return None
    history = np.zeros((items.num_rows, count))
    np.add.at(history, (row, period), table["demand"])
    _require_all(row, items, failures)
    return history


def _from_wide(frame: nw.DataFrame[Any], items: Columns, failures: Failures) -> Floats | None:
    periods = [name for name in frame.columns if name not in ("item", "site")]
    if not periods or not len(frame):
        fix = "add a column demand and one for the period, or a column for each period"
        failures.add("history", None, None, None, "empty", "has no periods", fix)
        return None
    table = read_table(_spec(*periods), frame, failures)
    row = _rows(table, items, failures)
    if failures:
        return None
    history = np.zeros((items.num_rows, len(periods)))
    np.add.at(history, row, np.stack([table[name] for name in periods], axis=1))
    _require_all(row, items, failures)
    return history


def _rows(table: Columns, items: Columns, failures: Failures) -> npt.NDArray[np.int64]:
    """Return the item of the problem that each row of a history is of."""
    names = ("item", "site")
    row = key_positions([table[name] for name in names], [items[name] for name in names])
    unknown = (row < 0) & (table["item"] != "")  # an empty cell is told already
    for place in np.flatnonzero(unknown)[:1000].tolist():
        value = tuple(str(table[name][place]) for name in names if table[name][place] != "")
        shown = value[0] if len(value) == 1 else value
        fix = "leave it out, or add the item to the problem"
        message = "is no item of the problem"
        failures.add("history", "item", place, shown, "unknown_id", message, fix)
    return row


def _require_all(row: npt.NDArray[np.int64], items: Columns, failures: Failures) -> None:
    """Collect the items that have no history at all."""
    without = np.setdiff1d(np.arange(items.num_rows), row)
    fix = "give its demand, 0 where there was none, or leave the item out"
    for place in without[:1000].tolist():
        name = str(items["item"][place])
        failures.add("items", "item", place, name, "no_history", "has no history", fix)


def _periods(cells: list[Any], failures: Failures) -> tuple[npt.NDArray[np.int64], int]:
    """Return the number of each row's period, from 0, and how many there are.

    Gaps are filled where the periods are whole numbers or dates in even steps.
    """
    fix = "write numbers or dates, in every row"
    if any(cell is None or cell != cell for cell in cells) or not cells:
        failures.add("history", "period", None, None, "missing", "is empty somewhere", fix)
        return np.empty(0, dtype=np.int64), 0
    try:
        values, place = np.unique(np.array(cells), return_inverse=True)
    except TypeError:
        failures.add("history", "period", None, None, "mixed_types", "is of several kinds", fix)
        return np.empty(0, dtype=np.int64), 0
    steps = _steps(values)
    if steps is None:
        return place.reshape(-1).astype(np.int64), len(values)
    return steps[place.reshape(-1)], int(steps[-1]) + 1


def _steps(values: npt.NDArray[Any]) -> npt.NDArray[np.int64] | None:
    """Return how many even steps each value is from the first; None when they are not even."""
    if values.dtype.kind == "O" and len(values) and hasattr(values[0], "isoformat"):
        values = np.array(values.tolist(), dtype="datetime64[us]")
    if values.dtype.kind not in "iuM" or len(values) < 2:
        return None
    offset = (values - values[0]).astype(np.int64)
    step = 1 if values.dtype.kind in "iu" else int(np.diff(offset).min())
    if (offset % step).any() or offset[-1] // step > _MOST_FILLED:
        return None
    return np.asarray(offset // step)
