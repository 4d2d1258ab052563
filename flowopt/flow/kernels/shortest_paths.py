"""Shortest paths by Dijkstra's method with a binary heap, compiled."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

IntArray = npt.NDArray[np.int64]
IndexArray = npt.NDArray[np.uint32]
Flags = npt.NDArray[np.bool_]

FAR = 2**62
"""Distance of a node that is not reached yet."""

_compiled: Any = njit(cache=True, nogil=True)


@_compiled
def grow(
    start: IndexArray,
    order: IndexArray,
    head: IndexArray,
    cost: IntArray,
    capacity: IntArray,
    least: int,
    distance: IntArray,
    parent: IndexArray,
    pred: IndexArray,
    reached: IndexArray,
) -> int:
    """Grow a forest of cheapest paths from the nodes that have a distance already.

    Parameters
    ----------
    start, order
        The arcs by tail; see `flowopt.flow.kernels.residual.forward_star`.
    head, cost, capacity
        (M,) arcs; a cost below 0 counts as 0.
    least
        Arcs of less capacity are not used.
    distance
        (N,) distances of the origins, `FAR` of the others; changed in place.
    parent, pred
        (N,) node before, and arc to, each node that is reached and no origin; changed in place.
    reached
        (N,) filled from the front with the nodes that are reached, the nearest first.

    Returns
    -------
    int
        Number of nodes reached.
    """
    num_nodes = distance.size
    heap = np.empty(num_nodes, dtype=np.uint32)
    place = np.full(num_nodes, -1, dtype=np.int64)
    length = 0
    for node in range(num_nodes):
        if distance[node] < FAR:
            heap[length] = node
            rise(heap, place, distance, length)
            length += 1
    count = 0
    while length > 0:
        node = heap[0]
        length -= 1
        if length > 0:
            heap[0] = heap[length]
            sink(heap, place, distance, length)
        place[node] = -2  # done
        reached[count] = node
        count += 1
        for k in range(start[node], start[node + 1]):
            arc = order[k]
            other = head[arc]
            if capacity[arc] < least or place[other] == -2:
                continue
            length_there = distance[node] + max(cost[arc], 0)
            if length_there < distance[other]:
                distance[other] = length_there
                parent[other] = node
                pred[other] = arc
                if place[other] < 0:
                    heap[length] = other
                    place[other] = length
                    length += 1
                rise(heap, place, distance, place[other])
    return count


@_compiled
def rise(heap: IndexArray, place: IntArray, key: Any, at: int) -> None:
    """Move the node at a place of a binary heap up to where its key belongs.

    Parameters
    ----------
    heap
        (N,) nodes, the one of the least key first.
    place
        (N,) place of each node in the heap.
    key
        (N,) key of each node.
    at
        Place of the node.
    """
    node = heap[at]
    while at > 0:
        above = (at - 1) >> 1
        if key[heap[above]] <= key[node]:
            break
        heap[at] = heap[above]
        place[heap[at]] = at
        at = above
    heap[at] = node
    place[node] = at


@_compiled
def sink(heap: IndexArray, place: IntArray, key: Any, length: int) -> None:
    """Move the first node of a binary heap down to where its key belongs.

    Parameters
    ----------
    heap, place, key
        See `rise`.
    length
        Number of nodes in the heap.
    """
    at = 0
    node = heap[0]
    while True:
        below = 2 * at + 1
        if below >= length:
            break
        if below + 1 < length and key[heap[below + 1]] < key[heap[below]]:
            below += 1
        if key[heap[below]] >= key[node]:
            break
        heap[at] = heap[below]
        place[heap[at]] = at
        at = below
    heap[at] = node
    place[node] = at
