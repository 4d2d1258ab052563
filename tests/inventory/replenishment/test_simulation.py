"""What the formulas promise is what a simulator that knows no formula achieves.

Each prediction may differ from the simulated mean by five of its standard errors, measured over
400 independent replications: by chance, one comparison in two million fails. The standard errors
themselves are held below 0.1 points of service, so that a wrong formula shows.
"""

import numpy as np
import pytest

from flowopt.inventory import (
    ReplenishmentProblem,
    order_up_to_performance,
    reorder_point_performance,
)

CASES = [
    ("normal", 50.0, 12.0, 3, 1),
    ("normal", 50.0, 12.0, 0, 4),
    ("negative_binomial", 3.0, 3.0, 2, 1),
    ("negative_binomial", 0.4, 1.1, 5, 1),
    ("negative_binomial", 2.0, 2.5, 0, 3),
    ("negative_binomial", 2.0, 2.5, 4, 3),
]


def assert_achieved(name, predicted, simulated, floor):
    mean, error = simulated
    assert error < floor, f"{name}: the simulation is too short to tell"
    assert abs(predicted - mean) <= 5 * error + 1e-4, (
        f"{name}: {predicted} against {mean} ± {error}"
    )


def solved(policy, *, distribution, mean, sd, lead_time, review_period, **columns):
    problem = ReplenishmentProblem.from_arrays(
        policy=policy,
        distribution=distribution,
        demand_mean=mean,
        demand_sd=sd,
        lead_time=lead_time,
        review_period=review_period,
        **columns,
    )
    return problem.solve()


@pytest.mark.parametrize(("distribution", "mean", "sd", "lead_time", "review"), CASES)
def test_order_up_to_levels_achieve_what_they_promise(
    simulate, distribution, mean, sd, lead_time, review
):
    size = 1 if distribution == "negative_binomial" else 1 / 64  # nearly any quantity
    case = {"distribution": distribution, "mean": mean, "sd": sd, "lead_time": lead_time}
    answer = solved("RS", **case, review_period=review, fill_rate=0.93, pack_size=size)
    level = answer.order_up_to_level[0]
    found = simulate(**case, review_period=review, order_up_to_level=level, pack_size=size)
    assert_achieved("fill rate", answer.expected_fill_rate[0], found.fill_rate, 1e-3)
    cycle = answer.expected_cycle_service_level[0]
    assert_achieved("cycle service", cycle, found.cycle_service_level, 2e-3)
    assert_achieved("stock", answer.average_stock[0] / mean, _per(found.average_stock, mean), 0.02)
    assert_achieved("orders", answer.orders_per_period[0], found.orders_per_period, 1e-3)


@pytest.mark.parametrize(("distribution", "mean", "sd", "lead_time", "review"), CASES)
@pytest.mark.parametrize("packed", [0.4, 3.0])
def test_packs_add_the_stock_that_is_told_and_never_cost_service(
    simulate, packed, distribution, mean, sd, lead_time, review
):
    pack = float(np.ceil(packed * mean * review))
    case = {"distribution": distribution, "mean": mean, "sd": sd, "lead_time": lead_time}
    answer = solved("RS", **case, review_period=review, fill_rate=0.93, pack_size=pack)
    level = answer.order_up_to_level[0]
    found = simulate(**case, review_period=review, order_up_to_level=level, pack_size=pack)
    assert_achieved("stock", answer.average_stock[0] / mean, _per(found.average_stock, mean), 0.05)
    assert_achieved("orders", answer.orders_per_period[0], found.orders_per_period, 1e-3)
    assert found.fill_rate[0] >= answer.expected_fill_rate[0] - 5 * found.fill_rate[1]


@pytest.mark.parametrize("least", [1, 4, 8, 12, 24, 90])
def test_a_minimum_order_adds_the_stock_that_is_told_within_a_tenth_of_it(simulate, least):
    case = {"distribution": "negative_binomial", "mean": 8.0, "sd": 6.0, "lead_time": 2}
    rounding = {"min_order_quantity": float(least), "pack_size": 2.0}
    answer = solved("RS", **case, review_period=1, fill_rate=0.93, **rounding)
    level = answer.order_up_to_level[0]
    found = simulate(**case, order_up_to_level=level, **rounding)
    assert answer.average_stock[0] == pytest.approx(found.average_stock[0], abs=0.1 * least + 0.02)
    assert answer.orders_per_period[0] == pytest.approx(found.orders_per_period[0], abs=0.05)
    assert found.fill_rate[0] >= answer.expected_fill_rate[0] - 5 * found.fill_rate[1]


@pytest.mark.parametrize(("distribution", "mean", "sd", "lead_time", "review"), CASES)
def test_reorder_points_achieve_what_they_promise(
    simulate, distribution, mean, sd, lead_time, review
):
    quantity = float(np.ceil(2.6 * mean * review))
    case = {"distribution": distribution, "mean": mean, "sd": sd, "lead_time": lead_time}
    case |= {"review_period": review, "order_quantity": quantity}
    answer = solved("rQ", **case, fill_rate=0.93)
    found = simulate(**case, reorder_point=answer.reorder_point[0])
    assert_achieved("fill rate", answer.expected_fill_rate[0], found.fill_rate, 1e-3)
    assert_achieved("stock", answer.average_stock[0] / mean, _per(found.average_stock, mean), 0.05)
    assert_achieved("orders", answer.orders_per_period[0], found.orders_per_period, 1e-3)
    mean_clean, error = found.cycle_service_level  # the promise is that of the worst cycle
    assert mean_clean >= answer.expected_cycle_service_level[0] - 5 * error


def _per(figure, unit):
    return figure[0] / unit, figure[1] / unit


def test_a_lead_time_that_varies_costs_the_service_that_the_added_variance_says():
    """Orders every 10 periods do not cross; the normal stands for a mixture, within 0.5 points."""
    mean, sd, review, level = 20.0, 5.0, 10.0, 250.0
    lengths = np.array([1, 2, 3])
    now = order_up_to_performance(level, mean, sd, 2.0, review, lead_time_sd=float(lengths.std()))
    generator = np.random.default_rng(3)
    num_cycles = 200_000
    lead = generator.choice(lengths, num_cycles + 1)
    before = generator.normal(mean * lead[:-1], sd * np.sqrt(lead[:-1]))
    between = review + lead[1:] - lead[:-1]
    after = before + generator.normal(mean * between, sd * np.sqrt(between))
    short = np.maximum(after - level, 0) - np.maximum(before - level, 0)
    assert now.fill_rate == pytest.approx(1 - short.mean() / (mean * review), abs=5e-3)
    careless = order_up_to_performance(level, mean, sd, 2.0, review)
    assert careless.fill_rate > now.fill_rate


def test_continuous_review_is_the_limit_of_frequent_reviews():
    often = reorder_point_performance(30, 40, 10, 3, 3, 0.01)
    always = reorder_point_performance(30, 40, 10, 3, 3, 0)
    assert often.average_stock == pytest.approx(always.average_stock, abs=0.1)
    # the difference that stays is the undershoot of the diffusion, σ²/2μ units of demand
    assert often.fill_rate == pytest.approx(always.fill_rate, abs=0.01)
    assert often.orders_per_period == pytest.approx(always.orders_per_period, rel=0.02)
