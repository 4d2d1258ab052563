"""Compiles the kernels of the simulation."""

from __future__ import annotations

import time


def load_simulation_kernels() -> float:
    """Compile the kernels, or load them from the cache; return the seconds that it took."""
    from flowopt.inventory.simulation.network.simulate import simulate_network
    from flowopt.inventory.simulation.single import simulate_policy

    start = time.perf_counter()
    simulate_policy([1.0, 2.0], order_up_to_level=3, workers=1)
    simulate_network({"stage": ["a"], "base_stock_level": [1.0]}, periods=2)
    return time.perf_counter() - start
