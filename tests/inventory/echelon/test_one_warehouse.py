"""One warehouse and its retailers: against brute force, serial systems, simulation."""

from __future__ import annotations

import heapq
import itertools
import math
from typing import Any

import numpy as np
import pytest

from flowopt import ValidationError
from flowopt.inventory import (
    one_warehouse_base_stock,
    one_warehouse_performance,
    serial_base_stock,
)

SYSTEM: dict[str, Any] = {
    "warehouse_holding_cost": 1,
    "warehouse_lead_time": 1.5,
    "holding_cost": [1.4, 2],
    "lead_time": [1, 0.5],
    "demand_mean": [0.6, 1.1],
    "stockout_cost": [12, 20],
}


def test_the_levels_are_the_best_of_all_small_ones() -> None:
    best = one_warehouse_base_stock(**SYSTEM)
    every = np.array(list(itertools.product(range(9), range(8), range(8))))
    costs = one_warehouse_performance(every[:, 0], every[:, 1:], **SYSTEM).cost
    assert best.cost == pytest.approx(costs.min(), rel=1e-12)
    assert [best.warehouse_level, *best.base_stock_level] == every[costs.argmin()].tolist()


@pytest.mark.parametrize("price", [2.0, 9.0, 60.0])
@pytest.mark.parametrize("times", [(1.0, 2.0), (3.0, 0.5), (0.0, 1.0), (2.0, 0.0)], ids=str)
def test_one_retailer_is_a_serial_system(price: float, times: tuple[float, float]) -> None:
    found = one_warehouse_base_stock(1, times[0], [2.5], [times[1]], [3], [price])
    serial = serial_base_stock(
        [1, 2.5], times, 3, None, price, review_period=0, distribution="poisson"
    )
    assert found.cost == pytest.approx(serial.cost, rel=1e-12)


def simulated(levels: list[int], system: dict[str, Any], horizon: float) -> tuple[float, list]:
    """Return cost per period and fill rates of a simulation, event by event."""
    rng = np.random.default_rng(3)
    demand, lead = system["demand_mean"], system["lead_time"]
    num, on_hand, on_way = len(demand), list(levels), 0
    waiting: list[int] = []  # retailers that the warehouse owes a unit, first come first served
    events = [(rng.exponential(1 / rate), "demand", i) for i, rate in enumerate(demand)]
    heapq.heapify(events)
    clock, cost, met, came = 0.0, 0.0, [0] * num, [0] * num

    def send(now: float, retailer: int) -> int:
        heapq.heappush(events, (now + lead[retailer], "arrival", retailer))
        return 1

    while clock < horizon:
        now, kind, who = heapq.heappop(events)
        held = system["warehouse_holding_cost"] * (max(on_hand[0], 0) + on_way)
        for i in range(num):
            stock = on_hand[i + 1]
            rate = system["holding_cost"][i] if stock > 0 else -system["stockout_cost"][i]
            held += rate * stock
        cost += held * (now - clock)
        clock = now
        if kind == "demand":
            came[who] += 1
            met[who] += on_hand[who + 1] > 0
            on_hand[who + 1] -= 1
            heapq.heappush(events, (now + rng.exponential(1 / demand[who]), "demand", who))
            heapq.heappush(events, (now + system["warehouse_lead_time"], "supply", 0))
            if on_hand[0] > 0:
                on_hand[0] -= 1
                on_way += send(now, who)
            else:
                waiting.append(who)
        elif kind == "supply":
            if waiting:
                on_way += send(now, waiting.pop(0))
            else:
                on_hand[0] += 1
        else:
            on_way -= 1
            on_hand[who + 1] += 1
    return cost / clock, [m / c for m, c in zip(met, came, strict=True)]


