"""Service mixes: against brute force and simulation, and what planners expect of them."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowopt import Limit, NoSolutionError, ServiceMixProblem, Status, ValidationError
from flowopt.core.options import Options, Run
from flowopt.inventory.service_mix.engines.levels import levels_of, sharing_of

ITEMS: dict[str, list[Any]] = {
    "item": ["bolt", "pump", "engine"],
    "class": ["small", "large", "large"],
    "demand_mean": [40.0, 4.0, 0.5],
    "demand_sd": [20.0, 4.0, 1.0],
    "lead_time": [2, 4, 8],
    "unit_cost": [1.0, 40.0, 900.0],
    "min_order_quantity": [100, 2, 1],
    "pack_size": [10, 2, 1],
}
every_engine = pytest.mark.parametrize("engine", ["lagrangian", "highs"])


def mix(fill_rate: float = 0.9, classes: Any = None, **options: Any) -> ServiceMixProblem:
    columns = {name: options.pop(name) for name in [*options] if name in MORE or name in ITEMS}
    return ServiceMixProblem.from_frames(ITEMS | columns, classes, fill_rate=fill_rate, **options)


MORE = ("min_fill_rate", "least_reorder_point", "weight", "order_quantity", "lead_time_sd")


@every_engine
@pytest.mark.parametrize(
    ("fill_rate", "weighted_by", "class_target"),
    [(0.9, "units", None), (0.9, "value", None), (0.8, "weight", 0.9), (0.95, "units", 0.7)],
)
def test_levels_are_the_cheapest_there_are(
    engine: str, fill_rate: float, weighted_by: Any, class_target: float | None
) -> None:
    classes = None if class_target is None else {"class": ["large"], "fill_rate": [class_target]}
    problem = mix(
        fill_rate, classes, weighted_by=weighted_by, num_levels=25, weight=[1.0, 5.0, 30.0]
    )
    solution = problem.solve(engine=engine)
    with Run(Options()) as run:
        levels = levels_of(problem, fill_rate, run)
    assert levels is not None
    options, sharing = levels.options, sharing_of(problem)
    ranges = [range(a, b) for a, b in itertools.pairwise(options.start.tolist())]
    fitting = (
        float(options.cost[list(pick)].sum())
        for pick in itertools.product(*ranges)
        if sharing.fits(options.amount[list(pick)])
    )
    assert solution.status is Status.OPTIMAL
    assert solution.cost == pytest.approx(min(fitting))


def test_the_service_promised_is_that_of_the_policy_played(simulate: Callable[..., Any]) -> None:
    solution = mix(0.9).solve()
    for row in (1, 2):
        achieved = simulate(
            mean=ITEMS["demand_mean"][row],
            sd=ITEMS["demand_sd"][row],
            lead_time=ITEMS["lead_time"][row],
            reorder_point=float(solution.reorder_point[row]),
            order_quantity=float(solution.order_quantity[row]),
            periods=1500,
            replications=200,
        )
        fill, error = achieved.fill_rate
        assert solution.expected_fill_rate[row] == pytest.approx(fill, abs=4 * error + 1e-3)
        stock, error = achieved.average_stock
        assert solution.average_stock[row] == pytest.approx(stock, abs=4 * error + 1e-3)


def test_a_mix_costs_no_more_than_one_target_for_all() -> None:
    curve = mix().pareto(points=8)
    columns = curve.columns()
    assert (columns["cost"] <= columns["uniform_cost"] * (1 + 1e-9)).all()
    assert (np.diff(columns["cost"]) > 0).all()
    assert (columns["fill_rate"] >= columns["target"] - 1e-9).all()
    assert (columns["bound"] <= columns["cost"]).all()


def test_cheap_items_serve_more_than_dear_ones_unless_value_counts() -> None:
    units, value = mix(0.9).solve(), mix(0.9, weighted_by="value").solve()
    assert units.expected_fill_rate[0] > units.expected_fill_rate[2]
    assert value.expected_fill_rate[2] > units.expected_fill_rate[2]
    assert value.fill_rate >= 0.9
    assert value.cost > units.cost


def test_floors_of_items_and_classes_hold() -> None:
    solution = mix(
        0.95, {"class": ["large"], "fill_rate": [0.9]}, min_fill_rate=[0.0, 0.0, 0.8]
    ).solve()
    assert solution.expected_fill_rate[2] >= 0.8
    table = solution.to_frame("classes").set_index("class")
    assert table.loc["large", "fill_rate"] >= 0.9 - 1e-9
    assert table.loc["", "target"] == 0.95
    assert np.isnan(table.loc["small", "target"])
    assert table.loc["", "stock_value"] == pytest.approx(solution.cost)


def test_the_lowest_reorder_point_is_given_or_minus_one() -> None:
    dear = {"unit_cost": [1.0, 40.0, 1e6]}
    assert mix(0.9, **dear).solve().reorder_point[2] == -1
    stocked = mix(0.9, **dear, least_reorder_point=[None, None, 2.0]).solve()
    assert stocked.reorder_point[2] == 2
    waiting = mix(0.5, order_quantity=[100, 20, 6], least_reorder_point=[None, None, -99.0])
    waiting = waiting.solve()
    assert waiting.reorder_point[2] == -6  # a whole order waits: there is never any stock
    assert waiting.average_stock[2] == pytest.approx(0, abs=1e-9)
    assert waiting.item_status.tolist()[2] == "on_demand"


def test_orders_are_whole_packs_of_at_least_the_minimum() -> None:
    solution = mix(0.9, order_quantity=[105, None, None]).solve()
    assert solution.order_quantity.tolist() == [110.0, 2.0, 1.0]


def test_edges() -> None:
    problem = ServiceMixProblem.from_frames(
        {
            "item": ["dead", "steady", "free"],
            "demand_mean": [0.0, 10.0, 3.0],
            "demand_sd": [0.0, 0.0, 2.0],
            "lead_time": [2, 0, 1],
            "unit_cost": [5.0, 2.0, 0.0],
        },
        fill_rate=0.999,
    )
    for engine in ("lagrangian", "highs"):
        solution = problem.solve(engine=engine)
        assert solution.check().ok
        assert solution.item_status.tolist() == ["no_demand", "stocked", "stocked"]
        assert (solution.reorder_point[0], solution.order_quantity[0]) == (-1.0, 0.0)
        assert solution.expected_fill_rate[1] == pytest.approx(1, abs=0.01)


def test_nothing_but_items_without_demand_needs_no_stock() -> None:
    idle = {"demand_mean": [0.0] * 3, "demand_sd": [0.0] * 3}
    solution = mix(0.9, **idle).solve()
    assert (solution.cost, solution.fill_rate, solution.status) == (0.0, 1.0, Status.OPTIMAL)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.5, 0.99), st.sampled_from(["units", "value"]))
def test_every_mix_reaches_its_target_near_the_bound(
    seed: int, target: float, weighted_by: Any
) -> None:
    generator = np.random.default_rng(seed)
    mean = generator.lognormal(0, 1.5, 12)
    items = {
        "item": np.arange(12),
        "demand_mean": mean,
        "demand_sd": np.sqrt(mean * (1 + generator.lognormal(0, 1, 12))),
        "lead_time": generator.integers(0, 9, 12).astype(float),
        "unit_cost": generator.lognormal(1, 1, 12),
        "min_order_quantity": generator.integers(0, 20, 12).astype(float),
    }
    problem = ServiceMixProblem.from_frames(
        items, fill_rate=target, weighted_by=weighted_by, num_levels=15
    )
    solution = problem.solve()
    assert solution.fill_rate >= target - 1e-7
    assert solution.gap is not None
    assert solution.gap < 0.05


def test_a_lower_target_costs_no_more() -> None:
    costs = [mix(target).solve().cost for target in (0.7, 0.8, 0.9, 0.97)]
    assert costs == sorted(costs)


def test_the_shadow_price_is_what_a_point_of_service_less_saves() -> None:
    generator = np.random.default_rng(0)
    mean = generator.lognormal(1, 1, 300)
    items = {
        "item": np.arange(300),
        "demand_mean": mean,
        "demand_sd": mean,
        "lead_time": np.full(300, 3.0),
        "unit_cost": generator.lognormal(1, 1, 300),
    }
    high = ServiceMixProblem.from_frames(items, fill_rate=0.9)
    low = high.replace(fill_rate=0.899)
    curve = high.pareto([0.899, 0.9])
    saved = curve.columns()["bound"][1] - curve.columns()["bound"][0]
    assert saved == pytest.approx(0.1 * high.solve().shadow_price[0], rel=0.05)
    assert low.solve().cost < high.solve().cost


def test_a_mix_that_does_not_hold_is_found_out() -> None:
    solution = mix(0.9).solve()
    lower = dataclasses.replace(solution, reorder_point=solution.reorder_point - [20.0, 4.0, 0.0])
    assert {"fill_rate", "average_stock"} <= {fault.constraint for fault in lower.check()}
    boast = dataclasses.replace(solution, expected_fill_rate=np.array([0.9, 0.1, 0.0]))
    assert "service" in {fault.constraint for fault in boast.check()}
    broken = dataclasses.replace(solution, order_quantity=np.array([95.0, 1.0, 1.0]))
    assert {"pack_size", "order_quantity"} <= {fault.constraint for fault in broken.check()}


def test_without_time_there_is_no_mix() -> None:
    solution = mix(0.9).solve(time_limit=1e-9)
    assert (solution.status, solution.limit) == (Status.NO_SOLUTION_FOUND, Limit.TIME)
    with pytest.raises(NoSolutionError):
        solution.to_frame()
    with pytest.raises(NoSolutionError):
        mix(0.9).pareto([0.9], time_limit=1e-9)


def test_the_charts_show_items_and_the_curve() -> None:
    problem = mix(0.9)
    assert problem.solve().plot().get_xlabel() == "value of a unit"
    assert len(problem.pareto([0.8, 0.9]).plot().lines) == 2


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({"fill_rate": 1.0}, ("mix", "fill_rate")),
        ({"fill_rate": 0}, ("mix", "fill_rate")),
        ({"fill_rate": float("nan")}, ("mix", "fill_rate")),
        ({"weighted_by": "luck"}, ("mix", "weighted_by")),
        ({"num_levels": 1}, ("mix", "num_levels")),
        ({"min_fill_rate": [1.0, 0, 0]}, ("items", "min_fill_rate")),
        ({"min_fill_rate": [1.2, 0, 0]}, ("items", "min_fill_rate")),
        ({"demand_mean": [-1.0, 1, 1]}, ("items", "demand_mean")),
        ({"demand_mean": [0.0, 4, 0.5]}, ("items", "demand_sd")),
        ({"lead_time": [float("nan"), 1, 1]}, ("items", "lead_time")),
        ({"unit_cost": [None, 1, 1]}, ("items", "unit_cost")),
        ({"item": ["bolt", "bolt", "engine"]}, ("items", "item+site")),
        ({"classes": {"class": ["odd"], "fill_rate": [0.5]}}, ("classes", "class")),
        ({"classes": {"class": ["large"], "fill_rate": [1.0]}}, ("classes", "fill_rate")),
    ],
    ids=str,
)
def test_a_fault_is_named(options: dict[str, Any], place: tuple[str, str]) -> None:
    with pytest.raises(ValidationError) as caught:
        mix(**options)
    assert place in {(fault.table, fault.column) for fault in caught.value.failures}


@pytest.mark.parametrize("targets", [[], [1.0], [0.5, 0.0], ["high"], [float("nan")]])
def test_a_target_of_the_curve_that_is_none_is_named(targets: list[Any]) -> None:
    with pytest.raises(ValidationError, match="targets"):
        mix().pareto(targets)
