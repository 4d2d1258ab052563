"""Distances and travel times where no matrix is given."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures

EARTH_RADIUS = 6371.0088
"""Mean radius of the earth in km (IUGG)."""

SECONDS_PER_HOUR = 3600.0

SLOWEST = 0.001
"""Lowest speed in km/h that counts as one."""

Floats = npt.NDArray[np.float64]
_TOLD = 100  # faulty values of an array that are listed one by one
_BLOCK = 512  # rows of a matrix made at once, so that what is in between stays small


def haversine(
    lat1: npt.ArrayLike, lon1: npt.ArrayLike, lat2: npt.ArrayLike, lon2: npt.ArrayLike
) -> Floats:
    r"""Return the great-circle distance between points.

    .. math:: 2 R \arcsin \sqrt{\sin^2\tfrac{\Delta\varphi}{2}
              + \cos\varphi_1 \cos\varphi_2 \sin^2\tfrac{\Delta\lambda}{2}}

    on a sphere of the earth's mean radius R = 6371.0088 km; the real distance is within 0.6 %.

    Parameters
    ----------
    lat1, lon1
        Latitude and longitude of the first points in degrees, of any shapes that broadcast.
    lat2, lon2
        Those of the second points.

    Returns
    -------
    array
        Distances in km, of the broadcast shape.

    Raises
    ------
    ValidationError
        When a coordinate is not a number or out of range.

    Examples
    --------
    >>> round(float(haversine(48.8566, 2.3522, 45.7640, 4.8357)), 1)  # Paris to Lyon
    391.5
    """
    failures = Failures()
    first = _coordinates(lat1, lon1, "1", failures)
    second = _coordinates(lat2, lon2, "2", failures)
    _check_shapes("lat1, lon1, lat2, lon2", (*first, *second), failures)
    failures.raise_if_any()
    return great_circle(*first, *second)


def distance_matrix(lat: npt.ArrayLike, lon: npt.ArrayLike, detour_factor: float = 1.3) -> Floats:
    """Return the distances between all pairs of points.

    Parameters
    ----------
    lat, lon
        (N,) latitudes and longitudes in degrees.
    detour_factor
        Length of a trip over its great-circle distance, 1 or more.

    Returns
    -------
    array
        (N, N) distances in km, symmetric, 0 on the diagonal.

    Raises
    ------
    ValidationError
        When a coordinate or the factor cannot be used.

    Examples
    --------
    >>> distance_matrix([48.8566, 45.7640], [2.3522, 4.8357], detour_factor=1).round(1)
    array([[  0. , 391.5],
           [391.5,   0. ]])
    """
    failures = Failures()
    phi, lam = _coordinates(lat, lon, "", failures)
    factor = _number(detour_factor, "detour_factor", failures)
    if factor.shape != () or not 1 <= float(factor) < math.inf:
        fix = "write a number, 1 or more"
        failures.add(
            "distances", "detour_factor", None, detour_factor, "out_of_range", "is too low", fix
        )
    if phi.ndim != 1 or phi.shape != lam.shape:
        message = f"have the shapes {phi.shape} and {lam.shape}"
        failures.add(
            "distances", "lat, lon", None, None, "wrong_shape", message, "give two flat columns"
        )
    failures.raise_if_any()
    matrix = np.empty((len(phi), len(phi)))
    for start in range(0, len(phi), _BLOCK):
        rows = slice(start, start + _BLOCK)
        matrix[rows] = great_circle(phi[rows, None], lam[rows, None], phi, lam)
    matrix *= float(factor)
    return matrix


def duration_matrix(distance: npt.ArrayLike, speed: npt.ArrayLike) -> Floats:
    """Return travel times from distances.

    Parameters
    ----------
    distance
        Distances in km, of any shape.
    speed
        Speed in km/h; one number, or an array that broadcasts with the distances.

    Returns
    -------
    array
        Durations in seconds, of the broadcast shape.

    Raises
    ------
    ValidationError
        When a distance is negative or not finite, or a speed below 0.001.

    Examples
    --------
    >>> duration_matrix([[0, 90], [90, 0]], speed=60)
    array([[   0., 5400.],
           [5400.,    0.]])
    """
    failures = Failures()
    km = _number(distance, "distance", failures)
    speeds = _number(speed, "speed", failures)
    _check(np.isfinite(km) & (km >= 0), km, "distance", "write 0 km or more", failures)
    possible = np.isfinite(speeds) & (speeds >= SLOWEST)
    _check(possible, speeds, "speed", f"write {SLOWEST:g} km/h or more", failures)
    _check_shapes("distance, speed", (km, speeds), failures)
    failures.raise_if_any()
    durations: Floats = km / speeds * SECONDS_PER_HOUR
    return durations


def great_circle(phi1: Floats, lam1: Floats, phi2: Floats, lam2: Floats) -> Floats:
    """Return distances in km between points given in radians."""
    half_chord = np.sin((phi2 - phi1) / 2) ** 2
    half_chord += np.cos(phi1) * np.cos(phi2) * np.sin((lam2 - lam1) / 2) ** 2
    # rounding may lift the value of two antipodes above 1
    distances: Floats = 2 * EARTH_RADIUS * np.arcsin(np.sqrt(np.minimum(half_chord, 1.0)))
    return distances


def _coordinates(
    lat: npt.ArrayLike, lon: npt.ArrayLike, suffix: str, failures: Failures
) -> tuple[Floats, Floats]:
    """Return coordinates in radians."""
    degrees = []
    for name, values, most in (("lat", lat, 90), ("lon", lon, 180)):
        array = _number(values, name + suffix, failures)
        inside = np.abs(array) <= most  # NaN is not
        _check(inside, array, name + suffix, f"write degrees from -{most} to {most}", failures)
        degrees.append(np.radians(array))
    return degrees[0], degrees[1]


def _number(values: npt.ArrayLike, name: str, failures: Failures) -> Floats:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        message = f"is not made of numbers ({error})"
        fix = "give a number or an array of numbers"
        failures.add("distances", name, None, None, "wrong_type", message, fix)
        return np.ones(())


def _check(good: Any, values: Floats, name: str, fix: str, failures: Failures) -> None:
    """Collect the values that are not good, by their place in the array."""
    bad = np.argwhere(~np.asarray(good))
    for place in bad[:_TOLD]:
        where = f"{name}[{', '.join(map(str, place))}]" if len(place) else name
        value = float(values[tuple(place)])
        failures.add("distances", where, None, value, "out_of_range", "is out of range", fix)
    if len(bad) > _TOLD:
        message = f"{len(bad) - _TOLD:,} more values are out of range"
        failures.add("distances", name, None, None, "out_of_range", message, fix)


def _check_shapes(names: str, arrays: tuple[Floats, ...], failures: Failures) -> None:
    shapes = [array.shape for array in arrays]
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        message = f"have the shapes {', '.join(map(str, shapes))}, which do not go together"
        fix = "give arrays of one shape"
        failures.add("distances", names, None, None, "wrong_shape", message, fix)
