"""Why not all of a side can be paired: too few partners among them (Hall 1935)."""

from __future__ import annotations

import numpy as np

from flowopt.flow.explanation import Explanation
from flowopt.flow.named.assignment.problem import AssignmentProblem
from flowopt.flow.named.base import IndexArray, some


def explain_few(
    problem: AssignmentProblem, crowd: IndexArray, partners: IndexArray, agents_crowd: bool
) -> Explanation:
    """Return that some of the smaller side have too few partners together.

    Parameters
    ----------
    problem
        The problem.
    crowd
        Positions of those who compete.
    partners
        Positions of all that any of them may be paired with.
    agents_crowd
        Whether those who compete are agents.
    """
    sides = (problem.agent_id, problem.task_id)
    mine, theirs = sides if agents_crowd else sides[::-1]
    names, others = mine[np.sort(crowd)].tolist(), theirs[np.sort(partners)].tolist()
    who, what, can = (
        ("Agents", "tasks", "do") if agents_crowd else ("Tasks", "agents", "be done by")
    )
    only = f"only {what} {some(others)}" if others else f"none of the {what}"
    short = len(names) - len(others)
    message = f"{who} {some(names)} ({len(names)}) can {can} {only} ({len(others)}): {short} short."
    return Explanation("shortage", message, tuple(names), float(short), supplies=tuple(others))
