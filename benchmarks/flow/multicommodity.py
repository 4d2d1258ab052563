"""Several commodities: column generation beside the arc program, on published problems.

``flowopt`` is column generation to a gap of 1e-4, ``flowopt exact`` to 1e-7, both checked;
``arc LP by source`` is the program of the engine ``arc_lp``, given to HiGHS as arrays. Published
CPU seconds of mcfcg (C++ with HiGHS, gap 1e-4, paths and trees) were taken on another machine: they
are compared through the seconds that the arc program took there and takes here.
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

from benchmarks.flow import published_commodities as published
from flowopt import MultiCommodityProblem

OURS = "flowopt"
ARCS = "arc LP by source"
PATIENCE = 600.0
"""Seconds that a method may take for one problem."""

SMALL = ("planar50", "planar80", "grid1", "grid3", "grid5")
LARGE = ("planar100", "grid8", "Winnipeg", "planar300")

ELSEWHERE = {
    "planar100": {ARCS: 1.48, "mcfcg path": 0.27, "mcfcg tree": 0.66},
    "grid8": {"mcfcg path": 2.4, "mcfcg tree": 5.1},
    "Winnipeg": {ARCS: 73.7, "mcfcg path": 2.1, "mcfcg tree": 1.0},
    "planar300": {"mcfcg path": 6.6, "mcfcg tree": 5.7},
}
"""CPU seconds on one thread of another machine."""

Method = Callable[[], tuple[float, float]]


def rows(rounds: int = 5, small: bool = False) -> Iterator[dict[str, Any]]:
    """Yield one row for each problem and method: median CPU seconds, ratio to flowopt, cost, gap.

    Parameters
    ----------
    rounds
        How often each quick method is timed, in turn; what takes more than 10 s runs once.
    small
        Whether to take problems made here only, as tests do.
    """
    pace = math.nan  # seconds here for one elsewhere
    for name, problem, known in _cases(small):
        timed = _timed(_methods(name, problem), rounds)
        elsewhere = ELSEWHERE.get(name, {})
        if ARCS in timed and ARCS in elsewhere:
            pace = timed[ARCS][0] / elsewhere[ARCS]
        ours, cost = timed[OURS][0], timed[f"{OURS} exact"][1]
        truth = cost if known is None else known
        for method, (seconds, value, gap) in timed.items():
            near = 1.1e-4 if method == OURS else 3e-6
            yield _row(name, problem, method, seconds, ours) | {
                "cost": value,
                "known": known,
                "gap": gap,
                "agrees": bool(abs(value - truth) <= near * abs(truth)),
            }
        for method, seconds in elsewhere.items():
            if method != ARCS and math.isfinite(pace):
                yield _row(name, problem, f"{method} (scaled)", seconds * pace, ours)


def _row(
    name: str, problem: MultiCommodityProblem, method: str, seconds: float, ours: float
) -> dict[str, Any]:
    return {
        "set": "multicommodity",
        "instance": name,
        "lanes": problem.num_lanes,
        "commodities": problem.num_commodities,
        "method": method,
        "seconds": seconds,
        "ratio": seconds / ours,
        "agrees": True,
    }


def _cases(small: bool) -> Iterator[tuple[str, MultiCommodityProblem, float | None]]:
    """Yield name, problem and least cost: one made here, and the published ones that are there."""
    yield "made here", made_here(6 if small else 14), None
    home = os.environ.get("FLOWOPT_INSTANCES")
    if small or not home:
        return
    folder = Path(home) / "flow"
    optima = published.optima(folder)
    for name in (*SMALL, *LARGE):
        yield name, published.read(folder, name), optima[name]


def made_here(side: int) -> MultiCommodityProblem:
    """Return a grid of roads, `side` by `side`, whose capacity is short in the middle.

    Parameters
    ----------
    side
        Sites along one side.
    """
    random = np.random.default_rng(7)
    place = np.arange(side * side).reshape(side, side)
    across = np.stack([place[:, :-1].ravel(), place[:, 1:].ravel()])
    down = np.stack([place[:-1].ravel(), place[1:].ravel()])
    one_way = np.concatenate([across, down], axis=1)
    ends = np.concatenate([one_way, one_way[::-1]], axis=1)
    goods = 4 * side * side
    pairs = random.integers(0, side * side, (2, goods))
    pairs[1] = np.where(pairs[0] == pairs[1], (pairs[1] + 1) % (side * side), pairs[1])
    quantity = random.integers(1, 10, goods)
    lanes = ends.shape[1]
    return MultiCommodityProblem.from_arrays(
        *ends,
        capacity=random.integers(12, 30, lanes) * side,
        unit_cost=random.integers(5, 20, lanes),
        origin=pairs[0],
        destination=pairs[1],
        quantity=quantity,
        unmet_cost=1000.0,
    )


def _methods(name: str, problem: MultiCommodityProblem) -> dict[str, Method]:
    methods = {
        OURS: _solve(problem.replace(target_gap=1e-4), "column_generation"),
        f"{OURS} exact": _solve(problem, "column_generation"),
    }
    if name not in LARGE or ARCS in ELSEWHERE[name]:  # elsewhere it takes minutes, or never ends
        methods[ARCS] = _solve(problem, "arc_lp")
    return methods


def _solve(problem: MultiCommodityProblem, engine: str) -> Method:
    def solve() -> tuple[float, float]:
        solution = problem.solve(engine=engine, workers=1, time_limit=PATIENCE)
        found = solution.outcome.cost
        return (math.inf if found is None else found), (solution.gap or 0.0)

    return solve


def _timed(methods: dict[str, Method], rounds: int) -> dict[str, tuple[float, float, float]]:
    """Return the median CPU seconds of each method, and the cost and gap that it ends with."""
    times: dict[str, list[float]] = {name: [] for name in methods}
    found = {}
    for turn in range(rounds + 1):  # the first loads and warms up, where it is quick
        for name, method in methods.items():
            if turn and times[name] and times[name][0] > 10.0:
                continue
            begin = time.process_time()
            found[name] = method()
            seconds = time.process_time() - begin
            if turn or seconds > 10.0:
                times[name].append(seconds)
    return {name: (statistics.median(times[name]), *found[name]) for name in methods}
