"""Why a client is not served, by exact tests, and the smallest change that would make it fit."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from flowopt.routing.alone import Alone, alone
from flowopt.routing.insertion import NEW_ROUTE, OpenPlan
from flowopt.routing.limits import hours
from flowopt.routing.spec import load_column

if TYPE_CHECKING:
    from flowopt.routing.parts import Bools, Ints
    from flowopt.routing.problem import RoutingProblem


class Reason(StrEnum):
    """Why a client is not served."""

    CAPACITY = "capacity"
    """Its demand is more than any vehicle holds."""
    UNREACHABLE = "unreachable"
    """There is no way there and back, for any vehicle that holds its demand."""
    TIME_WINDOW = "time_window"
    """Every vehicle that can carry it comes after its window, even if it goes straight there."""
    SHIFT = "shift"
    """The trip there and back alone exceeds every shift, longest duration or longest distance."""
    FLEET_EXHAUSTED = "fleet_exhausted"
    """A vehicle could serve it, but all are in use, and no route of the plan has room for it."""
    NOT_WORTH_IT = "not_worth_it"
    """It is optional, and serving it costs more than its prize."""
    NOT_PLACED = "not_placed"
    """It would fit into the plan: the search ended before it was placed."""


@dataclass(frozen=True, slots=True)
class Change:
    """One value of the input that would have to be another.

    Parameters
    ----------
    table, id, column
        Which: the table, the id of the row, the column.
    value
        What it would have to be at least (or, of costs and prizes, more than).
    text
        The same in words, where it is a time: a clock time, a duration, a date and time.
    """

    table: str
    id: Any
    column: str
    value: float
    text: str = ""

    def __str__(self) -> str:
        return f"{self.column} of {self.id} to {self.text or f'{self.value:.10g}'}"


@dataclass(frozen=True, slots=True)
class Unserved:
    """A client that is not served.

    Parameters
    ----------
    client
        Its position.
    reason
        Why.
    message
        One sentence with the numbers.
    fix
        The smallest change that would make it fit, in words.
    changes
        The same as values; empty when no value of a table would help.
    """

    client: int
    reason: Reason
    message: str
    fix: str
    changes: tuple[Change, ...] = ()


def explain(
    problem: RoutingProblem, plan: Sequence[tuple[int, Sequence[int] | Ints]]
) -> tuple[Unserved, ...]:
    """Return the clients in no route of a plan, each with the reason.

    Parameters
    ----------
    problem
        The problem.
    plan
        Vehicle type and stops of each route, as positions.

    Examples
    --------
    >>> from flowopt.routing import RoutingProblem
    >>> problem = RoutingProblem.from_arrays({"demand": [9, 1]}, {"num_available": 1,
    ...     "capacity": 5}, distance_matrix=[[0, 1, 2], [1, 0, 1], [2, 1, 0]])
    >>> for entry in explain(problem, [(0, [1])]):
    ...     print(entry.reason, "|", entry.message, "|", entry.fix)
    capacity | its demand is 9, and vehicle holds 5 | raise capacity of vehicle to 9
    """
    served = np.zeros(problem.num_clients, dtype=np.bool_)
    for _, stops in plan:
        places = np.asarray(stops, dtype=np.int64)
        served[places[places >= 0]] = True
    clients = np.flatnonzero(~(served | of_served_groups(problem, served)))
    if not len(clients):
        return ()
    there = alone(problem, clients)
    fits = np.any(there.feasible & (problem.vehicle_types.num_available > 0), axis=1)
    open_plan = OpenPlan(problem, plan) if fits.any() else None
    entries = []
    for row, client in enumerate(clients.tolist()):
        if open_plan is None or not fits[row]:
            entries.append(_explain_alone(problem, client, one_client(there, row)))
        else:
            entries.append(_explain_in_plan(problem, client, one_client(there, row), open_plan))
    return tuple(entries)


def of_served_groups(problem: RoutingProblem, served: Bools) -> Bools:
    """Return which clients are in a group of which one is served.

    Parameters
    ----------
    problem
        The problem.
    served
        (n,) whether each client is served.
    """
    group = problem.group_of
    done = np.isin(group, group[served])
    result: Bools = done & (group >= 0)
    return result


def alone_reason(problem: RoutingProblem, there: Alone) -> Reason | None:
    """Return why no vehicle can serve a client even alone; None when one can.

    The tests filter the vehicle types one after another; the reason is the one that none passes.

    Parameters
    ----------
    problem
        The problem.
    there
        `alone` of this one client.
    """
    left = problem.vehicle_types.num_available > 0
    in_limits = there.in_shift & there.in_duration & there.in_distance
    for test, reason in (
        (there.loaded, Reason.CAPACITY),
        (there.reached, Reason.UNREACHABLE),
        (there.in_window, Reason.TIME_WINDOW),
        (in_limits, Reason.SHIFT),
    ):
        left = left & np.asarray(test[0])
        if not left.any():
            return reason
    return None


# ---- alone


def _explain_alone(problem: RoutingProblem, client: int, there: Alone) -> Unserved:
    reason = alone_reason(problem, there)
    assert reason is not None
    available = np.flatnonzero(problem.vehicle_types.num_available > 0).tolist()
    options = {k: _changes(problem, client, there, k) for k in available}
    reachable = {k: changes for k, (_, changes) in options.items() if changes is not None}
    if reachable:
        best = min(reachable, key=lambda k: (len(reachable[k]), options[k][0]))
        changes = reachable[best]
        fix = "raise " + " and ".join(map(str, changes))
    else:
        changes = ()
        depot = problem.depots.id[problem.vehicle_types.start_depot[available[0]]]
        fix = f"give a finite distance and duration from {depot} to it and back"
    if not hours_open(problem, available):
        fix = "let the shift of a vehicle type overlap the hours of its depots"
        changes = ()
    return Unserved(client, reason, _message(problem, client, there, reason), fix, changes)


def hours_open(problem: RoutingProblem, vehicle_types: Sequence[int]) -> bool:
    """Return whether any of these vehicle types can depart and return at all."""
    return any(hours(problem, k).open for k in vehicle_types)


def _changes(
    problem: RoutingProblem, client: int, there: Alone, k: int
) -> tuple[float, tuple[Change, ...] | None]:
    """Return how much, relatively, must change for a vehicle type, and what; None: no value."""
    types, clients = problem.vehicle_types, problem.clients
    if not there.reached[0, k] or not hours(problem, k).open:
        return math.inf, None
    name, size = types.id[k].item(), 0.0
    changes = []
    demand = clients.demand[client]
    for d in np.flatnonzero(demand > types.capacity[k]) if not there.loaded[0, k] else ():
        column = load_column("capacity", problem.loads[d])
        changes.append(Change("vehicle_types", name, column, float(demand[d])))
        size += _excess(demand[d], types.capacity[k, d])
    if not there.in_window[0, k]:
        start = float(there.start[0, k])
        text = problem.times.moment(start, up=True)
        changes.append(Change("clients", clients.id[client].item(), "tw_late", start, text))
        size += _excess(start, clients.tw_late[client])
    if not there.in_shift[0, k]:
        finish = float(there.finish[0, k])
        changes += _later_finish(problem, k, finish)
        size += _excess(finish, hours(problem, k).finish_late)
    for column, amount, kept in (
        ("max_duration", there.duration, there.in_duration),
        ("max_distance", there.distance, there.in_distance),
    ):
        if not kept[0, k]:
            value = float(amount[0, k])
            text = problem.times.duration(value, up=True) if column == "max_duration" else ""
            changes.append(Change("vehicle_types", name, column, value, text))
            size += _excess(value, getattr(types, column)[k])
    return size, tuple(changes)


def _later_finish(problem: RoutingProblem, k: int, finish: float) -> list[Change]:
    """Return what must change for a return at `finish`: the shift, the depot's hours, or both."""
    types, depots = problem.vehicle_types, problem.depots
    last = int(types.end_depot[k])
    text = problem.times.moment(finish, up=True)
    changes = []
    if finish > types.tw_late[k]:
        changes.append(Change("vehicle_types", types.id[k].item(), "tw_late", finish, text))
    if finish > depots.tw_late[last]:
        changes.append(Change("depots", depots.id[last].item(), "tw_late", finish, text))
    return changes


