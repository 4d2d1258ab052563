"""The arrays that the kernels of the sweep share: the base, once; a scenario's state, per thread.

A residual arc is numbered 2a when it is arc a, 2a + 1 when it is arc a backwards; ``r ^ 1`` is the
other direction of r. What arc a carries is the room of 2a + 1.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
SmallArray = npt.NDArray[np.int32]
FloatArray = npt.NDArray[np.float64]
ByteArray = npt.NDArray[np.uint8]

INFINITE = 2**62
"""The distance of what cannot be reached."""

LANE, REVERSE, KEPT, THROUGH, SUPPLY, PRICED, HARD = range(7)
"""Kinds of arcs: lanes, undirected lanes the other way, what must be carried or given, sites,
supply, unmet demand at a price and without one."""

CAPACITY, COST, DEMAND = range(3)
"""Kinds of changes: of an arc's capacity, of its cost, of what a node takes."""

SKIPPED, REROUTED, SOLVED, FAILED, STOPPED = range(5)
"""How a scenario was answered: nothing to do, by shortest paths, by another method; given up, not
come to."""


class Base(NamedTuple):
    """The network, its flow of least cost and the prices that prove it.

    Parameters
    ----------
    head, tail
        (2M,) ends of the residual arcs.
    room
        (2M,) what each residual arc can still take.
    capacity, cost
        (M,) whole numbers; a missed unit costs more than any path.
    price
        (M,) cost of one unit in the caller's money.
    demand
        (N,) what each node takes.
    potential
        (N,) prices: no residual arc has a reduced cost below 0.
    kind, lane
        (M,) kind of each arc, and the lane that it is part of, -1 for none; lane a is arc a.
    root
        The node that gives what all others take.
    start, arcs, ends, reduced
        (2, N + 1), (2, K), (2, K), (2, K) open residual arcs that leave (0) and enter (1) each
        node, the cheapest first: number, the node at the other end, reduced cost.
    """

    head: SmallArray
    tail: SmallArray
    room: IntArray
    capacity: IntArray
    cost: IntArray
    price: FloatArray
    demand: IntArray
    potential: IntArray
    kind: ByteArray
    lane: IntArray
    root: int
    start: IntArray
    arcs: SmallArray
    ends: SmallArray
    reduced: IntArray


class Changes(NamedTuple):
    """What each scenario changes: scenario s has the rows from start[s] to start[s + 1].

    Parameters
    ----------
    start
        (S + 1,) first row of each scenario.
    kind
        (C,) CAPACITY, COST or DEMAND.
    place
        (C,) arc or node.
    whole
        (C,) the new value in whole numbers.
    price
        (C,) the new cost in the caller's money, 0 for all else.
    """

    start: IntArray
    kind: ByteArray
    place: IntArray
    whole: IntArray
    price: FloatArray


class State(NamedTuple):
    """The network of one scenario, as changes of the base that are taken back after it.

    Parameters
    ----------
    room, capacity, cost, price, demand
        As in `Base`.
    shift
        (N,) what the scenario adds to the prices of nodes.
    excess
        (N,) what a node still has to send on (> 0) or still wants (< 0).
    mark
        (2M,) 0, or whether a residual arc is in the list of extra arcs (1) and no longer as the
        base has it (2).
    first, following
        (2, N), (2, 2M) lists of the extra arcs that leave and enter each node; -1 ends them.
    label, parent, place
        (2, N) distance from the excesses and to the wants, the residual arc by which it goes, the
        place in the heap.
    heap, stack, seen
        (2, N) nodes to go on from, those of them at the present distance, all with a label.
    arcs, nodes
        (M,), (N,) arcs and nodes that differ from the base.
    arc_listed, node_listed
        (M,), (N,) whether they are in these lists.
    """

    room: IntArray
    capacity: IntArray
    cost: IntArray
    price: FloatArray
    demand: IntArray
    shift: IntArray
    excess: IntArray
    mark: ByteArray
    first: SmallArray
    following: SmallArray
    label: IntArray
    parent: SmallArray
    place: SmallArray
    heap: SmallArray
    stack: SmallArray
    seen: SmallArray
    arcs: SmallArray
    nodes: SmallArray
    arc_listed: ByteArray
    node_listed: ByteArray


class Answers(NamedTuple):
    """What is known of each scenario, in whole units and the caller's money.

    Parameters
    ----------
    how
        (S,) SKIPPED, REROUTED, SOLVED, FAILED or STOPPED.
    cost
        (S,) by how much the cost differs from the base's.
    audited
        (S,) the cost itself, as the audit adds it up; NaN for a scenario that was skipped.
    unmet, hard, missed
        (S,) demand left unmet, the part of it without a price, minimum flows not kept.
    lanes
        (S,) lanes that carry something else than in the base.
    work
        (S,) residual arcs looked at.
    """

    how: ByteArray
    cost: FloatArray
    audited: FloatArray
    unmet: IntArray
    hard: IntArray
    missed: IntArray
    lanes: IntArray
    work: IntArray


class Flows(NamedTuple):
    """Lanes that carry something else than in the base, one row each; empty when not kept.

    Parameters
    ----------
    used
        (1,) number of rows in use.
    scenario, lane, change
        (F,) the scenario, the lane, and by how much its flow differs, in whole units.
    """

    used: IntArray
    scenario: IntArray
    lane: IntArray
    change: IntArray


def new_state(base: Base) -> State:
    """Return a state that is the base itself.

    Parameters
    ----------
    base
        The network.
    """
    nodes, arcs = len(base.demand), len(base.capacity)

    def full(shape: int | tuple[int, int], value: int, kind: type[np.generic]) -> Any:
        return np.full(shape, value, dtype=kind)

    return State(
        room=base.room.copy(),
        capacity=base.capacity.copy(),
        cost=base.cost.copy(),
        price=base.price.copy(),
        demand=base.demand.copy(),
        shift=full(nodes, 0, np.int64),
        excess=full(nodes, 0, np.int64),
        mark=full(2 * arcs, 0, np.uint8),
        first=full((2, nodes), -1, np.int32),
        following=full((2, 2 * arcs), -1, np.int32),
        label=full((2, nodes), INFINITE, np.int64),
        parent=full((2, nodes), -1, np.int32),
        place=full((2, nodes), -1, np.int32),
        heap=full((2, nodes), 0, np.int32),
        stack=full((2, nodes), 0, np.int32),
        seen=full((2, nodes), 0, np.int32),
        arcs=full(arcs, 0, np.int32),
        nodes=full(nodes, 0, np.int32),
        arc_listed=full(arcs, 0, np.uint8),
        node_listed=full(nodes, 0, np.uint8),
    )


def new_answers(scenarios: int) -> Answers:
    """Return answers that know nothing yet.

    Parameters
    ----------
    scenarios
        Number of scenarios.
    """
    return Answers(
        np.full(scenarios, STOPPED, dtype=np.uint8),
        np.full(scenarios, np.nan),
        np.full(scenarios, np.nan),
        *(np.zeros(scenarios, dtype=np.int64) for _ in range(5)),
    )


def part_of(answers: Answers, first: int, last: int) -> Answers:
    """Return the answers of some scenarios, to be written to.

    Parameters
    ----------
    answers
        Those of all scenarios.
    first, last
        Scenarios, the last not included.
    """
    columns: Any = (column[first:last] for column in answers)
    return Answers(*columns)


def new_flows(rows: int) -> Flows:
    """Return room for flows.

    Parameters
    ----------
    rows
        How many rows; 0 keeps none.
    """
    return Flows(np.zeros(1, dtype=np.int64), *np.zeros((3, rows), dtype=np.int64))
