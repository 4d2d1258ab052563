"""Why no vehicle can serve a client even alone, and the smallest change that would make it fit."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from flowopt.routing.alone import Alone, trip_of
from flowopt.routing.limits import hours, later
from flowopt.routing.loads import loads_along
from flowopt.routing.reasons import Change, Reason, Unserved
from flowopt.routing.rulebook import rulebook
from flowopt.routing.schedule import schedule_route
from flowopt.routing.spec import load_column

if TYPE_CHECKING:
    from flowopt.routing.parts import Bools
    from flowopt.routing.problem import RoutingProblem


def alone_reason(problem: RoutingProblem, there: Alone, row: int) -> Reason | None:
    """Return why no vehicle can serve a client even alone; None when one can.

    The tests filter the vehicle types one after another; the reason is the one that none passes.

    Parameters
    ----------
    problem
        The problem.
    there
        `alone` of clients.
    row
        Which of them.
    """
    for reason, left in _filters(problem, there, row):
        if not left.any():
            return reason
    return None


def misfit(problem: RoutingProblem, client: int, there: Alone, row: int) -> Unserved:
    """Return the reason of a client that no vehicle can serve even alone.

    Parameters
    ----------
    problem
        The problem.
    client
        Its position.
    there
        `alone` of clients.
    row
        Which of them it is.
    """
    able = problem.vehicle_types.num_available > 0
    available = np.flatnonzero(able).tolist()
    tests = iter(_filters(problem, there, row))
    reason, left = next(tests)
    while left.any():  # some test is passed by none
        able = left
        reason, left = next(tests)
    trips = {k: Trip(problem, client, k) for k in available}
    passed = [trips[k] for k in np.flatnonzero(able).tolist()]
    message = _message(problem, client, passed, reason)
    if not any(hours(problem, k).open for k in available):
        fix = "let the shift of a vehicle type overlap the hours of its depots"
        return Unserved(client, reason, message, fix)
    options = [trip for trip in trips.values() if trip.can_be_mended]
    if not options:
        depot = problem.depots.id[problem.vehicle_types.start_depot[available[0]]]
        fix = f"give a finite distance and duration from {depot} to it and back"
        return Unserved(client, reason, message, fix)
    best = min(options, key=lambda trip: trip.effort)
    return Unserved(client, reason, message, best.fix, best.changes)


def _filters(problem: RoutingProblem, there: Alone, row: int) -> Iterator[tuple[Reason, Bools]]:
    """Yield each reason, and the vehicle types that pass its test and those before."""
    left = problem.vehicle_types.num_available > 0
    for test, reason in (
        (there.able, Reason.SKILL),
        (there.loaded, Reason.CAPACITY),
        (there.reached, Reason.UNREACHABLE),
        (there.in_window, Reason.TIME_WINDOW),
        (there.in_limits, Reason.SHIFT),
    ):
        left = left & np.asarray(test[row])
        yield reason, left


@dataclass(frozen=True, slots=True)
class _Excess:
    """One limit that is exceeded.

    Parameters
    ----------
    reason
        The reason that it stands for.
    figure
        By which numbers, to go on after the name of a trip.
    size
        How much, relatively.
    changes
        What must change.
    """

    reason: Reason
    figure: str
    size: float
    changes: tuple[Change, ...]


class Trip:
    """The trip of a vehicle type to a client alone, and what it exceeds.

    Parameters
    ----------
    problem
        The problem.
    client
        Position of the client.
    vehicle_type
        Position of the vehicle type.
    """

    def __init__(self, problem: RoutingProblem, client: int, vehicle_type: int) -> None:
        self.problem, self.client, self.k = problem, client, vehicle_type
        self.visits = trip_of(problem, client)
        stops = np.array(self.visits, dtype=np.int64)
        self.schedule = schedule_route(problem, vehicle_type, stops, slack=False)
        self.most = loads_along(problem, self.visits)[2]
        self.name = problem.vehicle_types.id[vehicle_type].item()
        self.lacks = self._lacks()
        self.excesses = tuple(self._excesses()) if self.reached else tuple(self._capacity())

    @property
    def reached(self) -> bool:
        """Whether there is a way there and back."""
        return math.isfinite(self.schedule.distance) and math.isfinite(self.schedule.finish)

    @property
    def can_be_mended(self) -> bool:
        """Whether other values in the tables would make the trip hold."""
        windows = all(self._windows_of(client) for client in self.visits)
        return self.reached and windows and hours(self.problem, self.k).open

    @property
    def changes(self) -> tuple[Change, ...]:
        """What must change; of two values for the same cell the larger."""
        most: dict[tuple[str, object, str], Change] = {}
        for change in (change for excess in self.excesses for change in excess.changes):
            key = change.table, change.id, change.column
            if key not in most or most[key].value < change.value:
                most[key] = change
        return tuple(most.values())

    @property
    def effort(self) -> tuple[int, float]:
        """How many values must change, and by how much, relatively."""
        size = sum(excess.size for excess in self.excesses)
        return len(self.lacks) + len(self.changes), size

    @property
    def fix(self) -> str:
        """What must change, in words."""
        words = list(self.lacks)
        if self.changes:
            words.append("raise " + " and ".join(map(str, self.changes)))
        return " and ".join(words)

    def figures(self, reason: Reason) -> str:
        """Return by which numbers it exceeds limits."""
        return " and ".join(each.figure for each in self.excesses if each.reason is reason)

    # ---- what it lacks

    def _lacks(self) -> list[str]:
        """Return what the vehicle type would have to be given or allowed."""
        problem, k = self.problem, self.k
        clients, types = problem.clients, problem.vehicle_types
        wanted = clients.skills[self.visits].any(axis=0) & ~types.skills[k]
        skills = " and ".join(problem.skills[place] for place in np.flatnonzero(wanted).tolist())
        lacks = [f"give {self.name} the skill {skills}"] if skills else []
        if not clients.allowed[self.visits, k].all():
            lacks.append(f"let {self.name} serve it")
        return lacks

    # ---- what it exceeds

    def _excesses(self) -> Iterator[_Excess]:
        yield from self._capacity()
        yield from self._windows()
        yield from self._shift()
        yield from self._breaks()
        yield from self._lengths()

    def _capacity(self) -> Iterator[_Excess]:
        problem, capacity = self.problem, self.problem.vehicle_types.capacity[self.k]
        for d, (load, holds) in enumerate(zip(self.most.tolist(), capacity.tolist(), strict=True)):
            if later(load, holds):
                column = load_column("capacity", problem.loads[d])
                change = Change("vehicle_types", self.name, column, load)
                what = "" if len(problem.loads) == 1 else f" of {problem.loads[d]}"
                figure = f"its {self._word(d)}{what} is {load:.10g}, and {self.name} holds"
                figure = f"{figure} {holds:.10g}"
                yield _Excess(Reason.CAPACITY, figure, relative(load, holds), (change,))

    def _word(self, d: int) -> str:
        """Return what the largest load of the trip is called."""
        clients, alone = self.problem.clients, len(self.visits) == 1
        if alone and clients.demand[self.client, d] >= self.most[d]:
            return "demand"
        return "pickup" if alone else "shipment, with what else its ends want,"

    def _windows_of(self, client: int) -> bool:
        """Return whether a client has a window at all."""
        return bool(rulebook(self.problem).windows.get(client, True))

    def _windows(self) -> Iterator[_Excess]:
        clients, windows = self.problem.clients, rulebook(self.problem).windows
        write = self.problem.times.moment
        for client, start in zip(self.visits, self.schedule.start.tolist(), strict=True):
            own = float(clients.tw_late[client])
            late = windows[client][-1][1] if windows.get(client) else own
            if not self._windows_of(client) or not later(start, late):
                continue
            name, text = clients.id[client].item(), write(start, up=True)
            changes = [Change("clients", name, "tw_late", start, text)] if later(start, own) else []
            if client in windows:
                changes.append(Change("time_windows", name, "tw_late", start, text))
            where = "it" if client == self.client else f"{name}, the other end of its shipment,"
            figure = f"straight to {where} starts at {text}, after {write(late)}"
            yield _Excess(Reason.TIME_WINDOW, figure, relative(start, late), tuple(changes))

    def _shift(self) -> Iterator[_Excess]:
        problem, schedule, at = self.problem, self.schedule, hours(self.problem, self.k)
        types, write = problem.vehicle_types, problem.times.moment
        overtime = float(types.max_overtime[self.k])
        for what, moment, late, depot, spare in (
            ("departs", schedule.departure, at.departure_late, types.start_depot, 0.0),
            ("is back", schedule.finish, at.finish_late, types.end_depot, overtime),
        ):
            if later(moment, late):
                figure = f"{what} at {write(moment, up=True)}, after {write(late)}"
                changes = tuple(self._later(moment, int(depot[self.k]), spare))
                yield _Excess(Reason.SHIFT, figure, relative(moment, late), changes)

    def _later(self, moment: float, depot: int, overtime: float) -> Iterator[Change]:
        """Yield what must change for a moment to be allowed: the shift, the depot's hours."""
        problem, depots = self.problem, self.problem.depots
        write = problem.times.moment
        ends = moment - overtime
        if later(ends, float(problem.vehicle_types.tw_late[self.k])):
            yield Change("vehicle_types", self.name, "tw_late", ends, write(ends, up=True))
        if later(moment, float(depots.tw_late[depot])):
            name = depots.id[depot].item()
            yield Change("depots", name, "tw_late", moment, write(moment, up=True))

    def _breaks(self) -> Iterator[_Excess]:
        """Yield breaks that come too late: any from the earliest start of the next is that one."""
        write = self.problem.times.moment
        rules = rulebook(self.problem).types[self.k].breaks
        due = [rule for rule in rules if not later(self.schedule.departure, rule[0])]
        for taken in self.schedule.breaks:
            if not due or later(due[0][0], taken.start):
                continue
            late = due.pop(0)[1]
            if later(taken.start, late):
                text = write(taken.start, up=True)
                change = Change("breaks", self.name, "tw_late", taken.start, text)
                figure = f"takes its break at {text}, after {write(late)}"
                yield _Excess(Reason.SHIFT, figure, relative(taken.start, late), (change,))

    def _lengths(self) -> Iterator[_Excess]:
        types, times, schedule = self.problem.vehicle_types, self.problem.times, self.schedule
        overtime, unit = float(types.max_overtime[self.k]), "" if times.known else " s"
        for column, amount, spare, verb in (
            ("max_duration", schedule.duration, overtime, "takes"),
            ("max_driving_duration", schedule.driving_duration, 0.0, "drives"),
        ):
            limit = float(getattr(types, column)[self.k])
            if later(amount, limit + spare):
                text = times.duration(amount - spare, up=True)
                change = Change("vehicle_types", self.name, column, amount - spare, text)
                most = times.duration(limit + spare) + unit
                figure = f"{verb} {times.duration(amount, up=True)}{unit}, more than {most}"
                yield _Excess(Reason.SHIFT, figure, relative(amount, limit), (change,))
        for column, amount, figure in (
            ("max_distance", schedule.distance, "is {:.10g} long, more than {:.10g}"),
            ("max_visits", float(len(self.visits)), "visits {:.10g} clients, more than {:.10g}"),
        ):
            limit = float(getattr(types, column)[self.k])
            if later(amount, limit):
                change = Change("vehicle_types", self.name, column, amount)
                text = figure.format(amount, limit)
                yield _Excess(Reason.SHIFT, text, relative(amount, limit), (change,))