def _excess(value: float, limit: float) -> float:
    return float((value - limit) / max(abs(limit), 1.0))


def _message(problem: RoutingProblem, client: int, there: Alone, reason: Reason) -> str:
    """Return one sentence that says by which numbers no vehicle can serve a client."""
    types, clients = problem.vehicle_types, problem.clients
    able = types.num_available > 0
    if reason is Reason.CAPACITY:
        return _capacity_message(problem, client)
    able = able & there.loaded[0]
    if reason is Reason.UNREACHABLE:
        return "there is no way to it and back for any vehicle that holds its demand"
    able = able & there.reached[0]
    if reason is Reason.TIME_WINDOW:
        soonest = problem.times.moment(float(there.start[0, able].min()), up=True)
        late = problem.times.moment(float(clients.tw_late[client]))
        return f"a vehicle that goes straight to it starts at {soonest}, after {late}"
    able = able & there.in_window[0]
    k = int(np.flatnonzero(able)[np.argmin(there.duration[0, able])])
    figures = " and ".join(_limits_exceeded(problem, there, k))
    return f"the trip of {types.id[k]} to it alone {figures}"


def _limits_exceeded(problem: RoutingProblem, there: Alone, k: int) -> Iterator[str]:
    types, times = problem.vehicle_types, problem.times
    if not there.in_shift[0, k]:
        end = times.moment(hours(problem, k).finish_late)
        yield f"is back at {times.moment(float(there.finish[0, k]), up=True)}, after {end}"
    if not there.in_duration[0, k]:
        unit = "" if times.known else " s"
        most = times.duration(float(types.max_duration[k])) + unit
        taken = times.duration(float(there.duration[0, k]), up=True) + unit
        yield f"takes {taken}, more than {most}"
    if not there.in_distance[0, k]:
        most = f"{types.max_distance[k]:.10g}"
        yield f"is {there.distance[0, k]:.10g} long, more than {most}"


