"""The optimal (r,Q): integrals, enumeration, certain demand, and bad input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from flowopt.core.errors import ValidationError
from flowopt.inventory import continuous_review, eoq_with_backorders


def normal_cost(r, q, fixed, holding, stockout, mean, sd, lead_time):
    """Cost of (r,Q) by quadrature of the newsvendor cost over the inventory position."""
    demand = stats.norm(mean * lead_time, sd * lead_time**0.5)

    def once(level):
        z = (level - demand.mean()) / demand.std()
        short = demand.std() * (stats.norm.pdf(z) - z * stats.norm.sf(z))
        return holding * (level - demand.mean()) + (holding + stockout) * short

    area, _ = integrate.quad(once, r, r + q, points=[demand.mean()], limit=200)
    return (fixed * mean + area) / q


@pytest.mark.parametrize(
    "item",
    [
        (8, 0.225, 7.5, 1300, 150, 1 / 12),
        (50, 3.1, 45, 800, 40, 4 / 365),
        (85, 3 / 14, 40, 192, 17.4, 3),
        (1e-4, 1, 5, 10, 4, 2),
        (9000, 1, 0.3, 10, 4, 2),
    ],
)
def test_the_cost_is_the_integral_and_no_policy_around_it_costs_less(item):
    best = continuous_review(*item)
    r, q = best.reorder_point, best.order_quantity
    assert best.cost == pytest.approx(normal_cost(r, q, *item), rel=1e-9)
    for dr in (-0.02, 0, 0.02):
        for dq in (-0.02, 0.02):
            other = normal_cost(r + dr * q, q * (1 + dq), *item)
            assert other > best.cost * (1 - 1e-12)
    now = continuous_review(*item, reorder_point=r + 1, order_quantity=q)
    assert now.cost == pytest.approx(normal_cost(r + 1, q, *item), rel=1e-9)


def test_the_best_reorder_point_of_a_given_batch_balances_the_costs_at_both_ends():
    """Snyder & Shen, example 5.2; stockpyl, whose bisection stops at 1e-6, has 129.4272799."""
    now = continuous_review(8, 0.225, 7.5, 1300, 150, 1 / 12, order_quantity=300)
    assert now.reorder_point == pytest.approx(129.4272799263067, rel=1e-6)
    for step in (-1e-3, 1e-3):
        other = continuous_review(
            8,
            0.225,
            7.5,
            1300,
            150,
            1 / 12,
            order_quantity=300,
            reorder_point=now.reorder_point + step,
        )
        assert other.cost > now.cost


def count_costs(fixed, holding, stockout, mean, demand, points, quantities):
    """Costs of all pairs of r and Q, from the sum over the demand for each level."""
    values = np.arange(int(demand.ppf(1 - 1e-13)) + 1)
    levels = np.arange(points.start + 1, points.stop + quantities.stop)
    left = levels[:, None] - values
    once = (demand.pmf(values) * np.where(left > 0, holding, -stockout) * left).sum(axis=1)
    sums = np.append(0, np.cumsum(once))
    return {
        (r, q): (fixed * mean + sums[r + q - points.start] - sums[r - points.start]) / q
        for r in points
        for q in quantities
    }


@pytest.mark.parametrize("item", [(100, 20, 150, 1.5, 2), (4, 4, 28, 12, 0.5), (30, 1, 0.4, 3, 1)])
@pytest.mark.parametrize("spread", [1.0, 2.5])
def test_enumeration_finds_no_better_batches(item, spread):
    fixed, holding, stockout, mean, lead = item
    if spread == 1:
        demand, kind, sd = stats.poisson(mean * lead), "poisson", None
    else:
        demand = stats.nbinom(mean * lead / (spread - 1), 1 / spread)
        kind, sd = "negative_binomial", np.sqrt(spread * mean)
    best = continuous_review(fixed, holding, stockout, mean, sd, lead, distribution=kind)
    costs = (fixed, holding, stockout, mean, demand)
    every = count_costs(*costs, range(-25, 15), range(1, 45))
    assert best.cost == pytest.approx(min(every.values()), rel=1e-9)
    assert every[best.reorder_point, best.order_quantity] == pytest.approx(best.cost, rel=1e-9)


def test_certain_demand_has_the_economic_order_quantity_with_backorders():
    best = continuous_review(8, 0.225, 7.5, 1300, [0, 1e-7], 1 / 12)
    simple = eoq_with_backorders(8, 0.225, 7.5, 1300)
    assert best.status.tolist() == ["deterministic", "optimal"]
    assert best.order_quantity == pytest.approx(simple.order_quantity)
    assert best.cost == pytest.approx(simple.cost)
    assert best.reorder_point == pytest.approx(
        1300 / 12 - simple.order_quantity * simple.stockout_fraction
    )


@pytest.mark.parametrize("r", [-400, -300, 50, 100, 108, 200])
def test_the_cost_of_certain_demand_is_the_limit_of_little_spread(r):
    now = continuous_review(
        8, 0.225, 7.5, 1300, [0, 1e-6], 1 / 12, reorder_point=r, order_quantity=300
    )
    assert now.cost[0] == pytest.approx(now.cost[1], rel=1e-7)


def test_without_lead_time_an_order_may_wait_for_customers():
    best = continuous_review(8, 1, 4, 20, 6, 0)
    assert best.status == "deterministic"
    assert best.reorder_point < 0
    best = continuous_review(8, 1, 4, 20, distribution="poisson")
    assert best.reorder_point < 0


def test_without_a_fixed_cost_it_is_a_base_stock():
    best = continuous_review(0, 1, 9, 20, 6, 4)
    assert best.order_quantity == 0
    assert best.reorder_point == pytest.approx(stats.norm(80, 12).ppf(0.9))
    best = continuous_review(0, 1, 9, 20, lead_time=4, distribution="poisson")
    assert (best.order_quantity, best.reorder_point) == (1, stats.poisson.ppf(0.9, 80) - 1)


def test_without_demand_nothing_is_ordered():
    best = continuous_review(8, 1, 4, [0, 0, 5], [0, None, 1], 2)
    assert best.status.tolist() == ["no_demand", "no_demand", "optimal"]
    assert best.reorder_point[:2].tolist() == [-1, -1]
    assert best.order_quantity[:2].tolist() == [0, 0]


@given(
    st.floats(0, 1e4),
    st.floats(1e-3, 1e3),
    st.floats(1e-3, 1e5),
    st.floats(1e-3, 1e5),
    st.floats(0, 3),
    st.floats(0, 50),
)
@settings(max_examples=60, deadline=None)
def test_any_item_costs_no_less_than_a_certain_one_and_no_more_than_with_its_spread(
    fixed, holding, stockout, mean, variation, lead_time
):
    """Zheng 1992: the cost lies between that of certain demand and the sum with a base stock."""
    best = continuous_review(fixed, holding, stockout, mean, mean * variation, lead_time)
    certain = continuous_review(fixed, holding, stockout, mean, 0, lead_time)
    free = continuous_review(0, holding, stockout, mean, mean * variation, lead_time)
    scale = 1e-9 * (certain.cost + free.cost)
    assert certain.cost <= best.cost + scale
    assert free.cost <= best.cost + scale
    assert best.cost <= certain.cost + free.cost + scale
    assert best.order_quantity >= certain.order_quantity * (1 - 1e-9)


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"demand_mean": -1}, "demand_mean"),
        ({"demand_mean": np.nan}, "demand_mean"),
        ({"demand_sd": None}, "demand_sd"),
        ({"demand_mean": 0}, "demand_sd"),
        ({"lead_time": np.nan}, "lead_time"),
        ({"lead_time": -1}, "lead_time"),
        ({"holding_cost": 0}, "holding_cost"),
        ({"stockout_cost": 0}, "stockout_cost"),
        ({"fixed_cost": np.inf}, "fixed_cost"),
        ({"distribution": "gamma"}, "distribution"),
        ({"distribution": "pareto"}, "distribution"),
        ({"distribution": "poisson"}, "demand_sd"),
        ({"reorder_point": 5}, "order_quantity"),
        ({"order_quantity": 0}, "order_quantity"),
        ({"demand_mean": "ten"}, "demand_mean"),
        ({"demand_mean": 1e6, "demand_sd": None, "distribution": "poisson"}, "demand_mean"),
    ],
)
def test_what_cannot_be_is_refused(change, column):
    item = {
        "fixed_cost": 8,
        "holding_cost": 1,
        "stockout_cost": 9,
        "demand_mean": 20,
        "demand_sd": 6,
        "lead_time": 2,
    }
    with pytest.raises(ValidationError) as caught:
        continuous_review(**(item | change))
    assert column in {failure.column for failure in caught.value.failures}


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValidationError, match="shapes differ"):
        continuous_review([1, 2], [1, 2, 3], 9, 20, 6, 2)
