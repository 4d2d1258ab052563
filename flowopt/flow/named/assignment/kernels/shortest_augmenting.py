"""Assignment by shortest augmenting paths (Jonker, Volgenant 1987), compiled.

Rows are no more than columns; each row gets a column. Prices `v` of the columns are kept so that
each row's column is one of least ``cost - v``, and 0 where no row has the column. Work is done in
pieces, so that whoever calls can stop in between.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]

POSITION, COUNT, KEPT, STEPS = 0, 1, 2, 3
"""Places in `state`: next free row, number of free rows, rows kept for later, steps so far."""


@njit(cache=True, nogil=True)
def reduce_columns(
    cost: FloatArray, v: FloatArray, column_of: IndexArray, row_of: IndexArray
) -> None:
    """Price each column at its least cost, and give it to that row when the row has none.

    Only where there are as many columns as rows, so that every column will be taken.

    Parameters
    ----------
    cost
        (n, n) costs, inf where a pair is forbidden.
    v
        (n,) prices, overwritten.
    column_of, row_of
        (n,) the assignment, -1 for none; changed in place.
    """
    size = cost.shape[0]
    best = np.full(size, -1, dtype=np.int64)
    v[:] = np.inf
    for row in range(size):
        for column in range(size):
            if cost[row, column] < v[column]:
                v[column] = cost[row, column]
                best[column] = row
    for column in range(size - 1, -1, -1):
        row = best[column]
        if row < 0:
            v[column] = 0.0
        elif column_of[row] < 0:
            column_of[row] = column
            row_of[column] = row


@njit(cache=True, nogil=True)
def reduce_rows(
    cost: FloatArray,
    v: FloatArray,
    column_of: IndexArray,
    row_of: IndexArray,
    free: IndexArray,
    state: IndexArray,
    most_steps: int,
    budget: int,
) -> None:
    """Give free rows their cheapest columns, whose prices fall by what the second cheapest costs.

    Parameters
    ----------
    cost
        (n, m) costs, inf where a pair is forbidden.
    v
        (m,) prices, changed in place.
    column_of, row_of
        (n,) and (m,) the assignment, -1 for none; changed in place.
    free
        (n,) rows without a column; those that stay so are moved to the front.
    state
        See the head of the module.
    most_steps
        Steps after which a row that loses its column is left for later: the haggling can be long.
    budget
        Steps that this call may take.
    """
    width = cost.shape[1]
    while state[POSITION] < state[COUNT] and budget > 0:
        budget -= 1
        state[STEPS] += 1
        row = free[state[POSITION]]
        state[POSITION] += 1
        least, second = np.inf, np.inf
        chosen, other = -1, -1
        for column in range(width):
            reduced = cost[row, column] - v[column]
            if reduced < second:
                if reduced < least:
                    second, other = least, chosen
                    least, chosen = reduced, column
                else:
                    second, other = reduced, column
        if second == np.inf:  # at most one column is allowed: no second price to fall to
            free[state[KEPT]] = row
            state[KEPT] += 1
            continue
        if least < second:
            v[chosen] -= second - least
        elif row_of[chosen] >= 0:
            chosen = other
        loser = row_of[chosen]
        column_of[row] = chosen
        row_of[chosen] = row
        if loser < 0:
            continue
        column_of[loser] = -1
        if least < second and state[STEPS] < most_steps:
            state[POSITION] -= 1
            free[state[POSITION]] = loser
        else:
            free[state[KEPT]] = loser
            state[KEPT] += 1


@njit(cache=True, nogil=True)
def augment(
    cost: FloatArray,
    v: FloatArray,
    column_of: IndexArray,
    row_of: IndexArray,
    free: IndexArray,
    state: IndexArray,
    done: npt.NDArray[np.bool_],
    budget: int,
) -> int:
    """Give free rows columns along shortest paths, until all have one.

    Parameters
    ----------
    cost
        (n, m) costs, inf where a pair is forbidden.
    v
        (m,) prices, changed in place.
    column_of, row_of
        (n,) and (m,) the assignment, -1 for none; changed in place.
    free
        (n,) rows without a column.
    state
        See the head of the module.
    done
        (m,) after a row for which there is no column: those that it could reach.
    budget
        Columns to look at in this call, roughly.

    Returns
    -------
    int
        -1, or a row for which there is no column, whatever the others take.
    """
    width = cost.shape[1]
    distance = np.empty(width)
    before = np.empty(width, dtype=np.int64)
    scanned = np.empty(width, dtype=np.int64)
    while state[POSITION] < state[COUNT] and budget > 0:
        start = free[state[POSITION]]
        done[:] = False
        distance[:] = np.inf
        num_scanned = 0
        row, gone, offset, sink = start, 0.0, 0.0, -1
        while True:
            budget -= width
            nearest, chosen = np.inf, -1
            for column in range(width):
                if done[column]:
                    continue
                reached = cost[row, column] - v[column] - offset
                if reached < distance[column]:
                    distance[column] = reached
                    before[column] = row
                if distance[column] < nearest or (
                    distance[column] == nearest and nearest < np.inf and row_of[column] < 0
                ):
                    nearest, chosen = distance[column], column
            if chosen < 0:
                return int(start)
            gone = nearest
            if row_of[chosen] < 0:
                sink = chosen
                break
            done[chosen] = True
            scanned[num_scanned] = chosen
            num_scanned += 1
            row = row_of[chosen]
            offset = cost[row, chosen] - v[chosen] - gone
        for place in range(num_scanned):
            v[scanned[place]] += distance[scanned[place]] - gone
        column = sink
        while True:
            row = before[column]
            row_of[column] = row
            column, column_of[row] = column_of[row], column
            if row == start:
                break
        state[POSITION] += 1
    return -1
