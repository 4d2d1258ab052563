"""OR-Tools as a second engine: its model states the rules exactly, and what it cannot, it refuses.

The model is looked at without a plan to start from, which would hide what it gets wrong.
"""

from __future__ import annotations

import dataclasses
import time

import numpy as np
import pytest

from flowopt.core.errors import UnsupportedFeatureError
from flowopt.core.options import Options, Run
from flowopt.routing import RoutingProblem
from flowopt.routing.engines import ortools
from flowopt.routing.engines.construction import candidates
from flowopt.routing.engines.ortools_limits import add_limits
from flowopt.routing.engines.ortools_model import Model, pywrapcp
from flowopt.routing.engines.ortools_search import Search
from flowopt.routing.parts import NO_BREAKS, NO_TRAFFIC
from flowopt.routing.ranking import lost_prizes, missing, rank
from flowopt.routing.schedule import holds, schedule_route
from flowopt.routing.solve import ENGINES

(ENGINE,) = [engine for engine in ENGINES if engine.name == "ortools"]


def without_what_it_refuses(problem, seed):
    """Return a problem without the rules that OR-Tools is not given; None where that is not all."""
    k = problem.num_vehicle_types
    free = np.full(k, np.inf)
    types = dataclasses.replace(
        problem.vehicle_types,
        max_reloads=np.zeros(k),
        max_driving_before_break=free,
        max_driving_duration=free,
    )
    if len(problem.time_windows) and seed % 2:
        types = dataclasses.replace(types, max_duration=free, unit_duration_cost=np.zeros(k))
    problem = problem.replace(vehicle_types=types, breaks=NO_BREAKS, traffic=NO_TRAFFIC)
    clients = candidates(problem)
    try:
        ortools._refuse(problem, clients)
    except UnsupportedFeatureError:
        return None
    return (problem, clients) if len(clients) > 1 else None


def model_of(problem, clients, start=()):
    model = Model(problem, clients, list(start), 0, lambda: False)
    add_limits(model)
    return model


@pytest.mark.parametrize("seeds", [range(0, 60), range(60, 120), range(120, 180)])
def test_every_route_of_the_model_holds(random_problem, seeds):
    looked_at = 0
    for seed in seeds:
        given = random_problem(np.random.default_rng(seed), 6)
        found = without_what_it_refuses(given, seed)
        if found is None:
            continue
        problem, clients = found
        assert problem.features <= ENGINE.features
        with Run(Options(iteration_limit=300)) as run:
            plan = Search(model_of(problem, clients), run, time.perf_counter() + 60).run_from([])
        for k, visits in plan:
            schedule = schedule_route(problem, k, np.array(visits), slack=False)
            assert holds(problem, k, schedule), (seed, k, visits, schedule.broken)
            looked_at += 1
    assert looked_at > 20


@pytest.mark.parametrize("seeds", [range(0, 50), range(50, 100)])
def test_the_model_takes_the_best_plan_at_its_price(random_problem, best_plan, seeds):
    looked_at = 0
    for seed in seeds:
        found = without_what_it_refuses(random_problem(np.random.default_rng(seed), 4), seed)
        if found is None:
            continue
        problem, clients = found
        due, routes = best_plan(problem)
        plan = [(k, list(visits)) for k, visits in routes if len(visits)]
        model = model_of(problem, clients, plan)
        model.routing.CloseModelWithParameters(pywrapcp.DefaultRoutingSearchParameters())
        taken = model.routing.ReadAssignmentFromRoutes(model.routes(plan), True)
        assert taken is not None, (seed, plan, sorted(problem.features))
        served = np.zeros(problem.num_clients, dtype=np.bool_)
        served[[client for _, visits in plan for client in visits]] = True
        others = served.copy()  # whom nobody can serve is not in the model
        others[np.setdiff1d(np.arange(problem.num_clients), clients)] = True
        cost = due[2] - lost_prizes(problem, served) + lost_prizes(problem, others)
        objective = taken.ObjectiveValue()
        assert model.cost_of(objective) == pytest.approx(cost, rel=1e-4, abs=1e-4), seed
        assert objective // model.prices.missing == missing(problem, others), seed
        looked_at += 1
    assert looked_at > 15


@pytest.mark.parametrize("seed", [3, 5, 8, 11, 17, 20, 26, 31, 33, 40])
def test_neither_engine_finds_what_the_other_rules_out(random_problem, best_plan, seed):
    found = without_what_it_refuses(random_problem(np.random.default_rng(seed), 4), seed)
    if found is None:
        pytest.skip("a problem of rules that it refuses")
    problem, _ = found
    due = best_plan(problem)[0]
    for engine in ("ortools", "ruin_recreate"):
        solution = problem.solve(engine=engine, iteration_limit=1500, workers=1)
        assert solution.check().ok
        ranked = rank(problem, [(route.vehicle_type, route.stops) for route in solution.routes])
        assert tuple(ranked) >= (*due[:2], due[2] - 1e-6), engine
        if engine == "ruin_recreate":
            assert tuple(ranked) <= (*due[:2], due[2] + 1e-6)


