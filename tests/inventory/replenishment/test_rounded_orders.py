"""Minimum orders and packs: promised fill rates are within half a point of simulated ones."""

import dataclasses

import numpy as np
import pytest

from flowopt import ReplenishmentProblem

DEMANDS = [  # mean, coefficient of variation, lead time, review period
    (4.0, 0.8, 0.0, 1.0),
    (30.0, 0.3, 2.0, 1.0),
    (30.0, 1.0, 1.0, 2.0),
]
ORDERS = [  # of the demand between reviews: minimum and pack; 0 for none and for single units
    (0.5, 0.0),
    (1.0, 0.0),
    (1.5, 0.0),
    (3.0, 0.0),
    (8.0, 0.0),
    (0.0, 0.5),
    (0.0, 1.3),
    (0.0, 4.0),
    (1.3, 0.5),
    (1.9, 1.0),
    (2.0, 0.9),
]
WIDTHS = [(1.0, 1.0), (2.0, 2.0), (0.5, 0.5), (3.0, 0.7), (2.0, 4.0), (0.7, 2.0)]
"""S - s and pack, of the demand between reviews."""

DISTRIBUTIONS = ["normal", "gamma", "poisson", "negative_binomial"]


def table(distribution, columns, orders, policy="RS"):
    """Return a problem of every demand with every way to order."""
    cases = [
        (*demand, target, *order)
        for demand in DEMANDS
        for target in (0.8, 0.95)
        for order in orders
    ]
    mean, variation, lead_time, review, target, *sizes = map(np.array, zip(*cases, strict=True))
    if distribution == "normal":
        variation = np.minimum(variation, 0.3)  # more would be negative too often
    spread = np.maximum(mean * variation, np.sqrt(1.3 * mean))
    sd = {"poisson": np.sqrt(mean), "negative_binomial": spread}.get(distribution, mean * variation)
    sizes = {
        name: np.maximum(np.rint(size * mean * review), 1.0)
        for name, size in zip(columns, sizes, strict=True)
    }
    return ReplenishmentProblem.from_arrays(
        policy=policy,
        distribution=distribution,
        demand_mean=mean,
        demand_sd=sd,
        lead_time=lead_time,
        review_period=review,
        fill_rate=target,
        **sizes,
    )


def assert_achieved(answer, mean):
    found = answer.simulate(periods=60_000, replications=4)
    np.testing.assert_allclose(answer.expected_fill_rate, found.fill_rate, atol=5e-3)
    np.testing.assert_allclose(answer.average_stock / mean, found.average_stock / mean, atol=0.03)
    np.testing.assert_allclose(answer.orders_per_period, found.orders_per_period, atol=0.01)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_order_up_to_levels_price_the_rounding_of_orders(distribution):
    problem = table(distribution, ("min_order_quantity", "pack_size"), ORDERS)
    answer = problem.solve()
    assert (answer.expected_fill_rate >= problem.items["fill_rate"] - 1e-9).all()
    assert_achieved(answer, problem.items["demand_mean"])


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_trigger_policies_price_the_rounding_of_orders(distribution):
    problem = table(distribution, ("order_quantity", "pack_size"), WIDTHS, "RsS")
    answer = problem.solve()
    assert_achieved(answer, problem.items["demand_mean"])


@pytest.mark.parametrize("sizes", [{"pack_size": 40.0}, {"min_order_quantity": 40.0}])
def test_a_level_is_no_higher_than_the_target_needs_with_rounded_orders(sizes):
    case = {"distribution": "poisson", "demand_mean": 30.0, "lead_time": 2.0, "fill_rate": 0.9}
    plain = ReplenishmentProblem.from_arrays(**case).solve()
    rounded = ReplenishmentProblem.from_arrays(**case, **sizes).solve()
    assert rounded.order_up_to_level[0] < plain.order_up_to_level[0]
    assert 0.9 <= rounded.expected_fill_rate[0] < 0.91
    for step, broken in ((-1.0, "fill_rate"), (1.0, "least")):
        level = rounded.order_up_to_level + step
        wrong = dataclasses.replace(rounded, order_up_to_level=level).check()
        assert broken in {violation.constraint for violation in wrong}


def test_a_wrong_promise_of_rounded_orders_is_found():
    answer = ReplenishmentProblem.from_arrays(
        distribution="gamma",
        demand_mean=30.0,
        demand_sd=9.0,
        lead_time=1.0,
        fill_rate=0.9,
        min_order_quantity=45.0,
    ).solve()
    assert answer.check().ok
    lying = dataclasses.replace(answer, expected_fill_rate=answer.expected_fill_rate - 1e-3)
    assert {violation.constraint for violation in lying.check()} == {"expected_fill_rate"}


def test_certain_demand_above_a_minimum_it_does_not_fit_has_an_answer():
    """Demand of 45 with a minimum of 40 in packs of 20: three packs, then two, in turn."""
    answer = ReplenishmentProblem.from_arrays(
        demand_mean=45.0,
        demand_sd=0.0,
        lead_time=1.0,
        fill_rate=0.9,
        min_order_quantity=40.0,
        pack_size=20.0,
        distribution="normal",
    ).solve()
    assert answer.policy_status.tolist() == ["deterministic"]
    assert answer.check().ok
