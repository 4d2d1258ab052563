"""What holds for all items: more asked for needs more stock; order and scale do not matter."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowopt.inventory import ReplenishmentProblem, admissible_quantity, periodic_order_up_to
from flowopt.inventory import reorder_point as least_reorder_point

means = st.floats(0.05, 500)
ratios = st.floats(1.01, 20)  # variance over mean: all of it over-dispersed
lead_times = st.floats(0, 12)
reviews = st.sampled_from([1.0, 2.0, 7.0])
targets = st.floats(0.5, 0.999)
kinds = st.sampled_from(["normal", "negative_binomial"])
measures = st.sampled_from(["fill_rate", "cycle_service_level"])
few = settings(max_examples=40, deadline=None)

SLACK = 1e-6


@few
@given(means, ratios, lead_times, reviews, targets, kinds, measures)
def test_a_higher_target_needs_no_less(mean, ratio, lead_time, review, target, kind, measure):
    rising = np.linspace(target, 0.9999, 6)
    sd = np.sqrt(mean * ratio)
    shared = {measure: rising, "distribution": kind}
    levels = periodic_order_up_to(mean, sd, lead_time, review, **shared)
    points = least_reorder_point(mean, sd, lead_time, 12, review, **shared)
    assert (np.diff(levels) >= -SLACK * (1 + levels[1:])).all()
    assert (np.diff(points) >= -SLACK * (1 + points[1:])).all()


@few
@given(means, ratios, lead_times, reviews, targets, kinds)
def test_a_longer_lead_time_needs_no_less(mean, ratio, lead_time, review, target, kind):
    longer = lead_time + np.arange(5.0)
    sd = np.sqrt(mean * ratio)
    levels = periodic_order_up_to(mean, sd, longer, review, fill_rate=target, distribution=kind)
    points = least_reorder_point(mean, sd, longer, 9, review, fill_rate=target, distribution=kind)
    assert (np.diff(levels) >= -SLACK * (1 + levels[1:])).all()
    assert (np.diff(points) >= -SLACK * (1 + points[1:])).all()


@few
@given(means, ratios, lead_times, reviews, st.floats(0.5, 0.999), kinds)
def test_more_spread_needs_no_less(mean, ratio, lead_time, review, target, kind):
    wider = np.sqrt(mean * ratio) * np.array([1.0, 1.2, 1.5, 2.0])
    levels = periodic_order_up_to(
        mean, wider, lead_time, review, cycle_service_level=target, distribution="normal"
    )
    assert (np.diff(levels) >= -SLACK * (1 + levels[1:])).all()
    high = max(target, 0.9)
    levels = periodic_order_up_to(mean, wider, lead_time, review, fill_rate=high, distribution=kind)
    assert (np.diff(levels) >= -SLACK * (1 + levels[1:])).all()


@few
@given(means, ratios, lead_times, targets, st.floats(1e-3, 1e4), measures)
def test_normal_levels_scale_with_the_unit(mean, ratio, lead_time, target, factor, measure):
    sd = np.sqrt(mean * ratio)
    level = periodic_order_up_to(mean, sd, lead_time, **{measure: target})
    scaled = periodic_order_up_to(mean * factor, sd * factor, lead_time, **{measure: target})
    np.testing.assert_allclose(scaled, factor * level, rtol=1e-8, atol=1e-9 * factor * sd)
    point = least_reorder_point(mean, sd, lead_time, 5.0, **{measure: target})
    scaled = least_reorder_point(
        mean * factor, sd * factor, lead_time, 5.0 * factor, **{measure: target}
    )
    np.testing.assert_allclose(scaled, factor * point, rtol=1e-7, atol=1e-7 * factor * sd)


@st.composite
def tables(draw):
    num_items = draw(st.integers(1, 8))
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    mean = generator.uniform(0.1, 80, num_items) * (generator.random(num_items) > 0.15)
    by_fill = generator.random(num_items) < 0.5
    target = generator.uniform(0.3, 0.999, num_items)
    return {
        "item": np.arange(num_items),
        "policy": generator.choice(["RS", "rQ"], num_items),
        "demand_mean": mean,
        "demand_sd": np.sqrt(mean * generator.choice([0, 0.4, 2, 9], num_items)),
        "lead_time": generator.choice([0.5, 1, 2, 7.3], num_items),
        "lead_time_sd": generator.choice([0, 0.7], num_items),
        "review_period": generator.choice([1, 2.5, 4], num_items),
        "fill_rate": np.where(by_fill, target, np.nan),
        "cycle_service_level": np.where(by_fill, np.nan, target),
        "fixed_cost": generator.uniform(0, 40, num_items),
        "holding_cost": generator.uniform(0.01, 1, num_items),
        "min_order_quantity": generator.choice([0, 0, 15], num_items),
        "pack_size": generator.choice([1, 4, 0.5], num_items),
        "max_order_quantity": generator.choice([np.nan, 12, 90], num_items),
        "on_hand": generator.uniform(0, 90, num_items),
        "on_order": generator.uniform(0, 30, num_items),
        "backorders": generator.choice([0, 4.5], num_items),
    }


@few
@given(tables())
def test_every_answer_passes_its_check(table):
    answer = ReplenishmentProblem.from_frames(table).solve()  # solve checks, or raises
    assert answer.check().ok
    assert set(answer.policy_status) <= {
        "optimal",
        "deterministic",
        "no_demand",
        "capped",
        "overloaded",
        "infeasible",
    }


@few
@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(table, random):
    rows = list(range(len(table["item"])))
    random.shuffle(rows)
    shuffled = {name: column[rows] for name, column in table.items()}
    one, other = (ReplenishmentProblem.from_frames(t).solve() for t in (table, shuffled))
    for name in ("order_up_to_level", "reorder_point", "average_stock", "order"):
        np.testing.assert_array_equal(getattr(other, name), getattr(one, name)[rows])


@few
@given(st.floats(-50, 500), st.floats(0, 100), st.sampled_from([0.1, 1, 6, 25]), st.floats(0, 300))
def test_an_order_obeys_minimum_pack_and_maximum(need, least, pack, most):
    order = float(admissible_quantity(need, least, pack, most))
    if np.isnan(order):
        assert np.floor(most / pack + 1e-9) * pack < least + pack
        return
    assert order == 0 or order >= least - 1e-9
    assert order <= most + 1e-6
    assert abs(order / pack - round(order / pack)) < 1e-6
    if need <= 0:
        assert order == 0
    elif order < need - 1e-6:
        assert order + pack > most - 1e-6  # the maximum alone keeps it below the need


@pytest.mark.parametrize("seed", range(4))
def test_items_of_every_size_live_in_one_batch(seed):
    """From one unit in a million periods to a trillion a period: none makes the batch fail."""
    generator = np.random.default_rng(seed)
    num_items = 2000
    mean = 10 ** generator.uniform(-7, 11, num_items) * (generator.random(num_items) > 0.05)
    ratio = 10 ** generator.uniform(-4, 5, num_items) * (generator.random(num_items) > 0.05)
    periodic = generator.random(num_items) < 0.5
    lead_time = generator.choice([0, 0.3, 1, 5, 40, 365], num_items)
    target = 1 - 10 ** generator.uniform(-8, -0.001, num_items)
    by_fill = generator.random(num_items) < 0.6
    answer = ReplenishmentProblem.from_frames(
        {
            "item": np.arange(num_items),
            "policy": np.where(periodic, "RS", "rQ"),
            "demand_mean": mean,
            "demand_sd": np.minimum(np.sqrt(mean * ratio), 1e12),
            "lead_time": lead_time,
            "lead_time_sd": np.where(lead_time > 0, generator.choice([0, 0.2, 3], num_items), 0),
            "review_period": np.where(periodic, generator.choice([0.1, 1, 7], num_items), 0),
            "fill_rate": np.where(by_fill, target, np.nan),
            "cycle_service_level": np.where(by_fill, np.nan, target),
            "fixed_cost": generator.uniform(0, 100, num_items),
            "holding_cost": 10 ** generator.uniform(-6, 2, num_items),
            "pack_size": generator.choice([1, 2, 24], num_items),
            "min_order_quantity": generator.choice([0, 50], num_items),
            "max_order_quantity": generator.choice([np.nan, 10, 1e4], num_items),
        }
    ).solve()
    assert str(answer.status) == "FEASIBLE"
    solved = np.isin(answer.policy_status, ("optimal", "capped", "deterministic", "no_demand"))
    assert np.isfinite(answer.average_stock[solved]).all()
    assert (answer.expected_fill_rate[solved] >= 0).all()
