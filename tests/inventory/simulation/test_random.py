"""The random numbers have the distributions that they are named after."""

import numpy as np
import pytest
from scipy import stats

from flowopt.inventory import simulate_policy
from flowopt.inventory.simulation.kernels import demand as d
from flowopt.inventory.simulation.kernels import random as r
from flowopt.inventory.simulation.lead_times import whole_lead_times

COUNT = 60_000
LEAST_CHANCE = 1e-6
"""Of the sample, were the distribution right: the seeds are fixed, so a test that passes stays."""


@pytest.fixture
def stream():
    random = np.zeros(2, dtype=np.uint64)
    r.begin(random, 1, 2, 3, 0)
    return random


def filled(stream, kind, mean, variance, samples=()):
    buffer = np.empty(COUNT)
    drawn = np.array(samples, dtype=np.float64)
    d.fill(buffer, COUNT, stream, kind, mean, variance, drawn)
    return buffer


def test_normal_numbers_are_normal_far_out_too(stream):
    numbers = filled(stream, d.NORMAL, 1e6, 1.0) - 1e6
    assert stats.kstest(numbers, stats.norm.cdf).pvalue > LEAST_CHANCE
    beyond = (np.abs(numbers) > 3.4426).mean()  # the tail beyond the ziggurat
    assert beyond == pytest.approx(2 * stats.norm.sf(3.4426), rel=0.5)


def test_a_normal_demand_that_would_be_negative_is_none(stream):
    numbers = filled(stream, d.NORMAL, 1.0, 4.0)
    assert (numbers == 0).mean() == pytest.approx(stats.norm.cdf(-0.5), abs=0.01)


@pytest.mark.parametrize("shape", [0.05, 0.5, 1.0, 6.25, 400.0])
def test_gamma_numbers_have_a_gamma_distribution(stream, shape):
    numbers = filled(stream, d.GAMMA, 3 * shape, 9 * shape)
    assert stats.kstest(numbers / 3, stats.gamma(shape).cdf).pvalue > LEAST_CHANCE


def frequencies_fit(numbers, distribution):
    """Chi-squared over the values that are expected often enough."""
    values = np.arange(distribution.ppf(1e-9), distribution.ppf(1 - 1e-9) + 1)
    expected = distribution.pmf(values) * len(numbers)
    often = expected >= 5
    seen = np.array([(numbers == value).sum() for value in values[often]])
    rest = len(numbers) - expected[often].sum()
    seen, wanted = np.append(seen, len(numbers) - seen.sum()), np.append(expected[often], rest)
    assert stats.chisquare(seen, wanted * seen.sum() / wanted.sum()).pvalue > LEAST_CHANCE


@pytest.mark.parametrize(("mean", "ratio"), [(0.3, 1.0), (5.0, 1.0), (3.0, 3.0), (0.2, 9.0),
                                             (900.0, 1.5)])  # fmt: skip
def test_counts_from_a_table_and_as_mixed_poisson_are_negative_binomial(stream, mean, ratio):
    variance = mean * ratio
    chance = mean / variance
    found = (
        stats.poisson(mean) if ratio == 1 else stats.nbinom(mean * chance / (1 - chance), chance)
    )
    first, chances = d.chances_of_counts(mean, variance)
    np.testing.assert_allclose(chances, found.pmf(first + np.arange(len(chances))), rtol=1e-9,
                               atol=1e-18)  # fmt: skip
    table = np.empty(COUNT)
    d.fill_from_table(table, COUNT, stream, first, *d.alias_table(chances))
    frequencies_fit(table, found)
    frequencies_fit(filled(stream, d.COUNTED, mean, variance), found)


def test_counts_too_wide_for_a_table_keep_mean_and_variance(stream):
    mean, variance = 1e6, 1e12
    assert len(d.chances_of_counts(mean, variance)[1]) == 0
    numbers = filled(stream, d.COUNTED, mean, variance)
    assert numbers.mean() == pytest.approx(mean, rel=0.03)
    assert numbers.var() == pytest.approx(variance, rel=0.06)
    assert (numbers == np.floor(numbers)).all()


def test_samples_are_drawn_alike(stream):
    numbers = filled(stream, d.SAMPLED, 0.0, 0.0, [0, 0, 7, 2.5])
    shares = [(numbers == value).mean() for value in (0, 7, 2.5)]
    assert shares == pytest.approx([0.5, 0.25, 0.25], abs=0.01)


def test_streams_of_items_and_replications_differ():
    firsts = set()
    for item in range(50):
        for replication in range(50):
            for kind in range(2):
                random = np.zeros(2, dtype=np.uint64)
                r.begin(random, 7, item, replication, kind)
                firsts.add(int(r.draw(random, kind)))
    assert len(firsts) == 5000


@pytest.mark.parametrize(("mean", "sd"), [(3.0, 1.0), (2.5, 0.5), (0.7, 2.0), (40.0, 12.5),
                                          (6.2, 0.1), (5.0, 0.0)])  # fmt: skip
def test_whole_lead_times_keep_mean_and_deviation(mean, sd):
    chance = whole_lead_times(mean, sd)
    periods = np.arange(len(chance))
    assert chance.sum() == pytest.approx(1)
    assert chance @ periods == pytest.approx(mean, abs=1e-6)
    least = np.sqrt((mean % 1) * (1 - mean % 1))  # of whole numbers with this mean
    variance = chance @ (periods - mean) ** 2
    assert np.sqrt(variance) == pytest.approx(max(sd, least), rel=1e-4, abs=1e-6)


@pytest.mark.parametrize(
    "given",
    [
        {"lead_time_pmf": [0.0, 0.2, 0.3, 0.5]},  # arrive in turn
        {"lead_time_pmf": [0.0, 0.6, 0.0, 0.0, 0.4]},  # may cross
        {"lead_time": 3.0, "lead_time_sd": 1.2},
    ],
)
def test_orders_take_as_long_as_they_should(given):
    """By Little's law, mean units on order are demand times mean lead time."""
    level = 500.0
    played = simulate_policy(demand_mean=10.0, demand_sd=3.0, distribution="gamma",
                             order_up_to_level=level, periods=20_000, **given)  # fmt: skip
    chance = given.get("lead_time_pmf") or whole_lead_times(3.0, 1.2)
    mean = np.array(chance) @ np.arange(len(chance))
    on_order = level - played.average_stock[0]  # a period's demand is out of stock, not yet ordered
    assert on_order == pytest.approx(10 * (mean + 1), rel=0.01)


def test_lead_times_in_turn_add_the_variance_that_the_formula_says():
    """(R,S) every period: net stock is S less the demand of a random lead time and one period."""
    chance = np.array([0.0, 0.1, 0.3, 0.6])
    played = simulate_policy(demand_mean=4.0, distribution="poisson", order_up_to_level=16.0,
                             lead_time_pmf=chance, periods=100_000)  # fmt: skip
    values = np.arange(200)
    mixture = sum(c * stats.poisson.pmf(values, 4.0 * (lead + 1)) for lead, c in enumerate(chance))
    stock = np.maximum(16 - values, 0) @ mixture
    owed = np.maximum(values - 16, 0) @ mixture
    assert played.average_stock[0] == pytest.approx(stock, rel=0.02)
    assert played.average_backorders[0] == pytest.approx(owed, rel=0.03)
    assert played.ready_rate[0] == pytest.approx(mixture[:16].sum(), abs=0.004)
