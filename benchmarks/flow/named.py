"""Maximum flow, transportation, assignment and shortest paths beside the bare library calls.

Each method is timed by CPU seconds of this process and of those it starts, its own reading of the
arrays included, in turn with the others; the median counts. flowopt also checks each answer and
proves it optimal; the bare calls do not.
"""

from __future__ import annotations

import resource
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt import (
    AssignmentProblem,
    MaxFlowProblem,
    ShortestPathProblem,
    TransportationProblem,
)

OURS = "flowopt"


@dataclass(frozen=True, slots=True)
class NamedCase:
    """One problem, and the ways to solve it.

    Parameters
    ----------
    problem
        Name of the problem.
    instance
        Name of its data.
    size
        Number of arcs or pairs.
    methods
        Name → a function that returns the optimal value; `OURS` first.
    """

    problem: str
    instance: str
    size: int
    methods: dict[str, Callable[[], float]]


def rows(rounds: int = 5, small: bool = False) -> Iterator[dict[str, Any]]:
    """Yield one row for each problem and method: median CPU seconds, and the ratio to flowopt.

    Parameters
    ----------
    rounds
        How often each method is timed, in turn with the others.
    small
        Whether to take a tenth of the size, as tests do.
    """
    for case in cases(small):
        values = {name: method() for name, method in case.methods.items()}  # which also warms up
        times: dict[str, list[float]] = {name: [] for name in case.methods}
        for _ in range(rounds):
            for name, method in case.methods.items():
                times[name].append(timed(method))
        medians = {name: statistics.median(seconds) for name, seconds in times.items()}
        for name, seconds in medians.items():
            yield {
                "set": "named",
                "problem": case.problem,
                "instance": case.instance,
                "size": case.size,
                "method": name,
                "seconds": seconds,
                "ratio": seconds / medians[OURS],
                "value": values[name],
                "agrees": bool(np.isclose(values[name], values[OURS], rtol=1e-9)),
            }


