"""Many clients: ways computed from coordinates, neighbours from a tree, no square of memory."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from flowopt.core import ValidationError
from flowopt.core.errors import Failures
from flowopt.routing import RoutingProblem
from flowopt.routing.alone import hopeless
from flowopt.routing.computed import ComputedTravel, as_matrices, checked, travel_between
from flowopt.routing.engines.kernel_data import kernel_data
from flowopt.routing.engines.numbering import along_a_curve
from flowopt.routing.engines.quick_start import quick_start
from flowopt.routing.engines.route_list import RouteList
from flowopt.routing.engines.ruin_recreate import heat
from flowopt.routing.kernels.ways import length
from flowopt.routing.metrics import METRICS, usual_detour
from flowopt.routing.travel import MatrixTravel, Points


def places_of(metric: str, n: int) -> Points:
    rng = np.random.default_rng(0)
    if metric == "haversine":
        return Points(rng.uniform(1, 4, n + 1), rng.uniform(44, 47, n + 1), geographic=True)
    return Points(*rng.uniform(0, 1000, (2, n + 1)))


def pair_of(metric: str, n: int = 60, windows: bool = False) -> tuple[RoutingProblem, ...]:
    """Return the same problem with matrices and with ways that are computed."""
    rng, points = np.random.default_rng(1), places_of(metric, n)
    pace = 60.0 if metric == "haversine" else 1.0
    columns: dict[str, Any] = {"demand": rng.integers(1, 9, n)}
    if windows:
        early = rng.uniform(0, 3000, n) * pace
        columns |= {"tw_early": early, "tw_late": early + 900 * pace}
    travel = ComputedTravel(points, metric, usual_detour(metric), pace)
    problem = RoutingProblem.from_arrays(
        columns,
        {"num_available": n, "capacity": 40},
        coordinates=np.column_stack([points.x, points.y]),
        geographic=points.geographic,
    )
    return replace(problem, travel=as_matrices(travel)), replace(problem, travel=travel)


def many(n: int = 6000, **columns: Any) -> RoutingProblem:
    rng = np.random.default_rng(2)
    return RoutingProblem.from_arrays(
        {"demand": rng.integers(1, 4, n)} | columns,
        {"num_available": n, "capacity": 60},
        coordinates=rng.uniform(0, 10_000, (n + 1, 2)),
        metric="euclidean_rounded",
    )


# ---- ways


@pytest.mark.parametrize("metric", METRICS)
def test_computed_ways_are_those_of_the_matrix(metric: str) -> None:
    points, every = places_of(metric, 30), np.arange(31)
    dense = travel_between(points, metric, pace=2.5)
    computed = ComputedTravel(points, metric, usual_detour(metric), 2.5)
    assert isinstance(dense, MatrixTravel)
    for ours, theirs in zip(
        computed.legs(every[:, None], every), dense.legs(*np.ix_(every, every)), strict=True
    ):
        assert ours == pytest.approx(theirs, rel=1e-12, abs=1e-12)
    assert computed.complete
    assert computed.symmetric
    assert dense.symmetric
    assert dense.largest <= computed.largest <= 2 * dense.largest


@pytest.mark.parametrize("metric", METRICS)
def test_kernels_compute_the_ways_that_python_computes(metric: str) -> None:
    _, problem = pair_of(metric)
    data = kernel_data(problem)
    for formula, ways in zip(
        (data.distance, data.duration), problem.travel.legs(3, np.arange(61)), strict=True
    ):
        ours = [length.py_func(formula, 3, j) for j in range(61)]
        assert ours == pytest.approx(ways.tolist(), rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("windows", [False, True])
def test_the_same_answer_comes_of_matrices_and_of_computed_ways(metric: str, windows: bool) -> None:
    dense, computed = pair_of(metric, windows=windows)
    limits: dict[str, Any] = {"iteration_limit": 500, "seed": 1, "workers": 1}
    first, second = dense.solve(**limits), computed.solve(**limits)
    assert first.cost == pytest.approx(second.cost, rel=1e-12)
    assert [r.visits.tolist() for r in first.routes] == [r.visits.tolist() for r in second.routes]


@pytest.mark.parametrize("metric", METRICS)
def test_no_way_over_others_is_shorter_than_the_least(metric: str) -> None:
    points = places_of(metric, 40)
    points.x[5:9] = points.x[4] + np.arange(1, 5) * 0.4  # short steps, which rounding shortens
    points.y[5:9] = points.y[4]
    computed = ComputedTravel(points, metric, usual_detour(metric))
    shortest, _ = as_matrices(computed).least(4)
    assert (computed.least(4)[0] <= shortest + 1e-9).all()
    if metric in ("euclidean", "manhattan", "haversine"):
        assert computed.least(4)[0] == pytest.approx(shortest, rel=1e-9, abs=1e-9)


def test_matrices_are_made_of_few_locations_and_none_of_many() -> None:
    few, lots = places_of("euclidean", 20), places_of("euclidean", 5001)
    assert isinstance(travel_between(few, "euclidean"), MatrixTravel)
    assert isinstance(travel_between(lots, "euclidean"), ComputedTravel)
    assert isinstance(many().travel, ComputedTravel)


def test_frames_of_many_clients_make_no_matrix() -> None:
    n = 30_000
    rng = np.random.default_rng(0)
    clients = {"id": np.arange(n), "lat": rng.uniform(45, 46, n), "lon": rng.uniform(4, 5, n)}
    fleet = {"id": ["van"], "num_available": [n]}
    tracemalloc.start()
    problem = RoutingProblem.from_frames(
        clients, fleet, {"id": ["hub"], "lat": [45.5], "lon": [4.5]}, speed=30
    )
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < n * n / 10  # bytes; a matrix takes 8 n²
    distance, duration = problem.travel.legs(0, [1, 2])
    assert duration == pytest.approx(distance * 120)


def test_travel_that_cannot_be_used_is_refused_with_all_its_faults() -> None:
    points = Points(np.array([0.0, np.nan]), np.zeros(2))
    failures = Failures()
    checked(ComputedTravel(points, "euclidean", -1.0, 0.0), 2, failures)
    assert {fault.column for fault in failures} == {"detour_factor", "pace", "points"}
    problem, _ = pair_of("euclidean", n=3)
    for travel in (
        ComputedTravel(points, "euclidean"),
        ComputedTravel(Points(np.zeros(4), np.zeros(4)), "bird"),
        ComputedTravel(Points(np.zeros(3), np.zeros(3)), "euclidean"),
    ):
        with pytest.raises(ValidationError, match="travel"):
            replace(problem, travel=travel)


def test_the_coordinates_of_the_caller_are_not_shared() -> None:
    _, problem = pair_of("euclidean", n=3)
    given = Points(np.arange(4.0), np.zeros(4))
    safe = replace(problem, travel=ComputedTravel(given, "euclidean"))
    given.x[1] = 99.0
    assert safe.travel.legs(0, 1)[0] == 1.0


def test_a_client_out_of_reach_is_found_without_a_matrix() -> None:
    _, problem = pair_of("euclidean", n=30)
    far = float(np.median(problem.travel.legs(0, np.arange(1, 31))[0]))
    types = replace(problem.vehicle_types, max_distance=np.array([2 * far]))
    limited = replace(problem, vehicle_types=types)
    dense = replace(limited, travel=as_matrices(limited.travel))
    clients = np.arange(30)
    assert hopeless(limited, clients).tolist() == hopeless(dense, clients).tolist()
    assert hopeless(limited, clients).any()


# ---- neighbours and numbers


@pytest.mark.parametrize("metric", ["euclidean", "euclidean_rounded", "manhattan", "haversine"])
@pytest.mark.parametrize("windows", [False, True])
def test_the_tree_finds_the_neighbours_that_a_matrix_gives(metric: str, windows: bool) -> None:
    dense, computed = (kernel_data(problem) for problem in pair_of(metric, 200, windows))
    assert dense.near.tolist() == computed.near.tolist()


def test_clients_at_one_point_have_neighbours_too() -> None:
    _, problem = pair_of("euclidean", n=100)
    point = Points(np.ones(101), np.ones(101))
    near = kernel_data(replace(problem, travel=ComputedTravel(point, "euclidean"))).near
    assert not (near == np.arange(100)[:, None]).any()
    assert all(len(set(row)) == near.shape[1] for row in near.tolist())


def test_numbers_along_the_curve_go_from_one_cell_to_the_next() -> None:
    x, y = np.indices((16, 16)).reshape(2, -1).astype(float)
    order = along_a_curve(x, y).client
    steps = np.abs(np.diff(x[order])) + np.abs(np.diff(y[order]))
    assert sorted(order.tolist()) == list(range(256))
    assert set(steps.tolist()) == {1.0}


def test_a_problem_of_numbers_is_the_same_problem() -> None:
    _, problem = pair_of("euclidean", n=50)
    data, points = kernel_data(problem), problem.travel.points
    numbering = along_a_curve(points.x[1:], points.y[1:])
    other = numbering.renumbered(data)
    for number, client in enumerate(numbering.client.tolist()):
        assert other.demand[number] == data.demand[client]
        assert numbering.client[other.near[number]].tolist() == data.near[client].tolist()
        assert (other.distance.place[1 + number] == data.distance.place[1 + client]).all()


def test_routes_in_arrays_are_chosen_joined_and_given_back() -> None:
    routes = RouteList.of([(0, [4, 2]), (1, [3]), (0, [7, 8, 9])])
    some = routes.some(np.array([2, 0]))
    assert some.to_routes() == [(0, [7, 8, 9]), (0, [4, 2])]
    assert some.and_also(routes.some(np.array([1]))).to_routes()[2] == (1, [3])
    assert RouteList.of([]).to_routes() == []
    assert RouteList.of([]).and_also(routes).to_routes() == routes.to_routes()


# ---- the start of a search


@pytest.mark.parametrize("windows", [False, True])
@pytest.mark.parametrize("num_available", [3, 200])
def test_a_quick_start_breaks_no_limit_and_saves(windows: bool, num_available: int) -> None:
    problem, _ = pair_of("euclidean", n=200, windows=windows)
    data, clients = kernel_data(problem), np.arange(200)
    routes = quick_start(data, clients, np.array([num_available]), problem.travel.symmetric)
    visits = routes.visits.tolist()
    assert len(visits) == len(set(visits))
    assert len(routes.types) <= num_available
    solution = problem.solution_from_routes([stops for _, stops in routes.to_routes()])
    assert solution.check().ok
    if num_available == 200:
        alone, _ = problem.travel.legs(0, clients + 1)
        assert len(visits) == 200
        assert solution.cost < alone.sum() * 2 * 0.6


def test_a_quick_start_gives_each_chain_a_vehicle_that_can_serve_it() -> None:
    rng = np.random.default_rng(4)
    problem = RoutingProblem.from_arrays(
        {"demand": rng.integers(1, 9, 80), "service_duration": 5.0, "tw_late": 900.0},
        {
            "num_available": [3, 80],
            "capacity": [60, 20],
            "fixed_cost": [50, 10],
            "unit_duration_cost": [0.0, 0.5],
            "max_duration": [700.0, 400.0],
            "tw_late": [1000.0, 800.0],
        },
        coordinates=rng.uniform(0, 100, (81, 2)),
    )
    data, available = kernel_data(problem), problem.vehicle_types.num_available
    routes = quick_start(data, np.arange(80), available, True).to_routes()
    assert {k for k, _ in routes} == {0, 1}
    assert sum(len(visits) for _, visits in routes) == 80
    assert sum(k == 0 for k, _ in routes) <= 3
    solution = problem.solution_from_routes([v for _, v in routes], [k for k, _ in routes])
    assert solution.check().ok


# ---- searches


def test_many_clients_are_served_and_improve_on_the_start() -> None:
    problem, costs = many(), []
    solution = problem.solve(
        iteration_limit=3000,
        workers=2,
        seed=0,
        on_progress=lambda progress: costs.append(progress.cost),
    )
    assert solution.is_complete
    assert solution.check().ok
    assert solution.cost < costs[0]


def test_a_search_starts_the_hotter_the_longer_it_has_and_the_longer_the_routes() -> None:
    assert heat(5, 10) < heat(50, 10) < heat(200, 10) == heat(10_000, 10)
    assert heat(200, 10) < heat(200, 40) < heat(200, 120)


def test_many_clients_are_served_by_construction_alone() -> None:
    problem = many()
    solution = problem.solve(engine="construct")
    assert solution.is_complete
    assert solution.check().ok


def test_backhauls_of_many_follow_linehauls_from_the_start() -> None:
    n, rng = 4200, np.random.default_rng(0)
    late = np.arange(n) % 3 == 0
    problem = RoutingProblem.from_arrays(
        {"demand": ~late * 1.0, "pickup": late * 1.0, "sequence": late * 1.0},
        {"num_available": n, "capacity": 20},
        coordinates=rng.uniform(0, 1000, (n + 1, 2)),
    )
    solution = problem.solve(iteration_limit=1, workers=1)
    assert solution.check().ok
    assert any(
        late[route.visits].any() and not late[route.visits].all() for route in solution.routes
    )


def test_the_seed_and_the_iterations_fix_the_answer_of_many_clients() -> None:
    problem = many(5100)
    first, second = (problem.solve(iteration_limit=1500, workers=2, seed=3) for _ in range(2))
    assert first.cost == second.cost
    assert [r.visits.tolist() for r in first.routes] == [r.visits.tolist() for r in second.routes]


def test_a_plan_of_many_clients_is_gone_on_from() -> None:
    problem = many(5100)
    given = problem.solve(iteration_limit=1500, workers=1, seed=0)
    better = problem.solve(iteration_limit=1500, workers=1, seed=1, initial=given)
    assert better.cost <= given.cost


def test_many_clients_with_windows_are_served_in_time() -> None:
    early = np.random.default_rng(0).uniform(0, 20_000, 5100)
    problem = many(5100, tw_early=early, tw_late=early + 16_000, service_duration=10.0)
    solution = problem.solve(iteration_limit=1000, workers=1, seed=0)
    assert solution.is_complete
    assert solution.check().ok


@pytest.mark.slow
def test_a_hundred_thousand_clients_take_memory_in_proportion() -> None:
    tracemalloc.start()
    problem = many(100_000)
    solution = problem.solve(iteration_limit=1000, workers=2, seed=0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert solution.is_complete
    assert solution.check().ok
    assert peak < 2e9  # bytes; a matrix would take 80e9
