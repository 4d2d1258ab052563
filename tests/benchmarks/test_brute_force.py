"""The optimal costs of small problems are optimal."""

from __future__ import annotations

from itertools import pairwise, permutations

import numpy as np
import pytest

from benchmarks.routing.brute_force import generate, generated_problem
from benchmarks.routing.held_karp import optimum


def by_enumeration(distance: np.ndarray, demand: np.ndarray, capacity: float) -> float:
    """Return the least cost over all orders of clients and all ways to cut them into routes."""
    clients = range(1, len(demand) + 1)
    best = np.inf
    for order in permutations(clients):
        for cuts in range(1 << (len(order) - 1)):
            routes, route = [], [order[0]]
            for place, client in enumerate(order[1:]):
                if cuts >> place & 1:
                    routes.append(route)
                    route = []
                route.append(client)
            routes.append(route)
            if all(sum(demand[c - 1] for c in one) <= capacity for one in routes):
                stops = [(0, *one, 0) for one in routes]
                best = min(best, sum(distance[i, j] for s in stops for i, j in pairwise(s)))
    return float(best)


@pytest.mark.parametrize("seed", range(4))
def test_dynamic_programming_finds_what_enumeration_finds(seed: int) -> None:
    random = np.random.default_rng(seed)
    distance = random.integers(1, 50, (6, 6)).astype(float)  # asymmetric, no triangle inequality
    demand = random.integers(1, 6, 5).astype(float)
    assert optimum(distance, demand, 9.0) == by_enumeration(distance, demand, 9.0)


def test_a_client_that_no_vehicle_holds_leaves_no_plan() -> None:
    assert optimum(np.ones((3, 3)), np.array([1.0, 9.0]), 5.0) == np.inf


def test_generated_problems_are_the_same_each_time_and_never_too_large() -> None:
    for number in range(8):
        first, again = generate(number), generate(number)
        assert np.array_equal(first["distance"], again["distance"])
        assert 6 <= len(first["demand"]) <= 15
        assert first["demand"].max() <= first["capacity"]


def test_every_other_problem_is_asymmetric_and_some_have_fifteen_clients() -> None:
    distances = [generate(number)["distance"] for number in range(8)]
    assert [np.array_equal(d, d.T) for d in distances] == [True, False] * 4
    assert [len(d) for d in distances].count(16) >= 2


def test_flowopt_is_not_below_the_optimum_and_reaches_it() -> None:
    data = generate(0)
    best = optimum(data["distance"], data["demand"], data["capacity"])
    solution = generated_problem(0).solve(iteration_limit=20_000, workers=1)
    assert solution.cost == best
