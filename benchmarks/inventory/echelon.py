"""Stock at several echelons, joint orders and rebalancing.

Serial systems and joint orders stand beside stockpyl, which takes one at a time. Its serial solver
raises on NumPy 2, so its search for the nearest point of a grid is replaced by one that does not;
it leaves out demand beyond four standard deviations, which its cost misses. For the others there is
no peer: one warehouse's exact cost is set beside those of its approximations, and the flow of packs
beside the model of the same problem.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.flow.named import OURS, is_there, timed
from flowopt import RebalancingProblem
from flowopt.inventory import (
    joint_replenishment,
    one_warehouse_base_stock,
    one_warehouse_performance,
    serial_base_stock,
)
from flowopt.inventory.echelon.warmup import load_echelon_kernels

_PEER = "stockpyl"
_GRID = 1e-3  # relative: what its tails cost stockpyl

Method = Callable[[], Any]


def rows(rounds: int = 5, small: bool = False) -> Iterator[dict[str, Any]]:
    """Yield one row for each problem and method.

    Parameters
    ----------
    rounds
        How often each method is timed, in turn with the others.
    small
        Whether to take few systems, as tests do.
    """
    load_echelon_kernels()
    yield from _serial(rounds, small)
    yield from _joint(rounds, small)
    yield from _one_warehouse(rounds, small)
    yield from _rebalancing(rounds, small)


def _timed(rounds: int, methods: dict[str, tuple[Method, int]]) -> dict[str, tuple[Any, float]]:
    """Return each method's answer and its median CPU seconds for one problem."""
    answers = {name: call() for name, (call, _) in methods.items()}
    times: dict[str, list[float]] = {name: [] for name in methods}
    for _ in range(rounds):
        for name, (call, count) in methods.items():
            times[name].append(timed(call) / count)
    return {name: (answers[name], statistics.median(times[name])) for name in methods}


def _row(instance: str, method: str, count: int, each: float, ours: float) -> dict[str, Any]:
    return {
        "set": "echelon",
        "instance": instance,
        "method": method,
        "items": count,
        "seconds": each * count,
        "microseconds an item": each * 1e6,
        "ratio": each / ours,
    }


# ---- serial systems


def _serial(rounds: int, small: bool) -> Iterator[dict[str, Any]]:
    """Solve four stages of Shang & Song (2003), with Poisson and with normal demand."""
    num = 20 if small else 10_000
    demand = np.random.default_rng(1).uniform(8, 40, num)
    demand[0] = 16.0
    for kind in ("poisson", "normal"):

        def ours(kind: str = kind) -> Any:
            sd = None if kind == "poisson" else np.sqrt(demand)
            more: dict[str, Any] = {"review_period": 0, "distribution": kind}
            return serial_base_stock([0.25, 0.5, 0.75, 1], [0.25] * 4, demand, sd, 9, **more)

        methods: dict[str, tuple[Method, int]] = {OURS: (ours, num)}
        if kind == "poisson" and is_there(_PEER):
            methods[_PEER] = (_serial_peer, 1)
        found = _timed(rounds, methods)
        levels = found[OURS][0].echelon_base_stock_level[0].tolist()
        for name, (answer, each) in found.items():
            row = _row(f"serial, 4 stages, {kind}", name, methods[name][1], each, found[OURS][1])
            if name == _PEER:
                row["error"] = abs(answer[1] / found[OURS][0].cost[0] - 1)
                same = [answer[0][stage] for stage in (4, 3, 2, 1)] == levels
                row["agrees"] = bool(same and row["error"] <= _GRID)
            yield row


def _serial_peer() -> Any:
    from stockpyl import ssm_serial
    from stockpyl.demand_source import DemandSource

    ssm_serial.find_nearest = _nearest
    return ssm_serial.optimize_base_stock_levels(
        num_nodes=4,
        echelon_holding_cost=[0.25] * 4,
        lead_time=[0.25] * 4,
        stockout_cost=9,
        demand_source=DemandSource(type="P", mean=16),
    )


def _nearest(array: Any, values: Any, sorted: bool = False, index: Any = None) -> Any:
    """Return the positions of the points of a grid that are nearest to values."""
    points, wanted = np.asarray(array), np.atleast_1d(np.asarray(values, dtype=np.float64))
    right = np.clip(np.searchsorted(points, wanted), 1, len(points) - 1)
    place = right - (wanted - points[right - 1] <= points[right] - wanted)
    return int(place[0]) if np.ndim(values) == 0 else place


