"""The grids of a search, from a coarse to the finest one that is affordable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.inventory.safety_stock.grid import Grid, finest_grid, grid_of, horizon

if TYPE_CHECKING:
    from flowopt.inventory.safety_stock.layout import Variables
    from flowopt.inventory.safety_stock.problem import SafetyStockProblem

Floats = npt.NDArray[np.float64]

MOST_LABELS = 4e7
"""Labels in all messages together of an exact grid: 320 MB."""

MOST_ROUNDED = 1e7
"""Labels in all messages together of a grid that rounds times."""

LONGEST_ROUNDED = 20_000
"""Labels of a variable on a grid that rounds times."""

COARSEST, FACTOR = 120, 4


def levels_of(problem: SafetyStockProblem, variables: Variables) -> list[Grid]:
    """Return the grids, the coarsest first; the last is exact when that is affordable.

    Parameters
    ----------
    problem
        The stages and their links.
    variables
        Its variables.
    """
    inbound, service = horizon(problem)
    longest = max(inbound.max(initial=0.0), service.max(initial=0.0))
    finest = finest_grid(problem)
    if finest is None or _labels(variables, inbound, service, finest.tick) > MOST_LABELS:
        finest = _affordable(problem, variables, finest, longest)
    grids, ticks = [finest], finest.ticks
    while longest * finest.per / ticks > COARSEST:
        ticks *= FACTOR
        grids.append(grid_of(problem, ticks, finest.per))
    return grids[::-1]


def _labels(variables: Variables, inbound: Floats, service: Floats, tick: float) -> float:
    """Return about how many labels the messages have in all."""
    times = np.zeros(variables.count)
    for numbers, longest in ((variables.inbound, inbound), (variables.service, service)):
        there = numbers >= 0
        times[numbers[there]] = longest[there]
    ends = times[variables.earlier].sum() + times[variables.later].sum()
    return float(ends) / tick + 2 * len(variables.earlier)


def _affordable(
    problem: SafetyStockProblem, variables: Variables, finest: Grid | None, longest: float
) -> Grid:
    """Return the finest grid that is affordable, a multiple of the exact one if there is one."""
    inbound, service = horizon(problem)
    per = 100_000 if finest is None else finest.per
    ticks = 1 if finest is None else finest.ticks
    while (
        longest * per > LONGEST_ROUNDED * ticks
        or _labels(variables, inbound, service, ticks / per) > MOST_ROUNDED
    ):
        ticks *= 2
    return grid_of(problem, ticks, per)
