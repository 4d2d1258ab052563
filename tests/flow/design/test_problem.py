"""Designs from arrays, tables and networks, and every fault of the input named."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from flowopt import Network, ValidationError
from flowopt.flow.design import DesignProblem

INF = np.inf

SITES: dict[str, list[Any]] = {
    "id": ["Lille", "Lyon", "Paris", "Nice"],
    "fixed_cost": [100.0, 90.0, 0.0, 0.0],
}
LANES: dict[str, list[Any]] = {
    "source": ["Lille", "Lille", "Lyon", "Lyon"],
    "target": ["Paris", "Nice", "Paris", "Nice"],
    "unit_cost": [2.0, 8.0, 4.0, 3.0],
}
DEMAND: dict[str, list[Any]] = {"site": ["Paris", "Nice"], "demand": [40.0, 20.0]}


def codes(error: pytest.ExceptionInfo[ValidationError]) -> set[tuple[str, str | None, str]]:
    return {(fault.table, fault.column, fault.code) for fault in error.value.failures}


def test_tables_make_a_problem() -> None:
    solution = DesignProblem.from_frames(SITES, LANES, DEMAND).solve()
    assert solution.open_sites == ("Lyon",)
    assert solution.cost == 90 + 40 * 4 + 20 * 3


def test_rows_of_all_tables_are_read() -> None:
    problem = DesignProblem.from_frames(
        SITES | {"capacity": [INF, 10, INF, INF], "supply": [50, 30, 0, 0]},
        LANES | {"mode": ["road", "rail", "road", "road"], "decision": ["free"] * 4},
        {
            "site": ["Paris", "Paris", "Nice"],
            "commodity": ["tea", "salt", "tea"],
            "period": ["", "summer", "winter"],
            "demand": [4, 5, 6],
        },
        supply={"site": ["Lyon"], "commodity": ["tea"], "supply": [7]},
        steps={
            "site": ["Lille", "Lille", None],
            "source": [None, None, "Lyon"],
            "target": [None, None, "Nice"],
            "from": [0, 30, 0],
            "unit_cost": [2, 1, 0],
            "fixed": [0, 30, 5],
        },
        modules={"site": ["Lyon"], "capacity": [25], "cost": [4], "max_count": [2]},
        max_sites=2,
        budget=400,
    )
    assert problem.commodity_id.tolist() == ["tea", "salt"]
    assert problem.period_id.tolist() == ["summer", "winter"]
    assert problem.demand[2].tolist() == [[4, 4], [5, 0]]
    assert problem.demand[3].tolist() == [[0, 6], [0, 0]]
    assert problem.supply.tolist() == [[50, 50], [7, 30], [0, 0], [0, 0]]
    assert problem.joint_supply.tolist() == [50, 30, 0, 0]
    assert problem.step_on.tolist() == [0, 0, 4 + 3]
    assert (problem.module_on.tolist(), problem.module_limit.tolist()) == ([1], [2])
    assert (problem.max_sites, problem.budget) == (2, 400.0)
    assert problem.solve().check().ok


def test_without_supply_every_source_gives_what_is_wanted() -> None:
    problem = DesignProblem.from_frames(SITES, LANES, DEMAND)
    assert problem.supply[:, 0].tolist() == [INF, INF, 0, 0]


def test_a_network_brings_its_costs_and_emissions() -> None:
    network = Network.from_frames(
        {
            "id": ["mill", "hub", "shop"],
            "kind": ["plant", "warehouse", "customer"],
            "supply": [90, 0, 0],
            "capacity": [INF, 70, INF],
            "fixed_cost": [0, 25, 0],
            "handling_cost": [0, 0.5, 0],
        },
        {
            "source": ["mill", "hub", "mill"],
            "target": ["hub", "shop", "shop"],
            "distance": [100, 20, 115],
            "unit_cost": [1, 1, 4],
            "emission_factor": [0.1, 0.2, 0.3],
            "fixed_cost": [0, 3, 0],
        },
        {"site": ["shop", "shop"], "commodity": ["tea", "salt"], "demand": [10, 20]},
        {"id": ["tea", "salt"], "unit_weight": [1, 1000]},
    )
    problem = DesignProblem.from_network(network)
    solution = problem.solve()
    assert solution.open_sites == ("hub",)
    assert solution.cost == 25 + 3 + 30 * (1 + 0.5 + 1)
    assert solution.emissions == pytest.approx((100 * 0.1 + 20 * 0.2) * (10 + 20_000) / 1000)
    one = DesignProblem.from_network(network, joint=True, max_sites=0)
    assert one.demand.shape == (3, 1, 1)
    assert one.solve().cost == 30 * 4


def test_arrays_of_one_number_are_spread() -> None:
    problem = DesignProblem.from_arrays([0], [1], unit_cost=2, demand=[0, 3], site_fixed_cost=1)
    assert problem.unit_cost.tolist() == [2]
    assert problem.site_fixed_cost.tolist() == [1, 1]


def test_an_unknown_keyword_is_refused() -> None:
    with pytest.raises(TypeError, match="colour"):
        DesignProblem.from_arrays([0], [1], demand=[0, 1], colour="red")
    with pytest.raises(TypeError, match="max_site"):
        DesignProblem.from_frames(SITES, LANES, DEMAND, max_site=1)


def test_the_callers_arrays_stay_their_own() -> None:
    demand = np.array([0.0, 3.0])
    problem = DesignProblem.from_arrays([0], [1], demand=demand)
    demand[1] = 99.0
    assert problem.demand.sum() == 3
    with pytest.raises(ValueError, match="read-only"):
        problem.unit_cost[0] = 1.0


def test_an_empty_network_is_solved() -> None:
    solution = DesignProblem.from_arrays([], [], demand=[0.0, 0.0]).solve()
    assert solution.cost == 0
    assert solution.check().ok


def test_a_site_without_lanes_that_wants_something_is_explained() -> None:
    solution = DesignProblem.from_arrays([], [], demand=[0, 2], supply=[5, 0]).solve()
    assert solution.explanation is not None
    assert "demand of 1 unmet by 2" in solution.explanation.message


# ---- faults


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"unit_cost": [1, math.nan]}, ("lanes", "unit_cost", "nan")),
        ({"unit_cost": [1, INF]}, ("lanes", "unit_cost", "inf")),
        ({"unit_cost": [1, -2]}, ("lanes", "unit_cost", "negative")),
        ({"unit_cost": [1, 2**62]}, ("lanes", "unit_cost", "overflow")),
        ({"unit_cost": [1]}, ("lanes", "unit_cost", "wrong_length")),
        ({"unit_cost": ["a", "b"]}, ("lanes", "unit_cost", "wrong_type")),
        ({"capacity": [1, -1]}, ("lanes", "capacity", "negative")),
        ({"min_flow": [9, 0], "capacity": [5, 5]}, ("lanes", "min_flow", "wrong_order")),
        ({"fixed_cost": [0, math.nan]}, ("lanes", "fixed_cost", "nan")),
        ({"decision": ["maybe", "free"]}, ("lanes", "decision", "unknown_choice")),
        ({"lane_commodity": [0, 7]}, ("lanes", "commodity", "unknown_id")),
        ({"mode": ["road"]}, ("lanes", "mode", "wrong_length")),
        ({"site_fixed_cost": [0, -1, 0]}, ("sites", "fixed_cost", "negative")),
        ({"site_capacity": [0, 0, math.nan]}, ("sites", "capacity", "nan")),
        (
            {"min_throughput": [5, 0, 0], "site_capacity": [4, 9, 9]},
            ("sites", "min_throughput", "wrong_order"),
        ),
        ({"single_source": [1, 0, 1]}, ("sites", "single_source", "wrong_type")),
        ({"site_decision": ["open"]}, ("sites", "decision", "wrong_length")),
        ({"site_id": ["a", "b", "a"]}, ("sites", "id", "duplicate_id")),
        ({"demand": [0, -1, 2]}, ("demand", "demand", "negative")),
        ({"demand": [0, INF, 2]}, ("demand", "demand", "inf")),
        ({"supply": [math.nan, 0, 0]}, ("supply", "supply", "nan")),
        ({"supply": [[1, 2], [0, 0], [0, 0]]}, ("supply", "supply", "wrong_length")),
        ({"step_on": [0], "step_from": [5]}, ("steps", "from", "missing")),
        ({"step_on": [0, 0], "step_from": [0, 0]}, ("steps", "from", "duplicate_id")),
        ({"step_on": [9], "step_from": [0]}, ("steps", "step_on", "unknown_id")),
        ({"module_on": [0], "module_capacity": [0]}, ("modules", "capacity", "out_of_range")),
        (
            {"module_on": [0], "module_capacity": [1], "module_limit": [1.5]},
            ("modules", "max_count", "out_of_range"),
        ),
        ({"max_sites": 1.5}, ("limits", "max_sites", "out_of_range")),
        ({"max_sites": -1}, ("limits", "max_sites", "out_of_range")),
        ({"min_sites": 3, "max_sites": 2}, ("limits", "min_sites", "wrong_order")),
        ({"budget": math.nan}, ("limits", "budget", "out_of_range")),
        ({"carbon_price": INF}, ("limits", "carbon_price", "out_of_range")),
        ({"max_emissions": "low"}, ("limits", "max_emissions", "out_of_range")),
    ],
    ids=lambda part: str(part)[:60],
)
def test_a_fault_is_named(changes: dict[str, Any], fault: tuple[str, str, str]) -> None:
    columns = {"demand": [0, 1, 2], "unit_cost": [1, 1]} | changes
    with pytest.raises(ValidationError) as caught:
        DesignProblem.from_arrays([0, 0], [1, 2], **columns)
    assert fault in codes(caught)
    assert all(failure.fix for failure in caught.value.failures)


def test_lanes_must_lead_from_one_site_to_another() -> None:
    with pytest.raises(ValidationError) as caught:
        DesignProblem.from_arrays([0, 1], [0, 0], demand=[1, 1])
    assert ("lanes", "target", "self_loop") in codes(caught)
    with pytest.raises(ValidationError) as caught:
        DesignProblem.from_arrays([0, -1], [1, 0], demand=[1, 1])
    assert ("lanes", "source", "unknown_id") in codes(caught)


def test_all_faults_of_all_tables_come_at_once() -> None:
    with pytest.raises(ValidationError) as caught:
        DesignProblem.from_frames(
            {"id": ["a", "a"], "capacity": [-1, 5]},
            {"source": ["a", "x"], "target": ["a", "a"]},
            {"site": ["y"], "demand": [-2]},
            steps={"site": ["z"], "from": [0]},
            modules={"source": ["a"], "target": ["q"], "capacity": [1]},
        )
    found = {(table, code) for table, _, code in codes(caught)}
    assert {
        ("sites", "duplicate_id"),
        ("sites", "negative"),
        ("lanes", "unknown_id"),
        ("demand", "unknown_id"),
        ("demand", "negative"),
        ("steps", "unknown_id"),
        ("modules", "unknown_id"),
    } <= found


def test_demand_without_a_commodity_is_a_fault_when_there_are_several() -> None:
    with pytest.raises(ValidationError) as caught:
        DesignProblem.from_frames(
            SITES,
            LANES,
            {
                "site": ["Paris", "Paris", "Nice"],
                "commodity": ["tea", "salt", ""],
                "demand": [1, 2, 3],
            },
        )
    assert codes(caught) == {("demand", "commodity", "missing")}


def test_a_step_on_parallel_lanes_needs_a_mode() -> None:
    lanes = {"source": ["a", "a"], "target": ["b", "b"], "mode": ["road", "rail"]}
    rows = {"source": ["a"], "target": ["b"], "from": [0]}
    sites, demand = {"id": ["a", "b"]}, {"site": ["b"], "demand": [1]}
    with pytest.raises(ValidationError, match="more than one lane"):
        DesignProblem.from_frames(sites, lanes, demand, steps=rows)
    named = DesignProblem.from_frames(sites, lanes, demand, steps=rows | {"mode": ["rail"]})
    assert named.step_on.tolist() == [3]
