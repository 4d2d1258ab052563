"""Every unserved client has the true reason, and the change that is named would make it fit."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from flowopt.routing import RoutingProblem
from flowopt.routing.explain import Reason, explain


def only(entries):
    (entry,) = entries
    return entry


def with_changes(problem, changes):
    """Return the problem with the values of the changes in its columns."""
    for change in changes:
        part = getattr(problem, change.table)
        row = part.id.tolist().index(change.id)
        name, load = change.column, None
        if name.startswith("capacity"):
            load = problem.loads.index(name.removeprefix("capacity").removeprefix("_") or "load")
            name = "capacity"
        column = getattr(part, name).copy()
        if load is None:
            column[row] = change.value
        else:
            column[row, load] = change.value
        part = dataclasses.replace(part, **{name: column})
        problem = problem.replace(**{change.table: part})
    return problem


def test_a_client_heavier_than_every_vehicle(line):
    problem = line({"demand": [1, 30, 1]}, {"id": ["van"], "capacity": 20})
    entry = only(problem.solve(engine="construct").unserved)
    assert (entry.client, entry.reason) == (1, Reason.CAPACITY)
    assert entry.message == "its demand is 30, and van holds 20"
    assert entry.fix == "raise capacity of van to 30"


def test_the_load_dimension_that_does_not_fit_is_named(line):
    problem = line({"demand": [[1, 9]]}, {"capacity": [[5, 7]]}, places=(1.0,))
    entry = only(problem.solve(engine="construct").unserved)
    assert entry.message == "its demand of 2 is 9, and vehicle holds 7"
    assert entry.changes[0].column == "capacity_2"


def test_a_window_that_closes_before_the_vehicle_can_arrive(line):
    entry = only(line({"tw_late": [9, 9, 2.5]}).solve(engine="construct").unserved)
    assert (entry.client, entry.reason) == (2, Reason.TIME_WINDOW)
    assert entry.message == "a vehicle that goes straight to it starts at 3, after 2.5"
    assert entry.fix == "raise tw_late of 3 to 3"


def test_a_client_without_a_way_to_it():
    ways = np.array([[0, 1, np.inf], [1, 0, np.inf], [1, 1, 0]])
    problem = RoutingProblem.from_arrays(
        {"id": ["near", "island"], "demand": [1, 1]},
        {"num_available": 1, "capacity": 9},
        {"id": ["port"]},
        distance_matrix=ways,
    )
    entry = only(problem.solve(engine="construct").unserved)
    assert entry.reason is Reason.UNREACHABLE
    assert entry.fix == "give a finite distance and duration from port to it and back"
    assert entry.changes == ()


@pytest.mark.parametrize(
    ("limits", "message", "fix"),
    [
        ({"tw_late": 5}, "is back at 6, after 5", "raise tw_late of van to 6"),
        ({"max_duration": 5}, "takes 6 s, more than 5 s", "raise max_duration of van to 6"),
        ({"max_distance": 5}, "is 6 long, more than 5", "raise max_distance of van to 6"),
    ],
)
def test_a_round_trip_beyond_the_shift_names_the_limit(line, limits, message, fix):
    problem = line(vehicle_types={"id": ["van"]} | limits)
    entry = only(problem.solve(engine="construct").unserved)
    assert (entry.client, entry.reason) == (2, Reason.SHIFT)
    assert entry.message == f"the trip of van to it alone {message}"
    assert entry.fix == fix


def test_the_hours_of_the_depot_are_named_when_they_end_the_day(line):
    entry = only(line(depots={"tw_late": [5.0]}).solve(engine="construct").unserved)
    assert (entry.reason, entry.fix) == (Reason.SHIFT, "raise tw_late of depot to 6")


def test_a_shift_outside_the_hours_of_the_depot(line):
    problem = line(vehicle_types={"tw_late": 5}, depots={"tw_early": [6.0]})
    entries = problem.solve(engine="construct").unserved
    assert {entry.reason for entry in entries} == {Reason.SHIFT}
    assert "overlap" in entries[0].fix


def test_too_few_vehicles_ask_for_one_more(line):
    problem = line(vehicle_types={"capacity": 1, "num_available": 2})
    entry = only(problem.solve(engine="construct").unserved)
    assert entry.reason is Reason.FLEET_EXHAUSTED
    assert entry.fix == "raise num_available of vehicle to 3"


def test_an_optional_client_names_the_prize_that_would_pay(line):
    problem = line({"required": [True, True, False], "prize": [0, 0, 1.5]})
    entry = only(problem.solve(engine="construct").unserved)
    assert entry.reason is Reason.NOT_WORTH_IT
    assert entry.message == "to serve it in route 1 costs 2 for a prize of 1.5"
    assert entry.changes[0].value == 2.0


def test_a_client_that_would_fit_was_only_not_placed(line):
    entry = only(explain(line(), [(0, [0, 1])]))
    assert entry.reason is Reason.NOT_PLACED
    assert entry.message.startswith("it fits into route 1 for 2")


def test_the_reason_is_that_of_the_vehicles_that_pass_the_tests_before(line):
    """The truck could hold it but comes too late; the car would be in time but is too small."""
    problem = RoutingProblem.from_arrays(
        {"demand": [5], "tw_late": [6]},
        {
            "id": ["car", "truck"],
            "num_available": [1, 1],
            "capacity": [1, 9],
            "tw_early": [0, 4],
        },
        distance_matrix=[[0, 3], [3, 0]],
    )
    entry = only(problem.solve(engine="construct").unserved)
    assert entry.reason is Reason.TIME_WINDOW
    assert len(entry.changes) == 1


def test_types_without_vehicles_are_no_way_out(line):
    fleet = {"id": ["small", "large"], "num_available": [1, 0], "capacity": [1, 99]}
    entry = only(line({"demand": [5]}, fleet, places=(1.0,)).solve(engine="construct").unserved)
    assert entry.fix == "raise capacity of small to 5"


@pytest.mark.parametrize("seed", range(40))
def test_the_change_makes_the_client_fit(seed):
    rng = np.random.default_rng(seed)
    places = rng.integers(0, 60, (7, 2)).astype(float)
    clients = {
        "demand": rng.integers(1, 14, 6),
        "tw_early": rng.integers(0, 40, 6),
        "service_duration": rng.integers(0, 9, 6),
    }
    clients["tw_late"] = clients["tw_early"] + rng.integers(0, 30, 6)
    fleet = {
        "num_available": [1, 1],
        "capacity": [10, 6],
        "tw_late": [120, 90],
        "max_duration": [70, 200],
        "max_distance": [90, 80],
    }
    distance = np.linalg.norm(places[:, None] - places[None, :], axis=2)
    problem = RoutingProblem.from_arrays(clients, fleet, distance_matrix=distance)
    solution = problem.solve(engine="construct")
    for entry in solution.unserved:
        alone = {Reason.CAPACITY, Reason.TIME_WINDOW, Reason.SHIFT}
        fixed = with_changes(problem, entry.changes)
        plan = [(r.vehicle_type, r.visits) for r in solution.routes]
        if entry.reason in alone:
            plan = []  # the tests are those of the client alone
        still = {e.client: e.reason for e in explain(fixed, plan)}
        assert still[entry.client] is Reason.NOT_PLACED, (entry, still[entry.client])
