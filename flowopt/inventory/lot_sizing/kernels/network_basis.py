"""A flow that is kept of least cost while costs and capacities change, compiled.

By a primal simplex in floats, on a spanning tree that stays between calls. Node 0 is the root. The
tree hangs from it by `parent`, `arc` (to the parent) and lists of children; its potentials make the
reduced costs of its arcs 0 (Ahuja, Magnanti, Orlin: *Network Flows*, 1993, chapter 11).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]

EMPTY, TREE, FULL = 1, 0, -1
"""Where the flow of an arc is: at 0, in between, at the arc's capacity."""

_FLOW, _PRICE = 1e-9, 1e-7  # what counts as nothing


class Network(NamedTuple):
    """A network, a flow on it and the tree of its basis; all is changed in place.

    Parameters
    ----------
    tail, head
        (A,) ends of the arcs.
    cost, capacity, flow
        (A,) of each arc.
    place
        (A,) `EMPTY`, `TREE` or `FULL`.
    parent, arc, depth
        (V,) above each node, the arc to it, and how far the root is.
    child, after, before
        (V,) the first child of each node, and its neighbours among their parent's; -1 for none.
    price
        (V,) potentials.
    """

    tail: IndexArray
    head: IndexArray
    cost: FloatArray
    capacity: FloatArray
    flow: FloatArray
    place: IndexArray
    parent: IndexArray
    arc: IndexArray
    depth: IndexArray
    child: IndexArray
    after: IndexArray
    before: IndexArray
    price: FloatArray


def star(tail: IndexArray, head: IndexArray, supply: FloatArray, dear: float) -> Network:
    """Return a network without flow but that of arcs added between the root and every other node.

    Parameters
    ----------
    tail, head
        (A,) ends of the arcs.
    supply
        (V,) what each node gives; what it takes is negative. That of the root is not read.
    dear
        Cost of a unit on an added arc. They come last.
    """
    nodes = np.arange(1, supply.size)
    gives = supply[1:] > 0
    tail = np.concatenate([tail, np.where(gives, nodes, 0)])
    head = np.concatenate([head, np.where(gives, 0, nodes)])
    arcs, added = tail.size, nodes.size
    flow, cost = np.zeros(arcs), np.zeros(arcs)
    flow[-added:], cost[-added:] = np.abs(supply[1:]), dear
    place = np.full(arcs, EMPTY)
    place[-added:] = TREE
    parent = np.zeros(added + 1, dtype=np.int64)
    parent[0] = -1
    arc = np.concatenate([[-1], np.arange(arcs - added, arcs)])
    depth = np.minimum(np.arange(added + 1), 1)
    child = np.full(added + 1, -1)
    child[0] = 1
    after = np.concatenate([[-1], nodes[1:], [-1]])
    before = np.concatenate([[-1, -1], nodes[:-1]])
    price = np.concatenate([[0.0], np.where(gives, -dear, dear)])
    capacity = np.full(arcs, np.inf)
    return Network(
        tail, head, cost, capacity, flow, place, parent, arc, depth, child, after, before, price
    )


def copied(network: Network) -> Network:
    """Return a network with arrays of its own."""
    return network._replace(**{name: column.copy() for name, column in network._asdict().items()})


@njit(cache=True, nogil=True)
def keep(network: Network, kept: Network) -> None:
    """Copy what a search changes to where it is kept."""
    kept.cost[:] = network.cost
    kept.capacity[:] = network.capacity
    kept.flow[:] = network.flow
    kept.place[:] = network.place
    kept.parent[:] = network.parent
    kept.arc[:] = network.arc
    kept.depth[:] = network.depth
    kept.child[:] = network.child
    kept.after[:] = network.after
    kept.before[:] = network.before
    kept.price[:] = network.price


@njit(cache=True, nogil=True)
def _hang(network: Network, node: int, above: int, arc: int) -> None:
    """Move a node from its parent's children to another's."""
    child, after, before = network.child, network.after, network.before
    left, right = before[node], after[node]
    if left >= 0:
        after[left] = right
    else:
        child[network.parent[node]] = right
    if right >= 0:
        before[right] = left
    network.parent[node], network.arc[node] = above, arc
    first = child[above]
    before[node], after[node] = -1, first
    if first >= 0:
        before[first] = node
    child[above] = node


@njit(cache=True, nogil=True)
def shift(network: Network, top: int, change: float) -> None:
    """Change the potentials of a node and all below it, and find their depths anew."""
    child, after, parent = network.child, network.after, network.parent
    node = top
    while True:
        network.price[node] += change
        network.depth[node] = network.depth[parent[node]] + 1
        if child[node] >= 0:
            node = child[node]
            continue
        while node != top and after[node] < 0:
            node = parent[node]
        if node == top:
            return
        node = after[node]


