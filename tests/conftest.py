"""Fixtures that several rooms share."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

KERNELS = (
    "from flowopt.routing.engines.ruin_recreate import load_kernels; load_kernels()",
    "from flowopt.routing.engines.ruin_recreate import load_kernels; load_kernels(computed=True)",
    "from flowopt.routing.engines.rules_search import load_rules_kernels; load_rules_kernels()",
    "from flowopt.flow.engines.network_simplex import load_kernels; load_kernels()",
    "from flowopt.flow.multicommodity.warmup import load_kernels; load_kernels()",
    "from flowopt.flow.sweeps.solve import load_kernels; load_kernels()",
    "from flowopt.forecast.warmup import load_kernels; load_kernels()",
    "from flowopt.inventory.models.warmup import load_model_kernels as load; load()",
    "from flowopt.inventory.kernels.fill_rate import load_fill_rate_kernel as load; load()",
    "from flowopt.inventory.lot_sizing.textbook import load_kernels; load_kernels()",
    "from flowopt.inventory.safety_stock.warmup import load_kernels; load_kernels()",
    "from flowopt.inventory.echelon.warmup import load_echelon_kernels; load_echelon_kernels()",
    "from flowopt.inventory.selection.warmup import load_selection_kernels as load; load()",
    "from flowopt.inventory.simulation.warmup import load_simulation_kernels as load; load()",
)


def pytest_configure(config: pytest.Config) -> None:
    """Compile the kernels once, side by side, before the processes that run the tests need them."""
    several = getattr(config.option, "numprocesses", None)
    if several and not hasattr(config, "workerinput"):
        loads = [subprocess.Popen([sys.executable, "-c", line]) for line in KERNELS]
        for load in loads:
            load.wait()


@pytest.fixture
def instances() -> Path:
    """The folder of published instances, which is not part of the repository."""
    folder = os.environ.get("FLOWOPT_INSTANCES")
    if not folder:
        pytest.skip("FLOWOPT_INSTANCES does not name the folder of published instances")
    return Path(folder)
