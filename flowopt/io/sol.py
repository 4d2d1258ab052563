"""Reads and writes the ``.sol`` files of routing solutions, in the numbering of CVRPLIB.

A line ``Route #k: 3 1 2`` lists the clients of a route, a line ``Cost 27591`` the cost. Clients
are numbered from the number of depots on, in the order of the instance: with one depot the
clients are 1, 2, …, so client 1 of a ``.sol`` is node 2 of a ``.vrp``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from flowopt.core.errors import Failures
from flowopt.io.text import TextFile, format_number, read_text, to_number

if TYPE_CHECKING:
    from flowopt.routing import RoutingProblem, RoutingSolution

_ROUTE = re.compile(r"route\s*#?\s*\d*\s*:?(.*)", re.IGNORECASE)
_COST = re.compile(r"cost\s*:?\s*(\S+)", re.IGNORECASE)


@dataclass(frozen=True)
class SolFile:
    """What a ``.sol`` file states.

    Parameters
    ----------
    routes
        The numbers of the clients of each route, in order.
    cost
        The cost; None when the file has none.
    """

    routes: tuple[tuple[int, ...], ...]
    cost: float | None


def read_sol(path: str | PathLike[str]) -> SolFile:
    """Read a ``.sol`` file.

    Parameters
    ----------
    path
        The file, gzipped or not.

    Raises
    ------
    ValidationError
        When it cannot be read; all faults are listed with their lines.
    """
    failures = Failures()
    file = read_text(Path(path), failures)
    failures.raise_if_any()
    assert file is not None
    content = parse_sol(file)
    failures.raise_if_any()
    return content


def parse_sol(file: TextFile) -> SolFile:
    """Return what the lines of a ``.sol`` file state; faults are collected.

    Parameters
    ----------
    file
        The text, and where its faults are collected.

    Examples
    --------
    >>> file = TextFile(Path("a.sol"), ("Route #1: 2 1", "Route #2: 3", "Cost 12.5"), Failures())
    >>> parse_sol(file)
    SolFile(routes=((2, 1), (3,)), cost=12.5)
    """
    routes: list[tuple[int, ...]] = []
    cost: float | None = None
    for number, raw in enumerate(file.lines, start=1):
        line = raw.strip()
        if route := _ROUTE.fullmatch(line):
            routes.append(tuple(_clients(file, number, route[1].split())))
        elif costs := _COST.fullmatch(line):
            cost = file.number("Cost", number, costs[1])
        elif line and not line[0].isalpha():  # others are remarks: Time, Date, Solver, …
            fix = "give lines `Route #1: 3 1 2`, and `Cost 12`"
            file.fail(None, number, line[:40], "unknown_line", "is no line of a .sol file", fix)
    if not routes and cost is None and not len(file.failures):
        fix = "give lines `Route #1: 3 1 2`; the file may be of another format"
        file.fail(None, None, None, "no_route", "has no route and no cost", fix)
    return SolFile(tuple(routes), cost)


def _clients(file: TextFile, line: int, tokens: Iterable[str]) -> Iterable[int]:
    for token in tokens:
        value = to_number(token)
        if value is not None and value >= 0 and value % 1 == 0:
            yield int(value)
        else:
            fix = "give the numbers of the clients"
            file.fail("Route", line, token[:40], "unknown_client", "is no client", fix)


def read_solution(path: str | PathLike[str], problem: RoutingProblem) -> RoutingSolution:
    """Read a ``.sol`` file as a solution of its problem.

    The solution is not checked: its ``check()`` says what does not hold.

    Parameters
    ----------
    path
        The file, gzipped or not.
    problem
        The problem that it solves; its routes go to vehicles of the first type.

    Raises
    ------
    ValidationError
        When the file cannot be read, or names clients that the problem does not have.
    """
    content = read_sol(path)
    failures = Failures()
    first, last = problem.num_depots, problem.num_depots + problem.num_clients - 1
    for number, route in enumerate(content.routes):
        for client in route:
            if not first <= client <= last:
                message, fix = "is no client of the problem", f"clients are {first} to {last}"
                name = Path(path).name
                failures.add(name, "Route", number, client, "unknown_client", message, fix)
    failures.raise_if_any()
    return problem.solution_from_routes([[c - first for c in r] for r in content.routes if r])


def format_sol(solution: RoutingSolution) -> str:
    """Return a solution as the text of a ``.sol`` file; unused vehicles are left out.

    Parameters
    ----------
    solution
        A solution with routes.

    Raises
    ------
    NoSolutionError
        When there is no solution to write.
    """
    solution.require_solution()
    first = solution.problem.num_depots
    routes = [route.visits for route in solution.routes if len(route.visits)]
    lines = [
        f"Route #{number}: {' '.join(str(int(client) + first) for client in visits)}"
        for number, visits in enumerate(routes, start=1)
    ]
    return "\n".join([*lines, f"Cost {format_number(solution.cost)}", ""])
