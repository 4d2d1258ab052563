"""Ways that are computed from coordinates each time: matrices of many locations fill the memory."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.network.distances import EARTH_RADIUS
from flowopt.routing.metrics import METRICS, STEPS, distances, distances_between, usual_detour
from flowopt.routing.parts import Floats
from flowopt.routing.spec import LARGEST
from flowopt.routing.travel import MatrixTravel, Points, Travel

MANY_LOCATIONS = 5000
"""Beyond it ways are computed: a matrix of 5000 locations takes 200 MB, one of 50 000 20 GB."""

_ROWS = 256


@dataclass(frozen=True, eq=False)
class ComputedTravel(Travel):
    """Ways that are computed from coordinates, in both directions the same.

    Parameters
    ----------
    points
        Where the locations lie.
    metric
        One of `flowopt.routing.metrics.METRICS`.
    detour_factor
        Length of a way over the straight line, before rounding.
    pace
        Duration of a way over its distance.

    Examples
    --------
    >>> corners = Points(np.array([0.0, 3.0, 3.0]), np.array([0.0, 0.0, 4.0]))
    >>> travel = ComputedTravel(corners, "euclidean", pace=2.0)
    >>> travel.legs([0, 1], 2)
    (array([5., 4.]), array([10.,  8.]))
    """

    points: Points
    metric: str
    detour_factor: float = 1.0
    pace: float = 1.0

    @property
    def num_locations(self) -> int:
        """Number of locations."""
        return len(self.points)

    def legs(self, source: npt.ArrayLike, target: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Return distances and durations between locations."""
        way = self.points, self.metric, self.detour_factor
        distance = distances_between(*way, np.asarray(source), np.asarray(target))
        return distance, distance if self.one_measure else distance * self.pace

    def least(self, location: int, back: bool = False) -> tuple[Floats, Floats]:
        """Return what ways from a location at least take: where rounding gains most at each stop.

        Straight lines are the shortest ways, but many short steps that are each rounded down may
        add up to less.
        """
        exact = self.metric if self.metric not in STEPS else "euclidean"
        every = np.arange(self.num_locations)
        straight = distances_between(self.points, exact, self.detour_factor, location, every)
        distance = straight * self._least_share
        return distance, distance * self.pace

    @property
    def one_measure(self) -> bool:
        """Whether the durations are the distances."""
        return self.pace == 1.0

    @property
    def complete(self) -> bool:
        """Whether there is a way between all locations: always."""
        return True

    @property
    def symmetric(self) -> bool:
        """Whether every way is the same in both directions: always."""
        return True

    @cached_property
    def largest(self) -> float:
        """A number that no distance or duration exceeds: of the box around all locations."""
        places = self.places
        if not len(places):
            return 0.0
        size = places.max(axis=0) - places.min(axis=0)
        most = float(size.sum() if self.metric == "manhattan" else np.sqrt((size**2).sum()))
        if self.metric == "haversine":
            most = 2.0 * EARTH_RADIUS * math.asin(min(1.0, most / 2.0))
        most = most * self.detour_factor + STEPS.get(self.metric, 0.0)
        return most * max(1.0, self.pace)

    @cached_property
    def places(self) -> Floats:
        """(m + n, 2 or 3) coordinates; on the globe those of the unit sphere, for straight lines.

        Which of two ways is the longer is the same by straight lines in these.
        """
        x, y = self.points.x, self.points.y
        if self.metric != "haversine":
            return np.column_stack([x, y])
        lam, phi = np.radians(x), np.radians(y)
        return np.column_stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])

    @cached_property
    def _least_share(self) -> float:
        """The least that rounding leaves of a way between two places."""
        step = STEPS.get(self.metric, 0.0)
        if not step or self.metric == "euclidean_ceiled":
            return 1.0
        from scipy.spatial import KDTree

        places = np.unique(self.places, axis=0)
        if len(places) < 2:
            return 1.0
        shortest = float(KDTree(places).query(places, k=2)[0][:, 1].min()) * self.detour_factor
        half = 0.5 if self.metric.startswith("euclidean_rounded") else 0.0
        fewest = math.floor(shortest / step + half)  # steps that the shortest way is rounded to
        return fewest / (fewest + 1.0 - half)


