"""From the quantities that an engine found to a solution."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.options import Run
from flowopt.core.status import Limit, Status
from flowopt.planning.rebalancing.outcome import costs
from flowopt.planning.rebalancing.solution import RebalancingSolution

if TYPE_CHECKING:
    from flowopt.planning.rebalancing.problem import RebalancingProblem


def answer(
    problem: RebalancingProblem,
    run: Run,
    engine: str,
    quantity: npt.NDArray[np.float64] | None,
    status: Status,
    limit: Limit | None,
    bound: float | None,
    **details: Any,
) -> RebalancingSolution:
    """Return the solution of quantities; moving nothing when there are none in time.

    Parameters
    ----------
    problem
        What was to be solved.
    run
        The live options.
    engine
        Name of the engine.
    quantity
        (K,) units of each pair; None when none were found.
    status, limit, bound
        What the engine says of them.
    details
        What it wants on record.
    """
    if quantity is None:
        quantity, status = np.zeros(len(problem.pairs)), Status.FEASIBLE
    cost = math.fsum(costs(problem, quantity).values())
    if status is Status.OPTIMAL:
        bound = cost if bound is None else min(bound, cost)
    outcome = run.outcome(status, engine, cost=cost, bound=bound, limit=limit, **details)
    return RebalancingSolution(problem=problem, outcome=outcome, quantity=quantity)
