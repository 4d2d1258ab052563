"""The check finds every planted violation, and says whom it concerns."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from flowopt.routing import RoutingProblem
from flowopt.routing.explain import Reason, Unserved


@pytest.fixture
def problem():
    rng = np.random.default_rng(3)
    x = rng.integers(0, 50, (9, 2)).astype(float)
    distance = np.linalg.norm(x[:, None] - x[None, :], axis=2)
    return RoutingProblem.from_arrays(
        {
            "id": list("abcdefgh"),
            "demand": rng.integers(1, 5, 8),
            "service_duration": 5,
            "tw_early": rng.integers(0, 60, 8),
            "tw_late": 220,
            "required": [True] * 7 + [False],
            "prize": 500.0,
        },
        {
            "id": ["van"],
            "num_available": 3,
            "capacity": 12,
            "fixed_cost": 10,
            "unit_duration_cost": 0.5,
            "max_duration": 250,
            "max_distance": 200,
            "tw_late": 300,
        },
        distance_matrix=distance,
    )


@pytest.fixture
def solution(problem):
    found = problem.solve(engine="construct")
    assert found.check().ok
    assert not found.unserved
    assert len(found.routes) == 2
    return found


def broken(solution, constraint):
    """Return the subjects of the violations of a constraint."""
    return [v.subject for v in solution.check() if v.constraint == constraint]


def with_route(solution, number, **changes):
    routes = list(solution.routes)
    routes[number] = dataclasses.replace(routes[number], **changes)
    return dataclasses.replace(solution, routes=tuple(routes))


def with_schedule(solution, number, **changes):
    schedule = dataclasses.replace(solution.routes[number].schedule, **changes)
    return with_route(solution, number, schedule=schedule)


def of_routes(solution, routes, problem=None):
    """Return a solution of other routes with true schedules and the stated cost of the old one."""
    return (problem or solution.problem).solution_from_routes(routes)


def visits(solution):
    return [route.visits.tolist() for route in solution.routes]


def test_a_dropped_visit_is_found(solution):
    route = solution.routes[0]
    lost = solution.problem.clients.id[route.visits[0]]
    changed = with_route(solution, 0, visits=route.visits[1:])
    assert broken(changed, "served") == [lost]


def test_a_visit_that_is_dropped_with_a_true_schedule_is_found(solution):
    first, second = visits(solution)
    shorter = of_routes(solution, [first[1:], second])
    assert shorter.check().ok  # it is named as unserved
    hidden = dataclasses.replace(shorter, unserved=())
    assert broken(hidden, "served") == [solution.problem.clients.id[first[0]]]


def test_a_client_visited_twice_is_found(solution):
    first, second = visits(solution)
    twice = of_routes(solution, [first, [*second, first[0]]])
    assert broken(twice, "visited_once") == [solution.problem.clients.id[first[0]]]


def test_swapped_visits_are_found(solution):
    route = solution.routes[0]
    swapped = route.visits.copy()
    swapped[[0, 1]] = swapped[[1, 0]]
    assert len(with_route(solution, 0, visits=swapped).check()) > 0


def test_a_visit_moved_to_another_route_is_found(solution):
    first, second = (route.visits for route in solution.routes)
    changed = with_route(solution, 0, visits=first[:-1])
    changed = with_route(changed, 1, visits=np.append(second, first[-1]))
    assert len(changed.check()) > 0


def test_an_overloaded_vehicle_is_found(solution):
    everyone = [client for route in visits(solution) for client in route]
    assert "route 1" in broken(of_routes(solution, [everyone]), "capacity")


def test_a_late_visit_is_found(solution):
    tight = dataclasses.replace(
        solution.problem.clients, tw_early=np.zeros(8), tw_late=np.full(8, 1.0)
    )
    late = of_routes(solution, visits(solution), solution.problem.replace(clients=tight))
    assert len(broken(late, "time_window")) == 8


@pytest.mark.parametrize(
    ("column", "value", "constraint"),
    [
        ("tw_late", 40.0, "shift"),
        ("max_duration", 30.0, "max_duration"),
        ("max_distance", 30.0, "max_distance"),
        ("num_available", 1, "num_available"),
        ("capacity", [[2.0]], "capacity"),
    ],
)
def test_a_limit_of_the_fleet_that_is_broken_is_found(solution, column, value, constraint):
    limit = np.array(value if column == "capacity" else [value])
    fleet = dataclasses.replace(solution.problem.vehicle_types, **{column: limit})
    problem = solution.problem.replace(vehicle_types=fleet)
    assert broken(of_routes(solution, visits(solution), problem), constraint)


def test_a_way_that_does_not_exist_is_found(solution):
    problem = solution.problem
    first = visits(solution)[0]
    ways = problem.travel.distance.copy()
    ways[first[0] + 1, first[1] + 1] = np.inf
    closed = problem.replace(travel=dataclasses.replace(problem.travel, distance=ways))
    names = problem.clients.id[first[0]], problem.clients.id[first[1]]
    changed = of_routes(solution, visits(solution), closed)
    assert f"route 1: {names[0]} → {names[1]}" in broken(changed, "reach")


@pytest.mark.parametrize("amount", [-1.0, 1.0])
@pytest.mark.parametrize(
    ("field", "constraint"),
    [
        ("departure", "schedule"),
        ("finish", "schedule"),
        ("arrival", "schedule"),
        ("start", "schedule"),
        ("distance", "distance"),
        ("duration", "duration"),
        ("load", "load"),
        ("load_after", "load_after"),
        ("cost", "route_cost"),
    ],
)
def test_a_schedule_that_lies_is_found(solution, field, constraint, amount):
    value = getattr(solution.routes[0].schedule, field)
    assert broken(with_schedule(solution, 0, **{field: value + amount}), constraint)


def test_a_cost_that_lies_is_found(solution):
    for cost in (solution.cost - 1, solution.cost + 1, None, np.nan):
        outcome = dataclasses.replace(solution.outcome, cost=cost)
        assert broken(dataclasses.replace(solution, outcome=outcome), "cost") == ["plan"]


def test_a_departure_that_could_be_later_is_found(solution):
    route = solution.routes[1]
    early = route.schedule.departure - 1.0
    assert early > 0  # so that the vehicle could well leave then
    longer = with_schedule(solution, 1, departure=early, duration=route.duration + 1.0)
    assert "departs" in str(longer.check())


def test_depots_and_types_that_do_not_exist_are_found(solution):
    assert broken(with_route(solution, 0, end_depot=1), "depot") == ["route 1"]
    assert broken(with_route(solution, 0, vehicle_type=5), "vehicle_type") == ["route 1"]
    nowhere = with_route(solution, 0, visits=np.array([0, 99]))
    assert broken(nowhere, "visits") == ["route 1"]
    empty = with_route(solution, 0, visits=np.array([], dtype=np.int64))
    assert broken(empty, "visits") == ["route 1"]


def test_an_unserved_client_that_is_served_is_found(solution):
    entry = Unserved(0, Reason.FLEET_EXHAUSTED, "", "")
    assert broken(dataclasses.replace(solution, unserved=(entry,)), "served") == ["a"]
    nobody = dataclasses.replace(entry, client=99)
    changed = dataclasses.replace(solution, unserved=(nobody,))
    assert broken(changed, "served") == ["client 99"]


def test_a_reason_that_is_not_true_is_found(solution):
    first, second = visits(solution)
    shorter = of_routes(solution, [first, second[1:]])
    (entry,) = shorter.unserved
    assert solution.problem.clients.required[entry.client]
    wrong_reasons = set(Reason) - {Reason.NOT_PLACED}
    for reason in wrong_reasons:
        wrong = dataclasses.replace(entry, reason=reason)
        changed = dataclasses.replace(shorter, unserved=(wrong,))
        assert broken(changed, "reason") == [solution.problem.clients.id[entry.client]]


@pytest.mark.parametrize(
    ("reason", "tests"),
    [
        (Reason.NOT_WORTH_IT, "that it costs 2 in route 1 for a prize of 2.5"),
        (Reason.FLEET_EXHAUSTED, "that route 1 has room for it"),
    ],
)
def test_a_client_that_pays_or_has_room_is_not_left_for_want_of_either(line, reason, tests):
    problem = line({"required": [True, True, False], "prize": [0, 0, 2.5]})
    solution = problem.solution_from_routes([[0, 1]])
    (entry,) = solution.unserved
    assert entry.reason is Reason.NOT_PLACED
    wrong = dataclasses.replace(entry, reason=reason)
    (violation,) = dataclasses.replace(solution, unserved=(wrong,)).check()
    assert violation.message.endswith(f"where the tests say {tests}")


def test_an_engine_whose_answer_does_not_hold_is_an_error(problem, solution, monkeypatch):
    from flowopt import EngineError
    from flowopt.routing.engines import construction

    wrong = with_schedule(solution, 0, distance=0.0)
    monkeypatch.setattr(construction, "finished", lambda *args, **kwargs: wrong)
    with pytest.raises(EngineError, match="distance"):
        problem.solve(engine="construct")


def test_published_cost_of_given_routes_is_recomputed(problem):
    ids = problem.clients.id.tolist()
    one_by_one = problem.solution_from_routes([[i] for i in range(3)])
    there_and_back = 2 * problem.travel.distance[0, 1:4].sum()
    served = [ids[entry.client] for entry in one_by_one.unserved]
    assert served == ids[3:]
    assert one_by_one.distance == pytest.approx(there_and_back)
