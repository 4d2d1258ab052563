"""Tables in files: CSV and Parquet, in and out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import narwhals as nw

from flowopt.core.errors import Failures
from flowopt.core.tables import DEFAULT_BACKEND

SUFFIXES = (".csv", ".parquet")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def read_file(path: Path, failures: Failures) -> Any:
    """Read a table from a CSV or Parquet file.

    The cells of a CSV file come as texts, so that its empty cells stay apart from ``NaN`` and an
    id such as ``007`` stays whole; `flowopt.core.tables.read_table` makes numbers of them.

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
        if path.suffix == ".parquet":
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

    with path.open(encoding="utf-8-sig") as file:
        header = file.readline()
    if not header.strip():
        raise ValueError("the file is empty")
    if "\0" in header:
        raise ValueError("it is not a text file")
    separator = ";" if header.count(";") > header.count(",") else ","
    frame = pd.read_csv(
        path,
        sep=separator,
        dtype=object,
        keep_default_na=False,
        encoding="utf-8-sig",
        skipinitialspace=True,
    )
    frame.columns = [str(name).strip() for name in frame.columns]
    return frame.map(_unescaped)


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
    if path.suffix == ".parquet":
        table.write_parquet(str(path))
        return
    texts = [name for name in table.columns if table[name].dtype == nw.String]
    escaped = [
        nw.new_series(name, [_escaped(v) for v in table[name]], backend=table.implementation)
        for name in texts
    ]
    table.with_columns(*escaped).write_csv(str(path))


def _escaped(cell: str | None) -> str | None:
    return f"'{cell}" if cell and cell.startswith(_FORMULA_STARTS) else cell


def _unescaped(cell: Any) -> Any:
    guarded = isinstance(cell, str) and cell[:1] == "'" and cell[1:2] in _FORMULA_STARTS
    return cell[1:] if guarded and len(cell) > 1 else cell
