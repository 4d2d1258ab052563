"""Lot sizing by fix-and-optimise: a MIP solver decides some set-ups anew, the others stay.

From a first plan (by annealing where lots are a flow once the set-ups are known; else the
relaxation's set-ups that are whole stay, and the solver decides the rest), sets of set-ups are
freed in turn: all items over a span of periods, some items over all periods, or those on which the
plan and the relaxation differ; their size follows how quickly they are decided (Helber and Sahling,
A fix-and-optimize approach for the multi-level capacitated lot sizing problem, International
Journal of Production Economics 123, 2010). The bound is that of the relaxation, which is the one of
Lagrangian relaxation and column generation: single items are described exactly.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.core.options import Run
from flowopt.core.status import Limit, Status
from flowopt.inventory.lot_sizing.engines.annealing import annealed, fits, load_kernels
from flowopt.inventory.lot_sizing.engines.pipeline import (
    Task,
    answer,
    fits_strongly,
    given_start,
    start_from,
    task_of,
    unwritten,
)
from flowopt.solvers.highs import solve_linear
from flowopt.solvers.linear import LinearResult, with_values

if TYPE_CHECKING:
    from flowopt.inventory.lot_sizing.problem import LotSizingProblem
    from flowopt.inventory.lot_sizing.solution import LotSizingSolution

NAME = "fix_and_optimise"

FloatArray = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_SECONDS = 60.0  # when the caller sets neither a time nor an iteration limit
_FIRST_SIZE, _LEAST_SIZE = 60, 12  # set-ups freed at once
_PART, _QUICK = 0.1, 0.02  # of the time: most that a part may take, less than which is quick
_FIRST_GAP = 0.02
_PART_GAP = 1e-4  # at which a part is decided: what is left to gain is not worth its proof
_RELAXED = 0.5  # of the time left, for a relaxation: a plan without a bound is better than none
_ANNEALED = 0.25  # of the time, for a first plan by annealing
_STEPS, _MANY_LOTS = 50_000, 1_000  # of annealing without a time limit; fewer with more lots
_IDLE = 24  # parts in a row without gain after which larger ones are tried, if not by the clock
_WHOLE = 1e-6


def solve(problem: LotSizingProblem, run: Run) -> LotSizingSolution:
    """Solve a problem.

    Parameters
    ----------
    problem
        What to plan.
    run
        The live options.
    """
    strong = fits_strongly(problem, run)
    task = task_of(problem, run, strong=strong)
    if task is None:
        return unwritten(problem, run, NAME)
    relaxed = relaxation_of(task, run)
    if relaxed.status is Status.INFEASIBLE:
        return answer(task, relaxed, run, NAME)
    small = task_of(problem, run, strong=False) if strong else task
    if small is None:
        return unwritten(problem, run, NAME, relaxed.objective)
    limited = run.time_limit is not None or run.options.iteration_limit is not None
    search = Search(
        small, run if limited else run.part(_SECONDS), relaxation=None if strong else relaxed
    )
    start = given_start(search.task, run.options.initial, run)
    result = search.improved(search.first() if start is None else start, relaxed.objective)
    return answer(search.task, result, run, NAME, parts=search.count)


def relaxation_of(task: Task, run: Run) -> LinearResult:
    """Return how the relaxation of a model is solved; without values where it takes too long."""
    part = run.part(_RELAXED * run.remaining())
    return solve_linear(replace(task.linear, integer=None), part)


class Search:
    """A search for better plans of one problem, on its small model.

    Parameters
    ----------
    task
        The problem and its small model.
    run
        The live options.
    relaxation
        That of the model; None when it is not yet solved.
    """

    def __init__(self, task: Task, run: Run, relaxation: LinearResult | None = None) -> None:
        self.task, self.run = task, run
        self.random = np.random.default_rng(run.seed)
        self.count, self.size = 0, _FIRST_SIZE
        linear, setups = self.task.linear, self.task.setups
        relaxation = relaxation or relaxation_of(task, run)
        self.relaxation, self.bound = relaxation, relaxation.objective
        values = relaxation.values
        self.relaxed = None if values is None else values[setups[:, 0]]
        assert linear.integer is not None
        self.whole: Mask = linear.integer
        self.group = np.full(len(linear.cost), -1)  # the set-up that a whole column belongs to
        self.group[setups[:, 0]] = np.arange(len(setups))
        for key, packs in self.task.model.packs.items():
            setup = self.task.places[id(self.task.model.setup[key])]
            self.group[self.task.places[id(packs)]] = self.group[setup]

    def first(self) -> FloatArray | None:
        """Return a first plan; None when the time ends before there is one, or there is none."""
        return self._annealed() if fits(self.task.problem) else self._fixed()

    def _annealed(self) -> FloatArray | None:
        """Return the best plan of the set-ups that annealing finds; one found otherwise if none."""
        run, problem = self.run, self.task.problem
        run.discount(load_kernels())
        steps = None
        if run.time_limit is None:
            steps = _STEPS * _MANY_LOTS // max(_MANY_LOTS, problem.demand.size)
        setup = annealed(problem, run.part(_ANNEALED * run.remaining()), steps)
        plan = None if setup is None else start_from(self.task, setup.astype(np.float64), run)
        return self._fixed() if plan is None else plan

    def _fixed(self) -> FloatArray | None:
        """Return a plan with the set-ups that the relaxation settles; else the solver's first."""
        linear, run, column = self.task.linear, self.run, self.task.setups[:, 0]
        if self.relaxed is not None:
            columns = np.zeros(len(linear.cost))
            columns[column] = self.relaxed
            settled = np.zeros(len(columns), dtype=np.bool_)
            settled[column] = np.abs(self.relaxed - np.rint(self.relaxed)) <= _WHOLE
            seconds = run.remaining() / 4
            tried = self._decide(settled, columns, seconds, None, _PART_GAP)
            if tried.values is not None:
                return tried.values
        # what the relaxation settles may leave too little capacity
        return solve_linear(linear, run.part(run.remaining() / 2), gap=_FIRST_GAP).values

    def improved(self, columns: FloatArray | None, bound: float | None) -> LinearResult:
        """Return the best plan found from one on, and the bound.

        Parameters
        ----------
        columns
            (n,) values of a plan; None when there is none.
        bound
            The bound known.
        """
        if columns is None:
            ended = self.run.stopped() or Limit.TIME
            return LinearResult(Status.NO_SOLUTION_FOUND, ended, bound=bound)
        best = self._best(columns)
        return with_values(self.task.linear, best, bound, self.run.stopped())

    def _best(self, columns: FloatArray) -> FloatArray:
        """Return the best plan found from one on, until a limit, or all is decided at once."""
        linear, run = self.task.linear, self.run
        cost, idle = linear.objective(columns), 0
        while not run.stopped(self.count):
            free = self._choice(columns, min(self.size, len(self.task.setups)))
            self.count += 1
            before = run.elapsed
            result = self._decided_anew(columns, free)
            idle += 1
            if result.values is not None and linear.objective(result.values) < cost:
                columns, cost, idle = result.values, linear.objective(result.values), 0
            if free.all() and result.status is Status.OPTIMAL:
                break
            self._adapt(result.limit is not Limit.TIME, run.elapsed - before, idle)
            run.report(cost, None, self.count)
        return columns

    def _decided_anew(self, columns: FloatArray, free: Mask) -> LinearResult:
        """Return the best plan that differs in free set-ups only."""
        limit = self.run.time_limit
        fixed = self.whole & ~np.append(free, False)[self.group]  # -1 is of no set-up
        seconds = math.inf if limit is None else _PART * limit
        return self._decide(fixed, columns, seconds, columns, 0.0 if free.all() else _PART_GAP)

    def _adapt(self, proven: bool, seconds: float, idle: int) -> None:
        """Free more set-ups when they are decided quickly, fewer when not."""
        if self.run.time_limit is None:  # the same search whatever the clock says
            self.size += 4 if idle and idle % _IDLE == 0 else 0
        elif not proven:
            self.size = max(_LEAST_SIZE, int(self.size * 0.85))
        elif seconds < _QUICK * self.run.time_limit:
            self.size = max(self.size + 1, int(self.size * 1.05))

    def _decide(
        self,
        fixed: Mask,
        columns: FloatArray,
        seconds: float,
        start: FloatArray | None,
        gap: float,
    ) -> LinearResult:
        """Return the best plan with some whole columns as they are."""
        linear = self.task.linear
        lower = np.where(fixed, np.rint(columns), linear.lower)
        upper = np.where(fixed, np.rint(columns), linear.upper)
        part = replace(linear, lower=lower, upper=upper)
        return solve_linear(part, self.run.part(seconds), gap=gap, start=start)

    def _choice(self, columns: FloatArray, size: int) -> Mask:
        """Return which set-ups to decide anew."""
        column, item, period = self.task.setups.T
        items, periods = self.task.problem.shape
        free = np.zeros(len(column), dtype=np.bool_)
        kind = self.count % 3
        if kind == 2 and self.relaxed is not None:
            apart = np.abs(columns[column] - self.relaxed) + 0.5 * self.random.random(len(column))
            free[np.argsort(-apart, kind="stable")[:size]] = True
            return free
        if kind == 1:
            some = self.random.permutation(items)[: max(1, round(size / periods))]
            return np.isin(item, some)
        length = max(1, min(periods, round(size / items)))
        first = int(self.random.integers(0, periods - length + 1))
        free[(period >= first) & (period < first + length)] = True
        return free
