"""Reads the ``.dat`` files of inventory routing of the 12th DIMACS Implementation Challenge.

Number of places, periods, capacity and number of the vehicles; the depot: number, x, y, initial
stock, supply a period, holding cost; then each customer: number, x, y, initial stock, maximum and
minimum stock, demand a period, holding cost. (Archetti et al.: A branch-and-cut algorithm for a
vendor-managed inventory-routing problem, Transportation Science 41, 2007; extended by Coelho and
Laporte.)
"""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from flowopt.core.errors import Failures
from flowopt.io.text import TextFile, read_text

_HEAD = ("places", "periods", "capacity", "vehicles")
_DEPOT = ("id", "x", "y", "initial_stock", "supply", "holding_cost")
_CUSTOMER = ("id", "x", "y", "initial_stock", "max_stock", "min_stock", "demand", "holding_cost")

Numbers = dict[str, list[float]]


@dataclass(frozen=True)
class IrpInstance:
    """What a file of inventory routing states, as columns.

    Parameters
    ----------
    num_periods
        Number of periods.
    customers, depot, vehicles
        Column → values, as `flowopt.planning.InventoryRoutingProblem.from_frames` takes them.
    """

    num_periods: int
    customers: Numbers
    depot: Numbers
    vehicles: Numbers


def read_irp(path: str | PathLike[str]) -> IrpInstance:
    r"""Return what a file of inventory routing states.

    Parameters
    ----------
    path
        The file, gzipped or not.

    Raises
    ------
    ValidationError
        When the file cannot be read; all faults are listed with their lines.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> text = "3 2 50 1\n0 0 0 90 40 0.3\n1 3 4 10 20 0 10 0.1\n2 6 8 5 20 0 5 0.2\n"
    >>> with TemporaryDirectory() as folder:
    ...     place = Path(folder) / "tiny.dat"
    ...     _ = place.write_text(text)
    ...     instance = read_irp(place)
    >>> instance.num_periods, instance.vehicles, instance.customers["demand"]
    (2, {'num_available': [1], 'capacity': [50.0]}, [10.0, 5.0])
    """
    failures = Failures()
    file = read_text(Path(path), failures)
    instance = None if file is None else _parse(file)
    failures.raise_if_any()
    assert instance is not None  # without an instance there are failures
    return instance


def _parse(file: TextFile) -> IrpInstance | None:
    rows = [(n, line.split()) for n, line in enumerate(file.lines, 1) if line.strip()]
    head = file.row("head", rows[0][0], rows[0][1], len(_HEAD))
    if not head:
        return None
    if any(value < 1 or value % 1 for value in (*head[:2], head[3])) or head[0] < 2:
        fix = "write whole numbers: places, periods, capacity, vehicles"
        file.fail("head", rows[0][0], head, "out_of_range", "cannot be used", fix)
        return None
    if len(rows) != head[0] + 1:
        message = f"has {len(rows) - 1} places in place of {head[0]:.0f}"
        fix = "complete it; the file may be cut off, or of another format"
        file.fail(None, None, None, "wrong_length", message, fix)
        return None
    depot = _columns(file, "depot", rows[1:2], _DEPOT)
    customers = _columns(file, "customers", rows[2:], _CUSTOMER)
    if len(file.failures):
        return None
    vehicles: Numbers = {"num_available": [int(head[3])], "capacity": [head[2]]}
    return IrpInstance(int(head[1]), customers, depot, vehicles)


def _columns(
    file: TextFile, field: str, rows: list[tuple[int, list[str]]], names: tuple[str, ...]
) -> Numbers:
    table = [file.row(field, line, tokens, len(names)) for line, tokens in rows]
    if not all(table):
        return {}
    columns: Numbers = {name: list(cells) for name, *cells in zip(names, *table, strict=True)}
    return columns | {"id": [int(number) for number in columns["id"]]}
