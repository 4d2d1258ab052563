"""How long a way takes by the time of day (Ichoua, Gendreau & Potvin, EJOR 144, 2003)."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flowopt.routing.problem import RoutingProblem


@dataclass(frozen=True, slots=True)
class Speeds:
    """Speed factors by time: 1 before the first start, then each until the next start.

    Parameters
    ----------
    starts
        From when each factor holds, in seconds, increasing.
    factors
        Speed over that of the durations.

    Examples
    --------
    >>> rush = Speeds((10.0, 20.0), (0.5, 1.0))
    >>> rush.arrival(8.0, 4.0), rush.departure(14.0, 4.0), rush.covered(8.0, 14.0)
    (14.0, 8.0, 4.0)
    """

    starts: tuple[float, ...] = ()
    factors: tuple[float, ...] = ()

    def arrival(self, departure: float, duration: float) -> float:
        """Return when a way ends: where the speed has added up to its duration.

        Parameters
        ----------
        departure
            When it begins.
        duration
            How long it takes at speed 1.
        """
        if not self.starts or not math.isfinite(departure + duration):
            return departure + duration
        period = bisect_right(self.starts, departure) - 1
        now, left = departure, duration
        while period + 1 < len(self.starts):
            end, factor = self.starts[period + 1], self._factor(period)
            if now + left / factor <= end:
                break
            left -= (end - now) * factor
            now, period = end, period + 1
        return now + left / self._factor(period)

    def departure(self, arrival: float, duration: float) -> float:
        """Return when a way must begin to end at a moment: the inverse of `arrival`.

        Parameters
        ----------
        arrival
            When it ends.
        duration
            How long it takes at speed 1.
        """
        if not self.starts or not math.isfinite(arrival - duration):
            return arrival - duration
        period = bisect_left(self.starts, arrival) - 1
        now, left = arrival, duration
        while period >= 0:
            begin, factor = self.starts[period], self._factor(period)
            if now - left / factor >= begin:
                break
            left -= (now - begin) * factor
            now, period = begin, period - 1
        return now - left / self._factor(period)

    def covered(self, begin: float, end: float) -> float:
        """Return what is driven between two moments, as the duration of a way at speed 1.

        Parameters
        ----------
        begin, end
            The moments.
        """
        if not self.starts:
            return end - begin
        first, last = bisect_right(self.starts, begin), bisect_left(self.starts, end)
        moments = [begin, *self.starts[first:last], end]
        return sum(
            (then - now) * self._factor(first - 1 + number)
            for number, (now, then) in enumerate(pairwise(moments))
        )

    @property
    def fastest(self) -> float:
        """The largest factor of all times."""
        return max(1.0, *self.factors) if self.factors else 1.0

    def _factor(self, period: int) -> float:
        return self.factors[period] if period >= 0 else 1.0


def speeds_of(problem: RoutingProblem, vehicle_type: int) -> Speeds:
    """Return the traffic that a vehicle type meets: of its ways, else that of all ways.

    Parameters
    ----------
    problem
        The problem.
    vehicle_type
        Position of the vehicle type.
    """
    traffic = problem.traffic
    own = traffic.profile == problem.vehicle_types.profile[vehicle_type]
    rows = own if own.any() else traffic.profile == -1
    columns = zip(traffic.start[rows].tolist(), traffic.speed_factor[rows].tolist(), strict=True)
    ordered = sorted(columns)
    return Speeds(tuple(start for start, _ in ordered), tuple(factor for _, factor in ordered))
