"""Shortest paths: against NetworkX, with negative costs and cycles, without ways; bad input."""

from __future__ import annotations

import dataclasses
from typing import Any

import networkx as nx
import numpy as np
import pytest

from flowopt import CancelToken, Network, ShortestPathProblem, Status, ValidationError
from flowopt.flow.named.shortest_path.solve import ENGINES

ROADS = {
    "source": ["Lyon", "Lyon", "Dijon", "Paris", "Paris"],
    "target": ["Dijon", "Paris", "Paris", "Lille", "Dijon"],
    "unit_cost": [190.0, 520, 310, 220, 315],
}

every_engine = pytest.mark.parametrize("engine", [engine.name for engine in ENGINES])


def random_network(seed: int, negative: bool = False) -> dict[str, Any]:
    """Return lanes, parallel ones among them; negative ones are on no cycle of negative cost."""
    rng = np.random.default_rng(seed)
    num_sites, num_lanes = 15, 40
    source = rng.integers(num_sites, size=num_lanes)
    target = (source + rng.integers(1, num_sites, size=num_lanes)) % num_sites
    cost = np.round(rng.uniform(0, 10, size=num_lanes), 3) * (rng.random(num_lanes) < 0.9)
    if negative:
        height = rng.uniform(0, 20, size=num_sites)
        cost = cost + height[source] - height[target]
    return {"source": source, "target": target, "unit_cost": cost}


def graph_of(arrays: dict[str, Any]) -> nx.MultiDiGraph:
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(15))
    rows = zip(arrays["source"], arrays["target"], arrays["unit_cost"], strict=True)
    graph.add_weighted_edges_from((int(i), int(j), float(cost)) for i, j, cost in rows)
    return graph


# ---- the answer


