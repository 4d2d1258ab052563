"""Reads the arguments of the textbook functions as the columns of the input table that they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

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
ON_BAD_ITEMS = ("raise", "status")
"""What can be asked for with bad items: a fault raises, or is the status of its item."""
INVALID = "invalid"
"""Status of an item that has a fault, in an answer asked for in spite of it."""

Answer = TypeVar("Answer")


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
    rows
        Where they stand among all that were given; None: these are all.
    """

    function: str
    columns: dict[str, npt.NDArray[Any]]
    shape: tuple[int, ...]
    failures: Failures
    rows: npt.NDArray[np.int64] | None = None

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        return self.columns[name]

    def require(self, name: str, holds: npt.NDArray[np.bool_], message: str, fix: str) -> None:
        """Collect a fault for each value that a condition does not hold for.

        An item with a fault has harmless values in place of the faulty: it takes no part.
        """
        if holds.all():
            return
        faulty = {failure.row for failure in self.failures}
        for row in np.setdiff1d(np.flatnonzero(~holds), [row for row in faulty if row is not None]):
            value = self.columns[name][row].item()
            self.failures.add(self.function, name, int(row), value, "out_of_range", message, fix)

    @property
    def num_items(self) -> int:
        """How many items there are."""
        return len(next(iter(self.columns.values())))

    def sound(self, on_bad_items: str) -> Arguments:
        """Return the items without a fault.

        Parameters
        ----------
        on_bad_items
            ``"raise"``: any fault raises; ``"status"``: only those that are not of single items.
        """
        require_choice(self.function, "on_bad_items", on_bad_items, ON_BAD_ITEMS, self.failures)
        faulty = {failure.row for failure in self.failures}
        if None in faulty or on_bad_items != "status":
            self.failures.raise_if_any()
        rows = np.setdiff1d(np.arange(self.num_items), list(faulty)) if faulty else None
        if rows is None:
            return self
        columns = {name: column[rows] for name, column in self.columns.items()}
        return replace(self, columns=columns, rows=rows)

    def answer(self, kind: type[Answer], **columns: npt.NDArray[Any]) -> Answer:
        """Return an answer of columns, in the shape of the arguments.

        An item with a fault has the status ``"invalid"`` and no numbers.

        Parameters
        ----------
        kind
            Class of the answer.
        columns
            Its fields, one value for each of these items.
        """
        return kind(**{name: self._spread(column) for name, column in columns.items()})

    def _spread(self, column: npt.NDArray[Any]) -> Any:
        """Return a column among the items that were left out, in the shape of all."""
        if self.rows is not None:
            text = column.dtype.kind == "U"
            size = int(np.prod(self.shape))
            whole = np.full(size, INVALID if text else np.nan, dtype=None if text else np.float64)
            whole = whole.astype(np.result_type(whole, column))
            whole[self.rows] = column
            column = whole
        return column.reshape(self.shape) if self.shape else column[0].item()

    def shaped(self, values: npt.NDArray[np.float64]) -> Any:
        """Return values in the shape of the arguments; a number when all were numbers."""
        return values.reshape(self.shape) if self.shape else float(values[0])


def read_arguments(
    function: str,
    *,
    specs: Iterable[Column] = (),
    num_rows: int | None = None,
    **values: Any,
) -> Arguments:
    """Read arguments named like columns of the input table; None stands for the default.

    Parameters
    ----------
    function
        Name of the function, for the failures.
    specs
        What columns hold that the input table does not have, or has with another domain.
    num_rows
        How many items another argument has, so that these must broadcast to them; None: none.
    values
        Column → a value or an array; all must broadcast against each other.
    """
    failures = Failures()
    cells = {name: _cells(function, name, value) for name, value in values.items()}
    known = _COLUMNS | {column.name: column for column in specs}
    rows = () if num_rows is None else ((num_rows,),)
    try:
        shape = np.broadcast_shapes(*(array.shape for array in cells.values()), *rows)
    except ValueError:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in cells.items())
        shapes += "" if num_rows is None else f", {num_rows} items in the table"
        fix = "give numbers, or arrays of one shape"
        failures.add(function, None, None, None, "shape", f"shapes differ: {shapes}", fix)
        failures.raise_if_any()
    columns = {}
    for name, array in cells.items():
        flat = np.broadcast_to(array, shape).reshape(-1)
        blank = np.zeros(len(flat), dtype=np.bool_)
        if flat.dtype.kind == "O":
            blank = np.array([cell is None for cell in flat], dtype=np.bool_)
        columns[name] = ColumnReader(function, known[name], failures).read(flat, blank)
    return Arguments(function, columns, shape, failures)


def as_array(function: str, name: str, value: Any) -> npt.NDArray[Any]:
    """Return an argument as an array; raise when its rows differ in length.

    Parameters
    ----------
    function
        Name of the function, for the failure.
    name
        Name of the argument.
    value
        What was given for it.
    """
    try:
        return np.asarray(value)
    except ValueError:
        failures, fix = Failures(), "give a number, or rows of one length"
        failures.add(function, name, None, None, "shape", "has rows of different lengths", fix)
        failures.raise_if_any()
        raise AssertionError from None


def require_choice(
    function: str, name: str, value: Any, choices: Iterable[Any], failures: Failures
) -> None:
    """Collect a fault when an option is none of those that there are.

    Parameters
    ----------
    function
        Name of the function, for the failure.
    name
        Name of the option.
    value
        What was given for it: anything.
    choices
        Words, or True and False.
    failures
        Collects the fault.
    """
    known = tuple(choices)
    if isinstance(value, (str, bool, np.bool_)) and value in known:
        return
    fix = f"write one of {', '.join(map(str, known))}"
    failures.add(function, name, None, value, "unknown_choice", "is not known", fix)


def _cells(function: str, name: str, value: Any) -> npt.NDArray[Any]:
    array = as_array(function, name, value)
    return array.astype(object) if array.dtype.kind in "US" else array
