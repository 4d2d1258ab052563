"""Reads the ``.txt`` files of Solomon and of Gehring and Homberger (VRPTW).

They hold a name, a block ``VEHICLE`` with number and capacity, and a block ``CUSTOMER`` with one
row a place of seven numbers: number, x, y, demand, ready time, due date, service time. Number 0
is the depot.
"""

from __future__ import annotations

import numpy as np

from flowopt.io.fleet import make_fleet
from flowopt.io.instance import RoutingInstance
from flowopt.io.places import Places, Row, read_places
from flowopt.io.text import TextFile

_COLUMNS = ("cust_no", "x", "y", "demand", "ready_time", "due_date", "service_time")


def is_solomon(file: TextFile) -> bool:
    """Return whether a file looks like Solomon's: it has a line VEHICLE or CUSTOMER."""
    return any(line.strip().upper() in ("VEHICLE", "CUSTOMER") for line in file.lines[:100])


def parse_solomon(file: TextFile) -> RoutingInstance | None:
    """Return the instance that a Solomon file states, or None when faults were collected.

    Parameters
    ----------
    file
        The text, and where its faults are collected.

    Examples
    --------
    >>> from pathlib import Path
    >>> from flowopt.core.errors import Failures
    >>> text = '''R1
    ... VEHICLE
    ... NUMBER CAPACITY
    ...   2      200
    ... CUSTOMER
    ... CUST NO. XCOORD. YCOORD. DEMAND READY TIME DUE DATE SERVICE TIME
    ...   0  35 35  0   0 230  0
    ...   1  41 49 10 161 171 10'''
    >>> instance = parse_solomon(TextFile(Path("R1.txt"), tuple(text.splitlines()), Failures()))
    >>> instance.num_vehicles, instance.demand.tolist(), instance.distances()[0].tolist()
    (2, [0.0, 10.0], [0.0, 15.2])
    """
    blocks = _blocks(file)
    fleet = _fleet(file, blocks.get("VEHICLE", []))
    places = _places(file, blocks.get("CUSTOMER", []))
    if len(file.failures):
        return None
    name = next(line.strip() for line in file.lines if line.strip())
    return RoutingInstance(
        name=name if name.upper() != "VEHICLE" else file.path.stem,
        type="VRPTW",
        node=places["cust_no"].astype(np.int64),
        depots=np.zeros(1, dtype=np.int64),
        coordinates=places.table[:, 1:3],
        demand=places["demand"],
        tw_early=places["ready_time"],
        tw_late=places["due_date"],
        service_duration=places["service_time"],
        fleet=make_fleet(np.array([int(fleet[0])]), len(places.table) - 1, {"capacity": fleet[1]}),
    )


def _blocks(file: TextFile) -> dict[str, list[Row]]:
    """Return block → its rows of numbers; a row of words is the heading of its columns."""
    blocks: dict[str, list[Row]] = {}
    rows: list[Row] | None = None
    for number, line in enumerate(file.lines, start=1):
        word = line.strip().upper()
        if word in ("VEHICLE", "CUSTOMER"):
            if word in blocks:
                file.fail(word, number, None, "duplicate_block", "stands twice", "keep one")
            rows = blocks[word] = []
        elif word and rows is not None and not (word[0].isalpha() and not rows):
            rows.append((number, line.split()))
    for name in ("VEHICLE", "CUSTOMER"):
        if not blocks.get(name):
            message = "is missing" if name not in blocks else "has no rows"
            fix = "add it; the file may be cut off, or of another format"
            file.fail(name, None, None, "missing_block", message, fix)
    return blocks


def _fleet(file: TextFile, rows: list[Row]) -> list[float]:
    """Return number and capacity of the vehicles."""
    if not rows:
        return []
    line, tokens = rows[0]
    values = file.row("VEHICLE", line, tokens, 2)
    if values and (values[0] < 1 or values[0] % 1 or values[1] <= 0):
        fix = "give a whole number of vehicles and a capacity, both above 0"
        file.fail("VEHICLE", line, values, "out_of_range", "cannot be used", fix)
    for number, row in rows[1:]:
        fix = "keep one row with number and capacity"
        file.fail("VEHICLE", number, " ".join(row)[:40], "extra_row", "is one row too many", fix)
    return values


def _places(file: TextFile, rows: list[Row]) -> Places:
    """Return the customers in the order of their numbers, the depot first."""
    places = read_places(file, "CUSTOMER", rows, _COLUMNS).by_number()
    found = places.check_numbers("cust_no", 0)
    if len(places.table) == len(rows) > 0 and 0 not in found:
        fix = "add the row of the depot, which has the number 0"
        file.fail("cust_no", None, None, "missing_depot", "has no depot", fix)
    places.check_not_negative(_COLUMNS[3:])
    places.check_windows("ready_time", "due_date")
    depots = np.flatnonzero(places["cust_no"] == 0).tolist()
    places.check_zero(depots, "cust_no", ("demand", "service_time"))
    return places
