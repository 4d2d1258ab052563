"""Minimum-cost flow from arrays to arrays: whole numbers stay whole, floats are floats."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from flowopt import CancelToken, Limit, Status, ValidationError
from flowopt.flow import min_cost_flow

TRIANGLE: dict[str, Any] = {
    "source": [0, 0, 1],
    "target": [1, 2, 2],
    "capacity": [5, 2, 9],
    "unit_cost": [1, 4, 1],
    "demand": [-4, 0, 4],
}


def test_whole_numbers_come_out_as_whole_numbers() -> None:
    answer = min_cost_flow(**TRIANGLE)
    assert answer.status is Status.OPTIMAL
    assert answer.flow is not None
    assert answer.flow.dtype == np.int64
    assert answer.flow.tolist() == [4, 0, 4]
    assert answer.cost == 8
    assert isinstance(answer.cost, int)


def test_floats_come_out_as_floats() -> None:
    answer = min_cost_flow(**TRIANGLE | {"capacity": [1.5, np.inf, np.inf]})
    assert answer.flow is not None
    assert answer.flow.tolist() == [1.5, 2.5, 1.5]
    assert answer.cost == 13.0


def test_one_number_stands_for_all_arcs() -> None:
    answer = min_cost_flow([0, 1], [1, 2], 9, 2, [-3, 0, 3], 1)
    assert answer.cost == 12


def test_lower_bounds_are_kept() -> None:
    answer = min_cost_flow(**TRIANGLE, min_flow=[0, 1, 0])
    assert answer.flow is not None
    assert answer.flow.tolist() == [3, 1, 3]
    assert answer.cost == 10


@pytest.mark.parametrize("kind", [int, float])
def test_what_cannot_be_shipped_is_infeasible(kind: type) -> None:
    for demand in ([-9, 0, 9], [-4, 0, 3]):
        assert (
            min_cost_flow(**TRIANGLE | {"demand": np.array(demand, dtype=kind)}).status
            is Status.INFEASIBLE
        )


def test_gain_without_limit_is_unbounded() -> None:
    answer = min_cost_flow([0, 1], [1, 0], np.inf, [1, -2], [0, 0])
    assert answer.status is Status.UNBOUNDED
    assert answer.flow is None


def test_arrays_without_arcs_are_taken() -> None:
    assert min_cost_flow([], [], [], [], [0, 0]).cost == 0
    assert min_cost_flow([], [], [], [], [1, -1]).status is Status.INFEASIBLE


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"source": [0, 0, 3]}, "source"),
        ({"source": [0, 0, -1]}, "source"),
        ({"target": [0, 2, 2]}, "target"),
        ({"target": [1, 2]}, "target"),
        ({"source": [0.0, 0.0, 1.0]}, "source"),
        ({"capacity": [5, -1, 9]}, "capacity"),
        ({"capacity": [5, np.nan, 9]}, "capacity"),
        ({"unit_cost": [1, np.inf, 1]}, "unit_cost"),
        ({"unit_cost": [1, 2**62, 1]}, "unit_cost"),
        ({"demand": [-np.inf, 0, 4]}, "demand"),
        ({"demand": ["a", "b", "c"]}, "demand"),
        ({"min_flow": [0, 3, 0]}, "min_flow"),
    ],
)
def test_what_cannot_be_used_is_named(change: dict[str, Any], column: str) -> None:
    with pytest.raises(ValidationError) as caught:
        min_cost_flow(**TRIANGLE | change)
    assert column in {failure.column for failure in caught.value.failures}


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"unit_cost": [1, 2**64 - 4, 1]}, "unit_cost"),
        ({"demand": [2**64 - 4, 0, 4]}, "demand"),
        ({"min_flow": [0, 2**64 - 1, 0]}, "min_flow"),
    ],
)
def test_unsigned_numbers_too_large_for_64_bits_do_not_turn_negative(
    change: dict[str, list[int]], column: str
) -> None:
    unsigned = {name: np.array(values, dtype=np.uint64) for name, values in change.items()}
    with pytest.raises(ValidationError) as caught:
        min_cost_flow(**TRIANGLE | unsigned)
    assert column in {failure.column for failure in caught.value.failures}


def test_unsigned_numbers_that_fit_stay_whole_numbers() -> None:
    unsigned = {name: np.array(TRIANGLE[name], dtype=np.uint64) for name in ("capacity", "source")}
    answer = min_cost_flow(**TRIANGLE | unsigned)
    assert answer.cost == 8
    assert isinstance(answer.cost, int)


def test_the_arguments_stay_as_they_are() -> None:
    arrays = {name: np.array(values) for name, values in TRIANGLE.items()}
    min_cost_flow(**arrays)
    assert {name: array.tolist() for name, array in arrays.items()} == TRIANGLE


def test_large_costs_are_exact_as_long_as_they_fit() -> None:
    cost = [2**52, 2**53, 1]
    assert min_cost_flow(**TRIANGLE | {"unit_cost": cost}).cost == 4 * (2**52 + 1)


def test_costs_too_large_for_potentials_are_scaled_and_still_right() -> None:
    num_nodes = 300
    nodes = np.arange(num_nodes)
    demand = np.zeros(num_nodes, dtype=np.int64)
    demand[[0, -1]] = -7, 7
    cost = np.full(num_nodes - 1, 2**53 - 1)
    answer = min_cost_flow(nodes[:-1], nodes[1:], 10, cost, demand)
    assert answer.status is Status.OPTIMAL
    assert answer.cost == pytest.approx(7 * (2**53 - 1) * (num_nodes - 1))


def test_an_answer_is_where_the_next_search_begins() -> None:
    rng = np.random.default_rng(3)
    source = rng.integers(0, 40, 500)
    target = (source + rng.integers(1, 40, 500)) % 40
    demand = np.zeros(40, dtype=np.int64)
    demand[[0, 39]] = -30, 30
    arrays = source, target, rng.integers(3, 9, 500), rng.integers(1, 50, 500), demand
    first = min_cost_flow(*arrays)
    again = min_cost_flow(*arrays, initial=first)
    assert again.cost == first.cost
    other = min_cost_flow([0], [1], 1, 1, [-1, 1], initial=first)  # a basis of other arcs
    assert other.cost == 1


def test_a_search_that_is_cancelled_says_so() -> None:
    token = CancelToken()
    token.cancel()
    rng = np.random.default_rng(1)
    source = rng.integers(0, 3000, 60_000)
    target = (source + rng.integers(1, 3000, 60_000)) % 3000
    demand = rng.multinomial(90_000, np.full(3000, 1 / 3000)).astype(np.int64)
    demand -= rng.permutation(demand)
    arrays = source, target, rng.integers(1, 20, 60_000), rng.integers(1, 9999, 60_000), demand
    answer = min_cost_flow(*arrays, cancel=token)
    assert answer.limit is Limit.CANCELLED or answer.status is Status.OPTIMAL


NUMBERS = st.one_of(st.integers(0, 9), st.sampled_from([0.1, 1 / 3, 2.75, np.pi]))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_cost_and_status_are_those_of_a_linear_program(data: Any) -> None:
    num_nodes = data.draw(st.integers(2, 6))
    node = st.integers(0, num_nodes - 1)
    ends = data.draw(
        st.lists(
            st.tuples(node, node).filter(lambda arc: arc[0] != arc[1]), min_size=1, max_size=14
        )
    )
    count = len(ends)
    whole = data.draw(st.booleans())
    number = st.integers(0, 9) if whole else NUMBERS
    column = st.lists(number, min_size=count, max_size=count)
    capacity, cost = np.array(data.draw(column)), np.array(data.draw(column)) - 2
    least = np.minimum(capacity, np.array(data.draw(column))) * data.draw(st.integers(0, 1))
    sent = np.array(data.draw(column))
    source, target = np.array(ends).T
    demand = np.zeros(num_nodes, dtype=sent.dtype)
    np.subtract.at(demand, source, sent)
    np.add.at(demand, target, sent)
    answer = min_cost_flow(source, target, capacity, cost, demand, least)
    matrix = np.zeros((num_nodes, count))
    matrix[source, np.arange(count)] -= 1
    matrix[target, np.arange(count)] += 1
    truth = linprog(cost, A_eq=matrix, b_eq=demand, bounds=np.column_stack([least, capacity]))
    assert answer.status is {0: Status.OPTIMAL, 2: Status.INFEASIBLE}[truth.status]
    if answer.status is Status.OPTIMAL:
        assert answer.cost == pytest.approx(truth.fun, abs=1e-6)
        assert answer.potential is not None
        reduced = cost + answer.potential[source] - answer.potential[target]
        assert (reduced[answer.flow < capacity] >= -1e-9).all()
        assert (reduced[answer.flow > least] <= 1e-9).all()


def test_what_is_no_earlier_answer_is_refused() -> None:
    with pytest.raises(TypeError, match="initial is a int"):
        min_cost_flow([0], [1], [5], [1], [-3, 3], initial=3)  # type: ignore[arg-type]  # on purpose
