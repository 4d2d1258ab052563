"""Maximum flow: against NetworkX, linear programs and all cuts; what comes in and out."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import networkx as nx
import numpy as np
import pytest

from flowopt import MaxFlowProblem, Network, Status, ValidationError
from flowopt.flow.named.max_flow.solve import ENGINES

LANES = {
    "source": ["port", "port", "hub", "depot"],
    "target": ["hub", "depot", "city", "city"],
    "capacity": [30.0, 10.0, 20.0, 25.0],
}

every_engine = pytest.mark.parametrize("engine", [engine.name for engine in ENGINES])


def random_network(seed: int, num_sites: int = 7, num_lanes: int = 18) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    source = rng.integers(num_sites, size=num_lanes)
    target = (source + rng.integers(1, num_sites, size=num_lanes)) % num_sites
    return {"source": source, "target": target, "capacity": rng.integers(0, 20, size=num_lanes)}


def least_cut(problem: MaxFlowProblem) -> float:
    """Return the least capacity over all cuts, one by one."""
    num, best = problem.num_sites, np.inf
    for sides in itertools.product([(False, False), (True, False), (True, True)], repeat=num):
        entry, leave = np.array(sides).T
        crossing = leave[problem.source] & ~entry[problem.target]
        crossing |= problem.undirected & leave[problem.target] & ~entry[problem.source]
        cut = problem.capacity[crossing].sum() + problem.site_capacity[entry & ~leave].sum()
        best = min(best, cut + problem.supply[~entry].sum() + problem.demand[leave].sum())
    return float(best)


# ---- the answer


@every_engine
@pytest.mark.parametrize("seed", range(20))
def test_networkx_finds_the_same_flow(seed: int, engine: str) -> None:
    arrays = random_network(seed, num_sites=12, num_lanes=60)
    graph = nx.DiGraph()
    graph.add_nodes_from(range(12))
    for source, target, capacity in zip(*arrays.values(), strict=True):
        known = graph.get_edge_data(source, target, {"capacity": 0})["capacity"]
        graph.add_edge(source, target, capacity=known + int(capacity))
    solution = MaxFlowProblem.from_arrays(**arrays, sources=0, sinks=1).solve(engine=engine)
    assert solution.status is Status.OPTIMAL
    assert solution.value == pytest.approx(nx.maximum_flow_value(graph, 0, 1), abs=1e-6)
    assert solution.check().ok


@every_engine
@pytest.mark.parametrize("seed", range(12))
def test_the_flow_is_the_least_of_all_cuts(seed: int, engine: str) -> None:
    rng = np.random.default_rng(seed)
    arrays = random_network(seed, num_sites=6, num_lanes=14)
    site_capacity = np.where(rng.random(6) < 0.5, rng.integers(0, 15, size=6), np.inf)
    problem = MaxFlowProblem.from_arrays(
        arrays["source"],
        arrays["target"],
        arrays["capacity"] / 8,
        undirected=rng.random(14) < 0.4,
        site_capacity=site_capacity / 8,
        sources=[0, 1],
        sinks=[4, 5],
        supply=[np.inf, 2.25],
        demand=[3.5, np.inf],
    )
    solution = problem.solve(engine=engine)
    assert solution.value == pytest.approx(least_cut(problem), abs=1e-6)
    assert solution.cut.capacity == pytest.approx(solution.value)


@every_engine
def test_floats_without_an_end_are_kept_to_their_last_digits(engine: str) -> None:
    capacity = [1 / 3, np.pi, 1e-7 / 3, 2 / 7]
    problem = MaxFlowProblem.from_arrays([0, 0, 1, 2], [1, 2, 3, 3], capacity, sources=0, sinks=3)
    assert problem.solve(engine=engine).value == pytest.approx(2 / 7 + 1e-7 / 3, rel=1e-9)


@every_engine
def test_quantities_of_very_different_sizes_are_no_trouble(engine: str) -> None:
    problem = MaxFlowProblem.from_arrays([0, 1], [1, 2], [2.0**52, 1.0], sources=0, sinks=2)
    assert problem.solve(engine=engine).value == pytest.approx(1.0)


def test_an_undirected_lane_is_used_the_way_that_helps() -> None:
    problem = MaxFlowProblem.from_arrays(
        [1, 1], [0, 2], [5, 4], undirected=[True, False], sources=0, sinks=2
    )
    solution = problem.solve()
    assert solution.value == 4
    assert solution.flow.tolist() == [-4, 4]


def test_a_lane_within_a_mesh_of_undirected_lanes_never_carries_both_ways() -> None:
    rng = np.random.default_rng(3)
    arrays = random_network(3, num_sites=30, num_lanes=200)
    problem = MaxFlowProblem.from_arrays(
        **arrays, undirected=True, site_capacity=rng.integers(20, 60, 30), sources=0, sinks=1
    )
    solution = problem.solve()
    assert (np.abs(solution.flow) <= problem.capacity).all()
    assert solution.value == pytest.approx(problem.solve(engine="highs").value)


def test_the_cut_names_the_lanes_and_both_sides() -> None:
    solution = MaxFlowProblem.from_frames(LANES, sources="port", sinks="city").solve()
    cut = solution.cut
    assert (solution.value, cut.capacity) == (30, 30)
    assert cut.lanes == (("port", "depot", None), ("hub", "city", None))
    assert (cut.source_side, cut.sink_side) == (("port", "hub"), ("depot", "city"))
    assert solution.to_frame("cut")["capacity"].tolist() == [10, 20]


def test_the_cut_names_sites_supplies_and_demands() -> None:
    sites = {
        "id": ["port", "hub", "depot", "city"],
        "supply": [35.0, 0, 0, 0],
        "demand": [0, 0, 3.0, 40.0],
        "capacity": [np.inf, 12.0, np.inf, np.inf],
    }
    problem = MaxFlowProblem.from_frames(LANES, sites)
    cut = problem.solve().cut
    assert (cut.capacity, cut.site_capacities) == (22, ("hub",))
    assert cut.lanes == (("port", "depot", None),)
    small = problem.replace(supply=np.array([5.0, 0, 0, 0])).solve().cut
    assert (small.capacity, small.supplies, small.lanes) == (5, ("port",), ())
    few = problem.replace(demand=np.array([0, 0, 3.0, 1.0])).solve().cut
    assert (few.capacity, few.demands) == (4, ("depot", "city"))


def test_nothing_flows_where_no_lane_leads() -> None:
    solution = MaxFlowProblem.from_arrays([0], [1], 5.0, sources=0, sinks=2).solve()
    assert (solution.value, solution.cut.lanes) == (0, ())
    assert solution.cut.sink_side == (2,)


@every_engine
def test_a_network_without_lanes_or_of_capacity_0_carries_nothing(engine: str) -> None:
    bare = MaxFlowProblem.from_arrays([], [], [], sources=0, sinks=1)
    assert bare.solve(engine=engine).value == 0
    closed = MaxFlowProblem.from_arrays([0], [1], [0.0], sources=0, sinks=1)
    assert closed.solve(engine=engine).value == 0


@every_engine
def test_a_way_without_limit_is_named(engine: str) -> None:
    lanes = {**LANES, "capacity": [np.inf, 10, np.inf, 25]}
    solution = MaxFlowProblem.from_frames(lanes, sources="port", sinks="city").solve(engine=engine)
    assert solution.status is Status.UNBOUNDED
    assert solution.explanation is not None
    assert solution.explanation.kind == "endless"
    assert solution.explanation.sites == ("port", "hub", "city")
    assert solution.explanation.lanes == (("port", "hub", None), ("hub", "city", None))


def test_a_network_gives_sources_and_sinks_their_limits() -> None:
    network = Network.from_frames(
        sites={
            "id": ["mill", "hub", "shop"],
            "kind": ["plant", "warehouse", "customer"],
            "supply": [50, 0, 0],
        },
        lanes={
            "source": ["mill", "hub"],
            "target": ["hub", "shop"],
            "distance": [1, 1],
            "capacity": [30, 40],
        },
        demand={"site": ["shop"], "demand": [25]},
    )
    assert MaxFlowProblem.from_network(network).solve().value == 25
    free = MaxFlowProblem.from_network(network, sinks="shop").solve()
    assert free.value == 25  # its own demand limits it still
    assert MaxFlowProblem.from_network(network, sources="hub", sinks="shop").solve().value == 25


@pytest.mark.slow
def test_a_large_network_is_solved_in_a_process_of_its_own() -> None:
    rng = np.random.default_rng(0)
    source, target = rng.integers(20_000, size=(2, 120_000))
    kept = source != target
    problem = MaxFlowProblem.from_arrays(
        source[kept], target[kept], rng.integers(1, 100, kept.sum()), sources=0, sinks=1
    )
    solution = problem.solve()
    assert solution.check().ok
    assert problem.solve(time_limit=1e-3).status in (Status.NO_SOLUTION_FOUND, Status.OPTIMAL)


# ---- the check


def broken(solution: Any, **changes: Any) -> set[str]:
    values = dataclasses.replace(solution.values, **changes)
    report = dataclasses.replace(solution, values=values).check()
    return {violation.constraint for violation in report}


def test_the_check_finds_what_is_wrong() -> None:
    solution = MaxFlowProblem.from_frames(LANES, sources="port", sinks="city").solve()
    flow, supplied = solution.flow.copy(), solution.supplied.copy()
    flow[2] += 1
    assert broken(solution, flow=flow) == {"capacity", "balance"}
    assert broken(solution, supplied=supplied + 1) >= {"balance", "supply"}
    assert broken(solution, entry_side=~solution.values.entry_side) == {"bound"}
    assert broken(solution, flow=flow * np.nan) == {"finite"}
    assert broken(solution, flow=flow * 0, supplied=supplied * 0, delivered=supplied * 0) == {
        "bound",
        "cost",
    }


# ---- what cannot be used


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"capacity": [1, np.nan, 1]}, {"nan"}),
        ({"capacity": [1, -1, 1]}, {"negative"}),
        ({"capacity": [1, -np.inf, 1]}, {"inf", "negative"}),
        ({"capacity": [1, 1]}, {"wrong_length"}),
        ({"capacity": [1, 2.0**60, 1]}, {"overflow"}),
        ({"capacity": ["a", "b", "c"]}, {"wrong_type"}),
        ({"source": [0, 7, 1], "num_sites": 3}, {"unknown_id"}),
        ({"source": [0.0, 1.0, 1.0]}, {"wrong_type"}),
        ({"target": [0, 2, 2]}, {"self_loop"}),
        ({"undirected": [1, 0, 1]}, {"wrong_type"}),
        ({"undirected": [True]}, {"wrong_length"}),
        ({"site_capacity": [1, -2, np.nan]}, {"negative", "nan"}),
        ({"sources": [9], "num_sites": 3}, {"unknown_id"}),
        ({"sources": []}, {"no_source"}),
        ({"sinks": []}, {"no_sink"}),
        ({"sinks": [0]}, {"source_is_sink"}),
        ({"supply": [1, 2]}, {"wrong_length"}),
        ({"supply": -1}, {"negative"}),
        ({"site_id": ["a", "b", "a"]}, {"duplicate_id"}),
    ],
)
def test_bad_arrays_are_refused(changes: dict[str, Any], codes: set[str]) -> None:
    given = {"source": [0, 0, 1], "target": [1, 2, 2], "capacity": [1, 1, 1]}
    with pytest.raises(ValidationError) as caught:
        MaxFlowProblem.from_arrays(**({"sources": 0, "sinks": 2} | given | changes))
    assert {failure.code for failure in caught.value.failures} & codes
    assert all(failure.fix for failure in caught.value.failures)


def test_all_faults_of_a_table_come_at_once() -> None:
    lanes = {"source": ["a", "b"], "target": ["b", "x"], "capacity": [-1, 2]}
    with pytest.raises(ValidationError) as caught:
        MaxFlowProblem.from_frames(lanes, {"id": ["a", "b"]}, sources="a", sinks="nowhere")
    found = {(failure.column, failure.code) for failure in caught.value.failures}
    assert found == {
        ("capacity", "negative"),
        ("target", "unknown_id"),
        ("sinks", "unknown_id"),
    }


def test_minimum_flows_of_a_network_are_not_dropped() -> None:
    network = Network.from_frames(
        sites={"id": ["mill", "shop"], "kind": ["plant", "customer"], "supply": [50, 0]},
        lanes={"source": ["mill"], "target": ["shop"], "distance": [1], "min_flow": [3]},
        demand={"site": ["shop"], "demand": [25]},
    )
    with pytest.raises(ValidationError, match="min_flow"):
        MaxFlowProblem.from_network(network)


def test_a_flow_of_nothing_costs_0_and_not_less() -> None:
    problem = MaxFlowProblem.from_arrays([0], [1], capacity=[3], sources=1, sinks=0)
    assert str(problem.solve().cost) == "0.0"
