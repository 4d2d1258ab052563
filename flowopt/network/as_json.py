"""A network as JSON text, and back.

Strict JSON has no NaN and no Infinity: what is unknown is written ``null``, no limit ``"inf"``.
"""

from __future__ import annotations

import json
import math
from typing import Any

from flowopt.core.errors import Failures
from flowopt.core.tables import Columns
from flowopt.network.spec import REQUIRED_TABLES, TABLES

FORMAT = "flowopt network"
VERSION = 1
_NUMBERS = {"inf": math.inf, "-inf": -math.inf, None: math.nan}


def to_json(tables: dict[str, Columns]) -> str:
    """Return tables as JSON text."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "tables": {name: _written(table) for name, table in tables.items()},
    }
    return json.dumps(document, ensure_ascii=False, allow_nan=False)


def frames_of_json(text: str, failures: Failures) -> dict[str, Any]:
    """Return the tables in a JSON text, collecting what cannot be used.

    Parameters
    ----------
    text
        What `to_json` wrote; tables may be lists of rows too.
    failures
        Where faults are collected.
    """
    frames: dict[str, Any] = dict.fromkeys(REQUIRED_TABLES)
    tables = _tables(text, failures)
    known = {table.name: table for table in TABLES}
    for name, table in tables.items():
        if name not in known:
            fix = f"there are {', '.join(known)}"
            failures.add("json", name, None, None, "unknown_table", "is not a table", fix)
        elif isinstance(table, dict):
            own = set(known[name].names)
            frames[name] = {n: v if n in own else _extra(v) for n, v in table.items()}
        else:
            frames[name] = table
    return frames


def _written(table: Columns) -> dict[str, list[Any]]:
    return {
        name: [_cell(value) for value in array.tolist()]
        for name, array in (table.arrays | table.extras).items()
    }


def _cell(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


def _extra(values: Any) -> Any:
    """Return a column of the caller's own; numbers again where some were not finite."""
    if not isinstance(values, list):
        return values
    kinds = {type(value) for value in values}
    named = {value for value in values if value is None or isinstance(value, str)}
    if float in kinds and bool not in kinds and named <= set(_NUMBERS):
        return [_NUMBERS[v] if v is None or isinstance(v, str) else float(v) for v in values]
    return values


def _tables(text: str, failures: Failures) -> dict[str, Any]:
    message = ""
    document: Any = None
    try:
        document = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, TypeError, RecursionError) as error:
        message = f"cannot be read ({error})"
    else:
        tables = document.get("tables") if isinstance(document, dict) else None
        if isinstance(tables, dict) and document.get("version", VERSION) == VERSION:
            return tables
        message = f"is not a {FORMAT} of version {VERSION}"
    fix = f'give {{"format": "{FORMAT}", "version": {VERSION}, "tables": {{"sites": …}}}}'
    failures.add("json", None, None, None, "unreadable_json", message, fix)
    return {}


def _finite(digits: str) -> float | str:
    """Return a number, or its text when it is too large, for the table's reader to refuse."""
    number = float(digits)
    return number if math.isfinite(number) else digits


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")
