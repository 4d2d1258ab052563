"""What would make a plan possible where none is: the least capacity, or the least demand, to give.

Two small models whose only cost is what is given: overtime everywhere, or lost sales everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.options import Run
from flowopt.inventory.lot_sizing import check
from flowopt.inventory.lot_sizing.solution import LotValues, Shortfall
from flowopt.solvers.highs import solve_linear

if TYPE_CHECKING:
    from flowopt.inventory.lot_sizing.problem import LotSizingProblem

_SECONDS = 5.0
_GAP = 1e-4
_MOST_NAMED = 3


def explain(problem: LotSizingProblem, run: Run) -> Shortfall:
    """Return what would make a plan possible.

    Parameters
    ----------
    problem
        A problem without a plan.
    run
        The live options.
    """
    return Shortfall(tuple(_remedies(problem, run)))


def _remedies(problem: LotSizingProblem, run: Run) -> Iterator[str]:
    free = {
        name: np.zeros(problem.shape)
        for name in ("fixed_cost", "holding_cost", "unit_cost", "backorder_cost")
    }
    free["backorder_cost"] = np.where(np.isfinite(problem.backorder_cost), 0.0, np.inf)
    asked = [("lost_sale_cost", np.full(problem.shape, 1.0))]
    if np.isinf(problem.overtime_cost[np.isfinite(problem.capacity)]).any():
        asked.insert(0, ("overtime_cost", np.where(np.isinf(problem.overtime_cost), 1.0, 0.0)))
    for name, price in asked:
        relaxed = problem.replace(**free, **{name: price})
        values = _plan(relaxed, run)
        if values is None:
            continue
        if name == "overtime_cost":
            amount = np.where(price > 0, check.overtime(relaxed, values), 0.0)
            yield _words("capacity raised", amount, problem.resource_id, problem.period_id)
        else:
            amount = np.where(np.isinf(problem.lost_sale_cost), values.lost, 0.0)
            yield _words("demand lowered", amount, problem.item_id, problem.period_id)


def _plan(problem: LotSizingProblem, run: Run) -> LotValues | None:
    from flowopt.inventory.lot_sizing.engines.pipeline import fits_strongly, holds, task_of

    task = task_of(problem, run, strong=fits_strongly(problem, run))
    if task is None:
        return None
    result = solve_linear(task.linear, run.part(_SECONDS), gap=_GAP)
    values = None if result.values is None else task.values(result.values)
    return values if values is not None and holds(problem, values) else None


def _words(
    what: str, amount: npt.NDArray[np.float64], names: npt.NDArray[Any], periods: npt.NDArray[Any]
) -> str:
    places = np.argwhere(amount > 0)
    order = np.argsort(-amount[amount > 0], kind="stable")[:_MOST_NAMED]
    parts = [
        f"{names[row]} in period {periods[period]} by {amount[row, period]:.6g}"
        for row, period in places[np.sort(order)]
    ]
    more = ", …" if len(places) > _MOST_NAMED else ""
    return f"{what} by {amount.sum():.6g} in all: {', '.join(parts)}{more}"
