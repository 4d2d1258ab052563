"""Plans of lots: against a plain model, engine against engine, rule by rule."""

import dataclasses
from dataclasses import replace

import numpy as np
import pytest

from flowopt import CancelToken, Limit, Status
from flowopt.core.options import Options, Run
from flowopt.inventory import LotSizingProblem, wagner_whitin
from flowopt.inventory.lot_sizing.engines.pipeline import task_of
from flowopt.solvers.highs import solve_linear


def small(seed, *, items=3, periods=4):
    """A small problem with a random choice of rules; to make an item only costs."""
    random = np.random.default_rng(seed)
    shape = (items, periods)
    columns = {
        "demand": random.integers(0, 25, shape) * random.integers(0, 2, shape),
        "fixed_cost": random.integers(0, 60, shape),
        "holding_cost": random.integers(0, 4, shape),
        "unit_cost": random.integers(0, 4, shape) + 40 * (np.arange(items) == 0)[:, None],
        "initial_stock": random.integers(0, 20, items) * random.integers(0, 2, items),
    }

    def often(chance):
        return random.random() < chance

    some = random.random((items, 1)) < 0.6
    if often(0.5):
        columns["backorder_cost"] = np.where(some, random.integers(1, 8, shape), np.inf)
    if often(0.5):
        columns["lost_sale_cost"] = np.where(some, random.integers(5, 60, shape), np.inf)
    if often(0.4):
        columns["min_stock"] = random.integers(0, 6, shape)
    if often(0.3):
        columns["max_stock"] = random.integers(25, 60, shape)
    if often(0.4):
        columns["min_order_quantity"] = random.integers(0, 30, items)
    if often(0.2):
        columns["max_order_quantity"] = random.integers(30, 50, items)
    if often(0.3):
        columns["pack_size"] = random.integers(0, 9, items)
    if often(0.4):
        columns["lead_time"] = random.integers(0, 2, items)
    if often(0.7):
        columns |= {
            "capacity": random.integers(30, 70),
            "setup_time": random.integers(0, 10, items),
        }
        if often(0.4):
            columns["overtime_cost"] = 2.0
    if often(0.6):
        columns["component_of"] = [0, 0] if often(0.5) else [0, 1]
        columns |= {"component": [1, 2], "component_quantity": [1.0, 2.0]}
    return LotSizingProblem.from_arrays(columns.pop("demand"), **columns)


@pytest.mark.parametrize("seed", range(60))
def test_no_plan_of_the_plain_model_costs_less(seed, least_cost):
    problem = small(seed)
    solution, least = problem.solve(workers=1), least_cost(problem)
    if least is None:
        assert solution.status is Status.INFEASIBLE
        return
    assert solution.status is Status.OPTIMAL
    assert solution.cost == pytest.approx(least, abs=1e-5)
    assert solution.bound == solution.cost
    assert sum(solution.costs.values()) == pytest.approx(solution.cost)


def solved(problem, *, whole=True):
    """The objective of the small model, which fix-and-optimise searches on; None without a plan."""
    linear = task_of(problem, Run(Options()), strong=False).linear
    run = Run(Options(workers=1))
    return solve_linear(linear if whole else replace(linear, integer=None), run).objective


@pytest.mark.parametrize("periods", [4, 5])
@pytest.mark.parametrize("seed", range(60))
def test_the_small_model_knows_the_same_plans(seed, periods):
    problem = small(seed, periods=periods)
    least = problem.solve(workers=1).outcome.cost
    assert solved(problem) == (None if least is None else pytest.approx(least, abs=1e-5))


@pytest.mark.parametrize("seed", range(5))
def test_the_relaxation_of_the_small_model_tells_the_best_lots_of_items_alone(seed):
    random = np.random.default_rng(seed)
    demand = random.integers(0, 30, (4, 6))
    fixed, holding = random.integers(20, 90, (4, 1)), random.integers(1, 3, (4, 1))
    problem = LotSizingProblem.from_arrays(demand, fixed_cost=fixed, holding_cost=holding)
    best = wagner_whitin(demand, fixed, holding).cost.sum()
    assert solved(problem, whole=False) == pytest.approx(best)


@pytest.mark.parametrize("seed", range(0, 60, 7))
def test_the_other_engines_agree_and_the_heuristic_stays_between_bound_and_truth(seed):
    problem = small(seed)
    best = problem.solve(workers=1)
    assert problem.solve(engine="cbc", workers=1).status is best.status
    found = problem.solve(engine="fix_and_optimise", workers=1, iteration_limit=6)
    if best.status is Status.INFEASIBLE:
        return
    assert problem.solve(engine="cbc", workers=1).cost == pytest.approx(best.cost, abs=1e-5)
    if found.status.has_solution:
        assert found.cost >= best.cost - 1e-5
        assert found.bound <= best.cost + 1e-5


