"""Lost sales: against Erlang's formula, a simulation of single customers, and enumeration."""

from __future__ import annotations

import numpy as np
import pytest

from flowopt.core.errors import ValidationError
from flowopt.inventory import lost_sales_base_stock, lost_sales_continuous_review


def erlang(servers, load):
    terms = np.cumprod(np.append(1.0, load / np.arange(1, servers + 1)))
    return terms[-1] / terms.sum()


@pytest.mark.parametrize("load", [0.3, 4.0, 25.0])
def test_the_share_lost_is_that_of_erlangs_formula_and_no_base_stock_costs_less(load):
    holding, stockout, rate = 1.0, 30.0, 2.0
    levels = np.arange(60)
    lost = np.array([erlang(level, load) for level in levels])
    costs = holding * (levels - load * (1 - lost)) + stockout * rate * lost
    now = lost_sales_base_stock(holding, stockout, rate, load / rate, levels)
    assert now.fill_rate == pytest.approx(1 - lost, abs=1e-12)
    assert now.cost == pytest.approx(costs, rel=1e-9)
    best = lost_sales_base_stock(holding, stockout, rate, load / rate)
    assert best.base_stock_level == levels[costs.argmin()]
    assert best.cost == pytest.approx(costs.min(), rel=1e-9)


def simulated(fixed, holding, stockout, rate, lead_time, point, quantity, customers):
    """Serve customers one by one; return the cost of a period and the share that is served."""
    gaps = np.random.default_rng(11).exponential(1 / rate, customers).tolist()
    clock = held = 0.0
    stock, due, orders, lost = point + quantity, np.inf, 0, 0
    for gap in gaps:
        arrival = clock + gap
        if due <= arrival:
            held += stock * (due - clock)
            clock, stock, due = due, stock + quantity, np.inf
        held += stock * (arrival - clock)
        clock = arrival
        if stock:
            stock -= 1
            if stock == point:
                orders, due = orders + 1, clock + lead_time
        else:
            lost += 1
    paid = fixed * orders + holding * held + stockout * lost
    return paid / clock, 1 - lost / customers


@pytest.mark.parametrize(("point", "quantity"), [(13, 33), (5, 20), (18, 19), (0, 8)])
def test_a_policy_costs_what_customers_that_do_not_wait_make_of_it(point, quantity):
    item = 50, 1, 20, 10, 1
    now = lost_sales_continuous_review(*item, reorder_point=point, order_quantity=quantity)
    cost, served = simulated(*item, point, quantity, 60_000)
    assert now.cost == pytest.approx(cost, rel=0.02)
    assert now.fill_rate == pytest.approx(served, abs=0.01)


@pytest.mark.parametrize("item", [(50, 1, 20, 10, 1), (5, 2, 9, 3, 2.5), (0, 1, 40, 2, 3)])
def test_enumeration_finds_no_better_policy(item):
    best = lost_sales_continuous_review(*item)
    pairs = [(r, q) for r in range(25) for q in range(r + 1, 70)]
    r, q = np.array(pairs).T
    every = lost_sales_continuous_review(*item, reorder_point=r, order_quantity=q)
    assert best.cost == pytest.approx(every.cost.min(), rel=1e-12)
    chosen = pairs.index((best.reorder_point, best.order_quantity))
    assert every.cost[chosen] == pytest.approx(best.cost, rel=1e-12)


def test_what_is_not_worth_its_stock_is_not_sold():
    best = lost_sales_continuous_review(5000, 1, 2, demand_mean=3, lead_time=1)
    assert (best.reorder_point, best.order_quantity, best.fill_rate) == (-1, 0, 0)
    assert best.cost == 6
    best = lost_sales_base_stock(100, 1, 3, 1)
    assert (best.base_stock_level, best.cost, best.fill_rate) == (0, 3, 0)


def test_cheap_stock_and_dear_orders_take_no_longer_than_others():
    best = lost_sales_continuous_review(1e12, 1e-6, 1e9, demand_mean=1, lead_time=1)
    assert best.order_quantity == pytest.approx((2 * 1e12 / 1e-6) ** 0.5, rel=1e-6)
    assert best.fill_rate == pytest.approx(1)


def test_without_demand_nothing_is_held():
    best = lost_sales_continuous_review(5, 1, 20, [0, 3], 1)
    assert best.status.tolist() == ["no_demand", "optimal"]
    assert (best.cost[0], best.fill_rate[0]) == (0, 1)
    best = lost_sales_base_stock(1, 20, [0, 3], 1)
    assert best.status.tolist() == ["no_demand", "optimal"]
    assert (best.base_stock_level[0], best.cost[0]) == (0, 0)


@pytest.mark.parametrize(
    ("arguments", "column"),
    [
        ({"demand_mean": -1}, "demand_mean"),
        ({"demand_mean": 1e9}, "demand_mean"),
        ({"lead_time": np.nan}, "lead_time"),
        ({"reorder_point": 3}, "order_quantity"),
        ({"order_quantity": 3}, "reorder_point"),
        ({"reorder_point": 3, "order_quantity": 3}, "order_quantity"),
        ({"reorder_point": 3.5, "order_quantity": 9}, "reorder_point"),
        ({"reorder_point": -1, "order_quantity": 9}, "reorder_point"),
    ],
)
def test_what_cannot_be_is_refused(arguments, column):
    item = {"fixed_cost": 5, "holding_cost": 1, "stockout_cost": 20, "demand_mean": 3}
    with pytest.raises(ValidationError) as caught:
        lost_sales_continuous_review(**(item | {"lead_time": 1} | arguments))
    assert column in {failure.column for failure in caught.value.failures}


@pytest.mark.parametrize("level", [-1, 2.5])
def test_a_base_stock_is_a_whole_number(level):
    with pytest.raises(ValidationError, match="whole number"):
        lost_sales_base_stock(1, 20, 3, 1, level)
