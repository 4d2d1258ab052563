"""Shortest paths from one node by Dijkstra's method with a binary heap, compiled, in pieces."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]


@njit(cache=True, nogil=True)
def settle(
    start: IndexArray,
    head: IndexArray,
    cost: FloatArray,
    distance: FloatArray,
    before: IndexArray,
    settled: npt.NDArray[np.bool_],
    keys: FloatArray,
    nodes: IndexArray,
    size: int,
    budget: int,
) -> int:
    """Settle the nearest nodes until there are none or the budget is spent.

    Parameters
    ----------
    start
        (N + 1,) where each node's arcs begin.
    head, cost
        (M,) end, and cost of 0 or more, of each arc, sorted by tail.
    distance, before
        (N,) least cost so far and the arc it came by (-1 for none), changed in place.
    settled
        (N,) nodes that are done, changed in place.
    keys, nodes
        (M + 1,) the heap, changed in place; a node may stand in it several times.
    size
        Length of the heap.
    budget
        Arcs to look at in this call, roughly.

    Returns
    -------
    int
        Length of the heap that is left.
    """
    while size > 0 and budget > 0:
        node, reached = nodes[0], keys[0]
        size -= 1
        _sink(keys, nodes, size, keys[size], nodes[size])
        budget -= 1
        if settled[node]:
            continue
        settled[node] = True
        for arc in range(start[node], start[node + 1]):
            other = head[arc]
            through = reached + cost[arc]
            if through < distance[other]:
                distance[other] = through
                before[other] = arc
                _rise(keys, nodes, size, through, other)
                size += 1
        budget -= start[node + 1] - start[node]
    return size


@njit(cache=True, nogil=True)
def _rise(keys: FloatArray, nodes: IndexArray, place: int, key: float, node: int) -> None:
    """Put an entry at the end of the heap, and move it up to where it belongs."""
    while place > 0:
        parent = (place - 1) >> 1
        if keys[parent] <= key:
            break
        keys[place], nodes[place] = keys[parent], nodes[parent]
        place = parent
    keys[place], nodes[place] = key, node


@njit(cache=True, nogil=True)
def _sink(keys: FloatArray, nodes: IndexArray, size: int, key: float, node: int) -> None:
    """Put an entry in the place of the first, and move it down to where it belongs."""
    place = 0
    child = 1
    while child < size:
        if child + 1 < size and keys[child + 1] < keys[child]:
            child += 1
        if keys[child] >= key:
            break
        keys[place], nodes[place] = keys[child], nodes[child]
        place = child
        child = 2 * place + 1
    keys[place], nodes[place] = key, node


@njit(cache=True, nogil=True)
def measure(
    origin: int,
    before: IndexArray,
    tail: IndexArray,
    cost: FloatArray,
    distance: FloatArray,
) -> None:
    """Add up the costs along the tree of arcs, so that they carry no rounding of potentials.

    Parameters
    ----------
    origin
        The root of the tree.
    before
        (N,) arc by which each node is reached, -1 for none.
    tail, cost
        (M,) beginning and cost of each arc.
    distance
        (N,) overwritten; inf where the tree does not lead.
    """
    distance[:] = np.inf
    distance[origin] = 0.0
    stack = np.empty(len(before), dtype=np.int64)
    for node in range(len(before)):
        if before[node] < 0:
            continue
        depth = 0
        place = node
        while distance[place] == np.inf and before[place] >= 0:
            stack[depth] = place
            depth += 1
            place = tail[before[place]]
        while depth > 0:
            depth -= 1
            child = stack[depth]
            distance[child] = distance[tail[before[child]]] + cost[before[child]]
