"""Lots under certain demand: their costs are least, their edges are kept, bad input is told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import optimize

from flowopt.core.errors import ValidationError
from flowopt.inventory import (
    economic_order_quantity,
    economic_production_quantity,
    eoq_with_backorders,
    eoq_with_discounts,
    eoq_with_disruptions,
    eoq_with_yield,
    newsvendor_with_disruptions,
    newsvendor_with_yield,
)

POSITIVE = st.floats(0.01, 1e4)


@given(POSITIVE, POSITIVE, POSITIVE, st.floats(1.001, 100))
@settings(max_examples=30, deadline=None)
def test_no_other_lot_costs_less(fixed, holding, rate, faster):
    best = economic_production_quantity(fixed, holding, rate, rate * faster)
    around = best.order_quantity * np.array([0.5, 0.99, 1, 1.01, 2])
    other = economic_production_quantity(fixed, holding, rate, rate * faster, around)
    assert (other.cost >= best.cost * (1 - 1e-12)).all()
    assert other.cost[2] == pytest.approx(best.cost)
    simple = economic_order_quantity(fixed, holding, rate)
    assert simple.order_quantity <= best.order_quantity * (1 + 1e-12)
    assert best.cost <= simple.cost * (1 + 1e-12)


@given(POSITIVE, POSITIVE, POSITIVE, POSITIVE)
@settings(max_examples=30, deadline=None)
def test_no_other_backorders_cost_less(fixed, holding, stockout, rate):
    best = eoq_with_backorders(fixed, holding, stockout, rate)
    for part in (0.9, 1.1):
        for share in (best.stockout_fraction * 0.9, best.stockout_fraction * 0.9 + 0.1):
            other = eoq_with_backorders(
                fixed, holding, stockout, rate, best.order_quantity * part, share
            )
            assert other.cost >= best.cost * (1 - 1e-12)
    half = eoq_with_backorders(fixed, holding, stockout, rate, stockout_fraction=0.5)
    assert half.cost >= best.cost * (1 - 1e-12)


def test_without_demand_or_fixed_cost_nothing_is_ordered_at_once():
    for solve in (
        lambda k, d: economic_order_quantity(k, 1, d),
        lambda k, d: economic_production_quantity(k, 1, d, 50),
        lambda k, d: eoq_with_backorders(k, 1, 9, d),
        lambda k, d: eoq_with_discounts(k, 0.1, d, [0, 10], [2, 1.9]),
        lambda k, d: eoq_with_disruptions(k, 1, 9, d, 1, 12),
        lambda k, d: eoq_with_yield(k, 1, d, 0.9, 0.1),
    ):
        best = solve([8, 8], [0, 20])
        assert best.status.tolist() == ["no_demand", "optimal"]
        assert (best.order_quantity[0], best.cost[0]) == (0, 0)
        assert best.order_quantity[1] > 0
    assert economic_order_quantity(0, 1, 20).order_quantity == 0
    assert economic_order_quantity(0, 1, 20).cost == 0


def discounted_cost(quantity, fixed, share, rate, breaks, prices, kind):
    level = np.searchsorted(breaks, quantity, side="right") - 1
    if kind == "all_units":
        price = prices[level] * quantity
    else:
        steps = np.diff(np.append(breaks, np.inf))
        parts = np.clip(quantity[:, None] - np.array(breaks), 0, steps)
        price = (parts * np.array(prices)).sum(axis=1)
    return (fixed + price) * rate / quantity + share * price / 2


@pytest.mark.parametrize("kind", ["all_units", "incremental"])
def test_discounts_are_taken_as_on_a_fine_grid(kind):
    generator = np.random.default_rng(8)
    for _ in range(40):
        breaks = np.append(0, np.cumsum(generator.uniform(20, 300, 3)))
        prices = 10 * np.cumprod(generator.uniform(0.9, 0.995, 4))
        item = generator.uniform(1, 200), generator.uniform(0.02, 0.4), generator.uniform(5, 900)
        best = eoq_with_discounts(*item, breaks, prices, kind=kind)
        grid = np.unique(np.append(np.linspace(1, 4000, 20_001), breaks[1:]))
        costs = discounted_cost(grid, *item, breaks, prices, kind)
        here = discounted_cost(np.array([best.order_quantity]), *item, breaks, prices, kind)
        assert best.cost == pytest.approx(here[0], rel=1e-12)
        assert best.cost <= costs.min() * (1 + 1e-12)
        assert breaks[best.price_level] <= best.order_quantity
        order = here[0] - item[1] * best.unit_cost * best.order_quantity / 2
        paid = (item[0] / best.order_quantity + best.unit_cost) * item[2]
        assert order == pytest.approx(paid)  # the mean price is what is paid


def test_discounts_of_many_items_may_have_breaks_of_their_own():
    best = eoq_with_discounts(
        [8, 8, 8], 0.3, 1300, [[0, 400, 800], [0], [0, 400]], [[0.75, 0.72, 0.68], [0.75], [1, 0.9]]
    )
    alone = [
        eoq_with_discounts(8, 0.3, 1300, [0, 400, 800], [0.75, 0.72, 0.68]),
        eoq_with_discounts(8, 0.3, 1300, [0], [0.75]),
        eoq_with_discounts(8, 0.3, 1300, [0, 400], [1, 0.9]),
    ]
    assert best.cost.tolist() == [one.cost for one in alone]
    assert best.order_quantity.tolist() == [one.order_quantity for one in alone]


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"breakpoints": [5, 400]}, "breakpoints"),
        ({"breakpoints": [0, 0]}, "breakpoints"),
        ({"breakpoints": [0, np.nan]}, "unit_costs"),
        ({"breakpoints": [0]}, "breakpoints"),
        ({"breakpoints": [0, -4]}, "breakpoints"),
        ({"breakpoints": [0, "many"]}, "breakpoints"),
        ({"unit_costs": [0.7, 0.75]}, "unit_costs"),
        ({"unit_costs": [0.7, 0]}, "unit_costs"),
        ({"kind": "some_units"}, "kind"),
        ({"holding_cost_rate": 0}, "holding_cost_rate"),
        ({"demand_rate": -4}, "demand_rate"),
    ],
)
def test_discounts_that_are_none_are_refused(change, column):
    item = {
        "fixed_cost": 8,
        "holding_cost_rate": 0.3,
        "demand_rate": 1300,
        "breakpoints": [0, 400],
        "unit_costs": [0.75, 0.7],
    }
    with pytest.raises(ValidationError) as caught:
        eoq_with_discounts(**(item | change))
    assert column in {failure.column for failure in caught.value.failures}


@example(5e-324, 4, 1, 1, 1, 1)
@example(2, 2287, 0.0625, 1, 1, 0.01171875)
@example(0, 1, 5, 6, 1, 0.5)
@given(st.floats(0, 1e3), POSITIVE, POSITIVE, POSITIVE, st.floats(0.01, 100), st.floats(0.01, 100))
@settings(max_examples=30, deadline=None)
def test_no_other_quantity_costs_less_with_disruptions(fixed, holding, stockout, rate, down, up):
    item = fixed, holding, stockout, rate, down, up
    best = eoq_with_disruptions(*item)
    grid = np.exp(np.linspace(-25, 25, 301)) * max(best.order_quantity, 1e-3)
    grid = np.minimum(grid, 1e12)
    others = eoq_with_disruptions(*item, grid)
    assert (others.cost >= best.cost * (1 - 1e-9)).all()


def test_without_disruptions_to_speak_of_it_is_the_economic_order_quantity():
    best = eoq_with_disruptions(8, 0.225, 5, 1300, 1e-9, 1e6)
    assert best.order_quantity == pytest.approx(304.0467800264368, rel=1e-5)


@pytest.mark.parametrize(
    "item", [(0.25, 3, 2000, 0.04, 0.25), (1, 9, 10, 0.5, 0.9), (1, 1, 7, 1, 1)]
)
def test_a_base_stock_outlasts_disruptions_as_the_sum_over_their_length_says(item):
    holding, stockout, demand, down, up = item
    lengths = np.arange(3000)
    chances = down * up / (down + up) * (1 - up) ** np.maximum(lengths - 1, 0)
    chances[0] = up / (down + up)

    def cost(level):
        left = level - (lengths + 1) * demand
        return (chances * np.where(left > 0, holding, -stockout) * left).sum()

    best = newsvendor_with_disruptions(*item)
    assert best.cost == pytest.approx(cost(best.base_stock_level), rel=1e-9)
    assert best.cost <= min(cost(level * demand) for level in range(1, 60)) * (1 + 1e-12)
    for level in (-5, 0.4 * demand, 1.7 * demand, 2 * demand, 9.3 * demand):
        now = newsvendor_with_disruptions(*item, level)
        assert now.cost == pytest.approx(cost(level), rel=1e-9)
        met = chances[(lengths + 1) * demand <= level].sum()
        assert now.cycle_service_level == pytest.approx(met, abs=1e-9)


def test_the_service_of_the_best_base_stock_does_not_hang_on_rounding():
    demand = np.arange(1, 1000) / 10
    best = newsvendor_with_disruptions(1, 19, demand, 0.2, 0.3)
    assert best.base_stock_level == pytest.approx(7 * demand)
    met = 1 - 0.2 / 0.5 * 0.7**6  # of a disruption of 6 periods at most
    assert best.cycle_service_level == pytest.approx(np.full(999, met), abs=1e-12)


def test_the_best_order_makes_up_for_its_yield():
    for kind, moments in (("additive", (-50, 20)), ("multiplicative", (0.8, 0.1))):
        item = (2250, 275, 18000, *moments)
        best = eoq_with_yield(*item, kind=kind)
        found = optimize.minimize_scalar(
            lambda q, item=item, kind=kind: eoq_with_yield(*item, q, kind=kind).cost,
            bounds=(60, 5000),
            method="bounded",
            options={"xatol": 1e-6},
        )
        assert best.cost == pytest.approx(found.fun, rel=1e-9)
        assert best.order_quantity == pytest.approx(found.x, rel=1e-4)


def test_where_more_arrives_than_is_wanted_nothing_is_ordered_rather_than_less():
    best = eoq_with_yield(1, 1, 10, 50, 1, kind="additive")
    assert best.order_quantity == 0
    least = eoq_with_yield(1, 1, 10, 50, 1, [1e-9, 1, 5], kind="additive").cost
    assert best.cost == pytest.approx(least[0])
    assert (np.diff(least) > 0).all()


@pytest.mark.parametrize("kind", ["normal", "uniform"])
def test_the_best_base_stock_makes_up_for_its_yield(kind):
    item = 15, 75, 1500, -40, 30
    best = newsvendor_with_yield(*item, yield_distribution=kind)
    levels = best.base_stock_level + np.linspace(-50, 50, 101)
    others = newsvendor_with_yield(*item, yield_distribution=kind, base_stock_level=levels)
    assert (others.cost >= best.cost * (1 - 1e-12)).all()
    certain = newsvendor_with_yield(15, 75, 1500, -40, 0, yield_distribution=kind)
    assert (certain.base_stock_level, certain.cost) == (1540, 0)


@pytest.mark.parametrize(
    ("solve", "column"),
    [
        (lambda: economic_production_quantity(8, 1, 100, 100), "production_rate"),
        (lambda: economic_order_quantity(8, 1, 100, 0), "order_quantity"),
        (lambda: eoq_with_backorders(8, 1, 9, 100, 5, 1.5), "stockout_fraction"),
        (lambda: eoq_with_disruptions(8, 1, 9, 100, 0, 1), "disruption_rate"),
        (lambda: newsvendor_with_disruptions(1, 9, 100, 0, 0.5), "disruption_probability"),
        (lambda: newsvendor_with_disruptions(1, 9, 100, 0.1, 1.5), "recovery_probability"),
        (lambda: eoq_with_yield(8, 1, 100, 0, 0.1), "yield_mean"),
        (lambda: eoq_with_yield(8, 1, 100, -50, 1, 40, kind="additive"), "order_quantity"),
        (lambda: eoq_with_yield(8, 1, 100, 0.9, 1, kind="other"), "kind"),
        (
            lambda: newsvendor_with_yield(1, 9, 9, 0, 1, yield_distribution="x"),
            "yield_distribution",
        ),
    ],
)
def test_what_cannot_be_is_refused(solve, column):
    with pytest.raises(ValidationError) as caught:
        solve()
    assert column in {failure.column for failure in caught.value.failures}
