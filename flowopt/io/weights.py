"""How a routing file gives its distances: listed weights, or coordinates and a rounding."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from flowopt.core.errors import Failure, ValidationError
from flowopt.io.text import Floats

Rounding = Literal["auto", "round", "trunc", "ceil", "dimacs", "exact", "none"]
"""How a distance between coordinates becomes a number of the instance.

``round`` to the nearest whole number (X, Arnold–Gendreau–Sörensen), ``trunc`` and ``ceil`` to the
whole number below and above, ``dimacs`` down to one decimal (Solomon, Gehring–Homberger, as in the
12th DIMACS challenge), ``exact`` to the nearest of three decimals, ``none`` leaves it, ``auto``
takes what the type of the instance says.
"""

ROUNDINGS = {
    "CVRP": "round",
    "ACVRP": "round",
    "DCVRP": "round",
    "VRPB": "round",
    "VRPTW": "dimacs",
    "CVRPTW": "dimacs",
    "PCVRPTW": "dimacs",
    "MTVRPTWR": "dimacs",
    "MDVRP": "exact",
    "MDVRPTW": "exact",
    "SDVRPTW": "exact",
    "HFVRP": "exact",
    "PDPTW": "exact",
}
"""Type of instance → the rounding with which its published solutions are compared."""

ROUTING_METRICS = {
    "round": "euclidean_rounded",
    "trunc": "euclidean_truncated",
    "ceil": "euclidean_ceiled",
    "dimacs": "euclidean_truncated_1",
    "exact": "euclidean_rounded_3",
    "none": "euclidean",
}
"""Rounding → the name of `flowopt.routing` for Euclidean distances so rounded."""

EDGE_WEIGHT_TYPES = {
    "EUC_2D": "auto",
    "EXACT_2D": "none",
    "FLOOR_2D": "trunc",
    "CEIL_2D": "ceil",
    "EXPLICIT": "none",
}
"""EDGE_WEIGHT_TYPE → the rounding that it implies; ``auto`` leaves it to the type of instance."""

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
