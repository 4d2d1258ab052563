"""Assignment as a minimum-cost flow, by the engines of `FlowProblem`."""

from __future__ import annotations

import numpy as np

from flowopt.core.options import Run
from flowopt.flow.named.assignment.check import assignment_cost
from flowopt.flow.named.assignment.explanation import explain_few
from flowopt.flow.named.assignment.problem import AssignmentProblem
from flowopt.flow.named.assignment.solution import AssignmentSolution, AssignmentValues
from flowopt.flow.named.bipartite import Bipartite

_HALF = 0.5


def solve(problem: AssignmentProblem, run: Run) -> AssignmentSolution:
    """Solve a problem as a minimum-cost flow: the smaller side demands, the other supplies.

    Parameters
    ----------
    problem
        Agents, tasks and the costs of their pairs.
    run
        The live options.
    """
    agent, task, cost = problem.as_pairs()
    agents_demand = problem.num_agents <= problem.num_tasks
    ends = (task, agent) if agents_demand else (agent, task)
    sizes = (problem.num_agents, problem.num_tasks)
    givers, takers = sizes[::-1] if agents_demand else sizes
    flow, u, v = Bipartite(
        origin=ends[0],
        destination=ends[1],
        unit_cost=cost,
        capacity=np.inf,  # no limit that prices could hide in: one unit is all there is
        supply=np.ones(givers),
        demand=np.ones(takers),
    ).solve(run)
    if not flow.status.has_solution:
        why = None
        if flow.explanation is not None:
            crowd = np.array([int(site) - givers for site in flow.explanation.sites])
            partners = np.unique(ends[0][np.isin(ends[1], crowd)])
            why = explain_few(problem, crowd, partners, agents_demand)
        return AssignmentSolution(problem=problem, outcome=flow.outcome, explanation=why)
    used = flow.flow > _HALF  # whole numbers, up to rounding
    task_of = np.full(problem.num_agents, -1, dtype=np.int64)
    task_of[agent[used]] = task[used]
    prices = (v, u) if agents_demand else (u, v)
    values = AssignmentValues(task_of, *(np.array(price) for price in prices))
    least = assignment_cost(problem, task_of)
    outcome = run.outcome(
        flow.status, flow.engine, cost=least, bound=least, limit=flow.limit, **flow.outcome.details
    )
    return AssignmentSolution(problem=problem, outcome=outcome, values=values)
