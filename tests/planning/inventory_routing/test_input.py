"""Inventory routing: what comes in, and every fault of it at once."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flowopt import InventoryRoutingProblem, ValidationError
from flowopt.core.tables import make_frame
from flowopt.io.irp import read_irp

Columns = dict[str, Any]

CUSTOMERS: Columns = {
    "id": ["Ada", "Bob"],
    "x": [3.0, 0.0],
    "y": [4.0, 2.0],
    "initial_stock": [5.0, 6.0],
    "max_stock": [10.0, 12.0],
    "demand": [4.0, 3.0],
}
DEPOT: Columns = {"x": 0.0, "y": 0.0, "initial_stock": 20.0, "supply": 5.0}
FLEET: Columns = {"num_available": 2, "capacity": 12.0}
FILE = "3 2 50 1\n0 0 0 90 40 0.3\n1 3 4 10 20 0 10 0.1\n2 6 8 5 20 0 5 0.2\n"


def problem(**changes: Any) -> InventoryRoutingProblem:
    parts: Columns = {"customers": CUSTOMERS, "depot": DEPOT, "vehicles": FLEET, "periods": 3}
    for name, value in changes.items():
        both = isinstance(value, dict) and isinstance(parts.get(name), dict)
        parts[name] = parts[name] | value if both else value
    return InventoryRoutingProblem.from_frames(**parts)


def faults(**changes: Any) -> list[tuple[str, str | None, int | None, str]]:
    with pytest.raises(ValidationError) as caught:
        problem(**changes)
    assert all(fault.fix for fault in caught.value.failures)
    return [(f.table, f.column, f.row, f.code) for f in caught.value.failures]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"customers": {"demand": [4, -3]}}, ("customers", "demand", 1, "negative")),
        ({"customers": {"demand": [4, math.inf]}}, ("customers", "demand", 1, "inf")),
        ({"customers": {"demand": [None, 3]}}, ("customers", "demand", 0, "missing")),
        ({"customers": {"id": ["Ada", "Ada"]}}, ("customers", "id", 1, "duplicate_id")),
        ({"customers": {"min_stock": [11, 0]}}, ("customers", "min_stock", 0, "wrong_order")),
        (
            {"customers": {"initial_stock": [5, 13]}},
            ("customers", "initial_stock", 1, "wrong_order"),
        ),
        ({"customers": {"demand": [11, 3]}}, ("customers", "max_stock", 0, "out_of_range")),
        ({"customers": {"x": [3, None]}}, ("customers", "x", 1, "missing")),
        ({"vehicles": {"num_available": 0}}, ("vehicles", "num_available", 0, "out_of_range")),
        ({"vehicles": {"capacity": [1.0, 2.0]}}, ("vehicles", None, None, "wrong_length")),
        ({"depot": {"x": [0.0, 1.0], "id": ["a", "b"]}}, ("depot", None, None, "wrong_length")),
        (
            {"depot": {"supply": math.inf, "holding_cost": 1}},
            ("depot", "holding_cost", 0, "out_of_range"),
        ),
        ({"periods": 0}, ("from_frames", "periods", None, "wrong_length")),
        ({"periods": ["a", "a"]}, ("from_frames", "periods", None, "wrong_length")),
        ({"metric": "crow"}, ("from_frames", "metric", None, "unknown_metric")),
        ({"policy": "none"}, ("from_frames", "policy", None, "unknown_policy")),
        (
            {"policy": "order_up_to", "customers": {"max_stock": [10, None]}},
            ("customers", "max_stock", 1, "infinite"),
        ),
        (
            {"demand": {"customer": ["Eve"], "period": [1], "demand": [1]}},
            ("demand", "customer", 0, "unknown_id"),
        ),
        (
            {"demand": {"customer": ["Bob"], "period": [7], "demand": [1]}},
            ("demand", "period", 0, "unknown_id"),
        ),
        ({"supply": {"period": [9], "supply": [1]}}, ("supply", "period", 0, "unknown_id")),
        (
            {"distance_matrix": [[0, 1, math.inf], [1, 0, 1], [1, 1, 0]]},
            ("customers", "id", 1, "no_way"),
        ),
        ({"distance_matrix": [[0, 1], [1, 0]]}, ("distance_matrix", None, None, "wrong_shape")),
    ],
    ids=str,
)
def test_a_fault_is_named(changes: Columns, fault: tuple[str, str | None, int | None, str]) -> None:
    assert faults(**changes) == [fault]


def test_all_faults_are_listed_at_once() -> None:
    found = faults(
        customers={"demand": [-1, 3], "max_stock": [10, -2]}, vehicles={"capacity": -5}, periods=0
    )
    assert {place[:2] for place in found} >= {
        ("customers", "demand"),
        ("customers", "max_stock"),
        ("vehicles", "capacity"),
        ("from_frames", "periods"),
    }


def test_places_on_the_earth_are_as_far_apart_as_great_circles_with_a_detour() -> None:
    places = {"lat": [48.9, 45.8], "lon": [2.4, 4.8]}
    customers = {key: cells for key, cells in CUSTOMERS.items() if key not in ("x", "y")} | places
    made = InventoryRoutingProblem.from_frames(
        customers, {"lat": 47.0, "lon": 3.0}, FLEET, periods=2
    )
    assert made.points is not None
    assert made.points.geographic
    assert 250 < made.distance[0, 1] < 350


def test_ways_may_come_as_a_table() -> None:
    ways = {"source": ["depot", "depot", "Ada"], "target": ["Ada", "Bob", "Bob"]}
    back = {"source": ways["target"], "target": ways["source"]}
    table = {key: ways[key] + back[key] for key in ways} | {"distance": [5, 2, 4, 5, 2, 4]}
    made = problem(distance_matrix=table)
    assert made.distance.tolist() == [[0, 5, 2], [5, 0, 4], [2, 4, 0]]


def test_without_periods_those_of_the_demand_are_taken_in_order() -> None:
    demand = {"customer": ["Bob", "Ada", "Bob"], "period": [2, 1, 1], "demand": [1, 2, 3]}
    made = problem(periods=None, demand=demand)
    assert made.period_id.tolist() == [1, 2]
    assert made.demand.tolist() == [[2, 4], [3, 1]]


def test_frames_of_the_caller_are_not_changed() -> None:
    table = make_frame(CUSTOMERS, "pandas")
    before = table.copy()
    problem(customers=table).solve(iteration_limit=5, workers=1)
    assert table.equals(before)


def test_a_changed_copy_is_validated() -> None:
    made = problem()
    with pytest.raises(ValidationError):
        made.replace(supply=np.array([1.0]))
    assert made.replace(policy="order_up_to").features == {"order_up_to"}


# ---- files


def test_a_file_is_read_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "tiny.dat"
    path.write_text(FILE)
    made = InventoryRoutingProblem.from_file(path)
    assert made.distance.tolist() == [[0, 5, 10], [5, 0, 5], [10, 5, 0]]
    assert made.demand.tolist() == [[10, 10], [5, 5]]
    assert (made.num_vehicles, made.capacity, made.available.tolist()) == (1, 50, [130, 170])


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("3 2 50 1", "3 2 50", "wrong_width"),
        ("3 2 50 1", "3 2.5 50 1", "out_of_range"),
        ("3 2 50 1", "4 2 50 1", "wrong_length"),
        ("90 40", "90 x", "not_a_number"),
        ("20 0 5 0.2", "20 0 5", "wrong_width"),
    ],
)
def test_a_broken_file_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, code: str
) -> None:
    path = tmp_path / "broken.dat"
    path.write_text(FILE.replace(old, new))
    with pytest.raises(ValidationError) as caught:
        read_irp(path)
    assert [failure.code for failure in caught.value.failures] == [code]
