"""(R,s,S), least cost, more distributions: against simulation, brute force, published optima."""

import dataclasses
import warnings

import numpy as np
import pytest
from scipy import stats

from flowopt import EngineError, ReplenishmentProblem, Status, ValidationError
from flowopt.inventory import (
    order_up_to_performance,
    periodic_reorder_point,
    periodic_review,
    reorder_point_performance,
)


def solved(tables=None, **columns):
    plain = {"demand_mean": 5.0, "demand_sd": 3.0, "lead_time": 2.0} | columns
    return ReplenishmentProblem.from_arrays(**plain).solve(**(tables or {}))


def assert_close(promised, achieved, floor=2e-3):
    mean, error = achieved
    assert error < floor * max(1.0, mean), "the simulation is too short to tell"
    assert abs(promised - mean) <= 5 * error + 1e-4 * max(1.0, mean)


CASES = [
    ("poisson", 3.0, np.sqrt(3.0), 2, 1, 15.0),
    ("negative_binomial", 4.0, 5.0, 3, 1, 20.0),
    ("negative_binomial", 0.4, 1.1, 5, 2, 6.0),
    ("negative_binomial", 8.0, 6.0, 1, 3, 4.0),
]


@pytest.mark.parametrize(("distribution", "mean", "sd", "lead_time", "review", "width"), CASES)
def test_counted_trigger_policies_achieve_what_they_promise(
    simulate, distribution, mean, sd, lead_time, review, width
):
    case = {"distribution": distribution, "lead_time": lead_time, "review_period": review}
    answer = solved(
        **case, policy="RsS", demand_mean=mean, demand_sd=sd, order_quantity=width, fill_rate=0.93
    )
    point, top = answer.reorder_point[0], answer.order_up_to_level[0]
    assert top - point == width
    found = simulate(**case, mean=mean, sd=sd, reorder_point=point, order_up_to_level=top)
    assert_close(answer.expected_fill_rate[0], found.fill_rate)
    assert_close(answer.average_stock[0], found.average_stock, 5e-3)
    assert_close(answer.orders_per_period[0], found.orders_per_period)
    one_less = simulate(
        **case, mean=mean, sd=sd, reorder_point=point - 1, order_up_to_level=top - 1
    )
    assert one_less.fill_rate[0] - 5 * one_less.fill_rate[1] < 0.93


def test_the_textbook_function_has_the_levels_of_the_problem():
    width, sd = np.array([4.0, 15.0, 40.0]), 5.0
    case = {"distribution": "negative_binomial", "fill_rate": 0.93}
    answer = solved(**case, policy="RsS", demand_mean=4.0, demand_sd=sd, order_quantity=width)
    point = periodic_reorder_point(4.0, sd, 2.0, width, **case)
    assert point.tolist() == answer.reorder_point.tolist()


def test_a_trigger_needs_a_review_period():
    with pytest.raises(ValidationError, match="review_period"):
        solved(policy="RsS", review_period=0.0, fill_rate=0.9)


@pytest.mark.parametrize(("distribution", "sd"), [("normal", 9.0), ("gamma", 9.0), ("gamma", 40.0)])
def test_trigger_policies_of_real_demand_are_within_half_a_point(simulate, distribution, sd):
    case = {"distribution": distribution, "lead_time": 2, "review_period": 1}
    answer = solved(
        **case,
        policy="RsS",
        demand_mean=30.0,
        demand_sd=sd,
        order_quantity=90.0,
        fill_rate=0.95,
        pack_size=1 / 64,
    )
    found = simulate(
        **case,
        mean=30.0,
        sd=sd,
        reorder_point=answer.reorder_point[0],
        order_up_to_level=answer.order_up_to_level[0],
        pack_size=1 / 64,
    )
    assert answer.expected_fill_rate[0] == pytest.approx(found.fill_rate[0], abs=5e-3)
    assert answer.average_stock[0] == pytest.approx(found.average_stock[0], rel=0.02)
    assert answer.orders_per_period[0] == pytest.approx(found.orders_per_period[0], rel=0.02)


