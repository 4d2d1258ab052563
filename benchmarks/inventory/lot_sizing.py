"""Lot sizing: Wagner–Whitin beside stockpyl, and published instances under capacity.

The published ones (Trigeiro, Thomas and McClain, F and G; a sample of the X set) are read from the
folder that ``FLOWOPT_INSTANCES`` names, and left out without it. Each is solved once, on one core,
for at most 30 s; cost, bound and gap are flowopt's own, the gap in percent. Beside them stands what
a first model would do: big-M in PuLP, solved by CBC.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.flow.named import OURS, is_there, timed
from flowopt.inventory import LotSizingProblem, wagner_whitin
from flowopt.io.trigeiro import read_trigeiro

_PEER, _TEXTBOOK = "stockpyl", "textbook model, CBC"
_SECONDS = 30.0
_KNOWN = {"G53": 74634.0, "G57": 136509.0, "X11117A": 8375.8}
_SAMPLE = ("X11117A", "X11118A", "X11229A", "X11417A", "X12129A", "X12218A", "X12429A")
_BROKEN = ("G73",)  # the file has a number too many


def rows(rounds: int = 5, small: bool = False) -> Iterator[dict[str, Any]]:
    """Yield one row for each instance and method.

    Parameters
    ----------
    rounds
        How often Wagner–Whitin is timed; published instances are solved once.
    small
        Whether to take little, as tests do.
    """
    yield from _wagner_whitin(rounds, small)
    folder = Path(os.environ.get("FLOWOPT_INSTANCES", "")) / "inv"
    if not folder.is_dir():
        return
    sample = [folder / "clsp_x" / name for name in _SAMPLE]
    if small:
        yield _solved(sample[0])
        return
    found = []
    for path in sorted((folder / "clsp_trigeiro").glob("*.DAT")):
        if path.stem not in _BROKEN:
            found.append(_solved(path))
            yield found[-1]
    yield _mean(found)
    yield _textbook(folder / "clsp_trigeiro" / "G53.DAT")
    yield from (_solved(path) for path in sample if path.exists())


# ---- one item at a time


def _wagner_whitin(rounds: int, small: bool) -> Iterator[dict[str, Any]]:
    random = np.random.default_rng(0)
    count, periods, num_peers = (500, 12, 5) if small else (100_000, 52, 20)
    demand = random.poisson(3, (count, periods)) * random.integers(0, 2, (count, periods)) + 1.0
    fixed, holding = random.uniform(5, 50, (count, 1)), random.uniform(0.1, 1, (count, 1))
    costs: dict[str, Any] = {OURS: wagner_whitin(demand, fixed, holding).cost}
    times: dict[str, list[float]] = {OURS: [], _PEER: []}

    def peer() -> None:
        from stockpyl.wagner_whitin import wagner_whitin as one

        items = zip(demand[:num_peers].tolist(), fixed[:, 0], holding[:, 0], strict=False)
        costs[_PEER] = np.array([one(periods, h, k, d)[1] for d, k, h in items])

    if is_there(_PEER):
        peer()  # which also imports it
    for _ in range(rounds):
        times[OURS].append(timed(lambda: wagner_whitin(demand, fixed, holding)))
        if is_there(_PEER):
            times[_PEER].append(timed(peer))
    error = None
    if _PEER in costs:
        ours = costs[OURS][:num_peers]
        error = float((np.abs(costs[_PEER] - ours) / ours).max())
    each = statistics.median(times[OURS]) / count
    for name, seconds in times.items():
        if seconds:
            items = count if name == OURS else num_peers
            median = statistics.median(seconds)
            yield {
                "set": "lot_sizing",
                "instance": f"Wagner–Whitin, {periods} periods",
                "method": name,
                "items": items,
                "seconds": median,
                "ratio": median / items / each,
                "target": "0.5 s" if name == OURS and not small else None,
                "error": error,
                "agrees": error is None or error <= 1e-6,
            }


# ---- published instances


def _solved(path: Path) -> dict[str, Any]:
    began = time.process_time()
    solution = read_trigeiro(path).solve(time_limit=_SECONDS, workers=1)
    seconds = time.process_time() - began
    row = _row(path.stem, OURS, seconds, solution.outcome.cost, solution.bound)
    return row | {"status": str(solution.status), "target": _target(path.stem)}


def _row(
    name: str, method: str, seconds: float, cost: float | None, bound: float | None
) -> dict[str, Any]:
    known = _KNOWN.get(name)
    agrees = cost is not None and bound is not None and bound <= cost * (1 + 1e-9)
    if known is not None and cost is not None and bound is not None:
        agrees = agrees and bound <= known * (1 + 1e-6) and cost >= known * (1 - 1e-6)
    gap = None if cost is None or bound is None else 100 * (cost - bound) / cost
    return {
        "set": "lot_sizing",
        "instance": name,
        "method": method,
        "items": None,
        "seconds": seconds,
        "ratio": None,
        "cost": cost,
        "bound": bound,
        "gap": gap,
        "known": known,
        "agrees": agrees,
    }


def _target(name: str) -> str | None:
    if name in ("G53", "G57"):
        return "proved in 20 s"
    return "gap ≤ 3 %" if name == "X12429A" else None


def _mean(found: list[dict[str, Any]]) -> dict[str, Any]:
    gaps = [row["gap"] for row in found]
    known = all(gap is not None for gap in gaps)
    row = _row("F and G, mean", OURS, statistics.mean(row["seconds"] for row in found), None, None)
    gap = statistics.mean(gaps) if known else None
    return row | {"gap": gap, "target": "gap ≤ 0.5 %", "agrees": known}


def _textbook(path: Path) -> dict[str, Any]:
    """Solve the model of a textbook: set-ups linked to lots by all demand that is left."""
    import pulp

    from flowopt.core.options import Options, Run
    from flowopt.solvers import milp

    problem = read_trigeiro(path)
    model = pulp.LpProblem("textbook", pulp.LpMinimize)
    priced: list[Any] = []
    load: list[Any] = [[] for _ in range(problem.shape[1])]
    for item in range(problem.shape[0]):
        _textbook_item(problem, item, model, priced, load)
    for period, terms in enumerate(load):
        model += pulp.lpSum(terms) <= float(problem.capacity[0, period])
    model.setObjective(pulp.lpSum(priced))
    began = time.perf_counter()  # CBC is a process of its own
    result = milp.solve(model, Run(Options(time_limit=_SECONDS, workers=1)), solver="cbc")
    seconds = time.perf_counter() - began
    return _row(path.stem, _TEXTBOOK, seconds, result.objective, result.bound) | {
        "status": str(result.status)
    }


def _textbook_item(
    problem: LotSizingProblem, item: int, model: Any, priced: list[Any], load: list[Any]
) -> None:
    stock: Any = 0.0
    for period in range(problem.shape[1]):
        key = (item, period)
        lot = model.add_variable(f"lot{key}", 0)
        setup = model.add_variable(f"setup{key}", 0, 1, "Binary")
        after = model.add_variable(f"stock{key}", 0)
        model += after == stock + lot - float(problem.demand[key])
        model += lot <= float(problem.demand[item, period:].sum()) * setup
        priced += [float(problem.fixed_cost[key]) * setup, float(problem.holding_cost[key]) * after]
        work, time_of_setup = problem.unit_time[item, 0], problem.setup_time[item, 0]
        load[period] += [float(work) * lot, float(time_of_setup) * setup]
        stock = after