# ---- joint orders


def _joint(rounds: int, small: bool) -> Iterator[dict[str, Any]]:
    """Order five items together, as Silver (1976)."""
    num = 50 if small else 100_000
    draw = np.random.default_rng(2).uniform
    shared, own = draw(5, 50, num), draw(1, 10, (num, 5))
    demand = draw(100, 2000, (num, 5))
    few = min(num, 200)

    def ours() -> Any:
        return joint_replenishment(shared, own, 0.2, demand)

    def peer() -> Any:
        from stockpyl.eoq import joint_replenishment_problem_silver_heuristic as silver

        every = zip(shared[:few], own[:few], demand[:few], strict=True)
        return [silver(k, ki.tolist(), [0.2] * 5, d.tolist())[3] for k, ki, d in every]

    methods: dict[str, tuple[Method, int]] = {OURS: (ours, num)}
    if is_there(_PEER):
        methods[_PEER] = (peer, few)
    found = _timed(rounds, methods)
    best = found[OURS][0]
    for name, (answer, each) in found.items():
        row = _row("joint orders, 5 items", name, methods[name][1], each, found[OURS][1])
        row["gap"] = float(best.gap.mean())
        if name == _PEER:  # a heuristic: it may cost more, never less
            above = np.array(answer) / best.cost[:few] - 1
            row |= {"gap": float(above.mean()), "agrees": bool(above.min() >= -1e-9)}
        yield row


# ---- one warehouse


def _one_warehouse(rounds: int, small: bool) -> Iterator[dict[str, Any]]:
    """Stock a warehouse and five retailers; tell what approximations cost in truth."""
    num = 20 if small else 5_000
    draw = np.random.default_rng(3).uniform
    system: dict[str, Any] = {
        "warehouse_holding_cost": 1.0,
        "warehouse_lead_time": draw(1, 4, num),
        "holding_cost": draw(1.1, 2, (num, 5)),
        "lead_time": draw(0.5, 2, (num, 5)),
        "demand_mean": draw(0.2, 2, (num, 5)),
        "stockout_cost": 20.0,
    }

    def solver(method: str) -> Method:
        return lambda: one_warehouse_base_stock(**system, method=method)

    names = ("exact", "two_moment", "metric")
    found = _timed(rounds, {name: (solver(name), num) for name in names})
    best = found["exact"][0].cost.sum()
    for name, (answer, each) in found.items():
        levels = answer.warehouse_level, answer.base_stock_level
        true = one_warehouse_performance(*levels, **system).cost.sum()
        row = _row("one warehouse, 5 retailers", name, num, each, found["exact"][1])
        yield row | {"gap": float(true / best - 1), "agrees": bool(true >= best * (1 - 1e-9))}


# ---- rebalancing


def _rebalancing(rounds: int, small: bool) -> Iterator[dict[str, Any]]:
    """Move packs between ten sites: the flow of all items, the model of the first."""
    num = 10 if small else 2_000
    for count, engines in ((min(num, 20), ("flow", "highs")), (num, ("flow",))):
        problem = _stock(count)

        def solver(engine: str, problem: RebalancingProblem = problem) -> Method:
            return lambda: problem.solve(engine=engine)

        pairs = len(problem.pairs)
        found = _timed(rounds, {name: (solver(name), pairs) for name in engines})
        for name, (answer, each) in found.items():
            row = _row(f"rebalancing, {pairs:,} pairs", name, pairs, each, found["flow"][1])
            best = found["flow"][0].cost
            row |= {"gap": answer.gap, "error": abs(answer.cost / best - 1)}
            yield row | {"agrees": bool(row["error"] <= 1e-6)}


def _stock(items: int, sites: int = 10) -> RebalancingProblem:
    rng = np.random.default_rng(4)
    stock = {
        "item": np.repeat(np.arange(items), sites),
        "site": np.tile(np.arange(sites), items),
        "on_hand": rng.poisson(12, items * sites),
        "target": np.full(items * sites, 12),
        "shortage_cost": np.repeat(rng.uniform(2, 20, items), sites),
        "pack_size": np.repeat(rng.integers(1, 5, items), sites),
    }
    source, target = np.nonzero(~np.eye(sites, dtype=np.bool_))
    lanes = {"source": source, "target": target, "unit_cost": rng.uniform(1, 5, len(source))}
    return RebalancingProblem.from_frames(stock, lanes)
