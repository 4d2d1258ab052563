"""Tables in files: CSV and Parquet, in and out."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import narwhals as nw

from flowopt.core.errors import Failures
from flowopt.core.tables import DEFAULT_BACKEND

SUFFIXES = (".csv", ".parquet")
_ENCODING = "utf-8-sig"  # with or without the mark that spreadsheets put before it
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")
_FORMULA = re.compile(r"'*[=+\-@\t\r]")  # as it is, or escaped any number of times


def read_file(path: Path, failures: Failures) -> Any:
    """Read a table from a CSV or Parquet file.

    The cells of a CSV file come as texts, so that its empty cells stay apart from ``NaN`` and an
    id such as ``007`` stays whole; `flowopt.core.tables.read_table` makes numbers of them. Where
    semicolons separate the cells, numbers may have a decimal comma, as spreadsheets write them in
    much of Europe.

    Parameters
    ----------
    path
        The file; its ending tells the format.
    failures
        Where a file that cannot be read is collected.

    Returns
    -------
    frame
        A pandas frame, or None when the file cannot be read.
    """
    try:
        if path.suffix.lower() == ".parquet":
            return nw.read_parquet(str(path), backend=DEFAULT_BACKEND).to_native()
        frame = _read_csv(path)
    except (OSError, ValueError, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        fix = "give a CSV (UTF-8, comma or semicolon) or Parquet file with one header line"
        message = f"{path} cannot be read ({reason})"
        failures.add(path.stem, None, None, None, "unreadable_file", message, fix)
        return None
    return frame


def _read_csv(path: Path) -> Any:
    import pandas as pd

    content = path.read_bytes()
    _check_text(content)
    header = content.split(b"\n", 1)[0].decode(_ENCODING)
    if not header.strip():
        raise ValueError("the file is empty")
    separator = ";" if header.count(";") > header.count(",") else ","
    frame = pd.read_csv(
        io.BytesIO(content),
        sep=separator,
        dtype=object,
        header=None,  # else pandas shifts the columns where rows are longer than the header
        keep_default_na=False,
        encoding=_ENCODING,
        skipinitialspace=True,
    )
    return _with_header(frame).map(_with_point if separator == ";" else _unescaped)


def _check_text(content: bytes) -> None:
    """Raise when a file is no text that can be read, in words that say what to do."""
    if b"\0" in content:
        raise ValueError("it is not a text file")
    try:
        content.decode(_ENCODING)
    except UnicodeDecodeError as error:
        raise ValueError(f"it is not UTF-8: save it as CSV UTF-8; {error}") from None


def _with_header(cells: Any) -> Any:
    """Return a frame of texts with its first row as the names of its columns."""
    names = [str(name).strip() for name in cells.iloc[0]]
    frame = cells.iloc[1:].reset_index(drop=True)
    nameless = [place for place, name in enumerate(names) if not name]
    for place in nameless:  # what spreadsheets leave behind
        if (frame[place] != "").any():
            raise ValueError(f"column {place + 1} has no name")
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise ValueError(f"column {', '.join(twice)} stands twice")
    frame.columns = names
    return frame.drop(columns="") if nameless else frame


def write_file(frame: Any, path: Path) -> None:
    """Write a frame of any library to a CSV or Parquet file.

    A text cell that a spreadsheet would take for a formula is written with a leading apostrophe,
    which `read_file` takes off again.

    Parameters
    ----------
    frame
        A frame of any library that narwhals reads.
    path
        The file; its ending tells the format.
    """
    table = nw.from_native(frame, eager_only=True)
    if path.suffix.lower() == ".parquet":
        table.write_parquet(str(path))
        return
    texts = [name for name in table.columns if table[name].dtype == nw.String]
    escaped = [
        nw.new_series(name, [_escaped(v) for v in table[name]], backend=table.implementation)
        for name in texts
    ]
    table.with_columns(*escaped).write_csv(str(path))


def _escaped(cell: str | None) -> str | None:
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def _unescaped(cell: Any) -> Any:
    guarded = isinstance(cell, str) and cell.startswith("'") and _FORMULA.match(cell)
    return cell[1:] if guarded else cell


def _with_point(cell: Any) -> Any:
    text = _unescaped(cell)
    decimal = isinstance(text, str) and _DECIMAL_COMMA.fullmatch(text)
    return text.replace(",", ".") if decimal else text
