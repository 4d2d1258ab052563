"""A MaxFlowProblem as a plain maximum flow of nodes and arcs, and the way back.

What sites can do becomes arcs, as in `flowopt.flow.expansion`::

    root ──supply──▶ entry(i) ──site capacity──▶ exit(i) ──lane──▶ entry(j)
                                                 exit(i) ──demand──▶ sink

An undirected lane is two arcs, of which only the difference is used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from flowopt.core.options import Run
from flowopt.core.status import Status
from flowopt.flow.explanation import Explanation
from flowopt.flow.named.base import FloatArray, IndexArray, Mask, found, without
from flowopt.flow.named.max_flow.problem import MaxFlowProblem
from flowopt.flow.named.max_flow.solution import MaxFlowSolution, MaxFlowValues


@dataclass(frozen=True, eq=False)
class MaxFlowGraph:
    """A maximum flow of nodes and arcs.

    Parameters
    ----------
    source, target, capacity
        (M,) arcs: lanes, undirected lanes backwards, through sites, supplies, demands. A capacity
        may be inf, but no path from the root to the sink is without limit.
    num_nodes
        Number of nodes; the root is the last but one, the sink the last.
    entry, exit
        (N,) nodes at which flow enters and leaves each site.
    sizes
        Number of arcs of each of the five kinds.
    backward, sources, sinks
        Lanes that are undirected, sites with supply, sites with demand.
    """

    source: IndexArray
    target: IndexArray
    capacity: FloatArray
    num_nodes: int
    entry: IndexArray
    exit: IndexArray
    sizes: tuple[int, ...]
    backward: IndexArray
    sources: IndexArray
    sinks: IndexArray

    @property
    def root(self) -> int:
        """The node from which all supply comes."""
        return self.num_nodes - 2

    @property
    def sink(self) -> int:
        """The node to which all demand goes."""
        return self.num_nodes - 1

    def reached(self, open_: Mask) -> tuple[Mask, IndexArray]:
        """Return the nodes that the root reaches over open arcs, and each one's predecessor."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import breadth_first_order

        links = self.source[open_], self.target[open_]
        ones = np.ones(len(links[0]), dtype=np.int8)
        graph = coo_array((ones, links), shape=(self.num_nodes,) * 2).tocsr()
        order, parents = breadth_first_order(graph, self.root)
        mask = np.zeros(self.num_nodes, dtype=np.bool_)
        mask[order] = True
        return mask, parents

    def values(self, flow: FloatArray, side: Mask) -> MaxFlowValues:
        """Return an answer in the problem's terms.

        Parameters
        ----------
        flow
            (M,) flow of each arc.
        side
            (K,) nodes on the root's side of a least cut.
        """
        parts = np.split(flow, np.cumsum(self.sizes)[:-1])
        net, num_sites = parts[0].copy(), len(self.entry)
        net[self.backward] -= parts[1]
        supplied, delivered = np.zeros(num_sites), np.zeros(num_sites)
        supplied[self.sources], delivered[self.sinks] = parts[3], parts[4]
        return MaxFlowValues(net, supplied, delivered, side[self.entry], side[self.exit])


def as_graph(problem: MaxFlowProblem) -> MaxFlowGraph:
    """Return the plain maximum flow that stands for a problem.

    Parameters
    ----------
    problem
        Sites and lanes.
    """
    num = problem.num_sites
    entry, limited = np.arange(num), np.flatnonzero(np.isfinite(problem.site_capacity))
    leave = entry.copy()
    leave[limited] = num + np.arange(len(limited))
    root = num + len(limited)
    sources, sinks = np.flatnonzero(problem.supply > 0), np.flatnonzero(problem.demand > 0)
    back = np.flatnonzero(problem.undirected)
    tails = [leave[problem.source], leave[problem.target[back]], entry[limited]]
    heads = [entry[problem.target], entry[problem.source[back]], leave[limited]]
    tails += [np.full(len(sources), root), leave[sinks]]
    heads += [entry[sources], np.full(len(sinks), root + 1)]
    capacities = [
        problem.capacity,
        problem.capacity[back],
        problem.site_capacity[limited],
        problem.supply[sources],
        problem.demand[sinks],
    ]
    return MaxFlowGraph(
        source=np.concatenate(tails),
        target=np.concatenate(heads),
        capacity=np.concatenate(capacities),
        num_nodes=root + 2,
        entry=entry,
        exit=leave,
        sizes=tuple(map(len, tails)),
        backward=back,
        sources=sources,
        sinks=sinks,
    )


