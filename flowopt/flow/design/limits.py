"""The limits on a design as a whole, as part of the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.flow.design.states import CLOSED, FREE, OPEN

if TYPE_CHECKING:
    from flowopt.flow.design.builder import Builder
    from flowopt.flow.design.problem import DesignProblem

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]


def add_limits(builder: Builder) -> None:
    """Add the limits on the design as a whole.

    Parameters
    ----------
    builder
        The model under way.
    """
    problem, reach = builder.problem, builder.reach
    opened = builder.columns["open"]
    columns = np.arange(builder.size)[opened.places]
    forced = int((problem.site_states == OPEN).sum())
    low = 0 if problem.min_sites is None else problem.min_sites
    high = np.inf if problem.max_sites is None else problem.max_sites
    if low > 0 or np.isfinite(high):
        _limit(builder, "number_of_sites", columns, 1.0, low - forced, high - forced)
    if np.isfinite(problem.budget):
        _budget(builder, columns)
    carried = problem.emissions[reach.lane] * problem.commodity_weight[reach.commodity]
    if np.isfinite(problem.max_emissions):
        _limit(builder, "max_emissions", builder.flow, carried, -np.inf, problem.max_emissions)
    if np.isfinite(problem.max_mean_distance):
        most = problem.max_mean_distance * problem.demand.sum()
        _limit(
            builder, "max_mean_distance", builder.flow, last_leg(problem)[reach.lane], -np.inf, most
        )


def _budget(builder: Builder, opened: IndexArray) -> None:
    problem = builder.problem
    use = builder.columns["use"]
    modules = builder.module
    columns = np.concatenate([opened, np.arange(builder.size)[use.places], modules])
    costs = np.concatenate(
        [np.concatenate(builder.cost)[columns[: len(opened) + use.size]], problem.module_cost]
    )
    _limit(builder, "budget", columns, costs, -np.inf, problem.budget - fixed_spending(problem))


def _limit(
    builder: Builder, name: str, columns: IndexArray, values: Any, low: float, high: float
) -> None:
    rows = np.zeros(len(columns), dtype=np.int64)
    builder.rows.add(name, (np.zeros(1, dtype=np.int64),), 1, low, high, (rows, columns, values))


def fixed_spending(problem: DesignProblem) -> float:
    """Return the fixed costs of what is there or open without a decision."""
    kept = (
        (problem.site_states, problem.site_fixed_cost),
        (problem.lane_states, problem.fixed_cost),
    )
    return sum(
        float(cost[np.isin(states, (FREE, CLOSED), invert=True)].sum()) for states, cost in kept
    )


def last_leg(problem: DesignProblem) -> FloatArray:
    """Return the length of each lane that leads to demand, 0 for all others."""
    wanting = problem.wanting
    legs: FloatArray = np.where(wanting[problem.target], problem.distance, 0.0)
    return legs
