"""Where a client can be inserted under any rules: bounds sort the places, the schedule decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from flowopt.routing.alone import trip_of
from flowopt.routing.clockwork import Clockwork
from flowopt.routing.limits import hours, within
from flowopt.routing.quick_insertion import Found
from flowopt.routing.ranking import added_balance
from flowopt.routing.rulebook import rulebook
from flowopt.routing.schedule import Schedule, holds, schedule_route
from flowopt.routing.stops import locations

if TYPE_CHECKING:
    from flowopt.routing.parts import Bools, Floats, Ints
    from flowopt.routing.problem import RoutingProblem


@dataclass(frozen=True, slots=True)
class _Place:
    """A place that has not been looked at closely, and what it costs at least.

    Parameters
    ----------
    bound
        What the plan costs more at least.
    route
        Position of the route.
    parts
        What is inserted before which stop, the last first.
    """

    bound: float
    route: int
    parts: tuple[tuple[int, tuple[int, ...]], ...]

    def stops(self, route: Sequence[int]) -> list[int]:
        """Return the stops of the route with what is inserted."""
        stops = list(route)
        for gap, inserted in self.parts:
            stops[gap:gap] = inserted
        return stops


@dataclass(frozen=True, slots=True, eq=False)
class _Gaps:
    """The s + 1 gaps between the stops of a route, and what bounds an insertion there.

    Parameters
    ----------
    source, target
        Locations before and after each gap.
    leaves, latest
        Earliest moment at which the one is left, latest at which the other is reached.
    trip
        Number of the trip that each gap is in.
    delivered, collected
        (s + 1, d) what that trip delivers and collects.
    closed
        (2, s + 1) whether nobody was visited since the last depot, nobody is before the next.
    """

    source: Ints
    target: Ints
    leaves: Floats
    latest: Floats
    trip: Ints
    delivered: Floats
    collected: Floats
    closed: Bools


@dataclass(frozen=True, slots=True, eq=False)
class _Route:
    vehicle_type: int
    stops: list[int]
    schedule: Schedule
    holds: bool
    least_duration: float
    gaps: _Gaps


class RuledPlan:
    """Routes under rules, into which clients are inserted.

    Parameters
    ----------
    problem
        The problem.
    """

    def __init__(self, problem: RoutingProblem) -> None:
        self.problem = problem
        self._routes: list[_Route] = []

    @property
    def plan(self) -> list[tuple[int, list[int]]]:
        """Vehicle type and stops of each route."""
        return [(route.vehicle_type, list(route.stops)) for route in self._routes]

    @property
    def durations(self) -> list[float]:
        """Duration of each route."""
        return [route.schedule.duration for route in self._routes]

    def __len__(self) -> int:
        return len(self._routes)

    def type_of(self, route: int) -> int:
        """Return the vehicle type of a route."""
        return self._routes[route].vehicle_type

    def put(self, route: int, vehicle_type: int, stops: Sequence[int]) -> None:
        """Give a route stops; one beyond the last is new."""
        state = self._state(vehicle_type, np.array(stops, dtype=np.int64))
        self._routes[route : route + 1] = [state]

    def best(self, client: int) -> Found | None:
        """Return the cheapest place for a client, and the other end of its shipment.

        Parameters
        ----------
        client
            Its position.
        """
        problem, durations, best = self.problem, self.durations, None
        for place in sorted(self._places(client), key=lambda place: place.bound):
            if best is not None and place.bound >= best.cost:
                break
            route = self._routes[place.route]
            stops, k = place.stops(route.stops), route.vehicle_type
            schedule = schedule_route(problem, k, np.array(stops, dtype=np.int64), slack=False)
            if holds(problem, k, schedule):
                cost = schedule.cost - route.schedule.cost
                cost += added_balance(problem, durations, schedule.duration, place.route)
                if best is None or cost < best.cost:
                    best = Found(cost, place.route, stops)
        return best

    # ---- a route as it stands

    def _state(self, k: int, stops: Ints) -> _Route:
        problem = self.problem
        schedule = schedule_route(problem, k, stops, slack=False)
        clock, at = Clockwork(problem, k, stops), hours(problem, k)
        types, m = problem.vehicle_types, problem.num_depots
        ends = [int(types.start_depot[k])], [int(types.end_depot[k])]
        places = locations(stops, m)
        is_reload = stops < 0
        trip = np.concatenate([[0], np.cumsum(is_reload)])
        number = trip[1:][~is_reload]
        loads = np.zeros((2, int(trip[-1]) + 1, len(problem.loads)))
        visits = stops[~is_reload]
        np.add.at(loads[0], number, problem.clients.demand[visits])
        np.add.at(loads[1], number, problem.clients.pickup[visits])
        edge = np.concatenate([[True], is_reload]), np.concatenate([is_reload, [True]])
        gaps = _Gaps(
            source=np.concatenate([ends[0], places]),
            target=np.concatenate([places, ends[1]]),
            leaves=np.array(clock.soonest_leaves()),
            latest=np.array([*clock.latest_starts(at.finish_late), at.finish_late]),
            trip=trip,
            delivered=loads[0][trip],
            collected=loads[1][trip],
            closed=np.array(edge),
        )
        least = sum(clock.travel) / clock.rules.speeds.fastest + sum(s.service for s in clock.stops)
        return _Route(k, stops.tolist(), schedule, holds(problem, k, schedule), least, gaps)

    # ---- places

    def _places(self, client: int) -> Iterator[_Place]:
        """Yield the places that the bounds do not rule out."""
        problem = self.problem
        trip = trip_of(problem, client)
        for number, route in enumerate(self._routes):
            k = route.vehicle_type
            visits = sum(stop >= 0 for stop in route.stops) + len(trip)
            few = visits <= problem.vehicle_types.max_visits[k]
            if route.holds and few and problem.may_serve[trip, k].all():
                yield from self._together(number, route, tuple(trip))
                if len(trip) > 1:
                    yield from self._apart(number, route, (trip[0], trip[1]))

    def _together(self, number: int, route: _Route, trip: tuple[int, ...]) -> Iterator[_Place]:
        """Yield places of a client or pair at one gap, also with a reload before or after."""
        types, k = self.problem.vehicle_types, route.vehicle_type
        left = types.max_reloads[k] - sum(stop < 0 for stop in route.stops)
        blocks: list[tuple[int, ...]] = [trip]
        for depot in np.flatnonzero(types.reload_depots[k]).tolist() if left > 0 else ():
            blocks += [(~depot, *trip), (*trip, ~depot)]
            blocks += [(~depot, *trip, ~depot)] if left > 1 else []
        for block in blocks:
            bounds, fits = self._bounds(route, block)
            if len(block) == len(trip):
                fits &= self._loads_fit(route, trip)
            for side, stop in enumerate((block[0], block[-1])):
                if stop < 0:
                    fits &= ~route.gaps.closed[side]
            for gap in np.flatnonzero(fits).tolist():
                yield _Place(self._least(route) + float(bounds[gap]), number, ((gap, block),))

    def _apart(self, number: int, route: _Route, ends: tuple[int, int]) -> Iterator[_Place]:
        """Yield places of the ends of a shipment at two gaps of a trip."""
        pickup, delivery = (self._bounds(route, (end,)) for end in ends)
        fits = self._loads_fit(route, ends)
        trip = route.gaps.trip
        for first in np.flatnonzero(pickup[1] & fits).tolist():
            later = np.flatnonzero(delivery[1] & (trip == trip[first]))
            for last in later[later > first].tolist():
                bound = self._least(route) + float(pickup[0][first] + delivery[0][last])
                parts = (last, (ends[1],)), (first, (ends[0],))
                yield _Place(bound, number, parts)

    def _bounds(self, route: _Route, block: tuple[int, ...]) -> tuple[Floats, Bools]:
        """Return what stops cost at least at each gap, and whether time and ways may allow it."""
        problem, k, gaps = self.problem, route.vehicle_type, route.gaps
        types, clients, depots = problem.vehicle_types, problem.clients, problem.depots
        rules, travel = rulebook(problem).types[k], problem.travel_of(k)
        fastest = rules.speed_factor * rules.speeds.fastest
        far, long = travel.legs(gaps.source, gaps.target)
        extra, more, now, here = -far, -long / fastest, gaps.leaves, gaps.source
        fits: Bools = np.isfinite(far) & np.isfinite(long)
        for stop, place in zip(block, locations(np.array(block), problem.num_depots), strict=True):
            far, long = travel.legs(here, place)
            part, row = (clients, stop) if stop >= 0 else (depots, ~stop)
            start = np.maximum(now + long / fastest, part.tw_early[row])
            service = clients.service_duration[stop] if stop >= 0 else types.reload_duration[k]
            fits = fits & np.isfinite(far) & np.isfinite(long) & within(start, part.tw_late[row])
            extra, more = _summed(extra, far), _summed(more, long / fastest + service)
            now, here = start + service, np.full(len(far), place)
        far, long = travel.legs(here, gaps.target)
        fits = fits & np.isfinite(far) & np.isfinite(long)
        fits = fits & within(now + long / fastest, gaps.latest)
        extra, more = _summed(extra, far), _summed(more, long / fastest)
        fits = fits & within(route.schedule.distance + extra, types.max_distance[k])
        served = [stop for stop in block if stop >= 0]
        cost = types.unit_distance_cost[k] * extra + types.unit_duration_cost[k] * more
        return cost + problem.clients.assignment_cost[served, k].sum(), fits

    def _loads_fit(self, route: _Route, trip: tuple[int, ...]) -> Bools:
        """Return whether each gap's trip has room for what it delivers and collects in all."""
        clients, gaps = self.problem.clients, route.gaps
        capacity = self.problem.vehicle_types.capacity[route.vehicle_type]
        delivered = gaps.delivered + clients.demand[list(trip)].sum(axis=0)
        collected = gaps.collected + clients.pickup[list(trip)].sum(axis=0)
        most = np.maximum(delivered, collected)
        result: Bools = np.all(within(most, capacity), axis=1)
        return result

    def _least(self, route: _Route) -> float:
        """Return what a route costs more at least: all its waits and overtime may fall away."""
        types, k, schedule = self.problem.vehicle_types, route.vehicle_type, route.schedule
        spared = types.unit_duration_cost[k] * (schedule.duration - route.least_duration)
        spared += types.unit_overtime_cost[k] * schedule.overtime
        return -float(spared + self.problem.longest_duration_cost * schedule.duration)


def _summed(one: Floats, other: Floats) -> Floats:
    """Return sums, 0 where either is infinite: where there is no way, nothing is looked up."""
    return np.where(np.isfinite(one) & np.isfinite(other), one + other, 0.0)
