"""From the tables of rules (shipments, windows, breaks, traffic, skills) to parts of a problem."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.tables import Columns, positions, read_table
from flowopt.routing.moments import shifted
from flowopt.routing.parts import Bools, Breaks, Floats, Ints, Shipments, TimeWindows, Traffic
from flowopt.routing.spec import (
    BREAKS,
    COMPATIBILITY,
    SHIPMENTS,
    TIME_WINDOWS,
    TRAFFIC,
    load_column,
    with_loads,
)


def read_rules(
    given: Mapping[str, Any],
    loads: Sequence[str],
    refs: Mapping[str, npt.ArrayLike],
    failures: Failures,
) -> dict[str, Columns]:
    """Return the tables of rules as read, collecting every fault.

    Parameters
    ----------
    given
        Name → the caller's frame, or None.
    loads
        Names of the load dimensions.
    refs
        The ids of clients and vehicle types.
    failures
        Where faults are collected.
    """
    specs = (with_loads(SHIPMENTS, loads), TIME_WINDOWS, BREAKS, TRAFFIC, COMPATIBILITY)
    return {spec.name: read_table(spec, given[spec.name], failures, refs) for spec in specs}


def rule_parts(
    parts: Mapping[str, Any],
    rules: Mapping[str, Columns],
    tables: tuple[Columns, Columns],
    profiles: Mapping[str, Any],
    loads: Sequence[str],
    origin: dt.datetime | None,
    failures: Failures,
) -> dict[str, Any]:
    """Return the parts of a problem with the rules in them.

    Parameters
    ----------
    parts
        Its clients and vehicle types without them.
    rules
        The tables of `read_rules`.
    tables
        The tables of clients and vehicle types.
    profiles
        Name → ways.
    loads
        Names of the load dimensions.
    origin
        The moment that is 0 s.
    failures
        Where faults are collected.
    """
    clients, types = tables
    names, wanted, there = _skills(clients, types)
    allowed, cost = _compatibility(clients, types, rules["compatibility"])
    depots = parts["depots"].id
    return {
        "skills": names,
        "clients": replace(
            parts["clients"],
            skills=wanted,
            allowed=allowed,
            assignment_cost=cost,
            release_time=shifted(clients, "release_time", origin),
        ),
        "vehicle_types": replace(
            parts["vehicle_types"],
            skills=there,
            profile=_profiles("vehicle_types", types["profile"], profiles, 0, failures),
            reload_depots=_reload_depots(parts["vehicle_types"], types, depots, failures),
        ),
        "shipments": _shipments(rules["shipments"], clients, loads),
        "time_windows": _time_windows(rules["time_windows"], clients, origin),
        "breaks": _breaks(rules["breaks"], types, origin),
        "traffic": _traffic(rules["traffic"], profiles, origin, failures),
        "profile_names": tuple(profiles),
    }


def words(cell: str) -> list[str]:
    """Return the words of a cell that lists several.

    Examples
    --------
    >>> words("cooled; tail lift,")
    ['cooled', 'tail lift']
    """
    parts = cell.replace(",", ";").split(";")
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _skills(clients: Columns, types: Columns) -> tuple[tuple[str, ...], Bools, Bools]:
    """Return the names of the skills, who wants them and who has them."""
    columns = [table["skills"].astype(str).tolist() for table in (clients, types)]
    listed = {cell: words(cell) for cell in dict.fromkeys([*columns[0], *columns[1]])}
    names = tuple(dict.fromkeys(skill for cell in listed for skill in listed[cell]))
    place = {name: number for number, name in enumerate(names)}
    grids = []
    for column in columns:
        grid = np.zeros((len(column), len(names)), dtype=np.bool_)
        for row, cell in enumerate(column):
            if cell:
                grid[row, [place[name] for name in listed[cell]]] = True
        grids.append(grid)
    return names, grids[0], grids[1]


def _compatibility(
    clients: Columns, types: Columns, table: Columns
) -> tuple[Bools | None, Floats | None]:
    """Return who may serve whom and what that costs; None where any may, at no cost."""
    pinned = positions(clients["vehicle_type"], types["id"])
    if not table.num_rows and not (pinned >= 0).any():
        return None, None
    shape = clients.num_rows, types.num_rows
    allowed, cost = np.ones(shape, dtype=np.bool_), np.zeros(shape)
    rows, columns = (
        positions(table["client"], clients["id"]),
        positions(table["vehicle_type"], types["id"]),
    )
    good = (rows >= 0) & (columns >= 0)
    rows, columns = rows[good], columns[good]
    allowed[rows] = False
    allowed[rows, columns] = True
    cost[rows, columns] = table["assignment_cost"][good]
    for row in np.flatnonzero(pinned >= 0).tolist():
        only = np.arange(types.num_rows) == pinned[row]
        allowed[row] &= only
    return allowed, cost


def _profiles(
    table: str, column: Any, profiles: Mapping[str, Any], empty: int, failures: Failures
) -> Ints:
    """Return the numbers of profiles that a column names, from 1; `empty` for an empty cell."""
    number = {name: place for place, name in enumerate(profiles, start=1)} | {"": empty}
    for row, name in enumerate(column.tolist()):
        if name not in number:
            known = ", ".join(profiles) or "none is given"
            fix = f"name one of the profiles ({known}), or give profiles={{{name!r}: matrix}}"
            failures.add(table, "profile", row, name, "unknown_id", "names no profile", fix)
    return np.array([number.get(name, empty) for name in column.tolist()], dtype=np.int64)


def _reload_depots(types: Any, table: Columns, depots: Any, failures: Failures) -> Bools:
    """Return where vehicles may reload: where they start when the cell is empty."""
    place = {str(name): number for number, name in enumerate(depots.tolist())}
    grid = np.zeros((table.num_rows, len(place)), dtype=np.bool_)
    for row, cell in enumerate(table["reload_depots"].tolist()):
        names = words(cell)
        for name in names:
            if name in place:
                grid[row, place[name]] = True
            else:
                fix = f"name depots: {', '.join(list(place)[:5])}"
                failures.add(
                    "vehicle_types", "reload_depots", row, name, "unknown_id", "is no depot", fix
                )
        if not names and len(place):
            grid[row, types.start_depot[row]] = True
    return grid


def _shipments(table: Columns, clients: Columns, loads: Sequence[str]) -> Shipments:
    columns = [table[load_column("demand", load)] for load in loads]
    ends = [np.maximum(positions(table[n], clients["id"]), 0) for n in ("pickup", "delivery")]
    return Shipments(table["id"], ends[0], ends[1], np.column_stack(columns))


def _time_windows(table: Columns, clients: Columns, origin: dt.datetime | None) -> TimeWindows:
    client = np.maximum(positions(table["client"], clients["id"]), 0)
    early, late = (shifted(table, name, origin) for name in ("tw_early", "tw_late"))
    order = np.lexsort((early, client))
    return TimeWindows(client[order], early[order], late[order])


def _breaks(table: Columns, types: Columns, origin: dt.datetime | None) -> Breaks:
    kind = np.maximum(positions(table["vehicle_type"], types["id"]), 0)
    early, late = (shifted(table, name, origin) for name in ("tw_early", "tw_late"))
    return Breaks(kind, early, late, table["duration"])


def _traffic(
    table: Columns, profiles: Mapping[str, Any], origin: dt.datetime | None, failures: Failures
) -> Traffic:
    profile = _profiles("traffic", table["profile"], profiles, -1, failures)
    return Traffic(shifted(table, "start", origin), table["speed_factor"], profile)
