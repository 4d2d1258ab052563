"""Compiles the kernels of stock at several echelons, so that no later search has to."""

from __future__ import annotations

import time


def load_echelon_kernels() -> float:
    """Compile the kernels, or load them from the cache; return the seconds that it took.

    Examples
    --------
    >>> load_echelon_kernels() < 3600
    True
    """
    from flowopt.inventory.echelon import joint_replenishment, one_warehouse
    from flowopt.inventory.echelon.serial.engines import clark_scarf

    began = time.perf_counter()
    clark_scarf.load_kernels()
    joint_replenishment.load_kernels()
    one_warehouse.load_kernels()
    return time.perf_counter() - began