def _capacity_message(problem: RoutingProblem, client: int) -> str:
    types = problem.vehicle_types
    able = types.num_available > 0
    demand = problem.clients.demand[client]
    over = demand - types.capacity[able]
    k = int(np.flatnonzero(able)[np.argmin(over.max(axis=1))])
    d = int(np.argmax(demand - types.capacity[k]))
    what = "" if len(problem.loads) == 1 else f" of {problem.loads[d]}"
    holds = f"{types.id[k]} holds {types.capacity[k, d]:.10g}"
    return f"its demand{what} is {demand[d]:.10g}, and {holds}"


# ---- in the plan


def _explain_in_plan(
    problem: RoutingProblem, client: int, there: Alone, plan: OpenPlan
) -> Unserved:
    """Return the reason of a client that a vehicle could serve alone."""
    types, clients = problem.vehicle_types, problem.clients
    feasible = there.feasible[0] & (types.num_available > 0)
    if clients.required[client] and (feasible & (plan.spare > 0)).any():
        message = "a vehicle that is not in use could serve it"
        return _not_placed(client, message)
    place = plan.best(client, there)
    if place is None:
        k = int(np.argmin(np.where(feasible, there.cost[0], math.inf)))
        one_more = float(types.num_available[k] + 1)
        change = Change("vehicle_types", types.id[k].item(), "num_available", one_more)
        message = "every vehicle that could serve it is in use, and no route has room for it"
        reason = Reason.FLEET_EXHAUSTED
        return Unserved(client, reason, message, f"raise {change}", (change,))
    where = "a new route" if place.route == NEW_ROUTE else f"route {place.route + 1}"
    prize = float(clients.prize[client])
    if not clients.required[client] and place.cost >= prize:
        change = Change("clients", clients.id[client].item(), "prize", place.cost)
        message = f"to serve it in {where} costs {place.cost:.10g} for a prize of {prize:.10g}"
        fix = f"raise {change}"
        return Unserved(client, Reason.NOT_WORTH_IT, message, fix, (change,))
    return _not_placed(client, f"it fits into {where} for {place.cost:.10g}")


def _not_placed(client: int, message: str) -> Unserved:
    text = f"{message}: the search ended before it was placed"
    return Unserved(client, Reason.NOT_PLACED, text, "give the search more time")


def one_client(there: Alone, row: int) -> Alone:
    """Return `alone` of one client out of that of many, given by its row."""
    return Alone(*(getattr(there, name)[row : row + 1] for name in Alone.__dataclass_fields__))