@pytest.mark.parametrize(
    ("distribution", "mean", "sd", "width", "pack"),
    [
        ("normal", 30.0, 9.0, 60.0, 60.0),
        ("gamma", 4.0, 1.5, 24.0, 24.0),
        ("negative_binomial", 30.0, 9.0, 24.0, 24.0),
        ("poisson", 4.0, 2.0, 36.0, 12.0),
        ("normal", 30.0, 9.0, 127.0, 1.0),
    ],
)
def test_packs_add_the_stock_and_spare_the_orders_that_are_told(
    simulate, distribution, mean, sd, width, pack
):
    case = {"distribution": distribution, "lead_time": 1, "review_period": 1}
    answer = solved(
        **case,
        policy="RsS",
        demand_mean=mean,
        demand_sd=sd,
        order_quantity=width,
        fill_rate=0.95,
        pack_size=pack,
    )
    found = simulate(
        **case,
        mean=mean,
        sd=sd,
        reorder_point=answer.reorder_point[0],
        order_up_to_level=answer.order_up_to_level[0],
        pack_size=pack,
    )
    assert answer.average_stock[0] == pytest.approx(found.average_stock[0], rel=0.02)
    assert answer.orders_per_period[0] == pytest.approx(found.orders_per_period[0], rel=0.02)
    assert answer.expected_fill_rate[0] <= found.fill_rate[0] + 5e-3


@pytest.mark.parametrize("variation", [0.3, 1.0, 1.8])
@pytest.mark.parametrize("policy", ["RS", "rQ"])
def test_gamma_policies_achieve_what_they_promise(simulate, variation, policy):
    case = {"distribution": "gamma", "lead_time": 3, "review_period": 2}
    size = {"order_quantity": 50.0} if policy == "rQ" else {"pack_size": 1 / 64}
    columns = {"demand_mean": 10.0, "demand_sd": 10.0 * variation}
    answer = solved(**case, **columns, **size, policy=policy, fill_rate=0.94)
    levels = {"reorder_point": answer.reorder_point[0]}
    if policy == "RS":
        levels = {"order_up_to_level": answer.order_up_to_level[0]}
    found = simulate(**case, mean=10.0, sd=10.0 * variation, **levels, **size)
    assert_close(answer.expected_fill_rate[0], found.fill_rate)
    assert_close(answer.average_stock[0], found.average_stock, 5e-3)


def test_poisson_needs_no_standard_deviation():
    answer = ReplenishmentProblem.from_frames(
        {
            "item": ["a", "b"],
            "demand_mean": [3.0, 0.2],
            "lead_time": [2, 5],
            "distribution": ["poisson"] * 2,
            "cycle_service_level": [0.95, 0.99],
        }
    ).solve()
    expected = stats.poisson.ppf([0.95, 0.99], [9.0, 1.2])
    assert answer.order_up_to_level.tolist() == expected.tolist()


# ---- least cost


def test_the_cheapest_trigger_policies_are_those_of_zheng_and_federgruen():
    mean = np.array([10.0, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 21, 22, 23, 24])
    costs = {"holding_cost": 1.0, "fixed_cost": 64.0, "stockout_cost": 9.0}
    answer = solved(
        policy="RsS",
        distribution="poisson",
        demand_mean=mean,
        demand_sd=np.sqrt(mean),
        lead_time=0.0,
        **costs,
    )
    best = periodic_review(64.0, 1.0, 9.0, demand_mean=mean)
    per_item = answer.holding_cost + answer.ordering_cost + answer.stockout_cost
    np.testing.assert_allclose(per_item, best.cost, rtol=1e-7)
    assert answer.cost == pytest.approx(per_item.sum())
    assert per_item[0] == pytest.approx(35.022, abs=1e-3)  # Zheng & Federgruen 1991, table I


@pytest.mark.parametrize("policy", ["RS", "rQ", "RsS"])
def test_certain_demand_has_a_cheapest_policy_too(policy):
    answer = solved(
        policy=policy, demand_mean=5.0, demand_sd=0.0, stockout_cost=3.0, holding_cost=1.0
    )
    assert answer.status.has_solution
    assert answer.policy_status[0] != "deterministic"  # being short may pay


