"""Makes read-only columns of what a `FlowProblem` is given, and collects every fault."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowopt.core.errors import Failures
from flowopt.flow.arrays import (
    collect,
    has_length,
    read_ids,
    read_numbers,
    read_positions,
    sealed,
)

LANE_COLUMNS = ("source", "target", "capacity", "unit_cost", "min_flow")
SITE_COLUMNS = ("supply", "demand", "site_capacity", "handling_cost", "unmet_cost")

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
    fields["site_id"] = read_ids("sites", given["site_id"], failures)
    num_sites, num_lanes = len(fields["site_id"]), np.size(given["source"])
    if np.ndim(given["unmet_cost"]) == 0:
        price = np.inf if given["unmet_cost"] is None else given["unmet_cost"]
        fields["unmet_cost"] = np.full(num_sites, price, dtype=object if _odd(price) else float)
    for name in LANE_COLUMNS[:2]:
        fields[name] = read_positions("lanes", name, fields[name], num_lanes, num_sites, failures)
    for name in LANE_COLUMNS[2:]:
        fields[name] = _numbers("lanes", name, fields[name], num_lanes, failures)
    for name in SITE_COLUMNS:
        fields[name] = _numbers("sites", name, fields[name], num_sites, failures)
    if given["mode"] is not None:
        fields["mode"] = sealed(np.array(given["mode"], dtype=np.str_))
        has_length("lanes", "mode", fields["mode"], num_lanes, failures)
    if not len(failures):
        _check_lanes(fields, failures)
    return fields


def _odd(value: Any) -> bool:
    return not isinstance(value, (int, float, np.number))


def _numbers(table: str, name: str, values: Any, length: int, failures: Failures) -> Any:
    infinite, negative = name in _MAY_BE_INFINITE, name in _MAY_BE_NEGATIVE
    return read_numbers(table, name, values, length, failures, infinite=infinite, negative=negative)


def _check_lanes(fields: dict[str, Any], failures: Failures) -> None:
    source, target = fields["source"], fields["target"]
    fault = ("self_loop", "is both ends of the lane", "remove the lane")
    collect("lanes", "target", source == target, fields["site_id"][target], fault, failures)
    tight = fields["min_flow"] > fields["capacity"]
    fault = ("out_of_range", "is more than the lane's capacity", "lower it")
    collect("lanes", "min_flow", tight, fields["min_flow"], fault, failures)
