"""Every engine finds what enumeration of all service times finds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flowopt import SafetyStockProblem, Status

Network = Callable[..., SafetyStockProblem]
LeastCost = Callable[..., float]

SIZES = ((1, 0.5), (3, 0.6), (5, 0.4), (6, 0.7), (7, 0.3), (7, 0.9))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("num_stages", "density"), SIZES)
@pytest.mark.parametrize("engine", ["message_passing", "cpsat"])
def test_an_acyclic_network_costs_what_enumeration_finds(
    network: Network,
    least_cost: LeastCost,
    engine: str,
    num_stages: int,
    density: float,
    seed: int,
) -> None:
    problem = network(seed, num_stages, density)
    solution = problem.solve(engine=engine, workers=1)
    assert solution.status is Status.OPTIMAL
    assert solution.cost == pytest.approx(least_cost(problem), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("seed", range(12))
def test_a_tree_costs_what_enumeration_finds(
    network: Network, least_cost: LeastCost, seed: int
) -> None:
    trees = (network(100 * seed + k, 6, 0.3) for k in range(100))
    problem = next(problem for problem in trees if problem.is_forest)
    solution = problem.solve()
    assert (solution.engine, solution.status) == ("tree", Status.OPTIMAL)
    assert solution.cost == pytest.approx(least_cost(problem), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("tick", [0.5, 0.1, 1 / 3])
def test_parts_of_periods_are_searched_as_they_are(
    network: Network, least_cost: LeastCost, tick: float
) -> None:
    for seed in range(5):
        problem = network(seed, 6, 0.5, tick)
        solution = problem.solve()
        assert solution.status is Status.OPTIMAL
        assert solution.cost == pytest.approx(least_cost(problem, tick), rel=1e-9, abs=1e-9)


def test_a_network_in_which_messages_leave_a_gap_is_closed_all_the_same(network: Network) -> None:
    problem = network(2, 18, 0.5)
    solution, other = problem.solve(workers=1), problem.solve(engine="cpsat", workers=1)
    assert solution.status is other.status is Status.OPTIMAL
    assert solution.cost == pytest.approx(other.cost, rel=1e-9)