# ---- what it refuses


def small(clients=None, fleet=None, **rules):
    return RoutingProblem.from_arrays(
        {"demand": [1.0, 1.0]} | (clients or {}),
        {"num_available": 2, "capacity": 5.0} | (fleet or {}),
        coordinates=[[0, 0], [1, 0], [2, 0]],
        **rules,
    )


@pytest.mark.parametrize(
    ("clients", "fleet", "rules", "name"),
    [
        ({}, {"max_reloads": 1}, {}, "reloads"),
        ({}, {"max_driving_duration": 9}, {}, "driving_rules"),
        ({}, {}, {"traffic": {"start": [1], "speed_factor": [2]}}, "traffic"),
        (
            {},
            {},
            {"breaks": {"vehicle_type": ["vehicle"], "tw_early": [1], "duration": [1]}},
            "breaks",
        ),
        (
            {},
            {"unit_duration_cost": 1.0},
            {"time_windows": {"client": [1, 1], "tw_early": [0, 5], "tw_late": [2, 9]}},
            "several_windows with limits or costs of duration",
        ),
        (
            {"tw_early": 5.0},
            {},
            {"longest_duration_cost": 1.0},
            "longest_duration_cost with times of the day",
        ),
        (
            {"tw_early": 5.0},
            {"tw_late": 50, "max_duration": 9, "max_overtime": 9, "unit_overtime_cost": 1.0},
            {},
            "overtime beyond both a shift and a max_duration",
        ),
    ],
)
def test_what_it_cannot_state_is_named(clients, fleet, rules, name):
    problem = small(clients, fleet, **rules)
    with pytest.raises(UnsupportedFeatureError, match=name):
        problem.solve(engine="ortools", time_limit=1)
    assert problem.solve(engine="construct").check().ok


# ---- where it would crash or stay silent


def test_windows_far_apart_on_a_fine_clock_do_not_end_the_process():
    third = 1 / 3
    problem = small(
        {"service_duration": [third, third]},
        {"unit_duration_cost": 0.0},
        time_windows={
            "client": [1, 1, 1],
            "tw_early": [third, 40000.0, 90000.0],
            "tw_late": [1.0, 50000.0, 90000.0 + third],
        },
    )
    assert problem.solve(engine="ortools", iteration_limit=50).check().ok


def test_a_client_without_a_window_in_its_hours_is_left_out():
    problem = small(
        {"tw_early": [50.0, 0.0]},
        time_windows={"client": [1], "tw_early": [5.0], "tw_late": [9.0]},
    )
    solution = problem.solve(engine="ortools", iteration_limit=50)
    assert [entry.client for entry in solution.unserved] == [0]


def test_an_idle_vehicle_needs_no_way_home():
    ways = np.array([[0, np.inf, 1, 2], [9, 0, 1, 2], [1, 1, 0, 1], [2, 2, 1, 0]], dtype=float)
    problem = RoutingProblem.from_arrays(
        {"demand": [1.0, 1.0], "tw_late": 50.0},
        {"num_available": 2, "capacity": 5.0, "start_depot": "a", "end_depot": "b"},
        {"id": ["a", "b"]},
        distance_matrix=ways,
    )
    model = model_of(problem, candidates(problem))
    with Run(Options(iteration_limit=100)) as run:
        plan = Search(model, run, time.perf_counter() + 60).run_from([])
    assert len(plan) == 1
    assert sorted(plan[0][1]) == [0, 1]


def test_priorities_of_many_clients_do_not_overflow():
    n = 1999
    problem = RoutingProblem.from_arrays(
        {"demand": np.ones(n), "priority": np.full(n, 100)},
        {"num_available": 300, "capacity": 10.0, "fixed_cost": 1e6},
        coordinates=np.random.default_rng(0).random((n + 1, 2)) * 1e5,
        vehicles_first=True,
    )
    start = [(0, list(range(begin, min(begin + 10, n)))) for begin in range(0, n, 10)]
    prices = Model(problem, np.arange(n), start, 0, lambda: False).prices
    assert prices.missing * 101 * n < 2**62
    assert prices.missing > len(start) * prices.vehicle > prices.cost(rank(problem, start).cost)


def test_a_vehicle_under_way_goes_home_for_nothing():
    problem = RoutingProblem.from_arrays(
        {"id": ["a", "b", "c"], "service_duration": 1.0},
        {"num_available": 2},
        coordinates=[[0, 0], [10, 0], [20, 0], [9, 1]],
    )
    left = problem.solution_from_routes([[0, 1], [2]]).remaining(10)
    compiled, other = (
        left.solve(engine=engine, iteration_limit=500, workers=1)
        for engine in ("ruin_recreate", "ortools")
    )
    assert other.cost == pytest.approx(compiled.cost)
    model = model_of(left, candidates(left))
    with Run(Options(iteration_limit=500)) as run:
        plan = Search(model, run, time.perf_counter() + 60).run_from([])
    assert rank(left, plan).cost == pytest.approx(compiled.cost)
