"""Lot sizes of single items: exact against brute force, batch against one by one, bad items."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowopt import ValidationError
from flowopt.inventory import least_unit_cost, silver_meal, wagner_whitin


def cost_of(lots, demand, fixed, holding, unit, stock=0.0):
    """Cost of lots, period by period; inf when demand is not met."""
    total = 0.0
    for lot, want, k, h, c in zip(lots, demand, fixed, holding, unit, strict=True):
        stock += lot - want
        if stock < -1e-9:
            return np.inf
        total += k * (lot > 0) + c * lot + h * stock
    return total


def brute_force(demand, fixed, holding, unit):
    """Least cost over all sets of periods with a lot, each covering the demand up to the next."""
    periods = len(demand)
    least = np.inf
    for chosen in itertools.product([False, True], repeat=periods):
        lots, start = np.zeros(periods), None
        for period in range(periods):
            start = period if chosen[period] else start
            if start is not None:
                lots[start] += demand[period]
        if start is not None or not any(demand):
            least = min(least, cost_of(lots, demand, fixed, holding, unit))
    return least


amounts = st.integers(0, 30).map(float)
columns = st.integers(1, 6).flatmap(
    lambda n: st.tuples(*[st.lists(amounts, min_size=n, max_size=n) for _ in range(4)])
)


@given(columns)
@settings(max_examples=150, deadline=None)
def test_no_other_lots_cost_less(case):
    demand, fixed, holding, unit = case
    plan = wagner_whitin(demand, fixed, holding, unit)
    assert plan.cost == pytest.approx(brute_force(demand, fixed, holding, unit))
    assert plan.cost == pytest.approx(cost_of(plan.order_quantity, demand, fixed, holding, unit))


@given(columns, st.integers(0, 60))
@settings(max_examples=80, deadline=None)
def test_a_first_stock_serves_the_first_demand(case, stock):
    demand, fixed, holding, unit = case
    plan = wagner_whitin(demand, fixed, holding, unit, initial_stock=stock)
    used = np.diff(np.minimum(np.cumsum(demand), stock), prepend=0.0)
    left = stock - np.cumsum(used)
    without = brute_force(np.array(demand) - used, fixed, holding, unit)
    assert plan.cost == pytest.approx(without + np.dot(left, holding))
    stated = cost_of(plan.order_quantity, demand, fixed, holding, unit, float(stock))
    assert plan.cost == pytest.approx(stated)


@pytest.mark.parametrize("rule", [silver_meal, least_unit_cost])
@given(case=columns)
@settings(max_examples=60, deadline=None)
def test_the_rules_of_thumb_meet_demand_and_never_beat_the_optimum(rule, case):
    demand, fixed, holding, unit = case
    plan = rule(demand, fixed, holding, unit)
    stated = cost_of(plan.order_quantity, demand, fixed, holding, unit)
    assert plan.cost == pytest.approx(stated)
    assert plan.cost >= wagner_whitin(demand, fixed, holding, unit).cost - 1e-6


def test_a_period_that_nothing_may_be_held_over_leaves_the_digits_of_the_others():
    random = np.random.default_rng(3)
    for _ in range(80):
        demand, fixed, holding, unit = (
            random.choice(values, 7).astype(float)
            for values in ([0, 1, 5, 1e6], [0, 1, 0.01], [0, 0.01, 1, 1e9], [0, 0, 1, 3])
        )
        least = brute_force(demand, fixed, holding, unit)
        assert wagner_whitin(demand, fixed, holding, unit).cost == pytest.approx(least, rel=1e-9)


def test_holding_is_charged_at_the_end_of_the_period_where_it_varies():
    plan = wagner_whitin([4, 6, 5], fixed_cost=20, holding_cost=[1, 10, 1])
    assert plan.order_quantity.tolist() == [10.0, 0.0, 5.0]
    assert plan.cost == 46.0


def test_a_cheap_first_period_buys_for_all():
    plan = wagner_whitin([1, 1, 1], fixed_cost=0, holding_cost=0.1, unit_cost=[1, 5, 5])
    assert plan.order_quantity.tolist() == [3.0, 0.0, 0.0]


@pytest.mark.parametrize("solve", [wagner_whitin, silver_meal, least_unit_cost])
def test_a_batch_is_its_items_one_by_one(solve):
    random = np.random.default_rng(3)
    demand = random.integers(0, 20, (40, 13)) * random.integers(0, 2, (40, 13))
    fixed, holding = random.uniform(1, 40, (40, 1)), random.uniform(0.1, 2, (40, 13))
    batch = solve(demand, fixed, holding, 2.0, initial_stock=random.integers(0, 9, 40))
    stock = np.random.default_rng(3)
    stock.integers(0, 20, (40, 13)), stock.integers(0, 2, (40, 13))
    stock.uniform(1, 40, (40, 1)), stock.uniform(0.1, 2, (40, 13))
    first = stock.integers(0, 9, 40)
    for item in range(40):
        one = solve(demand[item], fixed[item], holding[item], 2.0, initial_stock=first[item])
        assert one.order_quantity.tolist() == batch.order_quantity[item].tolist()
        assert one.cost == pytest.approx(batch.cost[item])


def test_costs_may_be_numbers_columns_or_tables():
    demand = np.array([[5.0, 0.0, 7.0], [2.0, 9.0, 1.0]])
    full = wagner_whitin(demand, np.full((2, 3), 6.0), np.full((2, 3), 0.5), np.full((2, 3), 1.0))
    for fixed, holding, unit in ((6, 0.5, 1), ([6, 6, 6], [[0.5], [0.5]], [1, 1, 1])):
        plan = wagner_whitin(demand, fixed, holding, unit)
        assert plan.order_quantity.tolist() == full.order_quantity.tolist()
        assert plan.cost.tolist() == full.cost.tolist()


def test_without_demand_there_is_nothing_to_make():
    plan = wagner_whitin([[0, 0], [3, 0]], 10, 1)
    assert plan.status.tolist() == ["no_demand", "optimal"]
    assert plan.cost.tolist() == [0.0, 10.0]
    covered = wagner_whitin([3, 2], 10, 1, initial_stock=6)
    assert (covered.status, covered.cost) == ("no_demand", 4.0)


def test_without_a_fixed_cost_each_period_makes_its_own():
    assert wagner_whitin([3, 4, 5], 0, 1).order_quantity.tolist() == [3.0, 4.0, 5.0]


def test_every_number_that_cannot_be_used_is_listed():
    with pytest.raises(ValidationError) as caught:
        wagner_whitin([[1, -2], [np.nan, 3]], [[5], [-1]], 1e15, initial_stock=[0, np.inf])
    found = [(fault.column, fault.row, fault.code) for fault in caught.value.failures]
    assert found == [
        ("demand", 0, "negative"),
        ("demand", 1, "nan"),
        ("fixed_cost", 1, "negative"),
        ("holding_cost", 0, "too_large"),
        ("initial_stock", 1, "too_large"),
    ]


def test_one_bad_item_of_many_is_marked_and_the_others_are_planned():
    demand = np.full((1000, 4), 5.0)
    demand[577, 2] = np.nan
    plan = wagner_whitin(demand, 8, 1, on_bad_items="status")
    assert np.flatnonzero(plan.status == "invalid").tolist() == [577]
    assert np.isnan(plan.cost[577])
    assert not plan.order_quantity[577].any()
    good = np.delete(np.arange(1000), 577)
    assert (plan.cost[good] == wagner_whitin([5, 5, 5, 5], 8, 1).cost).all()
    assert np.isnan(demand[577, 2])  # the caller's data stay as they were


@pytest.mark.parametrize(
    ("arguments", "column"),
    [
        (([1, 2, 3], [1, 2], 1), "fixed_cost"),
        ((np.ones((2, 3, 4)), 1, 1), "demand"),
        (("many", 1, 1), "demand"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(arguments, column):
    with pytest.raises(ValidationError) as caught:
        wagner_whitin(*arguments)
    assert caught.value.failures[0].column == column


def test_stockpyl_agrees_where_holding_costs_are_constant():
    stockpyl = pytest.importorskip("stockpyl.wagner_whitin")
    random = np.random.default_rng(11)
    for _ in range(20):
        demand = random.integers(1, 90, 9).tolist()
        fixed, holding = float(random.integers(20, 300)), float(random.integers(1, 5))
        _, cost, _, _ = stockpyl.wagner_whitin(9, holding, fixed, demand)
        assert wagner_whitin(demand, fixed, holding).cost == pytest.approx(cost)
