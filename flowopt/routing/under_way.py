"""Where the vehicles of a plan are at a moment, what lies behind them and what they carry."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from flowopt.routing.clockwork import Clockwork, TakenBreak, Timeline
from flowopt.routing.limits import later
from flowopt.routing.live_problem import LiveState
from flowopt.routing.live_ways import Ways

if TYPE_CHECKING:
    from flowopt.routing.parts import Bools, Floats, Ints
    from flowopt.routing.problem import RoutingProblem

_START = -1  # the stop before the first


@dataclass(frozen=True, slots=True)
class Report:
    """Where a vehicle is, as its driver reports.

    Parameters
    ----------
    row
        The row of the table of positions.
    client
        Position of the client whom it has visited last, or visits; -1: as planned.
    place
        Where it is, as `Ways` counts places; -1: at that client.
    clock
        When it can go on; NaN: not reported.
    load
        (d,) what is on board; NaN where not reported.
    """

    row: int
    client: int
    place: int
    clock: float
    load: Floats


@dataclass(frozen=True, slots=True)
class Past:
    """What lies behind a vehicle.

    Parameters
    ----------
    distance
        How far it has gone.
    driving, rested
        Seconds of driving, in all and since its last rest.
    stop_begin
        When the stop began at which it is; inf where it is on the road or waits.
    num_visits, num_reloads
        How many of either it has made.
    sequence
        The last number of a visit in a sequence; -inf: none.
    driving_ahead
        Seconds of driving that are left as planned.
    """

    distance: float = 0.0
    driving: float = 0.0
    rested: float = 0.0
    stop_begin: float = math.inf
    num_visits: int = 0
    num_reloads: int = 0
    sequence: float = -math.inf
    driving_ahead: float = 0.0


_NOTHING_BEHIND = Past()


@dataclass(frozen=True, eq=False)
class Standing:
    """A vehicle under way, from where it may go on otherwise than planned.

    Parameters
    ----------
    vehicle_type
        Position of its type.
    place
        Where it stands, as `Ways` counts places.
    clock
        When it can go on, in seconds.
    over
        How many of its stops lie behind it.
    stops
        The stops that are left as planned.
    at_depot
        Whether it is at a depot, and what it loads there is open.
    back
        Whether it is at its end depot, or has only the way there left.
    loaded
        Whether it takes deliveries that it has not on board only after a reload.
    on_board
        Clients whose deliveries are on board.
    picked_up
        Shipments on board, as positions.
    carried
        (d,) what is on board beside these until the end of the trip.
    blocked
        (d,) capacity that goods yet to be loaded cannot take.
    most
        (d,) most that it can deliver, as far as that is known.
    released
        Until when clients must be released to be on its trip: its departure.
    departure
        When it departed.
    past
        What lies behind it.
    """

    vehicle_type: int
    place: int
    clock: float
    over: int
    stops: Ints
    at_depot: bool
    back: bool
    loaded: bool
    on_board: Ints
    picked_up: Ints
    carried: Floats
    blocked: Floats
    most: Floats
    released: float
    departure: float
    past: Past

    @property
    def gone(self) -> bool:
        """Whether it is done for the day."""
        return self.back and not self.at_depot


class RouteNow:
    """One route of a plan at a moment.

    Parameters
    ----------
    problem
        The problem of the plan.
    state
        What is known of its vehicles.
    ways
        The ways between its locations and new places.
    vehicle_type, stops, departure
        The route; a vehicle under way may have one without stops, home.
    now
        The moment.
    cancelled
        (n,) whether each client is cancelled.
    shared
        Whether goods on board may go to any client.
    """

    def __init__(
        self,
        problem: RoutingProblem,
        state: LiveState,
        ways: Ways,
        vehicle_type: int,
        stops: Ints,
        departure: float,
        now: float,
        cancelled: Bools,
        shared: bool,
    ) -> None:
        self.problem, self.state, self.ways, self.now = problem, state, ways, now
        self.k, self.stops, self.departure = vehicle_type, stops, departure
        self.cancelled, self.shared = cancelled, shared
        self.clock = Clockwork(problem, self.k, self.stops)
        self.line: Timeline = self.clock.walk(departure)
        free = float(state.free_from[self.k])
        self.leaves = departure if math.isnan(free) else max(departure, free)
        ends = zip(self.line.start, self.clock.stops, strict=True)
        self.ends = [max(start + stop.service, stop.ready) for start, stop in ends]

    @property
    def departed(self) -> bool:
        """Whether the vehicle is on its way."""
        return self.leaves < self.now

    def standing(self, report: Report | None, frozen: int) -> Standing | None:
        """Return where the vehicle stands; None where its whole route may still change.

        Parameters
        ----------
        report
            Where it is, if that is reported.
        frozen
            How many visits may not change; not beside a report.
        """
        if report is not None:
            last = self._reported(report)
            place = self._place(last) if report.place < 0 else report.place
            return self._to_the_depot(last, place, self._reported_clock(last, report), report)
        if not (self.departed or frozen):
            return self._still() if self.state.stands[self.k] else None
        last, free = self._on_its_way()
        if frozen:
            fixed = int(np.flatnonzero(self.stops >= 0)[frozen - 1])
            last, free = (fixed, math.nan) if fixed > last else (last, free)
        if last == len(self.stops):
            return self._at_depot(last, int(self._end_depot), self.line.finish)
        if last >= 0 and self.stops[last] < 0 and self.line.start[last] > self.now:
            return self._at_depot(last + 1, int(~self.stops[last]), self.line.start[last])
        waits = free == self.now
        place = self._place(last + 1 if waits else last)
        clock = self._end_of(last) if math.isnan(free) else free
        return self._to_the_depot(last, place, self._after_break(clock) if waits else clock, None)

    # ---- how far it is

    def _reported(self, report: Report) -> int:
        if report.client < 0:
            return self._last_begun()
        return int(np.flatnonzero(self.stops == report.client)[0])

    def _last_begun(self) -> int:
        return int(np.searchsorted(np.array(self.line.start), self.now, side="right")) - 1

    def _end_of(self, stop: int) -> float:
        return self.leaves if stop == _START else self.ends[stop]

    def _on_its_way(self) -> tuple[int, float]:
        """Return the last stop that it cannot but make, and when it is free (NaN: at its end)."""
        last = self._last_begun()
        following = last + 1
        if not self.now > self._end_of(last):
            return last, math.nan
        if following == len(self.stops):
            return following, math.nan
        stop = int(self.stops[following])
        if stop >= 0 and self.line.arrival[following] <= self.now:
            return last, self.now  # it waits there, and need not
        if stop >= 0 and self.cancelled[stop]:
            return following, self.line.arrival[following]  # it learns of it there
        return following, math.nan

    def _after_break(self, moment: float) -> float:
        """Return the end of the break that a waiting driver takes at a moment, or the moment."""
        ends = (each.start + each.duration for each in self.line.breaks if each.start <= moment)
        return max([moment, *ends])

    def _reported_clock(self, last: int, report: Report) -> float:
        if not math.isnan(report.clock):
            return report.clock
        return max(self.now, self._end_of(last)) if report.place < 0 else self.now

    def _place(self, stop: int) -> int:
        if stop == _START:
            return int(self.problem.vehicle_types.start_depot[self.k])
        place = int(self.stops[stop])
        return place + self.problem.num_depots if place >= 0 else ~place

    # ---- at a depot

    @property
    def _end_depot(self) -> int:
        return int(self.problem.vehicle_types.end_depot[self.k])

    def _to_the_depot(self, last: int, place: int, clock: float, report: Report | None) -> Standing:
        """Return the vehicle where it stands, or at the depot where it reloads, if that is next."""
        following = last + 1
        while following < len(self.stops) and self._skipped(following):
            following += 1
        if following < len(self.stops):
            reload = self.stops[following] < 0
            depot = int(~self.stops[following]) if reload else 0
        else:
            reload, depot = self._may_go_again, self._end_depot
        if not reload:
            return self._laden(last, place, clock, report)
        if report is None and following == last + 1:
            planned = [*self.line.start, self.line.finish]
            return self._at_depot(following + 1, depot, planned[following])
        arrival = self.ways.arrival(self.k, place, depot, clock)
        begin = max(arrival, float(self.problem.depots.tw_early[depot]))
        return self._at_depot(following + 1, depot, begin)

    def _skipped(self, stop: int) -> bool:
        return bool(self.stops[stop] >= 0 and self.cancelled[self.stops[stop]])

    @property
    def _may_go_again(self) -> bool:
        """Return whether a vehicle with nothing left to do can reload where its route ends."""
        types = self.problem.vehicle_types
        left = types.max_reloads[self.k] - np.count_nonzero(self.stops < 0)
        there = types.reload_depots[self.k, self._end_depot]
        return bool(left >= 1 and there and (self.problem.clients.demand > 0).any())

    def _at_depot(self, over: int, depot: int, begin: float) -> Standing:
        """Return the vehicle where it reloads from a moment on, or is back for good."""
        over = min(over, len(self.stops))
        back = over == len(self.stops)
        again = not back or self._may_go_again
        pause = float(self.problem.vehicle_types.reload_duration[self.k]) if again else 0.0
        past = replace(self._past(over + back), stop_begin=begin)  # home is one way more
        clock = max(begin + pause, self.now)
        nothing = self._nothing(over, at_depot=again, back=back)
        return replace(nothing, place=depot, clock=clock, past=past)

    def _nothing(self, over: int, *, at_depot: bool = False, back: bool = False) -> Standing:
        """Return the vehicle with nothing on board; its place is still open."""
        nobody = np.zeros(0, dtype=np.int64)
        nothing = np.zeros(len(self.problem.loads))
        return Standing(
            vehicle_type=self.k,
            place=0,
            clock=0.0,
            over=over,
            stops=self.stops[over:],
            at_depot=at_depot,
            back=back,
            loaded=False,
            on_board=nobody,
            picked_up=nobody,
            carried=nothing,
            blocked=nothing,
            most=np.full_like(nothing, math.inf),
            released=math.inf,
            departure=self.departure,
            past=_NOTHING_BEHIND,
        )

    def _still(self) -> Standing:
        """Return a vehicle that was under way before, and has not gone on since."""
        state, k = self.state, self.k
        return replace(
            self._nothing(0, at_depot=bool(state.at_depot[k]), back=bool(state.back[k])),
            place=self._place(_START),
            clock=max(float(state.free_from[k]), self.now),
            loaded=bool(state.loaded[k]),
            on_board=np.flatnonzero(state.on_board == k),
            released=float(state.released[k]),
            past=Past(driving_ahead=self.line.driving),
        )

    # ---- what it carries

    def _laden(self, last: int, place: int, clock: float, report: Report | None) -> Standing:
        """Return the vehicle with what it carries after a stop."""
        begin = max((s for s in range(last + 1) if self.stops[s] < 0), default=_START) + 1
        ends = [s for s in range(last + 1, len(self.stops)) if self.stops[s] < 0]
        done, rest = self.stops[begin : last + 1], self.stops[last + 1 : [*ends, None][0]]
        left = self.departed or report is not None
        stood = bool(self.state.stands[self.k]) and begin == 0
        loaded = not self.shared and (left or (stood and bool(self.state.loaded[self.k])))
        on_board = rest[self.problem.clients.demand[rest].any(axis=1)] if loaded else rest[:0]
        if loaded and stood:
            mine = np.flatnonzero(self.state.on_board == self.k)
            on_board = np.setdiff1d(np.union1d(on_board, mine), done)
        on_board = on_board[~self.cancelled[on_board]]
        picked_up, carried, most = self._goods(done, rest, loaded)
        to_deliver = self.problem.shipments.demand[picked_up].sum(axis=0)
        blocked = np.zeros_like(most) if loaded else np.maximum(most - carried - to_deliver, 0.0)
        result = self._nothing(last + 1)
        if report is not None:
            known = ~np.isnan(report.load)
            if self.shared:  # what is on board is all that there is to deliver
                result = replace(result, most=np.where(known, report.load, math.inf))
            else:
                due = self.problem.clients.demand[on_board].sum(axis=0) + to_deliver
                carried = np.where(known, np.maximum(report.load - due, 0.0), carried)
        return replace(
            result,
            place=place,
            clock=clock,
            loaded=loaded,
            on_board=on_board,
            picked_up=picked_up,
            carried=carried,
            blocked=blocked,
            released=self._trip_departure(begin),
            past=self._past_at(last, place, clock),
        )

    def _trip_departure(self, begin: int) -> float:
        """Return when a trip departs that begins with a stop; for good, where it departed."""
        if begin:
            return self.ends[begin - 1]
        return float(self.state.released[self.k]) if self.state.stands[self.k] else self.departure

    def _goods(self, done: Ints, rest: Ints, loaded: bool) -> tuple[Ints, Floats, Floats]:
        """Return what is on board after some visits of a trip.

        Parameters
        ----------
        done, rest
            The visits of the trip that are made, and that are left.
        loaded
            Whether the goods for the rest are on board.

        Returns
        -------
        tuple
            Shipments picked up, (d,) what else stays on board until the end of the trip, and (d,)
            the most that was on board at once beside what is delivered to the rest.
        """
        clients, shipments = self.problem.clients, self.problem.shipments
        made = ~self.cancelled[done]
        demand, pickup = clients.demand[done], clients.pickup[done] * made[:, None]
        carried = pickup.sum(axis=0)
        if loaded:  # what nobody wants any more comes back
            unwanted = [*done[~made], *rest[self.cancelled[rest]]]
            carried = carried + clients.demand[np.array(unwanted, dtype=np.int64)].sum(axis=0)
        gained = pickup - demand
        on_board: list[int] = []
        for stop, client in enumerate(done.tolist()):
            shipment = int(self.problem.shipment_of[client])
            if shipment >= 0 and made[stop]:
                picks = int(shipments.pickup[shipment]) == client
                gained[stop] += (1 if picks else -1) * shipments.demand[shipment]
                (on_board.append if picks else on_board.remove)(shipment)
        path = np.vstack([np.zeros_like(carried), np.cumsum(gained, axis=0)]) + demand.sum(axis=0)
        lost = [each for each in on_board if self.cancelled[shipments.delivery[each]]]
        carried = carried + shipments.demand[np.array(lost, dtype=np.int64)].sum(axis=0)
        kept = [each for each in on_board if each not in lost]
        return np.array(kept, dtype=np.int64), carried, path.max(axis=0)

    # ---- what lies behind it

    def _past_at(self, last: int, place: int, clock: float) -> Past:
        """Return what lies behind a vehicle at a place, after a stop."""
        past = self._past(last + 1)
        begun = math.inf if last == _START else self.line.start[last]
        if place == self._place(last):
            return replace(past, stop_begin=begun)
        more = self.ways.leg(self.k, self._place(last), place)[0]
        drove = max(0.0, clock - self._end_of(last))
        return replace(
            past,
            distance=past.distance + (more if math.isfinite(more) else 0.0),
            driving=past.driving + drove,
            rested=past.rested + drove,
            stop_begin=math.inf,
        )

    def _past(self, legs: int) -> Past:
        """Return what lies behind a vehicle at the end of the stops after its first legs."""
        driving = rested = 0.0
        begin = self.leaves
        arrivals, begins = (
            [*self.line.arrival, self.line.finish],
            [*self.line.start, self.line.finish],
        )
        for stop in range(legs):
            pauses = [each for each in self.line.breaks if each.before == stop]
            pauses = [each for each in pauses if each.start + each.duration <= arrivals[stop]]
            drove = arrivals[stop] - begin - sum(each.duration for each in pauses)
            driving += drove
            rested = self._since_rest(rested + drove, arrivals[stop], pauses)
            if self._is_rest(begins[stop] - arrivals[stop]):
                rested = 0.0
            begin = [*self.ends, math.nan][stop]
        stops = self.stops[:legs]
        visits = stops[stops >= 0]
        visits = visits[~self.cancelled[visits]]
        numbers = self.problem.clients.sequence[visits]
        return Past(
            distance=float(self.clock.distances[:legs].sum()),
            driving=driving,
            rested=rested,
            stop_begin=math.inf,
            num_visits=len(visits),
            num_reloads=int((stops < 0).sum()) + (legs > len(self.stops)),
            sequence=float(np.nanmax([-math.inf, *numbers])),
            driving_ahead=max(0.0, self.line.driving - driving),
        )

    def _is_rest(self, duration: float) -> bool:
        return not later(self.clock.rules.driving_break_duration, duration)

    def _since_rest(self, rested: float, arrival: float, pauses: list[TakenBreak]) -> float:
        """Return the seconds of driving since the last rest, at the end of a way."""
        rests = [number for number, each in enumerate(pauses) if self._is_rest(each.duration)]
        if not rests:
            return rested
        last = pauses[rests[-1]]
        after = sum(each.duration for each in pauses[rests[-1] + 1 :])
        return arrival - last.start - last.duration - after
