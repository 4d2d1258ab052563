"""Each constraint on a tiny named problem, switched off and on."""

from __future__ import annotations

import numpy as np
import pytest

from flowopt.routing import RoutingProblem

ENGINES = ("construct", "ortools")


@pytest.fixture(params=ENGINES)
def solve(request):
    """Return a function that solves with each engine and checks the answer once more."""

    def run(problem, **options):
        solution = problem.solve(engine=request.param, iteration_limit=5000, **options)
        report = solution.check()
        assert report.ok, str(report)
        return solution

    return run


def routes(solution):
    return sorted(route.visits.tolist() for route in solution.routes)


def reasons(solution):
    ids = solution.problem.clients.id
    return {ids[entry.client].item(): str(entry.reason) for entry in solution.unserved}


def test_without_limits_one_vehicle_drives_to_the_end_of_the_line_and_back(line, solve):
    solution = solve(line())
    assert solution.cost == 6.0
    assert len(solution.routes) == 1
    assert solution.is_complete


def test_capacity_splits_the_clients_among_vehicles(line, solve):
    solution = solve(line(vehicle_types={"num_available": 3, "capacity": 2}))
    assert solution.cost == 6.0 + 2.0
    assert all(route.schedule.load[0] <= 2 for route in solution.routes)


def test_every_load_dimension_counts(line, solve):
    two_loads = {"demand": [[1, 5], [1, 5], [1, 5]]}
    wide = line(two_loads, {"num_available": 3, "capacity": [[10, 15]]})
    tight = line(two_loads, {"num_available": 3, "capacity": [[10, 5]]})
    assert wide.loads == ("1", "2")
    assert len(solve(wide).routes) == 1
    assert len(solve(tight).routes) == 3


def test_a_vehicle_waits_for_a_window_to_open(line, solve):
    solution = solve(line({"tw_early": [0, 10, 0]}, {"unit_duration_cost": 1.0}))
    (route,) = solution.routes
    assert solution.cost == 6.0 + 6.0
    assert route.schedule.departure == 8.0  # later would do for no earlier return
    assert route.schedule.wait.sum() == 0.0


def test_waiting_that_no_departure_avoids_is_paid(line, solve):
    problem = line(
        {"tw_early": [0, 20], "tw_late": [2, 30]},
        {"unit_duration_cost": 1.0, "unit_distance_cost": 0.0},
        places=(1.0, 2.0),
    )
    (route,) = solve(problem).routes
    assert route.visits.tolist() == [0, 1]
    assert (route.schedule.departure, route.schedule.finish) == (1.0, 22.0)
    assert route.schedule.wait.tolist() == [0.0, 17.0]
    assert route.cost == 21.0


def test_a_window_turns_the_order_around(line, solve):
    assert solve(line({"tw_late": [9, 9, 9]})).cost == 6.0
    late = solve(line({"tw_late": [9, 9, 3], "tw_early": [5, 4, 0]}))
    assert late.routes[0].visits.tolist() == [2, 1, 0]


def test_service_takes_its_time_out_of_the_windows(line, solve):
    windows = {"tw_late": [1, 2, 3]}
    assert solve(line(windows)).is_complete
    slow = solve(line(windows | {"service_duration": 0.5}))
    assert reasons(slow) == {2: "fleet_exhausted", 3: "fleet_exhausted"} or len(slow.unserved) == 2


def test_the_shift_ends_the_day(line, solve):
    assert solve(line(vehicle_types={"tw_late": 6})).is_complete
    assert reasons(solve(line(vehicle_types={"tw_late": 5}))) == {3: "shift"}


def test_the_shift_begins_the_day(line, solve):
    solution = solve(line({"tw_late": [100, 9, 100]}, {"tw_early": 8}))
    assert reasons(solution) == {2: "time_window"}
    assert all(route.schedule.departure >= 8 for route in solution.routes)


