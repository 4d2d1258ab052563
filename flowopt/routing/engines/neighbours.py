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
