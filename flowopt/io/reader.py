"""`read`: a problem from a file, whatever its format."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from flowopt.core.errors import Failures
from flowopt.io.cordeau import is_cordeau, parse_cordeau
from flowopt.io.dimacs import FlowInstance, is_dimacs, parse_dimacs
from flowopt.io.instance import RoutingInstance
from flowopt.io.lilim import is_lilim, parse_lilim
from flowopt.io.solomon import is_solomon, parse_solomon
from flowopt.io.text import TextFile, read_text
from flowopt.io.vrplib import is_vrplib, parse_vrplib
from flowopt.io.weights import Rounding, check_rounding

if TYPE_CHECKING:
    from flowopt.flow import FlowProblem
    from flowopt.routing import RoutingProblem

_FORMATS = (
    (is_dimacs, parse_dimacs),
    (is_vrplib, parse_vrplib),
    (is_solomon, parse_solomon),
    (is_lilim, parse_lilim),
    (is_cordeau, parse_cordeau),
)
_READABLE = (
    "VRPLIB (.vrp), the .txt files of Solomon, Cordeau, and Li and Lim, and DIMACS minimum-cost "
    "flow (.min), gzipped or not"
)


def read(path: str | PathLike[str], *, rounding: Rounding = "auto") -> RoutingProblem | FlowProblem:
    r"""Read a problem from a benchmark file.

    The format is told by the content: VRPLIB ``.vrp``, the ``.txt`` of Solomon (VRPTW), Cordeau
    (MDVRP), and Li and Lim (PDPTW), or DIMACS minimum-cost flow ``.min``; each may be gzipped.

    Parameters
    ----------
    path
        The file.
    rounding
        How a distance between coordinates becomes a number: ``"round"`` to the nearest whole
        number, ``"trunc"`` or ``"ceil"`` to the one below or above, ``"dimacs"`` down to one
        decimal, ``"exact"`` to the nearest of three decimals, ``"none"``; ``"auto"`` takes what the
        type of the instance is compared with: ``"round"`` for CVRP, ``"dimacs"`` for VRPTW, ….
        Travel times are the rounded distances.

    Returns
    -------
    RoutingProblem or FlowProblem
        Ids of clients and sites are the numbers of their nodes in the file.

    Raises
    ------
    ValidationError
        When the file cannot be read; all faults are listed with their lines.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "two.min"
    ...     _ = file.write_text("p min 2 1\nn 1 4\nn 2 -4\na 1 2 0 9 2\n")
    ...     read(file).solve().cost
    8.0
    """
    check_rounding(rounding)
    instance = read_instance(path)
    if isinstance(instance, RoutingInstance):
        return instance.to_problem(rounding)
    return instance.to_problem()


def read_instance(path: str | PathLike[str]) -> RoutingInstance | FlowInstance:
    """Read a benchmark file as plain columns; the parameters are those of `read`.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    ValidationError
        When the file cannot be read; all faults are listed with their lines.
    """
    failures = Failures()
    file = read_text(Path(path), failures)
    instance = parse(file) if file is not None else None
    failures.raise_if_any()
    assert instance is not None  # without an instance there are failures
    return instance


def parse(file: TextFile) -> RoutingInstance | FlowInstance | None:
    """Return the instance that a text states in any format, None when faults were collected.

    Parameters
    ----------
    file
        The text, and where its faults are collected.
    """
    for looks_like, parse_format in _FORMATS:
        if looks_like(file):
            return parse_format(file)
    start = next(line.strip() for line in file.lines if line.strip())
    if start.lower().startswith("route"):
        message, fix = "is a solution, not a problem", "give the file of the problem"
    else:
        message = f"is of no known format; it begins with {start[:40]!r}"
        fix = f"flowopt reads {_READABLE}"
    file.fail(None, None, None, "unknown_format", message, fix)
    return None
