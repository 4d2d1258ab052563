"""What one more unit of capacity saves, and what could change at no cost."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowopt.core import NoSolutionError, Status, ValidationError
from flowopt.flow import FlowProblem

Network = Callable[[int], FlowProblem]
SEEDS = st.integers(0, 2**32 - 1)
AMOUNTS = st.sampled_from([1, 1, 0.5, 4])
COLUMN_OF = {"lane": "capacity", "site": "site_capacity", "supply": "supply"}


def with_more(problem: FlowProblem, column: str, row: int, amount: float) -> FlowProblem:
    values = getattr(problem, column).copy()
    values[row] += amount
    return problem.replace(**{column: values})


def true_savings(problem: FlowProblem, amount: float) -> dict[tuple[str, int], float]:
    """Solve again with each finite capacity larger in turn."""
    cost = problem.solve().cost
    savings = {}
    may_grow = {
        "lane": np.isfinite(problem.capacity),
        "site": np.isfinite(problem.site_capacity),
        "supply": np.isfinite(problem.supply)
        & (problem.supply > 0)
        & np.isfinite(problem.unused_cost),
    }
    for kind, column in COLUMN_OF.items():
        for row in np.flatnonzero(may_grow[kind]).tolist():
            saved = cost - with_more(problem, column, row, amount).solve().cost
            if saved > 1e-9:
                savings[kind, row] = saved
    return savings


def look_at_bottlenecks(problem: FlowProblem, amount: float) -> None:
    solution = problem.solve()
    if solution.status is not Status.OPTIMAL:
        return
    truth = true_savings(problem, amount)
    table = solution.bottlenecks(amount=amount)
    assert len(table) == len(truth)
    assert (np.diff(table["saving"]) <= 0).all()
    assert (table["saving"] <= table["price"] * amount + 1e-9).all()
    for kind in COLUMN_OF:
        found = sorted(table["saving"][table["kind"] == kind])
        assert found == pytest.approx(sorted(v for (k, _), v in truth.items() if k == kind))


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS, amount=AMOUNTS)
def test_bottlenecks_are_all_capacities_whose_growth_saves_by_as_much(
    random_network: Network, seed: int, amount: float
) -> None:
    look_at_bottlenecks(random_network(seed), amount)


@pytest.mark.slow
@settings(max_examples=1000, deadline=None)
@given(seed=SEEDS, amount=AMOUNTS)
def test_bottlenecks_of_many_networks(random_network: Network, seed: int, amount: float) -> None:
    look_at_bottlenecks(random_network(seed), amount)


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS)
def test_a_few_bottlenecks_are_the_first_of_all(random_network: Network, seed: int) -> None:
    solution = random_network(seed).solve()
    if solution.status is not Status.OPTIMAL:
        return
    every = solution.bottlenecks()["saving"].tolist()
    for num in (1, 2, 5):
        assert solution.bottlenecks(num)["saving"].tolist() == every[:num]


def test_a_bottleneck_is_named_in_the_users_ids() -> None:
    sites: dict[str, list[Any]] = {
        "id": ["plant", "depot", "shop"],
        "supply": [10, 0, 0],
        "demand": [0, 0, 6],
        "capacity": [np.inf, 3, np.inf],
    }
    lanes: dict[str, list[Any]] = {
        "source": ["plant", "plant", "depot"],
        "target": ["depot", "shop", "shop"],
        "mode": ["rail", "air", "road"],
        "unit_cost": [1, 9, 2],
        "capacity": [5, 9, 9],
    }
    table = FlowProblem.from_frames(sites, lanes).solve().bottlenecks()
    assert table.to_dict("records") == [
        {
            "kind": "site",
            "source": "depot",
            "target": "depot",
            "mode": "",
            "capacity": 3.0,
            "price": 6.0,
            "saving": 6.0,
        }
    ]


def test_the_saving_of_several_units_counts_where_they_can_go() -> None:
    """The second unit would go by a dearer way than the first, the third by none."""
    problem = FlowProblem.from_arrays(
        [0, 1, 1, 0],
        [1, 2, 2, 2],
        capacity=[1, 2, 1, np.inf],
        unit_cost=[0, 1, 4, 10],
        supply=[9, 0, 0],
        demand=[0, 0, 5],
    )
    solution = problem.solve()
    assert [solution.bottlenecks(amount=a)["saving"].max() for a in (1, 2, 3)] == [9, 15, 15]


def test_two_limits_in_a_row_save_nothing_alone() -> None:
    """Both have a price in some answers; more of one alone is of no use."""
    problem = FlowProblem.from_arrays(
        [0, 1, 0],
        [1, 2, 2],
        capacity=[3, 3, np.inf],
        unit_cost=[1, 1, 9],
        supply=[9, 0, 0],
        demand=[0, 0, 5],
    )
    assert len(problem.solve().bottlenecks()) == 0


def test_supply_that_must_not_be_left_is_worth_less() -> None:
    problem = FlowProblem.from_arrays(
        [0, 1], [2, 2], unit_cost=[1, 5], supply=[3, 9, 0], demand=[0, 0, 6]
    )
    assert problem.solve().bottlenecks()["saving"].tolist() == [4.0]
    priced = problem.replace(unused_cost=np.array([1.5, 0, 0]))
    assert priced.solve().bottlenecks()["saving"].tolist() == [4.0]
    dear = problem.replace(unused_cost=np.array([0, 1.5, 0]))  # the other's is left over instead
    assert dear.solve().bottlenecks()["saving"].tolist() == [2.5]


@pytest.mark.parametrize(
    "request_", [{"num": 0}, {"num": 1.5}, {"num": True}, {"amount": 0}, {"amount": np.nan}]
)
def test_a_request_that_makes_no_sense_is_refused(
    triangle: FlowProblem, request_: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError) as caught:
        triangle.solve().bottlenecks(**request_)
    assert [failure.column for failure in caught.value.failures] == list(request_)


def test_there_is_nothing_to_ask_where_there_is_no_answer(triangle: FlowProblem) -> None:
    short = triangle.replace(demand=np.array([0.0, 0.0, 99.0])).solve()
    for ask in ("can_change", "has_alternatives", "paths"):
        with pytest.raises(NoSolutionError):
            getattr(short, ask)
    with pytest.raises(NoSolutionError):
        short.bottlenecks()


def test_an_answer_that_is_not_proven_cannot_tell_what_would_be_better(
    triangle: FlowProblem,
) -> None:
    solution = triangle.solve()
    outcome = dataclasses.replace(solution.outcome, status=Status.FEASIBLE)
    stopped = dataclasses.replace(solution, outcome=outcome)
    assert "can_change" not in stopped.tables()["flows"]
    assert len(stopped.to_frame("paths")) == 2
    with pytest.raises(NoSolutionError, match="only an optimal"):
        stopped.bottlenecks()
    with pytest.raises(NoSolutionError, match="only an optimal"):
        stopped.has_alternatives


# ---- alternatives


def look_at_alternatives(problem: FlowProblem, direct_program: Callable[..., Any]) -> None:
    """Ask a linear program for the least and most of each lane at the same cost."""
    solution = problem.solve()
    if solution.status is not Status.OPTIMAL:
        return
    sites, lanes = problem.num_sites, problem.num_lanes
    either = np.flatnonzero(problem.undirected)
    width = lanes + len(either) + 2 * sites

    def varies(columns: dict[int, float]) -> bool:
        objective = np.zeros(width)
        objective[list(columns)] = list(columns.values())
        ends = [direct_program(problem, sign * objective, solution.cost + 1e-9) for sign in (1, -1)]
        if any(end.status == 3 for end in ends):
            return True
        return bool(-ends[1].fun - ends[0].fun > 1e-6)

    back = {lane: lanes + place for place, lane in enumerate(either.tolist())}
    truth = [
        varies({lane: 1.0} | ({back[lane]: -1.0} if lane in back else {})) for lane in range(lanes)
    ]
    assert solution.can_change.tolist() == truth
    rest = [varies({place: 1.0}) for place in range(width - 2 * sites, width)]
    assert solution.has_alternatives == (any(truth) or any(rest))


@settings(max_examples=12, deadline=None)
@given(seed=SEEDS)
def test_what_could_change_is_what_varies_among_the_answers_of_least_cost(
    random_network: Network, direct_program: Callable[..., Any], seed: int
) -> None:
    look_at_alternatives(random_network(seed), direct_program)


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(seed=SEEDS)
def test_alternatives_of_many_networks(
    random_network: Network, direct_program: Callable[..., Any], seed: int
) -> None:
    look_at_alternatives(random_network(seed), direct_program)


def test_two_ways_of_the_same_cost_are_alternatives() -> None:
    problem = FlowProblem.from_arrays(
        [0, 0, 1], [1, 1, 2], unit_cost=[2, 2, 1], supply=[4, 0, 0], demand=[0, 0, 4]
    )
    solution = problem.solve()
    assert solution.has_alternatives
    assert solution.can_change.tolist() == [True, True, False]
    assert solution.to_frame("flows")["can_change"].tolist() == [True, True, False]


def test_going_there_and_back_on_one_lane_is_no_alternative() -> None:
    problem = FlowProblem.from_arrays(
        [0, 1], [1, 2], unit_cost=0, capacity=9, undirected=True, supply=[4, 0, 0], demand=[0, 0, 4]
    )
    assert not problem.solve().has_alternatives
    assert not problem.replace(undirected=np.zeros(2, dtype=bool)).solve().has_alternatives
    idle = problem.replace(demand=np.zeros(3))
    assert not idle.solve().has_alternatives


def test_decimal_costs_that_add_up_to_the_same_are_the_same() -> None:
    """0.1 + 0.2 is not 0.3 in floats."""
    problem = FlowProblem.from_arrays(
        [0, 1, 0], [1, 2, 2], unit_cost=[0.1, 0.2, 0.3], supply=[4, 0, 0], demand=[0, 0, 4]
    )
    assert problem.solve().can_change.tolist() == [True] * 3


def test_who_goes_without_may_be_an_alternative_without_any_lane() -> None:
    problem = FlowProblem.from_arrays([], [], supply=[5], demand=[5], unmet_cost=0)
    solution = problem.solve()
    assert solution.has_alternatives
    assert solution.can_change.tolist() == []
