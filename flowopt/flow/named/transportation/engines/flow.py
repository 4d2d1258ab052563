"""Transportation as a minimum-cost flow, by the engines of `FlowProblem`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from flowopt.core.options import Run
from flowopt.flow.explanation import Explanation
from flowopt.flow.named.base import SHOWN, some
from flowopt.flow.named.bipartite import Bipartite
from flowopt.flow.named.transportation.check import transportation_cost
from flowopt.flow.named.transportation.problem import TransportationProblem
from flowopt.flow.named.transportation.solution import TransportationSolution, TransportationValues

if TYPE_CHECKING:
    from flowopt.flow.solution import FlowSolution


def solve(problem: TransportationProblem, run: Run) -> TransportationSolution:
    """Solve a problem as a minimum-cost flow.

    Parameters
    ----------
    problem
        Origins, destinations and pairs.
    run
        The live options.
    """
    bipartite = Bipartite(
        origin=problem.origin,
        destination=problem.destination,
        unit_cost=problem.unit_cost,
        capacity=problem.capacity,
        supply=problem.supply,
        demand=problem.demand,
        unused_cost=problem.unused_cost,
        unmet_cost=problem.unmet_cost,
    )
    flow, u, v = bipartite.solve(run)
    if not flow.status.has_solution:
        why = None if flow.explanation is None else _in_ids(problem, flow.explanation)
        return TransportationSolution(problem=problem, outcome=flow.outcome, explanation=why)
    return _answer(problem, flow, u, v, run)


def _answer(
    problem: TransportationProblem, flow: FlowSolution, u: Any, v: Any, run: Run
) -> TransportationSolution:
    num = len(problem.supply)
    amounts = flow.flow.copy()
    unused = problem.supply - flow.supplied[:num]
    values = TransportationValues(amounts, unused, flow.unmet[num:].copy(), u, v.copy())
    cost = transportation_cost(problem, values)
    outcome = run.outcome(
        flow.status, flow.engine, cost=cost, bound=cost, limit=flow.limit, **flow.outcome.details
    )
    return TransportationSolution(problem=problem, outcome=outcome, values=values)


def _in_ids(problem: TransportationProblem, why: Explanation) -> Explanation:
    """Return an explanation whose sites are numbers in the words of the problem."""
    num = len(problem.supply)
    wanting = np.array([int(site) - num for site in why.sites if int(site) >= num], dtype=np.int64)
    forced = [int(site) for site in why.sites if int(site) < num]
    givers = np.array([int(site) for site in why.supplies], dtype=np.int64)
    ends = [(int(source), int(target) - num) for source, target, _ in why.lanes]
    pairs = [(problem.origin_id[i].item(), problem.destination_id[j].item()) for i, j in ends]
    origins = problem.origin_id[givers].tolist()
    limits = []
    if origins:
        limits.append(f"the supply of {some(origins)} ({problem.supply[givers].sum():.10g})")
    if pairs:
        shown = [f"{origin} → {destination}" for origin, destination in pairs[:SHOWN]]
        limits.append(f"the capacity of {some(shown, len(pairs))}")
    ids = problem.destination_id[wanting].tolist()
    if why.kind == "shortage" and ids:
        reach = " and ".join(limits) or "nothing: no pair leads there"
        message = (
            f"Destinations {some(ids)} demand {problem.demand[wanting].sum():.10g}; "
            f"all that can reach them is {reach}: {why.shortage:.10g} short."
        )
    else:
        names = some([*problem.origin_id[forced].tolist(), *ids])
        message = f"Of what {names} must give, {why.shortage:.10g} cannot go anywhere."
    sites = (*problem.origin_id[forced].tolist(), *ids)
    return Explanation(
        why.kind,
        message,
        sites,
        why.shortage,
        lanes=tuple((*pair, None) for pair in pairs),
        supplies=tuple(origins),
    )
