"""Guaranteed-service safety stock: the published chains, and trees beside stockpyl.

The ratio is to flowopt's default engine on the same problem. An answer agrees when it is the one
that is known: proven for the chains that are to be proven, within 2 % of the reported cost where
that can be compared, else with a bound at most 2 % below.
"""

from __future__ import annotations

import math
import os
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.flow.named import OURS, is_there
from benchmarks.inventory.published_chains import chains, read_chain, reported
from flowopt.inventory import SafetyStockProblem
from flowopt.inventory.safety_stock.warmup import load_kernels

SECONDS = 60.0
"""Time limit of a chain."""

TO_BE_PROVEN = (2, 13, 23)
"""Chains that are to be proven, in 10 s."""

_CLOSE = 0.02


def rows(rounds: int = 5, small: bool = False) -> Iterator[dict[str, Any]]:
    """Yield one row for each problem and method: CPU seconds, cost, bound, gap.

    Parameters
    ----------
    rounds
        How often trees are timed, by each method in turn; a chain is solved once.
    small
        Whether to take small problems only, as tests do.
    """
    load_kernels()
    yield from _trees(rounds, small)
    folder = os.environ.get("FLOWOPT_INSTANCES")
    if folder:
        yield from _chains(Path(folder), small)


def _chains(folder: Path, small: bool) -> Iterator[dict[str, Any]]:
    known = reported(folder)
    for number, path in chains(folder).items():
        problem = read_chain(path)
        if small and problem.num_stages > 100:
            continue
        begin = time.process_time()
        solution = problem.solve(time_limit=SECONDS, workers=1)
        seconds = time.process_time() - begin
        assert solution.gap is not None
        apart = solution.cost / known[number] - 1 if number in known else math.nan
        fine = solution.gap <= _CLOSE and not abs(apart) > _CLOSE
        if number in TO_BE_PROVEN:
            fine = fine and solution.status == "OPTIMAL"
        yield {
            "set": "safety_stock",
            "instance": f"chain {number}",
            "method": OURS,
            "stages": problem.num_stages,
            "links": problem.links.num_rows,
            "seconds": seconds,
            "ratio": 1.0,
            "status": str(solution.status),
            "value": solution.cost,
            "bound": solution.bound,
            "gap": solution.gap,
            "reported": known.get(number),
            "error": None if math.isnan(apart) else abs(apart),
            "target": "proven, 10 s" if number in TO_BE_PROVEN else "2 %, 60 s",
            "agrees": fine,
        }


def _trees(rounds: int, small: bool) -> Iterator[dict[str, Any]]:
    """Yield rows of random trees, which stockpyl solves as well."""
    for num_stages in (8,) if small else (10, 25, 50):
        data = _random_tree(num_stages)
        problem = _ours(data)
        methods: dict[str, Callable[[], float]] = {OURS: lambda p=problem: p.solve().cost}
        if is_there("stockpyl"):
            methods["stockpyl"] = _peer(data)
        methods["flowopt cpsat"] = lambda p=problem: p.solve(engine="cpsat", workers=1).cost
        times: dict[str, list[float]] = {name: [] for name in methods}
        costs = {name: solve() for name, solve in methods.items()}  # which warms up
        for _ in range(rounds):
            for name, solve in methods.items():
                begin = time.process_time()
                solve()
                times[name].append(time.process_time() - begin)
        medians = {name: statistics.median(values) for name, values in times.items()}
        for name, seconds in medians.items():
            error = abs(costs[name] - costs[OURS]) / costs[OURS]
            yield {
                "set": "safety_stock",
                "instance": f"tree of {num_stages} stages",
                "method": name,
                "stages": num_stages,
                "links": num_stages - 1,
                "seconds": seconds,
                "ratio": seconds / medians[OURS],
                "value": costs[name],
                "error": error,
                "agrees": error <= 1e-6,
            }


def _random_tree(num_stages: int) -> dict[str, Any]:
    """Return a tree that grows by suppliers and customers, with times and holding costs."""
    draw = np.random.default_rng(num_stages)
    links = []
    for stage in range(1, num_stages):
        other = int(draw.integers(stage))
        links.append((stage, other) if draw.random() < 0.6 else (other, stage))
    sinks = sorted(set(range(num_stages)) - {source for source, _ in links})
    return {
        "links": links,
        "sinks": sinks,
        "time": draw.integers(1, 9, num_stages),
        "holding_cost": draw.integers(1, 30, num_stages).astype(np.float64),
        "sd": draw.integers(1, 9, num_stages).astype(np.float64),
    }


def _ours(data: dict[str, Any]) -> SafetyStockProblem:
    num_stages = len(data["time"])
    sold = np.isin(np.arange(num_stages), data["sinks"])
    source, target = zip(*data["links"], strict=True)
    return SafetyStockProblem.from_frames(
        {
            "stage": np.arange(num_stages),
            "stage_time": data["time"],
            "holding_cost": data["holding_cost"],
            "demand_mean": np.where(sold, 20.0, 0.0),
            "demand_sd": np.where(sold, data["sd"], 0.0),
            "safety_factor": np.full(num_stages, 1.645),
        },
        {"source": list(source), "target": list(target)},
    )


def _peer(data: dict[str, Any]) -> Callable[[], float]:
    from stockpyl.gsm_tree import optimize_committed_service_times
    from stockpyl.supply_chain_network import SupplyChainNetwork
    from stockpyl.supply_chain_node import SupplyChainNode

    tree = SupplyChainNetwork()
    for stage in range(len(data["time"])):
        sold = stage in data["sinks"]
        node = SupplyChainNode(
            stage,
            processing_time=int(data["time"][stage]),
            local_holding_cost=float(data["holding_cost"][stage]),
            demand_bound_constant=1.645,
            external_inbound_cst=0,
            external_outbound_cst=0 if sold else None,
        )
        if sold:
            node.demand_source.type = "N"
            node.demand_source.mean = 20.0
            node.demand_source.standard_deviation = float(data["sd"][stage])
        tree.add_node(node)
    for source, target in data["links"]:
        tree.add_edge(source, target)
    return lambda: float(optimize_committed_service_times(tree)[1])
