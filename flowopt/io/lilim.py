"""Reads the ``.txt`` files of Li and Lim (PDPTW): goods go from a pick-up to a delivery.

The first line has number, capacity and speed of the vehicles; each further line nine numbers:
task, x, y, demand (negative where it is delivered), earliest and latest start, service time, and
the task of the pick-up (of a delivery) or of the delivery (of a pick-up), else 0. Task 0 is the
depot. Plans are compared by the number of vehicles, then by the distance, which is not rounded.
"""

from __future__ import annotations

import numpy as np

from flowopt.io.fleet import Fleet, make_fleet
from flowopt.io.instance import RoutingInstance
from flowopt.io.pairs import deliveries
from flowopt.io.places import Places, Row, numbered_lines, read_places
from flowopt.io.text import TextFile, to_number

_COLUMNS = ("task", "x", "y", "demand", "early", "late", "service", "pickup", "delivery")


def is_lilim(file: TextFile) -> bool:
    """Return whether a file looks like Li and Lim's: three numbers, then nine."""
    head = [tokens for _, tokens in numbered_lines(file)[:2]]
    widths = [len(tokens) for tokens in head]
    return widths == [3, len(_COLUMNS)] and all(to_number(token) is not None for token in head[0])


def parse_lilim(file: TextFile) -> RoutingInstance | None:
    """Return the instance that a file of Li and Lim states, or None when faults were collected.

    Parameters
    ----------
    file
        The text, and where its faults are collected.

    Examples
    --------
    >>> from pathlib import Path
    >>> from flowopt.core.errors import Failures
    >>> text = '''2 50 1
    ... 0 0 0   0 0 99 0 0 0
    ... 1 3 4  10 0 99 5 0 2
    ... 2 6 8 -10 0 99 5 1 0'''
    >>> instance = parse_lilim(TextFile(Path("l.txt"), tuple(text.splitlines()), Failures()))
    >>> instance.shipments.tolist(), instance.shipment_demand.tolist(), instance.vehicles_first
    ([[1, 2]], [10.0], True)
    """
    rows = numbered_lines(file)
    places = _places(file, rows[1:])
    fleet = _fleet(file, rows[0], len(places.table) - 1)
    columns = places["demand"], places["pickup"], places["delivery"]
    pickups, ends = deliveries(file, "task", "task", places["task"], columns, places.lines)
    if fleet is None or len(file.failures):
        return None
    return RoutingInstance(
        name=file.path.stem,
        type="PDPTW",
        node=places["task"].astype(np.int64),
        depots=np.zeros(1, dtype=np.int64),
        fleet=fleet,
        coordinates=places.table[:, 1:3],
        demand=np.zeros(len(places.table)),
        tw_early=places["early"],
        tw_late=places["late"],
        service_duration=places["service"],
        shipments=np.column_stack([pickups, ends]),
        shipment_demand=places["demand"][pickups],
        vehicles_first=True,
        edge_weight_type="EXACT_2D",
    )


def _fleet(file: TextFile, row: Row, num_clients: int) -> Fleet | None:
    line, tokens = row
    number, capacity, speed = file.row("VEHICLE", line, tokens, 3) or (1.0, 1.0, 1.0)
    if number < 1 or number % 1 or capacity <= 0:
        fix = "give a whole number of vehicles and a capacity, both above 0"
        file.fail("VEHICLE", line, [number, capacity], "out_of_range", "cannot be used", fix)
        return None
    if speed != 1:
        message, fix = "is a speed that no published instance has", "give 1: times are distances"
        file.fail("VEHICLE", line, speed, "unsupported_value", message, fix)
    return make_fleet(np.array([int(number)]), num_clients, {"capacity": capacity})


def _places(file: TextFile, rows: list[Row]) -> Places:
    """Return the tasks in the order of their numbers, the depot first."""
    places = read_places(file, "TASK", rows, _COLUMNS).by_number()
    found = places.check_numbers("task", 0)
    if len(places.table) == len(rows) and 0 not in found:
        fix = "add the row of the depot, which has the number 0"
        file.fail("task", None, None, "missing_depot", "has no depot", fix)
    places.check_not_negative(("early", "late", "service"))
    places.check_windows("early", "late")
    depots = np.flatnonzero(places["task"] == 0).tolist()
    places.check_zero(depots, "task", ("demand", "service", "pickup", "delivery"))
    return places
