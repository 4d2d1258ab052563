import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowopt.routing import RoutingProblem
from flowopt.routing.engines import construction
from flowopt.routing.engines.disguise import disguised
from flowopt.routing.engines.kernel_data import kernel_data, nearest, to_routes
from flowopt.routing.engines.route_list import RouteList
from flowopt.routing.engines.ruin_recreate import (
    _LOCAL_FROM_SHORT,
    QUICK,
    _loaded,
    load_kernels,
    local_from,
)
from flowopt.routing.engines.threads import Apart, Together, new_worker, share_work
from flowopt.routing.kernels.layout import BANK, PRIZE, Plan


def problem_of(seed: int, n: int = 30, **fleet: object) -> RoutingProblem:
    """A problem with windows, two depots and three vehicle types, made at random."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, 100, (n + 2, 2))
    way = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    early = rng.uniform(0, 400, n)
    return RoutingProblem.from_arrays(
        {
            "demand": rng.integers(1, 9, (n, 2)).astype(float),
            "service_duration": 5.0,
            "tw_early": early,
            "tw_late": early + rng.uniform(30, 300, n),
            "required": rng.random(n) < 0.9,
            "prize": rng.uniform(0, 60, n),
        },
        {
            "num_available": [6, 3, 40],
            "capacity": [[20.0, 30.0], [40.0, 40.0], [15.0, 15.0]],
            "depot": ["east", "west", "west"],
            "fixed_cost": [10.0, 20.0, 8.0],
            "unit_distance_cost": [1.0, 1.2, 0.9],
            "tw_late": [900.0, 800.0, np.inf],
            **fleet,
        },
        {"id": ["east", "west"]},
        distance_matrix=way,
        duration_matrix=way * 1.1,
    )


RICH = {"unit_duration_cost": [0.2, 0.1, 0.3], "max_duration": [300.0, 500.0, 250.0]}


@pytest.mark.parametrize("fleet", [{}, RICH, {**RICH, "max_distance": [200.0, 250.0, 150.0]}])
@given(seed=st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_the_cost_that_is_kept_up_to_date_is_that_of_the_plan(fleet, seed):
    problem = problem_of(seed, **fleet)
    data = kernel_data(problem)
    available = problem.vehicle_types.num_available
    worker = new_worker(data, available, np.arange(problem.num_clients), seed, RouteList.of([]))
    worker.run(data, 3000, 20.0)
    for plan in (worker.plan, worker.best):
        routes = to_routes(plan).to_routes()
        solution = problem.solution_from_routes([v for _, v in routes], [k for k, _ in routes])
        assert solution.check().ok
        bank = plan.bank[: plan.counts[BANK]]
        required = bank[problem.clients.required[bank]]
        lost = data.client[required, PRIZE].sum()
        assert plan.cost[0] - lost == pytest.approx(solution.cost, abs=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_durations_are_kept_where_nothing_has_a_window(seed):
    rng = np.random.default_rng(seed)
    problem = RoutingProblem.from_arrays(
        {"demand": [1.0] * 60, "service_duration": 3.0},
        {"num_available": 60, "capacity": 60.0, "max_duration": 200.0},
        coordinates=rng.integers(0, 60, (61, 2)).astype(float),
    )
    solution = problem.solve(iteration_limit=4000, workers=1, seed=seed)
    durations = solution.to_frame("routes")["duration"]
    assert max(durations) <= 200.0
    assert solution.is_complete


def fleet_of(seed: int, num_available: list[int]) -> RoutingProblem:
    """A problem with two depots and three vehicle types, without any times."""
    rng = np.random.default_rng(seed)
    return RoutingProblem.from_arrays(
        {"demand": rng.integers(1, 9, 40).astype(float)},
        {
            "num_available": num_available,
            "capacity": [15.0, 30.0, 60.0],
            "depot": ["east", "west", "west"],
            "fixed_cost": [10.0, 25.0, 60.0],
            "unit_distance_cost": [1.0, 1.2, 1.5],
        },
        {"id": ["east", "west"]},
        coordinates=rng.uniform(0, 100, (42, 2)),
    )


@pytest.mark.parametrize("num_available", [[40, 40, 40], [3, 4, 3]])
@given(seed=st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_routes_change_their_vehicle_types_and_the_cost_is_kept(num_available, seed):
    problem = fleet_of(seed, num_available)
    data, clients = kernel_data(problem), np.arange(problem.num_clients)
    worker = new_worker(data, np.array(num_available), clients, seed, RouteList.of([]))
    worker.run(data, 3000, 20.0)
    for plan in (worker.plan, worker.best):
        routes = to_routes(plan).to_routes()
        solution = problem.solution_from_routes([v for _, v in routes], [k for k, _ in routes])
        assert solution.check().ok
        assert plan.cost[0] - data.client[plan.bank[: plan.counts[BANK]], PRIZE].sum() == (
            pytest.approx(solution.cost, abs=1e-6)
        )


def test_a_route_that_a_cheaper_vehicle_could_drive_is_given_to_it():
    problem = fleet_of(1, [1, 1, 1])
    visits = np.argsort(problem.clients.demand[:, 0])[:6]  # fit into the smallest
    worker = new_worker(
        kernel_data(problem), np.ones(3, dtype=int), visits, 1, RouteList.of([(2, visits.tolist())])
    )
    worker.run(kernel_data(problem), 1, 0.0)
    assert 2 not in to_routes(worker.plan).types


def test_routes_put_into_a_plan_come_out_again():
    problem = problem_of(3)
    data = kernel_data(problem)
    available = problem.vehicle_types.num_available
    given_routes = [(2, [4, 9]), (0, [7])]
    routes = RouteList.of(given_routes)
    worker = new_worker(data, available, np.arange(problem.num_clients), 0, routes)
    assert sorted(to_routes(worker.plan).to_routes()) == sorted(given_routes)
    assert worker.plan.counts[BANK] == problem.num_clients - 3


def test_the_plans_of_two_threads_share_no_memory():
    threads = Together(problem_of(1), np.arange(30), [], 2, 0)
    first, second = (worker.plan for worker in threads.workers)
    for name in Plan._fields:
        assert not np.shares_memory(getattr(first, name), getattr(second, name)), name


def test_the_seed_and_the_iterations_fix_the_answer_with_two_threads():
    problem = problem_of(5, n=60)
    answers = {problem.solve(iteration_limit=4000, workers=2, seed=7).cost for _ in range(3)}
    assert len(answers) == 1


def test_near_clients_are_the_closest_when_nothing_is_timed():
    rng = np.random.default_rng(0)
    places = rng.uniform(0, 1, (61, 2))
    way = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    problem = RoutingProblem.from_arrays(
        {"demand": np.ones(60)}, {"num_available": 60, "capacity": 9.0}, distance_matrix=way
    )
    near = nearest(problem, way, way, timed=False)
    apart = way[1:, 1:] + np.diag(np.full(60, np.inf))
    assert np.array_equal(near, np.argsort(apart, axis=1)[:, :40])


@pytest.mark.parametrize("kind", ["exact", "rounded", "one way longer"])
def test_no_place_near_costs_less_than_the_search_takes_it_to_cost_at_least(kind):
    rng = np.random.default_rng(1)
    places = rng.uniform(0, 30, (81, 2))
    way = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    if kind == "rounded":
        way = np.rint(way)
    elif kind == "one way longer":
        way = way * rng.uniform(1, 1.5, way.shape)
    problem = RoutingProblem.from_arrays(
        {"demand": np.ones(80)}, {"num_available": 80, "capacity": 9.0}, distance_matrix=way
    )
    data = kernel_data(problem)
    assert (data.bend < 1e-9) == (kind == "exact")
    assert np.array_equal(data.distance_into, data.distance.T)
    c, v = np.arange(80)[:, None, None], data.near[:, :, None]
    b = data.near[data.near]
    detour = way[1 + v, 1 + c] + way[1 + c, 1 + b] - way[1 + v, 1 + b]
    least = 2 * (data.near_way[:, :, None] - way[1 + v, 1 + b] - data.bend)
    assert (detour - least)[b != c].min() >= -1e-9
    apart = np.ones((80, 80), dtype=bool)
    apart[np.arange(80)[:, None], data.near] = False
    np.fill_diagonal(apart, False)
    nearer = np.minimum(way[1:, 1:], way[1:, 1:].T)
    assert (nearer >= data.far[:, None] + data.bend)[apart].all()


def test_a_search_that_begins_from_nothing_knows_how_long_its_routes_are():
    short = problem_of(3, n=60)
    threads = Together(short, np.arange(60), [], 2, 0)
    assert local_from(threads) == _LOCAL_FROM_SHORT


@pytest.mark.parametrize("computed", [False, True])
def test_kernels_that_are_loaded_are_not_loaded_again(computed):
    load_kernels(computed)
    assert _loaded(computed)


def test_a_small_problem_ends_by_itself():
    solution = problem_of(2, n=5).solve(time_limit=60)
    assert solution.limit is None
    assert solution.runtime < 30


def test_a_fleet_that_is_too_small_serves_whom_it_can():
    problem = problem_of(4, num_available=[1, 0, 0])
    solution = problem.solve(time_limit=0.5)
    assert len(solution.routes) == 1
    assert {str(entry.reason) for entry in solution.unserved} <= {
        "fleet_exhausted",
        "not_worth_it",
        "time_window",
        "shift",
        "capacity",
    }
    assert solution.check().ok


def test_no_route_uses_a_way_that_is_not_there():
    problem = problem_of(6)
    way = problem.travel.distance.copy()
    way[2:12, 12:] = np.inf
    cut = problem.replace(travel=type(problem.travel)(way, way))
    solution = cut.solve(time_limit=0.5, engine="ruin_recreate")
    assert np.isfinite(solution.cost)
    assert solution.check().ok


@pytest.fixture(scope="module")
def large():
    """900 clients on a map, with windows and two types of vehicles."""
    rng = np.random.default_rng(1)
    n = 900
    x, y = rng.uniform(0, 100, (2, n))
    early = rng.uniform(0, 500, n)
    return RoutingProblem.from_frames(
        {
            "id": np.arange(n),
            "x": x,
            "y": y,
            "demand": rng.integers(1, 9, n).astype(float),
            "tw_early": early,
            "tw_late": early + 200.0,
            "service_duration": np.full(n, 4.0),
        },
        {
            "id": ["a", "b"],
            "num_available": [300, 40],
            "capacity": [40.0, 80.0],
            "fixed_cost": [10.0, 15.0],
        },
        {"id": ["depot"], "x": [50.0], "y": [50.0]},
        metric="euclidean",
    )


def test_threads_on_parts_keep_all_clients_and_vehicles(large):
    threads = share_work(large, np.arange(900), [], 2, 3)
    assert isinstance(threads, Apart)
    for _ in range(5):
        for worker in threads.workers:
            worker.run(threads.data, 300, 5.0)
        parts = [set(worker.plan.members.tolist()) for worker in threads.workers]
        assert parts[0] | parts[1] == set(range(900))
        assert not parts[0] & parts[1]
        vehicles = sum(worker.plan.route.shape[0] for worker in threads.workers)
        assert vehicles <= large.vehicle_types.num_available.sum()
        threads.meet()
    cost, routes = threads.best()
    solution = large.solution_from_routes([v for _, v in routes], [k for k, _ in routes])
    assert solution.check().ok
    assert cost == pytest.approx(solution.cost)
    assert threads.cost() == pytest.approx(cost)


def test_threads_on_parts_never_lose_the_best_plan(large):
    threads = share_work(large, np.arange(900), [], 2, 3)
    best = np.inf
    for round_ in range(6):
        for worker in threads.workers:
            worker.run(threads.data, 200, 50.0 / (round_ + 1))
        assert threads.cost() <= best + 1e-6
        best = threads.cost()
        threads.meet()
    assert threads.best()[0] == pytest.approx(best)


def test_parts_give_the_same_answer_for_the_same_seed(large):
    answers = {large.solve(iteration_limit=2000, workers=2, seed=1).cost for _ in range(2)}
    assert len(answers) == 1


def test_rules_that_look_like_loads_are_kept_by_the_quick_kernels():
    rng = np.random.default_rng(4)
    places = rng.integers(0, 100, (31, 2)).astype(float)
    apart = np.abs(places[:, None] - places[None, :]).sum(axis=2)
    backhaul = np.arange(30) % 3 == 0
    problem = RoutingProblem.from_arrays(
        {
            "demand": np.where(backhaul, 0, 2),
            "pickup": np.where(backhaul, 3, 0),
            "sequence": backhaul.astype(float),
            "skills": np.where(np.arange(30) % 5 == 0, "cold", ""),
        },
        {"num_available": [9, 2], "capacity": 12, "max_visits": [5, 6], "skills": ["", "cold"]},
        distance_matrix=apart,
    )
    assert problem.features <= QUICK | disguised(problem)
    solution = problem.solve(iteration_limit=20_000, seed=1)
    assert solution.check().ok
    assert solution.is_complete
    assert {route.vehicle_type for route in solution.routes} == {0, 1}


def test_a_wait_for_a_core_is_not_taken_for_the_time_that_the_answer_needs(monkeypatch):
    schedule = construction.schedule_route

    def schedule_late(*args):
        time.sleep(0.02)  # as when another process has the core
        return schedule(*args)

    monkeypatch.setattr(construction, "schedule_route", schedule_late)
    routes = [(0, [client]) for client in range(8)]
    assert construction.seconds_to_finish(problem_of(0), routes) < 12 * 7 * 0.02
