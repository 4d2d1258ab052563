"""Runs the sets of a benchmark that are asked for and writes their tables.

All methods of a row group are timed in one process in turn, by CPU seconds, so that the ratios hold
on a busy machine; medians count. Kernels and libraries are loaded before the clock starts.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks._report import save
from benchmarks.routing.machine import describe_machine

Rows = Callable[[int, bool], Iterator[dict[str, Any]]]


def run(name: str, arguments: Sequence[str] | None = None) -> int:
    """Run a benchmark; return 0, or 1 when an answer is not the known one.

    Parameters
    ----------
    name
        The folder of benchmarks that the sets are in.
    arguments
        Of the command line; None takes those of the process.
    """
    options = _parser(name).parse_args(arguments)
    known = sets(name)
    names = [word.strip() for word in options.sets.split(",")] if options.sets else list(known)
    unknown = [word for word in names if word not in known]
    if unknown:
        raise SystemExit(f"unknown sets: {', '.join(unknown)}; there are {', '.join(known)}")
    machine, rows = describe_machine(), []
    for chosen in names:
        for row in known[chosen](options.rounds, options.small):
            rows.append(row)
            print(_line(row), flush=True)
            if options.out:
                save(Path(options.out), name, machine, vars(options), rows)
    return int(not all(row.get("agrees", True) for row in rows))


def sets(name: str) -> dict[str, Rows]:
    """Return name of a set → what yields its rows.

    Parameters
    ----------
    name
        The folder of benchmarks that the sets are in.
    """
    package = importlib.import_module(f"benchmarks.{name}")
    found = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    modules = {one: importlib.import_module(f"benchmarks.{name}.{one}") for one in found}
    return {one: module.rows for one, module in modules.items() if hasattr(module, "rows")}


def _parser(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m benchmarks {name}",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--sets", help="comma-separated (default: all)")
    add("--rounds", type=int, default=5, help="how often each method is timed (default: 5)")
    add("--small", action="store_true", help="small problems only, as tests do")
    add("--out", help=f"folder for {name}.json and {name}.md (default: only print)")
    return parser


def _line(row: dict[str, Any]) -> str:
    """Return a row for who watches."""
    head = ", ".join(str(row[name]) for name in ("set", "instance", "method"))
    ratio = "" if row.get("ratio") is None else f", × {row['ratio']:,.2f}"
    figures = f"{row['seconds'] * 1e3:,.2f} ms{ratio}"
    return f"{head}: {figures}{'' if row.get('agrees', True) else ', WRONG'}"
