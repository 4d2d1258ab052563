"""What both engines share: what matters of the graph, potentials, cycles, the way back."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from flowopt.core.options import Run
from flowopt.core.status import Status
from flowopt.flow.expansion import PureNetwork
from flowopt.flow.explanation import Explanation
from flowopt.flow.named.base import FloatArray, IndexArray, found, some, without
from flowopt.flow.named.shortest_path.check import total_cost
from flowopt.flow.named.shortest_path.graph import PathGraph
from flowopt.flow.named.shortest_path.problem import ShortestPathProblem
from flowopt.flow.named.shortest_path.solution import ShortestPathSolution, ShortestPathValues
from flowopt.flow.named.warmup import load_path_kernels
from flowopt.flow.residual import negative_cycle

_TOLERANCE = 1e-15  # of the largest cost: below it, a saving is rounding
_COARSER = 16.0

TreeFinder = Callable[[PathGraph, IndexArray, Run], IndexArray | None]
"""From a graph without negative costs and (O,) origins: (O, N) last arcs; None when stopped."""


def solve_by_trees(
    problem: ShortestPathProblem, run: Run, engine: str, finder: TreeFinder
) -> ShortestPathSolution:
    """Solve a problem by an engine that finds trees of shortest paths without negative costs.

    Only what lies between origins and destinations counts: a cycle elsewhere does no harm.

    Parameters
    ----------
    problem
        Sites and lanes.
    run
        The live options.
    engine
        Name of the engine.
    finder
        Finds the trees.
    """
    run.discount(load_path_kernels())
    if run.stopped():
        return without(ShortestPathSolution, problem, run, engine)
    whole = PathGraph.of(problem)
    reached = whole.reached(problem.origins)
    used = reached & whole.reached(problem.destinations, backwards=True)
    if len(problem.origins) and len(problem.destinations) and not used.any():
        why = _no_way(problem, reached)
        return without(ShortestPathSolution, problem, run, engine, Status.INFEASIBLE, why)
    arcs = np.flatnonzero(used[whole.tail] & used[whole.head])
    graph = whole.within(used)
    cycle = _negative_cycle(graph)
    if cycle is not None:
        why = _endless(problem, graph, cycle)
        return without(ShortestPathSolution, problem, run, engine, Status.UNBOUNDED, why)
    trees = finder(_without_negatives(graph), problem.origins, run)
    if trees is None:
        return without(ShortestPathSolution, problem, run, engine)
    before = np.where(trees >= 0, arcs[trees] if len(arcs) else -1, -1)
    values = ShortestPathValues(_distances(whole, problem.origins, before), before)
    cost = total_cost(problem, values)
    return found(ShortestPathSolution, problem, run, engine, cost=cost, values=values)


def _distances(graph: PathGraph, origins: IndexArray, before: IndexArray) -> FloatArray:
    from flowopt.flow.named.shortest_path.kernels.dijkstra import measure

    distance = np.empty(before.shape)
    for row, origin in enumerate(origins.tolist()):
        measure(origin, before[row], graph.tail, graph.cost, distance[row])
    return distance


def _negative_cycle(graph: PathGraph) -> IndexArray | None:
    if not (graph.cost < 0).any():
        return None
    size = len(graph.tail)
    network = PureNetwork(
        source=graph.tail,
        target=graph.head,
        lower=np.zeros(size),
        capacity=np.full(size, np.inf),
        cost=graph.cost,
        demand=np.zeros(graph.num_nodes),
        root=0,
    )
    return negative_cycle(network, np.ones(size, dtype=np.bool_))


def _without_negatives(graph: PathGraph) -> PathGraph:
    """Return the graph at costs of 0 or more that have the same shortest paths (Johnson 1977)."""
    if not (graph.cost < 0).any():
        return graph
    from flowopt.flow.kernels.residual import forward_star, relax

    start, order = forward_star(graph.tail, graph.num_nodes)
    ends = graph.tail[order], graph.head[order]
    everything = np.ones(len(order), dtype=np.bool_)
    tolerance = _TOLERANCE * float(np.abs(graph.cost).max())
    while True:
        height = np.zeros(graph.num_nodes)
        parent = np.full(graph.num_nodes, -1, dtype=np.int64)
        if relax(start, *ends, graph.cost[order], everything, tolerance, height, parent) < 0:
            break
        tolerance *= _COARSER  # rounding went round in circles
    cost = np.maximum(graph.cost + height[graph.tail] - height[graph.head], 0.0)
    return PathGraph(graph.tail, graph.head, cost, graph.lane, graph.num_nodes)


def _no_way(problem: ShortestPathProblem, reached: np.ndarray) -> Explanation:
    """Return that no lane leads from what the origins reach to a destination."""
    sites = problem.site_id[reached].tolist()
    ends = [problem.site_id[ends].tolist() for ends in (problem.origins, problem.destinations)]
    message = (
        f"From {some(ends[0])} one gets to {some(sites)} ({len(sites)} of {problem.num_sites} "
        f"sites), and no lane leads from there to {some(ends[1])} or to what leads there."
    )
    return Explanation("unreachable", message, tuple(sites))


def _endless(problem: ShortestPathProblem, graph: PathGraph, cycle: IndexArray) -> Explanation:
    """Return that cost falls without end around a cycle that lies on the way."""
    sites = tuple(problem.site_id[graph.tail[cycle]].tolist())
    around = " → ".join(map(str, (*sites, sites[0])))
    cost = float(graph.cost[cycle].sum())
    message = (
        f"Each round of {around} costs {cost:.10g}, so that no way is the cheapest: correct one of "
        "these costs."
    )
    return Explanation("cycle", message, sites, lanes=problem.lane_ids(graph.lane[cycle]))
