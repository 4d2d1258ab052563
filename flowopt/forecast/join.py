"""Puts a forecast into a table of items, as replenishment takes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt

from flowopt.core.columns import Table
from flowopt.core.errors import Failures
from flowopt.core.ids import key_positions, positions
from flowopt.core.tables import Columns, make_frame, read_table
from flowopt.forecast.result import DemandForecast
from flowopt.forecast.spec import ITEMS


def join(forecast: DemandForecast, items: Any, options: Mapping[str, Any]) -> Any:
    """Return a table of items with the forecast in it; see `DemandForecast.join`."""
    failures = Failures()
    frame = _to_frame(items)
    keys = [name for name in ITEMS.names if name in frame.columns]
    table = read_table(ITEMS, frame.select(keys).to_native(), failures, required=True)
    rows = _rows(forecast, table, failures)
    failures.raise_if_any()
    interval = np.ones(forecast.num_items)
    interval[rows] = table["lead_time"] + table["review_period"]
    found = forecast.over(interval, **options).columns()
    new = {name: found[name][rows] for name in ("demand_mean", "demand_sd", "distribution")}
    added = nw.from_native(make_frame(new, frame.implementation.value), eager_only=True)
    kept = frame.drop([name for name in new if name in frame.columns])
    return nw.concat([_numbered(kept), _numbered(added)], how="horizontal").to_native()


def _numbered(frame: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
    """Return a frame whose rows are numbered anew, where a library numbers rows."""
    return nw.maybe_reset_index(frame)


def _to_frame(items: Any) -> nw.DataFrame[Any]:
    if isinstance(items, list):
        names = list(dict.fromkeys(name for row in items for name in row))
        items = {name: [row.get(name) for row in items] for name in names}
    if isinstance(items, Mapping):
        items = make_frame(items)
    read = nw.from_native(items)
    return read.collect() if isinstance(read, nw.LazyFrame) else read


def _rows(forecast: DemandForecast, table: Columns, failures: Failures) -> npt.NDArray[np.int64]:
    """Return the place of each row's forecast; collect the rows that have none of their own."""
    if (forecast.sites == "").all():
        rows = positions(table["item"], forecast.items)
        _, first = np.unique(rows, return_index=True)
        again = np.setdiff1d(np.flatnonzero(rows >= 0), first)
        message, fix = "stands at several sites, its history at none", "add site to the history"
        _collect(table, again, message, fix, failures)
    else:
        rows = key_positions([table["item"], table["site"]], [forecast.items, forecast.sites])
    message, fix = "has no forecast", "add its history, or leave it out"
    _collect(table, np.flatnonzero(rows < 0), message, fix, failures)
    return rows


def _collect(
    table: Columns, rows: npt.NDArray[np.int64], message: str, fix: str, failures: Failures
) -> None:
    for row in rows:
        value = table["item"][row].item()
        failures.add("items", "item", int(row), value, "unknown_id", message, fix)


def demand_samples(forecast: DemandForecast, items: Any) -> Any:
    """Return the periods of empirical items; see `DemandForecast.demand_samples`."""
    frame = _to_frame(items)
    keys = [name for name in ("item", "site") if name in frame.columns]
    asked = np.array(frame["distribution"].to_list(), dtype=object) == "empirical"
    chosen = frame.filter(asked.tolist()).select(keys)
    failures = Failures()
    spec = Table("items", "Items to be sampled.", ITEMS.columns[:2], ITEMS.key)
    table = read_table(spec, chosen.to_native(), failures)
    rows = _rows(forecast, table, failures)
    failures.raise_if_any()
    values, counts = _periods_of(forecast, rows)
    names = {name: np.repeat(table[name], counts) for name in ("item", "site")}
    return make_frame({**names, "demand": values}, frame.implementation.value)


def _periods_of(
    forecast: DemandForecast, rows: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Return the demand of all periods of some items, and how many each has."""
    if forecast.samples is not None:
        num_items, num_samples, horizon = forecast.samples[rows].shape
        counts = np.full(num_items, num_samples * horizon)
        return forecast.samples[rows].reshape(-1), counts
    if forecast.past is None:
        return np.empty(0), np.zeros(len(rows), dtype=np.int64)
    some = forecast.past.history.take(rows)
    return np.array(some.values), some.lengths
