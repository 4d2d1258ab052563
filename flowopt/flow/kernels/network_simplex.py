"""The primal network simplex method, compiled.

A basis is a spanning tree rooted at node `root`; the arcs outside it carry what their lower or
upper bound says. Each pivot takes an arc whose reduced cost is below 0 into the tree, sends what
fits around the cycle that it closes, and takes a blocking arc out (Dantzig 1951; Ahuja, Magnanti,
Orlin: Network Flows, 1993, ch. 11). What makes it quick:

- *Residual orientation.* An arc outside the tree always stands at 0: one that is full is turned
  round (ends swapped, cost negated, `turned` set). So the search for an entering arc reads ends,
  costs and prices only; arcs of the tree price out at exactly 0.
- *Block search* (Grigoriadis 1986): the best arc of a block of arcs enters, and the next search
  begins where this one ended.
- *Residuals on nodes.* `down` and `up` hold, for the tree arc between a node and its parent, what
  can still be sent to the node and to the parent. Walking up a cycle touches no arc.
- *Threaded tree.* `thread` lists the nodes in preorder, `before` is its inverse, `size` counts the
  nodes of a subtree and `last` names the last of them in the thread, so that a subtree is moved in
  time of the path on which it turns (Glover, Klingman, Stutz 1974; Király, Kovács 2012).
- *Strongly feasible trees* (Cunningham 1976), rooted so that `down` is above 0 everywhere: no
  cycling; and the potentials of an optimal tree are the costs of one more unit at each node.

Node v hangs on an artificial arc, numbered `num_arcs` + v, where the tree has no other for it.
These join it with the root, at a cost that no path of arcs comes to, and never enter again. One
that gives (the node's supply, to the root) has `up` of at least `NO_LIMIT`; all others take.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

IntArray = npt.NDArray[np.int64]
IndexArray = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

_compiled: Any = njit(cache=True, nogil=True)  # its types do not know so many arguments

NO_LIMIT = 2**60
"""Residual of an artificial arc."""

OPTIMAL, PAUSED, UNLIMITED = 0, 1, 2
"""What `pivot` returns: no arc can enter; the work allowed is done; a cycle has no limit."""

NEXT, PIVOTS, WORK = 0, 1, 2
"""Places in `counters`: where the search goes on; pivots, and arcs and nodes looked at, so far."""

CLOSED = 2**62
"""Cost of an arc that cannot carry anything: above every difference of potentials."""


@_compiled
def pivot(
    source: IndexArray,
    target: IndexArray,
    capacity: IntArray,
    cost: IntArray,
    turned: Flags,
    potential: IntArray,
    parent: IndexArray,
    pred: IndexArray,
    down: IntArray,
    up: IntArray,
    thread: IndexArray,
    before: IndexArray,
    size: IndexArray,
    last: IndexArray,
    counters: IntArray,
    block: int,
    most_work: int,
    most_pivots: int,
) -> int:
    """Pivot until no arc can enter the tree, or the work allowed is done.

    Parameters
    ----------
    source, target, capacity, cost, turned
        (M,) arcs in residual orientation, changed in place; the cost of a closed arc (capacity 0)
        must be above every difference of potentials.
    potential, parent, pred, down, up, thread, before, size, last
        (N,) the tree, changed in place.
    counters
        (3,) see `NEXT`, `PIVOTS`, `WORK`; changed in place.
    block
        Arcs looked at before the best of them enters.
    most_work, most_pivots
        Values of the counters at which to pause.

    Returns
    -------
    int
        `OPTIMAL`, `PAUSED` or `UNLIMITED`.
    """
    num_arcs = source.size
    position = counters[NEXT]
    pivots = counters[PIVOTS]
    work = counters[WORK]
    outcome = PAUSED
    while work < most_work and pivots < most_pivots:
        # ---- which arc enters: the best of the first block that holds one
        entering = -1
        least = 0
        seen = 0
        while seen < num_arcs:
            stop = min(position + block, num_arcs)
            for arc in range(position, stop):
                reduced = cost[arc] + potential[source[arc]] - potential[target[arc]]
                if reduced < least:
                    least = reduced
                    entering = arc
            seen += stop - position
            position = stop if stop < num_arcs else 0
            if entering >= 0:
                break
        work += seen
        if entering < 0:
            outcome = OPTIMAL
            break
        pivots += 1

        # ---- the cycle: from the apex down to `first`, along the arc, from `second` up to it
        first = source[entering]
        second = target[entering]
        room_first = capacity[entering]
        room_second = np.int64(CLOSED)
        out_first = np.int32(-1)
        out_second = np.int32(-1)
        one = first
        two = second
        while one != two:
            if size[one] < size[two]:
                if down[one] <= room_first:  # nearest to the apex wins
                    room_first = down[one]
                    out_first = one
                one = parent[one]
            else:
                if up[two] < room_second:  # nearest to the entering arc wins
                    room_second = up[two]
                    out_second = two
                two = parent[two]
            work += 1
        apex = one
        on_first = room_first <= room_second
        amount = room_first if on_first else room_second
        if amount >= NO_LIMIT:
            outcome = UNLIMITED
            break

        # ---- send
        if amount > 0:
            node = first
            while node != apex:
                down[node] -= amount
                up[node] += amount
                node = parent[node]
            node = second
            while node != apex:
                down[node] += amount
                up[node] -= amount
                node = parent[node]

        # ---- only the entering arc is blocked: turn it round
        if on_first and out_first < 0:
            source[entering] = second
            target[entering] = first
            cost[entering] = -cost[entering]
            turned[entering] = not turned[entering]
            continue

        # ---- the leaving arc: the subtree below it is to hang on the entering arc
        if on_first:
            top = out_first
            inside, outside = first, second
            new_down = amount  # the cycle ran from inside to outside
            new_up = capacity[entering] - amount
            shift = -least
        else:
            top = out_second
            inside, outside = second, first
            new_down = capacity[entering] - amount
            new_up = amount
            shift = least
        # potential of the inside moves so that the entering arc's reduced cost becomes 0
        leaving = pred[top]
        if leaving < num_arcs:
            below_is_source = source[leaving] == top
            # at 0 in its orientation, the arc can be sent along it, not against it
            full = up[top] == 0 if below_is_source else down[top] == 0
            if full:
                swap = source[leaving]
                source[leaving] = target[leaving]
                target[leaving] = swap
                cost[leaving] = -cost[leaving]
                turned[leaving] = not turned[leaving]
        _hang(
            inside,
            outside,
            top,
            np.int32(entering),
            new_down,
            new_up,
            apex,
            parent,
            pred,
            down,
            up,
            thread,
            before,
            size,
            last,
        )
        node = inside
        end = last[inside]
        work += size[inside]
        potential[node] += shift
        while node != end:
            node = thread[node]
            potential[node] += shift
    counters[NEXT] = position
    counters[PIVOTS] = pivots
    counters[WORK] = work
    return outcome


@_compiled
def _hang(
    inside: int,
    outside: int,
    top: int,
    entering: int,
    new_down: int,
    new_up: int,
    apex: int,
    parent: IndexArray,
    pred: IndexArray,
    down: IntArray,
    up: IntArray,
    thread: IndexArray,
    before: IndexArray,
    size: IndexArray,
    last: IndexArray,
) -> None:
    """Cut the subtree of `top` off, turn it so that `inside` is its root, hang it on `outside`."""
    moved = size[top]
    old_parent = parent[top]
    old_last = last[top]
    old_before = before[top]
    old_next = thread[old_last]

    # ---- cut off
    thread[old_before] = old_next
    before[old_next] = old_before
    node = old_parent
    while node >= 0 and last[node] == old_last:
        last[node] = old_before
        node = parent[node]

    # ---- turn the path from `inside` to `top`: in preorder, what hung on each node of the path
    # comes after what hung on the one below
    node = inside
    node_last = last[node]
    node_before = before[node]
    node_next = thread[node_last]  # after the subtree of node
    node_size = size[node]
    above = parent[node]
    arc = pred[node]
    node_down, node_up = down[node], up[node]
    parent[node] = outside
    pred[node] = entering
    down[node] = new_down
    up[node] = new_up
    size[node] = moved
    tail = node_last
    while node != top:
        upper = above
        upper_last = last[upper]
        upper_before = before[upper]
        upper_next = node_next if upper_last == node_last else thread[upper_last]
        upper_size = size[upper]
        above = parent[upper]
        thread[tail] = upper
        before[upper] = tail
        if upper_last == node_last:
            tail = node_before
        else:
            thread[node_before] = node_next
            before[node_next] = node_before
            tail = upper_last
        # the arc between them now leads down from node to upper
        parent[upper] = node
        upper_arc, upper_down, upper_up = pred[upper], down[upper], up[upper]
        pred[upper] = arc
        down[upper] = node_up
        up[upper] = node_down
        arc, node_down, node_up = upper_arc, upper_down, upper_up
        size[upper] = moved - node_size
        node, node_last, node_before = upper, upper_last, upper_before
        node_next, node_size = upper_next, upper_size
    node = top
    while node != outside:
        last[node] = tail
        node = parent[node]

    # ---- hang: first child of `outside`
    after = thread[outside]
    thread[outside] = inside
    before[inside] = outside
    thread[tail] = after
    before[after] = tail
    node = outside
    while node >= 0 and last[node] == outside:
        last[node] = tail
        node = parent[node]
    # ---- sizes change up to where both paths meet
    node = old_parent
    while node != apex:
        size[node] -= moved
        node = parent[node]
    node = outside
    while node != apex:
        size[node] += moved
        node = parent[node]


@_compiled
def settle(
    ends: tuple[IndexArray, IndexArray],
    capacity: IntArray,
    true_cost: IntArray,
    balance: IntArray,
    root: int,
    dear: int,
    source: IndexArray,
    target: IndexArray,
    cost: IntArray,
    turned: Flags,
    potential: IntArray,
    parent: IndexArray,
    pred: IndexArray,
    down: IntArray,
    up: IntArray,
    thread: IndexArray,
    before: IndexArray,
    size: IndexArray,
    last: IndexArray,
) -> None:
    """Make a strongly feasible basis of a tree, whatever the data are now.

    Where the tree would send too much or too little over an arc, the arc goes to its bound, the
    subtree below it is hung on the root by the artificial arc, and the rest flows there.

    Parameters
    ----------
    ends
        Source and target of the (M,) arcs as they are.
    capacity, true_cost
        (M,) data of the arcs.
    balance
        (N,) what each node gives (> 0) or takes.
    root
        Root of the tree.
    dear
        Cost of the artificial arcs: more than a path comes to.
    turned
        (M,) which arcs stand at capacity (outside the tree), changed in place.
    parent, pred, thread
        (N,) the tree, `thread` listing each node before those below; changed in place.
    source, target, cost, potential, down, up, before, size, last
        Filled; see `pivot`.
    """
    num_nodes, num_arcs = balance.size, capacity.size
    excess = balance.copy()
    for arc in range(num_arcs):
        tail, head = ends[0][arc], ends[1][arc]
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
    order = np.empty(num_nodes, dtype=np.int32)
    node = root
    for place in range(num_nodes):
        order[place] = node
        node = thread[node]
    for place in range(num_nodes - 1, 0, -1):
        node = order[place]
        arc = pred[node]
        amount = excess[node]
        if arc < num_arcs:
            upwards = source[arc] == node
            most = capacity[arc]
            flow = amount if upwards else -amount
            back = flow if upwards else most - flow  # what can still go to the node
            if 0 <= flow <= most and back > 0:
                down[node] = back
                up[node] = most - back
                excess[parent[node]] += amount
                continue
            flow = min(max(flow, 0), most)
            sent = flow if upwards else -flow
            excess[parent[node]] += sent
            amount -= sent
            if flow > 0 and flow == most:
                swap = source[arc]
                source[arc] = target[arc]
                target[arc] = swap
                cost[arc] = -cost[arc]
                turned[arc] = not turned[arc]
        parent[node] = root
        pred[node] = num_arcs + node
        down[node] = amount if amount > 0 else NO_LIMIT
        up[node] = NO_LIMIT if amount > 0 else -amount
    _thread(order, parent, thread, before, size, last)

    # ---- potentials, from the root down
    potential[root] = 0
    node = thread[root]
    while node != root:
        arc = pred[node]
        if arc >= num_arcs:
            potential[node] = dear if up[node] < NO_LIMIT else -dear
        elif source[arc] == node:
            potential[node] = potential[parent[node]] - cost[arc]
        else:
            potential[node] = potential[parent[node]] + cost[arc]
        node = thread[node]


@_compiled
def _thread(
    order: IndexArray,
    parent: IndexArray,
    thread: IndexArray,
    before: IndexArray,
    size: IndexArray,
    last: IndexArray,
) -> None:
    """Thread a tree whose nodes are given in an order in which no node precedes its parent."""
    num_nodes = order.size
    size[:] = 1
    for place in range(num_nodes - 1, 0, -1):
        size[parent[order[place]]] += size[order[place]]
    preorder = np.empty(num_nodes, dtype=np.int32)
    free = np.empty(num_nodes, dtype=np.int32)  # the next free place below each node
    preorder[0] = order[0]
    free[order[0]] = 1
    for place in range(1, num_nodes):
        node = order[place]
        mine = free[parent[node]]
        free[parent[node]] += size[node]
        free[node] = mine + 1
        preorder[mine] = node
    for place in range(num_nodes):
        node = preorder[place]
        follower = preorder[place + 1 if place + 1 < num_nodes else 0]
        thread[node] = follower
        before[follower] = node
        last[node] = preorder[place + size[node] - 1]


@_compiled
def flows(
    order: IndexArray,
    source: IndexArray,
    capacity: IntArray,
    turned: Flags,
    pred: IndexArray,
    down: IntArray,
    up: IntArray,
    flow: IntArray,
) -> int:
    """Fill in the flow of each arc, and return how much still passes over artificial arcs.

    Parameters
    ----------
    order
        (M,) position in `flow` of each arc.
    source, capacity, turned, pred, down, up
        The basis; see `pivot`.
    flow
        (M,) filled.
    """
    num_arcs = capacity.size
    for arc in range(num_arcs):
        flow[order[arc]] = capacity[arc] if turned[arc] else 0
    undone = 0
    for node in range(pred.size):
        arc = pred[node]
        if arc >= num_arcs:
            undone += down[node] if up[node] >= NO_LIMIT else up[node]
        elif arc >= 0:
            along = down[node] if source[arc] == node else up[node]
            flow[order[arc]] = capacity[arc] - along if turned[arc] else along
    return undone
