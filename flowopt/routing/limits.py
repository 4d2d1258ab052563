"""What is within a limit, and the hours of vehicles: shift, overtime, hours of the depots."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from flowopt.routing.parts import Bools, Floats
    from flowopt.routing.problem import RoutingProblem

TOLERANCE = 1e-9
"""Relative tolerance of limits in the search: a thousandth of that of the check."""

MOST_BREAKS_ON_A_LEG = 1000
"""A way on which the driving rules ask for more breaks than this is none."""


def within(amount: Floats, limit: Floats | float) -> Bools:
    """Return whether amounts keep to a limit, up to the rounding of floats."""
    bound = np.asarray(limit, dtype=np.float64)
    slack = np.where(np.isfinite(bound), TOLERANCE * np.maximum(1.0, np.abs(bound)), 0.0)
    result: Bools = amount <= bound + slack
    return result


def later(moment: float, other: float) -> bool:
    """Return whether a moment is after another by more than the rounding of floats.

    Examples
    --------
    >>> later(5.0, 4.0), later(5.0 + 1e-12, 5.0), later(5.0, math.inf)
    (True, False, False)
    """
    slack = TOLERANCE * max(1.0, abs(other)) if math.isfinite(other) else 0.0
    return moment > other + slack


@dataclass(frozen=True, slots=True)
class Hours:
    """When the vehicles of a type may depart and return: shift and hours of the depots.

    Parameters
    ----------
    departure_early, departure_late
        Earliest and latest departure.
    finish_early, finish_late
        Earliest and latest return, overtime included.
    """

    departure_early: float
    departure_late: float
    finish_early: float
    finish_late: float

    @property
    def open(self) -> bool:
        """Whether there is a moment to depart and one to return."""
        departs = self.departure_early <= self.departure_late
        return departs and self.finish_early <= self.finish_late


def hours(problem: RoutingProblem, vehicle_type: int) -> Hours:
    """Return the hours of a vehicle type, given by its position."""
    types, depots = problem.vehicle_types, problem.depots
    first, last = types.start_depot[vehicle_type], types.end_depot[vehicle_type]
    early, late = types.tw_early[vehicle_type], types.tw_late[vehicle_type]
    longest = late + types.max_overtime[vehicle_type]
    return Hours(
        departure_early=float(max(early, depots.tw_early[first])),
        departure_late=float(min(late, depots.tw_late[first])),
        finish_early=float(max(early, depots.tw_early[last])),
        finish_late=float(min(longest, depots.tw_late[last])),
    )
