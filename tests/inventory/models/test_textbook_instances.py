"""Every single-item instance of Snyder and Shen's textbook that stockpyl holds, and its value.

The values are those of stockpyl's own tests and of its functions, where these are right: its
`newsvendor_with_disruptions` raises, so that of example 9.3 is the textbook's.
"""

import json
import os
from pathlib import Path

import pytest

from flowopt import inventory as inv

ELSEWHERE = (  # what is not a model of one item under stationary demand
    "Wagner-Whitin",
    "JRP",
    "Numerical JRP",
    "network",
    "Network",
    "serial",
    "Serial",
    "tree",
    "Assembly",
    "assembly",
    "Distribution",
    "finite-horizon",
)
CLOSE = 1e-6


@pytest.fixture(scope="module")
def described():
    folder = os.environ.get("FLOWOPT_INSTANCES")
    if not folder:
        pytest.skip("FLOWOPT_INSTANCES is not set")
    path = Path(folder) / "inv" / "stockpyl" / "stockpyl_instances.json"
    if not path.exists():
        pytest.skip("the instances of stockpyl are not there")
    return json.loads(path.read_text(encoding="utf-8"))["instances"]


@pytest.fixture(scope="module")
def textbook(described):
    return {instance["name"]: instance["data"] for instance in described}


def near(*values):
    return pytest.approx(values, rel=CLOSE)


def eoq(**data):
    best = inv.economic_order_quantity(**data)
    return best.order_quantity, best.cost


def with_backorders(**data):
    best = inv.eoq_with_backorders(**data)
    return best.order_quantity, best.stockout_fraction, best.cost


def produced(**data):
    best = inv.economic_production_quantity(**data)
    return best.order_quantity, best.cost


def all_units(**data):
    best = inv.eoq_with_discounts(**data)
    return best.order_quantity, best.price_level, best.cost


def incremental(**data):
    best = inv.eoq_with_discounts(**data, kind="incremental")
    return best.order_quantity, best.price_level, best.cost


def newsvendor(**data):
    best = inv.newsvendor(**data)
    base = inv.base_stock(**data)
    assert (base.base_stock_level, base.cost) == near(best.base_stock_level, best.cost)
    return best.base_stock_level, best.cost


def priced(revenue, purchase_cost, **data):
    best = inv.newsvendor_with_prices(revenue, purchase_cost, **data)
    return best.base_stock_level, best.profit


def poisson(**data):
    return newsvendor(**data, distribution="poisson")


def tabled(demand_pmf, **data):
    values, chances = list(map(int, demand_pmf)), list(demand_pmf.values())
    best = inv.newsvendor(**data, demand_samples=values, demand_probabilities=chances)
    return best.base_stock_level, best.cost


def lognormal(mu, sigma, **data):
    import math

    mean = math.exp(mu + sigma**2 / 2)
    sd = mean * math.sqrt(math.expm1(sigma**2))
    moments = {"demand_mean": mean, "demand_sd": sd}
    best = inv.newsvendor(**data, **moments, distribution="lognormal")
    return best.base_stock_level, best.cost


def order_up_to(**data):
    best = inv.periodic_review(**data)
    return best.reorder_point, best.order_up_to_level, best.cost


def power(**data):
    rule = inv.power_approximation(**data)
    return rule.reorder_point, rule.order_up_to_level


def loss_function(**data):
    rule = inv.approximate_continuous_review(**data)
    return rule.reorder_point, rule.order_quantity


def backorder_rule(**data):
    rule = inv.approximate_continuous_review(**data, method="eoqb")
    return rule.reorder_point, rule.order_quantity


def safety_stock_rule(**data):
    rule = inv.approximate_continuous_review(**data, method="eoq_safety_stock")
    return rule.reorder_point, rule.order_quantity


def expected_inventory(**data):
    rule = inv.approximate_continuous_review(**data, method="expected_inventory")
    return rule.reorder_point, rule.order_quantity, rule.cost


def batches(**data):
    best = inv.continuous_review(**data, distribution="poisson")
    return best.reorder_point, best.order_quantity, best.cost


def disrupted(**data):
    best = inv.eoq_with_disruptions(**data)
    return best.order_quantity, best.cost


def disrupted_rule(**data):
    rule = inv.eoq_with_disruptions(**data, approximate=True)
    return rule.order_quantity, rule.cost


def outlasting(demand, disruption_prob, recovery_prob, **data):
    chances = {
        "disruption_probability": disruption_prob,
        "recovery_probability": recovery_prob,
    }
    best = inv.newsvendor_with_disruptions(demand_rate=demand, **chances, **data)
    return best.base_stock_level, best.cost


def additive(**data):
    best = inv.eoq_with_yield(**data, kind="additive")
    return best.order_quantity, best.cost


def multiplicative(**data):
    best = inv.eoq_with_yield(**data)
    return best.order_quantity, best.cost


def short_yield(demand, yield_lo, yield_hi, **data):
    moments = {
        "yield_mean": (yield_lo + yield_hi) / 2,
        "yield_sd": (yield_hi - yield_lo) / 12**0.5,
    }
    best = inv.newsvendor_with_yield(
        demand_rate=demand, **moments, yield_distribution="uniform", **data
    )
    return best.base_stock_level, best.cost


