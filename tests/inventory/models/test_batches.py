"""All models alike: a batch is its items one by one, and one bad item stops no other."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from flowopt import inventory as inv
from flowopt.core.errors import ValidationError

COSTS = {"fixed_cost": [8.0, 50.0, 3.0], "holding_cost": [0.2, 1.0, 3.0]}
STOCKOUT = {"stockout_cost": [5.0, 20.0, 9.0]}
MODELS = {
    "economic_order_quantity": COSTS | {"demand_rate": [1300.0, 0.0, 20.0]},
    "economic_production_quantity": COSTS
    | {"demand_rate": [1300.0, 0.0, 20.0], "production_rate": 2000.0},
    "eoq_with_backorders": COSTS | STOCKOUT | {"demand_rate": [1300.0, 0.0, 20.0]},
    "eoq_with_discounts": {
        "fixed_cost": [8.0, 50.0, 3.0],
        "holding_cost_rate": 0.3,
        "demand_rate": [1300.0, 0.0, 20.0],
        "breakpoints": [0, 100],
        "unit_costs": [2, 1.9],
    },
    "eoq_with_disruptions": COSTS
    | STOCKOUT
    | {"demand_rate": [1300.0, 0.0, 20.0], "disruption_rate": 1.0, "recovery_rate": 9.0},
    "eoq_with_yield": COSTS
    | {"demand_rate": [1300.0, 0.0, 20.0], "yield_mean": 0.9, "yield_sd": 0.1},
    "newsvendor": STOCKOUT
    | {
        "holding_cost": [0.2, 1.0, 3.0],
        "demand_mean": [50.0, 0.0, 7.0],
        "demand_sd": [8.0, 0.0, 3.0],
        "lead_time": [0.0, 1.0, 2.0],
    },
    "newsvendor_with_prices": {
        "price": [9.0, 8.0, 7.0],
        "unit_cost": 4.0,
        "demand_mean": [50.0, 0.0, 7.0],
        "distribution": "poisson",
    },
    "newsvendor_with_disruptions": STOCKOUT
    | {
        "holding_cost": [0.2, 1.0, 3.0],
        "demand_rate": [2000.0, 0.0, 5.0],
        "disruption_probability": 0.1,
        "recovery_probability": 0.4,
    },
    "newsvendor_with_yield": STOCKOUT
    | {
        "holding_cost": [0.2, 1.0, 3.0],
        "demand_rate": [2000.0, 0.0, 50.0],
        "yield_mean": -5.0,
        "yield_sd": [9.0, 0.0, 2.0],
    },
    "base_stock": STOCKOUT
    | {
        "holding_cost": [0.2, 1.0, 3.0],
        "demand_mean": [50.0, 0.0, 7.0],
        "demand_sd": [8.0, 0.0, 3.0],
        "lead_time": [0.0, 1.0, 2.0],
        "review_period": [1.0, 2.0, 0.0],
    },
    "continuous_review": COSTS
    | STOCKOUT
    | {"demand_mean": [50.0, 0.0, 7.0], "demand_sd": [8.0, 0.0, 3.0], "lead_time": 2.0},
    "approximate_continuous_review": COSTS
    | STOCKOUT
    | {"demand_mean": [50.0, 0.0, 7.0], "demand_sd": [8.0, 0.0, 3.0], "lead_time": 2.0},
    "power_approximation": COSTS
    | STOCKOUT
    | {"demand_mean": [50.0, 0.0, 7.0], "demand_sd": [8.0, 0.0, 3.0], "lead_time": 2.0},
    "periodic_review": COSTS | STOCKOUT | {"demand_mean": [50.0, 0.0, 7.0], "lead_time": 2.0},
    "lost_sales_base_stock": STOCKOUT
    | {"holding_cost": [0.2, 1.0, 3.0], "demand_mean": [50.0, 0.0, 7.0], "lead_time": 2.0},
    "lost_sales_continuous_review": COSTS
    | STOCKOUT
    | {"demand_mean": [50.0, 0.0, 7.0], "lead_time": 2.0},
}
TABLES = ("breakpoints", "unit_costs")


@pytest.fixture(params=MODELS)
def model(request):
    return getattr(inv, request.param), MODELS[request.param]


def columns(answer):
    return {field.name: getattr(answer, field.name) for field in dataclasses.fields(answer)}


def item(arguments, place):
    return {
        name: value[place] if isinstance(value, list) and name not in TABLES else value
        for name, value in arguments.items()
    }


def as_arrays(arguments):
    return {
        name: np.array(value) if isinstance(value, list) and name not in TABLES else value
        for name, value in arguments.items()
    }


def test_a_batch_is_its_items_one_by_one(model):
    solve, arguments = model
    batch = columns(solve(**arguments))
    for place in range(3):
        one = columns(solve(**item(arguments, place)))
        for name, value in one.items():
            assert not isinstance(value, np.ndarray)
            if name == "status":
                assert batch[name][place] == value
            else:  # rules of thumb take their steps together
                np.testing.assert_allclose(batch[name][place], value, rtol=1e-12)


def test_every_item_has_a_status_and_those_without_demand_say_so(model):
    solve, arguments = model
    status = solve(**arguments).status.tolist()
    assert status[1] in ("no_demand", "deterministic")
    assert {status[0], status[2]} <= {"optimal", "approximate"}


def test_arrays_come_out_in_the_shape_that_goes_in(model):
    solve, arguments = model
    square = {
        name: value[:, None] * np.ones((1, 2)) if isinstance(value, np.ndarray) else value
        for name, value in as_arrays(arguments).items()
    }
    flat, wide = columns(solve(**arguments)), columns(solve(**square))
    for name, value in wide.items():
        assert value.shape == (3, 2)
        np.testing.assert_array_equal(value[:, 0], flat[name])
        np.testing.assert_array_equal(value[:, 1], flat[name])


def test_what_is_given_stays_as_it_is_even_where_it_may_not_be_written(model):
    solve, arguments = model
    arrays = as_arrays(arguments)
    before = {name: value.copy() for name, value in arrays.items() if isinstance(value, np.ndarray)}
    for value in arrays.values():
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
    solve(**arrays)
    for name, value in before.items():
        np.testing.assert_array_equal(arrays[name], value)


@pytest.mark.parametrize("wrong", [np.nan, -1.0, np.inf, "many"])
def test_one_bad_item_stops_no_other_and_is_named(model, wrong):
    solve, arguments = model
    name = next(key for key, value in arguments.items() if isinstance(value, list))
    bad = arguments | {name: [arguments[name][0], wrong, arguments[name][2]]}
    with pytest.raises(ValidationError) as caught:
        solve(**bad)
    assert {(failure.column, failure.row) for failure in caught.value.failures} == {(name, 1)}
    answer, good = columns(solve(**bad, on_bad_items="status")), columns(solve(**arguments))
    assert answer["status"][1] == "invalid"
    for column, value in answer.items():
        np.testing.assert_array_equal(value[[0, 2]], good[column][[0, 2]])
        if column != "status":
            assert np.isnan(value[1])


def test_a_batch_may_be_empty(model):
    solve, arguments = model
    none = {
        name: np.array([]) if isinstance(value, list) and name not in TABLES else value
        for name, value in arguments.items()
    }
    assert all(len(value) == 0 for value in columns(solve(**none)).values())


def test_all_items_may_be_bad(model):
    solve, arguments = model
    name = next(key for key, value in arguments.items() if isinstance(value, list))
    answer = columns(solve(**(arguments | {name: [-1.0, -1.0, -1.0]}), on_bad_items="status"))
    assert answer["status"].tolist() == ["invalid"] * 3


def test_a_cost_too_small_to_count_is_a_fault_of_its_item(model):
    solve, arguments = model
    priced = [name for name in ("holding_cost", "stockout_cost") if name in arguments]
    if not priced:
        pytest.skip("has neither of the costs")
    for name in priced:
        tiny = arguments | {name: [1e-300, 2.0, 1.0]}
        assert columns(solve(**tiny, on_bad_items="status"))["status"][0] == "invalid"
        with pytest.raises(ValidationError, match=f"{name}, row 0: 1e-300 is out of range"):
            solve(**tiny)
