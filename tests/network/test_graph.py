"""A network is a NetworkX graph, and a NetworkX graph is a network."""

from __future__ import annotations

import math
from typing import Any

import networkx as nx
import numpy as np
import pytest

from flowopt.core.errors import FlowoptWarning, ValidationError
from flowopt.network import Network

Tables = dict[str, dict[str, list[Any]]]


def faults_of(graph: Any) -> list[tuple[str, str | None, str]]:
    with pytest.raises(ValidationError) as error:
        Network.from_networkx(graph)
    return [(f.table, f.column, f.code) for f in error.value.failures]


def three(**middle: Any) -> nx.DiGraph:
    """Return a graph a → b → c, whose middle has the attributes given."""
    graph = nx.DiGraph()
    graph.add_node("a", supply=9)
    graph.add_node("b", **middle)
    graph.add_node("c", demand=4)
    graph.add_edge("a", "b", distance=1)
    graph.add_edge("b", "c", distance=2)
    return graph


def test_lanes_of_several_modes_lie_side_by_side(network: Network) -> None:
    assert isinstance(network.graph, nx.MultiDiGraph)
    assert set(network.graph["Lille"]["Paris"]) == {"road", "rail"}
    assert network.graph["Lille"]["Paris"]["road"]["capacity"] == 50
    assert network.graph["Lille"]["Paris"]["rail"]["lead_time"] == network.lanes["lead_time"][1]
    assert network.graph.number_of_edges() == 4


def test_nodes_carry_the_columns_of_sites_and_their_demand(network: Network) -> None:
    nodes = network.graph.nodes
    assert list(nodes) == ["Lille", "Paris", "Lyon", "Nice"]
    assert nodes["Lille"]["supply"] == 100
    assert nodes["Lyon"]["demand"] == 15
    assert [row["commodity"] for row in nodes["Lyon"]["demand_rows"]] == ["tea", "salt"]
    assert nodes["Paris"]["stock_rows"] == [{"commodity": "tea", "on_hand": 30, "on_order": 0}]
    assert "stock_rows" not in nodes["Lyon"]


def test_attributes_are_plain_python_values(network: Network) -> None:
    for _, node in network.graph.nodes(data=True):
        assert not any(isinstance(value, np.generic) for value in node.values())
    for *_, lane in network.graph.edges(data=True):
        assert not any(isinstance(value, np.generic) for value in lane.values())


def test_the_graph_is_made_once_and_cannot_be_changed_but_as_a_copy(network: Network) -> None:
    assert network.graph is network.graph
    with pytest.raises(nx.NetworkXError):
        network.graph.remove_node("Lyon")
    own = network.graph.copy()
    own.remove_node("Lyon")
    assert Network.from_networkx(own).demand["site"].tolist() == ["Nice"]
    assert network.graph.number_of_nodes() == 4


def test_a_network_comes_back_from_its_graph(network: Network) -> None:
    assert Network.from_networkx(network.graph).fingerprint == network.fingerprint


def test_own_columns_are_attributes(chain: Tables) -> None:
    chain["sites"]["people"] = [1, 2, 3, 4]
    chain["lanes"]["toll"] = ["A1", "", "A6", "A8"]
    with pytest.warns(FlowoptWarning):
        network = Network.from_frames(**chain)
    assert network.graph.nodes["Nice"]["people"] == 4
    assert network.graph["Paris"]["Nice"]["road"]["toll"] == "A8"
    with pytest.warns(FlowoptWarning):
        assert Network.from_networkx(network.graph).fingerprint == network.fingerprint


def test_unknown_places_are_nan() -> None:
    network = Network.from_networkx(three())
    assert math.isnan(network.graph.nodes["a"]["lat"])


def test_a_plain_digraph_makes_lanes_by_road() -> None:
    network = Network.from_networkx(three())
    assert network.lanes["mode"].tolist() == ["road", "road"]
    assert network.lanes["distance"].tolist() == [1, 2]
    assert network.total_demand().tolist() == [0, 0, 4]


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ({}, "warehouse"),
        ({"demand": 0}, "warehouse"),
        ({"demand": 1}, "customer"),
        ({"supply": 2}, "plant"),
        ({"demand": -2}, "plant"),
        ({"demand": 1, "supply": 2}, "customer"),
        ({"kind": "crossdock"}, "crossdock"),
    ],
)
def test_the_kind_of_a_node_in_the_middle(attributes: dict[str, Any], kind: str) -> None:
    assert Network.from_networkx(three(**attributes)).sites["kind"][1] == kind


