"""Minimum-cost flow as a linear program by HiGHS, in floats."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from flowopt.core.options import Run
from flowopt.core.status import Status
from flowopt.flow.expansion import FloatArray, PureNetwork
from flowopt.flow.pipeline import PureAnswer, solve_expanded
from flowopt.flow.scaling import on_bounds
from flowopt.solvers.highs import solve_linear
from flowopt.solvers.linear import LinearModel

if TYPE_CHECKING:
    from flowopt.flow.problem import FlowProblem
    from flowopt.flow.solution import FlowSolution

NAME = "highs"
_LARGEST_BITS = 10  # of the numbers that HiGHS is given
_LARGEST_EXPONENT = 1000  # of a float, with room to multiply
_AT_BOUND = 1e-9  # how near a bound HiGHS leaves a flow that is on it


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
    limits = network.capacity[(network.cost < 0) & np.isfinite(network.capacity)]
    quantity = max(1.0, _factor(network.demand, network.lower, limits))
    price = _factor(network.cost)  # what is lost of small ones is mended by `certify`
    scaled = replace(
        network,
        lower=network.lower * quantity,
        capacity=network.capacity * quantity,
        demand=network.demand * quantity,
        cost=network.cost * price,
    )
    result = solve_linear(as_model(scaled), run, presolve=False)
    details = {
        "simplex_iterations": result.iterations,
        "quantity_factor": quantity,
        "cost_factor": price,
    }
    if result.values is None:
        return PureAnswer(result.status, None, details)
    flow = on_bounds(scaled, result.values, _AT_BOUND, np.minimum) / quantity
    return PureAnswer(Status.OPTIMAL, flow, details)


def _factor(*columns: FloatArray) -> float:
    """Return a power of two that makes the largest number some hundreds.

    HiGHS takes what is below 10⁻⁷ for nothing, whatever the unit.
    """
    largest = max(float(np.abs(column).max(initial=0.0)) for column in columns)
    if largest == 0:
        return 1.0
    return float(2.0 ** min(_LARGEST_BITS - math.frexp(largest)[1], _LARGEST_EXPONENT))


def as_model(network: PureNetwork) -> LinearModel:
    """Return the linear program: one column an arc, one row a node.

    The root has no row: it gives what the others take, and its equation is the sum of theirs.

    Parameters
    ----------
    network
        Nodes and arcs.
    """
    from scipy.sparse import coo_array

    arcs = np.arange(network.num_arcs)
    ends = np.concatenate([network.target, network.source])
    signs = np.repeat([1.0, -1.0], network.num_arcs)
    kept = ends != network.root
    row = (ends - (ends > network.root))[kept]
    shape = (network.num_nodes - 1, network.num_arcs)
    matrix = coo_array((signs[kept], (row, np.tile(arcs, 2)[kept])), shape=shape).tocsc()
    demand = np.delete(network.demand, network.root)
    return LinearModel(network.cost, network.lower, network.capacity, matrix, demand, demand)
