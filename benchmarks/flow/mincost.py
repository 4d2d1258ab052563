"""Minimum-cost flow beside LEMON (pylmcf), OR-Tools and networkx, from arrays to arrays.

Published networks of known optimum come from the folder that FLOWOPT_INSTANCES names; the others
are generated (`benchmarks.flow.generate`). ``flowopt`` is `flowopt.flow.min_cost_flow`, checked;
``flowopt problem`` is a whole `FlowProblem`, built, solved, priced and checked.
"""

from __future__ import annotations

import csv
import os
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.flow.generate import FAMILIES, Arrays
from benchmarks.flow.named import OURS, is_there, timed

_SIZES = (2_000, 33_000, 131_000, 1_050_000)
_HARD_SIZES = (2_000, 33_000, 131_000)  # of GOTO networks: ten times larger, all take minutes
_NETWORKX_ARCS = 35_000
_NETWORKX_HARD_ARCS = 9_000
_MANY_ARCS = 300_000
_LEAST_SECONDS, _MOST_CALLS = 0.01, 20
_SLOW = "networkx"  # timed once
_LOGISTICS = {"logi_s": 2483615, "logi_m": 14642288}

Method = Callable[[], float]


def rows(rounds: int = 5, small: bool = False) -> Iterator[dict[str, Any]]:
    """Yield one row for each network and method: median CPU seconds, ratio to flowopt, cost.

    Parameters
    ----------
    rounds
        How often each method is timed, in turn with the others; a third as often with many arcs,
        networkx once.
    small
        Whether to take the smallest networks only, as tests do.
    """
    for arrays in networks(small):
        found = methods(arrays)
        often = rounds if arrays.num_arcs < _MANY_ARCS else max(1, rounds // 3)
        times: dict[str, list[float]] = {name: [] for name in found}
        costs: dict[str, float] = {}
        for turn in range(often + 1):  # the first loads and warms up
            for name, method in found.items():
                if name == _SLOW and turn != 1:
                    continue
                seconds, costs[name] = _measured(method)
                times[name] += [seconds] if turn else []
        medians = {name: statistics.median(seconds) for name, seconds in times.items()}
        truth = costs[OURS] if arrays.optimum is None else arrays.optimum
        for name, seconds in medians.items():
            yield {
                "set": "mincost",
                "instance": arrays.name,
                "nodes": arrays.num_nodes,
                "arcs": arrays.num_arcs,
                "method": name,
                "seconds": seconds,
                "ratio": seconds / medians[OURS],
                "cost": costs[name],
                "known": arrays.optimum,
                "agrees": bool(abs(costs[name] - truth) <= 1e-9 * abs(truth)),
            }


def _measured(method: Method) -> tuple[float, float]:
    """Return the CPU seconds of a method, and the cost that it found.

    What takes less than a hundredth of a second is called several times: the mean counts.
    """
    costs: list[float] = []
    seconds = timed(lambda: costs.append(method()))
    again = min(_MOST_CALLS, int(_LEAST_SECONDS / max(seconds, 1e-9)))
    if again:
        seconds = timed(lambda: [method() for _ in range(again)]) / again
    return seconds, costs[0]


def networks(small: bool = False) -> Iterator[Arrays]:
    """Yield the networks, the published first.

    Parameters
    ----------
    small
        Whether to take the smallest generated ones only.
    """
    folder = os.environ.get("FLOWOPT_INSTANCES")
    if folder and not small:
        yield from published(Path(folder) / "flow")
    for family, make in FAMILIES.items():
        sizes = _HARD_SIZES if family == "goto" else _SIZES
        yield from (make(arcs) for arcs in (sizes[:1] if small else sizes))


def published(folder: Path) -> Iterator[Arrays]:
    """Yield the published networks whose optimum is known.

    Parameters
    ----------
    folder
        The published instances of flow.
    """
    from flowopt.io.reader import read_instance

    with (folder / "dimacs_mcf" / "optimal.csv").open() as file:
        optima = {row["instance"]: int(row["optimal"]) for row in csv.DictReader(file)}
    for path in sorted((folder / "dimacs_mcf").glob("*.min.gz"), key=lambda p: p.stat().st_size):
        instance: Any = read_instance(path)
        columns = (instance.capacity, instance.unit_cost, instance.supply)
        whole = [np.asarray(column).astype(np.int64) for column in columns]
        ends = instance.source, instance.target
        yield Arrays(
            instance.name, *map(np.ascontiguousarray, (*ends, *whole)), optima[instance.name]
        )
    for name, optimum in _LOGISTICS.items():
        data = np.load(folder / "logistics_synth" / f"{name}.npz")
        columns = [data[key].astype(np.int64) for key in ("tail", "head", "cap", "cost", "b")]
        yield Arrays(name, *_balanced(*columns), optimum)


def _balanced(source: Any, target: Any, capacity: Any, cost: Any, balance: Any) -> tuple[Any, ...]:
    """Return the arrays with one more node that takes what is given too much."""
    left, giver = int(balance.sum()), np.flatnonzero(balance > 0)
    if not left:
        return source, target, capacity, cost, balance
    return (
        np.append(source, giver),
        np.append(target, np.full(len(giver), len(balance))),
        np.append(capacity, balance[giver]),
        np.append(cost, 0 * giver),
        np.append(balance, -left),
    )


def methods(arrays: Arrays) -> dict[str, Method]:
    """Return name → what solves a network and returns its cost; `OURS` first.

    Parameters
    ----------
    arrays
        The network.
    """
    found = {OURS: lambda: _arrays_to_arrays(arrays), f"{OURS} problem": lambda: _problem(arrays)}
    if is_there("pylmcf"):
        found["LEMON"] = lambda: _lemon(arrays)
    found["OR-Tools"] = lambda: _ortools(arrays)
    hard = "goto" in arrays.name
    if arrays.num_arcs <= (_NETWORKX_HARD_ARCS if hard else _NETWORKX_ARCS):
        found["networkx"] = lambda: _networkx(arrays)
    return found


def _arrays_to_arrays(arrays: Arrays) -> float:
    from flowopt.flow import min_cost_flow

    ends = arrays.source, arrays.target
    answer = min_cost_flow(*ends, arrays.capacity, arrays.unit_cost, -arrays.balance)
    assert answer.cost is not None
    return answer.cost


def _problem(arrays: Arrays) -> float:
    from flowopt import FlowProblem

    problem = FlowProblem.from_arrays(
        arrays.source,
        arrays.target,
        capacity=arrays.capacity,
        unit_cost=arrays.unit_cost,
        supply=np.maximum(arrays.balance, 0),
        demand=np.maximum(-arrays.balance, 0),
    )
    return problem.solve().cost


def _lemon(arrays: Arrays) -> float:
    from pylmcf.pylmcf_cpp import lmcf

    columns = (arrays.balance, arrays.source, arrays.target, arrays.capacity, arrays.unit_cost)
    flow = lmcf(*columns)
    return float(np.asarray(flow) @ arrays.unit_cost)


def _ortools(arrays: Arrays) -> float:
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    solver = SimpleMinCostFlow()
    columns = (arrays.source, arrays.target, arrays.capacity, arrays.unit_cost)
    arcs = solver.add_arcs_with_capacity_and_unit_cost(*columns)
    solver.set_nodes_supplies(np.arange(arrays.num_nodes), arrays.balance)
    solver.solve()
    return float(np.asarray(solver.flows(arcs)) @ arrays.unit_cost)


def _networkx(arrays: Arrays) -> float:
    import networkx as nx

    graph = nx.MultiDiGraph()
    graph.add_nodes_from((node, {"demand": -b}) for node, b in enumerate(arrays.balance.tolist()))
    columns = (arrays.source, arrays.target, arrays.capacity, arrays.unit_cost)
    for tail, head, capacity, cost in zip(*(c.tolist() for c in columns), strict=True):
        graph.add_edge(tail, head, capacity=capacity, weight=cost)
    cost, _ = nx.network_simplex(graph)
    return float(cost)
