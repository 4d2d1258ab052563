"""What a plan tells, on networks small enough to be computed by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import flowopt as fo
from flowopt import Network, ValidationError
from flowopt.flow import FlowProblem, FlowSolution
from flowopt.inventory import ReplenishmentProblem, ReplenishmentSolution
from flowopt.kpi import Indicators, from_plan
from flowopt.routing import RoutingProblem, RoutingSolution

# A plant feeds a warehouse, which serves Ada and Bob; Cid is served by the plant itself.
SITES: dict[str, Any] = {
    "id": ["plant", "store", "Ada", "Bob", "Cid"],
    "kind": ["plant", "warehouse", "customer", "customer", "customer"],
    "lat": [0.0, 0.0, 0.0, 0.0, 0.0],
    "lon": [0.0, 1.0, 1.1, 1.2, 0.3],
    "supply": [100, 0, 0, 0, 0],
    "fixed_cost": [30, 12, 0, 0, 0],
    "handling_cost": [0.0, 0.5, 0, 0, 0],
}
LANES: dict[str, Any] = {
    "source": ["plant", "store", "store", "plant", "plant"],
    "target": ["store", "Ada", "Bob", "Cid", "Bob"],
    "unit_cost": [1.0, 2.0, 3.0, 4.0, 99.0],
    "lead_time": [5, 1, 2, 4, 9],
    "fixed_cost": [7, 1, 2, 0, 500],
}
DEMAND: dict[str, Any] = {"site": ["Ada", "Bob", "Cid"], "demand": [10, 20, 5]}


def make(
    sites: dict[str, Any] = SITES, lanes: dict[str, Any] = LANES, demand: dict[str, Any] = DEMAND
) -> tuple[Network, FlowSolution]:
    network = Network.from_frames(sites, lanes, demand)
    return network, FlowProblem.from_network(network, unmet_cost=1000.0).solve()


def policies(site: str = "store", **columns: Any) -> ReplenishmentSolution:
    items = {
        "item": ["goods"],
        "site": [site],
        "demand_mean": [30.0],
        "demand_sd": [6.0],
        "lead_time": [5],
        "fill_rate": [0.9],
        "holding_cost": [0.1],
        "fixed_cost": [14.0],
        "unit_cost": [8.0],
    }
    return ReplenishmentProblem.from_frames(items | columns).solve()


def rounds_of(clients: dict[str, Any], capacity: float = 100.0) -> RoutingSolution:
    return RoutingProblem.from_frames(
        clients | {"lat": [0.0] * len(clients["id"]), "lon": [1.1] * len(clients["id"])},
        {"id": ["van"], "num_available": [3], "capacity": [capacity], "fixed_cost": [50.0]},
        {"id": ["store"], "lat": [0.0], "lon": [1.0]},
        speed=50,
    ).solve(time_limit=0.5, workers=1)


@pytest.fixture(scope="module")
def parts() -> tuple[Network, FlowSolution]:
    return make()


def tell(parts: tuple[Network, FlowSolution], **more: Any) -> Indicators:
    return from_plan(network=parts[0], flow=parts[1], **more)


# ---- allocation alone


def test_an_allocation_tells_service_lead_time_and_cost(
    parts: tuple[Network, FlowSolution],
) -> None:
    found = tell(parts)
    assert found["service_rate"].value == 1.0
    assert "stock-outs are not counted" in found["service_rate"].note
    assert found["delivery_lead_time"].value == (10 * 1 + 20 * 2 + 5 * 4) / 35
    assert found["delivery_lead_time"].breakdown == {"p50": 2.0, "p90": 4.0, "p95": 4.0}
    cost = found["cost_per_unit"]
    assert cost.numerator == pytest.approx(30 + 20 + 60 + 20 + 15 + (42 + 10))
    assert cost.denominator == 35
    assert cost.breakdown == pytest.approx(
        {"transport": 130 / 35, "handling": 15 / 35, "fixed": 52 / 35}
    )
    assert {indicator.source for indicator in found.values()} == {"plan"}
    assert all(indicator.trend == () for indicator in found.values())


def test_a_plan_cannot_tell_quality_nor_stock_without_policies(
    parts: tuple[Network, FlowSolution],
) -> None:
    found = tell(parts)
    assert math.isnan(found["non_conformity_rate"].value)
    assert found["non_conformity_rate"].note == "a plan cannot tell what will go wrong"
    assert math.isnan(found["stock_level"].value)
    assert found["stock_level"].note == "no stock was planned"


def test_without_fixed_costs_the_cost_is_that_of_the_flow() -> None:
    free = make(SITES | {"fixed_cost": [0] * 5}, LANES | {"fixed_cost": [0] * 5})
    assert tell(free)["cost_per_unit"].numerator == pytest.approx(free[1].cost)


def test_unmet_demand_lowers_service_and_costs_nothing() -> None:
    short = make(SITES | {"supply": [21, 0, 0, 0, 0]})  # Bob, the dearest to serve, gets 6
    found = tell(short)
    assert found["service_rate"].numerator == pytest.approx(21)
    assert found["service_rate"].denominator == 35
    assert found["service_rate"].breakdown["allocated"] == pytest.approx(21 / 35)
    assert "not met: 14 units" in found["service_rate"].note
    assert found["cost_per_unit"].denominator == pytest.approx(21)
    assert found["cost_per_unit"].numerator < 1000


def test_no_demand_is_unknown() -> None:
    found = tell(make(demand={"site": ["Ada"], "demand": [0]}))
    assert all(math.isnan(value) for value in found.summary().values())
    assert "there is no demand" in found["service_rate"].note
    assert found["cost_per_unit"].note == "nothing is delivered"


def test_an_infeasible_allocation_tells_nothing() -> None:
    network = Network.from_frames(SITES | {"supply": [1, 0, 0, 0, 0]}, LANES, DEMAND)
    flow = FlowProblem.from_network(network).solve()
    assert flow.status == fo.Status.INFEASIBLE
    found = from_plan(network=network, flow=flow)
    assert all(math.isnan(value) for value in found.summary().values())
    assert {item.note for item in found.values()} == {"there is no allocation: infeasible"}


def test_days_of_a_period_scale_the_lead_time(parts: tuple[Network, FlowSolution]) -> None:
    weekly = tell(parts, days_per_period=7)
    assert weekly["delivery_lead_time"].value == pytest.approx(7 * 70 / 35)
    assert weekly["delivery_lead_time"].basis["days_per_period"] == 7.0


def test_targets_stand_in_the_result(parts: tuple[Network, FlowSolution]) -> None:
    found = tell(parts, targets={"delivery_lead_time": 1.5})
    assert found["delivery_lead_time"].on_target is False
    with pytest.raises(ValidationError, match="speed"):
        tell(parts, targets={"speed": 1})


# ---- the way from stock


def test_the_lead_time_adds_up_over_sites_without_stock() -> None:
    through = make(SITES | {"kind": ["plant", "crossdock", "customer", "customer", "customer"]})
    found = tell(through)["delivery_lead_time"]
    assert found.value == pytest.approx((10 * 6 + 20 * 7 + 5 * 4) / 35)


def test_a_site_fed_by_two_takes_the_mean_of_both_by_units() -> None:
    two = make(
        {
            "id": ["near", "far", "dock", "Ada"],
            "kind": ["plant", "plant", "crossdock", "customer"],
            "supply": [30, 10, 0, 0],
        },
        {
            "source": ["near", "far", "dock"],
            "target": ["dock", "dock", "Ada"],
            "unit_cost": [1, 1, 1],
            "lead_time": [2, 10, 1],
            "distance": [1, 1, 1],
        },
        {"site": ["Ada"], "demand": [40]},
    )
    assert tell(two)["delivery_lead_time"].value == pytest.approx(1 + (30 * 2 + 10 * 10) / 40)


def test_demand_where_the_stock_lies_waits_for_no_lane() -> None:
    own = make(demand={"site": ["Ada", "store"], "demand": [10, 30]})
    found = tell(own, replenishment=policies(demand_mean=[40.0]))
    assert found["delivery_lead_time"].value == pytest.approx((10 * 1 + 30 * 0) / 40)
    fill = found["service_rate"].breakdown["from_stock"]
    assert found["service_rate"].value == pytest.approx(fill)
    assert fill == pytest.approx(0.9, abs=1e-6)


# ---- policies


def test_policies_tell_the_stock_and_what_of_demand_they_serve(
    parts: tuple[Network, FlowSolution],
) -> None:
    stock = policies()
    found = tell(parts, replenishment=stock)
    fill, average = float(stock.expected_fill_rate[0]), float(stock.average_stock[0])
    assert fill == pytest.approx(0.9, abs=1e-6)
    assert found["service_rate"].numerator == pytest.approx(30 * fill + 5)  # Cid's come from plant
    level = found["stock_level"]
    assert level.value == pytest.approx(average)
    assert level.breakdown == pytest.approx(
        {
            "days_of_supply": average / 35,
            "turns": 35 * 365 / average,
            "value": 8.0 * average,
        }
    )
    cost = found["cost_per_unit"].breakdown
    assert cost["ordering"] == pytest.approx(14.0 * stock.orders_per_period[0] / 35)
    assert cost["holding"] == pytest.approx(0.1 * average / 35)


def test_an_item_without_a_possible_policy_is_never_served(
    parts: tuple[Network, FlowSolution],
) -> None:
    stuck = policies(min_order_quantity=[50.0], max_order_quantity=[40.0])
    assert math.isnan(stuck.expected_fill_rate[0])
    found = tell(parts, replenishment=stuck)
    assert found["service_rate"].value == pytest.approx(5 / 35)
    assert "counted as never served: 1" in found["service_rate"].note
    assert "left out: 1" in found["stock_level"].note


# ---- rounds


def test_the_cost_of_rounds_takes_the_place_of_the_lanes_they_drive(
    parts: tuple[Network, FlowSolution],
) -> None:
    rounds = rounds_of({"id": ["Ada", "Bob"], "demand": [10, 20]})
    found = tell(parts, rounds={"store": rounds})["cost_per_unit"]
    assert rounds.cost > 50
    lanes = 30 * 1.0 + 5 * 4.0  # to the store, and to Cid, whom no round visits
    fixed = 30 + 12 + 7  # the plant, the store, the lane between
    assert found.numerator == pytest.approx(lanes + 15 + fixed + rounds.cost)
    assert found.breakdown["delivery"] == pytest.approx(rounds.cost / 35)
    assert found.breakdown["transport"] == pytest.approx(lanes / 35)


def test_who_is_in_no_round_is_not_served(parts: tuple[Network, FlowSolution]) -> None:
    rounds = rounds_of({"id": ["Ada", "Bob", "Bob #2"], "demand": [10, 5, 15]}, capacity=12)
    assert len(rounds.unserved) == 1  # three quarters of Bob's 20
    found = tell(parts, rounds={"store": rounds})
    service = found["service_rate"]
    assert (service.numerator, service.denominator) == (pytest.approx(20), 35)
    assert service.breakdown["in_rounds"] == pytest.approx(20 / 35)
    assert service.note.startswith("no round delivers 15 units")
    assert found["cost_per_unit"].denominator == pytest.approx(20)
    assert found["delivery_lead_time"].value == pytest.approx((10 * 1 + 5 * 2 + 5 * 4) / 20)


def test_a_lost_prize_is_no_cost_of_delivery(parts: tuple[Network, FlowSolution]) -> None:
    clients = {
        "id": ["Ada", "Bob"],
        "demand": [10, 20],
        "required": [True, False],
        "prize": [0.0, 7.0],
    }
    rounds = rounds_of(clients, capacity=15)
    driven = sum(route.cost for route in rounds.routes)
    assert rounds.cost == pytest.approx(driven + 7.0)
    found = tell(parts, rounds={"store": rounds})["cost_per_unit"]
    assert found.breakdown["delivery"] * found.denominator == pytest.approx(driven)


@pytest.mark.parametrize("amount", [50945730.0, 53051465.1, 42249038.9])
def test_the_rounding_of_large_flows_is_no_lane_in_use(amount: float) -> None:
    large = make(
        SITES | {"supply": [1e9, 0, 0, 0, 0]}, demand={"site": ["Ada"], "demand": [amount]}
    )
    rounds = rounds_of({"id": ["Ada"], "demand": [amount]}, capacity=1e9)
    found = tell(large, rounds={"store": rounds})["cost_per_unit"]
    fixed = 30 + 12 + 7  # not that of the lane to Ada
    assert found.breakdown["fixed"] * found.denominator == pytest.approx(fixed)


def test_the_smallest_demand_has_a_lead_time() -> None:
    tiny = make(demand={"site": ["Ada"], "demand": [1e-10]})
    assert tell(tiny)["delivery_lead_time"].value == pytest.approx(1.0)


# ---- parts that do not belong together


def test_parts_of_another_network_are_faults(parts: tuple[Network, FlowSolution]) -> None:
    other = FlowProblem.from_arrays([0], [1], supply=[5, 0], demand=[0, 5]).solve()
    with pytest.raises(ValidationError) as error:
        from_plan(
            network=parts[0],
            flow=other,
            replenishment=policies(site="elsewhere"),
            days_per_period=0,
        )
    assert [(f.table, f.code) for f in error.value.failures] == [
        ("flow", "wrong_shape"),
        ("replenishment", "unknown_id"),
        ("kpi", "out_of_range"),
    ]


def test_rounds_of_unknown_depots_or_clients_are_faults(
    parts: tuple[Network, FlowSolution],
) -> None:
    rounds = rounds_of({"id": ["Ada", "Zoe", "Zoe #2"], "demand": [1, 1, 1]})
    with pytest.raises(ValidationError) as error:
        tell(parts, rounds={"store": rounds, "nowhere": rounds})
    assert [(f.column, f.value) for f in error.value.failures] == [
        ("client", "Zoe"),
        ("client", "Zoe #2"),
        ("depot", "nowhere"),
    ]


def test_sites_may_be_called_by_numbers() -> None:
    numbered = make(
        {"id": [1, 2, 3], "kind": ["plant", "customer", "customer"], "supply": [9, 0, 0]},
        {
            "source": [1, 1],
            "target": [2, 3],
            "unit_cost": [1, 1],
            "lead_time": [1, 3],
            "distance": [1, 1],
        },
        {"site": [2, 3], "demand": [4, 4]},
    )
    rounds = rounds_of({"id": ["2", "3"], "demand": [4, 4]})
    found = tell(numbered, rounds={1: rounds})
    assert found["delivery_lead_time"].value == 2.0
    assert found["cost_per_unit"].breakdown["transport"] == 0.0
    assert np.isclose(found["service_rate"].value, 1.0)
