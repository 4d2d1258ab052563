"""What holds for every network: bounds, times that fit, changes that cannot help or hurt."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowopt import SafetyStockProblem, Status

quickly = settings(max_examples=25, deadline=None)
seeds = st.integers(0, 10_000)
sizes = st.integers(2, 9)
densities = st.sampled_from([0.2, 0.5, 0.8])
Network = Callable[..., SafetyStockProblem]


def changed(problem: SafetyStockProblem, **columns: object) -> SafetyStockProblem:
    return problem.replace(stages=dict(problem.stages.arrays) | columns)


@given(seed=seeds, size=sizes, density=densities)
@quickly
def test_an_answer_is_optimal_and_holds(
    network: Network, seed: int, size: int, density: float
) -> None:
    solution = network(seed, size, density).solve(workers=1)
    assert solution.status is Status.OPTIMAL
    assert solution.check().ok, str(solution.check())
    assert solution.bound == pytest.approx(solution.cost)


@given(seed=seeds, size=sizes, density=densities, scale=st.sampled_from([0.5, 4.0, 7.0]))
@quickly
def test_the_unit_of_time_scales_times_and_the_root_of_the_cost(
    network: Network, seed: int, size: int, density: float, scale: float
) -> None:
    problem = changed(network(seed, size, density), stage_time_sd=np.zeros(size))
    times = ("stage_time", "inbound_service_time", "max_service_time")
    longer = changed(problem, **{name: scale * problem.stages[name] for name in times})
    lead_times = {"lead_time": scale * problem.links["lead_time"]}
    longer = longer.replace(links=dict(problem.links.arrays) | lead_times)
    cost = problem.solve(workers=1).cost
    assert longer.solve(workers=1).cost == pytest.approx(np.sqrt(scale) * cost, rel=1e-8)


@given(seed=seeds, size=sizes, density=densities, stage=st.integers(0, 8))
@quickly
def test_less_time_and_looser_limits_never_cost_more(
    network: Network, seed: int, size: int, density: float, stage: int
) -> None:
    problem = network(seed, size, density)
    cost = problem.solve(workers=1).cost
    time = problem.stages["stage_time"].copy()
    time[stage % size] = max(0.0, time[stage % size] - 1)
    limit = problem.max_service_time.copy()
    limit[stage % size] += 2
    for better in ({"stage_time": time}, {"max_service_time": limit}):
        assert changed(problem, **better).solve(workers=1).cost <= cost * (1 + 1e-9) + 1e-9


@given(seed=seeds, size=sizes, density=densities)
@quickly
def test_the_order_of_stages_and_links_does_not_matter(
    network: Network, seed: int, size: int, density: float
) -> None:
    problem = network(seed, size, density)
    stages = {name: column[::-1] for name, column in problem.stages.arrays.items()}
    links = {name: column[::-1] for name, column in problem.links.arrays.items()}
    other = SafetyStockProblem.from_frames(stages, links, 1.0)
    assert other.solve(workers=1).cost == pytest.approx(problem.solve(workers=1).cost)


@given(seed=seeds, size=sizes, density=densities)
@quickly
def test_holding_everywhere_is_never_cheaper(
    network: Network, seed: int, size: int, density: float
) -> None:
    problem = network(seed, size, density)
    nothing = changed(problem, max_service_time=np.zeros(size))
    assert nothing.solve(workers=1).cost >= problem.solve(workers=1).cost * (1 - 1e-9)
