"""`write`: a solution to a file, in the format that its ending names."""

from __future__ import annotations

import json
import os
import warnings
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flowopt.core.errors import Failures, FlowoptWarning, NoSolutionError
from flowopt.core.files import SUFFIXES, write_file
from flowopt.io.dimacs import format_dimacs
from flowopt.io.sol import format_sol

if TYPE_CHECKING:
    from flowopt.core.solution import Solution

_ENDINGS = (".sol", ".json", ".geojson", *SUFFIXES)


def write(solution: Solution[Any], path: str | PathLike[str]) -> None:
    """Write a solution to a file.

    Parameters
    ----------
    solution
        The solution of a `RoutingProblem` or a `FlowProblem`.
    path
        The file; its ending tells the format: ``.sol`` (routes in the numbering of CVRPLIB, flows
        in the DIMACS format), ``.csv`` and ``.parquet`` (the table of visits or of flows),
        ``.json`` (the outcome and all tables), or ``.geojson`` (routes, as of
        `RoutingSolution.to_geojson`).

    Raises
    ------
    ValidationError
        When the path cannot be written to.
    NoSolutionError
        When there is no solution to write.
    """
    target = Path(path)
    check_target(target)
    if target.suffix in SUFFIXES:
        write_file(solution.to_frame(), target)
        return
    solution.require_solution()
    if target.suffix == ".geojson":
        _write_map(solution, target)
        return
    if target.suffix == ".json":
        text = json.dumps(solution.to_dict(), allow_nan=False, ensure_ascii=False, indent=1) + "\n"
    else:
        text = _native(solution)
    target.write_text(text, encoding="utf-8")


def _write_map(solution: Solution[Any], target: Path) -> None:
    from flowopt.routing import RoutingSolution

    if not isinstance(solution, RoutingSolution):
        raise NoSolutionError(f"a {type(solution).__name__} has no routes for a map")
    solution.to_geojson(target)


def _native(solution: Solution[Any]) -> str:
    """Return a solution in the format that its field of research exchanges answers in."""
    from flowopt.flow import FlowSolution
    from flowopt.routing import RoutingSolution

    if isinstance(solution, RoutingSolution):
        if not solution.is_complete:
            count = len(solution.unserved)
            text = f"the routes leave out {count} client{'s' if count != 1 else ''}: "
            warnings.warn(text + "a .sol file cannot say so", FlowoptWarning, stacklevel=3)
        return format_sol(solution)
    if isinstance(solution, FlowSolution):
        return format_dimacs(solution)
    raise TypeError(f"a {type(solution).__name__} has no .sol format")


def check_target(path: str | PathLike[str], source: str | PathLike[str] | None = None) -> None:
    """Raise `ValidationError` when a solution cannot be written to a path; nothing is written.

    Parameters
    ----------
    path
        Where a solution shall go.
    source
        The file of the problem, which must not be overwritten.
    """
    failures, target = Failures(), Path(path)
    reason, fix = _fault_of(target, source)
    if reason:
        failures.add(target.name or str(path), None, None, str(path), "target", reason, fix)
    failures.raise_if_any()


def _fault_of(target: Path, source: str | PathLike[str] | None) -> tuple[str, str]:
    """Return why a path cannot be written to, and the fix; empty when it can."""
    try:
        if "\0" in str(target):
            return "is no path", "give the path of a file"
        if target.is_dir():
            return "is a folder, not a file", "give the path of a file"
        if target.suffix not in _ENDINGS:
            return "has an ending that names no format", f"use one of {', '.join(_ENDINGS)}"
        if not target.parent.is_dir():
            return "lies in a folder that does not exist", f"make the folder {target.parent} first"
        if source is not None and target.exists() and target.samefile(source):
            return "is the file of the problem", "give another path"
        if not os.access(target if target.exists() else target.parent, os.W_OK):
            return "may not be written to", "give a path that you may write to"
    except OSError as error:
        return f"cannot be written to ({error})", "give the path of a file"
    return "", ""
