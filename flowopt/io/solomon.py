"""Reads the ``.txt`` files of Solomon and of Gehring and Homberger (VRPTW).

They hold a name, a block ``VEHICLE`` with number and capacity, and a block ``CUSTOMER`` with one
row a place of seven numbers: number, x, y, demand, ready time, due date, service time. Number 0
is the depot.
"""

from __future__ import annotations

import numpy as np

from flowopt.io.instance import RoutingInstance
from flowopt.io.text import Floats, TextFile

_COLUMNS = ("cust_no", "x", "y", "demand", "ready_time", "due_date", "service_time")
_Row = tuple[int, list[str]]


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
    table = _table(file, blocks.get("CUSTOMER", []))
    if len(file.failures):
        return None
    name = next(line.strip() for line in file.lines if line.strip())
    return RoutingInstance(
        name=name if name.upper() != "VEHICLE" else file.path.stem,
        type="VRPTW",
        node=table[:, 0].astype(np.int64),
        depots=np.flatnonzero(table[:, 0] == 0),
        coordinates=table[:, 1:3],
        demand=table[:, 3],
        tw_early=table[:, 4],
        tw_late=table[:, 5],
        service_duration=table[:, 6],
        num_vehicles=int(fleet[0]),
        capacity=fleet[1],
    )


def _blocks(file: TextFile) -> dict[str, list[_Row]]:
    """Return block → its rows of numbers; a row of words is the heading of its columns."""
    blocks: dict[str, list[_Row]] = {}
    rows: list[_Row] | None = None
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


def _fleet(file: TextFile, rows: list[_Row]) -> list[float]:
    """Return number and capacity of the vehicles."""
    if not rows:
        return []
    values = _numbers(file, "VEHICLE", rows[0], 2)
    line = rows[0][0]
    if values and (values[0] < 1 or values[0] % 1 or values[1] <= 0):
        fix = "give a whole number of vehicles and a capacity, both above 0"
        file.fail("VEHICLE", line, values, "out_of_range", "cannot be used", fix)
    for number, row in rows[1:]:
        fix = "keep one row with number and capacity"
        file.fail("VEHICLE", number, " ".join(row)[:40], "extra_row", "is one row too many", fix)
    return values


def _table(file: TextFile, rows: list[_Row]) -> Floats:
    """Return the rows of the customers as an (n, 7) array, in the order of their numbers."""
    numbers = [_numbers(file, "CUSTOMER", row, len(_COLUMNS)) for row in rows]
    table = np.array([row for row in numbers if row]).reshape(-1, len(_COLUMNS))
    lines = [line for (line, _), row in zip(rows, numbers, strict=True) if row]
    _check_places(file, table, lines, whole=len(table) == len(rows) > 0)
    _check_values(file, table, lines)
    return table[np.argsort(table[:, 0], kind="stable")]


def _numbers(file: TextFile, block: str, row: _Row, width: int) -> list[float]:
    """Return a row of so many numbers, or an empty list and its faults."""
    line, tokens = row
    if len(tokens) != width:
        message = f"has {len(tokens)} value{'s' if len(tokens) != 1 else ''} in place of {width}"
        fix = "complete the row; the file may be cut off, or of another format"
        file.fail(block, line, " ".join(tokens)[:40], "wrong_width", message, fix)
        return []
    values = [file.number(block, line, token) for token in tokens]
    numbers = [value for value in values if value is not None]
    return numbers if len(numbers) == width else []


def _check_places(file: TextFile, table: Floats, lines: list[int], whole: bool) -> None:
    """Collect numbers that are none or stand twice, and a depot missing from a whole table."""
    seen: set[float] = set()
    for number, line in zip(table[:, 0].tolist(), lines, strict=True):
        if number % 1 or number < 0:
            fix = "number the depot 0 and the customers from 1"
            file.fail("cust_no", line, number, "unknown_node", "is no customer number", fix)
        elif number in seen:
            text = "is a customer that stands twice"
            file.fail("cust_no", line, int(number), "duplicate_node", text, "keep one row")
        seen.add(number)
    if whole and 0 not in seen:
        fix = "add the row of the depot, which has the number 0"
        file.fail("cust_no", None, None, "missing_depot", "has no depot", fix)


def _check_values(file: TextFile, table: Floats, lines: list[int]) -> None:
    """Collect negative values, empty windows, and a depot with demand or service."""
    for column in range(3, len(_COLUMNS)):
        for row in np.flatnonzero(table[:, column] < 0).tolist():
            value, name = table[row, column].item(), _COLUMNS[column]
            file.fail(name, lines[row], value, "negative", "is negative", "use 0 or more")
    for row in np.flatnonzero(table[:, 4] > table[:, 5]).tolist():
        message = "is a window that closes before it opens"
        fix = "give the ready time before the due date"
        window = table[row, 4:6].tolist()
        file.fail("due_date", lines[row], window, "empty_window", message, fix)
    for row in np.flatnonzero(
        (table[:, 0] == 0) & ((table[:, 3] != 0) | (table[:, 6] != 0))
    ).tolist():
        fix = "give the depot, number 0, a demand and a service time of 0"
        file.fail("cust_no", lines[row], 0, "depot", "is a depot with demand or service", fix)
