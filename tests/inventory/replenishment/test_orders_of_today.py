"""Today's orders: what is promised, when to order, what fits on the shelf; bad rows; flags."""

import numpy as np
import pytest

from flowopt import ReplenishmentProblem, ValidationError
from flowopt.inventory.replenishment.flags import FLAGS


def solved(**columns):
    plain = {"demand_mean": 10.0, "demand_sd": 4.0, "lead_time": 2.0}
    if "stockout_cost" not in columns:
        plain["cycle_service_level"] = 0.5
    return ReplenishmentProblem.from_arrays(**plain | columns).solve()


def test_what_is_reserved_is_ordered_again():
    answer = solved(on_hand=[20.0, 20.0], reserved=[0.0, 8.0])
    assert answer.order.tolist() == [10, 18]
    assert answer.to_frame("orders")["inventory_position"].tolist() == [20, 12]


def test_nothing_is_ordered_on_a_day_without_orders():
    answer = solved(on_hand=[5.0, 99.0], orderable=[False, False])
    assert answer.order.tolist() == [0, 0]
    assert answer.order_status.tolist() == ["closed", "none"]


def test_an_order_covers_the_wait_for_the_next_one():
    answer = solved(on_hand=20.0, next_order_in=[None, 1.0, 4.0, 0.0])
    assert answer.order.tolist() == [10, 10, 40, 10]


def test_a_shelf_limits_level_and_order():
    answer = solved(on_hand=20.0, shelf_space=[np.nan, 24.0, 30.0, 12.0], pack_size=4.0)
    assert answer.order_up_to_level.tolist() == [30, 24, 30, 12]
    assert answer.policy_status.tolist() == ["optimal", "shelf_limited", "optimal", "shelf_limited"]
    assert answer.order.tolist() == [12, 4, 8, 0]  # whole packs, and no more than fits
    assert answer.order_status.tolist() == ["order", "order", "capped", "none"]
    assert answer.expected_cycle_service_level[1] < 0.5
    assert "shelf holds 24" in answer.to_frame("explanations")["message"][0]


def test_a_shelf_bounds_batches_and_triggers_too():
    for policy in ("rQ", "RsS"):
        answer = solved(policy=policy, order_quantity=20.0, shelf_space=[45.0, np.nan])
        assert answer.reorder_point.tolist() == [25, 30]
        assert answer.policy_status.tolist() == ["shelf_limited", "optimal"]


def test_a_minimum_that_no_shelf_holds_is_infeasible():
    answer = solved(min_order_quantity=50.0, shelf_space=40.0, on_hand=0.0, backorders=1.0)
    assert answer.policy_status.tolist() == ["infeasible"]
    assert answer.order.tolist() == [0]


def test_no_shelf_at_all_holds_nothing_while_no_limit_holds_all():
    answer = solved(shelf_space=[0.0, None, np.inf])
    assert answer.policy_status.tolist() == ["shelf_limited", "optimal", "optimal"]
    assert answer.order_up_to_level.tolist() == [0, 30, 30]


# ---- bad rows


BAD = {
    "item": ["fine", "negative", "nan", "target", "wide", "fine", "spread"],
    "demand_mean": [5.0, -1.0, 5.0, 5.0, 5.0, 5.0, 0.0],
    "demand_sd": [2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 3.0],
    "lead_time": [1.0, 1.0, np.nan, 1.0, 1.0, 1.0, 1.0],
    "fill_rate": [0.9, 0.9, 0.9, 1.0, 0.9, 0.9, 0.9],
    "min_order_quantity": [0.0, 0.0, 0.0, 0.0, 9.0, 0.0, 0.0],
    "max_order_quantity": [None, None, None, None, 5.0, None, None],
}


def test_items_with_faults_are_left_out_on_request():
    with pytest.raises(ValidationError) as caught:
        ReplenishmentProblem.from_frames(BAD)
    assert len(caught.value.failures) == 5
    answer = ReplenishmentProblem.from_frames(BAD, on_bad_items="status").solve()
    status = ["optimal", "invalid", "invalid", "invalid", "infeasible", "invalid", "invalid"]
    assert answer.policy_status.tolist() == status
    assert answer.order_status.tolist()[1:4] == ["invalid"] * 3
    alone = {name: cells[:1] for name, cells in BAD.items()}
    assert answer.order_up_to_level[0] == pytest.approx(
        ReplenishmentProblem.from_frames(alone).solve().order_up_to_level[0], rel=1e-12
    )
    told = answer.to_frame("explanations")
    assert sorted(told["item"]) == ["fine", "nan", "negative", "spread", "target", "wide"]
    assert (told["message"].str.len() > 0).all()
    assert answer.summary()["invalid_items"] == 5


