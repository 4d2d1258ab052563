"""Looking at a minimum-cost flow in whole numbers before and after it is solved, compiled."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

IntArray = npt.NDArray[np.int64]

LARGEST_NUMBER = 2**53
LARGEST_SUM = 2.0**60

_compiled: Any = njit(cache=True, nogil=True)


@_compiled
def shift(
    source: IntArray,
    target: IntArray,
    capacity: IntArray,
    unit_cost: IntArray,
    demand: IntArray,
    min_flow: IntArray,
    room: IntArray,
    balance: IntArray,
) -> bool:
    """Shift the lower bounds to 0, and return whether all numbers are as they should be.

    Parameters
    ----------
    source, target, capacity, unit_cost, min_flow
        (M,) arcs.
    demand
        (N,) what each node takes (> 0) or gives.
    room
        (M,) filled: capacity above the lower bound.
    balance
        (N,) filled: what each node gives once the lower bounds are shipped.
    """
    num_nodes = demand.size
    total = 0.0
    for node in range(num_nodes):
        if abs(demand[node]) > LARGEST_NUMBER:
            return False
        total += abs(demand[node])
        balance[node] = -demand[node]
    for arc in range(source.size):
        tail, head = source[arc], target[arc]
        if tail < 0 or head < 0 or tail >= num_nodes or head >= num_nodes or tail == head:
            return False
        if not 0 <= min_flow[arc] <= capacity[arc] <= LARGEST_NUMBER:
            return False
        if abs(unit_cost[arc]) > LARGEST_NUMBER:
            return False
        room[arc] = capacity[arc] - min_flow[arc]
        if min_flow[arc] > 0:
            total += min_flow[arc]
            balance[tail] -= min_flow[arc]
            balance[head] += min_flow[arc]
    return total < LARGEST_SUM


@_compiled
def holds(
    source: IntArray,
    target: IntArray,
    capacity: IntArray,
    unit_cost: IntArray,
    balance: IntArray,
    flow: IntArray,
    potential: IntArray,
) -> bool:
    """Return whether a flow is feasible and the potentials prove it optimal, exactly.

    Parameters
    ----------
    source, target, capacity, unit_cost, flow
        (M,) arcs, their lower bounds 0.
    balance
        (N,) what each node gives (> 0) or takes.
    potential
        (N,) prices that complement the flow: an arc that could take more does not gain by it, nor
        does one that could carry less.
    """
    left = balance.copy()
    for arc in range(source.size):
        tail, head = source[arc], target[arc]
        reduced = unit_cost[arc] + potential[tail] - potential[head]
        if flow[arc] < 0 or flow[arc] > capacity[arc]:
            return False
        if (reduced < 0 and flow[arc] < capacity[arc]) or (reduced > 0 and flow[arc] > 0):
            return False
        left[tail] -= flow[arc]
        left[head] += flow[arc]
    return not left.any()
