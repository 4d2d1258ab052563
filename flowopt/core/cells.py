"""Turns one column of any frame into a NumPy array of its specification, fault by fault."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.columns import Column
from flowopt.core.errors import Failures
from flowopt.core.ids import Array, day_name, distinct
from flowopt.core.times import Clock, parse_time

__all__ = ["Array", "ColumnReader"]

_NUMERIC = ("float", "int", "time")
_TRUE = frozenset({"true", "1", "yes", "oui", "1.0"})
_FALSE = frozenset({"false", "0", "no", "non", "0.0"})
_WHOLE_LIMIT = 2**53  # beyond it a float is no longer a reliable whole number
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_EPOCH = np.datetime64(0, "us")


class _FaultyCellError(Exception):
    """A cell that cannot be used; the arguments are a failure's code, message and fix."""


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
        self.clock: Clock | None = None  # what the times of the column are counted on

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

    def _parse_each(
        self, values: Array, blank: npt.NDArray[np.bool_], parse: Callable[[Any], Any], fill: Any
    ) -> tuple[list[Any], npt.NDArray[np.int64]]:
        """Parse every distinct value once; return the results, and (n,) the place of each cell's.

        A blank or faulty cell has the place of `fill`, the last of the results.
        """
        rows = np.flatnonzero(~blank)
        codes, uniques = distinct(values[rows])
        results: list[Any] = []
        faults: dict[int, _FaultyCellError] = {}
        for code, value in enumerate(uniques):
            try:
                results.append(parse(value))
            except _FaultyCellError as fault:
                faults[code] = fault
                results.append(fill)
        places = np.full(len(values), len(results), dtype=np.int64)
        places[rows] = codes
        if faults:
            for row in rows[np.isin(codes, list(faults))]:
                self._fail(row, values[row], *faults[places[row]].args)
                places[row] = len(results)
        return [*results, fill], places

    # ---- numbers

    def _numbers(self, values: Array, blank: npt.NDArray[np.bool_]) -> Array:
        fill = float(self.placeholder())
        if values.dtype.kind in "iuf":
            numbers = values.astype(np.float64)
            numbers[blank] = fill
            if self.column.kind == "time":
                self.clock = self.clock or "seconds"
        elif self.column.kind == "time":
            numbers = self._times(values, blank, fill)
        else:
            numbers = self._parsed_numbers(values, blank, fill)
        good = self._bounded(numbers, values, blank)
        numbers[~good] = fill
        return numbers.astype(np.int64) if self.column.kind == "int" else numbers

    def _parsed_numbers(
        self, values: Array, blank: npt.NDArray[np.bool_], fill: float
    ) -> npt.NDArray[np.float64]:
        numbers = np.full(len(values), fill)
        cells = values[~blank].tolist()
        if set(map(type, cells)) <= {int, float, str}:
            try:
                numbers[~blank] = np.array(cells, dtype=object).astype(np.float64)
                if np.isfinite(numbers).all():
                    return numbers
            except (ValueError, OverflowError):
                pass  # some cell is no number, or none that fits: find it below
        results, places = self._parse_each(values, blank, _number, fill)
        return np.array(results, dtype=np.float64)[places]

    def _times(
        self, values: Array, blank: npt.NDArray[np.bool_], fill: float
    ) -> npt.NDArray[np.float64]:
        if values.dtype.kind == "M":
            self.clock = self.clock or "naive"
            numbers: npt.NDArray[np.float64] = (values - _EPOCH) / np.timedelta64(1, "s")
            return np.where(blank, fill, numbers)
        results, places = self._parse_each(values, blank, _time, (fill, None))
        self._check_clocks(values, [clock for _, clock in results], places)
        return np.array([seconds for seconds, _ in results], dtype=np.float64)[places]

    def _check_clocks(
        self, values: Array, clocks: list[Clock | None], places: npt.NDArray[np.int64]
    ) -> None:
        """Collect the first time that is counted on another clock than those above it."""
        named = [place for place in np.unique(places) if clocks[place] is not None]
        found = list(dict.fromkeys(clocks[place] for place in named))
        self.clock = found[0] if found else None
        for other in found[1:]:
            row = next(r for r, place in enumerate(places) if clocks[place] == other)
            message = f"is {_CLOCK_WORDS[other]}, other cells are {_CLOCK_WORDS[found[0]]}"
            fix = "write the whole column in one way"
            self._fail(row, values[row], "mixed_time_zones", message, fix)

    def _bounded(
        self, numbers: Array, values: Array, blank: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.bool_]:
        """Collect every number outside the column's domain; return which ones are inside."""
        column = self.column
        good = blank.copy()
        nan = np.isnan(numbers) & ~blank
        if column.blank_is_unknown:  # frames without nulls write NaN for "not known"
            nan[:] = False
        fix = "fill it" if column.required else _HOW_TO_TAKE_THE_DEFAULT
        self._collect(nan, values, "nan", "is not a number (NaN)", fix)
        infinite = np.isinf(numbers) & ~blank & ~nan
        if column.infinite:  # +inf means "no limit"; -inf means nothing
            infinite &= numbers < 0
        self._collect(infinite, values, "inf", "is infinite", "write a finite number")
        finite = ~nan & ~infinite & ~blank
        low = finite & ((numbers < column.lower) | (numbers <= column.above))
        negative = low & (numbers < 0) & (column.lower == 0)
        self._collect(negative, values, "negative", "is negative", "write 0 or more")
        outside = (low & ~negative) | (finite & np.isfinite(numbers) & (numbers > column.upper))
        domain = f"write a value {column.domain}"
        self._collect(outside, values, "out_of_range", "is out of range", domain)
        bad = nan | infinite | low | outside
        if column.kind == "int":
            odd = ~bad & ~blank & (numbers != np.floor(numbers))
            self._collect(odd, values, "wrong_type", "is not a whole number", "round it")
            large = ~bad & ~blank & (np.abs(numbers) > _WHOLE_LIMIT)
            most = f"write a number up to {_WHOLE_LIMIT}"
            self._collect(large, values, "too_large", "is too large", most)
            bad |= odd | large
        good |= ~bad
        return good

    def _collect(self, mask: Array, values: Array, code: str, message: str, fix: str) -> None:
        for row in np.flatnonzero(mask):
            self._fail(row, values[row], code, message, fix)

    # ---- everything else

    def _booleans(self, values: Array, blank: npt.NDArray[np.bool_]) -> Array:
        results, places = self._parse_each(values, blank, _boolean, bool(self.placeholder()))
        return np.array(results, dtype=np.bool_)[places]

    def _ids(self, values: Array, blank: npt.NDArray[np.bool_]) -> Array:
        """Return ids as they came: whole numbers as int64, all else as strings."""
        if values.dtype.kind in "iu" and not blank.any():
            return values.astype(np.int64)
        if set(map(type, values[~blank].tolist())) == {str}:
            return self._filled_texts(values, blank, str(self.placeholder()))
        results, places = self._parse_each(values, blank, _id, self.placeholder())
        used = results if blank.any() or places.max(initial=0) == len(results) - 1 else results[:-1]
        if used and all(type(name) is int and abs(name) < 2**63 for name in used):
            return np.array(used, dtype=np.int64)[places]
        return np.array([str(name) for name in results], dtype=np.str_)[places]

    def _filled_texts(self, values: Array, blank: npt.NDArray[np.bool_], fill: str) -> Array:
        """Return texts without the space around them; quicker than `_parse_each` on ids."""
        cells = zip(values.tolist(), blank.tolist(), strict=True)
        return np.array([fill if empty else text.strip() for text, empty in cells], dtype=np.str_)

    def _texts(self, values: Array, blank: npt.NDArray[np.bool_]) -> Array:
        parsers = {"choice": self._choice, "list": _several}
        parse = parsers.get(self.column.kind, str)
        fill = self.column.choices[0] if self.column.kind == "choice" else ""
        fill = fill if self.column.required else str(self.column.default)
        results, places = self._parse_each(values, blank, parse, fill)
        return np.array(results, dtype=np.str_)[places]

    def _choice(self, cell: Any) -> str:
        word = str(cell).strip().lower()
        if word not in self.column.choices:
            fix = f"write one of {', '.join(self.column.choices)}"
            raise _FaultyCellError("unknown_choice", "is not known", fix)
        return word


