"""Rows of numbers, one a place, as the text formats of routing have them, and what may be wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from flowopt.io.text import Floats, TextFile

Row = tuple[int, list[str]]
"""A row, split at blanks, after the number of its line."""


@dataclass(frozen=True, eq=False)
class Places:
    """The rows of places that could be read.

    Parameters
    ----------
    file
        The text, and where its faults are collected.
    table
        (n, c) numbers.
    lines
        The line of each row.
    columns
        Name → column.
    """

    file: TextFile
    table: Floats
    lines: Sequence[int]
    columns: Mapping[str, int]

    def __getitem__(self, name: str) -> Floats:
        column: Floats = self.table[:, self.columns[name]]
        return column

    def by_number(self) -> Places:
        """Return the rows in the order of their first column."""
        order = np.argsort(self.table[:, 0], kind="stable")
        lines = [self.lines[row] for row in order.tolist()]
        return replace(self, table=self.table[order], lines=lines)

    def check_numbers(self, name: str, first: int) -> set[float]:
        """Collect numbers of places that are none or stand twice; return those that are there.

        Parameters
        ----------
        name
            The column of the numbers.
        first
            The first that there may be.
        """
        seen: set[float] = set()
        for number, line in zip(self[name].tolist(), self.lines, strict=True):
            if number % 1 or number < first:
                fix = f"number the places from {first}"
                message = "is no number of a place"
                self.file.fail(name, line, number, "unknown_node", message, fix)
            elif number in seen:
                text = "is a place that stands twice"
                self.file.fail(name, line, int(number), "duplicate_node", text, "keep one row")
            seen.add(number)
        return seen

    def check_not_negative(self, names: Sequence[str]) -> None:
        """Collect values below 0."""
        for name in names:
            for row in np.flatnonzero(self[name] < 0).tolist():
                value, line = self[name][row].item(), self.lines[row]
                self.file.fail(name, line, value, "negative", "is negative", "use 0 or more")

    def check_windows(self, early: str, late: str) -> None:
        """Collect windows that close before they open."""
        for row in np.flatnonzero(self[early] > self[late]).tolist():
            message = "is a window that closes before it opens"
            fix = "give the earlier time first"
            window = [self[early][row].item(), self[late][row].item()]
            self.file.fail(late, self.lines[row], window, "empty_window", message, fix)

    def check_zero(self, rows: Sequence[int], number: str, names: Sequence[str]) -> None:
        """Collect depots, given by their rows, with a demand or service.

        Parameters
        ----------
        rows
            The rows of the depots.
        number
            The column of the numbers of the places.
        names
            The columns that are 0 at depots.
        """
        for row in rows:
            if any(self[name][row] != 0 for name in names):
                fix = "give the depot a demand and a service time of 0"
                message = "is a depot with demand or service"
                value = int(self[number][row])
                self.file.fail(number, self.lines[row], value, "depot", message, fix)


def read_places(file: TextFile, field: str, rows: Sequence[Row], columns: Sequence[str]) -> Places:
    """Return the rows that are of so many numbers; collect other rows.

    Parameters
    ----------
    file
        The text, and where its faults are collected.
    field
        What the rows are part of, for the faults.
    rows
        The rows.
    columns
        Names of their columns.
    """
    read = [(line, file.row(field, line, tokens, len(columns))) for line, tokens in rows]
    good = [(line, numbers) for line, numbers in read if numbers]
    table = np.array([numbers for _, numbers in good]).reshape(-1, len(columns))
    lines = [line for line, _ in good]
    return Places(file, table, lines, {name: c for c, name in enumerate(columns)})


def numbered_lines(file: TextFile) -> list[Row]:
    """Return the lines of a file that are not empty, split at blanks, each after its number."""
    return [(number, line.split()) for number, line in enumerate(file.lines, 1) if line.strip()]
