from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flowopt.flow import FlowProblem


@pytest.fixture(params=["ortools", "highs"])
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine of the room in turn."""
    return str(request.param)


@pytest.fixture
def triangle() -> FlowProblem:
    """A plant that serves a shop directly or through a depot: the way through is cheaper."""
    sites = {"id": ["plant", "depot", "shop"], "supply": [10, 0, 0], "demand": [0, 0, 6]}
    lanes = {
        "source": ["plant", "plant", "depot"],
        "target": ["depot", "shop", "shop"],
        "unit_cost": [1.5, 4.0, 1.0],
        "capacity": [4.0, np.inf, np.inf],
    }
    return FlowProblem.from_frames(sites, lanes)


@pytest.fixture
def changed(triangle: FlowProblem) -> Callable[..., FlowProblem]:
    """The triangle with some columns replaced, given as lists."""

    def _changed(**columns: Any) -> FlowProblem:
        return triangle.replace(**{name: np.array(values) for name, values in columns.items()})

    return _changed


@pytest.fixture
def instances() -> Path:
    """The folder of published instances, which is not part of the repository."""
    folder = os.environ.get("FLOWOPT_INSTANCES")
    if not folder:
        pytest.skip("FLOWOPT_INSTANCES does not name the folder of published instances")
    return Path(folder) / "flow"
