"""The optimal (s,S): the table of Zheng and Federgruen, enumeration, and a Markov chain."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from flowopt.core.errors import ValidationError
from flowopt.inventory import periodic_review

MEANS = [*range(10, 80, 5), 21, 22, 23, 24, 51, 52, 59, 61, 63, 64]
LOW = [6, 10, 14, 19, 23, 28, 33, 37, 42, 47, 52, 56, 62, 67, 15, 16, 17, 18, 43, 44, 51, 52, 54]
LOW += [55]
HIGH = [40, 49, 62, 56, 66, 77, 87, 97, 108, 118, 129, 75, 81, 86, 65, 68, 52, 54, 110, 112, 126]
HIGH += [131, 73, 74]
COSTS = [35.022, 42.698, 49.173, 54.262, 57.819, 61.215, 64.512, 67.776, 70.975, 74.149, 77.306]
COSTS += [78.518, 79.037, 79.554, 50.406, 51.632, 52.757, 53.518, 71.611, 72.246, 76.679, 77.929]
COSTS += [78.287, 78.402]


def test_the_table_of_zheng_and_federgruen_1991_is_met_24_times_of_24():
    best = periodic_review(64, 1, 9, MEANS)
    assert best.reorder_point.tolist() == LOW
    assert best.order_up_to_level.tolist() == HIGH
    assert best.cost == pytest.approx(COSTS, abs=5e-4)
    assert set(best.status) == {"optimal"}


def test_its_policies_cost_what_the_table_says():
    now = periodic_review(64, 1, 9, MEANS, reorder_point=LOW, order_up_to_level=HIGH)
    assert now.cost == pytest.approx(COSTS, abs=5e-4)
    assert set(now.status) == {"evaluated"}


@pytest.mark.parametrize(
    ("costs", "mean", "low", "high", "cost"),
    [
        ((5, 1, 4), 6, 4, 10, 8.034111561471644),  # Snyder & Shen, example 4.7
        ((150, 40, 125), 4, 2, 7, 223.5748295669688),  # problem 4.31
    ],
)
def test_the_textbook_values(costs, mean, low, high, cost):
    best = periodic_review(*costs, mean)
    assert (best.reorder_point, best.order_up_to_level) == (low, high)
    assert best.cost == pytest.approx(cost, rel=1e-12)


def chain_cost(s, big, costs, chances, cover):
    """Cost of (s,S) from the stationary position of a Markov chain, by linear algebra."""
    fixed, holding, stockout = costs
    levels = np.arange(s + 1, big + 1)  # positions after ordering
    moves, orders = np.zeros((len(levels), len(levels))), np.zeros(len(levels))
    for row, level in enumerate(levels):
        for demand, chance in enumerate(chances):
            below = level - demand
            place = len(levels) - 1 if below <= s else below - s - 1
            moves[row, place] += chance
            orders[row] += chance * (below <= s)
    system = np.vstack([moves.T - np.eye(len(levels)), np.ones(len(levels))])
    share = np.linalg.lstsq(system, np.append(np.zeros(len(levels)), 1), rcond=None)[0]
    demands = np.arange(len(cover))
    once = [
        (cover * np.where(level > demands, holding, -stockout) * (level - demands)).sum()
        for level in levels
    ]
    return share @ (fixed * orders + np.array(once))


def brute_force(costs, chances, cover, lows, highs):
    every = {
        (s, big): chain_cost(s, big, costs, chances, cover)
        for s in lows
        for big in highs
        if s < big
    }
    return min(every.values()), every


def sums(chances, times):
    total = np.ones(1)
    for _ in range(times):
        total = np.convolve(total, chances)
    return total


@pytest.mark.parametrize("lead_time", [0, 1, 3])
@pytest.mark.parametrize("costs", [(6, 1, 4), (0, 1, 9), (20, 3, 2)])
def test_no_policy_in_a_wide_range_costs_less(lead_time, costs):
    chances = np.array([0.35, 0.3, 0.0, 0.2, 0.1, 0.05])
    best = periodic_review(*costs, demand_probabilities=chances, lead_time=lead_time)
    cover = sums(chances, lead_time + 1)
    least, every = brute_force(costs, chances, cover, range(-7, 10), range(-2, 18))
    assert best.cost == pytest.approx(least, rel=1e-10)
    assert every[best.reorder_point, best.order_up_to_level] == pytest.approx(least, rel=1e-10)


@pytest.mark.parametrize("lead_time", [0, 2])
@pytest.mark.parametrize("sd", [None, 1.9])
def test_counted_demand_is_that_of_its_probabilities(lead_time, sd):
    mean, values = 1.3, np.arange(120)
    if sd is None:
        chances = stats.poisson.pmf(values, mean)
    else:
        share = mean / sd**2
        chances = stats.nbinom.pmf(values, mean * share / (1 - share), share)
    kind = "poisson" if sd is None else "negative_binomial"
    by_name = periodic_review(9, 1, 12, mean, sd, lead_time, distribution=kind)
    by_table = periodic_review(9, 1, 12, demand_probabilities=chances, lead_time=lead_time)
    assert by_name.reorder_point == by_table.reorder_point
    assert by_name.order_up_to_level == by_table.order_up_to_level
    assert by_name.cost == pytest.approx(by_table.cost, rel=1e-9)


def test_the_policy_found_costs_what_its_evaluation_says():
    generator = np.random.default_rng(3)
    holding, mean = generator.uniform(0.1, 4, 200), generator.uniform(0.01, 90, 200)
    costs = generator.uniform(0, 300, 200), holding, holding * generator.uniform(0.2, 99, 200)
    sd = np.sqrt(mean * generator.uniform(1, 6, 200))
    demand = {"demand_sd": sd, "lead_time": 1.5, "distribution": "negative_binomial"}
    best = periodic_review(*costs, mean, **demand)
    levels = {
        "reorder_point": best.reorder_point,
        "order_up_to_level": best.order_up_to_level,
    }
    assert periodic_review(*costs, mean, **demand, **levels).cost == pytest.approx(best.cost)
    for s, big in ((1, 0), (-1, 0), (0, 1), (1, 1), (-1, -1)):
        near = {
            "reorder_point": np.minimum(levels["reorder_point"] + s, levels["order_up_to_level"]),
            "order_up_to_level": levels["order_up_to_level"] + big,
        }
        near["order_up_to_level"] = np.maximum(near["order_up_to_level"], near["reorder_point"] + 1)
        other = periodic_review(*costs, mean, **demand, **near)
        assert (other.cost >= best.cost * (1 - 1e-9)).all()


def test_without_a_fixed_cost_it_is_a_base_stock():
    best = periodic_review(0, 1, 9, demand_mean=7.5, lead_time=2)
    assert best.order_up_to_level == stats.poisson.ppf(0.9, 22.5)
    assert best.reorder_point == best.order_up_to_level - 1


def test_without_demand_nothing_is_ordered():
    best = periodic_review(5, 1, 9, demand_mean=[0, 3])
    assert best.status.tolist() == ["no_demand", "optimal"]
    assert (best.reorder_point[0], best.order_up_to_level[0], best.cost[0]) == (-1, 0, 0)
    best = periodic_review(5, 1, 9, demand_probabilities=[[1.0], [0.5, 0.5]])
    assert best.status.tolist() == ["no_demand", "optimal"]


def test_certain_whole_demand_is_ordered_in_whole_batches():
    """Five units a period: S covers a whole number of periods, and s is just used up."""
    best = periodic_review(60, 1, 99, demand_probabilities=[0, 0, 0, 0, 0, 1])
    periods = np.arange(1, 20)
    costs = (60 + 5 * periods * (periods - 1) / 2) / periods
    assert best.cost == pytest.approx(costs.min())
    assert best.order_up_to_level == 5 * periods[costs.argmin()]


def test_a_large_mean_loses_no_digits():
    """The position hardly matters to so large a demand: nearly a base stock, each period."""
    best = periodic_review(50, 1, 9, demand_mean=20_000)
    level = stats.poisson.ppf(0.9, 20_000)
    assert best.order_up_to_level == level
    values = np.arange(18_000, 22_000)
    chances = stats.poisson.pmf(values, 20_000)
    once = (chances * np.where(values < level, 1, -9) * (level - values)).sum()
    assert best.cost == pytest.approx(50 + once, rel=1e-9)


def test_all_faults_are_told_at_once():
    with pytest.raises(ValidationError) as caught:
        periodic_review(
            [-1, 5, 5, 5, 5, 5],
            [1, 0, 1, 1, 1, 1],
            9,
            [3, 3, np.nan, 3, 3, 3],
            [None, None, None, 1, 4, None],
            [0, 0, 0, 0, np.inf, 0],
            distribution=["poisson"] * 3 + ["negative_binomial"] * 2 + ["normal"],
        )
    found = {(failure.column, failure.row) for failure in caught.value.failures}
    assert found == {
        ("fixed_cost", 0),
        ("holding_cost", 1),
        ("demand_mean", 2),
        ("demand_sd", 3),
        ("lead_time", 4),
        ("distribution", 5),
    }


def test_one_bad_item_does_not_stop_the_others():
    best = periodic_review([5, -1, 5], 1, 4, [6, 6, 6], on_bad_items="status")
    assert best.status.tolist() == ["optimal", "invalid", "optimal"]
    assert np.isnan(best.cost).tolist() == [False, True, False]
    assert best.cost[2] == pytest.approx(8.034111561471644)


@pytest.mark.parametrize(
    ("arguments", "column"),
    [
        ({"demand_probabilities": [0.5, 0.4]}, "demand_probabilities"),
        ({"demand_probabilities": [[0.5, 0.5], [np.nan, 1]]}, "demand_probabilities"),
        ({"demand_probabilities": [[0.5, 0.5], []]}, "demand_probabilities"),
        ({"demand_probabilities": [1.5, -0.5]}, "demand_probabilities"),
        ({"demand_probabilities": ["a", "b"]}, "demand_probabilities"),
        ({"demand_probabilities": [0.5, 0.5], "demand_mean": 3}, "demand_mean"),
        ({"demand_probabilities": [0.5, 0.5], "lead_time": 1.5}, "lead_time"),
        ({"demand_probabilities": [0.5, 0.5], "fixed_cost": 1e12}, "fixed_cost"),
        ({"demand_mean": 4, "reorder_point": 3}, "order_up_to_level"),
        ({"demand_mean": 4, "reorder_point": 3, "order_up_to_level": 3}, "order_up_to_level"),
        ({"demand_mean": 4, "reorder_point": 3.5, "order_up_to_level": 9}, "reorder_point"),
        ({"demand_mean": 2e6}, "demand_mean"),
        ({"demand_mean": 4, "on_bad_items": "ignore"}, "on_bad_items"),
    ],
)
def test_what_does_not_fit_together_is_refused(arguments, column):
    with pytest.raises(ValidationError) as caught:
        periodic_review(**({"fixed_cost": 5, "holding_cost": 1, "stockout_cost": 9} | arguments))
    assert column in {failure.column for failure in caught.value.failures}


def test_the_arguments_stay_as_they_were():
    mean, chances = np.array([6.0, 0.0]), np.array([[0.5, 0.5], [1.0, np.nan]])
    periodic_review(5, 1, 9, mean)
    periodic_review(5, 1, 9, demand_probabilities=chances)
    assert mean.tolist() == [6.0, 0.0]
    assert chances[0].tolist() == [0.5, 0.5]
