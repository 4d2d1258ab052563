"""Transportation: against linear programs and textbooks; unbalanced, forbidden, priced."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog
from scipy.sparse import coo_array

from flowopt import Network, Status, TransportationProblem, ValidationError
from flowopt.flow.named.transportation.solve import ENGINES

POWERCO = [[8, 6, 10, 9], [9, 12, 13, 7], [14, 9, 16, 5]]
"""Winston, Operations Research, section 7.1; the least cost is 1020."""

every_engine = pytest.mark.parametrize("engine", [engine.name for engine in ENGINES])


def least_cost(problem: TransportationProblem) -> float | None:
    """Return the least cost by a linear program of its own, None when there is no plan."""
    pairs, num_origins = len(problem.origin), len(problem.supply)
    num_destinations = len(problem.demand)
    size = pairs + num_origins + num_destinations
    rows = np.zeros((num_origins + num_destinations, size))
    rows[problem.origin, np.arange(pairs)] = 1
    rows[num_origins + problem.destination, np.arange(pairs)] = 1
    rows[:, pairs:] = np.eye(num_origins + num_destinations)
    prices = np.concatenate([problem.unused_cost, problem.unmet_cost])
    may = np.isfinite(prices)
    upper = np.concatenate([problem.capacity, np.where(may, np.inf, 0.0)])
    cost = np.concatenate([problem.unit_cost, np.where(may, prices, 0.0)])
    sides = np.concatenate([problem.supply, problem.demand])
    bounds = [(0, None if np.isinf(top) else top) for top in upper]
    result = linprog(cost, A_eq=rows, b_eq=sides, bounds=bounds)
    return None if result.status == 2 else float(result.fun)


def random_problem(seed: int) -> TransportationProblem:
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(1, 7, size=2))
    cost = np.round(rng.uniform(-2, 20, size=shape), 2)
    cost[rng.random(shape) < 0.2] = np.inf
    limits = rng.integers(1, 30, size=shape) / 4
    return TransportationProblem.from_arrays(
        cost,
        supply=rng.integers(0, 40, size=shape[0]) / 4,
        demand=rng.integers(0, 40, size=shape[1]) / 4,
        capacity=np.where(rng.random(shape) < 0.3, limits, np.inf),
        unmet_cost=np.where(rng.random(shape[1]) < 0.6, rng.integers(0, 30, shape[1]), np.inf),
        unused_cost=rng.choice([0, 0, 2.5, 7, np.inf], size=shape[0]),
    )


# ---- the answer


@every_engine
@pytest.mark.parametrize("seed", range(40))
def test_a_linear_program_costs_the_same(seed: int, engine: str) -> None:
    problem = random_problem(seed)
    solution = problem.solve(engine=engine)
    least = least_cost(problem)
    if least is None:
        assert solution.status is Status.INFEASIBLE
        assert solution.explanation is not None
        assert solution.explanation.shortage > 0
    else:
        assert solution.cost == pytest.approx(least, abs=1e-7)
        assert solution.check().ok


@every_engine
def test_a_textbook(engine: str) -> None:
    problem = TransportationProblem.from_arrays(POWERCO, [35, 50, 40], [45, 20, 30, 30])
    solution = problem.solve(engine=engine)
    assert solution.cost == solution.bound == 1020
    both = solution.origin_prices[:, None] + solution.destination_prices[None, :]
    assert (both <= np.array(POWERCO) + 1e-9).all()
    used = solution.matrix > 0
    assert both[used] == pytest.approx(np.array(POWERCO)[used])


def test_prices_tell_what_one_more_unit_costs() -> None:
    problem = TransportationProblem.from_arrays(
        POWERCO,
        [35.13, 54.71, 45.37],
        [45.19, 20.53, 30.77, 30.41],
        unused_cost=[0.25, 0.5, 0.75],
    )
    solution = problem.solve()
    for row in range(3):
        more = problem.replace(supply=problem.supply + 0.01 * (np.arange(3) == row)).solve().cost
        assert more - solution.cost == pytest.approx(0.01 * solution.origin_prices[row], abs=1e-9)
    for row in range(4):
        more = problem.replace(demand=problem.demand + 0.01 * (np.arange(4) == row)).solve().cost
        assert more - solution.cost == pytest.approx(0.01 * solution.destination_prices[row])


def test_a_sparse_matrix_a_frame_and_a_long_table_are_the_same_problem() -> None:
    rows, columns, costs = [0, 1, 1, 2], [0, 0, 1, 1], [4.0, 0.0, 3.0, 9.0]
    sparse = coo_array((costs, (rows, columns)), shape=(3, 2))
    dense = np.full((3, 2), np.inf)
    dense[rows, columns] = costs
    names = ["a", "b", "c"], ["x", "y"]
    long = TransportationProblem.from_frames(
        {"id": names[0], "supply": [5, 6, 7]},
        {"id": names[1], "demand": [8, 9]},
        {
            "origin": [names[0][row] for row in rows],
            "destination": [names[1][column] for column in columns],
            "unit_cost": costs,
        },
    )
    labelled = pd.DataFrame(dense, index=names[0], columns=names[1])
    given = (
        TransportationProblem.from_arrays(labelled, [5, 6, 7], [8, 9]),
        TransportationProblem.from_arrays(
            sparse, [5, 6, 7], [8, 9], origin_id=names[0], destination_id=names[1]
        ),
    )
    for problem in given:
        assert problem.solve().to_dict()["tables"] == long.solve().to_dict()["tables"]


def test_two_sides_may_share_their_ids() -> None:
    ids = ["Paris", "Lyon"]
    problem = TransportationProblem.from_arrays(
        [[0, 4], [4, 0]], [9, 5], [6, 8], origin_id=ids, destination_id=ids
    )
    assert problem.solve().cost == 12


def test_too_much_demand_is_explained_in_the_callers_ids() -> None:
    problem = TransportationProblem.from_arrays(
        [[4, np.inf], [6, 3]],
        [10, 10],
        [5, 12],
        capacity=[[np.inf, np.inf], [np.inf, 8]],
        origin_id=["mill", "farm"],
        destination_id=["Nice", "Lyon"],
    )
    why = problem.solve().explanation
    assert why is not None
    assert (why.kind, why.sites, why.shortage) == ("shortage", ("Lyon",), 4)
    assert why.lanes == (("farm", "Lyon", None),)
    assert str(why) == (
        "Destinations Lyon demand 12; all that can reach them is the capacity of farm → Lyon: "
        "4 short."
    )


def test_supply_that_must_go_and_cannot_is_explained() -> None:
    problem = TransportationProblem.from_arrays(
        [[4.0], [3.0]], [10, 10], [5], unused_cost=[0, np.inf], origin_id=["mill", "farm"]
    )
    solution = problem.solve()
    assert solution.status is Status.INFEASIBLE
    assert solution.explanation is not None
    assert solution.explanation.shortage == 5
    assert "farm" in str(solution.explanation)


def test_unmet_demand_is_left_where_it_is_cheapest() -> None:
    problem = TransportationProblem.from_arrays([[1.0, 1.0]], [10], [8, 8], unmet_cost=[5, 4])
    solution = problem.solve()
    assert (solution.cost, solution.unmet.tolist()) == (34, [0, 6])
    assert solution.origin_prices.tolist() == [-3]


@every_engine
def test_nothing_at_all_costs_nothing(engine: str) -> None:
    problem = TransportationProblem.from_arrays(np.zeros((0, 0)), [], [])
    assert problem.solve(engine=engine).cost == 0


def test_a_network_of_two_sides_is_a_transportation_problem() -> None:
    network = Network.from_frames(
        sites={
            "id": ["mill", "farm", "shop"],
            "kind": ["plant", "plant", "customer"],
            "supply": [50, 8, 0],
        },
        lanes={
            "source": ["mill", "farm", "farm"],
            "target": ["shop", "shop", "shop"],
            "mode": ["road", "road", "rail"],
            "distance": [1, 1, 1],
            "unit_cost": [5, 4, 2],
            "capacity": [np.inf, np.inf, 6],
        },
        demand={"site": ["shop"], "demand": [10]},
    )
    solution = TransportationProblem.from_network(network).solve()
    assert solution.cost == 6 * 2 + 2 * 4 + 2 * 5
    assert solution.to_frame("flows")["mode"].tolist() == ["road", "road", "rail"]
    longer = network.replace(
        lanes={"source": ["mill", "shop"], "target": ["shop", "farm"], "distance": [1, 1]}
    )
    with pytest.raises(ValidationError, match="leads from no origin"):
        TransportationProblem.from_network(longer)


# ---- the check


def broken(solution: Any, **changes: Any) -> set[str]:
    values = dataclasses.replace(solution.values, **changes)
    report = dataclasses.replace(solution, values=values).check()
    return {violation.constraint for violation in report}


def test_the_check_finds_what_is_wrong() -> None:
    solution = TransportationProblem.from_arrays(POWERCO, [35, 50, 40], [45, 20, 30, 30]).solve()
    flow = solution.flow.copy()
    used = int(flow.argmax())
    flow[used] += 1
    assert broken(solution, flow=flow) >= {"supply", "demand", "cost"}
    assert broken(solution, flow=-flow) >= {"capacity"}
    assert broken(solution, destination_prices=solution.destination_prices - 1) == {"bound"}
    assert "optimality" in broken(solution, destination_prices=solution.destination_prices + 1)
    assert broken(solution, unmet=solution.unmet + 1) >= {"demand"}
    assert broken(solution, unmet=solution.unmet * np.nan) == {"finite"}


# ---- what cannot be used


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"unit_cost": [[1, np.nan], [1, 1]]}, "nan"),
        ({"unit_cost": [[1, -np.inf], [1, 1]]}, "inf"),
        ({"unit_cost": [[1, 2.0**62], [1, 1]]}, "overflow"),
        ({"unit_cost": [["a", "b"], ["c", "d"]]}, "wrong_type"),
        ({"unit_cost": [[1, 1, 1], [1, 1, 1]]}, "wrong_length"),
        ({"supply": [1, -1]}, "negative"),
        ({"supply": [1, np.nan]}, "nan"),
        ({"supply": [1, np.inf], "unused_cost": 2}, "inf"),
        ({"demand": [1, np.inf]}, "inf"),
        ({"demand": [1]}, "wrong_length"),
        ({"capacity": -1.0}, "negative"),
        ({"capacity": [1, 2]}, "wrong_length"),
        ({"unmet_cost": [1, -2]}, "negative"),
        ({"origin_id": ["a", "a"]}, "duplicate_id"),
    ],
)
def test_bad_arrays_are_refused(changes: dict[str, Any], code: str) -> None:
    given = {"unit_cost": [[1, 2], [3, 4]], "supply": [1, 2], "demand": [1, 1]}
    with pytest.raises(ValidationError) as caught:
        TransportationProblem.from_arrays(**(given | changes))
    assert code in {failure.code for failure in caught.value.failures}
    assert all(failure.fix for failure in caught.value.failures)


def test_all_faults_of_all_tables_come_at_once() -> None:
    with pytest.raises(ValidationError) as caught:
        TransportationProblem.from_frames(
            {"id": ["a", "a"], "supply": [1, -2]},
            {"id": ["x"], "demand": [np.nan]},
            {"origin": ["a", "b"], "destination": ["x", "x"], "unit_cost": [1, np.nan]},
        )
    found = {(f.table, f.column, f.code) for f in caught.value.failures}
    assert found == {
        ("origins", "supply", "negative"),
        ("origins", "id", "duplicate_id"),
        ("destinations", "demand", "nan"),
        ("pairs", "origin", "unknown_id"),
        ("pairs", "unit_cost", "nan"),
    }


def test_the_callers_arrays_stay_as_they_are() -> None:
    cost, supply = np.array([[1.0, np.inf]]), np.array([3.0])
    problem = TransportationProblem.from_arrays(cost, supply, [1.0, 0.0])
    problem.solve()
    cost[0, 0] = supply[0] = 99
    assert problem.solve().cost == 1


def test_labels_of_a_series_say_whose_value_it_is() -> None:
    cost = pd.DataFrame([[1, 2], [3, 4]], index=["x", "y"], columns=["p", "q"])
    supply = pd.Series({"y": 5, "x": 50})
    problem = TransportationProblem.from_arrays(cost, supply=supply, demand=[40, 4])
    assert problem.supply.tolist() == [50, 5]
    with pytest.raises(ValidationError, match="'z' is the label of a value, but no id"):
        TransportationProblem.from_arrays(cost, supply=pd.Series({"x": 5, "z": 50}), demand=[4, 4])


def test_row_numbers_of_a_series_say_nothing() -> None:
    supply = pd.Series([5, 50], index=[1, 0])
    problem = TransportationProblem.from_arrays([[1, 2], [3, 4]], supply=supply, demand=[4, 4])
    assert problem.supply.tolist() == [5, 50]


@pytest.mark.parametrize("matrix", [[[1, 2], [3]], [1, 2], np.zeros((2, 2, 2))])
def test_what_is_no_matrix_is_refused(matrix: Any) -> None:
    with pytest.raises(ValidationError, match="give one row per origin") as caught:
        TransportationProblem.from_arrays(matrix, supply=[5, 5], demand=[4, 4])
    assert [failure.code for failure in caught.value.failures] == ["wrong_shape"]
