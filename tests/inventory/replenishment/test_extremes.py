"""Figures far beyond any real item: each is refused as a fault, or solved and checked."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowopt import FlowoptWarning, ReplenishmentProblem, ValidationError


def powers(low, high):
    return st.floats(low, high).map(lambda power: 10.0**power)


def maybe(low, high, otherwise):
    return st.one_of(st.just(otherwise), powers(low, high))


ITEMS = st.fixed_dictionaries(
    {
        "demand_mean": powers(-8, 12),
        "demand_sd": maybe(-8, 12, 0.0),
        "lead_time": maybe(-4, 4, 0.0),
        "lead_time_sd": maybe(-4, 4, 0.0),
        "review_period": powers(-2, 4),
        "policy": st.sampled_from(["RS", "rQ"]),
        "distribution": st.sampled_from(["auto", "normal", "negative_binomial"]),
        "pack_size": st.one_of(st.just(1.0), powers(0, 6).map(np.floor), powers(-3, 6)),
        "min_order_quantity": maybe(0, 12, 0.0),
        "max_order_quantity": maybe(0, 12, None),
        "holding_cost": powers(-6, 12),
        "fixed_cost": maybe(-6, 12, 0.0),
        "on_hand": maybe(0, 12, 0.0),
        "backorders": maybe(0, 12, 0.0),
        "fill_rate": st.sampled_from([1e-6, 0.5, 0.98, 1 - 1e-9]),
    }
)


@settings(max_examples=80, deadline=None)
@given(ITEMS)
def test_extreme_figures_are_refused_or_solved(cells):
    table = {"item": ["any"], **{name: [value] for name, value in cells.items()}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FlowoptWarning)
        try:
            problem = ReplenishmentProblem.from_frames(table)
        except ValidationError:
            return
    assert problem.solve().check().ok


@pytest.mark.parametrize(
    ("mean", "sd", "lead_time_sd"),
    [(10.0, 1e9, 0.0), (10.0, 1e12, 0.0), (1e8, 1e12, 0.0), (1e-6, 1e3, 0.0), (5.0, 1.0, 1e4)],
)
def test_a_spread_far_beyond_the_mean_is_a_fault(mean, sd, lead_time_sd):
    table = {"item": ["a"], "demand_mean": [mean], "demand_sd": [sd], "lead_time": [0.01]}
    table |= {"lead_time_sd": [lead_time_sd], "fill_rate": [0.98]}
    with pytest.raises(ValidationError) as caught:
        ReplenishmentProblem.from_frames(table)
    (fault,) = caught.value.failures
    assert (fault.column, fault.code) == ("demand_sd", "out_of_range")
    assert "too far beyond its mean" in fault.message


@pytest.mark.parametrize("mean", [1e-6, 1e-3, 1.0])
def test_demand_that_seldom_comes_one_by_one_is_no_such_spread(mean):
    problem = ReplenishmentProblem.from_arrays(
        demand_mean=mean, demand_sd=math.sqrt(mean), lead_time=2.0, fill_rate=0.9
    )
    assert problem.solve().status.has_solution


@pytest.mark.parametrize("policy", ["RS", "rQ"])
def test_orders_of_demand_of_huge_spread_are_as_exact_as_numbers_are(policy):
    problem = ReplenishmentProblem.from_arrays(
        demand_mean=9.22e7, demand_sd=9.16e10, lead_time=0, review_period=3.06, fill_rate=0.9,
        holding_cost=1.0, policy=policy,
    )  # fmt: skip
    assert problem.solve().check().ok
