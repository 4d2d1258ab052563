"""The stops of a route: visits of clients, and reloads at depots between them.

A stop is an int: a client by its position, a reload at depot m by ``~m``, which is -1 - m.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from flowopt.routing.parts import Ints

NO_RELOAD = -1
"""Stands in `Route.reloads` where a visit does not follow a reload."""


def fault_of(stops: Sequence[int]) -> str | None:
    """Return what is wrong with the reloads among stops; None: nothing.

    Examples
    --------
    >>> fault_of([4, ~0, 7]), fault_of([4, ~0])
    (None, 'begins or ends with a reload')
    """
    if len(stops) and (stops[0] < 0 or stops[-1] < 0):
        return "begins or ends with a reload"
    if any(left < 0 and right < 0 for left, right in pairwise(stops)):
        return "has two reloads and no visit between them"
    return None


def tidied(stops: Sequence[int]) -> list[int]:
    """Return stops without reloads that are first, last, or next to a later one.

    Examples
    --------
    >>> tidied([~0, 4, ~1, ~0, 7, ~0])
    [4, -1, 7]
    """
    result: list[int] = []
    for stop in stops:
        if stop < 0 and result and result[-1] < 0:
            result.pop()
        if stop >= 0 or result:
            result.append(int(stop))
    return result[:-1] if result and result[-1] < 0 else result


def split(stops: npt.ArrayLike) -> tuple[Ints, Ints]:
    """Return the visits of a route, and at which depot it reloads just before each.

    Parameters
    ----------
    stops
        Clients, and reloads as ``~depot``.

    Returns
    -------
    tuple
        (v,) clients, and (v,) depots, `NO_RELOAD` where there is none.

    Raises
    ------
    ValueError
        When a reload is first, last, or next to another.

    Examples
    --------
    >>> [column.tolist() for column in split([4, ~0, 7, 5])]
    [[4, 7, 5], [-1, 0, -1]]
    """
    places = np.asarray(stops, dtype=np.int64)
    if len(places) and places.min() >= 0:
        return places.copy(), np.full(len(places), NO_RELOAD, dtype=np.int64)
    fault = fault_of(places.tolist())
    if fault is not None:
        raise ValueError(f"a route {fault}")
    is_visit = places >= 0
    before = np.concatenate([[0], places[:-1]])[: len(places)]  # nobody's stop before the first
    return places[is_visit], np.where(before < 0, ~before, NO_RELOAD)[is_visit]


def joined(visits: Ints, reloads: Ints) -> Ints:
    """Return the stops of a route: the inverse of `split`.

    Examples
    --------
    >>> joined(np.array([4, 7, 5]), np.array([-1, 0, -1])).tolist()
    [4, -1, 7, 5]
    """
    at = np.flatnonzero(reloads != NO_RELOAD)
    if not len(at):
        return visits
    result: Ints = np.insert(visits, at, ~reloads[at])
    return result


def trips(stops: Sequence[int]) -> list[list[int]]:
    """Return the clients of each trip: what is visited between two reloads.

    Examples
    --------
    >>> trips([4, ~0, 7, 5])
    [[4], [7, 5]]
    """
    runs: list[list[int]] = [[]]
    for stop in stops:
        if stop < 0:
            runs.append([])
        else:
            runs[-1].append(int(stop))
    return runs


def locations(stops: Ints, num_depots: int) -> Ints:
    """Return the locations of stops: the depots come first, then the clients.

    Examples
    --------
    >>> locations(np.array([4, ~0, 7]), num_depots=2).tolist()
    [6, 0, 9]
    """
    return np.where(stops >= 0, stops + num_depots, ~stops)
