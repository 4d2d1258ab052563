"""The primal network simplex method, compiled.

A basis is a spanning tree; the arcs outside it carry what their lower or upper bound says. Each
pivot takes an arc whose reduced cost is below 0 into the tree, sends what fits around the cycle
that it closes, and takes a blocking arc out (Dantzig 1951; Ahuja, Magnanti, Orlin: Network Flows,
1993, ch. 11). What makes it quick:

- *Residual orientation.* An arc outside the tree always stands at 0: one that is full is turned
  round (ends swapped, cost negated, `turned` set). So the search for an entering arc reads ends,
  costs and potentials only; arcs of the tree price out at exactly 0.
- *Block search* (Grigoriadis 1986): the best arc of a block of arcs enters, and the next search
  begins where this one ended.
- *Residuals on nodes.* `down` and `up` say what can still be sent to the node from its parent, and
  the other way. Walking up a cycle touches no arc, and one line of the cache for each node.
- *Threaded tree.* `thread` lists the nodes in preorder in a ring, `before` is its inverse, `size`
  counts the nodes of a subtree and `last` names the last of them in the thread: a subtree is moved
  in time of the path on which it turns (Glover, Klingman, Stutz 1974).
- *Strongly feasible trees* (Cunningham 1976) whose `down` is above 0 everywhere: no cycling; and
  the potentials of an optimal tree are the costs of one more unit at each node.

Node v hangs on an artificial arc, numbered `num_arcs` + v, where the tree has no other for it.
These join it with the root, at a cost that no path of arcs comes to, and never enter again. One
that carries supply from the node to the root has `up` of at least `NO_LIMIT`; all others carry from
the root to the node.

Indices are unsigned: numba spares them the look whether they count from the end.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

IntArray = npt.NDArray[np.int64]
IndexArray = npt.NDArray[np.uint32]
Flags = npt.NDArray[np.bool_]

NODE = np.dtype(
    [
        ("parent", "u4"),  # the root's is the root
        ("pred", "u4"),  # the arc between the node and its parent
        ("size", "u4"),
        ("last", "u4"),
        ("down", "i8"),
        ("up", "i8"),
    ]
)
"""What a tree keeps of each node; see above."""

NO_LIMIT = 2**62
"""Residual of an artificial arc: more than ever flows."""


NEXT, PIVOTS, WORK = 0, 1, 2
"""Places in `counters`: where the search goes on; pivots, and arcs and nodes looked at, so far."""

CLOSED = 2**62
"""Cost of an arc that cannot carry anything: above every difference of potentials."""

_compiled: Any = njit(cache=True, nogil=True)  # its types do not know so many arguments


@_compiled
def pivot(
    source: IndexArray,
    target: IndexArray,
    capacity: IntArray,
    cost: IntArray,
    turned: Flags,
    potential: IntArray,
    tree: Any,
    thread: IndexArray,
    before: IndexArray,
    counters: IntArray,
    block: int,
    most_work: int,
    most_pivots: int,
) -> bool:
    """Pivot until no arc can enter the tree, or the work allowed is done.

    Parameters
    ----------
    source, target, capacity, cost, turned
        (M,) arcs in residual orientation, changed in place; the cost of those without capacity is
        `CLOSED`.
    potential, tree, thread, before
        (N,) the tree, its nodes in `NODE` records, changed in place.
    counters
        (3,) see `NEXT`, `PIVOTS`, `WORK`; changed in place.
    block
        Arcs looked at before the best of them enters.
    most_work, most_pivots
        Values of the counters at which to pause.

    Returns
    -------
    bool
        Whether no arc can enter: the basis is optimal.
    """
    num_arcs = source.size
    position = counters[NEXT]
    pivots = counters[PIVOTS]
    work = counters[WORK]
    optimal = False
    while work < most_work and pivots < most_pivots:
        # ---- which arc enters: the best of the first block that holds one
        entering = -1
        least = 0
        seen = 0
        while seen < num_arcs:
            stop = min(position + block, num_arcs)
            tails, heads, costs = source[position:stop], target[position:stop], cost[position:stop]
            for step in range(tails.size):
                reduced = costs[step] + potential[tails[step]] - potential[heads[step]]
                if reduced < least:
                    least = reduced
                    entering = position + step
            seen += stop - position
            position = stop if stop < num_arcs else 0
            if entering >= 0:
                break
        work += seen
        if entering < 0:
            optimal = True
            break
        pivots += 1

        # ---- the cycle: from the apex down to `first`, along the arc, from `second` up again
        first = source[entering]
        second = target[entering]
        room = capacity[entering]
        room_second = np.int64(CLOSED)
        top_first = first
        top_second = second
        blocked_first = False
        one = first
        two = second
        while one != two:
            if tree[one].size < tree[two].size:
                if tree[one].down <= room:  # of several, the nearest to the apex
                    room = tree[one].down
                    top_first = one
                    blocked_first = True
                one = tree[one].parent
            else:
                if tree[two].up < room_second:  # of several, the nearest to the entering arc
                    room_second = tree[two].up
                    top_second = two
                    if room_second == 0:  # `first` is not below, or it would be smaller
                        break
                two = tree[two].parent
            work += 1
        apex = one  # unless nothing can be sent
        on_first = room <= room_second
        amount = min(room, room_second)

        # ---- send
        if amount > 0:
            node = first
            while node != apex:
                tree[node].down -= amount
                tree[node].up += amount
                node = tree[node].parent
            node = second
            while node != apex:
                tree[node].down += amount
                tree[node].up -= amount
                node = tree[node].parent
        if on_first and not blocked_first:  # the entering arc is full before any other
            turn(entering, source, target, cost, turned)
            continue

        # ---- the arc above `top` leaves; the subtree below hangs on the entering arc
        if on_first:
            top = top_first
            inside, outside = first, second
            new_down, new_up = amount, capacity[entering] - amount
            shift = -least
        else:
            top = top_second
            inside, outside = second, first
            new_down, new_up = capacity[entering] - amount, amount
            shift = least
        leaving = tree[top].pred
        if leaving < num_arcs:
            left = tree[top].up if source[leaving] == top else tree[top].down
            if left == 0:
                turn(leaving, source, target, cost, turned)
        if amount > 0:
            work += _resize(tree[top].parent, outside, tree[top].size, apex, tree)
        else:
            work += _resize_from(tree[top].parent, outside, tree[top].size, one, tree)
        _hang(inside, outside, top, tree, thread, before)
        tree[inside].pred = entering
        tree[inside].down = new_down
        tree[inside].up = new_up

        # ---- the subtree's potentials, from both ends: two chains of loads at once
        count = np.int64(tree[inside].size)
        work += count
        front = inside
        back = tree[inside].last
        while count > 1:
            potential[front] += shift
            potential[back] += shift
            front = thread[front]
            back = before[back]
            count -= 2
        if count == 1:
            potential[front] += shift
    counters[NEXT] = position
    counters[PIVOTS] = pivots
    counters[WORK] = work
    return optimal


@_compiled
def turn(arc: int, source: IndexArray, target: IndexArray, cost: IntArray, turned: Flags) -> None:
    """Turn an arc that is full round.

    Parameters
    ----------
    arc
        The arc.
    source, target, cost, turned
        (M,) arcs in residual orientation, changed in place.
    """
    tail = source[arc]
    source[arc] = target[arc]
    target[arc] = tail
    cost[arc] = -cost[arc]
    turned[arc] = not turned[arc]


@_compiled
def _resize(left: int, joined: int, moved: int, apex: int, tree: Any) -> int:
    """Take a subtree's size from its old ancestors, give it to the new; return how many they are.

    Above `apex`, where both paths meet, nothing changes.
    """
    count = 0
    while left != apex:
        tree[left].size -= moved
        left = tree[left].parent
        count += 1
    while joined != apex:
        tree[joined].size += moved
        joined = tree[joined].parent
        count += 1
    return count


@_compiled
def _resize_from(left: int, joined: int, moved: int, middle: int, tree: Any) -> int:
    """Do the same where only `middle` is known: a node from `joined` up to the apex, included."""
    count = 0
    while joined != middle:
        tree[joined].size += moved
        joined = tree[joined].parent
        count += 1
    while left != joined:
        if tree[left].size < tree[joined].size:
            tree[left].size -= moved
            left = tree[left].parent
        else:
            tree[joined].size += moved
            joined = tree[joined].parent
        count += 1
    return count


@_compiled
def _hang(
    inside: int,
    outside: int,
    top: int,
    tree: Any,
    thread: IndexArray,
    before: IndexArray,
) -> None:
    """Cut the subtree of `top` off, turn it so that `inside` is its root, hang it on `outside`.

    The arc between `inside` and `outside`, and the sizes above, are left to the caller.
    """
    moved = tree[top].size
    old_parent = tree[top].parent
    old_last = tree[top].last
    old_before = before[top]
    old_next = thread[old_last]

    # ---- cut off
    thread[old_before] = old_next
    before[old_next] = old_before
    node = old_parent
    while tree[node].last == old_last:
        tree[node].last = old_before
        node = tree[node].parent

    # ---- turn the path from `inside` to `top`: in preorder, what hung on each node of the path
    # comes after what hung on the one below
    node = inside
    node_last = tree[node].last
    node_before = before[node]
    node_next = thread[node_last]
    node_size = tree[node].size
    above = tree[node].parent
    arc, down, up = tree[node].pred, tree[node].down, tree[node].up
    tree[node].parent = outside
    tree[node].size = moved
    tail = node_last
    while node != top:
        upper = above
        above = tree[upper].parent
        upper_last, upper_before, upper_size = tree[upper].last, before[upper], tree[upper].size
        thread[tail] = upper
        before[upper] = tail
        if upper_last == node_last:
            tail = node_before
            upper_next = node_next
        else:
            upper_next = thread[upper_last]
            thread[node_before] = node_next
            before[node_next] = node_before
            tail = upper_last
        upper_arc, upper_down, upper_up = tree[upper].pred, tree[upper].down, tree[upper].up
        tree[upper].parent = node
        tree[upper].pred = arc
        tree[upper].down = up
        tree[upper].up = down
        tree[upper].size = moved - node_size
        arc, down, up = upper_arc, upper_down, upper_up
        node, node_last, node_before = upper, upper_last, upper_before
        node_next, node_size = upper_next, upper_size
    node = top
    while node != outside:
        tree[node].last = tail
        node = tree[node].parent

    # ---- hang, as the first child of `outside`
    after = thread[outside]
    thread[outside] = inside
    before[inside] = outside
    thread[tail] = after
    before[after] = tail
    node = outside
    while tree[node].last == outside:
        tree[node].last = tail
        node = tree[node].parent
