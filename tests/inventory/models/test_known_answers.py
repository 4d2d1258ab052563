"""Textbook values, and the instances of stockpyl where they are at hand."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, stats

from flowopt.inventory import (
    ReplenishmentProblem,
    economic_order_quantity,
    order_up_to_performance,
    periodic_order_up_to,
    reorder_point,
    reorder_point_performance,
)


@pytest.fixture(scope="module")
def textbook():
    folder = os.environ.get("FLOWOPT_INSTANCES")
    if not folder:
        pytest.skip("FLOWOPT_INSTANCES is not set")
    path = Path(folder) / "inv" / "stockpyl" / "stockpyl_instances.json"
    if not path.exists():
        pytest.skip("the instances of stockpyl are not there")
    content = json.loads(path.read_text(encoding="utf-8"))
    return {instance["name"]: instance["data"] for instance in content["instances"]}


def test_the_economic_order_quantity_of_the_textbook():
    best = economic_order_quantity(fixed_cost=8, holding_cost=0.225, demand_rate=1300)
    assert best.order_quantity == pytest.approx(304.0467800264368, rel=1e-14)
    assert best.cost == pytest.approx(68.41052550594829, rel=1e-14)


def test_certain_demand_under_continuous_review_costs_what_the_textbook_says():
    answer = ReplenishmentProblem.from_arrays(
        policy="rQ",
        demand_mean=1300.0,
        demand_sd=0.0,
        lead_time=0.25,
        review_period=0.0,
        fill_rate=0.95,
        fixed_cost=8.0,
        holding_cost=0.225,
        pack_size=1e-6,
    ).solve()
    assert answer.order_quantity[0] == pytest.approx(304.0467800264368)
    assert answer.reorder_point[0] == pytest.approx(325.0)
    assert answer.cost == pytest.approx(68.41052550594829)


def test_economic_order_quantities_come_in_columns():
    best = economic_order_quantity([8, 0], [0.225, 1], [[1300], [650]])
    assert best.order_quantity.shape == (2, 2)
    assert best.order_quantity[1, 0] == pytest.approx(304.0467800264368 / np.sqrt(2))
    assert best.order_quantity[:, 1].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("name", "quantity", "cost"),
    [("example_3_1", 304.0467800264368, 68.41052550594829), ("problem_3_1", 1728.109, 475229.9)],
)
def test_economic_order_quantities_of_the_instances(textbook, name, quantity, cost):
    data = textbook[name]
    best = economic_order_quantity(data["fixed_cost"], data["holding_cost"], data["demand_rate"])
    assert best.order_quantity == pytest.approx(quantity, rel=1e-6)
    assert best.cost == pytest.approx(cost, rel=1e-6)


def test_the_newsvendor_of_the_textbook():
    level = periodic_order_up_to(50, 8, 0, cycle_service_level=0.7 / (0.7 + 0.18))
    assert level == pytest.approx(56.60395592743389, rel=1e-12)


@pytest.mark.parametrize("name", ["example_4_1", "problem_4_1", "example_4_4"])
def test_base_stock_levels_of_the_instances_are_the_critical_quantile(textbook, name):
    data = textbook[name]
    ratio = data["stockout_cost"] / (data["stockout_cost"] + data["holding_cost"])
    mean, sd, lead_time = data["demand_mean"], data["demand_sd"], data.get("lead_time", 0)
    found = periodic_order_up_to(mean, sd, lead_time, cycle_service_level=ratio)
    length = lead_time + 1
    assert found == pytest.approx(stats.norm(mean * length, sd * length**0.5).ppf(ratio))


@pytest.mark.parametrize("name", ["example_5_1", "problem_5_1", "problem_5_3"])
def test_continuous_review_policies_of_the_instances_cost_what_the_formula_says(textbook, name):
    """Holding and ordering of (r,Q), by integrating the newsvendor's overage over the position."""
    data = textbook[name]
    mean, sd, lead = data["demand_mean"], data["demand_sd"], data["lead_time"]
    quantity = float(np.sqrt(2 * data["fixed_cost"] * mean / data["holding_cost"]))
    point = reorder_point(mean, sd, lead, quantity, 0, fill_rate=0.99)
    now = reorder_point_performance(point, quantity, mean, sd, lead, 0)
    demand = stats.norm(mean * lead, sd * np.sqrt(lead))

    def overage(position):
        z = (position - demand.mean()) / demand.std()
        return position - demand.mean() + demand.std() * (stats.norm.pdf(z) - z * stats.norm.sf(z))

    area, _ = integrate.quad(overage, point, point + quantity, points=[demand.mean()])
    assert now.average_stock == pytest.approx(area / quantity, rel=1e-6)
    missed, _ = integrate.quad(demand.sf, point, point + quantity, points=[demand.mean()])
    assert 1 - missed / quantity == pytest.approx(0.99, abs=1e-8)
    assert now.orders_per_period == pytest.approx(mean / quantity)


def test_a_service_level_of_97_7_percent_is_two_standard_deviations():
    level = periodic_order_up_to(100, 10, 3, cycle_service_level=stats.norm.cdf(2))
    assert level == pytest.approx(400 + 2 * 10 * 2)


def test_poisson_demand_is_the_narrowest_negative_binomial():
    """Fill rate of base stock 8 at mean 4: 1 - E[(D-8)+]/4, by the sum."""
    now = order_up_to_performance(8, 4, 2, 0, distribution="negative_binomial")
    ks = np.arange(9, 80)
    short = ((ks - 8) * stats.poisson.pmf(ks, 4)).sum()
    assert now.fill_rate == pytest.approx(1 - short / 4, abs=1e-10)
    assert now.cycle_service_level == pytest.approx(stats.poisson.cdf(8, 4), abs=1e-10)
