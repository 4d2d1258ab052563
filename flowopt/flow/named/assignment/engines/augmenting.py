"""Assignment by shortest augmenting paths, compiled (Jonker, Volgenant 1987)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flowopt.core.options import Run
from flowopt.core.status import Status
from flowopt.flow.named.assignment.check import assignment_cost
from flowopt.flow.named.assignment.explanation import explain_few
from flowopt.flow.named.assignment.problem import AssignmentProblem
from flowopt.flow.named.assignment.solution import AssignmentSolution, AssignmentValues
from flowopt.flow.named.base import FloatArray, IndexArray, found, without
from flowopt.flow.named.warmup import load_assignment_kernels

NAME = "augmenting"
_PASSES = 2  # of the reduction of rows; more find little
_STEPS_A_ROW = 4
_PAIRS_AT_ONCE = 20_000_000  # looked at between two looks at the clock: some 20 ms


@dataclass(eq=False)
class _Search:
    """The state of a search over rows that are no more than the columns."""

    cost: FloatArray
    v: FloatArray
    column_of: IndexArray
    row_of: IndexArray
    free: IndexArray
    state: IndexArray

    @classmethod
    def over(cls, cost: FloatArray) -> _Search:
        rows, columns = cost.shape
        return cls(
            cost=cost,
            v=np.zeros(columns),
            column_of=np.full(rows, -1, dtype=np.int64),
            row_of=np.full(columns, -1, dtype=np.int64),
            free=np.zeros(rows, dtype=np.int64),
            state=np.zeros(4, dtype=np.int64),
        )

    def list_free(self) -> None:
        """List the rows that have no column yet."""
        rows = np.flatnonzero(self.column_of < 0)
        self.free[: len(rows)] = rows
        self.state[:] = (0, len(rows), 0, 0)

    @property
    def is_over(self) -> bool:
        """Whether all listed rows have been looked at."""
        return bool(self.state[0] >= self.state[1])


def solve(problem: AssignmentProblem, run: Run) -> AssignmentSolution:
    """Solve a problem by shortest augmenting paths.

    Parameters
    ----------
    problem
        Agents, tasks and the costs of their pairs.
    run
        The live options.
    """
    run.discount(load_assignment_kernels())
    if run.stopped():
        return without(AssignmentSolution, problem, run, NAME)
    matrix = problem.as_matrix()
    upright = problem.num_agents <= problem.num_tasks
    search = _Search.over(np.ascontiguousarray(matrix if upright else matrix.T))
    crowd = _assign(search, run)
    if crowd is None:
        return without(AssignmentSolution, problem, run, NAME)
    if len(crowd[0]):
        why = explain_few(problem, *crowd, upright)
        return without(AssignmentSolution, problem, run, NAME, Status.INFEASIBLE, why)
    rows = np.arange(len(search.column_of))
    u, v = search.cost[rows, search.column_of] - search.v[search.column_of], search.v
    values = (
        AssignmentValues(search.column_of, u, v)
        if upright
        else AssignmentValues(search.row_of, v, u)
    )
    cost = assignment_cost(problem, values.task_of)
    return found(AssignmentSolution, problem, run, NAME, cost=cost, values=values)


def _assign(search: _Search, run: Run) -> tuple[IndexArray, IndexArray] | None:
    """Give every row a column; return the rows and columns that show it impossible, or none."""
    from flowopt.flow.named.assignment.kernels.shortest_augmenting import (
        augment,
        reduce_columns,
        reduce_rows,
    )

    rows, columns = search.cost.shape
    nobody = np.zeros(0, dtype=np.int64)
    if not rows:
        return nobody, nobody
    arrays = search.cost, search.v, search.column_of, search.row_of
    if rows == columns:
        reduce_columns(*arrays)
    steps_at_once = max(1, _PAIRS_AT_ONCE // columns)
    for _ in range(_PASSES):
        search.list_free()
        while not search.is_over:
            if run.stopped():
                return None
            most = _STEPS_A_ROW * rows
            reduce_rows(*arrays, search.free, search.state, most, steps_at_once)
    search.list_free()
    done = np.zeros(columns, dtype=np.bool_)
    while not search.is_over:
        if run.stopped():
            return None
        row = augment(*arrays, search.free, search.state, done, _PAIRS_AT_ONCE)
        if row >= 0:
            taken = np.flatnonzero(done)
            return np.append(search.row_of[taken], row), taken
        run.report(None, None, int(search.state[0]))
    return nobody, nobody
