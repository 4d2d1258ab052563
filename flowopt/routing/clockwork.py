"""Walks a route through traffic, windows, breaks, driving rules, reloads and release times."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from flowopt.routing.limits import MOST_BREAKS_ON_A_LEG, later
from flowopt.routing.rulebook import TypeRules, Window, rulebook
from flowopt.routing.stops import locations, trips

if TYPE_CHECKING:
    from flowopt.routing.parts import Ints
    from flowopt.routing.problem import RoutingProblem

_MOST_STEPS = 60  # towards the longest that a visit can be put off


@dataclass(frozen=True, slots=True)
class TakenBreak:
    """A break that a vehicle takes on its route.

    Parameters
    ----------
    start
        When it starts, in seconds.
    duration
        Seconds.
    before
        Position of the stop, reloads counted, on the way to which or in the wait for which it is
        taken; the number of stops for the way to the end depot.
    """

    start: float
    duration: float
    before: int


@dataclass(frozen=True, slots=True)
class _Stop:
    """When a visit or reload may start, how long it takes, when what it waits for is released."""

    windows: tuple[Window, ...]
    service: float
    ready: float = -math.inf

    def start(self, arrival: float) -> float:
        """Return the first moment from an arrival on that is in a window; else the arrival."""
        for early, late in self.windows:
            if not later(arrival, late):
                return max(arrival, early)
        return arrival

    def late(self, start: float) -> float:
        """Return by how many seconds a start is after all windows; 0 where it is not."""
        last = self.windows[-1][1] if self.windows else -math.inf
        return start - last if later(start, last) else 0.0

    def latest(self, bound: float) -> float:
        """Return the last moment in a window that is not after a bound; else the bound."""
        for early, late in reversed(self.windows):
            if early <= bound:
                return min(bound, late)
        return bound


@dataclass(slots=True)
class _Driver:
    """Where a driver is in time.

    Parameters
    ----------
    now
        The moment.
    rested
        Seconds of driving since the last rest.
    driving
        Seconds of driving in all.
    taken
        How many of the breaks of the table lie behind.
    """

    now: float
    rested: float = 0.0
    driving: float = 0.0
    taken: int = 0


@dataclass(slots=True)
class Timeline:
    """When a route happens.

    Parameters
    ----------
    departure, finish
        Moments of departure and return.
    arrival, start
        (s,) at each stop, reloads counted.
    breaks
        The breaks taken.
    driving
        Seconds of driving.
    late, break_late
        Seconds by which starts are after their windows, and breaks after their latest start.
    """

    departure: float
    finish: float = math.nan
    arrival: list[float] = field(default_factory=list)
    start: list[float] = field(default_factory=list)
    breaks: list[TakenBreak] = field(default_factory=list)
    driving: float = 0.0
    late: float = 0.0
    break_late: float = 0.0

    @property
    def is_late(self) -> bool:
        """Whether a start or a break is late."""
        return self.late > 0 or self.break_late > 0


class Clockwork:
    """The times of one route under all rules.

    Parameters
    ----------
    problem
        The problem.
    vehicle_type
        Position of the vehicle type.
    stops
        (s,) clients, and reloads as ``~depot``.
    """

    def __init__(self, problem: RoutingProblem, vehicle_type: int, stops: Ints) -> None:
        types, k = problem.vehicle_types, vehicle_type
        self.rules: TypeRules = rulebook(problem).types[k]
        places = np.concatenate(
            [
                [int(types.start_depot[k])],
                locations(stops, problem.num_depots),
                [int(types.end_depot[k])],
            ]
        )
        self.distances, durations = problem.travel_of(k).legs(places[:-1], places[1:])
        self.travel: list[float] = (durations / self.rules.speed_factor).tolist()
        self.stops, released = _stops(problem, k, stops)
        at = self.rules.hours
        self.earliest = max(at.departure_early, released)
        self._pauses = self.rules.pauses
        self._end = _Stop(((at.finish_early, math.inf),), 0.0)

    def timeline(self) -> Timeline:
        """Return when the route happens: late enough, that its duration is short."""
        soonest = self.walk(self.earliest)
        if not math.isfinite(soonest.finish):
            return soonest
        departure = self._first_way(soonest) if self._pauses else self._latest(soonest)
        departure = min(departure, self.rules.hours.departure_late)
        if not departure > self.earliest:
            return soonest
        line = self.walk(departure)
        return soonest if self._pauses and self._worse(line, soonest) else line

    def _first_way(self, soonest: Timeline) -> float:
        """Return the departure with no wait at the first stop."""
        return self.rules.speeds.departure(soonest.start[0], self.travel[0])

    def _worse(self, line: Timeline, soonest: Timeline) -> bool:
        most = self.rules.max_driving_duration
        return (
            later(line.finish, soonest.finish)
            or later(line.late, soonest.late)
            or later(line.break_late, soonest.break_late)
            or later(max(line.driving, most), max(soonest.driving, most))
        )

    def surely_late(self) -> bool:
        """Return whether a start, a break or the return is late whenever the route departs.

        It is told as soon as it shows; a route of which it is not told may break limits as well.
        """
        soonest = self.walk(self.earliest, until_late=True)
        if not self._is_late(soonest) or not self._pauses:
            return self._is_late(soonest)
        departure = min(self._first_way(soonest), self.rules.hours.departure_late)
        if not departure > self.earliest:
            return True
        return self._is_late(self.walk(departure, until_late=True))

    def _is_late(self, line: Timeline) -> bool:
        return line.is_late or later(line.finish, self.rules.hours.finish_late)

    # ---- forward

    def walk(self, departure: float, until_late: bool = False) -> Timeline:
        """Return when the route happens from a departure on.

        Parameters
        ----------
        departure
            The moment of departure.
        until_late
            Whether to end where a start or break is late.
        """
        line, driver = Timeline(departure), self._driver(departure)
        self._drive(driver, 0, line)
        return self._onward(driver, 0, line, until_late=until_late)

    def _driver(self, departure: float) -> _Driver:
        passed = sum(later(departure, early) for early, _, _ in self.rules.breaks)
        return _Driver(departure, taken=passed)

    def _onward(
        self,
        driver: _Driver,
        first: int,
        line: Timeline,
        not_before: float = -math.inf,
        until_late: bool = False,
    ) -> Timeline:
        """Go on from the arrival at a stop, which may not start before a moment."""
        for number in range(first, len(self.stops)):
            stop = self.stops[number]
            line.arrival.append(driver.now)
            start = self._wait(driver, number, stop, line, not_before)
            line.start.append(start)
            line.late = max(line.late, stop.late(start))
            if until_late and line.is_late:
                return line
            driver.now = max(start + stop.service, stop.ready)
            self._drive(driver, number + 1, line)
            not_before = -math.inf
        line.finish = self._wait(driver, len(self.stops), self._end, line, not_before)
        line.driving = driver.driving
        return line

    def _drive(self, driver: _Driver, number: int, line: Timeline) -> None:
        """Move a driver along a way, breaks included."""
        speeds, left = self.rules.speeds, self.travel[number]
        for _ in range(MOST_BREAKS_ON_A_LEG + 1):
            arrival = speeds.arrival(driver.now, left)
            pause = self._pause(driver, arrival) if self._pauses else None
            if not math.isfinite(arrival):
                break
            if pause is None:
                driver.driving += arrival - driver.now
                driver.rested += arrival - driver.now
                driver.now = arrival
                return
            moment, duration, from_table = pause
            left = max(0.0, left - speeds.covered(driver.now, moment))
            driver.driving += moment - driver.now
            driver.rested += moment - driver.now
            driver.now = moment
            self._rest(driver, number, duration, from_table, line)
        driver.now = math.inf

    def _pause(self, driver: _Driver, arrival: float) -> tuple[float, float, bool] | None:
        """Return the next break before an arrival: start, duration, whether it is of the table."""
        rules = self.rules
        at_limit = driver.now + max(0.0, rules.max_driving_before_break - driver.rested)
        pause = None
        if later(arrival, at_limit):
            pause = at_limit, rules.driving_break_duration, False
        if driver.taken < len(rules.breaks):
            early, _, duration = rules.breaks[driver.taken]
            moment = max(early, driver.now)
            due = later(arrival, early) or later(driver.now, early)
            if due and (pause is None or not later(moment, pause[0])):
                pause = moment, duration, True
        return pause

    def _rest(
        self, driver: _Driver, number: int, duration: float, from_table: bool, line: Timeline
    ) -> None:
        line.breaks.append(TakenBreak(driver.now, duration, number))
        if from_table:
            latest = self.rules.breaks[driver.taken][1]
            if later(driver.now, latest):
                line.break_late = max(line.break_late, driver.now - latest)
            driver.taken += 1
        if not from_table or not later(self.rules.driving_break_duration, duration):
            driver.rested = 0.0
        driver.now += duration

    def _wait(
        self, driver: _Driver, number: int, stop: _Stop, line: Timeline, not_before: float
    ) -> float:
        """Return when a stop starts after an arrival, breaks in the wait included."""
        arrival = driver.now
        start = stop.start(max(arrival, not_before))
        if not self._pauses or not math.isfinite(start):
            return start
        while driver.taken < len(self.rules.breaks):
            early, _, duration = self.rules.breaks[driver.taken]
            moment = max(driver.now, early)
            if not later(start, moment):  # no wait is left
                break
            driver.now = moment
            self._rest(driver, number, duration, True, line)
            start = stop.start(max(start, driver.now))
        if not later(self.rules.driving_break_duration, start - arrival):
            driver.rested = 0.0
        return start

    def soonest_leaves(self) -> list[float]:
        """Return before when the start and each stop cannot be left, breaks and releases aside."""
        leaves = [self.rules.hours.departure_early]
        for stop, travel in zip(self.stops, self.travel, strict=False):
            arrival = self.rules.speeds.arrival(leaves[-1], travel)
            leaves.append(stop.start(arrival) + stop.service)
        return leaves

    # ---- backward

    def _latest(self, soonest: Timeline) -> float:
        """Return the latest departure with the earliest return and no more windows broken."""
        then = soonest.finish
        speeds = self.rules.speeds
        for number in range(len(self.stops) - 1, -1, -1):
            stop = self.stops[number]
            leave = speeds.departure(then, self.travel[number + 1])
            then = max(stop.latest(leave - stop.service), soonest.start[number])
        return speeds.departure(then, self.travel[0])

    def latest_starts(self, finish: float) -> list[float]:
        """Return the latest starts of the stops that keep all windows and a return, breaks aside.

        Parameters
        ----------
        finish
            The latest return.
        """
        latest, then = [], finish
        speeds = self.rules.speeds
        for number in range(len(self.stops) - 1, -1, -1):
            stop = self.stops[number]
            leave = speeds.departure(then, self.travel[number + 1])
            late = -math.inf if later(stop.ready, leave) else leave - stop.service
            then = stop.latest(late)
            if stop.windows:
                then = min(then, stop.windows[-1][1])
            latest.append(then)
        return latest[::-1]

    def slack(self, line: Timeline, finish: float) -> list[float]:
        """Return by how many seconds each start could be put off with no limit broken.

        With break rules it is found by walking on from there, and may be less than the most.

        Parameters
        ----------
        line
            When the route happens.
        finish
            The latest return.
        """
        latest = self.latest_starts(finish)
        spare = [
            late - start if start < math.inf else math.nan
            for late, start in zip(latest, line.start, strict=True)
        ]
        if not self._pauses or not math.isfinite(line.finish):
            return spare
        driver, again = self._driver(line.departure), Timeline(line.departure)
        for number, stop in enumerate(self.stops):
            self._drive(driver, number, again)
            if spare[number] > 0:
                spare[number] = self._put_off(driver, number, line, spare[number], finish)
            start = self._wait(driver, number, stop, again, -math.inf)
            driver.now = max(start + stop.service, stop.ready)
        return spare

    def _put_off(
        self, driver: _Driver, number: int, line: Timeline, most: float, finish: float
    ) -> float:
        """Return by how much a stop at which a driver arrives can be put off, at most so much."""
        start = line.start[number]
        endless = not math.isfinite(most)
        spare = self._horizon(line) - start if endless else most
        for _ in range(_MOST_STEPS):
            on = self._onward(replace(driver), number, Timeline(line.departure), start + spare)
            too_late = max(
                on.late,
                on.break_late,
                on.finish - finish if later(on.finish, finish) else 0.0,
                on.driving - self.rules.max_driving_duration,
            )
            if not too_late > 0:
                return math.inf if endless else spare
            spare, endless = spare - too_late, False
            if not spare > 0:
                return 0.0
        return 0.0

    def _horizon(self, line: Timeline) -> float:
        """Return a moment after everything that could still happen on a route."""
        breaks = [
            max(early, late if late < math.inf else 0.0) + duration
            for early, late, duration in self.rules.breaks
        ]
        return max(line.finish, *breaks, 0.0) + (line.finish - line.departure)


def _stops(problem: RoutingProblem, k: int, stops: Ints) -> tuple[list[_Stop], float]:
    """Return what the clock goes by at each stop, and when the first trip may leave."""
    clients, depots = problem.clients, problem.depots
    windows = rulebook(problem).windows
    places = stops.tolist()
    visits = stops[stops >= 0]
    columns = zip(
        clients.tw_early[visits].tolist(),
        clients.tw_late[visits].tolist(),
        clients.service_duration[visits].tolist(),
        strict=True,
    )
    released = _releases(problem, places)
    result, trip = [], 0
    for place in places:
        if place < 0:
            trip += 1
            window = float(depots.tw_early[~place]), float(depots.tw_late[~place])
            service = float(problem.vehicle_types.reload_duration[k])
            result.append(_Stop((window,), service, released[trip]))
        else:
            early, late, service = next(columns)
            result.append(_Stop(windows.get(place, ((early, late),)), service))
    return result, released[0]


def _releases(problem: RoutingProblem, stops: Sequence[int]) -> list[float]:
    """Return when the goods of each trip are released."""
    if "release_times" not in rulebook(problem).names:
        return [-math.inf] * len(trips(stops))
    moments = problem.clients.release_time
    return [float(np.nanmax([-math.inf, *moments[trip]])) for trip in trips(stops)]
