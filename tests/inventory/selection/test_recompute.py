"""Expected shortages by definition, and those of the checks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from flowopt.inventory.selection.recompute import losses


def frozen(name: str, mean: float, variance: float) -> stats.rv_frozen:
    if name == "normal":
        return stats.norm(mean, np.sqrt(variance))
    if name == "gamma":
        return stats.gamma(mean**2 / variance, scale=variance / mean)
    if name == "poisson":
        return stats.poisson(mean)
    return stats.nbinom(mean**2 / (variance - mean), mean / variance)


@pytest.mark.parametrize("name", ["normal", "gamma", "poisson", "negative_binomial"])
@pytest.mark.parametrize("level", [-3.0, 0.0, 4.0, 11.0])
def test_losses_are_the_expected_shortages_above_a_level(name: str, level: float) -> None:
    mean, variance = 5.0, 5.0 if name == "poisson" else 12.0
    demand = frozen(name, mean, variance)
    if name in ("poisson", "negative_binomial"):
        x = np.arange(400)
        chance = demand.pmf(x)
        first = (np.maximum(x - level, 0) * chance).sum()
        levels = np.arange(level + 1, 400)
        second = (np.maximum(x[:, None] - levels, 0) * chance[:, None]).sum()
    else:
        x = np.linspace(-60, 200, 400_001)
        chance = demand.pdf(x)
        first = np.trapezoid(np.maximum(x - level, 0) * chance, x)
        second = np.trapezoid(np.maximum(x - level, 0) ** 2 / 2 * chance, x)
    found = losses(np.array([name]), *(np.array([v]) for v in (mean, variance, level)))
    assert [float(value[0]) for value in found] == pytest.approx([first, second], rel=1e-6)


def test_certain_demand_is_short_of_what_it_exceeds() -> None:
    mean, variance, level = np.array([5.0, 5.0]), np.zeros(2), np.array([3.0, 7.0])
    first, second = losses(np.array(["normal", "gamma"]), mean, variance, level)
    assert first.tolist() == [2.0, 0.0]
    assert second.tolist() == [2.0, 0.0]


def test_no_demand_in_whole_units_is_short_of_what_is_owed() -> None:
    none, level = np.zeros(3), np.array([-3.0, -1.0, 2.0])
    first, second = losses(np.repeat("negative_binomial", 3), none, none, level)
    assert first.tolist() == [3.0, 1.0, 0.0]
    assert second.tolist() == [3.0, 0.0, 0.0]  # 2 + 1 above a level of -3


@pytest.mark.parametrize("name", ["normal", "gamma", "poisson", "negative_binomial"])
def test_the_first_loss_alone_is_the_same(name: str) -> None:
    case = np.array([name]), np.array([5.0]), np.array([9.0]), np.array([7.0])
    assert losses(*case, both=False)[0].tolist() == losses(*case)[0].tolist()