def relative(value: float, limit: float) -> float:
    """Return by how much a value is above a limit, relative to the limit."""
    return float((value - limit) / max(abs(limit), 1.0))


# ---- messages


def _message(problem: RoutingProblem, client: int, trips: Sequence[Trip], reason: Reason) -> str:
    """Return one sentence that says by which numbers no vehicle can serve a client.

    The trips are those of the vehicle types that pass the tests before.
    """
    if reason is Reason.SKILL:
        return _skill_message(problem, client, min(trips, key=lambda trip: len(trip.lacks)))
    if reason is Reason.UNREACHABLE:
        ends = " and the other end of its shipment" if len(trips[0].visits) > 1 else ""
        return f"there is no way to it{ends} and back for any vehicle that holds its demand"
    if reason is Reason.TIME_WINDOW and not all(trip.can_be_mended for trip in trips):
        return "its windows in the table of windows lie outside its tw_early and tw_late"

    def size(trip: Trip) -> float:
        if reason is Reason.SHIFT:
            return trip.schedule.duration
        return sum(each.size for each in trip.excesses if each.reason is reason)

    trip = min(trips, key=size)
    if reason is Reason.CAPACITY:
        return max((e for e in trip.excesses if e.reason is reason), key=lambda e: e.size).figure
    if reason is Reason.TIME_WINDOW:
        return f"a vehicle that goes {trip.figures(reason)}"
    return f"the trip of {trip.name} to it alone {trip.figures(reason)}"


def _skill_message(problem: RoutingProblem, client: int, trip: Trip) -> str:
    clients, types = problem.clients, problem.vehicle_types
    wanted = clients.skills[trip.visits].any(axis=0)
    lacking = np.flatnonzero(wanted & ~types.skills[trip.k]).tolist()
    if not lacking:
        return "it may not be served by any vehicle type that has vehicles"
    needs = " and ".join(problem.skills[place] for place in np.flatnonzero(wanted).tolist())
    lacks = " or ".join(problem.skills[place] for place in lacking)
    return f"it needs {needs}, and {trip.name} has no {lacks}"