@pytest.mark.parametrize("dust", [1e-12, 1e-9, 1e-7])
def test_demand_too_small_to_be_told_from_rounding_asks_for_no_lot(dust):
    problem = LotSizingProblem.from_arrays([[dust] * 3, [5, dust, 5]], fixed_cost=1, holding_cost=1)
    solution = problem.solve(workers=1)
    assert solution.status is Status.OPTIMAL
    assert solution.cost == pytest.approx(2, abs=1e-5)
    assert solution.quantity[0].sum() == 0


def test_items_without_capacity_are_those_of_wagner_and_whitin():
    random = np.random.default_rng(5)
    demand, fixed = random.integers(0, 30, (6, 10)), random.integers(10, 80, (6, 10))
    holding, unit = random.uniform(0.1, 2, (6, 10)), random.uniform(0, 2, (6, 10))
    stock = random.integers(0, 40, 6)
    columns = {"fixed_cost": fixed, "holding_cost": holding, "unit_cost": unit}
    problem = LotSizingProblem.from_arrays(demand, initial_stock=stock, **columns)
    exact = wagner_whitin(demand, *columns.values(), initial_stock=stock)
    assert problem.solve(workers=1).cost == pytest.approx(exact.cost.sum())


def test_capacity_that_is_too_small_names_what_would_help():
    problem = LotSizingProblem.from_frames(
        {"item": ["a", "b"], "resource": ["saw", "saw"], "setup_time": [2, 2]},
        {"item": ["a", "b"], "period": ["Mon", "Mon"], "demand": [5, 9]},
        {"resource": ["saw"], "capacity": [15]},
    )
    solution = problem.solve(workers=1)
    assert solution.status is Status.INFEASIBLE
    assert solution.explanation.remedies[0] == "capacity raised by 3 in all: saw in period Mon by 3"
    assert solution.explanation.remedies[1].startswith("demand lowered by 3 in all")
    enough = problem.replace(capacity=problem.capacity + 3)
    assert enough.solve(workers=1).status is Status.OPTIMAL
    assert "explanation" in solution.summary()


def test_demand_that_comes_before_any_lot_can_is_named():
    solution = LotSizingProblem.from_arrays([[4, 0, 5]], lead_time=1).solve(workers=1)
    assert solution.status is Status.INFEASIBLE
    assert solution.explanation.remedies == ("demand lowered by 4 in all: 0 in period 0 by 4",)


def test_backorders_wait_only_as_long_as_there_is_a_period_left():
    problem = LotSizingProblem.from_arrays([[0, 8, 0]], fixed_cost=[[9, 50, 5]], holding_cost=9,
                                           backorder_cost=1)  # fmt: skip
    solution = problem.solve(workers=1)
    assert solution.quantity.tolist() == [[0.0, 0.0, 8.0]]
    assert solution.backorders.tolist() == [[0.0, 8.0, 0.0]]
    assert solution.costs["backorders"] == 8.0


def test_sales_are_lost_where_that_is_cheaper():
    solution = LotSizingProblem.from_arrays([[3, 90]], fixed_cost=40, holding_cost=1,
                                            lost_sale_cost=[[5, 5]]).solve(workers=1)  # fmt: skip
    assert solution.lost.tolist() == [[3.0, 0.0]]
    assert solution.cost == 55.0


def test_wheels_are_ready_when_bikes_are_started():
    problem = LotSizingProblem.from_arrays(
        [[0, 0, 10], [0, 0, 0]], item_id=["bike", "wheel"], fixed_cost=[50, 5],
        holding_cost=[4, 1], lead_time=[1, 1], component_of=[0], component=[1],
        component_quantity=[2.0],
    )  # fmt: skip
    solution = problem.solve(workers=1)
    assert solution.quantity.tolist() == [[0.0, 10.0, 0.0], [20.0, 0.0, 0.0]]
    lots = solution.tables()["lots"]
    assert lots["available"].tolist() == [2, 1]


def test_a_part_is_no_use_to_what_takes_longer_than_the_horizon():
    given = {
        "item_id": ["bike", "wheel"],
        "lead_time": [7, 0],
        "component_of": [0],
        "component": [1],
    }
    problem = LotSizingProblem.from_arrays([[0, 0, 10], [2, 0, 0]], **given)
    assert problem.solve(workers=1).status is Status.INFEASIBLE
    stocked = LotSizingProblem.from_arrays([[0, 0, 10], [2, 0, 0]], initial_stock=[10, 0], **given)
    assert stocked.solve(workers=1).quantity.tolist() == [[0, 0, 0], [2, 0, 0]]


