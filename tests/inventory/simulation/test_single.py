"""Policies of single items, played: against the plain simulator, by hand, and at the edges."""

import numpy as np
import pytest

from flowopt import ValidationError
from flowopt.inventory import simulate_policy

LONG = {"periods": 60_000, "replications": 20, "seed": 3}


def agrees(played, figure, other, floor):
    """Two independent estimates differ by five standard errors at most."""
    value, error = other
    half = (played.high(figure) - played.low(figure))[0] / 2
    assert half < floor, f"{figure}: too short to tell"
    mine = getattr(played, figure)[0]
    assert abs(mine - value) <= 5 * np.hypot(error, half / 2) + 1e-6, f"{mine} against {value}"


CASES = [
    ("normal", 50.0, 12.0, 3, 1, {"order_up_to_level": 220.0}),
    ("normal", 50.0, 12.0, 0, 4, {"order_up_to_level": 215.0}),
    ("negative_binomial", 3.0, 3.0, 2, 1, {"order_up_to_level": 14.0}),
    ("negative_binomial", 2.0, 2.5, 4, 3, {"order_up_to_level": 20.0, "pack_size": 6.0}),
    ("negative_binomial", 2.0, 2.5, 1, 2, {"order_up_to_level": 11.0, "min_order_quantity": 7.0}),
    ("negative_binomial", 0.4, 1.1, 5, 1, {"reorder_point": 4.0, "order_quantity": 3.0}),
    ("negative_binomial", 3.0, 3.0, 0, 3, {"reorder_point": 11.0, "order_quantity": 20.0}),
]


@pytest.mark.parametrize(("distribution", "mean", "sd", "lead_time", "review", "policy"), CASES)
def test_what_is_achieved_is_what_a_plain_simulator_finds(
    simulate, distribution, mean, sd, lead_time, review, policy
):
    case = {"lead_time": lead_time, "review_period": review, "distribution": distribution}
    rounding = {"pack_size": 1 / 64 if distribution == "normal" else 1.0} | policy
    plain = simulate(mean=mean, sd=sd, periods=1500, replications=200, **case, **rounding)
    played = simulate_policy(demand_mean=mean, demand_sd=sd, **case, **rounding, **LONG)
    agrees(played, "fill_rate", plain.fill_rate, 4e-3)
    agrees(played, "cycle_service_level", plain.cycle_service_level, 4e-3)
    agrees(played, "average_stock", plain.average_stock, 0.01 * mean + 0.02)
    agrees(played, "orders_per_period", plain.orders_per_period, 1e-3)


def test_a_history_is_played_as_it_is():
    """By hand: S = 6, and an order arrives a period after it was placed."""
    played = simulate_policy(
        [3, 0, 5, 2, 0, 4],
        order_up_to_level=6,
        lead_time=1,
        warmup=0,
        holding_cost=1,
        stockout_cost=10,
        fixed_cost=2,
    )
    path = played.path()
    assert path["order"].tolist() == [0, 3, 0, 5, 2, 0]
    assert path["on_hand"].tolist() == [3, 3, 1, 0, 4, 2]
    assert path["backorders"].tolist() == [0, 0, 0, 1, 0, 0]
    assert played.fill_rate == pytest.approx(13 / 14)
    assert played.ready_rate == pytest.approx(5 / 6)
    assert played.cost_per_period == pytest.approx((13 + 10 + 6) / 6)
    assert played.order_cycle_service_level == pytest.approx(2 / 3)


def test_lost_sales_are_not_delivered_later():
    lost = simulate_policy([4, 4, 0, 0], order_up_to_level=5, lead_time=2, warmup=0,
                           unmet_demand="lost_sales", stockout_cost=1)  # fmt: skip
    path = lost.path()
    assert path["on_hand"].tolist() == [1, 0, 0, 4]
    assert path["order"].tolist() == [0, 4, 1, 0]
    assert lost.fill_rate == pytest.approx(5 / 8)
    assert lost.cost_per_period == pytest.approx(3 / 4)
    waiting = simulate_policy([4, 4, 0, 0], order_up_to_level=5, lead_time=2, warmup=0)
    assert waiting.path()["backorders"].tolist() == [0, 3, 3, 0]


def test_s_s_orders_up_to_the_level_from_the_reorder_point_on():
    played = simulate_policy([1, 1, 1, 1, 1], reorder_point=2, order_up_to_level=4, warmup=0)
    assert played.path()["order"].tolist() == [0, 0, 2, 0, 2]


