"""Answers beside the design: what would help, the model to add to, the trade-offs, the check."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from flowopt import NoSolutionError, Status, ValidationError
from flowopt.core.errors import EngineError
from flowopt.flow.design import DesignProblem, DesignSolution
from flowopt.flow.design.explanation import Relaxation
from flowopt.flow.design.model import build
from flowopt.solvers.milp import to_arrays

INF = np.inf


# ---- why there is none


def reason(problem: DesignProblem) -> Relaxation:
    solution = problem.solve(workers=1)
    assert solution.status is Status.INFEASIBLE
    assert solution.explanation is not None
    with pytest.raises(NoSolutionError):
        solution.flow
    return solution.explanation


def alternatives(why: Relaxation) -> set[str]:
    return {str(rule) for group in why.alternatives for rule in group}


def test_too_little_capacity_says_how_much_more_or_less(pair: DesignProblem) -> None:
    why = reason(pair.replace(site_capacity=[12, 14, INF, INF]))
    assert alternatives(why) & {
        "capacity of site north raised by 4",
        "capacity of site south raised by 4",
    }
    assert sum(rule.amount for rule in why.alternatives[0]) == 4
    assert why.alternatives[0][0].rule == "demand"


def test_a_budget_that_is_too_small_says_by_how_much(pair: DesignProblem) -> None:
    why = reason(pair.replace(budget=20.0))
    assert "budget raised by 10" in alternatives(why)


def test_too_few_sites_for_their_capacity(pair: DesignProblem) -> None:
    why = reason(pair.replace(site_capacity=[15, 20, INF, INF], max_sites=1))
    assert "max_sites raised by 1" in alternatives(why)


def test_more_sites_than_there_are(pair: DesignProblem) -> None:
    assert alternatives(reason(pair.replace(min_sites=3))) == {"min_sites lowered by 1"}


def test_too_little_carbon_and_too_short_a_distance(pair: DesignProblem) -> None:
    assert "max_emissions raised by 5" in alternatives(reason(pair.replace(max_emissions=20.0)))
    short = alternatives(reason(pair.replace(max_mean_distance=15.0)))
    assert "max_mean_distance raised by 1.66667" in short


def test_a_supply_that_is_short(pair: DesignProblem) -> None:
    why = reason(pair.replace(supply=np.array([[10.0], [15.0], [0.0], [0.0]])))
    assert any(rule.startswith("supply of") for rule in alternatives(why))


def test_a_minimum_that_cannot_be_reached(pair: DesignProblem) -> None:
    why = reason(pair.replace(min_throughput=[18, 18, 0, 0], min_sites=2))
    assert sum(r.amount for g in why.alternatives for r in g if r.rule == "min_throughput") == 6


def test_a_single_source_too_large_for_any_lane(pair: DesignProblem) -> None:
    single = {"single_source": [False, False, False, True], "capacity": [INF, 12, INF, 12]}
    why = reason(pair.replace(**single))
    assert "single sourcing of market given up, lanes more: 1" in alternatives(why)


def test_a_capacity_that_is_short_in_one_period_is_named_with_it() -> None:
    problem = DesignProblem.from_arrays(
        [0],
        [1],
        demand=[[[0, 0]], [[4, 9]]],
        capacity=[7],
        site_id=["mill", "shop"],
        period_id=["winter", "summer"],
    )
    assert alternatives(reason(problem)) == {
        "demand of shop in summer unmet by 2",
        "capacity of lane mill → shop in summer raised by 2",
    }


def test_rules_that_only_help_together() -> None:
    problem = DesignProblem.from_arrays(
        [0, 1],
        [2, 2],
        demand=[0, 0, 10],
        site_fixed_cost=[5, 5, 0],
        site_capacity=[6, 6, INF],
        max_sites=1,
        budget=7.0,
        min_sites=1,
        min_throughput=[0, 0, 0],
        unmet_cost=INF,
    )
    tight = problem.replace(site_decision=["open", "open", "given"])
    why = reason(tight)
    assert not why.alternatives
    assert {rule.rule for rule in why.together} == {"max_sites", "budget"}


def test_the_relaxation_found_makes_it_feasible(pair: DesignProblem) -> None:
    short = pair.replace(site_capacity=[12, 14, INF, INF], budget=100.0)
    why = reason(short)
    (rule,) = next(group for group in why.alternatives if group[0].rule == "site_capacity")
    wider = short.site_capacity.copy()
    wider[["north", "south"].index(rule.subject.removeprefix("site "))] += rule.amount
    assert short.replace(site_capacity=wider).solve().status is Status.OPTIMAL


# ---- the readable model


def everything() -> DesignProblem:
    """A problem with every kind of variable and row."""
    return DesignProblem.from_arrays(
        [0, 0, 1, 2, 0],
        [1, 2, 3, 3, 3],
        site_id=["mill-1", "hub a", "hub_a", "shop"],
        mode=["road", "rail", "road", "road", "van"],
        unit_cost=[1, 1, 2, 2, 9],
        fixed_cost=[0, 3, 0, 1, 0],
        capacity=[20, 20, 20, 20, 20],
        min_flow=[0, 1, 0, 0, 0],
        emissions=[1, 1, 1, 1, 4],
        distance=[5, 6, 7, 8, 30],
        demand=[[[0, 0], [0, 0]]] * 3 + [[[5, 7], [3, 2]]],
        supply=[[30, 30], [0, 0], [0, 0], [0, 0]],
        joint_supply=[25, INF, INF, INF],
        site_fixed_cost=[0, 12, 9, 0],
        min_throughput=[0, 2, 2, 0],
        handling_cost=[0, 1, 1, 0],
        unmet_cost=[INF, INF, INF, 40],
        single_source=[False, False, False, True],
        step_on=[1, 1],
        step_from=[0, 6],
        step_unit_cost=[2, 1],
        step_fixed=[0, 9],
        module_on=[2],
        module_capacity=[6],
        module_cost=[5],
        min_sites=1,
        max_sites=2,
        budget=60.0,
        max_emissions=99.0,
        max_mean_distance=30.0,
    )


def test_the_readable_model_is_the_model_of_the_engines() -> None:
    problem = everything()
    model, readable = build(problem).linear, problem.to_pulp()
    variables, arrays = to_arrays(readable)
    names = {variable.name: place for place, variable in enumerate(variables)}
    from flowopt.flow.design.readable import column_names

    order = np.array([names[name] for name in column_names(problem, build(problem))])
    assert len(order) == len(names)
    assert (arrays.cost[order] == model.cost).all()
    assert (arrays.lower[order] == model.lower).all()
    assert (arrays.upper[order] == model.upper).all()
    assert (arrays.integer[order] == model.integer).all()
    assert arrays.offset == model.offset
    rows = model.matrix.toarray()
    doubled = (model.row_lower > -INF) & (model.row_upper < INF)
    doubled &= model.row_lower != model.row_upper
    assert arrays.matrix.shape[0] == len(rows) + doubled.sum()
    theirs = {
        (tuple(row), low, high)
        for row, low, high in zip(
            arrays.matrix.toarray()[:, order].tolist(),
            arrays.row_lower.tolist(),
            arrays.row_upper.tolist(),
            strict=True,
        )
    }
    for row, low, high in zip(
        map(tuple, rows.tolist()), model.row_lower.tolist(), model.row_upper.tolist(), strict=True
    ):
        sides = [(low, INF), (-INF, high)] if low != high else [(low, high)]
        for side in sides:
            assert side == (-INF, INF) or (row, *side) in theirs


@pytest.mark.parametrize("engine", ["highs", "cbc"])
def test_the_readable_model_gives_the_same_design(engine: Any) -> None:
    problem = everything()
    direct = problem.solve(workers=1)
    assert direct.check().ok
    solution = problem.solve_model(problem.to_pulp(), engine=engine, workers=1)
    assert solution.status is Status.OPTIMAL
    assert solution.engine == engine
    assert solution.cost == pytest.approx(direct.cost)


def test_names_that_pulp_would_confuse_stay_apart() -> None:
    names = set(everything().to_pulp().variablesDict())
    assert {"open(hub_a)", "open(hub_a)#13"} & names
    assert sum(name.startswith("open(") for name in names) == 2


def test_a_constraint_of_ones_own_is_kept(pair: DesignProblem) -> None:
    model = pair.to_pulp()
    known = model.variablesDict()
    model += known["open(north)"] + known["open(south)"] == 2
    solution = pair.solve_model(model)
    assert (solution.status, solution.open_sites) == (Status.OPTIMAL, ("north", "south"))
    assert solution.bound == solution.cost == 130


def test_a_cost_of_ones_own_leaves_the_bound_unknown(pair: DesignProblem) -> None:
    model = pair.to_pulp()
    model.setObjective(model.objective + 100 * model.variablesDict()["open(north)"])
    solution = pair.solve_model(model)
    assert solution.open_sites == ("south",)
    assert (solution.cost, solution.bound) == (140.0, 140.0)
    charged = pair.to_pulp()
    charged.setObjective(charged.objective + 1 * charged.variablesDict()["open(north)"])
    charged += charged.variablesDict()["open(north)"] == 1
    assert pair.solve_model(charged).bound is None


def test_a_model_that_cannot_be_met_has_no_design(pair: DesignProblem) -> None:
    model = pair.to_pulp()
    model += model.variablesDict()["open(north)"] >= 2
    solution = pair.solve_model(model)
    assert solution.status is Status.INFEASIBLE
    assert solution.explanation is None


def test_the_model_of_another_problem_is_refused(pair: DesignProblem) -> None:
    with pytest.raises(ValidationError, match="to_pulp"):
        pair.solve_model(everything().to_pulp())


# ---- trade-offs


@pytest.mark.parametrize("measure", ["distance", "emissions"])
def test_a_front_goes_from_the_cheapest_to_the_least(
    located: Callable[..., DesignProblem], measure: Any
) -> None:
    random = np.random.default_rng(3)
    problem = located(
        random.integers(1, 20, (5, 8)),
        random.integers(20, 60, 5),
        random.integers(1, 9, 8),
        distance=random.integers(5, 99, 40),
        emissions=random.integers(1, 9, 40),
    )
    front = problem.pareto(measure, points=5, workers=1)
    costs, values = front.columns()["cost"], front.columns()[measure]
    assert 2 <= len(front) <= 5
    assert (np.diff(costs) > 0).all()
    assert (np.diff(values) < 0).all()
    assert costs[0] == problem.solve(workers=1).cost
    assert all(solution.check().ok for solution in front.solutions)
    limit = {"distance": "max_mean_distance", "emissions": "max_emissions"}[measure]
    below = problem.replace(**{limit: float(values[-1]) * 0.999 - 1e-6})
    assert below.solve(workers=1).status is Status.INFEASIBLE
    assert front.to_frame().shape == (len(front), 5)


def test_a_front_has_a_chart(pair: DesignProblem) -> None:
    import matplotlib.pyplot as plt

    axes = pair.pareto("emissions", points=3, workers=1).plot()
    assert axes.get_ylabel() == "cost"
    plt.close("all")


@pytest.mark.parametrize(("measure", "points"), [("beauty", 3), ("distance", 1), ("distance", 2.5)])
def test_a_front_of_nonsense_is_refused(pair: DesignProblem, measure: Any, points: Any) -> None:
    with pytest.raises(ValidationError):
        pair.pareto(measure, points=points)


def test_a_problem_without_a_design_has_no_front(pair: DesignProblem) -> None:
    with pytest.raises(NoSolutionError):
        pair.replace(budget=1.0).pareto("distance")


# ---- the check finds what is wrong


def tampered(solution: DesignSolution, **changes: Any) -> DesignSolution:
    assert solution.values is not None
    values = dataclasses.replace(solution.values, **changes)
    return dataclasses.replace(solution, values=values)


def broken(solution: DesignSolution) -> set[str]:
    return {violation.constraint for violation in solution.check()}


def test_each_rule_that_is_broken_is_named(pair: DesignProblem) -> None:
    solution = pair.solve(workers=1)
    flow = solution.flow
    assert "lane_closed" not in broken(solution)
    less = flow.copy()
    less[0, 0, 0] = 9
    assert broken(tampered(solution, flow=less)) == {
        "supply"
    }  # the shop would have to give itself one
    assert "finite" in broken(tampered(solution, flow=np.full_like(flow, np.nan)))
    shut = np.array([False, False, True, True])
    assert "capacity" in broken(tampered(solution, open=shut))
    assert "unmet" in broken(tampered(solution, unmet=pair.demand.copy(), flow=flow * 0))


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("capacity", {"site_capacity": [20, INF, INF, INF]}),
        ("capacity", {"capacity": [INF, 5, INF, INF]}),
        ("minimum", {"min_throughput": [31, 0, 0, 0]}),
        ("minimum", {"min_flow": [11, 0, 0, 0]}),
        ("max_sites", {"max_sites": 0}),
        ("min_sites", {"min_sites": 2}),
        ("budget", {"budget": 29.0}),
        ("max_emissions", {"max_emissions": 44.0}),
        ("max_mean_distance", {"max_mean_distance": 29.0}),
        ("reach", {"max_distance": [INF, INF, INF, 39]}),
        ("reach", {"max_lead_time": [INF, INF, 0.5, INF]}),
        ("supply", {"supply": np.array([[29.0], [9], [0], [0]])}),
        ("closed", {"site_decision": ["closed", "auto", "auto", "auto"]}),
        ("open", {"site_decision": ["auto", "open", "auto", "auto"]}),
        ("closed", {"decision": ["closed", "auto", "auto", "auto"]}),
        ("commodity", {"lane_commodity": [1, -1, -1, -1]}),
        ("cost", {"unit_cost": [2.0, 4.0, 5.0, 2.0]}),
    ],
    ids=str,
)
def test_a_design_of_an_easier_problem_fails_the_check(
    pair: DesignProblem, rule: str, changes: dict[str, Any]
) -> None:
    solution = pair.solve(workers=1)
    if rule == "commodity":
        changes = changes | {
            "commodity_id": [0, 1],
            "commodity_weight": [1.0, 1.0],
            "demand": np.concatenate([pair.demand, 0 * pair.demand], axis=1),
            "supply": np.repeat(pair.supply, 2, axis=1),
        }
        grown = np.concatenate([solution.flow, 0 * solution.flow], axis=1)
        unmet = np.concatenate([solution.unmet, 0 * solution.unmet], axis=1)
        solution = tampered(solution, flow=grown, unmet=unmet)
    harder = dataclasses.replace(solution, problem=pair.replace(**changes))
    assert rule in broken(harder)


def test_an_engine_that_lies_about_the_cost_is_caught(pair: DesignProblem) -> None:
    from flowopt.core.options import Options, Run
    from flowopt.flow.design.engines.pipeline import answer
    from flowopt.solvers.highs import solve_linear

    model = build(pair)
    run = Run(Options(workers=1))
    result = solve_linear(model.linear, run)
    assert result.objective is not None
    wrong = dataclasses.replace(result, objective=result.objective - 5, bound=0.0)
    with pytest.raises(EngineError, match="the design costs 120"):
        answer(pair, model, wrong, run, "highs")


def test_the_first_design_stands_in_for_a_solver_without_any(pair: DesignProblem) -> None:
    from flowopt.core.status import Limit
    from flowopt.flow.design.engines.exact import _at_least
    from flowopt.flow.design.engines.pipeline import columns_of
    from flowopt.solvers.linear import LinearResult

    model, solution = build(pair), pair.solve(workers=1)
    assert solution.values is not None
    first = columns_of(pair, model, solution.values)
    stopped = LinearResult(Status.NO_SOLUTION_FOUND, Limit.TIME, bound=90.0)
    kept = _at_least(model, first, stopped)
    assert (kept.status, kept.limit) == (Status.FEASIBLE, Limit.TIME)
    assert (kept.objective, kept.bound) == (120.0, 90.0)
    assert _at_least(model, None, stopped) is stopped
    with pytest.raises(EngineError, match="there is one that costs 120"):
        _at_least(model, first, LinearResult(Status.INFEASIBLE))


def test_a_model_turned_to_the_dearest_leaves_the_bound_unknown(pair: DesignProblem) -> None:
    model = pair.to_pulp()
    model.sense = -1
    solution = pair.solve_model(model)
    assert solution.cost >= pair.solve().cost
    assert solution.bound is None


def test_what_is_no_model_is_refused(pair: DesignProblem) -> None:
    with pytest.raises(TypeError, match="give the model of to_pulp"):
        pair.solve_model(None)
