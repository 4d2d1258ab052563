"""Recomputes cost and every constraint of a plan from the problem alone.

It shares no arithmetic with the search: it walks each route stop by stop, and takes the schedule
in the solution as a claim to be tested.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from flowopt.core.report import Report, same
from flowopt.routing.checks.plan import check_clients, check_fleet
from flowopt.routing.checks.reasons import check_reasons
from flowopt.routing.checks.rules import (
    check_cost,
    check_distance,
    check_ends,
    check_loads,
    check_rules,
)
from flowopt.routing.checks.times import check_times
from flowopt.routing.checks.tolerance import TOLERANCE, exceeds
from flowopt.routing.checks.view import view_route

if TYPE_CHECKING:
    from flowopt.routing.solution import RoutingSolution

__all__ = ["TOLERANCE", "check", "exceeds"]


def check(solution: RoutingSolution) -> Report:
    """Return what a routing solution breaks; an empty report when all holds.

    Checked are, for every route: its vehicle type and depots, whom it may serve and in which order,
    its reloads and shipments, the load in each dimension, ways, time windows, release times, shift
    and hours of the depots, breaks and driving rules, longest duration and distance, the schedule
    that it states, its distance, duration, overtime and cost; and for the plan: vehicles used, each
    client served once or named as not served, groups and shipments, the reasons for those not
    served, and the cost.

    Parameters
    ----------
    solution
        The solution; its problem goes with it.

    Examples
    --------
    >>> from flowopt.routing import RoutingProblem
    >>> problem = RoutingProblem.from_arrays({"demand": [4, 5]}, {"num_available": 1,
    ...     "capacity": 8}, distance_matrix=[[0, 1, 2], [1, 0, 1], [2, 1, 0]])
    >>> print(check(problem.solution_from_routes([[0, 1]])))
    capacity [route 1]: carries 9 of load where 8 fit
    """
    report = Report()
    cost, longest = 0.0, 0.0
    views = []
    for number, route in enumerate(solution.routes, start=1):
        view = view_route(report, solution.problem, f"route {number}", route)
        if view is None:
            continue
        views.append(view)
        check_ends(report, view, route)
        check_rules(report, view)
        check_loads(report, view, route.schedule)
        distance = check_distance(report, view, route.schedule)
        check_times(report, view, route.schedule)
        cost += check_cost(report, view, route.schedule, distance)
        longest = max(longest, route.schedule.finish - route.schedule.departure)
    check_fleet(report, solution)
    cost += check_clients(report, solution)
    check_reasons(report, solution, views)
    balance = solution.problem.longest_duration_cost
    cost += balance * longest if balance else 0.0
    stated = solution.outcome.cost
    if stated is None or not same(stated, cost, TOLERANCE):
        gap = math.inf if stated is None else abs(stated - cost)
        report.add("cost", "plan", gap, f"is stated as {stated}, and comes to {cost:.10g}")
    return report