@pytest.mark.parametrize("levels", [[0, 3, 3], [2, 2, 2]], ids=str)
def test_a_simulation_finds_the_cost_and_the_fill_rates(levels: list[int]) -> None:
    now = one_warehouse_performance(levels[0], levels[1:], **SYSTEM)
    cost, fill = simulated(levels, SYSTEM, 40_000.0)
    assert cost == pytest.approx(now.cost, rel=0.015)
    assert fill == pytest.approx(now.fill_rate.tolist(), abs=0.01)


def test_approximations_are_near_and_exact_without_a_wait() -> None:
    exact = one_warehouse_performance(1, [3, 4], **SYSTEM)
    near = one_warehouse_performance(1, [3, 4], **SYSTEM, method="two_moment")
    rough = one_warehouse_performance(1, [3, 4], **SYSTEM, method="metric")
    assert abs(near.cost - exact.cost) < abs(rough.cost - exact.cost)
    assert near.cost == pytest.approx(exact.cost, rel=0.02)
    for method in ("two_moment", "metric"):
        plenty = one_warehouse_performance(99, [3, 4], **SYSTEM, method=method)
        assert plenty.cost == pytest.approx(
            one_warehouse_performance(99, [3, 4], **SYSTEM).cost, rel=1e-12
        )


def test_a_batch_gives_what_each_item_gives_alone() -> None:
    rng = np.random.default_rng(4)
    many = {
        "warehouse_holding_cost": rng.uniform(0.2, 1, 6),
        "warehouse_lead_time": rng.uniform(0, 4, 6),
        "holding_cost": rng.uniform(1, 3, (6, 3)),
        "lead_time": rng.uniform(0, 2, (6, 3)),
        "demand_mean": rng.uniform(0, 4, (6, 3)),
        "stockout_cost": 25.0,
    }
    together = one_warehouse_base_stock(**many)
    for item in (0, 5):
        one = {k: v[item] if np.ndim(v) else v for k, v in many.items()}
        alone = one_warehouse_base_stock(**one)
        assert alone.cost == together.cost[item]
        assert alone.base_stock_level.tolist() == together.base_stock_level[item].tolist()


def test_free_stock_at_the_warehouse_lets_nobody_wait() -> None:
    found = one_warehouse_base_stock(**(SYSTEM | {"warehouse_holding_cost": 0}))
    assert found.warehouse_backorders < 1e-9


def test_without_demand_there_is_no_stock() -> None:
    found = one_warehouse_base_stock(**(SYSTEM | {"demand_mean": [0, 0]}))
    assert found.warehouse_level == 0
    assert found.base_stock_level.tolist() == [0, 0]
    assert found.fill_rate.tolist() == [1, 1]
    assert found.cost == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"warehouse_lead_time": -1},
        {"holding_cost": [0, 1]},
        {"demand_mean": [math.nan, 1]},
        {"demand_mean": [1, 1, 1]},
        {"demand_mean": [3000, 3000]},
        {"method": "guess"},
        {"stockout_cost": 0},
        dict.fromkeys(("holding_cost", "lead_time", "demand_mean", "stockout_cost"), 1),
    ],
    ids=str,
)
def test_arguments_that_cannot_be_used_are_named(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        one_warehouse_base_stock(**(SYSTEM | changed))


def test_many_units_on_order_are_left_to_an_approximation() -> None:
    found = one_warehouse_base_stock(
        **(SYSTEM | {"demand_mean": [2000, 1000]}), method="two_moment"
    )
    assert found.warehouse_level > 4000


def test_levels_are_whole() -> None:
    with pytest.raises(ValidationError, match="whole"):
        one_warehouse_performance(1.5, [1, 2], **SYSTEM)


def test_a_bad_item_leaves_the_others_alone() -> None:
    demand = [[0.6, 1.1], [-1, 1], [0, 0]]
    found = one_warehouse_base_stock(**(SYSTEM | {"demand_mean": demand}), on_bad_items="status")
    assert found.status.tolist() == ["optimal", "invalid", "no_demand"]
    assert found.warehouse_level[1] == -1
    assert np.isnan(found.cost[1])
    assert found.cost[0] == one_warehouse_base_stock(**SYSTEM).cost
