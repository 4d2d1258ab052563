"""The results of a benchmark of sets on disk: one JSON, and the Markdown made of it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.routing.markdown import table

_UNKNOWN = "–"


def save(
    folder: Path,
    name: str,
    machine: Mapping[str, Any],
    settings: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
) -> None:
    """Write both files, each whole or not at all.

    Parameters
    ----------
    folder
        Where; made if need be.
    name
        Of the room that is measured: ``flow`` is written to flow.json and flow.md.
    machine, settings
        On what, and how, it ran.
    rows
        One a problem and method.
    """
    folder.mkdir(parents=True, exist_ok=True)
    content = {"machine": machine, "settings": settings, "rows": rows}
    _write(folder / f"{name}.json", json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    _write(folder / f"{name}.md", report(name, rows, machine))


def _write(path: Path, text: str) -> None:
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


def report(name: str, rows: Iterable[Mapping[str, Any]], machine: Mapping[str, Any]) -> str:
    """Return the tables as Markdown, one a set, a line for each method on each instance.

    Parameters
    ----------
    name
        Of the room that is measured.
    rows
        One a problem and method.
    machine
        On what it ran.
    """
    by_set: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_set.setdefault(str(row["set"]), []).append(row)
    blocks = [f"# {name.capitalize()}: flowopt beside its peers", _heading(machine)]
    for title, chosen in by_set.items():
        blocks += [f"## {title}", "\n".join(_table(chosen))]
    return "\n\n".join(blocks) + "\n"


def _heading(machine: Mapping[str, Any]) -> str:
    where = f"{machine['processor']}, {machine['cores']} cores, Python {machine['python']}"
    return (
        f"{where}, {machine['date']}, commit {machine['commit']}. Median CPU seconds, all methods "
        "of an instance in turn in one process; ratio: to flowopt's, above 1 flowopt is quicker."
    )


def _table(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    columns = [name for name in dict.fromkeys(key for row in rows for key in row) if name != "set"]
    return table(columns, ([_cell(name, row.get(name)) for name in columns] for row in rows))


def _cell(name: str, value: Any) -> str:
    if value is None:
        return _UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "NO"
    if name == "seconds":
        return f"{value:.3g}"
    if name == "ratio":
        return f"{value:.2f}"
    if name == "error":
        return f"{value:.1e}"
    return f"{value:,.10g}" if isinstance(value, (int, float)) else str(value)
