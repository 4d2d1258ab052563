"""Piecewise costs: what a facility pays for what it carries, and their part of the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from flowopt.flow.design.builder import Builder
    from flowopt.flow.design.problem import DesignProblem

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]
_SAME = 1e-9  # relative distance at which two lines meet


def step_ends(problem: DesignProblem) -> FloatArray:
    """Return where each row of steps ends: where the next of its facility begins, or inf."""
    ends = np.full(len(problem.step_on), np.inf)
    order = np.lexsort((problem.step_from, problem.step_on))
    on = problem.step_on[order]
    followed = np.flatnonzero(on[1:] == on[:-1])
    ends[order[followed]] = problem.step_from[order[followed + 1]]
    return ends


def is_envelope(
    start: FloatArray, end: FloatArray, unit_cost: FloatArray, fixed: FloatArray
) -> bool:
    """Return whether each line is the lowest where it holds.

    Then the cost is concave, the least of the lines, which need not be told where they hold.

    Examples
    --------
    >>> lines = np.array([0.0, 10.0]), np.array([10.0, np.inf]), np.array([3.0, 2.0])
    >>> is_envelope(*lines, np.array([0.0, 10.0])), is_envelope(*lines, np.array([0.0, 5.0]))
    (True, False)
    """
    for row in range(len(start)):
        for place in (start[row], end[row]):
            if np.isinf(place):
                if (unit_cost < unit_cost[row]).any():
                    return False
                continue
            costs = fixed + unit_cost * place
            if costs[row] > costs.min() + _SAME * max(1.0, abs(costs[row])):
                return False
    return True


def add_steps(builder: Builder) -> None:
    """Add the choice of one row for each facility and period that has steps.

    Parameters
    ----------
    builder
        The model under way.
    """
    problem, periods = builder.problem, len(builder.problem.period_id)
    rows = np.arange(len(problem.step_on))
    row, period = np.repeat(rows, periods), np.tile(np.arange(periods), len(rows))
    chosen = builder.add("step", (row, period), problem.step_fixed[row], 0.0, 1.0, whole=True)
    part = builder.add("part", (row, period), problem.step_unit_cost[row], 0.0, np.inf)
    if not len(rows):
        return
    facilities = np.unique(problem.step_on)
    place = np.searchsorted(facilities, problem.step_on)[row] * periods + period
    keys = builder.each_period(facilities)
    taken = builder.taken(facilities)
    builder.rows.add(
        "step_flow",
        keys,
        len(taken),
        -taken,
        -taken,
        *builder.throughput(facilities),
        (place, part, -1.0),
    )
    gate = np.concatenate([builder.open_of, builder.use_of])[facilities]
    most = np.where(np.repeat(gate, periods) >= 0, 0.0, 1.0)
    builder.rows.add(
        "step_choice",
        keys,
        len(taken),
        -np.inf,
        most,
        (place, chosen, 1.0),
        builder.gate_entries(facilities, -1.0),
    )
    _add_bounds(builder, row, period, chosen, part)


def _add_bounds(
    builder: Builder, row: IndexArray, period: IndexArray, chosen: IndexArray, part: IndexArray
) -> None:
    """Bind the flow of each row to where it holds."""
    problem = builder.problem
    low, high = problem.step_from.copy(), step_ends(problem)
    for facility in np.unique(problem.step_on):
        mine = np.flatnonzero(problem.step_on == facility)
        lines = problem.step_unit_cost[mine], problem.step_fixed[mine]
        if is_envelope(low[mine], high[mine], *lines):
            low[mine], high[mine] = 0.0, np.inf
    most = builder.through_most[problem.step_on]
    high = np.minimum(high, most)
    ranks: Any = np.arange(len(row))
    builder.rows.add(
        "step_end",
        (row, period),
        len(row),
        -np.inf,
        0.0,
        (ranks, part, 1.0),
        (ranks, chosen, -high[row]),
    )
    late = np.flatnonzero(low[row] > 0)
    ranks = np.arange(len(late))
    builder.rows.add(
        "step_start",
        (row[late], period[late]),
        len(late),
        0.0,
        np.inf,
        (ranks, part[late], 1.0),
        (ranks, chosen[late], -low[row][late]),
    )