@every_engine
@pytest.mark.parametrize("negative", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_networkx_finds_the_same_distances(seed: int, negative: bool, engine: str) -> None:
    arrays = random_network(seed, negative)
    solution = ShortestPathProblem.from_arrays(**arrays, num_sites=15).solve(engine=engine)
    known = dict(nx.all_pairs_bellman_ford_path_length(graph_of(arrays)))
    expected = np.full((15, 15), np.inf)
    for origin, lengths in known.items():
        for destination, length in lengths.items():
            expected[origin, destination] = length
    assert solution.distance == pytest.approx(expected, abs=1e-9)
    assert solution.status is Status.OPTIMAL
    assert len(solution.unreachable) == np.isinf(expected).sum()


@every_engine
@pytest.mark.parametrize("seed", range(6))
def test_lanes_that_can_be_used_both_ways(seed: int, engine: str) -> None:
    arrays = random_network(seed)
    both = np.random.default_rng(seed).random(40) < 0.5
    graph = graph_of(arrays)
    for lane in np.flatnonzero(both):
        ends = int(arrays["target"][lane]), int(arrays["source"][lane])
        graph.add_edge(*ends, weight=float(arrays["unit_cost"][lane]))
    problem = ShortestPathProblem.from_arrays(**arrays, num_sites=15, origins=3, undirected=both)
    solution = problem.solve(engine=engine)
    lengths = nx.single_source_dijkstra_path_length(graph, 3)
    assert solution.distance[0] == pytest.approx([lengths.get(site, np.inf) for site in range(15)])


@every_engine
def test_a_way_is_named_by_its_sites_and_lanes(engine: str) -> None:
    problem = ShortestPathProblem.from_frames(ROADS, origins="Lyon", destinations="Lille")
    solution = problem.solve(engine=engine)
    assert solution.cost == 720
    assert solution.path("Lyon", "Lille") == ("Lyon", "Dijon", "Paris", "Lille")
    assert solution.lanes("Lyon", "Lille").tolist() == [0, 2, 3]
    paths = solution.to_frame("paths")
    assert paths["step"].tolist() == [0, 1, 2]
    assert paths["unit_cost"].sum() == 720
    assert solution.lanes("Lyon", "Lyon").tolist() == []


@every_engine
def test_what_cannot_be_reached_is_named(engine: str) -> None:
    problem = ShortestPathProblem.from_frames(
        ROADS, origins=["Lille", "Lyon"], destinations=["Dijon", "Lille"]
    )
    solution = problem.solve(engine=engine)
    assert solution.unreachable == (("Lille", "Dijon"),)
    assert solution.distance.tolist() == [[np.inf, 0], [190, 720]]
    assert solution.path("Lille", "Dijon") == ()
    assert solution.to_frame("unreachable")["destination"].tolist() == ["Dijon"]
    alone = ShortestPathProblem.from_frames(ROADS, origins="Lille", destinations="Lyon")
    answer = alone.solve(engine=engine)
    assert answer.status is Status.INFEASIBLE
    assert answer.explanation is not None
    assert answer.explanation.sites == ("Lille",)


@every_engine
def test_a_cycle_that_gains_is_named(engine: str) -> None:
    lanes = {**ROADS, "unit_cost": [190.0, 520, 310, 220, -315]}
    problem = ShortestPathProblem.from_frames(lanes, origins="Lyon", destinations="Lille")
    solution = problem.solve(engine=engine)
    assert solution.status is Status.UNBOUNDED
    why = solution.explanation
    assert why is not None
    assert sorted(why.sites) == ["Dijon", "Paris"]
    assert set(why.lanes) == {("Dijon", "Paris", None), ("Paris", "Dijon", None)}
    assert "costs -5" in str(why)


@every_engine
def test_a_cycle_that_is_not_on_the_way_does_no_harm(engine: str) -> None:
    lanes = {
        "source": ["a", "a", "x", "y", "p", "q", "p"],
        "target": ["b", "x", "y", "x", "q", "p", "b"],
        "unit_cost": [7.0, 1, -3, 1, -3, 1, 1],
    }
    problem = ShortestPathProblem.from_frames(lanes, origins="a", destinations="b")
    assert problem.solve(engine=engine).cost == 7
    assert problem.replace(destinations=[1]).solve(engine=engine).status is Status.UNBOUNDED


@every_engine
def test_a_cycle_of_cost_0_is_no_trouble(engine: str) -> None:
    lanes = {"source": ["a", "b", "b"], "target": ["b", "a", "c"], "unit_cost": [0.1, -0.1, -0.3]}
    solution = ShortestPathProblem.from_frames(lanes).solve(engine=engine)
    assert solution.distance[0] == pytest.approx([0, 0.1, -0.2])


@every_engine
def test_of_parallel_lanes_the_cheapest_is_taken(engine: str) -> None:
    problem = ShortestPathProblem.from_arrays(
        [0, 0, 0], [1, 1, 1], [5, 0, 3], mode=["road", "rail", "ship"], origins=0, destinations=1
    )
    solution = problem.solve(engine=engine)
    assert (solution.cost, solution.to_frame("paths")["mode"].tolist()) == (0, ["rail"])


@every_engine
def test_a_network_without_lanes_has_only_ways_to_itself(engine: str) -> None:
    solution = ShortestPathProblem.from_arrays([], [], [], num_sites=2).solve(engine=engine)
    assert solution.distance.tolist() == [[0, np.inf], [np.inf, 0]]
    empty = ShortestPathProblem.from_arrays([], [], [], num_sites=0).solve(engine=engine)
    assert empty.cost == 0


def test_a_network_is_measured_by_what_is_asked_for() -> None:
    network = Network.from_frames(
        sites={"id": ["mill", "hub", "shop"], "kind": ["plant", "warehouse", "customer"]},
        lanes={
            "source": ["mill", "hub", "mill"],
            "target": ["hub", "shop", "shop"],
            "distance": [100.0, 50, 120],
            "unit_cost": [1, 1, 5],
            "lead_time": [2, 2, 1],
        },
    )
    for by, way in (("unit_cost", 3), ("distance", 2), ("lead_time", 2)):
        problem = ShortestPathProblem.from_network(
            network, origins="mill", destinations="shop", by=by
        )
        assert len(problem.solve().path("mill", "shop")) == way
    with pytest.raises(ValidationError, match="no measure of lanes"):
        ShortestPathProblem.from_network(network, by="colour")


def test_a_long_chain_is_no_trouble() -> None:
    chain = np.arange(100_000)
    problem = ShortestPathProblem.from_arrays(
        chain, chain + 1, 1.0, origins=0, destinations=100_000
    )
    assert problem.solve().cost == 100_000


def test_a_search_can_be_cancelled() -> None:
    rng = np.random.default_rng(0)
    source, target = rng.integers(3000, size=(2, 12_000))
    kept = source != target
    problem = ShortestPathProblem.from_arrays(source[kept], target[kept], rng.random(kept.sum()))
    token = CancelToken()
    solution = problem.solve(cancel=token, on_progress=lambda _: token.cancel())
    assert solution.status is Status.NO_SOLUTION_FOUND


# ---- the check


def broken(solution: Any, **changes: Any) -> set[str]:
    values = dataclasses.replace(solution.values, **changes)
    report = dataclasses.replace(solution, values=values).check()
    return {violation.constraint for violation in report}


def test_the_check_finds_what_is_wrong() -> None:
    solution = ShortestPathProblem.from_frames(ROADS, origins="Lyon", destinations="Lille").solve()
    distance, before = solution.values.distance, solution.values.before
    longer, direct = distance.copy(), before.copy()
    longer[0, 2:] += 20
    direct[0, 2] = 1
    assert broken(solution, distance=longer, before=direct) == {"cost", "optimality"}
    assert broken(solution, before=direct) == {"path"}
    assert broken(solution, distance=longer) == {"path", "optimality", "cost"}
    assert broken(solution, distance=distance * np.nan) == {"finite", "cost"}
    round_about = before.copy()
    round_about[0, 1] = 4  # Paris → Dijon, which leads to Paris
    assert "path" in broken(solution, before=round_about)


# ---- what cannot be used


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"unit_cost": [1, np.nan]}, "nan"),
        ({"unit_cost": [1, np.inf]}, "inf"),
        ({"unit_cost": [1, -np.inf]}, "inf"),
        ({"unit_cost": [1, 2.0**62]}, "overflow"),
        ({"unit_cost": [1]}, "wrong_length"),
        ({"unit_cost": ["a", "b"]}, "wrong_type"),
        ({"source": [0, 9]}, "unknown_id"),
        ({"target": [0, 2]}, "self_loop"),
        ({"origins": 7}, "unknown_id"),
        ({"origins": [0, 0]}, "duplicate_id"),
        ({"destinations": [0.5]}, "wrong_type"),
        ({"undirected": [1, 2]}, "wrong_type"),
        ({"site_id": ["a", "b", "b"]}, "duplicate_id"),
        ({"mode": ["road"]}, "wrong_length"),
    ],
)
def test_bad_arrays_are_refused(changes: dict[str, Any], code: str) -> None:
    given = {"source": [0, 1], "target": [1, 2], "unit_cost": [1, 1], "num_sites": 3}
    with pytest.raises(ValidationError) as caught:
        ShortestPathProblem.from_arrays(**(given | changes))
    assert code in {failure.code for failure in caught.value.failures}
    assert all(failure.fix for failure in caught.value.failures)


def test_a_site_that_is_not_there_is_named() -> None:
    with pytest.raises(ValidationError, match="Rome"):
        ShortestPathProblem.from_frames(ROADS, origins=["Lyon", "Rome"])
    solution = ShortestPathProblem.from_frames(ROADS, origins="Lyon").solve()
    with pytest.raises(ValidationError, match="Rome"):
        solution.path("Lyon", "Rome")
    with pytest.raises(KeyError, match="none of the origins"):
        solution.path("Paris", "Lyon")
