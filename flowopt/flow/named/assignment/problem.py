"""The problem of pairing agents with tasks at least cost."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.options import Run
from flowopt.core.problem import Problem
from flowopt.core.tables import DEFAULT_BACKEND
from flowopt.flow.arrays import has_length, read_positions, sealed
from flowopt.flow.named.pairs import (
    collect_bad_costs,
    collect_repeated,
    labels_of,
    matrix_pairs,
    read_matrix,
    read_sides,
)

if TYPE_CHECKING:
    from flowopt.flow.named.assignment.solution import AssignmentSolution

LARGEST_MATRIX = 100_000_000
"""Number of pairs up to which pairs of their own are written out as a matrix."""


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class AssignmentProblem(Problem["AssignmentSolution"]):
    r"""Pairing agents with tasks at least cost, or at most worth.

    Every one of the smaller side is paired, each with one of the other side of its own:

    .. math::

        \min \sum c_{ij} x_{ij} \quad \text{s.t.} \quad
        \sum_j x_{ij} \le 1, \quad \sum_i x_{ij} \le 1, \quad
        \sum x_{ij} = \min(N, M), \quad x \in \{0, 1\}

    Prices :math:`u_i + v_j \le c_{ij}` prove an optimum (Kuhn 1955).

    Parameters
    ----------
    agent_id, task_id
        (N,) and (M,) ids.
    cost
        (N, M) cost of each agent (row) at each task (column), or, for few pairs of many, (K,) costs
        of those that `agent` and `task` name. inf forbids a pair, -inf when `maximize`.
    agent, task
        (K,) positions of the pairs that may be used; None when `cost` is a matrix.
    maximize
        Whether `cost` is worth, of which the most is wanted.
    backend
        Library of the frames that come out.

    Raises
    ------
    ValidationError
        With every fault of every column.

    Examples
    --------
    >>> problem = AssignmentProblem.from_arrays([[4, 1, 3], [2, 0, 5], [3, 2, 2]])
    >>> solution = problem.solve()
    >>> solution.cost, solution.task_of.tolist()
    (5.0, [1, 0, 2])
    """

    agent_id: npt.NDArray[Any]
    task_id: npt.NDArray[Any]
    cost: npt.NDArray[np.float64]
    agent: npt.NDArray[np.int64] | None = None
    task: npt.NDArray[np.int64] | None = None
    maximize: bool = False
    backend: str = DEFAULT_BACKEND

    def __post_init__(self) -> None:
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        failures = Failures()
        read = _normalised(given, failures)
        failures.raise_if_any()
        for name, value in read.items():
            object.__setattr__(self, name, value)

    @classmethod
    def from_arrays(
        cls,
        cost: Any,
        *,
        maximize: bool = False,
        agent_id: npt.ArrayLike | None = None,
        task_id: npt.ArrayLike | None = None,
        backend: str = DEFAULT_BACKEND,
    ) -> Self:
        """Return the problem of a matrix of costs.

        Parameters
        ----------
        cost
            (N, M) cost of each agent (row) at each task (column): an array, a frame whose labels
            are the ids, or a sparse array whose stored entries are the pairs that may be used. inf
            forbids a pair, -inf when `maximize`.
        maximize
            Whether `cost` is worth, of which the most is wanted.
        agent_id, task_id
            (N,) and (M,) ids; None takes the labels of `cost`, or numbers from 0.
        backend
            Library of the frames that come out.
        """
        fields: dict[str, Any] = {
            "agent_id": labels_of(cost, 0, agent_id),
            "task_id": labels_of(cost, 1, task_id),
            "maximize": maximize,
            "backend": backend,
        }
        if not hasattr(cost, "tocoo"):
            return cls(cost=cost, **fields)
        failures = Failures()
        agent, task, values = matrix_pairs(cost, failures)
        failures.raise_if_any()
        return cls(cost=values, agent=agent, task=task, **fields)

    @classmethod
    def from_frames(
        cls, pairs: Any, agents: Any = None, tasks: Any = None, *, maximize: bool = False
    ) -> Self:
        """Return the problem of a table of pairs.

        Parameters
        ----------
        pairs, agents, tasks
            Frames with the columns of `flowopt.flow.named.assignment.frames`; without `agents` or
            `tasks` there are those that `pairs` names.
        maximize
            Whether ``cost`` is worth, of which the most is wanted.

        Examples
        --------
        >>> pairs = {"agent": ["Ada", "Ada", "Bob"], "task": ["pick", "pack", "pick"],
        ...          "cost": [3, 5, 4]}
        >>> AssignmentProblem.from_frames(pairs).solve().to_frame()
          agent  task  cost
        0   Ada  pack   5.0
        1   Bob  pick   4.0
        """
        from flowopt.flow.named.assignment.frames import frame_columns

        return cls(**frame_columns(pairs, agents, tasks), maximize=maximize)

    @cached_property
    def features(self) -> frozenset[str]:
        """The features that an engine must support to take this problem."""
        large = self.agent is not None and self.num_agents * self.num_tasks > LARGEST_MATRIX
        return frozenset({"large_sparse"} if large else ())

    @property
    def num_agents(self) -> int:
        """Number of agents."""
        return len(self.agent_id)

    @property
    def num_tasks(self) -> int:
        """Number of tasks."""
        return len(self.task_id)

    @property
    def sign(self) -> float:
        """What to multiply `cost` by to have what is minimised: 1, or -1 when `maximize`."""
        return -1.0 if self.maximize else 1.0

    def as_matrix(self) -> npt.NDArray[np.float64]:
        """Return (N, M) what is minimised, inf where a pair is forbidden."""
        if self.agent is None:
            return -self.cost if self.maximize else self.cost
        matrix = np.full((self.num_agents, self.num_tasks), np.inf)
        matrix[self.agent, self.task] = self.sign * self.cost
        return matrix

    def as_pairs(
        self,
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Return (K,) agents, tasks and what is minimised, of the pairs that may be used."""
        if self.agent is not None and self.task is not None:
            allowed = np.isfinite(self.cost)
            return self.agent[allowed], self.task[allowed], self.sign * self.cost[allowed]
        agent, task = np.nonzero(np.isfinite(self.cost))
        return agent, task, self.sign * self.cost[agent, task]

    def cost_of(
        self, agents: npt.NDArray[np.int64], tasks: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.float64]:
        """Return (n,) costs of pairs as they were given; what forbids for those that are not.

        Parameters
        ----------
        agents, tasks
            (n,) positions.
        """
        if self.agent is None or self.task is None:
            return self.cost[agents, tasks]
        order = np.argsort(codes := self.agent * self.num_tasks + self.task, kind="stable")
        wanted = agents * self.num_tasks + tasks
        place = np.searchsorted(codes, wanted, sorter=order)
        row = order[np.minimum(place, len(order) - 1)] if len(order) else np.zeros_like(wanted)
        if not len(order):
            return np.full(len(wanted), self.sign * np.inf)
        return np.where(codes[row] == wanted, self.cost[row], self.sign * np.inf)

    def __repr__(self) -> str:
        return f"<AssignmentProblem {self.num_agents:,} agents, {self.num_tasks:,} tasks>"

    def _solve(self, run: Run) -> AssignmentSolution:
        from flowopt.flow.named.assignment.solve import solve

        return solve(self, run)


