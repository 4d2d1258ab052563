"""Local search: the best times of a random forest of stages, the others held, again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flowopt.inventory.safety_stock.closing import labels_of
from flowopt.inventory.safety_stock.kernels.forests import improve

if TYPE_CHECKING:
    from flowopt.inventory.safety_stock.engines.message_passing import Search
    from flowopt.inventory.safety_stock.grid import Grid
    from flowopt.inventory.safety_stock.passing import Passing

_PATIENCE = 60
"""Forests in a row that change nothing, after which the search ends."""

_TINY = 1e-12


def search_forests(search: Search, passing: Passing, grid: Grid) -> None:
    """Improve the best times of a search, on an exact grid.

    Parameters
    ----------
    search
        The search; its best times are changed.
    passing
        The labels and costs on the grid.
    grid
        The grid.
    """
    variables, layout = passing.variables, passing.layout
    generator = np.random.default_rng(search.run.seed)
    idle = 0
    while idle < _PATIENCE and not search.proven:
        if search.run.stopped(search.iterations):
            return
        before = search.best.cost
        choice = labels_of(search, variables, layout, grid)
        improve(
            generator.permutation(variables.count),
            layout.unary,
            layout.offset,
            variables.incidence,
            variables.first,
            layout.edges,
            layout.table,
            choice,
        )
        search.iterations += 1
        search.offer_choice(variables, layout, choice, grid)
        search.run.report(search.best.cost, search.bound, search.iterations)
        idle = 0 if search.best.cost < before * (1 - _TINY) else idle + 1
