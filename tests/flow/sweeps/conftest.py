from __future__ import annotations

import numpy as np
import pytest

from flowopt.flow import FlowProblem


@pytest.fixture
def chain() -> FlowProblem:
    """Two plants, a depot, two shops: the near plant is cheap and small, the far one dear."""
    sites = {
        "id": ["near", "far", "depot", "north", "south"],
        "supply": [8, 20, 0, 0, 0],
        "demand": [0, 0, 0, 6, 4],
    }
    lanes = {
        "source": ["near", "far", "depot", "depot", "far"],
        "target": ["depot", "depot", "north", "south", "south"],
        "unit_cost": [1.0, 3.0, 1.0, 2.0, 7.0],
        "capacity": [np.inf, np.inf, np.inf, np.inf, 3.0],
    }
    return FlowProblem.from_frames(sites, lanes)
