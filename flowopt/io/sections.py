"""Splits a VRPLIB file into headers (``CAPACITY : 100``) and sections (``DEMAND_SECTION``).

What these mean is read elsewhere (`flowopt.io.vrplib`); here their values become numbers and
columns, and every fault is collected with its line.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import numpy.typing as npt

from flowopt.io.text import Floats, TextFile, to_numbers

_SHOWN_NODES = 5


@dataclass(frozen=True)
class Numbering:
    """What the rows of a section are numbered by, from 1.

    Parameters
    ----------
    size
        How many there are.
    what
        What one of them is called.
    header
        Where the file says how many there are.
    """

    size: int
    what: str = "node"
    header: str = "DIMENSION"


Row = tuple[int, list[str]]
"""A row, split at blanks, after the number of its line."""


@dataclass
class Section:
    """One section.

    Parameters
    ----------
    line
        Number of the line of its keyword.
    rows
        Its rows, split at blanks, each after the number of its line.
    """

    line: int
    rows: list[Row] = field(default_factory=list)

    @property
    def tokens(self) -> list[tuple[int, str]]:
        """Its words, each after the number of its line."""
        return [(line, token) for line, row in self.rows for token in row]


class SectionFile:
    """The headers and sections of one file.

    Parameters
    ----------
    file
        The text, and where its faults are collected.
    headers, sections
        The keywords that may stand in it; any other is a fault, since it might be a constraint.
    """

    def __init__(self, file: TextFile, headers: Collection[str], sections: Collection[str]) -> None:
        self.file = file
        self.headers: dict[str, tuple[int, str]] = {}
        self.sections: dict[str, Section] = {}
        self.has_end = False
        self._known = {"header": headers, "section": sections}
        self._split()

    def _split(self) -> None:
        """Split the file at its keywords; what comes after EOF is no part of it."""
        section: Section | None = None
        for number, raw in enumerate(self.file.lines, start=1):
            text = raw.strip()
            if not text:
                continue
            if section is not None and text[0] in "0123456789-+.":
                section.rows.append((number, text.split()))
                continue
            keyword, colon, value = (part.strip() for part in text.partition(":"))
            keyword = keyword.upper()
            if keyword == "EOF":
                self.has_end = True
                break
            if keyword.endswith("_SECTION") and not value:
                section = self._add_section(number, keyword)
            elif colon:
                self._add_header(number, keyword, value)
            elif section is not None:
                section.rows.append((number, text.split()))
            else:
                fix = "give `KEYWORD : value`, or a keyword that ends in _SECTION"
                self.file.fail(None, number, text[:40], "unknown_line", "is no VRPLIB line", fix)

    def _add_section(self, line: int, name: str) -> Section:
        section = Section(line)
        if self._is_new(line, "section", name, self.sections):
            self.sections[name] = section
        return section

    def _add_header(self, line: int, name: str, value: str) -> None:
        if name == "COMMENT" and name in self.headers:  # may go over several lines
            return
        if self._is_new(line, "header", name, self.headers):
            self.headers[name] = line, value

    def _is_new(self, line: int, kind: str, name: str, found: Collection[str]) -> bool:
        if name not in self._known[kind]:
            fix = f"flowopt reads {', '.join(self._known[kind])}"
            message = f"is a {kind} that is not supported"
            self.file.fail(None, line, name[:60], f"unsupported_{kind}", message, fix)
        elif name in found:
            message = f"is a {kind} that stands twice"
            self.file.fail(None, line, name, f"duplicate_{kind}", message, "keep one")
        return name in self._known[kind] and name not in found

    def require(self, name: str) -> bool:
        """Return whether a header or section is there; collect a fault if it is not."""
        there = name in self.headers or name in self.sections
        if not there:
            kind = "section" if name.endswith("_SECTION") else "header"
            fix = "add it; the file may be cut off, or of another format"
            self.file.fail(name, None, None, f"missing_{kind}", "is missing", fix)
        return there

    def text(self, name: str, choices: Collection[str]) -> str:
        """Return a header of which the values are known; empty, and a fault, if it is no such."""
        if not self.require(name):
            return ""
        line, value = self.headers[name]
        if value.upper() in choices:
            return value.upper()
        fix = f"flowopt reads {', '.join(choices)}"
        self.file.fail(name, line, value[:40], "unsupported_value", "is not supported", fix)
        return ""

    def number(self, name: str, *, whole: bool = False, zero: bool = False) -> float | None:
        """Return the number above 0 of a header, None when it is absent or at fault.

        Parameters
        ----------
        name
            The header.
        whole
            Whether it must be a whole number.
        zero
            Whether it may be 0.
        """
        if name not in self.headers:
            return None
        line, text = self.headers[name]
        value = self.file.number(name, line, text)
        if value is not None and (value < 0 or (value == 0 and not zero) or (whole and value % 1)):
            fix = f"give a {'whole ' if whole else ''}number {'of at least' if zero else 'above'} 0"
            self.file.fail(name, line, text, "out_of_range", "cannot be used", fix)
            return None
        return value

    def columns(
        self, name: str, numbering: Numbering, width: int
    ) -> tuple[Floats, npt.NDArray[np.int64]]:
        """Return the columns of a section with one row a node or vehicle: its number, then values.

        Parameters
        ----------
        name
            The section.
        numbering
            What its rows are numbered by.
        width
            Number of values a row.

        Returns
        -------
        values
            (n, width) values; empty when there are faults.
        lines
            (n,) the line of each row.
        """
        known = len(self.file.failures)
        rows = [row for row in self.sections[name].rows if self._fits(name, row, width, numbering)]
        rows, table = self._numbers(name, rows, width + 1)
        lines = np.array([line for line, _ in rows], dtype=np.int64)
        whole = len(self.file.failures) == known
        self._check_numbers(name, table[:, 0], lines, numbering, whole)
        if len(self.file.failures) > known:
            return np.empty((0, width)), np.empty(0, dtype=np.int64)
        order = np.argsort(table[:, 0])
        return table[order, 1:], lines[order]

    def amounts(
        self, name: str, numbering: Numbering, width: int = 1, *, zero: bool = True
    ) -> tuple[Floats, npt.NDArray[np.int64]]:
        """Return the columns of a section of which no value may be negative; as `columns`.

        Parameters
        ----------
        name
            The section.
        numbering
            What its rows are numbered by.
        width
            Number of values a row.
        zero
            Whether a value may be 0.
        """
        values, lines = self.columns(name, numbering, width)
        least = "0 or more" if zero else "a number above 0"
        for row in np.flatnonzero((values < 0).any(axis=1)).tolist():
            value, line = values[row].min().item(), lines[row].item()
            self.file.fail(name, line, value, "negative", "is negative", f"use {least}")
        for row in () if zero else np.flatnonzero((values == 0).any(axis=1)).tolist():
            line = lines[row].item()
            self.file.fail(name, line, 0, "out_of_range", "cannot be used", f"use {least}")
        return values, lines

    def lists(self, name: str, numbering: Numbering) -> list[tuple[int, Floats]]:
        """Return the rows of a section that lists any number of values for each number.

        Parameters
        ----------
        name
            The section.
        numbering
            What its rows are numbered by.

        Returns
        -------
        list
            In the order of their numbers the line and the values; empty when there are faults.
        """
        known = len(self.file.failures)
        lines, numbers, values = [], [], []
        for line, tokens in self.sections[name].rows:
            row = [self.file.number(name, line, token) for token in tokens]
            good = [value for value in row if value is not None]
            if len(good) == len(row):
                lines.append(line)
                numbers.append(good[0])
                values.append(np.array(good[1:], dtype=np.float64))
        whole = len(self.file.failures) == known
        places = np.array(numbers, dtype=np.float64)
        self._check_numbers(name, places, np.array(lines), numbering, whole)
        if len(self.file.failures) > known:
            return []
        return [(lines[row], values[row]) for row in np.argsort(places).tolist()]

    def _fits(self, name: str, row: Row, width: int, numbering: Numbering) -> bool:
        line, tokens = row
        if len(tokens) == width + 1:
            return True
        message = f"has {len(tokens)} value{'s' if len(tokens) > 1 else ''} in place of {width + 1}"
        fix = f"give the number of the {numbering.what} and its value{'s' if width > 1 else ''}"
        self.file.fail(name, line, " ".join(tokens)[:40], "wrong_width", message, fix)
        return False

    def _numbers(self, name: str, rows: list[Row], width: int) -> tuple[list[Row], Floats]:
        """Return the rows of numbers, as they are and as numbers; collect faults of the others."""
        values = to_numbers([token for _, row in rows for token in row])
        if values is not None:
            return rows, values.reshape(-1, width)
        good, table = [], []
        for line, row in rows:
            numbers = [self.file.number(name, line, token) for token in row]
            if None not in numbers:
                good.append((line, row))
                table.append(numbers)
        return good, np.array(table, dtype=np.float64).reshape(-1, width)

    def _check_numbers(
        self,
        name: str,
        numbers: Floats,
        lines: npt.NDArray[np.int64],
        numbering: Numbering,
        whole: bool,
    ) -> None:
        """Collect numbers that are none, stand twice, or are missing from a whole section."""
        what, size, header = numbering.what, numbering.size, numbering.header
        seen: set[float] = set()
        for number, line in zip(numbers.tolist(), lines.tolist(), strict=True):
            if not 1 <= number <= size or number % 1:
                fix = f"number the {what}s from 1 to {header} ({size}), or correct {header}"
                shown, message = f"{number:.15g}", f"is no {what}"
                self.file.fail(name, line, shown, f"unknown_{what}", message, fix)
            elif number in seen:
                message, fix = f"is a {what} that stands twice", f"keep one row a {what}"
                self.file.fail(name, line, f"{number:.15g}", f"duplicate_{what}", message, fix)
            seen.add(number)
        if whole and len(numbers) < size:
            self._report_missing(name, seen, numbering, len(numbers))

    def _report_missing(
        self, name: str, seen: set[float], numbering: Numbering, count: int
    ) -> None:
        what, size = numbering.what, numbering.size
        gaps = (number for number in range(1, size + 1) if number not in seen)
        missing = list(islice(gaps, _SHOWN_NODES + 1))
        shown = ", ".join(map(str, missing[:_SHOWN_NODES]))
        more = ", …" if len(missing) > _SHOWN_NODES else ""
        message = f"has {count} rows for {size} {what}s, none for {what} {shown}{more}"
        fix = f"add the rows, or correct {numbering.header}; the file may be cut off"
        line = self.sections[name].line
        self.file.fail(name, line, None, f"missing_{what}", message, fix)
