"""Faults of the tables of orders: all are found, all are told at once."""

from __future__ import annotations

import math
from typing import Any

import pytest

from flowopt import OrderProblem, ValidationError

ITEM: dict[str, list[Any]] = {
    "item": ["bolt", "pump"],
    "demand_mean": [100.0, 2.0],
    "demand_sd": [20.0, 2.0],
    "lead_time": [2.0, 4.0],
    "holding_cost": [0.1, 0.8],
    "stockout_cost": [1.0, 9.0],
}


def faults(items: Any = ITEM, limits: Any = None, **options: Any) -> list[tuple[str, str, str]]:
    with pytest.raises(ValidationError) as caught:
        OrderProblem.from_frames(items, limits, **options)
    assert all(failure.fix and failure.message for failure in caught.value.failures)
    return [(f.table, str(f.column), f.code) for f in caught.value.failures]


@pytest.mark.parametrize(
    ("column", "values", "code"),
    [
        ("demand_mean", [-1.0, 2.0], "negative"),
        ("demand_mean", [math.nan, 2.0], "nan"),
        ("demand_mean", [0.0, 2.0], "sd_without_mean"),
        ("lead_time", [math.nan, 4.0], "nan"),
        ("holding_cost", [0.0, 0.8], "out_of_range"),
        ("holding_cost", [1e-300, 0.8], "out_of_range"),
        ("stockout_cost", [-1.0, 0.8], "negative"),
        ("pack_size", [0.0, 1.0], "out_of_range"),
        ("review_period", [0.0, 1.0], "out_of_range"),
        ("item", ["bolt", "bolt"], "duplicate_id"),
        ("distribution", ["weibull", "auto"], "unknown_choice"),
        ("demand_sd", [1e6, 2.0], "out_of_range"),
    ],
)
def test_a_fault_of_an_item_is_named(column: str, values: list[Any], code: str) -> None:
    assert code in {found[2] for found in faults(ITEM | {column: values})}


def test_all_faults_are_told_at_once() -> None:
    bad = ITEM | {"demand_mean": [-1.0, 2.0], "lead_time": [2.0, math.nan], "pack_size": [1, -2]}
    assert {found[1] for found in faults(bad)} == {"demand_mean", "lead_time", "pack_size"}


@pytest.mark.parametrize(
    ("limit", "code"),
    [
        ({"limit": ["budget"]}, "no_single_size"),
        ({"limit": ["budget"], "capacity": [5], "container_size": [2]}, "no_single_size"),
        ({"limit": ["budget"], "container_size": [2.0]}, "no_single_size"),
        (
            {"limit": ["volume"], "container_size": [2.0], "num_containers": [1.5]},
            "out_of_range",
        ),
        ({"limit": ["budget"], "capacity": [-5.0]}, "negative"),
        ({"limit": ["pallets"], "capacity": [5.0]}, "missing_value"),
        ({"limit": ["pallets"], "uses": ["pallets"], "capacity": [5.0]}, "unknown_column"),
        ({"limit": ["budget"], "supplier": ["X"], "capacity": [5.0]}, "unknown_id"),
        ({"limit": ["budget", "budget"], "capacity": [5.0, 6.0]}, "duplicate_id"),
    ],
    ids=str,
)
def test_a_fault_of_a_limit_is_named(limit: dict[str, list[Any]], code: str) -> None:
    assert code in {found[2] for found in faults(limits=limit)}


@pytest.mark.parametrize("budget", [-1.0, math.nan, math.inf, "much"])
def test_a_budget_that_is_none_is_named(budget: Any) -> None:
    assert faults(budget=budget)


def test_a_budget_given_twice_is_named() -> None:
    limits = {"limit": ["budget"], "capacity": [5.0]}
    assert ("limits", "limit", "duplicate_id") in faults(limits=limits, budget=7.0)


def test_no_items_are_no_fault() -> None:
    none = {name: [] for name in ITEM}
    solution = OrderProblem.from_frames(none, budget=5.0).solve()
    assert (solution.cost, len(solution.quantity)) == (0.0, 0)
