"""What a solution shows: tables, figures, a picture, plain values."""

from __future__ import annotations

import json

import numpy as np
import pytest

from flowopt import NoSolutionError, RoutingProblem, Status
from flowopt.core import Outcome
from flowopt.routing import RoutingSolution


@pytest.fixture
def solution(line):
    problem = line(
        {
            "id": ["Ann", "Bob", "Cid"],
            "demand": [2.0, 3.0, 40.0],
            "tw_early": [0, 5, 0],
            "service_duration": [1, 1, 1],
        },
        {"id": ["van"], "capacity": 10, "unit_duration_cost": 0.5, "fixed_cost": 7},
    )
    return problem.solve(engine="construct")


def test_each_visit_has_its_moments_and_what_is_left_on_board(solution):
    visits = solution.to_frame("visits")
    assert visits.columns.tolist() == [
        "route",
        "vehicle_type",
        "position",
        "client",
        "arrival",
        "wait",
        "start",
        "departure",
        "slack",
        "load_after",
    ]
    ann, bob = visits.to_dict("records")
    assert (ann["client"], ann["arrival"], ann["start"], ann["departure"]) == ("Ann", 3, 3, 4)
    assert (bob["client"], bob["arrival"], bob["start"], bob["departure"]) == ("Bob", 5, 5, 6)
    assert [ann["load_after"], bob["load_after"]] == [3.0, 0.0]
    assert ann["slack"] == np.inf  # no window closes


def test_each_route_has_its_length_and_cost(solution):
    (route,) = solution.to_frame("routes").to_dict("records")
    assert route == {
        "route": 1,
        "vehicle_type": "van",
        "start_depot": "depot",
        "end_depot": "depot",
        "num_visits": 2,
        "departure": 2.0,
        "finish": 8.0,
        "duration": 6.0,
        "wait": 0.0,
        "distance": 4.0,
        "load": 5.0,
        "cost": 7 + 4 + 3,
    }


def test_who_is_not_served_is_named_with_the_reason(solution):
    (entry,) = solution.to_frame("unserved").to_dict("records")
    assert entry["client"] == "Cid"
    assert entry["reason"] == "capacity"
    assert not solution.is_complete
    assert solution.status is Status.FEASIBLE


def test_slack_is_what_the_next_limit_leaves(line):
    problem = line({"tw_late": [9, 4, 9]}, {"max_duration": 8})
    (route,) = problem.solve(engine="construct").routes
    start, slack = route.schedule.start, route.schedule.slack
    assert dict(zip(route.visits.tolist(), slack.tolist(), strict=True))[1] <= 4 - start.min()
    assert (slack >= 0).all()


def test_the_summary_counts(solution):
    figures = solution.summary()
    assert figures["routes"] == 1
    assert (figures["served"], figures["unserved"]) == (2, 1)
    assert figures["distance"] == 4.0
    assert "served" in solution._repr_html_()


def test_it_becomes_plain_values(solution):
    text = json.dumps(solution.to_dict(), allow_nan=False)
    assert json.loads(text)["tables"]["unserved"]["client"] == ["Cid"]


def test_several_loads_have_a_column_each(line):
    problem = line({"demand": [[1, 2]]}, {"capacity": [[9, 9]]}, places=(1.0,))
    solution = problem.solve(engine="construct")
    assert {"load_after_1", "load_after_2"} <= set(solution.to_frame("visits").columns)
    assert solution.to_frame("routes")[["load_1", "load_2"]].to_numpy().tolist() == [[1.0, 2.0]]


def test_an_empty_plan_has_empty_tables_with_all_columns(line):
    solution = line({"demand": [99.0] * 3}).solve(engine="construct")
    full = line().solve(engine="construct")
    for name in ("visits", "routes"):
        assert solution.to_frame(name).empty
        assert list(solution.to_frame(name).columns) == list(full.to_frame(name).columns)
    assert solution.cost == 0.0


def test_a_solution_without_values_says_so(line):
    outcome = Outcome(Status.NO_SOLUTION_FOUND, None, None, None, 0.0, "construct", 0, {})
    nothing = RoutingSolution(problem=line(), outcome=outcome, routes=(), unserved=())
    with pytest.raises(NoSolutionError):
        nothing.to_frame("visits")
    with pytest.raises(NoSolutionError):
        nothing.plot()
    assert nothing.summary()["status"] == "NO_SOLUTION_FOUND"


def test_a_table_that_does_not_exist_is_named(solution):
    with pytest.raises(KeyError, match="stops"):
        solution.to_frame("stops")


def test_the_plot_draws_every_route_and_who_is_left(solution):
    axes = solution.plot()
    assert len(axes.lines) == 1
    assert axes.lines[0].get_xdata().tolist() == [0.0, 1.0, 2.0, 0.0]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["unserved", "depot"]
    assert solution.plot(axes) is axes


def test_without_coordinates_there_is_nothing_to_draw():
    problem = RoutingProblem.from_arrays(
        {"demand": [1]}, {"num_available": 1, "capacity": 1}, distance_matrix=[[0, 1], [1, 0]]
    )
    with pytest.raises(NoSolutionError, match="coordinates"):
        problem.solve(engine="construct").plot()


def test_given_routes_are_priced(line):
    solution = line().solution_from_routes([[0, 2], [], [1]])
    assert solution.cost == 6.0 + 4.0
    assert [route.visits.tolist() for route in solution.routes] == [[0, 2], [1]]
    assert "num_available" in str(solution.check())
