"""Reads histories: long frames, wide arrays and lists of any lengths become one flat array."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.ids import key_codes
from flowopt.core.tables import Columns, read_table
from flowopt.forecast.calendar import PERIODS, Calendar, infer_calendar
from flowopt.forecast.spec import HISTORY, LARGEST

Floats = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

LONGEST = 10_000_000
"""Most periods between the first and the last of a history."""


class Ragged(NamedTuple):
    """Histories, one after another.

    Parameters
    ----------
    values
        (N,) demand of each period.
    starts
        (n + 1,) where each history begins.
    rows
        (n,) first row of each item in the table that it was read from.
    end
        Number of the period after the last.
    calendar
        How periods are counted.
    """

    values: Floats
    starts: Index
    rows: Index
    end: int
    calendar: Calendar


def read_long(
    frame: Any, period: str | None, failures: Failures, lenient: bool = False
) -> tuple[Ragged, Columns]:
    """Read a long frame; see `flowopt.forecast.spec.HISTORY`.

    Parameters
    ----------
    frame
        A frame of any library.
    period
        One of `PERIODS`: the demand of all rows in a period is added up. None: the period is
        inferred, and two rows of one item and period are a fault.
    failures
        Where faults are collected.
    lenient
        Whether a cell of `y` that is no number makes a bad history rather than a fault.
    """
    known, found = len(failures), Failures()
    table = read_table(HISTORY, frame, found, required=True)
    failures.extend(
        fault for fault in found if not (lenient and fault.column == "y" and fault.row is not None)
    )
    calendar = _calendar(table, period, failures)
    if len(failures) > known or not table.num_rows:
        return Ragged(np.empty(0), np.zeros(1, np.int64), np.empty(0, np.int64), 0, calendar), table
    numbers = calendar.numbers(table["ds"])
    codes = key_codes(table["unique_id"], table["site"])
    if period is None:
        _refuse_repeated(table, codes, numbers, failures)
    return _spread(table["y"], codes, numbers, calendar, failures), table


def _calendar(table: Columns, period: str | None, failures: Failures) -> Calendar:
    """Return how the periods are counted; collect what does not count them."""
    dated = table.clocks.get("ds") in ("naive", "aware")
    if period is not None and period not in PERIODS:
        fix = f"use one of {', '.join(PERIODS)}, or None"
        failures.add("history", "period", None, period, "unknown_choice", "is not known", fix)
        return Calendar()
    if dated:
        inferred = infer_calendar(table["ds"])
        if period is None or period == inferred.period:
            return inferred
        return Calendar(period, 4 if period == "week" else 0)  # weeks from Monday
    if period is not None and table.num_rows:
        fix = "write dates, or leave period out"
        failures.add("history", "ds", None, None, "wrong_type", "holds numbers, not dates", fix)
    whole = np.floor(table["ds"]) == table["ds"]
    for row in np.flatnonzero(~whole | (np.abs(table["ds"]) > 2**53)):
        value, fix = table["ds"][row].item(), "write whole numbers, or dates"
        failures.add("history", "ds", int(row), value, "wrong_type", "numbers no period", fix)
    return Calendar()


def _refuse_repeated(table: Columns, codes: Index, numbers: Index, failures: Failures) -> None:
    order = np.lexsort((numbers, codes))
    same = (np.diff(codes[order]) == 0) & (np.diff(numbers[order]) == 0)
    fix = "keep one row, or give period= to add up all rows of a period"
    for row in np.sort(order[1:][same]):
        value = table["unique_id"][row].item()
        message = "has another row in the same period"
        failures.add("history", "ds", int(row), value, "duplicate_id", message, fix)


def _spread(
    y: Floats, codes: Index, numbers: Index, calendar: Calendar, failures: Failures
) -> Ragged:
    """Return the rows as histories without gaps, from each item's first period to the last."""
    num_items = int(codes.max()) + 1
    first = np.full(num_items, np.iinfo(np.int64).max)
    np.minimum.at(first, codes, numbers)
    end = int(numbers.max()) + 1
    lengths = end - first
    if lengths.max() > LONGEST or lengths.sum() > 100 * LONGEST:
        message, fix = f"spans {lengths.max()} periods", "give a longer period="
        failures.add("history", "ds", None, None, "out_of_range", message, fix)
        lengths = np.zeros(num_items, dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    rows = np.full(num_items, len(codes))
    np.minimum.at(rows, codes, np.arange(len(codes)))
    if not starts[-1]:
        return Ragged(np.empty(0), starts, rows, end, calendar)
    places = starts[codes] + numbers - first[codes]
    values: Floats = np.bincount(places, weights=y, minlength=int(starts[-1])).astype(np.float64)
    return Ragged(values, starts, rows, end, calendar)


def read_lists(histories: Any, failures: Failures) -> Ragged:
    """Read lists of any lengths, all of which end in the same period."""
    try:
        arrays = [_numbers(history) for history in histories]
        flat = all(array.ndim == 1 for array in arrays)
    except (TypeError, ValueError):
        arrays, flat = [], False
    if not flat:
        message, fix = "are no lists of numbers", "give a list of numbers for each item"
        failures.add("history", "histories", None, None, "wrong_type", message, fix)
        arrays = []
    return _joined(arrays)


def _numbers(history: Any) -> Floats:
    """Return a list of numbers; a cell that is none becomes NaN, a fault of this item alone."""
    if isinstance(history, str):
        raise TypeError
    try:
        return np.asarray(history, dtype=np.float64)
    except (TypeError, ValueError):
        cells = list(history)
        if any(np.ndim(cell) for cell in cells):
            raise
    numbers = np.full(len(cells), np.nan)
    for place, cell in enumerate(cells):
        with suppress(TypeError, ValueError):
            numbers[place] = float(cell)
    return numbers


def read_wide(values: Any, failures: Failures) -> Ragged:
    """Read an (n, T) array, NaN before an item's first period."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        array = np.empty(0)
    if array.ndim != 2:
        message, fix = "is no (n, T) array of numbers", "give a row for each item"
        failures.add("history", "values", None, None, "wrong_type", message, fix)
        array = np.empty((0, 0))
    known = np.pad(~np.isnan(array), ((0, 0), (0, 1)), constant_values=True)
    before = known.argmax(axis=1)
    if not before.any():
        starts = np.arange(len(array) + 1, dtype=np.int64) * array.shape[1]
        rows = np.arange(len(array))
        return Ragged(array.reshape(-1).copy(), starts, rows, array.shape[1], Calendar())
    ragged = _joined([row[first:] for row, first in zip(array, before.tolist(), strict=True)])
    return ragged._replace(end=array.shape[1])


def _joined(arrays: Sequence[Floats]) -> Ragged:
    lengths = np.array([len(array) for array in arrays], dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    values = np.concatenate([np.empty(0), *arrays])
    end = int(lengths.max(initial=0))
    return Ragged(values, starts, np.arange(len(arrays)), end, Calendar())


def faulty_items(ragged: Ragged) -> npt.NDArray[np.bool_]:
    """Return (n,) whether a period's demand is negative, infinite, too large or no number."""
    wrong = ~((ragged.values >= 0) & (ragged.values <= LARGEST))
    sums = np.concatenate([[0], np.cumsum(wrong)])
    return np.asarray(sums[ragged.starts[1:]] > sums[ragged.starts[:-1]])


def without(ragged: Ragged, dropped: npt.NDArray[np.bool_]) -> Ragged:
    """Return the histories with those of some items emptied."""
    lengths = np.diff(ragged.starts)
    kept = np.repeat(~dropped, lengths)
    starts = np.concatenate([[0], np.cumsum(np.where(dropped, 0, lengths))]).astype(np.int64)
    return ragged._replace(values=ragged.values[kept], starts=starts)
