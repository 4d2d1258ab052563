"""Orders that policies ask for, cut to a budget."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from flowopt import FlowoptWarning, OrderProblem, ReplenishmentProblem, ValidationError
from flowopt.core.tables import make_frame

ITEMS: dict[str, list[Any]] = {
    "item": ["bolt", "pump", "steady"],
    "demand_mean": [50.0, 2.0, 10.0],
    "demand_sd": [15.0, 3.0, 0.0],
    "lead_time": [2.0, 4.0, 1.0],
    "unit_cost": [4.0, 90.0, 3.0],
    "holding_cost": [0.04, 0.9, 0.03],
    "cycle_service_level": [0.99, 0.9, 0.95],
    "on_hand": [60.0, 3.0, 5.0],
}


def test_without_limits_the_orders_are_those_of_the_policies() -> None:
    policies = ReplenishmentProblem.from_frames(ITEMS).solve()
    orders = OrderProblem.from_replenishment(policies).solve()
    assert np.abs(orders.quantity - policies.order).max() <= 1


def test_a_budget_cuts_them_and_own_columns_can_be_limited() -> None:
    table = make_frame(ITEMS | {"pallets": [0.01, 0.2, 0.0], "note": ["a", "b", "c"]}, "polars")
    with pytest.warns(FlowoptWarning, match="pallets, note"):
        policies = ReplenishmentProblem.from_frames(table).solve()
    limits = {"limit": ["truck"], "uses": ["pallets"], "capacity": [2.0]}
    orders = OrderProblem.from_replenishment(policies, limits, budget=900.0).solve()
    assert (orders.used <= [2.0, 900.0]).all()
    assert orders.quantity.sum() < policies.order.sum()
    assert type(orders.to_frame()).__module__.startswith("polars")


def test_a_stockout_cost_can_be_given() -> None:
    policies = ReplenishmentProblem.from_frames(ITEMS).solve()
    orders = OrderProblem.from_replenishment(policies, stockout_cost=0.0).solve()
    assert orders.quantity.tolist() == [0.0, 0.0, 0.0]


def test_items_without_a_holding_cost_are_named() -> None:
    free = {name: values for name, values in ITEMS.items() if name != "holding_cost"}
    policies = ReplenishmentProblem.from_frames(free).solve()
    with pytest.raises(ValidationError, match="holding_cost"):
        OrderProblem.from_replenishment(policies)
