"""The arcs of a `ShortestPathProblem`: its lanes, then undirected lanes the other way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from flowopt.flow.named.base import FloatArray, IndexArray, Mask

if TYPE_CHECKING:
    from flowopt.flow.named.shortest_path.problem import ShortestPathProblem


@dataclass(frozen=True, eq=False)
class PathGraph:
    """Nodes and arcs.

    Parameters
    ----------
    tail, head, cost
        (M,) arcs.
    lane
        (M,) the lane that each arc stands for.
    num_nodes
        Number of nodes.
    """

    tail: IndexArray
    head: IndexArray
    cost: FloatArray
    lane: IndexArray
    num_nodes: int

    @classmethod
    def of(cls, problem: ShortestPathProblem) -> PathGraph:
        """Return the graph of a problem."""
        back = np.flatnonzero(problem.undirected)
        return cls(
            np.concatenate([problem.source, problem.target[back]]),
            np.concatenate([problem.target, problem.source[back]]),
            np.concatenate([problem.unit_cost, problem.unit_cost[back]]),
            np.concatenate([np.arange(problem.num_lanes), back]),
            problem.num_sites,
        )

    def reached(self, nodes: IndexArray, backwards: bool = False) -> Mask:
        """Return the nodes that some nodes lead to, or that lead to them."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import breadth_first_order

        tail, head = (self.head, self.tail) if backwards else (self.tail, self.head)
        start = np.full(len(nodes), self.num_nodes)  # one more node, from which all begins
        links = np.concatenate([tail, start]), np.concatenate([head, nodes])
        ones = np.ones(len(links[0]), dtype=np.int8)
        graph = coo_array((ones, links), shape=(self.num_nodes + 1,) * 2).tocsr()
        mask = np.zeros(self.num_nodes + 1, dtype=np.bool_)
        mask[breadth_first_order(graph, self.num_nodes, return_predecessors=False)] = True
        return mask[:-1]

    def within(self, nodes: Mask) -> PathGraph:
        """Return the graph with only the arcs whose ends are both among some nodes."""
        kept = nodes[self.tail] & nodes[self.head]
        if kept.all():
            return self
        parts = (self.tail[kept], self.head[kept], self.cost[kept], self.lane[kept])
        return PathGraph(*parts, self.num_nodes)
