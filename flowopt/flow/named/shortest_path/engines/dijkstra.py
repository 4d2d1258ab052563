"""Shortest paths by Dijkstra's method, compiled."""

from __future__ import annotations

import numpy as np

from flowopt.core.options import Run
from flowopt.flow.named.base import IndexArray
from flowopt.flow.named.shortest_path.graph import PathGraph
from flowopt.flow.named.shortest_path.pipeline import solve_by_trees
from flowopt.flow.named.shortest_path.problem import ShortestPathProblem
from flowopt.flow.named.shortest_path.solution import ShortestPathSolution

NAME = "dijkstra"
_ARCS_AT_ONCE = 2_000_000  # looked at between two looks at the clock: some 50 ms


def solve(problem: ShortestPathProblem, run: Run) -> ShortestPathSolution:
    """Solve a problem; see `flowopt.flow.named.shortest_path.pipeline.solve_by_trees`.

    Parameters
    ----------
    problem
        Sites and lanes.
    run
        The live options.
    """
    return solve_by_trees(problem, run, NAME, _trees)


def _trees(graph: PathGraph, origins: IndexArray, run: Run) -> IndexArray | None:
    from flowopt.flow.kernels.residual import forward_star
    from flowopt.flow.named.shortest_path.kernels.dijkstra import settle

    start, order = forward_star(graph.tail, graph.num_nodes)
    head, cost = graph.head[order], graph.cost[order]
    before = np.full((len(origins), graph.num_nodes), -1, dtype=np.int64)
    keys, nodes = np.empty(len(order) + 1), np.empty(len(order) + 1, dtype=np.int64)
    for row, origin in enumerate(origins.tolist()):
        distance = np.full(graph.num_nodes, np.inf)
        settled = np.zeros(graph.num_nodes, dtype=np.bool_)
        distance[origin] = keys[0] = 0.0
        nodes[0], size = origin, 1
        state = distance, before[row], settled, keys, nodes
        while size:
            if run.stopped():
                return None
            size = settle(start, head, cost, *state, size, _ARCS_AT_ONCE)
            run.report(None, None, row)
    return np.where(before >= 0, order[before] if len(order) else -1, -1)
