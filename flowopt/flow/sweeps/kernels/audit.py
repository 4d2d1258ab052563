"""Checks a scenario's whole network: bounds, balance and the proof of optimality, compiled.

It knows nothing of how the answer was found: flow, prices and the scenario's data are all it reads.
"""

from __future__ import annotations

import numpy as np

from flowopt.flow.sweeps.kernels.compiled import inner
from flowopt.flow.sweeps.kernels.layout import SUPPLY, Base, State


@inner
def audit(base: Base, state: State) -> tuple[bool, float]:
    """Return whether a flow is feasible and of least cost, in whole numbers and so exactly.

    Every arc carries 0 to its capacity; one that could carry more would not gain by it, nor one
    that could carry less (complementary slackness); every node passes on what it does not take.

    Parameters
    ----------
    base
        Ends of the arcs and prices of the nodes.
    state
        Flow, shifts of prices, and data of the scenario.

    Returns
    -------
    right
        Whether all holds.
    cost
        The cost in the caller's money, added up anew (Neumaier's sum).
    """
    nodes = base.demand.size
    price = np.empty(nodes, dtype=np.int64)
    balance = np.empty(nodes, dtype=np.int64)
    for node in range(nodes):
        price[node] = base.potential[node] + state.shift[node]
        balance[node] = -state.demand[node]
    right = True
    total, lost = 0.0, 0.0
    for arc in range(base.capacity.size):
        tail, head = base.tail[2 * arc], base.head[2 * arc]
        flow, capacity = state.room[2 * arc + 1], state.capacity[arc]
        reduced = state.cost[arc] + price[tail] - price[head]
        if reduced < 0:
            right = right and flow == capacity
        elif reduced > 0:
            right = right and flow == 0
        charged = flow - capacity if base.kind[arc] == SUPPLY else flow  # unused supply costs
        if flow != 0 or charged != 0:
            right = right and 0 <= flow <= capacity
            balance[tail] -= flow
            balance[head] += flow
            term = state.price[arc] * charged
            added = total + term
            if abs(total) >= abs(term):
                lost += (total - added) + term
            else:
                lost += (term - added) + total
            total = added
    for node in range(nodes):
        right = right and balance[node] == 0
    return right, total + lost
