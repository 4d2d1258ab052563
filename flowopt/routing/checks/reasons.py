"""Checks the reasons of the clients that are not served, by walking their routes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from flowopt.core.report import Report
from flowopt.routing.checks.fit import fit_of, would_hold
from flowopt.routing.checks.view import RouteView
from flowopt.routing.reasons import Reason, Unserved

if TYPE_CHECKING:
    from flowopt.routing.parts import Ints
    from flowopt.routing.problem import RoutingProblem
    from flowopt.routing.solution import RoutingSolution

MOST_PLACES = 2000
"""That no route has room for a client is tried out at so many places, for all clients together."""

_TESTS = (
    Reason.SKILL,
    Reason.CAPACITY,
    Reason.UNREACHABLE,
    Reason.TIME_WINDOW,
    Reason.SHIFT,
)


def check_reasons(report: Report, solution: RoutingSolution, views: Sequence[RouteView]) -> None:
    """Report a reason that the tests do not confirm.

    Parameters
    ----------
    report
        Where violations are collected.
    solution
        The solution.
    views
        Its routes, as far as they name what exists.
    """
    problem = solution.problem
    entries = [entry for entry in solution.unserved if 0 <= entry.client < problem.num_clients]
    spare = problem.vehicle_types.num_available.copy()
    known = [r.vehicle_type for r in solution.routes if 0 <= r.vehicle_type < len(spare)]
    np.subtract.at(spare, known, 1)
    left = MOST_PLACES
    for entry in entries:
        tests = _what_tests_say(problem, entry, spare)
        if not tests and entry.reason is Reason.FLEET_EXHAUSTED:
            for view in _with_client(problem, views, entry.client):
                left -= 1
                if left < 0:
                    break
                if would_hold(view):
                    tests = f"that {view.name} has room for it"
                    break
        if tests:
            message = f"is given the reason {entry.reason}, where the tests say {tests}"
            report.add("reason", problem.clients.id[entry.client], 1, message)


def _what_tests_say(problem: RoutingProblem, entry: Unserved, spare: Ints) -> str:
    """Return what tests of the client alone say against a reason; empty when nothing."""
    trip = tuple(_trip(problem, entry.client))
    able = np.flatnonzero(problem.vehicle_types.num_available > 0).tolist()
    fits = {k: fit_of(RouteView(problem, "", k, trip)) for k in able}
    passing = {k for k, fit in fits.items() if all(fit)}
    left = list(fits.values())
    due: Reason | None = None
    for number, reason in enumerate(_TESTS):
        left = [fit for fit in left if fit[number]]
        if not left:
            due = reason
            break
    if due is not None:
        return "" if entry.reason is due else str(due)
    if entry.reason in _TESTS:
        return "that a vehicle could serve it"
    if entry.reason is Reason.NOT_WORTH_IT and problem.clients.required[entry.client]:
        return "that it is required"
    if entry.reason is Reason.FLEET_EXHAUSTED and any(spare[k] > 0 for k in passing):
        return "that a vehicle is left that could serve it"
    return ""


def _trip(problem: RoutingProblem, client: int) -> list[int]:
    """Return a client, or both ends of its shipment."""
    row, table = int(problem.shipment_of[client]), problem.shipments
    return [client] if row < 0 else [int(table.pickup[row]), int(table.delivery[row])]


def _with_client(
    problem: RoutingProblem, views: Sequence[RouteView], client: int
) -> Iterator[RouteView]:
    """Yield the routes that hold with a client, or with its shipment, at every place."""
    trip = _trip(problem, client)
    for view in filter(would_hold, views):
        stops = view.stops
        for first in range(len(stops) + 1):
            for last in range(first, len(stops) + 1) if len(trip) > 1 else (first,):
                more = (*stops[:first], trip[0], *stops[first:last], *trip[1:], *stops[last:])
                yield RouteView(problem, view.name, view.vehicle_type, more)
