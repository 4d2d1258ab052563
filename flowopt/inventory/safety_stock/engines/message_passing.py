"""Any acyclic network: message passing for a bound and an answer, CP-SAT where they differ.

The sweeps raise a lower bound, and what the messages point to is made an answer after each. In
large networks they begin on a coarse grid, whose messages the next finer one takes over. Where the
sweeps end below the best answer, a local search improves it, and CP-SAT proves what it can.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.core.options import Run
from flowopt.core.status import Limit, Status
from flowopt.inventory.safety_stock.layout import (
    Layout,
    Variables,
    domains,
    layout_of,
    variables_of,
)
from flowopt.inventory.safety_stock.levels import levels_of
from flowopt.inventory.safety_stock.solution import SafetyStockSolution
from flowopt.inventory.safety_stock.times import Settler, Times
from flowopt.inventory.safety_stock.warmup import load_kernels

if TYPE_CHECKING:
    from flowopt.inventory.safety_stock.grid import Grid
    from flowopt.inventory.safety_stock.passing import Passing
    from flowopt.inventory.safety_stock.problem import SafetyStockProblem

NAME = "message_passing"
PROVEN = 1e-9
"""Relative distance of cost and bound at which they are the same."""

PATIENCE = 40
"""Sweeps over which a bound must close some of the gap for the sweeps to go on."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def solve(problem: SafetyStockProblem, run: Run) -> SafetyStockSolution:
    """Return good service times and a bound; the best ones when they meet.

    Parameters
    ----------
    problem
        The stages and their links.
    run
        The live options.
    """
    run.discount(load_kernels())
    search = Search(problem, run)
    search.through_levels()
    return search.answer(NAME)


def wish_of(variables: Variables, layout: Layout, choice: Ints) -> Floats:
    """Return (n,) the service times chosen, in ticks; inf for those nobody is waiting for.

    Parameters
    ----------
    variables, layout
        The variables and their labels.
    choice
        (V,) label of each variable.
    """
    service = np.full(len(variables.service), np.inf)
    quoted = variables.service >= 0
    chosen = variables.service[quoted]
    service[quoted] = layout.low[chosen] + choice[chosen]
    return service


