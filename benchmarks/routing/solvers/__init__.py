"""The solvers that are compared, one file each, all behind the same three methods."""

from __future__ import annotations

import importlib

from benchmarks.routing.solvers.base import Solver

_HOMES = {
    "flowopt": ("own", "Flowopt"),
    "pyvrp": ("with_pyvrp", "PyVRP"),
    "ortools": ("with_ortools", "ORTools"),
    "vroom": ("with_vroom", "Vroom"),
    "hgs": ("with_hgs", "HGS"),
}
NAMES = tuple(_HOMES)
"""All solvers, flowopt first."""


def solver(name: str) -> Solver:
    """Return a solver.

    Parameters
    ----------
    name
        One of `NAMES`; ``flowopt:`` and the name of one of its engines; or the dotted path of a
        class with what `benchmarks.routing.solvers.base.Solver` asks for.

    Raises
    ------
    KeyError
        When there is no such solver.
    """
    base, _, engine = name.partition(":")
    if "." in base:
        module, _, kind = base.rpartition(".")
    else:
        home, kind = _HOMES[base]
        module = f"{__name__}.{home}"
    made = getattr(importlib.import_module(module), kind)
    instance: Solver = made(engine) if engine else made()
    return instance
