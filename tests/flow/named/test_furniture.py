"""What the named problems' answers share: charts, summaries, reasons, sizes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib
import numpy as np
import pytest

from flowopt import (
    AssignmentProblem,
    FlowOverTimeProblem,
    MaxFlowProblem,
    NoSolutionError,
    ShortestPathProblem,
    TransportationProblem,
)

OVER_TIME: dict[str, Any] = {
    "site_id": ["mill", "shop"],
    "period_id": [1, 2],
    "source": [0],
    "target": [1],
    "lead_periods": [1],
    "supply": [[9, 9], [0, 0]],
}

ANSWERED: dict[str, Callable[[], Any]] = {
    "max flow": lambda: MaxFlowProblem.from_arrays([0], [1], [5.0], sources=0, sinks=1),
    "transportation": lambda: TransportationProblem.from_arrays([[2.0]], [5], [3]),
    "assignment": lambda: AssignmentProblem.from_arrays([[2.0, 1.0]]),
    "shortest path": lambda: ShortestPathProblem.from_arrays([0], [1], [4.0]),
    "over time": lambda: FlowOverTimeProblem.from_arrays(
        **OVER_TIME, demand=[[0, 0], [0, 4]], opening_stock=[3, 0]
    ),
}

WITHOUT: dict[str, Callable[[], Any]] = {
    "max flow": lambda: MaxFlowProblem.from_arrays([0], [1], [np.inf], sources=0, sinks=1),
    "transportation": lambda: TransportationProblem.from_arrays([[2.0]], [3], [5]),
    "assignment": lambda: AssignmentProblem.from_arrays([[np.inf, np.inf]]),
    "shortest path": lambda: ShortestPathProblem.from_arrays(
        [1], [0], [4.0], origins=0, destinations=1
    ),
    "over time": lambda: FlowOverTimeProblem.from_arrays(**OVER_TIME, demand=[[0, 0], [1, 4]]),
}


@pytest.fixture
def axes() -> Iterator[Any]:
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


@pytest.mark.parametrize("kind", ANSWERED)
def test_an_answer_can_be_drawn(kind: str, axes: Any) -> None:
    solution = ANSWERED[kind]().solve()
    assert solution.plot(ax=axes) is axes
    assert axes.patches


def test_a_chart_makes_its_own_axes() -> None:
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    ax = ANSWERED["max flow"]().solve().plot()
    assert ax.get_xlabel() == "units per period"
    plt.close(ax.figure)


@pytest.mark.parametrize("kind", WITHOUT)
def test_a_reason_stands_in_the_summary_and_in_the_file(kind: str) -> None:
    solution = WITHOUT[kind]().solve()
    assert not solution.status.has_solution
    message = str(solution.explanation)
    assert solution.summary()["explanation"] == message
    content = json.loads(json.dumps(solution.to_dict(), allow_nan=False))
    assert content["explanation"]["message"] == message
    assert (content["cost"], content["tables"]) == (None, {})
    with pytest.raises(NoSolutionError):
        solution.tables()
    assert solution.check().ok  # nothing to break


@pytest.mark.parametrize("kind", ANSWERED)
def test_a_problem_says_its_size(kind: str) -> None:
    problem = ANSWERED[kind]()
    assert type(problem).__name__ in repr(problem)
    assert any(digit.isdigit() for digit in repr(problem))
