"""Joint replenishment: against brute force, the literature, its bound and its bad input."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowopt import ValidationError
from flowopt.inventory import joint_replenishment

Numbers = list[float]


def cost_of(
    shared: float, own: Numbers, holding: Numbers, demand: Numbers, multiple: Any, interval: float
) -> float:
    return shared / interval + sum(
        k / (m * interval) + h * d * m * interval / 2
        for k, h, d, m in zip(own, holding, demand, multiple, strict=True)
    )


@pytest.mark.parametrize(
    ("name", "cost"),
    [  # what Silver's heuristic finds (stockpyl's test values)
        ("scmo_jrp_ex", 837.8544026261366),
        ("spp_jrp", 2067.650840930354),
        ("silver_jrp", 218.68632025498687),
        ("scmo_jrp_hw_1", 1028646.3597045067),
        ("scmo_jrp_hw_2", 566083.0327787611),
        ("scmo_jrp_hw_3", 9107.181781429423),
    ],
)
def test_published_groups_cost_no_more_than_by_silvers_heuristic(
    name: str, cost: float, instances: Path
) -> None:
    text = (instances / "inv/stockpyl/stockpyl_instances.json").read_text(encoding="utf-8")
    data = next(one["data"] for one in json.loads(text)["instances"] if one["name"] == name)
    found = joint_replenishment(
        data["shared_fixed_cost"],
        data["individual_fixed_costs"],
        data["holding_costs"],
        data["demand_rates"],
    )
    assert found.cost <= cost * (1 + 1e-12)
    assert found.cost >= cost * 0.99
    assert found.bound <= found.cost


positive = st.floats(0.1, 50.0)


@settings(max_examples=40, deadline=None)
@given(
    positive, st.lists(st.tuples(st.floats(0.0, 50.0), positive, positive), min_size=1, max_size=4)
)
def test_no_small_multiples_do_better(
    shared: float, items: list[tuple[float, float, float]]
) -> None:
    own, holding, demand = (list(column) for column in zip(*items, strict=True))
    found = joint_replenishment(shared, own, holding, demand)
    best = math.inf
    for choice in itertools.product(range(1, 8), repeat=len(items)):
        orders = shared + sum(k / m for k, m in zip(own, choice, strict=True))
        stock = sum(h * d * m / 2 for h, d, m in zip(holding, demand, choice, strict=True))
        best = min(best, 2 * math.sqrt(orders * stock))
    assert found.cost <= best * (1 + 1e-9)
    again = cost_of(shared, own, holding, demand, found.multiple, found.order_interval)
    assert again == pytest.approx(found.cost, rel=1e-9)
    assert found.bound <= found.cost
    powers = joint_replenishment(shared, own, holding, demand, multiples="power_of_two")
    assert powers.cost >= found.cost * (1 - 1e-12)
    assert powers.gap <= 0.0208  # Roundy 1986: no more than 2.1 % above the bound
    assert set(np.log2(powers.multiple).tolist()) <= set(map(float, range(60)))


def test_one_item_is_an_economic_order_quantity() -> None:
    found = joint_replenishment(5, [3], [0.225], [1300])
    assert found.order_quantity[0] == pytest.approx(304.0467800264368)
    assert found.cost == pytest.approx(68.41052550594829)
    assert found.gap == pytest.approx(0, abs=1e-12)


def test_groups_come_together_and_items_without_demand_stay_out() -> None:
    own, demand = [[1, 2, 3], [4, 5, 6]], [[10, 0, 30], [0, 0, 0]]
    found = joint_replenishment([10, 20], own, 0.5, demand)
    assert found.multiple.tolist() == [[1, 0, 1], [0, 0, 0]]
    assert found.order_quantity[0, 1] == 0
    assert found.order_interval[1] == math.inf
    assert found.cost[1] == found.bound[1] == found.gap[1] == 0
    alone = joint_replenishment(10, [1, 3], 0.5, [10, 30])
    assert alone.cost == pytest.approx(found.cost[0])


def test_a_tiny_shared_cost_still_ends() -> None:
    found = joint_replenishment(1e-9, [1.0, 2.7, 3.1], [1, 1, 1], [1, 1, 1])
    assert 0 <= found.gap < 1e-4


def test_multiples_too_many_to_go_through_are_good_but_no_proof() -> None:
    own, holding, demand = [1e9, 1e-2], [1e-3, 1.0], [1e-3, 100.0]
    found = joint_replenishment(1e-3, own, holding, demand)
    assert found.status == "best_found"
    assert found.gap < 1e-6
    again = cost_of(1e-3, own, holding, demand, found.multiple, found.order_interval)
    assert again == pytest.approx(found.cost, rel=1e-9)
    powers = joint_replenishment(1e-3, own, holding, demand, multiples="power_of_two")
    assert powers.status == "optimal"
    assert found.cost <= powers.cost <= 1.0208 * found.bound


@pytest.mark.parametrize(
    "changed",
    [
        {"shared_fixed_cost": 0},
        {"holding_cost": [0, 1]},
        {"demand_mean": [-1, 1]},
        {"individual_fixed_cost": [math.nan, 1]},
        {"demand_mean": [1, 1, 1]},
        {"multiples": "odd"},
    ],
    ids=str,
)
def test_arguments_that_cannot_be_used_are_named(changed: dict[str, Any]) -> None:
    sound: dict[str, Any] = {
        "shared_fixed_cost": 5,
        "individual_fixed_cost": [1, 2],
        "holding_cost": [1, 1],
        "demand_mean": [3, 4],
    }
    with pytest.raises(ValidationError):
        joint_replenishment(**(sound | changed))


def test_a_bad_group_leaves_the_others_alone() -> None:
    found = joint_replenishment(
        [10, 10, -1], [1, 3], 0.5, [[10, 30], [math.nan, 1], [1, 1]], on_bad_items="status"
    )
    assert found.status.tolist() == ["optimal", "invalid", "invalid"]
    assert np.isnan(found.cost).tolist() == [False, True, True]
    assert found.cost[0] == joint_replenishment(10, [1, 3], 0.5, [10, 30]).cost
