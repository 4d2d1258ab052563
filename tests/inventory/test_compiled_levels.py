"""The compiled kernel finds the levels that the columns find, or leaves the item to them."""

import numpy as np
import pytest

from flowopt.inventory import levels
from flowopt.inventory.cycle import CycleDemand


def demand_of(num_items, distribution, seed=4):
    generator = np.random.default_rng(seed)
    mean = 10 ** generator.uniform(-3, 2.3, num_items)
    sd = np.sqrt(mean * generator.uniform(1, 9, num_items))
    lead = generator.choice([0, 0.5, 3, 11], num_items)
    spread = np.where(lead > 0, generator.choice([0, 0.8], num_items), 0.0)
    return CycleDemand(
        distribution, mean, sd, lead, spread, generator.choice([1.0, 3.0], num_items)
    )


@pytest.mark.parametrize("distribution", ["poisson", "negative_binomial"])
@pytest.mark.parametrize("batches", [False, True])
def test_compiled_levels_are_those_of_the_columns(monkeypatch, distribution, batches):
    num_items = 1500
    demand = demand_of(num_items, distribution)
    generator = np.random.default_rng(9)
    target = generator.uniform(0.3, 0.9995, num_items)
    quantity = np.ceil(demand.mean * generator.uniform(0.1, 30, num_items))

    def found():
        if batches:
            return levels.least_reorder_point(demand, quantity, target)
        return levels.least_order_up_to(demand, target)

    compiled = found()
    monkeypatch.setattr(levels, "MANY", num_items + 1)
    np.testing.assert_array_equal(compiled, found())


def test_what_sums_cannot_tell_is_left_to_the_columns():
    pytest.importorskip("numba")
    from flowopt.inventory.kernels.fill_rate import least_levels_for_fill

    lead, mean = np.array([1.0, 1.0, 1e5, 1.0, 1.0]), np.array([2.0, 2.0, 2e5, 2.0, 2.0])
    one = np.ones(5)
    allowed = np.array([0.1, 1e-12, 0.1, 0.1, 0.1])
    per_cycle = np.array([1.0, 1.0, 1.0, 0.0, 1.0])
    quantity = np.array([0.0, 0.0, 0.0, 0.0, 1e6])
    level = least_levels_for_fill(lead, one, mean, one, per_cycle, allowed, quantity)
    assert np.isnan(level).tolist() == [False, True, True, True, True]
