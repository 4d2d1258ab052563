"""Prices are those of one more unit; where none can be brought, those of one unit less."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from flowopt import FlowProblem, FlowSolution, Status
from flowopt.flow.expansion import PureNetwork
from flowopt.flow.marginal import marginal_prices

Network = Callable[[int, bool], FlowProblem]


@pytest.fixture
def network() -> Network:
    """Small networks full of ties, whose supply is just enough or more than that."""

    def _network(seed: int, balanced: bool) -> FlowProblem:
        rng = np.random.default_rng(seed)
        source = rng.integers(0, 7, 22)
        target = (source + rng.integers(1, 7, 22)) % 7
        supply = rng.integers(0, 5, 7) * (rng.random(7) < 0.5)
        demand = rng.permutation(supply) if balanced else rng.permutation(supply) // 2
        return FlowProblem.from_arrays(
            source,
            target,
            capacity=rng.integers(1, 5, 22),
            unit_cost=rng.integers(0, 4, 22),
            supply=supply,
            demand=demand,
        )

    return _network


def with_demand(problem: FlowProblem, site: int, change: float) -> FlowSolution:
    demand = problem.demand.copy()
    demand[site] += change
    return problem.replace(demand=demand).solve()


@pytest.mark.parametrize("seed", range(25))
def test_with_supply_left_the_price_is_what_one_more_unit_costs(
    network: Network, seed: int
) -> None:
    problem = network(seed, False)
    solution = problem.solve(engine="network_simplex")
    if solution.status is not Status.OPTIMAL:
        return
    for site in range(problem.num_sites):
        more = with_demand(problem, site, 1)
        if more.status is Status.OPTIMAL:
            assert more.cost - solution.cost == solution.prices[site]


@pytest.mark.parametrize("seed", range(25))
def test_with_no_supply_left_the_price_is_what_one_unit_less_saves(
    network: Network, seed: int
) -> None:
    problem = network(seed, True)
    solution = problem.solve(engine="network_simplex")
    if solution.status is not Status.OPTIMAL:
        return
    for site in np.flatnonzero(problem.demand >= 1).tolist():
        assert solution.cost - with_demand(problem, site, -1).cost == solution.prices[site]


def test_prices_that_prove_nothing_are_refused() -> None:
    ends = np.array([0, 0]), np.array([1, 1])
    free, room = np.zeros(2), np.array([5.0, 5.0])
    network = PureNetwork(*ends, free, room, np.array([1.0, 2.0]), np.array([0.0, 3.0]), 0)
    cheap, dear = np.array([3.0, 0.0]), np.array([0.0, 3.0])
    prices = marginal_prices(network, cheap, np.array([7.0, 8.0]))
    assert prices is not None
    assert prices.tolist() == [0.0, 1.0]
    assert marginal_prices(network, dear, np.array([0.0, 1.0])) is None
    assert marginal_prices(network, cheap, np.array([0.0, 2.0])) is None


def test_the_engines_agree_on_prices(network: Network) -> None:
    problem = network(3, False)
    prices = [problem.solve(engine=name).prices for name in ("network_simplex", "ortools", "highs")]
    assert prices[0].tolist() == prices[1].tolist()
    assert prices[0] == pytest.approx(prices[2])