GraphSolver = Callable[[MaxFlowGraph, Run], tuple[FloatArray, Mask, dict[str, Any]] | None]
"""Returns (M,) flow of each arc, (K,) the root's side of a least cut, details; None if stopped."""


def solve_graph(
    problem: MaxFlowProblem, run: Run, engine: str, solver: GraphSolver
) -> MaxFlowSolution:
    """Solve a problem by an engine that knows nodes and arcs.

    Parameters
    ----------
    problem
        Sites and lanes.
    run
        The live options.
    engine
        Name of the engine.
    solver
        Finds a largest flow and a least cut.
    """
    if run.stopped():
        return without(MaxFlowSolution, problem, run, engine)
    graph = as_graph(problem)
    endless, parents = graph.reached(np.isinf(graph.capacity))
    if endless[graph.sink]:
        why = _endless(problem, graph, parents)
        return without(MaxFlowSolution, problem, run, engine, Status.UNBOUNDED, why)
    answer = solver(graph, run)
    if answer is None:
        return without(MaxFlowSolution, problem, run, engine)
    flow, side, details = answer
    values = graph.values(flow, side)
    cost = 0.0 - float(values.supplied.sum())  # not -0.0 where nothing flows
    return found(MaxFlowSolution, problem, run, engine, cost=cost, values=values, **details)


def _endless(problem: MaxFlowProblem, graph: MaxFlowGraph, parents: IndexArray) -> Explanation:
    """Return that a path from a source to a sink has no limit."""
    nodes = [graph.sink]
    while nodes[-1] != graph.root:
        nodes.append(int(parents[nodes[-1]]))
    site = np.full(graph.num_nodes, -1)
    site[graph.entry] = site[graph.exit] = np.arange(problem.num_sites)
    sites = list(dict.fromkeys(site[nodes[-2:0:-1]].tolist()))
    ids = tuple(problem.site_id[sites].tolist())
    path = " → ".join(map(str, ids))
    message = f"Nothing limits what goes over {path}: give a lane, a site or an end a capacity."
    lanes = np.array(
        [_lane_between(problem, *ends) for ends in pairwise(sites)],
        dtype=np.int64,
    )
    return Explanation("endless", message, ids, lanes=problem.lane_ids(lanes))


def _lane_between(problem: MaxFlowProblem, start: int, end: int) -> int:
    """Return a lane without limit from one site to another."""
    forth = (problem.source == start) & (problem.target == end)
    back = (problem.source == end) & (problem.target == start) & problem.undirected
    return int(np.flatnonzero((forth | back) & np.isinf(problem.capacity))[0])


def finite_bound(graph: MaxFlowGraph) -> float:
    """Return what no flow exceeds: what the ends let through, else all limits added up.

    Parameters
    ----------
    graph
        Nodes and arcs, without an endless path.
    """
    finite = float(graph.capacity[np.isfinite(graph.capacity)].sum())
    out_of = np.bincount(graph.source, weights=graph.capacity, minlength=graph.num_nodes)
    into = np.bincount(graph.target, weights=graph.capacity, minlength=graph.num_nodes)
    first, last = graph.source == graph.root, graph.target == graph.sink
    supplied = np.minimum(graph.capacity[first], out_of[graph.target[first]]).sum()
    delivered = np.minimum(graph.capacity[last], into[graph.source[last]]).sum()
    return min(finite, float(supplied), float(delivered))
