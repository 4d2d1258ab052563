"""Bases of the network simplex method: made of the data, read back as flows and prices, compiled.

See `flowopt.flow.kernels.network_simplex` for what a basis is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from flowopt.flow.kernels.network_simplex import CLOSED, NO_LIMIT, turn

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
IndexArray = npt.NDArray[np.uint32]
Flags = npt.NDArray[np.bool_]

_compiled: Any = njit(cache=True, nogil=True)  # its types do not know so many arguments


@_compiled
def arrange(
    source: IntArray,
    target: IntArray,
    capacity: IntArray,
    cost: IntArray,
    stride: int,
    order: IndexArray,
    ends: IndexArray,
    numbers: IntArray,
) -> None:
    """Put the arcs in an order in which a block holds arcs of many nodes.

    Arcs often come sorted by source; those of one node compete for the same flow.

    Parameters
    ----------
    source, target, capacity, cost
        (M,) arcs.
    stride
        Distance between arcs that are to be neighbours.
    order
        (M,) filled: the arc at each place.
    ends, numbers
        (2, M) filled: sources and targets, capacities and costs in that order.
    """
    place = 0
    for first in range(min(stride, source.size)):
        for arc in range(first, source.size, stride):
            order[place] = arc
            ends[0, place], ends[1, place] = source[arc], target[arc]
            numbers[0, place], numbers[1, place] = capacity[arc], cost[arc]
            place += 1


@_compiled
def ranges(capacity: IntArray, cost: IntArray, balance: IntArray) -> tuple[float, float, float]:
    """Return the largest |cost|, the largest capacity and what all nodes give, in floats."""
    dearest, most, given = 0.0, 0.0, 0.0
    for arc in range(capacity.size):
        dearest = max(dearest, abs(np.float64(cost[arc])))
        most = max(most, np.float64(capacity[arc]))
    for node in range(balance.size):
        given += abs(np.float64(balance[node]))
    return dearest, most, given / 2.0


@_compiled
def total_cost(flow: IntArray, cost: IntArray) -> tuple[float, int]:
    """Return the size of the terms of a cost, in floats, and their sum, which may overflow."""
    size, total = 0.0, 0
    for arc in range(flow.size):
        size += abs(np.float64(flow[arc]) * np.float64(cost[arc]))
        total += flow[arc] * cost[arc]
    return size, total


@_compiled
def settle(
    true_source: IndexArray,
    true_target: IndexArray,
    true_cost: IntArray,
    capacity: IntArray,
    balance: IntArray,
    root: int,
    dear: int,
    source: IndexArray,
    target: IndexArray,
    cost: IntArray,
    turned: Flags,
    potential: IntArray,
    tree: Any,
    thread: IndexArray,
    before: IndexArray,
) -> None:
    """Make a strongly feasible basis of a tree, whatever the data are now.

    Where the tree would send too much or too little over an arc, the arc goes to its bound, the
    subtree below it is hung on the root by the artificial arc, and the rest flows there.

    Parameters
    ----------
    true_source, true_target, true_cost, capacity
        (M,) the arcs as they are.
    balance
        (N,) what each node gives (> 0) or takes.
    root
        Root of the tree.
    dear
        Cost of the artificial arcs: more than a path comes to.
    turned
        (M,) which arcs outside the tree are full; changed in place.
    tree, thread
        (N,) `parent` and `pred` of the tree, and `thread` listing no node before its parent, are
        read; all are changed in place.
    source, target, cost, potential, before
        Filled; see `pivot`.
    """
    num_nodes, num_arcs = balance.size, capacity.size
    excess = balance.copy()
    for arc in range(num_arcs):
        tail, head = true_source[arc], true_target[arc]
        if capacity[arc] <= 0:
            turned[arc] = False
            source[arc], target[arc], cost[arc] = tail, head, CLOSED
        elif turned[arc]:
            source[arc], target[arc], cost[arc] = head, tail, -true_cost[arc]
            excess[tail] -= capacity[arc]
            excess[head] += capacity[arc]
        else:
            source[arc], target[arc], cost[arc] = tail, head, true_cost[arc]

    # ---- flows, from the leaves up
    order = np.empty(num_nodes, dtype=np.uint32)
    order[0] = root
    for place in range(1, num_nodes):
        order[place] = thread[order[place - 1]]
    for place in range(num_nodes - 1, 0, -1):
        node = order[place]
        arc = tree[node].pred
        amount = excess[node]
        if arc < num_arcs:
            upwards = source[arc] == node
            most = capacity[arc]
            flow = amount if upwards else -amount
            down = flow if upwards else most - flow
            if 0 <= flow <= most and down > 0:
                tree[node].down = down
                tree[node].up = most - down
                excess[tree[node].parent] += amount
                continue
            flow = min(max(flow, 0), most)
            sent = flow if upwards else -flow
            excess[tree[node].parent] += sent
            amount -= sent
            if flow > 0 and flow == most:
                turn(arc, source, target, cost, turned)
        tree[node].parent = root
        tree[node].pred = num_arcs + node
        tree[node].down = amount if amount > 0 else NO_LIMIT
        tree[node].up = NO_LIMIT if amount > 0 else -amount
    tree[root].parent, tree[root].pred = root, num_arcs + root
    tree[root].down, tree[root].up = 0, 0
    _thread(order, tree, thread, before)

    # ---- potentials, from the root down
    potential[root] = 0
    node = thread[root]
    while node != root:
        arc = tree[node].pred
        if arc >= num_arcs:
            potential[node] = dear if tree[node].up < NO_LIMIT else -dear
        elif source[arc] == node:
            potential[node] = potential[tree[node].parent] - cost[arc]
        else:
            potential[node] = potential[tree[node].parent] + cost[arc]
        node = thread[node]


@_compiled
def _thread(order: IndexArray, tree: Any, thread: IndexArray, before: IndexArray) -> None:
    """Thread a tree whose nodes are given in an order in which no node precedes its parent."""
    num_nodes = order.size
    for node in range(num_nodes):
        tree[node].size = 1
    for place in range(num_nodes - 1, 0, -1):
        node = order[place]
        tree[tree[node].parent].size += tree[node].size
    preorder = np.empty(num_nodes, dtype=np.uint32)
    free = np.empty(num_nodes, dtype=np.uint32)  # the next free place below each node
    preorder[0] = order[0]
    free[order[0]] = 1
    for place in range(1, num_nodes):
        node = order[place]
        mine = free[tree[node].parent]
        free[tree[node].parent] += tree[node].size
        free[node] = mine + 1
        preorder[mine] = node
    for place in range(num_nodes):
        node = preorder[place]
        follower = preorder[place + 1 if place + 1 < num_nodes else 0]
        thread[node] = follower
        before[follower] = node
        tree[node].last = preorder[place + np.int64(tree[node].size) - 1]


@_compiled
def flows(
    order: IndexArray,
    source: IndexArray,
    capacity: IntArray,
    turned: Flags,
    tree: Any,
    flow: IntArray,
) -> int:
    """Fill in the flow of each arc, and return how much still passes over artificial arcs.

    Parameters
    ----------
    order
        (M,) position in `flow` of each arc.
    source, capacity, turned, tree
        The basis; see `pivot`.
    flow
        (M,) filled.
    """
    num_arcs = capacity.size
    for arc in range(num_arcs):
        flow[order[arc]] = capacity[arc] if turned[arc] else 0
    undone = 0
    for node in range(tree.size):
        arc = tree[node].pred
        if arc < num_arcs:
            along = tree[node].down if source[arc] == node else tree[node].up
            flow[order[arc]] = capacity[arc] - along if turned[arc] else along
        else:
            gives = tree[node].up >= NO_LIMIT
            undone += tree[node].down if gives else tree[node].up
    return undone


@_compiled
def prices(
    cost: FloatArray,
    source: IndexArray,
    root: int,
    tree: Any,
    thread: IndexArray,
    price: FloatArray,
) -> None:
    """Fill in the prices at which the arcs of a tree have reduced cost 0.

    Parameters
    ----------
    cost, source
        (M,) costs and true sources of the arcs.
    root, tree, thread
        The tree; see `settle`.
    price
        (N,) filled; artificial arcs cost more than a path can.
    """
    num_arcs = cost.size
    dear = 0.0
    for arc in range(num_arcs):
        dear = max(dear, abs(cost[arc]))
    dear *= 2.0 * price.size
    price[root] = 0.0
    node = thread[root]
    while node != root:
        arc, above = tree[node].pred, tree[node].parent
        if arc >= num_arcs:
            price[node] = dear if tree[node].up < NO_LIMIT else -dear
        elif source[arc] == node:
            price[node] = price[above] - cost[arc]
        else:
            price[node] = price[above] + cost[arc]
        node = thread[node]
