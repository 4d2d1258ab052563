import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowopt.core.options import Options, Run
from flowopt.routing import RoutingProblem
from flowopt.routing.engines.kernel_data import kernel_data, nearest, to_plan, to_routes
from flowopt.routing.engines.ruin_recreate import Team, copy, new_worker
from flowopt.routing.kernels.layout import BANK, PRIZE, SIZE, Plan
from flowopt.routing.kernels.search import search


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
    worker = new_worker(problem, data, np.arange(problem.num_clients), seed)
    to_plan(data, worker.plan, [])
    copy(worker.plan, worker.best)
    search(data, worker.plan, worker.best, worker.scratch, 3000, 20.0)
    for plan in (worker.plan, worker.best):
        routes = to_routes(plan)
        solution = problem.solution_from_routes([v for _, v in routes], [k for k, _ in routes])
        assert solution.check().ok
        bank = plan.bank[: plan.counts[BANK]]
        required = bank[problem.clients.required[bank]]
        lost = data.client[required, PRIZE].sum()
        assert plan.cost[0] - lost == pytest.approx(solution.cost, abs=1e-6)


def test_routes_put_into_a_plan_come_out_again():
    problem = problem_of(3)
    data = kernel_data(problem)
    worker = new_worker(problem, data, np.arange(problem.num_clients), 0)
    given_routes = [(2, [4, 9]), (0, [7])]
    to_plan(data, worker.plan, given_routes)
    assert sorted(to_routes(worker.plan)) == sorted(given_routes)
    assert worker.plan.counts[BANK] == problem.num_clients - 3


def test_the_plans_of_two_threads_share_no_memory():
    team = Team(problem_of(1), np.arange(30), Run(Options(workers=2)))
    first, second = (worker.plan for worker in team.workers)
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


def test_empty_routes_of_the_best_plan_are_not_read():
    problem = problem_of(8)
    team = Team(problem, np.arange(30), Run(Options(workers=1, iteration_limit=500)))
    team.search()
    served = [client for _, visits in team.best_routes() for client in visits]
    assert len(served) == len(set(served))
    assert (team.best.route[:, SIZE] > 0).sum() == len(team.best_routes())
