"""Reading the table of items: what is accepted, and every fault of what is not."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest

from flowopt import FlowoptWarning, ReplenishmentProblem, ValidationError


def faults(table, **options):
    with pytest.raises(ValidationError) as caught:
        ReplenishmentProblem.from_frames(table, **options)
    return [(fault.column, fault.row, fault.code) for fault in caught.value.failures]


def one(**cells):
    plain = {"item": "a", "demand_mean": 5.0, "demand_sd": 2.0, "lead_time": 1, "fill_rate": 0.9}
    return {name: [value] for name, value in (plain | cells).items()}


def test_every_fault_of_a_table_is_listed_at_once():
    table = {
        "item": ["a", "a", "b", "c", "d", "e", "f", "g"],
        "demand_mean": [5, 5, -1, 0, 5, "many", 5, 5],
        "demand_sd": [2, 2, 2, 2, 2, 2, 2, float("nan")],
        "lead_time": [1, 1, None, 1, 0, 1, 1, 1],
        "lead_time_sd": [0, 0, 0, 0, 0.5, 0, 0, 0],
        "fill_rate": [0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 1.0, 1.7],
        "cycle_service_level": [None, None, None, None, 0.9, None, None, None],
        "policy": ["RS", "", "RS", "RS", "RS", "RS", "sS", "rQ"],
        "review_period": [0, 1, 1, 1, 1, 1, 1, 0],
        "pack_size": [0, 1, 1, 1, 1, 1, 1, 1],
    }
    assert sorted(faults(table), key=str) == [
        ("demand_mean", 2, "negative"),
        ("demand_mean", 5, "wrong_type"),
        ("demand_sd", 3, "sd_without_mean"),
        ("demand_sd", 7, "nan"),
        ("fill_rate", 4, "two_targets"),
        ("fill_rate", 6, "out_of_range"),
        ("fill_rate", 7, "out_of_range"),
        ("item+site", 1, "duplicate_id"),
        ("lead_time", 2, "missing"),
        ("lead_time_sd", 4, "sd_without_mean"),
        ("pack_size", 0, "out_of_range"),
        ("policy", 6, "unknown_choice"),
        ("review_period", 0, "out_of_range"),
    ]


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ({"fill_rate": None}, ("fill_rate", "no_target")),
        ({"fill_rate": 0.0}, ("fill_rate", "out_of_range")),
        ({"fill_rate": None, "cycle_service_level": 1.0}, ("cycle_service_level", "out_of_range")),
        ({"distribution": "weibull"}, ("distribution", "unknown_choice")),
        ({"distribution": "negative_binomial"}, ("distribution", "underdispersed")),
        (
            {"distribution": "negative_binomial", "demand_sd": 9.0, "pack_size": 0.5},
            ("pack_size", "broken_pack"),
        ),
        ({"policy": "rQ", "fixed_cost": 3.0}, ("order_quantity", "no_quantity")),
        ({"policy": "rQ", "order_quantity": 0.0}, ("order_quantity", "out_of_range")),
        ({"on_hand": -4.0}, ("on_hand", "negative")),
        ({"demand_mean": 1e300}, ("demand_mean", "out_of_range")),
        ({"lead_time": float("inf")}, ("lead_time", "inf")),
        ({"max_order_quantity": -1.0}, ("max_order_quantity", "negative")),
    ],
)
def test_a_fault_is_named(cells, fault):
    assert [(column, code) for column, _, code in faults(one(**cells))] == [fault]


def test_a_missing_column_and_a_misspelt_one_are_named():
    table = one()
    table["demand_means"] = table.pop("demand_mean")
    found = faults(table)
    assert ("demand_means", None, "unknown_column") in found
    assert ("demand_mean", None, "missing_column") in found


def test_a_policy_nobody_knows_is_a_fault():
    assert faults(one(), policy="sQ") == [("policy", None, "unknown_choice")]


def test_one_bad_item_in_many_is_named_by_its_row():
    sd = np.full(5000, 2.0)
    sd[4321] = np.nan
    with pytest.raises(ValidationError) as caught:
        ReplenishmentProblem.from_arrays(demand_mean=5.0, demand_sd=sd, lead_time=1, fill_rate=0.9)
    assert [failure.row for failure in caught.value.failures] == [4321]


def test_a_policy_of_its_own_goes_before_the_common_one():
    table = {name: cells * 3 for name, cells in one(order_quantity=4.0).items()}
    table |= {"item": ["a", "b", "c"], "policy": ["RS", None, "rq"]}
    with pytest.warns(FlowoptWarning, match="RS takes no order_quantity"):
        problem = ReplenishmentProblem.from_frames(table, policy="rQ")
    assert problem.items["policy"].tolist() == ["rs", "rq", "rq"]


def test_the_same_item_at_two_sites_is_two_items():
    table = {name: cells * 2 for name, cells in one().items()} | {"site": ["Lyon", "Nantes"]}
    assert ReplenishmentProblem.from_frames(table).num_items == 2
    assert faults(table | {"site": ["Lyon", "Lyon"]}) == [("item+site", 1, "duplicate_id")]


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame])
def test_a_frame_comes_back_as_it_came(items, library):
    answer = ReplenishmentProblem.from_frames(library(items)).solve()
    for name in ("policies", "orders", "explanations"):
        assert isinstance(answer.to_frame(name), library)


def test_the_table_given_is_not_changed(items):
    frame = pd.DataFrame(items)
    before = frame.copy(deep=True)
    problem = ReplenishmentProblem.from_frames(frame)
    problem.solve()
    pd.testing.assert_frame_equal(frame, before)
    with pytest.raises(ValueError, match="read-only"):
        problem.items["demand_mean"][0] = 1.0


def test_an_empty_table_has_an_empty_answer():
    answer = ReplenishmentProblem.from_frames({name: [] for name in one()}).solve()
    assert answer.cost == 0
    assert len(answer.to_frame("policies")) == 0


def test_replacing_a_column_validates_again(problem):
    steeper = problem.replace(holding_cost=2.0)
    assert steeper.items["holding_cost"].tolist() == [2.0] * 4
    assert problem.items["holding_cost"][0] == 0.02
    with pytest.raises(ValidationError, match="negative"):
        problem.replace(lead_time=[-1.0, 0, 0, 0])
    with pytest.raises(ValidationError, match="colour"):
        problem.replace(colour="red")


def test_replacing_keeps_the_frame_library_and_other_columns(items):
    with pytest.warns(FlowoptWarning, match="colour"):
        problem = ReplenishmentProblem.from_frames(pl.DataFrame(items | {"colour": list("rgbw")}))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        changed = problem.replace(on_hand=0.0)
    assert changed.backend == "polars"
    assert changed.items.extras["colour"].tolist() == list("rgbw")


def test_numbers_stand_for_all_items():
    problem = ReplenishmentProblem.from_arrays(
        demand_mean=[1.0, 2.0, 3.0], demand_sd=1.0, lead_time=2, cycle_service_level=0.9
    )
    assert problem.items["item"].tolist() == [0, 1, 2]
    assert problem.items["lead_time"].tolist() == [2, 2, 2]


def test_columns_of_different_lengths_are_a_fault():
    with pytest.raises(ValidationError):
        ReplenishmentProblem.from_arrays(
            demand_mean=[1.0, 2.0], demand_sd=[1.0], lead_time=2, cycle_service_level=0.9
        )


def test_the_fingerprint_follows_the_content(problem):
    assert problem.fingerprint == problem.replace(holding_cost=[0.02, 0.1, 0.1, 0.3]).fingerprint
    assert problem.fingerprint != problem.replace(on_hand=1.0).fingerprint


def test_the_features_say_what_is_in_the_table(problem):
    assert problem.features == {
        "RS",
        "rQ",
        "normal",
        "negative_binomial",
        "fill_rate",
        "cycle_service_level",
    }


def test_a_table_that_is_not_given_is_a_fault():
    assert faults(None) == [(None, None, "missing_table")]


def test_stock_that_costs_next_to_nothing_beside_a_shortage_is_a_fault():
    item = {"demand_mean": 5.0, "demand_sd": 2.0, "stockout_cost": 1.0, "holding_cost": 1e-300}
    with pytest.raises(ValidationError, match="so little that no stock is too much"):
        ReplenishmentProblem.from_arrays(lead_time=1, **item)
