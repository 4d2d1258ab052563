"""Newsvendors and base stocks: quantiles and costs by summing, prices, samples, edges."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from flowopt.core.errors import ValidationError
from flowopt.inventory import base_stock, newsvendor, newsvendor_with_prices

MEAN, SD = 12.0, 6.0


def scipy_demand(kind, mean=MEAN, sd=SD):
    if kind == "normal":
        return stats.norm(mean, sd)
    if kind == "poisson":
        return stats.poisson(mean)
    if kind == "negative_binomial":
        share = mean / sd**2
        return stats.nbinom(mean * share / (1 - share), share)
    if kind == "gamma":
        return stats.gamma((mean / sd) ** 2, scale=sd**2 / mean)
    spread = np.sqrt(np.log1p((sd / mean) ** 2))
    return stats.lognorm(spread, scale=mean * np.exp(-(spread**2) / 2))


def expected_cost(level, holding, stockout, demand):
    if hasattr(demand.dist, "pmf"):
        values = np.arange(int(demand.ppf(1 - 1e-14)) + 50)
        left = level - values
        return (demand.pmf(values) * np.where(left > 0, holding, -stockout) * left).sum()
    beyond, _ = integrate.quad(demand.sf, level, np.inf, limit=200)
    return holding * (level - demand.mean()) + (holding + stockout) * beyond


KINDS = ["normal", "poisson", "negative_binomial", "gamma", "lognormal"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ratio", [0.02, 0.5, 0.95, 0.9999])
def test_the_level_is_the_quantile_and_its_cost_the_expected_one(kind, ratio):
    sd = None if kind == "poisson" else SD
    best = newsvendor(1 - ratio, ratio, MEAN, sd, distribution=kind)
    demand = scipy_demand(kind)
    assert best.base_stock_level == pytest.approx(max(demand.ppf(ratio), 0), rel=1e-9)
    cost = expected_cost(best.base_stock_level, 1 - ratio, ratio, demand)
    assert best.cost == pytest.approx(cost, rel=1e-7)
    assert best.critical_ratio == pytest.approx(ratio)
    now = newsvendor(1 - ratio, ratio, MEAN, sd, distribution=kind, base_stock_level=15)
    assert now.cost == pytest.approx(expected_cost(15, 1 - ratio, ratio, demand), rel=1e-7)
    assert now.status == "evaluated"


def test_kinds_may_differ_from_item_to_item():
    sd = [SD, None, SD, SD, SD]
    best = newsvendor(1, 9, MEAN, sd, distribution=KINDS)
    alone = [
        newsvendor(1, 9, MEAN, one, distribution=kind) for one, kind in zip(sd, KINDS, strict=True)
    ]
    assert best.base_stock_level.tolist() == [one.base_stock_level for one in alone]
    assert best.cost.tolist() == [one.cost for one in alone]


def test_a_normal_demand_of_a_wild_spread_asks_for_nothing_below_zero():
    """stockpyl returns a negative level here."""
    best = newsvendor(9, 1, 10, 30)
    assert best.base_stock_level == 0
    assert best.cost == pytest.approx(expected_cost(0, 9, 1, stats.norm(10, 30)))


def test_certain_demand_is_met_at_no_cost():
    best = newsvendor(1, 9, [10, 0, 10], [0, 0, 0], [0, 3, 2])
    assert best.base_stock_level.tolist() == [10, 0, 30]
    assert best.cost.tolist() == [0, 0, 0]
    assert best.status.tolist() == ["deterministic", "no_demand", "deterministic"]


def test_large_counts_are_exact():
    best = newsvendor(1, 99, 400_000, distribution="poisson")
    assert best.base_stock_level == stats.poisson.ppf(0.99, 400_000)


def test_samples_are_as_likely_as_each_other():
    samples = [4, 0, 7, 5, 5, 9]
    best = newsvendor(1, 3, demand_samples=samples)
    costs = [sum(max(s - d, 0) + 3 * max(d - s, 0) for d in samples) / 6 for s in range(11)]
    assert best.cost == pytest.approx(min(costs))
    assert costs[int(best.base_stock_level)] == min(costs)


def test_samples_of_many_items_have_lengths_and_chances_of_their_own():
    samples = [[4, 0, 7], [2.5], [10, 20]]
    best = newsvendor([1, 1, 1], 3, demand_samples=samples)
    assert best.base_stock_level.tolist() == [7, 2.5, 20]
    assert best.status.tolist() == ["optimal", "deterministic", "optimal"]
    chances = [[0.2, 0.7, 0.1], [1], [0.9, 0.1]]
    best = newsvendor(1, 3, demand_samples=samples, demand_probabilities=chances)
    assert best.base_stock_level.tolist() == [4, 2.5, 10]
    assert best.cost[2] == pytest.approx(3 * 0.1 * 10)


def test_chances_alone_are_those_of_whole_units():
    chances = stats.poisson.pmf(np.arange(60), 9)
    by_table = newsvendor(1, 9, demand_probabilities=chances)
    by_name = newsvendor(1, 9, 9, distribution="poisson")
    assert by_table.base_stock_level == by_name.base_stock_level
    assert by_table.cost == pytest.approx(by_name.cost, rel=1e-9)


@pytest.mark.parametrize("kind", ["normal", "poisson"])
def test_prices_earn_what_is_sold_less_what_is_bought(kind):
    item = {"salvage_value": 1, "holding_cost": 0.5, "stockout_cost": 2, "distribution": kind}
    sd = SD if kind == "normal" else None
    best = newsvendor_with_prices(9, 4, MEAN, sd, **item)
    demand = scipy_demand(kind)

    def profit(level):
        short = expected_cost(level, 0, 1, demand)
        left = level - MEAN + short
        return 9 * (MEAN - short) + (1 - 0.5) * left - 2 * short - 4 * level

    assert best.profit == pytest.approx(profit(best.base_stock_level), rel=1e-9)
    for level in (best.base_stock_level - 1, best.base_stock_level + 1, 0, 40):
        assert profit(level) <= best.profit + 1e-9
        now = newsvendor_with_prices(9, 4, MEAN, sd, **item, base_stock_level=level)
        assert now.profit == pytest.approx(profit(level), rel=1e-7)


@pytest.mark.parametrize("kind", KINDS)
def test_what_earns_nothing_is_not_bought(kind):
    sd = None if kind == "poisson" else 1.0
    best = newsvendor_with_prices(3, [4, 6], 400, sd and 25.0, distribution=kind, stockout_cost=1)
    assert best.base_stock_level.tolist() == [0, 0]
    assert best.profit == pytest.approx([-400, -400], rel=1e-6)


def test_what_earns_nothing_is_not_bought_though_some_was_wanted_each_day():
    best = newsvendor_with_prices(1, [2, 0.5], demand_samples=[4, 5, 6])
    assert best.base_stock_level.tolist() == [0, 5]
    assert best.profit[0] == 0


# ---- base stocks


@pytest.mark.parametrize("kind", ["normal", "gamma", "negative_binomial", "poisson"])
@pytest.mark.parametrize("review", [1, 3])
def test_a_base_stock_costs_the_mean_of_its_periods_and_no_other_costs_less(kind, review):
    sd = None if kind == "poisson" else SD
    item = {"lead_time": 2, "review_period": review, "distribution": kind}
    best = base_stock(1, 9, MEAN, sd, **item)

    def cost(level):
        spread = np.sqrt(MEAN) if sd is None else sd
        each = [
            expected_cost(level, 1, 9, scipy_demand(kind, MEAN * t, spread * t**0.5))
            for t in range(3, 3 + review)
        ]
        return np.mean(each)

    assert best.cost == pytest.approx(cost(best.base_stock_level), rel=1e-7)
    for step in (-1, 1):
        assert cost(best.base_stock_level + step) > best.cost
    if review == 1:
        same = newsvendor(1, 9, MEAN, sd, 2, distribution=kind)
        assert best.base_stock_level == pytest.approx(same.base_stock_level, rel=1e-9)


def test_under_continuous_review_only_the_lead_time_is_covered():
    best = base_stock(1, 9, 3, None, 4, 0, distribution="poisson")
    assert best.base_stock_level == stats.poisson.ppf(0.9, 12)
    assert best.fill_rate == pytest.approx(stats.poisson.cdf(best.base_stock_level - 1, 12))


def test_an_uncertain_lead_time_asks_for_more():
    best = base_stock(1, 9, 12, 3, 4, lead_time_sd=[0, 1, 2])
    assert (np.diff(best.base_stock_level) > 0).all()
    assert (np.diff(best.cost) > 0).all()


def test_a_certain_base_stock_covers_as_many_periods_as_are_worth_it():
    best = base_stock(1, [0.4, 1.5, 9], 10, 0, 2, 4)
    for ratio, level in zip([0.4, 1.5, 9], best.base_stock_level, strict=True):
        costs = {
            s: np.mean([max(s - 10 * t, 0) + ratio * max(10 * t - s, 0) for t in range(3, 7)])
            for s in range(81)
        }
        assert costs[int(level)] == pytest.approx(min(costs.values()))
    assert set(best.status) == {"deterministic"}
    assert base_stock(1, 9, 0).status == "no_demand"


# ---- bad input


@pytest.mark.parametrize(
    ("arguments", "column"),
    [
        ({"demand_mean": -1, "demand_sd": 1}, "demand_mean"),
        ({"demand_sd": 1}, "demand_mean"),
        ({"demand_mean": 5}, "demand_sd"),
        ({"demand_mean": 0, "demand_sd": 3}, "demand_sd"),
        ({"demand_mean": 5, "demand_sd": 1, "distribution": "negative_binomial"}, "demand_sd"),
        ({"demand_mean": 1e6, "demand_sd": 9e5, "distribution": "negative_binomial"}, "demand_sd"),
        ({"demand_mean": 5, "demand_sd": 1, "lead_time": np.nan}, "lead_time"),
        (
            {"demand_mean": 5, "distribution": "poisson", "base_stock_level": 1.5},
            "base_stock_level",
        ),
        ({"demand_samples": []}, "demand_samples"),
        ({"demand_samples": [[1, 2], []]}, "demand_samples"),
        ({"demand_samples": [1, -2]}, "demand_samples"),
        ({"demand_samples": [1, np.inf]}, "demand_samples"),
        ({"demand_samples": [1, 2], "demand_mean": 5}, "demand_mean"),
        ({"demand_samples": [1, 2], "lead_time": 5}, "lead_time"),
        ({"demand_samples": [1, 2], "demand_probabilities": [1]}, "demand_probabilities"),
        ({"demand_samples": [1, 2], "demand_probabilities": [0.6, 0.6]}, "demand_probabilities"),
        ({"demand_samples": "sold"}, "demand_samples"),
    ],
)
def test_what_cannot_be_is_refused(arguments, column):
    with pytest.raises(ValidationError) as caught:
        newsvendor(1, 9, **arguments)
    assert column in {failure.column for failure in caught.value.failures}


def test_what_earns_by_being_left_over_is_refused():
    with pytest.raises(ValidationError, match="earn money"):
        newsvendor_with_prices(5, 3, 50, 8, salvage_value=3)


def test_one_bad_history_does_not_stop_the_others():
    best = newsvendor(1, 3, demand_samples=[[4, 0, 7], [-1], [10, 20]], on_bad_items="status")
    assert best.status.tolist() == ["optimal", "invalid", "optimal"]
    assert np.isnan(best.base_stock_level).tolist() == [False, True, False]
    assert best.base_stock_level[2] == 20


def test_a_base_stock_is_reviewed_in_whole_periods():
    with pytest.raises(ValidationError, match="whole number of periods"):
        base_stock(1, 9, 5, 1, 2, 1.5)
    with pytest.raises(ValidationError, match="lead_time of 0"):
        base_stock(1, 9, 5, 1, 0, 1, lead_time_sd=1)
