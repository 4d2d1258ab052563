"""Orders under shared limits: against brute force, the textbook, and what planners expect."""

from __future__ import annotations

import itertools
from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy import stats

from flowopt import Limit, OrderProblem, Status
from flowopt.core import Options, Run
from flowopt.inventory.ordering.costs import expected_cost
from flowopt.inventory.ordering.engines.quantities import first_quantities, sharing_of

ITEMS: dict[str, list[Any]] = {
    "item": ["bolt", "pump", "belt", "valve"],
    "supplier": ["A", "B", "A", "B"],
    "demand_mean": [12.0, 2.0, 8.0, 3.0],
    "demand_sd": [5.0, 2.0, 4.0, 3.0],
    "lead_time": [2, 4, 1, 0],
    "review_period": [1, 2, 1, 3],
    "holding_cost": [0.05, 0.8, 0.15, 0.3],
    "stockout_cost": [1.0, 9.0, 2.0, 4.0],
    "fixed_cost": [0.0, 3.0, 1.0, 2.0],
    "unit_cost": [3.0, 80.0, 15.0, 25.0],
    "unit_volume": [0.2, 1.0, 0.5, 0.1],
    "unit_weight": [1.0, 9.0, 2.0, 0.5],
    "min_order_quantity": [20, 0, 10, 4],
    "pack_size": [10, 1, 5, 2],
    "on_hand": [15, 3, 2, 0],
}
every_engine = pytest.mark.parametrize("engine", ["lagrangian", "highs"])


def alone(**columns: Any) -> OrderProblem:
    item = {
        "item": ["bolt"],
        "demand_mean": [100.0],
        "demand_sd": [20.0],
        "lead_time": [0],
        "holding_cost": [1.0],
        "stockout_cost": [9.0],
    }
    return OrderProblem.from_frames(item | {name: [value] for name, value in columns.items()})


RANGES = [(20, 70, 10), (1, 30, 1), (10, 50, 5), (4, 40, 2)]  # least, end, pack


def cost_by_sums(problem: OrderProblem, row: int, quantity: float) -> float:
    """Return the cost of an order from probabilities, unit by unit or by integration."""
    cell = {name: problem.items[name][row].item() for name in problem.items}
    level = cell["on_hand"] + quantity
    total = cell["fixed_cost"] * (quantity > 0)
    for period in range(1, int(cell["review_period"]) + 1):
        length = cell["lead_time"] + period
        mean, variance = cell["demand_mean"] * length, cell["demand_sd"] ** 2 * length
        if problem.distribution[row] == "negative_binomial":
            x = np.arange(500)
            chance = stats.nbinom(mean**2 / (variance - mean), mean / variance).pmf(x)
        else:
            x = np.linspace(-100, 300, 8001)
            chance = stats.norm(mean, variance**0.5).pdf(x) * (x[1] - x[0])
        total += cell["holding_cost"] * (np.maximum(level - x, 0) * chance).sum()
        total += cell["stockout_cost"] * (np.maximum(x - level, 0) * chance).sum()
    return float(total)


CHOICES = [[0.0, *np.arange(low, high, step).tolist()] for low, high, step in RANGES]


@cache
def choice_costs() -> list[list[float]]:
    problem = OrderProblem.from_frames(ITEMS)
    return [[cost_by_sums(problem, row, q) for q in CHOICES[row]] for row in range(4)]


@every_engine
@pytest.mark.parametrize(
    "limits",
    [{}, {"budget": 900.0}, {"budget": 500.0, "volume": 20.0}, {"weight": 40.0}, {"budget": 0.0}],
    ids=str,
)
def test_orders_are_the_best_there_are(engine: str, limits: dict[str, float]) -> None:
    problem = OrderProblem.from_frames(ITEMS, **limits)
    solution = problem.solve(engine=engine)
    choices, costs = CHOICES, choice_costs()
    best = np.inf
    for pick in itertools.product(*(range(len(choice)) for choice in choices)):
        quantity = np.array([choices[row][place] for row, place in enumerate(pick)])
        used = [float(unit @ quantity) for unit in problem.unit_uses]
        if all(u <= c for u, c in zip(used, problem.capacity, strict=True)):
            best = min(best, sum(costs[row][place] for row, place in enumerate(pick)))
    assert solution.status is Status.OPTIMAL
    assert solution.cost == pytest.approx(best, rel=1e-5)


