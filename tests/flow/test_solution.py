"""What can be read from an answer, and how a search is watched and stopped."""

from __future__ import annotations

import json
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

from flowopt.core import CancelToken, EngineError, Limit, NoSolutionError, Progress, Status
from flowopt.flow import FlowProblem
from flowopt.flow.engines import ortools


def test_the_tables_hold_flows_and_sites(triangle: FlowProblem) -> None:
    tables = triangle.solve().tables()
    flows = {name: list(values) for name, values in tables["flows"].items()}
    assert flows == {
        "source": ["plant", "plant", "depot"],
        "target": ["depot", "shop", "shop"],
        "mode": ["road"] * 3,
        "flow": [4.0, 2.0, 4.0],
        "unit_cost": [1.5, 4.0, 1.0],
        "cost": [6.0, 8.0, 4.0],
        "reduced_cost": [-1.5, 0.0, 0.0],
        "capacity": [4.0, np.inf, np.inf],
        "can_change": [False] * 3,
    }
    sites = {name: list(values) for name, values in tables["sites"].items()}
    assert sites == {
        "site": ["plant", "depot", "shop"],
        "supplied": [6.0, 0.0, 0.0],
        "demand": [0.0, 0.0, 6.0],
        "unmet": [0.0, 0.0, 0.0],
        "through": [6.0, 4.0, 6.0],
        "price": [0.0, 3.0, 4.0],
    }


def test_the_summary_tells_what_was_shipped(triangle: FlowProblem) -> None:
    figures = triangle.replace(unmet_cost=3.0).solve().summary()
    assert (figures["shipped"], figures["unmet"], figures["lanes_used"]) == (4.0, 2.0, 2)


def test_the_answer_is_plain_json(triangle: FlowProblem) -> None:
    data = json.loads(json.dumps(triangle.solve().to_dict()))
    assert data["tables"]["flows"]["capacity"] == [4.0, None, None]
    short = triangle.replace(demand=np.array([0.0, 0.0, 99.0])).solve()
    data = json.loads(json.dumps(short.to_dict()))
    assert data["tables"] == {}
    assert data["explanation"]["sites"] == ["shop"]


def test_nothing_can_be_read_where_there_is_nothing(triangle: FlowProblem) -> None:
    short = triangle.replace(demand=np.array([0.0, 0.0, 99.0])).solve()
    for name in ("cost", "flow", "unmet", "supplied", "through", "prices", "reduced_costs"):
        with pytest.raises(NoSolutionError):
            getattr(short, name)


def test_the_numbers_of_an_answer_cannot_be_written(triangle: FlowProblem) -> None:
    with pytest.raises(ValueError, match="read-only"):
        triangle.solve().flow[0] = 9.0


@pytest.fixture
def axes() -> Any:
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots()
    yield axes
    plt.close(figure)


def test_the_chart_shows_the_lanes_in_use(triangle: FlowProblem, axes: Any) -> None:
    drawn = triangle.replace(unmet_cost=3.0).solve().plot(axes)
    assert drawn is axes
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["depot → shop (road)", "plant → depot (road)"]
    assert axes.get_xlabel() == "units per period"


def test_a_chart_without_any_flow_is_empty(triangle: FlowProblem, axes: Any) -> None:
    drawn = triangle.replace(demand=np.zeros(3)).solve().plot(axes)
    assert drawn.get_title() == "The 0 busiest of 0 lanes in use"


def test_progress_is_told_at_least_once(triangle: FlowProblem, engine: str) -> None:
    seen: list[Progress] = []
    solution = triangle.solve(engine=engine, on_progress=seen.append)
    assert [progress.cost for progress in seen] == [solution.cost]


def test_a_search_cancelled_before_it_begins_has_no_answer(
    triangle: FlowProblem, engine: str
) -> None:
    token = CancelToken()
    token.cancel()
    solution = triangle.solve(engine=engine, cancel=token)
    assert solution.status is Status.NO_SOLUTION_FOUND
    assert solution.limit is Limit.CANCELLED


def test_an_iteration_limit_does_not_keep_an_exact_engine_from_its_answer(
    triangle: FlowProblem, engine: str
) -> None:
    assert triangle.solve(engine=engine, iteration_limit=1).status is Status.OPTIMAL


def test_a_large_network_is_solved_in_a_process_of_its_own(engine: str) -> None:
    rng = np.random.default_rng(1)
    num_sites, num_lanes = 2_000, 12_000
    source = rng.integers(0, num_sites, num_lanes)
    problem = FlowProblem.from_arrays(
        source,
        (source + rng.integers(1, num_sites, num_lanes)) % num_sites,
        capacity=rng.integers(5, 50, num_lanes),
        unit_cost=rng.integers(1, 100, num_lanes),
        supply=rng.integers(0, 40, num_sites),
        demand=rng.integers(0, 20, num_sites),
        unmet_cost=500,
    )
    assert problem.solve(engine=engine).status is Status.OPTIMAL
    token = CancelToken()
    token.cancel()
    assert problem.solve(engine=engine, cancel=token).limit is Limit.CANCELLED


def test_an_engine_that_answers_wrongly_is_an_error(
    triangle: FlowProblem, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = ortools.solve_pure

    def dishonest(network: Any, run: Any) -> Any:
        answer = honest(network, run)
        answer.flow[0] -= 1.0
        return answer

    monkeypatch.setattr(ortools, "solve_pure", dishonest)
    with pytest.raises(EngineError, match="balance"):
        triangle.solve(engine="ortools")