def test_of_many_valleys_the_deepest_is_found_and_none_is_called_optimal():
    """With some reviews between orders, the cost of S - s has a valley for each number of them."""
    case = {"policy": "RsS", "distribution": "poisson", "demand_sd": 26**0.5, "review_period": 2.0}
    case |= {"demand_mean": 26.0, "holding_cost": 1.0, "stockout_cost": 22.0, "fixed_cost": 64.0}
    answer = solved(**case)
    costs = [solved(**case, order_quantity=float(width)).cost for width in range(5, 80, 3)]
    assert answer.cost <= min(costs)
    assert answer.policy_status.tolist() == ["best_found"]
    assert (answer.status, answer.bound) == (Status.FEASIBLE, None)


def test_a_cheapest_reorder_point_far_below_zero_passes_its_check():
    answer = solved(
        policy="RsS",
        distribution="normal",
        demand_mean=1.668,
        demand_sd=0.5004,
        lead_time=3.0,
        review_period=2.0,
        order_quantity=190.0,
        holding_cost=1.0,
        stockout_cost=6.17,
    )
    assert answer.reorder_point[0] < -15
    assert answer.check().ok


@pytest.mark.parametrize("policy", ["RS", "rQ"])
@pytest.mark.parametrize("distribution", ["poisson", "normal"])
def test_no_neighbour_of_a_cheapest_policy_costs_less(policy, distribution):
    costs = {"holding_cost": 0.5, "stockout_cost": 6.0, "fixed_cost": 20.0}
    case = {"distribution": distribution, "demand_mean": 7.0, "demand_sd": 7**0.5}
    best = solved(**case, **costs, policy=policy)
    name = "order_up_to_level" if policy == "RS" else "reorder_point"
    for step in (-1.0, 1.0):
        level = getattr(best, name)[0] + step
        shared = (7.0, 7**0.5, 2.0, 1.0)
        if policy == "RS":
            now = order_up_to_performance(level, *shared, distribution=distribution)
        else:
            quantity = best.order_quantity[0]
            now = reorder_point_performance(level, quantity, *shared, distribution=distribution)
        cost = 0.5 * now.average_stock + 6 * now.average_backorders + 20 * now.orders_per_period
        assert cost > best.cost - 0.02


def test_the_cheapest_base_stock_is_the_newsvendors():
    """Snyder & Shen, example 4.3: h = 0.18, p = 0.70, demand N(50, 8²)."""
    answer = solved(
        pack_size=1e-6,  # orders of any size
        distribution="normal",
        demand_mean=50.0,
        demand_sd=8.0,
        lead_time=0.0,
        holding_cost=0.18,
        stockout_cost=0.7,
    )
    assert answer.order_up_to_level[0] == pytest.approx(56.604, abs=1e-3)


def test_cheapest_batches_beat_every_given_quantity():
    costs = {"holding_cost": 1.0, "stockout_cost": 8.0, "fixed_cost": 30.0, "policy": "rQ"}
    case = {"distribution": "poisson", "demand_mean": 4.0, "demand_sd": 2.0}
    free = solved(**case, **costs).cost
    given = solved(**case, **costs, order_quantity=np.arange(1.0, 60.0))
    per_item = given.holding_cost + given.ordering_cost + given.stockout_cost
    assert free == pytest.approx(per_item.min(), rel=1e-12)


# ---- lead times and samples


LEAD_TIMES = {"item": [0, 0], "lead_time": [1.0, 4.0], "probability": [0.3, 0.7]}


