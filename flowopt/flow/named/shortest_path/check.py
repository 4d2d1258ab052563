"""Recomputes the cheapest ways from the problem alone, and the distances that prove them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flowopt.core.report import Report, same
from flowopt.core.status import Status
from flowopt.flow.named.base import FloatArray, IndexArray
from flowopt.flow.named.shortest_path.graph import PathGraph

if TYPE_CHECKING:
    from flowopt.flow.named.shortest_path.problem import ShortestPathProblem
    from flowopt.flow.named.shortest_path.solution import ShortestPathSolution, ShortestPathValues

_TOLERANCE = 1e-6  # of the larger of 1 and the numbers compared


def total_cost(problem: ShortestPathProblem, values: ShortestPathValues) -> float:
    """Return the cost of all ways that there are."""
    ways = values.distance[:, problem.destinations]
    return float(ways[np.isfinite(ways)].sum())


def check_shortest_path(problem: ShortestPathProblem, solution: ShortestPathSolution) -> Report:
    """Return what an answer breaks; empty when it holds, and is as good as its status says.

    Parameters
    ----------
    problem
        What was to be solved.
    solution
        Its answer; one without values has nothing to break.
    """
    report = Report()
    values = solution.values
    if values is None or not solution.status.has_solution:
        return report
    whole = PathGraph.of(problem)
    graph = whole.within(whole.reached(problem.destinations, backwards=True))
    for row, origin in enumerate(problem.origins.tolist()):
        distance, before = values.distance[row], values.before[row]
        _check_tree(problem, whole, origin, distance, before, report)
        if solution.status is Status.OPTIMAL:
            _check_distances(problem, graph, distance, report)
    cost = total_cost(problem, values)
    if not same(cost, solution.cost):
        message = f"comes to {cost:.10g}, stated is {solution.cost:.10g}"
        report.add("cost", "total", cost - solution.cost, message)
    return report


def _check_tree(
    problem: ShortestPathProblem,
    graph: PathGraph,
    origin: int,
    distance: FloatArray,
    before: IndexArray,
    report: Report,
) -> None:
    """Check that each distance is the cost of a path: of its last lane and of all before it."""
    reached = np.flatnonzero(np.isfinite(distance))
    if np.isnan(distance).any() or (before >= len(graph.tail)).any():
        report.add("finite", problem.site_id[origin], 1, "a distance or an arc is no number")
        return
    others = reached[reached != origin]
    arcs = before[others]
    if (arcs < 0).any() or distance[origin] != 0 or before[origin] >= 0:
        report.add("path", problem.site_id[origin], 1, "a way does not begin at its origin")
        return
    through = distance[graph.tail[arcs]] + graph.cost[arcs]
    size = np.maximum(1.0, np.abs(through))
    off = (graph.head[arcs] != others) | ~(np.abs(through - distance[others]) <= 1e-9 * size)
    for place in np.flatnonzero(off).tolist():
        message = f"is {distance[others[place]]:.10g}, its way comes to {through[place]:.10g}"
        report.add("path", problem.site_id[others[place]], 1, message)
    parent = np.arange(graph.num_nodes)
    parent[others] = graph.tail[arcs]
    for _ in range(graph.num_nodes.bit_length()):  # each time, twice as far back
        parent = parent[parent]
    for site in others[parent[others] != origin].tolist():
        report.add("path", problem.site_id[site], 1, "its way goes round in a circle")


def _check_distances(
    problem: ShortestPathProblem, graph: PathGraph, distance: FloatArray, report: Report
) -> None:
    """Check that no lane makes a way shorter: then no path is (Bellman's inequalities)."""
    start = distance[graph.tail]
    known = np.isfinite(start)
    through, end = start[known] + graph.cost[known], distance[graph.head[known]]
    room = _TOLERANCE * np.maximum(1.0, np.abs(through))
    for place in np.flatnonzero(end > through + room).tolist():
        lane = int(graph.lane[np.flatnonzero(known)[place]])
        message = f"leads to {end[place]:.10g} for {through[place]:.10g}"
        report.add("optimality", problem.lane_name(lane), end[place] - through[place], message)
