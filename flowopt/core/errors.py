"""Every error that flowopt raises, and the list in which faults of the input are collected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

_SHOWN_IN_MESSAGE = 20
_LONGEST_VALUE = 60


class FlowoptError(Exception):
    """The root of all errors raised by flowopt."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One fault of the input.

    Parameters
    ----------
    table
        Name of the input table or argument group (``"lanes"``, ``"solve"``).
    column
        Column or argument at fault; None when the whole table is.
    row
        Position of the row, counted from 0 (see `counted`); None when the whole column is at fault.
    value
        The value found.
    code
        A short stable name of the kind of fault (``"negative"``, ``"unknown_id"``).
    message
        What is wrong.
    fix
        What to do about it.
    counted
        What `row` counts: ``"row"`` of a table, from 0, or ``"line"`` of a file, from 1.

    Examples
    --------
    >>> print(Failure("lanes", "capacity", 3, -5.0, "negative", "is negative", "use 0 or more"))
    lanes.capacity, row 3: -5.0 is negative; use 0 or more
    """

    table: str
    column: str | None
    row: int | None
    value: object
    code: str
    message: str
    fix: str
    counted: Literal["row", "line"] = "row"

    def __str__(self) -> str:
        place = self.table if self.column is None else f"{self.table}.{self.column}"
        where = place if self.row is None else f"{place}, {self.counted} {self.row}"
        what = self.message if self.value is None else f"{_shown(self.value)} {self.message}"
        return f"{where}: {what}; {self.fix}"


def _shown(value: object) -> str:
    """Return a value as Python writes it, cut when it is long."""
    try:
        text = repr(value)
    except ValueError:  # a whole number of thousands of digits
        return "a number of thousands of digits"
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


class ValidationError(FlowoptError, ValueError):
    """The input cannot be used; ``failures`` lists every fault that was found.

    Parameters
    ----------
    failures
        All the faults, in the order of the tables.

    Examples
    --------
    >>> fault = Failure("solve", "seed", None, -1, "negative", "is negative", "use 0 or more")
    >>> ValidationError([fault]).failures[0].code
    'negative'
    """

    def __init__(self, failures: Iterable[Failure]) -> None:
        self.failures: tuple[Failure, ...] = tuple(failures)
        super().__init__(self._text())

    def _text(self) -> str:
        count = len(self.failures)
        lines = [f"{count} fault{'s' if count != 1 else ''} in the input"]
        lines += [f"  {failure}" for failure in self.failures[:_SHOWN_IN_MESSAGE]]
        if count > _SHOWN_IN_MESSAGE:
            lines.append(f"  … and {count - _SHOWN_IN_MESSAGE} more in .failures")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[type[ValidationError], tuple[tuple[Failure, ...]]]:
        return type(self), (self.failures,)  # so that it crosses process borders whole


class UnsupportedFeatureError(FlowoptError):
    """The engine asked for cannot take a feature of the problem."""


class EngineNotAvailableError(FlowoptError, ImportError):
    """The engine needs a package that is not installed; the message names the extra."""


class EngineError(FlowoptError):
    """An engine failed, or gave an answer that did not pass the check."""


class NoSolutionError(FlowoptError):
    """Values were read from an answer that has none."""


class FlowoptWarning(UserWarning):
    """Something in the input was understood in a way that its author should know of."""


class Failures:
    """Collects the faults of the input, so that all are reported at once.

    Examples
    --------
    >>> failures = Failures()
    >>> failures.add("sites", "id", 2, "Lyon", "duplicate_id", "appears twice", "keep one row")
    >>> len(failures)
    1
    >>> failures.raise_if_any()
    Traceback (most recent call last):
        ...
    flowopt.core.errors.ValidationError: 1 fault in the input
      sites.id, row 2: 'Lyon' appears twice; keep one row
    """

    def __init__(self) -> None:
        self._items: list[Failure] = []

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Failure]:
        return iter(self._items)

    def add(
        self,
        table: str,
        column: str | None,
        row: int | None,
        value: object,
        code: str,
        message: str,
        fix: str,
        counted: Literal["row", "line"] = "row",
    ) -> None:
        """Add one fault; the parameters are those of `Failure`."""
        self._items.append(Failure(table, column, row, value, code, message, fix, counted))

    def extend(self, failures: Iterable[Failure]) -> None:
        """Add faults that were collected elsewhere."""
        self._items.extend(failures)

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Collect the faults of a `ValidationError` raised inside, and go on after the block.

        Examples
        --------
        >>> failures = Failures()
        >>> with failures.collecting():
        ...     raise ValidationError([Failure("solve", "seed", None, -1, "", "is bad", "")])
        >>> len(failures)
        1
        """
        try:
            yield
        except ValidationError as error:
            self.extend(error.failures)

    def raise_if_any(self) -> None:
        """Raise `ValidationError` with all faults added so far, or return when there are none."""
        if self._items:
            raise ValidationError(self._items)
