"""Reads minimum-cost flow problems in the DIMACS format, and writes their solutions.

First DIMACS challenge (1991): ``p min NODES ARCS``, then ``n ID SUPPLY`` (above 0 gives, below 0
receives), then ``a SOURCE TARGET LOW CAPACITY COST``; ``c`` begins a comment.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.io.text import LARGEST_NUMBER, Floats, TextFile, format_number

if TYPE_CHECKING:
    from flowopt.flow import FlowProblem, FlowSolution

_ARC_FIELDS = ("source", "target", "low", "capacity", "cost")
_NODES_FREE = 1_000_000
_NODES_A_LINE = 4


@dataclass(frozen=True, eq=False)
class FlowInstance:
    """A minimum-cost flow problem as its file states it.

    Parameters
    ----------
    name
        Its name.
    supply
        (N,) what each node gives (above 0) or receives (below 0); the sum is 0.
    source, target
        (A,) positions of the nodes of each arc.
    min_flow, capacity
        (A,) least and most flow.
    unit_cost
        (A,) cost of a unit of flow.
    """

    name: str
    supply: Floats
    source: npt.NDArray[np.int64]
    target: npt.NDArray[np.int64]
    min_flow: Floats
    capacity: Floats
    unit_cost: Floats

    def to_problem(self) -> FlowProblem:
        """Return the problem; the ids of its sites are the numbers of the nodes."""
        from flowopt.flow import FlowProblem

        return FlowProblem.from_arrays(
            self.source,
            self.target,
            capacity=self.capacity,
            unit_cost=self.unit_cost,
            min_flow=self.min_flow,
            supply=np.maximum(self.supply, 0.0),
            demand=np.maximum(-self.supply, 0.0),
            site_id=np.arange(1, len(self.supply) + 1),
        )


def is_dimacs(file: TextFile) -> bool:
    """Return whether a file looks like DIMACS: its first line that is no comment does."""
    for line in file.lines:
        words = line.split()
        if words and words[0] != "c":
            numbered = len(words) > 1 and words[1].isdigit()
            return words[0] == "p" or (words[0] in ("n", "a") and numbered)
    return False


def parse_dimacs(file: TextFile) -> FlowInstance | None:
    """Return the instance that a DIMACS file states, or None when faults were collected.

    Parameters
    ----------
    file
        The text, and where its faults are collected.

    Examples
    --------
    >>> from pathlib import Path
    >>> from flowopt.core.errors import Failures
    >>> text = "p min 2 1; n 1 4; n 2 -4; a 1 2 0 5 3"
    >>> file = TextFile(Path("tiny.min"), tuple(text.split("; ")), Failures())
    >>> parse_dimacs(file).unit_cost.tolist()
    [3.0]
    """
    lines = _by_kind(file)
    size = _problem_line(file, lines["p"])
    if size is None:
        return None
    num_nodes, num_arcs = size
    nodes, node_lines = _numbers(file, lines["n"], ("node", "supply"))
    arcs, arc_lines = _numbers(file, lines["a"], _ARC_FIELDS)
    if len(nodes) == len(lines["n"]):
        _check_balance(file, nodes[:, 1])
    _check_count(file, lines["p"][0] + 1, len(lines["a"]), num_arcs)
    _check_nodes(file, nodes, node_lines, num_nodes)
    _check_arcs(file, arcs, arc_lines, num_nodes)
    if len(file.failures):
        return None
    supply = np.zeros(num_nodes)
    supply[nodes[:, 0].astype(np.int64) - 1] = nodes[:, 1]
    source, target = arcs[:, :2].T.astype(np.int64) - 1
    name = file.path.name.removesuffix(".gz").removesuffix(".min")
    return FlowInstance(name, supply, source, target, *arcs[:, 2:].T.copy())


def _by_kind(file: TextFile) -> dict[str, list[int]]:
    """Return the positions of the lines of each kind; collect those of no kind."""
    lines: dict[str, list[int]] = {"c": [], "p": [], "n": [], "a": []}
    for position, line in enumerate(file.lines):
        text = line.lstrip()
        kind = text[:1]
        if kind in lines and text[1:2] in ("", " ", "\t"):
            lines[kind].append(position)
        elif text:
            fix = "begin each line with c, p, n or a, then a blank"
            file.fail(None, position + 1, text[:40], "unknown_line", "is no DIMACS line", fix)
    return lines


def _problem_line(file: TextFile, positions: list[int]) -> tuple[int, int] | None:
    """Return the numbers of nodes and arcs, None and a fault when they cannot be used."""
    fix = "give one line `p min NODES ARCS`"
    if len(positions) != 1:
        line = positions[1] + 1 if positions else None
        message = f"stands {len(positions)} times" if positions else "is missing"
        file.fail("p", line, None, "problem_line", message, fix)
        return None
    line = positions[0] + 1
    words = file.lines[line - 1].split()
    if words[1:2] != ["min"] or len(words) != 4:
        message = "is not the line of a minimum-cost flow problem"
        file.fail("p", line, " ".join(words)[:60], "problem_line", message, fix)
        return None
    numbers = [file.number("p", line, word) for word in words[2:]]
    whole = [int(number) for number in numbers if number is not None and number % 1 == 0]
    if len(whole) != 2 or whole[0] < 1 or whole[1] < 0:
        message = "does not give whole numbers of nodes and arcs"
        file.fail("p", line, " ".join(words)[:60], "problem_line", message, fix)
        return None
    if whole[0] > _NODES_FREE + _NODES_A_LINE * len(file.lines):
        message = f"names far more nodes than the {len(file.lines)} lines of the file can join"
        file.fail("p", line, whole[0], "problem_line", message, fix)
        return None
    return whole[0], whole[1]


def _numbers(
    file: TextFile, positions: list[int], fields: Sequence[str]
) -> tuple[Floats, list[int]]:
    """Return the lines of a kind as an (m, fields) array, and their positions.

    Lines that are no numbers are left out, and their faults collected.
    """
    width = len(fields)
    rows = [file.lines[position].lstrip()[1:] for position in positions]
    values: Floats = np.empty((0, 0))
    if any(row.strip() for row in rows):  # else NumPy warns
        with suppress(ValueError):
            values = np.loadtxt(rows, dtype=np.float64, comments=None, ndmin=2)
    if values.shape == (len(rows), width) and (np.abs(values) <= LARGEST_NUMBER).all():
        return values, positions
    table = [
        _row_numbers(file, position + 1, row.split(), fields)
        for position, row in zip(positions, rows, strict=True)
    ]
    good = [position for position, row in zip(positions, table, strict=True) if row]
    return np.array([row for row in table if row], dtype=np.float64).reshape(-1, width), good


def _row_numbers(
    file: TextFile, line: int, tokens: list[str], fields: Sequence[str]
) -> list[float]:
    """Return the numbers of one line, or an empty list and its faults."""
    if len(tokens) != len(fields):
        message = f"has {len(tokens)} values in place of {len(fields)}"
        fix = f"give {', '.join(fields)}; the file may be cut off"
        file.fail(None, line, " ".join(tokens)[:40], "wrong_width", message, fix)
        return []
    values = [file.number(field, line, token) for field, token in zip(fields, tokens, strict=True)]
    numbers = [value for value in values if value is not None]
    return numbers if len(numbers) == len(fields) else []


def _check_count(file: TextFile, line: int, found: int, wanted: int) -> None:
    if found != wanted:
        message = f"promises {wanted} arcs, and {found} follow"
        fix = "correct the number, or add the arcs; the file may be cut off"
        file.fail("p", line, None, "wrong_count", message, fix)


def _check_nodes(file: TextFile, nodes: Floats, positions: list[int], size: int) -> None:
    """Collect nodes that are no node or stand twice."""
    _check_ends(file, "node", nodes[:, 0], positions, size)
    first: dict[float, int] = {}
    for node, position in zip(nodes[:, 0].tolist(), positions, strict=True):
        if first.setdefault(node, position) != position:
            message = f"stands in line {first[node] + 1} too"
            fix = "keep one line a node"
            file.fail("node", position + 1, int(node), "duplicate_node", message, fix)


def _check_balance(file: TextFile, supply: Floats) -> None:
    """Collect supplies that do not add up to 0."""
    gap = float(supply.sum())
    if abs(gap) > 1e-9 * np.abs(supply).sum():
        side, other = ("give", "receive") if gap > 0 else ("receive", "give")
        message = f"do not balance: nodes {side} {abs(gap):g} more than others {other}"
        fix = "make the supplies add up to 0"
        file.fail("supply", None, None, "unbalanced", message, fix)


def _check_ends(file: TextFile, field: str, nodes: Floats, positions: list[int], size: int) -> None:
    """Collect numbers of nodes that are no node."""
    for row in np.flatnonzero((nodes < 1) | (nodes > size) | (nodes % 1 != 0)).tolist():
        value, fix = f"{nodes[row]:.15g}", f"nodes are numbered from 1 to {size}"
        file.fail(field, positions[row] + 1, value, "unknown_node", "is no node", fix)


def _check_arcs(file: TextFile, arcs: Floats, positions: list[int], size: int) -> None:
    """Collect arcs between unknown nodes, and bounds that leave no flow."""
    _check_ends(file, "source", arcs[:, 0], positions, size)
    _check_ends(file, "target", arcs[:, 1], positions, size)
    low, capacity = arcs[:, 2], arcs[:, 3]
    for row in np.flatnonzero(low < 0).tolist():
        fix = "use 0 or more"
        file.fail("low", positions[row] + 1, low[row].item(), "negative", "is negative", fix)
    for row in np.flatnonzero(capacity < np.maximum(low, 0)).tolist():
        message = f"is less than the lower bound {max(low[row], 0):g}"
        fix = "use more; for an arc without a limit, the sum of all supplies"
        value = capacity[row].item()
        file.fail("capacity", positions[row] + 1, value, "out_of_range", message, fix)


def format_dimacs(solution: FlowSolution) -> str:
    """Return a solution in the DIMACS format: ``s COST``, and one ``f SOURCE TARGET FLOW`` an arc.

    The arcs come in the order of the problem, so that parallel ones can be told apart. Nodes are
    numbered from 1 in the order of the problem's sites.

    Parameters
    ----------
    solution
        A solution with flows.

    Raises
    ------
    NoSolutionError
        When there is no solution to write.
    """
    solution.require_solution()
    problem = solution.problem
    turned = solution.flow < 0  # an undirected lane, used from its target to its source
    source = np.where(turned, problem.target, problem.source) + 1
    target = np.where(turned, problem.source, problem.target) + 1
    rows = zip(source.tolist(), target.tolist(), np.abs(solution.flow).tolist(), strict=True)
    lines = [f"f {start} {end} {format_number(flow)}" for start, end, flow in rows]
    return "\n".join([f"s {format_number(solution.cost)}", *lines, ""])