def test_without_limits_the_order_is_the_newsvendors() -> None:
    solution = alone().solve()
    assert solution.quantity[0] == pytest.approx(stats.norm(100, 20).ppf(0.9), abs=0.5)
    assert solution.order_status.tolist() == ["order"]


def test_what_is_there_is_not_ordered_again() -> None:
    plain = alone().solve().quantity[0]
    stocked = alone(on_hand=30, on_order=20, backorders=5, reserved=4).solve()
    assert stocked.quantity[0] == plain - 41


def test_the_shadow_price_of_a_budget_is_what_one_more_unit_saves() -> None:
    generator = np.random.default_rng(1)
    items = {
        "item": np.arange(400),
        "demand_mean": generator.lognormal(3, 1, 400),
        "demand_sd": generator.lognormal(2.5, 0.5, 400),
        "lead_time": np.full(400, 2.0),
        "unit_cost": generator.lognormal(1, 1, 400),
    }
    items |= {"holding_cost": items["unit_cost"] * 0.01, "stockout_cost": items["unit_cost"]}
    wanted = OrderProblem.from_frames(items).solve().quantity @ items["unit_cost"]
    tight = OrderProblem.from_frames(items, budget=0.5 * wanted).solve()
    looser = OrderProblem.from_frames(items, budget=0.505 * wanted).solve()
    assert tight.bound is not None
    assert looser.bound is not None
    price = float(tight.shadow_price[0])
    assert tight.bound - looser.bound == pytest.approx(price * 0.005 * wanted, rel=0.05)


def test_long_ranges_of_packs_are_searched_to_the_last_unit() -> None:
    generator = np.random.default_rng(4)
    items = {
        "item": np.arange(30),
        "demand_mean": generator.lognormal(7, 1, 30),
        "demand_sd": generator.lognormal(5, 1, 30),
        "lead_time": np.full(30, 1.0),
        "unit_cost": generator.lognormal(1, 1, 30),
        "unit_volume": generator.lognormal(-1, 1, 30),
    }
    items |= {"holding_cost": items["unit_cost"] * 0.01, "stockout_cost": items["unit_cost"]}
    free = OrderProblem.from_frames(items).solve().quantity
    limits = {
        "budget": 0.6 * free @ items["unit_cost"],
        "volume": 0.6 * free @ items["unit_volume"],
    }
    problem = OrderProblem.from_frames(items, **limits)
    one, whole = problem.solve(), problem.replace(limits=problem.limits)
    assert one.gap is not None
    assert one.gap < 1e-4
    for row in range(3):  # no single step by one unit is better at the prices
        for step in (-1.0, 1.0):
            quantity = one.quantity.copy()
            quantity[row] += step
            rows = np.arange(30)
            prices = sum(p * u for p, u in zip(one.shadow_price, whole.unit_uses, strict=True))
            paid = expected_cost(whole, rows, quantity) + prices * quantity
            worth = one.shadow_price @ whole.capacity
            assert paid.sum() - worth >= one.bound * (1 - 1e-9)


def test_containers_are_counted_and_limit_their_supplier_only() -> None:
    limits = {
        "limit": ["boxes of A"],
        "uses": ["unit_volume"],
        "supplier": ["A"],
        "container_size": [2.5],
        "num_containers": [3],
    }
    solution = OrderProblem.from_frames(ITEMS, limits).solve()
    free = OrderProblem.from_frames(ITEMS).solve()
    table = solution.to_frame("limits")
    assert table["capacity"].tolist() == [7.5]
    assert table["used"][0] <= 7.5
    assert table["containers"][0] == np.ceil(table["used"][0] / 2.5)
    assert (solution.quantity[[1, 3]] == free.quantity[[1, 3]]).all()
    assert (solution.quantity[[0, 2]] < free.quantity[[0, 2]]).any()


def test_a_limit_can_be_of_any_column() -> None:
    items = ITEMS | {"lithium": [0.0, 1.0, 0.0, 2.0]}
    limits = {"limit": ["dangerous goods"], "uses": ["lithium"], "capacity": [3.0]}
    solution = OrderProblem.from_frames(items, limits).solve()
    assert solution.used[0] <= 3.0
    assert solution.check().ok


