"""Checks what a route does whenever it happens: ends, loads, order, who serves whom, length."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from flowopt.core.report import Report, same
from flowopt.routing.checks.tolerance import TOLERANCE, close, exceeds

if TYPE_CHECKING:
    from flowopt.routing.checks.view import RouteView
    from flowopt.routing.schedule import Schedule
    from flowopt.routing.solution import Route


def check_ends(report: Report, view: RouteView, route: Route) -> None:
    """Report depots that are not those of the vehicle type.

    Parameters
    ----------
    report
        Where violations are collected.
    view, route
        The route.
    """
    types, k = view.problem.vehicle_types, view.vehicle_type
    for what in ("start_depot", "end_depot"):
        stated, due = getattr(route, what), int(getattr(types, what)[k])
        if stated != due:
            message = f"its {what} is {stated}, that of {types.id[k]} is {due}"
            report.add("depot", view.name, 1, message)


def check_rules(report: Report, view: RouteView) -> None:
    """Report a route whose clients, their order or its reloads are not allowed.

    Parameters
    ----------
    report
        Where violations are collected.
    view
        The route.
    """
    _check_compatibility(report, view)
    _check_sequence(report, view)
    _check_reloads(report, view)
    _check_shipments(report, view)
    most = float(view.problem.vehicle_types.max_visits[view.vehicle_type])
    if len(view.visits) > most:
        message = f"visits {len(view.visits)} clients where {most:.10g} are the most"
        report.add("max_visits", view.name, len(view.visits) - most, message)


def _check_compatibility(report: Report, view: RouteView) -> None:
    problem, k = view.problem, view.vehicle_type
    clients, types = problem.clients, problem.vehicle_types
    visits = np.array(view.visits)
    for client in visits[~clients.allowed[visits, k]].tolist():
        message = f"{types.id[k]} may not serve it"
        report.add("compatibility", view.subject(client), 1, message)
    for place, skill in np.argwhere(clients.skills[visits] & ~types.skills[k]).tolist():
        message = f"{types.id[k]} has no {problem.skills[skill]}"
        report.add("compatibility", view.subject(int(visits[place])), 1, message)


def _check_sequence(report: Report, view: RouteView) -> None:
    numbers = view.problem.clients.sequence
    ordered = [client for client in view.visits if not math.isnan(numbers[client])]
    for before, after in pairwise(ordered):
        if numbers[before] > numbers[after]:
            first, name = view.problem.clients.id[before], view.subject(after)
            report.add("sequence", name, 1, f"comes after {first}, which has a larger number")


def _check_reloads(report: Report, view: RouteView) -> None:
    types, depots, k = view.problem.vehicle_types, view.problem.depots, view.vehicle_type
    where = [-1 - stop for stop in view.stops if stop < 0]
    for depot in where:
        if not types.reload_depots[k, depot]:
            message = f"{types.id[k]} may not reload at {depots.id[depot]}"
            report.add("reload", view.name, 1, message)
    most = float(types.max_reloads[k])
    if len(where) > most:
        message = f"reloads {len(where)} times where {most:.10g} is the most"
        report.add("reload", view.name, len(where) - most, message)


def _check_shipments(report: Report, view: RouteView) -> None:
    """Report shipments that are not picked up and then delivered on one trip."""
    shipments, clients = view.problem.shipments, view.problem.clients
    if not len(shipments):
        return
    trip = 0
    where: dict[int, tuple[int, int]] = {}
    for place, stop in enumerate(view.stops):
        trip += stop < 0
        if stop >= 0:
            where.setdefault(stop, (trip, place))
    for row in sorted({_shipment(view, client) for client in where} - {-1}):
        pickup, delivery = int(shipments.pickup[row]), int(shipments.delivery[row])
        first, last = where.get(pickup), where.get(delivery)
        if (first is None) != (last is None):
            there, gone = (pickup, delivery) if last is None else (delivery, pickup)
            message = (
                f"is on the route, and {clients.id[gone]}, the other end of {_name(view, row)}"
            )
            report.add("shipment", view.subject(there), 1, f"{message}, is not")
        elif first is not None and last is not None and first > last:
            message = f"{_name(view, row)} is delivered before it is picked up"
            report.add("shipment", view.subject(delivery), 1, message)
        elif first is not None and last is not None and first[0] != last[0]:
            message = f"{_name(view, row)} is picked up on another trip, before a reload"
            report.add("shipment", view.subject(delivery), 1, message)


def _shipment(view: RouteView, client: int) -> int:
    return int(view.problem.shipment_of[client])


def _name(view: RouteView, shipment: int) -> str:
    return f"shipment {view.problem.shipments.id[shipment]}"


# ---- loads


def check_loads(report: Report, view: RouteView, schedule: Schedule) -> None:
    """Walk the route with its goods, dimension by dimension; report what does not fit, or lies.

    Parameters
    ----------
    report
        Where violations are collected.
    view
        The route.
    schedule
        What it states.
    """
    capacity = view.problem.vehicle_types.capacity[view.vehicle_type]
    for d, name in enumerate(view.problem.loads):
        leaving, after = loads_of(view, d)
        most, limit = max([*leaving, *after]), float(capacity[d])
        if exceeds(most, limit):
            message = f"carries {most:.10g} of {name} where {limit:.10g} fit"
            report.add("capacity", view.name, most - limit, message)
        stated = schedule.load_after[:, d].tolist()
        for place, (told, left) in enumerate(zip(stated, after, strict=True), start=1):
            if not same(told, left, TOLERANCE):
                message = f"states {told:.10g} after visit {place}, where {left:.10g} is left"
                report.add("load_after", view.name, abs(told - left), message)
        told = float(schedule.load[d])
        if not same(told, leaving[0], TOLERANCE):
            message = f"states a load of {told:.10g}, which is {leaving[0]:.10g}"
            report.add("load", view.name, abs(told - leaving[0]), message)


def loads_of(view: RouteView, d: int) -> tuple[list[float], list[float]]:
    """Return the load of each trip as it leaves, and the load after each visit.

    Parameters
    ----------
    view
        The route.
    d
        The load dimension.
    """
    clients = view.problem.clients
    leaving: list[float] = []
    after: list[float] = []
    trip: list[int] = []
    for stop in [*view.stops, -1]:
        if stop >= 0:
            trip.append(stop)
            continue
        load = math.fsum(float(clients.demand[client, d]) for client in trip)
        leaving.append(load)
        for client in trip:
            load += float(clients.pickup[client, d]) - float(clients.demand[client, d])
            load += _goods(view, client, d)
            after.append(load)
        trip = []
    return leaving, after


def _goods(view: RouteView, client: int, d: int) -> float:
    """Return what a client gives of a shipment, negative where it receives."""
    shipments, row = view.problem.shipments, _shipment(view, client)
    if row < 0:
        return 0.0
    amount = float(shipments.demand[row, d])
    return amount if int(shipments.pickup[row]) == client else -amount


# ---- length and cost


def check_distance(report: Report, view: RouteView, schedule: Schedule) -> float:
    """Return the length of a route; report ways that are none, and a length that lies.

    Parameters
    ----------
    report
        Where violations are collected.
    view
        The route.
    schedule
        What it states.
    """
    for (i, j), far, long in zip(pairwise(view.places), *view.legs, strict=True):
        if not (math.isfinite(far) and math.isfinite(long)):
            ids = f"{view.place_name(i)} → {view.place_name(j)}"
            report.add("reach", f"{view.name}: {ids}", math.inf, "there is no way")
    distance = math.fsum(view.legs[0])
    limit = float(view.problem.vehicle_types.max_distance[view.vehicle_type])
    if exceeds(distance, limit):
        message = f"is {distance:.10g} long where {limit:.10g} is the most"
        report.add("max_distance", view.name, distance - limit, message)
    if not close(schedule.distance, distance):
        message = f"states a distance of {schedule.distance:.10g}, which is {distance:.10g}"
        report.add("distance", view.name, abs(schedule.distance - distance), message)
    return distance


def check_cost(report: Report, view: RouteView, schedule: Schedule, distance: float) -> float:
    """Return the cost of a route; report it when the route states another.

    Parameters
    ----------
    report
        Where violations are collected.
    view
        The route.
    schedule
        What it states.
    distance
        Its length.
    """
    cost = cost_of(view, distance, schedule.departure, schedule.finish)
    if not close(schedule.cost, cost):
        message = f"states a cost of {schedule.cost:.10g}, which is {cost:.10g}"
        report.add("route_cost", view.name, abs(schedule.cost - cost), message)
    return cost


def cost_of(view: RouteView, distance: float, departure: float, finish: float) -> float:
    """Return the cost of a route.

    Parameters
    ----------
    view
        The route.
    distance
        Its length.
    departure, finish
        When it departs and returns.
    """
    types, k = view.problem.vehicle_types, view.vehicle_type
    cost = float(types.fixed_cost[k])
    for unit_cost, amount in (
        (float(types.unit_distance_cost[k]), distance),
        (float(types.unit_duration_cost[k]), finish - departure),
        (float(types.unit_overtime_cost[k]), overtime(view, departure, finish)),
    ):
        cost += unit_cost * amount if unit_cost else 0.0
    for client in view.visits:
        cost += float(view.problem.clients.assignment_cost[client, k])
    return cost


def overtime(view: RouteView, departure: float, finish: float) -> float:
    """Return the overtime of a route.

    Parameters
    ----------
    view
        The route.
    departure, finish
        When it departs and returns.
    """
    types, k = view.problem.vehicle_types, view.vehicle_type
    excess = [finish - float(types.tw_late[k]), finish - departure - float(types.max_duration[k])]
    return max([0.0, *excess])
