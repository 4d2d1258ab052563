"""Orders obey minimum, pack and maximum."""

import numpy as np
import pytest

from flowopt import ValidationError
from flowopt.inventory import ReplenishmentProblem, admissible_quantity


def solve(**columns):
    plain = {"demand_mean": 10.0, "demand_sd": 0.0, "lead_time": 1, "fill_rate": 0.9}
    return ReplenishmentProblem.from_arrays(**plain | columns).solve()


@pytest.mark.parametrize(
    ("need", "least", "pack", "most", "ordered"),
    [
        (0, 10, 6, None, 0),
        (-3, 10, 6, None, 0),
        (1, 10, 6, None, 12),
        (12, 10, 6, None, 12),
        (12.5, 10, 6, None, 18),
        (90, 10, 6, 50, 48),
        (3, 0, 10, 5, 0),
        (7, 0, 1, 0, 0),
        (0.3, 0, 0.1, None, 0.3),
        (1e-12, 10, 6, None, 0),
    ],
)
def test_a_need_becomes_an_admissible_order(need, least, pack, most, ordered):
    assert admissible_quantity(need, least, pack, most) == pytest.approx(ordered)


def test_a_maximum_below_the_minimum_admits_no_order():
    assert np.isnan(admissible_quantity(5, 10, 1, 9))
    assert np.isnan(admissible_quantity(5, 10, 6, 11))  # 11 holds one pack of 6 only


def test_orders_lift_the_position_to_the_level():
    answer = solve(on_hand=[0.0, 5.0, 25.0], on_order=[3.0, 0.0, 0.0], backorders=[1.0, 0.0, 0.0])
    assert answer.order_up_to_level.tolist() == [20, 20, 20]
    assert answer.order.tolist() == [18, 15, 0]
    assert answer.order_status.tolist() == ["order", "order", "none"]


def test_orders_of_batches_lift_the_position_above_the_reorder_point():
    answer = solve(policy="rQ", order_quantity=7.0, on_hand=[21.0, 20.0, 14.0, 13.0, 0.0])
    assert answer.reorder_point.tolist() == [20] * 5
    assert answer.order.tolist() == [0, 7, 7, 14, 21]


def test_orders_are_raised_to_the_minimum_and_rounded_up_to_packs():
    answer = solve(on_hand=17.0, min_order_quantity=[0.0, 10.0, 10.0], pack_size=[2.0, 1.0, 6.0])
    assert answer.order.tolist() == [4, 10, 12]


def test_orders_are_cut_to_the_packs_that_the_maximum_allows():
    answer = solve(max_order_quantity=[None, 15.0, 15.0], pack_size=[1.0, 1.0, 6.0])
    assert answer.order.tolist() == [20, 15, 12]
    assert answer.order_status.tolist() == ["order", "capped", "capped"]


def test_no_maximum_is_no_limit_and_a_maximum_of_zero_is_zero():
    answer = solve(max_order_quantity=[None, 0.0])
    assert answer.order.tolist() == [20, 0]
    assert answer.policy_status.tolist() == ["deterministic", "overloaded"]
    assert answer.order_status.tolist() == ["order", "capped"]


def test_a_maximum_below_the_minimum_is_infeasible_for_that_item_alone():
    answer = solve(min_order_quantity=30.0, max_order_quantity=[20.0, 30.0])
    assert answer.policy_status.tolist() == ["infeasible", "deterministic"]
    assert answer.order.tolist() == [0, 30]
    assert str(answer.status) == "FEASIBLE"
    assert answer.to_frame("explanations")["fix"].str.contains("raise max_order_quantity").all()


def test_batches_are_made_of_quantities_that_the_supplier_accepts():
    answer = solve(
        policy="rQ",
        order_quantity=[25.0, None, 25.0, None],
        fixed_cost=8.0,
        holding_cost=[1.0, 0.1, 1.0, 1.0],
        pack_size=[6.0, 1.0, 1.0, 1.0],
        min_order_quantity=[0.0, 0.0, 40.0, 0.0],
        max_order_quantity=[None, None, None, 11.0],
    )
    assert answer.order_quantity.tolist() == [30, 40, 40, 11]


def test_a_fixed_cost_of_zero_is_base_stock():
    answer = solve(policy="rQ", demand_sd=3.0, holding_cost=1.0)
    up_to = solve(policy="RS", demand_sd=3.0, holding_cost=1.0)
    assert answer.order_quantity.tolist() == [1]
    assert answer.reorder_point[0] == pytest.approx(up_to.order_up_to_level[0], abs=1e-3)


def test_an_item_without_demand_orders_what_it_owes_only():
    answer = solve(demand_mean=0.0, backorders=[0.0, 3.0], pack_size=2.0, policy=["rQ", "RS"])
    assert answer.reorder_point.tolist() == [-1, -1]
    assert answer.order_quantity.tolist() == [0, 0]
    assert answer.order.tolist() == [0, 4]
    assert answer.policy_status.tolist() == ["no_demand", "no_demand"]


def test_a_need_that_is_no_number_is_a_fault_and_no_order_of_nothing():
    with pytest.raises(ValidationError) as caught:
        admissible_quantity([np.nan, 5, 5], [0, -1, 0], [1, 1, 0])
    faults = [(failure.column, failure.row) for failure in caught.value.failures]
    assert sorted(faults) == [("min_order_quantity", 1), ("need", 0), ("pack_size", 2)]


def test_an_order_without_a_maximum_of_its_own_has_no_limit():
    assert admissible_quantity([5, 5], 0, 2, [None, 4]).tolist() == [6, 4]
