"""Makes the compiled loops of the named problems ready, outside the clock of a search."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import cache

import numpy as np

_LOG = logging.getLogger(__name__)
_WORTH_TELLING = 0.5  # seconds


def load_named_kernels() -> float:
    """Compile all loops, or load them from the cache; return the seconds that it took.

    Examples
    --------
    >>> load_named_kernels() < 3600
    True
    """
    return load_assignment_kernels() + load_path_kernels()


def load_assignment_kernels() -> float:
    """Compile the loops of assignment, or load them; return the seconds that it took."""
    return _timed(_run_assignment_kernels, "assignment")


def load_path_kernels() -> float:
    """Compile the loops of shortest paths, or load them; return the seconds that it took."""
    return _timed(_run_path_kernels, "shortest paths")


def _timed(load: Callable[[], None], what: str) -> float:
    began = time.perf_counter()
    load()
    seconds = time.perf_counter() - began
    if seconds > _WORTH_TELLING:
        _LOG.info("kernels of %s ready in %.2f s", what, seconds)
    return seconds


@cache
def _run_assignment_kernels() -> None:
    from flowopt.flow.named.assignment.kernels.shortest_augmenting import (
        augment,
        reduce_columns,
        reduce_rows,
    )

    sealed = np.zeros((1, 1))
    sealed.setflags(write=False)
    for cost in (np.zeros((1, 1)), sealed):  # to numba, of two types
        free, state, pairs = (np.zeros(size, dtype=np.int64) for size in (1, 4, 1))
        arrays = cost, np.zeros(1), pairs, pairs.copy()
        reduce_columns(*arrays)
        reduce_rows(*arrays, free, state, 1, 1)
        augment(*arrays, free, state, np.zeros(1, dtype=np.bool_), 1)


@cache
def _run_path_kernels() -> None:
    from flowopt.flow.kernels.residual import forward_star, relax
    from flowopt.flow.named.shortest_path.kernels.dijkstra import measure, settle

    zeros, none = np.zeros(1, dtype=np.int64), np.full(1, -1, dtype=np.int64)
    start, _ = forward_star(zeros, 1)
    relax(start, zeros, zeros, np.zeros(1), np.ones(1, dtype=np.bool_), 0.0, np.zeros(1), none)
    settled = np.zeros(1, dtype=np.bool_)
    settle(
        start, zeros, np.zeros(1), np.zeros(1), none, settled, np.zeros(2), np.zeros(2, int), 0, 1
    )
    measure(0, none, zeros, np.zeros(1), np.zeros(1))