@pytest.mark.parametrize("distribution", ["normal", "gamma", "negative_binomial"])
def test_lead_times_of_a_table_are_mixed_exactly(distribution):
    """Reviews are further apart than lead times differ: no order overtakes another."""
    items = {
        "item": [0],
        "demand_mean": [6.0],
        "demand_sd": [4.0],
        "review_period": [5.0],
        "fill_rate": [0.96],
        "distribution": [distribution],
        "pack_size": [1.0 if distribution == "negative_binomial" else 1e-6],
    }
    answer = ReplenishmentProblem.from_frames(items, LEAD_TIMES).solve()
    level = answer.order_up_to_level[0]
    generator = np.random.default_rng(5)
    num_cycles = 100_000
    lead = generator.choice([1, 4], num_cycles + 1, p=[0.3, 0.7])

    def demand(periods):
        if distribution == "normal":
            return generator.normal(6.0 * periods, 4 * np.sqrt(periods))
        if distribution == "gamma":
            return generator.gamma(periods * 36 / 16, 16 / 6)
        return generator.negative_binomial(periods * 36 / 10, 6 / 16)

    before = demand(lead[:-1])
    after = before + demand(5 + lead[1:] - lead[:-1])
    short = np.maximum(after - level, 0) - np.maximum(before - level, 0)
    assert 1 - short.mean() / 30 == pytest.approx(answer.expected_fill_rate[0], abs=2e-3)
    assert answer.problem.items["lead_time"][0] == pytest.approx(3.1)


def test_samples_are_demand_that_is_drawn_again_and_again(simulate):
    seen = [0, 0, 0, 4, 0, 9, 1, 0, 0, 2, 0, 25]
    for policy, given in (("RS", {}), ("RsS", {"order_quantity": [12.0]})):
        items = {"item": ["a"], "lead_time": [2], "fill_rate": [0.95], "policy": [policy], **given}
        samples = {"item": ["a"] * len(seen), "demand": seen}
        answer = ReplenishmentProblem.from_frames(items, demand_samples=samples).solve()
        assert answer.problem.distribution.tolist() == ["empirical"]
        assert answer.problem.items["demand_mean"][0] == pytest.approx(np.mean(seen))
        levels = {"order_up_to_level": answer.order_up_to_level[0]}
        if policy == "RsS":
            levels["reorder_point"] = answer.reorder_point[0]
        found = simulate(mean=1, sd=2, lead_time=2, samples=seen, **levels)
        assert_close(answer.expected_fill_rate[0], found.fill_rate, 3e-3)
        assert_close(answer.average_stock[0], found.average_stock, 5e-3)


def test_samples_that_are_no_whole_numbers_stand_on_a_fine_grid():
    generator = np.random.default_rng(2)
    seen = generator.gamma(2.0, 700.0, 400)
    items = {"item": ["a"], "lead_time": [1.5], "cycle_service_level": [0.95]}
    samples = {"item": ["a"] * 400, "demand": seen}
    answer = ReplenishmentProblem.from_frames(items, demand_samples=samples).solve()
    draws = generator.choice(seen, (200_000, 3))
    sums = draws[:, 0] + draws[:, 1] + draws[:, 2] * (generator.random(200_000) < 0.5)
    assert answer.order_up_to_level[0] == pytest.approx(np.quantile(sums, 0.95), rel=0.01)


def test_samples_fill_in_a_mean_that_is_not_given():
    items = {
        "item": ["a", "b"],
        "demand_mean": [None, 50.0],
        "demand_sd": [None, 5.0],
        "lead_time": [1, 1],
        "fill_rate": [0.9, 0.9],
        "distribution": ["normal", "normal"],
    }
    samples = {"item": ["a", "a", "b"], "demand": [4.0, 6.0, 99.0]}
    problem = ReplenishmentProblem.from_frames(items, demand_samples=samples)
    assert problem.items["demand_mean"].tolist() == pytest.approx([5.0, 50.0])
    assert problem.items["demand_sd"].tolist() == pytest.approx([1.0, 5.0])
    assert problem.distribution.tolist() == ["normal", "normal"]


def test_an_item_that_was_never_asked_for_has_no_demand():
    items = {"item": ["a"], "lead_time": [1], "fill_rate": [0.9]}
    samples = {"item": ["a"] * 9, "demand": [0.0] * 9}
    answer = ReplenishmentProblem.from_frames(items, demand_samples=samples).solve()
    assert answer.policy_status.tolist() == ["no_demand"]


# ---- lost sales