def test_orders_are_packs_of_at_least_the_minimum():
    problem = LotSizingProblem.from_arrays([[7, 3, 2]], fixed_cost=1, holding_cost=0.5,
                                           pack_size=4, min_order_quantity=6)  # fmt: skip
    solution = problem.solve(workers=1)
    lots = solution.quantity[solution.quantity > 0]
    assert (lots % 4 == 0).all()
    assert (lots >= 8).all()


def test_the_check_finds_what_is_broken():
    problem = LotSizingProblem.from_arrays(
        [[5, 5], [5, 5]], fixed_cost=10, holding_cost=1, capacity=20, min_order_quantity=2,
        max_order_quantity=11, max_stock=6,
    )  # fmt: skip
    solution = problem.solve(workers=1)
    broken = {
        "demand": ("quantity", [[0, 5], [5, 5]]),
        "min_order": ("quantity", [[5, 5], [9, 1]]),
        "max_order": ("quantity", [[12, 0], [10, 0]]),
        "capacity": ("quantity", [[11, 0], [11, 0]]),
        "max_stock": ("quantity", [[12, 0], [5, 5]]),
        "lost": ("lost", [[-1, 0], [0, 0]]),
        "values": ("quantity", [[np.nan, 5], [5, 5]]),
    }
    for name, (field, table) in broken.items():
        values = dataclasses.replace(solution.values, **{field: np.array(table, dtype=float)})
        report = dataclasses.replace(solution, values=values).check()
        assert name in {violation.constraint for violation in report}


def test_a_plan_is_shown_as_tables_and_as_a_chart():
    import matplotlib.pyplot as plt

    problem = LotSizingProblem.from_arrays([[5, 6], [7, 0]], fixed_cost=9, holding_cost=1)
    for limited in (problem, LotSizingProblem.from_arrays([[5, 6]], fixed_cost=9, capacity=8)):
        solution = limited.solve(workers=1)
        assert list(solution.tables()) == ["lots", "stock", "capacity"]
        assert solution.plot().get_title()
        plt.close("all")


def large():
    """A problem whose search takes long."""
    random = np.random.default_rng(0)
    return LotSizingProblem.from_arrays(
        random.integers(20, 120, (20, 20)), fixed_cost=random.integers(200, 900, 20),
        holding_cost=1, capacity=1900, setup_time=15,
    )  # fmt: skip


def test_a_gap_that_stays_wide_is_handed_over_and_the_bound_remains(monkeypatch):
    from flowopt.inventory.lot_sizing.engines import highs

    monkeypatch.setattr(highs, "_WIDE", 0.0)
    monkeypatch.setattr(highs, "_SHARE", 0.3)
    solution = large().solve(time_limit=4, workers=1)
    assert solution.limit is Limit.TIME
    if solution.status.has_solution:
        assert "parts" in solution.outcome.details
        assert 0 < solution.gap < 1


def test_fix_and_optimise_is_the_same_twice_and_never_beats_the_bound():
    random = np.random.default_rng(1)
    problem = LotSizingProblem.from_arrays(
        random.integers(20, 60, (5, 12)), fixed_cost=random.integers(50, 300, 5),
        holding_cost=4, capacity=400, setup_time=8,
    )  # fmt: skip
    options = {"engine": "fix_and_optimise", "iteration_limit": 2, "workers": 1, "seed": 3}
    one, other = problem.solve(**options), problem.solve(**options)
    assert one.quantity.tolist() == other.quantity.tolist()
    assert one.bound <= problem.solve(workers=1).cost <= one.cost + 1e-6


@pytest.mark.parametrize("engine", ["highs", "cbc", "fix_and_optimise"])
def test_stock_that_is_enough_leaves_nothing_to_decide(engine):
    problem = LotSizingProblem.from_arrays(
        [[0, 57]], initial_stock=85, lead_time=2, fixed_cost=5, holding_cost=1, capacity=30
    )
    solution = problem.solve(engine=engine)
    assert solution.cost == 85 + 28
    assert not solution.quantity.any()


def test_a_long_search_stops_when_it_is_cancelled():
    problem = large()
    token = CancelToken()

    def stop(progress):
        if progress.elapsed > 1.0:
            token.cancel()

    solution = problem.solve(time_limit=60, workers=1, cancel=token, on_progress=stop)
    assert solution.limit is Limit.CANCELLED
    if solution.status.has_solution:
        assert solution.gap >= 0


def test_a_previous_plan_is_never_made_worse():
    problem = small(2, items=5, periods=6)
    first = problem.solve(engine="fix_and_optimise", iteration_limit=1, workers=1)
    again = problem.solve(initial=first, workers=1, time_limit=5)
    if first.status.has_solution:
        assert again.cost <= first.cost + 1e-6