def test_one_bad_item_in_many_changes_nothing_for_the_others():
    mean = np.full(3000, 5.0)
    columns = {"demand_sd": np.full(3000, 2.0), "lead_time": np.ones(3000)}
    columns |= {"item": np.arange(3000), "fill_rate": np.full(3000, 0.9)}
    whole = ReplenishmentProblem.from_frames({"demand_mean": mean} | columns).solve()
    mean = mean.copy()
    mean[1234] = -3.0
    problem = ReplenishmentProblem.from_frames(
        {"demand_mean": mean} | columns, on_bad_items="status"
    )
    part = problem.solve()
    others = np.arange(3000) != 1234
    assert (part.order[others] == whole.order[others]).all()
    assert np.isnan(part.order_up_to_level[1234])
    assert problem.replace(on_hand=1.0).solve().policy_status[1234] == "invalid"


def test_a_table_without_a_column_is_a_fault_all_the_same():
    with pytest.raises(ValidationError, match="demand_mean"):
        ReplenishmentProblem.from_frames({"item": ["a"]}, on_bad_items="status")
    with pytest.raises(ValidationError, match="on_bad_items"):
        ReplenishmentProblem.from_frames(BAD, on_bad_items="drop")


def items(**cells):
    plain = {"item": ["a"], "lead_time": [1.0], "fill_rate": [0.9]}
    return plain | {name: [value] for name, value in cells.items()}


@pytest.mark.parametrize(
    ("cells", "tables", "fault"),
    [
        ({}, {"demand_samples": {"item": ["b"], "demand": [1.0]}}, ("item", "unknown_id")),
        ({}, {"demand_samples": {"item": ["a"], "demand": [-1.0]}}, ("demand", "negative")),
        (
            {"site": "N", "demand_mean": 5.0, "demand_sd": 1.0},
            {"demand_samples": {"item": ["a"], "site": ["L"], "demand": [1.0]}},
            ("site", "unknown_id"),
        ),
        (
            {"distribution": "empirical", "demand_mean": 5.0, "demand_sd": 1.0},
            {},
            ("distribution", "no_samples"),
        ),
        (
            {"lead_time_sd": 0.4},
            {"demand_samples": {"item": ["a"] * 2, "demand": [1.0, 3.0]}},
            ("lead_time_sd", "no_lead_times"),
        ),
        (
            {"pack_size": 0.5},
            {"demand_samples": {"item": ["a"] * 2, "demand": [1.0, 3.0]}},
            ("pack_size", "broken_pack"),
        ),
        (
            {"demand_mean": 5.0, "demand_sd": 1.0},
            {"lead_times": {"item": ["a"], "lead_time": [2.0], "probability": [0.5]}},
            ("probability", "wrong_sum"),
        ),
        (
            {"demand_mean": 5.0, "demand_sd": 1.0, "stockout_cost": 3.0, "holding_cost": 1.0},
            {},
            ("fill_rate", "two_targets"),
        ),
        (
            {"demand_mean": 5.0, "demand_sd": 1.0, "fill_rate": None, "stockout_cost": 3.0},
            {},
            ("holding_cost", "out_of_range"),
        ),
        (
            {
                "demand_mean": 5.0,
                "demand_sd": 1.0,
                "fill_rate": None,
                "stockout_cost": 3.0,
                "holding_cost": 1.0,
                "unmet_demand": "lost_sales",
            },
            {},
            ("unmet_demand", "cost_of_lost_sales"),
        ),
    ],
)
def test_faults_between_tables_are_named(cells, tables, fault):
    with pytest.raises(ValidationError) as caught:
        ReplenishmentProblem.from_frames(items(**cells), **tables)
    assert fault in {(failure.column, failure.code) for failure in caught.value.failures}


# ---- flags


@pytest.mark.parametrize(
    ("flag", "columns"),
    [
        ("out_of_stock", {"on_hand": 4.0, "reserved": 4.0}),
        ("short_before_arrival", {"on_hand": 15.0}),
        ("overstock", {"on_hand": 99.0}),
        ("large_order", {"min_order_quantity": 400.0}),
        ("normal_below_zero", {"distribution": "normal", "demand_sd": 9.0}),
        ("orders_may_cross", {"lead_time_sd": 1.5}),
        ("lost_sales", {"unmet_demand": "lost_sales"}),
        ("no_order_cost", {"policy": "rQ"}),
    ],
)
def test_a_flag_is_raised_where_it_applies_and_only_there(flag, columns):
    calm = {"on_hand": 25.0, "fixed_cost": 9.0, "holding_cost": 0.1}
    assert flag not in solved(**calm).flags[0].split(";")
    cost = {"fixed_cost": 0.0} if flag == "no_order_cost" else {}
    raised = solved(**calm | columns | cost)
    assert flag in raised.flags[0].split(";")
    assert flag in raised.to_frame("policies")["flags"][0]
    assert flag in FLAGS


def test_few_samples_are_flagged():
    samples = {"item": ["a"] * 10, "demand": np.arange(10.0)}
    answer = ReplenishmentProblem.from_frames(
        items(fill_rate=0.99, on_hand=20.0), demand_samples=samples
    ).solve()
    assert answer.flags.tolist() == ["few_samples"]


def test_an_item_without_demand_has_no_flags():
    assert solved(demand_mean=0.0, demand_sd=0.0).flags.tolist() == [""]
