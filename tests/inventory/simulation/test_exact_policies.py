"""The exact policies of the textbook cost what they say, and their neighbours cost no less."""

import numpy as np
import pytest

from flowopt.inventory import (
    base_stock,
    continuous_review,
    lost_sales_base_stock,
    newsvendor,
    periodic_review,
    simulate_policy,
)

SURE = {"confidence": 0.99999, "seed": 9}


def costs_what_it_says(played, cost, floor=0.0):
    half = (played.high("cost_per_period") - played.low("cost_per_period")) / 2
    assert (np.abs(played.cost_per_period - cost) <= half + floor * cost).all(), (
        played.cost_per_period, cost, half,
    )  # fmt: skip
    assert (half < 0.03 * cost).all(), "too short to tell"


@pytest.mark.parametrize(
    ("demand", "lead_time"),
    [
        ({"demand_mean": np.array([10.0, 15.0, 21.0, 52.0])}, 0),
        ({"demand_mean": np.array([0.4, 3.0, 25.0])}, 3),
        ({"demand_mean": np.array([0.5, 4.0, 12.0]), "demand_sd": np.array([1.2, 3.5, 6.0]),
          "distribution": "negative_binomial"}, 2),
    ],
)  # fmt: skip
def test_the_best_s_and_S_cost_what_they_say(demand, lead_time):
    best = periodic_review(64, 1, 9, lead_time=lead_time, **demand)
    played = simulate_policy(
        **({"distribution": "poisson"} | demand), lead_time=lead_time, periods=60_000,
        reorder_point=best.reorder_point, order_up_to_level=best.order_up_to_level,
        fixed_cost=64, holding_cost=1, stockout_cost=9, **SURE,
    )  # fmt: skip
    costs_what_it_says(played, best.cost)


def test_s_and_S_for_demand_of_a_few_sizes():
    best = periodic_review(10, 1, 9, demand_probabilities=[0.6, 0.3, 0, 0, 0.1], lead_time=2)
    played = simulate_policy(
        samples=[[0, 0, 0, 0, 0, 0, 1, 1, 1, 4]], lead_time=2, periods=60_000,
        reorder_point=best.reorder_point, order_up_to_level=best.order_up_to_level,
        fixed_cost=10, holding_cost=1, stockout_cost=9, **SURE,
    )  # fmt: skip
    costs_what_it_says(played, best.cost)


def test_no_neighbour_of_the_best_s_and_S_costs_less():
    """All meet the same demand, so that their order shows."""
    best = periodic_review(64, 1, 9, demand_mean=15)

    def cost(down, up):
        played = simulate_policy(
            demand_mean=15.0, distribution="poisson", periods=200_000, warmup=500,
            reorder_point=best.reorder_point + down, order_up_to_level=best.order_up_to_level + up,
            fixed_cost=64, holding_cost=1, stockout_cost=9, seed=4,
        )  # fmt: skip
        return played.cost_per_period[0]

    least = cost(0, 0)
    for down, up in ((-3, 0), (3, 0), (0, -6), (0, 6), (-3, -6), (3, 6)):
        assert cost(down, up) > least


STEPS = 25
"""Parts of a period, each with a review: as good as always, for slow demand."""


@pytest.mark.parametrize(("mean", "lead_time"), [(3.0, 1.0), (1.2, 4.0)])
def test_the_best_r_and_Q_under_continuous_review_cost_what_they_say(mean, lead_time):
    best = continuous_review(12, 1, 9, mean, lead_time=lead_time, distribution="poisson")
    played = simulate_policy(
        demand_mean=mean / STEPS, distribution="poisson", lead_time=lead_time * STEPS - 1,
        reorder_point=best.reorder_point, order_quantity=best.order_quantity,
        fixed_cost=12, holding_cost=1 / STEPS, stockout_cost=9 / STEPS, periods=500_000, **SURE,
    )  # fmt: skip
    costs_what_it_says(played, best.cost / STEPS, floor=0.02)


def test_sales_that_are_lost_cost_what_erlang_says():
    best = lost_sales_base_stock(1, 10, demand_mean=1.5, lead_time=2.0)
    played = simulate_policy(
        demand_mean=1.5 / STEPS, distribution="poisson", lead_time=2 * STEPS - 1,
        order_up_to_level=best.base_stock_level, unmet_demand="lost_sales",
        holding_cost=1 / STEPS, stockout_cost=10, periods=500_000, **SURE,
    )  # fmt: skip
    costs_what_it_says(played, best.cost / STEPS, floor=0.02)
    assert played.fill_rate[0] == pytest.approx(best.fill_rate, abs=0.01)


@pytest.mark.parametrize(
    ("distribution", "mean", "sd"),
    [("poisson", 20.0, None), ("gamma", 50.0, 30.0), ("negative_binomial", 5.0, 4.0),
     ("normal", 50.0, 8.0)],
)  # fmt: skip
def test_newsvendors_earn_what_they_say(distribution, mean, sd):
    """What is left is worth as much tomorrow, so that each period is a newsvendor's day."""
    best = newsvendor(0.3, 0.7, mean, sd, distribution=distribution)
    played = simulate_policy(
        demand_mean=mean, demand_sd=sd, distribution=distribution, periods=40_000,
        order_up_to_level=best.base_stock_level, unmet_demand="lost_sales",
        holding_cost=0.3, stockout_cost=0.7, **SURE,
    )  # fmt: skip
    costs_what_it_says(played, best.cost)


def test_base_stocks_cost_what_they_say():
    best = base_stock(1, 9, 6.0, lead_time=np.array([0.0, 3.0]), distribution="poisson")
    played = simulate_policy(
        demand_mean=6.0, distribution="poisson", lead_time=np.array([0.0, 3.0]), periods=100_000,
        order_up_to_level=best.base_stock_level, holding_cost=1, stockout_cost=9, **SURE,
    )  # fmt: skip
    costs_what_it_says(played, best.cost)
