"""Tails and losses against sums and integrals of scipy's densities."""

import numpy as np
import pytest
from scipy import integrate, stats

from flowopt.inventory import choose_distribution
from flowopt.inventory.distributions import CountDemand, NormalDemand, upper_normal_tail


def one(value):
    return np.array([float(value)])


@pytest.mark.parametrize("mean", [0.2, 3.0, 40.0, 900.0])
@pytest.mark.parametrize("ratio", [1.05, 2.5, 30.0])
def test_losses_of_counted_demand_are_their_sums(mean, ratio):
    demand = CountDemand(one(mean), one(mean * ratio))
    counts = np.arange(0, int((mean + 40) * ratio * 30))
    chance = stats.nbinom.pmf(counts, mean / (ratio - 1), 1 / ratio)
    for level in (-4, -1, 0, 1, int(mean), int(mean + 3 * np.sqrt(mean * ratio))):
        above = np.maximum(counts - level, 0)
        tail = demand.tail(one(level))
        assert tail.density[0] == pytest.approx(chance[level] if level >= 0 else 0.0, rel=1e-9)
        assert tail.survival[0] == pytest.approx(chance[counts > level].sum(), abs=1e-11)
        assert tail.loss[0] == pytest.approx((above * chance).sum(), rel=1e-9, abs=1e-9)
        second = (above * (above - 1) / 2 * chance).sum()
        assert tail.second_loss[0] == pytest.approx(second, rel=1e-9, abs=1e-9)


def test_counted_demand_goes_over_into_poisson_without_a_jump():
    mean, level = one(25.0), one(33.0)
    exact = stats.poisson.sf(33, 25)
    for excess in (0.0, 1e-14, 1e-11, 1e-8):
        tail = CountDemand(mean, mean * (1 + excess)).tail(level)
        assert tail.survival[0] == pytest.approx(exact, abs=1e-9)
        assert tail.density[0] == pytest.approx(stats.poisson.pmf(33, 25), abs=1e-9)


def test_the_density_agrees_on_both_sides_of_the_change_of_formula():
    for successes in (19.99, 20.01):
        excess = 0.7
        mean = successes * excess
        tail = CountDemand(one(mean), one(mean * (1 + excess))).tail(one(17))
        exact = stats.nbinom.pmf(17, successes, 1 / (1 + excess))
        assert tail.density[0] == pytest.approx(exact, rel=1e-12)


def test_no_demand_is_short_only_below_zero():
    tail = CountDemand(np.zeros(3), np.zeros(3)).tail(np.array([-3.0, 0.0, 2.0]))
    assert tail.survival.tolist() == [1, 0, 0]
    assert tail.loss.tolist() == [3, 0, 0]
    assert tail.second_loss.tolist() == [3, 0, 0]


@pytest.mark.parametrize("z", [-6.0, -1.3, 0.0, 0.4, 2.7, 6.0])
def test_normal_losses_are_their_integrals(z):
    tail = upper_normal_tail(one(z))
    loss, _ = integrate.quad(lambda x: (x - z) * stats.norm.pdf(x), z, z + 25, epsabs=1e-13)
    second, _ = integrate.quad(
        lambda x: (x - z) ** 2 / 2 * stats.norm.pdf(x), z, z + 25, epsabs=1e-13
    )
    assert tail.survival[0] == pytest.approx(stats.norm.sf(z), rel=1e-12)
    assert tail.loss[0] == pytest.approx(loss, rel=1e-7, abs=1e-13)
    assert tail.second_loss[0] == pytest.approx(second, rel=1e-7, abs=1e-13)


def test_the_normal_tail_stays_precise_where_nearly_nothing_is_left():
    """At z = 12 the loss is φ(z)/z² (1 - 3/z² + …); a difference of two terms has no digit left."""
    tail = upper_normal_tail(one(12.0))
    series = stats.norm.pdf(12) / 144 * (1 - 3 / 144 + 15 / 144**2 - 105 / 144**3)
    assert tail.loss[0] == pytest.approx(series, rel=1e-5)


def test_certain_demand_is_short_by_what_is_missing():
    tail = NormalDemand(np.full(3, 10.0), np.zeros(3)).tail(np.array([7.0, 10.0, 11.0]))
    assert tail.survival.tolist() == [1, 0, 0]
    assert tail.loss.tolist() == [3, 0, 0]
    assert tail.second_loss.tolist() == [4.5, 0, 0]


def test_auto_follows_its_rule():
    cases = {
        "narrow": ((1000, 100, 1), "normal"),
        "wide": ((1000, 400, 1), "negative_binomial"),
        "slow": ((2, 2, 1), "negative_binomial"),
        "slow and narrower than Poisson": ((2, 1, 1), "normal"),
        "slow, in half units": ((2, 2, 0.5), "normal"),
    }
    for name, ((mean, sd, pack), expected) in cases.items():
        assert choose_distribution(mean, sd, pack_size=pack) == expected, name


def test_auto_looks_at_the_whole_protection_interval():
    assert choose_distribution(4, 2.5, [2, 20]).tolist() == ["negative_binomial", "normal"]
    assert choose_distribution(100, 5, 3, lead_time_sd=[0, 2]).tolist() == [
        "normal",
        "negative_binomial",
    ]
