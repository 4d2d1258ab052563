"""Reads the ``.txt`` files of Cordeau: several depots (MDVRP), also with windows (MDVRPTW).

The first line has type, vehicles of a depot, clients and depots; then comes a line a depot with
longest duration (0: any) and capacity; then a line a client, and again one a depot: number, x, y,
service time, demand, visits, number of depots that may serve it and their codes, and the window
where the type has them. Distances are not rounded.
"""

from __future__ import annotations

import numpy as np

from flowopt.io.fleet import make_fleet
from flowopt.io.instance import RoutingInstance
from flowopt.io.places import Places, Row, numbered_lines, read_places
from flowopt.io.text import Floats, TextFile, to_number

_TYPES = {2: "MDVRP", 6: "MDVRPTW"}
_OTHER_TYPES = {0: "VRP", 1: "PVRP", 3: "SDVRP", 4: "VRPTW", 5: "PVRPTW", 7: "SDVRPTW"}
_COLUMNS = ("number", "x", "y", "service", "demand", "early", "late")
_FIXED = 7  # numbers of a row before the codes: number to demand, visits, number of codes


def is_cordeau(file: TextFile) -> bool:
    """Return whether a file looks like Cordeau's: four numbers, then two."""
    head = [tokens for _, tokens in numbered_lines(file)[:2]]
    widths = [len(tokens) for tokens in head]
    return widths == [4, 2] and all(to_number(token) is not None for token in head[0])


def parse_cordeau(file: TextFile) -> RoutingInstance | None:
    """Return the instance that a file of Cordeau states, or None when faults were collected.

    Parameters
    ----------
    file
        The text, and where its faults are collected.

    Examples
    --------
    >>> from pathlib import Path
    >>> from flowopt.core.errors import Failures
    >>> text = '''2 3 1 2
    ... 0 80
    ... 0 80
    ... 1 3 4 5 7 1 2 1 2
    ... 2 0 0 0 0 0 0
    ... 3 9 9 0 0 0 0'''
    >>> instance = parse_cordeau(TextFile(Path("p.txt"), tuple(text.splitlines()), Failures()))
    >>> instance.depots.tolist(), instance.fleet.num_available.tolist(), instance.demand.tolist()
    ([1, 2], [3, 3], [7.0, 0.0, 0.0])
    """
    rows = numbered_lines(file)
    kind, num_vehicles, num_clients, num_depots = _head(file, rows[0])
    if not kind:
        return None
    limits = _limits(file, rows[1 : 1 + num_depots])
    listed = rows[1 + num_depots :]
    if len(rows) != 1 + num_clients + 2 * num_depots:
        message = f"has {len(rows)} lines; {num_clients} clients and {num_depots} depots have "
        message += str(1 + num_clients + 2 * num_depots)
        fix = "complete it, or correct its first line; the file may be cut off"
        file.fail("CUSTOMER", None, None, "wrong_size", message, fix)
    places = _places(file, kind, listed[:num_clients], listed[num_clients:], num_depots)
    if len(file.failures):
        return None
    at = np.arange(num_clients, num_clients + num_depots)
    columns = {
        "depot": np.arange(num_depots),
        "max_duration": np.where(limits[:, 0] > 0, limits[:, 0], np.inf),
        "capacity": limits[:, 1],
    }
    return RoutingInstance(
        name=file.path.stem,
        type=kind,
        node=places["number"].astype(np.int64),
        depots=at,
        fleet=make_fleet(np.full(num_depots, num_vehicles), num_clients, columns),
        coordinates=places.table[:, 1:3],
        demand=places["demand"],
        tw_early=places["early"],
        tw_late=places["late"],
        service_duration=places["service"],
        edge_weight_type="EXACT_2D",
    )


def _head(file: TextFile, row: Row) -> tuple[str, int, int, int]:
    """Return type, vehicles of a depot, clients and depots; an empty type for faults."""
    line, tokens = row
    values = file.row("HEAD", line, tokens, 4)
    if not values:
        return "", 0, 0, 0
    number, *counts = values
    for value, what in zip(counts, ("vehicles", "clients", "depots"), strict=True):
        if value % 1 or value < 1:
            message, fix = f"is no number of {what}", "give a whole number above 0"
            file.fail("HEAD", line, value, "out_of_range", message, fix)
    if number not in _TYPES:
        name = _OTHER_TYPES.get(int(number), "unknown")
        fix = f"flowopt reads {', '.join(f'{key} ({kind})' for key, kind in _TYPES.items())}"
        message = f"is a type ({name}) that is not supported"
        file.fail("HEAD", line, number, "unsupported_value", message, fix)
    if len(file.failures):
        return "", 0, 0, 0
    vehicles, clients, depots = (int(value) for value in counts)
    return _TYPES[int(number)], vehicles, clients, depots


def _limits(file: TextFile, rows: list[Row]) -> Floats:
    """Return longest duration and capacity of the vehicles of each depot."""
    limits = [file.row("DEPOT", line, tokens, 2) for line, tokens in rows]
    for (line, _), values in zip(rows, limits, strict=True):
        if values and (values[0] < 0 or values[1] <= 0):
            fix = "give a longest duration, or 0 for none, and a capacity above 0"
            file.fail("DEPOT", line, values, "out_of_range", "cannot be used", fix)
    return np.array([values for values in limits if values]).reshape(-1, 2)


def _places(
    file: TextFile, kind: str, clients: list[Row], depots: list[Row], num_depots: int
) -> Places:
    """Return clients and depots as they come, with a window each."""
    timed = kind.endswith("TW")
    codes = {str(2**depot) for depot in range(num_depots)}
    plain = [_without_codes(file, row, codes, timed) for row in clients]
    plain += [_without_codes(file, row, set(), timed) for row in depots]
    names = _COLUMNS if timed else _COLUMNS[:5]
    places = read_places(file, "CUSTOMER", [row for row in plain if row is not None], names)
    places.check_numbers("number", 1)
    places.check_not_negative(names[3:])
    if timed:
        places.check_windows("early", "late")
    places.check_zero(range(len(clients), len(places.table)), "number", ("service", "demand"))
    if not timed:
        always = np.tile([0.0, np.inf], (len(places.table), 1))
        full = np.hstack([places.table, always])
        places = Places(file, full, places.lines, {name: c for c, name in enumerate(_COLUMNS)})
    return places


def _without_codes(file: TextFile, row: Row, codes: set[str], timed: bool) -> Row | None:
    """Return a row without visits and codes; collect what they say beyond: one visit, any depot."""
    line, tokens = row
    wanted = _FIXED + len(codes) + 2 * timed
    count = to_number(tokens[6]) if len(tokens) >= _FIXED else None
    if len(tokens) != wanted and (count is None or len(tokens) != _FIXED + count + 2 * timed):
        file.row("CUSTOMER", line, tokens, wanted)
        return None
    stated = [to_number(token) for token in tokens[5:7]]
    listed = tokens[_FIXED : len(tokens) - 2 * timed]
    if stated != ([1, len(codes)] if codes else [0, 0]) or set(listed) != codes:
        message = "is visited more than once, or not from every depot" if codes else "is no depot"
        fix = "flowopt reads clients that are visited once, from any depot"
        shown = " ".join(tokens[5:])[:40]
        file.fail("CUSTOMER", line, shown, "unsupported_value", message, fix)
        return None
    return line, [*tokens[:5], *tokens[_FIXED + len(codes) :]]
