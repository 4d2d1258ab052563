"""What the engines share: from paths and prices to a solution, and why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from flowopt.core.errors import EngineError
from flowopt.core.options import Run
from flowopt.core.status import Limit, Status
from flowopt.flow.multicommodity.check import paths_cost, provably_unmet
from flowopt.flow.multicommodity.generation import FloatArray, Generation, Routing
from flowopt.flow.multicommodity.layout import KINDS, Layout
from flowopt.flow.multicommodity.relaxation import Relaxation, relaxation
from flowopt.flow.multicommodity.solution import MultiCommoditySolution
from flowopt.flow.multicommodity.values import JointPrices, MultiCommodityValues

if TYPE_CHECKING:
    from flowopt.flow.multicommodity.problem import MultiCommodityProblem

_PROVEN = 1e-6  # relative distance of cost and bound at which an answer counts as optimal
_NOTHING = 1e-9  # of all demand: less unmet is rounding


def by_kind(problem: MultiCommodityProblem, layout: Layout, of_rows: FloatArray) -> JointPrices:
    """Return a number of each row, kind by kind; 0 for what has no limit.

    Parameters
    ----------
    problem
        Sites, lanes, commodities.
    layout
        Its rows.
    of_rows
        (R,) the numbers.
    """
    lengths = (
        problem.num_lanes,
        len(problem.group_id),
        problem.num_sites,
        problem.num_sites,
        len(problem.own_lane),
        len(problem.supply),
    )
    columns = []
    for kind, length in enumerate(lengths):
        column = np.zeros(length)
        ours = layout.row_kind == kind
        column[layout.row_item[ours]] = of_rows[ours]
        columns.append(column)
    return JointPrices(**dict(zip(KINDS, columns, strict=True)))


def answered(
    problem: MultiCommodityProblem,
    layout: Layout,
    routing: Routing,
    run: Run,
    engine: str,
    limit: Limit | None,
    **details: Any,
) -> MultiCommoditySolution:
    """Return the solution of paths and prices.

    Parameters
    ----------
    problem, layout
        What was solved.
    routing
        Its paths.
    run
        The live options.
    engine
        Name of the engine.
    limit
        What stopped the search, None when it ended by itself.
    details
        What the engine wants on record.
    """
    unmet = np.zeros(len(problem.demand))
    unmet[layout.demand_row] = routing.unmet
    values = MultiCommodityValues(
        layout.demand_row[routing.demand],
        routing.origin,
        routing.start,
        routing.lane,
        routing.flow,
        unmet,
    )
    cost = paths_cost(problem, values)
    bound = min(cost, routing.bound)
    proven = cost - bound <= _PROVEN * max(abs(cost), _NOTHING) or cost - bound <= _NOTHING**2
    status = Status.OPTIMAL if proven else Status.FEASIBLE
    limit = None if proven else limit or Limit.GAP
    run.report(cost, bound, max(1, details.get("rounds", 1)))
    outcome = run.outcome(status, engine, cost=cost, bound=bound, limit=limit, **details)
    prices = by_kind(problem, layout, routing.price)
    return MultiCommoditySolution(problem=problem, outcome=outcome, values=values, prices=prices)


def stopped(
    problem: MultiCommodityProblem, run: Run, engine: str, limit: Limit, **details: Any
) -> MultiCommoditySolution:
    """Return that nothing was found before a limit.

    Parameters
    ----------
    problem
        What was to be solved.
    run
        The live options.
    engine
        Name of the engine.
    limit
        What stopped it.
    details
        What the engine wants on record.
    """
    run.report(None, None, 1)
    outcome = run.outcome(Status.NO_SOLUTION_FOUND, engine, limit=limit, **details)
    return MultiCommoditySolution(problem=problem, outcome=outcome)


def explained(
    problem: MultiCommodityProblem, layout: Layout, run: Run, engine: str, **details: Any
) -> MultiCommoditySolution | None:
    """Return that a problem is infeasible, and why; None when it is not.

    Parameters
    ----------
    problem, layout
        What could not be solved.
    run
        The live options.
    engine
        Name of the engine.
    details
        What the engine wants on record.
    """
    from flowopt.flow.multicommodity.warmup import load_kernels

    run.discount(load_kernels())
    hard = np.isinf(layout.unmet_cost)
    smallest = min(1.0, float(layout.size.min(initial=1.0)))
    soft = Generation(layout.without_costs(hard.astype(np.float64)), run, penalty=2.0 / smallest)
    reason = soft.search(_PROVEN)
    if isinstance(reason, Limit):
        return stopped(problem, run, engine, reason, **details)
    routing = soft.routing()
    proof = by_kind(problem, layout, routing.price)
    proven = provably_unmet(problem, proof)
    if proven <= _NOTHING * float(layout.quantity.sum()):
        return None
    unmet = np.zeros(len(problem.demand))
    unmet[layout.demand_row] = np.where(hard, routing.unmet, 0.0)
    why = _relaxation(problem, layout, run, unmet, proof, proven, hard)
    run.report(None, None, 1)
    outcome = run.outcome(Status.INFEASIBLE, engine, **details)
    answer = MultiCommoditySolution(problem=problem, outcome=outcome, relaxation=why)
    report = answer.check()
    if not report.ok:
        raise EngineError(f"the proof that there is no answer does not hold:\n{report}")
    return answer


def _relaxation(
    problem: MultiCommodityProblem,
    layout: Layout,
    run: Run,
    unmet: FloatArray,
    proof: JointPrices,
    proven: float,
    hard: Any,
) -> Relaxation:
    prices = np.where(hard, np.inf, 0.0)
    more = Generation(layout.without_costs(prices), run, penalty=1.0)
    extra = None
    if more.search(_PROVEN) == "done":
        extra = by_kind(problem, layout, more.routing().excess)
    return relaxation(problem, unmet, extra, proof, proven)