@pytest.mark.parametrize("lead_time", [0, 1, 4])
@pytest.mark.parametrize("policy", ["RS", "rQ"])
def test_lost_sales_keep_the_target_with_less_stock(simulate, lead_time, policy):
    case = {"distribution": "poisson", "lead_time": lead_time, "policy": policy}
    size = {"order_quantity": 20.0} if policy == "rQ" else {}
    columns = {"demand_mean": 6.0, "demand_sd": 6**0.5, "fill_rate": 0.9}
    waiting = solved(**case, **size, **columns)
    lost = solved(**case, **size, **columns, unmet_demand="lost_sales")
    name = "reorder_point" if policy == "rQ" else "order_up_to_level"
    level = getattr(lost, name)[0]
    assert level <= getattr(waiting, name)[0]
    case.pop("policy")
    found = simulate(**case, **size, mean=6.0, sd=6**0.5, lost_sales=True, **{name: level})
    assert found.fill_rate[0] >= 0.9 - 5 * found.fill_rate[1]
    assert found.fill_rate[0] < 0.97  # the formula is on the safe side, more so for long lead times
    assert "lost_sales" in lost.flags[0].split(";")


def test_levels_of_lost_sales_are_called_approximate_not_optimal():
    case = {"distribution": "poisson", "demand_mean": 6.0, "fill_rate": 0.9}
    both = solved(**case, unmet_demand=["backorder", "lost_sales"], item=["a", "b"])
    assert both.policy_status.tolist() == ["optimal", "approximate"]
    assert (both.status, both.bound) == (Status.FEASIBLE, None)
    assert solved(**case).status is Status.OPTIMAL
    certain = solved(demand_mean=6.0, demand_sd=0.0, fill_rate=0.9, unmet_demand="lost_sales")
    assert certain.policy_status.tolist() == ["deterministic"]
    lying = dataclasses.replace(both, policy_status=np.array(["optimal", "optimal"]))
    assert {violation.constraint for violation in lying.check()} == {"status"}


def test_a_wrong_cheapest_level_is_found():
    answer = solved(distribution="poisson", holding_cost=1.0, stockout_cost=5.0)
    for step in (-1.0, 1.0):
        wrong = dataclasses.replace(answer, order_up_to_level=answer.order_up_to_level + step)
        assert "cheapest" in {violation.constraint for violation in wrong.check()}


def test_every_policy_passes_its_check_for_every_demand():
    generator = np.random.default_rng(11)
    kinds = ["normal", "gamma", "poisson", "negative_binomial"]
    num_items = 240
    mean = generator.uniform(0.3, 60, num_items)
    target = generator.choice([0, 1, 2], num_items)
    known = np.isin(np.arange(num_items), generator.choice(num_items, 40, replace=False))
    rows = np.repeat(np.flatnonzero(known), 2)
    lead_times = {
        "item": rows,
        "lead_time": np.tile([1.0, 3.0], len(rows) // 2),
        "probability": np.tile([0.25, 0.75], len(rows) // 2),
    }
    items = {
        "item": np.arange(num_items),
        "policy": generator.choice(["RS", "rQ", "RsS"], num_items),
        "distribution": generator.choice(kinds, num_items),
        "demand_mean": mean,
        "demand_sd": np.sqrt(mean * generator.choice([1.0, 3.0], num_items)),
        "lead_time": generator.choice([0, 1.5, 4], num_items),
        "review_period": generator.choice([1.0, 2.0], num_items),
        "fill_rate": np.where(target == 0, 0.93, np.nan),
        "cycle_service_level": np.where(target == 1, 0.9, np.nan),
        "stockout_cost": np.where(target == 2, 4.0, np.nan),
        "holding_cost": np.full(num_items, 0.3),
        "fixed_cost": generator.choice([0.0, 12.0], num_items),
        "order_quantity": np.where(target == 2, np.ceil(mean), np.nan),
        "pack_size": generator.choice([1.0, 4.0], num_items),
        "shelf_space": generator.choice([np.nan, 90.0], num_items),
        "on_hand": mean,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        problem = ReplenishmentProblem.from_frames(items, lead_times)
    try:
        answer = problem.solve()
    except EngineError as error:
        pytest.fail(str(error))
    assert set(answer.policy_status) == {"optimal", "shelf_limited"}
