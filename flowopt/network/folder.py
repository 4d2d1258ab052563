"""A folder of tables: one CSV or Parquet file each, read and written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from flowopt.core.columns import Table
from flowopt.core.errors import Failure, Failures
from flowopt.core.files import SUFFIXES, read_file, write_file
from flowopt.core.tables import Columns

_PLAIN_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?(e[-+]?\d+)?|-?inf")


def read_tables(
    folder: str | Path, specs: Iterable[Table], required: Iterable[str], failures: Failures
) -> dict[str, Any]:
    """Read the tables of a folder.

    Parameters
    ----------
    folder
        The folder, with a file ``<table>.csv`` or ``<table>.parquet`` each.
    specs
        The tables to look for; other files are left alone.
    required
        Names of the tables that must be there.
    failures
        Where missing folders and files, and files that cannot be read, are collected.

    Returns
    -------
    dict
        Table name → frame; None for a table without a file that can be read.
    """
    place = Path(folder)
    names = {table.name: table for table in specs}
    if not place.is_dir():
        message = f"{place} is not a folder" if place.exists() else f"{place} does not exist"
        fix = f"give a folder with {' and '.join(f'{name}.csv' for name in required)}"
        failures.add("folder", None, None, None, "missing_folder", message, fix)
        return dict.fromkeys(names)
    found = {name: _find(place, name, name in set(required), failures) for name in names}
    return {
        name: None if path is None else _read(path, names[name], failures)
        for name, path in found.items()
    }


def in_lines(failures: Iterable[Failure], folder: str | Path) -> Iterator[Failure]:
    """Name the faults of CSV files by their line, the header being line 1.

    Parameters
    ----------
    failures
        The faults, by row.
    folder
        Where the files lie.
    """
    for failure in failures:
        in_csv = failure.counted == "row" and (Path(folder) / f"{failure.table}.csv").is_file()
        if failure.row is None or not in_csv:
            yield failure
        else:
            yield replace(failure, row=failure.row + 2, counted="line")


def write_tables(folder: str | Path, tables: dict[str, Columns], suffix: str) -> None:
    """Write tables into a folder, which is made when it does not exist.

    Parameters
    ----------
    folder
        The folder. A file of the same name and format is overwritten.
    tables
        File name without its ending → table.
    suffix
        ``"csv"`` or ``"parquet"``.

    Raises
    ------
    ValidationError
        When the format is not known, or the folder has one of the tables in the other format,
        which would leave two of it.
    OSError
        When the files cannot be written.
    """
    place, failures = Path(folder), Failures()
    if f".{suffix}" not in SUFFIXES:
        fix = 'write "csv" or "parquet"'
        failures.add("write", "format", None, suffix, "unknown_choice", "is not known", fix)
    for name in tables:
        for other in SUFFIXES:
            path = place / f"{name}{other}"
            if other != f".{suffix}" and path.exists():
                fix = "remove it, or write to another folder"
                message = f"{path} holds that table too"
                failures.add(name, None, None, None, "ambiguous", message, fix)
    if place.exists() and not place.is_dir():
        fix = "give the name of a folder"
        failures.add("folder", None, None, None, "missing_folder", f"{place} is a file", fix)
    failures.raise_if_any()
    place.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        write_file(table.to_frame("pandas"), place / f"{name}.{suffix}")


def _find(folder: Path, name: str, required: bool, failures: Failures) -> Path | None:
    """Return the one file of a table."""
    paths = [folder / f"{name}{suffix}" for suffix in SUFFIXES]
    found = [path for path in paths if path.is_file()]
    if len(found) == 1:
        return found[0]
    if found:
        message = f"stands twice: {' and '.join(path.name for path in found)} in {folder}"
        failures.add(name, None, None, None, "ambiguous", message, "keep one of the files")
        return None
    strangers = sorted(path for path in folder.iterdir() if path.stem.lower() == name)
    if strangers:
        message = f"cannot be read from {strangers[0]}"
        fix = f"save it as {name}.csv (UTF-8) or {name}.parquet"
        failures.add(name, None, None, None, "unknown_format", message, fix)
    elif required:
        message = f"{paths[0]} does not exist"
        fix = f"add {name}.csv or {name}.parquet to {folder}"
        failures.add(name, None, None, None, "missing_file", message, fix)
    return None


def _read(path: Path, spec: Table, failures: Failures) -> Any:
    frame = read_file(path, failures)
    if frame is None or path.suffix != ".csv":
        return frame
    for name in frame.columns:
        if name not in spec.names:
            frame[name] = _numbers_or_texts(frame[name].tolist())
    return frame


def _numbers_or_texts(cells: list[str]) -> Any:
    """Return a column of the caller's own, as numbers when all its cells are plain ones.

    What begins with a needless 0, as codes do, is none.
    """
    if not cells or not all(_PLAIN_NUMBER.fullmatch(cell) for cell in cells):
        return cells
    try:
        return np.array([int(cell) for cell in cells], dtype=np.int64)
    except (ValueError, OverflowError):
        return np.array([float(cell) for cell in cells])
