"""The tables of a plan: its visits, its routes, its breaks, and who is not served."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.routing.moments import to_moments
from flowopt.routing.parts import Ints
from flowopt.routing.spec import load_column

if TYPE_CHECKING:
    from flowopt.routing.solution import Route, RoutingSolution


def plan_tables(solution: RoutingSolution) -> Mapping[str, Mapping[str, Any]]:
    """Return the tables of a plan: name → column name → values.

    Parameters
    ----------
    solution
        A solution that has a plan.
    """
    tables = {
        "visits": _visit_table(solution),
        "routes": _route_table(solution),
        "unserved": _unserved_table(solution),
    }
    return tables | ({"breaks": _break_table(solution)} if _has_breaks(solution) else {})


def _visit_table(solution: RoutingSolution) -> dict[str, Any]:
    problem, routes = solution.problem, solution.routes
    lengths = [len(route) for route in routes]
    visits = _joined([route.visits for route in routes], np.int64)
    types = np.array([route.vehicle_type for route in routes], dtype=np.int64)
    schedules = [route.schedule for route in routes]
    origin = problem.time_origin
    start = _joined([s.start for s in schedules])
    departure = start + problem.clients.service_duration[visits]
    table = {
        "route": np.repeat(np.arange(1, len(routes) + 1), lengths),
        "vehicle_type": problem.vehicle_types.id[np.repeat(types, lengths)],
        "position": _joined([np.arange(1, n + 1) for n in lengths], np.int64),
        "client": problem.clients.id[visits],
        "arrival": to_moments(_joined([s.arrival for s in schedules]), origin),
        "wait": _joined([s.wait for s in schedules]),
        "start": to_moments(start, origin),
        "departure": to_moments(departure, origin),
        "slack": _joined([s.slack for s in schedules]),
    }
    for d, load in enumerate(problem.loads):
        after = _joined([s.load_after[:, d] for s in schedules])
        table[load_column("load_after", load)] = after
    return table | _rules_of_visits(solution, visits)


def _rules_of_visits(solution: RoutingSolution, visits: Ints) -> dict[str, Any]:
    """Return the columns of visits that only some rules call for."""
    problem = solution.problem
    table: dict[str, Any] = {}
    if "reloads" in problem.features:
        depots = _joined([route.reloads for route in solution.routes], np.int64)
        table["reload"] = _names(problem.depots.id, depots)
    if "shipments" in problem.features:
        table["shipment"] = _names(problem.shipments.id, problem.shipment_of[visits])
    return table


def _route_table(solution: RoutingSolution) -> dict[str, Any]:
    problem, routes = solution.problem, solution.routes
    schedules = [route.schedule for route in routes]
    origin = problem.time_origin
    depot, types = problem.depots.id, problem.vehicle_types.id
    table = {
        "route": np.arange(1, len(routes) + 1),
        "vehicle_type": types[_whole(route.vehicle_type for route in routes)],
        "start_depot": depot[_whole(route.start_depot for route in routes)],
        "end_depot": depot[_whole(route.end_depot for route in routes)],
        "num_visits": _whole(len(route) for route in routes),
        "departure": to_moments([s.departure for s in schedules], origin),
        "finish": to_moments([s.finish for s in schedules], origin),
        "duration": np.array([s.duration for s in schedules], dtype=np.float64),
        "wait": np.array([s.wait.sum() for s in schedules], dtype=np.float64),
        "distance": np.array([s.distance for s in schedules], dtype=np.float64),
    }
    for d, load in enumerate(problem.loads):
        carried = np.array([s.load[d] for s in schedules], dtype=np.float64)
        table[load_column("load", load)] = carried
    if "reloads" in problem.features:
        table["num_reloads"] = _whole(route.num_reloads for route in routes)
    if "overtime" in problem.features:
        table["overtime"] = np.array([s.overtime for s in schedules], dtype=np.float64)
    if _has_breaks(solution):
        rests = [sum(each.duration for each in s.breaks) for s in schedules]
        table["driving_duration"] = np.array([s.driving_duration for s in schedules])
        table["break_duration"] = np.array(rests, dtype=np.float64)
    return table | {"cost": np.array([s.cost for s in schedules], dtype=np.float64)}


def _has_breaks(solution: RoutingSolution) -> bool:
    return bool({"breaks", "driving_rules"} & solution.problem.features)


def _break_table(solution: RoutingSolution) -> dict[str, Any]:
    """Return the breaks of all routes, each with the client that is visited next."""
    problem = solution.problem
    rows = [
        (number, route, each)
        for number, route in enumerate(solution.routes, start=1)
        for each in route.schedule.breaks
    ]
    types = _whole(route.vehicle_type for _, route, _ in rows)
    following = [_next_client(route, each.before) for _, route, each in rows]
    start = np.array([each.start for _, _, each in rows], dtype=np.float64)
    return {
        "route": _whole(number for number, _, _ in rows),
        "vehicle_type": problem.vehicle_types.id[types],
        "start": to_moments(start, problem.time_origin),
        "duration": np.array([each.duration for _, _, each in rows], dtype=np.float64),
        "before_client": _names(problem.clients.id, np.array(following, dtype=np.int64)),
    }


def _unserved_table(solution: RoutingSolution) -> dict[str, Any]:
    ids = solution.problem.clients.id
    return {
        "client": ids[_whole(entry.client for entry in solution.unserved)],
        "reason": np.array([str(entry.reason) for entry in solution.unserved], dtype=np.str_),
        "message": np.array([entry.message for entry in solution.unserved], dtype=np.str_),
        "fix": np.array([entry.fix for entry in solution.unserved], dtype=np.str_),
    }


def _next_client(route: Route, stop: int) -> int:
    """Return the client that is visited from a stop of a route on; -1 for none."""
    return next((int(client) for client in route.stops[stop:] if client >= 0), -1)


def _names(ids: npt.NDArray[Any], places: Ints) -> npt.NDArray[np.str_]:
    """Return ids as texts, empty for a negative position."""
    names = np.array([*ids.astype(np.str_), ""], dtype=np.str_)
    return names[np.where(places < 0, len(ids), places)]


def _joined(parts: Sequence[npt.NDArray[Any]], dtype: Any = np.float64) -> npt.NDArray[Any]:
    return np.concatenate([np.zeros(0, dtype=dtype), *parts])


def _whole(values: Any) -> Ints:
    return np.fromiter(values, dtype=np.int64)
