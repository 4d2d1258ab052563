"""Serial systems: exact levels against the literature, brute force, simulation, each other."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowopt import CancelToken, Limit, Network, SerialSystemProblem, Status, ValidationError
from flowopt.core.tables import make_frame
from flowopt.inventory import serial_base_stock, serial_performance

EXAMPLE = {"holding_cost": [2, 4, 7], "lead_time": [2, 1, 1], "demand_mean": 5, "demand_sd": 1}
CONTINUOUS = {"stockout_cost": 37.12, "review_period": 0}


def instance(folder: Path, name: str) -> dict[str, Any]:
    """Return a serial instance of stockpyl as arguments of `serial_base_stock`."""
    text = (folder / "inv/stockpyl/stockpyl_instances.json").read_text(encoding="utf-8")
    found = next(one for one in json.loads(text)["instances"] if one["name"] == name)
    nodes = {node["_index"]: node for node in found["data"]["_nodes"]}
    at = next(index for index, node in nodes.items() if not node["_predecessor_indices"])
    line = [nodes[at]]
    while line[-1]["_successor_indices"]:
        line.append(nodes[line[-1]["_successor_indices"][0]])
    echelon = [node["echelon_holding_cost"] for node in line]
    demand = line[-1]["demand_source"]
    return {
        "holding_cost": np.cumsum(echelon),
        "lead_time": [node["shipment_lead_time"] or 0 for node in line],
        "demand_mean": demand["mean"],
        "demand_sd": None if demand["type"] == "P" else demand["standard_deviation"],
        "distribution": "poisson" if demand["type"] == "P" else "normal",
        "stockout_cost": line[-1]["stockout_cost"],
        "review_period": 0,
    }


# ---- known answers


def test_the_example_of_snyder_and_shen_is_met() -> None:
    best = serial_base_stock(**EXAMPLE, **CONTINUOUS)
    assert best.echelon_base_stock_level.round(2).tolist() == [22.71, 12.02, 6.49]
    assert best.cost == pytest.approx(47.65, abs=0.02)  # the book finds it on a grid


@pytest.mark.parametrize(
    ("name", "levels", "cost"),
    [  # levels and costs of stockpyl's tests, found on a grid of 100 points
        ("example_6_1", [22.8, 12.24, 6.52], 47.835),
        ("problem_6_1", [228.79, 124.24], 167.777),
        ("problem_6_2a", [173.892, 142.713, 111.534, 77.237, 39.823], 458.631),
    ],
)
def test_published_systems_are_no_dearer_than_on_a_grid(
    name: str, levels: list[float], cost: float, instances: Path
) -> None:
    system = instance(instances, name)
    best = serial_base_stock(**system)
    assert best.echelon_base_stock_level == pytest.approx(levels, rel=0.05)  # the grid is coarse
    assert best.cost == pytest.approx(cost, rel=0.02)
    assert best.cost <= serial_performance(levels, **system).cost


@pytest.mark.parametrize(
    ("name", "levels", "cost"),
    [  # what stockpyl 1.0.2 finds under NumPy 1; it leaves out demand beyond 4 standard deviations
        ("shang_song_1", [22, 18, 13, 8], 12.687),
        ("shang_song_9", [19, 13, 10, 9], 53.006),
        ("shang_song_17", [27, 22, 17, 11], 16.198),
        ("shang_song_25", [26, 18, 14, 11], 74.554),
        ("problem_6_2b", [174, 142, 109, 74, 41], 453.686),
    ],
)
def test_published_systems_under_poisson_demand_have_these_levels(
    name: str, levels: list[int], cost: float, instances: Path
) -> None:
    best = serial_base_stock(**instance(instances, name))
    assert best.echelon_base_stock_level.tolist() == levels
    assert best.cost == pytest.approx(cost, rel=1e-3)


@pytest.mark.parametrize("row", [1, 9, 17, 25])
def test_systems_of_shang_and_song_have_no_better_neighbours(row: int, instances: Path) -> None:
    system = instance(instances, f"shang_song_{row}")
    best = serial_base_stock(**system)
    steps = np.array(list(itertools.product((-1, 0, 1), repeat=4)))
    around = serial_performance(best.echelon_base_stock_level + steps, **system)
    assert around.cost.min() == pytest.approx(best.cost, rel=1e-12)


# ---- exactness


def test_counted_levels_are_the_best_of_all_small_ones() -> None:
    system = {"holding_cost": [1, 1.6, 3], "lead_time": [1, 2, 0], "demand_mean": 1.2}
    more = {"demand_sd": 1.6, "stockout_cost": 8, "distribution": "negative_binomial"}
    best = serial_base_stock(**system, **more)
    every = np.array(list(itertools.product(range(16), repeat=3)), dtype=np.float64)
    costs = serial_performance(every, **system, **more).cost
    assert best.cost == pytest.approx(costs.min(), rel=1e-12)
    at_best = serial_performance(best.echelon_base_stock_level, **system, **more).cost
    assert at_best == pytest.approx(costs.min(), rel=1e-12)


@pytest.mark.parametrize("price", [1.0, 9.0])
def test_stock_stays_where_it_is_cheaper_and_as_near_to_customers(price: float) -> None:
    system = {"demand_mean": 1.0, "demand_sd": 1.0, "stockout_cost": price, "review_period": 0}
    best = serial_base_stock(holding_cost=[1.0, 2.0], lead_time=[0.25, 0.0], **system)
    alone = serial_base_stock(holding_cost=[1.0], lead_time=[0.25], **system)
    assert best.cost == pytest.approx(alone.cost, rel=1e-9)


numbers = st.floats(0.1, 5.0)
lead_times = st.sampled_from([0.0, 0.25, 1.0, 3.0])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(numbers, lead_times), min_size=1, max_size=5),
    st.floats(0.5, 60.0),
    st.floats(0.05, 1.2),
    st.floats(0.5, 40.0),
    st.sampled_from([0, 1]),
    st.sampled_from(["normal", "negative_binomial", "poisson"]),
)
def test_both_ways_through_a_system_find_the_same_cost(
    stages: list[tuple[float, float]],
    mean: float,
    cv: float,
    price: float,
    review: int,
    distribution: str,
) -> None:
    sd: float | None = cv * mean
    if distribution != "normal":
        sd = None if distribution == "poisson" else math.sqrt(mean * (1 + cv))
    system = {
        "holding_cost": [cost for cost, _ in stages],
        "lead_time": [length for _, length in stages],
        "demand_mean": mean,
        "demand_sd": sd,
        "stockout_cost": price,
        "review_period": review,
        "distribution": distribution,
    }
    best = serial_base_stock(**system)  # whose check compares both ways, and raises
    again = serial_performance(best.echelon_base_stock_level, **system)
    assert again.cost == pytest.approx(best.cost, rel=1e-9, abs=1e-9)
    assert (again.mean_stock >= -1e-9 * mean).all()
    step = 1.0 if distribution != "normal" else 0.1 * mean
    for stage in range(len(stages)):
        for change in (-step, step):
            moved = best.echelon_base_stock_level.copy()
            moved[stage] += change
            assert serial_performance(moved, **system).cost >= best.cost * (1 - 1e-9) - 1e-9


def test_levels_of_the_stages_themselves_do_the_same_as_echelon_levels() -> None:
    system = {"holding_cost": [1, 2, 2, 4], "lead_time": [1, 2, 1, 2], "demand_mean": 2.0}
    more = {"demand_sd": 2.0, "stockout_cost": 20}
    best = serial_base_stock(**system, **more)
    echelon = np.cumsum(best.base_stock_level[::-1])[::-1]
    now = serial_performance(echelon, **system, **more)
    assert now.cost == pytest.approx(best.cost, rel=1e-12)


def test_a_dearer_stage_before_a_cheaper_one_holds_nothing_back() -> None:
    best = serial_base_stock([3, 2, 3], [1, 2, 1], 5, 3, 9)
    assert np.isinf(best.echelon_base_stock_level[1])
    assert best.base_stock_level[0] == 0


# ---- simulation


def simulated(
    levels: np.ndarray,
    holding_cost: list[float],
    lead_time: list[int],
    demand: np.ndarray,
    price: float,
    skipped: int,
) -> tuple[float, float]:
    """Return mean cost and fill rate: (runs, periods) of demand, stages from the source on."""
    runs, periods = demand.shape
    num = len(levels)
    stock = np.maximum(np.diff(np.append(-levels, 0.0)), 0.0)[:, None] * np.ones(runs)
    sent = [np.zeros((length + 1, runs)) for length in lead_time]
    owed = np.zeros(runs)
    cost, short, wanted = 0.0, 0.0, 0.0
    for period in range(periods):
        for stage in range(num):
            further = sum(sent[k].sum(axis=0) + stock[k] for k in range(stage, num)) - owed
            need = np.maximum(levels[stage] - further, 0.0)
            if stage:
                need = np.minimum(need, stock[stage - 1])
                stock[stage - 1] -= need
            sent[stage] = np.roll(sent[stage], 1, axis=0)
            sent[stage][0] = need
            stock[stage] += sent[stage][-1]
            sent[stage][-1] = 0.0
        ready = np.maximum(stock[-1] - owed, 0.0)
        left = stock[-1] - owed - demand[:, period]
        if period >= skipped:
            short += np.maximum(demand[:, period] - ready, 0.0).sum()
            wanted += demand[:, period].sum()
        stock[-1], owed = np.maximum(left, 0.0), np.maximum(-left, 0.0)
        if period >= skipped:
            cost += sum((holding_cost[k] * stock[k]).sum() for k in range(num))
            cost += sum((holding_cost[k - 1] * sent[k].sum()) for k in range(1, num))
            cost += price * owed.sum()
    return cost / runs / (periods - skipped), 1 - short / wanted


@pytest.mark.parametrize("lead_time", [[2, 1, 1], [1, 0, 2]], ids=str)
def test_a_simulation_finds_the_cost_and_the_fill_rate(lead_time: list[int]) -> None:
    holding, price = [1.0, 2.0, 4.0], 20.0
    system = {"holding_cost": holding, "lead_time": lead_time, "demand_mean": 3.0}
    more = {"demand_sd": None, "distribution": "poisson", "stockout_cost": price}
    best = serial_base_stock(**system, **more)
    demand = np.random.default_rng(7).poisson(3.0, (4000, 260)).astype(np.float64)
    cost, fill = simulated(best.echelon_base_stock_level, holding, lead_time, demand, price, 60)
    now = serial_performance(best.echelon_base_stock_level, **system, **more)
    assert cost == pytest.approx(best.cost, rel=3e-3)
    assert fill == pytest.approx(now.fill_rate, abs=2e-3)


# ---- edges


def test_certain_demand_is_covered_and_no_demand_needs_nothing() -> None:
    problem = SerialSystemProblem.from_arrays(
        holding_cost=[1, 2],
        lead_time=[2, 1],
        demand_mean=[5, 0],
        demand_sd=0,
        stockout_cost=9,
        review_period=0,
    )
    solution = problem.solve()
    assert solution.echelon_base_stock_level.tolist() == [15, 5, 0, 0]
    assert solution.system_status.tolist() == ["deterministic", "no_demand"]
    assert solution.system_cost.tolist() == [5, 0]  # what is on the way from the first stage


def test_one_stage_is_a_newsvendor() -> None:
    best = serial_base_stock([0.18], [4], 50, 8, 0.7, review_period=0)
    from scipy.stats import norm

    expected = 200 + 16 * norm.ppf(0.7 / 0.88)
    assert best.echelon_base_stock_level[0] == pytest.approx(expected, rel=1e-12)


def test_without_any_lead_time_continuous_review_needs_no_stock() -> None:
    best = serial_base_stock([1, 2], [0, 0], 5, 2, 9, review_period=0)
    assert best.echelon_base_stock_level.tolist() == [0, 0]
    assert best.cost == 0


def test_systems_of_different_lengths_come_in_one_table_in_any_order() -> None:
    systems = {
        "system": ["A", "B"],
        "demand_mean": [5.0, 3.0],
        "demand_sd": [1.0, 2.0],
        "stockout_cost": [37.12, 9.0],
        "review_period": [0, 1],
    }
    stages = {
        "system": ["A", "B", "A", "A"],
        "stage": ["plant", "shop", "hub", "shop"],
        "holding_cost": [2.0, 1.0, 4.0, 7.0],
        "lead_time": [2.0, 3.0, 1.0, 1.0],
    }
    for backend in ("pandas", "polars", "pyarrow"):
        frames = make_frame(systems, backend), make_frame(stages, backend)
        solution = SerialSystemProblem.from_frames(*frames).solve()
        alone = serial_base_stock(**EXAMPLE, **CONTINUOUS)
        levels = solution.echelon_base_stock_level[[0, 2, 3]]
        assert levels.tolist() == alone.echelon_base_stock_level.tolist()
        assert type(solution.to_frame("stages")).__module__.startswith(backend)


def test_large_counts_are_followed_far_from_zero() -> None:
    counted = serial_base_stock([1, 2], [1, 1], 1e5, None, 9, distribution="poisson")
    smooth = serial_base_stock([1, 2], [1, 1], 1e5, math.sqrt(1e5), 9, distribution="normal")
    levels = smooth.echelon_base_stock_level
    assert counted.echelon_base_stock_level == pytest.approx(levels, rel=1e-5)
    assert counted.cost == pytest.approx(smooth.cost, rel=1e-4)


def test_lead_times_of_very_different_length_are_integrated_exactly() -> None:
    best = serial_base_stock([1, 2, 3], [20, 0.001, 1], 500, 100, 9, review_period=0)
    merged = serial_base_stock([1, 2, 3], [20, 0.0, 1], 500, 100, 9, review_period=0)
    assert best.cost == pytest.approx(merged.cost, rel=1e-2)  # and the check has found it again


# ---- bad input, limits, the rest of the contract


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(ValidationError) as caught:
        SerialSystemProblem.from_frames(
            {
                "system": ["A", "B", "C", "D", "E", "E"],
                "demand_mean": [-1.0, 2.0, math.nan, 0.0, 5.0, 5.0],
                "demand_sd": [1.0, None, 1.0, 1.0, 1.0, 1.0],
                "stockout_cost": [0.0, 1.0, 1.0, 1.0, 1.0, 1.0],
                "distribution": ["auto", "auto", "auto", "auto", "negative_binomial", "poisson"],
                "review_period": [1, 2, 1, 1, 1, 1],
            },
            {
                "system": ["A", "B", "C", "X", "D"],
                "stage": ["one"] * 5,
                "holding_cost": [1.0, 0.0, 1.0, 1.0, 1.0],
                "lead_time": [1.0, 1.0, math.nan, -1.0, 1.0],
            },
        )
    found = {(f.table, f.column, f.row) for f in caught.value.failures}
    assert {
        ("systems", "demand_mean", 0),
        ("systems", "stockout_cost", 0),
        ("systems", "review_period", 1),
        ("systems", "demand_mean", 2),
        ("systems", "demand_sd", 3),
        ("systems", "distribution", 4),
        ("systems", "system", 5),
        ("stages", "holding_cost", 1),
        ("stages", "lead_time", 2),
        ("stages", "lead_time", 3),
        ("stages", "system", 3),
    } <= found
    assert all(f.fix for f in caught.value.failures)


@pytest.mark.parametrize(
    "changed",
    [
        {"holding_cost": [2, 4]},
        {"holding_cost": 3.0, "lead_time": 2.0},
        {"demand_sd": None},
        {"demand_mean": [5, 6], "demand_sd": [1, 1, 1]},
        {"distribution": "poisson"},
        {"demand_sd": math.inf},
        {"stockout_cost": 0},
    ],
    ids=str,
)
def test_arguments_that_cannot_be_used_are_named(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        serial_base_stock(**(EXAMPLE | CONTINUOUS | changed))


def test_levels_that_cannot_be_used_are_named() -> None:
    more = {"stockout_cost": 9}
    for levels in ([1, 2], [math.inf, 2, 1], [3, math.nan, 1], [3, -math.inf, 1]):
        with pytest.raises(ValidationError):
            serial_performance(levels, **EXAMPLE, **more)
    with pytest.raises(ValidationError):
        serial_performance([[3, 2, 1]] * 2, **(EXAMPLE | {"demand_mean": [1, 2, 3]}), **more)
    with pytest.raises(ValidationError):
        serial_performance([3, 2, 1.5], [1, 2, 3], [1, 1, 1], 2, None, 9, distribution="poisson")


def many(num: int) -> SerialSystemProblem:
    rng = np.random.default_rng(1)
    return SerialSystemProblem.from_arrays(
        holding_cost=[1, 2, 3],
        lead_time=rng.uniform(0.5, 4, (num, 3)),
        demand_mean=rng.uniform(1, 50, num),
        demand_sd=rng.uniform(1, 20, num),
        stockout_cost=15,
    )


def test_a_search_that_is_cancelled_keeps_the_systems_it_has_reached() -> None:
    token, problem = CancelToken(), many(600)
    solution = problem.solve(
        cancel=token, on_progress=lambda progress: progress.iterations and token.cancel()
    )
    if solution.status is Status.FEASIBLE:
        assert solution.limit is Limit.CANCELLED
        reached = solution.system_status != "not_solved"
        assert 0 < reached.sum() < 600
        assert np.isnan(solution.system_cost[~reached]).all()
        assert solution.bound is None
        assert solution.check().ok


def test_a_batch_gives_what_each_system_gives_alone() -> None:
    problem = many(40)
    together = problem.solve()
    for row in (0, 17, 39):
        stages = problem.system_of == row
        alone = serial_base_stock(
            problem.stages["holding_cost"][stages],
            problem.stages["lead_time"][stages],
            problem.systems["demand_mean"][row],
            problem.systems["demand_sd"][row],
            15,
        )
        assert alone.echelon_base_stock_level.tolist() == (
            together.echelon_base_stock_level[stages].tolist()
        )


def test_a_problem_can_be_changed_and_asks_for_columns_it_knows() -> None:
    problem = many(3)
    dearer = problem.replace(stockout_cost=[30, 30, 30], lead_time=1.0)
    assert (dearer.systems["stockout_cost"] == 30).all()
    assert (dearer.stages["lead_time"] == 1).all()
    with pytest.raises(ValidationError):
        problem.replace(price=3)


def test_a_wrong_level_or_cost_does_not_pass_the_check() -> None:
    import dataclasses

    solution = many(3).solve()
    level = solution.echelon_base_stock_level.copy()
    level[0] += 3
    report = dataclasses.replace(solution, echelon_base_stock_level=level).check()
    assert {violation.constraint for violation in report} >= {"cost"}


def test_a_chart_shows_each_stage() -> None:
    ax = many(3).solve().plot(system=1)
    assert len(ax.patches) == 6
    with pytest.raises(KeyError):
        many(3).solve().plot(system=9)


def test_a_bad_system_leaves_the_others_alone() -> None:
    found = serial_base_stock(
        [[1, 2], [1, -2], [1, 2], [1, 2]],
        [1, 1],
        [10, 10, math.nan, 10],
        3,
        9,
        on_bad_items="status",
    )
    assert found.status.tolist() == ["optimal", "invalid", "invalid", "optimal"]
    assert np.isnan(found.cost).tolist() == [False, True, True, False]
    assert found.cost[3] == serial_base_stock([1, 2], [1, 1], 10, 3, 9).cost
    alone = serial_base_stock([1, -2], [1, 1], 10, 3, 9, on_bad_items="status")
    assert alone.status == "invalid"
    with pytest.raises(ValidationError):
        serial_base_stock([1, 2], [1, 1, 1], 10, 3, 9, on_bad_items="status")
    with pytest.raises(ValidationError, match="on_bad_items"):
        serial_base_stock([1, 2], [1, 1], 10, 3, 9, on_bad_items="ignore")


def line_of(**changed: Any) -> Network:
    tables: dict[str, Any] = {
        "sites": {
            "id": ["mill", "depot", "shop", "town", "village"],
            "kind": ["plant", "warehouse", "warehouse", "customer", "customer"],
            "supply": [999.0, 0, 0, 0, 0],
        },
        "lanes": {
            "source": ["shop", "mill", "depot", "shop"],
            "target": ["town", "depot", "shop", "village"],
            "lead_time": [0.0, 2.0, 1.0, 0.0],
            "distance": [5.0, 90.0, 40.0, 5.0],
            "unit_cost": [1.0] * 4,
        },
        "demand": {
            "site": ["town", "village", "village"],
            "commodity": ["tea", "tea", "salt"],
            "demand": [6.0, 4.0, 8.0],
            "demand_sd": [3.0, 4.0, 2.0],
        },
    }
    return Network.from_frames(**(tables | changed))


def test_a_network_in_a_line_is_a_system_for_each_commodity() -> None:
    rates = {"depot": 1.0, "shop": 2.5}
    problem = SerialSystemProblem.from_network(
        line_of(), holding_cost=rates, stockout_cost=20, distribution="normal"
    )
    solution = problem.solve()
    for name, mean, sd in (("tea", 10, 5), ("salt", 8, 2)):
        alone = serial_base_stock([1, 2.5], [2, 1], mean, sd, 20, distribution="normal")
        rows = problem.stages["system"] == name
        levels = solution.echelon_base_stock_level[rows]
        assert levels == pytest.approx(alone.echelon_base_stock_level, rel=1e-12)
    by_site = SerialSystemProblem.from_network(
        line_of(), holding_cost=[0, 1.0, 2.5, 0, 0], stockout_cost=20, distribution="poisson"
    )
    assert by_site.distribution.tolist() == ["poisson", "poisson"]


def test_a_network_that_is_no_line_is_refused_with_the_sites_that_are_why() -> None:
    lanes = {
        "source": ["mill", "mill", "depot", "shop"],
        "target": ["depot", "shop", "village", "town"],
        "lead_time": [2.0, 1.0, 0.0, 0.0],
        "distance": [5.0] * 4,
        "unit_cost": [1.0] * 4,
    }
    with pytest.raises(ValidationError, match="mill") as caught:
        SerialSystemProblem.from_network(line_of(lanes=lanes), holding_cost={}, stockout_cost=9)
    assert {f.code for f in caught.value.failures} == {"no_line"}
    for rates in ({"depot": 1.0}, {"depot": 1, "shop": 2, "moon": 3}, [1.0], "dear"):
        with pytest.raises(ValidationError, match="holding"):
            SerialSystemProblem.from_network(line_of(), holding_cost=rates, stockout_cost=9)


def test_customers_of_an_earlier_stage_make_no_line() -> None:
    lanes = {
        "source": ["mill", "depot", "depot", "shop"],
        "target": ["depot", "shop", "village", "town"],
        "lead_time": [2.0, 1.0, 0.0, 0.0],
        "distance": [5.0] * 4,
        "unit_cost": [1.0] * 4,
    }
    rates = {"depot": 1.0, "shop": 2.0}
    with pytest.raises(ValidationError, match="last of the line"):
        SerialSystemProblem.from_network(line_of(lanes=lanes), holding_cost=rates, stockout_cost=9)


@pytest.mark.parametrize("price", [1e10, 1e12])
@pytest.mark.parametrize(("distribution", "sd"), [("normal", 1.0), ("poisson", None)])
def test_the_dearest_shortages_have_an_answer(
    price: float, distribution: str, sd: float | None
) -> None:
    best = serial_base_stock([1, 2], [1, 1], 5, sd, price, distribution=distribution)
    less = serial_base_stock([1, 2], [1, 1], 5, sd, price / 10, distribution=distribution)
    assert less.cost < best.cost < 100
    assert (best.echelon_base_stock_level >= less.echelon_base_stock_level).all()
