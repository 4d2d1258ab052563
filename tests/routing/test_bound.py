"""The lower bound is one: below every plan of all clients, and not far below where that is easy."""

from __future__ import annotations

import numpy as np
import pytest

from flowopt.routing import RoutingProblem
from flowopt.routing.bound import MOST_LOCATIONS, lower_bound


def random_problem(seed, **more):
    rng = np.random.default_rng(seed)
    n, kinds = int(rng.integers(1, 6)), int(rng.integers(1, 3))
    clients = {
        "demand": rng.integers(0, 5, n),
        "service_duration": rng.integers(0, 4, n),
        "required": rng.random(n) < 0.7,
        "prize": rng.integers(0, 60, n),
    }
    types = {
        "num_available": rng.integers(1, 4, kinds),
        "capacity": rng.integers(6, 14, kinds),
        "fixed_cost": rng.integers(0, 30, kinds),
        "unit_distance_cost": rng.integers(0, 3, kinds),
        "unit_duration_cost": rng.integers(0, 3, kinds),
    }
    if seed % 2:
        clients["tw_early"] = rng.integers(0, 40, n)
    matrix = rng.integers(1, 40, (n + 1, n + 1)).astype(float)  # no triangles need hold
    return RoutingProblem.from_arrays(clients, types, distance_matrix=matrix, **more)


@pytest.mark.parametrize("seed", range(40))
def test_no_plan_of_all_clients_costs_less(seed, brute_force):
    problem = random_problem(seed)
    missing, cost = brute_force(problem)
    if missing == 0:
        bound = lower_bound(problem)
        assert bound is not None
        assert bound <= cost + 1e-6


def test_vehicles_bear_their_fixed_cost_in_the_bound(line):
    problem = line({"demand": [10.0, 10.0, 10.0]}, {"num_available": 3, "fixed_cost": 100.0})
    assert lower_bound(problem) == pytest.approx(300.0 + 2 + 4 + 6)


def test_one_route_in_a_line_is_bounded_by_its_tree(line):
    places = (1.0, 2.0, 3.0, 4.0)
    assert lower_bound(line(places=places), target=8.0) == pytest.approx(8.0, rel=0.01)


def test_traffic_that_speeds_up_lowers_the_bound(line):
    fleet = {"unit_distance_cost": 0.0, "unit_duration_cost": 1.0}
    slow = line(None, fleet)
    rows = {"start": [0.0], "speed_factor": [4.0]}
    fast = RoutingProblem.from_arrays(
        {"demand": [1.0] * 3},
        {"num_available": 1, "capacity": 10.0, **fleet},
        coordinates=[[0, 0], [1, 0], [2, 0], [3, 0]],
        traffic=rows,
    )
    assert lower_bound(fast) == pytest.approx(lower_bound(slow) / 4)


def test_an_optional_client_counts_no_more_than_its_prize(line):
    problem = line({"required": [True, True, False], "prize": [0.0, 0.0, 0.5]})
    cost = problem.solve(time_limit=1).cost
    assert cost == 4.5
    assert lower_bound(problem) <= cost


def test_of_a_group_one_client_counts(line):
    problem = RoutingProblem.from_arrays(
        {"demand": [1.0, 1.0], "group": ["g", "g"]},
        {"num_available": 1, "capacity": 10.0},
        coordinates=[[0, 0], [10, 0], [90, 0]],
    )
    assert 0 < lower_bound(problem) <= 20.0


def test_the_bound_of_thousands_of_clients_is_not_known():
    places = np.random.default_rng(0).random((MOST_LOCATIONS + 1, 2))
    problem = RoutingProblem.from_arrays(
        {"service_duration": np.zeros(MOST_LOCATIONS)}, {"num_available": 1}, coordinates=places
    )
    assert lower_bound(problem) is None


def test_a_solution_has_the_bound_and_no_gap_from_it(line):
    solution = line().solve(time_limit=1)
    assert solution.lower_bound <= solution.cost
    assert solution.lower_bound == pytest.approx(6.0, rel=0.02)


def test_a_plan_that_leaves_somebody_behind_has_no_bound(line):
    problem = line()
    assert problem.solution_from_routes([[0, 1]]).lower_bound is None


def test_whom_nobody_can_serve_is_left_out_of_the_bound(line):
    problem = line({"demand": [1.0, 1.0, 99.0]})
    solution = problem.solve(time_limit=1)
    assert not solution.is_complete
    assert 0 < solution.lower_bound <= solution.cost == 4.0
