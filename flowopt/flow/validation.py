"""Makes read-only columns of what a `FlowProblem` is given, and collects every fault."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures

LANE_COLUMNS = ("source", "target", "capacity", "unit_cost", "min_flow")
SITE_COLUMNS = ("supply", "demand", "site_capacity", "handling_cost", "unmet_cost")
LARGEST_NUMBER = 2.0**53
"""Above it a float no longer tells whole numbers apart; inf means "no limit"."""

_MAY_BE_INFINITE = frozenset({"capacity", "supply", "site_capacity", "unmet_cost"})
_MAY_BE_NEGATIVE = frozenset({"unit_cost"})


def normalised(given: dict[str, Any], failures: Failures) -> dict[str, Any]:
    """Return the fields of a problem as read-only arrays; faults are collected.

    Parameters
    ----------
    given
        Field → value as it came; nothing of it is changed.
    failures
        Where faults are collected; the result is safe to use only when there are none.
    """
    fields = dict(given)
    fields["site_id"] = _ids(given["site_id"], failures)
    num_sites, num_lanes = len(fields["site_id"]), np.size(given["source"])
    if np.ndim(given["unmet_cost"]) == 0:
        price = np.inf if given["unmet_cost"] is None else given["unmet_cost"]
        fields["unmet_cost"] = np.full(num_sites, price, dtype=object if _odd(price) else float)
    for name in LANE_COLUMNS[:2]:
        fields[name] = _positions(name, fields[name], num_lanes, num_sites, failures)
    for name in LANE_COLUMNS[2:]:
        fields[name] = _numbers("lanes", name, fields[name], num_lanes, failures)
    for name in SITE_COLUMNS:
        fields[name] = _numbers("sites", name, fields[name], num_sites, failures)
    if given["mode"] is not None:
        fields["mode"] = _sealed(np.array(given["mode"], dtype=np.str_))
        _check_length("lanes", "mode", fields["mode"], num_lanes, failures)
    if not len(failures):
        _check_lanes(fields, failures)
    return fields


def _odd(value: Any) -> bool:
    return not isinstance(value, (int, float, np.number))


def _sealed(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    array.setflags(write=False)
    return array


def _own(values: Any) -> npt.NDArray[Any]:
    """Return a copy, or the array itself when it is one of ours and cannot change."""
    if isinstance(values, np.ndarray) and values.base is None and not values.flags.writeable:
        return values
    return np.array(values)


def _ids(values: Any, failures: Failures) -> npt.NDArray[Any]:
    ids = _own(values)
    if ids.ndim != 1 or ids.dtype.kind not in "iuUO":
        fix = "give one name or whole number per site"
        failures.add("sites", "id", None, None, "wrong_type", "is no column of ids", fix)
        return np.zeros(ids.shape[0] if ids.ndim else 0, dtype=np.int64)
    if ids.dtype.kind == "O":
        ids = ids.astype(np.str_)
    if ids.dtype.kind in "iu" and (np.diff(ids) > 0).all():
        return _sealed(ids)  # ascending numbers: no need to sort a million
    unique, first, counts = np.unique(ids, return_index=True, return_counts=True)
    for name, row in zip(unique[counts > 1].tolist(), first[counts > 1].tolist(), strict=True):
        fix = "keep one row, or rename one"
        failures.add("sites", "id", row, name, "duplicate_id", "stands there again", fix)
    return _sealed(ids)


def _check_length(
    table: str, name: str, column: npt.NDArray[Any], length: int, failures: Failures
) -> bool:
    if column.shape == (length,):
        return True
    message = f"has shape {column.shape}, not ({length},)"
    fix = f"give one value per {table[:-1]}"
    failures.add(table, name, None, None, "wrong_length", message, fix)
    return False


def _positions(
    name: str, values: Any, num_lanes: int, num_sites: int, failures: Failures
) -> npt.NDArray[Any]:
    column = _own(values)
    if not column.size and column.ndim == 1:
        return _sealed(np.zeros(0, dtype=np.int64))
    harmless = np.zeros(num_lanes, dtype=np.int64)
    if not _check_length("lanes", name, column, num_lanes, failures):
        return harmless
    if column.dtype.kind not in "iu":
        fix = "give positions of sites, as whole numbers from 0"
        message = f"is a column of {column.dtype}"
        failures.add("lanes", name, None, None, "wrong_type", message, fix)
        return harmless
    outside = (column < 0) | (column >= num_sites)
    fix = f"give a position from 0 to {num_sites - 1}"
    _collect("lanes", name, outside, column, ("unknown_id", "is no site", fix), failures)
    return _sealed(column.astype(np.int64, copy=False))


def _numbers(
    table: str, name: str, values: Any, length: int, failures: Failures
) -> npt.NDArray[Any]:
    column = _own(values)
    try:
        if column.dtype.kind not in "iufO":
            raise TypeError
        column = column.astype(np.float64, copy=False)
    except (TypeError, ValueError):
        fix = "give numbers"
        failures.add(table, name, None, None, "wrong_type", "is not a column of numbers", fix)
        return np.zeros(length)
    if not _check_length(table, name, column, length, failures):
        return np.zeros(length)
    nan, infinite = np.isnan(column), np.isinf(column)
    fault = ("nan", "is not a number (NaN)", "fill it")
    _collect(table, name, nan, column, fault, failures)
    if name in _MAY_BE_INFINITE:
        infinite &= column < 0
    fault = ("inf", "is infinite", "write a finite number")
    _collect(table, name, infinite, column, fault, failures)
    negative = (column < 0) & ~infinite & (name not in _MAY_BE_NEGATIVE)
    fault = ("negative", "is negative", "write 0 or more")
    _collect(table, name, negative, column, fault, failures)
    huge = (np.abs(column) > LARGEST_NUMBER) & np.isfinite(column)
    fix = "use a larger unit" + (", or inf for no limit" if name in _MAY_BE_INFINITE else "")
    fault = ("overflow", "is too large to calculate with", fix)
    _collect(table, name, huge & ~negative, column, fault, failures)
    return _sealed(column)


def _check_lanes(fields: dict[str, Any], failures: Failures) -> None:
    source, target = fields["source"], fields["target"]
    fault = ("self_loop", "is both ends of the lane", "remove the lane")
    _collect("lanes", "target", source == target, fields["site_id"][target], fault, failures)
    tight = fields["min_flow"] > fields["capacity"]
    fault = ("out_of_range", "is more than the lane's capacity", "lower it")
    _collect("lanes", "min_flow", tight, fields["min_flow"], fault, failures)


def _collect(
    table: str,
    name: str,
    mask: npt.NDArray[np.bool_],
    column: npt.NDArray[Any],
    fault: tuple[str, str, str],
    failures: Failures,
) -> None:
    for row in np.flatnonzero(mask):
        failures.add(table, name, int(row), column[row].item(), *fault)
