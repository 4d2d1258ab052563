"""Turns one column of any frame into a NumPy array of its specification, fault by fault."""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.columns import Column
from flowopt.core.errors import Failures

Array = npt.NDArray[Any]

_NUMERIC = ("float", "int", "time")
_CLOCK = re.compile(r"(-?)(\d{1,3}):([0-5]\d)(?::([0-5]\d(?:\.\d+)?))?")
_TRUE = frozenset({"true", "1", "yes", "oui", "1.0"})
_FALSE = frozenset({"false", "0", "no", "non", "0.0"})
_WHOLE_LIMIT = 2**53  # beyond it a float is no longer a reliable whole number


class ColumnReader:
    """Reads one column: converts its cells, fills empty ones, collects what cannot be used.

    Parameters
    ----------
    table
        Name of the table, for the failures.
    column
        What the column should hold.
    failures
        Where faults are collected.
    """

    def __init__(self, table: str, column: Column, failures: Failures) -> None:
        self.table, self.column, self.failures = table, column, failures

    def read(self, values: Array, blank: npt.NDArray[np.bool_]) -> Array:
        """Return the column; a faulty cell is collected and stands as a harmless value.

        Parameters
        ----------
        values
            (n,) cells as they came.
        blank
            (n,) whether the cell is empty, and so takes the default.
        """
        if self.column.required:
            for row in np.flatnonzero(blank):
                self._fail(row, None, "missing", "the cell is empty", "fill it")
        kind = self.column.kind
        if kind in _NUMERIC:
            return self._numbers(values, blank)
        if kind == "bool":
            return self._booleans(values, blank)
        if kind in ("id", "ref"):
            return self._ids(values, blank)
        return self._texts(values, blank)

    def placeholder(self) -> Any:
        """Return the default, or a harmless value of the column's kind when it has none."""
        if not self.column.required:
            return self.column.default
        harmless = max(0.0, self.column.lower, self.column.above + 1.0)
        kind = self.column.kind
        return harmless if kind in _NUMERIC else False if kind == "bool" else ""

    def _fail(
        self, row: int | np.integer[Any] | None, value: object, code: str, message: str, fix: str
    ) -> None:
        place = None if row is None else int(row)
        shown = value.item() if isinstance(value, np.generic) else value
        self.failures.add(self.table, self.column.name, place, shown, code, message, fix)

    # ---- numbers

    def _numbers(self, values: Array, blank: npt.NDArray[np.bool_]) -> Array:
        fill = self.placeholder()
        if values.dtype.kind in "iufb" and not blank.any():
            numbers = values.astype(np.float64)
        else:
            numbers = np.full(len(values), float(fill))
            for row in np.flatnonzero(~blank):
                numbers[row] = self._number(int(row), values[row])
        good = self._bounded(numbers, values, blank)
        numbers[~good] = fill
        return numbers.astype(np.int64) if self.column.kind == "int" else numbers

    def _number(self, row: int, value: Any) -> float:
        try:
            return self._parse(value)
        except (TypeError, ValueError, OverflowError):
            fix = "write a number" if self.column.kind != "time" else "write seconds or HH:MM"
            self._fail(row, value, "wrong_type", "is not a number", fix)
            return float(self.placeholder())

    def _parse(self, value: Any) -> float:
        if self.column.kind == "time":
            if isinstance(value, np.datetime64):
                return float(value.astype("datetime64[us]").astype(np.int64)) / 1e6
            if isinstance(value, np.timedelta64):
                return float(value / np.timedelta64(1, "us")) / 1e6
            if isinstance(value, dt.datetime):
                zone = value.tzinfo or dt.UTC
                return value.replace(tzinfo=zone).timestamp()
            if isinstance(value, dt.timedelta):
                return value.total_seconds()
            if isinstance(value, dt.time):
                return dt.timedelta(
                    hours=value.hour, minutes=value.minute, seconds=value.second
                ).total_seconds()
            clock = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
            if clock:
                sign, hours, minutes, seconds = clock.groups()
                total = int(hours) * 3600 + int(minutes) * 60 + float(seconds or 0)
                return -total if sign else total
        if isinstance(value, (bool, np.bool_)):
            raise TypeError
        return float(value)

    def _bounded(
        self, numbers: Array, values: Array, blank: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.bool_]:
        """Collect every number outside the column's domain; return which ones are inside."""
        column = self.column
        good = blank.copy()
        nan = np.isnan(numbers) & ~blank
        empty = "fill it, or leave the cell empty (null) for the default"
        fix = "fill it" if column.required else empty
        self._collect(nan, values, "nan", "is not a number (NaN)", fix)
        infinite = np.isinf(numbers) & ~blank & ~nan
        if column.infinite:  # +inf means "no limit"; -inf means nothing
            infinite &= numbers < 0
        self._collect(infinite, values, "inf", "is infinite", "write a finite number")
        finite = ~nan & ~infinite & ~blank
        low = finite & ((numbers < column.lower) | (numbers <= column.above))
        negative = low & (numbers < 0) & (column.lower == 0)
        self._collect(negative, values, "negative", "is negative", "write 0 or more")
        outside = (low & ~negative) | (finite & (numbers > column.upper))
        domain = f"write a value {column.domain}"
        self._collect(outside, values, "out_of_range", "is out of range", domain)
        bad = nan | infinite | low | outside
        if column.kind == "int":
            whole = np.abs(numbers) <= _WHOLE_LIMIT
            whole &= numbers == np.floor(numbers)
            odd = ~bad & ~whole & ~blank
            self._collect(odd, values, "wrong_type", "is not a whole number", "round it")
            bad |= odd
        good |= ~bad
        return good

    def _collect(self, mask: Array, values: Array, code: str, message: str, fix: str) -> None:
        for row in np.flatnonzero(mask):
            self._fail(row, values[row], code, message, fix)

    # ---- everything else

    def _booleans(self, values: Array, blank: npt.NDArray[np.bool_]) -> Array:
        result = np.full(len(values), bool(self.placeholder()))
        for row in np.flatnonzero(~blank):
            word = str(values[row]).strip().lower()
            if word in _TRUE or word in _FALSE:
                result[row] = word in _TRUE
            else:
                fix = "write true or false"
                self._fail(row, values[row], "wrong_type", "is neither true nor false", fix)
        return result

    def _ids(self, values: Array, blank: npt.NDArray[np.bool_]) -> Array:
        """Return ids as they came: whole numbers as int64, all else as strings."""
        if values.dtype.kind in "iu" and not blank.any():
            return values.astype(np.int64)
        cells = [
            self.placeholder() if empty else self._id(row, value)
            for row, (value, empty) in enumerate(zip(values.tolist(), blank, strict=True))
        ]
        if cells and all(type(cell) is int and abs(cell) < 2**63 for cell in cells):
            return np.array(cells, dtype=np.int64)
        return np.array([str(cell) for cell in cells], dtype=np.str_)

    def _id(self, row: int, value: Any) -> str | int:
        if isinstance(value, float):  # an int column that a missing cell turned into floats
            if math.isfinite(value) and value == int(value):
                return int(value)
            self._fail(row, value, "nan", "is not an id", "write a name or a whole number")
            return ""
        if isinstance(value, int):
            return int(value)
        text = str(value).strip()
        if not text:
            self._fail(row, value, "missing", "the id is empty", "write a name")
        return text

    def _texts(self, values: Array, blank: npt.NDArray[np.bool_]) -> Array:
        cells = [
            str(self.placeholder()) if empty else str(value)
            for value, empty in zip(values.tolist(), blank, strict=True)
        ]
        if self.column.kind == "choice":
            cells = [self._choice(row, cell, blank[row]) for row, cell in enumerate(cells)]
        return np.array(cells, dtype=np.str_)

    def _choice(self, row: int, cell: str, empty: bool) -> str:
        word = cell.strip().lower()
        if not empty and word not in self.column.choices:
            fix = f"write one of {', '.join(self.column.choices)}"
            self._fail(row, cell, "unknown_choice", "is not known", fix)
            return self.column.choices[0]
        return word
