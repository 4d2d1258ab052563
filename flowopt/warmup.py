"""Compiles all kernels, so that no later search has to."""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Callable

from flowopt.parallel import map_independent

LOADERS = (  # the longest first
    "flowopt.routing.engines.rules_search:load_rules_kernels",
    "flowopt.routing.engines.ruin_recreate:load_kernels",
    "flowopt.routing.engines.ruin_recreate:load_computed_kernels",
    "flowopt.inventory.safety_stock.warmup:load_kernels",
    "flowopt.planning.inventory_routing.engines.reinsertion:load_kernels",
    "flowopt.inventory.models.warmup:load_model_kernels",
    "flowopt.inventory.simulation.warmup:load_simulation_kernels",
    "flowopt.inventory.echelon.warmup:load_echelon_kernels",
    "flowopt.flow.sweeps.solve:load_kernels",
    "flowopt.flow.multicommodity.warmup:load_kernels",
    "flowopt.flow.multicommodity.warmup:load_path_kernels",
    "flowopt.flow.engines.network_simplex:load_kernels",
    "flowopt.flow.named.warmup:load_named_kernels",
    "flowopt.flow.design.uncapacitated:load_kernels",
    "flowopt.flow.warmup:load_answer_kernels",
    "flowopt.forecast.warmup:load_kernels",
    "flowopt.inventory.selection.warmup:load_selection_kernels",
    "flowopt.inventory.lot_sizing.textbook:load_kernels",
    "flowopt.inventory.lot_sizing.engines.annealing:load_kernels",
    "flowopt.inventory.kernels.fill_rate:load_fill_rate_kernel",
)
"""Module and function of what compiles, or loads, the kernels of a room; each returns seconds."""


def warm_up(workers: int | None = None) -> float:
    """Compile the kernels of all rooms and keep them on disk; return the seconds that it took.

    Parameters
    ----------
    workers
        Processes at once; None: as many as there are cores.
    """
    began = time.perf_counter()
    map_independent(load, LOADERS, workers or os.cpu_count() or 1)
    return time.perf_counter() - began


def load(loader: str) -> float:
    """Compile some kernels, or load them from the disk; return the seconds that it took.

    Parameters
    ----------
    loader
        One of `LOADERS`.
    """
    module, name = loader.split(":")
    function: Callable[[], float] = getattr(importlib.import_module(module), name)
    return function()
