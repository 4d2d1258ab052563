"""The parts of the search: kernels, grids that round, forests, limits, stopping."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from flowopt import CancelToken, Limit, SafetyStockProblem, Status, UnsupportedFeatureError
from flowopt.core.options import Options, Run
from flowopt.inventory.safety_stock import levels
from flowopt.inventory.safety_stock.closing import labels_of
from flowopt.inventory.safety_stock.engines.message_passing import Search
from flowopt.inventory.safety_stock.forests import search_forests
from flowopt.inventory.safety_stock.grid import finest_grid, grid_of
from flowopt.inventory.safety_stock.kernels import messages
from flowopt.inventory.safety_stock.layout import domains, layout_of, variables_of
from flowopt.inventory.safety_stock.passing import Passing
from flowopt.inventory.safety_stock.polish import polished

Network = Callable[..., SafetyStockProblem]


def irrational(problem: SafetyStockProblem) -> SafetyStockProblem:
    """Return the problem with times that have no common divisor."""
    draw = np.random.default_rng(problem.num_stages)
    time = problem.stages["stage_time"] + draw.random(problem.num_stages) * math.pi
    return problem.replace(stages=dict(problem.stages.arrays) | {"stage_time": time})


# ---- kernels


@pytest.mark.parametrize("seed", range(60))
def test_the_least_cost_after_any_birth_is_that_of_looking_at_all(seed: int) -> None:
    draw = np.random.default_rng(seed)
    births, count = int(draw.integers(1, 40)), int(draw.integers(1, 60))
    values = draw.random(births) * draw.choice([0.0, 0.3, 3.0])
    table = np.sqrt(draw.random() * np.arange(count) + draw.choice([0.0, 0.4]))
    out = np.empty(count)
    messages.least_after(values, table, 0, count, out)
    expected = [
        min((values[q] + table[t - q] for q in range(min(t + 1, births))), default=math.inf)
        for t in range(count)
    ]
    assert out == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_long_messages_are_those_of_looking_at_all_pairs(seed: int) -> None:
    draw = np.random.default_rng(seed)
    earlier, gap = 300, int(draw.integers(0, 40))
    later = int(draw.integers(260, earlier + gap + 1))
    assert earlier * later > messages.PLAIN
    costs = draw.random(earlier) * 3
    table = 2 * np.sqrt(np.arange(earlier + gap + 1))
    down = np.empty(later)
    messages.send_down(costs, 0, gap, table, down)
    net = np.arange(earlier)[:, None] + gap - np.arange(later)[None, :]
    pairs = np.where(net >= 0, table[np.maximum(net, 0)], np.inf)
    assert down == pytest.approx((costs[:, None] + pairs).min(axis=0))
    up = np.empty(earlier)
    back = draw.random(later) * 3
    messages.send_up(back, 0, gap, table, up)
    assert up == pytest.approx((back[None, :] + pairs).min(axis=1))


# ---- grids


def test_the_grid_is_the_common_divisor_of_the_times(network: Network) -> None:
    for tick in (1.0, 0.25, 0.1, 1 / 7):
        grid = finest_grid(network(3, 8, 0.5, tick))
        assert grid is not None
        assert grid.exact
        assert grid.tick == pytest.approx(tick)


def test_times_without_a_common_divisor_have_no_grid(network: Network) -> None:
    assert finest_grid(irrational(network(3, 8, 0.5))) is None


@pytest.mark.parametrize("seed", range(8))
def test_rounded_times_give_a_bound(network: Network, seed: int) -> None:
    problem = network(seed, 8, 0.5, 0.25)
    best = problem.solve(workers=1).cost
    variables = variables_of(problem)
    for ticks in (2, 3, 5, 8):
        grid = grid_of(problem, ticks, 4)
        passing = Passing(
            variables,
            layout_of(problem, grid, variables, *domains(problem, grid, variables)),
        )
        for _ in range(20):
            passing.sweep(False, Run(Options()))
            bound = passing.sweep(True, Run(Options()))
            assert bound is not None
            assert bound <= best * (1 + 1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_times_of_any_kind_are_answered_close_to_a_bound(network: Network, seed: int) -> None:
    problem = irrational(network(seed, 9, 0.4))
    solution = problem.solve(workers=1)
    assert solution.check().ok
    assert solution.gap is not None
    assert solution.gap <= 1e-3


def test_a_fine_grid_is_reached_by_coarser_ones(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = network(5, 12, 0.4)
    best = problem.solve(workers=1)
    monkeypatch.setattr(levels, "COARSEST", 4)
    steps = levels.levels_of(problem, variables_of(problem))
    assert len(steps) > 1
    assert [grid.exact for grid in steps] == [False] * (len(steps) - 1) + [True]
    assert problem.solve(workers=1).cost == pytest.approx(best.cost)


# ---- improving answers


def search_of(problem: SafetyStockProblem, **options: Any) -> tuple[Search, Passing, Any]:
    search = Search(problem, Run(Options(**options)))
    variables, grid = variables_of(problem), finest_grid(problem)
    assert grid is not None
    low, high = domains(problem, grid, variables)
    return search, Passing(variables, layout_of(problem, grid, variables, low, high)), grid


@pytest.mark.parametrize("seed", range(6))
def test_forests_lower_the_cost_and_do_not_miss_much(network: Network, seed: int) -> None:
    problem = network(seed, 12, 0.4)
    search, passing, grid = search_of(problem, seed=seed)
    before = search.best.cost
    search_forests(search, passing, grid)
    best = problem.solve(workers=1).cost
    assert best * (1 - 1e-9) <= search.best.cost <= before
    assert search.best.cost <= 1.1 * best


def test_the_labels_of_times_are_these_times(network: Network) -> None:
    search, passing, grid = search_of(network(2, 10, 0.5))
    labels = labels_of(search, passing.variables, passing.layout, grid)
    width = passing.layout.high - passing.layout.low
    assert ((labels >= 0) & (labels <= width)).all()
    before = search.best.cost
    search.offer_choice(passing.variables, passing.layout, labels, grid)
    assert search.best.cost == pytest.approx(before)


@pytest.mark.parametrize("seed", range(6))
def test_linear_programs_never_make_an_answer_worse(network: Network, seed: int) -> None:
    problem = irrational(network(seed, 10, 0.4))
    search = Search(problem, Run(Options()))
    times = polished(problem, search.settle, search.best, search.run)
    assert times.cost <= search.best.cost


# ---- stopping


def test_a_search_that_is_cancelled_while_it_proves_ends_with_an_answer(network: Network) -> None:
    token = CancelToken()

    def stop(progress: Any) -> None:
        token.cancel()

    solution = network(11, 18, 0.5).solve(cancel=token, on_progress=stop, workers=1)
    assert solution.status.has_solution
    assert solution.check().ok
    assert solution.limit is Limit.CANCELLED


def test_a_limit_on_iterations_gives_a_bound_and_is_told(network: Network) -> None:
    one, other = (network(0, 18, 0.5).solve(iteration_limit=3, workers=1) for _ in range(2))
    assert (one.status, one.limit) == (Status.FEASIBLE, Limit.ITERATIONS)
    assert one.bound is not None
    assert 0 < one.bound < one.cost
    assert (one.cost, one.bound) == (other.cost, other.bound)


def test_an_earlier_answer_is_not_lost(network: Network) -> None:
    problem = network(0, 18, 0.5)
    best = problem.solve(workers=1)
    again = problem.solve(iteration_limit=1, initial=best, workers=1)
    assert again.cost == pytest.approx(best.cost)


def test_cpsat_says_when_times_are_too_fine_for_it(network: Network) -> None:
    with pytest.raises(UnsupportedFeatureError, match="round them"):
        irrational(network(3, 8, 0.5)).solve(engine="cpsat")


def test_the_tree_engine_refuses_what_is_no_tree(network: Network) -> None:
    with pytest.raises(UnsupportedFeatureError, match="acyclic"):
        network(1, 7, 0.9).solve(engine="tree")
