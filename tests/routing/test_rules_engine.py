"""The compiled engine for all rules: what it keeps up to date is what the schedule says."""

import dataclasses

import numba
import numpy as np
import pytest

from flowopt import CancelToken
from flowopt.routing import RoutingProblem
from flowopt.routing.computed import ComputedTravel
from flowopt.routing.engines.ruin_recreate import QUICK
from flowopt.routing.engines.rules_data import rules_data, to_routes
from flowopt.routing.engines.rules_search import can_be_served
from flowopt.routing.engines.rules_threads import (
    RulesApart,
    RulesTogether,
    RulesWorker,
    share_work_under_rules,
)
from flowopt.routing.kernels.records import Record
from flowopt.routing.kernels.rules_layout import COST, FIXED, SIZE
from flowopt.routing.ranking import rank
from flowopt.routing.schedule import holds, schedule_route


def assert_as_the_schedule_says(problem, threads, plan):
    """Every route of a plan holds, and costs what the kernels think; so does the whole."""
    routes = to_routes(threads.data, plan)
    costs = plan.amount[plan.route[:, SIZE] > 0, COST]
    for (k, stops), cost in zip(routes, costs, strict=True):
        schedule = schedule_route(problem, k, np.array(stops), slack=False)
        assert holds(problem, k, schedule), (k, stops, schedule.broken)
        first = threads.data.vehicle[k, FIXED] - problem.vehicle_types.fixed_cost[k]
        assert schedule.cost + first == pytest.approx(cost, rel=1e-7, abs=1e-7), (k, stops)
    visits = [stop for _, stops in routes for stop in stops if stop >= 0]
    assert len(visits) == len(set(visits))
    if len(threads.clients) == problem.num_clients:
        told = plan.cost[0] - threads._extra(plan)
        assert told == pytest.approx(rank(problem, routes).cost, rel=1e-6, abs=1e-5)


@pytest.mark.parametrize("seeds", [range(0, 40), range(40, 80), range(80, 120)])
def test_routes_cost_what_the_schedule_says_under_any_rules(random_problem, seeds):
    for seed in seeds:
        problem = random_problem(np.random.default_rng(seed), 9)
        clients = can_be_served(problem)
        if len(clients):
            threads = RulesTogether(problem, clients, [], 1, seed)
            worker = threads.workers[0]
            for iterations, temperature in ((30, 20.0), (200, 5.0)):
                worker.run(iterations, temperature)
                assert_as_the_schedule_says(problem, threads, worker.plan)
            worker.run_to_fewer(50, 5.0)
            assert_as_the_schedule_says(problem, threads, worker.plan)


@pytest.mark.parametrize("seeds", [range(500, 515), range(515, 530)])
def test_the_best_plan_of_few_clients_is_found_under_any_rules(random_problem, best_plan, seeds):
    for seed in seeds:
        problem = random_problem(np.random.default_rng(seed), 4)
        if problem.features <= QUICK:
            continue
        solution = problem.solve(engine="ruin_recreate", iteration_limit=1500, seed=1, workers=1)
        found = rank(problem, [(route.vehicle_type, route.stops) for route in solution.routes])
        due = best_plan(problem)[0]
        assert found[:2] == due[:2], (seed, sorted(problem.features))
        assert found.cost == pytest.approx(due[2], abs=1e-6), (seed, sorted(problem.features))


def couriers(num_shipments: int, seed: int = 0, **rules) -> RoutingProblem:
    """A problem of shipments with windows."""
    rng = np.random.default_rng(seed)
    n = 2 * num_shipments
    places = rng.uniform(0, 100, (n + 1, 2))
    early = rng.uniform(0, 300, n)
    early[num_shipments:] = early[:num_shipments] + 60
    return RoutingProblem.from_arrays(
        {"demand": [0.0] * n, "tw_early": early, "tw_late": early + 150, "service_duration": 3.0},
        {"num_available": num_shipments, "capacity": 12.0, "tw_late": 900.0},
        distance_matrix=np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1)),
        coordinates=places,
        shipments={
            "id": np.arange(num_shipments),
            "pickup": np.arange(num_shipments) + 1,
            "delivery": np.arange(num_shipments) + num_shipments + 1,
            "demand": rng.integers(1, 7, num_shipments).astype(float),
        },
        **rules,
    )


def test_the_seed_and_the_iterations_fix_the_answer_of_two_threads():
    problem = couriers(20)
    plans = [problem.solve(iteration_limit=1500, workers=2, seed=3) for _ in range(2)]
    assert plans[0].outcome.details["kernels"] == "rules"
    stops = [[route.stops.tolist() for route in plan.routes] for plan in plans]
    assert stops[0] == stops[1]


@pytest.mark.parametrize(("first", "routes", "cost"), [(False, 3, 12.0), (True, 1, 60.0)])
def test_one_dear_vehicle_is_better_than_three_cheap_ones_when_vehicles_come_first(
    line, first, routes, cost
):
    fleet = {"num_available": [3, 1], "capacity": [1.0, 9.0], "unit_distance_cost": [1.0, 10.0]}
    problem = line(vehicle_types=fleet, clients={"pickup": 0.5}, vehicles_first=first)
    solution = problem.solve(iteration_limit=500, workers=1)
    assert (len(solution.routes), solution.cost) == (routes, cost)


