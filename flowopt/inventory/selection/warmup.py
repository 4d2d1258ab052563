"""Compiles the kernels that choose options, before the clock of a search counts."""

from __future__ import annotations

import time
from functools import cache


@cache
def _compiled() -> None:
    import numpy as np

    from flowopt.inventory.kernels import selection as kernels

    start, numbers = np.array([0, 2]), np.zeros(2, dtype=np.int64)
    amount, cost, one = np.array([0.0, 1.0]), np.array([1.0, 0.0]), np.ones(1)
    hull_start, slope = np.zeros(2, dtype=np.int64), np.zeros(2)
    first, place = np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
    kernels.lower_hull(start, amount, cost, hull_start, numbers, slope)
    kernels.cheapest(hull_start, slope, one, place)
    kernels.cheapest_positive(start, amount, cost, one, place.copy())
    rates = (np.array([0, 1]), first, one)
    kernels.move_along(first, 1, hull_start, numbers, amount, place, *rates, one.copy(), one.copy())
    chosen = first.copy()
    kernels.take_best(first, start, amount, cost, chosen, *rates, one.copy(), one.copy())
    kernels.best_pair(first, one, one.reshape(1, 1), one, one, numbers)


def load_selection_kernels() -> float:
    """Compile the kernels, or load them from the cache; return the seconds that it took.

    Examples
    --------
    >>> load_selection_kernels() < 3600
    True
    """
    begin = time.perf_counter()
    _compiled()
    return time.perf_counter() - begin
