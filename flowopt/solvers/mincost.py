"""Minimum-cost flow on integer arrays by OR-Tools (cost scaling), guarded.

OR-Tools ends the process, truncates or answers wrongly on data that it does not expect; nothing
reaches it here before it has been looked at. This module knows nodes and arcs, no logistics.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import EngineError, Failures
from flowopt.core.options import Run
from flowopt.solvers import isolated

IntArray = npt.NDArray[np.int64]

LARGEST_SUM = 2**62
"""What the capacities at one node, or |cost| times the number of nodes, may come to."""

ARCS_OF_ONES_OWN = 10_000
"""With fewer arcs OR-Tools ends within 0.25 s even on hard networks, and is called directly."""


class MinCostStatus(StrEnum):
    """What the solver says of the arrays it was given."""

    OPTIMAL = "OPTIMAL"
    INFEASIBLE = "INFEASIBLE"
    COST_RANGE = "COST_RANGE"  # a path's cost would not fit into 64 bits: give smaller costs
    STOPPED = "STOPPED"


@dataclass(frozen=True, slots=True)
class MinCostResult:
    """Answer of `solve_min_cost_flow`.

    Parameters
    ----------
    status
        What is known.
    flow
        (A,) flow of each arc; None unless OPTIMAL.
    """

    status: MinCostStatus
    flow: IntArray | None = None


def solve_min_cost_flow(
    source: IntArray,
    target: IntArray,
    capacity: IntArray,
    unit_cost: IntArray,
    balance: IntArray,
    run: Run,
) -> MinCostResult:
    """Return a flow of least cost that ships exactly what each node gives and takes.

    Parameters
    ----------
    source, target
        (A,) nodes at the ends of each arc; parallel arcs are allowed.
    capacity
        (A,) most that may flow, 0 or more.
    unit_cost
        (A,) cost of one unit; may be negative.
    balance
        (N,) what each node gives (> 0) or takes (< 0).
    run
        Clock and cancel of the search. OR-Tools holds Python's lock to its end and cannot be
        stopped, so large networks are solved in a process of their own.

    Returns
    -------
    MinCostResult
        With status COST_RANGE when the sums of the costs leave 64 bits on the way.

    Raises
    ------
    ValidationError
        When an array is of another kind than whole numbers or of another length, an end is no
        node, a capacity is negative, the balances do not sum to 0, or sums leave 64 bits.

    Examples
    --------
    >>> from flowopt.core.options import Options
    >>> as_ints = lambda *values: np.array(values, dtype=np.int64)
    >>> result = solve_min_cost_flow(as_ints(0, 0, 1), as_ints(1, 2, 2), as_ints(5, 2, 9),
    ...                              as_ints(1, 4, 1), as_ints(4, 0, -4), Run(Options()))
    >>> result.flow.tolist()
    [4, 0, 4]
    """
    _check(source, target, capacity, unit_cost, balance)
    if not len(source):
        return _without_arcs(balance)
    arrays = {
        "source": source,
        "target": target,
        "capacity": capacity,
        "unit_cost": unit_cost,
        "balance": balance,
    }
    if len(source) < ARCS_OF_ONES_OWN or not sys.executable:
        return _result(call_ortools(**arrays))
    answer = isolated.call(f"{__name__}:call_ortools", arrays, lambda: _stopped(run))
    return MinCostResult(MinCostStatus.STOPPED) if answer is None else _result(answer)


def _stopped(run: Run) -> bool:
    run.report()
    return run.stopped() is not None


def _without_arcs(balance: IntArray) -> MinCostResult:
    if balance.any():
        return MinCostResult(MinCostStatus.INFEASIBLE)
    return MinCostResult(MinCostStatus.OPTIMAL, np.zeros(0, dtype=np.int64))


def call_ortools(
    source: IntArray, target: IntArray, capacity: IntArray, unit_cost: IntArray, balance: IntArray
) -> dict[str, npt.NDArray[Any]]:
    """Return OR-Tools' status and flow; the arrays must have been checked.

    Parameters
    ----------
    source, target, capacity, unit_cost
        (A,) arcs.
    balance
        (N,) what each node gives or takes.
    """
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    solver: Any = SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(source, target, capacity, unit_cost)
    solver.set_nodes_supplies(np.arange(len(balance)), balance)
    status = solver.solve()
    found = status == SimpleMinCostFlow.OPTIMAL
    flow = np.asarray(solver.flows(arcs) if found else [], dtype=np.int64)
    return {"status": np.array(status.name), "flow": flow}


def _result(answer: dict[str, npt.NDArray[Any]]) -> MinCostResult:
    status = str(answer["status"])
    if status == "OPTIMAL":
        return MinCostResult(MinCostStatus.OPTIMAL, answer["flow"])
    if status == "INFEASIBLE":
        return MinCostResult(MinCostStatus.INFEASIBLE)
    if status == "BAD_COST_RANGE":
        return MinCostResult(MinCostStatus.COST_RANGE)
    raise EngineError(f"OR-Tools ended with {status} on arrays that were checked")


def _check(
    source: IntArray, target: IntArray, capacity: IntArray, unit_cost: IntArray, balance: IntArray
) -> None:
    """Raise one `ValidationError` with everything that OR-Tools must not see."""
    faults = Failures()
    arcs = {"source": source, "target": target, "capacity": capacity, "unit_cost": unit_cost}
    for name, values in (*arcs.items(), ("balance", balance)):
        if values.dtype.kind not in "iu" or values.ndim != 1:
            message = f"is an array of {values.dtype} with {values.ndim} dimensions"
            faults.add("arrays", name, None, None, "wrong_type", message, "give whole numbers")
        elif name in arcs and len(values) != len(source):
            message = f"has {len(values)} entries, source has {len(source)}"
            faults.add("arrays", name, None, None, "wrong_length", message, "give one per arc")
    faults.raise_if_any()
    _check_values(arcs, balance, faults)
    faults.raise_if_any()


def _check_values(arcs: dict[str, IntArray], balance: IntArray, faults: Failures) -> None:
    num_nodes, capacity = len(balance), arcs["capacity"]
    for name in ("source", "target"):
        for row in np.flatnonzero((arcs[name] < 0) | (arcs[name] >= num_nodes)):
            value, fix = int(arcs[name][row]), f"give a node from 0 to {num_nodes - 1}"
            faults.add("arrays", name, int(row), value, "unknown_id", "is no node", fix)
    for row in np.flatnonzero(capacity < 0):
        value = int(capacity[row])
        faults.add("arrays", "capacity", int(row), value, "negative", "is negative", "give 0")
    if len(faults):
        return
    total = sum(balance.tolist())  # Python's integers do not overflow
    if total:
        message, fix = "is the sum of the balances", "make the sum 0"
        faults.add("arrays", "balance", None, total, "unbalanced", message, fix)
    _check_sizes(arcs, balance, faults)


def _check_sizes(arcs: dict[str, IntArray], balance: IntArray, faults: Failures) -> None:
    """Collect sums that leave 64 bits; floats are precise enough to see that."""
    num_nodes, fix = len(balance), "scale the numbers down"
    load = np.abs(balance.astype(np.float64))
    for name in ("source", "target"):
        load += np.bincount(arcs[name], weights=arcs["capacity"], minlength=num_nodes)
    if load.max(initial=0.0) >= LARGEST_SUM:
        node, message = int(load.argmax()), "is more than 64 bits hold, summed at one node"
        faults.add("arrays", "capacity", node, float(load[node]), "overflow", message, fix)
    dearest = np.abs(arcs["unit_cost"].astype(np.float64)).max(initial=0.0)
    if dearest * (num_nodes + 1) >= LARGEST_SUM:
        message = f"is too much for 64 bits on a path through {num_nodes} nodes"
        faults.add("arrays", "unit_cost", None, dearest, "overflow", message, fix)
