"""Translates a routing problem into the arrays of the kernels for all rules, and plans back."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowopt.routing.computed import ComputedTravel
from flowopt.routing.engines.construction import Plan as Routes
from flowopt.routing.engines.kernel_ways import kernel_ways
from flowopt.routing.engines.rules_near import closeness
from flowopt.routing.kernels.rules_layout import (
    BANK,
    COST,
    DISTANCE,
    EARLY,
    FIXED,
    LATE,
    LEAST_SLOWNESS,
    LOSS,
    NEXT,
    SIZE,
    TYPE,
    Data,
)
from flowopt.routing.kernels.rules_moves import place_routes
from flowopt.routing.kernels.ways import EUCLIDEAN, Formula
from flowopt.routing.limits import hours
from flowopt.routing.parts import Bools, Floats, Ints
from flowopt.routing.problem import RoutingProblem
from flowopt.routing.rulebook import rulebook
from flowopt.routing.traffic import speeds_of

_SKIP = 0.01  # of the places are passed by
_NO_WAYS = np.zeros((1, 1, 1))
_NO_FORMULA = Formula(np.zeros((1, 2)), EUCLIDEAN, 1.0, 1.0)


def rules_data(problem: RoutingProblem) -> Data:
    """Return what does not change during a search.

    Parameters
    ----------
    problem
        The problem.
    """
    types = problem.vehicle_types
    computed = isinstance(problem.travel, ComputedTravel) and not problem.profiles
    distance, duration, longest = (_NO_WAYS, _NO_WAYS, np.inf) if computed else _ways(problem)
    formulas = kernel_ways(problem.travel) if computed else (_NO_FORMULA, _NO_FORMULA)
    begin, window = _windows(problem)
    client = _clients(problem, begin, window)
    vehicle, kind, tables = _vehicles(problem, longest)
    bound = _dearest(problem) * max(1, problem.num_clients)
    must = bound
    if problem.vehicles_first:
        vehicle[:, FIXED] += bound
        must = bound * (problem.num_clients + 1)
    client[:, LOSS] = _losses(problem, must)
    timed = _is_timed(problem, client)
    by_duration = bool(
        (types.unit_duration_cost > 0).any()
        or np.isfinite(types.max_duration).any()
        or problem.longest_duration_cost > 0
    )
    pausing = any(rules.pauses for rules in rulebook(problem).types)
    paid_overtime = bool(((types.max_overtime > 0) & (types.unit_overtime_cost > 0)).any())
    group_begin, group_member = _groups(problem)
    return Data(
        num_depots=problem.num_depots,
        distance=distance,
        duration=duration,
        distance_formula=formulas[0],
        duration_formula=formulas[1],
        client=client,
        demand=_own(problem.clients.demand),
        pickup=_own(problem.clients.pickup),
        goods=_goods(problem),
        bond=_bonds(problem),
        window_begin=begin,
        window=window,
        group_begin=group_begin,
        group_member=group_member,
        vehicle=vehicle,
        kind=kind,
        capacity=_own(types.capacity),
        may_serve=_able(problem, begin),
        assignment_cost=_own(problem.clients.assignment_cost),
        hours=np.column_stack([problem.depots.tw_early, problem.depots.tw_late]),
        refill=tables[0],
        traffic=tables[1],
        breaks=tables[2],
        longest_cost=float(problem.longest_duration_cost),
        must=must,
        skip=float(np.log1p(-_SKIP)),
        computed=computed,
        timed=timed,
        several=len(problem.time_windows) > 0,
        released=bool(np.isfinite(problem.clients.release_time).any()),
        numbered=bool(np.isfinite(problem.clients.sequence).any()),
        grouped=len(group_begin) > 1,
        walked=by_duration or pausing or paid_overtime,
        by_duration=by_duration,
        **closeness(problem, distance, duration, timed, float(vehicle[:, LEAST_SLOWNESS].min())),
    )


def _own(column: Any) -> Floats:
    """Return a copy: of arrays that may be read-only or not the kernels would be compiled twice."""
    return np.array(column, dtype=np.float64, order="C")


def _is_timed(problem: RoutingProblem, client: Any) -> bool:
    """Return whether anything must happen by a certain time."""
    late = client[:, LATE], problem.depots.tw_late, problem.vehicle_types.tw_late
    return bool(np.isfinite(np.concatenate(late)).any())


def _ways(problem: RoutingProblem) -> tuple[Any, Any, float]:
    """Return distances and durations of all profiles, and what no route is as long as.

    Where there is no way, both are longer than any route.
    """
    travels = [problem.travel, *problem.profiles]
    every = np.arange(problem.num_depots + problem.num_clients)
    legs = [travel.legs(every[:, None], every[None, :]) for travel in travels]
    if all(travel.complete for travel in travels):
        distance = np.ascontiguousarray(np.stack([far for far, _ in legs]), dtype=np.float64)
        if all(far is long for far, long in legs):
            return distance, distance, np.inf
        return distance, np.ascontiguousarray(np.stack([long for _, long in legs])), np.inf
    far, long = (np.stack(parts) for parts in zip(*legs, strict=True))
    there = np.isfinite(far) & np.isfinite(long)
    most = 2.0 * len(every) + 10.0  # legs of a route, reloads included
    longest = most * max(1.0, float(far[there].max(initial=0.0)))
    latest = most * max(1.0, float(long[there].max(initial=0.0)))
    return np.where(there, far, longest), np.where(there, long, latest), longest


def _windows(problem: RoutingProblem) -> tuple[Ints, Floats]:
    """Return where the windows of each client begin, and the windows."""
    clients, several = problem.clients, rulebook(problem).windows
    if not several:
        columns = [clients.tw_early, clients.tw_late]
        return np.arange(len(clients) + 1, dtype=np.int64), np.column_stack(columns)
    windows = [
        several.get(c, ((early, late),))
        for c, (early, late) in enumerate(
            zip(clients.tw_early.tolist(), clients.tw_late.tolist(), strict=True)
        )
    ]
    begin = np.cumsum([0, *(len(each) for each in windows)], dtype=np.int64)
    rows = [window for each in windows for window in each]
    return begin, np.array(rows, dtype=np.float64).reshape(-1, 2)


def _clients(problem: RoutingProblem, begin: Ints, window: Floats) -> Floats:
    clients = problem.clients
    released = np.where(np.isnan(clients.release_time), -np.inf, clients.release_time)
    columns = np.column_stack(
        [
            clients.tw_early,
            clients.tw_late,
            clients.service_duration,
            np.zeros(len(clients)),
            released,
            clients.sequence,
        ]
    )
    some = begin[1:] > begin[:-1]
    columns[some, EARLY] = window[begin[:-1][some], 0]
    columns[some, LATE] = window[begin[1:][some] - 1, 1]
    return columns


def _losses(problem: RoutingProblem, must: float) -> Floats:
    """Return what is lost when a client is not served; a shipment loses at its pickup."""
    clients, shipments = problem.clients, problem.shipments
    loss: Floats = np.where(clients.required, must * (1.0 + clients.priority), clients.prize)
    group = problem.group_of
    for number in range(int(group.max(initial=-1)) + 1):
        loss[group == number] = loss[group == number].max()
    loss[shipments.pickup] += loss[shipments.delivery]
    loss[shipments.delivery] = 0.0
    return loss


def _dearest(problem: RoutingProblem) -> float:
    """Return more than serving a client by a route of its own may cost."""
    types, travels = problem.vehicle_types, [problem.travel, *problem.profiles]
    way = max(travel.largest for travel in travels)
    slowest = min(1.0, float(types.speed_factor.min()))
    if len(problem.traffic):
        slowest *= min(1.0, float(problem.traffic.speed_factor.min()))
    time = 4.0 * way / slowest + float(problem.clients.service_duration.max(initial=0.0))
    time += float(types.reload_duration.max())
    per_time = float((types.unit_duration_cost + types.unit_overtime_cost).max())
    cost = (
        float(types.fixed_cost.max() + types.unit_distance_cost.max() * 4.0 * way)
        + (per_time + problem.longest_duration_cost) * time
        + float(problem.clients.assignment_cost.max(initial=0.0))
        + float(problem.clients.prize.max(initial=0.0))
    )
    return 10.0 * (1.0 + cost)


def _goods(problem: RoutingProblem) -> Floats:
    goods = np.zeros((problem.num_clients, len(problem.loads)))
    goods[problem.shipments.pickup] = problem.shipments.demand
    goods[problem.shipments.delivery] = problem.shipments.demand
    return goods


def _bonds(problem: RoutingProblem) -> Any:
    shipments = problem.shipments
    bond = np.full((problem.num_clients, 3), -1, dtype=np.int32)
    bond[:, 1] = 0
    bond[shipments.pickup, 0], bond[shipments.pickup, 1] = shipments.delivery, 1
    bond[shipments.delivery, 0], bond[shipments.delivery, 1] = shipments.pickup, -1
    bond[:, 2] = problem.group_of
    return bond


def _groups(problem: RoutingProblem) -> tuple[Ints, Ints]:
    """Return where the clients of each group begin, and these: those that can be served."""
    group, able = problem.group_of, problem.may_serve.any(axis=1)
    member = np.flatnonzero((group >= 0) & able)
    member = member[np.argsort(group[member], kind="stable")]
    sizes = np.bincount(group[member], minlength=int(group.max(initial=-1)) + 1)
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64), member.astype(np.int64)


def _able(problem: RoutingProblem, window_begin: Ints) -> Bools:
    """Return whether a vehicle type may serve a client, and has an hour to do so."""
    types = range(problem.num_vehicle_types)
    opened = np.array([hours(problem, k).open for k in types], dtype=np.bool_)
    some = window_begin[1:] > window_begin[:-1]
    return np.ascontiguousarray(problem.may_serve & opened[None, :] & some[:, None])


def _vehicles(problem: RoutingProblem, longest: float) -> tuple[Floats, Any, tuple[Any, ...]]:
    """Return numbers of each vehicle type, and tables of depots for reloads, traffic, breaks."""
    types, rules = problem.vehicle_types, rulebook(problem).types
    at = [rule.hours for rule in rules]
    slowness = 1.0 / types.speed_factor
    speeds = [speeds_of(problem, k) for k in range(len(types))]
    columns: list[Any] = [
        types.fixed_cost,
        types.unit_distance_cost,
        types.unit_duration_cost,
        types.unit_overtime_cost,
        [hour.departure_early for hour in at],
        [hour.departure_late for hour in at],
        [hour.finish_early for hour in at],
        [hour.finish_late for hour in at],
        types.tw_late,
        types.max_duration,
        types.max_overtime,
        np.minimum(types.max_distance, 0.99 * longest),
        types.max_visits,
        types.max_reloads,
        types.reload_duration,
        types.max_driving_before_break,
        types.driving_break_duration,
        types.max_driving_duration,
        slowness,
        slowness / [speed.fastest for speed in speeds],
    ]
    refill: list[Any] = [np.flatnonzero(types.reload_depots[k]) for k in range(len(types))]
    traffic: list[Any] = [list(zip(each.starts, each.factors, strict=True)) for each in speeds]
    breaks: list[Any] = [list(rule.breaks) for rule in rules]
    kinds: list[Any] = [
        types.start_depot,
        types.end_depot,
        types.profile,
        [rule.pauses for rule in rules],
        *map(_spans, (traffic, breaks, refill)),
    ]
    tables = (
        np.concatenate(refill).astype(np.int64),
        np.array([row for rows in traffic for row in rows], dtype=np.float64).reshape(-1, 2),
        np.array([row for rows in breaks for row in rows], dtype=np.float64).reshape(-1, 3),
    )
    return np.column_stack(columns), np.column_stack(kinds).astype(np.int64), tables


def _spans(rows: list[Any]) -> Ints:
    """Return where the rows of each vehicle type begin and end, one type behind the other."""
    ends = np.cumsum([0, *(len(each) for each in rows)])
    return np.column_stack([ends[:-1], ends[1:]])


# ---- plans


def to_plan(data: Any, plan: Any, routes: Routes) -> None:
    """Put routes into a plan that is empty.

    Parameters
    ----------
    data
        The problem, as a record of `Data`.
    plan
        The plan, as a record of `Plan`.
    routes
        Vehicle type and stops of each route (a reload at depot m is ``~m``), which hold.
    """
    stops = np.array([c for _, route in routes for c in route], dtype=np.int32)
    begin = np.cumsum([0, *(len(route) for _, route in routes)], dtype=np.int64)
    types = np.array([vehicle_type for vehicle_type, _ in routes], dtype=np.int32)
    place_routes(data, plan, stops, begin, types)
    waiting = plan.bank[: plan.counts[BANK]]
    left = waiting[~np.isin(waiting, stops)]
    plan.bank[: len(left)] = left
    plan.counts[BANK] = len(left)


def to_routes(data: Any, plan: Any) -> Routes:
    """Return the routes of a plan: vehicle type and stops in order.

    Parameters
    ----------
    data, plan
        The problem, the plan, as records.
    """
    n, num_routes = len(data.client), len(plan.route)
    head, tail = len(plan.link) - 2 * num_routes, len(plan.link) - num_routes
    routes: Routes = []
    for route in np.flatnonzero(plan.route[:, SIZE] > 0).tolist():
        stops, node = [], int(plan.link[head + route, NEXT])
        while node < tail:
            stops.append(node if node < n else ~int(plan.place[node]))
            node = int(plan.link[node, NEXT])
        routes.append((int(plan.route[route, TYPE]), stops))
    return routes


def mean_edge(data: Any, plan: Any) -> float:
    """Return the cost of a way between two visits, in the mean: the scale of temperatures.

    Parameters
    ----------
    data, plan
        The problem, the plan, as records.
    """
    used = plan.route[:, SIZE] > 0
    cost = plan.amount[used, COST] - data.vehicle[plan.route[used, TYPE], FIXED]
    visits = int(plan.route[used, SIZE].sum() + used.sum())
    if cost.sum() > 0.0:
        return max(float(cost.sum()) / max(1, visits), 1e-9)
    return max(float(plan.amount[used, DISTANCE].sum()) / max(1, visits), 1e-9)
