"""A flow as paths and cycles, and what it costs to serve each customer."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowopt.core import Status
from flowopt.flow import FlowProblem, FlowSolution

Network = Callable[[int], FlowProblem]
SEEDS = st.integers(0, 2**32 - 1)


def optimal(problem: FlowProblem) -> FlowSolution | None:
    solution = problem.solve()
    return solution if solution.status is Status.OPTIMAL else None


def fixed_costs(solution: FlowSolution) -> float:
    """What no path causes: unmet demand, unused supply."""
    problem = solution.problem
    missed, priced = solution.unmet > 0, problem.unused_cost > 0
    return float(
        problem.unmet_cost[missed] @ solution.unmet[missed]
        + problem.unused_cost[priced] @ (problem.supply - solution.supplied)[priced]
    )


@settings(max_examples=100, deadline=None)
@given(seed=SEEDS, scale=st.sampled_from([1.0, 0.1, 1 / 3]))
def test_the_paths_add_up_to_the_flow(random_network: Network, seed: int, scale: float) -> None:
    problem = random_network(seed)
    amounts = ("capacity", "min_flow", "supply", "demand", "site_capacity")
    problem = problem.replace(**{name: getattr(problem, name) * scale for name in amounts})
    solution = optimal(problem)
    if solution is None:
        return
    paths, lanes = solution.to_frame("paths"), solution.to_frame("path_lanes")
    carried = np.zeros(problem.num_lanes)
    np.add.at(carried, lanes["lane"].to_numpy(), lanes["amount"].to_numpy())
    assert carried == pytest.approx(np.abs(solution.flow), abs=1e-9)
    straight = paths[paths["kind"] == "path"]
    for column, amount in (
        ("source", solution.supplied),
        ("target", problem.demand - solution.unmet),
    ):
        sums = np.zeros(problem.num_sites)
        np.add.at(sums, straight[column].to_numpy(), straight["amount"].to_numpy())
        assert sums == pytest.approx(amount, abs=1e-9)
    assert math.fsum(paths["cost"]) + fixed_costs(solution) == pytest.approx(solution.cost)
    assert (paths["amount"] > 0).all()
    sites_in_use = np.count_nonzero(solution.supplied) + np.count_nonzero(problem.demand)
    assert len(paths) <= np.count_nonzero(solution.flow) + sites_in_use


@settings(max_examples=50, deadline=None)
@given(seed=SEEDS)
def test_each_path_leads_from_lane_to_lane(random_network: Network, seed: int) -> None:
    solution = optimal(random_network(seed))
    if solution is None:
        return
    lanes = solution.to_frame("path_lanes")
    for row in solution.to_frame("paths").itertuples():
        steps = lanes[lanes["path"] == row.path]
        assert steps["position"].tolist() == list(range(row.num_lanes))
        sites = [*steps["source"], row.target]
        assert sites[0] == row.source
        assert sites[1:] == [*steps["target"], row.target][: len(sites) - 1]
        assert len(set(sites)) == len(sites) - (row.kind == "cycle")
        times = solution.problem.lead_time
        assert times is not None
        assert row.lead_time == times[steps["lane"]].sum()


@settings(max_examples=100, deadline=None)
@given(seed=SEEDS)
def test_the_cost_to_serve_adds_up_to_the_cost(random_network: Network, seed: int) -> None:
    solution = optimal(random_network(seed))
    if solution is None:
        return
    table = solution.to_frame("cost_to_serve")
    if not len(table):
        assert not solution.problem.demand.any()
        return
    assert math.fsum(table["cost"]) == pytest.approx(solution.cost, rel=1e-12, abs=1e-9)
    parts = table[["transport_cost", "handling_cost", "unmet_cost", "common_cost"]]
    assert parts.sum(axis=1).to_numpy() == pytest.approx(table["cost"].to_numpy())
    used = np.where(solution.problem.undirected, np.abs(solution.flow), solution.flow)
    cycles = solution.to_frame("paths").query("kind == 'cycle'")
    if not len(cycles):
        assert table["transport_cost"].sum() == pytest.approx(used @ solution.problem.unit_cost)


@pytest.fixture
def chain() -> FlowProblem:
    """Two plants, one dear, meet at a depot that serves two shops; rail is cheap and slow."""
    sites: dict[str, list[Any]] = {
        "id": ["near", "far", "depot", "corner", "mall"],
        "supply": [6, 20, 0, 0, 0],
        "demand": [0, 0, 0, 4, 8],
        "handling_cost": [0, 0, 0.5, 0, 0],
    }
    lanes: dict[str, list[Any]] = {
        "source": ["near", "far", "depot", "depot"],
        "target": ["depot", "depot", "corner", "mall"],
        "mode": ["road", "rail", "road", "road"],
        "unit_cost": [1.0, 3.0, 2.0, 1.0],
        "lead_time": [1, 4, 1, 2],
    }
    return FlowProblem.from_frames(sites, lanes)


def test_goods_that_meet_at_a_depot_cost_each_shop_the_same(chain: FlowProblem) -> None:
    solution = chain.solve()
    table = solution.to_frame("cost_to_serve").set_index("site")
    assert solution.cost == 6 * 1 + 6 * 3 + 12 * 0.5 + 4 * 2 + 8 * 1
    assert table["transport_cost"].to_dict() == {"corner": 4 * (2 + 2), "mall": 8 * (2 + 1)}
    assert table["handling_cost"].to_dict() == {"corner": 2.0, "mall": 4.0}
    assert table["unit_cost"].to_dict() == {"corner": 4.5, "mall": 3.5}
    assert table["lead_time"].to_dict() == {"corner": 3.5, "mall": 4.5}


def test_paths_have_cost_and_lead_time(chain: FlowProblem) -> None:
    paths = chain.solve().to_frame("paths")
    every = {(row.source, row.target): (row.amount, row.unit_cost) for row in paths.itertuples()}
    assert sum(amount for amount, _ in every.values()) == 12.0
    for (source, target), (_, unit_cost) in every.items():
        first = {"near": 1.0, "far": 3.0}[source]
        assert unit_cost == first + 0.5 + {"corner": 2.0, "mall": 1.0}[target]
    assert set(paths["lead_time"]) <= {2.0, 3.0, 5.0, 6.0}


def test_an_unknown_lead_time_of_one_lane_leaves_its_paths_without() -> None:
    problem = FlowProblem.from_arrays(
        [0, 0], [1, 2], lead_time=[3, np.nan], supply=[9, 0, 0], demand=[0, 1, 1]
    )
    lead_time = problem.solve().to_frame("paths").set_index("target")["lead_time"]
    assert lead_time[1] == 3.0
    assert np.isnan(lead_time[2])
    unknown = problem.replace(lead_time=None).solve()
    assert unknown.to_frame("paths")["lead_time"].isna().all()
    assert "lead_time" not in unknown.to_frame("cost_to_serve")


def test_a_site_that_takes_what_it_gives_has_a_path_without_lanes() -> None:
    solution = FlowProblem.from_arrays([], [], supply=[5], demand=[3], handling_cost=[2]).solve()
    row = solution.to_frame("paths").to_dict("records")[0]
    assert (row["kind"], row["num_lanes"], row["amount"], row["cost"]) == ("path", 0, 3.0, 6.0)


def test_goods_that_go_round_at_a_gain_are_a_cycle_of_their_own() -> None:
    problem = FlowProblem.from_arrays(
        [0, 1, 0],
        [1, 0, 2],
        unit_cost=[-3, 1, 5],
        capacity=[4, 9, 9],
        supply=[2, 0, 0],
        demand=[0, 0, 2],
    )
    solution = problem.solve()
    paths = solution.to_frame("paths").set_index("kind")
    assert paths.loc["cycle", ["amount", "cost", "num_lanes"]].tolist() == [4.0, -8.0, 2.0]
    assert paths.loc["path", "cost"] == 10.0
    table = solution.to_frame("cost_to_serve")
    assert table["common_cost"].tolist() == [-8.0]
    assert table["cost"].sum() == solution.cost == 2.0


def test_a_cycle_that_a_path_could_run_into_is_kept_apart() -> None:
    """The forced lane 1 → 2 → 1 lies on the way from 0 to 3."""
    problem = FlowProblem.from_arrays(
        [0, 1, 2, 1],
        [1, 2, 1, 3],
        min_flow=[0, 3, 0, 0],
        unit_cost=1,
        supply=[5, 0, 0, 0],
        demand=[0, 0, 0, 5],
    )
    paths = problem.solve().to_frame("paths")
    assert sorted(zip(paths["kind"], paths["amount"], strict=True)) == [("cycle", 3), ("path", 5)]


def test_what_rounding_leaves_over_is_no_path() -> None:
    amounts = np.full(7, 0.1)
    problem = FlowProblem.from_arrays(
        [0] * 7,
        range(1, 8),
        supply=[amounts.sum() * (1 + 1e-16), *[0] * 7],
        demand=[0, *amounts],
        unit_cost=1 / 3,
    )
    assert len(problem.solve().to_frame("paths")) == 7


def test_a_small_flow_beside_large_ones_is_a_path() -> None:
    problem = FlowProblem.from_arrays([0, 0], [1, 2], supply=[2e9, 0, 0], demand=[0, 1e9, 1e-3])
    assert sorted(problem.solve().to_frame("paths")["amount"]) == [1e-3, 1e9]


def test_unused_supply_is_paid_by_all_in_proportion() -> None:
    problem = FlowProblem.from_arrays(
        [0, 0], [1, 2], supply=[10, 0, 0], demand=[0, 1, 3], unused_cost=[2, 0, 0]
    )
    solution = problem.solve()
    assert solution.to_frame("cost_to_serve")["common_cost"].tolist() == [3.0, 9.0]
    nobody = problem.replace(unmet_cost=0.0, capacity=np.zeros(2)).solve()
    assert nobody.to_frame("cost_to_serve")["common_cost"].tolist() == [5.0, 15.0]
