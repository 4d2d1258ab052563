"""Lanes that carry either way, and supply that is not to be left over."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from flowopt.core import Status, ValidationError
from flowopt.flow import FlowProblem


@pytest.fixture
def road() -> FlowProblem:
    """Three towns on one road; the plant is at its end."""
    return FlowProblem.from_frames(
        {
            "id": ["coast", "hills", "plant"],
            "supply": [0, 0, 20],
            "demand": [5, 2, 0],
            "capacity": [np.inf, 9, np.inf],
            "handling_cost": [0, 0.25, 0],
        },
        {
            "source": ["coast", "hills"],
            "target": ["hills", "plant"],
            "unit_cost": [1.0, 2.0],
            "capacity": [6, 8],
            "undirected": [True, True],
        },
    )


def test_flow_against_the_direction_is_below_zero_and_costs(road: FlowProblem, engine: str) -> None:
    solution = road.solve(engine=engine)
    assert solution.flow.tolist() == [-5.0, -7.0]
    assert solution.cost == 5 * 1 + 7 * 2 + 7 * 0.25
    assert solution.to_frame("flows")["cost"].tolist() == [5.0, 14.0]
    assert solution.to_frame("sites")["through"].tolist() == [5.0, 7.0, 7.0]
    assert solution.check().ok


def test_the_capacity_counts_both_ways(road: FlowProblem, engine: str) -> None:
    tight = road.replace(capacity=np.array([6.0, 6.5]), unmet_cost=50.0)
    assert tight.solve(engine=engine).flow.tolist() == [-4.5, -6.5]
    assert tight.solve(engine=engine).unmet.tolist() == [0.5, 0.0, 0.0]


def test_a_full_lane_is_worth_the_same_whichever_way_it_is_written(road: FlowProblem) -> None:
    tight = road.replace(capacity=np.array([6.0, 6.5]), unmet_cost=50.0)
    turned = tight.replace(source=tight.target, target=tight.source)
    first, second = tight.solve(), turned.solve()
    assert first.flow.tolist() == (-second.flow).tolist()
    assert first.reduced_costs.tolist() == second.reduced_costs.tolist()
    assert first.reduced_costs[1] < 0


def test_the_check_finds_too_much_on_either_way(road: FlowProblem) -> None:
    solution = road.solve()
    assert solution.values is not None
    for factor in (-1.0, 2.0):
        values = dataclasses.replace(solution.values, flow=solution.flow * factor)
        broken = {v.constraint for v in dataclasses.replace(solution, values=values).check()}
        assert "balance" in broken
        assert ("capacity" in broken) == (factor == 2.0)
    values = dataclasses.replace(solution.values, prices=solution.prices + np.array([0.5, 0, 0]))
    assert not dataclasses.replace(solution, values=values).check().ok


def test_costs_on_an_undirected_lane_are_those_of_two_lanes(road: FlowProblem) -> None:
    rng = np.random.default_rng(5)
    source = rng.integers(0, 30, 90)
    target = (source + rng.integers(1, 30, 90)) % 30
    capacity, cost = rng.integers(1, 9, 90), rng.integers(0, 20, 90)
    supply, demand = rng.integers(0, 9, 30), rng.integers(0, 6, 30)
    once = FlowProblem.from_arrays(
        source, target, capacity=capacity, unit_cost=cost, undirected=True,
        supply=supply, demand=demand, unmet_cost=99,
    ).solve()  # fmt: skip
    twice = FlowProblem.from_arrays(
        np.r_[source, target], np.r_[target, source], capacity=np.tile(capacity, 2),
        unit_cost=np.tile(cost, 2), supply=supply, demand=demand, unmet_cost=99,
    ).solve()  # fmt: skip
    assert once.status is Status.OPTIMAL
    assert once.cost == twice.cost
    assert once.prices == pytest.approx(twice.prices)
    assert (once.flow < 0).any()


@pytest.mark.parametrize(
    ("columns", "faults"),
    [
        ({"unit_cost": [-1.0, 2.0]}, [("unit_cost", 0, "unsupported")]),
        ({"min_flow": [0.0, 2.0]}, [("min_flow", 1, "unsupported")]),
        ({"undirected": ["yes", "no"]}, [("undirected", None, "wrong_type")]),
        ({"undirected": [True]}, [("undirected", None, "wrong_length")]),
        ({"lead_time": [1.0, -2.0]}, [("lead_time", 1, "negative")]),
        ({"lead_time": ["soon", "late"]}, [("lead_time", None, "wrong_type")]),
        ({"lead_time": [1.0]}, [("lead_time", None, "wrong_length")]),
        ({"unused_cost": [0, 0, -1.0]}, [("unused_cost", 2, "negative")]),
        ({"unused_cost": [0, 0, np.nan]}, [("unused_cost", 2, "nan")]),
        ({"unused_cost": "all"}, [("unused_cost", None, "wrong_type")]),
        (
            {"unused_cost": 1.0, "supply": [0, 0, np.inf]},
            [("unused_cost", 2, "out_of_range")],
        ),
    ],
)
def test_what_makes_no_sense_is_a_fault(
    road: FlowProblem, columns: dict[str, Any], faults: list[Any]
) -> None:
    with pytest.raises(ValidationError) as caught:
        road.replace(**columns)
    assert [(f.column, f.row, f.code) for f in caught.value.failures] == faults


# ---- unused supply


@pytest.fixture
def dairies() -> FlowProblem:
    """A near farm and a far one; what they do not sell is lost."""
    return FlowProblem.from_arrays(
        [0, 1], [2, 2], unit_cost=[1, 2], supply=[10, 10, 0], demand=[0, 0, 12]
    )


def test_supply_is_left_where_that_costs_least(dairies: FlowProblem, engine: str) -> None:
    free = dairies.solve(engine=engine)
    assert (free.supplied.tolist(), free.cost) == ([10.0, 2.0, 0.0], 14.0)
    priced = dairies.replace(unused_cost=[0.5, 3.0, 0.0]).solve(engine=engine)
    assert priced.supplied.tolist() == [2.0, 10.0, 0.0]
    assert priced.cost == 2 * 1 + 10 * 2 + 8 * 0.5


def test_supply_without_a_price_of_its_own_must_be_used_at_inf(
    dairies: FlowProblem, engine: str
) -> None:
    solution = dairies.replace(unused_cost=[0, np.inf, 0]).solve(engine=engine)
    assert solution.supplied.tolist() == [2.0, 10.0, 0.0]
    assert solution.cost == 22.0
    assert solution.prices.tolist() == [0.0, -1.0, 1.0]


def test_supply_for_nobody_is_paid_for(engine: str) -> None:
    problem = FlowProblem.from_arrays([], [], supply=[4.0], unused_cost=2.5)
    assert problem.solve(engine=engine).cost == 10.0


def test_the_check_finds_supply_that_is_left_though_it_must_not_be(dairies: FlowProblem) -> None:
    solution = dairies.solve()
    strict = dataclasses.replace(solution, problem=dairies.replace(unused_cost=np.inf))
    assert "supply" in {violation.constraint for violation in strict.check()}
