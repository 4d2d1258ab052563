"""Checks the reasons of the clients that are not served, by walking their routes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from flowopt.core.report import Report
from flowopt.routing.checks.fit import Fit, cost_at_most, fit_of, would_hold
from flowopt.routing.checks.tolerance import exceeds
from flowopt.routing.checks.view import RouteView
from flowopt.routing.reasons import Reason, Unserved

if TYPE_CHECKING:
    from flowopt.routing.problem import RoutingProblem
    from flowopt.routing.solution import RoutingSolution

MOST_PLACES = 2000
"""At so many places for clients it is tried out what the plan has room for, in all."""

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
    problem, judge = solution.problem, _Judge(solution, views)
    for entry in solution.unserved:
        if 0 <= entry.client < problem.num_clients:
            tests = judge.what_tests_say(entry)
            if tests:
                message = f"is given the reason {entry.reason}, where the tests say {tests}"
                report.add("reason", problem.clients.id[entry.client], 1, message)


class _Judge:
    """Tries out what the clients that are not served are said not to fit into.

    Parameters
    ----------
    solution
        The solution.
    views
        Its routes.
    """

    def __init__(self, solution: RoutingSolution, views: Sequence[RouteView]) -> None:
        self.problem = solution.problem
        routes = [route for route in solution.routes if 0 <= route.vehicle_type < self._num_types]
        self.spare = self.problem.vehicle_types.num_available.copy()
        np.subtract.at(self.spare, [route.vehicle_type for route in routes], 1)
        self.views = views if len(views) == len(solution.routes) else []
        self.costs = [route.cost for route in solution.routes]
        self.longest = max((route.duration for route in solution.routes), default=0.0)
        self.left = MOST_PLACES

    @property
    def _num_types(self) -> int:
        return self.problem.num_vehicle_types

    def what_tests_say(self, entry: Unserved) -> str:
        """Return what the tests say against a reason; empty when nothing."""
        problem, trip = self.problem, tuple(_trip(self.problem, entry.client))
        able = np.flatnonzero(problem.vehicle_types.num_available > 0).tolist()
        fits = {k: fit_of(RouteView(problem, "", k, trip)) for k in able}
        due = _due(list(fits.values()))
        if due is not None:
            return "" if entry.reason is due else str(due)
        if entry.reason in _TESTS:
            return "that a vehicle could serve it"
        spare = [k for k, fit in fits.items() if all(fit) and self.spare[k] > 0]
        if entry.reason is Reason.FLEET_EXHAUSTED:
            return "that a vehicle is left that could serve it" if spare else self._room(trip)
        if entry.reason is Reason.NOT_WORTH_IT:
            required = problem.clients.required[entry.client]
            return "that it is required" if required else self._worth(trip, spare)
        return ""

    def _room(self, trip: tuple[int, ...]) -> str:
        """Return which route has room for a client or pair; empty when none is found."""
        found = next((view for _, view in self._places(trip)), None)
        return "" if found is None else f"that {found.name} has room for it"

    def _worth(self, trip: tuple[int, ...], spare: Sequence[int]) -> str:
        """Return where a client or pair costs less than its prize for certain; empty: nowhere."""
        problem = self.problem
        prize = self._prize(trip)
        new = () if problem.vehicles_first else spare
        options = [(0.0, RouteView(problem, "a new route", k, trip)) for k in new]
        for before, view in itertools.chain(options, self._places(trip)):
            cost, duration = cost_at_most(view)
            cost += problem.longest_duration_cost * max(0.0, duration - self.longest) - before
            if exceeds(prize, cost):
                return f"that it costs {cost:.10g} in {view.name} for a prize of {prize:.10g}"
        return ""

    def _prize(self, trip: tuple[int, ...]) -> float:
        clients = self.problem.clients
        group = clients.group[trip[0]]
        if group != "":
            return float(clients.prize[clients.group == group].max())
        return float(sum(clients.prize[client] for client in trip))

    def _places(self, trip: tuple[int, ...]) -> Iterator[tuple[float, RouteView]]:
        """Yield the routes that hold with a client or pair in them, and what they cost without."""
        for cost, view in zip(self.costs, self.views, strict=False):
            stops = view.stops
            if self.left <= 0 or not would_hold(view):
                continue
            for first in range(len(stops) + 1):
                for last in range(first, len(stops) + 1) if len(trip) > 1 else (first,):
                    more = (*stops[:first], trip[0], *stops[first:last], *trip[1:], *stops[last:])
                    longer = RouteView(self.problem, view.name, view.vehicle_type, more)
                    self.left -= 1
                    if self.left >= 0 and would_hold(longer):
                        yield cost, longer


def _due(fits: Sequence[Fit]) -> Reason | None:
    """Return the reason of a client alone: the first test that no vehicle type passes."""
    left = list(fits)
    for number, reason in enumerate(_TESTS):
        left = [fit for fit in left if fit[number]]
        if not left:
            return reason
    return None


def _trip(problem: RoutingProblem, client: int) -> list[int]:
    """Return a client, or both ends of its shipment."""
    row, table = int(problem.shipment_of[client]), problem.shipments
    return [client] if row < 0 else [int(table.pickup[row]), int(table.delivery[row])]
