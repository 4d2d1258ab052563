"""A NetworkX graph as the columns of a `FlowProblem`."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import compress, repeat
from numbers import Integral
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures, FlowoptWarning

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]

_DEFAULTS = {
    "capacity": float("inf"),
    "lead_time": float("nan"),
    "site_capacity": float("inf"),
    "unmet_cost": float("inf"),
}
_OUR_COST, _NETWORKX_COST = "unit_cost", "weight"
_ABSENT: Any = object()


def graph_columns(
    graph: Any,
    lanes: Mapping[str, str],
    unit_cost: str | None,
    sites: Mapping[str, str],
) -> dict[str, Any]:
    """Return the fields of the problem of a graph; see `FlowProblem.from_networkx`.

    Parameters
    ----------
    graph
        A NetworkX graph of any of the four kinds; it is not changed.
    lanes
        The attributes of the edges called ``capacity``, ``min_flow`` and ``lead_time``.
    unit_cost
        The attribute of the edges that is their cost; None finds it.
    sites
        Field → attribute of the nodes.

    Raises
    ------
    ValidationError
        When it is no graph, or an attribute holds what is no number.
    """
    failures = Failures()
    _check_kind(graph, failures)
    failures.raise_if_any()
    nodes = dict(graph.nodes(data=True))
    costs = (_OUR_COST, _NETWORKX_COST) if unit_cost is None else (unit_cost, _ABSENT)
    row = {node: place for place, node in enumerate(nodes)}
    source, target, mode, cells = _edges(graph, row, (*lanes.values(), *costs))
    found = dict(zip(lanes, cells, strict=False)) | {
        "unit_cost": _costs(cells[3], cells[4], failures)
    }
    asked = dict(lanes) if unit_cost is None else {**lanes, "unit_cost": unit_cost}
    _warn_of_absent("edge", {field: (asked[field], found[field]) for field in asked})
    columns = {field: _column("lanes", field, cell, failures) for field, cell in found.items()}
    found = {name: [node.get(name, _ABSENT) for node in nodes.values()] for name in sites.values()}
    _warn_of_absent("node", {field: (name, found[name]) for field, name in sites.items()})
    for field, name in sites.items():
        columns[field] = _column("sites", field, found[name], failures)
    taken, given = columns["demand"], columns["supply"]
    _check_balance(taken, given, failures)
    failures.raise_if_any()
    return columns | {
        "site_id": _site_ids(list(nodes)),
        "source": source,
        "target": target,
        "mode": mode,
        "undirected": np.full(len(source), not graph.is_directed()),
        "demand": np.where(taken < 0, 0.0, taken),  # NaN stays: the problem says where
        "supply": np.where(taken < 0, -taken, given),
    }


def _check_kind(graph: Any, failures: Failures) -> None:
    import networkx as nx

    if not isinstance(graph, nx.Graph):
        message = f"is a {type(graph).__name__}, no NetworkX graph"
        fix = "give a networkx.DiGraph, MultiDiGraph, Graph or MultiGraph"
        failures.add("graph", None, None, None, "not_a_graph", message, fix)


def _site_ids(nodes: list[Any]) -> npt.NDArray[Any]:
    if all(isinstance(node, Integral) and not isinstance(node, bool) for node in nodes):
        return np.array(nodes, dtype=np.int64)
    return np.array([str(node) for node in nodes], dtype=np.str_)


# ---- edges


def _edges(
    graph: Any, row: Mapping[Any, int], names: Sequence[Any]
) -> tuple[IndexArray, IndexArray, Any, Sequence[list[Any]]]:
    """Return the ends, modes and attributes of the edges, those of an undirected graph once.

    Each edge is looked at once: most of the time goes into fetching them from memory.
    """
    heads: list[Any] = []
    keys: list[Any] = []
    counts: list[int] = []
    cells, look = _collector(names)
    several = graph.is_multigraph()
    for _, neighbours in graph.adjacency():
        known = len(heads)
        if several:
            for head, edges in neighbours.items():
                heads.extend(repeat(head, len(edges)))
                keys.extend(edges)
                look(edges.values())
        else:
            heads.extend(neighbours)
            look(neighbours.values())
        counts.append(len(heads) - known)
    source = np.repeat(np.arange(len(row)), counts)
    target = np.fromiter(map(row.__getitem__, heads), dtype=np.int64, count=len(heads))
    if not graph.is_directed():  # each edge stands with both of its ends
        once = source <= target
        source, target = source[once], target[once]
        cells = [list(compress(column, once)) for column in cells]
        keys = list(compress(keys, once))
    return source, target, _modes(keys), cells


def _collector(
    names: Sequence[Any],
) -> tuple[Sequence[list[Any]], Callable[[Iterable[Mapping[str, Any]]], None]]:
    """Return five empty columns, and what adds the attributes of edges to them."""
    first, second, third, fourth, fifth = names
    cells: list[list[Any]] = [[] for _ in names]
    add_first, add_second, add_third, add_fourth, add_fifth = (cell.append for cell in cells)

    def look(edges: Iterable[Mapping[str, Any]]) -> None:
        for edge in edges:
            add_first(edge.get(first, _ABSENT))
            add_second(edge.get(second, _ABSENT))
            add_third(edge.get(third, _ABSENT))
            add_fourth(edge.get(fourth, _ABSENT))
            add_fifth(edge.get(fifth, _ABSENT))

    return cells, look


def _modes(keys: Sequence[Any]) -> npt.NDArray[np.str_] | None:
    """Return the keys of a multigraph that are names; NetworkX numbers edges without one."""
    if all(isinstance(key, Integral) for key in keys):
        return None
    return np.array(["" if isinstance(key, Integral) else str(key) for key in keys], dtype=np.str_)


def _costs(ours: list[Any], networkx: list[Any], failures: Failures) -> list[Any]:
    if ours.count(_ABSENT) == len(ours):
        return networkx
    if networkx.count(_ABSENT) < len(networkx):
        message = f"stands beside {_NETWORKX_COST!r}: either may be meant"
        fix = f"say unit_cost={_OUR_COST!r} or unit_cost={_NETWORKX_COST!r}"
        failures.add("lanes", _OUR_COST, None, None, "ambiguous", message, fix)
    return ours


# ---- columns


def _warn_of_absent(thing: str, columns: Mapping[str, tuple[str, list[Any]]]) -> None:
    """Warn of attributes that the caller named and that nothing has: most often misspelt."""
    absent = [
        f"{name!r} ({field})"
        for field, (name, values) in columns.items()
        if name not in (field, _NETWORKX_COST, "demand") and values
        if values.count(_ABSENT) == len(values)
    ]
    if absent:
        text = (
            f"no {thing} of the graph has the attribute {', '.join(absent)}: the default is taken"
        )
        warnings.warn(text, FlowoptWarning, stacklevel=4)


def _column(table: str, field: str, values: list[Any], failures: Failures) -> FloatArray:
    """Return an attribute of all nodes or edges as numbers, its default where it is not there."""
    default = _DEFAULTS.get(field, 0.0)
    missing = values.count(_ABSENT)
    if missing == len(values):
        return np.full(len(values), default)
    if missing:
        values = [default if value is _ABSENT else value for value in values]
    try:
        column = np.array(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return _numbers(table, field, values, default, failures)
    if column.ndim == 1 and not np.isnan(column).any():  # NumPy takes None for NaN
        return column
    return _numbers(table, field, values, default, failures)


def _numbers(
    table: str, field: str, values: list[Any], default: float, failures: Failures
) -> FloatArray:
    """Return the values one by one as numbers; None stands for the default."""
    numbers = np.full(len(values), default)
    for place, value in enumerate(values):
        try:
            numbers[place] = default if value is None else float(value)
        except (TypeError, ValueError, OverflowError):
            message, fix = "is no number", "give a number, or leave the attribute out"
            failures.add(table, field, place, value, "wrong_type", message, fix)
    return numbers


def _check_balance(taken: FloatArray, given: FloatArray, failures: Failures) -> None:
    for row in np.flatnonzero((taken < 0) & (given > 0)).tolist():
        message = f"gives, and so does its supply {given[row]:g}"
        value = float(taken[row])
        failures.add("sites", "demand", row, value, "ambiguous", message, "give one of the two")
