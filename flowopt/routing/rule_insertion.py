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
class _Places:
    """Places of the same stops that have not been looked at closely: most never are.

    Parameters
    ----------
    bound, route
        (p,) what the plan costs more at least, and position of the route.
    gaps
        (p,) of each block of stops, before which stop of the route it is inserted.
    blocks
        The blocks, the last first.
    """

    bound: Floats
    route: Ints
    gaps: tuple[Ints, ...]
    blocks: tuple[tuple[int, ...], ...]

    def place(self, row: int) -> _Place:
        """Return one of them."""
        gaps = (int(gap[row]) for gap in self.gaps)
        parts = tuple(zip(gaps, self.blocks, strict=True))
        return _Place(float(self.bound[row]), int(self.route[row]), parts)


def _cheapest_first(some: list[_Places]) -> Iterator[_Place]:
    """Yield places in the order of their bounds."""
    if not some:
        return
    sizes = [len(places.bound) for places in some]
    of = np.repeat(np.arange(len(some)), sizes)
    row = np.concatenate([np.arange(size) for size in sizes])
    for at in np.argsort(np.concatenate([places.bound for places in some]), kind="stable").tolist():
        yield some[of[at]].place(row[at])


@dataclass(frozen=True, slots=True, eq=False)
class _Gaps:
    """The gaps between the stops of routes of one type, and what bounds an insertion there.

    Parameters
    ----------
    route, gap
        Which route, and which of its s + 1 gaps.
    source, target
        Locations before and after each gap.
    leaves, latest
        Earliest moment at which the one is left, latest at which the other is reached.
    trip
        Number of the trip that each gap is in.
    delivered, collected
        (g, d) what that trip delivers and collects.
    first, last
        Whether nobody was visited since the last depot, nobody is before the next.
    distance, least
        Of the route: its distance, and what it costs more at least when it changes.
    visits, reloads
        How many of them it has.
    """

    route: Ints
    gap: Ints
    source: Ints
    target: Ints
    leaves: Floats
    latest: Floats
    trip: Ints
    delivered: Floats
    collected: Floats
    first: Bools
    last: Bools
    distance: Floats
    least: Floats
    visits: Ints
    reloads: Ints


