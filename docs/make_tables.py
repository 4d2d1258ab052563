"""Writes docs/tables.md from the specifications that validate the tables.

``python docs/make_tables.py`` writes the page; ``--check`` only tells whether it is current.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import pkgutil
import sys
from pathlib import Path

from flowopt.core.columns import Table, to_markdown
from flowopt.routing.spec import CLIENTS, DEFAULT_LOAD, VEHICLE_TYPES, with_loads

PAGE = Path(__file__).with_name("tables.md")
LAYERS = ("network", "flow", "inventory", "routing", "forecast", "kpi", "io", "risk", "planning")
HEAD = """\
<!-- Made by docs/make_tables.py from the specifications in the code: change those, not this. -->

# Input tables

Every table comes in as a frame of any library (pandas, polars, pyarrow, …), as a dict of columns,
or as a CSV or Parquet file of the table's name. An empty cell, or a column left out, takes the
default; a column that is *required* has none. All faults of all tables are reported at once.

NaN is no empty cell but a fault, save in a column whose default is *unknown*: a computation gone
wrong must not pass for a default. Pandas writes NaN for the empty cells of a column of numbers, and
`frame.convert_dtypes()` makes them empty cells again; in a dict, write `None`.

A column of type `list` names several, with semicolons between (`cooled; tail lift`) or as a list.
A column of type `time` takes seconds, `"HH:MM"`, `"HH:MM:SS"`, time deltas or datetimes. An `id` is
a name or a whole number; a `ref` is an id of another table. Beside `demand` of clients and
`capacity` of vehicle types there may be further loads, each with a name: `demand_volume` and
`capacity_volume`.
"""


def main(arguments: list[str]) -> int:
    """Write the page, or check it; return the exit code."""
    text = page()
    if "--check" in arguments:
        current = PAGE.exists() and PAGE.read_text(encoding="utf-8") == text
        if not current:
            print(f"{PAGE.name} is not current: run python docs/make_tables.py", file=sys.stderr)
        return 0 if current else 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


def page() -> str:
    """Return the whole page as Markdown."""
    parts = [HEAD]
    written: set[Table] = set()  # a room may hand on a table of a room below
    for room in LAYERS:
        tables = {t: kind for t, kind in tables_of(room).items() if t not in written}
        written.update(tables)
        if tables:
            parts.append(f"## {room.capitalize()}\n")
            parts += [section(table, kind) for table, kind in tables.items()]
    return "\n".join(parts)


def section(table: Table, kind: str) -> str:
    """Return the text of a table, with the problem kind that reads it in its heading."""
    text = to_markdown(with_load(table)) + "\n"
    heading, rest = text.split("\n", 1)
    return f"{heading} ({kind})\n{rest}"


def tables_of(room: str) -> dict[Table, str]:
    """Return the tables that the modules of a room specify, each once → its problem kind."""
    kinds: dict[Table, str] = {}
    for path in modules_of(f"flowopt.{room}"):
        module = importlib.import_module(path)
        source, folder = inspect.getsource(module), path.split(".")[2:-1] or [room]
        for name, value in vars(module).items():
            if isinstance(value, Table):
                kinds.setdefault(value, room)  # where a module only hands it on
                if f"\n{name} = " in source:
                    kinds[value] = " ".join(folder).replace("_", " ")
    return kinds


def with_load(table: Table) -> Table:
    """Return a table with the columns of the load, which `flowopt.routing` adds as it reads it."""
    return with_loads(table, [DEFAULT_LOAD]) if table in (CLIENTS, VEHICLE_TYPES) else table


def modules_of(room: str) -> list[str]:
    """Return the names of a room's modules, its `spec` first; none when there is no such room."""
    if importlib.util.find_spec(room) is None:
        return []
    paths = importlib.import_module(room).__path__
    names = [module.name for module in pkgutil.walk_packages(paths, f"{room}.")]
    names = [name for name in names if not {"engines", "kernels"} & set(name.split("."))]
    return sorted(names, key=lambda name: (not name.endswith(".spec"), name))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
