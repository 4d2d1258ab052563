"""Odd problems are answered, and bad ones refused, without a crash or a hang."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from flowopt.core import Status, ValidationError
from flowopt.flow import FlowProblem


def faults(**columns: Any) -> list[tuple[str | None, int | None, str]]:
    good: dict[str, Any] = {"source": [0, 1], "target": [1, 2], "supply": [4, 0, 0]}
    with pytest.raises(ValidationError) as caught:
        FlowProblem.from_arrays(**(good | columns))
    return [(failure.column, failure.row, failure.code) for failure in caught.value.failures]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"unit_cost": [1, np.nan]}, [("unit_cost", 1, "nan")]),
        ({"unit_cost": [np.inf, 1]}, [("unit_cost", 0, "inf")]),
        ({"unit_cost": [2**62, 1]}, [("unit_cost", 0, "overflow")]),
        ({"unit_cost": [-(2**62), 1]}, [("unit_cost", 0, "overflow")]),
        ({"capacity": [-1, 1]}, [("capacity", 0, "negative")]),
        ({"capacity": [1, -np.inf]}, [("capacity", 1, "inf")]),
        ({"min_flow": [3, 0], "capacity": 2}, [("min_flow", 0, "out_of_range")]),
        ({"source": [0, 2]}, [("target", 1, "self_loop")]),
        ({"source": [0, 3]}, [("source", 1, "unknown_id")]),
        ({"target": [-1, 2]}, [("target", 0, "unknown_id")]),
        ({"target": [0.5, 2]}, [("target", None, "wrong_type")]),
        ({"demand": [0, np.nan, -1]}, [("demand", 1, "nan"), ("demand", 2, "negative")]),
        ({"demand": [0, 0, np.inf]}, [("demand", 2, "inf")]),
        ({"demand": [1, 2]}, [("demand", None, "wrong_length")]),
        ({"demand": [[1, 2, 3]]}, [("demand", None, "wrong_length")]),
        ({"demand": ["one", 2, 3]}, [("demand", None, "wrong_type")]),
        ({"site_id": ["a", "b", "a"]}, [("id", 0, "duplicate_id")]),
    ],
)
def test_bad_columns_are_named(columns: dict[str, Any], expected: list[Any]) -> None:
    assert faults(**columns) == expected


def test_unknown_ids_of_frames_are_named() -> None:
    with pytest.raises(ValidationError) as caught:
        FlowProblem.from_frames(
            {"id": ["a", "b"]}, {"source": ["a", "x"], "target": ["b", "a"], "capacity": [1, None]}
        )
    assert [(f.column, f.row, f.value) for f in caught.value.failures] == [("source", 1, "x")]


def test_networks_without_anything_are_answered(engine: str) -> None:
    nothing = FlowProblem.from_arrays([], [], num_sites=0).solve(engine=engine)
    assert (nothing.status, nothing.cost, nothing.flow.tolist()) == (Status.OPTIMAL, 0.0, [])
    for name in nothing.tables():
        assert len(nothing.to_frame(name)) == 0
    assert len(nothing.bottlenecks()) == 0
    assert not nothing.has_alternatives
    idle = FlowProblem.from_arrays([], [], supply=[3, 0]).solve(engine=engine)
    assert idle.cost == 0.0
    wanting = FlowProblem.from_arrays([], [], demand=[3]).solve(engine=engine)
    assert wanting.status is Status.INFEASIBLE
    assert wanting.explanation is not None
    assert wanting.explanation.shortage == 3.0


def test_parts_that_are_not_joined_are_answered_each_for_itself(engine: str) -> None:
    problem = FlowProblem.from_arrays(
        [0, 2], [1, 3], unit_cost=[1, 2], supply=[5, 0, 5, 0], demand=[0, 4, 0, 3]
    )
    assert problem.solve(engine=engine).flow.tolist() == [4.0, 3.0]
    cut_off = problem.replace(demand=np.array([0, 4, 0, 6]))
    why = cut_off.solve(engine=engine).explanation
    assert why is not None
    assert (why.sites, why.supplies, why.shortage) == ((3,), (2,), 1.0)


def test_a_lane_of_capacity_zero_carries_nothing(engine: str) -> None:
    problem = FlowProblem.from_arrays(
        [0, 0], [1, 1], capacity=[0, 9], unit_cost=[0, 5], supply=[4, 0], demand=[0, 4]
    )
    solution = problem.solve(engine=engine)
    assert solution.flow.tolist() == [0.0, 4.0]
    assert solution.bottlenecks()["capacity"].tolist() == [0.0]
    assert problem.replace(capacity=np.zeros(2)).solve(engine=engine).status is Status.INFEASIBLE


def test_supply_that_nobody_wants_stays(engine: str) -> None:
    solution = FlowProblem.from_arrays([0], [1], unit_cost=2, supply=[9, 9]).solve(engine=engine)
    assert solution.cost == 0.0
    assert solution.supplied.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("cost", [2.0**53, 2.0**52 + 1, -(2.0**52), 1e15 + 1 / 8])
def test_costs_at_the_edge_of_what_is_allowed_are_told_apart(cost: float, engine: str) -> None:
    """They differ by one part in 10¹²."""
    less = cost - abs(cost) * 1e-12
    problem = FlowProblem.from_arrays(
        [0, 0], [1, 1], capacity=[3, 9], unit_cost=[cost, less], supply=[10, 0], demand=[0, 10]
    )
    solution = problem.solve(engine=engine)
    assert solution.flow.tolist() == [1.0, 9.0]
    assert solution.prices.tolist() == [0.0, cost]


@pytest.mark.slow
@pytest.mark.parametrize("quick", ["network_simplex", "ortools"])
def test_a_million_parallel_lanes_are_answered(quick: str) -> None:
    count = 1_000_000
    rng = np.random.default_rng(1)
    capacity, cost = rng.integers(0, 9, count), rng.integers(1, 1000, count)
    problem = FlowProblem.from_arrays(
        np.zeros(count, dtype=int), np.ones(count, dtype=int), capacity=capacity, unit_cost=cost,
        supply=[np.inf, 0], demand=[0, 1_000_000],
    )  # fmt: skip
    solution = problem.solve(engine=quick)
    cheapest = np.sort(np.repeat(cost, capacity))
    assert solution.cost == cheapest[:1_000_000].sum()
    assert solution.bottlenecks(3)["saving"].tolist() == [cheapest[1_000_000 - 1] - 1] * 3
    paths = solution.to_frame("paths")
    assert paths["amount"].sum() == 1_000_000
    assert (
        solution.can_change.sum()
        == (cost == solution.prices[1]).sum()
        - ((capacity == 0) & (cost == solution.prices[1])).sum()
    )


@pytest.mark.parametrize("price", [2.0**-20, 1.0, 1e6])
def test_prices_are_exact_beside_the_costs_even_where_a_site_is_cut_off(price: float) -> None:
    problem = FlowProblem.from_arrays(
        [1], [0], capacity=[1e5], unit_cost=[1.85097383 * price], supply=[np.inf, 0, 0]
    )
    answer = problem.solve(engine="network_simplex")
    assert answer.values is not None
    reduced = problem.unit_cost[0] + answer.values.prices[1] - answer.values.entry_prices[0]
    assert abs(reduced) <= 1e-15 * problem.unit_cost[0]


@pytest.mark.parametrize("unit_cost", [5e-324, 2.2e-309, 1e-300])
def test_the_smallest_costs_that_floats_know_are_added_up(engine: str, unit_cost: float) -> None:
    problem = FlowProblem.from_arrays([0], [1], unit_cost=unit_cost, supply=[3, 0], demand=[0, 2])
    assert problem.solve(engine=engine).cost == pytest.approx(2 * unit_cost, rel=1e-9, abs=0.0)
