"""Floats become whole numbers without loss, or with a loss that is stated."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowopt.core import EngineError, Status
from flowopt.flow import FlowProblem
from flowopt.flow.expansion import expand
from flowopt.flow.scaling import to_integers


def test_decimal_data_are_exact() -> None:
    problem = FlowProblem.from_arrays(
        [0, 0], [1, 1], capacity=[0.1, 9], unit_cost=[0.07, 0.3], supply=[5, 0], demand=[0, 0.35]
    )
    solution = problem.solve(engine="ortools")
    details = solution.outcome.details
    assert (details["quantity_factor"], details["cost_factor"]) == (100.0, 100.0)
    assert details["quantity_error"] == details["cost_error"] == 0.0
    assert solution.flow.tolist() == [0.1, 0.25]
    assert solution.supplied.tolist() == [0.35, 0.0]


def test_whole_numbers_are_not_scaled() -> None:
    details = FlowProblem.from_arrays([0], [1], unit_cost=3).solve(engine="ortools").outcome.details
    assert (details["quantity_factor"], details["cost_factor"]) == (1.0, 1.0)


def test_the_error_of_what_is_not_decimal_is_stated() -> None:
    problem = FlowProblem.from_arrays(
        [0, 0],
        [1, 1],
        capacity=[1 / 3, 9],
        unit_cost=[1 / 7, np.pi],
        supply=[5, 0],
        demand=[0, 2 / 3],
    )
    solution = problem.solve(engine="ortools")
    assert 0 < solution.outcome.details["quantity_error"] < 1e-15
    assert 0 < solution.outcome.details["cost_error"] < 1e-9
    assert solution.flow[0] == 1 / 3  # a full lane is exactly full
    assert solution.cost == pytest.approx(1 / 21 + np.pi / 3, rel=1e-14)


def test_no_float_is_truncated() -> None:
    """What OR-Tools does to 1.9 (it becomes 1) would make the dearer lane look cheaper."""
    problem = FlowProblem.from_arrays(
        [0, 0], [1, 1], unit_cost=[1.9, 1.2], capacity=[9, 0.5], supply=[1, 0], demand=[0, 1]
    )
    assert problem.solve(engine="ortools").cost == pytest.approx(0.5 * 1.2 + 0.5 * 1.9)


@pytest.mark.parametrize("noise", [0.1 + 0.2, sum([0.1] * 3)])
def test_the_rounding_of_a_sum_makes_nothing_infeasible(noise: float) -> None:
    assert noise != 0.3
    problem = FlowProblem.from_arrays([0], [1], supply=[0.3, 0], demand=[0, noise])
    assert problem.solve(engine="ortools").status is Status.OPTIMAL


def test_balanced_floats_whose_sums_differ_by_rounding_are_feasible() -> None:
    rng = np.random.default_rng(0)
    demand = np.concatenate([[0.0], rng.uniform(0, 1e6, 500)])
    supply = np.zeros(501)
    supply[0] = demand[::-1].sum()
    problem = FlowProblem.from_arrays(
        np.zeros(500, dtype=int), np.arange(1, 501), supply=supply, demand=demand
    )
    assert problem.solve(engine="ortools").status is Status.OPTIMAL


def test_a_capacity_far_above_all_demand_costs_no_precision() -> None:
    problem = FlowProblem.from_arrays(
        [0], [1], capacity=1e15, supply=[9e15, 0], demand=[0, 0.001], site_capacity=1e15
    )
    solution = problem.solve(engine="ortools")
    assert solution.flow.tolist() == [0.001]
    assert solution.outcome.details["quantity_factor"] == 1000.0


def test_small_flows_survive_beside_large_ones(engine: str) -> None:
    problem = FlowProblem.from_arrays(
        [0, 2], [1, 3], supply=[1e9, 0, np.pi * 1e-3, 0], demand=[0, np.e * 1e8, 0, np.pi * 1e-3]
    )
    assert problem.solve(engine=engine).flow == pytest.approx(
        [np.e * 1e8, np.pi * 1e-3], rel=1e-12, abs=1e-8
    )


@pytest.mark.parametrize("cost", [2.0**40, 2.0**52, 1e15 / 3])
def test_costs_too_large_for_long_paths_are_rounded_and_mended(cost: float) -> None:
    """OR-Tools refuses a chain of 10 000 arcs at cost 2^40, and of fewer at more."""
    num_sites = 1500
    chain = np.arange(num_sites - 1)
    source, target = np.append(chain, [0, 0]), np.append(chain + 1, [num_sites - 1] * 2)
    unit_cost = np.full(len(source), cost)
    unit_cost[-2:] = min(cost * (num_sites - 1), 2.0**52) * np.array([1.0, 1 - 1e-12])
    demand = np.zeros(num_sites)
    demand[-1] = 3
    problem = FlowProblem.from_arrays(
        source, target, unit_cost=unit_cost, supply=np.roll(demand, 1), demand=demand
    )
    solution = problem.solve(engine="ortools")
    assert solution.status is Status.OPTIMAL
    assert solution.flow[-1] == 3.0  # cheaper than the lane beside it by one part in 10^12


@given(
    amounts=st.lists(st.floats(0, 1e9) | st.integers(0, 10**6), min_size=4, max_size=4),
    costs=st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3),
)
def test_bounds_are_never_rounded_inwards(amounts: list[float], costs: list[float]) -> None:
    problem = FlowProblem.from_arrays(
        [0, 1, 0], [1, 2, 2], capacity=amounts[:3], unit_cost=costs, demand=[0, 0, amounts[3]]
    )
    network = expand(problem).network
    whole = next(to_integers(network))
    factor = Fraction(whole.quantities.factor)
    exact = not whole.quantities.error
    most = max(whole.capacity.max(), 0)
    for true, rounded in zip(network.capacity.tolist(), whole.capacity.tolist(), strict=True):
        if exact and rounded < most:
            assert float(Fraction(rounded) / factor) == true
        else:
            assert rounded >= min(Fraction(true) * factor, most)
    given_up = Fraction(-int(whole.balance[2])) / factor
    assert given_up <= Fraction(amounts[3]) or float(given_up) == amounts[3]
    assert int(whole.balance.sum()) == 0


# ---- quantities that are far apart


@pytest.fixture
def crumbs() -> Callable[[float], FlowProblem]:
    """A plant with 400 shops of up to so much, and one of a third, which two narrow lanes feed."""

    def _crumbs(large: float) -> FlowProblem:
        rng = np.random.default_rng(0)
        demand = np.append(0.0, rng.uniform(large / 2, large, 400))
        demand[1] = 1 / 3
        shops = np.arange(1, 401)
        return FlowProblem.from_arrays(
            np.append(np.zeros(400, dtype=int), 2),
            np.append(shops, 1),
            unit_cost=np.append(rng.uniform(2, 9, 400), 0.5),
            capacity=np.append([0.3], np.full(400, np.inf)),
            supply=np.append(np.inf, np.zeros(400)),
            demand=demand,
        )

    return _crumbs


@pytest.mark.parametrize("large", [1e3, 1e9, 1e11, 1e13])
def test_a_crumb_among_large_quantities_is_exact(
    crumbs: Callable[[float], FlowProblem], large: float
) -> None:
    problem = crumbs(large)
    solution = problem.solve()
    dear = problem.unit_cost[1] + 0.5 < problem.unit_cost[0]
    first = 0.0 if dear else 0.3
    assert solution.flow[[0, -1]] == pytest.approx([first, 1 / 3 - first], rel=1e-9)
    assert solution.flow[1] == pytest.approx(problem.demand[2] + solution.flow[-1], rel=1e-15)


def test_what_whole_numbers_cannot_hold_is_solved_in_floats_and_said(
    crumbs: Callable[[float], FlowProblem],
) -> None:
    """Rounded to steps of 1/2, nothing of the demand of a third is left to fill the first lane."""
    problem = crumbs(1e13)
    narrow = problem.replace(capacity=np.append([0.2, np.inf], np.full(399, np.inf)))
    narrow = narrow.replace(unit_cost=np.append([1e-3], narrow.unit_cost[1:]))
    solution = narrow.solve()
    assert solution.flow[[0, -1]] == pytest.approx([0.2, 1 / 3 - 0.2], rel=1e-9)
    assert solution.engine == "highs"
    assert "too coarse beside a quantity of 0.333333" in solution.outcome.details["chosen_because"]
    for engine in ("ortools", "network_simplex"):
        with pytest.raises(EngineError, match="too coarse"):
            narrow.solve(engine=engine)
