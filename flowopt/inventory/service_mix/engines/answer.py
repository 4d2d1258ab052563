"""Makes the solution of the levels that were chosen."""

from __future__ import annotations

import numpy as np

from flowopt.core.options import Run
from flowopt.core.status import Limit, Status
from flowopt.inventory.distributions import Floats
from flowopt.inventory.selection.options import Ints, cost_of, relative_gap
from flowopt.inventory.service_mix.engines.levels import Levels
from flowopt.inventory.service_mix.problem import ServiceMixProblem
from flowopt.inventory.service_mix.solution import ServiceMixSolution
from flowopt.inventory.service_mix.status import MixStatus

_PROVEN = 1e-9
_POINT = 0.01


def answer(
    problem: ServiceMixProblem,
    run: Run,
    engine: str,
    levels: Levels,
    chosen: Ints,
    bound: float | None,
    price: Floats,
    stopped: Limit | None = None,
) -> ServiceMixSolution:
    """Return the solution of the chosen levels.

    Parameters
    ----------
    problem
        The items and targets.
    run
        Clock and seed of the search.
    engine
        Name of the engine.
    levels
        What there was to choose from.
    chosen
        (n,) the option of each item.
    bound
        Proven lower bound on the cost; None when unknown.
    price
        (1 + classes,) price of the whole of each service; NaN where unknown.
    stopped
        The limit that stopped the engine, where it knows.
    """
    cost = cost_of(levels.options, chosen)
    if bound is not None:
        bound = min(bound, cost)
        bound = cost if relative_gap(cost, bound) <= _PROVEN else bound
    status = Status.OPTIMAL if bound == cost else Status.FEASIBLE
    limit = None if status is Status.OPTIMAL else stopped or run.stopped() or Limit.GAP
    run.report(cost, bound, 1)
    level = levels.reorder_point[chosen]
    idle = problem.items["demand_mean"] == 0
    words = np.where(level < 0, MixStatus.ON_DEMAND.value, MixStatus.STOCKED.value)
    return ServiceMixSolution(
        problem=problem,
        outcome=run.outcome(status, engine, cost=cost, bound=bound, limit=limit),
        reorder_point=level,
        order_quantity=np.where(idle, 0.0, problem.order_quantity),
        expected_fill_rate=levels.fill_rate[chosen],
        average_stock=levels.average_stock[chosen],
        shadow_price=price * _POINT,
        item_status=np.where(idle, MixStatus.NO_DEMAND.value, words),
    )


def no_answer(
    problem: ServiceMixProblem, run: Run, engine: str, status: Status, limit: Limit | None
) -> ServiceMixSolution:
    """Return the solution that has no values."""
    unknown = np.full(problem.num_items, np.nan)
    run.report(iterations=1)
    return ServiceMixSolution(
        problem=problem,
        outcome=run.outcome(status, engine, limit=limit),
        reorder_point=unknown,
        order_quantity=unknown.copy(),
        expected_fill_rate=unknown.copy(),
        average_stock=unknown.copy(),
        shadow_price=np.full(1 + problem.classes.num_rows, np.nan),
        item_status=np.full(problem.num_items, ""),
    )
