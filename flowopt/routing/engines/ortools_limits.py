"""The limits and rules of a problem, put into a model of OR-Tools: loads, ways, times, orders."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from flowopt.routing.engines.integers import Clock, down, exact_scale, make_clock, up, waits
from flowopt.routing.engines.ortools_model import Model, pywrapcp
from flowopt.routing.limits import Hours, hours
from flowopt.routing.parts import Ints
from flowopt.routing.rulebook import rulebook
from flowopt.routing.schedule import schedule_route

_MOST_LOAD = 2.0**50
_ORDER = "order"


def add_limits(model: Model) -> None:
    """Put all limits and rules of the problem into the model.

    Parameters
    ----------
    model
        The model, with costs alone.
    """
    for d in range(len(model.problem.loads)):
        _add_load(model, d)
    _add_reach(model)
    _add_distance(model)
    _add_who_may_serve(model)
    _add_order(model)
    _add_sequence(model)
    clock = _add_time(model)
    model.details["time_scale"] = None if clock is None else clock.scale


def _per_vehicle(model: Model, matrix_of: Callable[[int], Ints]) -> list[int]:
    """Return the transit of each vehicle, one for all vehicles with the same ways."""
    made: dict[tuple[int, float], int] = {}
    for k in model.kinds:
        if model.way_of(k) not in made:
            made[model.way_of(k)] = model.register(matrix_of(k))
    return [made[model.way_of(k)] for k in model.types.tolist()]


def _add_matrix_dimension(
    model: Model, matrix_of: Callable[[int], Ints], caps: Ints, name: str
) -> Any:
    """Add a dimension that begins at 0 and has no slack; `caps` are those of the types."""
    transits = _per_vehicle(model, matrix_of)
    limits = caps[model.types].tolist()
    model.routing.AddDimensionWithVehicleTransitAndCapacity(transits, 0, limits, True, name)
    return model.routing.GetDimensionOrDie(name)


# ---- loads


def _add_load(model: Model, d: int) -> None:
    """Add a load: vehicles depart with what they deliver, collect, and carry shipments."""
    problem, types, routing = model.problem, model.problem.vehicle_types, model.routing
    capacity = types.capacity[:, d]
    demand, pickup = problem.clients.demand[:, d], problem.clients.pickup[:, d]
    shipped = np.zeros((2, problem.num_clients))
    shipped[0, problem.shipments.pickup] = shipped[1, problem.shipments.delivery] = (
        problem.shipments.demand[:, d]
    )
    columns = [model.at_nodes(column) for column in (demand, pickup, *shipped)]
    if not np.isfinite(capacity[model.types]).any() or not np.any(columns):
        return
    scale = exact_scale(np.concatenate([*columns, capacity]), _MOST_LOAD / len(model.clients))
    delivered, collected, on, off = (up(column, scale, _MOST_LOAD) for column in columns)
    most = delivered.sum() + collected.sum() + on.sum()
    limits = np.minimum(down(capacity, scale, _MOST_LOAD), most)[model.types].tolist()
    name, gained = f"load {problem.loads[d]}", collected + on - off
    if not gained.any():
        transit = routing.RegisterUnaryTransitVector(delivered.tolist())
        routing.AddDimensionWithVehicleCapacity(transit, 0, limits, True, name)
        return
    both = routing.RegisterUnaryTransitVector((gained - delivered).tolist())
    starts_empty = not delivered.any()
    routing.AddDimensionWithVehicleCapacity(both, 0, limits, starts_empty, name)
    if starts_empty:
        return
    transit = routing.RegisterUnaryTransitVector(delivered.tolist())
    routing.AddDimensionWithVehicleCapacity(transit, 0, limits, True, f"{name} delivered")
    load = routing.GetDimensionOrDie(name)
    handed_out = routing.GetDimensionOrDie(f"{name} delivered")
    for vehicle in range(len(model.types)):
        at_start = load.CumulVar(routing.Start(vehicle))
        routing.solver().Add(at_start == handed_out.CumulVar(routing.End(vehicle)))


# ---- ways


def _add_reach(model: Model) -> None:
    """Forbid the pairs of locations without a way."""
    if all(model.problem.travel_of(k).complete for k in model.kinds):
        return

    def no_way(k: int) -> Ints:
        distance, duration = model.ways(k)
        missing = ~(np.isfinite(distance) & np.isfinite(duration))
        np.fill_diagonal(missing, False)
        return missing.astype(np.int64)

    none = np.zeros(model.problem.num_vehicle_types, dtype=np.int64)
    _add_matrix_dimension(model, no_way, none, "no way")


def _add_distance(model: Model) -> None:
    limits = model.problem.vehicle_types.max_distance
    used = limits[model.types]
    if not np.isfinite(used).any():
        return
    longest = float(used[np.isfinite(used)].max())
    every = [model.ways(k)[0] for k in model.kinds]
    useful = np.concatenate([*(each[each <= longest] for each in every), limits])
    scale = exact_scale(useful, _MOST_LOAD / (len(model.clients) + 2))
    too_far = float(math.ceil(longest * scale) + 1)
    caps = down(limits, scale, too_far * (len(model.clients) + 2))

    def lengths(k: int) -> Ints:
        matrix = up(model.ways(k)[0], scale, too_far)
        np.fill_diagonal(matrix, 0)
        return matrix

    _add_matrix_dimension(model, lengths, caps, "distance")


# ---- who serves whom, and in which order


def _add_who_may_serve(model: Model) -> None:
    if "compatibility" not in model.problem.features:
        return
    for place, client in enumerate(model.clients.tolist()):
        able = np.flatnonzero(model.problem.may_serve[client, model.types]).tolist()
        if len(able) < len(model.types):  # -1: nobody
            model.routing.VehicleVar(model.index(place)).SetValues([-1, *able])


def _add_order(model: Model) -> None:
    """Limit the number of visits; have shipments picked up before they are delivered."""
    problem, routing = model.problem, model.routing
    if not {"max_visits", "shipments"} & problem.features:
        return
    size = len(model.clients)
    ones = np.concatenate([np.zeros(model.num_depots), np.ones(size)]).astype(np.int64)
    caps = np.minimum(np.floor(problem.vehicle_types.max_visits), size).astype(np.int64)
    transit = routing.RegisterUnaryTransitVector(ones.tolist())
    routing.AddDimensionWithVehicleCapacity(transit, 0, caps[model.types].tolist(), True, _ORDER)
    order = routing.GetDimensionOrDie(_ORDER)
    place = {client: number for number, client in enumerate(model.clients.tolist())}
    ends = zip(problem.shipments.pickup.tolist(), problem.shipments.delivery.tolist(), strict=True)
    for pickup, delivery in ends:
        if pickup not in place:  # nobody can serve the pair
            continue
        first, then = model.index(place[pickup]), model.index(place[delivery])
        routing.AddPickupAndDelivery(first, then)
        solver = routing.solver()
        solver.Add(routing.VehicleVar(first) == routing.VehicleVar(then))
        solver.Add(order.CumulVar(first) <= order.CumulVar(then))


def _add_sequence(model: Model) -> None:
    """Have the numbers of visits not fall: a dimension that only rises, fixed where they stand."""
    numbers = model.problem.clients.sequence[model.clients]
    known = np.flatnonzero(~np.isnan(numbers))
    if not len(known):
        return
    _, ranks = np.unique(numbers[known], return_inverse=True)
    most, routing = int(ranks.max()), model.routing
    size = model.num_depots + len(model.clients)
    transit = routing.RegisterUnaryTransitVector([0] * size)
    routing.AddDimension(transit, most, most, False, "sequence")
    sequence = routing.GetDimensionOrDie("sequence")
    for place, number in zip(known.tolist(), ranks.tolist(), strict=True):
        sequence.CumulVar(model.index(place)).SetValue(number)


# ---- time


def _add_time(model: Model) -> Clock | None:
    """Add the time of day, or only the length of routes where nobody waits."""
    problem, types = model.problem, model.problem.vehicle_types
    open_hours = [hours(problem, k) for k in range(problem.num_vehicle_types)]
    timed = waits(problem, model.clients)
    longest = np.array(
        [
            min(
                float(types.max_duration[k] + types.max_overtime[k]),
                at.finish_late - at.departure_early,
            )
            for k, at in enumerate(open_hours)
        ]
    )
    balanced = problem.longest_duration_cost > 0
    if not timed and not np.isfinite(longest[model.types]).any() and not balanced:
        return None
    model.go_on()
    every = np.concatenate([model.ways(k)[1].ravel() for k in model.kinds])
    clock = make_clock(problem, model.clients, every, _usual_finish(model), model.prices)

    def durations(k: int) -> Ints:
        matrix = clock.length_up(model.ways(k)[1])
        matrix += clock.length_up(model.service)[:, None]
        np.fill_diagonal(matrix, 0)
        return matrix

    if not timed:
        length = _add_matrix_dimension(model, durations, clock.length_down(longest), "duration")
        _add_untimed_costs(model, length, clock, open_hours)
        return clock
    transits = _per_vehicle(model, durations)
    model.routing.AddDimensionWithVehicleTransits(
        transits, clock.horizon, clock.horizon, False, "time"
    )
    time_of_day = model.routing.GetDimensionOrDie("time")
    _add_windows(model, time_of_day, clock)
    _add_releases(model, time_of_day, clock)
    for vehicle, k in enumerate(model.types.tolist()):
        _add_shift(model, time_of_day, clock, vehicle, k, open_hours[k])
    return clock


def _usual_finish(model: Model) -> float:
    """Return the latest return of the starting plan, or what one long route would take."""
    problem = model.problem
    if model.start:
        routes = [(k, np.array(visits, dtype=np.int64)) for k, visits in model.start]
        return max(schedule_route(problem, *route, slack=False).finish for route in routes)
    durations = [model.ways(k)[1] for k in model.kinds]
    longest = max(float(each[np.isfinite(each)].max(initial=0.0)) for each in durations)
    begin = max(hours(problem, k).departure_early for k in model.kinds)
    return begin + float(model.service.sum()) + longest * (len(model.clients) + 1)


def _add_untimed_costs(model: Model, length: Any, clock: Clock, open_hours: list[Hours]) -> None:
    """Add what the length of routes costs, where nobody waits: overtime, and the longest."""
    problem, types = model.problem, model.problem.vehicle_types
    for vehicle, k in enumerate(model.types.tolist()):
        shift = float(types.tw_late[k]) - open_hours[k].departure_early
        regular = min(shift, float(types.max_duration[k]))
        cost = _per_tick(model, clock, float(types.unit_overtime_cost[k]))
        if types.max_overtime[k] > 0 and math.isfinite(regular) and cost:
            bound = int(clock.length_down(np.array([max(regular, 0.0)]))[0])
            length.SetCumulVarSoftUpperBound(model.routing.End(vehicle), bound, cost)
    balance = _per_tick(model, clock, problem.longest_duration_cost)
    if balance:
        length.SetGlobalSpanCostCoefficient(balance)


def _per_tick(model: Model, clock: Clock, cost: float) -> int:
    """Return a cost per second as an integer per tick of the clock."""
    return round(min(cost * model.prices.scale / clock.scale, float(model.prices.most)))


def _add_windows(model: Model, time_of_day: Any, clock: Clock) -> None:
    windows = rulebook(model.problem).windows
    at = model.problem.clients
    for place, client in enumerate(model.clients.tolist()):
        own = ((float(at.tw_early[client]), float(at.tw_late[client])),)
        ticks = _in_ticks(clock, windows.get(client, own))
        if not ticks:  # none of its windows is within its own hours
            model.routing.ActiveVar(model.index(place)).SetValue(0)
            continue
        start = time_of_day.CumulVar(model.index(place))
        start.SetRange(ticks[0][0], ticks[-1][1])
        gaps = [(late + 1, early - 1) for (_, late), (early, _) in pairwise(ticks)]
        gaps = [(begin, end) for begin, end in gaps if begin <= end]
        if gaps:  # a hole in the domain would be a set of every moment, and crash
            begins, ends = map(list, zip(*gaps, strict=True))
            model.routing.solver().Add(model.routing.solver().NotMemberCt(start, begins, ends))


def _in_ticks(clock: Clock, windows: tuple[tuple[float, float], ...]) -> list[tuple[int, int]]:
    """Return windows as integers in the order of time; one that rounding closes is a moment."""
    result: list[tuple[int, int]] = []
    for early, late in windows:
        closes = int(clock.moment_down(late))
        opens = min(int(clock.moment_up(early)), closes)
        if result and opens <= result[-1][1]:
            result[-1] = result[-1][0], max(result[-1][1], closes)
        else:
            result.append((opens, closes))
    return result


def _add_releases(model: Model, time_of_day: Any, clock: Clock) -> None:
    """Have vehicles depart when the last of their clients is released."""
    release, routing = model.problem.clients.release_time[model.clients], model.routing
    known = np.flatnonzero(~np.isnan(release))
    if not len(known):
        return
    solver = routing.solver()
    starts = [time_of_day.CumulVar(routing.Start(v)) for v in range(len(model.types))]
    departure = [solver.IntConst(clock.horizon), *starts]  # the first: of those not served
    for place in known.tolist():
        moment = int(clock.moment_up(release[place]))
        vehicle = (routing.VehicleVar(model.index(place)) + 1).Var()
        solver.Add(solver.Element(departure, vehicle) >= moment)


def _add_shift(
    model: Model, time_of_day: Any, clock: Clock, vehicle: int, k: int, at: Hours
) -> None:
    types, routing = model.problem.vehicle_types, model.routing
    for index, early, late in (
        (routing.Start(vehicle), at.departure_early, at.departure_late),
        (routing.End(vehicle), at.finish_early, at.finish_late),
    ):
        closes = int(clock.moment_down(late))
        opens = min(int(clock.moment_up(early)), closes)
        time_of_day.CumulVar(index).SetRange(opens, closes)
    longest = float(types.max_duration[k])
    overtime = float(types.max_overtime[k])
    if math.isfinite(longest):
        most = int(clock.length_down(np.array([longest + overtime]))[0])
        time_of_day.SetSpanUpperBoundForVehicle(most, vehicle)
    waiting = _per_tick(model, clock, float(types.unit_duration_cost[k]))
    if waiting:
        time_of_day.SetSlackCostCoefficientForVehicle(waiting, vehicle)
    cost = _per_tick(model, clock, float(types.unit_overtime_cost[k]))
    if not (overtime > 0 and cost):
        return
    if math.isfinite(longest):
        bound = int(clock.length_down(np.array([longest]))[0])
        time_of_day.SetSoftSpanUpperBoundForVehicle(pywrapcp.BoundCost(bound, cost), vehicle)
    if math.isfinite(types.tw_late[k]):
        bound = int(clock.moment_down(float(types.tw_late[k])))
        time_of_day.SetCumulVarSoftUpperBound(routing.End(vehicle), bound, cost)
