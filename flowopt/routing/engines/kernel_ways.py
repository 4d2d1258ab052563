"""The ways of a problem as the kernels take them: matrices, or what computes them."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowopt.routing.computed import ComputedTravel
from flowopt.routing.kernels.ways import (
    CEILED,
    EUCLIDEAN,
    GREAT_CIRCLE,
    MANHATTAN,
    ROUNDED,
    ROUNDED_3,
    TRUNCATED,
    TRUNCATED_1,
    Formula,
)
from flowopt.routing.parts import Floats
from flowopt.routing.travel import MatrixTravel, Travel

NO_WAY = 1e3
"""What stands for no way, in longest ways."""

_METRICS = {
    "euclidean": EUCLIDEAN,
    "euclidean_rounded": ROUNDED,
    "euclidean_rounded_3": ROUNDED_3,
    "euclidean_truncated": TRUNCATED,
    "euclidean_truncated_1": TRUNCATED_1,
    "euclidean_ceiled": CEILED,
    "manhattan": MANHATTAN,
    "haversine": GREAT_CIRCLE,
}


def kernel_ways(travel: Travel) -> tuple[Any, Any]:
    """Return distances and durations as the kernels take them; one object where they are the same.

    Parameters
    ----------
    travel
        The ways. Where there is none, a matrix has a large number.
    """
    if isinstance(travel, ComputedTravel):
        places = np.ascontiguousarray(travel.places)
        metric, detour = _METRICS[travel.metric], float(travel.detour_factor)
        formula = Formula(places, metric, detour, 1.0)
        return formula, formula._replace(pace=float(travel.pace))
    assert isinstance(travel, MatrixTravel)
    distance = _without_inf(travel.distance)
    if travel.one_measure:
        return distance, distance
    duration = _without_inf(travel.duration)
    if np.array_equal(distance, duration):
        duration = distance  # one matrix takes half the cache
    return distance, duration


def by_target(ways: Any) -> Any:
    """Return a matrix with a row for each target; itself where it is the same either way.

    Parameters
    ----------
    ways
        A matrix; or a formula, which stays as it is.
    """
    if isinstance(ways, Formula) or np.array_equal(ways, ways.T):
        return ways
    return np.ascontiguousarray(ways.T)


def _without_inf(matrix: Floats) -> Floats:
    finite = np.isfinite(matrix)
    if finite.all():
        return np.ascontiguousarray(matrix, dtype=np.float64)
    longest = float(matrix[finite].max(initial=1.0))
    return np.where(finite, matrix, NO_WAY * max(1.0, longest))
