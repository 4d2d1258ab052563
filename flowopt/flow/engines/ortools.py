"""Minimum-cost flow by OR-Tools' cost scaling, in whole numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowopt.core.errors import EngineError
from flowopt.core.options import Run
from flowopt.core.status import Status
from flowopt.flow.expansion import PureNetwork
from flowopt.flow.pipeline import PureAnswer, scales_of, solve_expanded
from flowopt.flow.scaling import refuse_coarse, to_integers
from flowopt.solvers.mincost import MinCostStatus, solve_min_cost_flow

if TYPE_CHECKING:
    from flowopt.flow.problem import FlowProblem
    from flowopt.flow.solution import FlowSolution

NAME = "ortools"


def solve(problem: FlowProblem, run: Run) -> FlowSolution:
    """Solve a problem; see `flowopt.flow.pipeline.solve_expanded`.

    Parameters
    ----------
    problem
        Sites and lanes.
    run
        The live options.
    """
    return solve_expanded(problem, run, NAME, solve_pure)


def solve_pure(network: PureNetwork, run: Run) -> PureAnswer:
    """Return a flow of least cost of a plain network.

    Parameters
    ----------
    network
        Nodes and arcs.
    run
        The live options.
    """
    for whole in to_integers(network):
        if run.stopped():
            return PureAnswer(Status.NO_SOLUTION_FOUND)
        refuse_coarse(network, whole, NAME)
        result = solve_min_cost_flow(
            whole.source, whole.target, whole.capacity, whole.unit_cost, whole.balance, run
        )
        details = scales_of(whole)
        if result.status is MinCostStatus.STOPPED:
            return PureAnswer(Status.NO_SOLUTION_FOUND, None, details)
        if result.status is MinCostStatus.INFEASIBLE:
            return PureAnswer(Status.INFEASIBLE, None, details)
        if result.flow is not None:
            return PureAnswer(Status.OPTIMAL, whole.flow_of(network, result.flow), details)
    raise EngineError("OR-Tools refuses the costs even when they are scaled to be safe")
