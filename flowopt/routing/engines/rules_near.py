"""How close clients are to those near them, whatever the vehicle type: what sorts out places."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.routing.computed import ComputedTravel
from flowopt.routing.engines.neighbours import largest_bend, near_ways, nearest
from flowopt.routing.parts import Floats, Ints
from flowopt.routing.problem import RoutingProblem

_SAMPLED = 200  # clients around whom the triangle inequality is tried
_ROUNDING = 1e-9  # of the longest way: places that cost the same do not by rounding


def closeness(
    problem: RoutingProblem, distance: Any, duration: Any, timed: bool, fastest: float
) -> dict[str, Any]:
    """Return the fields of the kernels' data on who is near whom.

    Parameters
    ----------
    problem
        The problem.
    distance, duration
        (p, m + n, m + n) of all profiles; not looked at where they are computed.
    timed
        Whether windows count.
    fastest
        Least time that a vehicle takes for a unit of duration.
    """
    near = nearest(problem, distance[0], duration[0], timed)
    return {
        "near": near,
        "near_way": least_ways(problem, distance, near),
        "near_time": fastest * least_times(problem, duration, near),
        "bend": bend_of(problem, distance, near),
    }


def least_ways(problem: RoutingProblem, ways: Any, near: Any, measure: int = 0) -> Floats:
    """Return the least distances, or times at speed factor 1, from clients near each to it.

    Parameters
    ----------
    problem
        The problem.
    ways
        (p, m + n, m + n) distances or durations of all profiles; not looked at where they are
        computed.
    near
        (n, q) clients close to each.
    measure
        0 for distances, 1 for durations.

    Returns
    -------
    array
        (n, q).
    """
    least: Floats = np.min([near_ways(problem, way, near, measure) for way in ways], axis=0)
    return np.ascontiguousarray(least, dtype=np.float64)


def least_times(problem: RoutingProblem, duration: Any, near: Any) -> Floats:
    """Return the least times at speed factor 1 from clients near each to it, reloads between.

    Parameters
    ----------
    problem
        The problem.
    duration
        (p, m + n, m + n) durations of all profiles; not looked at where they are computed.
    near
        (n, q) clients close to each.

    Returns
    -------
    array
        (n, q).
    """
    least, m = least_ways(problem, duration, near, 1), problem.num_depots
    if not near.size or not (problem.vehicle_types.max_reloads > 0).any():
        return least
    here, v = m + np.arange(len(near))[:, None], m + near
    for matrix in duration:
        for depot in range(m):
            by = _ways(problem, matrix, v, depot, 1) + _ways(problem, matrix, depot, here, 1)
            np.minimum(least, by, out=least)  # it may be a short cut
    return least


def _ways(
    problem: RoutingProblem, matrix: Any, source: Any, target: Any, measure: int = 0
) -> Floats:
    """Return ways by a matrix, or computed; distances, or durations by measure 1."""
    if isinstance(problem.travel, ComputedTravel):
        return problem.travel.legs(source, target)[measure]
    return np.asarray(matrix[source, target])


def bend_of(problem: RoutingProblem, distance: Any, near: npt.NDArray[np.int32]) -> float:
    """Return by how much the triangle inequality fails, halved: among places, and by way of depots.

    A client that comes with a reload costs no less than without it, unless it is a short cut to go
    by the depot. As in `largest_bend` some clients speak for all.

    Parameters
    ----------
    problem
        The problem.
    distance
        (p, m + n, m + n) distances of all profiles; not looked at where they are computed.
    near
        (n, q) clients close to each.
    """
    if not near.size:
        return 0.0
    some = np.unique(np.linspace(0, len(near) - 1, min(len(near), _SAMPLED)).astype(np.int64))
    rounding = _ROUNDING * max(travel.largest for travel in (problem.travel, *problem.profiles))
    return rounding + max(
        largest_bend(problem, way, near, near_ways(problem, way, near))
        + _bend_at_depots(problem, way, near, some)
        for way in distance
    )


def _bend_at_depots(problem: RoutingProblem, matrix: Any, near: Any, some: Ints) -> float:
    """Return by how much it is shorter by way of a depot, or before one, halved."""
    m, every = problem.num_depots, problem.num_depots + np.arange(problem.num_clients)
    here, v, short = m + some[:, None], m + near[some], 0.0
    for depot in range(m):
        back = _ways(problem, matrix, here, depot)
        by = back + _ways(problem, matrix, depot, every[None, :])
        last = _ways(problem, matrix, v, depot) + back
        direct = _ways(problem, matrix, here, every[None, :]), _ways(problem, matrix, v, here)
        short = max(short, float((direct[0] - by).max()), float((direct[1] - last).max()))
    return 0.5 * short
