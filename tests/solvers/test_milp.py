"""Linear and mixed-integer models by HiGHS and CBC."""

from __future__ import annotations

import dataclasses
import itertools
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pulp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csc_array

from flowopt.core import (
    CancelToken,
    Limit,
    Options,
    Progress,
    Run,
    Status,
    UnsupportedFeatureError,
    ValidationError,
)
from flowopt.solvers import cbc, highs, milp
from flowopt.solvers.linear import LinearModel


@pytest.fixture(params=milp.SOLVERS)
def solver(request: pytest.FixtureRequest) -> Any:
    return request.param


def knapsack(values: list[float], weights: list[int], room: int, sense: int) -> Any:
    """Take things for the most value; to minimise, their values are turned around."""
    model = pulp.LpProblem("knapsack", sense)
    take = [model.add_variable(f"take_{i}", cat="Binary") for i in range(len(values))]
    sign = 1 if sense == pulp.LpMaximize else -1
    model += pulp.lpSum(sign * value * t for value, t in zip(values, take, strict=True)) + sign * 2
    model += pulp.lpSum(weight * t for weight, t in zip(weights, take, strict=True)) <= room
    return model


@settings(max_examples=15, deadline=None)
@given(
    values=st.lists(st.integers(-5, 30).map(lambda n: n / 4), min_size=1, max_size=7),
    room=st.integers(0, 30),
    sense=st.sampled_from([pulp.LpMaximize, pulp.LpMinimize]),
)
def test_small_models_against_all_their_choices(values: list[float], room: int, sense: int) -> None:
    weights = [3 + 2 * i % 7 for i in range(len(values))]
    best = max(
        np.dot(values, choice)
        for choice in itertools.product((0, 1), repeat=len(values))
        if np.dot(weights, choice) <= room
    )
    for name in milp.SOLVERS:
        model = knapsack(values, weights, room, sense)
        result = milp.solve(model, Run(Options(workers=1)), solver=name)
        assert result.status is Status.OPTIMAL
        assert result.objective == result.bound
        assert result.objective == pytest.approx(
            (best + 2) * (1 if sense == pulp.LpMaximize else -1)
        )
        assert pulp.value(model.objective) == pytest.approx(result.objective)


def test_the_model_gets_its_status_too(run: Run, solver: Any) -> None:
    model = knapsack([1, 2], [1, 1], 1, pulp.LpMaximize)
    milp.solve(model, run, solver=solver)
    assert model.status == pulp.LpStatusOptimal
    assert model.sol_status == pulp.LpSolutionOptimal


def test_infeasible_and_unbounded_are_told_apart(run: Run, solver: Any) -> None:
    model = pulp.LpProblem("none", pulp.LpMinimize)
    amount = model.add_variable("amount", 0, cat="Integer")
    model += -1 * amount
    assert milp.solve(model, run, solver=solver).status is Status.UNBOUNDED
    model += amount <= 4.5
    assert milp.solve(model, run, solver=solver).objective == -4.0
    model += amount >= 4.2
    result = milp.solve(model, run, solver=solver)
    assert (result.status, result.objective) == (Status.INFEASIBLE, None)
    assert amount.value() is None


def test_names_that_collide_do_no_harm(run: Run, solver: Any) -> None:
    model = pulp.LpProblem("names", pulp.LpMinimize)
    dashed, plain = model.add_variable("a-b", 1), model.add_variable("a_b", 2)
    model += 1 * dashed + 10 * plain
    assert milp.solve(model, run, solver=solver).objective == 21.0
    assert (dashed.value(), plain.value()) == (1.0, 2.0)


