"""Distances between coordinates, with the named rounding conventions of published instances."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowopt.network.distances import distance_matrix as great_circle_distances
from flowopt.network.distances import great_circle
from flowopt.routing.parts import Floats
from flowopt.routing.travel import Points

DETOUR_FACTOR = 1.3
"""Length of a road over the great circle, where the caller gives no factor."""


def _straight(distance: Floats) -> Floats:
    return distance


def _rounded(distance: Floats) -> Floats:
    return np.floor(distance + 0.5)


def _rounded_3(distance: Floats) -> Floats:
    return np.floor(distance * 1000 + 0.5) / 1000


def _truncated(distance: Floats) -> Floats:
    return np.floor(distance)


def _truncated_1(distance: Floats) -> Floats:
    return np.floor(distance * 10) / 10


def _ceiled(distance: Floats) -> Floats:
    return np.ceil(distance)


_EUCLIDEAN: dict[str, Callable[[Floats], Floats]] = {
    "euclidean": _straight,
    "euclidean_rounded": _rounded,
    "euclidean_rounded_3": _rounded_3,
    "euclidean_truncated": _truncated,
    "euclidean_truncated_1": _truncated_1,
    "euclidean_ceiled": _ceiled,
}
STEPS = {
    "euclidean_rounded": 1.0,
    "euclidean_rounded_3": 0.001,
    "euclidean_truncated": 1.0,
    "euclidean_truncated_1": 0.1,
    "euclidean_ceiled": 1.0,
}
"""Metrics that round → the step to whose multiples they round."""
METRICS = ("haversine", "manhattan", *_EUCLIDEAN)
"""The names that ``metric=`` takes."""


def distances(points: Points, metric: str, detour_factor: float | None = None) -> Floats:
    """Return the distances between all pairs of points.

    Parameters
    ----------
    points
        N points; geographic ones for ``"haversine"``, which gives km.
    metric
        One of `METRICS`.
    detour_factor
        Length of a way over the straight line; None: 1.3 for the haversine, else 1. Rounding comes
        after it.

    Returns
    -------
    array
        (N, N) distances.

    Examples
    --------
    >>> square = Points(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    >>> [distances(square, m)[0, 1].item() for m in ("euclidean_rounded", "euclidean_truncated_1")]
    [1.0, 1.4]
    """
    factor = usual_detour(metric) if detour_factor is None else detour_factor
    if metric == "haversine":
        return great_circle_distances(points.y, points.x, factor)
    from scipy.spatial.distance import cdist

    places = np.column_stack([points.x, points.y])
    straight: Any = (
        cdist(places, places, "cityblock") if metric == "manhattan" else cdist(places, places)
    )
    if factor != 1.0:
        straight *= factor
    return _EUCLIDEAN.get(metric, _straight)(straight)


def usual_detour(metric: str) -> float:
    """Return the detour factor of a metric where the caller gives none."""
    return DETOUR_FACTOR if metric == "haversine" else 1.0


def distances_between(
    points: Points, metric: str, detour_factor: float, source: Any, target: Any
) -> Floats:
    """Return the distances between some of the points, the same as those of `distances`.

    Parameters
    ----------
    points, metric, detour_factor
        As in `distances`.
    source, target
        Positions of points, of any shapes that broadcast.

    Examples
    --------
    >>> square = Points(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    >>> distances_between(square, "manhattan", 1.0, 0, np.array([0, 1]))
    array([0., 2.])
    """
    if metric == "haversine":
        ends = (np.radians(at[end]) for end in (source, target) for at in (points.y, points.x))
        return detour_factor * great_circle(*ends)
    x, y = points.x[source] - points.x[target], points.y[source] - points.y[target]
    straight = np.abs(x) + np.abs(y) if metric == "manhattan" else np.sqrt(x * x + y * y)
    return _EUCLIDEAN.get(metric, _straight)(straight * detour_factor)
