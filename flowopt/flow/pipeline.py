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
from flowopt.flow.residual import Certified, certify, negative_cycle
from flowopt.flow.solution import FlowSolution, FlowValues

if TYPE_CHECKING:
    from flowopt.flow.problem import FlowProblem


@dataclass(frozen=True, eq=False)
class PureAnswer:
    """What an engine says of a plain network.

    Parameters
    ----------
    status
        OPTIMAL (up to the rounding of costs), INFEASIBLE, or NO_SOLUTION_FOUND when stopped.
    flow
        (M,) flow of each arc, None unless OPTIMAL.
    details
        What the engine wants on record.
    """

    status: Status
    flow: FloatArray | None = None
    details: dict[str, Any] = field(default_factory=dict)


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
    answer = solver(with_forced_supply(expansion), run)
    if answer.status is Status.INFEASIBLE:
        return _infeasible(problem, expansion, run, engine, solver, answer.details)
    certified = None if answer.flow is None else certify(network, answer.flow, run)
    if certified is None:
        return _stopped(problem, run, engine, answer.details)
    return _optimal(problem, expansion, certified, run, engine, answer.details)


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
    details: dict[str, Any],
) -> FlowSolution:
    _, _, supplies, unmets = expansion.split(certified.flow)
    supplied, unmet = np.zeros(problem.num_sites), np.zeros(problem.num_sites)
    supplied[expansion.supplies] = supplies
    unmet[expansion.unmets] = unmets
    price = certified.price - certified.price[expansion.network.root]
    lanes = expansion.net(certified.flow)
    values = FlowValues(lanes, unmet, supplied, price[expansion.exit], price[expansion.entry])
    cost = flow_cost(problem, values)
    run.report(cost, cost, 1)
    outcome = run.outcome(
        Status.OPTIMAL,
        engine,
        cost=cost,
        bound=cost,
        **details,
        cycles_cancelled=certified.cycles_cancelled,
    )
    return FlowSolution(problem=problem, outcome=outcome, values=values)


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
    if answer.status is Status.NO_SOLUTION_FOUND:
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
