"""The results on disk: one JSON that grows with every run, and the Markdown made of it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.routing.markdown import report
from benchmarks.routing.rows import Row

_JSON, _MARKDOWN = "routing.json", "routing.md"


@dataclass
class Store:
    """The results of a benchmark in a folder.

    Parameters
    ----------
    folder
        Where they are.
    machine, settings
        On what, and how, it ran.
    rows
        One a run.
    """

    folder: Path
    machine: Mapping[str, Any]
    settings: Mapping[str, Any]
    rows: list[Row] = field(default_factory=list)

    def load(self) -> None:
        """Take in the rows of an earlier run in the same folder."""
        path = self.folder / _JSON
        if path.exists():
            content = json.loads(path.read_text(encoding="utf-8"))
            self.rows += [Row.from_dict(row) for row in content["rows"]]

    @property
    def exists(self) -> bool:
        """Whether the folder holds results already."""
        return (self.folder / _JSON).exists()

    @property
    def keys(self) -> set[tuple[Any, ...]]:
        """The runs that are done."""
        return {row.key for row in self.rows}

    def add(self, rows: Iterable[Row]) -> None:
        """Add rows and save all."""
        self.rows += rows
        self.save()

    def save(self) -> None:
        """Write the JSON, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        rows = [row.to_dict() for row in self.rows]
        content = {"machine": self.machine, "settings": self.settings, "rows": rows}
        text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
        part = self.folder / f"{_JSON}.part"
        part.write_text(text, encoding="utf-8")
        os.replace(part, self.folder / _JSON)

    def write_report(self) -> Path:
        """Write the Markdown and return its path."""
        path = self.folder / _MARKDOWN
        path.write_text(report(self.rows, self.machine, self.settings), encoding="utf-8")
        return path
