"""The ways between the locations of a routing problem, and where these lie."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.routing.parts import Floats

_TILE = 256


class Travel(ABC):
    """The ways between locations: the depots first, then the clients.

    They are looked up (`MatrixTravel`) or, where matrices would not fit into memory, computed from
    coordinates (`flowopt.routing.computed.ComputedTravel`).
    """

    @property
    @abstractmethod
    def num_locations(self) -> int:
        """Number of locations."""

    @abstractmethod
    def legs(self, source: npt.ArrayLike, target: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Return distances and durations between locations; inf where there is no way.

        Parameters
        ----------
        source, target
            Positions of locations, of any shapes that broadcast.
        """

    @abstractmethod
    def least(self, location: int, back: bool = False) -> tuple[Floats, Floats]:
        """Return what ways from a location to all others at least take, over any others.

        Parameters
        ----------
        location
            Where they start.
        back
            Whether they end there instead.
        """

    @property
    @abstractmethod
    def one_measure(self) -> bool:
        """Whether the durations are the distances."""

    @property
    @abstractmethod
    def complete(self) -> bool:
        """Whether there is a way between all locations."""

    @property
    @abstractmethod
    def largest(self) -> float:
        """A number that no finite distance or duration exceeds, and of the size of the largest."""

    @property
    @abstractmethod
    def symmetric(self) -> bool:
        """Whether every way is as long, and takes as long, in both directions."""


@dataclass(frozen=True, eq=False)
class MatrixTravel(Travel):
    """Ways that are looked up in matrices.

    Parameters
    ----------
    distance
        (m + n, m + n) distance from row to column; inf where there is no way. May be asymmetric.
    duration
        (m + n, m + n) seconds from row to column; inf where there is no way.
    formula
        What the matrices were computed by, so that ways to further places can be; None where they
        were given.

    Examples
    --------
    >>> ways = np.array([[0.0, 5.0], [3.0, 0.0]])
    >>> travel = MatrixTravel(ways, ways)
    >>> travel.legs([0, 1], [1, 0])[0], travel.symmetric
    (array([5., 3.]), False)
    """

    distance: Floats
    duration: Floats
    formula: Travel | None = None

    @property
    def num_locations(self) -> int:
        """Number of locations."""
        return len(self.distance)

    def legs(self, source: npt.ArrayLike, target: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Return distances and durations between locations."""
        ways: Any = source, target  # any index that NumPy takes
        return self.distance[ways], self.duration[ways]

    def least(self, location: int, back: bool = False) -> tuple[Floats, Floats]:
        """Return the lengths and durations of the shortest ways from a location, or to it."""
        distance = _dijkstra(self.distance.T if back else self.distance, location)
        if self.one_measure:
            return distance, distance
        return distance, _dijkstra(self.duration.T if back else self.duration, location)

    @property
    def one_measure(self) -> bool:
        """Whether the durations are the distances."""
        return self.duration is self.distance

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
        return _symmetric(self.distance) and (self.one_measure or _symmetric(self.duration))

    @cached_property
    def _most(self) -> tuple[float, float]:
        most = float(self.distance.max(initial=0.0))
        return most, most if self.one_measure else float(self.duration.max(initial=0.0))


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

    def __len__(self) -> int:
        return len(self.x)


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


def _dijkstra(matrix: Floats, source: int) -> Floats:
    """Return the lengths of the shortest paths from a source, for a dense matrix: O(n²)."""
    length: Floats = matrix[source].copy()
    length[source] = 0.0
    done = np.zeros(len(length), dtype=np.bool_)
    done[source] = True
    for _ in range(len(length) - 1):
        nearest = int(np.where(done, math.inf, length).argmin())
        if done[nearest] or not math.isfinite(length[nearest]):
            break
        done[nearest] = True
        np.minimum(length, length[nearest] + matrix[nearest], out=length)
    return length
