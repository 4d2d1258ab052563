"""Answers scenarios one after another, compiled.

The base is a flow of least cost with prices that prove it: no residual arc has a reduced cost below
0. A scenario spoils that on the arcs and at the nodes that it changes. What they carry is set to
the bound that their reduced cost asks for, which leaves some nodes with an excess and others with
a want. Where there are none, the scenario is answered: the base's prices prove it still. Where
there are, `flowopt.flow.sweeps.kernels.paths` sends the one to the other.
"""

from __future__ import annotations

import numpy as np

from flowopt.flow.sweeps.kernels.audit import audit
from flowopt.flow.sweeps.kernels.compiled import inner, kernel
from flowopt.flow.sweeps.kernels.layout import (
    CAPACITY,
    COST,
    FAILED,
    HARD,
    INFINITE,
    KEPT,
    LANE,
    PRICED,
    REROUTED,
    REVERSE,
    SKIPPED,
    SOLVED,
    SUPPLY,
    Answers,
    Base,
    ByteArray,
    Changes,
    Flows,
    IntArray,
    State,
)
from flowopt.flow.sweeps.kernels.paths import (
    WAS_STOPPED,
    add_extra,
    list_arc,
    list_node,
    reroute,
)


@kernel
def answer(
    base: Base,
    changes: Changes,
    first: int,
    last: int,
    state: State,
    answers: Answers,
    flows: Flows,
    stop: ByteArray,
    most_work: int,
) -> int:
    """Answer the scenarios from `first` to `last`, one after another.

    Parameters
    ----------
    base, changes
        The network and what each scenario changes; not changed here.
    first, last
        Scenarios, the last not included.
    state
        Equal to the base, and again so on return.
    answers, flows
        Filled in.
    stop
        (1,) becomes other than 0 when the search is to end.
    most_work
        Residual arcs to look at in one scenario before it is given up as FAILED.

    Returns
    -------
    int
        The scenario at which it ended: `last`, or the first one not answered, because it was
        stopped or because `flows` is full.
    """
    for scenario in range(first, last):
        if stop[0] != 0:
            return scenario
        counts = np.zeros(4, dtype=np.int64)  # arcs, nodes listed; highest, lowest shift
        _take_up(base, changes, scenario, state, counts)
        work = reroute(base, state, counts, stop, most_work)
        if work == WAS_STOPPED:
            _take_back(base, state, counts)
            return scenario
        answers.work[scenario] = work if work >= 0 else max(most_work, 0)
        answers.how[scenario] = FAILED
        right, fits = work == 0, True
        if work > 0:
            right, answers.audited[scenario] = audit(base, state)
        if right:
            answers.how[scenario] = REROUTED if work > 0 else SKIPPED
            fits = _write(base, scenario, state, counts, answers, flows)
        _take_back(base, state, counts)
        if not fits:
            return scenario
    return last


@kernel
def adopt(
    base: Base,
    changes: Changes,
    scenario: int,
    state: State,
    answers: Answers,
    flows: Flows,
    flow: IntArray,
    potential: IntArray,
) -> bool:
    """Take the flow and prices that another method found for a scenario, if they pass the audit.

    Parameters
    ----------
    base, changes, scenario, state, answers, flows
        As in `answer`.
    flow
        (M,) what each arc carries.
    potential
        (N,) price of each node.

    Returns
    -------
    bool
        Whether `flows` had room for the answer.
    """
    counts = np.zeros(4, dtype=np.int64)
    _set_data(base, changes, scenario, state, counts)
    for arc in range(flow.size):
        room = state.capacity[arc] - flow[arc]
        if flow[arc] != state.room[2 * arc + 1] or room != state.room[2 * arc]:
            list_arc(arc, state, counts)
            state.room[2 * arc + 1] = flow[arc]
            state.room[2 * arc] = room
    for node in range(potential.size):
        if potential[node] != base.potential[node]:
            list_node(node, state, counts)
            state.shift[node] = potential[node] - base.potential[node]
    right, answers.audited[scenario] = audit(base, state)
    answers.how[scenario] = FAILED
    fits = True
    if right:
        answers.how[scenario] = SOLVED
        fits = _write(base, scenario, state, counts, answers, flows)
    _take_back(base, state, counts)
    return fits


@kernel
def trace(
    base: Base,
    changes: Changes,
    scenario: int,
    state: State,
    stop: ByteArray,
    flow: IntArray,
    potential: IntArray,
) -> bool:
    """Reroute one scenario, and show its flow and prices.

    Parameters
    ----------
    base, changes, scenario, state, stop
        As in `answer`.
    flow, potential
        (M,), (N,) filled in.

    Returns
    -------
    bool
        Whether it was rerouted.
    """
    counts = np.zeros(4, dtype=np.int64)
    _take_up(base, changes, scenario, state, counts)
    work = reroute(base, state, counts, stop, INFINITE)
    for arc in range(flow.size):
        flow[arc] = state.room[2 * arc + 1]
    for node in range(potential.size):
        potential[node] = base.potential[node] + state.shift[node]
    _take_back(base, state, counts)
    came_through: bool = work >= 0
    return came_through


