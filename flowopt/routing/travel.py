"""The ways between the locations of a routing problem, and where these lie."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.routing.parts import Floats

_TILE = 256


@dataclass(frozen=True, eq=False)
class Travel:
    """The ways between locations: the depots first, then the clients.

    Parameters
    ----------
    distance
        (m + n, m + n) distance from row to column; inf where there is no way. May be asymmetric.
    duration
        (m + n, m + n) seconds from row to column; inf where there is no way.
    """

    distance: Floats
    duration: Floats

    def legs(self, source: npt.ArrayLike, target: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Return distances and durations between locations.

        Parameters
        ----------
        source, target
            Positions of locations, of any shapes that broadcast.
        """
        ways: Any = source, target  # any index that NumPy takes
        return self.distance[ways], self.duration[ways]

    @cached_property
    def complete(self) -> bool:
        """Whether there is a way between all locations."""
        return math.isfinite(self._most[0]) and math.isfinite(self._most[1])

    @cached_property
    def largest(self) -> float:
        """The largest finite number in either matrix."""
        if self.complete:
            return max(self._most)
        return max(largest(self.distance), largest(self.duration))

    @cached_property
    def symmetric(self) -> bool:
        """Whether every way is as long, and takes as long, in both directions."""
        same = self.duration is self.distance
        return _symmetric(self.distance) and (same or _symmetric(self.duration))

    @cached_property
    def _most(self) -> tuple[float, float]:
        most = float(self.distance.max(initial=0.0))
        same = self.duration is self.distance
        return most, most if same else float(self.duration.max(initial=0.0))


@dataclass(frozen=True, eq=False)
class Points:
    """Where the locations lie, for the plot and the map.

    Parameters
    ----------
    x, y
        (m + n,) coordinates, the depots first; longitude and latitude when geographic.
    geographic
        Whether they are degrees.
    """

    x: Floats
    y: Floats
    geographic: bool = False


def largest(values: Floats) -> float:
    """Return the largest finite magnitude; 0 when there is none.

    Examples
    --------
    >>> largest(np.array([1.0, -3.0, np.inf]))
    3.0
    """
    finite = values[np.isfinite(values)]
    return float(np.abs(finite).max(initial=0.0))


def _symmetric(matrix: Floats) -> bool:
    """Return whether a matrix is its own transpose, tile by tile to spare the cache."""
    size = len(matrix)
    tiles = [slice(begin, begin + _TILE) for begin in range(0, size, _TILE)]
    return all(
        np.array_equal(matrix[rows, columns], matrix[columns, rows].T)
        for i, rows in enumerate(tiles)
        for columns in tiles[: i + 1]
    )
