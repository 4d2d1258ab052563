"""The clients that are left of a plan, and the new ones: their columns, and who may serve them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from flowopt.core.tables import positions
from flowopt.routing.live_fleet import Fleet, Vehicle
from flowopt.routing.live_problem import NOBODY, LiveState
from flowopt.routing.parts import Shipments, TimeWindows
from flowopt.routing.rule_frames import words
from flowopt.routing.spec import load_column

if TYPE_CHECKING:
    from flowopt.routing.news import News
    from flowopt.routing.parts import Bools, Floats, Ints
    from flowopt.routing.problem import RoutingProblem
    from flowopt.routing.solution import RoutingSolution
    from flowopt.routing.under_way import RouteNow, Standing

_SAME = ("service_duration", "required", "prize", "priority", "group", "sequence")


@dataclass(frozen=True, eq=False)
class Left:
    """Which clients are left.

    Parameters
    ----------
    kept
        (o,) their positions in the problem of the plan; new ones come after them.
    made
        (n,) whether each client of that problem has been visited, or cannot but be.
    number
        (n + q,) position of each of its clients, and of each new one, among those that are left;
        -1: not there.
    """

    kept: Ints
    made: Bools
    number: Ints


def who_is_left(
    problem: RoutingProblem,
    news: News,
    routes: list[RouteNow],
    standing: list[Standing | None],
) -> Left:
    """Return who is left: neither visited nor cancelled, nor of a group of which one is visited.

    Parameters
    ----------
    problem
        The problem of the plan.
    news
        What has happened.
    routes, standing
        The routes of the plan, and where the vehicle of each stands.
    """
    made = np.zeros(problem.num_clients, dtype=np.bool_)
    for route, place in zip(routes, standing, strict=True):
        if place is not None:
            over = route.stops[: place.over]
            made[over[over >= 0]] = True
    made &= ~news.cancelled
    gone = made | news.cancelled
    groups = np.unique(problem.group_of[made])
    gone |= np.isin(problem.group_of, groups[groups >= 0])
    pickup, delivery = problem.shipments.pickup, problem.shipments.delivery
    gone[delivery] |= gone[pickup] & ~made[pickup]
    gone[pickup] |= gone[delivery]
    kept = np.flatnonzero(~gone)
    number = np.full(problem.num_clients + news.clients.num_rows, -1, dtype=np.int64)
    number[kept] = np.arange(len(kept))
    number[problem.num_clients :] = len(kept) + np.arange(news.clients.num_rows)
    return Left(kept, made, number)


def client_columns(
    problem: RoutingProblem, news: News, left: Left
) -> tuple[dict[str, Any], tuple[str, ...], Bools]:
    """Return the columns of the clients but for who may serve them, skills aside.

    Parameters
    ----------
    problem
        The problem of the plan.
    news
        What has happened.
    left
        Who is left.

    Returns
    -------
    tuple
        The columns, the names of the skills, and (k, s) which vehicle types of the problem have
        each.
    """
    old, new = problem.clients, news.clients
    fields: dict[str, Any] = {"id": _joined_ids(old.id[left.kept], new["id"])}
    for name in _SAME:
        fields[name] = np.concatenate([getattr(old, name)[left.kept], new[name]])
    for name in ("tw_early", "tw_late", "release_time"):
        moments = news.moments(new, name, problem)
        fields[name] = np.concatenate([getattr(old, name)[left.kept], moments])
    for base in ("demand", "pickup"):
        amounts = [new[load_column(base, load)] for load in problem.loads]
        fields[base] = np.concatenate([getattr(old, base)[left.kept], np.column_stack(amounts)])
    listed = [words(cell) for cell in new["skills"].tolist()]
    names = tuple(dict.fromkeys([*problem.skills, *(skill for cell in listed for skill in cell)]))
    wanted = np.zeros((len(fields["id"]), len(names)), dtype=np.bool_)
    wanted[: len(left.kept), : len(problem.skills)] = old.skills[left.kept]
    for row, cell in enumerate(listed, start=len(left.kept)):
        wanted[row, [names.index(skill) for skill in cell]] = True
    have = np.zeros((problem.num_vehicle_types, len(names)), dtype=np.bool_)
    have[:, : len(problem.skills)] = problem.vehicle_types.skills
    return fields | {"skills": wanted}, names, have


def _joined_ids(old: Any, new: Any) -> Any:
    if not len(new) or not len(old):
        return old if len(old) else new
    if old.dtype.kind != new.dtype.kind:
        old, new = old.astype(np.str_), new.astype(np.str_)
    return np.concatenate([old, new])


def tables_left(problem: RoutingProblem, news: News, left: Left) -> tuple[Shipments, TimeWindows]:
    """Return the shipments neither picked up nor cancelled, and the windows, with the new ones.

    Parameters
    ----------
    problem
        The problem of the plan.
    news
        What has happened.
    left
        Who is left.
    """
    old, table = problem.shipments, news.shipments
    whole = left.number[old.pickup] >= 0
    ids = np.concatenate([problem.clients.id.astype(np.str_), news.clients["id"].astype(np.str_)])
    latest = _latest(ids, left)
    ends = [
        np.concatenate([left.number[getattr(old, name)[whole]], latest(table[name])])
        for name in ("pickup", "delivery")
    ]
    demand = [table[load_column("demand", load)] for load in problem.loads]
    shipments = Shipments(
        _joined_ids(old.id[whole], table["id"]),
        ends[0],
        ends[1],
        np.concatenate([old.demand[whole], np.column_stack(demand)]),
    )
    windows, more = problem.time_windows, news.time_windows
    there = left.number[windows.client] >= 0
    early, late = (news.moments(more, name, problem) for name in ("tw_early", "tw_late"))
    client = np.concatenate([left.number[windows.client[there]], latest(more["client"])])
    early = np.concatenate([windows.tw_early[there], early])
    late = np.concatenate([windows.tw_late[there], late])
    order = np.lexsort((early, client))
    return shipments, TimeWindows(client[order], early[order], late[order])


def _latest(ids: Any, left: Left) -> Any:
    """Return a function: ids → positions among those left, of new clients where an id is both."""

    def find(names: Any) -> Ints:
        backwards = positions(names, ids[::-1])
        return left.number[len(ids) - 1 - backwards]

    return find


# ---- who may serve them


@dataclass(frozen=True, eq=False)
class Service:
    """Who may serve whom.

    Parameters
    ----------
    allowed
        (n, k) whether a vehicle type may serve a client, skills aside.
    assignment_cost
        (n, k) what that costs.
    on_board
        (n,) position of the vehicle type that has a client's goods on board; `NOBODY`: none.
    """

    allowed: Bools
    assignment_cost: Floats
    on_board: Ints


def service_left(
    problem: RoutingProblem,
    state: LiveState,
    news: News,
    left: Left,
    fleet: Fleet,
    fields: dict[str, Any],
) -> Service:
    """Return who may serve whom, and put what vehicles have on board into the clients' columns.

    What is on board stays on its vehicle. A vehicle that is loaded takes other deliveries only on
    its trips after a reload, if it may reload.

    Parameters
    ----------
    problem, state
        The problem of the plan, and what is known of its vehicles.
    news
        What has happened.
    left
        Who is left.
    fleet
        The fleet; its vehicles are changed where clients bear on them.
    fields
        The columns of the clients; changed.
    """
    old, clients = fleet.old, problem.clients
    pinned = _pinned(problem, state, news)
    allowed = np.concatenate([clients.allowed[left.kept], pinned])[:, old]
    free = np.zeros((news.clients.num_rows, len(old)))
    cost = np.concatenate([clients.assignment_cost[left.kept][:, old], free])
    goods = fields["demand"].any(axis=1)
    on_board = _on_board(problem, left, fleet, fields)
    held = on_board != NOBODY
    allowed[held] = np.arange(len(old))[None, :] == on_board[held][:, None]
    fields["release_time"][held] = np.nan
    at_depot = goods & ~held
    on_trip = np.zeros(len(held), dtype=np.bool_)
    for row, vehicle, standing in fleet.under_way():
        again = may_reload(problem, standing)
        trip, planned = _planned(standing, left, len(held))
        on_trip |= trip
        allowed[fields["sequence"] < standing.past.sequence, row] = False
        late = (fields["release_time"] > standing.released) & ~held
        if not (again and standing.loaded):
            allowed[(late & ~planned) | (at_depot & standing.loaded), row] = False
        elif ((at_depot | late) & allowed[:, row]).any():
            vehicle.ahead = True
        if again:
            _keep_on_board(vehicle, standing, row, trip, on_board, allowed, fields)
    if any(vehicle.ahead for vehicle in fleet.vehicles):
        release = fields["release_time"]
        release[~at_depot & on_trip] = np.nan
        later = at_depot | (release <= news.now)
        release[later] = np.fmax(release[later], news.now)
    return Service(allowed, cost, on_board)


def _planned(standing: Standing, left: Left, num_clients: int) -> tuple[Bools, Bools]:
    """Return who is planned on the trip that a vehicle is on, and who on its whole route."""
    ends = np.flatnonzero(standing.stops < 0)
    trip = standing.stops[: ends[0] if len(ends) else None]
    whole = standing.stops[standing.stops >= 0]
    result = np.zeros((2, num_clients), dtype=np.bool_)
    for row, clients in enumerate((trip, whole)):
        found = left.number[clients]
        result[row, found[found >= 0]] = True
    return result[0], result[1]


def _pinned(problem: RoutingProblem, state: LiveState, news: News) -> Bools:
    """Return which vehicle types of the problem each new client allows."""
    names = news.clients["vehicle_type"].astype(np.str_)[:, None]
    own, former = problem.vehicle_types.id.astype(np.str_), state.origin.astype(np.str_)
    result: Bools = (names == "") | (names == own[None, :]) | (names == former[None, :])
    return result


def _on_board(problem: RoutingProblem, left: Left, fleet: Fleet, fields: dict[str, Any]) -> Ints:
    """Return which vehicle has whose goods on board; add shipments to what is delivered."""
    result = np.full(len(fields["id"]), NOBODY)
    shipments = problem.shipments
    for row, _, standing in fleet.under_way():
        ends = shipments.delivery[standing.picked_up]
        for client, amount in zip(ends, shipments.demand[standing.picked_up], strict=True):
            fields["demand"][left.number[client]] += amount
        held = left.number[np.concatenate([standing.on_board, ends])]
        result[held[held >= 0]] = row
    return result


def may_reload(problem: RoutingProblem, standing: Standing) -> bool:
    """Return whether a vehicle under way may reload again."""
    types, k = problem.vehicle_types, standing.vehicle_type
    more = types.max_reloads[k] - standing.past.num_reloads >= 1
    return bool(more and types.reload_depots[k].any())


def _keep_on_board(
    vehicle: Vehicle,
    standing: Standing,
    row: int,
    trip: Bools,
    on_board: Ints,
    allowed: Bools,
    fields: dict[str, Any],
) -> None:
    """Have a client of the trip stand for what is carried to its end: after it there is room again.

    It is as if that were delivered to the client, and as much collected there.
    """
    planned = np.flatnonzero(trip).tolist()
    first = [client for client in planned if on_board[client] == row] or planned
    if not standing.carried.any() or not first:
        return
    client = first[0]
    fields["demand"][client] += standing.carried
    fields["pickup"][client] += standing.carried
    allowed[client] = np.arange(allowed.shape[1]) == row
    on_board[client] = row
    vehicle.standing = replace(standing, carried=np.zeros_like(standing.carried))


def stability(
    problem: RoutingProblem, plan: RoutingSolution, left: Left, fleet: Fleet, cost: float
) -> Floats:
    """Return (n, k) what it costs that a client is served by another vehicle than in a plan.

    Parameters
    ----------
    problem
        The problem of the plan.
    plan
        The plan.
    left
        Who is left.
    fleet
        The fleet.
    cost
        Cost of a client on another vehicle.
    """
    planned = np.full(problem.num_clients, -1, dtype=np.int64)
    for route, row in zip(plan.routes, fleet.of_route, strict=False):
        planned[route.visits] = row
    rows = np.full(int((left.number >= 0).sum()), -1, dtype=np.int64)
    rows[: len(left.kept)] = planned[left.kept]
    others = rows[:, None] != np.arange(len(fleet.vehicles))[None, :]
    return np.where(others & (rows >= 0)[:, None], cost, 0.0)
