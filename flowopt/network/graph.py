"""A network as a NetworkX graph, and back.

NetworkX counts demand as positive where goods are received, and so does flowopt; a node of a
foreign graph with negative demand gives, and becomes a site with supply.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np

from flowopt.core.errors import Failures
from flowopt.core.tables import Columns
from flowopt.network.rules import GRAPH_ATTRIBUTES
from flowopt.network.spec import DEFAULT_MODE, LANES

if TYPE_CHECKING:
    import networkx as nx

    from flowopt.network.network import Network

_GRAPH_TABLES = ("commodities", "modes")  # kept as rows in `graph.graph`


def to_networkx(network: Network) -> nx.MultiDiGraph:
    """Return a network as a frozen graph; see `Network.graph`."""
    import networkx as nx

    graph = nx.MultiDiGraph(**{name: _rows(network.tables[name]) for name in _GRAPH_TABLES})
    ids = network.sites["id"].tolist()
    totals = network.total_demand().tolist()
    nodes = dict(zip(ids, _rows(network.sites, without=("id",)), strict=True))
    for attributes, total in zip(nodes.values(), totals, strict=True):
        attributes["demand"] = total
    for name in ("demand", "stock"):
        table = network.tables[name]
        rows = _rows(table, without=("site",))
        for site, row in zip(table["site"].tolist(), rows, strict=True):
            nodes[site].setdefault(f"{name}_rows", []).append(row)
    lanes = network.lanes
    ends = (lanes[name].tolist() for name in LANES.key)
    graph.add_nodes_from(nodes.items())
    graph.add_edges_from(zip(*ends, _rows(lanes, without=("source", "target")), strict=True))
    return nx.freeze(graph)


def frames_of_graph(graph: Any, failures: Failures) -> dict[str, Any]:
    """Return the tables of a graph as columns and rows, collecting what has no place in them.

    Parameters
    ----------
    graph
        See `Network.from_networkx`.
    failures
        Where faults are collected.
    """
    if not _is_directed_graph(graph, failures):
        return {"sites": None, "lanes": None}
    nodes = dict(graph.nodes(data=True))
    demand = [row for site, node in nodes.items() for row in _demand_rows(site, node, failures)]
    stock = [
        {"site": site} | row
        for site, node in nodes.items()
        if _are_rows(site, node, "stock_rows", failures)
        for row in node.get("stock_rows", ())
    ]
    sites = [_site(graph, site, node, failures) for site, node in nodes.items()]
    return {
        "sites": _columns(sites, ("id", "kind")),
        "lanes": _columns(_lanes(graph), LANES.key),
        "demand": _columns(demand, ("site", "demand")) if demand else None,
        "stock": _columns(stock, ("site",)) if stock else None,
    } | {name: graph.graph.get(name) for name in _GRAPH_TABLES}


def _rows(table: Columns, without: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Return the rows of a table, as plain Python values."""
    columns = {n: a.tolist() for n, a in (table.arrays | table.extras).items() if n not in without}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _columns(rows: Iterable[Mapping[str, Any]], needed: tuple[str, ...]) -> dict[str, list[Any]]:
    """Return rows as columns, None where a row has no such value."""
    listed = list(rows)
    names = dict.fromkeys([*needed, *(name for row in listed for name in row)])
    return {str(name): [row.get(name) for row in listed] for name in names}


def _is_directed_graph(graph: Any, failures: Failures) -> bool:
    import networkx as nx

    message = fix = ""
    if not isinstance(graph, nx.Graph):
        message = f"is a {type(graph).__name__}, no NetworkX graph"
        fix = "give a networkx.DiGraph or MultiDiGraph"
    elif not graph.is_directed():
        message = "is not directed"
        fix = "give graph.to_directed(), which makes a lane each way of every edge"
    if message:
        failures.add("graph", None, None, None, "not_a_graph", message, fix)
    return not message


def _site(graph: Any, site: Any, node: Mapping[str, Any], failures: Failures) -> dict[str, Any]:
    row = {name: value for name, value in node.items() if name not in GRAPH_ATTRIBUTES}
    demand = _number(node.get("demand"))
    if demand < 0:
        if _number(node.get("supply")) > 0:
            fix = "give one of the two"
            message = f"of {site} gives, and so does its supply"
            failures.add("graph", "demand", None, demand, "ambiguous", message, fix)
        row["supply"] = -demand
    if row.get("kind") is None:
        gives = _number(row.get("supply")) > 0
        row["kind"] = _likely_kind(
            gives, demand > 0, graph.in_degree(site) > 0, graph.out_degree(site) > 0
        )
    return {"id": int(site) if isinstance(site, Integral) else str(site)} | row


def _likely_kind(gives: bool, wants: bool, has_inward: bool, has_outward: bool) -> str:
    """Return what a site is that does not say so."""
    if wants:
        return "customer"
    if gives:
        return "plant" if has_inward else "supplier"
    if has_inward != has_outward:
        return "customer" if has_inward else "supplier"
    return "warehouse"


def _demand_rows(site: Any, node: Mapping[str, Any], failures: Failures) -> list[dict[str, Any]]:
    demand, rows = node.get("demand"), node.get("demand_rows")
    if rows is None:
        if demand is None or _number(demand) < 0 or demand == 0:
            return []
        return [{"site": site, "demand": demand, "demand_sd": node.get("demand_sd")}]
    if not _are_rows(site, node, "demand_rows", failures):
        return []
    total = sum(_number(row.get("demand")) for row in rows)
    if demand is not None and not math.isclose(_number(demand), total, abs_tol=1e-9):
        message = f"of {site} is not the sum {total:g} of its demand_rows"
        fix = "change both, or remove demand_rows"
        failures.add("graph", "demand", None, demand, "ambiguous", message, fix)
    return [{"site": site} | row for row in rows]


def _are_rows(site: Any, node: Mapping[str, Any], name: str, failures: Failures) -> bool:
    rows = node.get(name, ())
    if isinstance(rows, (list, tuple)) and all(isinstance(row, Mapping) for row in rows):
        return True
    message, fix = f"of {site} is no list of rows", "give a list of dicts"
    failures.add("graph", name, None, rows, "wrong_type", message, fix)
    return False


def _lanes(graph: Any) -> Iterator[dict[str, Any]]:
    if not graph.is_multigraph():
        for source, target, data in graph.edges(data=True):
            yield {"source": source, "target": target, "mode": DEFAULT_MODE} | data
        return
    for source, target, key, data in graph.edges(keys=True, data=True):
        mode = (
            DEFAULT_MODE if isinstance(key, Integral) else str(key)
        )  # NetworkX numbers bare edges
        yield {"source": source, "target": target, "mode": mode} | data


def _number(value: Any) -> float:
    """Return a value as a number, NaN when it is none; the tables say what is wrong with it."""
    try:
        return 0.0 if value is None else float(value)
    except (TypeError, ValueError):
        return float(np.nan)
