"""Scenarios as they come, with every fault that can be in them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from flowopt.core import ValidationError
from flowopt.flow import FlowProblem, Scenarios, every_lane, every_site, random_demand, sweep


def faults(problem: FlowProblem, **columns: Any) -> list[tuple[str | None, int | None, str]]:
    rows = len(columns["kind"])
    frame = {"scenario": list(range(rows)), **columns}
    with pytest.raises(ValidationError) as caught:
        sweep(problem, frame)
    return [(fault.column, fault.row, fault.code) for fault in caught.value.failures]


def test_ids_that_do_not_exist(chain: FlowProblem) -> None:
    found = faults(
        chain,
        kind=["lane_closed", "site_closed", "lane_closed", "lane_closed"],
        id=["near → north (road)", "west", 5, 4],
        value=[None] * 4,
    )
    assert found == [("id", 0, "unknown_id"), ("id", 2, "unknown_id"), ("id", 1, "unknown_id")]


def test_a_name_of_two_lanes_names_none() -> None:
    problem = FlowProblem.from_arrays([0, 0], [1, 1])
    found = faults(problem, kind=["lane_closed"], id=["0 → 1"], value=[None])
    assert found == [("id", 0, "ambiguous")]
    assert every_lane(problem).names.tolist() == ["lane 0: 0 → 1 closed", "lane 1: 0 → 1 closed"]


def test_rows_that_stand_there_twice(chain: FlowProblem) -> None:
    found = faults(
        chain,
        scenario=["a", "a", "b"],
        kind=["demand", "demand", "demand"],
        id=["north", "north", "north"],
        value=[1, 2, 3],
    )
    assert found == [("id", 1, "duplicate_id")]


def test_all_faults_of_the_values_are_told_at_once(chain: FlowProblem) -> None:
    found = faults(
        chain,
        kind=["demand", "demand", "capacity", "supply", "unit_cost"],
        id=["north", "south", "0", "near", "0"],
        value=[np.inf, -1, -2, 1e300, np.inf],
    )
    assert sorted(found) == [
        ("value", 0, "inf"),
        ("value", 1, "negative"),
        ("value", 2, "negative"),
        ("value", 3, "overflow"),
        ("value", 4, "inf"),
    ]


@pytest.mark.parametrize(
    ("kind", "place", "value", "code"),
    [
        ("demand", "north", np.nan, "nan"),
        ("demand", "north", -1.0, "negative"),
        ("demand", "north", np.inf, "inf"),
        ("supply", "near", -np.inf, "inf"),
        ("capacity", 0, -2.0, "negative"),
        ("site_capacity", "depot", -2.0, "negative"),
        ("handling_cost", "depot", -2.0, "negative"),
        ("unit_cost", 0, np.inf, "inf"),
        ("unit_cost", 0, 1e300, "overflow"),
        ("lane_closed", 0, 0.0, "not_empty"),
        ("site_closed", "depot", 1.0, "not_empty"),
        ("lane_open", 0, None, "unknown_choice"),
    ],
)
def test_each_fault_of_a_value(
    chain: FlowProblem, kind: str, place: Any, value: Any, code: str
) -> None:
    found = faults(chain, kind=[kind], id=[place], value=[value])
    assert [fault[2] for fault in found] == [code]


def test_a_capacity_below_the_minimum_flow(chain: FlowProblem) -> None:
    held = chain.replace(min_flow=np.array([0.0, 0, 0, 0, 2]))
    found = faults(held, kind=["capacity"], id=[4], value=[1])
    assert found == [("value", 0, "out_of_range")]


def test_an_undirected_lane_cannot_gain() -> None:
    problem = FlowProblem.from_arrays([0], [1], undirected=True, supply=[1, 0])
    assert faults(problem, kind=["unit_cost"], id=[0], value=[-1]) == [("value", 0, "negative")]


def test_supply_with_a_price_has_a_limit() -> None:
    problem = FlowProblem.from_arrays([0], [1], supply=[1, 0], unused_cost=2.0)
    assert faults(problem, kind=["supply"], id=[0], value=[np.inf]) == [("value", 0, "inf")]


def test_what_is_no_frame_of_scenarios(chain: FlowProblem) -> None:
    for frame in (None, 7, {"scenario": ["a"]}):
        with pytest.raises(ValidationError):
            sweep(chain, frame)


def test_scenarios_of_another_problem(chain: FlowProblem) -> None:
    smaller = FlowProblem.from_arrays([0], [1])
    with pytest.raises(ValidationError, match="is no lane"):
        sweep(smaller, every_lane(chain))
    with pytest.raises(ValidationError, match="is no site"):
        sweep(smaller, every_site(chain))


def test_names_that_stand_for_two_scenarios(chain: FlowProblem) -> None:
    with pytest.raises(ValidationError, match="scenario of both"):
        every_lane(chain) + every_lane(chain)
    once = every_site(chain, ["north", "south"])
    twice = Scenarios(
        np.array(["a", "a"], dtype=object), once.scenario, once.kind, once.place, once.value
    )
    with pytest.raises(ValidationError, match="two scenarios"):
        sweep(chain, twice)


def test_sites_that_do_not_exist_cannot_be_closed(chain: FlowProblem) -> None:
    with pytest.raises(ValidationError, match="'west' is no site"):
        every_site(chain, ["north", "west"])


@pytest.mark.parametrize(
    "wrong", [{"count": 0}, {"count": 2.5}, {"spread": -1}, {"spread": np.nan}, {"seed": -1}]
)
def test_draws_that_cannot_be_made(chain: FlowProblem, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        random_demand(chain, **{"count": 3, **wrong})


def test_draws_are_those_of_their_seed(chain: FlowProblem) -> None:
    one, same, other = (random_demand(chain, 50, seed=seed).value for seed in (1, 1, 2))
    assert one.tolist() == same.tolist() != other.tolist()


def test_draws_keep_the_mean_and_the_spread(chain: FlowProblem) -> None:
    big = chain.replace(demand=chain.demand * 1000)
    values = random_demand(big, 4000, spread=0.3).value.reshape(-1, 2)
    np.testing.assert_allclose(values.mean(axis=0), [6000, 4000], rtol=0.03)
    np.testing.assert_allclose(values.std(axis=0) / values.mean(axis=0), 0.3, rtol=0.06)


@pytest.mark.parametrize("engine", ["ortools", "", "network_simplex"])
def test_engines_that_do_not_exist(chain: FlowProblem, engine: str) -> None:
    with pytest.raises(ValidationError, match="is not an engine"):
        sweep(chain, every_lane(chain), engine=engine)


def test_options_that_cannot_be_used(chain: FlowProblem) -> None:
    with pytest.raises(ValidationError, match="time_limit"):
        sweep(chain, every_lane(chain), time_limit=-1)
    with pytest.raises(ValidationError, match="workers"):
        sweep(chain, every_lane(chain), workers=0)


def test_what_is_no_flow_problem_is_refused(chain: FlowProblem) -> None:
    with pytest.raises(TypeError, match="a sweep takes a FlowProblem, not a str"):
        sweep("chain", every_lane(chain))  # type: ignore[arg-type]  # on purpose
