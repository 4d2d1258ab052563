"""Reading tables and arrays of lot sizing: what is accepted, and every fault of what is not."""

import numpy as np
import pytest

from flowopt import ValidationError
from flowopt.inventory import LotSizingProblem


def faults(make):
    with pytest.raises(ValidationError) as caught:
        make()
    return [(fault.table, fault.column, fault.row, fault.code) for fault in caught.value.failures]


def test_tables_become_the_same_problem_as_arrays():
    framed = LotSizingProblem.from_frames(
        {"item": ["a", "b"], "fixed_cost": [90, 60], "holding_cost": [1, 0.8],
         "setup_time": [10, 5], "resource": ["line", "line"], "initial_stock": [5, 0]},
        {"item": ["a", "a", "b", "b"], "period": [1, 2, 1, 2], "demand": [40, 60, 30, 20],
         "holding_cost": [None, 3.0, None, None]},
        {"resource": ["line", "line"], "period": ["", "2"], "capacity": [110, 90]},
    )  # fmt: skip
    same = LotSizingProblem.from_arrays(
        [[40, 60], [30, 20]], item_id=["a", "b"], period_id=[1, 2], resource_id=["line"],
        fixed_cost=[90, 60], holding_cost=[[1, 3], [0.8, 0.8]], setup_time=[10, 5],
        initial_stock=[5, 0], capacity=[[110, 90]],
    )  # fmt: skip
    assert framed.fingerprint == same.fingerprint


def test_usage_takes_several_resources():
    problem = LotSizingProblem.from_frames(
        {"item": ["a"]},
        {"item": ["a"], "period": [1], "demand": [4]},
        {"resource": ["saw", "oven"], "capacity": [9, 20]},
        usage={"item": ["a", "a"], "resource": ["saw", "oven"], "unit_time": [1, 3]},
    )
    assert problem.unit_time.tolist() == [[1.0, 3.0]]
    assert problem.capacity.tolist() == [[9.0], [20.0]]


def test_every_fault_of_the_tables_is_listed_at_once():
    found = faults(
        lambda: LotSizingProblem.from_frames(
            {"item": ["a", "a"], "fixed_cost": [1, -5], "resource": ["saw", ""]},
            {"item": ["a", "x"], "period": [1, 1], "demand": [-3, None]},
            {"resource": ["oven"], "period": ["9"], "capacity": [-1]},
            components={"item": ["a"], "component": ["y"], "quantity": [0]},
        )
    )
    assert set(found) == {
        ("items", "item", 1, "duplicate_id"),
        ("items", "fixed_cost", 1, "negative"),
        ("items", "resource", 0, "unknown_id"),
        ("demand", "item", 1, "unknown_id"),
        ("demand", "demand", 0, "negative"),
        ("demand", "demand", 1, "missing"),
        ("capacity", "period", 0, "unknown_id"),
        ("capacity", "capacity", 0, "negative"),
        ("components", "component", 0, "unknown_id"),
        ("components", "quantity", 0, "out_of_range"),
    }


@pytest.mark.parametrize(
    ("columns", "fault"),
    [
        ({"min_order_quantity": 9, "max_order_quantity": 5}, ("min_order_quantity", 0)),
        ({"min_stock": 9, "max_stock": 5}, ("min_stock", 0)),
        (
            {"pack_size": [6, 6], "min_order_quantity": 7, "max_order_quantity": 11},
            ("pack_size", 0),
        ),
        ({"lead_time": [0, 1.5]}, ("lead_time", 1)),
        ({"lead_time": [0, np.nan]}, ("lead_time", 1)),
        ({"holding_cost": [[1, 1], [1, np.nan]]}, ("holding_cost", 1)),
        ({"capacity": -4}, ("capacity", 0)),
        ({"unit_cost": np.ones((3, 2))}, ("unit_cost", None)),
        ({"component_of": [0, 1], "component": [1, 0]}, ("component", 0)),
        ({"component_of": [0], "component": [7]}, ("component", 0)),
        ({"item_id": ["a", "a"]}, ("id", 1)),
        ({"fixed_cost": np.inf}, ("fixed_cost", 0)),
    ],
    ids=lambda part: str(part)[:40],
)
def test_what_cannot_be_is_named(columns, fault):
    found = faults(lambda: LotSizingProblem.from_arrays([[1, 2], [3, 4]], **columns))
    assert (found[0][1], found[0][2]) == fault


def test_a_table_of_three_dimensions_and_unknown_words_are_refused():
    assert faults(lambda: LotSizingProblem.from_arrays(np.ones((2, 2, 2))))[0][3] == "wrong_length"
    assert faults(lambda: LotSizingProblem.from_arrays(np.zeros((0, 3))))[0][3] == "empty"
    with pytest.raises(TypeError, match="setup_costs"):
        LotSizingProblem.from_arrays([1, 2], setup_costs=3)


def test_the_callers_arrays_stay_theirs():
    demand = np.array([[3.0, 4.0]])
    problem = LotSizingProblem.from_arrays(demand, fixed_cost=5, holding_cost=1)
    demand[:] = 0
    assert problem.demand.tolist() == [[3.0, 4.0]]
    with pytest.raises(ValueError, match="read-only"):
        problem.demand[0, 0] = 1.0


def test_periods_come_in_the_order_that_is_asked_for():
    demand = {"item": ["a", "a"], "period": ["Mon", "Tue"], "demand": [1, 2]}
    problem = LotSizingProblem.from_frames({"item": ["a"]}, demand, periods=["Tue", "Mon", "Wed"])
    assert problem.demand.tolist() == [[2.0, 1.0, 0.0]]
