"""Assignment: against all permutations and SciPy; rectangular, forbidden, sparse, maximised."""

from __future__ import annotations

import dataclasses
import itertools
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array

from flowopt import AssignmentProblem, CancelToken, Status, ValidationError
from flowopt.flow.named.assignment.solve import ENGINES

INF = np.inf
every_engine = pytest.mark.parametrize("engine", [engine.name for engine in ENGINES])


def least_cost(cost: np.ndarray) -> float:
    """Return the least cost over all assignments, one by one; inf when there is none."""
    if cost.shape[0] > cost.shape[1]:
        cost = cost.T
    rows = np.arange(cost.shape[0])
    choices = itertools.permutations(range(cost.shape[1]), len(rows))
    return min((float(cost[rows, list(choice)].sum()) for choice in choices), default=0.0)


# ---- the answer


@every_engine
@pytest.mark.parametrize("seed", range(40))
def test_no_permutation_costs_less(seed: int, engine: str) -> None:
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(1, 6, size=2))
    cost = np.round(rng.uniform(-5, 20, size=shape), rng.integers(0, 5))
    cost[rng.random(shape) < 0.35] = INF
    solution = AssignmentProblem.from_arrays(cost).solve(engine=engine)
    least = least_cost(cost)
    if np.isinf(least):
        assert solution.status is Status.INFEASIBLE
        assert solution.explanation is not None
        assert len(solution.explanation.sites) > len(solution.explanation.supplies)
    else:
        assert solution.cost == pytest.approx(least, abs=1e-9)
        assert solution.check().ok


@pytest.mark.parametrize("shape", [(60, 60), (40, 90), (90, 40)])
@pytest.mark.parametrize("most", [3, 100, 2**50])
@pytest.mark.parametrize("maximize", [False, True])
def test_scipy_finds_the_same_value(shape: tuple[int, int], most: int, maximize: bool) -> None:
    cost = np.random.default_rng(most % 97).integers(-most, most, size=shape).astype(float)
    solution = AssignmentProblem.from_arrays(cost, maximize=maximize).solve()
    assert solution.engine == "augmenting"
    expected = math.fsum(cost[linear_sum_assignment(cost, maximize=maximize)])
    assert solution.value == expected
    assert solution.cost == (-solution.value if maximize else solution.value)


@pytest.mark.parametrize("kind", ["geometric", "machol-wien", "equal", "nearly equal"])
def test_costs_on_which_methods_stumble(kind: str) -> None:
    size = 120
    rng = np.random.default_rng(1)
    places = rng.random((2, size, 2))
    places_apart = np.hypot(*(places[0][:, None] - places[1][None, :]).transpose(2, 0, 1))
    number = np.arange(1.0, size + 1)
    cost = {
        "geometric": places_apart,
        "machol-wien": np.outer(number, number),
        "equal": np.full((size, size), 7.0),
        "nearly equal": 1e9 + places_apart * 1e-6,
    }[kind]
    solution = AssignmentProblem.from_arrays(cost).solve()
    expected = cost[linear_sum_assignment(cost)].sum()
    assert solution.cost == pytest.approx(expected, rel=1e-12)


@every_engine
def test_prices_are_those_of_the_pairs_chosen(engine: str) -> None:
    cost = np.random.default_rng(5).integers(0, 50, size=(8, 12)).astype(float)
    solution = AssignmentProblem.from_arrays(cost, maximize=True).solve(engine=engine)
    both = solution.agent_prices[:, None] + solution.task_prices[None, :]
    assert (both >= cost - 1e-9).all()
    assert both[np.arange(8), solution.task_of] == pytest.approx(
        cost[np.arange(8), solution.task_of]
    )
    idle = np.setdiff1d(np.arange(12), solution.task_of)
    assert solution.task_prices[idle] == pytest.approx(0)


def test_a_sparse_matrix_a_frame_and_a_long_table_are_the_same_problem() -> None:
    rows, columns, costs = [0, 1, 1, 2, 2], [0, 0, 1, 1, 2], [4.0, 0.0, 3.0, 9.0, 2.0]
    dense = np.full((3, 3), INF)
    dense[rows, columns] = costs
    names = ["a", "b", "c"], ["x", "y", "z"]
    long = AssignmentProblem.from_frames(
        {
            "agent": [names[0][row] for row in rows],
            "task": [names[1][column] for column in columns],
            "cost": costs,
        }
    )
    sparse = coo_array((costs, (rows, columns)), shape=(3, 3))
    given = (
        AssignmentProblem.from_arrays(pd.DataFrame(dense, *names)),
        AssignmentProblem.from_arrays(sparse, agent_id=names[0], task_id=names[1]),
    )
    expected = long.solve().to_dict()["tables"]
    assert expected["assignments"]["task"] == ["x", "y", "z"]
    for problem in given:
        assert problem.solve().to_dict()["tables"] == expected


