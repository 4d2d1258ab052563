"""The answer to an `AssignmentProblem`: who does what, and the prices that prove it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from flowopt.core.report import Report
from flowopt.flow.named.assignment.check import check_assignment
from flowopt.flow.named.assignment.problem import AssignmentProblem
from flowopt.flow.named.base import FloatArray, IndexArray, NamedSolution
from flowopt.flow.named.chart import draw_bars


@dataclass(frozen=True, eq=False)
class AssignmentValues:
    """The numbers of an answer, in terms of what is minimised.

    Parameters
    ----------
    task_of
        (N,) position of each agent's task, -1 for none.
    agent_prices, task_prices
        (N,) u and (M,) v with u + v ≤ cost, equal for the pairs chosen, 0 for who has no pair.
    """

    task_of: IndexArray
    agent_prices: FloatArray
    task_prices: FloatArray

    def __post_init__(self) -> None:
        for array in vars(self).values():
            array.setflags(write=False)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class AssignmentSolution(NamedSolution[AssignmentProblem, AssignmentValues]):
    """Who does what; or who cannot all have something to do.

    `cost` is what is minimised: the worth with a minus sign when the problem is to `maximize`.

    Examples
    --------
    >>> problem = AssignmentProblem.from_arrays([[7, 5], [9, 6], [8, 8]], maximize=True,
    ...                                         agent_id=["Ada", "Bob", "Cleo"])
    >>> solution = problem.solve()
    >>> solution.value
    17.0
    >>> solution.to_frame()
      agent  task  cost
    0   Bob     0   9.0
    1  Cleo     1   8.0
    """

    @property
    def value(self) -> float:
        """The sum of `cost` as it was given."""
        return self.problem.sign * self.cost + 0.0  # no minus before a zero

    @property
    def task_of(self) -> IndexArray:
        """(N,) position of each agent's task, -1 for none."""
        return self._values().task_of

    @property
    def agent_prices(self) -> FloatArray:
        """(N,) u of each agent, in the terms of `cost` as it was given."""
        return self.problem.sign * self._values().agent_prices + 0.0

    @property
    def task_prices(self) -> FloatArray:
        """(M,) v of each task: u + v ≤ cost, or ≥ when the problem is to `maximize`."""
        return self.problem.sign * self._values().task_prices + 0.0

    def tables(self) -> dict[str, dict[str, Any]]:
        """Return the tables "assignments" (one row a pair), "agents" and "tasks"."""
        problem, task_of = self.problem, self.task_of
        agents = np.flatnonzero(task_of >= 0)
        pairs = {
            "agent": problem.agent_id[agents],
            "task": problem.task_id[task_of[agents]],
            "cost": problem.cost_of(agents, task_of[agents]),
        }
        done = np.zeros(problem.num_tasks, dtype=np.bool_)
        done[task_of[agents]] = True
        return {
            "assignments": pairs,
            "agents": {
                "agent": problem.agent_id,
                "has_task": task_of >= 0,
                "price": self.agent_prices,
            },
            "tasks": {"task": problem.task_id, "is_done": done, "price": self.task_prices},
        }

    def check(self) -> Report:
        """Recompute the cost, that each is paired at most once, and the proof of optimality."""
        return check_assignment(self.problem, self)

    def _figures(self) -> dict[str, Any]:
        return {"value": self.value, "pairs": int((self.task_of >= 0).sum())}

    def _draw(self, ax: Any) -> Any:
        table = self.tables()["assignments"]
        ends = zip(table["agent"].tolist(), table["task"].tolist(), strict=True)
        return draw_bars([f"{agent} → {task}" for agent, task in ends], table["cost"], "cost", ax)
