"""Network design: published problems to the proof, first answers, and the hand-over of models.

The peers are what a user would write instead: the model by PuLP's operators, solved by HiGHS, and
the arrays of the same strong model given to SCIP through OR-Tools.
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

from benchmarks.flow import published_designs as published
from flowopt import DesignProblem
from flowopt.core.options import Options, Run
from flowopt.flow.design.model import build

OURS = "flowopt"
PATIENCE = 120.0
"""Seconds that a method may take for one problem."""

Solve = Callable[[DesignProblem], float]


def rows(rounds: int = 5, small: bool = False) -> Iterator[dict[str, Any]]:
    """Yield one row for each problem and method: median CPU seconds, and the ratio to flowopt.

    Parameters
    ----------
    rounds
        How often each quick method is timed; what takes more than a second runs once.
    small
        Whether to take small problems only, as tests do.
    """
    for instance, problem, optimum in _cases(small):
        timed = {name: _timed(solve, problem, rounds) for name, solve in _methods(small).items()}
        for method, (seconds, cost) in timed.items():
            yield {
                "set": "design",
                "instance": instance,
                "size": problem.num_lanes * len(problem.commodity_id),
                "method": method,
                "seconds": seconds,
                "ratio": seconds / timed[OURS][0],
                "value": cost,
                "gap": (cost - optimum) / optimum,
                "agrees": method == "flowopt slope_scaling" or _same(cost, optimum),
            }
    yield from _hand_over(rounds, small)


def _same(cost: float, optimum: float) -> bool:
    return math.isclose(cost, optimum, rel_tol=1e-6)


def _cases(small: bool) -> Iterator[tuple[str, DesignProblem, float]]:
    """Yield name, problem and least cost: one made here, and the published ones that are there."""
    random = np.random.default_rng(5)
    places, customers = (5, 10) if small else (30, 80)
    x, y = random.random((places, 2)), random.random((customers, 2))
    cost = np.hypot(*(x[:, None] - y).transpose(2, 0, 1)) * 10
    fixed = random.integers(40, 90, places)
    own = published.locate(cost, fixed, random.integers(1, 9, customers))
    yield "location made here", own, own.solve(workers=1).cost
    home = os.environ.get("FLOWOPT_INSTANCES")
    if small or not home:
        return
    folder = Path(home) / "flow"
    for kind, optima in published.OPTIMA.items():
        for name, optimum in optima.items():
            yield name, published.READERS[kind](folder, name), optimum
    for number, optimum in published.single_source_optima(folder).items():
        yield f"p{number}", published.read_single_source(folder, number), optimum


def _timed(solve: Solve, problem: DesignProblem, rounds: int) -> tuple[float, float]:
    """Return the median CPU seconds of a method, and the cost that it finds."""
    times = []
    for _ in range(rounds):
        begin = time.process_time()
        cost = solve(problem)
        times.append(time.process_time() - begin)
        if times[0] > 1.0:
            break
    return statistics.median(times), cost


def _methods(small: bool) -> dict[str, Solve]:
    methods: dict[str, Solve] = {
        OURS: lambda problem: _cost(problem, "highs"),
        "flowopt slope_scaling": lambda problem: _cost(problem, "slope_scaling"),
        "SCIP (OR-Tools)": _scip,
    }
    return methods if small else methods | {"flowopt readable": _readable}


def _cost(problem: DesignProblem, engine: str) -> float:
    return problem.solve(engine=engine, workers=1, time_limit=PATIENCE).cost


def _readable(problem: DesignProblem) -> float:
    """Solve through the PuLP model, its making included."""
    return problem.solve_model(problem.to_pulp(), workers=1, time_limit=PATIENCE).cost


def _scip(problem: DesignProblem) -> float:
    """Solve the same strong model by SCIP; inf when it finds nothing."""
    from ortools.linear_solver import pywraplp

    linear = build(problem).linear
    solver = pywraplp.Solver.CreateSolver("SCIP")
    solver.SetTimeLimit(round(PATIENCE * 1000))
    whole = np.zeros(len(linear.cost), bool) if linear.integer is None else linear.integer
    kinds = zip(linear.lower.tolist(), linear.upper.tolist(), whole.tolist(), strict=True)
    columns = [solver.Var(low, high, integer, "") for low, high, integer in kinds]
    matrix = linear.matrix.tocsr()
    for row, (low, high) in enumerate(zip(linear.row_lower, linear.row_upper, strict=True)):
        constraint = solver.Constraint(float(low), float(high))
        for place in range(matrix.indptr[row], matrix.indptr[row + 1]):
            column = columns[matrix.indices[place]]
            constraint.SetCoefficient(column, float(matrix.data[place]))
    for column, cost in zip(columns, linear.cost.tolist(), strict=True):
        solver.Objective().SetCoefficient(column, cost)
    status = solver.Solve()
    found = status in (pywraplp.Solver.OPTIMAL, pywraplp.Solver.FEASIBLE)
    return solver.Objective().Value() + linear.offset if found else math.inf


def _hand_over(rounds: int, small: bool) -> Iterator[dict[str, Any]]:
    """Yield how long it takes until HiGHS has a model: as arrays, and from PuLP."""
    from flowopt.flow.design.readable import to_pulp
    from flowopt.solvers import milp
    from flowopt.solvers.highs import Resolver

    side = 40 if small else 400
    random = np.random.default_rng(1)
    problem = published.locate(
        random.random((side, side)), 1.0, np.full(side, 5.0), capacity=np.full(side, 50.0)
    )
    plain = build(problem, links=False)
    arrays, readable = plain.linear, to_pulp(problem, plain)
    run = Run(Options(workers=1))
    ways: dict[str, Callable[[DesignProblem], float]] = {
        OURS: lambda _: float(Resolver(arrays, run) is None),
        "with strong links": lambda made: float(Resolver(build(made).linear, run) is None),
        "from PuLP": lambda _: float(Resolver(milp.to_arrays(readable)[1], run) is None),
        "into PuLP": lambda made: float(to_pulp(made, plain) is None),
    }
    first = None
    for method, way in ways.items():
        seconds, _ = _timed(way, problem, rounds)
        first = seconds if first is None else first
        yield {
            "set": "design",
            "instance": f"hand-over of {side * side} variables",
            "size": side * side,
            "method": method,
            "seconds": seconds,
            "ratio": seconds / first,
            "agrees": True,
        }
