"""Least-cost policies of normal and gamma demand: against enumeration on a fine grid of levels."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy import optimize, stats

from flowopt import ReplenishmentProblem, Status

Floats = npt.NDArray[np.float64]
Item = dict[str, float]

ITEMS = [
    {"mean": 30.0, "sd": 9.0, "lead": 4.0, "review": 3.0, "stockout": 2.0, "fixed": 9.0},
    {"mean": 30.0, "sd": 4.5, "lead": 1.0, "review": 2.0, "stockout": 40.0, "fixed": 600.0},
    {"mean": 5.0, "sd": 2.5, "lead": 0.0, "review": 1.0, "stockout": 9.0, "fixed": 10.0},
    {"mean": 200.0, "sd": 60.0, "lead": 2.5, "review": 1.0, "stockout": 9.0, "fixed": 4000.0},
]


def solved(item: Item, **columns: Any) -> Any:
    plain = {"distribution": "normal", "pack_size": item["mean"] / 1000, "holding_cost": 1.0}
    names = {
        "demand_mean": item["mean"],
        "demand_sd": item["sd"],
        "lead_time": item["lead"],
        "review_period": item["review"],
        "stockout_cost": item["stockout"],
        "fixed_cost": item["fixed"],
    }
    return ReplenishmentProblem.from_arrays(**(plain | names | columns)).solve()


def one_cycle(position: Floats, item: Item) -> Floats:
    """Return holding and stock-out cost of a period, given the position after a review."""
    periods = int(np.ceil(item["review"]))
    total = np.zeros_like(position)
    for step in range(1, periods + 1):
        time = item["lead"] + item["review"] * step / periods
        mean, sd = item["mean"] * time, item["sd"] * np.sqrt(time)
        z = (position - mean) / sd
        short = sd * (stats.norm.pdf(z) - z * stats.norm.sf(z))
        total += position - mean + (1 + item["stockout"]) * short
    return np.asarray(total / periods)


def widest(item: Item) -> float:
    lot = np.sqrt(2 * item["fixed"] * item["mean"] * (1 + 1 / item["stockout"]))
    reach = 6 * item["sd"] * np.sqrt(item["lead"] + item["review"])
    return float(2 * lot + reach + 2 * item["mean"] * item["review"])


def least_trigger_cost(item: Item) -> float:
    """Return the least cost of all s and S on a fine grid: positions by renewals of demand."""
    mean, sd = item["mean"] * item["review"], item["sd"] * np.sqrt(item["review"])
    step = min(mean, sd) / 20
    count = int(widest(item) / step)
    edges = stats.norm.cdf((np.arange(count + 1) - 0.5) * step, mean, sd)
    edges[0] = 0.0  # no demand below nothing
    chance = np.diff(edges)
    visits = np.empty(count)
    visits[0] = 1 / (1 - chance[0])
    for place in range(1, count):
        visits[place] = chance[1 : place + 1] @ visits[place - 1 :: -1] / (1 - chance[0])
    cover = item["lead"] + item["review"]
    reach = 6 * item["sd"] * np.sqrt(cover) + count * step
    middle = item["mean"] * cover
    costs = one_cycle(np.arange(middle - reach, middle + reach, step), item)
    paid, reviews, best = np.zeros(len(costs)), 0.0, np.inf
    for width in range(1, count):  # entry i: S is i steps up
        paid[width - 1 :] += visits[width - 1] * costs[: len(costs) - width + 1]
        reviews += visits[width - 1]
        ordering = item["fixed"] / item["review"]
        best = min(best, float(((ordering + paid[width - 1 :]) / reviews).min()))
    return best


def least_batch_cost(item: Item, least: float) -> float:
    """Return the least cost of all reorder points and quantities."""
    points, weights = np.polynomial.legendre.leggauss(60)
    cover = item["lead"] + item["review"]
    mean, sd = item["mean"] * item["review"], item["sd"] * np.sqrt(item["review"])

    def loss(level: float) -> float:
        z = (level - mean) / sd
        return float(sd * (stats.norm.pdf(z) - z * stats.norm.sf(z)))

    def cost(policy: Floats) -> float:
        point, quantity = policy[0], max(policy[1], least)
        stock = weights / 2 @ one_cycle(point + quantity * (points + 1) / 2, item)
        orders = min(loss(0.0) - loss(quantity), mean) / quantity / item["review"]
        return float(stock + item["fixed"] * orders)

    reach = 5 * item["sd"] * np.sqrt(cover)
    middle = item["mean"] * cover
    tried = [
        np.array([point, quantity])
        for quantity in np.linspace(least, widest(item), 40)
        for point in np.linspace(middle - quantity - reach, middle + reach, 30)
    ]
    start = min(tried, key=cost)
    options = {"xatol": 1e-6, "fatol": 1e-10, "maxiter": 500}
    return float(optimize.minimize(cost, start, method="Nelder-Mead", options=options).fun)


@pytest.mark.slow
@pytest.mark.parametrize("item", ITEMS, ids=str)
def test_no_trigger_and_level_on_a_fine_grid_cost_less(item: Item) -> None:
    answer = solved(item, policy="RsS")
    assert answer.cost == pytest.approx(least_trigger_cost(item), rel=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("item", ITEMS, ids=str)
def test_no_batch_and_reorder_point_cost_less(item: Item) -> None:
    answer = solved(item, policy="rQ")
    assert answer.cost == pytest.approx(least_batch_cost(item, item["mean"] / 1000), rel=1e-6)


@pytest.mark.parametrize("distribution", ["normal", "gamma", "poisson", "negative_binomial"])
@pytest.mark.parametrize("pack", [1.0, 6.0, 60.0])
def test_levels_by_cost_know_of_the_packs_that_orders_come_in(
    distribution: str, pack: float
) -> None:
    """Whole packs up to S are the policy (r,Q) with the pack as Q, and S next to its r."""
    item = ITEMS[0] | {"mean": 4.0, "sd": 2.0 if distribution == "poisson" else 3.0}
    columns = {"distribution": distribution, "pack_size": pack, "fixed_cost": 0.0}
    answer = solved(item, policy="RS", **columns)
    batches = solved(item, policy="rQ", order_quantity=pack, **columns)
    counted = distribution in ("poisson", "negative_binomial")
    level = float(batches.reorder_point[0]) + counted
    assert answer.order_up_to_level[0] == pytest.approx(level, rel=1e-6, abs=1e-6)
    assert answer.cost == pytest.approx(batches.cost, rel=1e-9)
    assert answer.status is Status.OPTIMAL


def test_a_level_under_a_minimum_order_is_not_called_optimal() -> None:
    answer = solved(ITEMS[0], policy="RS", pack_size=1.0, min_order_quantity=70.0)
    assert answer.policy_status.tolist() == ["best_found"]
    assert (answer.status, answer.bound) == (Status.FEASIBLE, None)
    assert answer.check().ok