def _normalised(given: dict[str, Any], failures: Failures) -> dict[str, Any]:
    """Return the fields as read-only arrays; faults are collected."""
    read = dict(given)
    sides = {"agent_id": "agents", "task_id": "tasks"}
    read["agent_id"], read["task_id"] = ids = read_sides(given, sides, failures)
    if not isinstance(given["maximize"], (bool, np.bool_)):
        fix, value = "give True or False", given["maximize"]
        failures.add("pairs", "maximize", None, value, "wrong_type", "is no bool", fix)
        return read
    worst = -np.inf if given["maximize"] else np.inf
    if given["agent"] is None:
        read["cost"] = _matrix(given["cost"], (len(ids[0]), len(ids[1])), failures, worst)
        return read
    count = np.size(given["agent"])
    for name, side in (("agent", ids[0]), ("task", ids[1])):
        read[name] = read_positions("pairs", name, given[name], count, len(side), failures, name)
    try:
        costs = np.array(given["cost"], dtype=np.float64)
    except (TypeError, ValueError):
        failures.add("pairs", "cost", None, None, "wrong_type", "has no numbers", "give some")
        return read
    if has_length("pairs", "cost", costs, count, failures):
        collect_bad_costs("pairs", "cost", costs, failures, worst)
        read["cost"] = sealed(costs)
    if not len(failures):
        collect_repeated("pairs", read["agent"], read["task"], len(ids[1]), failures)
    return read


def _matrix(cost: Any, shape: tuple[int, int], failures: Failures, worst: float) -> Any:
    matrix = read_matrix("pairs", "cost", cost, failures, worst)
    if not len(failures) and matrix.shape != shape:
        message = f"has shape {matrix.shape}, there are {shape[0]} agents and {shape[1]} tasks"
        fix = "give one row per agent and one column per task"
        failures.add("pairs", "cost", None, None, "wrong_shape", message, fix)
    return matrix
