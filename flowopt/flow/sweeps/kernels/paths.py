"""Successive shortest paths on the residual network of a scenario, compiled.

What is too much at some nodes goes to where it is missing, each time by a shortest path, which
keeps the proof that the flow is of least cost (Ahuja, Magnanti, Orlin: Network Flows, 1993,
ch. 9.7). What makes it quick:

- *Search from both ends* (Pohl 1971) on reduced costs, the end that has looked at less first. Arcs
  at distance 0 pass by a stack; all others by a heap.
- *Arcs sorted by reduced cost*, so that a node is left at the first arc that is too dear.
- *Prices shift only where the search has been*, and are taken back together with the flow.
"""

from __future__ import annotations

import numpy as np

from flowopt.flow.sweeps.kernels.compiled import inner
from flowopt.flow.sweeps.kernels.layout import (
    INFINITE,
    Base,
    ByteArray,
    IntArray,
    SmallArray,
    State,
)

WAS_STOPPED, GAVE_UP = -1, -2
"""What `reroute` returns when it does not come to an end."""

_OUTSIDE, _LEFT = -1, -2  # places of a node that is not in the heap, and of one gone on from


@inner
def reroute(base: Base, state: State, counts: IntArray, stop: ByteArray, most_work: int) -> int:
    """Send every excess to a want; return how many arcs were looked at."""
    ends = np.empty(0, dtype=np.int32)
    open_ends = 0
    for item in range(counts[1]):
        if state.excess[state.nodes[item]] != 0:
            open_ends += 1
    if open_ends == 0:
        return 0
    ends = np.empty(open_ends, dtype=np.int32)
    open_ends = 0
    for item in range(counts[1]):
        if state.excess[state.nodes[item]] != 0:
            ends[open_ends] = state.nodes[item]
            open_ends += 1
    work = np.zeros(2, dtype=np.int64)
    sizes = np.zeros((3, 2), dtype=np.int64)  # of heap, stack, seen
    while True:
        kept = 0
        giving = False
        for item in range(open_ends):
            node = ends[item]
            if state.excess[node] != 0:
                ends[kept] = node
                kept += 1
                giving = giving or state.excess[node] > 0
        open_ends = kept
        if not giving:
            return work[0] + work[1] + 1 if open_ends == 0 else GAVE_UP
        if stop[0] != 0:
            return WAS_STOPPED
        if work[0] + work[1] > most_work:
            return GAVE_UP
        meeting = _search(base, state, ends[:open_ends], counts, work, sizes)
        if meeting >= 0:
            _send(base, state, meeting, counts)
        for side in range(2):
            for item in range(sizes[2, side]):
                node = state.seen[side, item]
                state.label[side, node] = INFINITE
                state.place[side, node] = _OUTSIDE
        if meeting < 0:
            return GAVE_UP


@inner
def _search(
    base: Base,
    state: State,
    ends: SmallArray,
    counts: IntArray,
    work: IntArray,
    sizes: IntArray,
) -> int:
    """Find a shortest path from an excess to a want, and shift prices so that it costs 0.

    Returns
    -------
    int
        A node on the path, from which the parents lead to both ends; -1 when there is no path.
    """
    # plain names: numba hands over a tuple array by array at every call
    start, arcs, others, reduced = base.start, base.arcs, base.ends, base.reduced
    tails, heads, potential = base.tail, base.head, base.potential
    room, mark, shift, cost = state.room, state.mark, state.shift, state.cost
    label, place, parent = state.label, state.place, state.parent
    heap, stack, seen = state.heap, state.stack, state.seen
    first, following, excess = state.first, state.following, state.excess
    sizes[:] = 0
    key = np.zeros(2, dtype=np.int64)  # distance at which each side goes on
    spent = np.zeros(2, dtype=np.int64)
    best = np.int64(INFINITE)  # length of the best path so far
    meeting = -1  # a node on it
    for node in ends:
        side = 0 if excess[node] > 0 else 1
        label[side, node] = 0
        parent[side, node] = -1
        stack[side, sizes[1, side]] = node
        sizes[1, side] += 1
        seen[side, sizes[2, side]] = node
        sizes[2, side] += 1
    side = 0
    while key[0] < INFINITE and key[1] < INFINITE and key[0] + key[1] < best:
        side = 0 if spent[0] <= spent[1] else 1
        other = 1 - side
        sign = 1 - 2 * side
        if sizes[1, side] > 0:
            sizes[1, side] -= 1
            node = stack[side, sizes[1, side]]
        else:
            node = _pop(heap, label, place, sizes, side)
        place[side, node] = _LEFT
        here = label[side, node]
        # a reduced cost is what the base says, plus the shift here, less the shift there
        from_here = here + sign * shift[node]
        highest = counts[2] if side == 0 else -counts[3]
        looked = 1
        item = start[side, node]
        end = start[side, node + 1]
        extra = first[side, node]
        while True:
            if item < end:  # an arc as the base has it
                far = from_here + reduced[side, item]
                if far - highest >= best - key[other]:
                    item = end
                    continue
                residual = arcs[side, item]
                there = others[side, item]
                far -= sign * shift[there]
                item += 1
                fits = room[residual] > 0 and mark[residual] != 2
            elif extra >= 0:  # one that the scenario has changed, or opened
                residual = extra
                extra = following[side, residual]
                tail, head = tails[residual], heads[residual]
                there = tail if side == 1 else head
                value = cost[residual >> 1]
                if residual & 1:
                    value = -value
                value += potential[tail] + shift[tail] - potential[head] - shift[head]
                far = here + value
                fits = room[residual] > 0
            else:
                break
            looked += 1
            if not fits or far >= label[side, there] or far >= best - key[other]:
                continue
            parent[side, there] = residual
            if far + label[other, there] < best:
                best = far + label[other, there]
                meeting = there
            if label[side, there] == INFINITE:
                seen[side, sizes[2, side]] = there
                sizes[2, side] += 1
            label[side, there] = far
            if place[side, there] >= 0:
                _rise(heap, label, place, side, place[side, there])
            elif far == here:
                stack[side, sizes[1, side]] = there
                sizes[1, side] += 1
            else:
                heap[side, sizes[0, side]] = there
                sizes[0, side] += 1
                _rise(heap, label, place, side, sizes[0, side] - 1)
        spent[side] += looked
        if sizes[1, side] == 0:
            key[side] = INFINITE
            if sizes[0, side] > 0:
                key[side] = label[side, heap[side, 0]]
    work += spent
    if best < INFINITE:
        _shift_prices(state, side, key, best, counts, sizes)
    return meeting


