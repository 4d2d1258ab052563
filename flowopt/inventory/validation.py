"""What the columns of a replenishment problem must hold together, beyond each for itself."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures, FlowoptWarning
from flowopt.core.tables import Columns

Mask = npt.NDArray[np.bool_]


def check_items(items: Columns, failures: Failures) -> None:
    """Collect every fault between the columns of the table of items.

    Parameters
    ----------
    items
        Columns whose cells are valid each for itself.
    failures
        Where faults are collected.
    """
    _check_targets(items, failures)
    _check_demand(items, failures)
    _check_times(items, failures)
    _check_quantities(items, failures)


def _collect(
    items: Columns, failures: Failures, column: str, rows: Mask, code: str, message: str, fix: str
) -> None:
    for row in np.flatnonzero(rows):
        value = items[column][row].item()
        failures.add(items.spec.name, column, int(row), value, code, message, fix)


def _check_targets(items: Columns, failures: Failures) -> None:
    """Collect items without exactly one target above 0 and below 1."""
    fill, cycle = items["fill_rate"], items["cycle_service_level"]
    fix = "write a value above 0 and below 1, e.g. 0.95"
    for name, target in (("fill_rate", fill), ("cycle_service_level", cycle)):
        message = "would need no stock at all"
        _collect(items, failures, name, target == 0, "out_of_range", message, fix)
        message = "would need endless stock when demand is uncertain"
        _collect(items, failures, name, target == 1, "out_of_range", message, fix)
    both = ~np.isnan(fill) & ~np.isnan(cycle)
    message, fix = "stands beside a cycle_service_level", "leave one of the two empty"
    _collect(items, failures, "fill_rate", both, "two_targets", message, fix)
    neither = np.isnan(fill) & np.isnan(cycle)
    for row in np.flatnonzero(neither & ~_faulty_rows(failures, "fill_rate", len(fill))):
        message, fix = "is empty, as is cycle_service_level", "fill one of the two"
        failures.add(items.spec.name, "fill_rate", int(row), None, "no_target", message, fix)


def _faulty_rows(failures: Failures, column: str, num_rows: int) -> Mask:
    """Return the rows whose target could not be read, so that it is not reported twice."""
    faulty = np.zeros(num_rows, dtype=np.bool_)
    for failure in failures:
        if failure.column in (column, "cycle_service_level") and failure.row is not None:
            faulty[failure.row] = True
    return faulty


def _check_demand(items: Columns, failures: Failures) -> None:
    """Collect spreads without a mean, and negative binomials narrower than Poisson."""
    mean, sd = items["demand_mean"], items["demand_sd"]
    message, fix = "stands beside a demand_mean of 0", "give the mean, or 0 for no demand"
    _collect(items, failures, "demand_sd", (mean == 0) & (sd > 0), "sd_without_mean", message, fix)
    length = items["lead_time"] + items["review_period"]
    variance = sd**2 * length + (mean * items["lead_time_sd"]) ** 2
    counted = items["distribution"] == "negative_binomial"
    narrow = counted & (variance > 0) & (variance < mean * length * (1 - 1e-9))
    message = "needs a variance of at least the mean over lead time + review period"
    fix = "use auto or normal, or correct demand_sd"
    _collect(items, failures, "distribution", narrow, "underdispersed", message, fix)
    broken = counted & (items["pack_size"] != np.floor(items["pack_size"]))
    message, fix = "counts whole units, but pack_size is none", "use auto or normal"
    _collect(items, failures, "distribution", broken, "broken_pack", message, fix)


def _check_times(items: Columns, failures: Failures) -> None:
    """Collect reviews without a period and uncertain lead times without a length."""
    unreviewed = (items["policy"] == "rs") & (items["review_period"] == 0)
    message, fix = "is no period to order in by the policy RS", "write a period above 0, or use rQ"
    _collect(items, failures, "review_period", unreviewed, "out_of_range", message, fix)
    instant = (items["lead_time"] == 0) & (items["lead_time_sd"] > 0)
    message, fix = "stands beside a lead_time of 0", "give the mean lead time, or 0 for both"
    _collect(items, failures, "lead_time_sd", instant, "sd_without_mean", message, fix)
    immediate = (items["lead_time"] == 0) & (items["review_period"] == 0)
    immediate &= items["policy"] == "rq"
    message = "leaves nothing to protect: there is no review period either"
    fix = "write a lead time or a review period above 0"
    _collect(items, failures, "lead_time", immediate, "out_of_range", message, fix)


def _check_quantities(items: Columns, failures: Failures) -> None:
    """Collect economic order quantities without a holding cost; warn of Q beside (R,S)."""
    batches, given = items["policy"] == "rq", ~np.isnan(items["order_quantity"])
    endless = batches & ~given & (items["holding_cost"] == 0) & (items["fixed_cost"] > 0)
    message = "is empty, and the economic order quantity is endless at a holding_cost of 0"
    fix = "give order_quantity, or a holding_cost above 0"
    for row in np.flatnonzero(endless):
        failures.add(items.spec.name, "order_quantity", int(row), None, "no_quantity", message, fix)
    if (given & ~batches).any():
        text = "items: order_quantity is not used by the policy RS (policy='rQ' would use it)"
        warnings.warn(text, FlowoptWarning, stacklevel=2)
