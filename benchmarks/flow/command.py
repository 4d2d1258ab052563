"""``python -m benchmarks flow``: runs the sets that are asked for and writes their tables.

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

import benchmarks.flow
from benchmarks.flow.report import save
from benchmarks.routing.machine import describe_machine

Rows = Callable[[int, bool], Iterator[dict[str, Any]]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return 0, or 1 when an answer is not the known one."""
    options = _parser().parse_args(arguments)
    known = sets()
    names = [word.strip() for word in options.sets.split(",")] if options.sets else list(known)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SystemExit(f"unknown sets: {', '.join(unknown)}; there are {', '.join(known)}")
    machine, rows = describe_machine(), []
    for name in names:
        for row in known[name](options.rounds, options.small):
            rows.append(row)
            print(_line(row), flush=True)
            if options.out:
                save(Path(options.out), machine, vars(options), rows)
    return int(not all(row.get("agrees", True) for row in rows))


def sets() -> dict[str, Rows]:
    """Return name → what yields the rows of a set."""
    names = sorted(module.name for module in pkgutil.iter_modules(benchmarks.flow.__path__))
    modules = {name: importlib.import_module(f"benchmarks.flow.{name}") for name in names}
    return {name: module.rows for name, module in modules.items() if hasattr(module, "rows")}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks flow",
        description=(__doc__ or "").replace("``", ""),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--sets", help="comma-separated (default: all)")
    add("--rounds", type=int, default=5, help="how often each method is timed (default: 5)")
    add("--small", action="store_true", help="small problems only, as tests do")
    add("--out", help="folder for flow.json and flow.md (default: only print)")
    return parser


def _line(row: dict[str, Any]) -> str:
    """Return a row for who watches."""
    head = ", ".join(str(row[name]) for name in ("set", "instance", "method"))
    figures = f"{row['seconds'] * 1e3:,.2f} ms, × {row['ratio']:.2f}"
    return f"{head}: {figures}{'' if row.get('agrees', True) else ', WRONG'}"
