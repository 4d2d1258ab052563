"""Demand over a protection interval: its moments, its distribution, its samples."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from flowopt.core import ValidationError
from flowopt.forecast import DemandForecast, DemandHistory
from flowopt.forecast.interval import choose_distribution


def test_the_spread_of_smoothing_is_that_of_the_published_formula() -> None:
    """For stationary demand the factor is 1 + α (P - 1) / 2 (Prak, Teunter, Syntetos 2017)."""
    demand = np.random.default_rng(1).normal(50, 5, 400)
    forecast = DemandHistory.from_lists([demand]).forecast("ses", alpha=0.2)
    one = forecast.over(1)
    for interval in (1, 3, 8):
        over = forecast.over(interval)
        expected = one.sd[0] ** 2 * interval * (1 + 0.2 * (interval - 1) / 2)
        assert over.sd[0] ** 2 == pytest.approx(expected, rel=1e-12)
        assert over.mean[0] == pytest.approx(interval * one.mean[0])


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("ses", {"alpha": 0.2}),
        ("moving_average", {"window": 8}),
        ("croston_sba", {"alpha": 0.15}),
        ("tsb", {"alpha": 0.1, "beta": 0.1}),
    ],
)
def test_the_predicted_spread_is_that_of_stationary_demand(
    method: str, options: dict[str, Any]
) -> None:
    generator = np.random.default_rng(2)
    sizes = generator.poisson(8, (4000, 120)) + 2.0
    demand = sizes * (generator.random((4000, 120)) < 0.6)
    forecast = DemandHistory.from_array(demand[:, :108]).forecast(method, **options)
    over = forecast.over(12)
    missed = demand[:, 108:].sum(axis=1) - over.mean
    assert np.mean(missed**2) == pytest.approx(np.mean(over.sd**2), rel=0.08)


def test_seasons_are_summed_period_by_period() -> None:
    history = DemandHistory.from_lists([[1, 2, 3, 4, 1, 2, 3, 4]])
    forecast = history.forecast("seasonal_naive", season_length=4, horizon=6)
    assert forecast.over([3.5]).mean.tolist() == [1 + 2 + 3 + 0.5 * 4]
    with pytest.raises(ValidationError, match="longer than what is forecast"):
        forecast.over(7)


def test_a_flat_forecast_reaches_beyond_its_horizon() -> None:
    forecast = DemandHistory.from_lists([[4, 4, 4]]).forecast("ses", alpha=0.1, horizon=2)
    assert forecast.over(10).mean.tolist() == [40.0]


def test_the_frame_carries_the_spread_of_the_interval() -> None:
    demand = np.random.default_rng(4).normal(50, 5, 60)
    over = DemandHistory.from_lists([demand]).forecast("ses", alpha=0.3).over(9)
    frame = over.to_frame()
    assert frame["demand_sd"][0] * 3 == pytest.approx(over.sd[0])
    assert frame["demand_mean"][0] * 9 == pytest.approx(over.mean[0])


@pytest.mark.parametrize(
    ("mean", "variance", "counted", "expected"),
    [
        (100, 100, True, "normal"),
        (100, 3600, True, "negative_binomial"),
        (2, 3, True, "negative_binomial"),
        (2, 2, True, "poisson"),
        (2, 1.2, True, "poisson"),
        (2, 0.5, True, "normal"),
        (2, 0, True, "normal"),
        (0, 0, True, "normal"),
        (2, 3, False, "gamma"),
        (100, 100, False, "normal"),
        (2e6, 1e12, True, "normal"),
    ],
)
def test_the_distribution_follows_the_stated_rule(
    mean: float, variance: float, counted: bool, expected: str
) -> None:
    chosen = choose_distribution(np.array([mean]), np.array([variance]), np.array([counted]))
    assert chosen.tolist() == [expected]


def test_a_bootstrap_draws_sums_of_the_past() -> None:
    past = [0, 0, 5, 0, 9]
    forecast = DemandHistory.from_lists([past]).forecast(alpha=0.1)
    over = forecast.over(3, distribution="empirical", num_samples=40_000, seed=3)
    assert over.samples is not None
    sums = np.add.outer(np.add.outer(past, past), past).reshape(-1)
    for value in np.unique(sums):
        share, seen = np.mean(sums == value), np.mean(over.samples[0] == value)
        assert seen == pytest.approx(share, abs=5 * np.sqrt(share / 40_000))
    assert over.mean[0] == over.samples[0].mean()
    assert over.distribution.tolist() == ["empirical"]


def test_a_broken_interval_has_the_mean_of_its_length() -> None:
    forecast = DemandHistory.from_lists([[0, 4, 8, 4]]).forecast(alpha=0.1)
    over = forecast.over(2.25, distribution="empirical", num_samples=40_000)
    assert over.mean[0] == pytest.approx(2.25 * 4, rel=0.02)


def test_the_same_seed_draws_the_same_samples_of_an_item_in_any_company() -> None:
    history = DemandHistory.from_lists([[1, 2, 3], [4, 0, 9]])
    first = history.forecast(alpha=0.1).over(2, distribution="empirical", seed=5).samples
    again = history.forecast(alpha=0.1).over(2, distribution="empirical", seed=5).samples
    other = history.forecast(alpha=0.1).over(2, distribution="empirical", seed=6).samples
    mixed = history.forecast(alpha=0.1).over(2, distribution=["normal", "empirical"], seed=5)
    assert first is not None
    assert mixed.samples is not None
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.array_equal(mixed.samples[1], first[1])
    assert np.isnan(mixed.samples[0]).all()


def test_an_item_without_a_usable_history_has_no_samples_but_a_status() -> None:
    history = DemandHistory.from_lists([[], [1, 2]])
    over = history.forecast(alpha=0.1).over(2, distribution="empirical")
    assert np.isnan(over.mean[0])
    assert over.samples is not None
    assert np.isnan(over.samples[0]).all()
    assert over.forecast.status[0] == "no_history"


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({"protection_interval": -1}, "protection_interval"),
        ({"protection_interval": float("nan")}, "protection_interval"),
        ({"protection_interval": [1, 2, 3]}, "protection_interval"),
        ({"distribution": "cauchy"}, "distribution"),
        ({"distribution": ["normal"]}, "distribution"),
        ({"num_samples": 0}, "num_samples"),
        ({"seed": -1}, "seed"),
    ],
)
def test_what_cannot_be_used_is_named(options: dict[str, Any], place: str) -> None:
    forecast = DemandHistory.from_lists([[1, 2], [3, 4]]).forecast(alpha=0.1)
    with pytest.raises(ValidationError) as caught:
        forecast.over(**options)
    assert {failure.column for failure in caught.value.failures} == {place}


def test_an_interval_of_no_length_has_no_demand() -> None:
    over = DemandHistory.from_lists([[1, 2, 1]]).forecast(alpha=0.1).over(0)
    assert over.mean.tolist() == [0.0]
    assert over.sd.tolist() == [0.0]


def test_sampled_paths_keep_what_their_periods_have_in_common() -> None:
    levels = np.repeat(np.arange(10.0), 2)
    frame = {
        "unique_id": ["a"] * 20,
        "ds": [1, 2] * 10,
        "sample": np.repeat(np.arange(10), 2),
        "y": levels,
    }
    over = DemandForecast.from_frame(frame).over(2)
    assert over.distribution.tolist() == ["empirical"]
    assert over.sd[0] == pytest.approx(np.std(2 * np.arange(10.0)))


def test_quantiles_are_the_least_demand_that_is_seldom_exceeded() -> None:
    history = DemandHistory.from_lists([[1, 2, 3, 2]] * 6 + [[]] + [[4, 4, 4, 4]])
    names = ["normal", "gamma", "poisson", "negative_binomial", "empirical", "auto", "auto", "auto"]
    over = history.forecast("ses", alpha=0.1).over(3, distribution=names)
    found = over.quantile(0.9)
    mean, sd = over.mean[0], over.sd[0]
    assert found[0] == pytest.approx(stats.norm.ppf(0.9, mean, sd))
    assert found[1] == pytest.approx(stats.gamma.ppf(0.9, (mean / sd) ** 2, scale=sd**2 / mean))
    assert found[2] == stats.poisson.ppf(0.9, mean)
    assert over.samples is not None
    samples = over.samples[4]
    assert (samples > found[4]).mean() <= 0.1 < (samples >= found[4]).mean()
    assert np.isnan(found[6])
    assert found[7] == 12.0
    with pytest.raises(ValidationError, match="no probability"):
        over.quantile(1.0)
    with pytest.raises(ValidationError, match="no probability"):
        over.quantile("often")


def test_negative_binomial_quantiles_cover_what_comes() -> None:
    generator = np.random.default_rng(6)
    demand = generator.negative_binomial(0.5, 0.2, (3000, 106)).astype(float)
    over = DemandHistory.from_array(demand[:, :100]).forecast("ses", alpha=0.05).over(6)
    assert (over.distribution == "negative_binomial").mean() > 0.99
    covered = demand[:, 100:].sum(axis=1) <= over.quantile(0.95)
    assert covered.mean() == pytest.approx(0.955, abs=0.015)
