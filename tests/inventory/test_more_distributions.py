"""Gamma, Poisson, empirical and mixed demand against integrals and sums."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, stats

from flowopt.inventory.distributions import (
    EmpiricalDemand,
    GammaDemand,
    MixtureDemand,
    NormalDemand,
    demand_of,
)


def one(value):
    return np.array([float(value)])


def above(law, level, power):
    """Return E[((D - x)^+)^p], integrated part by part up to where nothing is left."""
    points = np.linspace(level, law.isf(1e-15), 9)

    def weighed(x):
        return (x - level) ** power * law.pdf(x)

    return sum(integrate.quad(weighed, a, b, limit=200)[0] for a, b in pairwise(points))


@pytest.mark.parametrize("mean", [0.3, 12.0, 5000.0])
@pytest.mark.parametrize("variation", [0.02, 0.5, 1.0, 2.5])
def test_gamma_losses_are_their_integrals(mean, variation):
    demand = GammaDemand(one(mean), one((variation * mean) ** 2))
    law = stats.gamma(variation**-2, scale=mean * variation**2)
    for level in (0.0, 0.2 * mean, mean, mean * (1 + 2 * variation)):
        tail = demand.tail(one(level))
        assert tail.survival[0] == pytest.approx(law.sf(level), rel=1e-10)
        if level > 0:
            assert tail.density[0] == pytest.approx(law.pdf(level), rel=1e-10)
        assert tail.loss[0] == pytest.approx(above(law, level, 1), rel=1e-6)
        assert tail.second_loss[0] == pytest.approx(above(law, level, 2) / 2, rel=1e-6)


@pytest.mark.parametrize("length", [1e-6, 0.01, 3.0, 400.0])
def test_gamma_means_over_a_span_are_means_of_tails(length):
    demand = GammaDemand(one(50.0), one(900.0))
    for level in (1.0, 40.0, 70.0, 200.0):
        levels = np.linspace(level, level + length, 20_001)
        many = demand.take(np.zeros(len(levels), dtype=np.int64)).tail(levels)
        span = demand.over_span(one(level), one(length))
        assert span.survival[0] == pytest.approx(many.survival.mean(), rel=1e-3, abs=1e-12)
        assert span.loss[0] == pytest.approx(many.loss.mean(), rel=1e-3, abs=1e-12)


def test_certain_gamma_demand_is_short_by_what_is_missing():
    tail = GammaDemand(np.full(3, 10.0), np.zeros(3)).tail(np.array([7.0, 10.0, 11.0]))
    assert tail.survival.tolist() == [1, 0, 0]
    assert tail.loss.tolist() == [3, 0, 0]
    assert tail.second_loss.tolist() == [4.5, 0, 0]


def test_poisson_needs_no_variance_and_takes_more_of_a_varying_interval():
    tail = demand_of("poisson", one(7.0), one(0.0)).tail(one(9))
    assert tail.survival[0] == pytest.approx(stats.poisson.sf(9, 7), rel=1e-10)
    wide = demand_of("poisson", one(7.0), one(14.0)).tail(one(9))
    assert wide.survival[0] == pytest.approx(stats.nbinom.sf(9, 7, 0.5), rel=1e-10)


@pytest.mark.parametrize("counted", [False, True])
def test_empirical_losses_are_means_over_the_samples(counted):
    generator = np.random.default_rng(3)
    samples = [generator.poisson(4, 30), generator.poisson(900, 17), [5.0]]
    demand = EmpiricalDemand.of_samples(samples, counted)
    for levels in ([0.0, 0.0, 0.0], [3.0, 880.0, 5.0], [-2.0, 905.0, 4.0], [99.0, 2e3, 6.0]):
        tail = demand.tail(np.array(levels))
        for row, (sample, level) in enumerate(zip(samples, levels, strict=True)):
            short = np.maximum(np.asarray(sample) - level, 0.0)
            second = short * (short - 1) / 2 if counted else short**2 / 2
            assert tail.survival[row] == pytest.approx(np.mean(short > 0))
            assert tail.density[row] == pytest.approx(np.mean(np.asarray(sample) == level))
            assert tail.loss[row] == pytest.approx(short.mean())
            assert tail.second_loss[row] == pytest.approx(second.mean(), abs=1e-9)
    assert demand.mean == pytest.approx([np.mean(sample) for sample in samples])
    assert demand.variance == pytest.approx([np.var(sample) for sample in samples])
    assert demand.take(np.array([2, 0])).mean.tolist() == pytest.approx(demand.mean[[2, 0]])


def test_empirical_quantiles_are_the_least_samples_that_suffice():
    demand = EmpiricalDemand.of_samples([[4, 1, 3, 2], [7], [0, 0, 9]])
    for share, expected in ((0.5, [2, 7, 0]), (0.75, [3, 7, 9]), (0.9, [4, 7, 9])):
        assert demand.quantile(np.full(3, share)).tolist() == expected


def test_a_mixture_is_short_by_the_mean_of_its_parts():
    parts = [NormalDemand(one(10), one(4)), NormalDemand(one(20), one(9))]
    mixed = MixtureDemand(parts, [one(0.25), one(0.75)])
    assert mixed.mean[0] == 17.5
    assert mixed.variance[0] == pytest.approx(0.25 * 4 + 0.75 * 9 + 0.25 * 0.75 * 100)
    for column in ("survival", "loss", "second_loss", "density"):
        low, high = (getattr(part.tail(one(15)), column)[0] for part in parts)
        assert getattr(mixed.tail(one(15)), column)[0] == pytest.approx(0.25 * low + 0.75 * high)
    assert mixed.take(np.array([0])).over_span(one(12), one(5)).loss[0] == pytest.approx(
        (mixed.tail(one(12)).second_loss[0] - mixed.tail(one(17)).second_loss[0]) / 5
    )
