"""The tree from which a network simplex search begins, compiled.

Any tree will do: `flowopt.flow.kernels.network_basis.settle` hangs on the root whatever does not
fit. One of cheapest paths from where goods are given spares half the pivots on networks whose
capacities seldom bind, such as roads.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from flowopt.flow.kernels.residual import forward_star
from flowopt.flow.kernels.shortest_paths import FAR, grow

IntArray = npt.NDArray[np.int64]
IndexArray = npt.NDArray[np.uint32]

_compiled: Any = njit(cache=True, nogil=True)


@_compiled
def plant(
    source: IndexArray,
    target: IndexArray,
    capacity: IntArray,
    cost: IntArray,
    balance: IntArray,
    root: int,
    tree: Any,
    thread: IndexArray,
) -> int:
    """Fill in a tree of cheapest paths from the nodes that give.

    Where one node gives all and one takes all, and a path can carry it, that path is part of the
    tree: a feasible flow to begin with spares two thirds of the pivots where capacities bind hard.

    Parameters
    ----------
    source, target, capacity, cost
        (M,) arcs.
    balance
        (N,) what each node gives (> 0) or takes.
    root
        Root of the tree, unless no arc joins it to the others, or there is such a path, which
        wants its end for a root.
    tree, thread
        (N,) filled as far as `flowopt.flow.kernels.network_basis.settle` reads them.

    Returns
    -------
    int
        The root of the tree.
    """
    num_nodes, num_arcs = balance.size, source.size
    root = _joined(source, target, capacity, balance, root)
    sequence = np.empty(num_nodes, dtype=np.uint32)  # of the tree's nodes, none before its parent
    distance = np.full(num_nodes, FAR, dtype=np.int64)
    parent = np.full(num_nodes, root, dtype=np.uint32)
    pred = np.empty(num_nodes, dtype=np.uint32)
    for node in range(num_nodes):
        pred[node] = num_arcs + node
    length = _lay_path(source, target, capacity, cost, balance, distance, parent, pred, sequence)
    if length > 0:
        root = sequence[0]
        for node in range(num_nodes):
            if distance[node] == FAR:
                parent[node] = root
    else:
        sequence[0] = root
        length = 1
        for node in range(num_nodes):
            if balance[node] > 0:
                distance[node] = 0
    reached = np.empty(num_nodes, dtype=np.uint32)
    start, order = forward_star(source, num_nodes)
    count = grow(start, order, target, cost, capacity, 1, distance, parent, pred, reached)
    listed = np.zeros(num_nodes, dtype=np.bool_)
    for place in range(length):
        listed[sequence[place]] = True
    for place in range(count + num_nodes):
        node = reached[place] if place < count else place - count
        if not listed[node]:
            listed[node] = True
            sequence[length] = node
            length += 1
    for place in range(num_nodes):
        node = sequence[place]
        thread[node] = sequence[place + 1 if place + 1 < num_nodes else 0]
        tree[node].parent, tree[node].pred = parent[node], pred[node]
    return root


@_compiled
def _joined(
    source: IndexArray, target: IndexArray, capacity: IntArray, balance: IntArray, root: int
) -> int:
    """Return the root when an arc joins it to the others, else a node that gives."""
    for arc in range(source.size):
        if capacity[arc] > 0 and (source[arc] == root or target[arc] == root):
            return root
    for node in range(balance.size):
        if balance[node] > 0:
            return node
    return root


@_compiled
def _lay_path(
    source: IndexArray,
    target: IndexArray,
    capacity: IntArray,
    cost: IntArray,
    balance: IntArray,
    distance: IntArray,
    parent: IndexArray,
    pred: IndexArray,
    sequence: IndexArray,
) -> int:
    """Lay the cheapest path that can carry all from the only giver to the only taker.

    Returns
    -------
    int
        Number of its nodes, the taker being the first of `sequence`, and the parents leading to
        it; 0 when there is no such path.
    """
    num_nodes = balance.size
    giver, taker = -1, -1
    for node in range(num_nodes):
        if balance[node] > 0:
            if giver >= 0:
                return 0
            giver = node
        elif balance[node] < 0:
            if taker >= 0:
                return 0
            taker = node
    if giver < 0:
        return 0
    onwards, arc = np.empty(num_nodes, dtype=np.uint32), np.empty(num_nodes, dtype=np.uint32)
    away = distance.copy()
    away[taker] = 0
    start, order = forward_star(target, num_nodes)
    least = balance[giver]
    grow(start, order, source, cost, capacity, least, away, onwards, arc, sequence)
    if away[giver] == FAR:
        return 0
    length = 1
    node = giver
    while node != taker:
        parent[node], pred[node] = onwards[node], arc[node]
        distance[node] = 0
        length += 1
        node = onwards[node]
    distance[taker] = 0
    node = giver
    for place in range(length - 1, -1, -1):
        sequence[place] = node
        if node != taker:
            node = onwards[node]
    return length
