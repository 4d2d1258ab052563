"""Random small networks: both engines against a linear program written down directly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import OptimizeResult

from flowopt.core import Status
from flowopt.flow import FlowProblem
from flowopt.flow.solve import ENGINES

# whole numbers, decimals and numbers that no decimal scale makes whole
AMOUNTS = st.sampled_from([0.0, 0.1, 1 / 3, 0.75, 1.0, 2.0, np.pi, 4.25, 7.0, 10.0, 1234.56])
COSTS = st.one_of(AMOUNTS, st.floats(-5, 20, allow_nan=False))
STATUS = {0: Status.OPTIMAL, 2: Status.INFEASIBLE, 3: Status.UNBOUNDED}

DirectProgram = Callable[[FlowProblem], OptimizeResult]


@st.composite
def problems(draw: Any) -> FlowProblem:
    num_sites = draw(st.integers(1, 6))
    site = st.integers(0, num_sites - 1)
    ends = draw(
        st.lists(st.tuples(site, site).filter(lambda lane: lane[0] != lane[1]), max_size=12)
    )

    def column(values: Any, length: int) -> list[float]:
        return list(draw(st.lists(values, min_size=length, max_size=length)))

    lanes, no_limit = len(ends), st.just(np.inf)
    capacity = column(st.one_of(AMOUNTS, no_limit), lanes)
    either = np.array(column(st.sampled_from([False, False, True]), lanes), dtype=bool)
    unit_cost = np.array(column(COSTS, lanes))
    supply = np.array(column(st.one_of(AMOUNTS, no_limit), num_sites))
    unused = np.array(column(st.sampled_from([0.0, 0.0, 0.3, 5.0, np.inf]), num_sites))
    return FlowProblem.from_arrays(
        np.array([lane[0] for lane in ends], dtype=int),
        np.array([lane[1] for lane in ends], dtype=int),
        capacity=capacity,
        unit_cost=np.where(either, np.abs(unit_cost), unit_cost),
        min_flow=np.minimum(column(st.one_of(st.just(0.0), AMOUNTS), lanes), capacity)
        * np.where(either, 0.0, 0.5),
        undirected=either,
        supply=supply,
        unused_cost=np.where(np.isinf(supply), 0.0, unused),
        demand=column(st.one_of(st.just(0.0), AMOUNTS), num_sites),
        site_capacity=column(st.one_of(no_limit, AMOUNTS), num_sites),
        handling_cost=column(st.one_of(st.just(0.0), AMOUNTS), num_sites),
        unmet_cost=column(st.one_of(no_limit, AMOUNTS), num_sites),
        num_sites=num_sites,
    )


@settings(max_examples=80, deadline=None)
@given(problem=problems())
def test_status_and_cost_are_those_of_the_linear_program(
    direct_program: DirectProgram, problem: FlowProblem
) -> None:
    truth = direct_program(problem)
    for engine in (one.name for one in ENGINES):
        solution = problem.solve(engine=engine)
        if truth.status == 4:  # HiGHS could not tell infeasible from unbounded
            assert solution.status in (Status.INFEASIBLE, Status.UNBOUNDED)
            continue
        assert solution.status is STATUS[truth.status]
        if solution.status is Status.OPTIMAL:
            assert abs(solution.cost - truth.fun) <= 1e-6 * max(1.0, abs(truth.fun))
            assert solution.check().ok
        else:
            assert solution.explanation is not None


@settings(max_examples=50, deadline=None)
@given(problem=problems())
def test_the_shortage_is_the_least_that_must_stay_unmet(problem: FlowProblem) -> None:
    if np.isinf(problem.unused_cost).any():
        return  # too much supply is no shortage
    free = problem.replace(
        unused_cost=0.0,
        min_flow=np.zeros(problem.num_lanes),
        unit_cost=np.zeros(problem.num_lanes),
        handling_cost=np.zeros(problem.num_sites),
    )
    optional = np.isfinite(problem.unmet_cost)
    least = free.replace(unmet_cost=np.where(optional, 0.0, 1.0)).solve().cost
    for engine in ("ortools", "highs"):
        why = free.solve(engine=engine).explanation
        shortage = 0.0 if why is None else why.shortage
        assert abs(shortage - least) <= 1e-9 * max(1.0, least)


@settings(max_examples=50, deadline=None)
@given(problem=problems(), extra=st.sampled_from([0.01, 0.5]))
def test_the_price_is_the_cost_of_a_little_more_demand(problem: FlowProblem, extra: float) -> None:
    solution = problem.solve()
    if solution.status is not Status.OPTIMAL:
        return
    for site in range(problem.num_sites):
        if np.isfinite(problem.unmet_cost[site]):
            continue  # more demand there is more that may stay unmet
        demand = problem.demand.copy()
        demand[site] += extra
        more = problem.replace(demand=demand).solve()
        if more.status is Status.OPTIMAL:
            rise = more.cost - solution.cost
            room = 1e-6 * max(1.0, abs(solution.cost), abs(more.cost))
            assert rise >= solution.prices[site] * extra - room
