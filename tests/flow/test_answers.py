"""Small networks whose best flow can be worked out by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from flowopt.core import Status
from flowopt.flow import FlowProblem

Changed = Callable[..., FlowProblem]


def test_the_cheaper_way_is_filled_before_the_dearer_one(
    triangle: FlowProblem, engine: str
) -> None:
    solution = triangle.solve(engine=engine)
    assert solution.status is Status.OPTIMAL
    assert solution.flow.tolist() == [4.0, 2.0, 4.0]
    assert solution.cost == 4 * 2.5 + 2 * 4.0
    assert solution.bound == solution.cost
    assert solution.supplied.tolist() == [6.0, 0.0, 0.0]
    assert solution.through.tolist() == [6.0, 4.0, 6.0]


def test_a_minimum_flow_is_kept_though_it_costs(changed: Changed, engine: str) -> None:
    solution = changed(min_flow=[0.0, 5.0, 0.0]).solve(engine=engine)
    assert solution.flow.tolist() == [1.0, 5.0, 1.0]
    assert solution.reduced_costs.tolist() == [0.0, 1.5, 0.0]


def test_parallel_lanes_are_kept_apart(engine: str) -> None:
    problem = FlowProblem.from_arrays(
        [0, 0, 0], [1, 1, 1], capacity=[2, 3, 9], unit_cost=[1, 2, 3], supply=[9, 0], demand=[0, 7]
    )
    solution = problem.solve(engine=engine)
    assert solution.flow.tolist() == [2.0, 3.0, 2.0]
    assert solution.prices.tolist() == [0.0, 3.0]


def test_a_full_site_sends_the_rest_another_way(changed: Changed, engine: str) -> None:
    solution = changed(site_capacity=[np.inf, 3.0, np.inf]).solve(engine=engine)
    assert solution.flow.tolist() == [3.0, 3.0, 3.0]
    assert solution.prices.tolist() == [0.0, 3.0, 4.0]
    assert solution.entry_prices.tolist() == [0.0, 1.5, 4.0]  # room there is worth 1.50 a unit


def test_the_handling_cost_of_a_site_decides_the_way(changed: Changed, engine: str) -> None:
    solution = changed(handling_cost=[0.0, 1.75, 0.25]).solve(engine=engine)
    assert solution.flow.tolist() == [0.0, 6.0, 0.0]
    assert solution.cost == pytest.approx(6 * 4.25)


def test_supply_at_a_site_with_handling_is_handled_too(engine: str) -> None:
    problem = FlowProblem.from_arrays(
        [0], [1], unit_cost=[1.0], supply=[5, 0], demand=[2, 3], handling_cost=[0.5, 0.0]
    )
    solution = problem.solve(engine=engine)
    assert solution.through.tolist() == [5.0, 3.0]
    assert solution.cost == 5 * 0.5 + 3 * 1.0


def test_a_site_may_use_its_own_supply(engine: str) -> None:
    solution = FlowProblem.from_arrays([], [], supply=[5, 0], demand=[3, 0]).solve(engine=engine)
    assert solution.cost == 0.0
    assert solution.supplied.tolist() == [3.0, 0.0]


def test_demand_stays_unmet_where_that_is_cheaper(changed: Changed, engine: str) -> None:
    solution = changed(unmet_cost=3.0).solve(engine=engine)
    assert solution.unmet.tolist() == [0.0, 0.0, 2.0]
    assert solution.cost == 4 * 2.5 + 2 * 3.0
    assert solution.prices.tolist() == [0.0, 2.0, 3.0]


def test_each_site_may_have_its_own_price_of_unmet_demand(engine: str) -> None:
    problem = FlowProblem.from_arrays(
        [0, 0], [1, 2], unit_cost=[1, 1], supply=[5, 0, 0], demand=[0, 4, 4], unmet_cost=[0, 9, 7]
    )
    assert problem.solve(engine=engine).unmet.tolist() == [0.0, 0.0, 3.0]


def test_a_lane_that_pays_is_used_though_nothing_is_demanded(engine: str) -> None:
    around = FlowProblem.from_arrays([0, 1], [1, 0], capacity=[7, np.inf], unit_cost=[-1.5, 0.5])
    solution = around.solve(engine=engine)
    assert solution.flow.tolist() == [7.0, 7.0]
    assert solution.cost == -7.0


def test_cost_that_falls_without_end_is_unbounded_with_the_cycle(engine: str) -> None:
    around = FlowProblem.from_frames(
        {"id": ["Lyon", "Nice"]},
        {"source": ["Lyon", "Nice"], "target": ["Nice", "Lyon"], "unit_cost": [-1.5, 0.5]},
    )
    solution = around.solve(engine=engine)
    assert solution.status is Status.UNBOUNDED
    assert solution.explanation is not None
    assert solution.explanation.kind == "cycle"
    assert set(solution.explanation.lanes) == {("Lyon", "Nice", "road"), ("Nice", "Lyon", "road")}
    assert "costs -1" in solution.explanation.message


def test_an_endless_cycle_without_any_feasible_flow_is_infeasible(engine: str) -> None:
    problem = FlowProblem.from_arrays(
        [0, 1], [1, 0], unit_cost=[-1.5, 0.5], demand=[0, 0, 2], num_sites=3
    )
    assert problem.solve(engine=engine).status is Status.INFEASIBLE


def test_a_cycle_without_limit_that_costs_nothing_is_no_trouble(engine: str) -> None:
    problem = FlowProblem.from_arrays([0, 1], [1, 0], unit_cost=[-0.5, 0.5])
    assert problem.solve(engine=engine).cost == 0.0


def test_unlimited_supply_and_lanes_carry_what_is_wanted(engine: str) -> None:
    problem = FlowProblem.from_arrays(
        [0], [1], unit_cost=[0.1], supply=[np.inf, 0], demand=[0, 12345.678]
    )
    solution = problem.solve(engine=engine)
    assert solution.flow.tolist() == [12345.678]
    assert solution.prices.tolist() == [0.0, 0.1]


def test_a_network_without_sites_costs_nothing(engine: str) -> None:
    solution = FlowProblem.from_arrays([], []).solve(engine=engine)
    assert (solution.status, solution.cost) == (Status.OPTIMAL, 0.0)
    assert len(solution.to_frame("flows")) == 0


def test_sites_without_lanes_and_demand_are_left_in_peace(engine: str) -> None:
    solution = FlowProblem.from_arrays([], [], supply=[3, 0, np.inf]).solve(engine=engine)
    assert solution.supplied.tolist() == [0.0, 0.0, 0.0]


def test_the_same_problem_has_the_same_answer_bit_for_bit(
    triangle: FlowProblem, engine: str
) -> None:
    first, second = (triangle.solve(engine=engine, seed=seed) for seed in (1, 1))
    for name, array in vars(first.values).items():
        assert array.tobytes() == getattr(second.values, name).tobytes()
