"""Which clients are near each other: by distance, and by waiting and lateness between them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.routing.computed import ComputedTravel
from flowopt.routing.parts import Floats, Ints
from flowopt.routing.problem import RoutingProblem

NUM_NEAR = 40
_WAIT, _LATE = 0.2, 1.0  # weight of waiting and lateness in the closeness of two clients
_CHUNK_OF_CELLS = 4_000_000
_SAMPLED = 200  # clients around whom the triangle inequality is tried
_MORE = 24  # neighbours by straight lines that are looked at: rounding changes their order
_MORE_TIMED = 10  # times as many, where windows change it


def nearest(
    problem: RoutingProblem, distance: Any, duration: Any, timed: bool
) -> npt.NDArray[np.int32]:
    """Return the clients close to each: by distance, and by waiting and lateness between them.

    Where ways are computed, only clients that are near by straight lines are looked at.

    Parameters
    ----------
    problem
        The problem.
    distance, duration
        Its ways as the kernels take them.
    timed
        Whether windows count.

    Returns
    -------
    array
        (n, q) the closest first.
    """
    n = problem.num_clients
    most = min(NUM_NEAR, n - 1)
    near = np.empty((n, most), dtype=np.int32)
    if most < 1:
        return near
    if isinstance(problem.travel, ComputedTravel):
        _fill_by_tree(problem, problem.travel, timed, near)
    else:
        _fill_by_rows(problem, distance, duration, timed, near)
    return near


def near_ways(
    problem: RoutingProblem, ways: Any, near: npt.NDArray[np.int32], measure: int = 0
) -> Floats:
    """Return the distances, or durations, to each client from those near it.

    Parameters
    ----------
    problem
        The problem.
    ways
        Its distances or durations as the kernels take them.
    near
        (n, q) clients close to each.
    measure
        0 for distances, 1 for durations.

    Returns
    -------
    array
        (n, q).
    """
    m, (n, most) = problem.num_depots, near.shape
    if not isinstance(problem.travel, ComputedTravel):
        return np.asarray(ways[m + near, m + np.arange(n)[:, None]])
    found = np.empty(near.shape)
    for begin, end in _chunks(n, max(1, most)):
        here = m + np.arange(begin, end)[:, None]
        found[begin:end] = problem.travel.legs(m + near[begin:end], here)[measure]
    return found


def far_from(distance: Any, near: npt.NDArray[np.int32], near_way: Floats, timed: bool) -> Floats:
    """Return how far from each client all are, at least, that are not near it.

    Parameters
    ----------
    distance
        Distances as the kernels take them.
    near, near_way
        (n, q) clients close to each, and the distances from these.
    timed
        Whether windows count: then those that are not near may be at any distance.

    Returns
    -------
    array
        (n,); inf where all others are near.
    """
    n, most = near.shape
    if most >= n - 1:
        return np.full(n, np.inf)
    if timed:
        return np.zeros(n)
    if isinstance(distance, np.ndarray):  # what is near is so by the shorter way, there or back
        m = len(distance) - n
        near_way = np.minimum(near_way, distance[m + np.arange(n)[:, None], m + near])
    return np.asarray(near_way.max(axis=1))


def largest_bend(
    problem: RoutingProblem, distance: Any, near: npt.NDArray[np.int32], near_way: Floats
) -> float:
    """Return by how much the triangle inequality fails among clients that are near, halved.

    On a way from v by c to b, c is at most as far from v as v from b and c from b together, where
    ways are as long there as back and none is shorter by a third place; rounding may break it too.

    Parameters
    ----------
    problem
        The problem.
    distance
        Its distances as the kernels take them.
    near, near_way
        (n, q) clients close to each, and the distances from these.
    """
    n, most = near.shape
    if most < 1:
        return 0.0
    some = np.unique(np.linspace(0, n - 1, min(n, _SAMPLED)).astype(np.int64))
    m, v = problem.num_depots, near[some]
    b = near[v]  # those close to the neighbours

    def way(source: Any, target: Any) -> Floats:
        if isinstance(problem.travel, ComputedTravel):
            return problem.travel.legs(source, target)[0]
        return np.asarray(distance[source, target])

    there, on = way(m + v[:, :, None], m + b), way(m + some[:, None, None], m + b)
    short = near_way[some][:, :, None] - there - on
    return 0.5 * max(0.0, float(short[b != some[:, None, None]].max(initial=0.0)))


def _chunks(rows: int, columns: int) -> list[tuple[int, int]]:
    step = max(1, _CHUNK_OF_CELLS // max(1, columns))
    return [(begin, min(rows, begin + step)) for begin in range(0, rows, step)]


def _closest(candidates: Ints, apart: Floats, most: int, tie: float) -> Ints:
    """Return the candidates of each row that are least apart, of equal ones those listed first."""
    apart = apart + tie * candidates
    chosen = np.argpartition(apart, most - 1, axis=1)[:, :most]
    order = np.argsort(np.take_along_axis(apart, chosen, axis=1), axis=1, kind="stable")
    chosen = np.take_along_axis(chosen, order, axis=1)
    return np.take_along_axis(candidates, chosen, axis=1)


def _tie(problem: RoutingProblem) -> float:
    """Return by how much a client counts as farther than the one listed before it."""
    return 1e-12 * problem.travel.largest / problem.num_clients


# ---- by matrices


def _fill_by_rows(
    problem: RoutingProblem, distance: Floats, duration: Floats, timed: bool, near: Any
) -> None:
    n, m = problem.num_clients, problem.num_depots
    every, tie = np.arange(n), _tie(problem)
    for begin, end in _chunks(n, n):
        some = every[begin:end]
        if timed:
            apart = _apart_by_rows(problem, distance, duration, some)
        else:
            apart = np.minimum(distance[m + some, m:], distance[m:, m + some].T)
        apart[np.arange(len(some)), some] = np.inf
        candidates = np.broadcast_to(every, apart.shape)
        near[begin:end] = _closest(candidates, apart, near.shape[1], tie)


def _apart_by_rows(problem: RoutingProblem, distance: Floats, duration: Floats, some: Ints) -> Any:
    """Return how far clients are from all found, going there or coming from there."""
    m, every = problem.num_depots, np.arange(problem.num_clients)
    there, back = np.ix_(m + some, m + every), np.ix_(m + every, m + some)
    ends = some[:, None], every[None, :]
    going = _after(problem, *ends, distance[there], duration[there])
    coming = _after(problem, *ends[::-1], distance[back].T, duration[back].T)
    return np.minimum(going, coming)


def _after(problem: RoutingProblem, i: Ints, j: Ints, far: Floats, long: Floats) -> Floats:
    """Return how far clients j are behind clients i, for ways so far and long between them."""
    clients = problem.clients
    way = long + clients.service_duration[i]
    wait = clients.tw_early[j] - way - clients.tw_late[i]
    late = clients.tw_early[i] + way - clients.tw_late[j]
    return far + _WAIT * np.maximum(0.0, wait) + _LATE * np.maximum(0.0, late)


# ---- by coordinates


def _fill_by_tree(
    problem: RoutingProblem, travel: ComputedTravel, timed: bool, near: npt.NDArray[np.int32]
) -> None:
    from scipy.spatial import KDTree

    (n, most), m = near.shape, problem.num_depots
    places = np.ascontiguousarray(travel.places[m:])
    tree = KDTree(places)
    many = min(n, 1 + (most * _MORE_TIMED if timed else most + _MORE))  # the client itself is one
    norm, tie = (1 if travel.metric == "manhattan" else 2), _tie(problem)
    for begin, end in _chunks(n, many):
        some = np.arange(begin, end)[:, None]
        _, found = tree.query(places[begin:end], k=many, p=norm)
        far, long = travel.legs(m + some, m + found)
        apart = np.array(far)
        if timed:
            going = _after(problem, some, found, far, long)
            apart = np.minimum(going, _after(problem, found, some, far, long))
        apart[found == some] = np.inf
        near[begin:end] = _closest(found, apart, most, tie)
