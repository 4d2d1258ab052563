"""stockpyl, item by item, on random items: the same answers, where it is right."""

from __future__ import annotations

import numpy as np
import pytest

from flowopt import inventory as inv

NUM_ITEMS = 30


@pytest.fixture
def draw():
    return np.random.default_rng(2026).uniform


def peer(module):
    return pytest.importorskip(f"stockpyl.{module}")


def each(solve, *columns):
    rows = zip(*(np.broadcast_to(column, NUM_ITEMS).tolist() for column in columns), strict=True)
    return np.array([solve(*row) for row in rows], dtype=np.float64).T


def test_lots(draw):
    eoq = peer("eoq")
    fixed, holding, stockout = (
        draw(1, 90, NUM_ITEMS),
        draw(0.1, 5, NUM_ITEMS),
        draw(1, 50, NUM_ITEMS),
    )
    rate = draw(1, 900, NUM_ITEMS)
    best = inv.economic_order_quantity(fixed, holding, rate)
    known = each(eoq.economic_order_quantity, fixed, holding, rate)
    np.testing.assert_allclose([best.order_quantity, best.cost], known, rtol=1e-12)
    best = inv.eoq_with_backorders(fixed, holding, stockout, rate)
    known = each(eoq.economic_order_quantity_with_backorders, fixed, holding, stockout, rate)
    answer = [best.order_quantity, best.stockout_fraction, best.cost]
    np.testing.assert_allclose(answer, known, rtol=1e-12)
    best = inv.economic_production_quantity(fixed, holding, rate, 1000)
    known = each(eoq.economic_production_quantity, fixed, holding, rate, 1000)
    np.testing.assert_allclose([best.order_quantity, best.cost], known, rtol=1e-12)


def test_newsvendors(draw):
    nv = peer("newsvendor")
    holding, stockout = draw(0.1, 5, NUM_ITEMS), draw(6, 50, NUM_ITEMS)
    mean, lead = draw(5, 90, NUM_ITEMS), np.arange(NUM_ITEMS) % 5
    sd = mean * draw(0.05, 0.3, NUM_ITEMS)
    best = inv.newsvendor(holding, stockout, mean, sd, lead)
    known = each(nv.newsvendor_normal, holding, stockout, mean, sd, lead)
    np.testing.assert_allclose([best.base_stock_level, best.cost], known, rtol=1e-10)
    best = inv.newsvendor(holding, stockout, mean, distribution="poisson")
    known = each(nv.newsvendor_poisson, holding, stockout, mean)
    np.testing.assert_allclose([best.base_stock_level, best.cost], known, rtol=1e-9)


def test_batches_of_continuous_review(draw):
    rq = peer("rq")
    costs = draw(1, 90, 8), draw(0.5, 5, 8), draw(6, 50, 8)
    mean, lead = draw(1, 12, 8), draw(0.5, 3, 8)
    best = inv.continuous_review(*costs, mean, lead_time=lead, distribution="poisson")
    rows = zip(*(column.tolist() for column in (*costs, mean, lead)), strict=True)
    known = [rq.r_q_poisson_exact(h, p, k, m, t) for k, h, p, m, t in rows]
    answer = [best.reorder_point, best.order_quantity, best.cost]
    np.testing.assert_allclose(np.transpose(answer), known, rtol=1e-9)


def test_levels_of_periodic_review(draw):
    ss = peer("ss")
    costs, mean = (draw(1, 60, 6), draw(0.5, 3, 6), draw(6, 50, 6)), draw(0.5, 12, 6)
    best = inv.periodic_review(*costs, mean)
    rows = zip(*(column.tolist() for column in (*costs, mean)), strict=True)
    known = [ss.s_s_discrete_exact(h, p, k, True, m) for k, h, p, m in rows]
    answer = [best.reorder_point, best.order_up_to_level, best.cost]
    np.testing.assert_allclose(np.transpose(answer), known, rtol=1e-9)


def test_disruptions(draw):
    su = peer("supply_uncertainty")
    costs = draw(1, 90, NUM_ITEMS), draw(0.1, 5, NUM_ITEMS), draw(6, 50, NUM_ITEMS)
    rates = draw(10, 900, NUM_ITEMS), draw(0.1, 2, NUM_ITEMS), draw(5, 30, NUM_ITEMS)
    best = inv.eoq_with_disruptions(*costs, *rates)
    known = each(su.eoq_with_disruptions, *costs, *rates)
    np.testing.assert_allclose(best.cost, known[1], rtol=1e-9)
    np.testing.assert_allclose(best.order_quantity, known[0], rtol=1e-4)  # found by golden section
