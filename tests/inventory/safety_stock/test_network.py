"""Safety stock for the sites of a network: what lanes and demand become."""

from __future__ import annotations

import pandas as pd
import pytest

from flowopt import Network, SafetyStockProblem, Status, ValidationError


@pytest.fixture
def network() -> Network:
    return Network.from_frames(
        {
            "id": ["mill", "farm", "depot", "shop", "kiosk"],
            "kind": ["plant", "supplier", "warehouse", "customer", "customer"],
            "supply": [99.0, 99.0, 0.0, 0.0, 0.0],
        },
        {
            "source": ["mill", "farm", "mill", "depot", "depot"],
            "target": ["depot", "depot", "depot", "shop", "kiosk"],
            "mode": ["road", "road", "rail", "road", "road"],
            "lead_time": [3.0, 5.0, 9.0, 1.0, 2.0],
            "distance": [100.0] * 5,
        },
        {
            "site": ["shop", "kiosk", "shop"],
            "commodity": ["tea", "tea", "salt"],
            "demand": [30.0, 10.0, 5.0],
            "demand_sd": [6.0, 4.0, 8.0],
        },
        {"id": ["tea", "salt"], "unit_value": [9.0, 1.0], "holding_cost": [0.5, 0.1]},
    )


def test_lanes_supply_sites_in_their_lead_times(network: Network) -> None:
    problem = SafetyStockProblem.from_network(network, commodity="tea", safety_factor=2.0)
    links = problem.links.to_frame().set_index(["source", "target"])
    assert links.loc[("mill", "depot"), "lead_time"] == 9.0  # the slowest of two lanes
    assert links.loc[("mill", "depot"), "quantity"] == pytest.approx(2 / 3)
    assert links.loc[("farm", "depot"), "quantity"] == pytest.approx(1 / 3)
    assert problem.demand.mean == pytest.approx([80 / 3, 40 / 3, 40, 30, 10])
    assert problem.holding_cost.tolist() == [0.5] * 5
    solution = problem.solve()
    assert solution.status is Status.OPTIMAL
    assert solution.pipeline_stock.sum() == pytest.approx(80 / 3 * 9 + 40 / 3 * 5 + 30 + 20)


def test_flows_say_who_supplies_whom(network: Network) -> None:
    problem = SafetyStockProblem.from_network(
        network, commodity="tea", flow=[30, 10, 0, 30, 10], safety_factor=2.0
    )
    links = problem.links.to_frame().set_index(["source", "target"])
    assert links.loc[("mill", "depot"), "lead_time"] == 3.0
    assert links.loc[("mill", "depot"), "quantity"] == pytest.approx(0.75)


def test_all_commodities_add_up_as_independent_demands(network: Network) -> None:
    problem = SafetyStockProblem.from_network(network, cycle_service_level=0.95)
    assert problem.stages["demand_mean"].tolist() == [0.0, 0.0, 0.0, 35.0, 10.0]
    assert problem.stages["demand_sd"].tolist() == [0.0, 0.0, 0.0, 10.0, 4.0]
    assert problem.holding_cost == pytest.approx([(40 * 0.5 + 5 * 0.1) / 45] * 5)


def test_with_a_rate_goods_have_their_value_from_where_they_come(network: Network) -> None:
    problem = SafetyStockProblem.from_network(
        network, commodity="tea", holding_rate=0.1, safety_factor=2.0
    )
    assert problem.unit_cost == pytest.approx([9.0] * 5)
    assert problem.holding_cost == pytest.approx([0.9] * 5)


def test_columns_of_stages_may_be_given(network: Network) -> None:
    problem = SafetyStockProblem.from_network(
        network, commodity="tea", safety_factor=2.0, stage_time=[2, 0, 1, 0, 0]
    )
    assert problem.stages["stage_time"].tolist() == [2.0, 0.0, 1.0, 0.0, 0.0]


def test_faults_name_what_is_wrong(network: Network) -> None:
    with pytest.raises(ValidationError) as caught:
        SafetyStockProblem.from_network(network, commodity="gold", flow=[1, 2])
    assert {failure.column for failure in caught.value.failures} == {"commodity", "flow"}
    with pytest.raises(ValidationError, match="safety_factor"):
        SafetyStockProblem.from_network(network)


def test_lanes_both_ways_are_a_cycle(network: Network) -> None:
    lanes = network.lanes.to_frame()
    back = lanes.iloc[:1].assign(source="depot", target="mill")
    turned = network.replace(lanes=pd.concat([lanes, back], ignore_index=True))
    with pytest.raises(ValidationError, match="cycle"):
        SafetyStockProblem.from_network(turned, safety_factor=1.0)
