"""What a FlowProblem takes, and what it refuses."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import polars as pl
import pytest

from flowopt.core import Failure, ValidationError
from flowopt.flow import FlowProblem
from flowopt.network import Network


def faults(**columns: Any) -> list[Failure]:
    given: dict[str, Any] = {"source": [0, 1], "target": [1, 2]} | columns
    with pytest.raises(ValidationError) as caught:
        FlowProblem.from_arrays(given.pop("source"), given.pop("target"), **given)
    return list(caught.value.failures)


def codes(found: list[Failure]) -> list[tuple[str, str | None, int | None, str]]:
    return [(fault.table, fault.column, fault.row, fault.code) for fault in found]


def test_ten_faults_give_ten_failures() -> None:
    found = faults(
        source=[0, 1, 5, -1],
        target=[1, 9, 0, 0],
        capacity=[-1, np.nan, 1, 1],
        unit_cost=[np.inf, 1, np.nan, 2],
        min_flow=[0, 0, -2, np.inf],
        supply=[0, 0],
        demand=[np.nan, 0],
    )
    assert codes(found) == [
        ("lanes", "source", 2, "unknown_id"),
        ("lanes", "source", 3, "unknown_id"),
        ("lanes", "target", 1, "unknown_id"),
        ("lanes", "capacity", 1, "nan"),
        ("lanes", "capacity", 0, "negative"),
        ("lanes", "unit_cost", 2, "nan"),
        ("lanes", "unit_cost", 0, "inf"),
        ("lanes", "min_flow", 3, "inf"),
        ("lanes", "min_flow", 2, "negative"),
        ("sites", "demand", 0, "nan"),
    ]


def test_every_failure_says_what_to_do() -> None:
    (fault,) = faults(capacity=[-3, 1])
    assert str(fault) == "lanes.capacity, row 0: -3.0 is negative; write 0 or more"


@pytest.mark.parametrize("column", ["capacity", "supply", "site_capacity", "unmet_cost"])
def test_no_limit_is_inf_and_minus_inf_is_a_fault(column: str) -> None:
    assert next(fault.code for fault in faults(**{column: -np.inf})) == "inf"
    FlowProblem.from_arrays([0], [1], **{column: np.inf})


@pytest.mark.parametrize("column", ["demand", "handling_cost", "min_flow"])
def test_an_infinite_amount_is_a_fault_where_it_means_nothing(column: str) -> None:
    assert {fault.code for fault in faults(**{column: np.inf})} == {"inf"}


@pytest.mark.parametrize("number", [1e300, 2.0**62, 1e16])
def test_a_huge_number_is_a_fault_that_names_the_way_out(number: float) -> None:
    (fault,) = faults(capacity=[number, 1])
    assert fault.code == "overflow"
    assert "inf for no limit" in fault.fix
    (fault,) = faults(unit_cost=[-number, 1])
    assert fault.code == "overflow"


def test_a_lane_from_a_site_to_itself_is_a_fault() -> None:
    assert codes(faults(source=[0, 1], target=[1, 1])) == [("lanes", "target", 1, "self_loop")]


def test_a_minimum_flow_above_the_capacity_is_a_fault() -> None:
    found = faults(capacity=[4, 4], min_flow=[5, 4])
    assert codes(found) == [("lanes", "min_flow", 0, "out_of_range")]


def test_columns_of_another_length_are_faults() -> None:
    found = faults(capacity=[1, 2, 3], supply=[1, 2, 3], demand=[1, 2])
    assert codes(found) == [
        ("lanes", "capacity", None, "wrong_length"),
        ("sites", "demand", None, "wrong_length"),
    ]


def test_positions_that_are_no_whole_numbers_are_a_fault() -> None:
    assert codes(faults(source=[0.5, 1.0])) == [("lanes", "source", None, "wrong_type")]
    assert codes(faults(target=["a", "b"]))[0] == ("lanes", "target", None, "wrong_type")


@pytest.mark.parametrize("values", [["many", 1], [None, 1], [[1, 2], [3, 4]], [1j, 2]])
def test_a_column_that_holds_no_numbers_is_a_fault(values: Any) -> None:
    assert [fault.column for fault in faults(capacity=values)] == ["capacity"]


def test_ids_that_stand_twice_are_a_fault() -> None:
    found = faults(site_id=["a", "b", "a"])
    assert codes(found) == [("sites", "id", 0, "duplicate_id")]


@pytest.mark.parametrize("price", ["free", -1.0, float("nan")])
def test_a_price_of_unmet_demand_must_be_a_price(price: Any) -> None:
    assert {fault.column for fault in faults(unmet_cost=price)} == {"unmet_cost"}


def test_faults_of_both_tables_come_together() -> None:
    sites = {"id": ["a", "a", "b"], "demand": [-1, 0, "x"]}
    lanes = {"source": ["a", "q"], "target": ["b", "b"], "capacity": [float("nan"), 1]}
    with pytest.raises(ValidationError) as caught:
        FlowProblem.from_frames(sites, lanes)
    found = {(fault.table, fault.column, fault.row) for fault in caught.value.failures}
    assert found == {
        ("sites", "demand", 0),
        ("sites", "demand", 2),
        ("sites", "id", 1),
        ("lanes", "source", 1),
        ("lanes", "capacity", 0),
    }


def test_the_callers_arrays_are_neither_changed_nor_kept() -> None:
    capacity = np.array([5.0, 5.0])
    problem = FlowProblem.from_arrays([0, 1], [1, 2], capacity=capacity)
    capacity[0] = -1.0
    assert problem.capacity.tolist() == [5.0, 5.0]
    assert capacity.flags.writeable


def test_the_columns_of_a_problem_cannot_be_written() -> None:
    problem = FlowProblem.from_arrays([0], [1], unmet_cost=3)
    for name in ("site_id", "source", "capacity", "demand", "unmet_cost"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(problem, name)[0] = 0


def test_one_number_stands_for_a_column() -> None:
    problem = FlowProblem.from_arrays([0, 1], [1, 2], capacity=5, demand=[0, 0, 1], unmet_cost=7)
    assert problem.capacity.tolist() == [5.0, 5.0]
    assert problem.unmet_cost.tolist() == [7.0, 7.0, 7.0]
    assert problem.site_id.tolist() == [0, 1, 2]


def test_sites_beyond_the_last_lane_are_kept() -> None:
    assert FlowProblem.from_arrays([0], [1], num_sites=4).num_sites == 4
    assert FlowProblem.from_arrays([0], [1], supply=[1, 2, 3]).num_sites == 3


def test_a_replaced_column_is_validated_again(triangle: FlowProblem) -> None:
    with pytest.raises(ValidationError, match="negative"):
        triangle.replace(demand=np.array([0.0, 0.0, -6.0]))


def test_the_fingerprint_follows_the_content(triangle: FlowProblem) -> None:
    same = triangle.replace()
    other = triangle.replace(unmet_cost=5.0)
    assert triangle.fingerprint == same.fingerprint != other.fingerprint


def test_a_problem_survives_pickling(triangle: FlowProblem) -> None:
    again = pickle.loads(pickle.dumps(triangle))
    assert again.fingerprint == triangle.fingerprint


def test_features_tell_what_an_engine_must_take() -> None:
    problem = FlowProblem.from_arrays(
        [0], [1], unit_cost=-1, min_flow=1, site_capacity=5, handling_cost=1, unmet_cost=2
    )
    assert problem.features == {
        "lower_bounds",
        "site_capacities",
        "handling_costs",
        "unmet_demand",
        "negative_costs",
    }
    assert FlowProblem.from_arrays([0], [1]).features == frozenset()


def test_tables_come_out_in_the_library_they_came_in() -> None:
    sites = pl.DataFrame({"id": ["a", "b"], "supply": [3, 0], "demand": [0, 3]})
    lanes = pl.DataFrame({"source": ["a"], "target": ["b"], "unit_cost": [2.0]})
    frame = FlowProblem.from_frames(sites, lanes).solve().to_frame("flows")
    assert isinstance(frame, pl.DataFrame)
    assert frame["cost"].to_list() == [6.0]


def test_a_network_gives_its_total_demand_or_that_of_one_commodity() -> None:
    network = Network.from_frames(
        sites={
            "id": ["plant", "dc", "shop"],
            "kind": ["plant", "warehouse", "customer"],
            "supply": [100, 0, 0],
            "capacity": [float("inf"), 50, float("inf")],
            "handling_cost": [0, 0.5, 0],
        },
        lanes={
            "source": ["plant", "dc", "dc"],
            "target": ["dc", "shop", "shop"],
            "mode": ["rail", "road", "air"],
            "unit_cost": [1.0, 2.0, 9.0],
            "distance": [100, 50, 50],
            "capacity": [float("inf"), 10, float("inf")],
        },
        demand={"site": ["shop", "shop"], "commodity": ["oil", "tea"], "demand": [8, 5]},
    )
    both = FlowProblem.from_network(network).solve()
    assert both.flow.tolist() == [13.0, 10.0, 3.0]
    assert both.cost == 13 * 1.5 + 10 * 2 + 3 * 9
    assert both.to_frame("flows")["mode"].tolist() == ["rail", "road", "air"]
    tea = FlowProblem.from_network(network, commodity="tea", unmet_cost=2.5).solve()
    assert tea.unmet.tolist() == [0.0, 0.0, 5.0]


def test_tables_that_are_not_given_are_faults() -> None:
    with pytest.raises(ValidationError) as caught:
        FlowProblem.from_frames(None, None)
    assert codes(list(caught.value.failures)) == [
        ("sites", None, None, "missing_table"),
        ("lanes", None, None, "missing_table"),
    ]
