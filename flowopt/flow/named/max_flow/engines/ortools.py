"""Maximum flow by OR-Tools' push-relabel, in whole numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowopt.core.options import Run
from flowopt.flow.named.base import FloatArray, Mask
from flowopt.flow.named.max_flow.graph import MaxFlowGraph, finite_bound, solve_graph
from flowopt.flow.named.max_flow.problem import MaxFlowProblem
from flowopt.flow.named.max_flow.solution import MaxFlowSolution
from flowopt.flow.scaling import quantity_scale
from flowopt.solvers.maxflow import solve_max_flow

NAME = "ortools"
_SLACK = 2.0**-40  # a bound that is a sum of floats is not exact


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
    most = finite_bound(graph)
    limited = graph.capacity <= most
    capacity = np.where(limited, graph.capacity, most)
    loads = [
        np.bincount(ends, weights=capacity, minlength=graph.num_nodes)
        for ends in (graph.source, graph.target)
    ]
    largest = max(float(np.add(*loads).max()), most, 1e-300)
    scale = quantity_scale(graph.capacity[limited], most, largest)
    scaled = capacity * scale.factor
    # where it cannot be exact, rounded down: a flow must fit; what is no limit is never met
    scaled[~limited] *= 1 + _SLACK
    whole = (np.floor(scaled) if scale.error else np.rint(scaled)).astype(np.int64)
    whole[~limited] += 1
    answer = solve_max_flow(
        graph.source, graph.target, whole, graph.num_nodes, graph.root, graph.sink, run
    )
    if answer is None:
        return None
    flow = np.minimum(answer.flow / scale.factor, graph.capacity)  # one division may round up
    details = {"quantity_factor": scale.factor, "quantity_error": scale.error}
    return flow, answer.source_side, details
