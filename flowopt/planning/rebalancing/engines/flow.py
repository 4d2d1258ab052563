"""Rebalancing as a minimum-cost flow of packs, by the engines of `FlowProblem`.

Each row of the stock is a node. What it receives net goes on to a common node over arcs that cost
what one pack more saves or adds there: first those that end a shortage, then the one that ends its
rest and leaves some over, then surplus; what it gives net comes from there, likewise. These costs
rise from arc to arc, so the cheapest flow takes them in this order. What leaves a row passes a node
of its own, so that nothing is given that is not there now.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.core.options import Run
from flowopt.core.status import Status
from flowopt.flow.problem import FlowProblem
from flowopt.flow.solve import solve as solve_flow
from flowopt.planning.rebalancing.engines.answer import answer

if TYPE_CHECKING:
    from flowopt.flow.solution import FlowSolution
    from flowopt.planning.rebalancing.problem import RebalancingProblem
    from flowopt.planning.rebalancing.solution import RebalancingSolution

NAME = "flow"
Floats = npt.NDArray[np.float64]
_DUST = 1e-9  # of a pack: what rounding leaves over is no part of one


def solve(problem: RebalancingProblem, run: Run) -> RebalancingSolution:
    """Solve a problem whose items go in packs of one size each.

    Parameters
    ----------
    problem
        Stock and lanes.
    run
        The live options.
    """
    run.report()
    if run.stopped() or not len(problem.pairs):
        limit = run.stopped() if len(problem.pairs) else None
        status = Status.FEASIBLE if limit else Status.OPTIMAL
        return answer(problem, run, NAME, np.zeros(len(problem.pairs)), status, limit, None)
    found = cheapest_flow(problem, run)
    outcome = found.flow.outcome
    return answer(
        problem,
        run,
        NAME,
        found.quantity,
        outcome.status,
        outcome.limit,
        None,
        flow_engine=outcome.engine,
        **outcome.details,
    )


@dataclass(frozen=True, eq=False)
class CheapestFlow:
    """A flow, and what it means.

    Parameters
    ----------
    flow
        The flow of packs.
    quantity
        (K,) units of each pair; None when no flow was found.
    """

    flow: FlowSolution
    quantity: Floats | None


def cheapest_flow(
    problem: RebalancingProblem, run: Run, price: Floats | float = 0.0
) -> CheapestFlow:
    """Return the cheapest flow, which heeds neither fixed costs nor minimums nor shared room.

    Items whose packs differ from lane to lane go in any quantity.

    Parameters
    ----------
    problem
        Stock and lanes.
    run
        The live options.
    price
        (K,) what a unit of each pair costs on top.
    """
    pack = np.zeros(problem.stock.num_rows)
    if "mixed_packs" not in problem.features:
        pack[problem.pairs.giver] = problem.pairs.pack_size
        pack[problem.pairs.taker] = problem.pairs.pack_size
    flow, unit = _as_flow(problem, pack, price)
    part = run.part(np.inf, engine="auto", initial=None, iteration_limit=None)
    solution = solve_flow(flow, part)
    if not solution.status.has_solution:
        return CheapestFlow(solution, None)
    packs = solution.flow[: len(problem.pairs)]
    whole = pack[problem.pairs.giver] > 0
    return CheapestFlow(solution, np.where(whole, np.rint(packs), packs) * unit)


def _as_flow(
    problem: RebalancingProblem, pack: Floats, price: Floats | float
) -> tuple[FlowProblem, Floats]:
    """Return the flow, whose first lanes are the pairs, and the units of one step of each."""
    pairs, num, lanes = problem.pairs, problem.stock.num_rows, problem.lanes
    step = np.where(pack > 0, pack, 1.0)  # units that one unit of flow stands for
    unit = step[pairs.giver]
    room = lanes["capacity"][pairs.lane]
    room = _whole(np.where(np.isfinite(room), room / unit, np.inf), pack[pairs.giver] > 0)
    given = np.unique(pairs.giver)
    limit = _whole(problem.available / step, pack > 0)[given]
    node, gate, common = np.arange(num), num + np.arange(len(given)), num + len(given)
    out_of = np.zeros(num, dtype=np.int64)
    out_of[given] = gate
    arcs = [
        (out_of[pairs.giver], pairs.taker, room, (lanes["unit_cost"][pairs.lane] + price) * unit),
        (given, gate, limit, np.zeros(len(given))),
    ]
    touched = np.zeros(num, dtype=np.bool_)
    touched[pairs.giver] = touched[pairs.taker] = True
    for incoming in (True, False):
        for most, cost in _steps(problem, step, pack > 0, incoming):
            rows = np.flatnonzero(touched & (most > 0))
            ends = node[rows], np.full(len(rows), common)
            ends = ends if incoming else ends[::-1]
            arcs.append((*ends, most[rows], cost[rows]))
    source, target, capacity, unit_cost = (
        np.concatenate(parts) for parts in zip(*arcs, strict=True)
    )
    flow = FlowProblem.from_arrays(
        source, target, capacity=capacity, unit_cost=unit_cost, num_sites=common + 1
    )
    return flow, unit


def _steps(
    problem: RebalancingProblem, step: Floats, whole: npt.NDArray[np.bool_], incoming: bool
) -> list[tuple[Floats, Floats]]:
    """Return how many steps there are of each kind, and what one costs, in the order of costs.

    Parameters
    ----------
    problem
        Stock and lanes.
    step
        (n,) units of a step.
    whole
        (n,) whether steps are whole packs.
    incoming
        Whether stock rises; else it falls.
    """
    stock = problem.stock
    gap = stock["target"] - stock["on_hand"]
    good, bad = stock["shortage_cost"], stock["surplus_cost"]
    if not incoming:
        gap, good, bad = -gap, bad, good
    steps = np.maximum(gap, 0.0) / step
    full = _whole(steps, whole)
    rest = np.where(whole, np.maximum(steps - full, 0.0), 0.0)
    rest = np.where(rest > _DUST, rest, 0.0)
    mixed = (bad * (1 - rest) - good * rest) * step
    return [
        (full, -good * step),
        (np.where(rest > 0, 1.0, 0.0), mixed),
        (np.full(len(gap), np.inf), bad * step),
    ]


def _whole(amount: Floats, whole: npt.NDArray[np.bool_]) -> Floats:
    """Return amounts of whole steps without their fractions."""
    return np.where(whole & np.isfinite(amount), np.floor(amount + _DUST), amount)
