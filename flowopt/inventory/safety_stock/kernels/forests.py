"""The best labels of variables that make a forest, the others being held, compiled."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from flowopt.inventory.safety_stock.kernels.trees import pass_down, pass_up

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@njit(cache=True, nogil=True)
def _root(parent: Ints, one: int) -> int:
    while parent[one] != one:
        parent[one] = parent[parent[one]]
        one = parent[one]
    return one


@njit(cache=True, nogil=True)
def _free_variables(shuffled: Ints, incidence: Ints, first: Ints, edges: Ints) -> Ints:
    """Return (V,) 1 for the variables that, taken in turn, close no cycle, else 0."""
    free = np.zeros(len(shuffled), np.int64)
    component = np.arange(len(shuffled))
    touched = np.full(len(shuffled), -1)
    for variable in shuffled:
        closes = False
        for place in range(first[variable], first[variable + 1]):
            edge = incidence[place]
            other = edges[edge, 0] + edges[edge, 1] - variable
            if not free[other]:
                continue
            root = _root(component, other)
            if touched[root] == variable:
                closes = True
                break
            touched[root] = variable
        if closes:
            continue
        free[variable] = 1
        for place in range(first[variable], first[variable + 1]):
            edge = incidence[place]
            other = edges[edge, 0] + edges[edge, 1] - variable
            if free[other]:
                component[_root(component, other)] = variable
    return free


@njit(cache=True, nogil=True)
def _hold_neighbours(
    variable: int,
    free: Ints,
    choice: Ints,
    offset: Ints,
    incidence: Ints,
    first: Ints,
    edges: Ints,
    table: Floats,
    cost: Floats,
) -> None:
    """Add to a free variable's labels what they cost with its held neighbours."""
    begin = offset[variable]
    num = offset[variable + 1] - begin
    for place in range(first[variable], first[variable + 1]):
        edge = incidence[place]
        is_earlier = edges[edge, 0] == variable
        other = edges[edge, 1] if is_earlier else edges[edge, 0]
        if free[other]:
            continue
        start, gap, held = edges[edge, 2], edges[edge, 3], choice[other]
        for k in range(num):
            room = k + gap - held if is_earlier else held + gap - k
            if (start < 0 and room > 0) or (start >= 0 and room < 0):
                cost[begin + k] = np.inf
            elif start >= 0:
                cost[begin + k] += table[start + room]


@njit(cache=True, nogil=True)
def improve(
    shuffled: Ints,
    unary: Floats,
    offset: Ints,
    incidence: Ints,
    first: Ints,
    edges: Ints,
    table: Floats,
    choice: Ints,
) -> None:
    """Choose the best labels of a forest, all others held.

    Parameters
    ----------
    shuffled
        (V,) variables; taken in this order, each that closes no cycle belongs to the forest.
    unary, offset, incidence, first, edges, table
        See `flowopt.inventory.safety_stock.kernels.messages.sweep`.
    choice
        (V,) labels that hold; changed to such that hold and cost no more.
    """
    free = _free_variables(shuffled, incidence, first, edges)
    num = len(shuffled)
    sequence, parent = np.empty(num, np.int64), np.full(num, -1)
    seen = np.zeros(num, np.int64)
    cost = unary.copy()
    count = 0
    for root in range(num):
        if not free[root] or seen[root]:
            continue
        seen[root] = 1
        sequence[count] = root
        place, count = count, count + 1
        while place < count:
            one = sequence[place]
            place += 1
            _hold_neighbours(one, free, choice, offset, incidence, first, edges, table, cost)
            for where in range(first[one], first[one + 1]):
                edge = incidence[where]
                other = edges[edge, 0] + edges[edge, 1] - one
                if free[other] and not seen[other]:
                    seen[other], parent[other] = 1, edge
                    sequence[count] = other
                    count += 1
    pass_up(0, count, sequence, parent, offset, edges, table, cost, choice)
    pass_down(sequence[:count], parent, offset, edges, table, cost, choice)
