"""Distances of benchmark instances: the edge weight types of VRPLIB, and how each set rounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np

from flowopt.core.errors import Failure, ValidationError
from flowopt.io.text import Floats

Rounding = Literal["auto", "round", "trunc", "ceil", "dimacs", "none"]
"""How a distance becomes a number of the instance.

``round`` to the nearest whole number (X, Arnold–Gendreau–Sörensen), ``trunc`` and ``ceil`` to the
whole number below and above, ``dimacs`` down to one decimal (Solomon, Gehring–Homberger, as the
12th DIMACS challenge), ``none`` leaves it, ``auto`` takes what the type of the instance says.
"""

ROUNDINGS: dict[str, Callable[[Floats], Floats]] = {
    "round": lambda distance: np.floor(distance + 0.5),
    "trunc": np.floor,
    "ceil": np.ceil,
    "dimacs": lambda distance: np.floor(distance * 10.0) / 10.0,
    "none": lambda distance: distance,
}

METRICS: dict[str, tuple[Literal["euclidean", "cityblock"], str]] = {
    "EUC_2D": ("euclidean", ""),
    "EXACT_2D": ("euclidean", "none"),
    "CEIL_2D": ("euclidean", "ceil"),
    "FLOOR_2D": ("euclidean", "trunc"),
    "MAN_2D": ("cityblock", "round"),
}
"""EDGE_WEIGHT_TYPE → SciPy's name of the metric, and the rounding that the type implies."""

TRIANGLES = {
    "UPPER_ROW": ("upper", 1),
    "LOWER_COL": ("upper", 1),
    "LOWER_ROW": ("lower", 1),
    "UPPER_COL": ("lower", 1),
    "UPPER_DIAG_ROW": ("upper", 0),
    "LOWER_DIAG_COL": ("upper", 0),
    "LOWER_DIAG_ROW": ("lower", 0),
    "UPPER_DIAG_COL": ("lower", 0),
}
"""EDGE_WEIGHT_FORMAT of symmetric weights → the triangle that it walks row by row, its offset.

A triangle walked by columns is the mirrored one walked by rows.
"""


def check_rounding(rounding: str) -> None:
    """Raise `ValidationError` when a rounding has no such name."""
    names = get_args(Rounding)
    if rounding not in names:
        fix = f"use one of {', '.join(names)}"
        fault = Failure("read", "rounding", None, rounding, "unknown", "is no rounding", fix)
        raise ValidationError([fault])


def metric_distances(metric: str, rounding: str, coordinates: Floats) -> Floats:
    """Return the distances between points.

    Parameters
    ----------
    metric
        An EDGE_WEIGHT_TYPE, one of `METRICS`.
    rounding
        One of `ROUNDINGS`.
    coordinates
        (n, 2) coordinates.

    Returns
    -------
    array
        (n, n) distances.

    Examples
    --------
    >>> points = np.array([[0.0, 0.0], [1.0, 1.0]])
    >>> [metric_distances("EUC_2D", how, points)[0, 1].item() for how in ("round", "dimacs")]
    [1.0, 1.4]
    """
    from scipy.spatial.distance import cdist

    distance = np.asarray(cdist(coordinates, coordinates, METRICS[metric][0]), dtype=np.float64)
    return ROUNDINGS[rounding](distance)


def num_weights(weight_format: str, size: int) -> int:
    """Return how many weights a format lists for so many nodes.

    Examples
    --------
    >>> num_weights("FULL_MATRIX", 4), num_weights("LOWER_ROW", 4)
    (16, 6)
    """
    if weight_format == "FULL_MATRIX":
        return size * size
    return size * (size + (-1 if TRIANGLES[weight_format][1] else 1)) // 2


def explicit_distances(weight_format: str, weights: Floats, size: int) -> Floats:
    """Return the (n, n) distances that an EDGE_WEIGHT_SECTION lists, with a diagonal of 0.

    Parameters
    ----------
    weight_format
        FULL_MATRIX or one of `TRIANGLES`.
    weights
        The weights in the order of the file, as many as `num_weights` says.
    size
        Number of nodes.

    Examples
    --------
    >>> explicit_distances("LOWER_ROW", np.array([1.0, 2.0, 3.0]), 3).tolist()
    [[0.0, 1.0, 2.0], [1.0, 0.0, 3.0], [2.0, 3.0, 0.0]]
    """
    if weight_format == "FULL_MATRIX":
        distance = weights.reshape(size, size).copy()
    else:
        triangle, offset = TRIANGLES[weight_format]
        walk = (
            np.triu_indices(size, offset) if triangle == "upper" else np.tril_indices(size, -offset)
        )
        distance = np.zeros((size, size))
        distance[walk] = weights
        distance = np.maximum(distance, distance.T)
    np.fill_diagonal(distance, 0.0)  # 0 or a large number by the file; no vehicle travels it
    return distance
