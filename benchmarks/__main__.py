"""Runs a benchmark by its name: ``python -m benchmarks routing --plan``."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Sequence

import benchmarks


def names() -> list[str]:
    """Return the names of the benchmarks: modules of this folder that have a ``main``."""
    found = (module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    return sorted(name for name in found if not name.startswith("_"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a benchmark and return its exit code.

    Parameters
    ----------
    arguments
        The name of the benchmark, then its own arguments; None takes those of the process.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    name = words[0].replace("-", "_") if words else ""
    if name not in names():
        known = ", ".join(names())
        print(f"usage: python -m benchmarks NAME …; NAME is one of {known}", file=sys.stderr)
        return 2
    module = importlib.import_module(f"benchmarks.{name}")
    code: int = module.main(words[1:])
    return code


if __name__ == "__main__":
    raise SystemExit(main())
