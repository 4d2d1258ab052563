"""Lot sizing by fix-and-optimise: a MIP solver decides some set-ups anew, the others stay.

From a first plan (the relaxation's set-ups that are whole stay, the solver decides the rest), sets
of set-ups are freed in turn: all items over a span of periods, some items over all periods, or
those on which the plan and the relaxation differ; their size follows how quickly they are decided
(Helber and Sahling, A fix-and-optimize approach for the multi-level capacitated lot sizing problem,
International Journal of Production Economics 123, 2010). The bound is that of the relaxation, which
is the one of Lagrangian relaxation and column generation: single items are described exactly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.core.options import Run
from flowopt.core.status import Limit, Status
from flowopt.inventory.lot_sizing.engines.pipeline import Task, answer, given_start, task_of
from flowopt.solvers.highs import solve_linear
from flowopt.solvers.linear import LinearResult, with_values

if TYPE_CHECKING:
    from flowopt.inventory.lot_sizing.problem import LotSizingProblem
    from flowopt.inventory.lot_sizing.solution import LotSizingSolution

NAME = "fix_and_optimise"

FloatArray = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_SECONDS = 60.0  # when the caller sets neither a time nor an iteration limit
_FIRST_SIZE, _LEAST_SIZE = 50, 12  # set-ups freed at once
_PART, _QUICK = 0.08, 0.02  # of the time: most that a part may take, less than which is quick
_IDLE = 24  # parts in a row without gain, all proven, after which larger ones are tried
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
    task = task_of(problem)
    relaxed = solve_linear(replace(task.linear, integer=None), run)
    if relaxed.values is None:
        return answer(task, relaxed, run, NAME)
    start = given_start(task, run.options.initial, run)
    limited = run.time_limit is not None or run.options.iteration_limit is not None
    search = Search(task, run if limited else run.part(_SECONDS), relaxed.values)
    found = search.first() if start is None else start
    if found is None:
        ended = search.run.stopped() or Limit.TIME
        lost = LinearResult(Status.NO_SOLUTION_FOUND, ended, bound=relaxed.objective)
        return answer(task, lost, run, NAME)
    found = search.improved(found)
    result = with_values(task.linear, found, relaxed.objective, search.run.stopped())
    return answer(task, result, run, NAME, parts=search.count)


@dataclass
class Search:
    """A search of one problem.

    Parameters
    ----------
    task
        What to solve.
    run
        The live options.
    relaxed
        (n,) values of the relaxation, by which set-ups are chosen; None where there are none.
    """

    task: Task
    run: Run
    relaxed: FloatArray | None

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.run.seed)
        self.count = 0
        self.size = _FIRST_SIZE
        linear = self.task.linear
        assert linear.integer is not None
        self.whole: Mask = linear.integer
        self.group = np.full(len(linear.cost), -1)  # the set-up that a whole column belongs to
        column, item, period = self.task.setups.T
        self.group[column] = np.arange(len(column))
        place = {
            (i, t): row
            for row, (i, t) in enumerate(zip(item.tolist(), period.tolist(), strict=True))
        }
        for key, packs in self.task.model.packs.items():
            self.group[self.task.places[id(packs)]] = place[key[0], key[1]]

    def first(self) -> FloatArray | None:
        """Return a first plan; None when the time ends before there is one."""
        assert self.relaxed is not None
        linear, run = self.task.linear, self.run
        settled = self.whole & (np.abs(self.relaxed - np.rint(self.relaxed)) <= _WHOLE)
        tried = self._decide(settled, self.relaxed, run.remaining() / 4, None)
        if tried.values is not None:
            return tried.values
        while not run.stopped():  # what the relaxation settles may leave too little capacity
            result = solve_linear(linear, run.part(run.remaining() / 2), gap=0.02)
            if result.values is not None or result.status is Status.INFEASIBLE:
                return result.values
        return None

    def improved(self, columns: FloatArray) -> FloatArray:
        """Return the best plan found from one on, until a limit, or nothing is gained any more.

        Parameters
        ----------
        columns
            (n,) values of a plan.
        """
        linear, run = self.task.linear, self.run
        cost, idle, num_setups = linear.objective(columns), 0, len(self.task.setups)
        seconds = run.remaining() * _PART
        while not run.stopped(self.count):
            free = self._choice(columns, min(self.size, num_setups))
            self.count += 1
            before = run.elapsed
            fixed = self.whole & ~(free[self.group] & (self.group >= 0))
            result = self._decide(fixed, columns, seconds, columns)
            proven = result.status is Status.OPTIMAL
            gained = result.objective is not None and result.objective < cost - 1e-9 * abs(cost)
            if gained and result.values is not None and result.objective is not None:
                columns, cost = result.values, result.objective
            idle = 0 if gained else idle + 1
            if proven and free.all():
                break
            self._adapt(proven, run.elapsed - before, idle)
            run.report(cost, None, self.count)
        return columns

    def _adapt(self, proven: bool, seconds: float, idle: int) -> None:
        """Free more set-ups when they are decided quickly, fewer when not."""
        if self.run.time_limit is None:  # the same search whatever the clock says
            self.size += 4 if idle and idle % _IDLE == 0 else 0
        elif not proven:
            self.size = max(_LEAST_SIZE, int(self.size * 0.85))
        elif seconds < _QUICK * self.run.time_limit:
            self.size = max(self.size + 1, int(self.size * 1.05))

    def _decide(
        self, fixed: Mask, columns: FloatArray, seconds: float, start: FloatArray | None
    ) -> LinearResult:
        """Return the best plan with some whole columns as they are."""
        linear = self.task.linear
        lower = np.where(fixed, np.rint(columns), linear.lower)
        upper = np.where(fixed, np.rint(columns), linear.upper)
        part = replace(linear, lower=lower, upper=upper)
        return solve_linear(part, self.run.part(seconds or math.inf), start=start)

    def _choice(self, columns: FloatArray, size: int) -> Mask:
        """Return which set-ups to decide anew."""
        column, item, period = self.task.setups.T
        items, periods = self.task.problem.shape
        free = np.zeros(len(column), dtype=np.bool_)
        kind = self.count % 3
        if kind == 2 and self.relaxed is not None:
            apart = np.abs(columns[column] - self.relaxed[column])
            apart = apart + 0.5 * self.random.random(len(column))
            free[np.argsort(-apart, kind="stable")[:size]] = True
        elif kind == 1:
            some = self.random.permutation(items)[: max(1, round(size / periods))]
            free[np.isin(item, some)] = True
        else:
            length = max(1, round(size / items))
            first = int(self.random.integers(0, max(1, periods - length + 1)))
            free[(period >= first) & (period < first + length)] = True
        return free
