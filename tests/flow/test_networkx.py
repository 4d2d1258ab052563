"""Problems from NetworkX graphs of all kinds."""

from __future__ import annotations

import copy
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowopt.core import FlowoptWarning, Status, ValidationError
from flowopt.flow import FlowProblem


def faults(graph: Any, **names: str) -> list[tuple[str | None, int | None, str]]:
    with pytest.raises(ValidationError) as caught:
        FlowProblem.from_networkx(graph, **names)
    assert all(failure.fix for failure in caught.value.failures)
    return [(failure.column, failure.row, failure.code) for failure in caught.value.failures]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), several=st.booleans())
def test_costs_are_those_of_networkx(seed: int, several: bool) -> None:
    rng = np.random.default_rng(seed)
    size = int(rng.integers(2, 8))
    graph = nx.MultiDiGraph() if several else nx.DiGraph()
    demand = rng.integers(-4, 5, size)
    demand[0] -= demand.sum()
    graph.add_nodes_from((f"n{i}", {"demand": int(d)}) for i, d in enumerate(demand))
    for source, target in rng.integers(0, size, (int(rng.integers(1, 25)), 2)).tolist():
        if source != target:
            capacity, weight = rng.integers(0, 9, 2).tolist()
            graph.add_edge(f"n{source}", f"n{target}", capacity=capacity, weight=weight)
    before = copy.deepcopy(graph)
    solution = FlowProblem.from_networkx(graph).solve()
    try:
        truth = nx.network_simplex(graph)[0]
    except nx.NetworkXUnfeasible:
        assert solution.status is Status.INFEASIBLE
    else:
        assert solution.cost == truth
    assert nx.utils.graphs_equal(before, graph)


def test_the_edges_of_an_undirected_graph_carry_either_way() -> None:
    graph = nx.path_graph(3)
    graph.nodes[2]["demand"], graph.nodes[0]["demand"] = -4, 3
    nx.set_edge_attributes(graph, 2.5, "weight")
    problem = FlowProblem.from_networkx(graph)
    assert problem.undirected.all()
    solution = problem.solve()
    assert solution.flow.tolist() == [-3.0, -3.0]
    assert solution.cost == 15.0


def test_parallel_edges_of_an_undirected_multigraph_stand_once_each() -> None:
    graph = nx.MultiGraph()
    graph.add_edge("b", "a", capacity=2, weight=1)
    graph.add_edge("a", "b", capacity=3, weight=4)
    graph.nodes["b"]["demand"], graph.nodes["a"]["demand"] = 4, -4
    problem = FlowProblem.from_networkx(graph)
    assert problem.num_lanes == 2
    assert sorted(zip(problem.capacity.tolist(), problem.unit_cost.tolist(), strict=True)) == [
        (2.0, 1.0),
        (3.0, 4.0),
    ]
    assert problem.solve().cost == 2 * 1 + 2 * 4


def test_attributes_can_have_any_name() -> None:
    graph = nx.DiGraph()
    graph.add_node("plant", stock=9, wage=1)
    graph.add_node("shop", wants=3, fine=50, room=5)
    graph.add_edge("plant", "shop", euros=2, most=4, least=1, days=2, weight=99)
    problem = FlowProblem.from_networkx(
        graph,
        supply="stock",
        demand="wants",
        handling_cost="wage",
        unmet_cost="fine",
        site_capacity="room",
        unit_cost="euros",
        capacity="most",
        min_flow="least",
        lead_time="days",
    )
    assert (problem.unit_cost[0], problem.capacity[0], problem.min_flow[0]) == (2, 4, 1)
    assert problem.lead_time is not None
    assert problem.lead_time[0] == 2
    assert problem.unmet_cost.tolist() == [np.inf, 50.0]
    assert problem.site_capacity.tolist() == [np.inf, 5.0]
    assert problem.solve().cost == 9.0


def test_the_cost_is_called_unit_cost_or_weight() -> None:
    graph = nx.DiGraph()
    graph.add_edge(1, 2, unit_cost=3)
    graph.add_edge(2, 3)
    assert FlowProblem.from_networkx(graph).unit_cost.tolist() == [3.0, 0.0]
    graph.edges[2, 3]["weight"] = 4
    assert faults(graph) == [("unit_cost", None, "ambiguous")]
    assert FlowProblem.from_networkx(graph, unit_cost="weight").unit_cost.tolist() == [0.0, 4.0]


