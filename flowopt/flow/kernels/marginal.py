"""Distances over the residual arcs of a flow at reduced costs, compiled.

Arc a can be used from its source to its target where it `rises`, and back where it `falls`; one way
it costs its reduced cost, the other way that times -1. Neither is below 0 where it can be used.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from flowopt.flow.kernels.shortest_paths import rise, sink

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
IndexArray = npt.NDArray[np.uint32]
Flags = npt.NDArray[np.bool_]

_compiled: Any = njit(cache=True, nogil=True)


@_compiled
def look(
    source: IntArray,
    target: IntArray,
    lower: FloatArray,
    capacity: FloatArray,
    cost: FloatArray,
    flow: FloatArray,
    price: FloatArray,
    tolerance: float,
    reduced: FloatArray,
    rises: Flags,
    falls: Flags,
) -> bool:
    """Fill in the residual arcs, and return whether the prices prove the flow optimal.

    Parameters
    ----------
    source, target, lower, capacity, cost, flow
        (M,) arcs.
    price
        (N,) prices of the nodes.
    tolerance
        Of the size of its terms: a reduced cost below it is 0.
    reduced, rises, falls
        (M,) filled.
    """
    for arc in range(source.size):
        here, there = price[source[arc]], price[target[arc]]
        value = cost[arc] + here - there
        if abs(value) <= tolerance * (abs(cost[arc]) + abs(here) + abs(there)):
            value = 0.0
        reduced[arc] = value
        rises[arc] = flow[arc] < capacity[arc]
        falls[arc] = flow[arc] > lower[arc]
        if (value < 0.0 and rises[arc]) or (value > 0.0 and falls[arc]):
            return False
    return True


@_compiled
def both_stars(source: IntArray, target: IntArray, num_nodes: int) -> tuple[IndexArray, IndexArray]:
    """Return the arcs of each node, those that begin and those that end there.

    Returns
    -------
    start
        (num_nodes + 1,) where each node's arcs begin in `order`.
    order
        (2M,) arcs; M is added where the node is the arc's target.
    """
    num_arcs = source.size
    start = np.zeros(num_nodes + 2, dtype=np.uint32)
    for arc in range(num_arcs):
        start[source[arc] + 2] += 1
        start[target[arc] + 2] += 1
    for node in range(num_nodes):
        start[node + 2] += start[node + 1]
    order = np.empty(2 * num_arcs, dtype=np.uint32)
    for arc in range(num_arcs):
        order[start[source[arc] + 1]] = arc
        start[source[arc] + 1] += 1
        order[start[target[arc] + 1]] = num_arcs + arc
        start[target[arc] + 1] += 1
    return start[: num_nodes + 1], order


@_compiled
def spread(
    start: IndexArray,
    order: IndexArray,
    source: IntArray,
    target: IntArray,
    reduced: FloatArray,
    rises: Flags,
    falls: Flags,
    backwards: bool,
    distance: FloatArray,
) -> None:
    """Spread distances from the nodes that have one (Dijkstra; arcs of cost 0 pass the heap by).

    Parameters
    ----------
    start, order
        The arcs of each node; see `both_stars`.
    source, target, reduced, rises, falls
        (M,) residual arcs; see `look`.
    backwards
        Whether distances are to the origins instead of from them.
    distance
        (N,) those of the origins, inf elsewhere; changed in place.
    """
    num_nodes, num_arcs = distance.size, source.size
    heap = np.empty(num_nodes, dtype=np.uint32)
    place = np.full(num_nodes, -1, dtype=np.int64)
    stack = np.empty(num_nodes, dtype=np.uint32)
    done = np.zeros(num_nodes, dtype=np.bool_)
    length, waiting = 0, 0
    for node in range(num_nodes):
        if distance[node] < np.inf:
            heap[length] = node
            rise(heap, place, distance, length)
            length += 1
    while waiting > 0 or length > 0:
        if waiting > 0:
            waiting -= 1
            node = stack[waiting]
        else:
            node = heap[0]
            length -= 1
            if length > 0:
                heap[0] = heap[length]
                sink(heap, place, distance, length)
            if done[node]:  # the stack was quicker
                continue
            done[node] = True
        for k in range(start[node], start[node + 1]):
            arc = np.int64(order[k])
            begins = arc < num_arcs
            if not begins:
                arc -= num_arcs
            other = target[arc] if begins else source[arc]
            if done[other]:
                continue
            forth = begins != backwards
            if not (rises[arc] if forth else falls[arc]):
                continue
            step = reduced[arc] if forth else -reduced[arc]
            if step <= 0.0:
                distance[other] = distance[node]
                if place[other] >= 0:
                    rise(heap, place, distance, place[other])  # the heap stays one
                done[other] = True
                stack[waiting] = other
                waiting += 1
            elif distance[node] + step < distance[other]:
                distance[other] = distance[node] + step
                if place[other] < 0:
                    heap[length] = other
                    place[other] = length
                    length += 1
                rise(heap, place, distance, place[other])