def travel_between(
    points: Points, metric: str, detour_factor: float | None = None, pace: float = 1.0
) -> Travel:
    """Return the ways between points: as matrices, which are quicker, as long as these are small.

    Parameters
    ----------
    points
        Where the locations lie.
    metric
        One of `flowopt.routing.metrics.METRICS`.
    detour_factor
        Length of a way over the straight line; None: 1.3 for the haversine, else 1.
    pace
        Duration of a way over its distance.
    """
    factor = usual_detour(metric) if detour_factor is None else detour_factor
    formula = ComputedTravel(points, metric, factor, pace)
    if len(points) > MANY_LOCATIONS:
        return formula
    distance = distances(points, metric, detour_factor)
    distance.setflags(write=False)
    return replace(in_two_measures(distance, pace), formula=formula)


def in_two_measures(distance: Floats, pace: float) -> MatrixTravel:
    """Return matrices of ways that take `pace` times as long as they are far."""
    if pace == 1.0:
        return MatrixTravel(distance, distance)
    duration = distance * pace
    duration.setflags(write=False)
    return MatrixTravel(distance, duration)


def checked(travel: ComputedTravel, size: int, failures: Failures) -> ComputedTravel:
    """Return ways with columns of their own that nobody changes, collecting every fault.

    Parameters
    ----------
    travel
        Ways as a caller may have put them together.
    size
        Number of locations.
    failures
        Where faults are collected; the ways returned are usable only without any.
    """
    x, y = (np.array(column, dtype=np.float64) for column in (travel.points.x, travel.points.y))
    x.setflags(write=False)
    y.setflags(write=False)
    own = replace(travel, points=Points(x, y, travel.metric == "haversine"))
    if x.shape != (size,) or y.shape != (size,):
        message = f"have the shapes {x.shape} and {y.shape} where ({size},) is due"
        fix = "give one point a location: the depots first, then the clients"
        failures.add("travel", "points", None, None, "wrong_shape", message, fix)
        return own
    if travel.metric not in METRICS:
        fix = f"use one of {', '.join(METRICS)}"
        failures.add("travel", "metric", None, travel.metric, "unknown_metric", "is none", fix)
        return own
    lowest = 1.0 if travel.metric == "haversine" else 0.0
    for name, least in (("detour_factor", lowest), ("pace", 0.0)):
        value = getattr(travel, name)
        if not (value > 0 and least <= value < math.inf):
            fix = f"write a number above {least:g}" if not least else f"write {least:g} or more"
            failures.add("travel", name, None, value, "out_of_range", "cannot be used", fix)
    if not (np.isfinite(x).all() and np.isfinite(y).all() and own.largest <= LARGEST):
        fix = f"give points less than {LARGEST:g} apart"
        message = "are too far apart, or not numbers"
        failures.add("travel", "points", None, None, "out_of_range", message, fix)
    return own


def as_matrices(travel: Travel) -> MatrixTravel:
    """Return ways as matrices, computed row by row where they are not given so.

    Parameters
    ----------
    travel
        The ways; of many locations their matrices fill the memory.

    Examples
    --------
    >>> line = ComputedTravel(Points(np.array([0.0, 1.0]), np.zeros(2)), "euclidean")
    >>> as_matrices(line).distance
    array([[0., 1.],
           [1., 0.]])
    """
    if isinstance(travel, MatrixTravel):
        return travel
    size = travel.num_locations
    distance = np.empty((size, size))
    duration = distance if travel.one_measure else np.empty((size, size))
    every = np.arange(size)
    for begin in range(0, size, _ROWS):
        some = every[begin : begin + _ROWS]
        distance[some], duration[some] = travel.legs(some[:, None], every[None, :])
    return MatrixTravel(distance, duration)
