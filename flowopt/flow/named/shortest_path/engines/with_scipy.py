"""Shortest paths by SciPy's Dijkstra."""

from __future__ import annotations

import numpy as np

from flowopt.core.options import Run
from flowopt.flow.named.base import IndexArray
from flowopt.flow.named.shortest_path.graph import PathGraph
from flowopt.flow.named.shortest_path.pipeline import solve_by_trees
from flowopt.flow.named.shortest_path.problem import ShortestPathProblem
from flowopt.flow.named.shortest_path.solution import ShortestPathSolution

NAME = "scipy"
_ARCS_AT_ONCE = 500_000  # looked at between two looks at the clock


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
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    num, before = graph.num_nodes, [np.zeros((0, graph.num_nodes), dtype=np.int64)]
    key = graph.tail * num + graph.head
    order = np.lexsort((graph.cost, key))
    arcs = order[np.r_[True, np.diff(key[order]) > 0]] if len(order) else order  # SciPy adds up
    start = np.searchsorted(graph.tail[arcs], np.arange(num + 1))
    matrix = csr_array((graph.cost[arcs], graph.head[arcs], start), shape=(num, num))
    step = max(1, _ARCS_AT_ONCE // max(len(arcs), 1))
    for first in range(0, len(origins), step):
        if run.stopped():
            return None
        some = origins[first : first + step]
        _, parent = dijkstra(matrix, indices=some, return_predecessors=True)
        wanted = parent.astype(np.int64) * num + np.arange(num)
        place = np.minimum(np.searchsorted(key[arcs], wanted), max(len(arcs) - 1, 0))
        known = parent >= 0
        before.append(np.where(known, arcs[place] if len(arcs) else -1, -1))
        run.report(None, None, first)
    return np.concatenate(before)
