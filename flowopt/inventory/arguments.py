"""Reads the arguments of the textbook functions as the columns of the input table that they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.cells import ColumnReader
from flowopt.core.columns import Column
from flowopt.core.errors import Failures
from flowopt.inventory.replenishment.spec import ITEMS, LARGEST

_LEVELS = (
    Column("order_up_to_level", "float", "S", "units", lower=0, upper=LARGEST),
    Column("reorder_point", "float", "r", "units", lower=-LARGEST, upper=LARGEST),
)
_COLUMNS = {column.name: column for column in (*ITEMS.columns, *_LEVELS)}


@dataclass(frozen=True)
class Arguments:
    """Arguments broadcast against each other, flat, with the faults found in them.

    Parameters
    ----------
    function
        Name of the function that they were given to.
    columns
        Name → (n,) values.
    shape
        The shape that they broadcast to.
    failures
        The faults found so far.
    """

    function: str
    columns: dict[str, npt.NDArray[Any]]
    shape: tuple[int, ...]
    failures: Failures

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        return self.columns[name]

    def require(self, name: str, holds: npt.NDArray[np.bool_], message: str, fix: str) -> None:
        """Collect a fault for each value that a condition does not hold for."""
        for row in np.flatnonzero(~holds):
            value = self.columns[name][row].item()
            self.failures.add(self.function, name, int(row), value, "out_of_range", message, fix)

    def shaped(self, values: npt.NDArray[np.float64]) -> Any:
        """Return values in the shape of the arguments; a number when all were numbers."""
        return values.reshape(self.shape) if self.shape else float(values[0])


def read_arguments(function: str, **values: Any) -> Arguments:
    """Read arguments named like columns of the input table; None stands for the default.

    Parameters
    ----------
    function
        Name of the function, for the failures.
    values
        Column → a value or an array; all must broadcast against each other.
    """
    failures = Failures()
    cells = {name: _cells(value) for name, value in values.items()}
    try:
        shape = np.broadcast_shapes(*(array.shape for array in cells.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in cells.items())
        fix = "give numbers, or arrays of one shape"
        failures.add(function, None, None, None, "shape", f"shapes differ: {shapes}", fix)
        failures.raise_if_any()
    columns = {}
    for name, array in cells.items():
        flat = np.broadcast_to(array, shape).reshape(-1)
        blank = np.zeros(len(flat), dtype=np.bool_)
        if flat.dtype.kind == "O":
            blank = np.array([cell is None for cell in flat], dtype=np.bool_)
        columns[name] = ColumnReader(function, _COLUMNS[name], failures).read(flat, blank)
    return Arguments(function, columns, shape, failures)


def _cells(value: Any) -> npt.NDArray[Any]:
    array = np.asarray(value)
    return array.astype(object) if array.dtype.kind in "US" else array