@dataclass(frozen=True, slots=True, eq=False)
class _Route:
    vehicle_type: int
    stops: list[int]
    schedule: Schedule
    gaps: _Gaps | None
    """None where the route does not hold."""


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
        self._gathered: dict[int, _Gaps | None] = {}

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
        state = self._state(route, vehicle_type, np.array(stops, dtype=np.int64))
        for k in {vehicle_type, *(old.vehicle_type for old in self._routes[route : route + 1])}:
            new = state.gaps if k == vehicle_type else None
            self._gathered[k] = _exchanged(self._gathered.get(k), route, new)
        self._routes[route : route + 1] = [state]

    def best(self, client: int) -> Found | None:
        """Return the cheapest place for a client, and the other end of its shipment.

        Parameters
        ----------
        client
            Its position.
        """
        problem, durations, best = self.problem, self.durations, None
        for place in _cheapest_first(list(self._places(client))):
            if best is not None and place.bound >= best.cost:
                break
            route = self._routes[place.route]
            stops, k = np.array(place.stops(route.stops), dtype=np.int64), route.vehicle_type
            if Clockwork(problem, k, stops).surely_late():
                continue
            schedule = schedule_route(problem, k, stops, slack=False)
            if holds(problem, k, schedule):
                cost = schedule.cost - route.schedule.cost
                cost += added_balance(problem, durations, schedule.duration, place.route)
                if best is None or cost < best.cost:
                    best = Found(cost, place.route, stops.tolist())
        return best

    # ---- routes as they stand

    def _state(self, number: int, k: int, stops: Ints) -> _Route:
        schedule = schedule_route(self.problem, k, stops, slack=False)
        held = holds(self.problem, k, schedule)
        gaps = self._gaps(number, k, stops, schedule) if held else None
        return _Route(k, stops.tolist(), schedule, gaps)

    def _gaps(self, number: int, k: int, stops: Ints, schedule: Schedule) -> _Gaps:
        problem, types = self.problem, self.problem.vehicle_types
        clock, at = Clockwork(problem, k, stops), hours(problem, k)
        ends = [int(types.start_depot[k])], [int(types.end_depot[k])]
        places, is_reload = locations(stops, problem.num_depots), stops < 0
        trip = np.concatenate([[0], np.cumsum(is_reload)])
        loads = np.zeros((2, int(trip[-1]) + 1, len(problem.loads)))
        visits = stops[~is_reload]
        np.add.at(loads[0], trip[1:][~is_reload], problem.clients.demand[visits])
        np.add.at(loads[1], trip[1:][~is_reload], problem.clients.pickup[visits])
        size = len(stops) + 1
        return _Gaps(
            route=np.full(size, number),
            gap=np.arange(size),
            source=np.concatenate([ends[0], places]),
            target=np.concatenate([places, ends[1]]),
            leaves=np.array(clock.soonest_leaves()),
            latest=np.array([*clock.latest_starts(at.finish_late), at.finish_late]),
            trip=trip,
            delivered=loads[0][trip],
            collected=loads[1][trip],
            first=np.concatenate([[True], is_reload]),
            last=np.concatenate([is_reload, [True]]),
            distance=np.full(size, schedule.distance),
            least=np.full(size, self._least(k, clock, schedule)),
            visits=np.full(size, len(visits)),
            reloads=np.full(size, np.count_nonzero(is_reload)),
        )

    def _least(self, k: int, clock: Clockwork, schedule: Schedule) -> float:
        """Return what a route costs more at least: all its waits and overtime may fall away."""
        types = self.problem.vehicle_types
        least = sum(clock.travel) / clock.rules.speeds.fastest + sum(s.service for s in clock.stops)
        spared = types.unit_duration_cost[k] * (schedule.duration - least)
        spared += types.unit_overtime_cost[k] * schedule.overtime
        return -float(spared + self.problem.longest_duration_cost * schedule.duration)

    # ---- places

    def _places(self, client: int) -> Iterator[_Places]:
        """Yield the places that the bounds do not rule out."""
        problem = self.problem
        trip = tuple(trip_of(problem, client))
        for k in range(problem.num_vehicle_types):
            gaps = self._gathered.get(k) if problem.may_serve[list(trip), k].all() else None
            if gaps is not None:
                few = gaps.visits + len(trip) <= problem.vehicle_types.max_visits[k]
                yield from self._together(k, gaps, few, trip)
                if len(trip) > 1:
                    yield from self._apart(k, gaps, few, (trip[0], trip[1]))

    def _together(
        self, k: int, gaps: _Gaps, few: Bools, trip: tuple[int, ...]
    ) -> Iterator[_Places]:
        """Yield places of a client or pair at one gap, also with a reload before or after."""
        types = self.problem.vehicle_types
        blocks: list[tuple[int, ...]] = [trip]
        for depot in np.flatnonzero(types.reload_depots[k] & (types.max_reloads[k] > 0)).tolist():
            blocks += [(~depot, *trip), (*trip, ~depot), (~depot, *trip, ~depot)]
        for block in blocks:
            bounds, fits = self._bounds(k, gaps, block)
            fits = fits & few
            if len(block) == len(trip):
                fits = fits & self._loads_fit(k, gaps, trip)
            else:
                more = len(block) - len(trip)
                fits = fits & (gaps.reloads + more <= types.max_reloads[k])
                fits = fits & ~(gaps.first & (block[0] < 0)) & ~(gaps.last & (block[-1] < 0))
            rows = np.flatnonzero(fits)
            bound = gaps.least[rows] + bounds[rows]
            yield _Places(bound, gaps.route[rows], (gaps.gap[rows],), (block,))

    def _apart(self, k: int, gaps: _Gaps, few: Bools, ends: tuple[int, int]) -> Iterator[_Places]:
        """Yield places of the ends of a shipment at two gaps of a trip."""
        pickup, delivery = (self._bounds(k, gaps, (end,)) for end in ends)
        fits = few & self._loads_fit(k, gaps, ends)
        first, last = _pairs_in_trips(gaps, pickup[1] & fits, delivery[1])
        bound = gaps.least[first] + pickup[0][first] + delivery[0][last]
        places = gaps.gap[last], gaps.gap[first]
        yield _Places(bound, gaps.route[first], places, (ends[1:], ends[:1]))

    def _bounds(self, k: int, gaps: _Gaps, block: tuple[int, ...]) -> tuple[Floats, Bools]:
        """Return what stops cost at least at each gap, and whether time and ways may allow it."""
        problem = self.problem
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
        fits = fits & within(gaps.distance + extra, types.max_distance[k])
        served = [stop for stop in block if stop >= 0]
        cost = types.unit_distance_cost[k] * extra + types.unit_duration_cost[k] * more
        return cost + problem.clients.assignment_cost[served, k].sum(), fits

    def _loads_fit(self, k: int, gaps: _Gaps, trip: tuple[int, ...]) -> Bools:
        """Return whether each gap's trip has room for what it delivers and collects in all."""
        clients = self.problem.clients
        delivered = gaps.delivered + clients.demand[list(trip)].sum(axis=0)
        collected = gaps.collected + clients.pickup[list(trip)].sum(axis=0)
        most = np.maximum(delivered, collected)
        result: Bools = np.all(within(most, self.problem.vehicle_types.capacity[k]), axis=1)
        return result


def _summed(one: Floats, other: Floats) -> Floats:
    """Return sums, 0 where either is infinite: where there is no way, nothing is looked up."""
    return np.where(np.isfinite(one) & np.isfinite(other), one + other, 0.0)


def _pairs_in_trips(gaps: _Gaps, first: Bools, last: Bools) -> tuple[Ints, Ints]:
    """Return all pairs of rows of some gaps and of later ones of the same trip."""
    firsts, lasts = np.flatnonzero(first), np.flatnonzero(last)
    new = (np.diff(gaps.route) != 0) | (np.diff(gaps.trip) != 0)
    ends = np.append(np.flatnonzero(new) + 1, len(gaps.route))  # of trips
    end = ends[np.searchsorted(ends, firsts, side="right")]
    begin = np.searchsorted(lasts, firsts + 1)
    sizes = np.maximum(np.searchsorted(lasts, end) - begin, 0)
    steps = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.repeat(firsts, sizes), lasts[np.repeat(begin, sizes) + steps]


def _exchanged(gaps: _Gaps | None, route: int, new: _Gaps | None) -> _Gaps | None:
    """Return gaps of routes, one behind the other, with other ones of one route; None for none."""
    if gaps is None or (new is None and not (gaps.route != route).any()):
        return new
    begin, end = np.searchsorted(gaps.route, [route, route + 1])
    columns = []
    for name in _Gaps.__dataclass_fields__:
        column = getattr(gaps, name)
        own = () if new is None else (getattr(new, name),)
        columns.append(np.concatenate([column[:begin], *own, column[end:]]))
    return _Gaps(*columns)
