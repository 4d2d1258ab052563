"""Makes read-only columns of what a `FlowProblem` is given, and collects every fault."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowopt.core.errors import Failures
from flowopt.flow.arrays import (
    collect,
    has_length,
    own,
    read_ids,
    read_numbers,
    read_positions,
    sealed,
)

LANE_COLUMNS = ("source", "target", "capacity", "unit_cost", "min_flow")
SITE_COLUMNS = (
    "supply",
    "demand",
    "site_capacity",
    "handling_cost",
    "unmet_cost",
    "unused_cost",
)

_MAY_BE_INFINITE = frozenset({"capacity", "supply", "site_capacity", "unmet_cost", "unused_cost"})
_PRICES = {"unmet_cost": np.inf, "unused_cost": 0.0}  # what None stands for
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
    fields["site_id"] = read_ids("sites", given["site_id"], failures)
    num_sites, num_lanes = len(fields["site_id"]), np.size(given["source"])
    for name, default in _PRICES.items():
        if np.ndim(given[name]) == 0:
            price = default if given[name] is None else given[name]
            fields[name] = np.full(num_sites, price, dtype=object if _odd(price) else float)
    for name in LANE_COLUMNS[:2]:
        fields[name] = read_positions("lanes", name, fields[name], num_lanes, num_sites, failures)
    for name in LANE_COLUMNS[2:]:
        fields[name] = _numbers("lanes", name, fields[name], num_lanes, failures)
    for name in SITE_COLUMNS:
        fields[name] = _numbers("sites", name, fields[name], num_sites, failures)
    if given["mode"] is not None:
        fields["mode"] = sealed(np.array(given["mode"], dtype=np.str_))
        has_length("lanes", "mode", fields["mode"], num_lanes, failures)
    fields["undirected"] = _flags("undirected", given["undirected"], num_lanes, failures)
    fields["lead_time"] = _times(given["lead_time"], num_lanes, failures)
    if not len(failures):
        _check_lanes(fields, failures)
        _check_sites(fields, failures)
    return fields


def _odd(value: Any) -> bool:
    return not isinstance(value, (int, float, np.number))


def _numbers(table: str, name: str, values: Any, length: int, failures: Failures) -> Any:
    infinite, negative = name in _MAY_BE_INFINITE, name in _MAY_BE_NEGATIVE
    return read_numbers(table, name, values, length, failures, infinite=infinite, negative=negative)


def _flags(name: str, values: Any, length: int, failures: Failures) -> Any:
    column = own(values)
    if not column.size and column.ndim == 1 and not length:
        return sealed(np.zeros(0, dtype=np.bool_))
    if not has_length("lanes", name, column, length, failures):
        return np.zeros(length, dtype=np.bool_)
    if column.dtype.kind != "b" and not np.isin(column, (0, 1)).all():
        message, fix = "is not a column of yes and no", "give True or False"
        failures.add("lanes", name, None, None, "wrong_type", message, fix)
        return np.zeros(length, dtype=np.bool_)
    return sealed(column.astype(np.bool_, copy=False))


def _times(values: Any, length: int, failures: Failures) -> Any:
    """Return the lead times, None when all are unknown."""
    if values is None:
        return None
    with np.errstate(invalid="ignore"):
        column = own(values)
        unknown = np.isnan(column) if column.dtype.kind == "f" else np.zeros(column.shape, bool)
    if unknown.all() and column.shape == (length,):
        return None
    filled = np.where(unknown, 0.0, column) if unknown.any() else column
    read_numbers("lanes", "lead_time", filled, length, failures)
    return sealed(column.astype(np.float64)) if column.dtype.kind in "iuf" else None


def _check_lanes(fields: dict[str, Any], failures: Failures) -> None:
    source, target = fields["source"], fields["target"]
    fault = ("self_loop", "is both ends of the lane", "remove the lane")
    loops = source == target
    if loops.any():  # names of all targets are long to gather
        collect("lanes", "target", loops, fields["site_id"][target], fault, failures)
    tight = fields["min_flow"] > fields["capacity"]
    fault = ("out_of_range", "is more than the lane's capacity", "lower it")
    collect("lanes", "min_flow", tight, fields["min_flow"], fault, failures)
    either, fix = fields["undirected"], "give a lane each way in its place"
    for name, wrong in (
        ("unit_cost", fields["unit_cost"] < 0),
        ("min_flow", fields["min_flow"] > 0),
    ):
        sign = "below" if name == "unit_cost" else "above"
        fault = ("unsupported", f"is {sign} 0 on an undirected lane", fix)
        collect("lanes", name, either & wrong, fields[name], fault, failures)


def _check_sites(fields: dict[str, Any], failures: Failures) -> None:
    endless = np.isinf(fields["supply"]) & (fields["unused_cost"] > 0)
    fault = (
        "out_of_range",
        "is the price of what is left of an infinite supply",
        "limit the supply",
    )
    collect("sites", "unused_cost", endless, fields["unused_cost"], fault, failures)
