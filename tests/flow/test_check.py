"""The check finds what is wrong with an answer, whoever gave it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from flowopt.core import Status
from flowopt.flow import FlowProblem, FlowSolution

Broken = Callable[..., list[str]]


@pytest.fixture
def problem() -> FlowProblem:
    """Two plants, a depot with a limit, two shops, one of which may go without."""
    return FlowProblem.from_arrays(
        [0, 1, 2, 2, 0],
        [2, 2, 3, 4, 4],
        capacity=[45, np.inf, np.inf, 50, np.inf],
        unit_cost=[1.1, 1.3, 2.25, 3.0, 9.0],
        min_flow=[0, 5, 0, 0, 0],
        supply=[50, 30, 0, 0, 0],
        demand=[0, 0, 0, 40, 35.5],
        site_capacity=[np.inf, np.inf, 70, np.inf, np.inf],
        handling_cost=[0, 0, 0.5, 0, 0],
        unmet_cost=[np.inf, np.inf, np.inf, np.inf, 8.0],
    )


@pytest.fixture
def broken(problem: FlowProblem) -> Broken:
    """Return the constraints that an answer breaks once some of its numbers are changed."""
    solution = problem.solve()
    assert solution.check().ok
    assert solution.values is not None

    def _broken(status: Status = Status.FEASIBLE, cost: float = 0.0, **changes: Any) -> list[str]:
        values = {
            name: array + np.array(changes.pop(name, 0.0))
            for name, array in vars(solution.values).items()
        }
        assert not changes
        outcome = dataclasses.replace(solution.outcome, status=status, cost=solution.cost + cost)
        other = FlowSolution(
            problem=problem, outcome=outcome, values=type(solution.values)(**values)
        )
        return sorted({violation.constraint for violation in other.check()})

    return _broken


def one(place: int, amount: float, length: int = 5) -> list[float]:
    column = [0.0] * length
    column[place] = amount
    return column


def test_an_untouched_answer_holds(broken: Broken) -> None:
    assert broken() == []
    assert broken(Status.OPTIMAL) == []


def test_a_wrong_cost_is_found(broken: Broken) -> None:
    assert broken(cost=0.01) == ["cost"]


def test_flow_from_nowhere_is_found(broken: Broken) -> None:
    assert "balance" in broken(flow=one(2, 0.5))


def test_supply_from_nowhere_is_found(broken: Broken) -> None:
    assert "balance" in broken(supplied=one(1, 0.5))
    assert "supply" in broken(supplied=one(2, 0.5))


def test_demand_that_quietly_stays_unmet_is_found(broken: Broken) -> None:
    assert {"balance", "unmet"} <= set(broken(unmet=one(3, 1.0)))


def test_too_much_on_a_lane_is_found(broken: Broken) -> None:
    assert "capacity" in broken(flow=one(0, 6.0))


def test_too_little_on_a_lane_is_found(broken: Broken) -> None:
    assert "min_flow" in broken(flow=one(1, -22.0))
    assert "min_flow" in broken(flow=one(4, -1e4))


def test_too_much_through_a_site_is_found(broken: Broken) -> None:
    assert "site_capacity" in broken(flow=one(1, 1.0))


def test_values_that_are_no_numbers_are_found(broken: Broken) -> None:
    assert broken(flow=one(0, np.nan)) == ["finite"]
    assert broken(Status.OPTIMAL, prices=one(0, np.inf)) == ["finite"]


def test_a_feasible_flow_that_could_be_cheaper_is_not_optimal(problem: FlowProblem) -> None:
    dearer = problem.replace(unit_cost=np.array([1.1, 1.3, 2.25, 3.0, 5.0])).solve()
    assert dearer.values is not None
    cost = float(dearer.cost + 4.0 * dearer.flow[4])
    for status, fine in ((Status.FEASIBLE, True), (Status.OPTIMAL, False)):
        outcome = dataclasses.replace(dearer.outcome, status=status, cost=cost)
        claim = FlowSolution(problem=problem, outcome=outcome, values=dearer.values)
        assert claim.check().ok is fine


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("amount", [-0.5, 0.5])
def test_a_wrong_price_is_found_at_any_site(broken: Broken, place: int, amount: float) -> None:
    found = broken(Status.OPTIMAL, prices=one(place, amount), entry_prices=one(place, amount))
    assert any(name.startswith("optimality") for name in found)


def test_a_price_that_hides_the_rent_of_a_site_is_found(broken: Broken) -> None:
    assert broken(Status.OPTIMAL, entry_prices=one(2, 0.25))


def test_prices_do_not_matter_to_an_answer_that_claims_nothing(broken: Broken) -> None:
    assert broken(prices=one(2, 100.0)) == []


def test_an_answer_without_values_breaks_nothing(problem: FlowProblem) -> None:
    short = problem.replace(supply=np.zeros(5), min_flow=np.zeros(5)).solve()
    assert short.status is Status.INFEASIBLE
    assert short.check().ok


def test_violations_name_sites_and_lanes_in_the_users_ids() -> None:
    problem = FlowProblem.from_frames(
        {"id": ["Rennes", "Brest"], "supply": [5, 0], "demand": [0, 5]},
        {"source": ["Rennes"], "target": ["Brest"], "mode": ["rail"], "capacity": [5]},
    )
    solution = problem.solve()
    assert solution.values is not None
    values = dataclasses.replace(solution.values, flow=np.array([7.0]))
    report = dataclasses.replace(solution, values=values).check()
    assert {violation.subject for violation in report} == {
        "Rennes → Brest (rail)",
        "Rennes",
        "Brest",
    }