def test_the_kind_of_a_node_at_an_end() -> None:
    graph = nx.DiGraph()
    graph.add_edge("a", "b", distance=1)
    graph.add_node("alone")
    assert Network.from_networkx(graph).sites["kind"].tolist() == [
        "supplier",
        "customer",
        "warehouse",
    ]


def test_negative_demand_is_supply_as_networkx_means_it() -> None:
    network = Network.from_networkx(three(demand=-7))
    assert network.sites["supply"].tolist() == [9, 7, 0]
    assert network.total_demand().tolist() == [0, 0, 4]


def test_keys_of_parallel_edges_are_their_modes() -> None:
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(["a", "b"])
    graph.add_edge("a", "b", key="rail", distance=1)
    graph.add_edge("a", "b", mode="canal", distance=1)
    graph.add_edge("a", "b", key=0, distance=1)
    lanes = Network.from_networkx(graph).lanes
    assert sorted(lanes["mode"].tolist()) == ["canal", "rail", "road"]


def test_parallel_edges_without_modes_are_refused() -> None:
    graph = nx.MultiDiGraph([("a", "b", {"distance": 1}), ("a", "b", {"distance": 2})])
    assert faults_of(graph) == [("lanes", "source+target+mode", "duplicate_id")]


def test_numbers_are_nodes_too() -> None:
    graph = nx.DiGraph()
    graph.add_node(np.int64(1), demand=3)
    graph.add_edge(2, np.int64(1), distance=4)
    network = Network.from_networkx(graph)
    assert network.sites["id"].tolist() == [1, 2]
    assert network.lanes["target"].tolist() == [1]


def test_demand_of_several_commodities_is_the_sum_of_its_rows(network: Network) -> None:
    graph = network.graph.copy()
    graph.nodes["Nice"]["demand"] = 9
    assert faults_of(graph) == [("graph", "demand", "ambiguous")]
    del graph.nodes["Nice"]["demand_rows"]
    graph.nodes["Nice"]["demand"] = 8
    assert faults_of(graph) == [("demand", "commodity", "missing")]  # there are two


@pytest.mark.parametrize("graph", [nx.Graph([("a", "b")]), nx.MultiGraph(), {"a": "b"}, None])
def test_what_is_no_directed_graph_is_refused(graph: Any) -> None:
    assert faults_of(graph) == [("graph", None, "not_a_graph")]


def test_an_empty_graph_has_no_sites() -> None:
    assert faults_of(nx.DiGraph()) == [("sites", None, "empty_table")]


@pytest.mark.parametrize(
    ("attributes", "fault"),
    [
        ({"demand": "much"}, ("demand", "demand", "wrong_type")),
        ({"demand": math.nan}, ("demand", "demand", "nan")),
        ({"demand": -3, "supply": 2}, ("graph", "demand", "ambiguous")),
        ({"supply": -3}, ("sites", "supply", "negative")),
        ({"capasity": 3}, ("sites", "capasity", "unknown_column")),
        ({"demand_rows": 3}, ("graph", "demand_rows", "wrong_type")),
        ({"demand_rows": [3]}, ("graph", "demand_rows", "wrong_type")),
        ({"stock_rows": {}}, ("graph", "stock_rows", "wrong_type")),
        ({"stock_rows": [{"on_hand": -1}]}, ("stock", "on_hand", "negative")),
    ],
)
def test_a_faulty_attribute_is_named(attributes: dict[str, Any], fault: Any) -> None:
    assert faults_of(three(**attributes)) == [fault]


def test_a_foreign_attribute_is_kept_and_mentioned() -> None:
    graph = three()
    graph["a"]["b"]["weight"] = 3
    with pytest.warns(FlowoptWarning, match="weight"):
        network = Network.from_networkx(graph)
    assert network.lanes.extras["weight"].tolist() == [3, None]


def test_the_caller_s_graph_is_left_as_it_was() -> None:
    graph = three(demand=-3)
    before = nx.node_link_data(graph.copy(), edges="edges")
    Network.from_networkx(graph)
    assert nx.node_link_data(graph, edges="edges") == before


def test_networkx_runs_on_the_graph(network: Network) -> None:
    path = nx.shortest_path(network.graph, "Lille", "Nice", weight="distance")
    assert path == ["Lille", "Paris", "Nice"]
