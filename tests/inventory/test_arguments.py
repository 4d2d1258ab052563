"""Arguments that are no columns at all: told as faults by every textbook function."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from flowopt import inventory
from flowopt.core.errors import ValidationError

SERIAL: dict[str, Any] = {
    "holding_cost": [2, 4, 7],
    "lead_time": [2, 1, 1],
    "demand_mean": 5,
    "demand_sd": 1,
    "stockout_cost": 37,
}
WAREHOUSE: dict[str, Any] = {
    "warehouse_holding_cost": 1,
    "warehouse_lead_time": 2,
    "holding_cost": [1, 2],
    "lead_time": [1, 2],
    "demand_mean": [1, 2],
    "stockout_cost": 20,
}
JOINT: dict[str, Any] = {
    "shared_fixed_cost": 10,
    "individual_fixed_cost": [1, 2],
    "holding_cost": [1, 1],
    "demand_mean": [5, 6],
}
LOTS: dict[str, Any] = {"demand": [3, 0, 4], "fixed_cost": 5, "holding_cost": 1}
EOQ: dict[str, Any] = {"fixed_cost": 8, "holding_cost": 1, "demand_rate": 9}
REVIEW: dict[str, Any] = {
    "fixed_cost": 8,
    "holding_cost": 1,
    "stockout_cost": 5,
    "demand_mean": 9,
    "demand_sd": 3,
}
RAGGED = [[1, 2], [3]]


def _ragged() -> list[Any]:
    calls: list[tuple[Any, dict[str, Any], str]] = [
        (inventory.serial_base_stock, SERIAL, name) for name in ("holding_cost", "demand_mean")
    ]
    calls += [(inventory.one_warehouse_base_stock, WAREHOUSE, name) for name in WAREHOUSE]
    calls += [(inventory.joint_replenishment, JOINT, name) for name in JOINT]
    calls += [(inventory.economic_order_quantity, EOQ, name) for name in EOQ]
    calls += [(inventory.wagner_whitin, LOTS, name) for name in (*LOTS, "initial_stock")]
    return calls


@pytest.mark.parametrize(("function", "arguments", "name"), _ragged())
@pytest.mark.parametrize("on_bad_items", ["raise", "status"])
def test_rows_of_different_lengths_are_a_fault_of_the_argument(
    function: Any, arguments: dict[str, Any], name: str, on_bad_items: str
) -> None:
    given = {**arguments, name: RAGGED}
    with pytest.raises(ValidationError) as caught:
        function(**given, on_bad_items=on_bad_items)
    assert {failure.column for failure in caught.value.failures} == {name}


@pytest.mark.parametrize("value", [[1, 2], {"any"}, np.array(["any", "x"]), None, 1.5])
@pytest.mark.parametrize(
    ("function", "arguments", "option"),
    [
        (inventory.one_warehouse_base_stock, WAREHOUSE, "method"),
        (inventory.joint_replenishment, JOINT, "multiples"),
        (inventory.joint_replenishment, JOINT, "on_bad_items"),
        (inventory.economic_order_quantity, EOQ, "on_bad_items"),
        (inventory.wagner_whitin, LOTS, "on_bad_items"),
        (inventory.approximate_continuous_review, REVIEW, "method"),
        (
            inventory.eoq_with_yield,
            {**EOQ, "yield_mean": 0.9, "yield_sd": 0.1},
            "kind",
        ),
        (
            inventory.newsvendor_with_yield,
            {
                "holding_cost": 1,
                "stockout_cost": 5,
                "demand_rate": 9,
                "yield_mean": 0.9,
                "yield_sd": 0.1,
            },
            "yield_distribution",
        ),
        (
            inventory.eoq_with_discounts,
            {
                "fixed_cost": 8,
                "holding_cost_rate": 0.3,
                "demand_rate": 1300,
                "breakpoints": [0, 400],
                "unit_costs": [0.75, 0.7],
            },
            "kind",
        ),
        (
            inventory.eoq_with_disruptions,
            {**EOQ, "stockout_cost": 5, "disruption_rate": 1.5, "recovery_rate": 14},
            "approximate",
        ),
    ],
)
def test_an_option_of_any_other_kind_is_unknown(
    function: Any, arguments: dict[str, Any], option: str, value: Any
) -> None:
    with pytest.raises(ValidationError) as caught:
        function(**arguments, **{option: value})
    assert [(failure.column, failure.code) for failure in caught.value.failures] == [
        (option, "unknown_choice")
    ]


def test_no_systems_have_no_levels() -> None:
    found = inventory.serial_base_stock(**{**SERIAL, "demand_mean": []})
    assert found.base_stock_level.shape == (0, 3)
    assert found.cost.shape == (0,)
    played = inventory.serial_performance([22, 12, 6], **{**SERIAL, "demand_mean": []})
    assert played.mean_stock.shape == (0, 3)


def test_levels_that_are_no_numbers_are_a_fault() -> None:
    with pytest.raises(ValidationError, match="echelon_base_stock_level: is no array of numbers"):
        inventory.serial_performance(["high", 12, 6], **SERIAL)


def test_no_warehouses_and_no_groups_have_no_levels() -> None:
    found = inventory.one_warehouse_base_stock(**{**WAREHOUSE, "warehouse_lead_time": []})
    assert found.base_stock_level.shape == (0, 2)
    joint = inventory.joint_replenishment(**{**JOINT, "shared_fixed_cost": []})
    assert joint.order_quantity.shape == (0, 2)


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (
            lambda: inventory.eoq_with_discounts(
                8, 0.3, [1300, 900], [0, 400], [1, -1], on_bad_items="status"
            ),
            "unit_costs",
        ),
        (
            lambda: inventory.eoq_with_discounts(
                8, 0.3, 90, [0, 0], [[2, 1], [3, 1]], on_bad_items="status"
            ),
            "breakpoints",
        ),
        (
            lambda: inventory.newsvendor(
                1, [9, 3], demand_samples=[1, -1, 3], on_bad_items="status"
            ),
            "demand_samples",
        ),
        (
            lambda: inventory.periodic_review(
                5, 1, [9, 3], demand_probabilities=[0.5, 0.7], on_bad_items="status"
            ),
            "demand_probabilities",
        ),
    ],
)
def test_a_fault_in_the_row_that_all_items_share_is_not_that_of_the_first_alone(
    call: Any, argument: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        call()
    assert argument in {failure.column for failure in caught.value.failures}