def test_what_is_not_there_is_as_in_networkx() -> None:
    graph = nx.DiGraph()
    graph.add_edge("a", "b", capacity=None)
    graph.add_node("a", demand=None)
    problem = FlowProblem.from_networkx(graph)
    assert problem.capacity.tolist() == [np.inf]
    assert problem.demand.tolist() == problem.supply.tolist() == [0.0, 0.0]


def test_whole_numbers_stay_ids_and_all_else_is_named_by_its_text() -> None:
    graph = nx.DiGraph([(7, 3)])
    assert FlowProblem.from_networkx(graph).site_id.tolist() == [7, 3]
    graph = nx.DiGraph([((0, 1), (0, 2)), ((0, 2), "x")])
    assert FlowProblem.from_networkx(graph).site_id.tolist() == ["(0, 1)", "(0, 2)", "x"]


def test_two_nodes_of_one_name_are_a_fault() -> None:
    assert faults(nx.DiGraph([(1, "1"), ("1", "a")])) == [("id", 0, "duplicate_id")]


def test_names_of_parallel_edges_are_modes() -> None:
    graph = nx.MultiDiGraph()
    graph.add_edge("a", "b", "rail")
    graph.add_edge("a", "b", "road")
    problem = FlowProblem.from_networkx(graph)
    assert problem.mode is not None
    assert problem.mode.tolist() == ["rail", "road"]


def test_a_graph_without_edges_or_nodes_is_a_problem() -> None:
    assert FlowProblem.from_networkx(nx.DiGraph()).solve().cost == 0.0
    lonely = nx.Graph()
    lonely.add_node("a", demand=2)
    assert FlowProblem.from_networkx(lonely).solve().status is Status.INFEASIBLE


def test_all_that_is_wrong_with_a_graph_is_said_at_once() -> None:
    graph = nx.DiGraph()
    graph.add_node("a", demand="many", supply=-1)
    graph.add_node("b", demand=-3, supply=2)
    graph.add_edge("a", "b", capacity="wide", weight=1)
    graph.add_edge("b", "a", capacity=[1, 2], weight=object())
    assert faults(graph) == [
        ("capacity", 0, "wrong_type"),
        ("capacity", 1, "wrong_type"),
        ("unit_cost", 1, "wrong_type"),
        ("demand", 0, "wrong_type"),
        ("demand", 1, "ambiguous"),
    ]


@pytest.mark.parametrize(
    ("attributes", "fault"),
    [
        ({"capacity": float("nan")}, ("capacity", 0, "nan")),
        ({"capacity": -1}, ("capacity", 0, "negative")),
        ({"weight": float("inf")}, ("unit_cost", 0, "inf")),
        ({"weight": 2**62}, ("unit_cost", 0, "overflow")),
        ({"weight": 10**400}, ("unit_cost", 0, "wrong_type")),
    ],
)
def test_numbers_that_cannot_be_used_are_named(
    attributes: dict[str, Any], fault: tuple[str, int, str]
) -> None:
    graph = nx.DiGraph()
    graph.add_edge("a", "b", **attributes)
    assert faults(graph) == [fault]


def test_a_node_linked_to_itself_is_a_fault() -> None:
    assert faults(nx.Graph([("a", "a"), ("a", "b")])) == [("target", 0, "self_loop")]


def test_an_undirected_edge_that_gains_is_a_fault() -> None:
    graph = nx.Graph()
    graph.add_edge("a", "b", weight=-1, min_flow=2)
    assert faults(graph) == [("unit_cost", 0, "unsupported"), ("min_flow", 0, "unsupported")]


@pytest.mark.parametrize("thing", [None, 3, {"a": "b"}, np.eye(2)])
def test_what_is_no_graph_is_refused(thing: Any) -> None:
    assert faults(thing) == [(None, None, "not_a_graph")]


def test_an_attribute_that_is_named_and_nowhere_there_is_warned_of() -> None:
    graph = nx.DiGraph()
    graph.add_edge("a", "b", euro=3)
    with pytest.warns(FlowoptWarning, match=r"no edge of the graph has .*'euros' \(unit_cost\)"):
        FlowProblem.from_networkx(graph, unit_cost="euros")
    with pytest.warns(FlowoptWarning, match=r"no node of the graph has .*'wants' \(demand\)"):
        FlowProblem.from_networkx(graph, unit_cost="euro", demand="wants")
