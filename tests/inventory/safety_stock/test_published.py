"""Published networks: known costs are met, chains are proven, every answer has a bound."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flowopt import SafetyStockProblem, Status

Read = Callable[..., SafetyStockProblem]


@pytest.fixture
def small(instances: Path, published: Any) -> Read:
    """Return a textbook network by name."""

    def _read(name: str, holding_rate: float = 1.0) -> SafetyStockProblem:
        path = instances / "inv" / "gsm_snc" / f"{name}.txt"
        problem: SafetyStockProblem = published.read_chain(path, holding_rate)
        return problem

    return _read


@pytest.fixture
def chain(instances: Path, published: Any) -> Read:
    """Return a real chain by number."""

    def _read(number: int) -> SafetyStockProblem:
        problem: SafetyStockProblem = published.read_chain(published.chains(instances)[number])
        return problem

    return _read


@pytest.mark.parametrize(
    ("name", "holding_rate", "cost"),
    [
        # Graves and Willems, M&SOM 2, 2000: 633,000 and 853,000
        ("bulldozer", 0.30, 632_775.0),
        ("battery", 0.25, 853_077.3),
        # by enumeration, with the instances
        ("bulldozer_small_convergent", 1.0, 16343.757009514566),
        ("bulldozer_small_linear", 1.0, 170084.85747942803),
        ("battery_small_divergent", 1.0, 96755.19344412134),
    ],
)
def test_a_tree_costs_what_is_known(
    small: Read, name: str, holding_rate: float, cost: float
) -> None:
    solution = small(name, holding_rate).solve()
    assert (solution.engine, solution.status) == ("tree", Status.OPTIMAL)
    assert solution.cost == pytest.approx(cost, rel=1e-6)


@pytest.mark.parametrize(
    ("name", "share", "cost"),
    [
        ("bulldozer", 0.3, 78790.76785796444),
        ("toys", 1.0, 4212.686632783368),
        ("bulldozer_small_convergent", 1.0, 7022.628113818932),
        ("bulldozer_small_linear", 1.0, 48834.06302981558),
    ],
)
def test_holding_costs_that_are_given_count_instead_of_the_rate(
    small: Read, name: str, share: float, cost: float
) -> None:
    problem = small(name)
    stages = dict(problem.stages.arrays) | {"holding_cost": share * problem.stages["added_cost"]}
    assert problem.replace(stages=stages).solve().cost == pytest.approx(cost, rel=1e-9)


@pytest.mark.parametrize(
    ("name", "stage", "holding_cost", "cost"),
    [
        ("bulldozer_small_convergent", "Case&Frame", 550.0, 8439.932534349242),
        ("battery_small_divergent", "Pack_SKU_A", 0.01, 60154.35589384952),
        ("bulldozer_small_linear", "Main_Assembly", 1200.0, 104260.07465329776),
    ],
)
def test_another_balance_of_costs_moves_the_stock(
    small: Read, name: str, stage: str, holding_cost: float, cost: float
) -> None:
    problem = small(name)
    holding = problem.holding_cost.copy()
    holding[problem.stages["stage"].tolist().index(stage)] = holding_cost
    changed = problem.replace(stages=dict(problem.stages.arrays) | {"holding_cost": holding})
    assert changed.solve().cost == pytest.approx(cost, rel=1e-9)
    assert (changed.solve().service_time != problem.solve().service_time).any()


def test_the_bulldozer_holds_its_stock_where_it_is_known_to(small: Read, instances: Path) -> None:
    import json

    known = json.loads((instances / "inv/gsm_snc/bulldozer_solution.json").read_text())
    solution = small("bulldozer", 0.3).solve()
    costs = dict(zip(solution.to_frame()["stage"], solution.holding_cost, strict=True))
    for stage, answer in known:
        assert costs[stage] == pytest.approx(answer["cost"], rel=1e-3, abs=1e-9)


@pytest.mark.parametrize(
    ("limits", "cost"), [({}, 71757), ({"Imager": 0}, 78000), ({"Imager": 0, "Transfer": 0}, 81000)]
)
def test_the_digital_camera_costs_what_its_scenarios_say(
    small: Read, limits: dict[str, float], cost: float
) -> None:
    problem = small("digital_camera", 0.24)
    names = problem.stages["stage"].tolist()
    given = problem.stages["max_service_time"].copy()
    for stage, limit in limits.items():
        given[names.index(stage)] = limit
    changed = problem.replace(stages=dict(problem.stages.arrays) | {"max_service_time": given})
    assert changed.solve().cost == pytest.approx(cost, rel=0.01)


@pytest.mark.parametrize("number", [2, 4, 13, 18, 19, 23, 35])
def test_a_chain_with_fixed_times_is_proven_at_its_reported_cost(
    chain: Read, instances: Path, published: Any, number: int
) -> None:
    solution = chain(number).solve(workers=1)
    assert solution.status is Status.OPTIMAL
    assert solution.cost == pytest.approx(published.reported(instances)[number], rel=0.005)


@pytest.mark.slow
@pytest.mark.parametrize("number", [24, 26, 33, 36, 37, 38])
def test_a_large_chain_is_answered_close_to_its_bound(chain: Read, number: int) -> None:
    solution = chain(number).solve(workers=1)
    assert solution.check().ok
    assert solution.gap is not None
    assert solution.gap <= 0.005


def test_two_exact_engines_agree_on_a_chain(chain: Read) -> None:
    problem = chain(2)
    costs = {engine: problem.solve(engine=engine).cost for engine in ("message_passing", "cpsat")}
    assert costs["cpsat"] == pytest.approx(costs["message_passing"], rel=1e-9)


@pytest.mark.parametrize("name", ["example_6_5", "problem_6_7", "problem_6_9"])
def test_textbook_trees_cost_what_stockpyl_finds(name: str) -> None:
    instances = pytest.importorskip("stockpyl.instances")
    from stockpyl.gsm_tree import optimize_committed_service_times

    tree = instances.load_instance(name)
    cost = optimize_committed_service_times(tree)[1]
    nodes = list(tree.nodes)
    stages = {
        "stage": [node.index for node in nodes],
        "stage_time": [node.processing_time or 0 for node in nodes],
        "inbound_service_time": [node.external_inbound_cst or 0 for node in nodes],
        "max_service_time": [node.external_outbound_cst for node in nodes],
        "holding_cost": [node.local_holding_cost for node in nodes],
        "demand_mean": [node.demand_source.mean or 0 for node in nodes],
        "demand_sd": [node.demand_source.standard_deviation or 0 for node in nodes],
        "safety_factor": [node.demand_bound_constant for node in nodes],
    }
    links = [(node.index, other) for node in nodes for other in node.successor_indices()]
    source, target = np.array(links).T
    problem = SafetyStockProblem.from_frames(stages, {"source": source, "target": target})
    assert problem.solve().cost == pytest.approx(cost, rel=1e-9)
