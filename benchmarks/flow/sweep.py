"""A sweep in which each lane is closed in turn, beside solving each scenario anew.

CPU seconds for each lane that carries something, of the whole call: flowopt's include the first
solve, the audit of every answer and the checks in full. What the bare solvers take is measured on a
few of these lanes; to close the others changes nothing, which flowopt finds out by itself and they
do not.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt import FlowProblem
from flowopt.flow import every_lane, sweep
from flowopt.flow.sweeps.solve import load_kernels

OURS = "flowopt"
UNMET = 10_000.0
_SAMPLE = {"OR-Tools, cold": 12, "networkx, cold": 1}
_LARGEST_FOR_NETWORKX = 50_000

Lanes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SweepCase:
    """One network and the lanes that are closed in turn.

    Parameters
    ----------
    name
        What the tables call it.
    problem
        The network; whole numbers throughout.
    most_used
        Of the lanes that carry something, how many are closed; None closes all lanes there are.
    """

    name: str
    problem: FlowProblem
    most_used: int | None = None


def rows(rounds: int = 3, small: bool = False) -> Iterator[dict[str, Any]]:
    """Yield one row for each network and method: lanes a CPU second, and flowopt's times that.

    Parameters
    ----------
    rounds
        How often the sweep is timed.
    small
        Whether to take a small network only, as tests do.
    """
    load_kernels()
    for case in cases(small):
        base = case.problem.solve()
        used = np.flatnonzero(base.flow > 0)
        lanes = _lanes_of(case, used)
        scenarios = every_lane(case.problem).take(lanes)
        seconds = []
        for _ in range(rounds):
            began = time.process_time()
            result = sweep(case.problem, scenarios, workers=1)
            seconds.append(time.process_time() - began)
        closed = int(np.isin(lanes, used).sum())
        spent = statistics.median(seconds)
        row = {"set": "sweep", "instance": case.name, "size": case.problem.num_lanes}
        counts = {"lanes": len(lanes), "used": closed}
        rates = {
            "seconds": spent / closed,
            "lanes_per_second": len(lanes) / spent,
            "used_per_second": closed / spent,
        }
        yield row | counts | {"method": OURS, "ratio": 1.0, "agrees": True} | rates
        for name, solver in _peers(case):
            sample = np.random.default_rng(1).choice(used, _SAMPLE[name], replace=False)
            rate, agrees = _cold(case.problem, sample, solver)
            yield (
                row
                | {"lanes": len(sample), "used": len(sample), "method": name}
                | {"lanes_per_second": rate, "used_per_second": rate, "agrees": agrees}
                | {"seconds": 1 / rate}
                | {"ratio": rates["used_per_second"] / rate}
            )
        assert result.num_answered == len(lanes)


def cases(small: bool = False) -> Iterator[SweepCase]:
    """Yield the networks; published ones only where FLOWOPT_INSTANCES names their folder.

    Parameters
    ----------
    small
        Whether to take a small network only.
    """
    if small:
        yield SweepCase("logistics, generated, 1.3 k", logistics(5, 20, 200, 6))
        return
    folder = os.environ.get("FLOWOPT_INSTANCES")
    if folder:
        home = Path(folder) / "flow"
        yield SweepCase("logi_m", _arrays(home / "logistics_synth" / "logi_m.npz"))
        yield SweepCase("road_flow_01_DC_a", _dimacs(home / "dimacs_mcf/road_flow_01_DC_a.min.gz"))
    yield SweepCase("logistics, generated, 212 k", logistics(30, 400, 20_000, 10), most_used=2000)


def _lanes_of(case: SweepCase, used: Lanes) -> Lanes:
    if case.most_used is None:
        return np.arange(case.problem.num_lanes)
    count = min(case.most_used, len(used))
    return np.sort(np.random.default_rng(0).choice(used, count, replace=False))


def logistics(plants: int, depots: int, customers: int, links: int, seed: int = 0) -> FlowProblem:
    """Return plants, depots and customers; most customers need several of their nearest depots.

    Parameters
    ----------
    plants, depots, customers
        How many there are.
    links
        Depots that can serve a customer, the nearest.
    seed
        Seed of the numbers.
    """
    draw = np.random.default_rng(seed)
    sites = plants + depots + customers
    place = draw.uniform(0, 1000, (sites, 2))
    depot, shop = np.arange(plants, plants + depots), np.arange(plants + depots, sites)
    away = np.hypot(*(place[shop, None] - place[depot]).transpose(2, 0, 1))
    near = np.argpartition(away, links - 1, axis=1)[:, :links]
    source = np.concatenate([np.repeat(np.arange(plants), depots), depot[near].ravel()])
    target = np.concatenate([np.tile(depot, plants), np.repeat(shop, links)])
    demand = np.zeros(sites)
    demand[shop] = draw.integers(20, 111, customers)
    total = demand.sum()
    supply, through = np.zeros(sites), np.full(sites, np.inf)
    supply[:plants] = np.ceil(1.15 * total / plants * draw.uniform(0.7, 1.3, plants))
    through[depot] = np.ceil(1.3 * total / depots * draw.uniform(0.6, 1.4, depots))
    first = np.ceil(total / depots * draw.uniform(0.2, 1.5, plants * depots))
    last = draw.integers(1, 111, customers * links)
    cost = np.rint(np.hypot(*(place[source] - place[target]).T))
    return FlowProblem.from_arrays(
        source,
        target,
        capacity=np.concatenate([first, last]),
        unit_cost=cost + np.where(source < plants, 0, 20),
        supply=supply,
        demand=demand,
        site_capacity=through,
        unmet_cost=UNMET,
    )


def _arrays(path: Path) -> FlowProblem:
    data = np.load(path)
    return FlowProblem.from_arrays(
        data["tail"],
        data["head"],
        capacity=data["cap"],
        unit_cost=data["cost"],
        supply=np.maximum(data["b"], 0),
        demand=np.maximum(-data["b"], 0),
    )


def _dimacs(path: Path) -> FlowProblem:
    from flowopt.io.dimacs import FlowInstance
    from flowopt.io.reader import read_instance

    instance = read_instance(path)
    assert isinstance(instance, FlowInstance)
    return instance.to_problem()


# ---- what others do: every scenario anew

Solver = Callable[[dict[str, Lanes]], float]


def _peers(case: SweepCase) -> Iterator[tuple[str, Solver]]:
    yield "OR-Tools, cold", _by_ortools
    if case.problem.num_lanes <= _LARGEST_FOR_NETWORKX:
        yield "networkx, cold", _by_networkx


def _cold(problem: FlowProblem, sample: Lanes, solver: Solver) -> tuple[float, bool]:
    """Return scenarios a CPU second, and whether their costs are ours."""
    arrays, lanes = _plain(problem)
    ours = sweep(problem, every_lane(problem).take(sample), workers=1)
    free = np.isinf(problem.unmet_cost).all()  # what is unmet has no price; give it one
    served = ours.cost + (_price(problem) * ours.unmet if free else 0.0)
    spent, costs = 0.0, []
    for lane in sample.tolist():
        changed = arrays | {"capacity": arrays["capacity"].copy()}
        changed["capacity"][lanes[lane]] = 0
        began = time.process_time()
        costs.append(solver(changed))
        spent += time.process_time() - began
    return len(sample) / spent, bool(np.allclose(costs, served, rtol=1e-12))


def _price(problem: FlowProblem) -> float:
    """Return what a unit of unmet demand costs the bare solvers: more than any way to serve it."""
    dear = float(np.abs(problem.unit_cost).max(initial=0.0)) * problem.num_sites
    return dear if np.isinf(problem.unmet_cost).all() else UNMET


def _plain(problem: FlowProblem) -> tuple[dict[str, Lanes], Lanes]:
    """Return whole numbers that bare solvers take, and where the lanes are in them.

    Sites with a capacity are two nodes; a root gives what is wanted, by way of the suppliers or,
    unmet, at a price.
    """
    from flowopt.flow.expansion import expand

    network = expand(problem.replace(unmet_cost=_price(problem))).network
    balance = -network.demand
    balance[network.root] = network.demand.sum()
    most = network.demand.sum()
    numbers = {
        "source": network.source,
        "target": network.target,
        "capacity": np.minimum(network.capacity, most),
        "cost": network.cost,
        "balance": balance,
    }
    whole = {name: np.rint(values).astype(np.int64) for name, values in numbers.items()}
    return whole, np.arange(problem.num_lanes)


def _by_ortools(arrays: dict[str, Lanes]) -> float:
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    solver = SimpleMinCostFlow()
    solver.add_arcs_with_capacity_and_unit_cost(
        arrays["source"], arrays["target"], arrays["capacity"], arrays["cost"]
    )
    solver.set_nodes_supplies(np.arange(len(arrays["balance"])), arrays["balance"])
    status = solver.solve()
    assert status == SimpleMinCostFlow.OPTIMAL, status
    return float(solver.optimal_cost())


def _by_networkx(arrays: dict[str, Lanes]) -> float:
    import networkx as nx

    graph = nx.MultiDiGraph()
    for node, given in enumerate(arrays["balance"].tolist()):
        graph.add_node(node, demand=-given)
    columns = (arrays[name].tolist() for name in ("source", "target", "capacity", "cost"))
    for source, target, capacity, cost in zip(*columns, strict=True):
        graph.add_edge(source, target, capacity=capacity, weight=cost)
    cost, _ = nx.network_simplex(graph)
    return float(cost)
