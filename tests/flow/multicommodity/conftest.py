from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flowopt.flow.multicommodity import MultiCommodityProblem


@pytest.fixture(params=["arc_lp", "column_generation"])
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine of the room in turn."""
    return str(request.param)


@pytest.fixture
def corridor() -> MultiCommodityProblem:
    """Grain and steel share a rail line to the port; grain may go by river, too."""
    return MultiCommodityProblem.from_frames(
        {"id": ["farm", "mill", "hub", "port"]},
        {
            "source": ["farm", "mill", "hub", "farm"],
            "target": ["hub", "hub", "port", "port"],
            "mode": ["road", "road", "rail", "river"],
            "unit_cost": [1.0, 2.0, 3.0, 7.0],
            "capacity": [9.0, 9.0, 6.0, 20.0],
        },
        {
            "id": ["grain", "steel"],
            "origin": ["farm", "mill"],
            "destination": ["port", "port"],
            "quantity": [5.0, 2.0],
            "size": [1.0, 2.0],
        },
    )


@pytest.fixture
def changed(corridor: MultiCommodityProblem) -> Callable[..., MultiCommodityProblem]:
    """The corridor with some columns replaced, given as lists."""

    def _changed(**columns: Any) -> MultiCommodityProblem:
        return corridor.replace(**{name: np.array(values) for name, values in columns.items()})

    return _changed


@pytest.fixture
def instances() -> Path:
    """The folder of published instances, which is not part of the repository."""
    folder = os.environ.get("FLOWOPT_INSTANCES")
    if not folder:
        pytest.skip("FLOWOPT_INSTANCES does not name the folder of published instances")
    return Path(folder) / "flow"