@inner
def _rise(heap: SmallArray, label: IntArray, place: SmallArray, side: int, item: int) -> None:
    node = heap[side, item]
    distance = label[side, node]
    while item > 0:
        above = (item - 1) >> 1
        if label[side, heap[side, above]] <= distance:
            break
        heap[side, item] = heap[side, above]
        place[side, heap[side, item]] = item
        item = above
    heap[side, item] = node
    place[side, node] = item


@inner
def _pop(heap: SmallArray, label: IntArray, place: SmallArray, sizes: IntArray, side: int) -> int:
    nearest: int = heap[side, 0]
    sizes[0, side] -= 1
    size = sizes[0, side]
    node = heap[side, size]
    distance = label[side, node]
    item = 0
    while 2 * item + 1 < size:
        below = 2 * item + 1
        beside = below + 1
        if beside < size and label[side, heap[side, beside]] < label[side, heap[side, below]]:
            below = beside
        if label[side, heap[side, below]] >= distance:
            break
        heap[side, item] = heap[side, below]
        place[side, heap[side, item]] = item
        item = below
    if size > 0:
        heap[side, item] = node
        place[side, node] = item
    return nearest


@inner
def _shift_prices(
    state: State, side: int, key: IntArray, length: int, counts: IntArray, sizes: IntArray
) -> None:
    """Raise or lower prices around both ends, together by the length of the path.

    The side that looked last gives way: what the other one left out is farther than its radius.
    """
    radius = np.zeros(2, dtype=np.int64)
    radius[1 - side] = min(key[1 - side], length)
    radius[side] = length - radius[1 - side]
    for item in range(sizes[2, 0]):
        node = state.seen[0, item]
        if state.label[0, node] < radius[0]:
            state.shift[node] += state.label[0, node] - radius[0]
            counts[3] = min(counts[3], state.shift[node])
            list_node(node, state, counts)
    for item in range(sizes[2, 1]):
        node = state.seen[1, item]
        if state.label[1, node] < radius[1]:
            state.shift[node] += radius[1] - state.label[1, node]
            counts[2] = max(counts[2], state.shift[node])
            list_node(node, state, counts)


@inner
def _send(base: Base, state: State, meeting: int, counts: IntArray) -> None:
    """Send what fits along the path through a node."""
    giver = meeting
    amount = np.int64(INFINITE)
    while state.parent[0, giver] >= 0:
        amount = min(amount, state.room[state.parent[0, giver]])
        giver = base.tail[state.parent[0, giver]]
    taker = meeting
    while state.parent[1, taker] >= 0:
        amount = min(amount, state.room[state.parent[1, taker]])
        taker = base.head[state.parent[1, taker]]
    amount = min(amount, state.excess[giver], -state.excess[taker])
    node = meeting
    while state.parent[0, node] >= 0:
        residual = state.parent[0, node]
        _push(base, state, residual, amount, counts)
        node = base.tail[residual]
    node = meeting
    while state.parent[1, node] >= 0:
        residual = state.parent[1, node]
        _push(base, state, residual, amount, counts)
        node = base.head[residual]
    state.excess[giver] -= amount
    state.excess[taker] += amount


@inner
def _push(base: Base, state: State, residual: int, amount: int, counts: IntArray) -> None:
    state.room[residual] -= amount
    back = residual ^ 1
    state.room[back] += amount
    list_arc(residual >> 1, state, counts)
    if base.room[back] == 0 and state.mark[back] == 0:
        state.mark[back] = 1
        add_extra(base, state, back, counts)


@inner
def list_arc(arc: int, state: State, counts: IntArray) -> None:
    """Note that an arc differs from the base."""
    if state.arc_listed[arc] == 0:
        state.arc_listed[arc] = 1
        state.arcs[counts[0]] = arc
        counts[0] += 1


@inner
def list_node(node: int, state: State, counts: IntArray) -> None:
    """Note that a node differs from the base."""
    if state.node_listed[node] == 0:
        state.node_listed[node] = 1
        state.nodes[counts[1]] = node
        counts[1] += 1


@inner
def add_extra(base: Base, state: State, residual: int, counts: IntArray) -> None:
    """Enter a residual arc that the base's lists do not have, or no longer rightly."""
    ends = (base.tail[residual], base.head[residual])
    for side in range(2):
        node = ends[side]
        list_node(node, state, counts)
        state.following[side, residual] = state.first[side, node]
        state.first[side, node] = residual