def test_orders_are_raised_rounded_and_cut():
    played = simulate_policy(
        [1, 9, 30, 0],
        order_up_to_level=40,
        min_order_quantity=5,
        pack_size=4,
        max_order_quantity=27,
        warmup=0,
    )
    assert played.path()["order"].tolist() == [0, 8, 8, 24]


def test_an_order_for_nothing_is_none():
    for pack in (None, 2.0):
        played = simulate_policy(np.zeros(4), order_up_to_level=6.0, reorder_point=6.0,
                                 pack_size=pack, warmup=0, fixed_cost=9.0)  # fmt: skip
        assert played.orders_per_period == 0
        assert played.cost_per_period == 0


def test_an_impossible_order_is_never_placed():
    played = simulate_policy([2, 2, 2], order_up_to_level=3, min_order_quantity=5,
                             max_order_quantity=4, warmup=0)  # fmt: skip
    assert played.path()["order"].tolist() == [0, 0, 0]
    assert played.fill_rate == pytest.approx(0.5)


def test_certain_demand_that_is_covered_is_always_met():
    played = simulate_policy(demand_mean=7.0, demand_sd=0.0, lead_time=3, order_up_to_level=28.0)
    assert played.fill_rate[0] == played.cycle_service_level[0] == 1.0
    assert played.average_stock == pytest.approx(0.0, abs=1e-9)
    assert (played.high("average_stock") - played.low("average_stock"))[0] < 1e-9


def test_no_demand_has_no_fill_rate_and_says_so():
    played = simulate_policy(demand_mean=[0.0, 2.0], demand_sd=[0.0, 1.0], order_up_to_level=5.0)
    assert played.status.tolist() == ["no_demand", "simulated"]
    assert np.isnan(played.fill_rate[0])
    assert played.average_stock[0] == 5.0
    assert played.summary()["no_demand_items"] == 1


def test_the_same_seed_brings_the_same_answer_on_any_number_of_threads():
    mean = np.linspace(0.1, 60, 9000)
    case = {"demand_mean": mean, "demand_sd": 1.4 * np.sqrt(mean), "order_up_to_level": 4 * mean,
            "lead_time": 1.5, "lead_time_sd": 0.7, "periods": 40, "replications": 2}  # fmt: skip
    one, two = (simulate_policy(**case, seed=5, workers=workers) for workers in (1, 2))
    other = simulate_policy(**case, seed=6, workers=1)
    for name, value in one.estimates.value.items():
        np.testing.assert_array_equal(value, two.estimates.value[name])
    assert (one.fill_rate != other.fill_rate).mean() > 0.9


def test_the_same_seed_brings_the_same_demand_to_every_policy():
    case = {"demand_mean": 3.0, "demand_sd": 3.0, "lead_time": 2, "lead_time_sd": 1, "periods": 50}
    low = simulate_policy(order_up_to_level=5, warmup=9, **case).path()
    high = simulate_policy(reorder_point=9, order_quantity=8, warmup=9, **case).path()
    assert low["demand"].tolist() == high["demand"].tolist()


def test_intervals_hold_what_they_promise():
    """The fill rate of S = 6, Poisson 2, lead time 0 is known; 95 % of intervals contain it."""
    from scipy import stats

    loss = sum((x - 4) * stats.poisson.pmf(x, 2.0) for x in range(5, 40))
    many = np.full(1500, 2.0)
    for replications, periods in ((10, 100), (1, 1600)):
        played = simulate_policy(demand_mean=many, distribution="poisson", order_up_to_level=4.0,
                                 replications=replications, periods=periods)  # fmt: skip
        inside = (played.low("fill_rate") <= 1 - loss / 2) & (
            played.high("fill_rate") >= 1 - loss / 2
        )
        assert 0.91 < inside.mean() < 0.98


