"""Prices are what one more unit costs; reduced costs say where one more unit would go."""

from __future__ import annotations

import numpy as np
import pytest

from flowopt.core import Status
from flowopt.flow import FlowProblem


@pytest.fixture
def network() -> FlowProblem:
    """A random network of 40 sites whose data are whole numbers, with slack everywhere."""
    rng = np.random.default_rng(3)
    num_sites, num_lanes = 40, 300
    source = rng.integers(0, num_sites, num_lanes)
    return FlowProblem.from_arrays(
        source,
        (source + rng.integers(1, num_sites, num_lanes)) % num_sites,
        capacity=rng.integers(1, 4, num_lanes),
        unit_cost=rng.integers(1, 30, num_lanes),
        supply=rng.integers(0, 12, num_sites),
        demand=rng.integers(0, 5, num_sites),
        handling_cost=rng.integers(0, 3, num_sites),
        site_capacity=rng.integers(15, 40, num_sites),
    )


def test_one_more_unit_costs_its_price(network: FlowProblem, engine: str) -> None:
    solution = network.solve(engine=engine)
    assert solution.status is Status.OPTIMAL
    for site in range(network.num_sites):
        demand = network.demand.copy()
        demand[site] += 1
        more = network.replace(demand=demand).solve(engine=engine)
        assert more.cost - solution.cost == pytest.approx(solution.prices[site])


def test_one_more_unit_of_a_full_lane_saves_its_reduced_cost(network: FlowProblem) -> None:
    solution = network.solve()
    full = np.flatnonzero((solution.flow == network.capacity) & (solution.reduced_costs < 0))
    assert len(full) >= 3
    for lane in full:
        capacity = network.capacity.copy()
        capacity[lane] += 1
        saved = solution.cost - network.replace(capacity=capacity).solve().cost
        assert 0 <= saved <= -solution.reduced_costs[lane] + 1e-9


def test_supply_that_is_left_over_is_worth_nothing(triangle: FlowProblem, engine: str) -> None:
    assert triangle.solve(engine=engine).prices[0] == 0.0


def test_where_no_more_can_come_the_price_is_what_less_would_save(engine: str) -> None:
    problem = FlowProblem.from_arrays(
        [0, 0], [1, 1], capacity=[2, 2], unit_cost=[1.0, 5.0], supply=[9, 0], demand=[0, 4]
    )
    assert problem.solve(engine=engine).prices.tolist() == [0.0, 5.0]


def test_the_price_of_unmet_demand_caps_the_price(engine: str) -> None:
    problem = FlowProblem.from_arrays(
        [0], [1], capacity=[2], unit_cost=[1.0], supply=[9, 0], demand=[0, 4], unmet_cost=8.0
    )
    solution = problem.solve(engine=engine)
    assert solution.prices.tolist() == [0.0, 8.0]
    assert solution.reduced_costs.tolist() == [-7.0]


def test_a_site_without_links_has_price_zero(engine: str) -> None:
    problem = FlowProblem.from_arrays([0], [1], supply=[1, 0, 0], demand=[0, 1, 0])
    assert problem.solve(engine=engine).prices.tolist() == [0.0, 0.0, 0.0]


def test_all_engines_price_alike_where_prices_are_unique(network: FlowProblem, engine: str) -> None:
    first = network.solve(engine="ortools")
    assert network.solve(engine=engine).prices == pytest.approx(first.prices)
