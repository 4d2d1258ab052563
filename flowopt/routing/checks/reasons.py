"""Checks the reasons of the clients that are not served."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flowopt.core.report import Report

if TYPE_CHECKING:
    from flowopt.routing.solution import RoutingSolution


def check_reasons(report: Report, solution: RoutingSolution) -> None:
    """Report a reason that the exact tests do not confirm.

    Parameters
    ----------
    report
        Where violations are collected.
    solution
        The solution.
    """
    from flowopt.routing.alone import alone
    from flowopt.routing.misfits import alone_reason
    from flowopt.routing.reasons import Reason

    problem = solution.problem
    entries = [entry for entry in solution.unserved if 0 <= entry.client < problem.num_clients]
    if not entries:
        return
    there = alone(problem, np.array([entry.client for entry in entries], dtype=np.int64))
    never_alone = {
        Reason.SKILL,
        Reason.CAPACITY,
        Reason.UNREACHABLE,
        Reason.TIME_WINDOW,
        Reason.SHIFT,
    }
    spare = problem.vehicle_types.num_available.copy()
    known = [r.vehicle_type for r in solution.routes if 0 <= r.vehicle_type < len(spare)]
    np.subtract.at(spare, known, 1)
    for row, entry in enumerate(entries):
        due = alone_reason(problem, there, row)
        optional = not problem.clients.required[entry.client]
        holds = entry.reason not in never_alone if due is None else entry.reason is due
        could = bool((there.feasible[row] & (spare > 0)).any())
        holds &= not (entry.reason is Reason.NOT_WORTH_IT and not optional)
        holds &= not (entry.reason is Reason.FLEET_EXHAUSTED and could)
        if not holds:
            tests = "that a vehicle could serve it" if due is None else due
            message = f"is given the reason {entry.reason}, where the tests say {tests}"
            report.add("reason", problem.clients.id[entry.client], 1, message)