@njit(cache=True, nogil=True)
def push(network: Network, entering: int, forward: bool) -> None:
    """Send as much as goes around the cycle that an arc closes with the tree; mend the tree.

    Parameters
    ----------
    network
        Changed.
    entering
        An arc that is not of the tree; its flow may be anything up to its capacity.
    forward
        Whether its flow grows.
    """
    tail, head, flow, capacity = network.tail, network.head, network.flow, network.capacity
    parent, arc, depth, place = network.parent, network.arc, network.depth, network.place
    start = tail[entering] if forward else head[entering]
    end = head[entering] if forward else tail[entering]
    room = capacity[entering] - flow[entering] if forward else flow[entering]
    blocking, near = -1, True
    here, there = start, end
    while here != there:
        if depth[here] >= depth[there]:  # flow comes down to the start
            a = arc[here]
            left = capacity[a] - flow[a] if head[a] == here else flow[a]
            if left < room:
                room, blocking, near = left, here, True
            here = parent[here]
        else:  # and goes up from the end
            a = arc[there]
            left = capacity[a] - flow[a] if tail[a] == there else flow[a]
            if left <= room:
                room, blocking, near = left, there, False
            there = parent[there]
    room = max(room, 0.0)
    flow[entering] += room if forward else -room
    here, there = start, end
    while here != there:
        if depth[here] >= depth[there]:
            a = arc[here]
            flow[a] += room if head[a] == here else -room
            here = parent[here]
        else:
            a = arc[there]
            flow[a] += room if tail[a] == there else -room
            there = parent[there]
    if blocking < 0:
        place[entering] = FULL if forward else EMPTY
        flow[entering] = capacity[entering] if forward else 0.0
        return
    leaving = arc[blocking]
    grows = (head[leaving] == blocking) == near
    place[leaving] = FULL if grows else EMPTY
    flow[leaving] = capacity[leaving] if grows else 0.0
    place[entering] = TREE
    top, above = (start, end) if near else (end, start)
    reduced = network.cost[entering] + network.price[tail[entering]] - network.price[head[entering]]
    node, under, by = top, above, entering
    while True:
        higher, old = parent[node], arc[node]
        _hang(network, node, under, by)
        if node == blocking:
            break
        under, by, node = node, old, higher
    shift(network, top, reduced if top == head[entering] else -reduced)


@njit(cache=True, nogil=True)
def cheapen(network: Network, first: int, most: int) -> int:
    """Push along arcs that save most of those seen, until none does; return where it ended.

    Parameters
    ----------
    network
        Changed.
    first
        The arc to begin looking at.
    most
        Number of pushes that is not passed.
    """
    arcs = network.tail.size
    block = max(20, int(np.sqrt(arcs)))
    tail, head, cost, price = network.tail, network.head, network.cost, network.price
    place = network.place
    at, seen = first, 0
    while most > 0:
        best, saving, until = -1, _PRICE, min(block, arcs - seen)
        while seen < arcs:
            for _ in range(until):
                saved = -place[at] * (cost[at] + price[tail[at]] - price[head[at]])
                if saved > saving:
                    best, saving = at, saved
                at += 1
                if at == arcs:
                    at = 0
            seen += until
            if best >= 0:
                break
            until = min(block, arcs - seen)
        if best < 0:
            return at
        push(network, best, place[best] == EMPTY)
        seen = 0
        most -= 1
    return at


@njit(cache=True, nogil=True)
def reprice(network: Network, arc: int, cost: float) -> None:
    """Change the cost of an arc; its reduced cost remains 0 when it is of the tree."""
    change = cost - network.cost[arc]
    network.cost[arc] = cost
    if change == 0.0 or network.place[arc] != TREE:
        return
    tail, head = network.tail[arc], network.head[arc]
    if network.arc[head] == arc:
        shift(network, head, change)
    else:
        shift(network, tail, -change)


@njit(cache=True, nogil=True)
def resize(network: Network, arc: int, beyond: int, capacity: float) -> None:
    """Change the capacity of an arc from the root; what no longer fits goes beside it.

    Parameters
    ----------
    network
        Changed.
    arc, beyond
        Two arcs from the root to a node; the second has no limit.
    capacity
        That of the first.
    """
    flow, place = network.flow, network.place
    network.capacity[arc] = capacity
    over = flow[arc] - capacity
    if place[arc] == FULL and over < 0:
        push(network, arc, True)
        return
    if over <= _FLOW * max(1.0, capacity) and not (place[arc] == FULL and over > 0):
        return
    flow[arc] = capacity
    flow[beyond] += over
    if place[arc] == TREE:
        node = network.head[arc]
        place[arc], place[beyond] = FULL, TREE
        network.arc[node] = beyond
        shift(network, node, network.cost[beyond] - network.cost[arc])
    elif place[beyond] != TREE:
        push(network, beyond, False)