def cases(small: bool = False) -> Iterator[NamedCase]:
    """Yield the problems.

    Parameters
    ----------
    small
        Whether to take a tenth of the size.
    """
    part = 10 if small else 1
    for arcs in (100_000 // part, 1_000_000 // part):
        yield max_flow(arcs)
    for kind in ("uniform", "whole", "geometric"):
        yield assignment(3000 // part, kind)
    yield transportation(200 // part, 2000 // part)
    yield shortest_path(100_000 // part)


def max_flow(arcs: int) -> NamedCase:
    """Return a maximum flow over a random network with eight arcs a node.

    Parameters
    ----------
    arcs
        Number of arcs, about.
    """
    rng = np.random.default_rng(1)
    nodes = arcs // 8
    source, target = rng.integers(nodes, size=(2, arcs))
    kept = source != target
    source, target = source[kept], target[kept]
    capacity = rng.integers(1, 1000, len(source))
    return NamedCase(
        "maximum flow",
        f"random {arcs}",
        len(source),
        {
            OURS: lambda: (
                MaxFlowProblem.from_arrays(
                    source, target, capacity, sources=0, sinks=1, num_sites=nodes
                )
                .solve()
                .value
            ),
            "OR-Tools": lambda: _max_flow_by_ortools(source, target, capacity),
            "SciPy": lambda: _max_flow_by_scipy(source, target, capacity, nodes),
        },
    )


def _max_flow_by_ortools(source: Any, target: Any, capacity: Any) -> float:
    from ortools.graph.python.max_flow import SimpleMaxFlow

    solver = SimpleMaxFlow()
    arcs = solver.add_arcs_with_capacity(source, target, capacity)
    solver.solve(0, 1)
    solver.flows(arcs)
    return float(solver.optimal_flow())


def _max_flow_by_scipy(source: Any, target: Any, capacity: Any, nodes: int) -> float:
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_flow

    graph = csr_array((capacity.astype(np.int32), (source, target)), shape=(nodes, nodes))
    return float(maximum_flow(graph, 0, 1).flow_value)


def assignment(size: int, kind: str) -> NamedCase:
    """Return a dense assignment of as many agents as tasks.

    Parameters
    ----------
    size
        Number of agents.
    kind
        ``"uniform"``, ``"whole"`` (numbers below 100) or ``"geometric"`` costs.
    """
    from scipy.optimize import linear_sum_assignment

    rng = np.random.default_rng(1)
    if kind == "geometric":
        cost = np.hypot(*(rng.random((size, 1, 2)) - rng.random((1, size, 2))).transpose(2, 0, 1))
    else:
        cost = rng.random((size, size)) if kind == "uniform" else rng.integers(0, 100, (size,) * 2)
    cost = np.ascontiguousarray(cost, dtype=np.float64)
    methods: dict[str, Callable[[], float]] = {
        OURS: lambda: AssignmentProblem.from_arrays(cost).solve().cost,
        "SciPy": lambda: float(cost[linear_sum_assignment(cost)].sum()),
    }
    if kind == "whole":
        methods["OR-Tools"] = lambda: _assignment_by_ortools(cost)
    return NamedCase("assignment", f"{kind} {size} × {size}", cost.size, methods)


def _assignment_by_ortools(cost: npt.NDArray[np.float64]) -> float:
    from ortools.graph.python.linear_sum_assignment import SimpleLinearSumAssignment

    solver = SimpleLinearSumAssignment()
    agent, task = np.indices(cost.shape)
    solver.add_arcs_with_cost(agent.ravel(), task.ravel(), cost.ravel().astype(np.int64))
    solver.solve()
    return float(solver.optimal_cost())


def transportation(origins: int, destinations: int) -> NamedCase:
    """Return a dense transportation problem.

    Parameters
    ----------
    origins, destinations
        How many there are.
    """
    rng = np.random.default_rng(1)
    places = rng.random((origins, 1, 2)), rng.random((1, destinations, 2))
    cost = np.rint(10_000 * np.hypot(*(places[0] - places[1]).transpose(2, 0, 1)))
    demand = rng.integers(1, 100, destinations)
    supply = np.full(origins, demand.sum() // origins + 1)
    methods: dict[str, Callable[[], float]] = {
        OURS: lambda: TransportationProblem.from_arrays(cost, supply, demand).solve().cost,
        "OR-Tools": lambda: _transportation_by_ortools(cost, supply, demand),
    }
    if is_there("pylmcf"):
        methods["LEMON"] = lambda: _transportation_by_lemon(cost, supply, demand)
    return NamedCase("transportation", f"{origins} × {destinations}", cost.size, methods)


def _as_balanced(cost: Any, supply: Any, demand: Any) -> tuple[Any, ...]:
    """Return arcs and balances; one more node takes what is left."""
    origins, destinations = cost.shape
    source = np.repeat(np.arange(origins), destinations + 1)
    target = origins + np.tile(np.arange(destinations + 1), origins)
    costs = np.hstack([cost, np.zeros((origins, 1))]).ravel().astype(np.int64)
    left = supply.sum() - demand.sum()
    balance = np.concatenate([supply, -demand, [-left]]).astype(np.int64)
    return source, target, np.repeat(supply, destinations + 1), costs, balance


def _transportation_by_ortools(cost: Any, supply: Any, demand: Any) -> float:
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    source, target, room, costs, balance = _as_balanced(cost, supply, demand)
    solver = SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(source, target, room, costs)
    solver.set_nodes_supplies(np.arange(len(balance)), balance)
    solver.solve()
    solver.flows(arcs)
    return float(solver.optimal_cost())


def _transportation_by_lemon(cost: Any, supply: Any, demand: Any) -> float:
    from pylmcf import Graph

    source, target, room, costs, balance = _as_balanced(cost, supply, demand)
    graph = Graph(len(balance), source, target)  # whose arcs must be by tail and head
    graph.set_node_supply(balance)
    graph.set_edge_capacities(room)
    graph.set_edge_costs(costs)
    graph.solve()
    return float(graph.total_cost())


def shortest_path(arcs: int) -> NamedCase:
    """Return paths from ten sites to all others of a random network.

    Parameters
    ----------
    arcs
        Number of arcs, about.
    """
    rng = np.random.default_rng(1)
    nodes = arcs // 4
    source, target = rng.integers(nodes, size=(2, arcs))
    kept = source != target
    source, target, cost = source[kept], target[kept], rng.random(int(kept.sum()))
    origins = np.arange(10)
    return NamedCase(
        "shortest paths",
        f"10 trees, random {arcs}",
        len(source),
        {
            OURS: lambda: (
                ShortestPathProblem.from_arrays(
                    source, target, cost, origins=origins, num_sites=nodes
                )
                .solve()
                .cost
            ),
            "SciPy": lambda: _paths_by_scipy(source, target, cost, origins, nodes),
        },
    )


def _paths_by_scipy(source: Any, target: Any, cost: Any, origins: Any, nodes: int) -> float:
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    order = np.lexsort((cost, source * nodes + target))  # parallel arcs would be added up
    key = (source * nodes + target)[order]
    kept = order[np.r_[True, np.diff(key) > 0]]
    graph = csr_array((cost[kept], (source[kept], target[kept])), shape=(nodes, nodes))
    distance, _ = dijkstra(graph, indices=origins, return_predecessors=True)
    return float(distance[np.isfinite(distance)].sum())


def is_there(package: str) -> bool:
    """Return whether a package is installed."""
    import importlib.util

    return importlib.util.find_spec(package) is not None


def timed(method: Callable[[], object]) -> float:
    """Return CPU seconds of this process and of those that ended while the method ran."""
    before = _cpu_seconds()
    method()
    return _cpu_seconds() - before


def _cpu_seconds() -> float:
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in usage)
