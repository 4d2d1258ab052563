"""Small designs, and the published ones, whose readers are the benchmarks'."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from flowopt.flow.design import DesignProblem

ROOT = Path(__file__).parents[3]


@pytest.fixture
def instances() -> Path:
    """The folder of published instances, which is not part of the repository."""
    folder = os.environ.get("FLOWOPT_INSTANCES")
    if not folder:
        pytest.skip("FLOWOPT_INSTANCES does not name the folder of published instances")
    return Path(folder) / "flow"


@pytest.fixture(params=["highs", "cbc"])
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine that proves its answer in turn."""
    return str(request.param)


@pytest.fixture
def pair() -> DesignProblem:
    """Two places for a depot and two shops: north is near one shop, south near the other."""
    return DesignProblem.from_arrays(
        [0, 0, 1, 1],
        [2, 3, 2, 3],
        site_id=["north", "south", "shop", "market"],
        unit_cost=[1.0, 4.0, 5.0, 2.0],
        distance=[10.0, 40.0, 50.0, 20.0],
        lead_time=[1.0, 4.0, 5.0, 2.0],
        emissions=[0.5, 2.0, 2.5, 1.0],
        demand=[0, 0, 10, 20],
        site_fixed_cost=[30, 50, 0, 0],
    )


@pytest.fixture
def published() -> ModuleType:
    """The readers of published formats."""
    if not (ROOT / "benchmarks" / "flow").is_dir():
        pytest.skip("there is no source tree around the tests")
    if str(ROOT) not in sys.path:
        sys.path.append(str(ROOT))
    from benchmarks.flow import published_designs

    return published_designs


@pytest.fixture
def located(published: ModuleType) -> Callable[..., DesignProblem]:
    """Make a problem of (I, J) costs of a unit from places to customers."""
    made: Callable[..., DesignProblem] = published.locate
    return made


@pytest.fixture
def read(published: ModuleType, instances: Path) -> Callable[[str, str], DesignProblem]:
    """Read a published problem by its kind and name."""
    return lambda kind, name: published.READERS[kind](instances, name)