BAD = [
    ({}, {"no_demand"}),
    ({"demand": [1.0], "demand_mean": 3.0, "demand_sd": 1.0}, {"no_demand"}),
    ({"demand": [[1.0, -2.0], [np.nan, 0.0]]}, {"negative", "not_finite"}),
    ({"demand": []}, {"empty"}),
    ({"demand": np.ones((2, 2, 2))}, {"empty"}),
    ({"demand": ["a"]}, {"wrong_type"}),
    ({"demand_mean": 3.0}, {"missing"}),
    ({"demand_mean": 0.0, "demand_sd": 1.0}, {"sd_without_mean"}),
    ({"demand_mean": 3.0, "demand_sd": -1.0, "lead_time": np.nan}, {"negative", "nan"}),
    ({"demand": [1.0], "order_up_to_level": None}, {"no_policy"}),
    ({"demand": [1.0], "reorder_point": 9.0}, {"crossed_levels"}),
    ({"demand": [1.0], "periods": 0, "replications": 1.5, "seed": -1}, {"out_of_range"}),
    ({"demand": [1.0], "confidence": 1.0, "warmup": -1}, {"out_of_range"}),
    ({"demand": [1.0], "lead_time_pmf": [0.5, 0.6]}, {"out_of_range"}),
    ({"samples": [[1.0], []]}, {"empty"}),
    ({"samples": [1.0, -1.0]}, {"negative"}),
    ({"samples": []}, {"empty"}),
    ({"demand": [1.0], "lead_time": 0.0, "lead_time_sd": 2.0}, {"sd_without_mean"}),
    ({"demand": np.ones((2, 3)), "lead_time_pmf": np.eye(3)}, {"shape"}),
    ({"samples": "abc"}, {"wrong_type"}),
    ({"demand_mean": 3.0, "demand_sd": 1.0, "distribution": "cauchy"}, {"unknown_choice"}),
    ({"demand_mean": 3.0, "demand_sd": 1.0, "distribution": "empirical"}, {"no_samples"}),
    ({"demand": np.ones((2, 3)), "order_up_to_level": [1.0, 2.0, 3.0]}, {"shape"}),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "codes"), BAD)
def test_every_fault_of_the_arguments_is_told(arguments, codes):
    with pytest.raises(ValidationError) as error:
        simulate_policy(**({"order_up_to_level": 5.0} | arguments))
    assert {failure.code for failure in error.value.failures} == codes


def test_the_arguments_are_left_as_they_are():
    demand, level = np.array([[3.0, 1.0, 2.0]]), np.array([4.0])
    demand.setflags(write=False)
    simulate_policy(demand, order_up_to_level=level, min_order_quantity=9, max_order_quantity=3)
    assert level.tolist() == [4.0]


def test_each_kernel_is_compiled_once_whatever_the_arguments():
    """Read-only arrays would be compiled for again."""
    from flowopt.inventory.simulation.kernels.network import play_network
    from flowopt.inventory.simulation.kernels.single import play
    from flowopt.inventory.simulation.warmup import load_simulation_kernels

    history = np.asfortranarray(np.ones((3, 4)))
    history.setflags(write=False)
    simulate_policy(history, order_up_to_level=[2, 3, 4], lead_time_pmf=[0.2, 0.3, 0.5])
    simulate_policy(samples=[[1, 2]], reorder_point=2, order_quantity=3).path()
    assert load_simulation_kernels() >= 0
    for kernel in (play, play_network):
        assert len(kernel.signatures) == 1, kernel


def test_a_shortage_never_seen_may_still_come():
    """The rule of three (Hanley & Lippman-Hand, JAMA 249, 1983): about 3 in n at 95 %."""
    item = {"demand_mean": 5.0, "lead_time": 1, "distribution": "poisson"}
    played = simulate_policy(**item, order_up_to_level=99.0, periods=1000, replications=8, seed=1)
    assert (played.fill_rate, played.cycle_service_level) == (1.0, 1.0)
    for figure in ("fill_rate", "cycle_service_level", "ready_rate"):
        assert played.high(figure) == 1.0
        assert played.low(figure) == pytest.approx(1 - 3 / 8000, abs=2e-5)


@pytest.mark.parametrize("workers", [-1, 0, 1.5, True])
def test_workers_that_are_no_number_of_threads_are_a_fault(workers):
    with pytest.raises(ValidationError, match="workers"):
        simulate_policy([3.0, 4.0], order_up_to_level=9.0, workers=workers)


@pytest.mark.parametrize("item", [-1, 1, 0.5, True])
def test_the_path_of_an_item_that_is_not_there_is_a_fault(item):
    played = simulate_policy([3.0, 4.0], order_up_to_level=9.0)
    with pytest.raises(ValidationError, match=r"simulate\.item: .* is the row of no item"):
        played.path(item)
