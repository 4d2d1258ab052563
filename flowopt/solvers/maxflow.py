"""Maximum flow on integer arrays by OR-Tools (push-relabel), guarded.

As in `flowopt.solvers.mincost`, nothing reaches OR-Tools before it has been looked at. This module
knows nodes and arcs, no logistics.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import EngineError, Failures
from flowopt.core.options import Run
from flowopt.solvers import isolated
from flowopt.solvers.mincost import LARGEST_SUM, IntArray

ARCS_OF_ONES_OWN = 100_000
"""With fewer arcs OR-Tools ends well within 0.25 s, and is called directly."""


@dataclass(frozen=True, slots=True)
class MaxFlowResult:
    """Answer of `solve_max_flow`.

    Parameters
    ----------
    flow
        (A,) flow of each arc.
    source_side
        (N,) nodes on the source's side of a least cut.
    """

    flow: IntArray
    source_side: npt.NDArray[np.bool_]


def solve_max_flow(
    source: IntArray,
    target: IntArray,
    capacity: IntArray,
    num_nodes: int,
    root: int,
    sink: int,
    run: Run,
) -> MaxFlowResult | None:
    """Return a largest flow from one node to another, None when stopped.

    Parameters
    ----------
    source, target
        (A,) nodes at the ends of each arc; parallel arcs are allowed.
    capacity
        (A,) most that may flow, 0 or more.
    num_nodes
        Number of nodes.
    root, sink
        The nodes from which and to which it flows.
    run
        Clock and cancel of the search. OR-Tools holds Python's lock to its end and cannot be
        stopped, so large networks are solved in a process of their own.

    Raises
    ------
    ValidationError
        When an array is of another kind than whole numbers or of another length, an end is no
        node, a capacity is negative, or the capacities at a node leave 64 bits.

    Examples
    --------
    >>> from flowopt.core.options import Options
    >>> as_ints = lambda *values: np.array(values, dtype=np.int64)
    >>> result = solve_max_flow(as_ints(0, 0, 1), as_ints(1, 2, 2), as_ints(5, 2, 3), 3, 0, 2,
    ...                         Run(Options()))
    >>> result.flow.tolist(), result.source_side.tolist()
    ([3, 2, 3], [True, True, False])
    """
    _check(source, target, capacity, num_nodes, root, sink)
    if not len(source):
        return MaxFlowResult(np.zeros(0, dtype=np.int64), np.arange(num_nodes) == root)
    ends = np.array([root, sink, num_nodes])
    arrays = {"source": source, "target": target, "capacity": capacity, "ends": ends}
    if len(source) < ARCS_OF_ONES_OWN or not sys.executable:
        answer: dict[str, npt.NDArray[Any]] | None = call_ortools(**arrays)
    else:
        answer = isolated.call(f"{__name__}:call_ortools", arrays, lambda: _stopped(run))
    if answer is None:
        return None
    if str(answer["status"]) != "OPTIMAL":
        raise EngineError(f"OR-Tools ended with {answer['status']} on arrays that were checked")
    return MaxFlowResult(answer["flow"], answer["side"])


def _stopped(run: Run) -> bool:
    run.report()
    return run.stopped() is not None


def call_ortools(
    source: IntArray, target: IntArray, capacity: IntArray, ends: IntArray
) -> dict[str, npt.NDArray[Any]]:
    """Return OR-Tools' status, flow and cut; the arrays must have been checked.

    Parameters
    ----------
    source, target, capacity
        (A,) arcs.
    ends
        The root, the sink and the number of nodes.
    """
    from ortools.graph.python.max_flow import SimpleMaxFlow

    root, sink, num_nodes = ends.tolist()
    side = np.arange(num_nodes) == root
    if max(root, sink) > max(int(source.max()), int(target.max())):  # OR-Tools knows no such node
        return {"status": np.array("OPTIMAL"), "flow": np.zeros_like(capacity), "side": side}
    solver: Any = SimpleMaxFlow()
    arcs = solver.add_arcs_with_capacity(source, target, capacity)
    status = solver.solve(root, sink)
    flow = capacity[:0]
    if status == SimpleMaxFlow.OPTIMAL:
        flow = np.asarray(solver.flows(arcs), dtype=np.int64)
        side[np.asarray(solver.get_source_side_min_cut(), dtype=np.int64)] = True
    return {"status": np.array(status.name), "flow": flow, "side": side}


def _check(
    source: IntArray, target: IntArray, capacity: IntArray, num_nodes: int, root: int, sink: int
) -> None:
    """Raise one `ValidationError` with everything that OR-Tools must not see."""
    faults = Failures()
    arcs = {"source": source, "target": target, "capacity": capacity}
    for name, values in arcs.items():
        if values.dtype.kind not in "iu" or values.ndim != 1 or len(values) != len(source):
            message = f"is an array of {values.dtype} of shape {values.shape}"
            fix = f"give {len(source)} whole numbers"
            faults.add("arrays", name, None, None, "wrong_type", message, fix)
    for name, node in (("root", root), ("sink", sink)):
        if not 0 <= node < num_nodes or root == sink:
            fix = f"give two different nodes from 0 to {num_nodes - 1}"
            faults.add("arrays", name, None, node, "unknown_id", "cannot be an end", fix)
    faults.raise_if_any()
    for name in ("source", "target"):
        for row in np.flatnonzero((arcs[name] < 0) | (arcs[name] >= num_nodes)):
            value, fix = int(arcs[name][row]), f"give a node from 0 to {num_nodes - 1}"
            faults.add("arrays", name, int(row), value, "unknown_id", "is no node", fix)
    for row in np.flatnonzero(capacity < 0):
        faults.add(
            "arrays", "capacity", int(row), int(capacity[row]), "negative", "is negative", "give 0"
        )
    faults.raise_if_any()
    _check_sizes(arcs, num_nodes, faults)
    faults.raise_if_any()


def _check_sizes(arcs: dict[str, IntArray], num_nodes: int, faults: Failures) -> None:
    """Collect sums that leave 64 bits; floats are precise enough to see that."""
    load = np.zeros(num_nodes)
    for name in ("source", "target"):
        load += np.bincount(arcs[name], weights=arcs["capacity"], minlength=num_nodes)
    if load.max(initial=0.0) >= LARGEST_SUM:
        node, message = int(load.argmax()), "is more than 64 bits hold, summed at one node"
        fix = "scale the numbers down"
        faults.add("arrays", "capacity", node, float(load[node]), "overflow", message, fix)
