"""Which edges of a graph lie on a cycle, compiled."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

IndexArray = npt.NDArray[np.int64]


@njit(cache=True, nogil=True)
def bridges(start: IndexArray, head: IndexArray, edge: IndexArray) -> npt.NDArray[np.bool_]:
    """Return which edges of an undirected graph lie on no cycle (Tarjan 1974).

    Parameters
    ----------
    start
        (N + 1,) where each node's half-edges begin.
    head, edge
        (2 E,) the other end, and the number of the edge, of each half-edge, sorted by node.

    Returns
    -------
    NDArray
        (E,) of bool.
    """
    num_nodes = start.size - 1
    is_bridge = np.zeros(edge.size // 2, dtype=np.bool_)
    entered = np.full(num_nodes, -1, dtype=np.int64)
    lowest = np.zeros(num_nodes, dtype=np.int64)
    by = np.full(num_nodes, -1, dtype=np.int64)
    above = np.full(num_nodes, -1, dtype=np.int64)
    position = start[:-1].copy()
    clock = 0
    for origin in range(num_nodes):
        if entered[origin] >= 0:
            continue
        node = origin
        entered[node] = lowest[node] = clock
        clock += 1
        while node >= 0:
            if position[node] < start[node + 1]:
                half = position[node]
                position[node] += 1
                if edge[half] == by[node]:
                    continue
                other = head[half]
                if entered[other] >= 0:
                    lowest[node] = min(lowest[node], entered[other])
                else:
                    by[other] = edge[half]
                    above[other] = node
                    entered[other] = lowest[other] = clock
                    clock += 1
                    node = other
                continue
            upper = above[node]
            if upper >= 0:
                if lowest[node] > entered[upper]:
                    is_bridge[by[node]] = True
                lowest[upper] = min(lowest[upper], lowest[node])
            node = upper
    return is_bridge
