"""Checks what concerns the whole plan: vehicles, each client once, groups, shipments, prizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flowopt.core.report import Report

if TYPE_CHECKING:
    from flowopt.routing.parts import Bools, Ints
    from flowopt.routing.problem import RoutingProblem
    from flowopt.routing.solution import RoutingSolution


def check_fleet(report: Report, solution: RoutingSolution) -> None:
    """Report vehicle types of which more are used than there are.

    Parameters
    ----------
    report
        Where violations are collected.
    solution
        The solution.
    """
    types = solution.problem.vehicle_types
    used = [route.vehicle_type for route in solution.routes]
    for k, available in enumerate(types.num_available.tolist()):
        if used.count(k) > available:
            message = f"{used.count(k)} are used where {available} are available"
            report.add("num_available", types.id[k], used.count(k) - available, message)


def check_clients(report: Report, solution: RoutingSolution) -> float:
    """Report clients that are not accounted for once; return the prizes that are lost.

    Parameters
    ----------
    report
        Where violations are collected.
    solution
        The solution.
    """
    problem = solution.problem
    clients = problem.clients
    visited = _visited(solution)
    named = np.zeros(len(clients), dtype=np.int64)
    for entry in solution.unserved:
        if 0 <= entry.client < len(clients):
            named[entry.client] += 1
        else:
            report.add("served", f"client {entry.client}", 1, "is named as unserved: there is none")
    excused = np.zeros(len(clients), dtype=np.bool_)
    for group, members in _groups(problem).items():
        num_served = int((visited[members] > 0).sum())
        excused[members] = (visited[members] == 0) & (num_served > 0)
        if num_served > 1:
            message = f"{num_served} of its clients are served where one is the most"
            report.add("group", group, num_served - 1, message)
    _check_shipments(report, problem, visited)
    for client in np.flatnonzero(visited > 1):
        message = f"is visited {visited[client]} times"
        report.add("visited_once", clients.id[client], visited[client] - 1, message)
    for client in np.flatnonzero((visited == 0) & (named == 0) & ~excused):
        report.add("served", clients.id[client], 1, "is in no route, and not named as unserved")
    for client in np.flatnonzero((named > 1) | ((named == 1) & ((visited > 0) | excused))):
        message = "is named as unserved, and it or another of its group is served, or twice"
        report.add("served", clients.id[client], 1, message)
    return _lost_prizes(problem, visited > 0)


def _visited(solution: RoutingSolution) -> Ints:
    """Return how often each client is visited."""
    times = np.zeros(solution.problem.num_clients, dtype=np.int64)
    for route in solution.routes:
        inside = route.visits[(route.visits >= 0) & (route.visits < len(times))]
        np.add.at(times, inside, 1)
    return times


def _groups(problem: RoutingProblem) -> dict[str, list[int]]:
    """Return the clients of each group."""
    members: dict[str, list[int]] = {}
    for client in np.flatnonzero(problem.clients.group != "").tolist():
        members.setdefault(str(problem.clients.group[client]), []).append(client)
    return members


def _check_shipments(report: Report, problem: RoutingProblem, visited: Ints) -> None:
    """Report shipments of which one end is served and the other is not."""
    table, ids = problem.shipments, problem.clients.id
    halves = (visited[table.pickup] > 0) != (visited[table.delivery] > 0)
    for row in np.flatnonzero(halves).tolist():
        ends = int(table.pickup[row]), int(table.delivery[row])
        there, gone = ends if visited[ends[0]] else ends[::-1]
        message = f"{ids[there]} is served, and its other end {ids[gone]} is not"
        report.add("shipment", f"shipment {table.id[row]}", 1, message)


def _lost_prizes(problem: RoutingProblem, served: Bools) -> float:
    """Return the prizes of optional clients not served; of a group the largest, once."""
    clients = problem.clients
    lost = ~served & ~clients.required
    prizes = float(clients.prize[lost & (clients.group == "")].sum())
    for members in _groups(problem).values():
        if not served[members].any() and not clients.required[members[0]]:
            prizes += float(clients.prize[members].max())
    return prizes
