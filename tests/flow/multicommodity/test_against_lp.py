"""Random small problems: both engines against a linear program written down directly."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import OptimizeResult, linprog

from flowopt.core import Status
from flowopt.flow.multicommodity import MultiCommodityProblem

AMOUNTS = st.sampled_from([0.0, 0.1, 1 / 3, 0.75, 1.0, 2.0, np.pi, 4.25, 7.0, 10.0, 123.5])
COSTS = st.one_of(AMOUNTS, st.floats(0, 20, allow_nan=False))
LIMITS = st.one_of(AMOUNTS, st.just(np.inf))
ENGINES = ("column_generation", "arc_lp")


@st.composite
def problems(draw: Any) -> MultiCommodityProblem:
    num_sites, goods = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    site = st.integers(0, num_sites - 1)
    ends = draw(st.lists(st.tuples(site, site).filter(lambda e: e[0] != e[1]), max_size=10))
    lanes = len(ends)

    def column(values: Any, length: int) -> list[float]:
        return list(draw(st.lists(values, min_size=length, max_size=length)))

    def pairs(first: int, second: int, most: int) -> list[tuple[int, int]]:
        if not first or not second:
            return []
        pair = st.tuples(st.integers(0, first - 1), st.integers(0, second - 1))
        return list(draw(st.lists(pair, unique=True, max_size=most)))

    demand, supply = pairs(goods, num_sites, 6), pairs(goods, num_sites, 6)
    own, num_groups = pairs(goods, lanes, 4), draw(st.integers(0, 2))
    members = pairs(num_groups, lanes, 6)

    def part(rows: list[tuple[int, int]], side: int) -> Any:
        return np.array([row[side] for row in rows], dtype=int)

    return MultiCommodityProblem(
        site_id=np.arange(num_sites),
        source=part(ends, 0),
        target=part(ends, 1),
        capacity=column(LIMITS, lanes),
        unit_cost=column(COSTS, lanes),
        site_capacity=column(st.one_of(st.just(np.inf), AMOUNTS), num_sites),
        handling_cost=column(st.one_of(st.just(0.0), AMOUNTS), num_sites),
        site_supply=column(LIMITS, num_sites),
        commodity_id=np.arange(goods),
        size=column(st.sampled_from([1.0, 0.5, 2.0, 1 / 3]), goods),
        demand_commodity=part(demand, 0),
        demand_site=part(demand, 1),
        demand=column(AMOUNTS, len(demand)),
        unmet_cost=column(st.one_of(st.just(np.inf), AMOUNTS), len(demand)),
        supply_commodity=part(supply, 0),
        supply_site=part(supply, 1),
        supply=column(LIMITS, len(supply)),
        own_commodity=part(own, 0),
        own_lane=part(own, 1),
        own_cost=column(st.one_of(st.just(np.nan), AMOUNTS), len(own)),
        own_capacity=column(LIMITS, len(own)),
        group_id=np.arange(num_groups),
        group_capacity=column(LIMITS, num_groups),
        member_group=part(members, 0),
        member_lane=part(members, 1),
        target_gap=0.0,
    )


def direct_program(problem: MultiCommodityProblem) -> OptimizeResult:
    """Solve the problem as its docstring states it: flow of each commodity on each lane."""
    goods, lanes, sites = problem.num_commodities, problem.num_lanes, problem.num_sites
    flows, given, wanted = goods * lanes, len(problem.supply), len(problem.demand)
    if not flows + given + wanted:  # which linprog refuses
        return OptimizeResult(status=0, fun=0.0)
    cost = np.tile(problem.unit_cost, (goods, 1)).copy()
    limit = np.full((goods, lanes), np.inf)
    special = ~np.isnan(problem.own_cost)
    cost[problem.own_commodity[special], problem.own_lane[special]] = problem.own_cost[special]
    limit[problem.own_commodity, problem.own_lane] = problem.own_capacity
    cost += problem.handling_cost[problem.target]
    soft = np.isfinite(problem.unmet_cost)
    balance = np.zeros((goods, sites, flows + given + wanted))
    for k in range(goods):
        for lane in range(lanes):
            balance[k, problem.target[lane], k * lanes + lane] += 1
            balance[k, problem.source[lane], k * lanes + lane] -= 1
    supplies = flows + np.arange(given)
    balance[problem.supply_commodity, problem.supply_site, supplies] = 1
    unmets = flows + given + np.arange(wanted)
    balance[problem.demand_commodity, problem.demand_site, unmets] = 1
    need = np.zeros((goods, sites))
    need[problem.demand_commodity, problem.demand_site] = problem.demand
    joint = np.zeros((lanes + sites, flows + given + wanted))
    for k in range(goods):
        joint[np.arange(lanes), k * lanes + np.arange(lanes)] = problem.size[k]
    joint[lanes + problem.supply_site, supplies] = problem.size[problem.supply_commodity]
    of_groups = np.zeros((len(problem.group_id), joint.shape[1]))
    np.add.at(of_groups, problem.member_group, joint[problem.member_lane])
    through = joint[lanes:].copy()
    np.add.at(through, problem.target, joint[:lanes])
    matrix = np.vstack([joint, of_groups, through])
    most = np.concatenate(
        [problem.capacity, problem.site_supply, problem.group_capacity, problem.site_capacity]
    )
    bounded = np.isfinite(most)
    costs = [cost.ravel(), problem.handling_cost[problem.supply_site]]
    costs.append(np.where(soft, problem.unmet_cost, 0.0))
    upper = [limit.ravel(), problem.supply, np.where(soft, problem.demand, 0.0)]
    return linprog(
        np.concatenate(costs),
        A_eq=balance.reshape(goods * sites, -1),
        b_eq=need.ravel(),
        A_ub=matrix[bounded],
        b_ub=most[bounded],
        bounds=np.column_stack([np.zeros(joint.shape[1]), np.concatenate(upper)]),
    )


@settings(max_examples=50, deadline=None)
@given(problem=problems())
def test_status_and_cost_are_those_of_the_linear_program(problem: MultiCommodityProblem) -> None:
    truth = direct_program(problem)
    for engine in ENGINES:
        solution = problem.solve(engine=engine)
        assert solution.check().ok, str(solution.check())
        if truth.status == 2:
            assert solution.status is Status.INFEASIBLE, engine
            continue
        assert solution.status is Status.OPTIMAL, engine
        assert abs(solution.cost - truth.fun) <= 1e-6 * max(1.0, abs(truth.fun)), engine


@settings(max_examples=25, deadline=None)
@given(problem=problems())
def test_the_shortage_is_the_least_that_must_stay_unmet(problem: MultiCommodityProblem) -> None:
    goods, lanes = problem.num_commodities, problem.num_lanes
    hard = np.isinf(problem.unmet_cost)
    free = problem.replace(
        unit_cost=np.zeros(lanes),
        handling_cost=np.zeros(problem.num_sites),
        own_cost=np.full(len(problem.own_lane), np.nan),
        unmet_cost=np.where(hard, 1.0, 0.0),
    )
    assert goods
    least = direct_program(free).fun
    for engine in ENGINES:
        why = problem.solve(engine=engine).relaxation
        shortage = 0.0 if why is None else why.shortage
        assert abs(shortage - least) <= 1e-6 * max(1.0, least), engine
