"""Maximum flow as a linear program by HiGHS, in floats."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowopt.core.errors import EngineError
from flowopt.core.options import Run
from flowopt.core.status import Status
from flowopt.flow.named.base import FloatArray, Mask
from flowopt.flow.named.max_flow.graph import MaxFlowGraph, finite_bound, solve_graph
from flowopt.flow.named.max_flow.problem import MaxFlowProblem
from flowopt.flow.named.max_flow.solution import MaxFlowSolution
from flowopt.solvers.highs import solve_linear
from flowopt.solvers.linear import LinearModel

NAME = "highs"
_AT_BOUND = 1e-9  # how near a bound HiGHS leaves a flow that is on it


def solve(problem: MaxFlowProblem, run: Run) -> MaxFlowSolution:
    """Solve a problem; see `flowopt.flow.named.max_flow.graph.solve_graph`.

    Parameters
    ----------
    problem
        Sites and lanes.
    run
        The live options.
    """
    return solve_graph(problem, run, NAME, _solve_graph)


def _solve_graph(graph: MaxFlowGraph, run: Run) -> tuple[FloatArray, Mask, dict[str, Any]] | None:
    unit = max(finite_bound(graph), 1e-300)  # the program counts in it, so that 1e-9 is small
    capacity = np.minimum(graph.capacity / unit, 1.0)
    result = solve_linear(_model(graph, capacity), run, presolve=False)
    if result.status is not Status.OPTIMAL:
        if run.stopped():
            return None
        raise EngineError(f"HiGHS ends a maximum flow with {result.status}")
    assert result.values is not None
    share = np.clip(result.values, 0.0, capacity)
    share = np.where(share <= _AT_BOUND, 0.0, share)
    full = (share >= capacity - _AT_BOUND) & (graph.capacity <= unit)
    flow = np.where(full, graph.capacity, share * unit)
    return flow, _side(graph, full, share > 0), {"simplex_iterations": result.iterations}


def _model(graph: MaxFlowGraph, capacity: FloatArray) -> LinearModel:
    """Return the linear program: one column an arc, one row a node but for root and sink."""
    from scipy.sparse import coo_array

    arcs, rows = np.arange(len(capacity)), graph.num_nodes - 2
    ends = np.concatenate([graph.target, graph.source])
    signs = np.repeat([1.0, -1.0], len(arcs))
    kept = ends < rows
    entries = signs[kept], (ends[kept], np.tile(arcs, 2)[kept])
    matrix = coo_array(entries, shape=(rows, len(arcs))).tocsc()
    cost = -(graph.source == graph.root).astype(np.float64)
    balance = np.zeros(rows)
    return LinearModel(cost, np.zeros(len(arcs)), capacity, matrix, balance, balance)


def _side(graph: MaxFlowGraph, full: Mask, used: Mask) -> Mask:
    """Return the nodes that the root can still send more to."""
    from dataclasses import replace

    both = replace(
        graph,
        source=np.concatenate([graph.source, graph.target]),
        target=np.concatenate([graph.target, graph.source]),
    )
    return both.reached(np.concatenate([~full, used]))[0]
