"""Shortest paths over the residual arcs of a flow, compiled."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]


@njit(cache=True, nogil=True)
def forward_star(tail: Any, num_nodes: int) -> tuple[IndexArray, IndexArray]:
    """Return the arcs sorted by tail (counting sort).

    Parameters
    ----------
    tail
        (M,) node at which each arc begins; what is returned is of the same kind of integers.
    num_nodes
        Number of nodes.

    Returns
    -------
    start
        (num_nodes + 1,) where each node's arcs begin in `order`.
    order
        (M,) arcs, those of node 0 first.
    """
    start = np.zeros(num_nodes + 1, dtype=tail.dtype)
    for arc in range(tail.size):
        start[tail[arc] + 1] += 1
    for node in range(num_nodes):
        start[node + 1] += start[node]
    free = start[:-1].copy()
    order = np.empty(tail.size, dtype=tail.dtype)
    for arc in range(tail.size):
        order[free[tail[arc]]] = arc
        free[tail[arc]] += 1
    return start, order


@njit(cache=True, nogil=True)
def relax(
    start: IndexArray,
    tail: IndexArray,
    head: IndexArray,
    cost: FloatArray,
    open_: npt.NDArray[np.bool_],
    tolerance: float,
    distance: FloatArray,
    parent: IndexArray,
) -> int:
    """Lower the distances until no open arc can lower one further (Bellman–Ford, FIFO queue).

    Parameters
    ----------
    start
        (N + 1,) where each node's arcs begin.
    tail, head, cost, open_
        (M,) ends, cost and whether it may be used, of each arc, sorted by tail.
    tolerance
        A distance is lowered only by more than this, and more than the rounding of its sum.
    distance
        (N,) starting values, changed in place; nodes at inf are not reached yet.
    parent
        (N,) arc by which each node was reached last, changed in place; -1 for none.

    Returns
    -------
    int
        A node on a cycle of negative cost, -1 when there is none.
    """
    num_nodes = distance.size
    queue = np.empty(num_nodes + 1, dtype=np.int64)
    waiting = np.zeros(num_nodes, dtype=np.bool_)
    first = 0
    count = 0
    for node in range(num_nodes):
        if distance[node] < np.inf:
            queue[count] = node
            waiting[node] = True
            count += 1
    until_look = num_nodes
    while count > 0:
        node = queue[first]
        first = first + 1 if first < num_nodes else 0
        count -= 1
        waiting[node] = False
        for arc in range(start[node], start[node + 1]):
            if not open_[arc]:
                continue
            other = head[arc]
            reached = distance[node] + cost[arc]
            if reached < distance[other] - tolerance - 4e-16 * abs(reached):
                distance[other] = reached
                parent[other] = arc
                if not waiting[other]:
                    waiting[other] = True
                    last = first + count
                    queue[last if last <= num_nodes else last - num_nodes - 1] = other
                    count += 1
        until_look -= 1
        if until_look == 0:
            until_look = num_nodes
            found = _cycle(tail, parent)
            if found >= 0:
                return found
    return -1


@njit(cache=True, nogil=True)
def _cycle(tail: IndexArray, parent: IndexArray) -> int:
    """Return a node on a cycle of the parents, -1 when they form a forest."""
    seen = np.full(parent.size, -1, dtype=np.int64)
    for origin in range(parent.size):
        node = origin
        while seen[node] < 0 and parent[node] >= 0:
            seen[node] = origin
            node = tail[parent[node]]
        if parent[node] >= 0 and seen[node] == origin:
            return node
        seen[node] = origin
    return -1