class Search:
    """The best times and the bound of a search under way.

    Parameters
    ----------
    problem
        The stages and their links.
    run
        The live options.
    """

    def __init__(self, problem: SafetyStockProblem, run: Run) -> None:
        self.problem, self.run = problem, run
        self.settle = Settler(problem)
        self.iterations = 0
        self.limit: Limit | None = None  # that stopped a part of the search
        self.bound = 0.0  # no stock costs less than nothing
        self.grid: Grid | None = None
        self.best: Times = self.settle(np.zeros(problem.num_stages))
        self._take(self.settle(np.full(problem.num_stages, np.inf)))
        initial = run.options.initial
        known = isinstance(initial, SafetyStockSolution) and initial.status.has_solution
        if known and len(initial.service_time) == problem.num_stages:
            self._take(self.settle(initial.service_time))

    @property
    def proven(self) -> bool:
        """Whether the best times are the best there are."""
        return self.best.cost - self.bound <= PROVEN * self.best.cost

    def _take(self, times: Times) -> None:
        if times.cost < self.best.cost:
            self.best = times

    def offer_choice(self, variables: Variables, layout: Layout, choice: Ints, grid: Grid) -> None:
        """Make times of labels, and keep them when they are the best so far.

        Parameters
        ----------
        variables, layout
            The variables and their labels.
        choice
            (V,) label of each variable.
        grid
            The grid that they are of.
        """
        self.offer(wish_of(variables, layout, choice), grid)

    def offer(self, wish: Floats, grid: Grid) -> None:
        """Make times of service times in ticks, and keep them when they are the best so far.

        Parameters
        ----------
        wish
            (n,) service times in ticks.
        grid
            The grid that they are of.
        """
        self._take(self.settle(grid.periods(wish)))

    def raise_bound(self, bound: float) -> None:
        """Take note of a lower bound.

        Parameters
        ----------
        bound
            What no times can beat.
        """
        self.bound = min(max(self.bound, bound), self.best.cost)
        self.run.report(self.best.cost, self.bound, self.iterations)

    def through_levels(self) -> None:
        """Sweep on every grid, then close the gap on the finest or improve by linear programs."""
        from flowopt.inventory.safety_stock.passing import Passing

        problem, variables = self.problem, variables_of(self.problem)
        self.run.report(self.best.cost, None, 0)
        coarser: tuple[Passing, Grid] | None = None
        passing: Passing | None = None
        grids = levels_of(problem, variables) if not self._stopped() else []
        for grid in grids:
            if self._stopped() or self.proven:
                return
            low, high = domains(problem, grid, variables)
            passing = Passing(variables, layout_of(problem, grid, variables, low, high))
            if coarser is not None:
                passing.take_over(coarser[0], grid.tick / coarser[1].tick, self.run)
            self.sweep(passing, grid, last=grid is grids[-1])
            coarser = passing, grid
        if passing is None or coarser is None or self._stopped() or self.proven:
            return
        if coarser[1].exact:
            self._close(passing, coarser[1])
        else:
            self.polish()

    def polish(self) -> None:
        """Improve the best times by linear programs, where they are on no exact grid."""
        from flowopt.inventory.safety_stock.polish import polished

        if not self._stopped() and not self.proven:
            self._take(polished(self.problem, self.settle, self.best, self.run))

    def _close(self, passing: Passing, grid: Grid) -> None:
        """Improve the best times of an exact grid, and prove them where that can be done."""
        from flowopt.inventory.safety_stock import closing
        from flowopt.inventory.safety_stock.forests import search_forests

        search_forests(self, passing, grid)
        size = len(passing.layout.unary) + len(passing.layout.table)
        if size <= closing.MOST_LABELS and not self._stopped() and not self.proven:
            closing.close(self, passing.variables, passing.layout, grid)

    def sweep(self, passing: Passing, grid: Grid, *, last: bool) -> None:
        """Pass messages until answer and bound meet, or the bound hardly rises.

        Parameters
        ----------
        passing
            The messages.
        grid
            The grid that they are of.
        last
            Whether it is the finest.
        """
        seen: list[float] = []
        patience, share = (PATIENCE, 0.02) if last else (5, 0.05)
        while not self._stopped() and not self.proven:
            bound = self.one_sweep(passing, grid)
            if bound is None:
                return
            self.raise_bound(bound)
            seen.append(bound)
            if len(seen) > patience:
                gap = self.best.cost - bound
                if seen[-1] - seen[-1 - patience] < max(share * gap, PROVEN * bound):
                    return

    def one_sweep(self, passing: Passing, grid: Grid) -> float | None:
        """Pass messages down and up, offer what they point to, and return the bound.

        Parameters
        ----------
        passing
            The messages.
        grid
            The grid that they are of.
        """
        self.iterations += 1
        if passing.sweep(False, self.run) is None:
            return None
        self.offer_choice(passing.variables, passing.layout, passing.choice, grid)
        return passing.sweep(True, self.run)

    def _stopped(self) -> Limit | None:
        return self.run.stopped(self.iterations)

    def answer(self, engine: str) -> SafetyStockSolution:
        """Return the solution.

        Parameters
        ----------
        engine
            Name of the engine.
        """
        cost = self.best.cost
        bound = cost if self.proven else min(self.bound, cost)
        limit = None if self.proven else self._stopped() or self.limit
        status = Status.OPTIMAL if self.proven else Status.FEASIBLE
        self.run.report(cost, bound, self.iterations)
        outcome = self.run.outcome(
            status,
            engine,
            cost=cost,
            bound=bound,
            limit=limit,
            iterations=self.iterations,
        )
        return SafetyStockSolution.of(self.problem, self.best, outcome)
