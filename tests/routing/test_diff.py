"""What changes from one plan to another is told client by client, and no more than changes."""

from __future__ import annotations

import numpy as np
import pytest

from flowopt.core.errors import NoSolutionError
from flowopt.core.options import Outcome
from flowopt.core.status import Status
from flowopt.routing import RoutingProblem, RoutingSolution


@pytest.fixture
def problem():
    return RoutingProblem.from_arrays(
        {"id": ["a", "b", "c", "d"]},
        {"num_available": 3},
        coordinates=[[0, 0], [10, 0], [20, 0], [30, 0], [40, 0]],
    )


def changes(difference):
    frame = difference.to_frame()
    return dict(zip(frame["client"], frame["change"], strict=True))


def test_a_plan_does_not_differ_from_itself(problem):
    plan = problem.solution_from_routes([[0, 1], [2, 3]])
    difference = plan.diff(plan)
    assert len(difference) == 0
    assert difference.summary() == {
        "added": 0,
        "removed": 0,
        "moved": 0,
        "retimed": 0,
        "unchanged": 4,
        "done": 0,
    }


def test_the_number_of_a_route_is_no_change(problem):
    before = problem.solution_from_routes([[0, 1], [2, 3]])
    assert len(before.diff(problem.solution_from_routes([[2, 3], [0, 1]]))) == 0


def test_who_is_served_only_before_or_only_after_is_told(problem):
    before = problem.solution_from_routes([[0, 1]])
    assert changes(before.diff(problem.solution_from_routes([[0, 2]]))) == {
        "c": "added",
        "b": "removed",
    }


def test_of_a_changed_order_the_fewest_are_moved(problem):
    before = problem.solution_from_routes([[0, 1, 2, 3]])
    after = problem.solution_from_routes([[3, 0, 1, 2]])
    moved = {client for client, change in changes(before.diff(after)).items() if change == "moved"}
    assert moved == {"d"}


def test_who_goes_to_another_vehicle_is_moved(problem):
    before = problem.solution_from_routes([[0, 1, 2], [3]])
    frame = before.diff(problem.solution_from_routes([[0, 1], [2, 3]])).to_frame()
    row = frame[frame["client"] == "c"].iloc[0]
    assert row["change"] == "moved"
    assert (row["route_before"], row["route"]) == (1, 2)
    assert (row["position_before"], row["position"]) == (3, 1)
    assert (row["start_before"], row["start"]) == (30.0, 30.0)


def test_a_tolerance_hides_small_changes_of_time(problem):
    before = problem.solution_from_routes([[0, 2]])
    clients = problem.clients
    slow = RoutingProblem.from_arrays(
        {"id": clients.id, "service_duration": [5.0, 0.0, 0.0, 0.0]},
        {"num_available": 3},
        coordinates=np.column_stack([problem.points.x, problem.points.y]),
    )
    after = slow.solution_from_routes([[0, 2]])
    assert changes(before.diff(after)) == {"c": "retimed"}
    assert len(before.diff(after, tolerance=5.0)) == 0


def test_who_has_been_visited_since_is_no_change(problem):
    before = problem.solution_from_routes([[0, 1], [2, 3]])
    after = before.remaining(10).plan()
    difference = before.diff(after)
    assert len(difference) == 0
    assert difference.summary()["done"] == 2  # a, and c, to whom the other is driving


def test_a_vehicle_under_way_is_known_again(problem):
    before = problem.solution_from_routes([[0, 1], [2, 3]])
    left = before.remaining(10)
    swapped = left.solution_from_routes([[1], [0]], [1, 2])
    assert changes(before.diff(swapped)) == {"b": "moved", "d": "moved"}


def test_a_difference_shows_its_counts(problem):
    before = problem.solution_from_routes([[0, 1]])
    difference = before.diff(problem.solution_from_routes([[0]]))
    assert repr(difference).startswith("<PlanDifference 0 added, 1 removed, 0 moved")
    assert "<th style='text-align:left'>removed</th><td>1</td>" in difference._repr_html_()


def test_there_is_no_difference_to_no_solution(problem):
    outcome = Outcome(Status.NO_SOLUTION_FOUND, None, None, None, 0.0, "none", 0, {})
    nothing = RoutingSolution(problem=problem, outcome=outcome, routes=(), unserved=())
    with pytest.raises(NoSolutionError):
        problem.solution_from_routes([[0]]).diff(nothing)
