"""Makes read-only columns of the arrays that a problem is given, and collects every fault."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures

LARGEST_NUMBER = 2.0**53
"""Above it a float no longer tells whole numbers apart; inf means "no limit"."""

Array = npt.NDArray[Any]


def sealed(array: Array) -> Array:
    """Return the array, which can no longer be changed."""
    array.setflags(write=False)
    return array


def own(values: Any) -> Array:
    """Return a copy, or the array itself when it is one of ours and cannot change."""
    if isinstance(values, np.ndarray) and values.base is None and not values.flags.writeable:
        return values
    return np.array(values)


def read_ids(table: str, values: Any, failures: Failures, column: str = "id") -> Array:
    """Return a column of ids, each of which stands there once.

    Parameters
    ----------
    table, column
        Where they stand, for the failures.
    values
        (n,) names or whole numbers.
    failures
        Where faults are collected.
    """
    ids = own(values)
    if ids.ndim != 1 or ids.dtype.kind not in "iuUO":
        fix = f"give one name or whole number per {table[:-1]}"
        failures.add(table, column, None, None, "wrong_type", "is no column of ids", fix)
        return np.zeros(ids.shape[0] if ids.ndim else 0, dtype=np.int64)
    if ids.dtype.kind == "O":
        ids = ids.astype(np.str_)
    if ids.dtype.kind in "iu" and (np.diff(ids) > 0).all():
        return sealed(ids)  # ascending numbers: no need to sort a million
    unique, first, counts = np.unique(ids, return_index=True, return_counts=True)
    for name, row in zip(unique[counts > 1].tolist(), first[counts > 1].tolist(), strict=True):
        fix = "keep one row, or rename one"
        failures.add(table, column, row, name, "duplicate_id", "stands there again", fix)
    return sealed(ids)


def has_length(table: str, name: str, column: Array, length: int, failures: Failures) -> bool:
    """Return whether a column has one value a row; when not, the fault is collected."""
    if column.shape == (length,):
        return True
    message = f"has shape {column.shape}, not ({length},)"
    fix = f"give one value per {table[:-1]}"
    failures.add(table, name, None, None, "wrong_length", message, fix)
    return False


def read_positions(
    table: str,
    name: str,
    values: Any,
    length: int,
    num_targets: int,
    failures: Failures,
    what: str = "site",
) -> Array:
    """Return a column of positions in another table.

    Parameters
    ----------
    table, name
        Where they stand, for the failures.
    values
        (n,) whole numbers from 0.
    length
        n.
    num_targets
        Number of rows of the other table.
    failures
        Where faults are collected; the result is safe to use only when there are none.
    what
        What a row of the other table is.
    """
    column = own(values)
    if not column.size and column.ndim == 1 and not length:
        return sealed(np.zeros(0, dtype=np.int64))
    harmless = np.zeros(length, dtype=np.int64)
    if not has_length(table, name, column, length, failures):
        return harmless
    if column.dtype.kind not in "iu":
        fix = f"give positions of {what}s, as whole numbers from 0"
        message = f"is a column of {column.dtype}"
        failures.add(table, name, None, None, "wrong_type", message, fix)
        return harmless
    outside = (column < 0) | (column >= num_targets)
    fix = f"give a position from 0 to {num_targets - 1}"
    collect(table, name, outside, column, ("unknown_id", f"is no {what}", fix), failures)
    return sealed(column.astype(np.int64, copy=False))


def read_numbers(
    table: str,
    name: str,
    values: Any,
    length: int,
    failures: Failures,
    *,
    infinite: bool = False,
    negative: bool = False,
) -> Array:
    """Return a column of numbers.

    Parameters
    ----------
    table, name
        Where they stand, for the failures.
    values
        (n,) numbers.
    length
        n.
    failures
        Where faults are collected; the result is safe to use only when there are none.
    infinite, negative
        Whether inf, or what is below 0, may stand there.
    """
    column = own(values)
    try:
        if column.dtype.kind not in "iufO":
            raise TypeError
        column = column.astype(np.float64, copy=False)
    except (TypeError, ValueError):
        fix = "give numbers"
        failures.add(table, name, None, None, "wrong_type", "is not a column of numbers", fix)
        return np.zeros(length)
    if not has_length(table, name, column, length, failures):
        return np.zeros(length)
    _collect_bad_numbers(table, name, column, failures, infinite, negative)
    return sealed(column)


def _collect_bad_numbers(
    table: str, name: str, column: Array, failures: Failures, infinite: bool, negative: bool
) -> None:
    nan, endless = np.isnan(column), np.isinf(column)
    fault = ("nan", "is not a number (NaN)", "fill it")
    collect(table, name, nan, column, fault, failures)
    if infinite:
        endless &= column < 0
    fault = ("inf", "is infinite", "write a finite number")
    collect(table, name, endless, column, fault, failures)
    below = (column < 0) & ~endless & (not negative)
    fault = ("negative", "is negative", "write 0 or more")
    collect(table, name, below, column, fault, failures)
    huge = (np.abs(column) > LARGEST_NUMBER) & np.isfinite(column)
    fix = "use a larger unit" + (", or inf for no limit" if infinite else "")
    fault = ("overflow", "is too large to calculate with", fix)
    collect(table, name, huge & ~below, column, fault, failures)


def collect(
    table: str,
    name: str,
    mask: npt.NDArray[np.bool_],
    column: Array,
    fault: tuple[str, str, str],
    failures: Failures,
) -> None:
    """Collect one fault for each row of a mask.

    Parameters
    ----------
    table, name
        Where they stand.
    mask
        (n,) which rows are at fault.
    column
        (n,) the values found.
    fault
        Code, message and fix.
    failures
        Where faults are collected.
    """
    for row in np.flatnonzero(mask):
        failures.add(table, name, int(row), column[row].item(), *fault)
