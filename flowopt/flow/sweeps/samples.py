"""Checks some answers once more, in the caller's units and by the problem's own check.

The audit sees every answer, but as whole numbers of a network. Here a scenario is stated as a
problem of its own, and its flows and prices are held against that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flowopt.core.errors import EngineError
from flowopt.core.options import Run
from flowopt.core.status import Status
from flowopt.flow.arrays import LARGEST_NUMBER
from flowopt.flow.check import check_flow, flow_cost, throughput
from flowopt.flow.solution import FlowSolution, FlowValues
from flowopt.flow.sweeps.kernels.layout import SOLVED
from flowopt.flow.sweeps.run import Searcher
from flowopt.flow.sweeps.translate import changed_problem

if TYPE_CHECKING:
    from flowopt.flow.expansion import FloatArray, IndexArray
    from flowopt.flow.problem import FlowProblem
    from flowopt.flow.sweeps.result import SweepResult
    from flowopt.flow.sweeps.run import Sweeping
    from flowopt.flow.sweeps.soft import SoftNetwork, Units

_MOST = 4
_SAME_COST = 1e-8


def check_samples(
    result: SweepResult, network: SoftNetwork, units: Units, sweeping: Sweeping
) -> int:
    """Check some answers in full; return how many.

    Parameters
    ----------
    result
        The answers.
    network, units, sweeping
        How they were found.

    Raises
    ------
    EngineError
        When one does not hold.
    """
    run = sweeping.run
    # what is missed of a minimum flow cannot be said in a problem, nor a price beyond all numbers
    able = np.isfinite(result.cost) & (result.missed == 0)
    if units.missed / units.cost > LARGEST_NUMBER:
        able &= result.status == Status.OPTIMAL
    rows = np.flatnonzero(able)
    chosen = np.unique(rows[np.linspace(0, len(rows) - 1, min(_MOST, len(rows))).astype(int)])
    searcher = Searcher(sweeping.start)
    for count, scenario in enumerate(chosen.tolist()):
        if run.stopped():
            return count
        changes = sweeping.translated([scenario])
        if sweeping.answers.how[scenario] == SOLVED:
            found = searcher.solve(changes, 0, run)
            if found is None:
                return count
        else:
            found = searcher.reroute(changes, 0)
        _check(result, scenario, network, units, run, *found)
    return len(chosen)


def _check(
    result: SweepResult,
    scenario: int,
    network: SoftNetwork,
    units: Units,
    run: Run,
    flow: IndexArray,
    potential: IndexArray,
) -> None:
    problem = changed_problem(result.problem, result.scenarios, scenario)
    values = _values(problem, network, units, flow, potential)
    hard = np.isinf(problem.unmet_cost)
    free = problem.replace(unmet_cost=np.where(hard, 0.0, problem.unmet_cost))
    cost, stated = flow_cost(free, values), float(result.cost[scenario])
    room = _SAME_COST * max(1.0, _size(free, values))
    name = result.scenarios.names[scenario]
    if abs(cost - stated) > room:
        raise EngineError(f"scenario {name!r} is said to cost {stated}, and comes to {cost}")
    missed = units.missed / units.cost
    soft = problem
    if values.unmet[hard].any():  # as if it had the price that it has in the network
        soft = problem.replace(unmet_cost=np.where(hard, missed, problem.unmet_cost))
    cost = flow_cost(soft, values)
    outcome = run.outcome(Status.OPTIMAL, "sweep", cost=cost, bound=cost)
    report = check_flow(soft, FlowSolution(problem=soft, outcome=outcome, values=values))
    if not report.ok:
        raise EngineError(f"the answer of scenario {name!r} does not hold:\n{report}")


def _size(problem: FlowProblem, values: FlowValues) -> float:
    """Return what the terms of a cost come to without their signs."""
    unused = np.isfinite(problem.unused_cost) & np.isfinite(problem.supply)
    terms = (
        np.abs(problem.unit_cost * values.flow),
        problem.handling_cost * throughput(problem, values),
        problem.unmet_cost * values.unmet,
        problem.unused_cost[unused] * problem.supply[unused],
    )
    return float(sum(term.sum() for term in terms))


def _values(
    problem: FlowProblem,
    network: SoftNetwork,
    units: Units,
    flow: IndexArray,
    potential: IndexArray,
) -> FlowValues:
    places, carried = network.places, flow / units.quantity
    sites = problem.num_sites

    def of(arc: IndexArray) -> FloatArray:
        return np.where(arc >= 0, carried[arc], 0.0)

    price = (potential - potential[network.root]) / units.cost
    lanes = np.arange(problem.num_lanes)
    return FlowValues(
        flow=of(lanes) + of(places.kept) - of(places.reverse),
        unmet=of(places.unmet),
        supplied=of(places.supply) + of(places.forced),
        prices=price[places.exit],
        entry_prices=price[:sites],
    )
