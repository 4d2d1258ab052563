"""From the six tables as they came to those of a network: read, checked, blanks filled."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.tables import Columns, positions, read_table
from flowopt.network import rules, spec
from flowopt.network.distances import great_circle

Array = npt.NDArray[Any]


def assemble(
    frames: Mapping[str, Any], failures: Failures, unreadable: Collection[str] = ()
) -> dict[str, Any]:
    """Return the fields of a network.

    Parameters
    ----------
    frames
        Table name → frame, or None for a table that is not given.
    failures
        Faults found before; those found here are added.
    unreadable
        Names of tables whose fault has been collected already, so that what refers to them is not
        at fault too.

    Returns
    -------
    dict
        The six tables, the index arrays, and, as ``given``, the tables before blanks were filled.

    Raises
    ------
    ValidationError
        With all the faults.
    """
    for name in spec.REQUIRED_TABLES:
        if frames.get(name) is None and name not in unreadable:
            failures.add(name, None, None, None, "missing_table", "is missing", "give it")
    given = _read(frames, failures, unreadable)
    places = _places(given)
    _check(given, places, failures, unreadable)
    failures.raise_if_any()
    tables = _named(given, places)
    lanes = _complete_lanes(tables["lanes"], tables["sites"], tables["modes"], places)
    kept = {name: None if frames.get(name) is None else given[name] for name in given}
    return tables | {"lanes": lanes} | places | {"given": kept}


def _read(
    frames: Mapping[str, Any], failures: Failures, unreadable: Collection[str]
) -> dict[str, Columns]:
    """Read the tables; where commodities or modes are not given, each name makes a row."""
    read: dict[str, Columns] = {}
    sites = read["sites"] = read_table(spec.SITES, frames.get("sites"), failures)
    known: dict[str, Array] = {}
    has_ids = "id" not in rules.faulty_columns(failures, "sites")
    if sites.num_rows and has_ids and "sites" not in unreadable:
        known["sites"] = sites["id"]
    for table in (spec.COMMODITIES, spec.MODES):
        frame = frames.get(table.name)
        if frame is not None:
            read[table.name] = read_table(table, frame, failures)
            if "id" not in rules.faulty_columns(failures, table.name):
                known[table.name] = read[table.name]["id"]
    for table in (spec.LANES, spec.DEMAND, spec.STOCK):
        read[table.name] = read_table(table, frames.get(table.name), failures, known)
    if "commodities" not in read:
        names = [*read["demand"]["commodity"].tolist(), *read["stock"]["commodity"].tolist()]
        read["commodities"] = _default_rows(spec.COMMODITIES, names, spec.DEFAULT_COMMODITY)
    if "modes" not in read:
        names = read["lanes"]["mode"].tolist()
        read["modes"] = _default_rows(spec.MODES, names, spec.DEFAULT_MODE)
    return {table.name: read[table.name] for table in spec.TABLES}


def _default_rows(table: Any, names: list[Any], default: str) -> Columns:
    """Return a row of default values for each name, in the order in which they first stand."""
    distinct = list({str(name): name for name in names if name != ""}.values())
    return read_table(table, {"id": distinct or [default]}, Failures())


def _places(tables: Mapping[str, Columns]) -> dict[str, npt.NDArray[np.int64]]:
    """Return where the things that rows refer to stand in their own tables."""
    sites, commodities = tables["sites"]["id"], tables["commodities"]["id"]
    lanes = tables["lanes"]
    places = {
        "lane_source": positions(lanes["source"], sites),
        "lane_target": positions(lanes["target"], sites),
        "lane_mode": positions(lanes["mode"], tables["modes"]["id"]),
    }
    for name in ("demand", "stock"):
        table = tables[name]
        places[f"{name}_site"] = positions(table["site"], sites)
        commodity = positions(table["commodity"], commodities)
        if len(commodities) == 1:
            commodity[table["commodity"].astype(np.str_) == ""] = 0
        places[f"{name}_commodity"] = commodity
    for array in places.values():
        array.setflags(write=False)
    return places


def _check(
    tables: Mapping[str, Columns],
    places: Mapping[str, npt.NDArray[np.int64]],
    failures: Failures,
    unreadable: Collection[str],
) -> None:
    sites, lanes = tables["sites"], tables["lanes"]
    source, target = places["lane_source"], places["lane_target"]
    if "sites" not in unreadable:
        rules.check_sites(sites, failures)
    rules.check_commodities(tables["commodities"], failures)
    rules.check_lanes(lanes, source, target, failures)
    rules.check_distances(sites, lanes, source, target, failures)
    if "commodities" in unreadable:
        return
    for name in ("demand", "stock"):
        at = places[f"{name}_site"], places[f"{name}_commodity"]
        rules.check_commodity_rows(tables[name], *at, tables["commodities"]["id"], failures)


def _named(
    tables: Mapping[str, Columns], places: Mapping[str, npt.NDArray[np.int64]]
) -> dict[str, Columns]:
    """Return the tables with each id as its own table writes it, and a name wherever empty."""
    sites, commodities = tables["sites"], tables["commodities"]
    site_ids, commodity_ids = sites["id"], commodities["id"]
    lanes = tables["lanes"]
    named = dict(tables)
    named["sites"] = _changed(sites, name=_names(sites))
    named["commodities"] = _changed(commodities, name=_names(commodities))
    named["lanes"] = _changed(
        lanes,
        source=site_ids[places["lane_source"]],
        target=site_ids[places["lane_target"]],
        mode=tables["modes"]["id"][places["lane_mode"]],
    )
    for name in ("demand", "stock"):
        site, commodity = places[f"{name}_site"], places[f"{name}_commodity"]
        named[name] = _changed(
            tables[name], site=site_ids[site], commodity=commodity_ids[commodity]
        )
    return named


def _names(table: Columns) -> Array:
    return np.where(table["name"] == "", table["id"].astype(np.str_), table["name"])


def _complete_lanes(
    lanes: Columns, sites: Columns, modes: Columns, places: Mapping[str, npt.NDArray[np.int64]]
) -> Columns:
    """Return the lanes without blanks: what is unknown comes from the ends and the mode."""
    source, target, mode = places["lane_source"], places["lane_target"], places["lane_mode"]
    distance = lanes["distance"].copy()
    unknown = np.isnan(distance)
    ends = source[unknown], target[unknown]
    lat, lon = np.radians(sites["lat"]), np.radians(sites["lon"])
    distance[unknown] = modes["detour_factor"][mode[unknown]] * great_circle(
        lat[ends[0]], lon[ends[0]], lat[ends[1]], lon[ends[1]]
    )
    derived = {
        "distance": distance,
        "unit_cost": modes["cost_per_km"][mode] * distance,
        "lead_time": distance / (24 * modes["speed"][mode]),
        "emission_factor": modes["emission_factor"][mode],
    }
    filled = {
        name: np.where(np.isnan(lanes[name]), values, lanes[name])
        for name, values in derived.items()
    }
    return _changed(lanes, **filled)


def _changed(table: Columns, **arrays: Array) -> Columns:
    return Columns(table.spec, table.arrays | arrays, table.extras, table.backend)
