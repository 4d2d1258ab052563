"""The check finds every way in which an answer may be wrong; what comes out can be read."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from flowopt import EngineError, SafetyStockProblem, Status
from flowopt.inventory import SafetyStockSolution


@pytest.fixture
def solution() -> SafetyStockSolution:
    problem = SafetyStockProblem.from_frames(
        {
            "stage": ["part", "press", "sale"],
            "stage_time": [5, 8, 4],
            "inbound_service_time": [2, 0, 0],
            "added_cost": [24, 36, 24],
            "demand_mean": [None, None, 5],
            "demand_sd": [0, 0, 3],
            "safety_factor": [None, None, 1.645],
        },
        {"source": ["part", "press"], "target": ["press", "sale"], "lead_time": [1, 0]},
        0.35,
    )
    return problem.solve()


def broken(solution: SafetyStockSolution, **changes: object) -> set[str]:
    report = dataclasses.replace(solution, **changes).check()  # type: ignore[arg-type]  # on purpose
    return {violation.constraint for violation in report}


def test_a_good_answer_holds(solution: SafetyStockSolution) -> None:
    assert solution.check().ok


@pytest.mark.parametrize(
    ("service", "constraint"),
    [
        ([-1.0, 0.0, 0.0], "service_time"),
        ([0.0, 0.0, 3.0], "max_service_time"),
        ([90.0, 0.0, 0.0], "net_replenishment_time"),
        ([np.nan, 0.0, 0.0], "service_time"),
        ([np.inf, 0.0, 0.0], "service_time"),
    ],
)
def test_a_service_time_that_cannot_be_is_found(
    solution: SafetyStockSolution, service: list[float], constraint: str
) -> None:
    assert constraint in broken(solution, service_time=np.array(service))


def test_inputs_before_they_are_there_are_found(solution: SafetyStockSolution) -> None:
    early = solution.inbound_service_time - 1
    found = broken(solution, inbound_service_time=np.maximum(early, 0))
    assert {"inbound_service_time", "link"} <= found


def test_a_cost_a_bound_and_a_status_that_lie_are_found(solution: SafetyStockSolution) -> None:
    outcome = solution.outcome
    assert outcome.cost is not None
    less = dataclasses.replace(outcome, cost=0.9 * outcome.cost)
    high = dataclasses.replace(outcome, bound=1.1 * outcome.cost)
    low = dataclasses.replace(outcome, bound=0.5 * outcome.cost)
    assert "cost" in broken(solution, outcome=less)
    assert "bound" in broken(solution, outcome=high)
    assert "status" in broken(solution, outcome=low)
    feasible = dataclasses.replace(low, status=Status.FEASIBLE)
    assert not broken(solution, outcome=feasible)


@pytest.mark.parametrize("pooling", [1.0, 1.5, 2.0, np.inf])
def test_the_check_adds_up_demand_and_cost_itself(pooling: float) -> None:
    problem = SafetyStockProblem.from_frames(
        {
            "stage": [1, 2, 3, 4],
            "stage_time": [5, 8, 4, 3],
            "stage_time_sd": [1, 0, 2, 0.5],
            "added_cost": [24, 36, 24, 10],
            "demand_mean": [None, None, 5, 2],
            "demand_sd": [0, 0, 3, 4],
            "safety_factor": [None, None, 1.645, None],
            "cycle_service_level": [None, None, None, 0.9],
            "risk_pooling": [pooling] * 4,
        },
        {"source": ["1", "2", "2", "1"], "target": ["2", "3", "4", "4"], "quantity": [2, 1, 3, 5]},
        0.35,
    )
    solution = problem.solve()
    assert solution.check().ok
    assert problem.demand.mean[0] == 2 * (5 + 3 * 2) + 5 * 2
    for name, wrong in (
        ("demand", dataclasses.replace(problem.demand, spread=1.01 * problem.demand.spread)),
        ("holding_cost", 1.01 * problem.holding_cost),
    ):
        mistaken = problem.replace()
        object.__setattr__(mistaken, name, wrong)
        with pytest.raises(EngineError, match="cost"):
            mistaken.solve()


def test_tables_add_up(solution: SafetyStockSolution) -> None:
    stages, links = solution.to_frame("stages"), solution.to_frame("links")
    assert stages["holding_cost"].sum() == pytest.approx(solution.cost)
    net = stages["inbound_service_time"] + stages["stage_time"] - stages["service_time"]
    assert net.tolist() == pytest.approx(stages["net_replenishment_time"].tolist())
    covered = stages["demand_mean"] * stages["net_replenishment_time"] + stages["safety_stock"]
    assert covered.tolist() == pytest.approx(stages["base_stock_level"].tolist())
    assert (links["wait"] >= 0).all()
    assert stages["pipeline_stock"].tolist() == pytest.approx([5 * (5 + 1), 5 * 8, 5 * 4])


def test_the_summary_counts_stages_with_stock(solution: SafetyStockSolution) -> None:
    figures = solution.summary()
    assert figures["stages"] == 3
    assert figures["stages_with_stock"] == np.count_nonzero(solution.safety_stock)


def test_the_chart_shows_the_dearest_stages(solution: SafetyStockSolution) -> None:
    axes = solution.plot(most=2)
    assert len(axes.patches) == 2
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels[0] == str(solution.to_frame().sort_values("holding_cost")["stage"].iloc[-1])
    assert solution.plot(axes) is axes
