"""A flow as paths and cycles, and what a unit of it costs where; compiled."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]


@njit(cache=True, nogil=True)
def cancel_cycles(
    start: IndexArray,
    order: IndexArray,
    source: IndexArray,
    target: IndexArray,
    flow: FloatArray,
) -> tuple[IndexArray, FloatArray, IndexArray, IndexArray]:
    """Take all cycles out of a flow, by a depth-first search.

    Parameters
    ----------
    start, order
        (N + 1,) and (M,) the arcs by the node where they begin.
    source, target
        (M,) ends of the arcs.
    flow
        (M,) changed in place.

    Returns
    -------
    first, amounts
        (C,) a node and the amount of each cycle.
    offsets, arcs
        (C + 1,) and (L,): cycle c takes ``arcs[offsets[c] : offsets[c + 1]]`` in this order.
    """
    num_nodes = start.size - 1
    first = np.empty(4, dtype=np.int64)
    amounts = np.empty(4)
    offsets = np.zeros(5, dtype=np.int64)
    arcs = np.empty(16, dtype=np.int64)
    count = 0
    cursor = start[:-1].copy()
    place = np.full(num_nodes, -1, dtype=np.int64)
    done = np.zeros(num_nodes, dtype=np.bool_)
    stack = np.empty(num_nodes + 1, dtype=np.int64)
    for origin in range(num_nodes):
        if done[origin]:
            continue
        node = origin
        place[node] = 0
        depth = 0
        while True:
            while cursor[node] < start[node + 1]:
                arc = order[cursor[node]]
                if flow[arc] > 0 and not done[target[arc]]:
                    break
                cursor[node] += 1
            if cursor[node] == start[node + 1]:
                done[node] = True
                place[node] = -1
                if depth == 0:
                    break
                depth -= 1
                node = source[stack[depth]]
                continue
            arc = order[cursor[node]]
            stack[depth] = arc
            depth += 1
            node = target[arc]
            if place[node] < 0:
                place[node] = depth
                continue
            begin = place[node]
            amount = np.inf
            for step in range(begin, depth):
                amount = min(amount, flow[stack[step]])
            for step in range(begin, depth):
                flow[stack[step]] -= amount
            used = offsets[count] + depth - begin
            first = _with_room(first, count + 1)
            amounts = _with_room(amounts, count + 1)
            offsets = _with_room(offsets, count + 2)
            arcs = _with_room(arcs, used)
            arcs[offsets[count] : used] = stack[begin:depth]
            first[count] = node
            amounts[count] = amount
            count += 1
            offsets[count] = used
            for step in range(begin, depth - 1):
                place[target[stack[step]]] = -1
            depth = begin
    return first[:count], amounts[:count], offsets[: count + 1], arcs[: offsets[count]]


@njit(cache=True, nogil=True)
def follow_paths(
    start: IndexArray,
    order: IndexArray,
    source: IndexArray,
    target: IndexArray,
    flow: FloatArray,
    given: FloatArray,
    taken: FloatArray,
    noise: FloatArray,
) -> tuple[IndexArray, IndexArray, FloatArray, IndexArray, IndexArray]:
    """Split a flow without cycles into paths from where it is given to where it is taken.

    Each takes up an arc, what a node gives, or what a node takes (Ahuja, Magnanti, Orlin: Network
    Flows, 1993, theorem 3.5), so there are no more of them than of those.

    Parameters
    ----------
    start, order
        (N + 1,) and (M,) the arcs by the node where they begin.
    source, target
        (M,) ends of the arcs.
    flow, given, taken
        (M,), (N,), (N,) what is left to split; changed in place.
    noise
        (N,) what may be left over by rounding at each node.

    Returns
    -------
    first, last, amounts
        (P,) ends and amount of each path.
    offsets, arcs
        (P + 1,) and (L,): path p takes ``arcs[offsets[p] : offsets[p + 1]]`` in this order.
    """
    num_nodes = start.size - 1
    first = np.empty(16, dtype=np.int64)
    last = np.empty(16, dtype=np.int64)
    amounts = np.empty(16)
    offsets = np.zeros(17, dtype=np.int64)
    arcs = np.empty(64, dtype=np.int64)
    count = 0
    cursor = start[:-1].copy()
    stack = np.empty(num_nodes + 1, dtype=np.int64)
    for origin in range(num_nodes):
        while given[origin] > noise[origin]:
            node = origin
            depth = 0
            while taken[node] <= noise[node]:
                while cursor[node] < start[node + 1]:
                    arc = order[cursor[node]]
                    if flow[arc] > max(noise[source[arc]], noise[target[arc]]):
                        break
                    cursor[node] += 1
                if cursor[node] < start[node + 1]:
                    arc = order[cursor[node]]
                    stack[depth] = arc
                    depth += 1
                    node = target[arc]
                    continue
                if depth == 0:
                    break
                depth -= 1  # a dead end: what came here is rounding
                flow[stack[depth]] = 0.0
                node = source[stack[depth]]
            if taken[node] <= noise[node]:
                break  # what is left at the origin is rounding
            amount = min(given[origin], taken[node])
            for step in range(depth):
                amount = min(amount, flow[stack[step]])
            for step in range(depth):
                flow[stack[step]] -= amount
            given[origin] -= amount
            taken[node] -= amount
            used = offsets[count] + depth
            first = _with_room(first, count + 1)
            last = _with_room(last, count + 1)
            amounts = _with_room(amounts, count + 1)
            offsets = _with_room(offsets, count + 2)
            arcs = _with_room(arcs, used)
            arcs[offsets[count] : used] = stack[:depth]
            first[count] = origin
            last[count] = node
            amounts[count] = amount
            count += 1
            offsets[count] = used
    return (
        first[:count],
        last[:count],
        amounts[:count],
        offsets[: count + 1],
        arcs[: offsets[count]],
    )


@njit(cache=True, nogil=True)
def _with_room(array: npt.NDArray[Any], size: int) -> npt.NDArray[Any]:
    """Return an array of at least a size, with what it holds."""
    if size <= array.size:
        return array
    larger = np.empty(max(size, 2 * array.size), dtype=array.dtype)
    larger[: array.size] = array
    return larger


@njit(cache=True, nogil=True)
def mixed_rates(
    start: IndexArray,
    order: IndexArray,
    target: IndexArray,
    flow: FloatArray,
    given: FloatArray,
    lane_rates: FloatArray,
    site_rates: FloatArray,
) -> FloatArray:
    """Return what a unit has cost on average when it leaves each node of a flow without cycles.

    What comes to a node is mixed there: each unit that leaves it has cost the same.

    Parameters
    ----------
    start, order
        (N + 1,) and (M,) the arcs by the node where they begin.
    target
        (M,) where the arcs end.
    flow, given
        (M,) and (N,) what arcs carry, and nodes give.
    lane_rates, site_rates
        (K, M) and (K, N) what a unit costs on each arc, and through each node, of K kinds.

    Returns
    -------
    FloatArray
        (K, N) averages; 0 where nothing passes.
    """
    kinds, num_nodes = site_rates.shape
    waiting = np.zeros(num_nodes, dtype=np.int64)
    through = given.copy()
    for arc in range(target.size):
        if flow[arc] > 0:
            waiting[target[arc]] += 1
            through[target[arc]] += flow[arc]
    sums = np.zeros((kinds, num_nodes))
    queue = np.empty(num_nodes, dtype=np.int64)
    count = 0
    for node in range(num_nodes):
        if waiting[node] == 0:
            queue[count] = node
            count += 1
    done = 0
    while done < count:
        node = queue[done]
        done += 1
        for kind in range(kinds):
            if through[node] > 0:
                sums[kind, node] = sums[kind, node] / through[node] + site_rates[kind, node]
        for step in range(start[node], start[node + 1]):
            arc = order[step]
            if flow[arc] <= 0:
                continue
            other = target[arc]
            for kind in range(kinds):
                sums[kind, other] += flow[arc] * (sums[kind, node] + lane_rates[kind, arc])
            waiting[other] -= 1
            if waiting[other] == 0:
                queue[count] = other
                count += 1
    return sums
