"""Recomputes an assignment from the problem alone, and the prices that prove it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from flowopt.core.report import Report, same
from flowopt.core.status import Status
from flowopt.flow.check import collect_not_finite
from flowopt.flow.named.base import FloatArray, IndexArray

if TYPE_CHECKING:
    from flowopt.flow.named.assignment.problem import AssignmentProblem
    from flowopt.flow.named.assignment.solution import AssignmentSolution, AssignmentValues

_TOLERANCE = 1e-6  # of the larger of 1 and the numbers compared
_ROWS_AT_ONCE = 2**20  # pairs


def assignment_cost(problem: AssignmentProblem, task_of: IndexArray) -> float:
    """Return what is minimised, summed exactly; infinite when a pair is forbidden."""
    agents = np.flatnonzero(task_of >= 0)
    costs = problem.sign * problem.cost_of(agents, task_of[agents])
    return math.fsum(costs.tolist()) if np.isfinite(costs).all() else math.inf


def check_assignment(problem: AssignmentProblem, solution: AssignmentSolution) -> Report:
    """Return what an answer breaks; empty when it holds, and is as good as its status says.

    Parameters
    ----------
    problem
        What was to be solved.
    solution
        Its answer; one without values has nothing to break.
    """
    report = Report()
    values = solution.values
    if values is None or not solution.status.has_solution:
        return report
    if not collect_not_finite(values, report):
        return report
    _check_pairs(problem, values.task_of, report)
    if not report.ok:
        return report
    cost = assignment_cost(problem, values.task_of)
    if not same(cost, solution.cost):
        message = f"comes to {cost:.10g}, stated is {solution.cost:.10g}"
        report.add("cost", "total", cost - solution.cost, message)
    if solution.status is Status.OPTIMAL:
        _check_prices(problem, values, cost, report)
    return report


def _check_pairs(problem: AssignmentProblem, task_of: IndexArray, report: Report) -> None:
    agents = np.flatnonzero(task_of >= 0)
    if (task_of >= problem.num_tasks).any() or len(task_of) != problem.num_agents:
        report.add("pairs", "tasks", 1, "a task is none of the problem's")
        return
    times = np.bincount(task_of[agents], minlength=problem.num_tasks)
    for task in np.flatnonzero(times > 1).tolist():
        report.add("once", problem.task_id[task], times[task] - 1, f"is done {times[task]} times")
    missing = min(problem.num_agents, problem.num_tasks) - len(agents)
    if missing:
        report.add("all", "smaller side", abs(missing), f"{missing} are not paired")
    costs = problem.cost_of(agents, task_of[agents])
    for agent in agents[~np.isfinite(costs)].tolist():
        name = f"{problem.agent_id[agent]} → {problem.task_id[task_of[agent]]}"
        report.add("forbidden", name, 1, "the pair is forbidden")


def _check_prices(
    problem: AssignmentProblem, values: AssignmentValues, cost: float, report: Report
) -> None:
    """Check that the prices are ones of this problem, and prove its cost (weak duality)."""
    u, v = values.agent_prices, values.task_prices
    agent, task, excess = _largest_excess(problem, u, v)
    size = max(1.0, abs(u[agent]) + abs(v[task])) if agent >= 0 else 1.0
    if excess > _TOLERANCE * size:
        name = f"{problem.agent_id[agent]} → {problem.task_id[task]}"
        message = f"the prices are {excess:.10g} more than the pair costs"
        report.add("optimality", name, excess, message)
    for ids, prices, larger in (
        (problem.agent_id, u, problem.num_agents > problem.num_tasks),
        (problem.task_id, v, problem.num_tasks > problem.num_agents),
    ):
        room = _TOLERANCE * max(1.0, float(np.abs(prices).max(initial=0.0)))
        for row in np.flatnonzero((prices > room) & larger).tolist():
            message = f"a price of {prices[row]:.10g}, though not all of its side are needed"
            report.add("optimality", ids[row], prices[row], message)
    terms = np.concatenate([u, v])
    bound, scale = math.fsum(terms.tolist()), float(np.abs(terms).sum())
    if abs(cost - bound) > _TOLERANCE * max(1.0, scale):
        message = f"the prices prove {bound:.10g} only, not {cost:.10g}"
        report.add("bound", "total", cost - bound, message)


def _largest_excess(
    problem: AssignmentProblem, u: FloatArray, v: FloatArray
) -> tuple[int, int, float]:
    """Return the pair whose prices exceed its cost most, and by how much; -1 without pairs."""
    worst = (-1, -1, -math.inf)
    if problem.agent is not None:
        agents, tasks, costs = problem.as_pairs()
        if not len(costs):
            return worst
        excess = u[agents] + v[tasks] - costs
        place = int(excess.argmax())
        return int(agents[place]), int(tasks[place]), float(excess[place])
    width = max(problem.num_tasks, 1)
    step = max(1, _ROWS_AT_ONCE // width)
    for start in range(0, problem.num_agents if problem.num_tasks else 0, step):
        excess = v - problem.sign * problem.cost[start : start + step]
        excess += u[start : start + step, None]
        place = int(excess.argmax())
        if excess.flat[place] > worst[2]:
            worst = (start + place // width, place % width, float(excess.flat[place]))
    return worst