@pytest.mark.parametrize(
    ("columns", "status", "quantity"),
    [
        ({"on_hand": 500}, "none", 0),
        ({"max_order_quantity": 0}, "no_quantity", 0),
        ({"max_order_quantity": 10, "min_order_quantity": 20}, "no_quantity", 0),
        ({"max_order_quantity": 10, "min_order_quantity": 20, "on_hand": 500}, "none", 0),
        ({"max_order_quantity": 50}, "capped", 50),
        ({"shelf_space": 70, "on_hand": 20}, "capped", 50),
        ({"orderable": False}, "not_orderable", 0),
        ({"min_order_quantity": 130, "pack_size": 12}, "order", 132),
        ({"demand_sd": 0.0}, "order", 100),
        ({"demand_mean": 0.0, "demand_sd": 0.0}, "none", 0),
        ({"demand_mean": 0.0, "demand_sd": 0.0, "backorders": 7}, "order", 7),
        ({"stockout_cost": 0.0}, "none", 0),
        ({"fixed_cost": 1e6}, "none", 0),
    ],
    ids=str,
)
def test_edges(columns: dict[str, Any], status: str, quantity: float) -> None:
    for engine in ("lagrangian", "highs"):
        solution = alone(**columns).solve(engine=engine)
        assert solution.order_status.tolist() == [status]
        assert solution.quantity.tolist() == [quantity]


def test_stock_in_parts_of_counted_units_is_costed_between_them() -> None:
    item = {"demand_mean": 3.0, "demand_sd": 3.0, "distribution": "negative_binomial"}
    costs = [alone(**item, on_hand=x, orderable=False).solve().cost for x in (4.0, 4.5, 5.0)]
    assert costs[1] == pytest.approx((costs[0] + costs[2]) / 2)


def test_an_order_that_does_not_hold_is_found_out() -> None:
    import dataclasses

    solution = OrderProblem.from_frames(ITEMS, budget=900.0).solve()
    more = solution.quantity + np.array([10.0, 1.0, 5.0, 2.0])
    wrong = dataclasses.replace(solution, quantity=more + np.array([1.0, 0.0, 0.0, 0.0]))
    found = {violation.constraint for violation in wrong.check()}
    assert {"pack_size", "limit", "expected_cost"} <= found
    too_few = dataclasses.replace(solution, quantity=np.array([10.0, 0.0, 0.0, 0.0]))
    assert "min_order_quantity" in {violation.constraint for violation in too_few.check()}


@pytest.mark.parametrize("engine", ["lagrangian", "highs"])
def test_a_budget_is_not_overdrawn_by_the_tolerance_of_a_solver(engine: str) -> None:
    items = {
        "item": ["dear", "cheap"],
        "demand_mean": [1000.0, 1000.0],
        "demand_sd": [1.0, 1.0],
        "lead_time": [0, 0],
        "holding_cost": [0.01, 0.01],
        "stockout_cost": [9.0, 9.0],
        "unit_cost": [1000.0, 0.0005],
        "pack_size": [1000.0, 1000.0],
    }
    enough = OrderProblem.from_frames(items, budget=1_000_000.5).solve(engine=engine)
    assert enough.quantity.tolist() == [1000, 1000]
    short = OrderProblem.from_frames(items, budget=1_000_000.0).solve(engine=engine)
    assert short.quantity.tolist() == [0, 1000]


def test_a_search_without_time_orders_nothing_and_claims_nothing() -> None:
    solution = OrderProblem.from_frames(ITEMS, budget=900.0).solve(time_limit=1e-9)
    assert solution.status is Status.FEASIBLE
    assert solution.limit is Limit.TIME
    assert solution.bound is None
    assert set(solution.order_status.tolist()) == {"not_solved"}
    assert solution.check().ok


def test_the_chart_shows_the_largest_orders() -> None:
    ax = OrderProblem.from_frames(ITEMS, budget=900.0).solve().plot(most=2)
    assert len(ax.get_yticklabels()) == 2
    assert ax.get_title() == "Orders: 2 of 4 items"


def test_quantities_around_a_price_are_left_out_when_the_search_is_cancelled() -> None:
    problem = alone(demand_sd=50.0, stockout_cost=99.0)
    sharing, run = sharing_of(problem), Run(Options())
    some = first_quantities(problem, run)
    assert not some.complete
    assert some.around(np.zeros(sharing.num_limits), sharing, run) is not None
    run.cancel.cancel()
    assert some.around(np.zeros(sharing.num_limits), sharing, run) is None
