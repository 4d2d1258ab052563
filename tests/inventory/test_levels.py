"""The least level that meets a target, against brute force over sums."""

import numpy as np
import pytest
from scipy import stats

from flowopt import ValidationError
from flowopt.inventory import (
    order_up_to_performance,
    periodic_order_up_to,
    reorder_point,
    reorder_point_performance,
)

COUNTS = np.arange(0, 4000)


def chances(mean, sd, length):
    if length == 0:
        return (COUNTS == 0).astype(float)
    total, variance = mean * length, sd**2 * length
    return stats.nbinom.pmf(COUNTS, total**2 / (variance - total), total / variance)


def brute_force_fill(mean, sd, lead_time, review):
    """Return the fill rate of each order-up-to level from 0 on: every unit short, weighed."""
    gained = chances(mean, sd, lead_time + review) - chances(mean, sd, lead_time)
    short = [(np.maximum(COUNTS - level, 0) * gained).sum() for level in range(900)]
    return 1 - np.array(short) / (mean * review)


ITEMS = [
    (3.0, 3.0, 0, 1),
    (0.3, 0.9, 4, 1),
    (8.0, 6.0, 2, 3),
    (0.05, 0.3, 9, 2),
    (20.0, 30.0, 1, 1),
]


@pytest.mark.parametrize(("mean", "sd", "lead_time", "review"), ITEMS)
@pytest.mark.parametrize("target", [0.3, 0.9, 0.99, 0.9999])
def test_order_up_to_levels_for_a_fill_rate_are_those_of_brute_force(
    mean, sd, lead_time, review, target
):
    best = np.flatnonzero(brute_force_fill(mean, sd, lead_time, review) >= target)[0]
    found = periodic_order_up_to(
        mean, sd, lead_time, review, fill_rate=target, distribution="negative_binomial"
    )
    assert found == best


@pytest.mark.parametrize(("mean", "sd", "lead_time", "review"), ITEMS)
@pytest.mark.parametrize("quantity", [1, 7, 60])
def test_reorder_points_for_a_fill_rate_are_those_of_brute_force(
    mean, sd, lead_time, review, quantity
):
    fill = brute_force_fill(mean, sd, lead_time, review)
    over_batch = np.convolve(fill, np.full(quantity, 1 / quantity), "valid")[1:]  # r+1 … r+Q
    best = np.flatnonzero(over_batch >= 0.95)[0]
    found = reorder_point(
        mean, sd, lead_time, quantity, review, fill_rate=0.95, distribution="negative_binomial"
    )
    assert found == best


@pytest.mark.parametrize(("mean", "sd", "lead_time", "review"), ITEMS)
@pytest.mark.parametrize("target", [0.2, 0.8, 0.999])
def test_levels_for_a_cycle_service_are_quantiles(mean, sd, lead_time, review, target):
    total, variance = mean * (lead_time + review), sd**2 * (lead_time + review)
    quantile = stats.nbinom.ppf(target, total**2 / (variance - total), total / variance)
    kind = {"cycle_service_level": target, "distribution": "negative_binomial"}
    assert periodic_order_up_to(mean, sd, lead_time, review, **kind) == quantile
    assert reorder_point(mean, sd, lead_time, 5, review, **kind) == quantile


@pytest.mark.parametrize("target", [0.05, 0.5, 0.9, 0.999, 0.9999999])
def test_a_real_level_meets_its_target_to_the_last_digits(target):
    level = periodic_order_up_to([10, 1e6, 0.01], [4, 10, 0.03], [0, 3, 50], fill_rate=target)
    now = order_up_to_performance(level, [10, 1e6, 0.01], [4, 10, 0.03], [0, 3, 50])
    assert now.fill_rate == pytest.approx(target, abs=2e-9)
    point = reorder_point([10, 1e6], [4, 10], [3, 3], [25, 9], 0, fill_rate=target)
    then = reorder_point_performance(point, [25, 9], [10, 1e6], [4, 10], [3, 3], 0)
    assert (then.fill_rate >= target - 2e-9).all()
    assert (np.isclose(then.fill_rate, target, atol=2e-9) | (point == 0)).all()


def test_a_lead_time_of_zero_leaves_the_review_period_to_cover():
    level = periodic_order_up_to(10, 4, 0, cycle_service_level=0.5)
    assert level == pytest.approx(10)
    assert reorder_point(10, 4, 0, 5, 0, fill_rate=0.99) == 0  # arrives when it is wanted


def test_no_demand_needs_no_stock():
    assert periodic_order_up_to(0, 0, 5, fill_rate=0.99) == 0
    assert reorder_point(0, 0, 5, 10, fill_rate=0.99) == -1
    still = order_up_to_performance(7, 0, 0, 2)
    assert (still.fill_rate, still.average_stock, still.orders_per_period) == (1, 7, 0)


def test_certain_demand_gets_the_demand_of_the_protection_interval():
    targets = {"fill_rate": [0.5, 0.99]}
    assert periodic_order_up_to(10, 0, 3, 2, **targets).tolist() == [50, 50]
    assert reorder_point(10, 0, 3, 25, 2, **targets).tolist() == [50, 50]
    assert periodic_order_up_to(10, 0, 3, cycle_service_level=0.9, lead_time_sd=1) > 40


def test_levels_of_wild_normal_demand_are_not_negative():
    assert periodic_order_up_to(1, 50, 0, cycle_service_level=0.1) == 0
    assert reorder_point(10, 4, 1, 10_000, 0, fill_rate=0.5) == 0


def test_negative_levels_have_their_service_too():
    now = reorder_point_performance(-5, 20, 3, 3, 2, distribution="negative_binomial")
    owed = [0.0] * 4  # after a review 4 or fewer units are owed: everyone waits
    fill = [*owed, *brute_force_fill(3, 3, 2, 1)[:16]]
    assert now.fill_rate == pytest.approx(np.mean(fill))


def test_functions_take_columns_and_tables_of_numbers():
    level = periodic_order_up_to([[10], [20]], [2, 4, 8], 1, fill_rate=0.9)
    assert level.shape == (2, 3)
    assert level[1, 2] == periodic_order_up_to(20, 8, 1, fill_rate=0.9)


def test_functions_mix_distributions():
    kinds = ["normal", "negative_binomial", "auto"]
    level = periodic_order_up_to(2, 3, 4, fill_rate=0.9, distribution=kinds)
    assert level[1] == level[2] == int(level[1])
    assert level[0] != int(level[0])


def test_functions_list_every_fault():
    with pytest.raises(ValidationError) as caught:
        periodic_order_up_to(
            [-1, 5, 5, 0], [1, np.nan, 1, 1], [2, 2, 0, 2], [1, 1, 0, 1], fill_rate=[0.9, 0.9, 1, 0]
        )
    codes = sorted(failure.code for failure in caught.value.failures)
    assert codes == ["nan", "negative", *["out_of_range"] * 3, "sd_without_mean"]


def test_shapes_that_do_not_fit_are_a_fault():
    with pytest.raises(ValidationError, match="shapes differ"):
        periodic_order_up_to([1, 2, 3], [1, 2], 1, fill_rate=0.9)


def test_counted_demand_takes_whole_quantities_only():
    with pytest.raises(ValidationError, match="round it"):
        reorder_point(3, 3, 1, 4.5, fill_rate=0.9, distribution="negative_binomial")
    assert reorder_point(3, 3, 1, 4.5, fill_rate=0.9, distribution="auto") > 0


def test_a_reorder_point_needs_its_quantity():
    with pytest.raises(ValidationError, match="economic_order_quantity"):
        reorder_point(3, 3, 1, None, fill_rate=0.9)
