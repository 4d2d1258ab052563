"""The time and the caller's wish to end are heeded while models are written, too."""

import numpy as np
import pytest

from flowopt import CancelToken, Limit, Status
from flowopt.core.options import Options, Run
from flowopt.inventory import LotSizingProblem
from flowopt.inventory.lot_sizing.engines import fix_and_optimise, pipeline
from flowopt.inventory.lot_sizing.engines.pipeline import fits_strongly, task_of

ENGINES = ["highs", "cbc", "fix_and_optimise"]


def made(items=6, periods=12, **columns):
    random = np.random.default_rng(4)
    given = {"capacity": 75.0 * items, "setup_time": 8.0, "holding_cost": 1.0}
    demand, fixed = random.integers(20, 60, (items, periods)), random.integers(50, 300, items)
    return LotSizingProblem.from_arrays(demand, fixed_cost=fixed, **given | columns)


@pytest.mark.parametrize("strong", [True, False])
def test_no_model_is_written_once_the_search_is_cancelled(strong):
    token = CancelToken()
    run = Run(Options(cancel=token))
    assert task_of(made(), run, strong=strong) is not None
    token.cancel()
    assert task_of(made(), run, strong=strong) is None


@pytest.mark.parametrize("engine", ENGINES)
def test_a_model_that_the_time_ended_is_no_answer(engine, monkeypatch):
    monkeypatch.setattr(pipeline, "to_arrays", stopped)
    solution = made().solve(engine=engine, time_limit=5)
    assert (solution.status, solution.limit) == (Status.NO_SOLUTION_FOUND, Limit.TIME)
    assert solution.bound is None


def stopped(*_):
    raise pipeline.WritingStopped


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("packs", [0, 5])
def test_a_strong_model_too_large_for_the_time_is_not_begun(engine, packs, monkeypatch):
    monkeypatch.setattr(pipeline, "_SECONDS_PER_SHARE", 1.0)
    problem = made(pack_size=packs)
    assert not fits_strongly(problem, Run(Options(time_limit=1.0)))
    solution = problem.solve(engine=engine, time_limit=1.0, workers=1)
    assert solution.status.has_solution
    assert solution.check().ok
    assert 0 < solution.bound <= solution.cost


@pytest.mark.parametrize("engine", ENGINES)
def test_no_plan_is_proven_on_the_small_model_as_well(engine, monkeypatch):
    monkeypatch.setattr(pipeline, "_SECONDS_PER_SHARE", 1.0)
    solution = made(capacity=100.0).solve(engine=engine, time_limit=5.0, workers=1)
    assert solution.status is Status.INFEASIBLE


def test_a_strong_model_too_large_for_memory_gives_way_to_the_small_one(monkeypatch):
    problem = made(3, 6)
    best = problem.solve(workers=1)
    monkeypatch.setattr(pipeline, "_MOST_SHARES", 0)
    solution = problem.solve(workers=1)
    assert best.status is solution.status is Status.OPTIMAL
    assert solution.cost == pytest.approx(best.cost)


@pytest.mark.parametrize("packs", [0, 5])
@pytest.mark.parametrize("share", [1.0, 0.0])
def test_a_relaxation_that_takes_too_long_costs_the_bound_not_the_plan(share, packs, monkeypatch):
    monkeypatch.setattr(pipeline, "_SECONDS_PER_SHARE", share)
    monkeypatch.setattr(fix_and_optimise, "_RELAXED", 0.0)
    problem = made(pack_size=packs)
    solution = problem.solve(engine="fix_and_optimise", time_limit=1.0, workers=1)
    assert solution.status is Status.FEASIBLE
    assert solution.check().ok
    assert solution.bound is None
    assert solution.gap is None
