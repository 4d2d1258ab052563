"""The state of the restricted master, compiled: columns, rows, prices."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from flowopt.flow.multicommodity.kernels.compiled import inner, kernel

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]

NONE, WAITING, BASIC, KEY = 0, 1, 2, 3
"""What a column is: a free place, priced but not used, in the working basis, or a key path."""

TIGHT_COUNT, NUM_PIVOTS, NUM_LOST, NUM_FREE, NUM_LANES, NUM_ENTRIES = range(6)
"""What stands where in `Master.counts`."""

SMALL = 1e-9
"""What counts as 0 in a direction."""
PIVOT = 1e-6
"""What is large enough to divide by."""


class Master(NamedTuple):
    """The state of the simplex; arrays are changed in place.

    R rows, D demands, C places for columns, T places for tight rows.
    """

    capacity: FloatArray  # (R,) most that each row takes
    flow: FloatArray  # (R,) what it takes
    price: FloatArray  # (R,) its price
    place: IndexArray  # (R,) place among the tight rows, -1
    over: npt.NDArray[np.bool_]  # (R,) whether it is over
    tight: IndexArray  # (T,) row of each place
    basic: IndexArray  # (T,) column of each place of the working basis
    inverse: FloatArray  # (T, T) inverse of the working basis, transposed: [row, column]
    quantity: FloatArray  # (D,) demand
    key: IndexArray  # (D,) its key path
    first: IndexArray  # (C,) where the entries of a column begin
    size: IndexArray  # (C,) how many there are
    demand: IndexArray  # (C,) demand that it serves
    cost: FloatArray  # (C,) its cost
    value: FloatArray  # (C,) what flows on it
    state: npt.NDArray[np.int8]  # (C,)
    seed: IndexArray  # (C,) seed where a path begins, -1 for demand left unmet
    born: IndexArray  # (C,) round in which it was found, or last used
    first_lane: IndexArray  # (C,) where its lanes begin
    num_lanes: IndexArray  # (C,)
    lane: IndexArray  # (H,) lanes of all columns, each from its end
    row: IndexArray  # (E,) rows of the entries
    use: FloatArray  # (E,) what a unit takes of the row
    change: FloatArray  # (R,) work: change of the rows' flows, all 0 between calls
    touched: IndexArray  # (R,) work
    marked: npt.NDArray[np.bool_]  # (R,) work, all False between calls
    key_change: FloatArray  # (D,) work, all 0 between calls
    key_price: FloatArray  # (D,) work
    step: FloatArray  # (T,) work
    other: FloatArray  # (T,) work
    flips: IndexArray  # (R,) work
    free: IndexArray  # (C,) columns that are free
    counts: IndexArray  # TIGHT_COUNT, NUM_PIVOTS, …
    penalty: FloatArray  # (1,) cost of a unit of excess


@inner
def add_rows(m: Any, column: int, amount: float, count: int) -> int:
    """Add a column's use of rows, times an amount, to `change`; return the count of touched."""
    for entry in range(m.first[column], m.first[column] + m.size[column]):
        row = m.row[entry]
        if not m.marked[row]:
            m.marked[row] = True
            m.touched[count] = row
            count += 1
        m.change[row] += amount * m.use[entry]
    return count


@inner
def clear_rows(m: Any, count: int) -> None:
    """Make `change` all 0 again."""
    for i in range(count):
        m.marked[m.touched[i]] = False
        m.change[m.touched[i]] = 0.0


@inner
def path_price(m: Any, column: int) -> float:
    """Return the cost of a path at the prices of the rows."""
    total: float = m.cost[column]
    for entry in range(m.first[column], m.first[column] + m.size[column]):
        total += m.price[m.row[entry]] * m.use[entry]
    return total


@inner
def reduced_cost(m: Any, column: int) -> float:
    """Return by how much a path is dearer than the key path of its demand."""
    rise: float = path_price(m, column) - path_price(m, m.key[m.demand[column]])
    return rise


@inner
def use_of(m: Any, column: int, row: int) -> float:
    """Return what a unit of a column takes of a row."""
    for entry in range(m.first[column], m.first[column] + m.size[column]):
        if m.row[entry] == row:
            use: float = m.use[entry]
            return use
    return 0.0


@kernel
def key_prices(m: Any, out: FloatArray) -> None:
    """Put into `out` (D,) what the key path of each demand costs at the prices of the rows."""
    for demand in range(m.key.size):
        out[demand] = path_price(m, m.key[demand])


@kernel
def adopt(m: Any, found: Any, when: int) -> None:
    """Take the paths that were found as columns that wait; there must be room for them."""
    from_lane, from_row = 0, 0
    for path in range(found.counts[0]):
        m.counts[NUM_FREE] -= 1
        column = m.free[m.counts[NUM_FREE]]
        m.demand[column], m.cost[column] = found.demand[path], found.cost[path]
        m.seed[column], m.born[column] = found.seed[path], when
        m.value[column], m.state[column] = 0.0, WAITING
        m.first[column], m.size[column] = m.counts[NUM_ENTRIES], found.num_rows[path]
        m.first_lane[column] = m.counts[NUM_LANES]
        m.num_lanes[column] = found.num_lanes[path]
        for i in range(found.num_rows[path]):
            m.row[m.counts[NUM_ENTRIES] + i] = found.row[from_row + i]
            m.use[m.counts[NUM_ENTRIES] + i] = found.use[from_row + i]
        for i in range(found.num_lanes[path]):
            m.lane[m.counts[NUM_LANES] + i] = found.lane[from_lane + i]
        from_row += found.num_rows[path]
        from_lane += found.num_lanes[path]
        m.counts[NUM_ENTRIES] += found.num_rows[path]
        m.counts[NUM_LANES] += found.num_lanes[path]
