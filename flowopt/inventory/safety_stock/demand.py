"""Demand and cost that reach each stage: paths to outside demand, pooling, costs added up.

A stage meets a share of every outside demand that paths lead to: the units of it in a unit there,
over all paths (Humair and Willems: Optimizing strategic safety stock placement in general acyclic
networks, Operations Research 59, 2011, appendix 2.4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.inventory.safety_stock.validation import safety_factors

if TYPE_CHECKING:
    from flowopt.inventory.safety_stock.problem import SafetyStockProblem

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class StageDemand:
    """What reaches each stage.

    Parameters
    ----------
    mean
        (n,) mean demand, units per period.
    spread
        (n,) safety stock for one period of demand; it grows with the root of the time.
    time_spread
        (n,) safety stock for the stage time's own variation.
    """

    mean: Floats
    spread: Floats
    time_spread: Floats


def demand_of(problem: SafetyStockProblem) -> StageDemand:
    """Return the demand that reaches each stage.

    Parameters
    ----------
    problem
        The stages and their links.
    """
    stages = problem.stages
    own_mean = np.nan_to_num(stages["demand_mean"], nan=0.0)
    factor = safety_factors(stages)
    outside = np.flatnonzero((own_mean > 0) | (stages["demand_sd"] > 0))
    if not len(outside):
        zeros = np.zeros(len(own_mean))
        return StageDemand(zeros, zeros, zeros)
    units = _units(problem, outside)
    means: Floats = units @ own_mean[outside]
    covered: Floats = units @ (factor * own_mean)[outside]
    spread = _pooled(units, (factor * stages["demand_sd"])[outside], stages["risk_pooling"])
    return StageDemand(means, spread, covered * stages["stage_time_sd"])


def _units(problem: SafetyStockProblem, outside: npt.NDArray[np.int64]) -> Any:
    """Return (n, k) sparse units of each stage in a unit of each outside demand."""
    from scipy.sparse import csr_array

    num_stages = problem.num_stages
    size = (num_stages, num_stages)
    step = csr_array((problem.links["quantity"], (problem.source, problem.target)), shape=size)
    ones, columns = np.ones(len(outside)), np.arange(len(outside))
    shown = csr_array((ones, (outside, columns)), shape=(num_stages, len(outside)))
    units = shown
    while shown.nnz:  # paths of one more link each time: there is no cycle
        shown = step @ shown
        units = units + shown
    return units.tocsr()


def _pooled(units: Any, deviation: Floats, power: Floats) -> Floats:
    """Return (n,) norms of order p of what each stage holds for each outside demand."""
    row = np.repeat(np.arange(len(power)), np.diff(units.indptr))
    parts = units.data * deviation[units.indices]
    largest = np.zeros(len(power))
    np.maximum.at(largest, row, parts)
    scale = np.where(largest > 0, largest, 1.0)
    finite = np.where(np.isinf(power), 1.0, power)
    total = np.bincount(row, (parts / scale[row]) ** finite[row], len(power))
    return np.where(np.isinf(power), largest, scale * total ** (1 / finite))


def costs_added_up(problem: SafetyStockProblem) -> Floats:
    """Return (n,) cost of a unit at each stage: what it and its inputs add.

    Parameters
    ----------
    problem
        The stages and their links.
    """
    cost: Floats = problem.stages["added_cost"].copy()
    by_target = np.argsort(problem.target, kind="stable")
    first = np.searchsorted(problem.target[by_target], np.arange(problem.num_stages + 1))
    for stage in problem.order:
        links = by_target[first[stage] : first[stage + 1]]
        cost[stage] += problem.links["quantity"][links] @ cost[problem.source[links]]
    return cost
