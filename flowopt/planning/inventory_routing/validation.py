"""Collects what in an inventory routing problem cannot be, whatever is done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from flowopt.core.errors import Failures

POLICIES = ("maximum_level", "order_up_to")
_DUST = 1e-9  # relative: rounding of the caller's figures


def examine(parts: Mapping[str, Any], failures: Failures) -> None:
    """Collect every fault of the fields of a problem.

    Parameters
    ----------
    parts
        Field → value.
    failures
        Where faults are collected.
    """
    if parts["policy"] not in POLICIES:
        fix = f"use one of {', '.join(POLICIES)}"
        value = parts["policy"]
        failures.add("from_frames", "policy", None, value, "unknown_policy", "is no policy", fix)
    num, periods = parts["customers"].num_rows, len(parts["period_id"])
    shapes = {
        "demand": (num, periods),
        "supply": (periods,),
        "distance": (num + 1, num + 1),
    }
    for name, shape in shapes.items():
        found = np.shape(parts[name])
        if found != shape:
            message, fix = f"has the shape {found} where {shape} is due", "give one number for each"
            failures.add(name, None, None, None, "wrong_shape", message, fix)
    if not len(failures):
        _check_numbers(parts, failures)
        _check_levels(parts, failures)


def _check_numbers(parts: Mapping[str, Any], failures: Failures) -> None:
    for name in ("demand", "supply", "distance"):
        values = np.asarray(parts[name], dtype=np.float64)
        good = (values >= 0) & ((values < np.inf) | (name != "demand"))
        for place in np.argwhere(~good)[:100]:
            value, row = float(values[tuple(place)]), int(place[0])
            message, fix = "cannot be used", "write a number of 0 or more"
            failures.add(name, name, row, value, "out_of_range", message, fix)
    stuck = ~np.isfinite(np.asarray(parts["distance"])[0, 1:]) | ~np.isfinite(
        np.asarray(parts["distance"])[1:, 0]
    )
    for row in np.flatnonzero(stuck).tolist():
        message, fix = "has no way from and to the depot", "give the distances, or leave it out"
        value = parts["customers"]["id"][row].item()
        failures.add("customers", "id", row, value, "no_way", message, fix)
    depot = parts["depot"]
    if depot["holding_cost"][0] > 0 and not np.isfinite(parts["supply"]).all():
        message = "is charged on a stock without end"
        fix = "state the supply, or take the holding cost out"
        value = float(depot["holding_cost"][0])
        failures.add("depot", "holding_cost", 0, value, "out_of_range", message, fix)


def _check_levels(parts: Mapping[str, Any], failures: Failures) -> None:
    """Collect customers whose levels do not go together, or whose demand fits under no maximum."""
    customers = parts["customers"]
    low, high, first = (customers[f"{name}_stock"] for name in ("min", "max", "initial"))
    slack = _DUST * np.maximum(1.0, np.where(np.isfinite(high), high, 1.0))
    for name, values, wrong, message, fix in (
        ("min_stock", low, low > high, "is above max_stock", "correct one of the two"),
        ("initial_stock", first, first > high + slack, "is above max_stock", "correct one"),
    ):
        for row in np.flatnonzero(wrong).tolist():
            value = float(values[row])
            failures.add("customers", name, row, value, "wrong_order", message, fix)
    if parts["policy"] == "order_up_to":
        for row in np.flatnonzero(~np.isfinite(high)).tolist():
            message, fix = "is no level to fill up to", "give a number"
            failures.add("customers", "max_stock", row, np.inf, "infinite", message, fix)
    demand = np.asarray(parts["demand"], dtype=np.float64)
    over = demand > (high - low + slack)[:, None]
    for row in np.flatnonzero(over.any(axis=1) & (low <= high)).tolist():
        period = int(over[row].argmax())
        message = (
            f"leaves room for {high[row] - low[row]:.6g} above min_stock, and period "
            f"{parts['period_id'][period]} uses {demand[row, period]:.6g}"
        )
        fix = "raise it, or lower the demand or min_stock"
        value = float(high[row])
        failures.add("customers", "max_stock", row, value, "out_of_range", message, fix)