KNOWN = [
    ("example_3_1", eoq, (304.0467800264368, 68.41052550594829)),
    ("problem_3_1", eoq, (1728.1098449935514, 475230.20737322664)),
    ("example_3_8", with_backorders, (310.81255515896464, 0.0430622009569378, 66.92136355097325)),
    ("problem_3_2b", with_backorders, (83.23544812889804, 0.4002998500749625, 1999.1482444152125)),
    ("problem_3_22", produced, (171.26976771553507, 3.7367949319753104)),
    ("example_3_5", all_units, (800, 2, 978.6)),
    ("example_3_5", incremental, (304.0467800264368, 0, 1043.4105255059483)),
    ("problem_3_12", all_units, (2400, 2, 201251093.75)),
    ("problem_3_12", incremental, (28553.060654284905, 2, 208678591.67992836)),
    ("example_4_1", newsvendor, (56.60395592743389, 1.9976051931766445)),
    ("example_4_3", newsvendor, (56.60395592743389, 1.9976051931766445)),
    ("problem_4_1", newsvendor, (922.7214038234755, 2718.196781782411)),
    ("example_4_4", newsvendor, (264.76689437415484, 4.466781004149577)),
    ("example_4_2", priced, (56.60395592743389, 33.002394806823354)),
    ("problem_4_3b", priced, (59.084578685373856, 210.47680825231475)),
    ("problem_4_8a", poisson, (19, 786.0884409351079)),
    ("problem_4_7b", tabled, (5, 1225000)),
    ("problem_4_8b", lognormal, (295.6266448071368, 29.442543513243216)),
    ("example_4_7", order_up_to, (4, 10, 8.034111561471642)),
    ("problem_4_31", order_up_to, (2, 7, 223.5748295669688)),
    ("example_4_8", power, (40.19461695647407, 74.29017010980579)),
    ("problem_4_32", power, (226.61379282228387, 324.3797868133974)),
    ("example_5_1", expected_inventory, (213.97044213580244, 318.5901810768729, 95.45114022285)),
    ("example_5_1", backorder_rule, (128.63781442427097, 308.5737801203754)),
    ("example_5_1", safety_stock_rule, (190.3369965715624, 304.0467800264368)),
    ("example_5_1", loss_function, (126.8670634479628, 328.4491421980451)),
    ("problem_5_1", expected_inventory, (17.972649360167715, 162.1231617283653, 531.11893218267)),
    ("problem_5_1", backorder_rule, (-1.9298221851002393, 166.085006519797)),
    ("problem_5_1", safety_stock_rule, (15.125515371852014, 160.64386578049977)),
    ("problem_5_1", loss_function, (-1.9858690730133088, 166.95010263205882)),
    ("problem_5_3", expected_inventory, (644.8385303830128, 400.7559793126, 100.62739493477)),
    ("problem_5_3", backorder_rule, (609.0252058220594, 391.32595109448084)),
    ("problem_5_3", safety_stock_rule, (652.9638947041127, 390.281949364815)),
    ("problem_5_3", loss_function, (608.5444839466084, 403.806030190717)),
    ("problem_5_2", batches, (6, 7, 28.241312842169155)),
    ("example_5_8", batches, (3, 5, 107.92358063314975)),
    ("example_9_1", disrupted, (772.8110739983106, 173.95000257319708)),
    ("example_9_1", disrupted_rule, (773.1432417118889, 173.957229385175)),
    ("problem_9_8", disrupted, (24.066300045604976, 96.26659090113583)),
    ("problem_9_8", disrupted_rule, (24.066680759605532, 96.26672303842213)),
    ("example_9_3", outlasting, (8000, 2737.0689302470355)),
    ("example_9_4", additive, (230246.37046881882, 12914.78222812913)),
    ("problem_9_4a", additive, (1778.1098451092846, 475230.2074050533)),
    ("example_9_5", multiplicative, (254460.21299998942, 13086.525239999457)),
    ("problem_9_4b", multiplicative, (1916.1833339478644, 476207.04336259887)),
    ("example_9_6", short_yield, (1.8333333333333335, 6250000)),
    ("problem_9_5", short_yield, (29.444444444444443, 333.3333333333333)),
]


@pytest.mark.parametrize(("name", "solve", "values"), KNOWN)
def test_an_instance_has_the_value_of_the_textbook(textbook, name, solve, values):
    assert solve(**textbook[name]) == near(*values)


@pytest.mark.parametrize("name", ["example_5_1", "problem_5_1", "problem_5_3"])
def test_no_rule_of_thumb_beats_the_optimal_batches(textbook, name):
    best = inv.continuous_review(**textbook[name])
    for method in ("loss_function", "eoqb", "eoq_safety_stock"):
        rule = inv.approximate_continuous_review(**textbook[name], method=method)
        assert rule.cost >= best.cost * (1 - 1e-12)
    rule = inv.approximate_continuous_review(**textbook[name], method="loss_function")
    assert rule.cost == pytest.approx(best.cost, rel=1e-3)  # it is the exact rule, far from 0


def test_no_instance_of_a_single_item_is_left_out(described):
    covered = {name for name, _, _ in KNOWN}
    left = {
        instance["name"]
        for instance in described
        if not any(word in instance["description"] for word in ELSEWHERE)
        and "_nodes" not in instance["data"]
    }
    assert left == covered
