"""Exact dynamic programming where the links make a tree (Graves and Willems 2000)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.core.options import Run
from flowopt.inventory.safety_stock.engines import message_passing
from flowopt.inventory.safety_stock.layout import (
    Layout,
    Variables,
    domains,
    layout_of,
    variables_of,
)
from flowopt.inventory.safety_stock.levels import levels_of
from flowopt.inventory.safety_stock.passing import WORK_AT_ONCE, runs_of
from flowopt.inventory.safety_stock.solution import SafetyStockSolution
from flowopt.inventory.safety_stock.warmup import load_kernels

if TYPE_CHECKING:
    from flowopt.inventory.safety_stock.problem import SafetyStockProblem

NAME = "tree"
Ints = npt.NDArray[np.int64]


def solve(problem: SafetyStockProblem, run: Run) -> SafetyStockSolution:
    """Return the cheapest service times.

    Times that have no common divisor are rounded, down for the bound; the answer is then close to
    the best, with a bound that tells how close.

    Parameters
    ----------
    problem
        The stages and their links.
    run
        The live options.
    """
    run.discount(load_kernels())
    search = message_passing.Search(problem, run)
    variables = variables_of(problem)
    grids = levels_of(problem, variables)
    for grid in grids:
        if run.stopped(search.iterations):
            break
        layout = layout_of(problem, grid, variables, *domains(problem, grid, variables))
        found = best_choice(variables, layout, run)
        if found is None:
            break
        search.iterations += 1
        search.offer_choice(variables, layout, found[0], grid)
        search.raise_bound(found[1])
    if not grids[-1].exact:
        search.polish()
    return search.answer(NAME)


def best_choice(variables: Variables, layout: Layout, run: Run) -> tuple[Ints, float] | None:
    """Return the labels of least cost, and that cost, where the edges make trees.

    Parameters
    ----------
    variables, layout
        The variables, and their labels and costs.
    run
        Clock and cancel; None is returned when they end it on the way.
    """
    from flowopt.inventory.safety_stock.kernels import trees

    sequence, parent = _hung(variables)
    choice, cost = np.zeros(variables.count, dtype=np.int64), layout.unary.copy()
    total = layout.constant
    arrays = layout.offset, layout.edges, layout.table, cost, choice
    width = (layout.high - layout.low + 1).astype(np.float64)
    for begin, end in reversed(runs_of(width[sequence] ** 1.5, WORK_AT_ONCE)):
        if run.cancelled or run.remaining() <= 0:
            return None
        total += trees.pass_up(begin, end, sequence, parent, *arrays)
    trees.pass_down(sequence, parent, *arrays)
    return choice, total


def _hung(variables: Variables) -> tuple[Ints, Ints]:
    """Return the variables, each after the one it hangs on, and the edge by which it does."""
    parent = np.full(variables.count, -1, dtype=np.int64)
    seen = np.zeros(variables.count, dtype=np.bool_)
    sequence: list[int] = []
    for root in range(variables.count):
        if seen[root]:
            continue
        seen[root] = True
        place = len(sequence)
        sequence.append(root)
        while place < len(sequence):
            one = sequence[place]
            place += 1
            for edge in variables.incidence[variables.first[one] : variables.first[one + 1]]:
                other = int(variables.earlier[edge] + variables.later[edge] - one)
                if not seen[other]:
                    seen[other], parent[other] = True, edge
                    sequence.append(other)
    return np.array(sequence, dtype=np.int64), parent
