"""Fixtures that several rooms share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from flowopt.warmup import warm_up


def pytest_configure(config: pytest.Config) -> None:
    """Compile the kernels once, before the processes that run the tests need them."""
    several = getattr(config.option, "numprocesses", None)
    if several and not hasattr(config, "workerinput"):
        warm_up()


@pytest.fixture
def instances() -> Path:
    """The folder of published instances, which is not part of the repository."""
    folder = os.environ.get("FLOWOPT_INSTANCES")
    if not folder:
        pytest.skip("FLOWOPT_INSTANCES does not name the folder of published instances")
    return Path(folder)