def test_few_pairs_of_very_many_are_never_written_out() -> None:
    size = 20_000
    numbers = np.arange(size)
    agents = np.concatenate([numbers, numbers])
    tasks = np.concatenate([numbers, (numbers + 1) % size])
    costs = np.concatenate([np.full(size, 3.0), np.where(numbers % 2, 2.5, 3.0)])
    problem = AssignmentProblem.from_arrays(coo_array((costs, (agents, tasks)), (size, size)))
    assert problem.features == {"large_sparse"}
    solution = problem.solve()
    assert solution.cost == 2.75 * size
    assert solution.engine != "augmenting"


@every_engine
def test_who_competes_for_too_little_is_named(engine: str) -> None:
    cost = [[1, INF, INF, INF], [2, INF, INF, INF], [1, 4, 2, 5]]
    problem = AssignmentProblem.from_arrays(
        cost, agent_id=["Ada", "Bob", "Cleo"], task_id=["pick", "pack", "load", "sort"]
    )
    why = problem.solve(engine=engine).explanation
    assert str(why) == "Agents Ada, Bob (2) can do only tasks pick (1): 1 short."
    turned = AssignmentProblem.from_arrays(
        np.array(cost).T, agent_id=problem.task_id, task_id=problem.agent_id
    )
    why = turned.solve(engine=engine).explanation
    assert str(why) == "Tasks Ada, Bob (2) can be done by only agents pick (1): 1 short."


@every_engine
@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0)])
def test_nobody_has_nothing_to_do(shape: tuple[int, int], engine: str) -> None:
    solution = AssignmentProblem.from_arrays(np.zeros(shape)).solve(engine=engine)
    assert (solution.cost, len(solution.to_frame())) == (0, 0)


def test_a_long_search_can_be_stopped() -> None:
    cost = np.outer(np.arange(1500.0), np.arange(1500.0))
    problem = AssignmentProblem.from_arrays(cost)
    token = CancelToken()
    solution = problem.solve(cancel=token, on_progress=lambda _: token.cancel())
    assert solution.status in (Status.NO_SOLUTION_FOUND, Status.OPTIMAL)


# ---- the check


def broken(solution: Any, **changes: Any) -> set[str]:
    values = dataclasses.replace(solution.values, **changes)
    report = dataclasses.replace(solution, values=values).check()
    return {violation.constraint for violation in report}


def test_the_check_finds_what_is_wrong() -> None:
    cost = [[4.0, 1, 3], [2, 0, 5], [3, 2, INF]]
    solution = AssignmentProblem.from_arrays(cost).solve()
    assert solution.cost == 6
    assert broken(solution, task_of=np.array([0, 2, 1])) >= {"cost"}
    assert broken(solution, task_of=np.array([0, 0, 1])) == {"once"}
    assert broken(solution, task_of=np.array([0, 1, -1])) == {"all"}
    assert broken(solution, task_of=np.array([0, 1, 2])) == {"forbidden"}
    assert broken(solution, task_of=np.array([0, 1, 7])) == {"pairs"}
    assert broken(solution, agent_prices=solution.agent_prices - 1) == {"bound"}
    assert broken(solution, agent_prices=solution.agent_prices + 1) == {"bound", "optimality"}
    assert broken(solution, task_prices=solution.task_prices * np.nan) == {"finite"}


# ---- what cannot be used


@pytest.mark.parametrize(
    ("cost", "changes", "code"),
    [
        ([[1, np.nan]], {}, "nan"),
        ([[1, -INF]], {}, "inf"),
        ([[1, INF]], {"maximize": True}, "inf"),
        ([[1, 2.0**62]], {}, "overflow"),
        ([["a"]], {}, "wrong_type"),
        ([[1, 2], [3]], {}, "wrong_type"),
        ([1, 2], {}, "wrong_shape"),
        ([[1, 2]], {"agent_id": ["a", "b"]}, "wrong_shape"),
        ([[1, 2]], {"task_id": ["a", "a"]}, "duplicate_id"),
        ([[1, 2]], {"maximize": "yes"}, "wrong_type"),
        (coo_array(([1.0, 2.0], ([0, 0], [1, 1])), (2, 2)), {}, "duplicate_id"),
        (coo_array(([1.0, np.nan], ([0, 1], [1, 1])), (2, 2)), {}, "nan"),
    ],
)
def test_bad_arrays_are_refused(cost: Any, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        AssignmentProblem.from_arrays(cost, **changes)
    assert code in {failure.code for failure in caught.value.failures}
    assert all(failure.fix for failure in caught.value.failures)


def test_all_faults_of_a_table_come_at_once() -> None:
    with pytest.raises(ValidationError) as caught:
        AssignmentProblem.from_frames(
            {"agent": ["a", "a", "c"], "task": ["x", "x", "y"], "cost": [1, np.nan, 2]},
            agents={"id": ["a"]},
        )
    found = {(f.table, f.column, f.code) for f in caught.value.failures}
    assert found == {
        ("pairs", "cost", "nan"),
        ("pairs", "agent+task", "duplicate_id"),
        ("pairs", "agent", "unknown_id"),
    }


def test_the_callers_matrix_stays_as_it_is() -> None:
    cost = np.array([[1.0, 2.0], [2.0, 1.0]])
    problem = AssignmentProblem.from_arrays(cost)
    problem.solve()
    cost[:] = 99
    assert problem.solve().cost == 2
