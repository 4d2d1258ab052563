"""How far and how long it is from one location to another: looked up, or computed.

Kernels ask `distance_of` and `duration_of`, so that it is the same to them whether there are
matrices, or coordinates because matrices would not fit into memory. Which of the two it is, is part
of the types that they are compiled for: a branch at every look-up would cost them a sixth of their
speed. So the kernels of computed ways are compiled only where there is such a problem.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from numba import types
from numba.extending import overload

from flowopt.routing.kernels.compiled import inner
from flowopt.routing.kernels.layout import Array, Data

EUCLIDEAN, ROUNDED, ROUNDED_3, TRUNCATED, TRUNCATED_1, CEILED, MANHATTAN, GREAT_CIRCLE = range(8)

EARTH_DIAMETER = 2.0 * 6371.0088
"""In km, by the mean radius (IUGG)."""

Compiled = Any  # a function that numba compiles


class Formula(NamedTuple):
    """What computes the distances or the durations of a problem, in the place of a matrix.

    Parameters
    ----------
    place
        (m + n, 2 or 3) coordinates; on the globe those of the unit sphere.
    metric
        `EUCLIDEAN` or another.
    detour
        Length of a way over the straight one, before rounding.
    pace
        What is asked for over the rounded length.
    """

    place: Array
    metric: int
    detour: float
    pace: float


def distance_of(d: Data, i: int, j: int) -> Any:
    """Return the distance from location i to location j (depots first, then clients)."""
    return length(d.distance, i, j) if isinstance(d.distance, Formula) else d.distance[i, j]


def duration_of(d: Data, i: int, j: int) -> Any:
    """Return the time from location i to location j (depots first, then clients)."""
    return length(d.duration, i, j) if isinstance(d.duration, Formula) else d.duration[i, j]


def distance_into(d: Data, j: int, i: int) -> Any:
    """Return the distance to location j from location i."""
    return length(d.distance, i, j) if isinstance(d.distance, Formula) else d.distance_into[j, i]


def duration_into(d: Data, j: int, i: int) -> Any:
    """Return the time to location j from location i."""
    return length(d.duration, i, j) if isinstance(d.duration, Formula) else d.duration_into[j, i]


# numba wants the parameters of what is compiled to be written as those of the function around it


@overload(distance_of, inline="always")
def _distance_of(d: Any, i: Any, j: Any) -> Compiled:
    def looked_up(d: Any, i: Any, j: Any) -> Any:
        return d.distance[i, j]

    def computed(d: Any, i: Any, j: Any) -> Any:
        return length(d.distance, i, j)

    return looked_up if _is_matrix(d, "distance") else computed


@overload(duration_of, inline="always")
def _duration_of(d: Any, i: Any, j: Any) -> Compiled:
    def looked_up(d: Any, i: Any, j: Any) -> Any:
        return d.duration[i, j]

    def computed(d: Any, i: Any, j: Any) -> Any:
        return length(d.duration, i, j)

    return looked_up if _is_matrix(d, "duration") else computed


@overload(distance_into, inline="always")
def _distance_into(d: Any, j: Any, i: Any) -> Compiled:
    def looked_up(d: Any, j: Any, i: Any) -> Any:
        return d.distance_into[j, i]

    def computed(d: Any, j: Any, i: Any) -> Any:
        return length(d.distance, i, j)

    return looked_up if _is_matrix(d, "distance") else computed


@overload(duration_into, inline="always")
def _duration_into(d: Any, j: Any, i: Any) -> Compiled:
    def looked_up(d: Any, j: Any, i: Any) -> Any:
        return d.duration_into[j, i]

    def computed(d: Any, j: Any, i: Any) -> Any:
        return length(d.duration, i, j)

    return looked_up if _is_matrix(d, "duration") else computed


def _is_matrix(data: Any, field: str) -> bool:
    """Return whether a field of `Data` is an array, by numba's type of the data."""
    return isinstance(data.kind_of(field), types.Array)


@inner
def length(f: Formula, i: int, j: int) -> Any:
    """Return what a formula has between two locations.

    It is made of the same operations in the same order as `flowopt.routing.metrics`, so that both
    round the same way.
    """
    at, metric = f.place, f.metric
    x, y = at[i, 0] - at[j, 0], at[i, 1] - at[j, 1]
    if metric == GREAT_CIRCLE:  # half the chord through the earth, whose arc is the way
        z = at[i, 2] - at[j, 2]
        half = 0.5 * math.sqrt(x * x + y * y + z * z)
        return f.pace * (f.detour * (EARTH_DIAMETER * math.asin(min(half, 1.0))))
    if metric == MANHATTAN:
        return f.pace * (f.detour * (abs(x) + abs(y)))
    way = f.detour * math.sqrt(x * x + y * y)
    if metric == ROUNDED:
        way = math.floor(way + 0.5)
    elif metric == ROUNDED_3:
        way = math.floor(way * 1000.0 + 0.5) / 1000.0
    elif metric == TRUNCATED_1:
        way = math.floor(way * 10.0) / 10.0
    elif metric == TRUNCATED:
        way = math.floor(way)
    elif metric == CEILED:
        way = math.ceil(way)
    return f.pace * way