def test_routes_are_emptied_one_by_one_in_the_search_for_fewer():
    problem = couriers(25, vehicles_first=True)
    alone = [(0, [c, c + 25]) for c in range(25)]
    threads = RulesTogether(problem, can_be_served(problem), alone, 1, 0)
    assert threads.num_routes() == 25
    threads.workers[0].run_to_fewer(300, 10.0)
    assert threads.num_routes() < 10
    assert_as_the_schedule_says(problem, threads, threads.workers[0].plan)


def test_room_is_made_around_whom_the_search_for_fewer_leaves_out():
    left = []
    for seed in range(3):
        problem = couriers(150, seed, vehicles_first=True)
        threads = RulesTogether(problem, can_be_served(problem), [], 1, 0)
        for _ in range(4):
            threads.workers[0].run_to_fewer(500, 10.0)
        left.append(threads.num_routes())
    assert sum(left) <= 57, left  # 58 when strings are taken out anywhere


def test_a_plan_to_start_from_is_never_made_worse():
    problem = couriers(20)
    good = problem.solve(iteration_limit=4000, workers=1, seed=1)
    again = problem.solve(iteration_limit=1, workers=1, initial=good)
    assert again.cost <= good.cost + 1e-9


def test_threads_on_parts_of_a_plan_keep_shipments_whole():
    problem = couriers(360)
    clients = can_be_served(problem)
    threads = share_work_under_rules(problem, clients, [], 2, 0)
    assert isinstance(threads, RulesApart)
    before = threads.best()[0]
    for _ in range(3):
        for worker in threads.workers:
            worker.run(100, 1.0)
        threads.meet()
    cost, routes = threads.best()
    assert cost < before
    assert all(holds(problem, k, schedule_route(problem, k, np.array(v))) for k, v in routes)
    assert sorted(c for _, visits in routes for c in visits) == clients.tolist()


def test_ways_that_are_computed_are_searched_as_those_of_a_matrix():
    problem = couriers(15)
    computed = ComputedTravel(problem.points, "euclidean")
    plans = [
        each.solve(iteration_limit=500, workers=1)
        for each in (problem, dataclasses.replace(problem, travel=computed))
    ]
    assert plans[0].is_complete
    assert plans[1].cost == pytest.approx(plans[0].cost)


def test_a_cancelled_search_answers_with_what_it_has():
    token = CancelToken()
    solution = couriers(20).solve(
        time_limit=60, cancel=token, on_progress=lambda progress: token.cancel()
    )
    assert solution.limit == "CANCELLED"
    assert solution.is_complete


def test_a_shipment_of_which_one_end_cannot_be_served_is_left_as_a_whole():
    problem = couriers(3)
    far = problem.clients.tw_late.copy()
    far[4] = 0.5  # the delivery of the second: nobody is there so soon
    early = np.minimum(problem.clients.tw_early, far)
    clients = dataclasses.replace(problem.clients, tw_early=early, tw_late=far)
    problem = dataclasses.replace(problem, clients=clients)
    assert can_be_served(problem).tolist() == [0, 2, 3, 5]
    solution = problem.solve(iteration_limit=100, workers=1)
    assert sorted(entry.client for entry in solution.unserved) == [1, 4]
    assert solution.check().ok


def test_the_kernels_are_compiled_once_for_all_problems():
    matrix = RoutingProblem.from_arrays(
        {"demand": [1.0, 1.0]},
        {"num_available": 2, "capacity": 1.0},
        distance_matrix=np.ones((3, 3)) - np.eye(3),
    )
    left = couriers(3).solution_from_routes([[0, 1]]).remaining(stability_cost=9.0)
    kinds = {numba.typeof(rules_data(problem)) for problem in (matrix, couriers(3), left)}
    assert len(kinds) == 1


def searched(problem, clients, iterations=300, data=None, **scratch):
    """Return the cost and the random numbers of a worker after some iterations.

    `data` and `scratch` are fields of these that differ.
    """
    whole = rules_data(problem)._replace(**(data or {}))
    worker = RulesWorker(Record(whole), problem.vehicle_types.num_available, clients, 1, [])
    worker.scratch = Record(worker.scratch.fields._replace(**scratch))
    worker.fill(lambda: False)
    worker.run(iterations, 3.0)
    worker.run_to_fewer(iterations // 10, 3.0)
    return float(worker.plan.cost[0]), int(worker.plan.random[0])


@pytest.mark.parametrize("seeds", [range(0, 25), range(25, 50)])
def test_places_that_are_sorted_out_would_never_have_been_taken(random_problem, seeds):
    for seed in seeds:
        problem = random_problem(np.random.default_rng(seed), 12)
        clients = can_be_served(problem)
        if len(clients) > 1:
            near_time = np.full_like(rules_data(problem).near_time, -np.inf)
            all_places = {"bend": 1e15, "near_time": near_time}
            same = searched(problem, clients, data=all_places)
            assert searched(problem, clients) == same, sorted(problem.features)


LUNCH = {"vehicle_type": ["vehicle"], "tw_early": [200.0], "tw_late": [400.0], "duration": [30.0]}


@pytest.mark.parametrize("rules", [{}, {"breaks": LUNCH}])
def test_what_is_remembered_of_shipments_changes_no_answer(rules):
    problem = couriers(25, **rules)
    clients = can_be_served(problem)
    nothing = np.zeros((0, 1), dtype=np.int64)
    assert searched(problem, clients, known_of=nothing) == searched(problem, clients)
