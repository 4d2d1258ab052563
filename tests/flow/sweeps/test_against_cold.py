"""Random small networks: every scenario of a sweep against its own problem, solved from scratch."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from flowopt.core import Status
from flowopt.flow import FlowProblem
from flowopt.flow.sweeps import every_lane, every_site, sweep
from flowopt.flow.sweeps.scenarios import KINDS, ON_LANES, Scenarios

# whole numbers, decimals and numbers that no decimal scale makes whole
AMOUNTS = st.sampled_from([0.0, 0.1, 1 / 3, 0.75, 1.0, 2.0, np.pi, 4.25, 7.0, 10.0, 1234.56])
WHOLE = st.integers(0, 12).map(float)
COSTS = st.one_of(AMOUNTS, st.floats(-3, 20, allow_nan=False))
NO_LIMIT = st.just(np.inf)


@st.composite
def problems(draw: Any) -> FlowProblem:
    num_sites = draw(st.integers(2, 6))
    site = st.integers(0, num_sites - 1)
    ends = draw(
        st.lists(
            st.tuples(site, site).filter(lambda lane: lane[0] != lane[1]), min_size=1, max_size=12
        )
    )
    amounts = draw(st.sampled_from([WHOLE, AMOUNTS]))
    zero = st.just(0.0)

    def column(values: Any, length: int) -> np.ndarray:
        return np.array(draw(st.lists(values, min_size=length, max_size=length)), dtype=float)

    lanes = len(ends)
    capacity = column(st.one_of(amounts, NO_LIMIT), lanes)
    undirected = np.array(draw(st.lists(st.booleans(), min_size=lanes, max_size=lanes)))
    undirected &= draw(st.booleans())
    least = np.minimum(column(st.one_of(zero, zero, amounts), lanes), capacity) // 2
    cost = column(draw(st.sampled_from([WHOLE, COSTS])), lanes)
    supply = column(st.one_of(amounts, NO_LIMIT), num_sites)
    unused = column(st.one_of(zero, zero, amounts, NO_LIMIT), num_sites)
    return FlowProblem.from_arrays(
        np.array([lane[0] for lane in ends]),
        np.array([lane[1] for lane in ends]),
        capacity=capacity,
        unit_cost=np.where(undirected, np.abs(cost), cost),
        min_flow=np.where(undirected, 0.0, least),
        undirected=undirected,
        supply=supply,
        demand=column(st.one_of(zero, amounts), num_sites),
        site_capacity=column(st.one_of(NO_LIMIT, NO_LIMIT, amounts), num_sites),
        handling_cost=column(st.one_of(zero, amounts), num_sites),
        unmet_cost=column(st.one_of(NO_LIMIT, amounts), num_sites),
        unused_cost=np.where(np.isinf(supply), 0.0, unused),
        num_sites=num_sites,
    )


@st.composite
def swept(draw: Any) -> tuple[FlowProblem, Scenarios]:
    """Return a problem, and scenarios of one to four changes of all kinds."""
    problem = draw(problems())
    amounts = draw(st.sampled_from([WHOLE, AMOUNTS]))
    rows = []
    for scenario in range(draw(st.integers(1, 8))):
        changes = {}
        for _ in range(draw(st.integers(1, 4))):
            kind = draw(st.sampled_from(KINDS))
            most = problem.num_lanes if kind in ON_LANES else problem.num_sites
            place = draw(st.integers(0, most - 1))
            changes[kind, place] = draw(values_of(kind, place, problem, amounts))
        rows += [(scenario, KINDS.index(kind), at, value) for (kind, at), value in changes.items()]
    scenario, kind, place, value = zip(*rows, strict=True)
    return problem, Scenarios(
        np.array([f"s{count}" for count in range(max(scenario) + 1)], dtype=object),
        np.array(scenario),
        np.array(kind, dtype=np.uint8),
        np.array(place),
        np.array(value, dtype=float),
    )


def values_of(kind: str, place: int, problem: FlowProblem, amounts: Any) -> Any:
    if kind in ("lane_closed", "site_closed"):
        return st.just(np.nan)
    if kind == "unit_cost":
        return amounts if problem.undirected[place] else COSTS
    if kind == "capacity":
        return st.one_of(amounts.map(lambda more: more + problem.min_flow[place]), NO_LIMIT)
    if kind == "site_capacity" or (kind == "supply" and problem.unused_cost[place] == 0):
        return st.one_of(amounts, NO_LIMIT)
    return amounts


def least_missed(problem: FlowProblem) -> tuple[float, float] | None:
    """Return what must be missed, and the least cost of the rest; None when it has no end.

    A linear program, written down directly: lanes, the other way, supplied, unmet, minimum flows
    missed, forced supply missed.
    """
    lanes, sites = problem.num_lanes, problem.num_sites
    enters, leaves = np.zeros((2, sites, lanes))
    enters[problem.target, np.arange(lanes)] = 1.0
    leaves[problem.source, np.arange(lanes)] = 1.0
    eye, none = np.eye(sites), np.zeros((sites, sites))
    no_lanes = np.zeros((sites, lanes))
    through = np.hstack([enters, leaves, eye, none, no_lanes, none])
    goes_out = np.hstack([leaves, enters, none, -eye, no_lanes, none])
    priced, forced = np.isfinite(problem.unmet_cost), np.isinf(problem.unused_cost)
    unused = np.where(forced, 0.0, problem.unused_cost)
    cost = np.concatenate(
        [
            np.tile(problem.unit_cost, 2),
            -unused,
            np.where(priced, problem.unmet_cost, 0.0),
            np.zeros(lanes + sites),
        ]
    )
    cost += problem.handling_cost @ through
    missed = np.concatenate([np.zeros(2 * lanes + sites), ~priced, np.ones(lanes + sites)])
    backward = np.where(problem.undirected, problem.capacity, 0.0)
    upper = [problem.capacity, backward, problem.supply, problem.demand, problem.min_flow]
    upper.append(np.where(forced, problem.supply, 0.0))
    limited = np.isfinite(problem.site_capacity)
    at_least = np.zeros((lanes + sites, len(cost)))
    at_least[:lanes, :lanes] = at_least[:lanes, -lanes - sites : -sites] = -np.eye(lanes)
    at_least[lanes:, 2 * lanes : 2 * lanes + sites] = at_least[lanes:, -sites:] = -eye
    least = np.concatenate([problem.min_flow, np.where(forced, problem.supply, 0.0)])
    constraints = {
        "A_eq": through - goes_out,
        "b_eq": problem.demand,
        "A_ub": np.vstack([through[limited], at_least]),
        "b_ub": np.concatenate([problem.site_capacity[limited], -least]),
        "bounds": np.column_stack([np.zeros(len(cost)), np.concatenate(upper)]),
    }
    first = linprog(missed, **constraints)
    assert first.status == 0, first.message
    constraints["A_ub"] = np.vstack([constraints["A_ub"], missed])
    constraints["b_ub"] = np.append(constraints["b_ub"], first.fun * (1 + 1e-9) + 1e-9)
    second = linprog(cost, **constraints)
    if second.status == 3:
        return None
    assert second.status == 0, second.message
    finite = np.where(np.isfinite(problem.supply), problem.supply, 0.0)
    return first.fun, second.fun + unused @ finite


def size_of(problem: FlowProblem) -> float:
    """Return what costs can come to; the linear program is exact to a millionth of it."""
    columns = (
        problem.unit_cost,
        problem.handling_cost,
        problem.unmet_cost,
        problem.unused_cost,
    )
    dearest = sum(np.abs(column[np.isfinite(column)]).max(initial=0.0) for column in columns)
    finite = problem.supply[np.isfinite(problem.supply)]
    return float(1 + dearest * (1 + problem.demand.sum() + finite.sum()))


def assert_right(problem: FlowProblem, scenarios: Scenarios, engine: str = "auto") -> None:
    result = sweep(problem, scenarios, engine=engine, keep_flows=True, workers=1)
    assert result.limit is None
    for place, name in enumerate(scenarios.names.tolist()):
        changed = result.problem_of(name)
        expected = least_missed(changed)
        if expected is None:
            assert result.status[place] == Status.UNBOUNDED
            continue
        missed, cost = expected
        unmet = result.unmet[place] + result.missed[place]
        size = size_of(changed)
        if missed > 1e-6:
            assert result.status[place] == Status.INFEASIBLE
            assert unmet >= missed - 1e-6
        else:
            assert result.status[place] == Status.OPTIMAL
            assert result.missed[place] == 0
        np.testing.assert_allclose(result.cost[place], cost, rtol=1e-6, atol=1e-6 * size)
        volume = np.where(changed.undirected, 0.0, result.flow(name))
        assert (volume >= -1e-9).all()
        assert (np.abs(result.flow(name)) <= changed.capacity + 1e-6).all()


@settings(max_examples=80, deadline=None)
@given(case=swept())
def test_each_scenario_is_as_if_solved_from_scratch(case: tuple[FlowProblem, Scenarios]) -> None:
    assert_right(*case)


@settings(max_examples=40, deadline=None)
@given(case=swept())
def test_so_it_is_by_the_simplex_method(case: tuple[FlowProblem, Scenarios]) -> None:
    assert_right(*case, engine="simplex")


@settings(max_examples=30, deadline=None)
@given(problem=problems())
def test_every_lane_and_every_site_can_be_closed(problem: FlowProblem) -> None:
    assert_right(problem, every_lane(problem) + every_site(problem))


@settings(max_examples=40, deadline=None)
@given(case=swept())
def test_the_status_is_that_of_a_cold_solve(case: tuple[FlowProblem, Scenarios]) -> None:
    problem, scenarios = case
    result = sweep(problem, scenarios, workers=1)
    for place, name in enumerate(scenarios.names.tolist()):
        cold = result.problem_of(name).solve()
        if cold.status is Status.OPTIMAL:
            assert result.status[place] == Status.OPTIMAL
            size = 1 + float(np.abs(cold.flow * cold.problem.unit_cost).sum())
            np.testing.assert_allclose(result.cost[place], cold.cost, rtol=1e-6, atol=1e-6 * size)
        else:
            assert result.status[place] in (cold.status, Status.UNBOUNDED)