@kernel
def holds(base: Base, state: State) -> bool:
    """Return whether the base itself passes the audit.

    Parameters
    ----------
    base, state
        The network, and a state equal to it.
    """
    right: bool = audit(base, state)[0]
    return right


# ---- a scenario's changes


@inner
def _set_data(base: Base, changes: Changes, scenario: int, state: State, counts: IntArray) -> None:
    """Change capacities, costs and demands."""
    for row in range(changes.start[scenario], changes.start[scenario + 1]):
        place = changes.place[row]
        value = changes.whole[row]
        if changes.kind[row] == CAPACITY:
            state.capacity[place] = value
            list_arc(place, state, counts)
        elif changes.kind[row] == COST:
            state.cost[place] = value
            state.price[place] = changes.price[row]
            list_arc(place, state, counts)
        else:
            more = value - state.demand[place]
            state.demand[place] = value
            state.demand[base.root] -= more
            list_node(place, state, counts)
            list_node(base.root, state, counts)


@inner
def _take_up(base: Base, changes: Changes, scenario: int, state: State, counts: IntArray) -> None:
    """Change the data, and set the flow of what has changed on the bound that its cost asks for."""
    _set_data(base, changes, scenario, state, counts)
    for item in range(counts[1]):
        node = state.nodes[item]
        state.excess[node] = base.demand[node] - state.demand[node]
    for item in range(counts[0]):
        arc = state.arcs[item]
        tail, head = base.tail[2 * arc], base.head[2 * arc]
        old = state.room[2 * arc + 1]
        capacity = state.capacity[arc]
        reduced = state.cost[arc] + base.potential[tail] - base.potential[head]
        new = min(old, capacity)
        if reduced < 0:
            new = capacity
        elif reduced > 0:
            new = np.int64(0)
        state.room[2 * arc + 1] = new
        state.room[2 * arc] = capacity - new
        for residual in (2 * arc, 2 * arc + 1):
            state.mark[residual] = 2
            add_extra(base, state, residual, counts)
        if new != old:
            _add(tail, old - new, state, counts)
            _add(head, new - old, state, counts)


@inner
def _add(node: int, amount: int, state: State, counts: IntArray) -> None:
    state.excess[node] += amount
    list_node(node, state, counts)


@inner
def _take_back(base: Base, state: State, counts: IntArray) -> None:
    """Make the state the base again."""
    for item in range(counts[0]):
        arc = state.arcs[item]
        state.arc_listed[arc] = 0
        state.capacity[arc] = base.capacity[arc]
        state.cost[arc] = base.cost[arc]
        state.price[arc] = base.price[arc]
        for residual in (2 * arc, 2 * arc + 1):
            state.room[residual] = base.room[residual]
            state.mark[residual] = 0
    for item in range(counts[1]):
        node = state.nodes[item]
        state.node_listed[node] = 0
        state.demand[node] = base.demand[node]
        state.excess[node] = 0
        state.shift[node] = 0
        state.first[0, node] = -1
        state.first[1, node] = -1


# ---- what is known then


@inner
def _write(
    base: Base, scenario: int, state: State, counts: IntArray, answers: Answers, flows: Flows
) -> bool:
    """Write down by how much the answer differs from the base; return whether `flows` has room."""
    cost = 0.0
    unmet, hard, missed, lanes = 0, 0, 0, 0
    used = flows.used[0]
    keep = flows.scenario.size > 0
    fits = not keep or used + counts[0] <= flows.scenario.size
    for item in range(counts[0]):
        arc = state.arcs[item]
        old, new = base.room[2 * arc + 1], state.room[2 * arc + 1]
        kind = base.kind[arc]
        if kind == SUPPLY:  # what is not used costs
            cost += state.price[arc] * (new - state.capacity[arc])
            cost -= base.price[arc] * (old - base.capacity[arc])
        else:
            cost += state.price[arc] * new - base.price[arc] * old
        if kind in (PRICED, HARD):
            unmet += new - old
        if kind == HARD:
            hard += new - old
        if kind == KEPT:
            missed += (state.capacity[arc] - new) - (base.capacity[arc] - old)
        lane = base.lane[arc]
        if lane >= 0 and new != old:
            # another part of a lane counts where its first does not
            lanes += kind == LANE or state.room[2 * lane + 1] == base.room[2 * lane + 1]
            if keep and fits:
                flows.scenario[used] = scenario
                flows.lane[used] = lane
                flows.change[used] = old - new if kind == REVERSE else new - old
                used += 1
    flows.used[0] = used
    answers.cost[scenario] = cost
    answers.unmet[scenario] = unmet
    answers.hard[scenario] = hard
    answers.missed[scenario] = missed
    answers.lanes[scenario] = lanes
    return fits
