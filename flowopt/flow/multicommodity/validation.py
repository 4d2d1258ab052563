"""Makes read-only columns of what a `MultiCommodityProblem` is given, and collects every fault."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.flow.arrays import LARGEST_NUMBER, Array, own, sealed


@dataclass(frozen=True)
class _Field:
    """What a field of the problem holds: of which table it is a column, and how long it is.

    `refers` names the field whose positions it holds; None for numbers.
    """

    table: str
    column: str
    length: str
    refers: str | None = None
    infinite: bool = False
    unknown: bool = False
    positive: bool = False


FIELDS = {
    "site_capacity": _Field("sites", "capacity", "site_id", infinite=True),
    "handling_cost": _Field("sites", "handling_cost", "site_id"),
    "site_supply": _Field("sites", "supply", "site_id", infinite=True),
    "source": _Field("lanes", "source", "source", "site_id"),
    "target": _Field("lanes", "target", "source", "site_id"),
    "capacity": _Field("lanes", "capacity", "source", infinite=True),
    "unit_cost": _Field("lanes", "unit_cost", "source"),
    "size": _Field("commodities", "size", "commodity_id", positive=True),
    "demand_commodity": _Field("demand", "commodity", "demand_commodity", "commodity_id"),
    "demand_site": _Field("demand", "site", "demand_commodity", "site_id"),
    "demand": _Field("demand", "demand", "demand_commodity"),
    "unmet_cost": _Field("demand", "unmet_cost", "demand_commodity", infinite=True),
    "supply_commodity": _Field("supply", "commodity", "supply_commodity", "commodity_id"),
    "supply_site": _Field("supply", "site", "supply_commodity", "site_id"),
    "supply": _Field("supply", "supply", "supply_commodity", infinite=True),
    "own_commodity": _Field("commodity_lanes", "commodity", "own_commodity", "commodity_id"),
    "own_lane": _Field("commodity_lanes", "lane", "own_commodity", "source"),
    "own_cost": _Field("commodity_lanes", "unit_cost", "own_commodity", unknown=True),
    "own_capacity": _Field("commodity_lanes", "capacity", "own_commodity", infinite=True),
    "group_capacity": _Field("groups", "capacity", "group_id", infinite=True),
    "member_group": _Field("group_lanes", "group", "member_group", "group_id"),
    "member_lane": _Field("group_lanes", "lane", "member_group", "source"),
}
"""Every column of the problem but ids and modes."""

IDS = {"site_id": "sites", "commodity_id": "commodities", "group_id": "groups"}
KEYS = {
    "demand": ("demand_commodity", "demand_site"),
    "supply": ("supply_commodity", "supply_site"),
    "commodity_lanes": ("own_commodity", "own_lane"),
    "group_lanes": ("member_group", "member_lane"),
}
"""What may stand in a table once only."""


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
    for name, table in IDS.items():
        fields[name] = _ids(table, given[name], failures)
    lengths = {f.length: np.size(fields[f.length]) for f in FIELDS.values()}
    for name, field in FIELDS.items():
        read = _numbers if field.refers is None else _positions
        most = 0 if field.refers is None else lengths[field.refers]
        fields[name] = read(field, given[name], lengths[field.length], most, failures)
    if given["mode"] is not None:
        fields["mode"] = sealed(np.array(given["mode"], dtype=np.str_))
        _fits(_Field("lanes", "mode", "source"), fields["mode"], lengths["source"], failures)
    if not len(failures):
        _check_rows(fields, failures)
    return fields


def _ids(table: str, values: Any, failures: Failures) -> Array:
    ids = own(values)
    if not ids.size and ids.ndim == 1:
        return sealed(np.zeros(0, dtype=np.int64))
    if ids.ndim != 1 or ids.dtype.kind not in "iuUO":
        fix = "give one name or whole number each"
        failures.add(table, "id", None, None, "wrong_type", "is no column of ids", fix)
        return np.zeros(ids.shape[0] if ids.ndim else 0, dtype=np.int64)
    if ids.dtype.kind == "O":
        ids = ids.astype(np.str_)
    unique, first, counts = np.unique(ids, return_index=True, return_counts=True)
    for name, row in zip(unique[counts > 1].tolist(), first[counts > 1].tolist(), strict=True):
        fix = "keep one row, or rename one"
        failures.add(table, "id", row, name, "duplicate_id", "stands there again", fix)
    return sealed(ids)


def _fits(field: _Field, column: Array, length: int, failures: Failures) -> bool:
    if column.shape == (length,):
        return True
    message = f"has shape {column.shape}, not ({length},)"
    fix = "give one value a row"
    failures.add(field.table, field.column, None, None, "wrong_length", message, fix)
    return False


def _positions(field: _Field, values: Any, length: int, most: int, failures: Failures) -> Array:
    column, harmless = own(values), np.zeros(length, dtype=np.int64)
    if not column.size and column.ndim == 1:
        column = np.zeros(0, dtype=np.int64)
    if not _fits(field, column, length, failures):
        return harmless
    if column.dtype.kind not in "iu":
        message, fix = f"is a column of {column.dtype}", "give positions, as whole numbers from 0"
        failures.add(field.table, field.column, None, None, "wrong_type", message, fix)
        return harmless
    fault = ("unknown_id", "is not one", f"give a position from 0 to {most - 1}")
    _collect(field, (column < 0) | (column >= most), column, fault, failures)
    return sealed(column.astype(np.int64, copy=False))


def _numbers(field: _Field, values: Any, length: int, _: int, failures: Failures) -> Array:
    column = own(values)
    try:
        if column.dtype.kind not in "iufO":
            raise TypeError
        column = column.astype(np.float64, copy=False)
    except (TypeError, ValueError):
        message, fix = "is not a column of numbers", "give numbers"
        failures.add(field.table, field.column, None, None, "wrong_type", message, fix)
        return np.zeros(length)
    if not _fits(field, column, length, failures):
        return np.zeros(length)
    infinite = np.isinf(column) & ((column < 0) | (not field.infinite))
    low = (column <= 0) if field.positive else (column < 0)
    words = "is not above 0" if field.positive else "is negative"
    huge = (np.abs(column) > LARGEST_NUMBER) & np.isfinite(column) & ~low
    nan = np.isnan(column) & (not field.unknown)
    for mask, fault in (
        (nan, ("nan", "is not a number (NaN)", "fill it")),
        (infinite, ("inf", "is infinite", "write a finite number")),
        (low & ~infinite, ("negative", words, "correct it")),
        (huge, ("overflow", "is too large to calculate with", "use a larger unit")),
    ):
        _collect(field, mask, column, fault, failures)
    return sealed(column)


def _check_rows(fields: dict[str, Any], failures: Failures) -> None:
    source, target = fields["source"], fields["target"]
    fault = ("self_loop", "is both ends of the lane", "remove the lane")
    lanes = FIELDS["target"]
    _collect(lanes, source == target, fields["site_id"][target], fault, failures)
    for one, other in KEYS.values():
        key = fields[one] * (fields[other].max(initial=0) + 1) + fields[other]
        _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
        again = first[inverse] != np.arange(len(key))
        fault = ("duplicate_id", "stands in an earlier row too", "keep one row")
        ids = _named(fields, one)
        _collect(FIELDS[one], again, ids, fault, failures)
    gap = fields["target_gap"]
    if not isinstance(gap, (int, float)) or isinstance(gap, bool) or not 0 <= gap < 1:
        fix = "give a number from 0 to below 1"
        failures.add("problem", "target_gap", None, gap, "out_of_range", "is no gap", fix)


def _named(fields: dict[str, Any], name: str) -> Array:
    refers = FIELDS[name].refers
    assert refers is not None
    ids: Array = fields[refers][fields[name]]
    return ids


def _collect(
    field: _Field,
    mask: npt.NDArray[np.bool_],
    column: Array,
    fault: tuple[str, str, str],
    failures: Failures,
) -> None:
    for row in np.flatnonzero(mask):
        failures.add(field.table, field.column, int(row), column[row].item(), *fault)
