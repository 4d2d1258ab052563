"""What comes out: flows, paths, prices, the reason why there is none, and a check that sees."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from flowopt.core import Limit, Status
from flowopt.flow.multicommodity import MultiCommodityProblem, MultiCommoditySolution
from flowopt.flow.multicommodity.check import lagrangian_bound, provably_unmet
from flowopt.flow.multicommodity.solve import preferred
from flowopt.flow.multicommodity.values import JointPrices

Changed = Callable[..., MultiCommodityProblem]


# ---- answers


def test_who_gains_most_by_a_full_lane_gets_it(
    corridor: MultiCommodityProblem, engine: str
) -> None:
    solution = corridor.solve(engine=engine)
    assert solution.status is Status.OPTIMAL
    assert solution.bound == pytest.approx(solution.cost)
    assert solution.lane_flow.tolist() == [2.0, 4.0, 6.0, 3.0]  # steel has no other way
    assert solution.lane_prices.tolist() == [0.0, 0.0, 3.0, 0.0]
    assert solution.cost == 2 * 4 + 3 * 7 + 2 * 5


def test_the_price_of_a_lane_is_what_a_unit_more_saves(
    corridor: MultiCommodityProblem, changed: Changed, engine: str
) -> None:
    before = corridor.solve(engine=engine)
    after = changed(capacity=[9.0, 9.0, 7.0, 20.0]).solve(engine=engine)
    assert before.cost - after.cost == pytest.approx(before.lane_prices[2])


def test_tables_are_in_the_words_of_the_caller(corridor: MultiCommodityProblem) -> None:
    solution = corridor.solve()
    flows = solution.to_frame("flows")
    assert flows.loc[flows["mode"] == "river", ["commodity", "flow", "cost"]].values.tolist() == [
        ["grain", 3.0, 21.0]
    ]
    paths = solution.to_frame("paths").sort_values(["commodity", "unit_cost"])
    assert paths["flow"].tolist() == [2.0, 3.0, 2.0]
    assert paths["unit_cost"].tolist() == [4.0, 7.0, 5.0]
    assert (paths["flow"] * paths["unit_cost"]).sum() == solution.cost
    lanes = solution.to_frame("path_lanes")
    assert lanes.groupby("path").size().sort_index().tolist() == [
        int(count) for count in solution.to_frame("paths")["num_lanes"]
    ]
    assert solution.to_frame("lanes")["used"].tolist() == solution.lane_flow.tolist()
    assert solution.to_frame("sites")["supplied"].tolist() == [5.0, 4.0, 0.0, 0.0]
    assert solution.summary()["full_lanes"] == 1


def test_a_chart_names_the_lanes_that_are_full(corridor: MultiCommodityProblem) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    ax = corridor.solve().plot()
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names[-1] == "hub → port (rail)"


def test_demand_with_a_price_stays_unmet_when_that_is_cheaper(
    changed: Changed, engine: str
) -> None:
    solution = changed(unmet_cost=[6.0, np.inf]).solve(engine=engine)
    assert solution.unmet.tolist() == [3.0, 0.0]
    assert solution.cost == 2 * 4 + 3 * 6 + 2 * 5


def test_what_goes_through_a_site_is_limited_and_costs(changed: Changed, engine: str) -> None:
    solution = changed(
        site_capacity=[np.inf, np.inf, 5.0, np.inf], handling_cost=[0.5, 0.0, 1.0, 0.0]
    ).solve(engine=engine)
    assert solution.lane_flow.tolist() == [1.0, 4.0, 5.0, 4.0]
    assert solution.cost == 1 * 5.5 + 4 * 7.5 + 2 * 6
    assert solution.prices.site.tolist() == [0.0, 0.0, 2.0, 0.0]


def test_what_sites_give_is_shared(engine: str) -> None:
    problem = MultiCommodityProblem.from_arrays(
        [0, 1],
        [2, 2],
        unit_cost=[1.0, 4.0],
        supply=[[9, 9, 0], [9, 9, 0]],
        demand=[[0, 0, 4], [0, 0, 3]],
        site_supply=[5.0, np.inf, np.inf],
    )
    solution = problem.solve(engine=engine)
    assert solution.lane_flow.tolist() == [5.0, 2.0]
    assert solution.prices.site_supply.tolist() == [3.0, 0.0, 0.0]


def test_auto_takes_one_program_for_small_problems_and_paths_for_large(
    corridor: MultiCommodityProblem,
) -> None:
    assert corridor.solve().engine == "arc_lp"
    many = np.zeros(3000, int)
    large = corridor.replace(
        source=many, target=many + 3, capacity=many + 1.0, unit_cost=many + 1.0, mode=None
    )
    assert preferred(large)[0].name == "column_generation"


# ---- no answer


def test_the_least_relaxation_names_demand_and_capacity(changed: Changed, engine: str) -> None:
    solution = changed(capacity=[9.0, 9.0, 6.0, 1.0], demand=[8.0, 2.0]).solve(engine=engine)
    assert solution.status is Status.INFEASIBLE
    why = solution.relaxation
    # a unit of steel takes two of rail: 5 of grain stay, or 2 of steel and 1 of grain
    assert why.shortage == pytest.approx(3.0)
    assert why.extra == pytest.approx(5.0)
    assert set(why.to_frame("extra_capacity")["name"]) <= {
        "hub → port (rail)",
        "farm → port (river)",
    }
    assert why.proven == pytest.approx(3.0)
    assert why.to_frame("lengths")["length"].min() > 0
    assert solution.check().ok
    assert why.message in solution.summary()["explanation"]


def test_more_capacity_does_not_help_where_nothing_leads(changed: Changed, engine: str) -> None:
    solution = changed(demand_site=[3, 0]).solve(engine=engine)  # nothing leads back to the farm
    why = solution.relaxation
    assert solution.status is Status.INFEASIBLE
    assert why.extra is None
    assert why.unmet["commodity"].tolist() == ["steel"]
    assert "nothing leads there" in str(why)
    with pytest.raises(KeyError, match="lengths"):
        why.to_frame("nonsense")


def test_a_relaxed_problem_can_be_solved(changed: Changed, engine: str) -> None:
    capacity = np.array([9.0, 9.0, 6.0, 1.0])
    problem = changed(capacity=capacity, demand=[8.0, 2.0])
    why = problem.solve(engine=engine).relaxation
    names = [problem.lane_name(lane) for lane in range(problem.num_lanes)]
    for name, extra in zip(why.extra_capacity["name"], why.extra_capacity["extra"], strict=True):
        capacity[names.index(name)] += extra
    assert problem.replace(capacity=capacity).solve(engine=engine).status is Status.OPTIMAL


# ---- the check


@pytest.fixture
def solution(corridor: MultiCommodityProblem) -> MultiCommoditySolution:
    return corridor.solve()


def tampered(solution: MultiCommoditySolution, **columns: Any) -> set[str]:
    """Return the constraints that a changed answer breaks."""
    values = dataclasses.replace(solution.values, **columns)
    report = dataclasses.replace(solution, values=values).check()
    return {violation.constraint for violation in report}


def test_the_check_sees_flow_that_does_not_arrive(solution: MultiCommoditySolution) -> None:
    assert tampered(solution, path_flow=solution.values.path_flow * 0.9) >= {"demand", "cost"}


def test_the_check_sees_too_much_flow(solution: MultiCommoditySolution) -> None:
    tight = solution.problem.replace(
        capacity=solution.problem.capacity * 0.9,
        site_capacity=np.full(4, 5.0),
        site_supply=np.full(4, 3.0),
        supply=np.array([1.0, 1.0]),
        own_commodity=[0],
        own_lane=[3],
        own_cost=[np.nan],
        own_capacity=[1.0],
        group_id=["g"],
        group_capacity=[1.0],
        member_group=[0],
        member_lane=[2],
    )
    prices = JointPrices(
        solution.prices.lane, np.zeros(1), *(np.zeros(4),) * 2, np.zeros(1), np.zeros(2)
    )
    report = dataclasses.replace(solution, problem=tight, prices=prices).check()
    assert {violation.constraint for violation in report} >= {
        "capacity",
        "group_capacity",
        "site_capacity",
        "site_supply",
        "supply",
        "commodity_capacity",
    }


def test_the_check_sees_lanes_that_are_no_path(solution: MultiCommoditySolution) -> None:
    assert tampered(solution, path_lane=solution.values.path_lane[::-1].copy()) == {"path"}


def test_the_check_sees_unmet_demand_that_must_be_met(solution: MultiCommoditySolution) -> None:
    assert "unmet" in tampered(solution, unmet=np.array([1.0, 0.0]))


def test_the_check_sees_a_bound_that_the_prices_do_not_prove(
    solution: MultiCommoditySolution,
) -> None:
    nothing = JointPrices(*(np.zeros(len(part)) for part in vars(solution.prices).values()))
    report = dataclasses.replace(solution, prices=nothing).check()
    assert {violation.constraint for violation in report} == {"bound", "optimality"}
    report = dataclasses.replace(solution, prices=None).check()
    assert {violation.constraint for violation in report} == {"bound"}


def test_any_prices_prove_no_more_than_the_least_cost(solution: MultiCommoditySolution) -> None:
    chance = np.random.default_rng(4)
    for _ in range(50):
        parts = [chance.normal(0, 3, len(part)) for part in vars(solution.prices).values()]
        assert lagrangian_bound(solution.problem, JointPrices(*parts)) <= solution.cost * (1 + 1e-9)
        assert provably_unmet(solution.problem, JointPrices(*parts)) <= 1e-9


def test_the_check_sees_a_proof_that_proves_nothing(changed: Changed) -> None:
    short = changed(demand=[50.0, 2.0]).solve()
    nothing = JointPrices(*(np.zeros(len(part)) for part in vars(short.relaxation.proof).values()))
    wrong = dataclasses.replace(short.relaxation, proof=nothing)
    report = dataclasses.replace(short, relaxation=wrong).check()
    assert {violation.constraint for violation in report} == {"infeasibility"}


def test_rounds_can_be_limited(corridor: MultiCommodityProblem) -> None:
    solution = corridor.solve(engine="column_generation", iteration_limit=1)
    assert solution.limit is Limit.ITERATIONS or solution.status is Status.OPTIMAL
    assert solution.check().ok
