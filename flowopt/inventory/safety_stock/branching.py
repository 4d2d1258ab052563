"""Divide and conquer where the bound of the sweeps stays below the best answer."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.inventory.safety_stock.layout import layout_of
from flowopt.inventory.safety_stock.passing import Passing

if TYPE_CHECKING:
    from flowopt.inventory.safety_stock.engines.message_passing import Search
    from flowopt.inventory.safety_stock.grid import Grid

Ints = npt.NDArray[np.int64]

SWEEPS = 30
"""Most sweeps for one part of the labels."""


@dataclass(order=True)
class _Part:
    """Some of the labels: what they cost at least, and where to divide them."""

    bound: float
    number: int
    low: Ints = field(compare=False)
    high: Ints = field(compare=False)
    variable: int = field(compare=False)
    label: int = field(compare=False)


def branch(search: Search, root: Passing, grid: Grid) -> None:
    """Divide the labels until no part can hold anything better, or the search is stopped.

    Parameters
    ----------
    search
        The best times and the bound.
    root
        The messages for all labels, from which those of every part begin.
    grid
        The grid that they are of.
    """
    first = _part(root, search.bound, 0)
    parts = [] if first is None else [first]
    number = 0
    while parts and not search.proven:
        part = heapq.heappop(parts)
        if search.run.stopped(search.iterations):
            return
        for low, high in _halves(part):
            if not tighten(root, low, high):
                continue
            number += 1
            search.nodes += 1
            part_layout = layout_of(search.problem, grid, root.variables, low, high)
            passing = Passing(root.variables, part_layout)
            passing.take_over(root, 1.0)
            bound = _swept(search, passing, grid, part.bound)
            if bound is None:
                heapq.heappush(parts, part)  # it is still to be divided
                return
            child = _part(passing, bound, number)
            if child is not None and bound < search.best.cost * (1 - 1e-10):
                heapq.heappush(parts, child)
        least = parts[0].bound if parts else search.best.cost
        search.raise_bound(min(least, search.best.cost))


def _swept(search: Search, passing: Passing, grid: Grid, bound: float) -> float | None:
    """Return the bound of a part after some sweeps; None when stopped."""
    for _ in range(SWEEPS):
        before = bound
        found = search.one_sweep(passing, grid)
        if found is None:
            return None
        bound = max(bound, found)
        gap = search.best.cost - bound
        if gap <= 1e-10 * search.best.cost or bound - before < 0.02 * gap:
            break
    return bound


def _part(passing: Passing, bound: float, number: int) -> _Part | None:
    """Return a part with the variable whose best labels lie farthest apart."""
    layout, spread = passing.layout, passing.spread
    width = spread[:, 1] - spread[:, 0]
    variable = int(width.argmax())
    middle = (spread[variable, 0] + spread[variable, 1]) // 2
    if width[variable] == 0:  # one choice is left for each, but they do not fit together
        wide = layout.high - layout.low
        variable = int(wide.argmax())
        if wide[variable] == 0:
            return None
        middle = min(passing.choice[variable], wide[variable] - 1)
    label = int(layout.low[variable] + middle)
    return _Part(bound, number, layout.low, layout.high, variable, label)


def _halves(part: _Part) -> list[tuple[Ints, Ints]]:
    """Return the labels up to the dividing one, and those above it."""
    below, above = part.high.copy(), part.low.copy()
    below[part.variable], above[part.variable] = part.label, part.label + 1
    return [(part.low.copy(), below), (above, part.high.copy())]


def tighten(root: Passing, low: Ints, high: Ints) -> bool:
    """Take away labels that no others fit; return whether some are left for every variable.

    Parameters
    ----------
    root
        The messages for all labels, whose edges say what fits.
    low, high
        (V,) labels; changed.
    """
    edges, base = root.layout.edges, root.layout.low
    earlier, later = edges[:, 0], edges[:, 1]
    gap = edges[:, 3] - base[earlier] + base[later]
    links = edges[:, 2] < 0
    ahead, stage = earlier[links], earlier[~links]
    behind, service = later[links], later[~links]
    while (low <= high).all():
        before = low.copy(), high.copy()
        np.maximum.at(low, behind, low[ahead] + gap[links])
        np.minimum.at(high, ahead, high[behind] - gap[links])
        np.minimum.at(high, service, high[stage] + gap[~links])
        np.maximum.at(low, stage, low[service] - gap[~links])
        if (before[0] == low).all() and (before[1] == high).all():
            return True
    return False
