from __future__ import annotations

import os
from pathlib import Path

import pytest

from flowopt.core import Options, Run


@pytest.fixture
def run() -> Run:
    """A search without limits, on one core."""
    return Run(Options(workers=1))


@pytest.fixture
def instances() -> Path:
    """The folder of published instances, which is not part of the repository."""
    folder = os.environ.get("FLOWOPT_INSTANCES")
    if not folder:
        pytest.skip("FLOWOPT_INSTANCES does not name the folder of published instances")
    return Path(folder) / "flow"