def test_the_depot_has_hours_too(line, solve):
    open_late = solve(line(depots={"tw_early": [4.0], "tw_late": [10.0]}))
    assert open_late.is_complete
    assert open_late.routes[0].schedule.departure >= 4.0
    assert reasons(solve(line(depots={"tw_early": [4.0], "tw_late": [9.0]}))) == {3: "shift"}


def test_a_vehicle_waits_at_the_end_depot_until_it_opens(solve):
    problem = RoutingProblem.from_arrays(
        {"tw_late": [2]},
        {"num_available": 1, "start_depot": ["a"], "end_depot": ["b"], "unit_duration_cost": 1},
        {"id": ["a", "b"], "tw_early": [0, 10]},
        distance_matrix=np.where(np.eye(3), 0, 1),
    )
    (route,) = solve(problem).routes
    assert (route.schedule.departure, route.schedule.finish) == (1.0, 10.0)
    assert route.cost == 2.0 + 9.0


def test_a_longest_duration_counts_service_and_waiting(line, solve):
    service = {"service_duration": 2.0}
    assert len(solve(line(service, {"num_available": 3, "max_duration": 12})).routes) == 1
    assert len(solve(line(service, {"num_available": 3, "max_duration": 11})).routes) == 2


def test_a_longest_distance_counts_the_way_back(line, solve):
    assert solve(line(vehicle_types={"max_distance": 6})).is_complete
    assert reasons(solve(line(vehicle_types={"max_distance": 5}))) == {3: "shift"}


def test_a_fixed_cost_makes_vehicles_rare(solve):
    corners = np.array([[0, 0], [1, 0], [-1, 0]])
    distance = np.abs(corners[:, None] - corners[None, :]).sum(axis=2)
    problem = RoutingProblem.from_arrays(
        {"demand": [1, 1]},
        {"num_available": 2, "capacity": 2, "fixed_cost": 10},
        distance_matrix=distance,
    )
    solution = solve(problem)
    assert (len(solution.routes), solution.cost) == (1, 14.0)


def test_the_vehicle_type_that_is_cheaper_for_its_load_is_taken(line, solve):
    fleet = {
        "id": ["bike", "truck"],
        "num_available": [1, 1],
        "capacity": [1, 9],
        "fixed_cost": [0, 50],
    }
    small = solve(line({"demand": [1]}, fleet, places=(1.0,)))
    large = solve(line({"demand": [3]}, fleet, places=(1.0,)))
    assert small.to_frame("routes")["vehicle_type"].tolist() == ["bike"]
    assert large.to_frame("routes")["vehicle_type"].tolist() == ["truck"]


def test_the_rates_of_a_vehicle_type_price_its_routes(line, solve):
    rates = {"unit_distance_cost": 2.0, "unit_duration_cost": 0.5, "fixed_cost": 3.0}
    assert solve(line(vehicle_types=rates)).cost == 3.0 + 2.0 * 6 + 0.5 * 6


def test_no_more_vehicles_are_used_than_there_are(line, solve):
    full = {"capacity": 1, "num_available": 2}
    solution = solve(line(vehicle_types=full))
    assert len(solution.routes) == 2
    assert list(reasons(solution).values()) == ["fleet_exhausted"]
    assert not solution.is_complete
    assert solve(line(vehicle_types=full | {"num_available": 3})).is_complete


def test_clients_are_served_from_the_depot_that_is_near(solve):
    x = np.array([0.0, 100.0, 1.0, 2.0, 98.0, 99.0])
    problem = RoutingProblem.from_arrays(
        {"demand": [1] * 4},
        {"id": ["w", "e"], "num_available": [1, 1], "capacity": 4, "depot": ["west", "east"]},
        {"id": ["west", "east"]},
        distance_matrix=np.abs(x[:, None] - x[None, :]),
    )
    solution = solve(problem)
    assert solution.cost == 8.0
    assert [sorted(r.visits.tolist()) for r in solution.routes] in (
        [[0, 1], [2, 3]],
        [[2, 3], [0, 1]],
    )
    ends = {(route.start_depot, route.end_depot) for route in solution.routes}
    assert ends == {(0, 0), (1, 1)}


