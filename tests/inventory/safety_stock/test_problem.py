"""What a problem is made of: tables, demand that reaches stages, costs added up, bad input."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from flowopt import SafetyStockProblem, ValidationError
from flowopt.core.tables import make_frame

Columns = dict[str, list[Any]]


@pytest.fixture
def stages() -> Columns:
    """Two parts, made into one good, sold in two places."""
    return {
        "stage": ["bolt", "plate", "frame", "east", "west"],
        "stage_time": [5, 3, 8, 2, 4],
        "added_cost": [1.0, 10.0, 30.0, 2.0, 3.0],
        "demand_mean": [None, None, None, 5.0, 9.0],
        "demand_sd": [0.0, 0.0, 0.0, 3.0, 4.0],
        "safety_factor": [None, None, None, 1.5, 2.0],
    }


@pytest.fixture
def links() -> Columns:
    return {
        "source": ["bolt", "plate", "frame", "frame"],
        "target": ["frame", "frame", "east", "west"],
        "quantity": [6.0, 2.0, 1.0, 1.0],
    }


@pytest.fixture
def problem(stages: Columns, links: Columns) -> SafetyStockProblem:
    return SafetyStockProblem.from_frames(stages, links, 0.2)


def faults(stages: Any, links: Any = None, rate: Any = 0.2) -> list[tuple[str, str | None, str]]:
    with pytest.raises(ValidationError) as caught:
        SafetyStockProblem.from_frames(stages, links, rate)
    assert all(failure.fix for failure in caught.value.failures)
    return [(fault.table, fault.column, fault.code) for fault in caught.value.failures]


# ---- what reaches a stage


def test_demand_reaches_a_stage_in_the_units_it_makes(problem: SafetyStockProblem) -> None:
    assert problem.demand.mean.tolist() == [84.0, 28.0, 14.0, 5.0, 9.0]


def test_independent_demands_pool_by_the_root_of_squares(problem: SafetyStockProblem) -> None:
    frame = math.hypot(1.5 * 3, 2.0 * 4)
    assert problem.demand.spread == pytest.approx([6 * frame, 2 * frame, frame, 4.5, 8.0])


@pytest.mark.parametrize(("power", "pooled"), [(1.0, 12.5), (math.inf, 8.0)])
def test_risk_pooling_is_the_order_of_a_norm(
    stages: Columns, links: Columns, power: float, pooled: float
) -> None:
    problem = SafetyStockProblem.from_frames(stages | {"risk_pooling": [power] * 5}, links, 0.2)
    assert problem.demand.spread[2] == pytest.approx(pooled)


def test_several_paths_to_one_demand_add_up_and_do_not_pool() -> None:
    diamond = {"source": ["a", "a", "b", "c"], "target": ["b", "c", "d", "d"]}
    problem = SafetyStockProblem.from_frames(
        {
            "stage": ["a", "b", "c", "d"],
            "stage_time": [1, 1, 1, 1],
            "holding_cost": [1, 2, 2, 5],
            "demand_mean": [0, 0, 0, 5],
            "demand_sd": [0, 0, 0, 3],
            "safety_factor": [1, 1, 1, 1],
        },
        diamond,
    )
    assert problem.demand.spread.tolist() == [6.0, 3.0, 3.0, 3.0]
    assert not problem.is_forest


def test_costs_add_up_by_quantity(problem: SafetyStockProblem) -> None:
    assert problem.unit_cost.tolist() == [1.0, 10.0, 56.0, 58.0, 59.0]
    assert problem.holding_cost == pytest.approx([0.2, 2.0, 11.2, 11.6, 11.8])


def test_a_service_level_stands_for_a_safety_factor(stages: Columns, links: Columns) -> None:
    level = [None, None, None, 0.95, 0.975]
    changed = {**stages, "safety_factor": [None] * 5, "cycle_service_level": level}
    problem = SafetyStockProblem.from_frames(changed, links, 0.2)
    assert problem.demand.spread[3:] == pytest.approx([3 * 1.6448536, 4 * 1.9599640])


def test_customers_are_served_at_once_unless_a_service_time_is_given(
    problem: SafetyStockProblem, stages: Columns, links: Columns
) -> None:
    assert problem.max_service_time.tolist() == [math.inf] * 3 + [0.0, 0.0]
    patient = {**stages, "max_service_time": [None, None, None, 6, math.inf]}
    assert SafetyStockProblem.from_frames(patient, links, 0.2).max_service_time[3:].tolist() == [
        6.0,
        math.inf,
    ]


def test_a_stage_time_that_varies_is_covered_for_whatever_is_quoted(
    stages: Columns, links: Columns
) -> None:
    varying = {**stages, "stage_time_sd": [0, 0, 1.5, 0, 0]}
    problem = SafetyStockProblem.from_frames(varying, links, 0.2)
    assert problem.demand.time_spread[2] == pytest.approx(1.5 * (1.5 * 5 + 2.0 * 9))
    solution = problem.solve()
    assert solution.safety_stock[2] >= problem.demand.time_spread[2]
    fixed = SafetyStockProblem.from_frames(stages, links, 0.2).solve()
    assert solution.cost > fixed.cost


# ---- bad input


def test_all_faults_of_both_tables_come_at_once(stages: Columns, links: Columns) -> None:
    bad = {
        **stages,
        "stage": ["bolt", "bolt", "frame", "east", "west"],
        "stage_time": [5, math.nan, -8, 2, 4],
        "demand_sd": [0.0, 0.0, 0.0, -3.0, 4.0],
    }
    lost = {**links, "source": ["bolt", "nobody", "frame", "frame"], "quantity": [0, 2, 1, 1]}
    found = faults(bad, lost)
    assert ("stages", "stage", "duplicate_id") in found
    assert ("stages", "stage_time", "nan") in found
    assert ("stages", "stage_time", "negative") in found
    assert ("stages", "demand_sd", "negative") in found
    assert ("links", "source", "unknown_id") in found
    assert any(fault[:2] == ("links", "quantity") for fault in found)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"safety_factor": [None] * 5}, ("stages", "safety_factor", "missing")),
        (
            {"cycle_service_level": [None, None, None, 0.9, None]},
            ("stages", "safety_factor", "ambiguous"),
        ),
        (
            {"safety_factor": [None] * 5, "cycle_service_level": [0.9, 0.9, 0.9, 1.0, 0.9]},
            ("stages", "cycle_service_level", "out_of_range"),
        ),
        ({"demand_mean": [None] * 5}, ("stages", "demand_mean", "missing")),
    ],
)
def test_a_stage_that_lacks_or_repeats_something_is_named(
    stages: Columns, links: Columns, change: Columns, fault: tuple[str, str, str]
) -> None:
    assert fault in faults({**stages, **change}, links)


@pytest.mark.parametrize("level", [0.0, 0.4, 1.5])
def test_a_service_level_that_no_stock_gives_is_a_fault(
    stages: Columns, links: Columns, level: float
) -> None:
    changed = {**stages, "safety_factor": [None] * 5, "cycle_service_level": [level] * 5}
    assert ("stages", "cycle_service_level", "out_of_range") in faults(changed, links)


@pytest.mark.parametrize("rate", [-0.1, math.nan, math.inf, "0.35", True])
def test_a_rate_that_is_none_is_a_fault(stages: Columns, links: Columns, rate: Any) -> None:
    assert faults(stages, links, rate) == [("stages", "holding_rate", "out_of_range")]


def test_added_costs_need_a_rate(stages: Columns, links: Columns) -> None:
    assert faults(stages, links, None) == [("stages", "holding_rate", "missing")]


def test_a_cycle_is_told_stage_by_stage(stages: Columns) -> None:
    round_trip = {"source": ["bolt", "frame", "east"], "target": ["frame", "east", "bolt"]}
    with pytest.raises(ValidationError) as caught:
        SafetyStockProblem.from_frames(stages, round_trip, 0.2)
    (fault,) = caught.value.failures
    assert fault.code == "cycle"
    names = fault.message.removeprefix("the links run in a cycle: ").split(" → ")
    assert names[0] == names[-1]
    followers = {"bolt": "frame", "frame": "east", "east": "bolt"}
    assert [followers[name] for name in names[:-1]] == names[1:]


def test_a_stage_does_not_supply_itself(stages: Columns) -> None:
    assert faults(stages, {"source": ["bolt"], "target": ["bolt"]}) == [
        ("links", "target", "self_loop")
    ]


def test_a_link_stands_once(stages: Columns) -> None:
    twice = {"source": ["bolt", "bolt"], "target": ["frame", "frame"]}
    assert [fault[2] for fault in faults(stages, twice)] == ["duplicate_id"]


def test_stages_must_be_given() -> None:
    assert ("stages", None, "missing_table") in faults(None)


# ---- odd but good input


def test_without_stages_there_is_nothing_to_hold() -> None:
    solution = SafetyStockProblem.from_frames({"stage": [], "stage_time": []}).solve()
    assert (solution.status, solution.cost) == ("OPTIMAL", 0.0)
    assert len(solution.to_frame()) == 0


def test_without_demand_nothing_is_held() -> None:
    tables = {"stage": ["a", "b"], "stage_time": [3, 4], "holding_cost": [1, 2]}
    solution = SafetyStockProblem.from_frames(tables, {"source": ["a"], "target": ["b"]}).solve()
    assert (solution.status, solution.cost) == ("OPTIMAL", 0.0)


def test_certain_demand_needs_no_safety_stock(stages: Columns, links: Columns) -> None:
    solution = SafetyStockProblem.from_frames({**stages, "demand_sd": [0] * 5}, links, 0.2).solve()
    assert solution.cost == 0.0
    assert solution.base_stock_level == pytest.approx(
        solution.problem.demand.mean * solution.net_replenishment_time
    )


def test_the_callers_tables_stay_as_they_are(stages: Columns, links: Columns) -> None:
    frames = make_frame(stages), make_frame(links)
    copies = tuple(frame.copy() for frame in frames)
    SafetyStockProblem.from_frames(*frames, holding_rate=0.2).solve()
    assert all(frame.equals(copy) for frame, copy in zip(frames, copies, strict=True))


def test_ids_may_be_numbers(stages: Columns) -> None:
    tables = {**stages, "stage": [11, 12, 13, 14, 15]}
    problem = SafetyStockProblem.from_frames(
        tables, {"source": [11, 12, 13, 13], "target": [13, 13, 14, 15]}, 0.2
    )
    assert problem.solve().to_frame()["stage"].tolist() == [11, 12, 13, 14, 15]


def test_the_rate_scales_the_cost_and_nothing_else(problem: SafetyStockProblem) -> None:
    one, double = problem.solve(), problem.replace(holding_rate=0.4).solve()
    assert double.cost == pytest.approx(2 * one.cost)
    assert np.array_equal(one.service_time, double.service_time)
