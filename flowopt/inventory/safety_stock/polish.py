"""Successive linear programs: times that no grid holds, from times that are close to good.

The cost is concave, so the line that touches it at the present times is never below it: the best
times for the lines cost no more than the present ones, and lie at a corner of what is possible.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from flowopt.core.options import Run
    from flowopt.inventory.safety_stock.problem import SafetyStockProblem
    from flowopt.inventory.safety_stock.times import Settler, Times
    from flowopt.solvers.linear import LinearModel

Floats = npt.NDArray[np.float64]
_ROUNDS = 20


def polished(problem: SafetyStockProblem, settle: Settler, start: Times, run: Run) -> Times:
    """Return times that are at least as good as those given.

    Parameters
    ----------
    problem
        The stages and their links.
    settle
        What makes times that hold of service times.
    start
        Where to begin.
    run
        The live options.
    """
    from flowopt.solvers.highs import Resolver

    if not problem.num_stages:
        return start
    model = _model(problem)
    part = run.part(run.remaining())
    resolver, best = Resolver(model, part), start
    for _ in range(_ROUNDS):
        slope = _slopes(problem, best)
        values = resolver.solve(cost=np.concatenate([slope, -slope])).values
        if values is None:
            break
        times = settle(values[problem.num_stages :])
        if times.cost >= best.cost * (1 - 1e-12):
            break
        best = times
    return best


def _model(problem: SafetyStockProblem) -> LinearModel:
    """Return the times that are possible: inbound service times, then service times."""
    from scipy.sparse import coo_array

    from flowopt.solvers.linear import LinearModel

    num, links = problem.num_stages, problem.links.num_rows
    stage, link = np.arange(num), np.arange(links)
    row = np.concatenate([stage, stage, num + link, num + link])
    column = np.concatenate([stage, num + stage, problem.target, num + problem.source])
    sign = np.concatenate([np.ones(num), -np.ones(num), np.ones(links), -np.ones(links)])
    matrix = coo_array((sign, (row, column)), shape=(num + links, 2 * num)).tocsc()
    rows = np.concatenate([-problem.stages["stage_time"], problem.links["lead_time"]])
    return LinearModel(
        cost=np.zeros(2 * num),
        lower=np.concatenate([problem.stages["inbound_service_time"], np.zeros(num)]),
        upper=np.concatenate([np.full(num, np.inf), problem.max_service_time]),
        matrix=matrix,
        row_lower=rows,
        row_upper=np.full(num + links, np.inf),
    )


def _slopes(problem: SafetyStockProblem, times: Times) -> Floats:
    """Return how much a period more costs at each stage; steep where nothing is held."""
    demand = problem.demand
    least = 1e-4 * max(1e-9, float((times.inbound + problem.stages["stage_time"]).max(initial=0.0)))
    square = demand.spread**2 * np.maximum(times.net, least) + demand.time_spread**2
    root = np.sqrt(np.where(square > 0, square, 1.0))
    return np.asarray(problem.holding_cost * demand.spread**2 / (2 * root))
