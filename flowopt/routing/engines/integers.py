"""Costs, times and loads as the integers that OR-Tools routing wants, none of them overflowing.

Costs are scaled so that the starting plan costs about 2⁴⁰; times and loads by the power of ten that
makes whole numbers of them where there is one. What must be rounded is rounded to the safe side:
durations and demands up, limits down. A plan that holds in integers then holds in floats.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from flowopt.routing.limits import Hours, hours
from flowopt.routing.parts import Floats, Ints
from flowopt.routing.problem import RoutingProblem

COST_OF_START = 2.0**40
COST_OF_MISSING = 2**46
"""What a required client that is not served costs, of priority 0: 4000 of them less than 2⁵⁸."""

_MOST_OVER_START = 2.0**4  # that a way costs, over the starting plan; a prize twice that
_MOST_OBJECTIVE = 2.0**61
_FEWEST_UNITS = 16  # of cost that a tick of the clock costs, or a second has fewer ticks
_FEWEST_TICKS = 1000.0  # that a second has all the same
_MOST_TIME = 2.0**49
_MOST_DECIMALS = 3  # tried, to make numbers whole
_DIGITS = 9  # kept of the largest number where that fails
_WHOLE = 1e-9
_SAMPLE = 1000  # looked at first: most numbers that are not whole show it there


def exact_scale(numbers: Floats, most: float) -> float:
    """Return the power of ten by which numbers become whole, and stay below a bound.

    Parameters
    ----------
    numbers
        Non-negative numbers; infinite ones do not count.
    most
        Bound on the scaled numbers.

    Returns
    -------
    float
        1, 10, 100 or 1000; where none of these makes all of them whole, at least 1000, and so
        that nine digits of the largest are kept; less where the bound asks for it.

    Examples
    --------
    >>> exact_scale(np.array([1.5, 20.0]), most=1e6), exact_scale(np.array([1 / 3]), most=1e15)
    (10.0, 10000000000.0)
    """
    finite = numbers[np.isfinite(numbers)]
    largest = float(finite.max(initial=0.0))
    if not largest:
        return 1.0
    digits = math.floor(math.log10(largest))
    fits = math.floor(math.log10(most)) - digits - 1
    for decimals in range(_MOST_DECIMALS + 1):
        factor = 10.0**decimals
        if _whole(finite[:_SAMPLE] * factor) and _whole(finite * factor):
            return 10.0 ** min(decimals, fits)
    return 10.0 ** min(max(_MOST_DECIMALS, _DIGITS - digits), fits)


def _whole(numbers: Floats) -> bool:
    return bool(np.all(np.abs(numbers - np.rint(numbers)) <= _WHOLE * np.maximum(1.0, numbers)))


def up(numbers: Floats, scale: float, most: float) -> Ints:
    """Return numbers scaled and rounded up, but for the noise of floats; at most `most`."""
    scaled = np.minimum(numbers * scale, most)
    noise = _WHOLE * np.maximum(1.0, np.abs(scaled))
    return np.ceil(scaled - noise).astype(np.int64)


def down(numbers: Floats, scale: float, most: float) -> Ints:
    """Return numbers scaled and rounded down, but for the noise of floats; at most `most`."""
    scaled = np.minimum(numbers * scale, most)
    noise = _WHOLE * np.maximum(1.0, np.abs(scaled))
    return np.floor(scaled + noise).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Prices:
    """What the objective of a model counts, as integers that do not overflow.

    Parameters
    ----------
    scale
        The power of ten by which costs are multiplied.
    missing
        What a required client costs that is not served, over 1 and its priority.
    vehicle
        What a vehicle costs beside its own cost, where their number comes first.
    most
        The most that a way or a vehicle costs; a prize twice that.
    """

    scale: float
    missing: int
    vehicle: int
    most: int

    def cost(self, amount: float) -> int:
        """Return a cost as an integer."""
        return round(min(amount * self.scale, float(self.most)))

    def prize(self, amount: float) -> int:
        """Return a prize as an integer."""
        return round(min(amount * self.scale, 2.0 * self.most))

    def costs_alone(self, objective: int) -> float:
        """Return the cost in an objective: without clients that are missing, and their number."""
        rest = objective % self.missing
        return (rest % self.vehicle if self.vehicle else rest) / self.scale


def make_prices(start_cost: float, weight: int, first: int) -> Prices:
    """Return what the objective of a model counts.

    Parameters
    ----------
    start_cost
        Cost of the starting plan.
    weight
        Sum of 1 and the priority over all required clients.
    first
        Number of vehicles, where a plan with fewer is better whatever it costs; else 0.

    Examples
    --------
    >>> make_prices(5000.0, weight=10, first=0).scale
    100000000.0
    """
    weight, target = max(1, weight), COST_OF_START
    missing, vehicle = min(float(COST_OF_MISSING), _MOST_OBJECTIVE // weight), 0.0
    if first:
        target = min(target, _MOST_OBJECTIVE / (8 * _MOST_OVER_START * first * weight))
        vehicle = _MOST_OVER_START * target
        missing = 2.0 * first * vehicle
    return Prices(
        scale=10.0 ** math.floor(math.log10(target / max(start_cost, 1e-6))),
        missing=int(missing),
        vehicle=int(vehicle),
        most=int(_MOST_OVER_START * target),
    )


def arc_costs(
    rates: tuple[float, float], distance: Floats, duration: Floats, visit: Floats, prices: Prices
) -> Ints:
    """Return what each way costs a vehicle type, with the visit at its beginning.

    Parameters
    ----------
    rates
        Cost per unit of distance, and per second.
    distance, duration
        (l, l) between the locations in the model.
    visit
        (l,) what the visit of each costs.
    prices
        What costs are as integers.

    Returns
    -------
    array
        (l, l) integers.
    """
    by_distance, by_duration = rates
    cost = by_distance * prices.scale * distance if by_distance else np.zeros_like(distance)
    if by_duration:
        cost += by_duration * prices.scale * duration
    cost += prices.scale * visit[:, None]
    np.minimum(cost, prices.most, out=cost)
    return np.rint(cost, out=cost).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Clock:
    """Times of the model: integers from the earliest moment on.

    Parameters
    ----------
    origin
        The moment that is 0.
    scale
        Integers per second.
    horizon
        The last moment of the model.
    """

    origin: float
    scale: float
    horizon: int

    def moment_up(self, moments: Floats | float) -> Ints:
        """Return moments as integers, rounded up and within the model."""
        raw = np.asarray(moments, dtype=np.float64) - self.origin
        return np.clip(up(raw, self.scale, float(self.horizon)), 0, self.horizon)

    def moment_down(self, moments: Floats | float) -> Ints:
        """Return moments as integers, rounded down and within the model."""
        raw = np.asarray(moments, dtype=np.float64) - self.origin
        return np.clip(down(raw, self.scale, float(self.horizon)), 0, self.horizon)

    def length_up(self, lengths: Floats) -> Ints:
        """Return durations as integers, rounded up; impossible ones are beyond the horizon."""
        return up(lengths, self.scale, float(self.horizon + 1))

    def length_down(self, lengths: Floats) -> Ints:
        """Return longest durations as integers, rounded down."""
        return down(lengths, self.scale, float(self.horizon))


def make_clock(
    problem: RoutingProblem, clients: Ints, ways: Floats, start_finish: float, prices: Prices
) -> Clock:
    """Return the clock of a model.

    Parameters
    ----------
    problem
        The problem.
    clients
        Positions of the clients in the model.
    ways
        Durations of the ways in the model.
    start_finish
        Latest return of the starting plan: where nothing else ends the day, four times that does.
    prices
        What costs are as integers: a tick has to cost some of them, where time does.
    """
    at, types, windows = problem.clients, problem.vehicle_types, problem.time_windows
    open_hours = [hours(problem, k) for k in range(problem.num_vehicle_types)]
    early = np.concatenate(
        [at.tw_early[clients], [h.departure_early for h in open_hours], windows.tw_early]
    )
    late = np.concatenate(
        [at.tw_late[clients], [h.finish_late for h in open_hours], windows.tw_late, types.tw_late]
    )
    origin = float(early.min())
    moments = np.concatenate([early, late, at.release_time[clients]]) - origin
    lengths = [at.service_duration[clients], types.max_duration, types.max_overtime]
    numbers = np.concatenate([moments, *lengths, [start_finish - origin]])
    last = float(numbers[np.isfinite(numbers)].max())
    useful = np.concatenate([ways[ways <= 4 * max(last, 1.0)], numbers[:-1]])
    useful = useful[np.isfinite(useful) & (useful >= 0)]
    scale = min(exact_scale(useful, _MOST_TIME / 8), _finest(problem, prices))
    return Clock(origin, scale, math.ceil(max(4 * last, 1.0) * scale) + 1)


def _finest(problem: RoutingProblem, prices: Prices) -> float:
    """Return how many ticks a second has at most, so that none is too cheap to count."""
    types = problem.vehicle_types
    rates = np.concatenate([types.unit_duration_cost, types.unit_overtime_cost])
    rates = np.append(rates, problem.longest_duration_cost)
    if not rates.any():
        return math.inf
    ticks = prices.scale * float(rates[rates > 0].min()) / _FEWEST_UNITS
    return max(_FEWEST_TICKS, 10.0 ** math.floor(math.log10(ticks)))


def waits(problem: RoutingProblem, clients: Ints) -> bool:
    """Return whether the time of day matters: a visit could be too early or too late."""
    at = problem.clients
    if (
        np.isfinite(at.tw_late[clients]).any()
        or np.isin(problem.time_windows.client, clients).any()
    ):
        return True
    if np.isfinite(at.release_time[clients]).any():
        return True
    open_hours: list[Hours] = [hours(problem, k) for k in range(problem.num_vehicle_types)]
    begin = min(h.departure_early for h in open_hours)
    opens = max(h.finish_early for h in open_hours) > begin
    return bool((at.tw_early[clients] > begin).any()) or opens
