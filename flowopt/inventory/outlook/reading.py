"""Reads stock, receipts and demand into arrays of items by periods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.ids import key_positions
from flowopt.core.tables import Columns, column_names, read_table
from flowopt.inventory.distributions import Floats, Rows
from flowopt.inventory.outlook.spec import DEMAND, DEMAND_PATHS, RECEIPTS, STOCK


@dataclass(frozen=True)
class Inputs:
    """What an outlook is computed from.

    Parameters
    ----------
    stock
        The table of items.
    periods
        (T,) labels of the periods: dates, or numbers.
    available
        (n,) on hand - backorders - reserved.
    receipts
        (n, T) what arrives at the beginning of each period.
    overdue
        (n,) whether some of it should have arrived before the first.
    mean, sd
        (n, T) of the demand of each period; NaN where nothing is forecast.
    paths
        (n, S, T) sampled demand; None when there is none.
    """

    stock: Columns
    periods: npt.NDArray[Any]
    available: Floats
    receipts: Floats
    overdue: npt.NDArray[np.bool_]
    mean: Floats
    sd: Floats
    paths: Floats | None


def read_inputs(stock: Any, demand: Any, receipts: Any) -> Inputs:
    """Read the three tables, or raise `ValidationError` with every fault."""
    failures = Failures()
    items = read_table(STOCK, stock, failures, required=True)
    sampled = demand is not None and "sample" in column_names(demand)
    refs = {"stock": items["item"]}
    spec = DEMAND_PATHS if sampled else DEMAND
    expected = read_table(spec, demand, failures, refs, required=True)
    if not expected.num_rows and not len(failures):
        fix = "give the demand of one period at least"
        failures.add("demand", None, None, None, "missing", "has no rows", fix)
    open_orders = read_table(RECEIPTS, receipts, failures, refs)
    _check_clocks(expected, open_orders, failures)
    places = _places(items, expected, "unique_id", failures)
    arrivals = _places(items, open_orders, "item", failures)
    failures.raise_if_any()
    moments, period = np.unique(expected["ds"], return_inverse=True)
    if sampled:
        paths = _paths(items, expected, places, period, failures)
        failures.raise_if_any()
        mean, sd = paths.mean(axis=1), paths.std(axis=1)
    else:
        paths = None
        shape = (items.num_rows, len(moments))
        mean, sd = np.full(shape, np.nan), np.full(shape, np.nan)
        mean[places, period], sd[places, period] = expected["y"], expected["sd"]
    arriving, overdue = _arriving(open_orders, arrivals, moments, items.num_rows)
    owed = items["backorders"] + items["reserved"]
    return Inputs(
        stock=items,
        periods=_labels(moments, expected),
        available=items["on_hand"] - owed,
        receipts=arriving,
        overdue=overdue,
        mean=mean,
        sd=sd,
        paths=paths,
    )


def _check_clocks(expected: Columns, receipts: Columns, failures: Failures) -> None:
    """Collect receipts that come by dates where periods are numbers, or the other way round."""
    first, second = expected.clocks.get("ds"), receipts.clocks.get("ds")
    if first and second and first != second:
        message = "counts time in another way than demand does"
        fix = "write dates in both, or numbers of periods in both"
        failures.add("receipts", "ds", None, None, "mixed_time_zones", message, fix)


def _places(items: Columns, table: Columns, name: str, failures: Failures) -> Rows:
    """Return the row of stock that each row belongs to; collect rows of another site."""
    places = key_positions([table[name], table["site"]], [items["item"], items["site"]])
    known = key_positions([table[name]], [items["item"]]) >= 0  # the others are faults already
    for row in np.flatnonzero((places < 0) & known):
        value = (table[name][row].item(), table["site"][row].item())
        message, fix = "is no item and site of stock", "add it to stock, or correct the site"
        failures.add(table.spec.name, "site", int(row), value, "unknown_id", message, fix)
    return places


def _paths(
    items: Columns, table: Columns, places: Rows, period: Rows, failures: Failures
) -> Floats:
    """Return (n, S, T) paths; NaN for items without any; collect those with some missing."""
    labels, sample = np.unique(table["sample"], return_inverse=True)
    num_periods = int(period.max(initial=-1)) + 1
    paths = np.full((items.num_rows, len(labels), num_periods), np.nan)
    paths[places, sample, period] = table["y"]
    missing = np.isnan(paths).reshape(items.num_rows, -1)
    for row in np.flatnonzero(missing.any(axis=1) & ~missing.all(axis=1)):
        value = items["item"][row].item()
        message, fix = "lacks some periods of some samples", "give every sample every period"
        failures.add("demand", "sample", None, value, "missing", message, fix)
    return paths


def _arriving(
    receipts: Columns, places: Rows, moments: Floats, num_items: int
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return (n, T) receipts by period, and which items have overdue ones.

    The last period is as long as the one before; what arrives after it counts for nothing.
    """
    arriving = np.zeros((num_items, len(moments)))
    overdue = np.zeros(num_items, dtype=np.bool_)
    if not len(moments) or not receipts.num_rows:
        return arriving, overdue
    when = receipts["ds"]
    length = moments[-1] - moments[-2] if len(moments) > 1 else np.inf
    period = np.searchsorted(moments, when, side="right") - 1
    inside = when < moments[-1] + length
    overdue[places[(period < 0) & (receipts["quantity"] > 0)]] = True
    np.add.at(
        arriving,
        (places[inside], np.maximum(period[inside], 0)),
        receipts["quantity"][inside],
    )
    return arriving, overdue


def _labels(moments: Floats, table: Columns) -> npt.NDArray[Any]:
    if table.clocks.get("ds") in ("naive", "aware"):
        return (moments * 1e6).astype(np.int64).astype("datetime64[us]")
    whole = ((moments == np.floor(moments)) & (np.abs(moments) < 2**53)).all()
    return moments.astype(np.int64) if whole else moments
