"""The text formats of Li and Lim (pairs of pick-up and delivery) and Cordeau (several depots)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from flowopt.core import Failure
from flowopt.io import RoutingInstance, read, read_instance
from flowopt.routing import RoutingProblem

FaultsOf = Callable[..., list[Failure]]
Write = Callable[[str, str | bytes], Path]


@pytest.fixture
def problem_of(write: Write) -> Callable[[str], RoutingProblem]:
    def _problem_of(text: str) -> RoutingProblem:
        problem = read(write("input.txt", text))
        assert isinstance(problem, RoutingProblem)
        return problem

    return _problem_of


ProblemOf = Callable[[str], RoutingProblem]


def test_the_goods_of_a_pair_are_a_shipment(problem_of: ProblemOf, tiny_lilim: str) -> None:
    problem = problem_of(tiny_lilim)
    shipments = problem.shipments
    assert shipments.pickup.tolist() == [0, 1]
    assert shipments.delivery.tolist() == [2, 3]
    assert shipments.demand.tolist() == [[10], [7]]
    assert problem.clients.demand.sum() == 0
    assert problem.clients.tw_early.tolist() == [0, 10, 0, 0]
    assert problem.vehicle_types.num_available.tolist() == [3]
    assert problem.vehicle_types.capacity.tolist() == [[50]]


def test_plans_of_li_and_lim_are_compared_by_vehicles_and_real_distances(
    problem_of: ProblemOf, tiny_lilim: str
) -> None:
    problem = problem_of(tiny_lilim)
    assert problem.vehicles_first
    assert problem.travel.legs(1, 2)[0] == pytest.approx(34**0.5)


def test_rows_in_another_order_are_sorted_by_task(problem_of: ProblemOf, tiny_lilim: str) -> None:
    head, *rows = tiny_lilim.splitlines()
    problem = problem_of("\n".join([head, *rows[::-1]]))
    assert problem.clients.id.tolist() == [1, 2, 3, 4]
    assert problem.shipments.pickup.tolist() == [0, 1]


def test_each_depot_of_cordeau_has_vehicles_of_its_own(
    problem_of: ProblemOf, tiny_cordeau: str
) -> None:
    problem = problem_of(tiny_cordeau)
    types = problem.vehicle_types
    assert problem.depots.id.tolist() == [4, 5]
    assert types.num_available.tolist() == [2, 2]
    assert types.start_depot.tolist() == types.end_depot.tolist() == [0, 1]
    assert types.capacity[:, 0].tolist() == [80, 60]
    assert types.max_duration.tolist() == [np.inf, 200]
    assert problem.clients.demand[:, 0].tolist() == [7, 9, 8]
    assert problem.clients.tw_late.tolist() == [90, 200, 200]
    assert problem.depots.tw_late.tolist() == [300, 300]


def test_a_file_of_cordeau_without_windows_has_none(write: Write, tiny_cordeau: str) -> None:
    lines = [line.split() for line in tiny_cordeau.splitlines()]
    lines[0][0] = "2"
    text = "\n".join(" ".join(line[:-2] if len(line) > 4 else line) for line in lines)
    instance = read_instance(write("a.txt", text))
    assert isinstance(instance, RoutingInstance)
    assert (instance.type, instance.rounding()) == ("MDVRP", "none")
    assert np.isinf(instance.tw_late).all()


LILIM_FAULTS = {
    "no vehicle": (("3 50 1", "0 50 1"), ("out_of_range", 1)),
    "half a vehicle": (("3 50 1", "2.5 50 1"), ("out_of_range", 1)),
    "a speed": (("3 50 1", "3 50 2"), ("unsupported_value", 1)),
    "no depot": (("0 0 0 0 0 300 0 0 0", "5 0 0 0 0 300 0 0 0"), ("missing_depot", None)),
    "a depot with demand": (("0 0 0 0 0 300", "0 0 0 4 0 300"), ("depot", 2)),
    "a task twice": (("2 0 9 7", "1 0 9 7"), ("duplicate_node", 4)),
    "half a task": (("2 0 9 7", "2.5 0 9 7"), ("unknown_node", 4)),
    "a row too short": (("200 5 0 4", "200 5 0"), ("wrong_width", 4)),
    "a word": (("2 0 9 7", "2 0 nine 7"), ("not_a_number", 4)),
    "a window that is empty": (("7 10 200", "7 210 200"), ("empty_window", 4)),
    "a negative service": (("7 10 200 5", "7 10 200 -5"), ("negative", 4)),
    "a task of no pair": (("10 200 5 0 4", "10 200 5 0 0"), ("inconsistent", 4)),
    "a task of two pairs": (("10 200 5 0 4", "10 200 5 1 4"), ("inconsistent", 4)),
    "a mate that is not there": (("10 200 5 0 4", "10 200 5 0 9"), ("inconsistent", 4)),
    "a mate that names another": (("-7 0 250 5 2 0", "-7 0 250 5 1 0"), ("inconsistent", 4)),
    "goods that vanish": (("-7 0 250", "-6 0 250"), ("inconsistent", 4)),
    "goods that go the wrong way": (
        ("1 3 4 10 0 200 5 0 3", "1 3 4 -10 0 200 5 0 3"),
        ("inconsistent", 3),
    ),
}


@pytest.mark.parametrize("name", LILIM_FAULTS)
def test_a_fault_of_li_and_lim_is_named_with_its_line(
    faults_of: FaultsOf, tiny_lilim: str, name: str
) -> None:
    (old, new), (code, line) = LILIM_FAULTS[name]
    assert old in tiny_lilim
    faults = [f for f in faults_of(tiny_lilim.replace(old, new, 1), "a.txt") if f.code == code]
    assert faults, "the fault was not found"
    assert faults[0].row == line
    assert faults[0].fix


CORDEAU_FAULTS = {
    "a periodic problem": (("6 2 3 2", "1 2 3 2"), ("unsupported_value", 1)),
    "a type that nobody knows": (("6 2 3 2", "9 2 3 2"), ("unsupported_value", 1)),
    "no vehicles": (("6 2 3 2", "6 0 3 2"), ("out_of_range", 1)),
    "half a depot": (("6 2 3 2", "6 2 3 1.5"), ("out_of_range", 1)),
    "a client too few": (("3 1 7 5 8 1 2 1 2 0 200\n", ""), ("wrong_size", None)),
    "a client too many": (("6 2 3 2", "6 2 2 2"), ("wrong_size", None)),
    "a vehicle that holds nothing": (("200 60", "200 0"), ("out_of_range", 3)),
    "a negative duration": (("200 60", "-200 60"), ("out_of_range", 3)),
    "a client of one depot": (
        ("2 8 9 5 9 1 2 1 2 0 200", "2 8 9 5 9 1 1 1 0 200"),
        ("unsupported_value", 5),
    ),
    "a client visited twice": (
        ("2 8 9 5 9 1 2 1 2", "2 8 9 5 9 2 2 1 2"),
        ("unsupported_value", 5),
    ),
    "a row cut off": (("2 8 9 5 9 1 2 1 2 0 200", "2 8 9 5 9 1"), ("wrong_width", 5)),
    "a word": (("2 8 9 5 9", "2 eight 9 5 9"), ("not_a_number", 5)),
    "a negative demand": (("2 8 9 5 9", "2 8 9 5 -9"), ("negative", 5)),
    "a window that is empty": (("1 2 10 90", "1 2 95 90"), ("empty_window", 4)),
    "a client twice": (("2 8 9", "1 8 9"), ("duplicate_node", 5)),
    "a depot with demand": (("4 0 0 0 0", "4 0 0 0 5"), ("depot", 7)),
    "a depot that is a client": (
        ("4 0 0 0 0 0 0 0 300", "4 0 0 0 0 1 2 1 2 0 300"),
        ("unsupported_value", 7),
    ),
}


@pytest.mark.parametrize("name", CORDEAU_FAULTS)
def test_a_fault_of_cordeau_is_named_with_its_line(
    faults_of: FaultsOf, tiny_cordeau: str, name: str
) -> None:
    (old, new), (code, line) = CORDEAU_FAULTS[name]
    assert old in tiny_cordeau
    faults = [f for f in faults_of(tiny_cordeau.replace(old, new, 1), "a.txt") if f.code == code]
    assert faults, "the fault was not found"
    assert faults[0].row == line
    assert faults[0].fix


def test_a_file_cut_off_anywhere_is_a_fault(
    faults_of: FaultsOf, tiny_lilim: str, tiny_cordeau: str
) -> None:
    for text, fewest in ((tiny_lilim, 3), (tiny_cordeau, 1)):  # without tasks Li and Lim's is whole
        lines = text.splitlines()
        for count in range(fewest, len(lines)):
            assert faults_of("\n".join(lines[:count]), "a.txt"), count
