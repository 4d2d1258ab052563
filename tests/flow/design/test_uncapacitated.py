"""Dual ascent: its bound holds, its design is good, and what it leaves out is not missed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from flowopt.core import Status
from flowopt.core.options import Options, Run
from flowopt.flow.design import DesignProblem, uncapacitated
from flowopt.flow.design.model import build

Locate = Callable[..., DesignProblem]


def drawn(located: Locate, seed: int, **columns: Any) -> DesignProblem:
    random = np.random.default_rng(seed)
    places, customers = int(random.integers(2, 9)), int(random.integers(1, 15))
    cost = random.integers(1, 30, (places, customers))
    fixed = random.integers(0, 60, places)
    return located(cost, fixed, random.integers(1, 9, customers), **columns)


@pytest.mark.parametrize("seed", range(25))
def test_the_bound_holds_and_nothing_better_is_left_out(located: Locate, seed: int) -> None:
    problem = drawn(located, seed)
    optimum = problem.solve(workers=1).cost  # too small for dual ascent to be asked
    model, run = build(problem), Run(Options())
    location = uncapacitated.location_of(problem, model)
    assert location is not None
    found = uncapacitated.ascend(problem, model, location, run)
    assert found is not None
    cost = model.linear.objective(found.columns)
    assert found.bound - 1e-6 <= optimum <= cost + 1e-6
    assert cost <= optimum * 1.1
    assert (found.columns <= found.upper).all()


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("engine", ["highs", "cbc", "slope_scaling"])
def test_engines_use_it_for_what_is_large(
    located: Locate, monkeypatch: pytest.MonkeyPatch, seed: int, engine: str
) -> None:
    problem = drawn(located, seed)
    optimum = problem.solve(workers=1).cost
    monkeypatch.setattr(uncapacitated, "SMALLEST", 0)
    solution = problem.solve(engine=engine, workers=1)
    assert solution.cost >= optimum - 1e-6
    assert solution.bound is not None
    assert solution.bound <= optimum + 1e-6
    if engine != "slope_scaling":
        assert solution.status is Status.OPTIMAL
        assert solution.cost == pytest.approx(optimum)


def test_demand_may_stay_unmet(located: Locate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uncapacitated, "SMALLEST", 0)
    problem = located([[1, 9], [9, 1]], 30, [10, 2]).replace(unmet_cost=[np.inf, np.inf, 9, 9])
    solution = problem.solve(workers=1)
    assert solution.open_sites == (0,)
    assert (solution.cost, solution.unmet.sum()) == (30 + 10 + 18, pytest.approx(0, abs=2))


@pytest.mark.parametrize(
    "columns",
    [
        {"capacity": [9.0, 9.0]},
        {"decision": ["free", "auto", "auto", "auto"]},
        {"max_sites": 1},
        {"min_sites": 1},
        {"budget": 50.0},
        {"max_emissions": 99.0},
        {"single_source": [False, False, True, True]},
        {"supply": [9, 9, 0, 0]},
        {"unmet_cost": 5.0, "demand_at_site": True},
        {"step_on": [0], "step_from": [0], "step_fixed": [3]},
        {"module_on": [0], "module_capacity": [3]},
        {"min_throughput": [5, 0, 0, 0]},
    ],
    ids=lambda part: "+".join(part),
)
def test_what_is_more_than_location_is_left_to_others(
    located: Locate, columns: dict[str, Any]
) -> None:
    at_site = columns.pop("demand_at_site", False)
    problem = located([[1, 9], [9, 1]], 30, [10, 2], **columns)
    if at_site:
        demand = problem.demand.copy()
        demand[0] = 3
        problem = problem.replace(demand=demand)
    assert uncapacitated.location_of(problem, build(problem)) is None
