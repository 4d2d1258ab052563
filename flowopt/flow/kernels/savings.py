"""What more capacity saves: shortest ways back over the residual arcs of a flow, compiled."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]


@njit(cache=True, nogil=True)
def savings(
    start: IndexArray,
    closed: IndexArray,
    tail: IndexArray,
    head: IndexArray,
    back: IndexArray,
    reduced: FloatArray,
    room: FloatArray,
    first: IndexArray,
    last: IndexArray,
    worth: FloatArray,
    charge: FloatArray,
    amount: float,
    num: int,
    tolerance: FloatArray,
) -> FloatArray:
    """Return what each of some full arcs would save if it could take a little more.

    What an arc takes more goes back from its end to its beginning by cheapest ways (Busacker and
    Gowen 1961); each saves what the arc is worth less what the way back costs.

    Parameters
    ----------
    start
        (N + 1,) where each node's residual arcs begin.
    closed
        (N,) where those without room begin.
    tail, head, back, reduced, room
        (R,) ends, place of the opposite arc, reduced cost (0 or more where there is room) and what
        can still be sent, of each residual arc, sorted by tail, those with room first, and then by
        reduced cost.
    first, last
        (C,) the nodes between which each candidate adds capacity.
    worth
        (C,) what a unit on the candidate saves before it goes back; descending less `charge`.
    charge
        (C,) what each unit of capacity costs, used or not.
    amount
        How much capacity is added.
    num
        How many of the best savings are wanted; 0 for all.
    tolerance
        (C,) savings of a unit below it are rounding.

    Returns
    -------
    FloatArray
        (C,) savings; NaN for those that are not among the best and were not looked at.
    """
    num_nodes = start.size - 1
    distance = np.full(num_nodes, np.inf)
    parent = np.full(num_nodes, -1, dtype=np.int64)
    shift = np.zeros(num_nodes)
    settled = np.zeros(num_nodes, dtype=np.bool_)
    touched = np.empty(num_nodes, dtype=np.int64)
    shifted = np.zeros(num_nodes, dtype=np.bool_)
    moved = np.empty(num_nodes, dtype=np.int64)
    changed = np.empty(2 * num_nodes, dtype=np.int64)
    before = np.empty(2 * num_nodes)
    keys = np.empty(reduced.size + 2)
    nodes = np.empty(reduced.size + 2, dtype=np.int64)
    found = np.full(first.size, np.nan)
    best = np.full(num, -np.inf)
    for candidate in range(first.size):
        if num > 0 and (worth[candidate] - charge[candidate]) * amount <= best.min():
            break
        source, sink = last[candidate], first[candidate]
        left = amount
        saved = 0.0
        num_moved = 0
        num_changed = 0
        while left > 0:
            # ---- the cheapest way back
            limit = worth[candidate] - tolerance[candidate] + shift[source] - shift[sink]
            distance[source] = 0.0
            touched[0] = source
            num_touched = 1
            keys[0] = 0.0
            nodes[0] = source
            size = 1
            way = np.inf
            while size > 0:
                key = keys[0]
                node = nodes[0]
                size -= 1
                _sink_down(keys, nodes, size)
                if settled[node]:
                    continue
                if key >= limit:
                    break
                settled[node] = True
                if node == sink:
                    way = key
                    break
                step_on = start[node]
                while step_on < closed[node] + num_changed:
                    # first what had room, then what has been given room on the way
                    if step_on < closed[node]:
                        arc = step_on
                        least = key + reduced[arc] + shift[node]  # no shift is above 0
                        if least >= min(limit, distance[sink]):
                            step_on = closed[node]
                            continue
                    else:
                        arc = changed[step_on - closed[node]]
                    step_on += 1
                    if room[arc] <= 0 or tail[arc] != node:
                        continue
                    other = head[arc]
                    if settled[other]:
                        continue
                    step = reduced[arc] + shift[node] - shift[other]
                    reached = key + max(step, 0.0)
                    if reached < distance[other]:
                        if distance[other] == np.inf:
                            touched[num_touched] = other
                            num_touched += 1
                        distance[other] = reached
                        parent[other] = arc
                        _rise_up(keys, nodes, size, reached, other)
                        size += 1
            # ---- send what fits
            if way < np.inf:
                most = left
                node = sink
                while node != source:
                    most = min(most, room[parent[node]])
                    node = tail[parent[node]]
                true_way = way + shift[sink] - shift[source]
                gain = worth[candidate] - true_way
                if gain > tolerance[candidate]:
                    saved += most * gain
                    left -= most
                    node = sink
                    while node != source:
                        arc = parent[node]
                        for place in (arc, back[arc]):
                            if num_changed == changed.size:
                                changed = np.concatenate((changed, changed))
                                before = np.concatenate((before, before))
                            changed[num_changed] = place
                            before[num_changed] = room[place]
                            num_changed += 1
                        room[arc] -= most
                        room[back[arc]] += most
                        node = tail[arc]
                    for place in range(num_touched):
                        node = touched[place]
                        if settled[node]:
                            if not shifted[node]:
                                shifted[node] = True
                                moved[num_moved] = node
                                num_moved += 1
                            shift[node] += distance[node] - way
                else:
                    way = np.inf
            for place in range(num_touched):
                node = touched[place]
                distance[node] = np.inf
                settled[node] = False
                parent[node] = -1
            if way == np.inf:
                break
        for place in range(num_changed - 1, -1, -1):
            room[changed[place]] = before[place]
        for place in range(num_moved):
            shift[moved[place]] = 0.0
            shifted[moved[place]] = False
        found[candidate] = saved - charge[candidate] * amount
        if num > 0 and found[candidate] > best.min():
            best[best.argmin()] = found[candidate]
    return found


@njit(cache=True, nogil=True)
def _rise_up(keys: FloatArray, nodes: IndexArray, size: int, key: float, node: int) -> None:
    """Add a node to a binary heap of `size` nodes."""
    place = size
    while place > 0:
        above = (place - 1) // 2
        if keys[above] <= key:
            break
        keys[place] = keys[above]
        nodes[place] = nodes[above]
        place = above
    keys[place] = key
    nodes[place] = node


@njit(cache=True, nogil=True)
def _sink_down(keys: FloatArray, nodes: IndexArray, size: int) -> None:
    """Fill the place of the first node of a binary heap with its last, of `size` that remain."""
    key = keys[size]
    node = nodes[size]
    place = 0
    while True:
        below = 2 * place + 1
        if below >= size:
            break
        if below + 1 < size and keys[below + 1] < keys[below]:
            below += 1
        if keys[below] >= key:
            break
        keys[place] = keys[below]
        nodes[place] = nodes[below]
        place = below
    keys[place] = key
    nodes[place] = node
