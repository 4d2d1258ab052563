"""Arrays for the kernels: the graph, an empty master, and more room where it is needed."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.flow.multicommodity.kernels.pricing import Found, Graph
from flowopt.flow.multicommodity.kernels.state import (
    BASIC,
    NONE,
    NUM_ENTRIES,
    NUM_FREE,
    NUM_LANES,
    WAITING,
    Master,
)
from flowopt.flow.multicommodity.layout import Layout, starts

FloatArray = npt.NDArray[np.float64]


def graph_of(layout: Layout) -> Graph:
    """Return what shortest paths are searched in."""
    order = np.argsort(layout.source, kind="stable")
    columns = {
        name: np.ascontiguousarray(getattr(layout, name))
        for name in Graph._fields
        if name not in ("start", "order")
    }
    columns = {
        name: array.copy() if not array.flags.writeable else array  # one kind of array to compile
        for name, array in columns.items()
    }
    return Graph(start=starts(layout.source[order], layout.num_sites), order=order, **columns)


def room_for_paths(paths: int) -> Found:
    """Return room for the paths that a thread finds."""
    places = [np.zeros(paths, dtype=np.int64) for _ in range(4)]
    lanes, rows = (np.zeros(16 * paths, dtype=np.int64) for _ in range(2))
    demand, seed, num_lanes, num_rows = places
    counts = np.zeros(3, dtype=np.int64)
    return Found(
        demand,
        np.zeros(paths),
        seed,
        num_lanes,
        num_rows,
        lanes,
        rows,
        np.zeros(16 * paths),
        counts,
    )


def empty_master(layout: Layout, capacity: FloatArray) -> Master:
    """Return a master without columns, in which all rows are under their capacity."""
    rows, demands = len(capacity), len(layout.quantity)
    columns, places = 4 * demands + 64, min(rows, 254) + 2
    entries = 16 * columns
    whole: dict[str, Any] = {
        "place": np.full(rows, -1, dtype=np.int64),
        "capacity": capacity,
        "quantity": layout.quantity.copy(),
        "over": np.zeros(rows, dtype=np.bool_),
        "marked": np.zeros(rows, dtype=np.bool_),
        "inverse": np.zeros((places, places)),
        "state": np.zeros(columns, dtype=np.int8),
        "counts": np.zeros(6, dtype=np.int64),
        "penalty": np.zeros(1),
        "free": np.arange(columns)[::-1].copy(),
    }
    whole["counts"][NUM_FREE] = columns
    lengths = {"flow": rows, "price": rows, "change": rows, "value": columns, "cost": columns}
    lengths |= {"key_change": demands, "key_price": demands, "use": entries}
    lengths |= {"step": places, "other": places}
    numbers: dict[str, Any] = {name: np.zeros(length) for name, length in lengths.items()}
    lengths = {"tight": places, "basic": places, "key": demands, "touched": rows, "flips": rows}
    lengths |= dict.fromkeys(("first", "size", "demand", "seed", "born"), columns)
    lengths |= dict.fromkeys(("first_lane", "num_lanes"), columns)
    lengths |= {"lane": entries, "row": entries}
    indices: dict[str, Any] = {
        name: np.zeros(length, dtype=np.int64) for name, length in lengths.items()
    }
    return Master(**whole, **numbers, **indices)


_OF_COLUMNS = (
    "first",
    "size",
    "demand",
    "seed",
    "born",
    "first_lane",
    "num_lanes",
    "cost",
    "value",
    "state",
)


def _longer(array: npt.NDArray[Any], length: int) -> npt.NDArray[Any]:
    """Return an array with zeros after it."""
    longer = np.zeros(length, dtype=array.dtype)
    longer[: len(array)] = array
    return longer


def with_room(state: Master, found: Found) -> Master:
    """Return the state with room for the paths found."""
    paths, lanes, rows = (int(count) for count in found.counts)
    changes: dict[str, npt.NDArray[Any]] = {}
    old = len(state.cost)
    if state.counts[NUM_FREE] < paths:
        new = 2 * old + paths
        changes |= {name: _longer(getattr(state, name), new) for name in _OF_COLUMNS}
        free = np.zeros(new, dtype=np.int64)
        num_free = int(state.counts[NUM_FREE])
        free[: new - old] = np.arange(old, new)[::-1]
        free[new - old : new - old + num_free] = state.free[:num_free]
        changes["free"] = free
        state.counts[NUM_FREE] += new - old
    if state.counts[NUM_LANES] + lanes > len(state.lane):
        changes["lane"] = _longer(state.lane, 2 * len(state.lane) + lanes)
    if state.counts[NUM_ENTRIES] + rows > len(state.row):
        new = 2 * len(state.row) + rows
        changes |= {"row": _longer(state.row, new), "use": _longer(state.use, new)}
    return state._replace(**changes) if changes else state


def with_places(state: Master) -> Master:
    """Return the state with room for twice as many tight rows."""
    old = len(state.tight)
    new = min(2 * old, len(state.capacity) + 2)
    inverse = np.zeros((new, new))
    inverse[:old, :old] = state.inverse
    names = ("tight", "basic", "step", "other")
    longer: dict[str, Any] = {name: _longer(getattr(state, name), new) for name in names}
    return state._replace(inverse=inverse, **longer)


def forget(state: Master, when: int) -> None:
    """Forget the paths that were not used since a round, and close the gaps that they leave."""
    kept = (state.state >= BASIC) | ((state.state == WAITING) & (state.born > when))
    columns = np.flatnonzero(kept)
    for first, count, arrays, total in (
        (state.first, state.size, (state.row, state.use), NUM_ENTRIES),
        (state.first_lane, state.num_lanes, (state.lane,), NUM_LANES),
    ):
        counts = count[columns]
        begin = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        taken = np.repeat(first[columns] - begin[:-1], counts) + np.arange(begin[-1])
        for array in arrays:
            array[: len(taken)] = array[taken]
        first[columns] = begin[:-1]
        state.counts[total] = len(taken)
    state.state[~kept] = NONE
    free = np.flatnonzero(~kept)[::-1]
    state.free[: len(free)] = free
    state.counts[NUM_FREE] = len(free)
