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
MOST_ARC_COST = 2**44
MOST_PRIZE = 2**45
COST_OF_MISSING = 2**46
"""What a required client that is not served costs: with 4000 clients the sum is below 2⁵⁸."""

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


def cost_scale(start_cost: float) -> float:
    """Return the power of ten by which costs are multiplied.

    Examples
    --------
    >>> cost_scale(5000.0)
    100000000.0
    """
    return 10.0 ** math.floor(math.log10(COST_OF_START / max(start_cost, 1e-6)))


def arc_costs(
    rates: tuple[float, float], distance: Floats, duration: Floats, service: Floats, scale: float
) -> Ints:
    """Return what each way costs a vehicle type, with the service at its beginning.

    Parameters
    ----------
    rates
        Cost per unit of distance, and per second.
    distance, duration
        (l, l) between the locations in the model.
    service
        (l,) seconds of service at each.
    scale
        As `cost_scale`.

    Returns
    -------
    array
        (l, l) integers.
    """
    by_distance, by_duration = rates
    cost = by_distance * scale * distance if by_distance else np.zeros_like(distance)
    if by_duration:
        cost += by_duration * scale * (duration + service[:, None])
    np.minimum(cost, MOST_ARC_COST, out=cost)
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


def make_clock(problem: RoutingProblem, clients: Ints, ways: Floats, start_finish: float) -> Clock:
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
    """
    at, types = problem.clients, problem.vehicle_types
    open_hours = [hours(problem, k) for k in range(problem.num_vehicle_types)]
    early = np.concatenate([at.tw_early[clients], [h.departure_early for h in open_hours]])
    late = np.concatenate([at.tw_late[clients], [h.finish_late for h in open_hours]])
    origin = float(early.min())
    moments = np.concatenate([early, late]) - origin
    lengths = np.concatenate([at.service_duration[clients], types.max_duration])
    numbers = np.concatenate([moments, lengths, [start_finish - origin]])
    last = float(numbers[np.isfinite(numbers)].max())
    useful = np.concatenate([ways[ways <= 4 * max(last, 1.0)], numbers[:-1]])
    scale = exact_scale(useful, _MOST_TIME / 8)
    return Clock(origin, scale, math.ceil(max(4 * last, 1.0) * scale) + 1)


def waits(problem: RoutingProblem, clients: Ints) -> bool:
    """Return whether the time of day matters: a visit could be too early or too late."""
    at = problem.clients
    if np.isfinite(at.tw_late[clients]).any():
        return True
    open_hours: list[Hours] = [hours(problem, k) for k in range(problem.num_vehicle_types)]
    begin = min(h.departure_early for h in open_hours)
    opens = max(h.finish_early for h in open_hours) > begin
    return bool((at.tw_early[clients] > begin).any()) or opens
