"""What every engine of the room shares: from a problem to a plain network and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from flowopt.core.errors import EngineError
from flowopt.core.options import Run
from flowopt.core.status import Limit, Status
from flowopt.flow.check import flow_cost
from flowopt.flow.expansion import Expansion, FloatArray, PureNetwork, expand, with_forced_supply
from flowopt.flow.explanation import (
    Explanation,
    explain_cut,
    explain_cycle,
    relaxed,
    shipping_side,
)
from flowopt.flow.marginal import marginal_prices
from flowopt.flow.residual import Certified, certify, negative_cycle
from flowopt.flow.solution import FlowSolution, FlowValues

if TYPE_CHECKING:
    from flowopt.flow.problem import FlowProblem
    from flowopt.flow.scaling import IntegerNetwork
    from flowopt.flow.simplex import Basis


@dataclass(frozen=True, eq=False)
class PureAnswer:
    """What an engine says of a plain network.

    Parameters
    ----------
    status
        OPTIMAL (up to the rounding of costs), INFEASIBLE; when stopped, FEASIBLE or
        NO_SOLUTION_FOUND.
    flow
        (M,) flow of each arc, None unless OPTIMAL or FEASIBLE.
    details
        What the engine wants on record.
    price
        (K,) price of each node, None when the engine knows none; when OPTIMAL they prove it, up to
        the rounding of costs. That of the root counts only where arcs that can change join it.
    final
        Whether the prices are also those of one more unit, if they prove it.
    basis
        Where a simplex search stopped.
    """

    status: Status
    flow: FloatArray | None = None
    details: dict[str, Any] = field(default_factory=dict)
    price: FloatArray | None = None
    final: bool = False
    basis: Basis | None = None


def scales_of(whole: IntegerNetwork) -> dict[str, float]:
    """Return, for the record, by what a network was scaled and what that rounded.

    Parameters
    ----------
    whole
        A network in whole numbers.
    """
    return {
        "quantity_factor": whole.quantities.factor,
        "quantity_error": whole.quantities.error,
        "cost_factor": whole.costs.factor,
        "cost_error": whole.costs.error,
    }


PureSolver = Callable[[PureNetwork, Run], PureAnswer]


def solve_expanded(problem: FlowProblem, run: Run, engine: str, solver: PureSolver) -> FlowSolution:
    """Solve a problem by an engine that knows plain networks.

    Parameters
    ----------
    problem
        Sites and lanes.
    run
        The live options.
    engine
        Name of the engine.
    solver
        Returns a flow of least cost of a plain network that has one.
    """
    if run.stopped():
        return _stopped(problem, run, engine, {})
    expansion = expand(problem)
    network = expansion.network
    cycle = _endless_cycle(network)
    if cycle is not None:
        return _no_end(problem, expansion, cycle, run, engine, solver)
    forced = with_forced_supply(expansion)
    answer = solver(forced, run)
    if answer.status is Status.INFEASIBLE:
        return _infeasible(problem, expansion, run, engine, solver, answer.details)
    if answer.status is Status.FEASIBLE:
        return _feasible(problem, expansion, answer, run, engine)
    if answer.price is not None and forced is not network:
        _price_root(expansion, answer.price)
    certified = _certified(network, answer, run)
    if certified is None:
        return _stopped(problem, run, engine, answer.details)
    return _optimal(problem, expansion, certified, run, engine, answer)


def _price_root(expansion: Expansion, price: FloatArray) -> None:
    """Lower the price of the root, all of whose arcs are full, until none is too dear."""
    root, network = expansion.network.root, expansion.network
    arcs = np.flatnonzero(network.source == root)
    if len(arcs):
        price[root] = (price[network.target[arcs]] - network.cost[arcs]).min()


def _certified(network: PureNetwork, answer: PureAnswer, run: Run) -> Certified | None:
    """Return the flow with the prices of one more unit, None when there is no time to find them."""
    if answer.flow is None:
        return None
    if answer.price is not None:
        price = marginal_prices(network, answer.flow, answer.price, answer.final)
        if price is not None:
            return Certified(answer.flow, price, 0)
    return certify(network, answer.flow, run)


def _endless_cycle(network: PureNetwork) -> Any:
    """Return a cycle that gains and has no limit, None when there is none."""
    endless = np.isinf(network.capacity)
    if not (endless & (network.cost < 0)).any():
        return None
    return negative_cycle(network, endless)


def _optimal(
    problem: FlowProblem,
    expansion: Expansion,
    certified: Certified,
    run: Run,
    engine: str,
    answer: PureAnswer,
) -> FlowSolution:
    values = _values(problem, expansion, certified.flow, certified.price)
    cost = flow_cost(problem, values)
    run.report(cost, cost, 1)
    details = answer.details | {"cycles_cancelled": certified.cycles_cancelled}
    outcome = run.outcome(Status.OPTIMAL, engine, cost=cost, bound=cost, **details)
    return FlowSolution(problem=problem, outcome=outcome, values=values, basis=answer.basis)


def _feasible(
    problem: FlowProblem, expansion: Expansion, answer: PureAnswer, run: Run, engine: str
) -> FlowSolution:
    """Return what a search had found when it was stopped, with the prices that it went by."""
    assert answer.flow is not None
    assert answer.price is not None
    values = _values(problem, expansion, answer.flow, answer.price)
    cost = flow_cost(problem, values)
    run.report(cost, None, 1)
    limit = run.stopped() or Limit.TIME
    outcome = run.outcome(Status.FEASIBLE, engine, cost=cost, limit=limit, **answer.details)
    return FlowSolution(problem=problem, outcome=outcome, values=values, basis=answer.basis)


def _values(
    problem: FlowProblem, expansion: Expansion, flow: FloatArray, price: FloatArray
) -> FlowValues:
    _, _, supplies, unmets = expansion.split(flow)
    supplied, unmet = np.zeros(problem.num_sites), np.zeros(problem.num_sites)
    supplied[expansion.supplies] = supplies
    unmet[expansion.unmets] = unmets
    price = price - price[expansion.network.root]
    lanes = expansion.net(flow)
    return FlowValues(lanes, unmet, supplied, price[expansion.exit], price[expansion.entry])


def _infeasible(
    problem: FlowProblem,
    expansion: Expansion,
    run: Run,
    engine: str,
    solver: PureSolver,
    details: dict[str, Any],
) -> FlowSolution:
    soft = relaxed(expansion.network)
    answer = solver(soft, run)
    if answer.status in (Status.NO_SOLUTION_FOUND, Status.FEASIBLE):
        # certain, but there is no time left to say why
        return _without(problem, run, engine, Status.INFEASIBLE, None, details, run.stopped())
    if answer.flow is None:
        raise EngineError(f"engine {engine!r} finds no flow where there always is one")
    side = shipping_side(expansion.network, soft, answer.flow)
    explanation = explain_cut(problem, expansion, side)
    return _without(problem, run, engine, Status.INFEASIBLE, explanation, details)


def _no_end(
    problem: FlowProblem,
    expansion: Expansion,
    cycle: Any,
    run: Run,
    engine: str,
    solver: PureSolver,
) -> FlowSolution:
    """Return that the cost has no end, or that there is no flow at all."""
    network = expansion.network
    answer = solver(replace(network, cost=np.zeros(network.num_arcs)), run)
    if answer.status is Status.INFEASIBLE:
        return _infeasible(problem, expansion, run, engine, solver, answer.details)
    if answer.flow is None:
        return _stopped(problem, run, engine, answer.details)
    explanation = explain_cycle(problem, expansion, cycle)
    return _without(problem, run, engine, Status.UNBOUNDED, explanation, answer.details)


def _stopped(problem: FlowProblem, run: Run, engine: str, details: dict[str, Any]) -> FlowSolution:
    limit = run.stopped() or Limit.TIME
    return _without(problem, run, engine, Status.NO_SOLUTION_FOUND, None, details, limit)


def _without(
    problem: FlowProblem,
    run: Run,
    engine: str,
    status: Status,
    explanation: Explanation | None,
    details: dict[str, Any],
    limit: Limit | None = None,
) -> FlowSolution:
    run.report(None, None, 1)
    outcome = run.outcome(status, engine, limit=limit, **details)
    return FlowSolution(problem=problem, outcome=outcome, explanation=explanation)
