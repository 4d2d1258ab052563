"""The engine is chosen by size and shape, and the choice is recorded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from flowopt import FlowProblem
from flowopt.flow import solve as room


@pytest.fixture
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """A problem of three lanes counts as large."""
    monkeypatch.setattr(room, "_MANY_LANES", 3)


def scarce_lanes(**changes: Any) -> FlowProblem:
    """Thirty scarce lanes from one site to another."""
    arrays: dict[str, Any] = {"capacity": 1, "supply": [30, 0], "demand": [0, 30]}
    return FlowProblem.from_arrays([0] * 30, [1] * 30, unit_cost=range(30), **arrays | changes)


def test_the_network_simplex_is_the_usual_choice() -> None:
    solution = scarce_lanes().solve()
    assert solution.engine == "network_simplex"
    assert "chosen_because" not in solution.outcome.details


@pytest.mark.usefixtures("few_are_many")
def test_many_scarce_lanes_between_two_sites_go_to_cost_scaling() -> None:
    solution = scarce_lanes().solve()
    assert solution.engine == "ortools"
    assert "scarce" in solution.outcome.details["chosen_because"]
    assert solution.cost == sum(range(30))


@pytest.mark.usefixtures("few_are_many")
@pytest.mark.parametrize(
    "changes",
    [
        {"capacity": np.full(30, 20.0)},
        {"supply": [30, 5, 5], "demand": [0, 30, 0], "num_sites": 3},
        {"supply": [40, 0, 0], "demand": [0, 15, 15], "num_sites": 3, "unmet_cost": 1e3},
    ],
)
def test_other_large_networks_do_not(changes: dict[str, Any]) -> None:
    assert scarce_lanes(**changes).solve().engine == "network_simplex"


@pytest.mark.usefixtures("few_are_many")
def test_an_engine_that_is_named_is_taken() -> None:
    solution = scarce_lanes().solve(engine="network_simplex")
    assert solution.engine == "network_simplex"
