"""What goes in: tables, arrays, networks; and every fault of them at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from flowopt.core import Status, ValidationError
from flowopt.flow.multicommodity import MultiCommodityProblem
from flowopt.network import Network

Changed = Callable[..., MultiCommodityProblem]

TWO_SITES = {"id": ["port", "city"]}
TWO_LANES = {
    "source": ["port", "port"],
    "target": ["city", "city"],
    "mode": ["rail", "road"],
    "unit_cost": [2.0, 5.0],
    "capacity": [10.0, 10.0],
}


def faults(make: Callable[[], Any]) -> set[tuple[str, str | None, int | None, str]]:
    """Return table, column, row and code of every fault."""
    with pytest.raises(ValidationError) as caught:
        make()
    found = caught.value.failures
    assert all(fault.message and fault.fix for fault in found)
    return {(fault.table, fault.column, fault.row, fault.code) for fault in found}


# ---- ways in


def test_origins_and_destinations_are_a_short_way_to_write_supply_and_demand() -> None:
    lanes: dict[str, Any] = {"source": [0, 1], "target": [1, 2], "unit_cost": [1.0, 2.0]}
    pairs = MultiCommodityProblem.from_arrays(
        **lanes, origin=[0, 1], destination=[2, 2], quantity=[3, 4]
    )
    matrices = MultiCommodityProblem.from_arrays(
        **lanes, supply=[[np.inf, 0, 0], [0, np.inf, 0]], demand=[[0, 0, 3], [0, 0, 4]]
    )
    assert pairs.fingerprint == matrices.fingerprint
    assert pairs.solve().cost == 3 * 3 + 4 * 2


def test_a_row_without_ends_names_all_lanes_of_a_mode() -> None:
    goods = {
        "id": ["acid", "toys"],
        "origin": ["port", "port"],
        "destination": ["city", "city"],
        "quantity": [4.0, 4.0],
    }
    own = {"commodity": ["acid"], "mode": ["road"], "capacity": [0.0]}
    problem = MultiCommodityProblem.from_frames(
        TWO_SITES,
        TWO_LANES,
        goods,
        commodity_lanes=own,
        groups={"id": ["trains"], "capacity": [5.0]},
        group_lanes={"group": ["trains"], "mode": ["rail"]},
    )
    solution = problem.solve()
    flows = solution.to_frame("flows").set_index(["commodity", "mode"])["flow"]
    assert flows.to_dict() == {("acid", "rail"): 4.0, ("toys", "rail"): 1.0, ("toys", "road"): 3.0}
    assert solution.group_prices.tolist() == [3.0]
    assert solution.to_frame("groups")["used"].tolist() == [5.0]


def test_of_several_rows_for_one_lane_the_last_counts() -> None:
    goods = {"id": ["toys"], "origin": ["port"], "destination": ["city"], "quantity": [4.0]}
    own = {"commodity": ["toys"] * 2, "mode": ["", "rail"], "unit_cost": [9.0, 1.0]}
    problem = MultiCommodityProblem.from_frames(TWO_SITES, TWO_LANES, goods, commodity_lanes=own)
    assert problem.solve().cost == 4.0


def test_tables_of_supply_and_demand_stand_beside_pairs() -> None:
    goods = {
        "id": ["toys", "milk"],
        "origin": ["port", ""],
        "destination": ["city", ""],
        "quantity": [4.0, 0.0],
        "unmet_cost": [np.inf, 3.0],
    }
    problem = MultiCommodityProblem.from_frames(
        TWO_SITES,
        TWO_LANES,
        goods,
        demand={"commodity": ["milk"], "site": ["city"], "demand": [8.0]},
        supply={"commodity": ["milk"], "site": ["port"], "supply": [5.0]},
    )
    solution = problem.solve()
    assert solution.to_frame("demand")["unmet"].tolist() == [0.0, 3.0]
    assert solution.cost == 2.0 * 9 + 3.0 * 3


def test_a_network_shares_supply_and_lanes_between_its_commodities() -> None:
    network = Network.from_frames(
        sites={
            "id": ["plant", "shop"],
            "kind": ["plant", "customer"],
            "supply": [10.0, 0.0],
            "handling_cost": [0.5, 0.0],
        },
        lanes={
            "source": ["plant"],
            "target": ["shop"],
            "unit_cost": [2.0],
            "distance": [100.0],
            "capacity": [12.0],
        },
        demand={"site": ["shop"] * 2, "commodity": ["ale", "tea"], "demand": [6.0, 3.0]},
        commodities={"id": ["ale", "tea"], "unit_weight": [1.5, 1.0]},
    )
    solution = MultiCommodityProblem.from_network(network).solve()
    assert solution.cost == 9 * 2.5
    by_weight = MultiCommodityProblem.from_network(network, size="unit_weight").solve()
    assert by_weight.status is Status.INFEASIBLE  # 12 of weight, but the plant gives 10 only
    some = {"commodity": ["ale"], "site": ["plant"]}
    only = MultiCommodityProblem.from_network(network, supply=some, unmet_cost=10.0).solve()
    assert only.unmet.tolist() == [0.0, 3.0]


def test_a_least_flow_of_a_network_is_refused_and_not_dropped() -> None:
    network = Network.from_frames(
        sites={"id": ["plant", "shop"], "kind": ["plant", "customer"], "supply": [9.0, 0.0]},
        lanes={"source": ["plant"], "target": ["shop"], "distance": [9.0], "min_flow": [2.0]},
        demand={"site": ["shop"], "demand": [6.0]},
    )
    found = faults(lambda: MultiCommodityProblem.from_network(network, size="colour"))
    assert found == {
        ("lanes", "min_flow", 0, "unsupported"),
        ("solve", "size", None, "unknown_column"),
    }


# ---- faults


def test_every_fault_of_the_columns_is_told_at_once(changed: Changed) -> None:
    found = faults(
        lambda: changed(
            capacity=[-1.0, np.nan, 5.0, np.inf],
            unit_cost=[np.inf, -2.0, 2.0**60, 1.0],
            size=[0.0, 1.0],
            demand=[np.nan, -3.0],
            target=[2, 2, 9, 0],
            own_commodity=[5],
            own_lane=[-1],
            own_cost=[np.nan],
            own_capacity=[-np.inf],
        )
    )
    assert found == {
        ("lanes", "capacity", 0, "negative"),
        ("lanes", "capacity", 1, "nan"),
        ("lanes", "unit_cost", 0, "inf"),
        ("lanes", "unit_cost", 1, "negative"),
        ("lanes", "unit_cost", 2, "overflow"),
        ("lanes", "target", 2, "unknown_id"),
        ("commodities", "size", 0, "negative"),
        ("demand", "demand", 0, "nan"),
        ("demand", "demand", 1, "negative"),
        ("commodity_lanes", "commodity", 0, "unknown_id"),
        ("commodity_lanes", "lane", 0, "unknown_id"),
        ("commodity_lanes", "capacity", 0, "inf"),
    }


@pytest.mark.parametrize(
    ("columns", "fault"),
    [
        ({"target": [2, 2, 3, 0]}, ("lanes", "target", 3, "self_loop")),
        ({"capacity": [1.0]}, ("lanes", "capacity", None, "wrong_length")),
        ({"unit_cost": ["a"] * 4}, ("lanes", "unit_cost", None, "wrong_type")),
        ({"source": [0.5] * 4}, ("lanes", "source", None, "wrong_type")),
        ({"site_id": ["a", "a", "b", "c"]}, ("sites", "id", 0, "duplicate_id")),
        ({"commodity_id": [0.5, 1.5]}, ("commodities", "id", None, "wrong_type")),
        ({"demand_commodity": [0, 0]}, ("demand", "commodity", 1, "duplicate_id")),
        ({"unmet_cost": [-np.inf, 1.0]}, ("demand", "unmet_cost", 0, "inf")),
        ({"mode": ["road"]}, ("lanes", "mode", None, "wrong_length")),
    ],
    ids=str,
)
def test_a_fault_is_named(changed: Changed, columns: dict[str, Any], fault: Any) -> None:
    assert fault in faults(lambda: changed(**columns))


@pytest.mark.parametrize("gap", [-0.1, 1.0, "small", True, np.nan])
def test_a_gap_that_is_none_is_refused(corridor: MultiCommodityProblem, gap: Any) -> None:
    found = faults(lambda: corridor.replace(target_gap=gap))
    assert found == {("problem", "target_gap", None, "out_of_range")}


def test_faults_of_several_tables_are_told_at_once() -> None:
    found = faults(
        lambda: MultiCommodityProblem.from_frames(
            TWO_SITES,
            TWO_LANES | {"target": ["city", "moon"]},
            {"id": ["a", "b"], "origin": ["port", ""], "destination": ["", ""], "quantity": [1, 2]},
            demand={"commodity": ["c"], "site": ["city"], "demand": [-1.0]},
        )
    )
    assert found == {
        ("lanes", "target", 1, "unknown_id"),
        ("commodities", "destination", 0, "missing_value"),
        ("commodities", "quantity", 1, "missing_value"),
        ("demand", "commodity", 0, "unknown_id"),
        ("demand", "demand", 0, "negative"),
    }


def test_a_row_that_names_no_lane_is_a_fault() -> None:
    found = faults(
        lambda: MultiCommodityProblem.from_frames(
            TWO_SITES,
            TWO_LANES,
            {"id": ["a"]},
            commodity_lanes={"commodity": ["a"], "mode": ["air"]},
            groups={"id": ["g"], "capacity": [3.0]},
            group_lanes={"group": ["g"], "source": ["city"]},
        )
    )
    assert found == {
        ("commodity_lanes", "source+target+mode", 0, "unknown_id"),
        ("group_lanes", "source+target+mode", 0, "unknown_id"),
    }


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"origin": [0], "destination": [1]}, "missing_column"),
        ({"supply": [[1, 0]]}, "missing_column"),
        ({"supply": [[1, 0]], "demand": [[0, 1, 1]]}, "wrong_length"),
        (
            {"origin": [0], "destination": [1], "quantity": [1], "supply": [[1, 0]]},
            "ambiguous",
        ),
    ],
    ids=str,
)
def test_arrays_that_do_not_say_what_flows_are_refused(given: dict[str, Any], code: str) -> None:
    found = faults(lambda: MultiCommodityProblem.from_arrays([0], [1], **given))
    assert {fault[3] for fault in found} == {code}


# ---- odd but right


def test_without_sites_lanes_or_commodities_there_is_nothing_to_do(engine: str) -> None:
    problem = MultiCommodityProblem.from_arrays([], [], origin=[], destination=[], quantity=[])
    solution = problem.solve(engine=engine)
    assert solution.status is Status.OPTIMAL
    assert solution.cost == 0.0


def test_lanes_and_demand_of_nothing_are_right(changed: Changed, engine: str) -> None:
    solution = changed(demand=[0.0, 0.0]).solve(engine=engine)
    assert (solution.status, solution.cost) == (Status.OPTIMAL, 0.0)
    shut = changed(capacity=[9.0, 9.0, 6.0, 0.0], demand=[1.0, 2.0]).solve(engine=engine)
    assert shut.status is Status.OPTIMAL
    assert shut.lane_flow[3] == 0.0


def test_a_demand_at_its_own_origin_needs_no_lane(engine: str) -> None:
    problem = MultiCommodityProblem.from_arrays(
        [0], [1], unit_cost=1, origin=[1], destination=[1], quantity=[5]
    )
    solution = problem.solve(engine=engine)
    assert solution.cost == 0.0
    assert solution.to_frame("paths")["num_lanes"].tolist() == [0]


def test_parallel_lanes_are_told_apart(engine: str) -> None:
    problem = MultiCommodityProblem.from_arrays(
        np.zeros(1000, int),
        np.ones(1000, int),
        capacity=1.0,
        unit_cost=np.arange(1000.0),
        origin=[0, 0],
        destination=[1, 1],
        quantity=[3, 4],
    )
    solution = problem.solve(engine=engine)
    assert solution.cost == 21.0
    assert solution.lane_flow[:8].tolist() == [1.0] * 7 + [0.0]


def test_the_callers_arrays_are_left_as_they_are() -> None:
    capacity = np.array([1.0, 2.0])
    problem = MultiCommodityProblem.from_arrays(
        [0, 0], [1, 1], capacity=capacity, origin=[0], destination=[1], quantity=[2]
    )
    capacity[0] = 9.0
    assert problem.capacity.tolist() == [1.0, 2.0]
    with pytest.raises(ValueError, match="read-only"):
        problem.capacity[0] = 3.0


def test_demand_of_a_pair_that_stands_in_its_table_too_is_named_by_its_row_there() -> None:
    def twice() -> Any:
        return MultiCommodityProblem.from_frames(
            {"id": ["a", "b"]},
            {"source": ["a"], "target": ["b"], "unit_cost": [1]},
            {"id": ["x", "y"], "origin": ["a", "a"], "destination": ["b", "b"], "quantity": [1, 2]},
            demand={"commodity": ["y"], "site": ["b"], "demand": [3]},
        )

    assert faults(twice) == {("demand", "commodity+site", 0, "duplicate_id")}
