"""Compiling the kernels, before the clock of a search counts."""

from __future__ import annotations

from functools import cache


@cache
def _compiled() -> None:
    import numpy as np

    from flowopt.inventory.safety_stock.kernels import forests, messages, trees

    one, none = np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.int64)
    costs, few, ends = np.zeros(1), np.zeros(0), np.array([0, 1])
    edges, spread = np.zeros((0, 6), dtype=np.int64), np.zeros((1, 2), dtype=np.int64)
    for backward in (False, True):
        messages.sweep(
            0, 1, backward, costs, ends, none, one.repeat(2), edges, few, few, few, one, spread
        )
    trees.pass_up(0, 1, one, one - 1, ends, edges, few, costs, one)
    trees.pass_down(one, one - 1, ends, edges, few, costs, one)
    trees.settle(one, one.repeat(2), none, few, costs, costs, costs, costs)
    forests.improve(one, costs, ends, none, one.repeat(2), edges, few, one)
    trees.stretch(one, none, few, one, none, 1.0, few)


def load_kernels() -> float:
    """Compile the kernels, or load them; return the seconds it took.

    Examples
    --------
    >>> load_kernels() < 3600
    True
    """
    import time

    begin = time.perf_counter()
    _compiled()
    return time.perf_counter() - begin
