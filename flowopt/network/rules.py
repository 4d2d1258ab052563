"""What must hold between the cells of a network's tables, beyond each cell's own domain."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.tables import Columns, refuse_dates

Mask = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.int64]

GRAPH_ATTRIBUTES = ("demand", "demand_sd", "demand_rows", "stock_rows")
"""Names that nodes of the graph carry and that sites therefore cannot."""


def check_sites(sites: Columns, failures: Failures) -> None:
    """Collect the faults within each site."""
    if not sites.num_rows and not faulty_columns(failures, "sites"):
        fix = "give at least one site"
        failures.add("sites", None, None, None, "empty_table", "has no rows", fix)
    for name in set(sites.extras) & set(GRAPH_ATTRIBUTES):
        fix = "give it in the table demand (site, demand), or rename it"
        failures.add("sites", name, None, None, "misplaced_column", "is not read here", fix)
    _check_order(sites, "tw_early", "tw_late", failures)
    refuse_dates(sites, ("tw_early", "tw_late", "service_duration"), failures)
    half = np.isnan(sites["lat"]) != np.isnan(sites["lon"])
    half &= ~faulty_rows(failures, sites, "lat", "lon")
    for row in np.flatnonzero(half):
        column = "lat" if np.isnan(sites["lat"][row]) else "lon"
        message = f"is missing for {sites['id'][row]} while the other coordinate is known"
        fix = "give both, or neither"
        failures.add("sites", column, int(row), None, "missing", message, fix)


def check_commodities(commodities: Columns, failures: Failures) -> None:
    """Collect the commodities of which no order can be placed."""
    for name in ("min_order_quantity", "pack_size"):
        _check_order(commodities, name, "max_order_quantity", failures)


def check_lanes(lanes: Columns, source: Indices, target: Indices, failures: Failures) -> None:
    """Collect the faults within each lane."""
    for row in np.flatnonzero((source == target) & (source >= 0)):
        site = lanes["source"][row].item()
        fix = "remove it, or correct one end"
        message = "is the target too"
        failures.add("lanes", "source", int(row), site, "self_loop", message, fix)
    _check_order(lanes, "min_flow", "capacity", failures)


def check_distances(
    sites: Columns, lanes: Columns, source: Indices, target: Indices, failures: Failures
) -> None:
    """Collect the lanes whose length is not given and cannot be derived."""
    placed = ~np.isnan(sites["lat"]) & ~np.isnan(sites["lon"])
    placed |= faulty_rows(failures, sites, "lat", "lon")  # said already
    known = ~np.isnan(lanes["distance"]) | faulty_rows(failures, lanes, "distance")
    known |= (source < 0) | (target < 0)
    for row in np.flatnonzero(~known):
        ends = {int(source[row]), int(target[row])}
        nowhere = [str(sites["id"][end]) for end in sorted(ends) if not placed[end]]
        if nowhere:
            lane = f"{lanes['source'][row]} → {lanes['target'][row]}"
            places, verb = " and ".join(nowhere), "has" if len(nowhere) == 1 else "have"
            message = f"is missing for {lane}, and {places} {verb} no coordinates"
            fix = f"give the distance in km, or lat and lon of {places}"
            failures.add("lanes", "distance", int(row), None, "unknown_distance", message, fix)


def check_commodity_rows(
    table: Columns, site: Indices, commodity: Indices, ids: npt.ArrayLike, failures: Failures
) -> None:
    """Collect rows without a commodity where there are several, and rows that stand twice."""
    for row in np.flatnonzero(table["commodity"].astype(np.str_) == ""):
        if commodity[row] < 0:
            message = f"is missing for {table['site'][row]}, and there are several"
            fix = f"name one of {_some(np.asarray(ids).tolist())}"
            failures.add(table.spec.name, "commodity", int(row), None, "missing", message, fix)
    known = (site >= 0) & (commodity >= 0) & ~faulty_rows(failures, table, "site+commodity")
    first: dict[tuple[int, int], int] = {}
    names = np.asarray(ids).tolist()
    for place, key in enumerate(zip(site.tolist(), commodity.tolist(), strict=True)):
        earlier = first.setdefault(key, place) if known[place] else place
        if earlier != place:
            value = (table["site"][place].item(), names[key[1]])
            fix = "keep one row, or add the two up"
            failures.add(
                table.spec.name,
                "site+commodity",
                place,
                value,
                "duplicate_id",
                f"stands in row {earlier} too",
                fix,
            )


def faulty_rows(failures: Failures, table: Columns, *columns: str) -> Mask:
    """Return which rows of a table have a fault in one of the columns already."""
    mask = np.zeros(table.num_rows, dtype=np.bool_)
    for failure in failures:
        if failure.table == table.spec.name and failure.column in columns:
            mask[slice(None) if failure.row is None else failure.row] = True
    return mask


def faulty_columns(failures: Failures, table: str) -> set[str | None]:
    """Return the columns of a table that are at fault as a whole; None stands for the table."""
    return {f.column for f in failures if f.table == table and f.row is None}


def _check_order(table: Columns, low: str, high: str, failures: Failures) -> None:
    """Collect the rows where one column exceeds the other."""
    for row in np.flatnonzero(table[low] > table[high]):
        value: Any = table[low][row].item()
        message = f"is more than {high} {table[high][row]:g}"
        fix = f"lower {low} or raise {high}"
        failures.add(table.spec.name, low, int(row), value, "wrong_order", message, fix)


def _some(names: list[Any], most: int = 5) -> str:
    shown = ", ".join(map(str, names[:most]))
    return shown if len(names) <= most else f"{shown}, …"