def test_a_route_may_end_at_another_depot(solve):
    x = np.array([0.0, 4.0, 1.0, 2.0, 3.0])
    ways = np.abs(x[:, None] - x[None, :])
    depots = {"id": ["a", "b"]}
    closed = {"num_available": 1, "depot": ["a"]}
    one_way = {"num_available": 1, "start_depot": ["a"], "end_depot": ["b"]}
    clients = {"service_duration": [1] * 3}
    round_trip = RoutingProblem.from_arrays(clients, closed, depots, distance_matrix=ways)
    through = RoutingProblem.from_arrays(clients, one_way, depots, distance_matrix=ways)
    assert solve(round_trip).cost == 6.0
    solution = solve(through)
    assert solution.cost == 4.0
    assert solution.routes[0].visits.tolist() == [0, 1, 2]


def test_ways_may_differ_by_direction(solve):
    ring = np.array([[0, 1, 9, 9], [9, 0, 1, 9], [9, 9, 0, 1], [1, 9, 9, 0]])
    problem = RoutingProblem.from_arrays(
        {"demand": [1] * 3}, {"num_available": 1, "capacity": 3}, distance_matrix=ring
    )
    assert solve(problem).cost == 4.0


def test_a_missing_way_is_not_driven(solve):
    inf = np.inf
    ways = np.array([[0, 1, 1, 1], [1, 0, inf, 5], [1, 1, 0, inf], [1, 1, 1, 0]])
    problem = RoutingProblem.from_arrays(
        {"demand": [1] * 3}, {"num_available": 1, "capacity": 3}, distance_matrix=ways
    )
    solution = solve(problem)
    assert solution.cost == 4.0
    assert solution.routes[0].visits.tolist() == [2, 1, 0]


def test_a_client_that_only_another_leads_to_is_served(solve):
    inf = np.inf
    ways = np.array([[0, 1, inf], [1, 0, 1], [1, inf, 0]])
    problem = RoutingProblem.from_arrays(
        {"demand": [1, 1]}, {"num_available": 1, "capacity": 3}, distance_matrix=ways
    )
    solution = solve(problem)
    assert solution.cost == 3.0
    assert solution.is_complete


def test_an_optional_client_is_served_when_its_prize_pays_the_way(line, solve):
    optional = {"required": [True, True, False]}
    worth = solve(line(optional | {"prize": [0, 0, 2.5]}))
    assert worth.cost == 6.0
    left = solve(line(optional | {"prize": [0, 0, 1.5]}))
    assert left.cost == 4.0 + 1.5
    assert reasons(left) == {3: "not_worth_it"}
    assert left.is_complete  # whom nobody must serve may be left


def test_a_vehicle_is_not_sent_out_for_optional_clients_that_do_not_pay_together(line, solve):
    clients = {"required": False, "prize": [1.0, 1.0, 1.0]}
    assert solve(line(clients)).cost == 3.0
    paying = solve(line(clients | {"prize": [3.0, 3.0, 3.0]}))
    assert paying.cost == 6.0
    assert not paying.unserved


def test_the_prize_of_a_required_client_counts_for_nothing(line, solve):
    assert solve(line({"prize": [9.0, 9.0, 9.0]})).cost == 6.0


def test_distance_and_duration_are_apart(solve):
    distance = np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]])
    duration = np.array([[0, 50, 1], [50, 0, 50], [1, 50, 0]])
    problem = RoutingProblem.from_arrays(
        {"demand": [1, 1]},
        {"num_available": 2, "capacity": 2, "max_duration": 100},
        distance_matrix=distance,
        duration_matrix=duration,
    )
    solution = solve(problem)
    assert solution.cost == 4.0
    assert solution.duration == 102.0
