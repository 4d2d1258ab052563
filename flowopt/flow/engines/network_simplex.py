"""Minimum-cost flow by our own network simplex, in whole numbers, from a previous basis if any."""

from __future__ import annotations

import logging
import time
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from flowopt.core.errors import EngineError
from flowopt.core.options import Options, Run
from flowopt.core.status import Status
from flowopt.flow.expansion import FloatArray, PureNetwork
from flowopt.flow.marginal import marginal_prices
from flowopt.flow.pipeline import PureAnswer, scales_of, solve_expanded
from flowopt.flow.scaling import IntegerNetwork, refuse_coarse, to_integers, within_bounds
from flowopt.flow.simplex import Basis, Simplex, fits

if TYPE_CHECKING:
    from flowopt.flow.problem import FlowProblem
    from flowopt.flow.solution import FlowSolution

NAME = "network_simplex"
_WORTH_TELLING = 0.1
_LOG = logging.getLogger(__name__)


def solve(problem: FlowProblem, run: Run) -> FlowSolution:
    """Solve a problem; see `flowopt.flow.pipeline.solve_expanded`.

    Parameters
    ----------
    problem
        Sites and lanes.
    run
        The live options; a solution of a problem with the same sites and lanes in `initial` gives
        the basis to begin with.
    """
    run.discount(load_kernels())
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
        if fits(whole.unit_cost, network.num_nodes):
            return _search(network, whole, run)
    raise EngineError("the costs do not fit 64 bits even when they are scaled to be safe")


def _search(network: PureNetwork, whole: IntegerNetwork, run: Run) -> PureAnswer:
    simplex = Simplex.of(whole, network.root)
    basis = getattr(run.options.initial, "basis", None)
    warm = isinstance(basis, Basis) and simplex.accepts(basis)
    if isinstance(basis, Basis) and warm:
        simplex.restore(basis)

    def stopped() -> bool:
        run.report(iterations=simplex.pivots)
        return run.stopped() is not None

    status = simplex.solve(stopped)
    details: dict[str, Any] = scales_of(whole)
    details |= {"pivots": simplex.pivots, "warm_start": warm}
    if status is Status.INFEASIBLE or simplex.undone:
        return PureAnswer(status, None, details)
    if status is Status.NO_SOLUTION_FOUND:
        status = Status.FEASIBLE
    return PureAnswer(
        status,
        _flow(network, whole, simplex),
        details,
        price=_prices(network, whole, simplex),
        final=not simplex.loose and simplex.top == network.root,
        basis=simplex.basis(),
    )


def _flow(network: PureNetwork, whole: IntegerNetwork, simplex: Simplex) -> FloatArray:
    """Return the flow of a basis in the caller's quantities."""
    if whole.quantities.error and not simplex.loose:
        demand = network.demand.copy()
        demand[network.root] = -demand.sum()
        flow, size = simplex.true_flow(network.lower, network.capacity, demand)
        within = within_bounds(network, flow, size)
        if within is not None:
            return within
        refuse_coarse(network, whole, NAME)
    return whole.flow_of(network, simplex.flow)


def _prices(network: PureNetwork, whole: IntegerNetwork, simplex: Simplex) -> FloatArray:
    """Return the prices of a basis in the caller's costs, relative to the top of its tree."""
    if whole.costs.error:
        return simplex.prices(network.cost)
    potential = simplex.potential
    price: FloatArray = (potential - potential[simplex.top]) / whole.costs.factor
    return price


def load_kernels() -> float:
    """Compile the kernels, or load them from the cache; return the seconds that it took.

    Examples
    --------
    >>> load_kernels() < 3600
    True
    """
    began = time.perf_counter()
    _run_kernels()
    seconds = time.perf_counter() - began
    if seconds > _WORTH_TELLING:
        _LOG.info("kernels of the network simplex ready in %.2f s", seconds)
    return seconds


@cache
def _run_kernels() -> None:
    """Run each kernel once."""
    ends = np.array([0, 0, 1]), np.array([1, 2, 2])
    no_limit, free = np.full(3, np.inf), np.zeros(3)
    cost, demand = np.array([1.0, 1 / 3, 1.0]), np.array([0.0, 1.0, 1.0])
    network = PureNetwork(*ends, free, no_limit, cost, demand, 0)
    answer = solve_pure(network, Run(Options()))
    assert answer.flow is not None
    assert answer.price is not None
    marginal_prices(network, answer.flow, answer.price)
