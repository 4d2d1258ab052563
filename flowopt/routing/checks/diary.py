"""Walks a route stop by stop through traffic and breaks, by arithmetic of its own."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from flowopt.routing.checks.tolerance import TIE, exceeds
from flowopt.routing.limits import MOST_BREAKS_ON_A_LEG

if TYPE_CHECKING:
    from flowopt.routing.checks.view import RouteView


class Road:
    """How far along a road of speed 1 a vehicle is by time, that road being as long as it takes.

    Parameters
    ----------
    marks
        From when each factor holds, and the factor.
    """

    def __init__(self, marks: list[tuple[float, float]]) -> None:
        self._times = [time for time, _ in marks]
        self._factors = [1.0, *(factor for _, factor in marks)]
        self._miles = [0.0]
        for (begin, factor), (end, _) in pairwise(marks):
            self._miles.append(self._miles[-1] + factor * (end - begin))

    def mile(self, time: float) -> float:
        """Return where on the road who drives all the time is at a moment."""
        if not self._times:
            return time
        place = int(np.searchsorted(self._times, time, side="right"))
        mark = max(0, place - 1)
        return self._miles[mark] + self._factors[place] * (time - self._times[mark])

    def time(self, mile: float) -> float:
        """Return when that is at a place on the road."""
        if not self._times:
            return mile
        place = int(np.searchsorted(self._miles, mile, side="right"))
        mark = max(0, place - 1)
        return self._times[mark] + (mile - self._miles[mark]) / self._factors[place]

    def reach(self, moment: float, duration: float) -> float:
        """Return when a way ends that begins at a moment."""
        return self.time(self.mile(moment) + duration) if self._times else moment + duration


@dataclass
class Page:
    """What a walk along a route writes down.

    Parameters
    ----------
    arrivals, starts
        At each stop, reloads counted.
    finish
        The return.
    pauses
        Start, duration, and the stop before which it is, of each break.
    driving
        Seconds of driving.
    missed
        Seconds by which starts are after their windows, by stop.
    late_breaks
        Seconds by which breaks are after their latest start.
    """

    arrivals: list[float] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    finish: float = math.nan
    pauses: list[tuple[float, float, int]] = field(default_factory=list)
    driving: float = 0.0
    missed: dict[int, float] = field(default_factory=dict)
    late_breaks: list[float] = field(default_factory=list)

    @property
    def worst(self) -> tuple[float, float]:
        """The most by which a start and a break are late."""
        return max(self.missed.values(), default=0.0), max(self.late_breaks, default=0.0)


class Diary:
    """Writes down what happens on a route, from any departure.

    Parameters
    ----------
    view
        The route.
    """

    def __init__(self, view: RouteView) -> None:
        problem, k, types = view.problem, view.vehicle_type, view.problem.vehicle_types
        self.view, self.legs = view, view.legs[1]
        self.departs = self._hours(int(types.start_depot[k]))
        self.returns = self._hours(int(types.end_depot[k]))
        self.most_rested = float(types.max_driving_before_break[k])
        self.rest = float(types.driving_break_duration[k])
        self.most_driving = float(types.max_driving_duration[k])
        table = problem.breaks
        self.table = sorted(
            (float(table.tw_early[row]), float(table.tw_late[row]), float(table.duration[row]))
            for row in np.flatnonzero(table.vehicle_type == k)
        )
        self.pauses = bool(self.table) or min(self.most_rested, self.most_driving) < math.inf
        self.road = Road(self._marks())
        self.windows = self._windows()
        self.released = self._releases()
        self.service = view.problem.clients.service_duration[view.visits].tolist()
        self._place = np.cumsum([stop >= 0 for stop in view.stops]).tolist()

    @property
    def earliest(self) -> float:
        """The earliest departure."""
        return max(self.departs[0], self.released[0])

    def _hours(self, depot: int) -> tuple[float, float]:
        """Return when a vehicle may be on the move at a depot, overtime aside."""
        types, depots, k = self.view.problem.vehicle_types, self.view.problem.depots, self.view
        early = max(float(types.tw_early[k.vehicle_type]), float(depots.tw_early[depot]))
        return early, min(float(types.tw_late[k.vehicle_type]), float(depots.tw_late[depot]))

    def _marks(self) -> list[tuple[float, float]]:
        traffic = self.view.problem.traffic
        profile = int(self.view.problem.vehicle_types.profile[self.view.vehicle_type])
        for wanted in (profile, -1):
            rows = np.flatnonzero(traffic.profile == wanted).tolist()
            if rows:
                marks = [(float(traffic.start[r]), float(traffic.speed_factor[r])) for r in rows]
                return sorted(marks)
        return []

    def _windows(self) -> list[list[tuple[float, float]]]:
        """Return when each stop may start."""
        problem, table = self.view.problem, self.view.problem.time_windows
        clients, depots = problem.clients, problem.depots
        result = []
        for stop in self.view.stops:
            part, row = (clients, stop) if stop >= 0 else (depots, -1 - stop)
            own = float(part.tw_early[row]), float(part.tw_late[row])
            rows = np.flatnonzero(table.client == stop).tolist() if len(table) else []
            cut = [
                (max(own[0], float(table.tw_early[each])), min(own[1], float(table.tw_late[each])))
                for each in rows
            ]
            result.append(sorted(window for window in cut if window[0] <= window[1]))
            if not rows:
                result[-1] = [own]
        return result

    def _releases(self) -> list[float]:
        """Return when the goods of each trip are there."""
        moments, released = self.view.problem.clients.release_time, [-math.inf]
        for stop in self.view.stops:
            if stop < 0:
                released.append(-math.inf)
            elif not math.isnan(moments[stop]):
                released[-1] = max(released[-1], float(moments[stop]))
        return released

    def leave(self, number: int, start: float) -> float:
        """Return when a stop is left that starts at a moment.

        Parameters
        ----------
        number
            Its position among the stops.
        start
            When it starts.
        """
        if self.view.stops[number] >= 0:
            return start + float(self.service[self._place[number] - 1])
        trip = number + 1 - self._place[number]
        reload = self.view.problem.vehicle_types.reload_duration[self.view.vehicle_type]
        return max(start + float(reload), float(self.released[trip]))

    def page(self, departure: float, put_off: tuple[int, float] = (-1, -math.inf)) -> Page:
        """Return what happens from a departure on.

        Parameters
        ----------
        departure
            The moment.
        put_off
            A stop that does not start before a moment, and that moment.
        """
        return _Walker(self, departure, put_off).walked()


class _Walker:
    """One walk along a route."""

    def __init__(self, diary: Diary, departure: float, put_off: tuple[int, float]) -> None:
        self.diary, self.page, self.put_off = diary, Page(), put_off
        self.now, self.since_rest = departure, 0.0
        self.due = [row for row in diary.table if not exceeds(departure, row[0], TIE)]

    def walked(self) -> Page:
        diary, page = self.diary, self.page
        last = len(diary.view.stops)
        for number in range(last):
            self._drive(number)
            page.arrivals.append(self.now)
            page.starts.append(self._wait(number, diary.windows[number]))
            self.now = diary.leave(number, page.starts[-1])
        self._drive(last)
        page.finish = self._wait(last, [(diary.returns[0], math.inf)])
        return page

    def _drive(self, number: int) -> None:
        """Drive to a stop, and rest on the way where it is time."""
        if not self.diary.pauses:
            end = self.diary.road.reach(self.now, self.diary.legs[number])
            self.page.driving += end - self.now if end < math.inf else 0.0
            self.now = end
            return
        left, road, count = self.diary.legs[number], self.diary.road, 0
        while math.isfinite(left) and math.isfinite(self.now):
            end = road.reach(self.now, left)
            tired = self.now + max(0.0, self.diary.most_rested - self.since_rest)
            then, pause = end, None
            if exceeds(end, tired, TIE):
                then, pause = tired, (self.diary.rest, False)
            if self.due:
                moment = max(self.now, self.due[0][0])
                on_the_way = exceeds(max(end, self.now), self.due[0][0], TIE)
                if on_the_way and (pause is None or not exceeds(moment, then, TIE)):
                    then, pause = moment, (self.due[0][2], True)
            left = max(0.0, left - (road.mile(then) - road.mile(self.now)))
            self.page.driving += then - self.now
            self.since_rest += then - self.now
            self.now = then
            if pause is None:
                return
            self._pause(number, *pause)
            count += 1
            if count > MOST_BREAKS_ON_A_LEG:
                break
        self.now = math.inf

    def _pause(self, number: int, duration: float, of_table: bool) -> None:
        self.page.pauses.append((self.now, duration, number))
        if of_table:
            late = self.due.pop(0)[1]
            if exceeds(self.now, late, TIE):
                self.page.late_breaks.append(self.now - late)
        if not of_table or not exceeds(self.diary.rest, duration, TIE):
            self.since_rest = 0.0
        self.now += duration

    def _wait(self, number: int, windows: list[tuple[float, float]]) -> float:
        """Wait until a stop may start, and rest where it is time; return when it starts."""
        arrival = self.now
        not_before = self.put_off[1] if number == self.put_off[0] else arrival
        start = first_in(windows, max(arrival, not_before))
        while self.due and math.isfinite(start):
            moment = max(self.now, self.due[0][0])
            if not exceeds(start, moment, TIE):
                break
            self.now = moment
            self._pause(number, self.due[0][2], True)
            start = first_in(windows, max(start, self.now))
        if self.diary.pauses and not exceeds(self.diary.rest, start - arrival, TIE):
            self.since_rest = 0.0
        if not windows or (start > windows[-1][1] and exceeds(start, windows[-1][1], TIE)):
            self.page.missed[number] = start - windows[-1][1] if windows else math.inf
        return start


def first_in(windows: list[tuple[float, float]], moment: float) -> float:
    """Return the first moment from one on that lies in a window; else that one.

    Examples
    --------
    >>> first_in([(0.0, 5.0), (8.0, 9.0)], 6.0), first_in([(0.0, 5.0)], 6.0)
    (8.0, 6.0)
    """
    for early, late in windows:
        if moment <= late or not exceeds(moment, late, TIE):
            return max(moment, early)
    return moment
