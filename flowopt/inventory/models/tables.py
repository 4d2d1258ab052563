"""Arguments with several numbers an item: samples, probabilities, price breaks."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.inventory.arguments import Arguments
from flowopt.inventory.distributions import Floats

_LARGEST = 1e12
_SUM = 1e-6  # how far chances may be from a sum of 1


def read_rows(function: str, name: str, values: Any, failures: Failures) -> Floats:
    """Return numbers as a matrix, one row an item, NaN behind the last of a shorter row.

    Parameters
    ----------
    function, name
        Of the function and its argument, for the failures.
    values
        (m,) numbers of the one item or of all, (n, m) numbers, or n rows of any lengths.
    failures
        Where faults are collected: cells that are no numbers, or negative, or endless, rows
        without any.
    """
    rows = _as_rows(function, name, values, failures)
    longest = max((len(row) for row in rows), default=0)
    table = np.full((len(rows), max(longest, 1)), np.nan)
    for place, row in enumerate(rows):
        table[place, : len(row)] = row
    wrong = ~((table >= 0) & (table <= _LARGEST)) & ~np.isnan(table)
    for place, column in np.argwhere(wrong).tolist():
        value = table[place, column].item()
        fix = f"write a number from 0 to {_LARGEST:g}"
        failures.add(function, name, place, value, "out_of_range", "is out of range", fix)
    present = ~np.isnan(table)
    gaps = (present[:, 1:] & ~present[:, :-1]).any(axis=1)
    for place in np.flatnonzero(gaps).tolist():
        message, fix = "has a gap (NaN) before its last number", "fill it"
        failures.add(function, name, place, None, "nan", message, fix)
    for place in np.flatnonzero(~present.any(axis=1)).tolist():
        message = "has no numbers"
        failures.add(function, name, place, None, "empty", message, "give one at least")
    return table


def _as_rows(function: str, name: str, values: Any, failures: Failures) -> list[Floats]:
    """Return the rows as they came, each an array of floats."""
    try:
        if isinstance(values, np.ndarray) and values.dtype != object:
            return list(np.atleast_2d(values.astype(np.float64)))
        listed = list(values)
        nested = any(np.ndim(row) > 0 for row in listed)
        rows = listed if nested else [listed]
        return [np.asarray(row, dtype=np.float64).reshape(-1) for row in rows]
    except (TypeError, ValueError):
        message, fix = "holds what is no number", "give numbers: one row, or one row an item"
        failures.add(function, name, None, None, "wrong_type", message, fix)
        return [np.ones(1)]


def check_chances(function: str, name: str, table: Floats, failures: Failures) -> None:
    """Collect rows of chances that do not sum to 1.

    Parameters
    ----------
    function, name
        Of the function and its argument.
    table
        (n, m) chances, NaN behind the last.
    failures
        Where faults are collected.
    """
    sums = np.nansum(table, axis=1)
    for row in np.flatnonzero(np.abs(sums - 1) > _SUM):
        message, fix = f"sums to {sums[row]:g}", "give chances that sum to 1"
        failures.add(function, name, int(row), None, "out_of_range", message, fix)


def refuse_shared_faults(given: Arguments, tables: dict[str, Floats]) -> None:
    """Raise for a fault in the one row that stands for several items: it is that of them all.

    Parameters
    ----------
    given
        The other arguments, with every fault.
    tables
        Name of an argument → its (n, m) or (1, m) numbers.
    """
    shared = {name for name, table in tables.items() if len(table) == 1 < given.num_items}
    if any(failure.column in shared for failure in given.failures):
        given.failures.raise_if_any()


def for_items(table: Floats, rows: npt.NDArray[np.int64] | None, num_items: int) -> Floats:
    """Return the rows of the items that are left; a single row is that of all.

    Parameters
    ----------
    table
        (n, m) or (1, m) numbers.
    rows
        The items that are left; None: all.
    num_items
        How many are left.
    """
    if len(table) == 1:
        return np.broadcast_to(table, (num_items, table.shape[1]))
    return table if rows is None else table[rows]
