"""CP-SAT is heard and stopped as every other solver is."""

from __future__ import annotations

import pytest
from ortools.sat.python.cp_model import CpModel

from flowopt.core import CancelToken, EngineError, Limit, Options, Run, Status
from flowopt.solvers import cpsat


def knapsack(num_items: int, seed: int = 3) -> CpModel:
    """Return a model that takes long to prove."""
    import random

    draw = random.Random(seed)
    model = CpModel()
    take = [[model.new_bool_var("") for _ in range(8)] for _ in range(num_items)]
    size = [draw.randint(200, 999) for _ in range(num_items)]
    for row in take:
        model.add_exactly_one(row)
    loads = [sum(w * row[k] for w, row in zip(size, take, strict=True)) for k in range(8)]
    most = model.new_int_var(0, sum(size), "")
    for load in loads:
        model.add(load <= most)
    model.add(sum((k + 1) * load for k, load in enumerate(loads)) >= 4 * sum(size))
    model.minimize(most * 1000 - sum(k * row[k] for row in take for k in range(8)))
    return model


def test_values_come_in_the_order_of_the_variables() -> None:
    model = CpModel()
    x, y = model.new_int_var(0, 5, "x"), model.new_int_var(0, 5, "y")
    model.add(x + 2 * y >= 7)
    model.minimize(2 * x + y)
    result = cpsat.solve(model, Run(Options(workers=1)))
    assert result.status is Status.OPTIMAL
    assert result.values is not None
    assert result.values.tolist() == [0, 4]
    assert result.objective == result.bound == 4


def test_what_has_no_solution_is_infeasible() -> None:
    model = CpModel()
    x = model.new_int_var(0, 5, "x")
    model.add(x >= 6)
    model.minimize(x)
    result = cpsat.solve(model, Run(Options(workers=1)))
    assert (result.status, result.values) == (Status.INFEASIBLE, None)


def test_a_time_limit_ends_the_search_with_a_bound() -> None:
    run = Run(Options(time_limit=0.5, workers=1))
    result = cpsat.solve(knapsack(60), run)
    assert result.status in (Status.FEASIBLE, Status.NO_SOLUTION_FOUND)
    assert result.limit is Limit.TIME
    assert result.bound is not None


def test_a_cancelled_run_does_not_start() -> None:
    token = CancelToken()
    token.cancel()
    result = cpsat.solve(knapsack(5), Run(Options(cancel=token)))
    assert (result.status, result.limit) == (Status.NO_SOLUTION_FOUND, Limit.CANCELLED)


def test_limited_work_gives_the_same_answer_again() -> None:
    options = Options(workers=1, seed=4)
    one, other = (cpsat.solve(knapsack(40), Run(options), work=0.05) for _ in range(2))
    assert (one.values is None) == (other.values is None)
    assert one.objective == other.objective
    assert one.limit is other.limit is Limit.ITERATIONS


def test_a_model_that_overflows_is_refused() -> None:
    model = CpModel()
    x = model.new_int_var(0, 2**62, "x")
    model.add(2**62 * x >= 1)
    model.minimize(x)
    with pytest.raises(EngineError, match="refuses"):
        cpsat.solve(model, Run(Options(workers=1)))
