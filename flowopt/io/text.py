"""Text files read whole: what cannot be read is collected, every fault with its line."""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures

LARGEST_NUMBER = 2.0**53 - 1
"""Beyond it a float no longer tells two whole numbers apart."""
_MOST_FAULTS = 100
_MOST_BYTES = 2**31
_GZIP_MAGIC = b"\x1f\x8b"
_CONTROLS = frozenset(map(chr, range(32))) - frozenset("\t\n\f\r\x1a")

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TextFile:
    """The lines of a text file, and where its faults are collected.

    Parameters
    ----------
    path
        The file.
    lines
        Its lines without their ends; line 1 of the file is ``lines[0]``.
    failures
        Where faults are collected.
    """

    path: Path
    lines: tuple[str, ...]
    failures: Failures

    def fail(
        self,
        field: str | None,
        line: int | None,
        value: object,
        code: str,
        message: str,
        fix: str,
    ) -> None:
        """Collect one fault; the hundredth of a file says that there may be more.

        Parameters
        ----------
        field
            The field or section at fault; None when the whole file is.
        line
            Number of the line, counted from 1.
        value, code, message, fix
            As those of `flowopt.core.errors.Failure`.
        """
        name, count = self.path.name, len(self.failures)
        if count < _MOST_FAULTS:
            self.failures.add(name, field, line, value, code, message, fix, "line")
        elif count == _MOST_FAULTS:
            text = f"has more than {count} faults"
            self.failures.add(name, None, None, None, "too_many", text, "correct these first")

    def number(self, field: str, line: int, token: str) -> float | None:
        """Return the number that a token stands for; collect a fault and return None if none."""
        value = to_number(token)
        if value is None:
            fix = f"give a finite decimal number of at most {LARGEST_NUMBER:.0f}"
            self.fail(field, line, token[:40], "not_a_number", "is no usable number", fix)
        return value

    def row(self, field: str, line: int, tokens: Sequence[str], width: int) -> list[float]:
        """Return a row of so many numbers, or an empty list and its faults.

        Parameters
        ----------
        field
            The block or section that it belongs to.
        line
            Number of its line.
        tokens
            Its words.
        width
            How many numbers it must have.
        """
        if len(tokens) != width:
            message = (
                f"has {len(tokens)} value{'s' if len(tokens) != 1 else ''} in place of {width}"
            )
            fix = "complete the row; the file may be cut off, or of another format"
            self.fail(field, line, " ".join(tokens)[:40], "wrong_width", message, fix)
            return []
        values = [self.number(field, line, token) for token in tokens]
        numbers = [value for value in values if value is not None]
        return numbers if len(numbers) == width else []


def to_number(token: str) -> float | None:
    """Return the number that a token stands for, None when it is none, infinite or too large.

    Examples
    --------
    >>> to_number("2.5e1"), to_number("1_000"), to_number("1e400"), to_number(str(2**70))
    (25.0, None, None, None)
    """
    try:
        value = float(token)
    except ValueError:
        return None
    usable = math.isfinite(value) and abs(value) <= LARGEST_NUMBER and "_" not in token
    return value if usable and token.isascii() else None


def to_numbers(tokens: Sequence[str]) -> Floats | None:
    """Return the numbers that tokens stand for, or None when one of them stands for none.

    Examples
    --------
    >>> to_numbers(["1", "2.5"]).tolist(), to_numbers(["1", "x"])
    ([1.0, 2.5], None)
    """
    try:
        values = np.array(tokens, dtype=np.float64)
    except ValueError:
        return None
    usable = np.isfinite(values) & (np.abs(values) <= LARGEST_NUMBER)
    plain = usable.all() and not any("_" in token or not token.isascii() for token in tokens)
    return values if plain else None


def format_number(value: float) -> str:
    """Return a number without the noise of binary fractions: whole, or to 12 digits.

    Examples
    --------
    >>> format_number(27591.0), format_number(0.1 + 0.2)
    ('27591', '0.3')
    """
    return f"{value:.0f}" if value % 1 == 0 else f"{value:.12g}"


def read_text(path: Path, failures: Failures) -> TextFile | None:
    """Read a text file, gzipped or not; collect a fault and return None when it cannot be read.

    Parameters
    ----------
    path
        The file.
    failures
        Where faults are collected.
    """
    text, reason = _text(path)
    if text is None:
        fix = "give the path of a text file, gzipped (.gz) or not"
        failures.add(path.name or str(path), None, None, str(path), "unreadable_file", reason, fix)
        return None
    return TextFile(path, tuple(text.split("\n")), failures)


def _text(path: Path) -> tuple[str | None, str]:
    """Return the text of a file, or None and the reason why there is none."""
    try:
        if path.is_dir():
            return None, "is a folder, not a file"
        if path.exists() and not (path.is_file() or path.is_fifo()):
            return None, "is not a regular file"
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
        if data.startswith(_GZIP_MAGIC):
            with gzip.GzipFile(fileobj=BytesIO(data)) as unzipped:
                data = unzipped.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        return None, "does not exist"
    except (EOFError, zlib.error, gzip.BadGzipFile):
        return None, "is a gzip file that is cut off or damaged"
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        return None, f"cannot be read ({getattr(error, 'strerror', None) or error})"
    if len(data) > _MOST_BYTES:
        return None, "is larger than 2 GB"
    return _decoded(data)


def _decoded(data: bytes) -> tuple[str | None, str]:
    if not data.strip():
        return None, "is empty"
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")  # an accent in a comment; the figures are ASCII
    if not _CONTROLS.isdisjoint(text):
        return None, "is not a text file"
    return text.replace("\r\n", "\n").replace("\r", "\n"), ""