def test_no_files_stay_behind(
    run: Run, solver: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    milp.solve(knapsack([1, 2], [1, 1], 1, pulp.LpMaximize), run, solver=solver)
    assert os.listdir(tmp_path) == []


def test_special_ordered_sets_are_refused_not_dropped(run: Run) -> None:
    model = knapsack([1, 2], [1, 1], 1, pulp.LpMaximize)
    model.sos1["one"] = dict.fromkeys(model.variables(), 1)
    with pytest.raises(UnsupportedFeatureError):
        milp.solve(model, run)


def test_an_unknown_solver_is_a_fault(run: Run) -> None:
    with pytest.raises(ValidationError, match="use one of highs, cbc"):
        milp.solve(knapsack([1], [1], 1, 1), run, solver="gurobi")  # type: ignore[arg-type]


def test_numbers_that_are_none_are_faults(run: Run) -> None:
    model = pulp.LpProblem("nan", pulp.LpMinimize)
    amount = model.add_variable("amount", 0)
    model += 1 * amount
    model.objective[amount] = float("nan")
    with pytest.raises(ValidationError, match=r"model\.cost"):
        milp.solve(model, run)


def hard_model(size: int = 60) -> LinearModel:
    """A market split problem (Cornuéjols, Dawande 1998): easy to state, hard to prove."""
    rng = np.random.default_rng(7)
    rows = 5
    weights = rng.integers(0, 100, (rows, size)).astype(float)
    half = np.floor(weights.sum(axis=1) / 2)
    slack = np.hstack([np.eye(rows), -np.eye(rows)])
    return LinearModel(
        cost=np.concatenate([np.zeros(size), np.ones(2 * rows)]),
        lower=np.zeros(size + 2 * rows),
        upper=np.concatenate([np.ones(size), np.full(2 * rows, np.inf)]),
        matrix=csc_array(np.hstack([weights, slack])),
        row_lower=half,
        row_upper=half,
        integer=np.arange(size + 2 * rows) < size,
    )


SOLVE = {"highs": highs.solve_linear, "cbc": cbc.solve_linear}


def test_a_search_that_runs_out_of_time_is_not_called_optimal(solver: str) -> None:
    result = SOLVE[solver](hard_model(), Run(Options(time_limit=2.0, workers=1)))
    assert result.limit is Limit.TIME
    if result.objective is None:  # a busy machine may not get to a first answer
        assert result.status is Status.NO_SOLUTION_FOUND
    else:
        assert result.status is Status.FEASIBLE
        assert result.bound is not None
        assert result.bound < result.objective


def test_a_search_can_be_cancelled_and_keeps_its_best(solver: str) -> None:
    token = CancelToken()
    seen: list[Progress] = []

    def listen(progress: Progress) -> None:
        seen.append(progress)
        if progress.elapsed > 0.8:
            token.cancel()

    options = Options(cancel=token, on_progress=listen, workers=1, time_limit=20.0)
    result = SOLVE[solver](hard_model(), Run(options))
    assert result.limit is Limit.CANCELLED
    assert result.status in (Status.FEASIBLE, Status.NO_SOLUTION_FOUND)
    assert seen


def test_a_gap_that_is_allowed_is_reported(run: Run, solver: str) -> None:
    model = dataclasses.replace(hard_model(), offset=10_000.0)
    result = SOLVE[solver](model, run, gap=0.05)
    assert (result.status, result.limit) == (Status.FEASIBLE, Limit.GAP)
    assert result.bound is not None
    assert result.objective is not None
    assert 0.95 * result.objective <= result.bound < result.objective


def test_a_linear_program_has_duals(run: Run) -> None:
    model = LinearModel(
        np.array([-3.0, -5.0]),
        np.zeros(2),
        np.array([4.0, 6.0]),
        csc_array([[3.0, 2.0]]),
        np.array([-np.inf]),
        np.array([18.0]),
        offset=1.5,
    )
    result = highs.solve_linear(model, run)
    assert result.values is not None
    assert result.row_duals is not None
    assert (result.values.tolist(), result.row_duals.tolist()) == ([2.0, 6.0], [-1.0])
    assert result.objective == result.bound == -34.5


@pytest.mark.parametrize("sides", [(0.0, 0.0), (1.0, 2.0)])
def test_a_model_without_columns_is_only_right_or_wrong(
    run: Run, sides: tuple[float, float]
) -> None:
    empty = np.zeros(0)
    lower, upper = (np.array([side]) for side in sides)
    model = LinearModel(empty, empty, empty, csc_array((1, 0)), lower, upper)
    expected = Status.OPTIMAL if sides[0] == 0 else Status.INFEASIBLE
    assert highs.solve_linear(model, run).status is expected


def test_arrays_that_do_not_fit_are_faults() -> None:
    one = np.ones(1)
    with pytest.raises(ValidationError) as caught:
        LinearModel(
            np.array([np.inf]), one, np.ones(2), csc_array([[1.0]]), one, np.array([np.nan])
        )
    found = {(fault.column, fault.code) for fault in caught.value.failures}
    assert found == {("upper", "wrong_length"), ("row_upper", "nan"), ("cost", "nan")}


def location(instances: Path, name: str) -> tuple[list[float], Any]:
    """Read an OR-Library location instance: fixed costs, cost of serving each customer whole."""
    (path,) = instances.glob(f"orlib_cap/**/{name}.txt")
    numbers = iter(path.read_text().replace("capacity", "0").split())
    places, customers = int(next(numbers)), int(next(numbers))
    fixed = [float(pair[1]) for pair in ((next(numbers), next(numbers)) for _ in range(places))]
    cost = []
    for _ in range(customers):
        next(numbers)  # its demand, which matters only where places have capacities
        cost.append([float(next(numbers)) for _ in range(places)])
    return fixed, np.array(cost)


def test_a_location_model_with_weak_links_has_its_published_optimum(
    instances: Path, run: Run
) -> None:
    """highspy 1.14 answers 832291 to this model and calls it optimal."""
    fixed, cost = location(instances, "cap101")
    customers, places = cost.shape
    model = pulp.LpProblem("cap101", pulp.LpMinimize)
    is_open = [model.add_variable(f"open_{j}", cat="Binary") for j in range(places)]
    part = [
        [model.add_variable(f"part_{i}_{j}", 0, 1) for j in range(places)] for i in range(customers)
    ]
    model += pulp.lpSum(f * y for f, y in zip(fixed, is_open, strict=True)) + pulp.lpSum(
        cost[i][j] * part[i][j] for i in range(customers) for j in range(places)
    )
    for i in range(customers):
        model += pulp.lpSum(part[i]) == 1
    for j in range(places):
        model += pulp.lpSum(part[i][j] for i in range(customers)) <= customers * is_open[j]
    result = milp.solve(model, run)
    assert result.status is Status.OPTIMAL
    assert result.objective == pytest.approx(796648.4375, abs=1e-4)
