"""The flow of a basis in floats, compiled."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.uint32]


@njit(cache=True, nogil=True)
def basic_flow(
    order: IndexArray,
    source: IndexArray,
    target: IndexArray,
    full: npt.NDArray[np.bool_],
    tree: npt.NDArray[Any],
    thread: IndexArray,
    top: int,
    lower: FloatArray,
    capacity: FloatArray,
    need: FloatArray,
    flow: FloatArray,
    size: FloatArray,
) -> None:
    """Set each arc outside the tree to a bound, and those of the tree to what that asks for.

    The leaves come first, so that what a small subtree needs is not lost in what a large one does.

    Parameters
    ----------
    order
        (M,) numbers of the arcs.
    source, target, full
        (M,) ends of each arc, in this order, and whether it stands at capacity outside the tree.
    tree, thread, top
        (K,) the tree: `parent` and `pred`, its preorder, and its root.
    lower, capacity
        (M,) bounds of the arcs, by number.
    need
        (K,) what each node takes; changed in place.
    flow, size
        (M,) the flow, and the sum of the sizes of what was added up for it; set in place.
    """
    num_nodes, num_arcs = need.size, order.size
    in_tree = np.zeros(num_arcs, dtype=np.bool_)
    for node in range(num_nodes):
        if node != top and tree[node]["pred"] < num_arcs:
            in_tree[tree[node]["pred"]] = True
    added = np.abs(need)
    for place in range(num_arcs):
        if in_tree[place]:
            continue
        arc = order[place]
        flow[arc] = capacity[arc] if full[place] else lower[arc]
        size[arc] = 0.0
        need[source[place]] += flow[arc]
        need[target[place]] -= flow[arc]
        added[source[place]] += abs(flow[arc])
        added[target[place]] += abs(flow[arc])
    preorder = np.empty(num_nodes, dtype=np.int64)
    node = top
    for position in range(num_nodes):
        preorder[position] = node
        node = thread[node]
    for position in range(num_nodes - 1, 0, -1):
        node = preorder[position]
        upper = tree[node]["parent"]
        place = tree[node]["pred"]
        if place < num_arcs:
            arc = order[place]
            flow[arc] = need[node] if target[place] == node else -need[node]
            size[arc] = added[node]
        need[upper] += need[node]
        added[upper] += added[node]
