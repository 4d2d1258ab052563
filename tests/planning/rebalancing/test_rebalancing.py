"""Rebalancing: against brute force, engine against engine, its rules and its bad input."""

from __future__ import annotations

import dataclasses
import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowopt import (
    EngineError,
    Limit,
    Network,
    RebalancingProblem,
    ReplenishmentProblem,
    Status,
    UnsupportedFeatureError,
    ValidationError,
)
from flowopt.core.tables import make_frame
from flowopt.planning.rebalancing.engines import answer, model
from flowopt.planning.rebalancing.outcome import costs

Columns = dict[str, Any]


def problem_of(stock: Columns, lanes: Columns) -> RebalancingProblem:
    return RebalancingProblem.from_frames(stock, lanes)


def brute_force(problem: RebalancingProblem) -> float:
    """Return the least cost over all numbers of packs."""
    pairs, lanes = problem.pairs, problem.lanes
    most = np.minimum(problem.available[pairs.giver], lanes["capacity"][pairs.lane])
    packs = [range(int(m // p) + 1) for m, p in zip(most, pairs.pack_size, strict=True)]
    best = math.inf
    for choice in itertools.product(*packs):
        quantity = np.array(choice, dtype=np.float64) * pairs.pack_size
        given = np.bincount(pairs.giver, quantity, problem.stock.num_rows)
        sent = np.bincount(pairs.lane, quantity, lanes.num_rows)
        low = (sent > 0) & (sent < lanes["min_transfer"])
        if (given > problem.available).any() or (sent > lanes["capacity"]).any() or low.any():
            continue
        best = min(best, sum(costs(problem, quantity).values()))
    return best


def random_problem(seed: int, *, mixed: bool = False) -> RebalancingProblem:
    rng = np.random.default_rng(seed)
    items, sites = ["tea", "salt"], ["A", "B", "C"]
    rows = list(itertools.product(items, sites))
    num = len(rows)
    stock = {
        "item": [item for item, _ in rows],
        "site": [site for _, site in rows],
        "on_hand": rng.integers(-2, 9, num).astype(float),
        "target": rng.integers(0, 8, num).astype(float),
        "min_stock": rng.integers(0, 5, num).astype(float),
        "shortage_cost": rng.integers(0, 9, num).astype(float),
        "surplus_cost": rng.integers(0, 3, num).astype(float),
        "pack_size": np.repeat(rng.integers(2, 4, 2), 3).astype(float),
    }
    ends = [("A", "B"), ("B", "C"), ("C", "A")]
    lanes = {
        "source": [source for source, _ in ends],
        "target": [target for _, target in ends],
        "unit_cost": rng.integers(0, 4, 3).astype(float),
    }
    if mixed:
        lanes |= {
            "fixed_cost": rng.integers(0, 9, 3).astype(float),
            "min_transfer": rng.integers(0, 4, 3).astype(float),
            "capacity": rng.integers(4, 9, 3).astype(float),
            "pack_size": [None, 3.0, None],
        }
    return problem_of(stock, lanes)


# ---- the best


@pytest.mark.parametrize("seed", range(25))
def test_the_flow_is_the_best_of_all_packs(seed: int) -> None:
    problem = random_problem(seed)
    solution = problem.solve()
    assert solution.engine == "flow"
    assert solution.status is Status.OPTIMAL
    assert solution.cost == pytest.approx(brute_force(problem), abs=1e-9)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("engine", ["highs", "cbc"])
def test_the_model_is_the_best_of_all_packs_under_every_rule(seed: int, engine: str) -> None:
    problem = random_problem(seed, mixed=True)
    solution = problem.solve(engine=engine)
    assert solution.status is Status.OPTIMAL
    assert solution.cost == pytest.approx(brute_force(problem), abs=1e-6)
    assert solution.bound == pytest.approx(solution.cost, abs=1e-6)


amounts = st.floats(0, 50).map(lambda value: round(value, 1))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(amounts, amounts, amounts, amounts), min_size=2, max_size=6))
def test_flow_and_model_agree_on_goods_without_packs(
    rows: list[tuple[float, float, float, float]],
) -> None:
    num = len(rows)
    sites = np.arange(num)
    problem = problem_of(
        {
            "item": ["oil"] * num,
            "site": sites,
            "on_hand": [row[0] for row in rows],
            "target": [row[1] for row in rows],
            "min_stock": [row[2] for row in rows],
            "shortage_cost": [row[3] / 5 for row in rows],
            "surplus_cost": 0.5,
            "pack_size": 0,
        },
        {"source": sites, "target": (sites + 1) % num, "unit_cost": 1.5},
    )
    flow, model = problem.solve(engine="flow"), problem.solve(engine="highs")
    assert flow.cost == pytest.approx(model.cost, rel=1e-6, abs=1e-6)


def test_a_site_passes_nothing_on_that_it_does_not_have_yet() -> None:
    stock = {"item": ["tea"] * 3, "site": ["A", "B", "C"], "on_hand": [9, 0, 0]}
    more = {"target": [0, 0, 5], "shortage_cost": 10}
    lanes = {"source": ["A", "B"], "target": ["B", "C"], "unit_cost": 1}
    solution = problem_of(stock | more, lanes).solve()
    assert solution.quantity.tolist() == [0, 0]
    assert solution.reasons.tolist() == ["", "", "no_surplus"]


def test_a_site_below_its_target_gives_to_a_dearer_shortage_when_it_may() -> None:
    stock = {"item": ["tea"] * 2, "site": ["A", "B"], "on_hand": [4, 0], "target": [6, 3]}
    lanes = {"source": ["A"], "target": ["B"], "unit_cost": [1]}
    kept = problem_of(stock | {"shortage_cost": [1, 9]}, lanes)
    assert kept.solve().quantity.tolist() == [0]
    given = kept.replace(min_stock=0)
    assert given.solve().quantity.tolist() == [3]


def test_a_pack_is_split_by_nobody() -> None:
    stock = {"item": ["tea"] * 2, "site": ["A", "B"], "on_hand": [20, 0], "target": [9, 8]}
    lanes = {"source": ["A"], "target": ["B"], "unit_cost": [1]}
    for price, packs in ((3.0, 2), (1.6, 1)):  # the second pack brings 3 units of its 5
        problem = problem_of(stock | {"shortage_cost": price, "pack_size": 5}, lanes)
        assert problem.solve().to_frame("transfers")["packs"].tolist() == [packs]


def test_a_row_for_an_item_stands_in_place_of_that_for_all() -> None:
    stock = {
        "item": ["tea", "salt"] * 2,
        "site": ["A", "A", "B", "B"],
        "on_hand": [5, 5, 0, 0],
        "target": [0, 0, 5, 5],
        "shortage_cost": 3,
    }
    lanes = {
        "source": ["A", "A"],
        "target": ["B", "B"],
        "item": ["", "salt"],
        "unit_cost": [1.0, 4.0],
    }
    solution = problem_of(stock, lanes).solve()
    assert solution.to_frame("transfers")["item"].tolist() == ["tea"]
    assert solution.reasons.tolist() == ["", "", "", "not_worth_it"]


def test_a_lane_without_room_and_stock_without_lanes_are_no_fault() -> None:
    stock = {"item": ["tea"] * 3, "site": ["A", "B", "C"], "on_hand": [9, 0, 0]}
    more = {"target": [0, 5, 5], "shortage_cost": 10}
    lanes = {"source": ["A"], "target": ["B"], "unit_cost": [1], "capacity": [0]}
    solution = problem_of(stock | more, lanes).solve()
    assert solution.cost == 100
    assert solution.reasons.tolist() == ["", "not_worth_it", "no_lane"]
    none: Columns = {"source": [], "target": [], "unit_cost": []}
    assert problem_of(stock | more, none).solve().status is Status.OPTIMAL


def test_engines_that_lack_a_rule_are_not_asked() -> None:
    problem = random_problem(0, mixed=True)
    assert problem.solve().engine == "highs"
    with pytest.raises(UnsupportedFeatureError, match="fixed_costs"):
        problem.solve(engine="flow")


def test_large_problems_are_flows_too() -> None:
    rng = np.random.default_rng(2)
    items, sites = 300, 8
    stock = {
        "item": np.repeat(np.arange(items), sites),
        "site": np.tile(np.arange(sites), items),
        "on_hand": rng.poisson(12, items * sites),
        "target": np.full(items * sites, 12),
        "shortage_cost": np.repeat(rng.uniform(2, 20, items), sites),
        "pack_size": np.repeat(rng.integers(1, 5, items), sites),
    }
    source, target = np.nonzero(~np.eye(sites, dtype=bool))
    lanes = {"source": source, "target": target, "unit_cost": rng.uniform(1, 5, len(source))}
    solution = problem_of(stock, lanes).solve()
    assert solution.status is Status.OPTIMAL
    assert solution.saving > 0


# ---- where it comes from, and goes to


def test_any_frame_comes_in_and_the_same_goes_out() -> None:
    stock = {"item": ["tea", "tea"], "site": ["A", "B"], "on_hand": [9.0, 0.0]}
    stock |= {"target": [4.0, 4.0], "shortage_cost": [5.0, 5.0]}
    lanes = {"source": ["A"], "target": ["B"], "unit_cost": [1.0]}
    for backend in ("pandas", "polars", "pyarrow"):
        problem = problem_of(make_frame(stock, backend), make_frame(lanes, backend))
        frame = problem.solve().to_frame("transfers")
        assert type(frame).__module__.startswith(backend)


def test_the_lanes_of_a_network_serve() -> None:
    network = Network.from_frames(
        sites={"id": ["hub", "shop"], "kind": ["warehouse", "warehouse"]},
        lanes={
            "source": ["hub", "hub"],
            "target": ["shop", "shop"],
            "mode": ["road", "rail"],
            "unit_cost": [3.0, 2.0],
            "lead_time": [1.0, 1.0],
            "distance": [50.0, 60.0],
        },
        modes={"id": ["road", "rail"]},
        demand={"site": ["shop"], "demand": [1.0]},
    )
    stock = {"item": ["tea"] * 2, "site": ["hub", "shop"], "on_hand": [9, 0], "target": [2, 4]}
    problem = RebalancingProblem.from_network(network, stock | {"shortage_cost": 9})
    assert problem.solve().cost == 8.0


def test_policies_tell_what_is_short_and_over() -> None:
    items = {
        "item": ["tea", "tea"],
        "site": ["A", "B"],
        "demand_mean": [10.0, 10.0],
        "demand_sd": [3.0, 3.0],
        "lead_time": [2, 2],
        "fill_rate": [0.95, 0.95],
        "on_hand": [80.0, 5.0],
    }
    policies = ReplenishmentProblem.from_frames(items).solve()
    lanes = {"source": ["A", "B"], "target": ["B", "A"], "unit_cost": 1.0}
    problem = RebalancingProblem.from_replenishment(policies, lanes, shortage_cost=4.0)
    solution = problem.solve()
    level = policies.order_up_to_level
    assert solution.quantity.sum() == np.floor(min(80 - level[0], math.ceil(level[1] - 5)))


def test_a_chart_shows_before_and_after() -> None:
    assert len(random_problem(1).solve().plot().patches) == 12


# ---- what does not hold, and bad input


def test_a_wrong_answer_does_not_pass_the_check() -> None:
    solution = random_problem(3, mixed=True).solve()
    found = set()
    for change in (0.5, -20.0, 100.0):
        report = dataclasses.replace(solution, quantity=solution.quantity + change).check()
        found |= {violation.constraint for violation in report}
    assert found >= {"pack_size", "negative", "capacity", "stock", "cost"}


def test_an_item_on_a_lane_that_is_not_its_own_does_not_pass_the_check() -> None:
    stock = {"item": ["tea", "salt"] * 2, "site": ["A", "A", "B", "B"], "on_hand": [5, 5, 0, 0]}
    more = {"target": [0, 0, 5, 5], "shortage_cost": 9}
    lanes: Columns = {"source": ["A", "A"], "target": ["B", "B"], "item": ["", "salt"]}
    solution = problem_of(stock | more, lanes | {"unit_cost": 1.0}).solve()
    assert solution.check().ok
    pairs = solution.problem.pairs
    for wrong in (
        {"lane": np.zeros_like(pairs.lane)},  # over that for all items, beside one of its own
        {"lane": np.ones_like(pairs.lane)},
        {"taker": pairs.taker[::-1]},
        {"giver": pairs.taker, "taker": pairs.giver},
    ):
        problem = solution.problem.replace()
        object.__setattr__(problem, "pairs", dataclasses.replace(pairs, **wrong))
        report = dataclasses.replace(solution, problem=problem).check()
        assert "lane" in {violation.constraint for violation in report}


def test_the_check_shares_no_arithmetic_with_the_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = dict.fromkeys(["transfer_cost", "fixed_cost", "shortage_cost", "surplus_cost"], 1.0)
    monkeypatch.setattr(answer, "costs", lambda problem, quantity: wrong)
    with pytest.raises(EngineError, match="cost"):
        random_problem(3).solve()


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(ValidationError) as caught:
        problem_of(
            {
                "item": ["tea", "tea", "tea"],
                "site": ["A", "B", "B"],
                "on_hand": [math.nan, 1.0, 1.0],
                "target": [1.0, -1.0, 1.0],
                "shortage_cost": [1.0, 1.0, -1.0],
                "pack_size": [1.0, -2.0, 1.0],
            },
            {
                "source": ["A", "A", "X", "A"],
                "target": ["A", "B", "B", "B"],
                "item": ["", "salt", "", "tea"],
                "unit_cost": [1.0, -1.0, 1.0, 1.0],
                "min_transfer": [0.0, 0.0, 0.0, 5.0],
                "capacity": [1.0, 1.0, 1.0, 4.0],
            },
        )
    found = {(f.table, f.column, f.row) for f in caught.value.failures}
    assert found >= {
        ("stock", "on_hand", 0),
        ("stock", "target", 1),
        ("stock", "shortage_cost", 2),
        ("stock", "pack_size", 1),
        ("lanes", "target", 0),
        ("lanes", "unit_cost", 1),
        ("lanes", "item", 1),
        ("lanes", "source", 2),
        ("lanes", "min_transfer", 3),
    }
    assert any(f.code == "duplicate_id" for f in caught.value.failures)


def test_a_missing_table_or_column_is_named() -> None:
    with pytest.raises(ValidationError, match="missing"):
        RebalancingProblem.from_frames(None, {"source": ["A"], "target": ["B"]})
    with pytest.raises(ValidationError):
        random_problem(1).replace(price=3)


@pytest.mark.parametrize("column", ["site", "on_hand"])
def test_a_list_in_a_cell_is_no_column_of_its_own(column: str) -> None:
    stock: Columns = {"item": ["a", "a"], "site": ["x", "y"], "on_hand": [1, 2], "target": 1}
    stock[column] = [[1], stock[column][1]]
    with pytest.raises(ValidationError):
        problem_of(stock, {"source": ["x"], "target": ["y"], "unit_cost": 1})


def problem_with_rules() -> RebalancingProblem:
    """Return a problem of 6720 pairs that takes long to prove."""
    rng = np.random.default_rng(1)
    items, sites = 120, 8
    stock = {
        "item": np.repeat(np.arange(items), sites),
        "site": np.tile(np.arange(sites), items),
        "on_hand": rng.poisson(12, items * sites),
        "target": np.full(items * sites, 12),
        "shortage_cost": np.repeat(rng.uniform(2, 20, items), sites),
        "pack_size": rng.integers(1, 5, items * sites),  # which differ within an item
    }
    source, target = np.nonzero(~np.eye(sites, dtype=bool))
    lanes = {"source": source, "target": target, "unit_cost": rng.uniform(1, 5, len(source))}
    rules = {"fixed_cost": 100.0, "min_transfer": 20.0, "capacity": 200.0}
    return problem_of(stock, lanes | rules)


def test_time_limits_leave_a_plan_that_holds_where_lanes_have_rules() -> None:
    solution = problem_with_rules().solve(engine="highs", time_limit=1.5)
    assert solution.saving > 0  # the first plan is better than nothing
    assert solution.check().ok


def test_a_model_too_large_for_the_time_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "_SECONDS_PER_PAIR", 1.0)
    monkeypatch.delattr(model, "RebalancingModel")
    solution = problem_with_rules().solve(engine="highs", time_limit=5.0)
    assert (solution.status, solution.limit) == (Status.FEASIBLE, Limit.TIME)
    assert solution.saving > 0
    assert solution.bound is None