_HOW_TO_TAKE_THE_DEFAULT = (
    "fill it, or make it an empty cell (None), which takes the default "
    "(pandas: frame.convert_dtypes())"
)

_CLOCK_WORDS: dict[Clock | None, str] = {
    "seconds": "a time without a date",
    "naive": "a date without a time zone",
    "aware": "a date with a time zone",
}


def _number(value: Any) -> float:
    try:
        if isinstance(value, (bool, np.bool_)):
            raise TypeError
        return _unless_overflown(float(value), value)
    except OverflowError:
        raise _FaultyCellError(*_TOO_LARGE) from None
    except (TypeError, ValueError):
        raise _FaultyCellError("wrong_type", "is not a number", _how_to_write(value)) from None


def _how_to_write(value: Any) -> str:
    if isinstance(value, str) and _DECIMAL_COMMA.fullmatch(value.strip()):
        point = value.strip().replace(",", ".")
        return f"write {point}, or separate the cells of the file by semicolons"
    return "write a number"


_TOO_LARGE = ("too_large", "is too large", "write a number below 1e308")


def _unless_overflown(number: float, value: Any) -> float:
    """Return the number read from a value; raise when only its size makes it infinite."""
    if math.isinf(number) and str(value).strip().lstrip("+-").lower() not in ("inf", "infinity"):
        raise OverflowError
    return number


def _time(value: Any) -> tuple[float, Clock | None]:
    try:
        seconds, clock = parse_time(value)
        _unless_overflown(seconds, value)
    except OverflowError:
        raise _FaultyCellError(*_TOO_LARGE) from None
    except (TypeError, ValueError):
        fix = "write seconds, HH:MM, or a date such as 2026-03-01 or 2026-03-01T08:00+01:00"
        raise _FaultyCellError("wrong_type", "is not a time", fix) from None
    return seconds, clock if math.isfinite(seconds) else None  # inf, "never", has no clock


def _several(value: Any) -> str:
    """Return a cell that lists several texts as one, with semicolons between."""
    if isinstance(value, (set, frozenset)):
        value = sorted(value, key=str)
    if not isinstance(value, (list, tuple, np.ndarray)):
        return str(value)
    if any(part is None or part != part for part in value):  # NaN differs from itself
        raise _FaultyCellError("missing", "lists an empty name", "leave it out")
    return ";".join(str(part) for part in value)


def _boolean(value: Any) -> bool:
    word = str(value).strip().lower()
    if word not in _TRUE | _FALSE:
        fix = "write true or false"
        raise _FaultyCellError("wrong_type", "is neither true nor false", fix)
    return word in _TRUE


def _id(value: Any) -> str | int:
    """Return a name or a whole number; a day is named alike whether it came as date or as time."""
    if isinstance(value, float):  # an int column that a missing cell turned into floats
        if math.isfinite(value) and value == int(value):
            return int(value)
        raise _FaultyCellError("nan", "is not an id", "write a name or a whole number")
    if isinstance(value, int):
        return int(value)
    if isinstance(value, date):
        return day_name(value)
    return str(value).strip()
